/* SPDX-License-Identifier: Apache-2.0
 *
 * run: -c 2
 * Dynamic address translation: table levels and types, exceptions, protection, large frames, real
 * space, prefixing, invalidation on this and on other CPUs.  [PoP 3 Dynamic Address Translation]
 */
#include "guest.h"

#define CR0_BASE 0x40000UL
#define CR0_EDAT 0x800000UL
#define CR0_IEP 0x100000UL
#define FC 0x400UL
#define CS 0x10UL
#define PRIVATE 0x100UL
#define REAL_SPACE 0x20UL
#define PTE_IEP 0x100UL
#define TL 3UL

static u64 *rf, *rs, *rt, *seg; /* one table a level; entry 1 of each leads to the next */
static u64 *pt;
static u8 *page;

/* The address whose indexes are all 1, below a table of each type. */
#define VA_SEG (1UL << 20 | 1UL << 12)
#define VA_RT (1UL << 31 | VA_SEG)
#define VA_RS (1UL << 42 | VA_RT)
#define VA_RF (1UL << 53 | VA_RS)

static const u64 va[4] = {VA_SEG, VA_RT, VA_RS, VA_RF};
static const int level_code[4] = {PGM_SEGMENT_TRANSLATION, PGM_REGION_THIRD_TRANSLATION,
                                  PGM_REGION_SECOND_TRANSLATION, PGM_REGION_FIRST_TRANSLATION};
static u64 *table[4];

/* The space of the program: home space of the tests, everything one to one. */
static u64 identity;

static void put_name(char *to, const char *a, const char *b)
{
    unsigned n = strlen(a);

    memcpy(to, a, n);
    memcpy(to + n, b, strlen(b) + 1);
}

static const char *const level_name[4] = {"segment table", "region-third table",
                                          "region-second table", "region-first table"};

static u64 asce(unsigned type)
{
    return (u64)table[type] | type << 2 | TL;
}

static void make_tables(void)
{
    for (int i = 0; i < 2048; i++)
        for (unsigned l = 0; l < 4; l++)
            table[l][i] = DAT_INVALID | l << 2;
    for (int i = 0; i < 256; i++)
        pt[i] = DAT_PAGE_INVALID;
    pt[1] = (u64)page;
    seg[1] = (u64)pt;
    rt[1] = (u64)seg | 1 << 2 | TL;
    rs[1] = (u64)rt | 2 << 2 | TL;
    rf[1] = (u64)rs | 3 << 2 | TL;
}

/* Accesses go by the secondary space (MVCP and friends need CR3; simpler: secondary-space mode with
 * code in primary = identity). */
static struct access {
    u64 va, value;
} access;

static void fetch(void *arg)
{
    u64 a = (u64)arg;
    u64 v;

    __asm__ volatile("sacf 256\n\tlg %0,0(%1)\n\tsacf 0" : "=d"(v) : "a"(a));
    access.value = v;
}

static void store(void *arg)
{
    __asm__ volatile("sacf 256\n\tstg %0,0(%0)\n\tsacf 0" : : "a"((u64)arg) : "memory");
}

/* Program-interruption code of a fetch from the space. */
static int fetch_in(u64 space, u64 addr)
{
    lctlg(7, space);
    ptlb();
    access.value = 0;
    return probe(fetch, (void *)addr);
}

static int store_in(u64 space, u64 addr)
{
    lctlg(7, space);
    ptlb();
    return probe(store, (void *)addr);
}

static void cr0(u64 bits)
{
    lctlg(0, CR0_BASE | 0x4000000 | bits); /* secondary-space control */
}

/* ---- types and levels ---- */

static void types(void)
{
    char name[100];

    *(volatile u64 *)page = 0x1234567812345678;
    for (unsigned t = 0; t < 4; t++) {
        put_name(name, level_name[t], ": translation");
        check_eq(name, (u64)fetch_in(asce(t), va[t]), 0);
        check_eq(name, access.value, 0x1234567812345678);
        put_name(name, level_name[t], ": entry invalid");
        check_eq(name, (u64)fetch_in(asce(t), va[t] + (1UL << (20 + (t ? 11 * t : 0)))),
                 (u64)level_code[t]);
        check_eq(name, LC_TEID & ~0xfffUL, va[t] + (1UL << (20 + 11 * t)));
        check_eq(name, LC_TEID & 0xc03, 0x802); /* fetch, secondary */
        check_eq(name, LC_EAID, 0);
        put_name(name, level_name[t], ": page invalid");
        check_eq(name, (u64)fetch_in(asce(t), va[t] + 4096), PGM_PAGE_TRANSLATION);
        put_name(name, level_name[t], ": page invalid, store");
        check_eq(name, (u64)store_in(asce(t), va[t] + 4096), PGM_PAGE_TRANSLATION);
        check_eq(name, LC_TEID & 0xc03, 0x402);
        if (t == 3)
            continue;
        put_name(name, level_name[t], ": ASCE type");
        check_eq(name, (u64)fetch_in(asce(t), va[t] | 1UL << (31 + 11 * t)), PGM_ASCE_TYPE);
        check_eq(name, (u64)fetch_in(asce(t), va[t] | 1UL << 63), PGM_ASCE_TYPE);
        check_eq(name, LC_TEID & 0xc03, 0x802);
    }
}

/* Each entry of a walk from the top: invalid, wrong type, limits. */
static void levels(void)
{
    char name[100];

    for (unsigned l = 0; l < 4; l++) {
        u64 saved = table[l][1];

        put_name(name, level_name[l], " entry: invalid");
        table[l][1] |= DAT_INVALID;
        check_eq(name, (u64)fetch_in(asce(3), VA_RF), (u64)level_code[l]);
        put_name(name, level_name[l], " entry: wrong type");
        table[l][1] = saved ^ 4;
        check_eq(name, (u64)fetch_in(asce(3), VA_RF), PGM_TRANSLATION_SPEC);
        put_name(name, level_name[l], " entry: wrong type, but invalid");
        table[l][1] = (saved ^ 4) | DAT_INVALID;
        check_eq(name, (u64)fetch_in(asce(3), VA_RF), (u64)level_code[l]);
        table[l][1] = saved;
        if (l == 0)
            continue;
        put_name(name, level_name[l], " entry: offset of the next table");
        table[l][1] = saved | 1 << 6;
        check_eq(name, (u64)fetch_in(asce(3), VA_RF), (u64)level_code[l - 1]);
        put_name(name, level_name[l], " entry: length of the next table");
        table[l][1] = saved & ~3UL;
        table[l - 1][600] = table[l - 1][1];
        check_eq(name, (u64)fetch_in(asce(3), VA_RF), 0);
        check_eq(name, (u64)fetch_in(asce(3), VA_RF + (599UL << (20 + 11 * (l - 1)))),
                 (u64)level_code[l - 1]);
        table[l][1] = (saved & ~3UL) | 1;
        check_eq(name, (u64)fetch_in(asce(3), VA_RF + (599UL << (20 + 11 * (l - 1)))), 0);
        put_name(name, level_name[l], " entry: table beyond storage");
        table[l][1] = 0x7ffffff000 | (saved & 0xfff);
        check_eq(name, (u64)fetch_in(asce(3), VA_RF), PGM_ADDRESSING);
        table[l][1] = saved;
        table[l - 1][600] = DAT_INVALID | (l - 1) << 2;
    }
    check_eq("ASCE: table length", (u64)fetch_in(asce(3) & ~3UL, VA_RF + (599UL << 53)),
             PGM_REGION_FIRST_TRANSLATION);
    pt[1] = (u64)page | 0x800;
    check_eq("page-table entry: bit 52", (u64)fetch_in(asce(0), VA_SEG), PGM_TRANSLATION_SPEC);
    pt[1] = (u64)page | 0x800 | DAT_PAGE_INVALID;
    check_eq("page-table entry: bit 52, but invalid", (u64)fetch_in(asce(0), VA_SEG),
             PGM_PAGE_TRANSLATION);
    pt[1] = 0x7ffffff000;
    check_eq("page-table entry: frame beyond storage", (u64)fetch_in(asce(0), VA_SEG),
             PGM_ADDRESSING);
    pt[1] = (u64)page;
    seg[1] |= CS;
    check_eq("common segment", (u64)fetch_in(asce(0), VA_SEG), 0);
    check_eq("common segment in a private space", (u64)fetch_in(asce(0) | PRIVATE, VA_SEG),
             PGM_TRANSLATION_SPEC);
    seg[1] &= ~CS;
}

/* ---- protection ---- */

static void protection(void)
{
    char name[100];

    for (int edat = 0; edat < 2; edat++) {
        cr0(edat ? CR0_EDAT : 0);
        for (unsigned l = 0; l < 4; l++) {
            table[l][1] |= DAT_PROTECT;
            put_name(name, level_name[l], edat ? " entry, EDAT: protection" : " entry: protection");
            check_eq(name, (u64)store_in(asce(3), VA_RF), l == 0 || edat ? PGM_PROTECTION : 0);
            if (l == 0 || edat) {
                check_eq(name, LC_TEID & ~0xfffUL, VA_RF);
                check_eq(name, LC_TEID & 0xc8f, 0x406);
            }
            check_eq(name, (u64)fetch_in(asce(3), VA_RF), 0);
            table[l][1] &= ~DAT_PROTECT;
        }
        pt[1] |= DAT_PROTECT;
        check_eq("page-table entry: protection", (u64)store_in(asce(3), VA_RF), PGM_PROTECTION);
        check_eq("page-table entry: protection, fetch", (u64)fetch_in(asce(3), VA_RF), 0);
        check_eq("page-table entry: protection, then store", (u64)probe(store, (void *)VA_RF),
                 PGM_PROTECTION);
        pt[1] &= ~DAT_PROTECT;
        check_eq("page-table entry: no protection", (u64)store_in(asce(3), VA_RF), 0);
    }
    cr0(0);
}

/* ---- large frames ---- */

static void large(void)
{
    u64 saved = seg[1], saved_rt = rt[1];
    u64 frame = 0x1700000; /* a MiB of storage that nothing else uses */

    *(volatile u64 *)(frame + 0x45678) = 0x4567845678;
    cr0(CR0_EDAT);
    seg[1] = frame | FC;
    check_eq("1 MiB frame: fetch", (u64)fetch_in(asce(3), (VA_RF & ~0xfffffUL) + 0x45678), 0);
    check_eq("1 MiB frame: value", access.value, 0x4567845678);
    check_eq("1 MiB frame: store", (u64)store_in(asce(3), (VA_RF & ~0xfffffUL) + 0x98760), 0);
    check_eq("1 MiB frame: stored", *(volatile u64 *)(frame + 0x98760),
             (VA_RF & ~0xfffffUL) + 0x98760);
    seg[1] |= DAT_PROTECT;
    check_eq("1 MiB frame: protection", (u64)store_in(asce(3), VA_RF), PGM_PROTECTION);
    seg[1] = frame | FC | CS;
    check_eq("1 MiB frame: common segment in a private space",
             (u64)fetch_in(asce(3) | PRIVATE, VA_RF), PGM_TRANSLATION_SPEC);
    seg[1] = 0x7fffff00000 | FC;
    check_eq("1 MiB frame beyond storage", (u64)fetch_in(asce(3), VA_RF), PGM_ADDRESSING);
    seg[1] = saved | FC;
    cr0(0);
    check_eq("format control without EDAT", (u64)fetch_in(asce(3), VA_RF), 0);
    check_eq("format control without EDAT: value", access.value, *(volatile u64 *)page);
    seg[1] = saved;
    cr0(CR0_EDAT);
    rt[1] = 0 | FC | 1 << 2;
    check_eq("2 GiB frame: fetch",
             (u64)fetch_in(asce(3), (VA_RF & ~0x7fffffffUL) + frame + 0x45678), 0);
    check_eq("2 GiB frame: value", access.value, 0x4567845678);
    rt[1] |= CS;
    check_eq("2 GiB frame: common region", (u64)fetch_in(asce(3), VA_RF), 0);
    check_eq("2 GiB frame: common region in a private space",
             (u64)fetch_in(asce(3) | PRIVATE, VA_RF), PGM_TRANSLATION_SPEC);
    rt[1] = DAT_PROTECT | FC | 1 << 2;
    check_eq("2 GiB frame: protection", (u64)store_in(asce(3), (VA_RF & ~0x7fffffffUL) + frame),
             PGM_PROTECTION);
    rt[1] = saved_rt;
    cr0(0);
}

/* ---- instruction-execution protection ---- */

static void call(void *arg)
{
    ((void (*)(void))arg)();
}

static void execution(void)
{
    u64 *pte = dat_pte(identity, (u64)page);

    *(volatile u32 *)page = 0x07fe07fe;
    *pte |= PTE_IEP;
    cr0(0);
    ptlb();
    check_pgm("IEP off: instruction fetch", call, page, 0);
    cr0(CR0_IEP);
    ptlb();
    check_pgm("IEP: instruction fetch", call, page, PGM_PROTECTION);
    check_eq("IEP: TEID address", LC_TEID & ~0xfffUL, (u64)page);
    check_eq("IEP: TEID", LC_TEID & 0x8f, 0x84);
    check("IEP: load is allowed", *(volatile u32 *)page == 0x07fe07fe);
    *pte &= ~PTE_IEP;
    ptlb();
    check_pgm("IEP: page without the bit", call, page, 0);
    cr0(0);
}

/* ---- real space, prefixing ---- */

static void real_space(void)
{
    *(volatile u64 *)page = 77;
    check_eq("real-space ASCE", (u64)fetch_in(REAL_SPACE | 0x123000, (u64)page), 0);
    check_eq("real-space ASCE: value", access.value, 77);
    check_eq("real-space ASCE: beyond storage", (u64)fetch_in(REAL_SPACE, 0x7ffffff000),
             PGM_ADDRESSING);
}

static void spx(u32 prefix)
{
    __asm__ volatile("spx 0(%0)" : : "a"(&prefix), "m"(prefix) : "memory");
}

static void prefixing(void)
{
    u64 area = 0x1800000, far = 0x4000000;
    u64 saved = seg[1];
    u32 prefix = 1;

    memcpy((void *)area, (void *)0, 8192);
    *(volatile u64 *)0xd00 = 0xabc;
    *(volatile u64 *)(area + 0xd00) = 0xdef;
    spx((u32)area);
    __asm__ volatile("stpx %0" : "=Q"(prefix));
    check_eq("STPX", prefix, area);
    check_eq("prefixing: 0 is the prefix area", *(volatile u64 *)0xd00, 0xdef);
    check_eq("prefixing: the prefix area is 0", *(volatile u64 *)(area + 0xd00), 0xabc);
    check_eq("prefixing: virtual page of real 0", (u64)fetch_in(identity, 0xd00), 0);
    check_eq("prefixing: virtual page of real 0: value", access.value, 0xdef);
    dat_page(identity, far, area);
    check_eq("prefixing: virtual page of the prefix area", (u64)fetch_in(identity, far + 0xd00), 0);
    check_eq("prefixing: virtual page of the prefix area: value", access.value, 0xabc);
    cr0(CR0_EDAT);
    seg[1] = 0 | FC;
    check_eq("1 MiB frames are absolute", (u64)fetch_in(asce(0), (VA_SEG & ~0xfffffUL) + 0xd00), 0);
    check_eq("1 MiB frames are absolute: value", access.value, 0xabc);
    seg[1] = saved;
    cr0(0);
    check_eq("real space is real", (u64)fetch_in(REAL_SPACE, 0xd00), 0);
    check_eq("real space is real: value", access.value, 0xdef);
    spx(0);
    check_eq("prefix 0 again", *(volatile u64 *)0xd00, 0xabc);
    check_eq("prefix 0 again, virtual", (u64)fetch_in(identity, far + 0xd00), 0);
    check_eq("prefix 0 again, virtual: value", access.value, 0xdef);
}

/* ---- operands over two pages ---- */

static void two_pages(void)
{
    pt[0] = (u64)page + 4096;
    pt[2] = (u64)page + 8192;
    pt[3] = DAT_PAGE_INVALID;
    *(volatile u32 *)(page + 4092) = 0x11223344;
    *(volatile u32 *)(page + 8192) = 0x55667788;
    check_eq("fetch over two pages", (u64)fetch_in(asce(0), VA_SEG + 4092), 0);
    check_eq("fetch over two pages: value", access.value, 0x1122334455667788);
    pt[2] |= DAT_PROTECT;
    check_eq("store over two pages, second protected", (u64)store_in(asce(0), VA_SEG + 4092),
             PGM_PROTECTION);
    check_eq("store over two pages: nothing stored", *(volatile u32 *)(page + 4092), 0x11223344);
    check_eq("store over two pages: address", LC_TEID & ~0xfffUL, VA_SEG + 4096);
    pt[2] |= DAT_PAGE_INVALID;
    check_eq("fetch over two pages, second invalid", (u64)fetch_in(asce(0), VA_SEG + 4092),
             PGM_PAGE_TRANSLATION);
    check_eq("fetch over two pages: address", LC_TEID & ~0xfffUL, VA_SEG + 4096);
    pt[0] = pt[2] = DAT_PAGE_INVALID;
}

/* ---- LOAD REAL ADDRESS ---- */

static void lra(const char *name, u64 addr, u64 want, unsigned want_cc)
{
    u64 cc, r = 0x5555555555555555;

    ptlb();
    __asm__ volatile("sacf 256\n\tlrag %1,0(%2)\n\tipm %0\n\tsacf 0\n\tsrl %0,28"
                     : "=d"(cc), "+d"(r)
                     : "a"(addr)
                     : "cc");
    check_eq(name, (u32)cc, want_cc);
    check_eq(name, r, want);
}

static void load_real(void)
{
    lctlg(7, asce(1));
    lra("LRAG: translated", VA_RT + 0x123, (u64)page + 0x123, 0);
    lra("LRAG: segment-table entry invalid", VA_RT + (1UL << 20), (u64)&seg[2], 1);
    lra("LRAG: page-table entry invalid", VA_RT + 4096, (u64)&pt[2], 2);
    lra("LRAG: region-third-table entry invalid", VA_RT + (1UL << 31), 0x555555558000003b, 3);
    lra("LRAG: ASCE type", VA_RS, 0x5555555580000038, 3);
}

/* ---- invalidation ---- */

/* Fetches again without any purging. */
static int again(u64 addr)
{
    return probe(fetch, (void *)addr);
}

static void ipte(u64 table_, u64 addr)
{
    __asm__ volatile("ipte %0,%1" : : "a"(table_), "a"(addr) : "memory");
}

static void ipte_range(u64 table_, u64 addr, u64 more)
{
    __asm__ volatile("lgr %%r1,%0\n\tlgr %%r2,%1\n\tlgr %%r3,%2\n\t.long 0xb2213012"
                     :
                     : "d"(table_), "d"(addr), "d"(more)
                     : "1", "2", "3", "memory");
}

static void idte(u64 r1, u64 r2, u64 r3)
{
    __asm__ volatile("lgr %%r1,%0\n\tlgr %%r2,%1\n\tlgr %%r3,%2\n\t.long 0xb98e3012"
                     :
                     : "d"(r1), "d"(r2), "d"(r3)
                     : "1", "2", "3", "memory");
}

/* Condition code. */
static unsigned cspg(u64 *at, u64 old, u64 new)
{
    register u64 r2 __asm__("2") = old;
    register u64 r3 __asm__("3") = new;
    register u64 r4 __asm__("4") = (u64)at | 1;
    u32 cc;

    __asm__ volatile("cspg %1,%3\n\tipm %0\n\tsrl %0,28"
                     : "=&d"(cc), "+d"(r2), "+d"(r3)
                     : "d"(r4)
                     : "cc", "memory");
    return cc;
}

static void csp(u32 *at)
{
    register u64 r2 __asm__("2") = *at;
    register u64 r3 __asm__("3") = 5;
    register u64 r4 __asm__("4") = (u64)at | 1;

    __asm__ volatile("csp %0,%2" : "+d"(r2), "+d"(r3) : "d"(r4) : "cc", "memory");
}

/* CRDTE of the page-table entry of VA_RF: condition code; *seen is R1 afterwards. */
static unsigned crdte(u64 old, u64 new, u64 *seen)
{
    u64 space = asce(3);
    register u64 r2 __asm__("2") = old;
    register u64 r3 __asm__("3") = new;
    register u64 r4 __asm__("4") = (u64)pt;
    register u64 r5 __asm__("5") = VA_RF;
    register u64 r6 __asm__("6") = space;
    u32 cc;

    __asm__ volatile(".long 0xb98f6024\n\tipm %0\n\tsrl %0,28"
                     : "=&d"(cc), "+d"(r2)
                     : "d"(r3), "d"(r4), "d"(r5), "d"(r6)
                     : "cc", "memory");
    *seen = r2;
    return cc;
}

static void invalidation(void)
{
    u64 new = (u64)page + 4096, old;

    *(volatile u64 *)page = 1;
    *(volatile u64 *)new = 2;
    fetch_in(asce(3), VA_RF);
    ipte((u64)pt, VA_RF);
    check_eq("IPTE sets the invalid bit", pt[1] & DAT_PAGE_INVALID, DAT_PAGE_INVALID);
    check_eq("IPTE purges", (u64)again(VA_RF), PGM_PAGE_TRANSLATION);
    pt[1] = new;
    check_eq("a new entry is used at once", (u64)again(VA_RF), 0);
    check_eq("a new entry is used at once: value", access.value, 2);
    pt[1] = (u64)page;
    ptlb();
    again(VA_RF);
    check_eq("PTLB purges", access.value, 1);
    /* range */
    for (u64 i = 1; i < 9; i++) {
        pt[i] = (u64)page;
        fetch((void *)(VA_RF + (i - 1) * 4096));
    }
    ipte_range((u64)pt, VA_RF + 4096, 4);
    for (u64 i = 1; i < 9; i++)
        check_eq("IPTE of a range", (u64)again(VA_RF + (i - 1) * 4096),
                 i >= 2 && i <= 6 ? PGM_PAGE_TRANSLATION : 0);
    make_tables();
    /* IDTE of table entries, at each level */
    for (unsigned l = 0; l < 4; l++) {
        char name[100];

        fetch_in(asce(3), VA_RF);
        put_name(name, level_name[l], ": IDTE");
        idte((u64)table[l] | l << 2 | TL, VA_RF & ~0xfffffUL, 0);
        check_eq(name, table[l][1] & DAT_INVALID, DAT_INVALID);
        check_eq(name, (u64)again(VA_RF), (u64)level_code[l]);
        table[l][1] &= ~DAT_INVALID;
        check_eq(name, (u64)again(VA_RF), 0);
    }
    /* IDTE by ASCE */
    fetch_in(asce(3), VA_RF);
    pt[1] = new;
    idte(0, 0x800, asce(3));
    again(VA_RF);
    check_eq("IDTE by ASCE purges", access.value, 2);
    /* CSP and CSPG */
    pt[1] = new;
    ptlb();
    again(VA_RF);
    check_eq("CSPG", cspg(&pt[1], new, (u64)page), 0);
    check_eq("CSPG stores", pt[1], (u64)page);
    again(VA_RF);
    check_eq("CSPG purges", access.value, 1);
    check_eq("CSPG, unequal", cspg(&pt[1], new, new), 1);
    check_eq("CRDTE replaces: condition code", crdte((u64)page, new, &old), 0);
    check_eq("CRDTE replaces", pt[1], new);
    again(VA_RF);
    check_eq("CRDTE purges", access.value, 2);
    check_eq("CRDTE unequal: condition code", crdte((u64)page, 0, &old), 1);
    check_eq("CRDTE unequal: old entry", old, new);
    check_eq("CRDTE unequal: not replaced", pt[1], new);
    pt[1] = (u64)page;
}

/* ---- other CPUs ---- */

static volatile u32 phase, code_seen, reads;

/* Reads until it may not, many times. */
static void reader(void *arg)
{
    (void)arg;
    cr0(0);
    lctlg(1, identity);
    lctlg(7, asce(3));
    psw_mask(PSW_DAT);
    for (u32 i = 0; i < 8; i++) {
        int code = 0;

        while (phase != 2 * i + 1)
            relax();
        while (!code) {
            code = probe(fetch, (void *)VA_RF);
            reads++;
        }
        code_seen = (u32)code;
        barrier();
        phase = 2 * i + 2;
    }
    psw_mask(0);
}

static void wait_for(u32 n)
{
    while (phase != n)
        relax();
}

static void other_cpus(void)
{
    static u32 word;

    pt[1] = (u64)page;
    cpu_start(1, reader, 0);
    for (u32 i = 0; i < 8; i++) {
        u32 before = reads;

        phase = 2 * i + 1;
        while (reads < before + 10)
            relax();
        switch (i) {
        case 0:
        case 1:
            ipte((u64)pt, VA_RF);
            break;
        case 2:
            pt[1] |= DAT_PAGE_INVALID;
            idte(0, 0x800, asce(3));
            break;
        case 3:
            idte((u64)seg | TL, VA_RF & ~0xfffffUL, 0);
            break;
        case 4:
            idte((u64)rf | 3 << 2 | TL, VA_RF & ~0xfffffUL, 0);
            break;
        case 5:
            ipte_range((u64)pt, VA_RF - 4096, 7);
            break;
        case 6:
            cspg(&pt[1], pt[1], pt[1] | DAT_PAGE_INVALID);
            break;
        case 7:
            pt[1] |= DAT_PAGE_INVALID;
            csp(&word);
            break;
        }
        wait_for(2 * i + 2);
        check_eq("invalidation is seen by another CPU", code_seen,
                 i == 3   ? PGM_SEGMENT_TRANSLATION
                 : i == 4 ? PGM_REGION_FIRST_TRANSLATION
                          : PGM_PAGE_TRANSLATION);
        pt[1] &= ~DAT_PAGE_INVALID;
        seg[1] &= ~DAT_INVALID;
        rf[1] &= ~DAT_INVALID;
    }
    cpu_join(1);
}

int main(void)
{
    table[0] = seg = alloc_pages(4, 4096);
    table[1] = rt = alloc_pages(4, 4096);
    table[2] = rs = alloc_pages(4, 4096);
    table[3] = rf = alloc_pages(4, 4096);
    pt = alloc_pages(1, 4096);
    page = alloc_pages(4, 4096);
    identity = dat_identity(64);
    make_tables();
    cr0(0);
    dat_on(identity);
    types();
    levels();
    protection();
    large();
    execution();
    real_space();
    prefixing();
    two_pages();
    load_real();
    invalidation();
    dat_off();
    other_cpus();
    return failures();
}
