/* SPDX-License-Identifier: Apache-2.0
 *
 * TLB banks: finding the bank of an address space, purging.  Entries are made in access.c.
 * See tlb.h for the invariants.
 */
#include "cpu/tlb.h"

#include <stdlib.h>

#include "arch/cr.h"
#include "arch/dat.h"
#include "cpu/cpu.h"

static void bank_clear(struct tlb_bank *b)
{
    for (unsigned i = 0; i < TLB_ENTRIES; i++) {
        b->data[i].load = TLB_EMPTY;
        b->data[i].store = TLB_EMPTY;
    }
    for (unsigned i = 0; i < TLB_CODE_ENTRIES; i++)
        b->code[i].tag = TLB_EMPTY;
    b->dirty = false;
}

static u64 key_rest(const struct cpu *c, u8 key)
{
    u64 cr0 = c->cr[0];
    u64 modes = (cr0 & CR0_EDAT ? TLB_MODE_EDAT1 : 0) | (cr0 & CR0_IEP ? TLB_MODE_IEP : 0) |
                (cr0 & CR0_FETCH_PROT_OVR ? TLB_MODE_FPO : 0) |
                (cr0 & CR0_STORE_PROT_OVR ? TLB_MODE_SPO : 0);

    return (u64)c->view->id << 32 | (u64)key << 8 | modes;
}

/* A new bank, or the one that was used least lately. */
static __attribute__((noinline)) struct tlb_bank *take_over(struct cpu *c, u64 asce, u64 rest)
{
    struct tlb_bank *b = c->banks[0];
    unsigned i = 0;

    for (; i < TLB_BANKS && c->banks[i]; i++)
        if (c->banks[i]->used < b->used)
            b = c->banks[i];
    if (i < TLB_BANKS) {
        b = c->banks[i] = aligned_alloc(64, round_up64(sizeof(*b), 64));
        ASSERT(b); /* 36 KiB; the host is out of memory */
        b->never = false;
        b->dirty = true;
    }
    if (b->dirty)
        bank_clear(b);
    b->key = (struct tlb_key){asce, rest};
    b->used = c->bank_clock;
    return b;
}

struct tlb_bank *tlb_bank(struct cpu *c, u64 asce, u8 key)
{
    u64 rest = key_rest(c, key);
    unsigned clock = ++c->bank_clock;

    for (unsigned i = 0; i < TLB_BANKS && c->banks[i]; i++) {
        struct tlb_bank *b = c->banks[i];

        if (b->key.asce == asce && b->key.rest == rest) {
            b->used = clock;
            return b;
        }
    }
    return take_over(c, asce, rest);
}

void tlb_purge_all(struct cpu *c)
{
    for (unsigned i = 0; i < TLB_BANKS && c->banks[i]; i++)
        if (c->banks[i]->dirty)
            bank_clear(c->banks[i]);
}

void tlb_purge_code(struct cpu *c)
{
    for (unsigned i = 0; i < TLB_BANKS && c->banks[i]; i++)
        for (unsigned j = 0; j < TLB_CODE_ENTRIES; j++)
            c->banks[i]->code[j].tag = TLB_EMPTY;
}

static inline u64 tag_page(const struct tlb_entry *e)
{
    return e->load != TLB_EMPTY ? e->load : e->store & ~FRAME_MASK;
}

static inline bool entry_used(const struct tlb_entry *e)
{
    return e->load != TLB_EMPTY || e->store != TLB_EMPTY;
}

void tlb_purge_frame(struct cpu *c, const u8 *host)
{
    for (unsigned i = 0; i < TLB_BANKS && c->banks[i]; i++) {
        struct tlb_bank *b = c->banks[i];

        if (!b->dirty)
            continue;
        for (unsigned j = 0; j < TLB_ENTRIES; j++) {
            struct tlb_entry *e = &b->data[j];

            if (entry_used(e) && (const u8 *)(e->addend + tag_page(e)) == host)
                e->load = e->store = TLB_EMPTY;
        }
        for (unsigned j = 0; j < TLB_CODE_ENTRIES; j++)
            if (b->code[j].host == host)
                b->code[j].tag = TLB_EMPTY;
    }
}

void tlb_protect_frame(struct cpu *c, const u8 *host)
{
    for (unsigned i = 0; i < TLB_BANKS && c->banks[i]; i++) {
        struct tlb_bank *b = c->banks[i];

        if (!b->dirty)
            continue;
        for (unsigned j = 0; j < TLB_ENTRIES; j++) {
            struct tlb_entry *e = &b->data[j];

            if (e->store != TLB_EMPTY && !(e->store & TLB_STORE_CHECK) &&
                (const u8 *)(e->addend + e->store) == host)
                e->store |= TLB_STORE_CHECK;
        }
    }
}

/* Banks whose ASCE has the same table origin and designation type. */
void tlb_purge_asce(struct cpu *c, u64 asce)
{
    u64 what = ASCE_ORIGIN | ASCE_DT;

    for (unsigned i = 0; i < TLB_BANKS && c->banks[i]; i++) {
        struct tlb_bank *b = c->banks[i];

        if (b->dirty && b->key.asce != TLB_REAL && (b->key.asce & what) == (asce & what))
            bank_clear(b);
    }
}

/* Every step-th entry of all banks from `first` on, if it was made from this table entry. */
static void purge_entry(struct cpu *c, u64 entry, unsigned first, unsigned step)
{
    for (unsigned i = 0; i < TLB_BANKS && c->banks[i]; i++) {
        struct tlb_bank *b = c->banks[i];

        if (!b->dirty)
            continue;
        for (unsigned j = first; j < TLB_ENTRIES; j += step)
            if (b->data[j].pte == entry)
                b->data[j].load = b->data[j].store = TLB_EMPTY;
        for (unsigned j = first; j < TLB_CODE_ENTRIES; j += step)
            if (b->code[j].pte == entry)
                b->code[j].tag = TLB_EMPTY;
    }
}

/* A page table is aligned to its size, so the entry's address tells the page index, the low bits
 * of where its TLB entries are. */
void tlb_purge_page(struct cpu *c, u64 pte)
{
    _Static_assert(TLB_CODE_ENTRIES % DAT_PT_ENTRIES == 0 && TLB_ENTRIES % DAT_PT_ENTRIES == 0,
                   "a page index is part of a TLB index");
    purge_entry(c, pte, pte / sizeof(u64) % DAT_PT_ENTRIES, DAT_PT_ENTRIES);
}

void tlb_purge_large(struct cpu *c, u64 entry)
{
    purge_entry(c, entry, 0, 1);
}

/* Prefixing concerns real addresses, and DAT results of every space can point there: both areas may
 * be anywhere in every bank, so all banks go.  SPX is rare. */
void tlb_purge_prefix(struct cpu *c)
{
    tlb_purge_all(c);
}
