/* SPDX-License-Identifier: Apache-2.0
 *
 * Moves and comparisons of long operands in register pairs: MVCL and CLCL (24-bit lengths,
 * interruptible), MVCLE and CLCLE, MVCLU and CLCLU (two-byte characters; all four give up with
 * condition code 3 after SPAN_BUDGET bytes).
 *
 * A unit of operation is what lies in one page of each operand.  Registers are updated after each
 * unit, so a fault in the next one leaves them at its start.  A two-byte character that straddles
 * pages is a unit of its own.
 *
 * References: [PoP 7 MOVE LONG], [PoP 7 COMPARE LOGICAL LONG] and their extended and Unicode forms.
 */
#include "cpu/span.h"

/* How a long instruction works. */
struct manner {
    unsigned unit; /* bytes of a character: 1 or 2 */
    u16 pad;       /* character that the shorter operand is continued with */
    bool gives_up; /* condition code 3 instead of interruption */
};

/* Is there time for another unit after `done` bytes.  Else *o and the condition code say how it
 * ends. */
static bool go_on(struct cpu *c, const struct manner *m, u64 done, enum outcome *o)
{
    if (m->gives_up) {
        if (done < SPAN_BUDGET && !c->code_changed)
            return true;
        c->cc = 3;
        *o = OUT_NEXT;
        return false;
    }
    *o = OUT_AGAIN;
    return !span_interrupted(c);
}

/* Bytes of whole characters in one page from each address; 0: the next one straddles. */
static u64 whole_units(u64 n, const struct manner *m)
{
    return n - n % m->unit;
}

static void pad_bytes(const struct manner *m, u8 ch[2])
{
    ch[0] = (u8)(m->unit == 2 ? m->pad >> 8 : m->pad);
    ch[1] = (u8)m->pad;
}

/* ---- moves ---- */

/* A character across pages. */
static bool move_character(struct cpu *c, struct pair *p1, struct pair *p2, const struct manner *m)
{
    u8 ch[2];

    pad_bytes(m, ch);
    if (p2->length && !cpu_fetch_bytes(c, p2->address, p2->r, ch, m->unit))
        return false;
    if (!cpu_store_bytes(c, p1->address, p1->r, ch, m->unit))
        return false;
    pair_advance(c, p1, m->unit);
    if (p2->length)
        pair_advance(c, p2, m->unit);
    return true;
}

static NO_TSAN bool move_unit(struct cpu *c, struct pair *p1, struct pair *p2,
                              const struct manner *m)
{
    u64 n = page_left(p1->address, p1->length);
    const u8 *from;
    u8 *to;

    if (p2->length)
        n = page_left(p2->address, min64(n, p2->length));
    n = whole_units(n, m);
    if (!n)
        return move_character(c, p1, p2, m);
    if (!p2->length) {
        to = span_store(c, p1->address, p1->r, n);
        if (!to)
            return false;
        if (m->unit == 2)
            bytes_fill16(to, m->pad, n);
        else
            bytes_fill(to, (u8)m->pad, n);
        pair_advance(c, p1, n);
        return true;
    }
    from = span_fetch(c, p2->address, p2->r, n);
    if (!from)
        return false;
    to = span_store(c, p1->address, p1->r, n);
    if (!to)
        return false;
    bytes_move_any(to, from, n);
    pair_advance(c, p1, n);
    pair_advance(c, p2, n);
    return true;
}

INSN_WORK move_long(struct cpu *c, struct pair p1, struct pair p2, struct manner m)
{
    u32 cc = cc_cmp_u64(p1.length, p2.length);
    u64 whole = p1.length;
    enum outcome o;

    while (p1.length) {
        if (!move_unit(c, &p1, &p2, &m))
            return OUT_FAULT;
        pair_put(c, &p2);
        pair_put(c, &p1);
        if (p1.length && !go_on(c, &m, whole - p1.length, &o))
            return o;
    }
    pair_put(c, &p2);
    pair_put(c, &p1);
    c->cc = cc;
    return OUT_NEXT;
}

/* Would a byte be taken from the first operand after it was stored there.  Operands in different
 * spaces (different ALETs) do not count as overlapping. */
static bool overlaps_destructively(const struct cpu *c, const struct pair *p1,
                                   const struct pair *p2)
{
    u64 n = min64(p1->length, p2->length);
    u64 distance = cpu_wrap(c, p1->address - p2->address);

    if (cpu_data_space(c) == SPACE_AR && (p1->r ? c->ar[p1->r] : 0) != (p2->r ? c->ar[p2->r] : 0))
        return false;
    return distance && distance < n;
}

INSN_WORK mvcl(struct cpu *c, unsigned r1, unsigned r2)
{
    struct pair p1 = pair_get(c, r1, true), p2 = pair_get(c, r2, true);

    if (overlaps_destructively(c, &p1, &p2)) {
        pair_put(c, &p2);
        pair_put(c, &p1);
        c->cc = 3;
        return OUT_NEXT;
    }
    return move_long(c, p1, p2, (struct manner){1, (u8)(c->gr[r2 + 1] >> 24), false});
}

const struct dinsn *insn_mvcl(struct cpu *c, const struct dinsn *d)
{
    return insn_end(c, d, 1, mvcl(c, f_RR_r1(d), f_RR_r2(d)));
}

/* With the lengths in registers and the padding character from a second-operand address. */
INSN_WORK move_extended(struct cpu *c, unsigned r1, unsigned r3, u64 pad, unsigned unit)
{
    struct pair p1 = pair_get(c, r1, false), p3 = pair_get(c, r3, false);

    if ((p1.length | p3.length) & (unit - 1))
        return OUT_SPEC;
    return move_long(c, p1, p3, (struct manner){unit, (u16)(unit == 2 ? pad : (u8)pad), true});
}

const struct dinsn *insn_mvcle(struct cpu *c, const struct dinsn *d)
{
    return insn_end(c, d, 2, move_extended(c, f_RS_a_r1(d), f_RS_a_r3(d), ea_RS_a_2(c, d), 1));
}

const struct dinsn *insn_mvclu(struct cpu *c, const struct dinsn *d)
{
    return insn_end(c, d, 3, move_extended(c, f_RSY_a_r1(d), f_RSY_a_r3(d), ea_RSY_a_2(c, d), 2));
}

/* ---- comparisons ---- */

/* What a unit of comparison found. */
enum found { SAME, DIFFERENT, FAULTED };

/* A two-byte character across pages, by copies. */
static enum found compare_character(struct cpu *c, struct pair *p1, struct pair *p2,
                                    const struct manner *m)
{
    u8 x[2], y[2];

    pad_bytes(m, x);
    pad_bytes(m, y);
    if (p1->length && !cpu_fetch_bytes(c, p1->address, p1->r, x, m->unit))
        return FAULTED;
    if (p2->length && !cpu_fetch_bytes(c, p2->address, p2->r, y, m->unit))
        return FAULTED;
    c->cc = cc_cmp_u32((u32)x[0] << 8 | x[1], (u32)y[0] << 8 | y[1]);
    if (c->cc)
        return DIFFERENT;
    if (p1->length)
        pair_advance(c, p1, m->unit);
    if (p2->length)
        pair_advance(c, p2, m->unit);
    return SAME;
}

/* The rest of one operand against the padding.  low: condition code when the operand is lower. */
static NO_TSAN enum found compare_padding(struct cpu *c, struct pair *p, const struct manner *m,
                                          u64 n, u32 low)
{
    const u8 *s = span_fetch(c, p->address, p->r, n);
    u8 pad[2];
    u64 i;

    if (!s)
        return FAULTED;
    i = m->unit == 2 ? bytes_diff_fill16(s, m->pad, n) : bytes_diff_fill(s, (u8)m->pad, n);
    if (i >= n) {
        pair_advance(c, p, n);
        return SAME;
    }
    pad_bytes(m, pad);
    c->cc = s[i] < pad[i % m->unit] ? low : 3 - low;
    pair_advance(c, p, whole_units(i, m));
    return DIFFERENT;
}

static NO_TSAN enum found compare_unit(struct cpu *c, struct pair *p1, struct pair *p2,
                                       const struct manner *m)
{
    u64 n = SPAN_BUDGET, i;
    const u8 *p, *q;

    if (p1->length)
        n = page_left(p1->address, min64(n, p1->length));
    if (p2->length)
        n = page_left(p2->address, min64(n, p2->length));
    n = whole_units(n, m);
    if (!n)
        return compare_character(c, p1, p2, m);
    if (!p2->length)
        return compare_padding(c, p1, m, n, 1);
    if (!p1->length)
        return compare_padding(c, p2, m, n, 2);
    p = span_fetch(c, p1->address, p1->r, n);
    if (!p)
        return FAULTED;
    q = span_fetch(c, p2->address, p2->r, n);
    if (!q)
        return FAULTED;
    i = bytes_diff(p, q, n);
    if (i < n)
        c->cc = p[i] < q[i] ? 1 : 2;
    pair_advance(c, p1, whole_units(i, m));
    pair_advance(c, p2, whole_units(i, m));
    return i < n ? DIFFERENT : SAME;
}

INSN_WORK compare_long(struct cpu *c, struct pair p1, struct pair p2, struct manner m)
{
    u64 whole = max64(p1.length, p2.length);
    enum outcome o = OUT_NEXT;
    u32 cc = c->cc; /* an interruption or a fault leaves it */
    enum found f = SAME;

    while (f == SAME && (p1.length | p2.length)) {
        f = compare_unit(c, &p1, &p2, &m);
        if (f == FAULTED) {
            c->cc = cc;
            return OUT_FAULT;
        }
        pair_put(c, &p2);
        pair_put(c, &p1);
        if (f == SAME && (p1.length | p2.length) &&
            !go_on(c, &m, whole - max64(p1.length, p2.length), &o)) {
            return o;
        }
    }
    pair_put(c, &p2);
    pair_put(c, &p1);
    if (f == SAME)
        c->cc = 0;
    return OUT_NEXT;
}

const struct dinsn *insn_clcl(struct cpu *c, const struct dinsn *d)
{
    unsigned r1 = f_RR_r1(d), r2 = f_RR_r2(d);

    return insn_end(c, d, 1,
                    compare_long(c, pair_get(c, r1, true), pair_get(c, r2, true),
                                 (struct manner){1, (u8)(c->gr[r2 + 1] >> 24), false}));
}

INSN_WORK compare_extended(struct cpu *c, unsigned r1, unsigned r3, u64 pad, unsigned unit)
{
    struct pair p1 = pair_get(c, r1, false), p3 = pair_get(c, r3, false);

    if ((p1.length | p3.length) & (unit - 1))
        return OUT_SPEC;
    return compare_long(c, p1, p3, (struct manner){unit, (u16)(unit == 2 ? pad : (u8)pad), true});
}

const struct dinsn *insn_clcle(struct cpu *c, const struct dinsn *d)
{
    return insn_end(c, d, 2, compare_extended(c, f_RS_a_r1(d), f_RS_a_r3(d), ea_RS_a_2(c, d), 1));
}

const struct dinsn *insn_clclu(struct cpu *c, const struct dinsn *d)
{
    return insn_end(c, d, 3,
                    compare_extended(c, f_RSY_a_r1(d), f_RSY_a_r3(d), ea_RSY_a_2(c, d), 2));
}
