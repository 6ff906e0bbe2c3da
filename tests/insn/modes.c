/* SPDX-License-Identifier: Apache-2.0
 *
 * 24-, 31- and 64-bit addressing mode: links, mode switching, address results, wrap-around.
 * [PoP 5 Address Generation, Mode-Setting], [PoP 7 BRANCH AND LINK ...]
 */
#include "guest.h"

#define HIGH 0xdeadbeef00000000UL
#define LOW(x) ((u32)(x))

/* ---- links ---- */

/* insn links into %0, from the address that %1 gets. */
#define LINK(mode, before, insn, out, at)                                                          \
    __asm__ volatile("lgr %0,%2\n\tlarl %1,2f\n\tlarl %%r1,3f\n\t" mode "\n\t" before "\n\t" insn  \
                     "\n2:\tnopr\n3:\tsam64"                                                       \
                     : "=&d"(out), "=&d"(at)                                                       \
                     : "d"(HIGH | 0x12345678)                                                      \
                     : "1", "2", "cc")

static void links(void)
{
    u64 r, at;

    LINK("sam24", "clr %0,%0", "basr %0,%%r1", r, at);
    check_eq("BASR in 24-bit mode", r, HIGH | at);
    LINK("sam31", "clr %0,%0", "basr %0,%%r1", r, at);
    check_eq("BASR in 31-bit mode", r, HIGH | at | 0x80000000);
    LINK("sam64", "clr %0,%0", "basr %0,%%r1", r, at);
    check_eq("BASR in 64-bit mode", r, at);
    LINK("sam24", "", "bas %0,0(%%r1)", r, at);
    check_eq("BAS in 24-bit mode", r, HIGH | at);
    LINK("sam31", "", "bas %0,0(%%r1)", r, at);
    check_eq("BAS in 31-bit mode", r, HIGH | at | 0x80000000);
    LINK("sam24", "", "bras %0,3f", r, at);
    check_eq("BRAS in 24-bit mode", r, HIGH | at);
    LINK("sam31", "", "brasl %0,3f", r, at);
    check_eq("BRASL in 31-bit mode", r, HIGH | at | 0x80000000);
    LINK("sam64", "", "brasl %0,3f", r, at);
    check_eq("BRASL in 64-bit mode", r, at);
    /* ILC, condition code 2, program mask 5 */
    LINK("sam24", "iilf %%r2,0x05000000\n\tspm %%r2\n\tclfi %%r2,1", "balr %0,%%r1", r, at);
    check_eq("BALR in 24-bit mode: ILC, CC, program mask", r, HIGH | 0x65000000 | at);
    LINK("sam24", "clfi %%r2,1", "bal %0,0(%%r1)", r, at);
    check_eq("BAL in 24-bit mode: ILC, CC, program mask", r, HIGH | 0xa5000000 | at);
    LINK("sam31", "", "balr %0,%%r1", r, at);
    check_eq("BALR in 31-bit mode", r, HIGH | 0x80000000 | at);
    LINK("sam64", "iilf %%r2,0\n\tspm %%r2", "balr %0,%%r1", r, at);
    check_eq("BALR in 64-bit mode", r, at);
    LINK("sam24", "", "larl %0,2f", r, at);
    check_eq("LARL in 24-bit mode", r, HIGH | at);
    LINK("sam31", "", "larl %0,2f", r, at);
    check_eq("LARL in 31-bit mode", r, HIGH | at);
    LINK("sam31", "", "basr %0,0", r, at);
    check_eq("BASR without a branch", r, HIGH | at | 0x80000000);
}

/* ---- mode switching ---- */

#define TAM(out) __asm__ volatile("tam\n\tipm %0\n\tsrl %0,28" : "=d"(out) : : "cc")

static void switching(void)
{
    u64 r, at, cc = 9;

    __asm__ volatile("sam24\n\ttam\n\tsam64\n\tipm %0\n\tsrl %0,28" : "=d"(cc) : : "cc");
    check_eq("TAM in 24-bit mode", LOW(cc), 0);
    __asm__ volatile("sam31\n\ttam\n\tsam64\n\tipm %0\n\tsrl %0,28" : "=d"(cc) : : "cc");
    check_eq("TAM in 31-bit mode", LOW(cc), 1);
    TAM(cc);
    check_eq("TAM in 64-bit mode", LOW(cc), 3);

    LINK("sam24", "", "bassm %0,0", r, at);
    check_eq("BASSM links in 24-bit mode", r, HIGH | at);
    LINK("sam31", "", "bassm %0,0", r, at);
    check_eq("BASSM links in 31-bit mode", r, HIGH | at | 0x80000000);
    LINK("sam64", "", "bassm %0,0", r, at);
    check_eq("BASSM links in 64-bit mode", r, at | 1);
    LINK("sam24", "", "bsm %0,0", r, at);
    check_eq("BSM saves 24-bit mode", r, HIGH | 0x12345678);
    LINK("sam31", "", "bsm %0,0", r, at);
    check_eq("BSM saves 31-bit mode", r, HIGH | 0x92345678);
    LINK("sam64", "", "bsm %0,0", r, at);
    check_eq("BSM saves 64-bit mode", r, HIGH | 0x12345679);

    __asm__ volatile("larl %%r1,2f\n\tbsm 0,%%r1\n2:\ttam\n\tsam64\n\tipm %0\n\tsrl %0,28"
                     : "=d"(cc)
                     :
                     : "1", "cc");
    check_eq("BSM to 24-bit mode", LOW(cc), 0);
    __asm__ volatile("larl %%r1,2f\n\toilh %%r1,0x8000\n\tbsm 0,%%r1\n2:\ttam\n\tsam64\n\t"
                     "ipm %0\n\tsrl %0,28"
                     : "=d"(cc)
                     :
                     : "1", "cc");
    check_eq("BSM to 31-bit mode", LOW(cc), 1);
    __asm__ volatile("larl %%r1,2f\n\taghi %%r1,1\n\tsam24\n\tbsm 0,%%r1\n2:\ttam\n\tsam64\n\t"
                     "ipm %0\n\tsrl %0,28"
                     : "=d"(cc)
                     :
                     : "1", "cc");
    check_eq("BSM from 24-bit to 64-bit mode", LOW(cc), 3);
    __asm__ volatile("larl %%r1,2f\n\toilh %%r1,0x8000\n\tbassm %%r2,%%r1\n\tj 3f\n2:\ttam\n\t"
                     "bsm 0,%%r2\n3:\tipm %0\n\tsrl %0,28\n\ttam\n\tipm %1\n\tsrl %1,28"
                     : "=d"(cc), "=d"(r)
                     :
                     : "1", "2", "cc");
    check_eq("BASSM to 31-bit mode", LOW(cc), 1);
    check_eq("BSM back to 64-bit mode", LOW(r), 3);
}

/* ---- addresses ---- */

static void results(void)
{
    u64 r;

    __asm__ volatile("lgr %0,%1\n\tiilf %%r1,0xfffffffe\n\tsam24\n\tla %0,5(%%r1)\n\tsam64"
                     : "=&d"(r)
                     : "d"(HIGH | 0x12345678)
                     : "1");
    check_eq("LA in 24-bit mode", r, HIGH | 3);
    __asm__ volatile("lgr %0,%1\n\tiilf %%r1,0xfffffffe\n\tsam31\n\tla %0,5(%%r1)\n\tsam64"
                     : "=&d"(r)
                     : "d"(HIGH | 0x12345678)
                     : "1");
    check_eq("LA in 31-bit mode", r, HIGH | 3);
    __asm__ volatile("lgr %0,%1\n\tiilf %%r1,0xfffffffe\n\tiihf %%r1,7\n\tla %0,5(%%r1)"
                     : "=&d"(r)
                     : "d"(HIGH)
                     : "1");
    check_eq("LA in 64-bit mode", r, 0x800000003);
    __asm__ volatile("lgr %0,%1\n\tlghi %%r1,0\n\tsam31\n\tlay %0,-1(%%r1)\n\tsam64"
                     : "=&d"(r)
                     : "d"(HIGH)
                     : "1");
    check_eq("LAY below zero in 31-bit mode", r, HIGH | 0x7fffffff);
    __asm__ volatile("lgr %0,%1\n\tlghi %%r1,0\n\tsam24\n\tlay %0,-1(%%r1)\n\tsam64"
                     : "=&d"(r)
                     : "d"(HIGH)
                     : "1");
    check_eq("LAY below zero in 24-bit mode", r, HIGH | 0xffffff);
}

static volatile u64 cell __attribute__((aligned(16))) = 0x1122334455667788;

static void operands(void)
{
    u64 r = 0, a = (u64)&cell;

    __asm__ volatile("sam24\n\tlg %0,0(%1)\n\tsam64" : "=d"(r) : "a"(a | 0xabcdef00ff000000));
    check_eq("operand in 24-bit mode: bits 0-39 ignored", r, cell);
    __asm__ volatile("sam31\n\tlg %0,0(%1)\n\tsam64" : "=d"(r) : "a"(a | 0xabcdef0080000000));
    check_eq("operand in 31-bit mode: bits 0-32 ignored", r, cell);
    __asm__ volatile("sam24\n\tlg %0,16(%1)\n\tsam64" : "=d"(r) : "a"((a - 16) & 0xffffff));
    check_eq("operand with displacement", r, cell);
    __asm__ volatile("sam31\n\tlg %0,-8(%2,%1)\n\tsam64"
                     : "=d"(r)
                     : "a"(a), "a"(8UL | 0xffffffff00000000));
    check_eq("index and base add up, wrapped", r, cell);
}

/* Storage operands that wrap at the end of the address space. */
static void wraps(void)
{
    static u8 buf[16];

    LC32(0) = 0x01020304;
    /* 24-bit: FFFFFC..FFFFFF and 0..3 (16 MiB are there) */
    *(volatile u32 *)0xfffffc = 0xa1a2a3a4;
    __asm__ volatile("iilf %%r1,0xfffffc\n\tsam24\n\tmvc 0(8,%0),0(%%r1)\n\tsam64"
                     :
                     : "a"(buf)
                     : "1", "memory");
    check_eq("MVC source wraps in 24-bit mode", *(u64 *)buf, 0xa1a2a3a401020304);
    memset(buf, 0x5a, 8);
    __asm__ volatile("iilf %%r1,0xfffffc\n\tsam24\n\tmvc 0(8,%%r1),0(%0)\n\tsam64"
                     :
                     : "a"(buf)
                     : "1", "memory");
    check("MVC destination wraps in 24-bit mode",
          *(volatile u32 *)0xfffffc == 0x5a5a5a5a && LC32(0) == 0x5a5a5a5a);
    {
        u64 v = 0;

        LC32(0) = 0x01020304;
        __asm__ volatile("iilf %%r1,0xfffffc\n\tsam24\n\tlg %0,0(%%r1)\n\tsam64" : "=d"(v) : : "1");
        check_eq("LG wraps in 24-bit mode", v, 0x5a5a5a5a01020304);
        __asm__ volatile("iilf %%r1,0xfffffc\n\tlg %0,0(%%r1)" : "=d"(v) : : "1");
        check("LG does not wrap in 64-bit mode", v != 0x5a5a5a5a01020304);
    }
    /* Code over the end of the 24-bit space. */
    *(volatile u16 *)0xfffffe = 0xa7f4; /* j over the end: halfword at 0 */
    LC16(0) = 4;                        /* target FFFFFE + 8 = 6 */
    LC32(6) = 0x010e07fe;               /* sam64; br %r14 */
    __asm__ volatile("iilf %%r1,0xfffffe\n\tlarl %%r14,2f\n\tsam24\n\tbr %%r1\n2:\tnopr"
                     :
                     :
                     : "1", "14");
    check("code wraps in 24-bit mode", true);
    LC64(0) = LC64(8) = 0;
}

/* ---- address registers of long instructions ---- */

static void long_registers(void)
{
    static u8 a[32], b[32];
    register u64 r2 __asm__("2");
    register u64 r3 __asm__("3");
    register u64 r4 __asm__("4");
    register u64 r5 __asm__("5");
    u64 v[4];

    memset(b, 7, 32);
    r2 = (u64)a | 0xaaaaaaaa55000000;
    r3 = 0xbbbbbbbb00000010;
    r4 = (u64)b | 0xcccccccc66000000;
    r5 = 0xdddddddd77000010;
    __asm__ volatile("sam24\n\tmvcl %1,%3\n\tsam64\n\tstmg 2,5,%0"
                     : "=Q"(v), "+d"(r2), "+d"(r3), "+d"(r4), "+d"(r5)
                     :
                     : "cc", "memory");
    check_eq("MVCL in 24-bit mode: R1", v[0], 0xaaaaaaaa00000000 | ((u64)a + 16));
    check_eq("MVCL in 24-bit mode: R1 + 1", v[1], 0xbbbbbbbb00000000);
    check_eq("MVCL in 24-bit mode: R2", v[2], 0xcccccccc00000000 | ((u64)b + 16));
    check_eq("MVCL in 24-bit mode: R2 + 1", v[3], 0xdddddddd77000000);
    check_eq("MVCL in 24-bit mode: moved", a[15], 7);
    r2 = (u64)a | 0xaaaaaaaa80000000;
    r3 = 0xbbbbbbbb00000010;
    r4 = (u64)b | 0xcccccccc80000000;
    r5 = 0xdddddddd00000010;
    __asm__ volatile("sam31\n\tmvcl %1,%3\n\tsam64\n\tstmg 2,5,%0"
                     : "=Q"(v), "+d"(r2), "+d"(r3), "+d"(r4), "+d"(r5)
                     :
                     : "cc", "memory");
    check_eq("MVCL in 31-bit mode: R1", v[0], 0xaaaaaaaa00000000 | ((u64)a + 16));
    check_eq("MVCL in 31-bit mode: R2", v[2], 0xcccccccc00000000 | ((u64)b + 16));
    /* TRT: 24-bit mode leaves bits 0-39 of GR1, 31-bit mode sets bit 32 to zero. */
    {
        static u8 table[256];
        u64 gr1 = 0, gr2;

        table[7] = 0x42;
        b[0] = b[1] = b[2] = 0;
        __asm__ volatile(
            "lgr %%r1,%2\n\tlgr %%r2,%2\n\tsam24\n\ttrt 0(8,%3),0(%4)\n\tsam64\n\tlgr %0,%%r1\n\t"
            "lgr %1,%%r2"
            : "=&d"(gr1), "=&d"(gr2)
            : "d"(0xeeeeeeeeeeeeeeeeUL), "a"(b), "a"(table)
            : "1", "2", "cc");
        check_eq("TRT in 24-bit mode: GR1", gr1, 0xeeeeeeeeee000000 | ((u64)b + 3));
        check_eq("TRT in 24-bit mode: GR2", gr2, 0xeeeeeeeeeeeeee42);
        __asm__ volatile(
            "lgr %%r1,%2\n\tlgr %%r2,%2\n\tsam31\n\ttrt 0(8,%3),0(%4)\n\tsam64\n\tlgr %0,%%r1\n\t"
            "lgr %1,%%r2"
            : "=&d"(gr1), "=&d"(gr2)
            : "d"(0xeeeeeeeeeeeeeeeeUL), "a"(b), "a"(table)
            : "1", "2", "cc");
        check_eq("TRT in 31-bit mode: GR1", gr1, 0xeeeeeeee00000000 | ((u64)b + 3));
    }
}

/* ---- PSW stored in each mode ---- */

static void svc_in_mode(void)
{
    __asm__ volatile("sam24\n\tsvc 1\n\tsam64" : : : "1", "memory");
    check_eq("SVC old PSW in 24-bit mode", LC_SVC_OLD.mask & PSW_64, 0);
    __asm__ volatile("sam31\n\tsvc 1\n\tsam64" : : : "1", "memory");
    check_eq("SVC old PSW in 31-bit mode", LC_SVC_OLD.mask & PSW_64, PSW_31);
    __asm__ volatile("svc 1" : : : "1", "memory");
    check_eq("SVC old PSW in 64-bit mode", LC_SVC_OLD.mask & PSW_64, PSW_64);
}

static void sam_far(void *arg)
{
    ((void (*)(void))arg)();
}

/* SAM24 above 16 MiB is a specification exception, PSW unchanged. */
static void sam_above(void)
{
    u8 *p = (u8 *)0x1800000;

    *(volatile u32 *)p = 0x010c07fe;
    check_pgm("SAM24 above 16 MiB", sam_far, p, PGM_SPECIFICATION);
    check_eq("SAM24 above 16 MiB: old PSW", LC_PGM_OLD.addr, (u64)p + 2);
    check_eq("SAM24 above 16 MiB: mode kept", LC_PGM_OLD.mask & PSW_64, PSW_64);
    *(volatile u32 *)p = 0x010d010e;
    *(volatile u32 *)(p + 4) = 0x07fe0700;
    check_pgm("SAM31 above 16 MiB", sam_far, p, 0);
}

int main(void)
{
    links();
    switching();
    results();
    operands();
    wraps();
    long_registers();
    svc_in_mode();
    sam_above();
    return failures();
}
