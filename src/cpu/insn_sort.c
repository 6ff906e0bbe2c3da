/* SPDX-License-Identifier: Apache-2.0
 *
 * The sorting instruction UPDATE TREE; its partner COMPARE AND FORM CODEWORD is in insn_cfc.c.
 * It is interruptible; registers hold the progress after each unit of operation.
 *
 * In the 24- and 31-bit addressing modes tree nodes have words, and bits 0-31 of the registers take
 * no part; in the 64-bit mode they have doublewords.
 *
 * References: [PoP 7 UPDATE TREE].
 */
#include "cpu/span.h"

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
