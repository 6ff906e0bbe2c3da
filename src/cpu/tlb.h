/* SPDX-License-Identifier: Apache-2.0
 *
 * The TLB: banks, one for each address space (and storage key, and mode bits) a CPU has lately
 * used. Switching a control register switches the bank; nothing is flushed.  An entry holds the
 * composed result of DAT, prefixing and the view: logical page -> host page.
 *
 * Invariants
 *  - An entry hits for loads only if fetching is allowed with the bank's key and the reference bit
 *    is set; for stores only if storing is allowed, the change bit is set, the frame holds no
 *    decoded code and the page is neither 0 nor 1 of the space (low-address protection).
 *  - A CPU that holds an entry for a frame is in frame->holders; if the entry lets stores through,
 *    in frame->writers.
 *  - Tags are page addresses (low 12 bits zero); an empty tag is 1.
 *
 * References: engine "Address spaces are TLB banks"; [PoP 3 Translation-Lookaside Buffer].
 */
#ifndef SIE390_CPU_TLB_H
#define SIE390_CPU_TLB_H

#include "cpu/mem.h"

#define TLB_BITS 10
#define TLB_ENTRIES (1U << TLB_BITS)
#define TLB_CODE_BITS 8
#define TLB_CODE_ENTRIES (1U << TLB_CODE_BITS)
#define TLB_BANKS 16
#define TLB_EMPTY 1UL
/* In a store tag: storing is allowed and the change bit is set, but each store must look at
 * decoded code and low-address protection first.  Never equal to a page address. */
#define TLB_STORE_CHECK 2UL

struct cpu;

struct tlb_entry {
    u64 load;         /* tag for loads */
    u64 store;        /* tag for stores */
    uintptr_t addend; /* host address - logical address */
    u64 pte;          /* absolute address of the page- or segment-table entry | level, 0 = none */
};

struct tlb_code {
    u64 tag;
    struct page_code *page;
    const u8 *host; /* the frame */
    u64 pte;        /* as in struct tlb_entry */
};

/* What makes two spaces different. */
struct tlb_key {
    u64 asce; /* whole ASCE, or TLB_REAL */
    u64 rest; /* view id, PSW key, TLB_MODE_*: in one word, for it is compared often */
};

#define TLB_REAL 0xfffUL /* DAT off: no ASCE has these TL, DT and reserved bits together */
enum {
    TLB_MODE_EDAT1 = 1, /* CR0 */
    TLB_MODE_IEP = 2,   /* CR0 */
    TLB_MODE_FPO = 4,   /* CR0 fetch-protection override */
    TLB_MODE_SPO = 8,   /* CR0 storage-protection override */
};

struct tlb_bank {
    struct tlb_entry data[TLB_ENTRIES];
    struct tlb_code code[TLB_CODE_ENTRIES];
    struct tlb_key key;
    unsigned used; /* replacement clock */
    bool dirty;    /* holds entries */
    bool never;    /* the bank that never hits */
};

/* The bank for a space: found, or the oldest one taken over.  key: PSW key in bits 0-3. */
struct tlb_bank *tlb_bank(struct cpu *c, u64 asce, u8 key);

/* Local purges, own thread only. */
void tlb_purge_all(struct cpu *c);
void tlb_purge_code(struct cpu *c);                    /* all code entries */
void tlb_purge_frame(struct cpu *c, const u8 *host);   /* entries of one host frame */
void tlb_protect_frame(struct cpu *c, const u8 *host); /* store tags of one host frame */
void tlb_purge_asce(struct cpu *c, u64 asce);          /* by table origin and designation type */
void tlb_purge_page(struct cpu *c, u64 pte);           /* made from this page-table entry */
void tlb_purge_large(struct cpu *c, u64 entry);        /* made from this higher table's entry */
void tlb_purge_prefix(struct cpu *c);                  /* both 8 KiB areas of prefixing */

#endif
