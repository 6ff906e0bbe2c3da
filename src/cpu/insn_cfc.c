/* SPDX-License-Identifier: Apache-2.0
 *
 * COMPARE AND FORM CODEWORD, the comparison of two sort keys; UPDATE TREE is in insn_sort.c.
 *
 * General registers 1 and 3 hold the addresses of the keys, bits 48-63 of register 2 the index of
 * the current comparison unit in both.  A unit, like the piece of key in the codeword, has 2 bytes
 * in the 24- and 31-bit addressing modes, where bits 0-31 of the registers take no part, and 6
 * bytes in the 64-bit mode.  Both keys are in the space of access register 1.
 *
 * A unit of operation is the comparison of one unit; the index in register 2 is all the progress
 * there is, so an interruption or access exception just leaves it behind the units that were equal.
 *
 * References: [PoP 7 COMPARE AND FORM CODEWORD].
 */
#include "cpu/span.h"

/* The second-operand address: bits 49-62 are the index limit, bit 63 is the operand control.  With
 * the limit below 0x8000 the index never carries out of its 16 bits. */
#define CFC_LIMIT 0x7ffe
#define CFC_CONTROL_LOW 1 /* codeword from the low operand, else from the high one */

/* Comparison units between two looks for interruptions. */
#define CFC_UNITS 256

/* The comparison unit at index of the key that register r designates, as a number. */
static bool cfc_load_unit(struct cpu *c, unsigned r, u64 index, u64 *v)
{
    u64 a = cpu_wrap(c, c->gr[r] + index);
    u32 left = 0;
    u16 right;

    if (mode_64(c)) {
        if (!cpu_ld32(c, a, 1, &left))
            return false;
        a = cpu_wrap(c, a + 4);
    }
    if (!cpu_ld16(c, a, 1, &right))
        return false;
    *v = (u64)left << 16 | right;
    return true;
}

/* No unit up to the limit differs: register 3 with the leftmost bit one takes the place of a
 * codeword. */
static void cfc_end_equal(struct cpu *c)
{
    u64 mark = mode_64(c) ? 1ULL << 63 : 1ULL << 31;

    set_reg_length(c, 2, reg_length(c, 3) | mark);
    c->cc = 0;
}

/* Units v1 and v3 differ, and `index` is that behind them.  The operand that the codeword is formed
 * from shall be in register 3: condition code 2 when that takes an exchange. */
static void cfc_end_unequal(struct cpu *c, u64 index, u64 v1, u64 v3, bool low)
{
    unsigned bits = mode_64(c) ? 48 : 16;
    bool exchange = low ? v1 < v3 : v1 > v3;
    u64 loser = exchange ? v1 : v3;
    u64 piece = (low ? loser : ~loser) & ((1ULL << bits) - 1);

    if (exchange) {
        u64 key = reg_length(c, 1);

        set_reg_length(c, 1, reg_length(c, 3));
        set_reg_length(c, 3, key);
    }
    set_reg_length(c, 2, index << bits | piece);
    c->cc = exchange ? 2 : 1;
}

/* `second` is the second-operand address. */
INSN_WORK cfc(struct cpu *c, u64 second)
{
    u64 limit = second & CFC_LIMIT, index, v1, v3;
    unsigned size = mode_64(c) ? 6 : 2;

    if ((c->gr[1] | c->gr[2] | c->gr[3]) & 1)
        return OUT_SPEC;
    for (unsigned units = 1; (index = (u16)c->gr[2]) <= limit; units++) {
        if (!cfc_load_unit(c, 1, index, &v1) || !cfc_load_unit(c, 3, index, &v3))
            return OUT_FAULT;
        if (v1 != v3) {
            cfc_end_unequal(c, index + size, v1, v3, second & CFC_CONTROL_LOW);
            return OUT_NEXT;
        }
        c->gr[2] += size;
        if (units % CFC_UNITS == 0 && span_interrupted(c))
            return OUT_AGAIN;
    }
    cfc_end_equal(c);
    return OUT_NEXT;
}

const struct dinsn *insn_cfc(struct cpu *c, const struct dinsn *d)
{
    return insn_end(c, d, 2, cfc(c, ea_S_2(c, d)));
}
