/* SPDX-License-Identifier: Apache-2.0
 *
 * run: -c 2
 * Code that is changed while it runs.  Stores of a CPU are seen by its own next instruction fetch
 * (same logical address) and by other CPUs after serialization.  [PoP 5 Conceptual Sequence,
 * Instruction Fetching]
 */
#include "guest.h"

static u8 code[8 * 4096] __attribute__((aligned(4096)));

#define LHI(v) (0xa7280000u | (v)) /* lhi %r2,v */
#define BR 0x07fe0700u             /* br %r14; nopr */

typedef u64 (*fn)(void);

static u64 run(void *p)
{
    return ((fn)p)();
}

static void write_fn(u8 *p, u16 v)
{
    *(volatile u32 *)p = LHI(v);
    *(volatile u32 *)(p + 4) = BR;
}

/* ---- one CPU ---- */

static void same_granule(void)
{
    u64 a;

    /* The store changes the next instruction. */
    for (int i = 1; i < 4; i++) {
        __asm__ volatile("larl %%r1,1f\n\tlr %%r3,%1\n\tst %%r3,0(%%r1)\n1:\tlhi %%r2,0x99\n\t"
                         "lgr %0,%%r2"
                         : "=d"(a)
                         : "d"(LHI((u32)i))
                         : "1", "2", "3", "memory");
        check_eq("next instruction changed", a, (u64)i);
    }
    for (u16 i = 1; i < 4; i++) {
        __asm__ volatile("larl %%r1,1f\n\tmvc 2(2,%%r1),%1\n\tnopr\n1:\tlhi %%r2,0\n\tlgr %0,%%r2"
                         : "=d"(a)
                         : "Q"(i)
                         : "1", "2", "memory");
        check_eq("immediate changed by MVC", a, i);
    }
}

static void same_page(void)
{
    u64 sum = 0;

    for (u16 i = 1; i <= 50; i++) {
        write_fn(code + 0x200, i);
        sum += run(code + 0x200);
    }
    check_eq("function written and called, 50 times", sum, 1275);
    /* Code and data on one page, 256 bytes apart. */
    write_fn(code + 0x400, 3);
    sum = 0;
    for (int i = 0; i < 1000; i++) {
        *(volatile u64 *)(code + 0x800) = (u64)i;
        sum += run(code + 0x400);
    }
    check_eq("data beside code", sum, 3000);
}

static void long_stores(void)
{
    static u8 text[8];
    u8 *p = code + 4096 + 252; /* over a granule of 256 bytes */

    write_fn(text, 11);
    memcpy(p, text, 8);
    check_eq("code written by bytes", run(p), 11);
    write_fn(text, 12);
    __asm__ volatile("mvc 0(8,%0),0(%1)" : : "a"(p), "a"(text) : "memory");
    check_eq("code written by MVC", run(p), 12);
    write_fn(text, 13);
    __asm__ volatile("lm %%r2,%%r3,0(%1)\n\tstm %%r2,%%r3,0(%0)"
                     :
                     : "a"(p), "a"(text)
                     : "2", "3", "memory");
    check_eq("code written by STM", run(p), 13);
    write_fn(text, 14);
    {
        register u64 r2 __asm__("2") = (u64)p;
        register u64 r3 __asm__("3") = 8;
        register u64 r4 __asm__("4") = (u64)text;
        register u64 r5 __asm__("5") = 8;

        __asm__ volatile("mvcl %0,%2" : "+d"(r2), "+d"(r3), "+d"(r4), "+d"(r5) : : "cc", "memory");
    }
    check_eq("code written by MVCL", run(p), 14);
    write_fn(text, 15);
    {
        u64 old, new = *(u64 *)text;

        write_fn(p + 4, 0);
        run(p + 4);
        old = *(volatile u64 *)(p + 4);
        __asm__ volatile("csg %0,%1,0(%2)" : "+d"(old) : "d"(new), "a"(p + 4) : "cc", "memory");
        p += 4;
    }
    check_eq("code written by CSG", run(p), 15);
    __asm__ volatile("oi 3(%0),0x10\n\tni 3(%0),0x1e" : : "a"(p) : "cc", "memory");
    check_eq("code written by OI and NI", run(p), 0x1e);
    __asm__ volatile("asi 0(%0),2" : : "a"(p) : "cc", "memory");
    check_eq("code written by ASI", run(p), 0x20);
    write_fn(text, 16);
    __asm__ volatile("stura %1,%0\n\tstura %3,%2"
                     :
                     : "a"(p), "d"(*(u32 *)text), "a"(p + 4), "d"(*(u32 *)(text + 4))
                     : "memory");
    check_eq("code written by STURA", run(p), 16);
    __asm__ volatile("xc 0(4,%0),0(%0)\n\tmvc 0(4,%0),0(%1)"
                     :
                     : "a"(p), "a"(text)
                     : "cc", "memory");
    check_eq("code written by XC and MVC", run(p), 16);
}

static void page_copies(void)
{
    u8 *a = code + 2 * 4096, *b = code + 3 * 4096;
    u64 r0 = 0;

    write_fn(a, 21);
    write_fn(b, 22);
    check_eq("before MVPG", run(b), 22);
    __asm__ volatile("lgr %%r0,%2\n\tmvpg %0,%1" : : "a"(b), "a"(a), "d"(r0) : "0", "cc", "memory");
    check_eq("code written by MVPG", run(b), 21);
    /* A straddling instruction: each half on its own page changes. */
    *(volatile u16 *)(b - 2) = 0xa728;
    *(volatile u16 *)b = 31;
    *(volatile u32 *)(b + 2) = BR;
    check_eq("instruction over two pages", run(b - 2), 31);
    *(volatile u16 *)b = 32;
    check_eq("second half changed", run(b - 2), 32);
    *(volatile u16 *)(b - 2) = 0xa729; /* lghi */
    *(volatile u16 *)b = 0xffff;
    check_eq("both halves changed", run(b - 2), ~0UL);
    __asm__ volatile("lghi %%r0,0\n\tlghi %%r1,0\n\ttb %%r1,%0"
                     :
                     : "a"(b)
                     : "0", "1", "cc", "memory");
    write_fn(b, 23);
    check_eq("code on a page cleared by TEST BLOCK", run(b), 23);
    __asm__ volatile("pfmf %0,%1" : : "d"(0x10000UL), "a"(b) : "memory");
    check_eq("page cleared by PFMF", *(volatile u32 *)b, 0);
    write_fn(b, 24);
    check_eq("code on a page cleared by PFMF", run(b), 24);
}

static void in_lowcore(void)
{
    volatile u32 *p = (volatile u32 *)0xc00;

    write_fn((u8 *)p, 41);
    check_eq("code in lowcore", run((void *)0xc00), 41);
    write_fn((u8 *)p, 42);
    check_eq("code in lowcore changed", run((void *)0xc00), 42);
    /* The CPU itself stores into lowcore: old PSW of an SVC at 140, mask word first. */
    LC32(0x15c) = BR;
    LC32(0x158) = LHI(1);
    check_eq("code in an old-PSW field", run((void *)0x158), 1);
    LC32(0x158) = LHI(2);
    check_eq("code in an old-PSW field changed", run((void *)0x158), 2);
    LC32(0x14c) = BR; /* SVC old PSW 140: the interruption overwrites it with an address */
    LC32(0x148) = LHI(3);
    check_eq("code in the SVC old PSW", run((void *)0x148), 3);
    supervisor();
    check("SVC overwrites decoded code", LC32(0x148) != LHI(3));
    LC32(0x14c) = BR;
    LC32(0x148) = LHI(4);
    check_eq("code in the SVC old PSW again", run((void *)0x148), 4);
}

/* The same storage under two logical addresses. */
static void aliases(void)
{
    u64 asce = dat_identity(16), alias = 0x2000000;
    u8 *p = code + 5 * 4096;

    dat_page(asce, alias, (u64)p);
    dat_on(asce);
    write_fn(p, 51);
    check_eq("code through an alias", run((void *)alias), 51);
    write_fn(p, 52);
    barrier();
    check_eq("changed below the alias", run((void *)alias), 52);
    write_fn((u8 *)alias, 53);
    barrier();
    check_eq("changed through the alias", run(p), 53);
    dat_page(asce, alias, (u64)(code + 6 * 4096));
    write_fn(code + 6 * 4096, 54);
    ptlb();
    check_eq("page mapped elsewhere", run((void *)alias), 54);
    dat_off();
}

/* ---- two CPUs ---- */

static volatile u64 turn, seen;

static void other(void *arg)
{
    u8 *p = arg;

    for (u64 i = 1; i <= 200; i++) {
        while (turn != 2 * i - 1)
            relax();
        barrier();
        seen = run(p);
        barrier();
        turn = 2 * i;
    }
}

static void two_cpus(void)
{
    u8 *p = code + 7 * 4096;
    bool ok = true;

    write_fn(p, 0);
    cpu_start(1, other, p);
    for (u64 i = 1; i <= 200; i++) {
        write_fn(p, (u16)i);
        barrier();
        turn = 2 * i - 1;
        while (turn != 2 * i)
            relax();
        ok = ok && seen == i;
    }
    cpu_join(1);
    check("code written by another CPU, 200 times", ok);
}

static volatile u32 stop_loop;

/* Runs its own endless loop until the other CPU writes a branch out of it. */
static void loops(void *arg)
{
    stop_loop = 1;
    run(arg);
    stop_loop = 2;
}

static void break_loop(void)
{
    u8 *p = code + 7 * 4096 + 0x800;

    *(volatile u32 *)p = 0xa7f40000; /* j . */
    *(volatile u32 *)(p + 4) = BR;
    cpu_start(1, loops, p);
    while (stop_loop != 1)
        relax();
    for (int i = 0; i < 100; i++)
        relax();
    *(volatile u32 *)p = 0xa7280001; /* lhi, then br */
    cpu_join(1);
    check_eq("endless loop broken by another CPU's store", stop_loop, 2);
}

int main(void)
{
    same_granule();
    same_page();
    long_stores();
    page_copies();
    in_lowcore();
    aliases();
    two_cpus();
    break_loop();
    return failures();
}
