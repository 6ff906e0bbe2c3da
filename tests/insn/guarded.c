/* SPDX-License-Identifier: Apache-2.0
 *
 * run: -c 2
 * Guarded storage: LGSC, STGSC, LGG, LLGFSG; the event and its parameter list; the registers in the
 * additional status.  [PoP 4 Guarded-Storage Facility]
 */
#include "guest.h"

#define CR0_SECONDARY 0x4000000UL
#define CR0_AFP 0x40000UL
#define CR2_GS 0x10UL
#define OUTSIDE 0x7ffff000UL /* of storage */
#define AREA 0x4000000UL     /* 64 MiB */
#define GSC(n) (n)
#define GLS(n) ((u64)(n) << 8)

struct gscb {
    u64 reserved, gsd, gssm, gsepla;
};

static struct {
    u8 reserved, eam, eci, eai;
    u32 reserved4;
    u64 eha, eia, eoa, eir, era;
} epl __attribute__((aligned(64)));

static u64 pointer;       /* what the loads load */
static u64 at;            /* where the last load was */
static struct gscb given; /* for functions that take one argument */

static void lgsc(void *cb)
{
    __asm__ volatile(".insn rxy,0xe3000000004d,0,0(%0)" : : "a"(cb) : "memory");
}

static void stgsc(void *cb)
{
    __asm__ volatile(".insn rxy,0xe30000000049,0,0(%0)" : : "a"(cb) : "memory");
}

static void guard(u64 gsd, u64 gssm)
{
    struct gscb cb = {0, gsd, gssm, (u64)&epl};

    lgsc(&cb);
}

/* With the handler behind it.  True: the event came; *v is R1 afterwards. */
#define LOADER(name, opcode, before, after)                                                        \
    static bool name(void *p, u64 *v)                                                              \
    {                                                                                              \
        u64 hit, got = *v, where;                                                                  \
        __asm__ volatile("larl %0,2f\n\tstg %0,%4\n\tlarl %2,1f\n\tlghi %0,0\n\t" before           \
                         "\n1:\t.insn rxy," opcode ",%1,0(%3)\n\tj 3f\n2:\tlghi %0,1\n3:\t" after  \
                         : "=&d"(hit), "+&d"(got), "=&d"(where)                                    \
                         : "a"(p), "Q"(epl.eha)                                                    \
                         : "memory", "cc");                                                        \
        *v = got;                                                                                  \
        at = where;                                                                                \
        return hit;                                                                                \
    }

LOADER(lgg, "0xe3000000004c", "", "")
LOADER(llgfsg, "0xe30000000048", "", "")
LOADER(lgg_31, "0xe3000000004c", "sam31", "sam64")
LOADER(llgfsg_31, "0xe30000000048", "sam31", "sam64")
LOADER(lgg_24, "0xe3000000004c", "sam24", "sam64")
LOADER(llgfsg_24, "0xe30000000048", "sam24", "sam64")
LOADER(lgg_per, "0xe3000000004c", "stosm 0x300,0x40", "stnsm 0x300,0xbf")
LOADER(lgg_ar, "0xe3000000004c", "sacf 512", "sacf 0")

/* ---- controls ---- */

static void disabled(void)
{
    lctlg(2, 0);
    check_pgm("I28 LGSC, not enabled", lgsc, &given, PGM_SPECIAL_OPERATION);
    check_eq("LGSC, not enabled: ILC", LC_PGM_ILC, 6);
    check_pgm("I28 STGSC, not enabled", stgsc, &given, PGM_SPECIAL_OPERATION);
    check_pgm("LGSC, not enabled: before access", lgsc, (void *)OUTSIDE, PGM_SPECIAL_OPERATION);
    check_pgm("STGSC, not enabled: before access", stgsc, (void *)OUTSIDE, PGM_SPECIAL_OPERATION);
    lctlg(2, CR2_GS);
}

static void stgsc_problem(void *arg)
{
    problem_state();
    stgsc(arg);
    lgsc(arg);
    supervisor();
}

static void stgsc_2(void *arg)
{
    __asm__ volatile("spka 0x20\n\t.insn rxy,0xe30000000049,0,0(%0)" : : "a"(arg) : "memory");
}

static void controls(void)
{
    struct gscb in = {-1UL, AREA | GLS(3) | GSC(25), 0xfeedc0ffe, (u64)&epl}, out;

    memset(&out, 0xaa, sizeof(out));
    stgsc(&out);
    check("I28 STGSC after a clear reset", !(out.reserved | out.gsd | out.gssm | out.gsepla));
    lgsc(&in);
    stgsc(&out);
    check_eq("I28 STGSC: reserved", out.reserved, 0);
    check_eq("I28 LGSC, STGSC: designation", out.gsd, in.gsd);
    check_eq("I28 LGSC, STGSC: section mask", out.gssm, in.gssm);
    check_eq("I28 LGSC, STGSC: parameter list", out.gsepla, in.gsepla);
    check_pgm("LGSC, STGSC in problem state", stgsc_problem, &out, 0);
    check_pgm("LGSC: addressing", lgsc, (void *)OUTSIDE, PGM_ADDRESSING);
    check_pgm("STGSC: addressing", stgsc, (void *)OUTSIDE, PGM_ADDRESSING);
    {
        u8 *page = alloc_pages(2, 4096);
        struct gscb *odd = (struct gscb *)(page + 4096 - 13);

        stgsc(odd);
        check_eq("STGSC over two pages", odd->gsepla, in.gsepla);
        odd->gssm = 5;
        lgsc(odd);
        stgsc(&out);
        check_eq("LGSC over two pages", out.gssm, 5);
        memset(page + 4000, 0x11, 96);
        sske((u64)page, 0x20);
        sske((u64)page + 4096, 0x30);
        check_pgm("STGSC over two pages, second protected", stgsc_2, odd, PGM_PROTECTION);
        check_eq("STGSC over two pages: nothing stored", page[4090], 0x11);
        sske((u64)page, 0);
        sske((u64)page + 4096, 0);
    }
}

/* ---- the loads ---- */

static void loads(void)
{
    u64 v = 1;

    guard(AREA | GSC(25), 0);
    pointer = AREA + 0x123456;
    check("LGG, section not guarded: no event", !lgg(&pointer, &v));
    check_eq("LGG loads", v, pointer);
    v = 1;
    guard(AREA | GLS(4) | GSC(25), 0);
    pointer = 0xffffffff80000001;
    check("LLGFSG: no event", !llgfsg((u8 *)&pointer + 4, &v));
    check_eq("LLGFSG shifts", v, 0x800000010);
    check("LLGFSG, 31-bit mode: no event", !llgfsg_31((u8 *)&pointer + 4, &v));
    check_eq("LLGFSG, 31-bit mode: 31 bits, not shifted", v, 1);
    pointer = 0x123456789abcdef0;
    lgg_31(&pointer, &v);
    check_eq("LGG, 31-bit mode: 31 bits", v, 0x1abcdef0);
    lgg_24(&pointer, &v);
    check_eq("LGG, 24-bit mode: 24 bits", v, 0xbcdef0);
    llgfsg_24((u8 *)&pointer + 4, &v);
    check_eq("LLGFSG, 24-bit mode: 24 bits", v, 0xbcdef0);
    guard(GSC(25), -1UL);
    lctlg(2, 0);
    pointer = 0x100;
    check("LGG, not enabled: no event", !lgg(&pointer, &v));
    check_eq("LGG, not enabled: loads", v, 0x100);
    lctlg(2, CR2_GS);
}

static void lgg_at(void *p)
{
    u64 v = 0;

    (void)lgg(p, &v);
}

static void llgfsg_at(void *p)
{
    u64 v = 0;

    (void)llgfsg(p, &v);
}

/* Where events come and where not, for one size of the area. */
static void sections(unsigned gsc, u64 area)
{
    u64 size = 1UL << gsc, section = size >> 6, v = 0;
    bool all = true, none = true;

    for (unsigned i = 0; i < 64; i++) {
        guard(area | gsc, 1UL << (63 - i));
        for (unsigned j = 0; j < 64; j++) {
            pointer = area + j * section;
            all = all && lgg(&pointer, &v) == (i == j);
            pointer += section - 1;
            all = all && lgg(&pointer, &v) == (i == j);
        }
        pointer = area - 1;
        none = none && !lgg(&pointer, &v);
        pointer = area + size;
        none = none && !lgg(&pointer, &v);
    }
    check_eq("sections: each by its bit, of size", all ? gsc : 0, gsc);
    check_eq("sections: none outside of the area of size", none ? gsc : 0, gsc);
}

/* ---- the event ---- */

static void event(void)
{
    u64 v = 0x55;

    guard(AREA | GSC(25), -1UL);
    memset(&epl, 0xff, sizeof(epl));
    pointer = AREA + 0x888;
    check("LGG: event", lgg(&pointer, &v));
    check_eq("event: R1 unchanged", v, 0x55);
    check_eq("event: mode, cause, access", *(u64 *)&epl, 0x0003000000000000);
    check_eq("event: instruction address", epl.eia, at);
    check_eq("event: operand address", epl.eoa, (u64)&pointer);
    check_eq("event: intermediate result", epl.eir, pointer);
    check_eq("event: return address", epl.era, at);
    guard(AREA | GLS(2) | GSC(25), -1UL);
    *(u32 *)&pointer = (AREA + 0x990) >> 2;
    check("LLGFSG: event", llgfsg(&pointer, &v));
    check_eq("event: LLGFSG: cause", *(u64 *)&epl, 0x0003010000000000);
    check_eq("event: LLGFSG: intermediate result", epl.eir, AREA + 0x990);
    check_eq("event: LLGFSG: R1 unchanged", v, 0x55);
    pointer = 0xffffffff80000000 | AREA;
    check("LGG, 31-bit mode: event", lgg_31(&pointer, &v));
    check_eq("event: 31-bit mode", *(u64 *)&epl, 0x0001000000000000);
    check_eq("event: 31-bit mode: intermediate result", epl.eir, AREA);
    guard(GSC(25), -1UL);
    pointer = -1UL;
    check("LGG, 24-bit mode: event", lgg_24(&pointer, &v));
    check_eq("event: 24-bit mode", *(u64 *)&epl, 0);
    check_eq("event: 24-bit mode: intermediate result", epl.eir, 0xffffff);
}

extern char g_execute[], g_target[], g_bad[];
__asm__("	.text\n"
        "g_target:	.insn rxy,0xe3000000004c,%r3,0(%r4)\n"
        "g_execute:	ex %r0,0(%r5)\n"
        "	br %r14\n"
        "g_bad:	.long 0\n");

/* By EXECUTE; the handler is no instruction. */
static void execute(void *arg)
{
    (void)arg;
    __asm__ volatile("lgr %%r4,%0\n\tlarl %%r5,g_target\n\tbrasl %%r14,g_execute"
                     :
                     : "a"(&pointer)
                     : "3", "4", "5", "14", "cc", "memory");
}

static void list_exceptions(void)
{
    u64 asce = dat_identity(32), v = 7;
    u8 *page = alloc_pages(2, 8192);

    guard(AREA | GSC(25), -1UL);
    pointer = AREA;
    epl.eha = (u64)g_bad;
    check_pgm("event: branches to the handler", execute, 0, PGM_OPERATION);
    check_eq("event: handler's address", LC_PGM_OLD.addr, (u64)g_bad + 2);
    check_eq("event: breaking-event address", LC_BEA, (u64)g_execute);
    check_eq("event: instruction address is that of the EXECUTE", epl.eia, (u64)g_execute);
    given = (struct gscb){0, AREA | GSC(25), -1UL, OUTSIDE};
    lgsc(&given);
    check_pgm("event: list outside of storage", lgg_at, &pointer, PGM_ADDRESSING);
    check_pgm("operand before list", lgg_at, (void *)OUTSIDE, PGM_ADDRESSING);
    check_pgm("LLGFSG: addressing", llgfsg_at, (void *)OUTSIDE, PGM_ADDRESSING);
    given.gsepla = (u64)page + 4096 - 24;
    lgsc(&given);
    dat_page(asce, (u64)page + 4096, DAT_PAGE_INVALID);
    memset(page, 0x77, 4096);
    dat_on(asce);
    check_pgm("event: second page of the list", lgg_at, &pointer, PGM_PAGE_TRANSLATION);
    check_eq("event: second page of the list: TEID", LC_TEID & ~0xfffUL, (u64)page + 4096);
    check_eq("event: nothing stored", page[4096 - 23], 0x77);
    guard(AREA | GSC(25), -1UL);
    check("event with DAT", lgg(&pointer, &v));
    check_eq("event with DAT: access", epl.eai, 0x40);
    lctlg(0, CR0_AFP | CR0_SECONDARY); /* access registers are zero: the primary space */
    check("event in access-register mode", lgg_ar(&pointer, &v));
    check_eq("event in access-register mode: space", epl.eai & 0xf0, 0x50);
    check("event in access-register mode: register", (epl.eai & 15) > 0 && (epl.eai & 15) < 16);
    lctlg(0, CR0_AFP);
    dat_off();
}

/* ---- PER ---- */

static u64 per_end = -1UL;

static void lgg_branches(void *arg)
{
    u64 v = 0;

    lctlg(9, (u64)arg);
    lctlg(10, 0);
    lctlg(11, per_end);
    (void)lgg_per(&pointer, &v);
}

static void per(void)
{
    guard(AREA | GSC(25), -1UL);
    pointer = AREA;
    check_pgm("event: PER successful branching", lgg_branches, (void *)0x80000000, PGM_PER);
    check_eq("event: PER code", LC_PER_CODE, 0x80);
    check_eq("event: PER address", LC_PER_ADDR, epl.eia);
    check_eq("event: PER, old PSW", LC_PGM_OLD.addr, epl.eha);
    per_end = 0x100;
    check_pgm("event: PER branch-address control", lgg_branches, (void *)0x80800000, 0);
}

/* ---- additional status ---- */

static void other_loads(void *arg)
{
    lctlg(2, CR2_GS);
    lgsc(arg);
}

static void status(void)
{
    struct gscb *saved, in = {0, AREA | GSC(30), 0x123456789, 0xabc000};
    u8 *area = alloc_pages(2, 4096);

    saved = (struct gscb *)(area + 0x400);
    cpu_start(1, other_loads, &in);
    cpu_join(1);
    memset(area, 0x33, 4096);
    check_eq("store additional status, 1 KiB", sigp_wait(SIGP_STORE_ADDTL_STATUS, 1, (u64)area, 0),
             0);
    check_eq("store additional status, 1 KiB: not the registers", saved->gsd, 0x3333333333333333);
    for (unsigned lc = 11; lc < 13; lc++) {
        memset(area, 0x33, 4096);
        check_eq("store additional status",
                 sigp_wait(SIGP_STORE_ADDTL_STATUS, 1, (u64)area | lc, 0), 0);
        check("store additional status: registers", !memcmp(saved, &in, sizeof(in)));
    }
    sigp_wait(SIGP_INITIAL_RESET, 1, 0, 0);
    memset(area, 0x33, 4096);
    sigp_wait(SIGP_STORE_ADDTL_STATUS, 1, (u64)area | 11, 0);
    check("registers survive an initial CPU reset", !memcmp(saved, &in, sizeof(in)));
}

int main(void)
{
    disabled();
    controls();
    loads();
    sections(25, AREA);
    sections(36, 0x1234UL << 36);
    sections(56, 0x7fUL << 56);
    event();
    list_exceptions();
    per();
    status();
    return failures();
}
