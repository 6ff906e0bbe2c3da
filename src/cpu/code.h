/* SPDX-License-Identifier: Apache-2.0
 *
 * Decoded code.  A 4 KiB frame that is executed gets a struct page_code: one slot for each
 * halfword, decoded when first reached.  Shared by all address spaces, for slots hold no logical
 * address, and by all CPUs that have the same instructions: under instruction-blocking control
 * (cpu->newest) a frame may have several variants.
 *
 * Invariants
 *  - A slot goes from "decode me" to decoded once, operands first, then fn with release order; who
 *    comes second leaves it alone.  It never changes again: a store into decoded bytes unlinks the
 *    whole page_code from its frame, and all CPUs forget it (REQ_CODE).
 *  - The loop in cpu_interp() loads fn with acquire order, the tail calls of bodies without: x86
 *    loads in order, and the compiler can jump through memory.  (Sanitizer builds have the loop
 *    only, and so see the order.)
 *  - An unlinked page_code is freed when every CPU has acknowledged a later code epoch or is
 *    outside guest state.
 *  - frame->code marks the granules before the bytes are read, and no CPU is in frame->writers
 *    when they are: see code_decode().
 *
 * References: engine "Self-modifying code works without notice".
 */
#ifndef SIE390_CPU_CODE_H
#define SIE390_CPU_CODE_H

#include "cpu/cpu.h"

#define CODE_SLOTS 2048 /* halfwords in a frame */

struct page_code {
    struct dinsn slot[CODE_SLOTS + 3]; /* the last three: run over the page end */
    u8 *host;
    struct frame *frame;
    struct page_code *next;    /* live, free or limbo list */
    struct page_code *prev;    /* live list */
    struct page_code *variant; /* of the same frame, for another `newest`; never changes */
    u64 epoch;                 /* limbo: epoch at which it was unlinked */
    u8 newest;                 /* generation up to which instructions are decoded */
};

/* The page's decoded code, made if there is none.  NULL never. */
struct page_code *code_page(struct cpu *c, u8 *host, struct frame *f);

/* The granules of a byte range within a frame. */
static inline u64 code_granules(u64 offset, u64 len)
{
    unsigned first = (offset & FRAME_MASK) >> 6;
    unsigned last = ((offset & FRAME_MASK) + len - 1) >> 6;

    return (~0ULL >> (63 - (last - first))) << first;
}

/* Bytes of a frame were changed by `c` (or by a device: c NULL): unlink decoded code if it was
 * hit.  After the store. */
void code_wrote(struct mem *m, struct cpu *c, struct frame *f, u64 granules);

/* First slot function of an undecoded halfword; decodes and goes on with the instruction. */
const struct dinsn *code_decode(struct cpu *c, const struct dinsn *d);
/* Slot function behind the last halfword: next page. */
const struct dinsn *code_page_end(struct cpu *c, const struct dinsn *d);

/* From now on instructions of machines up to this generation are decoded, CODE_ALL for all. */
#define CODE_ALL 0xff
void code_set_newest(struct cpu *c, u8 newest);

/* REQ_CODE: forget code TLB entries, acknowledge. */
void code_serve(struct cpu *c);

int code_pool_create(struct mem *m);
void code_pool_destroy(struct mem *m);

/* ---- written by the generator (isa_decode.c) ---- */

/* Length in bytes of the instruction whose first byte is b. */
static inline unsigned insn_length(u8 first)
{
    return first < 0x40 ? 2 : first < 0xc0 ? 4 : 6;
}

/* Decodes an instruction: text left aligned in 64 bits (first byte leftmost).  offset: byte offset
 * in its page, or -1 for side slots (near branches need it).  facilities: those not in it are
 * illegal, and so is what machines up to generation `newest` do not have.  Everything in *out is
 * set; ilc is right for illegal texts too. */
void isa_decode(u64 text, int offset, const u8 *facilities, u8 newest, struct dinsn *out);

#endif
