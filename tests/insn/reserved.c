/* SPDX-License-Identifier: Apache-2.0
 *
 * Reserved bits: of PSWs (early specification exceptions of every way to load one), of operands.
 * [PoP 4 Program-Status-Word Format], [PoP 6 Exceptions Associated with the PSW]
 */
#include "guest.h"

static struct psw psw;

static void lpswe(void *arg)
{
    (void)arg;
    __asm__ volatile("lpswe %0" : : "Q"(psw) : "memory");
}

static void lpsw(void *arg)
{
    u64 v = (u64)arg;

    __asm__ volatile("lpsw %0" : : "Q"(v) : "memory");
}

static void svc(void *arg)
{
    (void)arg;
    __asm__ volatile("svc 1" : : : "memory");
}

/* Each reserved bit, by each way. */
static void psw_bits(void)
{
    struct psw svc_new = LC_SVC_NEW;
    const u64 reserved = 0xb80800fe7fffffff;
    bool by_lpswe = true, by_svc = true, kept = true, ilc = true;

    for (int bit = 0; bit < 64; bit++) {
        u64 mask = 1UL << (63 - bit);

        if (!(reserved & mask))
            continue;
        psw = (struct psw){PSW_64 | mask, 0x111110};
        by_lpswe = by_lpswe && probe(lpswe, 0) == PGM_SPECIFICATION;
        kept = kept && LC_PGM_OLD.mask == psw.mask && LC_PGM_OLD.addr == psw.addr;
        ilc = ilc && LC_PGM_ILC == 0;
        LC_SVC_NEW = psw;
        by_svc = by_svc && probe(svc, 0) == PGM_SPECIFICATION;
        kept = kept && LC_PGM_OLD.mask == psw.mask && LC_PGM_OLD.addr == psw.addr;
        ilc = ilc && LC_PGM_ILC == 0;
        LC_SVC_NEW = svc_new;
    }
    check("LPSWE: each reserved bit of the mask", by_lpswe);
    check("SVC-new PSW: each reserved bit of the mask", by_svc);
    check("the invalid PSW becomes the old PSW", kept);
    check("ILC is zero", ilc);
    psw = (struct psw){0x100000000, 0x1000};
    check_pgm("LPSWE: EA without BA", lpswe, 0, PGM_SPECIFICATION);
    psw = (struct psw){0, 0x1000000};
    check_pgm("LPSWE: 24-bit mode, address of 25 bits", lpswe, 0, PGM_SPECIFICATION);
    check_eq("LPSWE: 24-bit mode: old PSW", LC_PGM_OLD.addr, 0x1000000);
    psw = (struct psw){PSW_31, 0x80000000};
    check_pgm("LPSWE: 31-bit mode, address of 32 bits", lpswe, 0, PGM_SPECIFICATION);
    psw = (struct psw){PSW_31, 0x7fffff000};
    check_pgm("LPSWE: 31-bit mode, address of 35 bits", lpswe, 0, PGM_SPECIFICATION);
    check_eq("LPSWE: 31-bit mode: old PSW", LC_PGM_OLD.addr, 0x7fffff000);
    check_pgm("LPSW: bit 12 off", lpsw, (void *)0x0000000080010000, PGM_SPECIFICATION);
    check_eq("LPSW: bit 12 off: ILC", LC_PGM_ILC, 4);
    check_pgm("LPSW: reserved bit 0", lpsw, (void *)0x8008000080010000, PGM_SPECIFICATION);
    check_eq("LPSW: reserved bit 0: ILC", LC_PGM_ILC, 0);
    check_eq("LPSW: reserved bit 0: old PSW", LC_PGM_OLD.mask, 0x8000000080000000);
    check_pgm("LPSW: reserved bit 30", lpsw, (void *)0x0008000280010000, PGM_SPECIFICATION);
    check_pgm("LPSW: 24-bit mode, address of 25 bits", lpsw, (void *)0x0008000001010000,
              PGM_SPECIFICATION);
    check_pgm("LPSW: odd address", lpsw, (void *)0x0008000080010001, PGM_SPECIFICATION);
    check("LPSW: odd address is late", LC_PGM_ILC != 0);
}

/* ---- system mask ---- */

static void ssm(void *arg)
{
    u8 m = (u8)(u64)arg;

    __asm__ volatile("ssm %0" : : "Q"(m) : "memory");
}

static void stosm(void *arg)
{
    u32 text = 0xad000300 | (u32)(u64)arg << 16;

    __asm__ volatile("ex 0,%0" : : "Q"(text) : "memory");
}

static void stosm_80(void *arg)
{
    (void)arg;
    __asm__ volatile("stosm 0x300,0x80" : : : "memory");
}

static void stnsm_only(void *arg)
{
    (void)arg;
    __asm__ volatile("stnsm 0x300,0xff" : : : "memory");
}

static void system_mask(void)
{
    bool ok = true, ilc = true;

    for (u64 m = 1; m < 256; m <<= 1) {
        bool bad = m & 0xb8;

        if (m == 4 || m == 0x40) /* DAT, PER: other things happen */
            continue;
        if (m < 4)
            continue; /* I/O and external: valid */
        ok = ok && (probe(ssm, (void *)m) == PGM_SPECIFICATION) == bad;
        ilc = ilc && LC_PGM_ILC == 4;
        ok = ok && (probe(stosm, (void *)m) == PGM_SPECIFICATION) == bad;
        ilc = ilc && LC_PGM_ILC == 4;
    }
    check("SSM, STOSM: each reserved bit", ok);
    check("SSM, STOSM: ILC", ilc);
    LC8(0x300) = 0xff;
    check_pgm("STOSM of a reserved bit", stosm_80, 0, PGM_SPECIFICATION);
    check_eq("STOSM of a reserved bit: stored all the same", LC8(0x300), 0);
    check_eq("STOSM of a reserved bit: old PSW has it", LC_PGM_OLD.mask >> 56, 0x80);
    check_pgm("STNSM of nothing", stnsm_only, 0, 0);
    lctlg(0, 0x40040000);
    check_pgm("SSM suppressed by CR0", ssm, 0, PGM_SPECIAL_OPERATION);
    lctlg(0, 0x40000);
    check_pgm("SSM", ssm, 0, 0);
}

/* ---- operands ---- */

#define OPERAND(name, insn)                                                                        \
    static void name(void *arg)                                                                    \
    {                                                                                              \
        __asm__ volatile("lgr %%r2,%0\n\tlghi %%r3,0\n\tlghi %%r4,0x4000\n\tlghi %%r5,0\n\t" insn  \
                         :                                                                         \
                         : "d"(arg)                                                                \
                         : "0", "1", "2", "3", "4", "5", "cc", "memory");                          \
    }

OPERAND(pfmf, "pfmf %%r2,%%r4")
OPERAND(sckpf, "lgr %%r0,%%r2\n\tsckpf")
OPERAND(spm, "spm %%r2")
OPERAND(sfpc, "sfpc %%r2")
OPERAND(srnm, "srnm 0(%%r2)")
OPERAND(srnmb, ".long 0xb2b82000")
OPERAND(sac, "sac 0(%%r2)")
OPERAND(plo, "lgr %%r0,%%r2\n\tlghi %%r1,0x4000\n\tplo %%r2,0(%%r4),%%r4,0(%%r4)")
OPERAND(stsi, "lgr %%r0,%%r2\n\tlghi %%r1,0x0\n\tstsi 0(%%r4)")
OPERAND(stsi1, "lgr %%r1,%%r2\n\tlgfi %%r0,0x10000001\n\tstsi 0(%%r4)")
OPERAND(mvpg, "lgr %%r0,%%r2\n\tlghi %%r3,0x5000\n\tmvpg %%r3,%%r4")
OPERAND(tre, "lgr %%r0,%%r2\n\tsrst %%r4,%%r5")
OPERAND(clst, "lgr %%r0,%%r2\n\tclst %%r4,%%r5")
OPERAND(mvst, "lgr %%r0,%%r2\n\tmvst %%r4,%%r4")
OPERAND(iac, "iac %%r2")

static void each(const char *name, void (*fn)(void *), u64 base, u64 bits, int want)
{
    bool ok = true;

    for (int i = 0; i < 64; i++)
        if (bits >> i & 1)
            ok = ok && probe(fn, (void *)(base | 1UL << i)) == want;
    check(name, ok);
}

static void operands(void)
{
    each("PFMF: reserved bits", pfmf, 0, 0xfffc0101, PGM_SPECIFICATION);
    check_pgm("PFMF: frame size 3", pfmf, (void *)0x3000, PGM_SPECIFICATION);
    check_pgm("PFMF: bits 0-31 are ignored", pfmf, (void *)0xffffffff00000000, 0);
    each("I20 SCKPF: reserved bits", sckpf, 0, 0xffff0000, PGM_SPECIFICATION);
    each("SPM ignores bits 0-31, 40-63", spm, 0, 0xffffffff00ffffff, 0);
    each("SFPC: reserved bits", sfpc, 0, 0x03030088, PGM_SPECIFICATION);
    each("SRNM ignores bits 0-61", srnm, 0, 0xff0, 0);
    each("SRNMB: reserved bits", srnmb, 0, 0xf8, PGM_SPECIFICATION);
    check_pgm("SRNMB: mode 4", srnmb, (void *)4, PGM_SPECIFICATION);
    check_pgm("PLO: function code 24", plo, (void *)24, PGM_SPECIFICATION);
    each("PLO: reserved bits", plo, 0, 0xfffffe00, PGM_SPECIFICATION);
    each("MVPG: reserved bits", mvpg, 0, 0xf000, PGM_SPECIFICATION);
    check_pgm("MVPG: both key controls", mvpg, (void *)0xc00, PGM_SPECIFICATION);
    each("SRST: reserved bits", tre, 0, 0xffffff00, PGM_SPECIFICATION);
    each("CLST: reserved bits", clst, 0, 0xffffff00, PGM_SPECIFICATION);
    each("MVST: reserved bits", mvst, 0, 0xffffff00, PGM_SPECIFICATION);
    each("I25 STSI: reserved bits of GR0", stsi, 0, 0x0fffff00, PGM_SPECIFICATION);
    each("I25 STSI: reserved bits of GR1", stsi1, 1, 0xffff0000, PGM_SPECIFICATION);
    check_pgm("SAC without DAT", sac, 0, PGM_SPECIAL_OPERATION);
    check_pgm("IAC without DAT", iac, 0, PGM_SPECIAL_OPERATION);
    dat_on(dat_identity(16));
    for (u64 n = 0; n < 16; n++)
        if (probe(sac, (void *)(n << 8)) != PGM_SPECIAL_OPERATION)
            check("SAC: without the secondary-space control", false);
    lctlg(0, stctg(0) | 1UL << 26);
    for (u64 n = 4; n < 16; n++)
        if (probe(sac, (void *)(n << 8)) != PGM_SPECIFICATION)
            check("SAC: codes above 3", false);
    check_pgm("SAC: other bits are ignored", sac, (void *)0x0ff, 0);
    dat_off();
}

int main(void)
{
    psw_bits();
    system_mask();
    operands();
    return failures();
}
