/* SPDX-License-Identifier: Apache-2.0
 *
 * Storage-to-storage instructions of up to 256 bytes: moves, logical operations, comparison.  Both
 * operands in one page each, found in the TLB, is the case that counts and is inline; all else goes
 * through struct operand.
 *
 * Overlap: all are defined byte by byte from left to right (MVCIN right to left in its source), and
 * host addresses are compared, so that overlap is seen also when two logical addresses lead to
 * one frame.
 *
 * References: [PoP 7 MOVE], [PoP 7 EXCLUSIVE OR], [PoP 7 COMPARE LOGICAL] and their neighbours.
 */
#include "cpu/span.h"

/* ---- MVC ---- */

INSN_WORK move_across(struct cpu *c, u64 a1, unsigned ar1, u64 a2, unsigned ar2, u64 len)
{
    struct operand to, from;
    struct runs r;

    if (!cpu_operand(c, a2, ar2, len, ACC_FETCH, &from) ||
        !cpu_operand(c, a1, ar1, len, ACC_STORE, &to))
        return OUT_FAULT;
    span_runs(&to, &from, len, &r);
    for (unsigned i = 0; i < r.count; i++)
        bytes_move(r.run[i].to, r.run[i].from, r.run[i].n);
    return OUT_NEXT;
}

NO_TSAN const struct dinsn *insn_mvc(struct cpu *c, const struct dinsn *d)
{
    u64 len = f_SS_a_l1(d) + 1;
    u64 a1 = ea_SS_a_1(c, d), a2 = ea_SS_a_2(c, d);
    const struct tlb_entry *to = cpu_tlb(c, a1), *from = cpu_tlb(c, a2);

    if (likely(to->store == ((a1 + len - 1) & ~FRAME_MASK) &&
               from->load == ((a2 + len - 1) & ~FRAME_MASK))) {
        bytes_move((u8 *)(to->addend + a1), (const u8 *)(from->addend + a2), len);
        return cpu_next(c, d, 3);
    }
    return insn_end(c, d, 3, move_across(c, a1, ar_SS_a_1(d), a2, ar_SS_a_2(d), len));
}

/* The second operand is designated by its rightmost byte and taken from right to left. */
INSN_WORK move_inverse(struct cpu *c, const struct dinsn *d)
{
    u64 len = f_SS_a_l1(d) + 1;
    u64 first = cpu_wrap(c, ea_SS_a_2(c, d) - (len - 1));
    u8 from[256], to[256];

    if (!cpu_fetch_bytes(c, first, ar_SS_a_2(d), from, len))
        return OUT_FAULT;
    for (u64 i = 0; i < len; i++)
        to[i] = from[len - 1 - i];
    return cpu_store_bytes(c, ea_SS_a_1(c, d), ar_SS_a_1(d), to, len) ? OUT_NEXT : OUT_FAULT;
}

const struct dinsn *insn_mvcin(struct cpu *c, const struct dinsn *d)
{
    return insn_end(c, d, 3, move_inverse(c, d));
}

/* ---- NC, OC, XC, MVN, MVZ ---- */

static NO_TSAN bool logic_run(enum bytes_op op, u8 *to, const u8 *from, u64 n)
{
    switch (op) {
    case BYTES_AND:
        return bytes_logic(BYTES_AND, to, from, n);
    case BYTES_OR:
        return bytes_logic(BYTES_OR, to, from, n);
    case BYTES_XOR:
        if (to == from) {
            bytes_clear(to, n);
            return false;
        }
        return bytes_logic(BYTES_XOR, to, from, n);
    case BYTES_NUMERICS:
        return bytes_logic(BYTES_NUMERICS, to, from, n);
    case BYTES_ZONES:
        return bytes_logic(BYTES_ZONES, to, from, n);
    }
    return false;
}

INSN_WORK logic_across(struct cpu *c, const struct dinsn *d, enum bytes_op op, bool set_cc)
{
    u64 len = f_SS_a_l1(d) + 1;
    struct operand to, from;
    struct runs r;
    bool some = false;

    if (!cpu_operand(c, ea_SS_a_2(c, d), ar_SS_a_2(d), len, ACC_FETCH, &from) ||
        !cpu_operand(c, ea_SS_a_1(c, d), ar_SS_a_1(d), len, ACC_STORE, &to))
        return OUT_FAULT;
    span_runs(&to, &from, len, &r);
    for (unsigned i = 0; i < r.count; i++)
        some |= logic_run(op, r.run[i].to, r.run[i].from, r.run[i].n);
    if (set_cc)
        c->cc = some;
    return OUT_NEXT;
}

static ALWAYS_INLINE const struct dinsn *logic(struct cpu *c, const struct dinsn *d,
                                               enum bytes_op op, bool set_cc)
{
    u64 len = f_SS_a_l1(d) + 1;
    u64 a1 = ea_SS_a_1(c, d), a2 = ea_SS_a_2(c, d);
    const struct tlb_entry *to = cpu_tlb(c, a1), *from = cpu_tlb(c, a2);
    bool some;

    if (likely(to->store == ((a1 + len - 1) & ~FRAME_MASK) &&
               from->load == ((a2 + len - 1) & ~FRAME_MASK))) {
        if (op == BYTES_XOR && to->addend + a1 == from->addend + a2) {
            bytes_clear((u8 *)(to->addend + a1), len);
            some = false;
        } else {
            some = bytes_logic(op, (u8 *)(to->addend + a1), (const u8 *)(from->addend + a2), len);
        }
        if (set_cc)
            c->cc = some;
        return cpu_next(c, d, 3);
    }
    return insn_end(c, d, 3, logic_across(c, d, op, set_cc));
}

NO_TSAN const struct dinsn *insn_nc(struct cpu *c, const struct dinsn *d)
{
    return logic(c, d, BYTES_AND, true);
}

NO_TSAN const struct dinsn *insn_oc(struct cpu *c, const struct dinsn *d)
{
    return logic(c, d, BYTES_OR, true);
}

NO_TSAN const struct dinsn *insn_xc(struct cpu *c, const struct dinsn *d)
{
    return logic(c, d, BYTES_XOR, true);
}

NO_TSAN const struct dinsn *insn_mvn(struct cpu *c, const struct dinsn *d)
{
    return logic(c, d, BYTES_NUMERICS, false);
}

NO_TSAN const struct dinsn *insn_mvz(struct cpu *c, const struct dinsn *d)
{
    return logic(c, d, BYTES_ZONES, false);
}

/* ---- CLC ---- */

/* Pages are only looked at when no earlier byte has decided. */
INSN_WORK compare_across(struct cpu *c, u64 a1, unsigned ar1, u64 a2, unsigned ar2, u64 len)
{
    u64 n;
    u32 cc = 0;

    for (; len && !cc; len -= n) {
        const u8 *p, *q;

        n = page_left(a1, page_left(a2, len));
        p = span_fetch(c, a1, ar1, n);
        if (!p)
            return OUT_FAULT;
        q = span_fetch(c, a2, ar2, n);
        if (!q)
            return OUT_FAULT;
        cc = bytes_compare(p, q, n);
        a1 = cpu_wrap(c, a1 + n);
        a2 = cpu_wrap(c, a2 + n);
    }
    c->cc = cc;
    return OUT_NEXT;
}

NO_TSAN const struct dinsn *insn_clc(struct cpu *c, const struct dinsn *d)
{
    u64 len = f_SS_a_l1(d) + 1;
    u64 a1 = ea_SS_a_1(c, d), a2 = ea_SS_a_2(c, d);
    const struct tlb_entry *e1 = cpu_tlb(c, a1), *e2 = cpu_tlb(c, a2);

    if (likely(e1->load == ((a1 + len - 1) & ~FRAME_MASK) &&
               e2->load == ((a2 + len - 1) & ~FRAME_MASK))) {
        c->cc = bytes_compare((const u8 *)(e1->addend + a1), (const u8 *)(e2->addend + a2), len);
        return cpu_next(c, d, 3);
    }
    return insn_end(c, d, 3, compare_across(c, a1, ar_SS_a_1(d), a2, ar_SS_a_2(d), len));
}
