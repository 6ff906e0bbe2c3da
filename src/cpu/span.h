/* SPDX-License-Identifier: Apache-2.0
 *
 * What long instructions on strings are made of: spans of guest storage within a page, register
 * pairs of address and length, and the ways such an instruction ends.
 *
 * Invariant: the function that a record names (insn_*) ends in a tail call to the next instruction,
 * and the compiler makes none while the address of one of its locals is known outside it.  So the
 * work is done by a function of its own (INSN_WORK) that returns an enum outcome, and insn_* only
 * finishes.
 *
 * References: [PoP 5 Interruptible Instructions], engine "String instructions".
 */
#ifndef SIE390_CPU_SPAN_H
#define SIE390_CPU_SPAN_H

#include "cpu/bytes.h"
#include "isa_exec.h"

/* Bytes after which an instruction that may give up with condition code 3 does so. */
#define SPAN_BUDGET 8192

/* ---- how it ends ---- */

enum outcome {
    OUT_NEXT,      /* on with the next instruction */
    OUT_FAULT,     /* cpu->fault or cpu->host_fault is set */
    OUT_SPEC,      /* specification exception */
    OUT_DATA,      /* decimal-operand data exception */
    OUT_COMPLETED, /* complete, then a program interruption: cpu->fault.code */
    OUT_AGAIN,     /* interrupted between units: registers hold the progress */
    OUT_SETTLED,   /* next instruction; own stores to code were settled on the way */
};

#define INSN_WORK static NO_TSAN __attribute__((noinline)) enum outcome

const struct dinsn *span_leave(struct cpu *c, const struct dinsn *d, enum outcome o);

/* On from an instruction of `halfwords`. */
static ALWAYS_INLINE const struct dinsn *insn_end(struct cpu *c, const struct dinsn *d,
                                                  unsigned halfwords, enum outcome o)
{
    if (likely(o == OUT_NEXT))
        return cpu_next_stored(c, d, halfwords);
    return span_leave(c, d, o);
}

/* Between two units of an interruptible instruction: should it stop here.  A page of work counts
 * as some branches, so that the clock is looked at. */
static inline bool span_interrupted(struct cpu *c)
{
    c->budget -= 4;
    return c->budget < 0 || c->code_changed || cpu_wants_attention(c);
}

/* ---- spans ---- */

/* Host pointer to [va, va+len) within one page; NULL with fault. */
static ALWAYS_INLINE const u8 *span_fetch(struct cpu *c, u64 va, unsigned ar, u64 len)
{
    const struct tlb_entry *e = cpu_tlb(c, va);

    if (likely(e->load == ((va + (len - 1)) & ~FRAME_MASK)))
        return (const u8 *)(e->addend + va);
    return cpu_ptr(c, va, ar, len, ACC_FETCH);
}

static ALWAYS_INLINE u8 *span_store(struct cpu *c, u64 va, unsigned ar, u64 len)
{
    const struct tlb_entry *e = cpu_tlb(c, va);

    if (likely(e->store == ((va + (len - 1)) & ~FRAME_MASK)))
        return (u8 *)(e->addend + va);
    return cpu_ptr(c, va, ar, len, ACC_STORE);
}

/* Byte i of an operand that may lie in two pages. */
static ALWAYS_INLINE u8 *operand_at(const struct operand *o, u64 i)
{
    return i < o->n[0] ? o->p[0] + i : o->p[1] + (i - o->n[0]);
}

/* Two operands of one length, cut into runs in which neither leaves its page. */
struct runs {
    unsigned count;
    struct {
        u8 *to;
        const u8 *from;
        u64 n;
    } run[3];
};

void span_runs(const struct operand *to, const struct operand *from, u64 len, struct runs *r);

/* ---- addresses and lengths in registers ---- */

static inline bool mode_64(const struct cpu *c)
{
    return c->amask == ~0ULL;
}

static inline u64 reg_address(const struct cpu *c, unsigned r)
{
    return c->gr[r] & c->amask;
}

/* Lengths: 64 bits in the 64-bit addressing mode, else bits 32-63. */
static inline u64 reg_length(const struct cpu *c, unsigned r)
{
    return mode_64(c) ? c->gr[r] : (u32)c->gr[r];
}

static inline void set_reg_length(struct cpu *c, unsigned r, u64 v)
{
    if (mode_64(c))
        c->gr[r] = v;
    else
        cpu_set_gr32(c, r, (u32)v);
}

/* An even-odd pair: address, length.  count24: the length is 24 bits (MVCL, CLCL). */
struct pair {
    u64 address;
    u64 length;
    unsigned r;
    bool count24;
};

static inline struct pair pair_get(const struct cpu *c, unsigned r, bool count24)
{
    u64 length = count24 ? c->gr[r + 1] & 0xffffff : reg_length(c, r + 1);

    return (struct pair){reg_address(c, r), length, r, count24};
}

static inline void pair_put(struct cpu *c, const struct pair *p)
{
    cpu_set_address(c, p->r, p->address);
    if (p->count24)
        c->gr[p->r + 1] = (c->gr[p->r + 1] & ~0xffffffULL) | p->length;
    else
        set_reg_length(c, p->r + 1, p->length);
}

static inline void pair_advance(const struct cpu *c, struct pair *p, u64 n)
{
    p->address = cpu_wrap(c, p->address + n);
    p->length -= n;
}

#endif
