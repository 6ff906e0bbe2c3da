/* SPDX-License-Identifier: Apache-2.0
 *
 * run: --cpu max,skr=on -c 2
 * Storage-key removal: the facilities that go with it, what is a special operation, PSWs with a
 * key.
 */
#include "guest.h"

static u8 *page;

static void do_sske(void *at)
{
    sske((u64)at, 0x30);
}

static void do_iske(void *at)
{
    (void)iske((u64)at);
}

static void do_rrbe(void *at)
{
    __asm__ volatile("rrbe %%r0,%0" : : "a"(at) : "cc", "memory");
}

static void do_ivsk(void *at)
{
    __asm__ volatile("ivsk %%r0,%0" : : "a"(at) : "0", "memory");
}

static void do_rrbm(void *at)
{
    __asm__ volatile(".insn rre,0xb9ae0000,%%r0,%0" : : "a"(at) : "0", "memory");
}

static void iske_problem(void *at)
{
    problem_state();
    do_iske(at);
}

static void pfmf(u64 r1)
{
    __asm__ volatile(".insn rre,0xb9af0000,%0,%1" : : "d"(r1), "a"(page) : "memory");
}

static void pfmf_key(void *arg)
{
    pfmf(0x20000 | (u64)arg);
}

static void pfmf_clear(void *arg)
{
    (void)arg;
    pfmf(0x10000);
}

static void spka_15(void *arg)
{
    (void)arg;
    __asm__ volatile("spka 0xf0");
}

static void spka_0(void *arg)
{
    (void)arg;
    __asm__ volatile("spka 0");
}

static void spka_problem(void *arg)
{
    problem_state();
    spka_15(arg);
}

static void tprot(u64 key)
{
    __asm__ volatile("tprot 0(%0),0(%1)" : : "a"(page), "a"(key) : "cc");
}

static void tprot_15(void *arg)
{
    (void)arg;
    tprot(0xf0);
}

static void tprot_0(void *arg)
{
    (void)arg;
    tprot(0);
}

static void mvcos(u64 oac)
{
    register u64 r0 __asm__("0") = oac;

    __asm__ volatile(".insn ssf,0xc80000000000,0(%1),0(%2),%3"
                     : "+d"(r0)
                     : "a"(page), "a"(page + 64), "d"(64UL)
                     : "cc", "memory");
}

static void mvcos_to(void *arg)
{
    (void)arg;
    mvcos(0xf0020000);
}

static void mvcos_from(void *arg)
{
    (void)arg;
    mvcos(0xf002);
}

static void mvcos_0(void *arg)
{
    (void)arg;
    mvcos(0x20002);
}

static void lpswe(void *arg)
{
    __asm__ volatile("larl %%r1,1f\n\tstg %%r1,8(%0)\n\tlpswe 0(%0)\n1:"
                     :
                     : "a"(arg)
                     : "1", "memory", "cc");
}

static void lpsw(void *arg)
{
    __asm__ volatile("lpsw 0(%0)" : : "a"(arg) : "memory", "cc");
}

static void facilities(void)
{
    static const u8 gone[] = {10, 14, 66, 140, 145, 149};

    check("facility 169", facility(169));
    for (unsigned i = 0; i < sizeof(gone); i++)
        check_eq("facilities that are absent with it", facility(gone[i]) ? gone[i] : 0, 0);
}

static void instructions(void)
{
    check_pgm("SSKE", do_sske, page, PGM_SPECIAL_OPERATION);
    check_pgm("ISKE", do_iske, page, PGM_SPECIAL_OPERATION);
    check_pgm("RRBE", do_rrbe, page, PGM_SPECIAL_OPERATION);
    check_pgm("IVSK", do_ivsk, page, PGM_SPECIAL_OPERATION);
    check_pgm("RRBM", do_rrbm, page, PGM_OPERATION);
    check_pgm("ISKE: before addressing", do_iske, (void *)0x7ffff000, PGM_SPECIAL_OPERATION);
    check_pgm("ISKE in problem state", iske_problem, page, PGM_PRIVILEGED_OP);
    check_pgm("PFMF with a key", pfmf_key, (void *)0x30, PGM_SPECIAL_OPERATION);
    check_pgm("PFMF with key 0", pfmf_key, (void *)0, PGM_SPECIAL_OPERATION);
    check_pgm("PFMF without a key", pfmf_clear, 0, 0);
    check_pgm("SPKA", spka_15, 0, PGM_SPECIAL_OPERATION);
    check_pgm("SPKA in problem state", spka_problem, 0, PGM_SPECIAL_OPERATION);
    check_pgm("SPKA of key 0", spka_0, 0, 0);
    check_pgm("TPROT with a key", tprot_15, 0, PGM_SPECIAL_OPERATION);
    check_pgm("TPROT with key 0", tprot_0, 0, 0);
    dat_on(dat_identity(16));
    check_pgm("MVCOS, key of the first operand", mvcos_to, 0, PGM_SPECIAL_OPERATION);
    check_pgm("MVCOS, key of the second operand", mvcos_from, 0, PGM_SPECIAL_OPERATION);
    check_pgm("MVCOS, keys 0", mvcos_0, 0, 0);
    dat_off();
}

static volatile struct psw back;

static void psws(void)
{
    struct psw psw = {PSW_64 | PSW_KEY(15), 0}, old;
    u64 brief = 0x00f8000080000000UL | 0x1234;

    check_pgm("LPSWE with a key", lpswe, &psw, PGM_SPECIAL_OPERATION);
    check_eq("LPSWE with a key: not loaded", LC_PGM_OLD.mask & PSW_KEY(15), 0);
    check_eq("LPSWE with a key: ILC", LC_PGM_ILC, 4);
    check_pgm("LPSW with a key", lpsw, &brief, PGM_SPECIAL_OPERATION);
    psw.mask = PSW_64;
    check_pgm("LPSWE with key 0", lpswe, &psw, 0);
    old = LC_SVC_NEW;
    LC_SVC_NEW = (struct psw){PSW_64 | PSW_KEY(4), 0x2468};
    __asm__ volatile("larl %%r1,1f\n\tstg %%r1,0x1d8\n\tlghi %%r1,0\n\tsvc 1\n1:"
                     :
                     :
                     : "1", "memory", "cc");
    LC_SVC_NEW = old;
    check_eq("SVC-new PSW with a key: early specification", LC_PGM_CODE, PGM_SPECIFICATION);
    check_eq("SVC-new PSW with a key: it is the old PSW", LC_PGM_OLD.mask, PSW_64 | PSW_KEY(4));
    check_eq("SVC-new PSW with a key: address", LC_PGM_OLD.addr, 0x2468);
    check_eq("SVC-new PSW with a key: ILC", LC_PGM_ILC, 0);
}

/* External interruption of another CPU, which the hypervisor delivers. */
static void other(void *arg)
{
    (void)arg;
    lctlg(0, 0x42000);
    LC_EXT_NEW = (struct psw){PSW_64 | PSW_KEY(15), 0x1000};
    __asm__ volatile("larl %%r1,1f\n\tstg %%r1,0x1d8\n\tstosm 0x300,1\n0:\tj 0b\n1:"
                     :
                     :
                     : "1", "memory", "cc");
    back = LC_PGM_OLD;
}

static void delivered(void)
{
    cpu_start(1, other, 0);
    sigp_wait(SIGP_EXTERNAL_CALL, 1, 0, 0);
    cpu_join(1);
    check_eq("external-new PSW with a key: early specification", back.mask, PSW_64 | PSW_KEY(15));
    check_eq("external-new PSW with a key: address", back.addr, 0x1000);
}

int main(void)
{
    page = alloc_pages(1, 4096);
    facilities();
    instructions();
    psws();
    delivered();
    return failures();
}
