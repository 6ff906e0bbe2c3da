/* SPDX-License-Identifier: Apache-2.0
 *
 * EXECUTE and EXECUTE RELATIVE LONG of every kind of target.  [PoP 7 EXECUTE]
 */
#include "guest.h"

/* Base of the targets of EX: the assembler makes no relative displacement for it. */
register u64 target __asm__("10");

static u8 page[4 * 4096] __attribute__((aligned(4096)));
static volatile u64 from[4] = {0x0102030405060708, 0x1112131415161718}, to[4];

/* ---- targets that compute ---- */

static void computing(void)
{
    u64 a = 5, b = 7;

    __asm__ volatile("larl %%r10,1f\n\tex %%r0,0(%%r10)\n\tj 2f\n1:\tagr %0,%1\n2:"
                     : "+d"(a)
                     : "d"(b)
                     : "cc");
    check_eq("EX of AGR", a, 12);
    __asm__ volatile("exrl %%r0,1f\n\tj 2f\n1:\tagr %0,%1\n2:" : "+d"(a) : "d"(b) : "cc");
    check_eq("EXRL of AGR", a, 19);
    a = 3;
    __asm__ volatile("larl %%r10,1f\n\tex %0,0(%%r10)\n\tj 2f\n1:\tmvc 0(1,%1),0(%2)\n2:"
                     :
                     : "a"(a), "a"(to), "a"(from)
                     : "memory");
    check_eq("EX of MVC: length from R1", to[0], 0x0102030400000000);
    a = 0xffffffffffffff0f;
    to[0] = to[1] = to[2] = 0;
    __asm__ volatile("exrl %0,1f\n\tj 2f\n1:\tmvc 0(1,%1),0(%2)\n2:"
                     :
                     : "a"(a), "a"(to), "a"(from)
                     : "memory");
    check("EXRL of MVC: bits 56-63 only", to[0] == from[0] && to[1] == from[1] && to[2] == 0);
    __asm__ volatile(
        "lghi %%r0,0x55\n\tlarl %%r10,1f\n\tex %%r0,0(%%r10)\n\tj 2f\n1:\tlghi %0,1\n2:"
        : "=&d"(b)
        :
        : "0");
    check_eq("EX with R1 = 0 or's nothing", b, 1);
    __asm__ volatile(
        "larl %%r10,1f\n\tex %1,0(%%r10)\n\tj 2f\n1:\tcli 0(%2),0\n2:\tipm %0\n\tsrl %0,28"
        : "=d"(b)
        : "a"(1UL), "a"(from)
        : "cc");
    check_eq("EX of CLI: immediate or'ed, condition code", b, 0);
    __asm__ volatile("exrl %%r0,1f\n\tj 2f\n1:\tlarl %0,3f\n2:\tlarl %1,3f\n\tj 4f\n3:\tnopr\n4:"
                     : "=&d"(a), "=&d"(b));
    check_eq("EXRL of LARL counts from the target", a, b);
    __asm__ volatile("larl %%r1,1f\n\tex %%r0,0(%%r1)\n\tj 2f\n1:\tlgrl %0,3f\n\tj 2f\n"
                     "\t.balign 8\n3:\t.quad 0x123456789abcdef0\n2:"
                     : "=&d"(a)
                     :
                     : "1");
    check_eq("EX of LGRL counts from the target", a, 0x123456789abcdef0);
}

/* ---- branches ---- */

static void branches(void)
{
    u64 a, b, n = 3;

    __asm__ volatile("lghi %0,0\n\tlarl %%r10,1f\n\tex %%r0,0(%%r10)\n\tlghi %0,1\n\tj 3f\n1:\tj "
                     "2f\n\tlghi %0,2\n\tj 3f\n"
                     "2:\tlghi %0,3\n3:"
                     : "=&d"(a));
    check_eq("EX of BRC counts from the target", a, 3);
    __asm__ volatile("lghi %0,0\n\tlarl %%r1,2f\n\texrl %%r0,1f\n\tj 3f\n1:\tbr %%r1\n"
                     "2:\tlghi %0,4\n3:"
                     : "=&d"(a)
                     :
                     : "1");
    check_eq("EXRL of BCR", a, 4);
    __asm__ volatile("lghi %0,0\n\tlghi %%r1,0xf0\n\tlarl %%r2,2f\n\tlarl %%r10,1f\n\tex "
                     "%%r1,0(%%r10)\n\tlghi %0,1\n\tj 3f\n"
                     "1:\tbcr 0,%%r2\n2:\tlghi %0,4\n3:"
                     : "=&d"(a)
                     :
                     : "1", "2");
    check_eq("EX makes the mask of BCR", a, 4);
    __asm__ volatile("larl %1,4f\n\tlarl %%r10,1f\n\tex %%r0,0(%%r10)\n4:\tj 3f\n1:\tbras "
                     "%0,2f\n\tnopr\n2:\tj 3f\n3:"
                     : "=&d"(a), "=&d"(b));
    check_eq("EX of BRAS links behind the EX", a, b);
    __asm__ volatile("larl %1,4f\n\texrl %%r0,1f\n4:\tj 3f\n1:\tbrasl %0,2f\n\tnopr\n2:\tj 3f\n3:"
                     : "=&d"(a), "=&d"(b));
    check_eq("EXRL of BRASL links behind the EXRL", a, b);
    __asm__ volatile("larl %1,4f\n\tlarl %%r2,2f\n\tlarl %%r10,1f\n\tex %%r0,0(%%r10)\n4:\tj "
                     "3f\n1:\tbasr %0,%%r2\n\tnopr\n"
                     "2:\tnopr\n3:"
                     : "=&d"(a), "=&d"(b)
                     :
                     : "2");
    check_eq("EX of BASR links behind the EX", a, b);
    a = 0;
    __asm__ volatile(
        "5:\taghi %0,1\n\tlarl %%r10,1f\n\tex %%r0,0(%%r10)\n\tj 3f\n1:\tbrctg %1,5b\n3:"
        : "+d"(a), "+d"(n)
        :
        : "cc");
    check_eq("EX of BRCTG loops", a, 3);
    a = 0;
    n = 100000;
    __asm__ volatile("5:\taghi %0,1\n\texrl %%r0,1f\n\tj 3f\n1:\tbrctg %1,5b\n3:"
                     : "+d"(a), "+d"(n)
                     :
                     : "cc");
    check_eq("EXRL of BRCTG loops long", a, 100000);
    __asm__ volatile("lghi %0,0\n\tclgr %0,%0\n\tlarl %%r10,1f\n\tex %%r0,0(%%r10)\n\tlghi "
                     "%0,7\n\tj 2f\n1:\tjne 2f\n2:"
                     : "=&d"(a)
                     :
                     : "cc");
    check_eq("EX of a branch not taken goes on behind the EX", a, 7);
}

/* ---- supervisor call, new PSW, intercepted instructions ---- */

static void svc_by_ex(void)
{
    u64 next;

    __asm__ volatile(
        "lghi %%r3,0x42\n\tlarl %0,2f\n\tlarl %%r10,1f\n\tex %%r3,0(%%r10)\n2:\tj 3f\n1:\tsvc 0\n3:"
        : "=&d"(next)
        :
        : "1", "3", "memory");
    check_eq("EX of SVC: ILC", LC16(0x88), 4);
    check_eq("EX of SVC: number from R1", LC16(0x8a), 0x42);
    check_eq("EX of SVC: old PSW behind the EX", LC_SVC_OLD.addr, next);
    __asm__ volatile("larl %0,2f\n\texrl %%r0,1f\n2:\tj 3f\n1:\tsvc 9\n3:"
                     : "=&d"(next)
                     :
                     : "1", "memory");
    check_eq("EXRL of SVC: ILC", LC16(0x88), 6);
    check_eq("EXRL of SVC: number", LC16(0x8a), 9);
    check_eq("EXRL of SVC: old PSW behind the EXRL", LC_SVC_OLD.addr, next);
}

static void control(void)
{
    struct psw psw = {PSW_64, 0};
    u32 prefix = 0xffffffff;
    u16 cpu = 0xffff;
    u64 a;

    __asm__ volatile(
        "larl %0,2f\n\tstg %0,8(%1)\n\tlghi %0,0\n\tlarl %%r10,1f\n\tex %%r0,0(%%r10)\n\tj 3f\n"
        "1:\tlpswe 0(%1)\n2:\tlghi %0,5\n3:"
        : "=&d"(a)
        : "a"(&psw)
        : "memory", "cc");
    check_eq("EX of LPSWE", a, 5);
    __asm__ volatile("larl %%r10,1f\n\tex %%r0,0(%%r10)\n\tj 2f\n1:\tstpx 0(%0)\n2:"
                     :
                     : "a"(&prefix)
                     : "memory");
    check_eq("EX of STPX (intercepted)", prefix, 0);
    __asm__ volatile("exrl %%r0,1f\n\tj 2f\n1:\tstap 0(%0)\n2:" : : "a"(&cpu) : "memory");
    check_eq("EXRL of STAP (intercepted)", cpu, 0);
    a = 0;
    __asm__ volatile("exrl %%r0,1f\n\tj 2f\n1:\tdiag %%r0,%%r0,0x44\n2:\taghi %0,1"
                     : "+d"(a)
                     :
                     : "cc");
    check_eq("EXRL of DIAG 44", a, 1);
}

/* ---- exceptions: ILC and PSW are those of the EX ---- */

volatile u64 site; /* address of the execute instruction */

static void exception(const char *what, void (*fn)(void *), int code, unsigned ilc, unsigned behind)
{
    char name[80], *p = name;

    for (const char *s = what; *s; s++)
        *p++ = *s;
    *p = 0;
    check_pgm(name, fn, 0, code);
    memcpy(p, ": ILC", 6);
    check_eq(name, LC_PGM_ILC, ilc);
    memcpy(p, ": PSW", 6);
    check_eq(name, LC_PGM_OLD.addr - site, behind);
}

#define FAULTS(name, insn, text)                                                                   \
    static void name(void *arg)                                                                    \
    {                                                                                              \
        (void)arg;                                                                                 \
        __asm__ volatile("larl %%r10,1f\n\tlarl %%r1,9f\n\tstgrl %%r1,site\n9:\t" insn             \
                         "\n\tj 2f\n1:\t" text "\n2:"                                              \
                         :                                                                         \
                         :                                                                         \
                         : "0", "1", "2", "3", "4", "cc", "memory");                               \
    }

FAULTS(ex_illegal, "ex %%r0,0(%%r10)", ".short 0x0000,0")
FAULTS(exrl_illegal, "exrl %%r0,1f", ".short 0x0000,0")
FAULTS(ex_of_ex, "ex %%r0,0(%%r10)", "ex %%r0,2f")
FAULTS(ex_of_exrl, "ex %%r0,0(%%r10)", "exrl %%r0,2f")
FAULTS(exrl_of_ex, "exrl %%r0,1f", "ex %%r0,2f")
FAULTS(exrl_of_exrl, "exrl %%r0,1f", "exrl %%r0,2f")
FAULTS(ex_odd, "larl %%r1,1f\n\taghi %%r1,-4\n\t.short 0x4400,0x1005", "nopr")
FAULTS(ex_addressing, "exrl %%r0,1f", "mvc 0(1,%%r2),0(%%r2)")
FAULTS(ex_divide, "ex %%r0,0(%%r10)", "dr %%r2,%%r4")
FAULTS(ex_spec, "exrl %%r0,1f", ".short 0x1d34")
FAULTS(ex_priv, "exrl %%r0,1f", "stpx 1")
FAULTS(ex_unaligned, "exrl %%r0,1f", "stpx 1")
FAULTS(ex_align, "ex %%r0,0(%%r10)", "cs %%r0,%%r0,1")

static void ex_far(void *arg)
{
    __asm__ volatile("larl %%r1,9f\n\tstgrl %%r1,site\n9:\tex %%r0,0(%0)\n"
                     :
                     : "a"(arg)
                     : "1", "memory");
}

static void in_problem_state(void *arg)
{
    problem_state();
    ex_priv(arg);
}

static void big_address(void *arg)
{
    __asm__ volatile("lghi %%r2,-4096" : : : "2");
    ex_addressing(arg);
}

static void zero_divisor(void *arg)
{
    __asm__ volatile("lghi %%r2,0\n\tlghi %%r3,1\n\tlghi %%r4,0" : : : "2", "3", "4");
    ex_divide(arg);
}

static void exceptions(void)
{
    exception("EX of an illegal operation", ex_illegal, PGM_OPERATION, 4, 4);
    exception("EXRL of an illegal operation", exrl_illegal, PGM_OPERATION, 6, 6);
    exception("EX of EX", ex_of_ex, PGM_EXECUTE, 4, 4);
    exception("EX of EXRL", ex_of_exrl, PGM_EXECUTE, 4, 4);
    exception("EXRL of EX", exrl_of_ex, PGM_EXECUTE, 6, 6);
    exception("EXRL of EXRL", exrl_of_exrl, PGM_EXECUTE, 6, 6);
    check_pgm("EX of an odd address", ex_odd, 0, PGM_SPECIFICATION);
    check_eq("EX of an odd address: ILC", LC_PGM_ILC, 4);
    exception("EXRL of MVC from nowhere", big_address, PGM_ADDRESSING, 6, 6);
    exception("EX of DR by zero", zero_divisor, PGM_FIXED_DIVIDE, 4, 4);
    exception("EXRL of DR with odd R1", ex_spec, PGM_SPECIFICATION, 6, 6);
    exception("EXRL of STPX in problem state", in_problem_state, PGM_PRIVILEGED_OP, 6, 6);
    exception("EXRL of STPX, unaligned", ex_unaligned, PGM_SPECIFICATION, 6, 6);
    exception("EX of CS, unaligned", ex_align, PGM_SPECIFICATION, 4, 4);
    check_pgm("EX of nowhere", ex_far, (void *)0xfffffffffffff000, PGM_ADDRESSING);
    check_eq("EX of nowhere: ILC", LC_PGM_ILC, 4);
}

/* ---- DAT: what the fetch of a target may meet ---- */

static void pages(void)
{
    u64 asce = dat_identity(16), far = 0x2000000, a = 1;
    u8 *end = page + 4096 - 2;

    /* aghi %r2,5 over two pages */
    *(u16 *)end = 0xa72b;
    *(u16 *)(end + 2) = 5;
    __asm__ volatile("lgr %%r2,%0\n\tex %%r0,0(%1)\n\tlgr %0,%%r2"
                     : "+d"(a)
                     : "a"(end)
                     : "2", "cc");
    check_eq("EX of a target over two pages", a, 6);
    /* mvc 0(1,%r2),0(%r3) with two bytes on the first page, then with four */
    end = page + 8192 - 2;
    memcpy(end, "\xd2\x00\x20\x00\x30\x00", 6);
    memcpy(end + 4094, "\xd2\x00\x20\x00\x30\x00", 6);
    to[0] = 0;
    for (int i = 0; i < 2; i++)
        __asm__ volatile("lgr %%r2,%0\n\tlgr %%r3,%1\n\tlghi %%r4,1\n\tex %%r4,0(%2)"
                         :
                         : "a"((u64)to + 2UL * i), "a"((u64)from + 2UL * i), "a"(end + 4094L * i)
                         : "2", "3", "4", "memory");
    check_eq("EX of MVC over two pages", to[0], 0x0102030400000000);

    dat_page(asce, far, (u64)page);
    dat_on(asce);
    memcpy(page, "\xa7\x2b\x00\x05", 4);
    __asm__ volatile("lgr %%r2,%0\n\tex %%r0,0(%1)\n\tlgr %0,%%r2"
                     : "+d"(a)
                     : "a"(far)
                     : "2", "cc");
    check_eq("EX of a target on another page", a, 11);
    check_pgm("EX of a target that is not there", ex_far, (void *)(far + 4096),
              PGM_PAGE_TRANSLATION);
    check_eq("EX of a target that is not there: ILC", LC_PGM_ILC, 4);
    check_eq("EX of a target that is not there: nullified", LC_PGM_OLD.addr, site);
    check_eq("EX of a target that is not there: address", LC_TEID & ~0xfffUL, far + 4096);
    *(u16 *)(page + 4094) = 0xa72b;
    check_pgm("EX of a target half there", ex_far, (void *)(far + 4094), PGM_PAGE_TRANSLATION);
    check_eq("EX of a target half there: address", LC_TEID & ~0xfffUL, far + 4096);
    check_eq("EX of a target half there: nullified", LC_PGM_OLD.addr, site);
    memcpy(page + 0x100, "\xd2\x00\x20\x00\x20\x00", 6);
    __asm__ volatile("lgr %%r2,%0" : : "a"(far + 4096) : "2");
    dat_off();
}

/* mvc to a page that is not there, under EX: PSW stays at the EX. */
static void mvc_fault(void *arg)
{
    __asm__ volatile("lgr %%r2,%0\n\tlarl %%r10,1f\n\tlarl %%r1,9f\n\tstgrl %%r1,site\n9:\tex "
                     "%%r0,0(%%r10)\n\tj 2f\n"
                     "1:\tmvc 0(1,%%r2),0(%%r2)\n2:"
                     :
                     : "a"(arg)
                     : "1", "2", "memory");
}

static void nullification(void)
{
    dat_on(dat_identity(16));
    check_pgm("EX of MVC with a page fault", mvc_fault, (void *)0x3000000, PGM_SEGMENT_TRANSLATION);
    check_eq("EX of MVC with a page fault: ILC", LC_PGM_ILC, 4);
    check_eq("EX of MVC with a page fault: nullified", LC_PGM_OLD.addr, site);
    dat_off();
}

/* ---- targets that change ---- */

static void changing(void)
{
    u8 *t = page + 3 * 4096;
    u64 a = 0;

    for (int i = 1; i <= 3; i++) {
        *(volatile u32 *)t = 0xa72b0000u + (u32)i; /* aghi %r2,i */
        __asm__ volatile("lgr %%r2,%0\n\tex %%r0,0(%1)\n\tlgr %0,%%r2"
                         : "+d"(a)
                         : "a"(t)
                         : "2", "cc", "memory");
    }
    check_eq("EX of a target that was changed", a, 6);
    *(volatile u32 *)t = 0x50201000; /* st %r2,0(%r1): over itself */
    __asm__ volatile("lgr %%r1,%1\n\tiilf %%r2,0xa72b0007\n\tex %%r0,0(%1)\n\tlgr %%r2,%0\n\t"
                     "ex %%r0,0(%1)\n\tlgr %0,%%r2"
                     : "+d"(a)
                     : "a"(t)
                     : "1", "2", "cc", "memory");
    check_eq("EX of a target that overwrites itself", a, 13);
}

int main(void)
{
    computing();
    branches();
    svc_by_ex();
    control();
    exceptions();
    pages();
    nullification();
    changing();
    return failures();
}
