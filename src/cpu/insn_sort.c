/* SPDX-License-Identifier: Apache-2.0
 *
 * The sorting instructions: COMPARE AND FORM CODEWORD and UPDATE TREE.  Both are interruptible;
 * registers hold the progress after each unit of operation.
 *
 * In the 24- and 31-bit addressing modes codewords and tree nodes have words, and bits 0-31 of the
 * registers take no part; in the 64-bit mode they have doublewords.
 *
 * References: [PoP 7 COMPARE AND FORM CODEWORD], [PoP 7 UPDATE TREE].
 */
#include "cpu/span.h"

/* ---- CFC ---- */

static void swap_registers(struct cpu *c, unsigned a, unsigned b)
{
    u64 x = c->gr[a], y = c->gr[b];

    if (mode_64(c)) {
        c->gr[a] = y;
        c->gr[b] = x;
    } else {
        cpu_set_gr32(c, a, (u32)y);
        cpu_set_gr32(c, b, (u32)x);
    }
}

/* The index ran past its limit: the operands are equal. */
static void all_equal(struct cpu *c)
{
    if (mode_64(c))
        c->gr[2] = c->gr[3] | BIT64(0);
    else
        cpu_set_gr32(c, 2, (u32)c->gr[3] | BIT32(0));
    c->cc = 0;
}

/* The codeword: new index in front, then the low operand's piece or the complement of the high
 * one's.  The operand that did not give it ends up in register 3 [condition code 2: exchanged]. */
static void form_codeword(struct cpu *c, u64 v1, u64 v3, bool low)
{
    bool first_given = low ? v1 < v3 : v1 > v3;
    u64 piece = first_given ? v1 : v3;

    if (!low)
        piece = ~piece;
    if (mode_64(c))
        c->gr[2] = (c->gr[2] + 6) << 48 | (piece & 0xffffffffffffULL);
    else
        cpu_set_gr32(c, 2, ((u32)c->gr[2] + 2) << 16 | (u16)piece);
    if (first_given)
        swap_registers(c, 1, 3);
    c->cc = first_given ? 2 : 1;
}

INSN_WORK cfc(struct cpu *c, u64 control)
{
    u64 limit = control & 0x7ffe;
    unsigned size = mode_64(c) ? 6 : 2;
    u64 v1, v3;
    u8 b1[8] = {0}, b3[8] = {0};

    if ((c->gr[1] | c->gr[2] | c->gr[3]) & 1)
        return OUT_SPEC;
    for (;;) {
        u64 index = c->gr[2] & 0xffff;

        if (index > limit) {
            all_equal(c);
            return OUT_NEXT;
        }
        if (!cpu_fetch_bytes(c, cpu_wrap(c, c->gr[1] + index), 1, b1 + 8 - size, size) ||
            !cpu_fetch_bytes(c, cpu_wrap(c, c->gr[3] + index), 1, b3 + 8 - size, size))
            return OUT_FAULT;
        v1 = __builtin_bswap64(*(const piece_u64 *)b1);
        v3 = __builtin_bswap64(*(const piece_u64 *)b3);
        if (v1 != v3) {
            form_codeword(c, v1, v3, control & 1);
            return OUT_NEXT;
        }
        set_reg_length(c, 2, c->gr[2] + size);
        if (cpu_wants_attention(c))
            return OUT_AGAIN;
    }
}

const struct dinsn *insn_cfc(struct cpu *c, const struct dinsn *d)
{
    return insn_end(c, d, 2, cfc(c, ea_S_2(c, d)));
}

/* ---- UPT ---- */

/* A node: codeword and the word behind it. */
static bool fetch_node(struct cpu *c, u64 a, u64 v[2])
{
    u32 w[2];

    if (mode_64(c))
        return cpu_ld64(c, a, 4, &v[0]) && cpu_ld64(c, cpu_wrap(c, a + 8), 4, &v[1]);
    if (!cpu_ld32(c, a, 4, &w[0]) || !cpu_ld32(c, cpu_wrap(c, a + 4), 4, &w[1]))
        return false;
    v[0] = w[0];
    v[1] = w[1];
    return true;
}

static bool store_node(struct cpu *c, u64 a)
{
    u64 v[2] = {__builtin_bswap64(c->gr[0]), __builtin_bswap64(c->gr[1])};
    u32 w[2] = {__builtin_bswap32((u32)c->gr[0]), __builtin_bswap32((u32)c->gr[1])};

    if (mode_64(c))
        return cpu_store_bytes(c, a, 4, v, sizeof v);
    return cpu_store_bytes(c, a, 4, w, sizeof w);
}

/* One node on the way to the root.  True: done, or *o says otherwise. */
static bool visit_node(struct cpu *c, enum outcome *o)
{
    u64 align = mode_64(c) ? 15 : 7;
    u64 index = reg_length(c, 5) >> 1 & ~align;
    u64 code = reg_length(c, 0);
    u64 a, v[2];

    *o = OUT_NEXT;
    if (!index || code >> (mode_64(c) ? 63 : 31)) {
        set_reg_length(c, 5, index);
        c->cc = index ? 3 : 1;
        return true;
    }
    a = cpu_wrap(c, c->gr[4] + index);
    if (!fetch_node(c, a, v)) {
        *o = OUT_FAULT;
        return true;
    }
    if (code < v[0]) {
        if (!store_node(c, a)) {
            *o = OUT_FAULT;
            return true;
        }
        set_reg_length(c, 0, v[0]);
        set_reg_length(c, 1, v[1]);
    }
    set_reg_length(c, 5, index);
    if (code == v[0]) {
        set_reg_length(c, 2, v[0]);
        set_reg_length(c, 3, v[1]);
        c->cc = 0;
        return true;
    }
    return false;
}

INSN_WORK upt(struct cpu *c)
{
    enum outcome o;

    if ((c->gr[4] | c->gr[5]) & (mode_64(c) ? 15 : 7))
        return OUT_SPEC;
    while (!visit_node(c, &o))
        if (c->code_changed || cpu_wants_attention(c))
            return OUT_AGAIN;
    return o;
}

const struct dinsn *insn_upt(struct cpu *c, const struct dinsn *d)
{
    (void)d;
    return insn_end(c, d, 1, upt(c));
}
