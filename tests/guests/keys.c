/* SPDX-License-Identifier: Apache-2.0
 *
 * Storage keys: key-controlled and fetch protection, overrides, low-address protection, reference
 * and change bits of every kind of access.  [PoP 3 Protection, Storage Key; PoP 10 SSKE, ISKE,
 * RRBE]
 */
#include "guest.h"

#define R 4
#define C 2
#define F 8
#define KEY(n) ((n) << 4)
#define CR0_FETCH_OVERRIDE 0x2000000UL
#define CR0_STORAGE_OVERRIDE 0x1000000UL
#define CR0_LOW 0x10000000UL
#define TEID_STORE 0x400UL
#define TEID_FETCH 0x800UL

static u8 *page, *second;

static void spka(unsigned key)
{
    __asm__ volatile("spka 0(%0)" : : "a"((u64)key << 4));
}

static void load(void *arg)
{
    u64 v;

    __asm__ volatile("lg %0,0(%1)" : "=d"(v) : "a"(arg));
}

static void store(void *arg)
{
    __asm__ volatile("stg %0,0(%0)" : : "a"(arg) : "memory");
}

/* With PSW key 2; keys are back at 0 when the caller goes on (probe() restores the PSW mask). */
static void load_2(void *arg)
{
    spka(2);
    load(arg);
}

static void store_2(void *arg)
{
    spka(2);
    store(arg);
}

static void call_2(void *arg)
{
    spka(2);
    ((void (*)(void))arg)();
}

/* ---- setting and reading ---- */

static unsigned rrbe(void *p)
{
    u64 cc;

    __asm__ volatile("rrbe %%r0,%1\n\tipm %0\n\tsrl %0,28" : "=d"(cc) : "a"(p) : "cc", "memory");
    return (u32)cc;
}

static void values(void)
{
    u64 r = 0x1122334455667788;
    bool ok = true;

    for (unsigned k = 0; k < 256; k += 2) {
        sske((u64)page, k);
        ok = ok && iske((u64)page) == k;
    }
    check("SSKE and ISKE: each of the 128 keys", ok);
    sske((u64)page, 0xff);
    check_eq("bit 63 is no part of a key", iske((u64)page), 0xfe);
    sske((u64)page, KEY(5) | F);
    __asm__ volatile("iske %0,%1" : "+d"(r) : "a"((u64)page + 0x123));
    check_eq("ISKE changes eight bits, ignores the byte index", r, 0x1122334455667758);
    check_eq("key of the next page", iske((u64)second) & 0xf8, 0);
    for (unsigned rc = 0; rc < 4; rc++) {
        sske((u64)page, KEY(3) | rc << 1);
        check_eq("RRBE: condition code", rrbe(page), rc);
        check_eq("RRBE: reference bit off", iske((u64)page), KEY(3) | (rc & 1) << 1);
    }
    sske((u64)page, 0);
}

/* Conditional SSKE: B22B with M3. */
#define SSKE_M(m, r1, page)                                                                        \
    ({                                                                                             \
        u64 cc_;                                                                                   \
        __asm__ volatile("lgr %%r1,%1\n\tlgr %%r2,%2\n\t.long 0xb22b0012 | " #m "<<12\n\t"         \
                         "lgr %1,%%r1\n\tipm %0\n\tsrl %0,28"                                      \
                         : "=d"(cc_), "+d"(r1)                                                     \
                         : "a"(page)                                                               \
                         : "1", "2", "cc", "memory");                                              \
        (u32) cc_;                                                                                 \
    })

static void conditional(void)
{
    u64 r1 = 0xffffffffffff0030;

    sske((u64)page, KEY(3) | R | C);
    check_eq("SSKE MR MC, same key: not set", SSKE_M(6, r1, page), 0);
    check_eq("SSKE MR MC, same key: old key", r1, 0xffffffffffff3630);
    check_eq("SSKE MR MC, same key: reference and change stay", iske((u64)page), KEY(3) | R | C);
    r1 = 0x30;
    check_eq("SSKE MR, change differs: set", SSKE_M(4, r1, page), 1);
    check_eq("SSKE MR, change differs: key", iske((u64)page), KEY(3));
    sske((u64)page, KEY(3) | C);
    r1 = 0x34;
    check_eq("SSKE MC, reference differs: set", SSKE_M(2, r1, page), 1);
    check_eq("SSKE MC, reference differs: old key", r1, 0x3234);
    r1 = 0x40;
    check_eq("SSKE MR MC, other key: set", SSKE_M(6, r1, page), 1);
    check_eq("SSKE MR MC, other key: key", iske((u64)page) & 0xf0, 0x40);
    r1 = 0x50;
    SSKE_M(0, r1, page);
    check_eq("SSKE 0 leaves R1", r1, 0x50);
    check_eq("SSKE 0 sets", iske((u64)page), 0x50);
    /* Multiple blocks: from 5 pages below a MiB boundary. */
    {
        u64 r2 = 0x1ffb123, rest = KEY(7) | R;
        bool ok = true;

        sske(0x2000000, KEY(1));
        __asm__ volatile("lgr %%r1,%1\n\tlgr %%r2,%0\n\t.long 0xb22b1012\n\tlgr %0,%%r2"
                         : "+d"(r2)
                         : "d"(rest)
                         : "1", "2", "cc", "memory");
        for (u64 a = 0x1ffb000; a < 0x2000000; a += 4096)
            ok = ok && iske(a) == rest;
        check("SSKE of multiple blocks: keys", ok);
        check_eq("SSKE of multiple blocks: ends at the MiB", iske(0x2000000), KEY(1));
        check_eq("SSKE of multiple blocks: R2", r2, 0x2000123);
    }
    sske((u64)page, 0);
}

/* ---- protection ---- */

static void protection(void)
{
    u64 p = (u64)page;

    sske(p, KEY(3));
    check_pgm("other key: fetch", load_2, page, 0);
    check_pgm("other key: store", store_2, page, PGM_PROTECTION);
    check_eq("other key: TEID of store", LC_TEID & ~0xfffUL, p);
    check_eq("other key: TEID says store", LC_TEID & (TEID_STORE | TEID_FETCH), TEID_STORE);
    check_eq("other key: TEID says key-controlled", LC_TEID & 0x8c, 0x08);
    check_eq("other key: EAID", LC_EAID, 0);
    check_eq("other key: ILC", LC_PGM_ILC, 6);
    sske(p, KEY(3) | F);
    check_pgm("other key and fetch protection: fetch", load_2, page, PGM_PROTECTION);
    check_eq("other key and fetch protection: TEID says fetch", LC_TEID & (TEID_STORE | TEID_FETCH),
             TEID_FETCH);
    check_pgm("other key and fetch protection: store", store_2, page, PGM_PROTECTION);
    check_pgm("key 0: store", store, page, 0);
    check_pgm("key 0: fetch", load, page, 0);
    *(volatile u16 *)(page + 256) = 0x07fe;
    check_pgm("other key and fetch protection: instruction fetch", call_2, page + 256,
              PGM_PROTECTION);
    check_eq("instruction fetch: ILC", LC_PGM_ILC & 6, LC_PGM_ILC);
    sske(p, KEY(2) | F);
    check_pgm("same key: store", store_2, page, 0);
    check_pgm("same key: fetch", load_2, page, 0);
    check_pgm("same key: instruction fetch", call_2, page + 256, 0);
    sske(p, KEY(9));
    check_pgm("key 9: store", store_2, page, PGM_PROTECTION);
    lctlg(0, 0x40000 | CR0_STORAGE_OVERRIDE);
    check_pgm("storage-protection override: store at key 9", store_2, page, 0);
    sske(p, KEY(9) | F);
    check_pgm("storage-protection override: fetch at key 9", load_2, page, 0);
    sske(p, KEY(8));
    check_pgm("storage-protection override: not for key 8", store_2, page, PGM_PROTECTION);
    lctlg(0, 0x40000);
    sske(p, KEY(9) | F);
    check_pgm("storage-protection override off again", load_2, page, PGM_PROTECTION);
    /* An access that lies on two pages. */
    sske(p, KEY(2));
    sske((u64)second, KEY(3));
    check_pgm("store over two pages, second protected", store_2, page + 4092, PGM_PROTECTION);
    check_eq("store over two pages: TEID", LC_TEID & ~0xfffUL, (u64)second);
    sske((u64)second, 0);
    /* Changed while a translation is cached. */
    sske(p, KEY(2));
    check_pgm("before the key changes", store_2, page, 0);
    sske(p, KEY(3));
    check_pgm("after the key changed", store_2, page, PGM_PROTECTION);
    sske(p, KEY(2));
    check_pgm("after it changed back", store_2, page, 0);
    sske(p, 0);
}

/* ---- what a suppressed store leaves ---- */

static void mvc_2(void *arg)
{
    spka(2);
    __asm__ volatile("mvc 0(200,%0),0(%1)" : : "a"(arg), "a"((u64)page + 256) : "memory");
}

static void suppression(void)
{
    sske((u64)page, KEY(2));
    sske((u64)second, KEY(3));
    memset(page + 4000, 0x11, 96);
    memset(page + 256, 0x22, 256);
    check_pgm("MVC over two pages, second protected", mvc_2, page + 4000, PGM_PROTECTION);
    check_eq("MVC over two pages: nothing stored", page[4000], 0x11);
    sske((u64)second, 0);
    sske((u64)page, 0);
}

/* ---- fetch-protection override, low-address protection ---- */

static void low_addresses(void)
{
    sske(0, KEY(3) | F);
    check_pgm("fetch at 800, fetch protected", load_2, (void *)0x7f8, PGM_PROTECTION);
    lctlg(0, 0x40000 | CR0_FETCH_OVERRIDE);
    check_pgm("fetch-protection override below 2048", load_2, (void *)0x7f8, 0);
    check_pgm("fetch-protection override over 2047", load_2, (void *)0x7fc, PGM_PROTECTION);
    check_pgm("fetch-protection override at 2048", load_2, (void *)0x800, PGM_PROTECTION);
    check_pgm("fetch-protection override is not for stores", store_2, (void *)0x7f0,
              PGM_PROTECTION);
    sske(0, 0);
    lctlg(0, 0x40000);
}

static void store_low(void *arg)
{
    lctlg(0, 0x40000 | CR0_LOW);
    store(arg);
}

static void pfmf_low(void *arg)
{
    lctlg(0, 0x40000 | CR0_LOW);
    __asm__ volatile("pfmf %0,%1" : : "d"(0x10000UL), "a"(arg) : "memory");
}

static void tb_low(void *arg)
{
    lctlg(0, 0x40000 | CR0_LOW);
    __asm__ volatile("lghi %%r0,0\n\ttb %%r1,%0" : : "a"(arg) : "0", "cc", "memory");
}

static void stura_low(void *arg)
{
    lctlg(0, 0x40000 | CR0_LOW);
    __asm__ volatile("stura %%r0,%0" : : "a"(arg) : "memory");
}

static void low_protection(void)
{
    u64 first = LC64(0x1f8);

    check_pgm("low-address protection: 0", store_low, (void *)0, PGM_PROTECTION);
    check_eq("low-address protection: TEID", LC_TEID & 0x8c, 0x80);
    check_pgm("low-address protection: 1F8", store_low, (void *)0x1f8, PGM_PROTECTION);
    check_pgm("low-address protection: 1FF", store_low, (void *)0x1ff, PGM_PROTECTION);
    check_eq("low-address protection: nothing stored", LC64(0x1f8), first);
    check_pgm("low-address protection: 200", store_low, (void *)0x200, 0);
    check_pgm("low-address protection: FFC", store_low, (void *)0xffc, PGM_PROTECTION);
    check_pgm("low-address protection: 1000", store_low, (void *)0x1000, PGM_PROTECTION);
    check_pgm("low-address protection: 11F8", store_low, (void *)0x11f8, PGM_PROTECTION);
    check_pgm("low-address protection: 1200", store_low, (void *)0x1200, 0);
    check_pgm("low-address protection: 2000", store_low, (void *)0x2000, 0);
    check_pgm("low-address protection: PFMF", pfmf_low, 0, PGM_PROTECTION);
    check_pgm("I25 low-address protection: TEST BLOCK", tb_low, 0, PGM_PROTECTION);
    check_pgm("low-address protection: STURA", stura_low, (void *)0x100, PGM_PROTECTION);
    check_pgm("low-address protection off", store, (void *)0x1000, 0);
}

/* Fetch-protection override and low-address protection go by the effective address. */
static void low_private(void)
{
    u64 asce = dat_identity(16) | 0x100; /* private space */

    lctlg(0, 0x40000 | CR0_FETCH_OVERRIDE);
    dat_on(asce);
    sske(0, KEY(3) | F);
    check_pgm("private space: no fetch-protection override", load_2, (void *)0x400, PGM_PROTECTION);
    sske(0, 0);
    check_pgm("private space: no low-address protection", store_low, (void *)0x100, 0);
    dat_off();
    lctlg(0, 0x40000);
}

/* ---- reference and change bits ---- */

static u8 *dirty; /* the page that accesses go to */

static void rc(const char *name, void (*access)(void), unsigned before, unsigned want)
{
    char text[100];
    unsigned n = strlen(name);

    access(); /* TLBs may hold what they like */
    sske((u64)dirty, before);
    access();
    memcpy(text, name, n);
    memcpy(text + n, ": reference, change", 20);
    check_eq(text, iske((u64)dirty), want);
    /* again after only the reference bit was reset */
    rrbe(dirty);
    access();
    check_eq(text, iske((u64)dirty), want);
}

static void do_load(void)
{
    load(dirty);
}

static void do_store(void)
{
    store(dirty);
}

static void do_nothing(void)
{
}

static void do_la(void)
{
    __asm__ volatile("la %%r1,0(%0)\n\tpfd 2,0(%0)" : : "a"(dirty) : "1");
}

static void do_mvc_from(void)
{
    __asm__ volatile("mvc 0(8,%0),0(%1)" : : "a"(page), "a"(dirty) : "memory");
}

static void do_mvc_to(void)
{
    __asm__ volatile("mvc 0(8,%0),0(%1)" : : "a"(dirty), "a"(page) : "memory");
}

static void do_cs_fails(void)
{
    u32 old = ~*(volatile u32 *)page;

    *(u32 *)page = 5;
    old = *(volatile u32 *)dirty + 1;
    __asm__ volatile("cs %0,%1,0(%2)" : "+d"(old) : "d"(0), "a"(dirty) : "cc", "memory");
}

static void do_cs(void)
{
    u32 old = *(volatile u32 *)dirty;

    __asm__ volatile("cs %0,%1,0(%2)" : "+d"(old) : "d"(7), "a"(dirty) : "cc", "memory");
}

static void do_tm(void)
{
    __asm__ volatile("tm 0(%0),1" : : "a"(dirty) : "cc");
}

static void do_oi(void)
{
    __asm__ volatile("oi 0(%0),1" : : "a"(dirty) : "cc", "memory");
}

static void do_ifetch(void)
{
    ((void (*)(void))(dirty + 256))();
}

static void do_lra(void)
{
    u64 a;

    __asm__ volatile("lrag %0,0(%1)" : "=d"(a) : "a"(dirty) : "cc");
}

static void do_tprot(void)
{
    __asm__ volatile("tprot 0(%0),0" : : "a"(dirty) : "cc");
}

static void do_mvcl(void)
{
    register u64 r2 __asm__("2") = (u64)dirty;
    register u64 r3 __asm__("3") = 4096;
    register u64 r4 __asm__("4") = 0;
    register u64 r5 __asm__("5") = 0x7000000; /* bytes 7 */

    __asm__ volatile("mvcl %0,%2" : "+d"(r2), "+d"(r3), "+d"(r4), "+d"(r5) : : "cc", "memory");
    *(volatile u16 *)(dirty + 256) = 0x07fe;
}

static void do_mvpg_from(void)
{
    __asm__ volatile("lghi %%r0,0\n\tmvpg %0,%1" : : "a"(second), "a"(dirty) : "0", "cc", "memory");
}

static void do_lura(void)
{
    __asm__ volatile("lurag %%r1,%0" : : "a"(dirty) : "1");
}

static void do_stura(void)
{
    __asm__ volatile("stura %%r1,%0" : : "a"(dirty) : "memory");
}

static void do_stap(void)
{
    __asm__ volatile("stap 0(%0)" : : "a"(dirty) : "memory");
}

static void do_spx(void)
{
    *(volatile u32 *)page = 0;
    __asm__ volatile("stpx 0(%0)" : : "a"(dirty) : "memory");
}

static void reference_change(void)
{
    *(volatile u16 *)(dirty + 256) = 0x07fe;
    rc("nothing", do_nothing, 0, 0);
    rc("LA, PFD", do_la, 0, 0);
    rc("load", do_load, 0, R);
    rc("load, changed before", do_load, C, R | C);
    rc("store", do_store, 0, R | C);
    rc("MVC source", do_mvc_from, 0, R);
    rc("MVC destination", do_mvc_to, 0, R | C);
    rc("TM", do_tm, 0, R);
    rc("OI", do_oi, 0, R | C);
    rc("CS, equal", do_cs, 0, R | C);
    rc("instruction fetch", do_ifetch, 0, R);
    rc("MVCL, padding", do_mvcl, 0, R | C);
    rc("MVPG source", do_mvpg_from, 0, R);
    rc("LURAG", do_lura, 0, R);
    rc("STURA", do_stura, 0, R | C);
    rc("TPROT", do_tprot, 0, 0);
    rc("I25 STAP", do_stap, 0, R | C);
    rc("I25 STPX", do_spx, 0, R | C);
    /* Whether a compare and swap that fails sets the change bit is the model's choice. */
    sske((u64)dirty, 0);
    do_cs_fails();
    check("CS, unequal: referenced", iske((u64)dirty) & R);
}

/* The same under DAT, where translations are cached by address. */
static void with_dat(void)
{
    u64 asce = dat_identity(32);
    u8 *real = dirty;

    dat_on(asce);
    dirty = (u8 *)dat_page(asce, 0x7000000, (u64)real);
    sske((u64)real, 0);
    do_load();
    check_eq("virtual load", iske((u64)real), R);
    sske((u64)real, 0);
    do_store();
    check_eq("virtual store", iske((u64)real), R | C);
    rrbe(real);
    do_load();
    check_eq("virtual load after RRBE", iske((u64)real), R | C);
    sske((u64)real, 0);
    do_load();
    do_store();
    check_eq("virtual store after a load", iske((u64)real), R | C);
    sske((u64)real, 0);
    do_lra();
    check_eq("LRAG of the page", iske((u64)real), 0);
    do_ifetch();
    check_eq("virtual instruction fetch", iske((u64)real), R);
    check_eq("EDAT and tables: segment table is referenced", iske(asce & ~0xfffUL) & R, R);
    dat_off();
    dirty = real;
}

/* ---- ISKE, IVSK, TPROT, PFMF ---- */

static void others(void)
{
    u64 r = 0x1234567890abcdef, cc, asce = dat_identity(32);

    sske((u64)page, KEY(6) | F | R | C);
    dat_on(asce);
    __asm__ volatile("ivsk %0,%1" : "+d"(r) : "a"(page));
    check_eq("IVSK: bits 56-60", r & 0xf8, KEY(6) | F);
    check_eq("IVSK: others", r & ~0xffUL, 0x1234567890abcd00);
    dat_off();
    for (int k = 0; k < 3; k++) {
        static const u8 key[3] = {KEY(2), KEY(3), KEY(3) | F};

        sske((u64)page, key[k]);
        __asm__ volatile("tprot 0(%1),0x20\n\tipm %0\n\tsrl %0,28" : "=d"(cc) : "a"(page) : "cc");
        check_eq("I28 TPROT", (u32)cc, (u64)k);
    }
    sske((u64)page, 0);
    memset(page, 0xaa, 4096);
    sske((u64)page, 0);
    __asm__ volatile("pfmf %0,%1" : : "d"(0x20000UL | KEY(4) | R), "a"(page) : "memory");
    check_eq("PFMF sets the key", iske((u64)page), KEY(4) | R);
    check_eq("PFMF without clearing", page[5], 0xaa);
    __asm__ volatile("pfmf %0,%1" : : "d"(0x30000UL | KEY(5)), "a"(page) : "memory");
    check_eq("PFMF clears", page[5], 0);
    {
        u64 r2 = 0x1f00123;
        bool ok = true;

        *(volatile u64 *)0x1f80000 = 1;
        __asm__ volatile("lgr %%r2,%0\n\tpfmf %1,%%r2\n\tlgr %0,%%r2"
                         : "+d"(r2)
                         : "d"(0x31000UL | KEY(8))
                         : "2", "memory");
        for (u64 a = 0x1f00000; a < 0x2000000; a += 4096)
            ok = ok && (iske(a) & 0xf8) == KEY(8);
        check("PFMF of 1 MiB: keys", ok);
        check_eq("PFMF of 1 MiB: cleared", *(volatile u64 *)0x1f80000, 0);
        check_eq("PFMF of 1 MiB: R2", r2, 0x2000123);
    }
    sske((u64)page, 0);
}

int main(void)
{
    page = alloc_pages(3, 4096);
    second = page + 4096;
    dirty = alloc_pages(1, 4096);
    values();
    conditional();
    protection();
    suppression();
    low_addresses();
    low_protection();
    low_private();
    reference_change();
    with_dat();
    others();
    return failures();
}
