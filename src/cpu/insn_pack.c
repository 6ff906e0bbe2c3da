/* SPDX-License-Identifier: Apache-2.0
 *
 * Conversions between packed decimal, zoned, ASCII, Unicode and binary: PACK UNPK MVO, PKA PKU
 * UNPKA UNPKU, CVB and CVD with their forms.
 *
 * PACK, UNPK and MVO check nothing and work from right to left a byte at a time, so that
 * overlapping operands give what the architecture says; the others take copies.
 *
 * References: [PoP 7 PACK], [PoP 7 UNPACK], [PoP 7 MOVE WITH OFFSET], [PoP 7 PACK ASCII],
 * [PoP 7 CONVERT TO BINARY], [PoP 7 CONVERT TO DECIMAL] and their neighbours.
 */
#include "cpu/packed.h"
#include "cpu/span.h"

static u8 swap_halves(u8 v)
{
    return (u8)(v << 4 | v >> 4);
}

/* ---- PACK, UNPK, MVO ---- */

static bool both_operands(struct cpu *c, const struct dinsn *d, struct operand *to,
                          struct operand *from)
{
    return cpu_operand(c, ea_SS_b_2(c, d), ar_SS_b_2(d), f_SS_b_l2(d) + 1, ACC_FETCH, from) &&
           cpu_operand(c, ea_SS_b_1(c, d), ar_SS_b_1(d), f_SS_b_l1(d) + 1, ACC_STORE, to);
}

/* Byte i of the second operand, zero to the left of it. */
static u8 byte_or_zero(const struct operand *o, int i)
{
    return i < 0 ? 0 : host_ld8(operand_at(o, (u64)i));
}

INSN_WORK pack(struct cpu *c, const struct dinsn *d)
{
    int i = (int)f_SS_b_l1(d), j = (int)f_SS_b_l2(d);
    struct operand to, from;

    if (!both_operands(c, d, &to, &from))
        return OUT_FAULT;
    host_st8(operand_at(&to, (u64)i), swap_halves(byte_or_zero(&from, j)));
    for (i--, j--; i >= 0; i--, j -= 2) {
        u8 right = byte_or_zero(&from, j) & 15;
        u8 left = byte_or_zero(&from, j - 1);

        host_st8(operand_at(&to, (u64)i), (u8)(left << 4 | right));
    }
    return OUT_NEXT;
}

const struct dinsn *insn_pack(struct cpu *c, const struct dinsn *d)
{
    return insn_end(c, d, 3, pack(c, d));
}

/* One byte of the second operand gives two of the result, and is fetched once. */
INSN_WORK unpk(struct cpu *c, const struct dinsn *d)
{
    int i = (int)f_SS_b_l1(d), j = (int)f_SS_b_l2(d);
    struct operand to, from;

    if (!both_operands(c, d, &to, &from))
        return OUT_FAULT;
    host_st8(operand_at(&to, (u64)i), swap_halves(byte_or_zero(&from, j)));
    for (i--, j--; i >= 0; i -= 2, j--) {
        u8 v = byte_or_zero(&from, j);

        host_st8(operand_at(&to, (u64)i), 0xf0 | (v & 15));
        if (i > 0)
            host_st8(operand_at(&to, (u64)i - 1), 0xf0 | v >> 4);
    }
    return OUT_NEXT;
}

const struct dinsn *insn_unpk(struct cpu *c, const struct dinsn *d)
{
    return insn_end(c, d, 3, unpk(c, d));
}

/* The left half of each byte waits for the next result byte. */
INSN_WORK mvo(struct cpu *c, const struct dinsn *d)
{
    int i = (int)f_SS_b_l1(d), j = (int)f_SS_b_l2(d);
    struct operand to, from;
    u8 waiting;

    if (!both_operands(c, d, &to, &from))
        return OUT_FAULT;
    waiting = host_ld8(operand_at(&to, (u64)i)) & 15;
    for (; i >= 0; i--, j--) {
        u8 v = byte_or_zero(&from, j);

        host_st8(operand_at(&to, (u64)i), (u8)(v << 4 | waiting));
        waiting = v >> 4;
    }
    return OUT_NEXT;
}

const struct dinsn *insn_mvo(struct cpu *c, const struct dinsn *d)
{
    return insn_end(c, d, 3, mvo(c, d));
}

/* ---- PKA, PKU, UNPKA, UNPKU ---- */

/* The right half of each character becomes a digit, the sign is plus. */
INSN_WORK pack_characters(struct cpu *c, const struct dinsn *d, unsigned width)
{
    unsigned len = f_SS_f_l2(d) + 1;
    struct packed v = {0, false};
    u8 b[64], r[PACKED_MAX];

    if (len > 32 * width || len % width)
        return OUT_SPEC;
    if (!cpu_fetch_bytes(c, ea_SS_f_2(c, d), ar_SS_f_2(d), b, len))
        return OUT_FAULT;
    for (unsigned i = width - 1; i < len; i += width)
        v.digits = v.digits << 4 | (b[i] & 15);
    packed_write(r, PACKED_MAX, &v);
    return cpu_store_bytes(c, ea_SS_f_1(c, d), ar_SS_f_1(d), r, PACKED_MAX) ? OUT_NEXT : OUT_FAULT;
}

const struct dinsn *insn_pka(struct cpu *c, const struct dinsn *d)
{
    return insn_end(c, d, 3, pack_characters(c, d, 1));
}

const struct dinsn *insn_pku(struct cpu *c, const struct dinsn *d)
{
    return insn_end(c, d, 3, pack_characters(c, d, 2));
}

/* Digits become characters 30-39 (0030-0039); the condition code is that of the sign. */
INSN_WORK unpack_characters(struct cpu *c, const struct dinsn *d, unsigned width)
{
    unsigned len = f_SS_a_l1(d) + 1;
    u128 all = 0;
    u8 b[PACKED_MAX], r[64];
    u8 sign;

    if (len > 32 * width || len % width)
        return OUT_SPEC;
    if (!cpu_fetch_bytes(c, ea_SS_a_2(c, d), ar_SS_a_2(d), b, PACKED_MAX))
        return OUT_FAULT;
    for (unsigned i = 0; i < PACKED_MAX; i++)
        all = all << 8 | b[i];
    sign = (u8)all & 15;
    for (unsigned i = len; i; i -= width) {
        all >>= 4;
        r[i - 1] = 0x30 | (u8)(all & 15);
        if (width == 2)
            r[i - 2] = 0;
    }
    if (!cpu_store_bytes(c, ea_SS_a_1(c, d), ar_SS_a_1(d), r, len))
        return OUT_FAULT;
    c->cc = sign < 10 ? 3 : packed_sign_minus(sign);
    return OUT_NEXT;
}

const struct dinsn *insn_unpka(struct cpu *c, const struct dinsn *d)
{
    return insn_end(c, d, 3, unpack_characters(c, d, 1));
}

const struct dinsn *insn_unpku(struct cpu *c, const struct dinsn *d)
{
    return insn_end(c, d, 3, unpack_characters(c, d, 2));
}

/* ---- CVB, CVBY, CVBG ---- */

/* Too large for 32 bits: completed with the rightmost 32 bits, then fixed-point divide. */
INSN_WORK cvb(struct cpu *c, u64 a2, unsigned ar, unsigned r1)
{
    struct packed v;
    u8 b[8];
    s64 n;

    if (!cpu_fetch_bytes(c, a2, ar, b, sizeof b))
        return OUT_FAULT;
    if (!packed_read(b, sizeof b, &v))
        return OUT_DATA;
    n = (s64)packed_to_binary(v.digits);
    if (v.minus)
        n = -n;
    cpu_set_gr32(c, r1, (u32)n);
    if (n == (s32)n)
        return OUT_NEXT;
    c->fault.code = PGM_FIXED_DIVIDE;
    return OUT_COMPLETED;
}

/* Too large for 64 bits: suppressed. */
INSN_WORK cvbg(struct cpu *c, u64 a2, unsigned ar, unsigned r1)
{
    struct packed v;
    u8 b[PACKED_MAX];
    u128 n;

    if (!cpu_fetch_bytes(c, a2, ar, b, sizeof b))
        return OUT_FAULT;
    if (!packed_read(b, sizeof b, &v))
        return OUT_DATA;
    n = packed_to_binary(v.digits);
    if (n > (u128)INT64_MAX + v.minus) {
        cpu_fault(c, PGM_FIXED_DIVIDE);
        return OUT_FAULT;
    }
    c->gr[r1] = v.minus ? 0 - (u64)n : (u64)n;
    return OUT_NEXT;
}

const struct dinsn *insn_cvb(struct cpu *c, const struct dinsn *d)
{
    return insn_end(c, d, 2, cvb(c, ea_RX_a_2(c, d), ar_RX_a_2(d), f_RX_a_r1(d)));
}

const struct dinsn *insn_cvby(struct cpu *c, const struct dinsn *d)
{
    return insn_end(c, d, 3, cvb(c, ea_RXY_a_2(c, d), ar_RXY_a_2(d), f_RXY_a_r1(d)));
}

const struct dinsn *insn_cvbg(struct cpu *c, const struct dinsn *d)
{
    return insn_end(c, d, 3, cvbg(c, ea_RXY_a_2(c, d), ar_RXY_a_2(d), f_RXY_a_r1(d)));
}

/* ---- CVD, CVDY, CVDG ---- */

INSN_WORK cvd(struct cpu *c, u64 a2, unsigned ar, s64 n, unsigned len)
{
    struct packed v = {packed_from_binary(n < 0 ? 0 - (u64)n : (u64)n), n < 0};
    u8 b[PACKED_MAX];

    packed_write(b, len, &v);
    return cpu_store_bytes(c, a2, ar, b, len) ? OUT_NEXT : OUT_FAULT;
}

const struct dinsn *insn_cvd(struct cpu *c, const struct dinsn *d)
{
    return insn_end(c, d, 2, cvd(c, ea_RX_a_2(c, d), ar_RX_a_2(d), (s32)c->gr[f_RX_a_r1(d)], 8));
}

const struct dinsn *insn_cvdy(struct cpu *c, const struct dinsn *d)
{
    return insn_end(c, d, 3, cvd(c, ea_RXY_a_2(c, d), ar_RXY_a_2(d), (s32)c->gr[f_RXY_a_r1(d)], 8));
}

const struct dinsn *insn_cvdg(struct cpu *c, const struct dinsn *d)
{
    return insn_end(c, d, 3,
                    cvd(c, ea_RXY_a_2(c, d), ar_RXY_a_2(d), (s64)c->gr[f_RXY_a_r1(d)], 16));
}
