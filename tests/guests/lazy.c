/* SPDX-License-Identifier: Apache-2.0
 *
 * run: --lazy-memory -c 2 -m 256M
 * All pages start absent: host faults (I07) in every kind of access, MVPG by partial execution (I40).
 */
#include "guest.h"

static u64 fresh = 0x4000000;

/* A page that nobody touched. */
static u8 *page(void)
{
    fresh += 4096;
    return (u8 *)fresh;
}

static void copying(void)
{
    u8 *a = page(), *b = page();
    u64 cc;

    __asm__ volatile("lghi %%r0,0\n\tmvpg %1,%2\n\tipm %0\n\tsrl %0,28"
                     : "=d"(cc)
                     : "a"(a), "a"(b)
                     : "0", "cc", "memory");
    check_eq("I40 MVPG of two absent pages: condition code", (u32)cc, 0);
    check_eq("I40 MVPG of two absent pages", *(volatile u64 *)a, 0);
    a = page();
    b = page();
    memset(b, 0x5a, 4096);
    __asm__ volatile("lghi %%r0,0\n\tmvpg %0,%1" : : "a"(a), "a"(b) : "0", "cc", "memory");
    check_eq("I40 MVPG to an absent page", a[4095], 0x5a);
    b = page();
    __asm__ volatile("lghi %%r0,0\n\tmvpg %0,%1" : : "a"(a), "a"(b) : "0", "cc", "memory");
    check_eq("I40 MVPG from an absent page", a[4095], 0);
}

static void accesses(void)
{
    u8 *p = page();
    u64 v = 1;
    static u8 text[4];

    check_eq("I07 fetch", *(volatile u64 *)p, 0);
    p = page();
    *(volatile u64 *)p = 7;
    check_eq("I07 store", *(volatile u64 *)p, 7);
    p = page();
    *(volatile u64 *)(p + 4092) = 0x1122334455667788;
    check_eq("I07 store over two absent pages", *(volatile u64 *)(p + 4092), 0x1122334455667788);
    page();
    p = page();
    page();
    __asm__ volatile("mvc 4000(200,%0),0(%1)" : : "a"(p), "a"(text) : "memory");
    check("I07 MVC over two absent pages", true);
    p = page();
    __asm__ volatile("csg %0,%1,0(%2)" : "+d"(v) : "d"(9UL), "a"(p) : "cc", "memory");
    check_eq("I07 CSG of an absent page", v, 0);
    p = page();
    sske((u64)p, 0x30);
    check_eq("I07 key of an absent page", iske((u64)p), 0x30);
    check_eq("I07 key of an absent page is no access", *(volatile u64 *)p, 0);
    p = page();
    __asm__ volatile("stap 0(%0)" : : "a"(p) : "memory");
    check_eq("I07 STAP to an absent page", *(volatile u16 *)p, 0);
    p = page();
    __asm__ volatile("stsi 0(%2)" : : "d"(0), "d"(0), "a"(p) : "cc", "memory");
    check("I07 an intercepted instruction", true);
    p = page();
    *(volatile u32 *)(p + 4094) = 0x07fe07fe;
    page();
    ((void (*)(void))(p + 4094))();
    check("I07 instruction fetch", true);
    for (int i = 0; i < 1000; i++)
        v += *(volatile u64 *)page();
    check("I07 1000 pages", true);
}

static void outside(void *arg)
{
    *(volatile u64 *)arg = 1;
}

static void tables(void)
{
    u64 *seg = (u64 *)((fresh + 0x10000) & ~0x3fffUL);
    u64 asce = dat_identity(128), entry;

    fresh = (u64)seg + 0x10000;
    dat_on(asce);
    *dat_ste(asce, 0x20000000) = (u64)page(); /* absent, so all entries are zero: valid, frame 0 */
    *(volatile u64 *)0x2000 = 0;
    ptlb();
    entry = *(volatile u64 *)0x20000d00;
    check_eq("I07 absent page table", entry, LC64(0xd00));
    dat_off();
}

/* ---- prefix area ---- */

static void runs(void *arg)
{
    *(volatile u64 *)arg = 1;
    supervisor();
    __asm__ volatile("stpx 0x300");
}

static void prefix(void)
{
    static volatile u64 done;

    cpu_start(1, runs, (void *)&done);
    cpu_join(1);
    check_eq("I07 another CPU", done, 1);
    *(volatile u32 *)0x300 = (u32)(u64)page() & ~0x1fffU;
    fresh += 16384;
    __asm__ volatile("spx 0x300\n\tstpx 0x304" : : : "memory");
    check("I07 absent prefix area", LC32(0x304) != 0);
    __asm__ volatile("larl %%r1,zero_word\n\tspx 0(%%r1)" : : : "1", "memory");
}

__asm__("	.data\n	.balign 4\nzero_word: .long 0\n	.text");

/* ---- releasing ---- */

static void release(void)
{
    u8 *p = page();

    memset(p, 0x77, 4096);
    __asm__ volatile("diag %0,%0,0x10" : : "d"(p) : "memory");
    check("I22 DIAG 10 gives a page back",
          *(volatile u64 *)p == 0 || *(volatile u64 *)p == 0x7777777777777777);
    *(volatile u64 *)p = 5;
    check_eq("I22 the page can be used again", *(volatile u64 *)p, 5);
}

int main(void)
{
    copying();
    accesses();
    check_pgm("I07 outside of storage", outside, (void *)0x10000000, PGM_ADDRESSING);
    check_eq("I07 outside of storage: ILC", LC_PGM_ILC & 6, LC_PGM_ILC);
    tables();
    prefix();
    release();
    return failures();
}
