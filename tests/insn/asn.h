/* SPDX-License-Identifier: Apache-2.0
 *
 * For tests of PROGRAM CALL and its relatives: ASN, linkage and entry tables, a linkage stack.
 *
 * Two spaces, ASN A (5041) and ASN B (5042), both mapped one to one.
 */
#ifndef ASN_H
#define ASN_H

#include "guest.h"

#define PGM_PC_SPEC 0x1f
#define PGM_ASX 0x21
#define PGM_LX 0x22
#define PGM_EX 0x23
#define PGM_LFX 0x26
#define PGM_LSX 0x27
#define PGM_LSTE_SEQUENCE 0x2e
#define PGM_STACK_FULL 0x30

#define ASN_A 0x5041UL
#define ASN_B 0x5042UL
#define ASN_INVALID 0x5043UL /* its ASTE is invalid */
#define ASN_NO_TABLE 0x8000UL
#define CR0_REUSE 0x80000UL
#define SPACE_SWITCH 0x40UL

struct aste {
    u32 ato;
    u16 ax, atl;
    u64 asce;
    u32 ald, astesn, ltd, program1c[4], astein, program30[4];
};

struct ete {
    u32 addr_high, addr;
    u16 akm, asn;
    u16 ekm, reserved;
    u8 flags, key;
    u16 eeax;
    u32 asteo, param_high, parameter;
};

enum { T = 0x80, G = 0x40, K = 0x10, M = 8, E = 4, C = 2, S = 1 };

static struct aste *astes; /* of the ASNs from 5040 on */
static struct ete *entries;
static u32 *linkage;          /* linkage table */
static u32 *lfirst, *lsecond; /* linkage first and second table */
static u8 *stack;
static u64 asce_a, asce_b;
static u64 saved[16];

#define LX 3UL /* the one that is valid */
#define PC(ex) (LX << 8 | (ex))

static inline struct aste *aste(u64 asn)
{
    return astes + (asn & 63);
}

/* Entry ex leads to fn, in 64-bit mode. */
static inline struct ete *entry(unsigned ex, void *fn, u8 flags)
{
    struct ete *e = entries + ex;

    memset(e, 0, sizeof(*e));
    e->akm = 0x8000;
    e->addr = (u32)(u64)fn;
    e->parameter = 0x22222222;
    e->flags = flags;
    if (flags & G)
        e->param_high = 0x11111111;
    return e;
}

static inline void put_space(u64 asn, u64 asce, u16 ax, u8 *authority)
{
    struct aste *a = aste(asn);

    a->ato = (u32)(u64)authority;
    a->ax = ax;
    a->atl = 0x0010;
    a->asce = asce;
    a->astesn = 0x12345678;
    a->ltd = 0x80000000 | (u32)(u64)linkage;
    a->astein = 0x77;
}

static inline void set_up(void)
{
    u8 *tables = alloc_pages(1, 4096);
    u32 *first = alloc_pages(2, 4096);

    for (unsigned i = 0; i < 2048; i++)
        first[i] = 0x80000000;
    astes = alloc_pages(1, 4096);
    entries = alloc_pages(1, 4096);
    stack = alloc_pages(1, 4096);
    asce_a = dat_identity(2);
    asce_b = dat_identity(2);
    linkage = (u32 *)tables;
    lfirst = (u32 *)(tables + 0x100);
    lsecond = (u32 *)(tables + 0x300);
    for (unsigned i = 0; i < 32; i++)
        linkage[i] = 0x80000000;
    for (unsigned i = 0; i < 64; i++)
        lfirst[i] = lfirst[64 + i] = lsecond[i] = 0x80000000;
    linkage[LX] = (u32)(u64)entries | 3; /* 16 entries */
    lfirst[0] = (u32)(u64)lsecond;
    lsecond[2 * LX] = (u32)(u64)entries | 3;
    lsecond[2 * LX + 1] = 0;
    for (unsigned i = 0; i < 64; i++)
        astes[i].ato = 0x80000000;
    first[ASN_A >> 6] = (u32)(u64)astes;
    /* authority tables: AX 1 and 2 have both rights to each other's space */
    tables[0x400] = 0x3c;
    tables[0x404] = 0x3c;
    put_space(ASN_A, asce_a, 1, tables + 0x400);
    put_space(ASN_B, asce_b, 2, tables + 0x404);
    for (int i = 0; i < 16; i++)
        saved[i] = stctg(i);
    sske(0x3000, 0x90); /* for a program with key 9 */
    lctlg(14, saved[14] | 0x80000 | (u64)first >> 12);
}

/* The state that calls start from: ASN A, an empty linkage stack, PSW-key mask C000. */
static inline void home(void)
{
    u64 *head = (u64 *)(stack + 0x100);

    memset(stack, 0, 4096);
    head[0] = 0;
    head[1] = 0x09000800UL << 32;
    lctlg(0, saved[0]);
    lctlg(1, asce_a);
    lctlg(7, asce_a);
    lctlg(13, asce_a);
    lctlg(3, 0xc0000000UL | ASN_A);
    lctlg(4, 0x10000UL | ASN_A);
    lctlg(5, (u64)aste(ASN_A));
    lctlg(8, 0x00330000UL);
    lctlg(15, (u64)(head + 1));
    ptlb();
}

#endif
