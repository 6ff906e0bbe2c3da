/* SPDX-License-Identifier: Apache-2.0
 *
 * Decimal instructions: AP SP ZAP CP MP DP SRP ED EDMK TP.  The arithmetic is in packed.h; here are
 * operands, exceptions and condition codes.
 *
 * Operands are read before the result is written, so they may overlap in any way that the
 * architecture allows.  Order: access to both operands (storing, where there is a result), then
 * data, then divide; an overflow completes the instruction and interrupts if the program mask says
 * so.
 *
 * References: [PoP 8 Decimal Instructions].
 */
#include "cpu/packed.h"
#include "cpu/span.h"

/* ---- operands ---- */

/* Reads a field; OUT_NEXT, or how the instruction ends. */
static enum outcome fetch_packed(struct cpu *c, u64 a, unsigned ar, unsigned len, struct packed *v)
{
    u8 b[PACKED_MAX];

    if (!cpu_fetch_bytes(c, a, ar, b, len))
        return OUT_FAULT;
    return packed_read(b, len, v) ? OUT_NEXT : OUT_DATA;
}

static bool store_packed(struct cpu *c, u64 a, unsigned ar, unsigned len, const struct packed *v)
{
    u8 b[PACKED_MAX];

    packed_write(b, len, v);
    return cpu_store_bytes(c, a, ar, b, len);
}

/* SS-b: two fields. */
struct fields {
    u64 a1, a2;
    unsigned ar1, ar2;
    unsigned len1, len2; /* bytes */
    struct packed v1, v2;
};

static struct fields fields_of(const struct cpu *c, const struct dinsn *d)
{
    return (struct fields){.a1 = ea_SS_b_1(c, d),
                           .a2 = ea_SS_b_2(c, d),
                           .ar1 = ar_SS_b_1(d),
                           .ar2 = ar_SS_b_2(d),
                           .len1 = f_SS_b_l1(d) + 1,
                           .len2 = f_SS_b_l2(d) + 1};
}

/* Reads both; with acc ACC_STORE the first is also tested for storing. */
static enum outcome fetch_both(struct cpu *c, struct fields *f, enum access acc)
{
    u8 b1[PACKED_MAX], b2[PACKED_MAX];

    if (!cpu_fetch_bytes(c, f->a2, f->ar2, b2, f->len2) ||
        !cpu_fetch_bytes(c, f->a1, f->ar1, b1, f->len1) ||
        (acc == ACC_STORE && !cpu_probe(c, f->a1, f->ar1, f->len1, ACC_STORE)))
        return OUT_FAULT;
    return packed_read(b1, f->len1, &f->v1) && packed_read(b2, f->len2, &f->v2) ? OUT_NEXT
                                                                                : OUT_DATA;
}

/* Stores a result that may not fit and sets the condition code. */
static enum outcome finish(struct cpu *c, u64 a, unsigned ar, unsigned len, struct packed *v,
                           u32 cc)
{
    if (!store_packed(c, a, ar, len, v))
        return OUT_FAULT;
    c->cc = cc;
    if (cc == 3 && c->psw_mask & PSW_MASK_DECIMAL_OVERFLOW) {
        c->fault.code = PGM_DECIMAL_OVERFLOW;
        return OUT_COMPLETED;
    }
    return OUT_NEXT;
}

/* ---- AP, SP, ZAP, CP ---- */

INSN_WORK add(struct cpu *c, const struct dinsn *d, bool subtract)
{
    struct fields f = fields_of(c, d);
    enum outcome o = fetch_both(c, &f, ACC_STORE);
    struct packed r;
    u32 cc;

    if (o != OUT_NEXT)
        return o;
    f.v2.minus ^= subtract;
    r = packed_add(&f.v1, &f.v2);
    cc = packed_fit(&r, f.len1);
    return finish(c, f.a1, f.ar1, f.len1, &r, cc);
}

const struct dinsn *insn_ap(struct cpu *c, const struct dinsn *d)
{
    return insn_end(c, d, 3, add(c, d, false));
}

const struct dinsn *insn_sp(struct cpu *c, const struct dinsn *d)
{
    return insn_end(c, d, 3, add(c, d, true));
}

/* The first operand's old contents are not looked at. */
INSN_WORK zap(struct cpu *c, const struct dinsn *d)
{
    struct fields f = fields_of(c, d);
    u8 b[PACKED_MAX];
    u32 cc;

    if (!cpu_fetch_bytes(c, f.a2, f.ar2, b, f.len2) ||
        !cpu_probe(c, f.a1, f.ar1, f.len1, ACC_STORE))
        return OUT_FAULT;
    if (!packed_read(b, f.len2, &f.v2))
        return OUT_DATA;
    cc = packed_fit(&f.v2, f.len1);
    return finish(c, f.a1, f.ar1, f.len1, &f.v2, cc);
}

const struct dinsn *insn_zap(struct cpu *c, const struct dinsn *d)
{
    return insn_end(c, d, 3, zap(c, d));
}

INSN_WORK cp(struct cpu *c, const struct dinsn *d)
{
    struct fields f = fields_of(c, d);
    enum outcome o = fetch_both(c, &f, ACC_FETCH);

    if (o == OUT_NEXT)
        c->cc = packed_compare(&f.v1, &f.v2);
    return o;
}

const struct dinsn *insn_cp(struct cpu *c, const struct dinsn *d)
{
    return insn_end(c, d, 3, cp(c, d));
}

/* ---- MP, DP ---- */

/* At most 15 digits of multiplier or divisor, and the first operand longer. */
static bool lengths_allowed(const struct fields *f)
{
    return f->len2 <= 8 && f->len2 < f->len1;
}

INSN_WORK mp(struct cpu *c, const struct dinsn *d)
{
    struct fields f = fields_of(c, d);
    enum outcome o;

    if (!lengths_allowed(&f))
        return OUT_SPEC;
    o = fetch_both(c, &f, ACC_STORE);
    if (o != OUT_NEXT)
        return o;
    if (!packed_multiply(&f.v1, f.len1, &f.v2, f.len2))
        return OUT_DATA;
    return store_packed(c, f.a1, f.ar1, f.len1, &f.v1) ? OUT_NEXT : OUT_FAULT;
}

const struct dinsn *insn_mp(struct cpu *c, const struct dinsn *d)
{
    return insn_end(c, d, 3, mp(c, d));
}

INSN_WORK dp(struct cpu *c, const struct dinsn *d)
{
    struct fields f = fields_of(c, d);
    struct packed quotient, remainder;
    u8 b[PACKED_MAX];
    enum outcome o;

    if (!lengths_allowed(&f))
        return OUT_SPEC;
    o = fetch_both(c, &f, ACC_STORE);
    if (o != OUT_NEXT)
        return o;
    if (!packed_divide(&f.v1, f.len1, &f.v2, f.len2, &quotient, &remainder)) {
        cpu_fault(c, PGM_DECIMAL_DIVIDE);
        return OUT_FAULT;
    }
    packed_write(b, f.len1 - f.len2, &quotient);
    packed_write(b + f.len1 - f.len2, f.len2, &remainder);
    return cpu_store_bytes(c, f.a1, f.ar1, b, f.len1) ? OUT_NEXT : OUT_FAULT;
}

const struct dinsn *insn_dp(struct cpu *c, const struct dinsn *d)
{
    return insn_end(c, d, 3, dp(c, d));
}

/* ---- SRP ---- */

INSN_WORK srp(struct cpu *c, const struct dinsn *d)
{
    u64 a1 = ea_SS_c_1(c, d);
    unsigned len = f_SS_c_l1(d) + 1, rounding = f_SS_c_i3(d), ar = ar_SS_c_1(d);
    int amount = (int)sext64(ea_SS_c_2(c, d), 6);
    struct packed v;
    enum outcome o = fetch_packed(c, a1, ar, len, &v);
    u32 cc;

    if (o == OUT_FAULT || !cpu_probe(c, a1, ar, len, ACC_STORE))
        return OUT_FAULT;
    if (o != OUT_NEXT || rounding > 9)
        return OUT_DATA;
    cc = packed_shift(&v, len, amount, rounding);
    return finish(c, a1, ar, len, &v, cc);
}

const struct dinsn *insn_srp(struct cpu *c, const struct dinsn *d)
{
    return insn_end(c, d, 3, srp(c, d));
}

/* ---- ED, EDMK ---- */

/* Result bytes of the whole pattern; source bytes are fetched as digits are needed.  *mark: offset
 * of the last first-significant digit, or len. */
static enum outcome edit(struct cpu *c, u64 source, unsigned ar, const u8 *pattern, u64 len,
                         struct edit *e, u8 *result, u64 *mark)
{
    *e = (struct edit){.fill = pattern[0]};
    *mark = len;
    for (u64 i = 0; i < len; i++) {
        u8 byte = 0;

        if (edit_wants_source(e, pattern[i])) {
            if (!cpu_ld8(c, source, ar, &byte))
                return OUT_FAULT;
            source = cpu_wrap(c, source + 1);
        }
        if (!edit_step(e, pattern[i], byte, &result[i]))
            return OUT_DATA;
        if (e->marked)
            *mark = i;
    }
    return OUT_NEXT;
}

/* In the 24-bit mode bits 0-39 of general register 1 stay, bits 32-39 included. */
static void mark_address(struct cpu *c, u64 address)
{
    if (c->amask == PSW_ADDR_24)
        c->gr[1] = (c->gr[1] & ~PSW_ADDR_24) | address;
    else
        cpu_set_address(c, 1, address);
}

INSN_WORK ed(struct cpu *c, const struct dinsn *d, bool and_mark)
{
    u64 a1 = ea_SS_a_1(c, d), len = f_SS_a_l1(d) + 1, mark;
    unsigned ar1 = ar_SS_a_1(d);
    u8 pattern[256], result[256];
    struct edit e;
    enum outcome o;

    if (!cpu_fetch_bytes(c, a1, ar1, pattern, len) || !cpu_probe(c, a1, ar1, len, ACC_STORE))
        return OUT_FAULT;
    o = edit(c, ea_SS_a_2(c, d), ar_SS_a_2(d), pattern, len, &e, result, &mark);
    if (o != OUT_NEXT)
        return o;
    if (!cpu_store_bytes(c, a1, ar1, result, len))
        return OUT_FAULT;
    c->cc = edit_cc(&e);
    if (and_mark && mark < len)
        mark_address(c, cpu_wrap(c, a1 + mark));
    return OUT_NEXT;
}

const struct dinsn *insn_ed(struct cpu *c, const struct dinsn *d)
{
    return insn_end(c, d, 3, ed(c, d, false));
}

const struct dinsn *insn_edmk(struct cpu *c, const struct dinsn *d)
{
    return insn_end(c, d, 3, ed(c, d, true));
}

/* ---- TP ---- */

INSN_WORK tp(struct cpu *c, const struct dinsn *d)
{
    u8 b[PACKED_MAX];
    unsigned len = f_RSL_l1(d) + 1;

    if (!cpu_fetch_bytes(c, ea_RSL_1(c, d), ar_RSL_1(d), b, len))
        return OUT_FAULT;
    c->cc = packed_test(b, len);
    return OUT_NEXT;
}

const struct dinsn *insn_tp(struct cpu *c, const struct dinsn *d)
{
    return insn_end(c, d, 3, tp(c, d));
}
