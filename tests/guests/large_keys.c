/* SPDX-License-Identifier: Apache-2.0
 *
 * run: -m 64M
 * Access-control and fetch-protection bits of the entries that designate large frames (1 MiB:
 * EDAT-1, 2 GiB: EDAT-2): when ACCF validity is one they are what key-controlled protection
 * compares with, in place of the storage keys.  [PoP 3 Segment-Table Entries, Key-Controlled
 * Protection]
 */
#include "guest.h"

#define CR0_BASE 0x40000UL
#define CR0_EDAT 0x800000UL
#define CR0_STORAGE_OVERRIDE 0x1000000UL
#define FC 0x400UL
#define AV 0x10000UL
#define ACC(k) ((u64)(k) << 12)
#define FETCH 0x800UL
#define KEY(k) ((k) << 4)
#define F 8
#define R 4
#define C 2

#define FRAME 0x2000000UL /* real: a MiB that nothing else uses */
#define VA_1M 0x7000000UL
#define VA_2G 0x80000000UL

static u64 space, *region, *entry, frame_bits, va;

static void load_2(void *arg)
{
    u64 v;

    __asm__ volatile("spka 0x20\n\tlg %0,0(%1)\n\tspka 0" : "=d"(v) : "a"(arg) : "memory");
}

static void store_2(void *arg)
{
    __asm__ volatile("spka 0x20\n\tstg %0,0(%0)\n\tspka 0" : : "a"(arg) : "memory");
}

static void both_2(void *arg)
{
    u64 v;

    __asm__ volatile("spka 0x20\n\tlg %0,0(%1)\n\tstg %1,0(%1)\n\tspka 0" : "=&d"(v) : "a"(arg) : "memory");
}

static void call_2(void *arg)
{
    __asm__ volatile("spka 0x20\n\tbasr %%r14,%0\n\tspka 0" : : "a"(arg) : "14", "memory");
}

static void stura_2(void *arg)
{
    __asm__ volatile("spka 0x20\n\tstura %0,%0\n\tspka 0" : : "a"(arg) : "memory");
}

static void lura_2(void *arg)
{
    u64 v = 0;

    __asm__ volatile("spka 0x20\n\tlura %0,%1\n\tspka 0" : "+d"(v) : "a"(arg) : "memory");
}

/* Stores with key 2 by MVCOS, itself in key 0. */
static void mvcos_2(void *arg)
{
    static u64 from = 5;

    __asm__ volatile("llilh %%r0,0x2002\n\tlghi %%r1,8\n\tmvcos 0(%0),%1,%%r1"
                     :
                     : "a"(arg), "Q"(from)
                     : "0", "1", "cc", "memory");
}

static unsigned tprot_2(u64 a)
{
    unsigned cc;

    __asm__ volatile("tprot 0(%1),0x20\n\tipm %0\n\tsrl %0,28" : "=d"(cc) : "a"(a) : "cc");
    return cc;
}

/* Entry with these bits, all storage keys of the page like that. */
static void set(u64 bits, unsigned key)
{
    *entry = (*entry & 0x0c) | frame_bits | FC | bits;
    ptlb();
    sske(FRAME, key);
}

static void check_all(const char *what, int load, int store, unsigned tprot)
{
    printf("# %s\n", what);
    check_eq("fetch", (u64)probe(load_2, (void *)va), load);
    check_eq("instruction fetch", (u64)probe(call_2, (void *)(va + 0x100)), load);
    check_eq("store", (u64)probe(store_2, (void *)va), store);
    check_eq("store after a fetch", (u64)probe(both_2, (void *)va), store);
    if (store)
        check_eq("TEID: key-controlled", LC_TEID & 0x8c, 8);
    check_eq("MVCOS with the key of an operand", (u64)probe(mvcos_2, (void *)va), store);
    check_eq("TPROT", tprot_2(va), tprot);
}

static void frame_of(u64 *e, u64 bits, u64 addr)
{
    u64 real = 0;

    entry = e;
    frame_bits = bits;
    va = addr;
    *(volatile u16 *)(FRAME + 0x100) = 0x07fe; /* br %r14 */
    set(AV | ACC(3), KEY(2));
    check_all("key 3 in the entry, 2 in storage", 0, PGM_PROTECTION, 1);
    set(AV | ACC(3) | FETCH, KEY(2));
    check_all("key 3 and fetch protection in the entry", PGM_PROTECTION, PGM_PROTECTION, 2);
    set(AV | ACC(2) | FETCH, KEY(3) | F);
    check_all("key 2 in the entry, 3 in storage", 0, 0, 0);
    check_eq("reference and change bits of the storage key", iske(FRAME), KEY(3) | F | R | C);
    check_eq("STURA: the storage key counts", (u64)probe(stura_2, (void *)FRAME), PGM_PROTECTION);
    check_eq("LURA: the storage key counts", (u64)probe(lura_2, (void *)FRAME), PGM_PROTECTION);
    __asm__ volatile("lrag %0,0(%1)" : "=d"(real) : "a"(va + 0x1238) : "cc");
    check_eq("LRAG", real, FRAME + 0x1238);
    set(AV | ACC(2), KEY(2));
    check_eq("store before the storage key changes", (u64)probe(store_2, (void *)va), 0);
    sske(FRAME, KEY(4) | F);
    check_eq("store after the storage key changed", (u64)probe(store_2, (void *)va), 0);
    check_eq("its change bit", iske(FRAME), KEY(4) | F | R | C);
    set(ACC(3) | FETCH, KEY(2));
    check_all("not valid: the storage key counts", 0, 0, 0);
    set(AV | ACC(9), KEY(2));
    lctlg(0, CR0_BASE | CR0_EDAT | CR0_STORAGE_OVERRIDE);
    check_all("storage-protection override for key 9 of the entry", 0, 0, 0);
    lctlg(0, CR0_BASE | CR0_EDAT);
    sske(FRAME, 0);
}

int main(void)
{
    space = dat_identity(64);
    region = alloc_pages(4, 4096);
    for (unsigned i = 0; i < 2048; i++)
        region[i] = DAT_INVALID | 1 << 2;
    region[0] = (space & ~0xfffUL) | 1 << 2 | 3;
    region[1] = 1 << 2;
    lctlg(0, CR0_BASE | CR0_EDAT);
    dat_on((u64)region | 1 << 2 | 3);
    frame_of(dat_ste(space, VA_1M), FRAME, VA_1M);
    frame_of(&region[1], 0, VA_2G + FRAME);
    dat_off();
    return failures();
}
