/* SPDX-License-Identifier: Apache-2.0
 *
 * The Unicode conversions CU12, CU14, CU21, CU24, CU41, CU42.  They give up with condition code 3
 * after SPAN_BUDGET source bytes; registers are updated whenever another page is needed, so a fault
 * leaves them at a character that is not yet converted.
 *
 * Order of the endings at each character: source exhausted (also: holds only a part of it) 0,
 * character invalid 2, no room for the result 1.
 *
 * References: [PoP 7 CONVERT UTF-8 TO UTF-16] and the others.
 */
#include "cpu/span.h"
#include "cpu/unicode.h"

#define LONGEST 4 /* bytes of a character in any form */

/* From and into are constants at each caller. */
struct conversion {
    enum unicode_form from, into;
    bool check;
    struct pair to, source;
};

static ALWAYS_INLINE int decode(const struct conversion *v, const u8 *p, u64 n, u32 *ch)
{
    switch (v->from) {
    case UTF8:
        return utf8_decode(p, n, v->check, ch);
    case UTF16:
        return utf16_decode(p, n, v->check, ch);
    case UTF32:
        break;
    }
    return utf32_decode(p, n, ch);
}

static ALWAYS_INLINE unsigned encode(const struct conversion *v, u8 *p, u32 ch, int length)
{
    switch (v->into) {
    case UTF8:
        return utf8_encode(p, ch);
    case UTF16:
        return utf16_encode(p, ch, v->from == UTF8 && length == 4);
    case UTF32:
        break;
    }
    return utf32_encode(p, ch);
}

/* How far a step came: condition code that ends it, or one of these. */
enum { STEP_MORE = 4, STEP_FAULT = 5 };

static void advance(struct cpu *c, struct conversion *v, u64 from, u64 into)
{
    pair_advance(c, &v->source, from);
    pair_advance(c, &v->to, into);
    pair_put(c, &v->source);
    pair_put(c, &v->to);
}

/* One character by copies: near the end of an operand or page. */
static ALWAYS_INLINE u32 convert_one(struct cpu *c, struct conversion *v)
{
    u8 in[LONGEST], out[LONGEST];
    u32 ch = 0;
    int length = UNICODE_INCOMPLETE;
    unsigned n;

    for (u64 k = 0; length == UNICODE_INCOMPLETE; k++) {
        if (k == v->source.length)
            return 0;
        if (!cpu_ld8(c, cpu_wrap(c, v->source.address + k), v->source.r, &in[k]))
            return STEP_FAULT;
        length = decode(v, in, k + 1, &ch);
    }
    if (length == UNICODE_INVALID)
        return 2;
    n = encode(v, out, ch, length);
    if (n > v->to.length)
        return 1;
    if (!cpu_store_bytes(c, v->to.address, v->to.r, out, n))
        return STEP_FAULT;
    advance(c, v, (u64)length, n);
    return STEP_MORE;
}

/* Characters that are certainly whole in one page on both sides. */
static ALWAYS_INLINE u32 convert_run(struct cpu *c, struct conversion *v)
{
    u64 have = page_left(v->source.address, v->source.length);
    u64 room = page_left(v->to.address, v->to.length);
    u64 i = 0, o = 0, k;
    u32 ch = 0, step = STEP_MORE;
    const u8 *p;
    u8 *to;

    if (have < LONGEST || room < LONGEST)
        return convert_one(c, v);
    p = span_fetch(c, v->source.address, v->source.r, have);
    if (!p)
        return STEP_FAULT;
    if (decode(v, p, have, &ch) == UNICODE_INVALID)
        return 2;
    to = span_store(c, v->to.address, v->to.r, room);
    if (!to)
        return STEP_FAULT;
    while (have - i >= LONGEST && room - o >= LONGEST) {
        int length;

        if (v->from == UTF8) {
            k = utf8_ascii(p + i, have - i, v->into, to + o, room - o);
            i += k;
            o += k * (v->into == UTF32 ? 4 : 2);
        } else if (v->from == UTF16 && v->into == UTF8) {
            k = utf16_ascii_to_utf8(p + i, have - i, to + o, room - o);
            i += 2 * k;
            o += k;
        } else {
            k = 0;
        }
        if (k)
            continue;
        length = decode(v, p + i, have - i, &ch);
        if (length == UNICODE_INVALID) {
            step = 2;
            break;
        }
        i += (u64)length;
        o += encode(v, to + o, ch, length);
    }
    advance(c, v, i, o);
    return step;
}

static ALWAYS_INLINE enum outcome convert(struct cpu *c, unsigned r1, unsigned r2, bool check,
                                          enum unicode_form from, enum unicode_form into)
{
    struct conversion v = {from, into, check, pair_get(c, r1, false), pair_get(c, r2, false)};
    u64 whole = v.source.length;
    u32 step = STEP_MORE;

    while (step == STEP_MORE) {
        if (!v.source.length)
            step = 0;
        else if (whole - v.source.length >= SPAN_BUDGET || c->code_changed)
            step = 3;
        else
            step = convert_run(c, &v);
    }
    if (step == STEP_FAULT)
        return OUT_FAULT;
    pair_put(c, &v.source);
    pair_put(c, &v.to);
    c->cc = step;
    return OUT_NEXT;
}

/* Is well-formedness checking asked for. */
static bool checked(const struct cpu *c, const struct dinsn *d)
{
    return f_RRF_c_m3(d) & 1 && cpu_facility(c, 30);
}

INSN_WORK cu12(struct cpu *c, const struct dinsn *d)
{
    return convert(c, f_RRF_c_r1(d), f_RRF_c_r2(d), checked(c, d), UTF8, UTF16);
}

INSN_WORK cu14(struct cpu *c, const struct dinsn *d)
{
    return convert(c, f_RRF_c_r1(d), f_RRF_c_r2(d), checked(c, d), UTF8, UTF32);
}

INSN_WORK cu21(struct cpu *c, const struct dinsn *d)
{
    return convert(c, f_RRF_c_r1(d), f_RRF_c_r2(d), checked(c, d), UTF16, UTF8);
}

INSN_WORK cu24(struct cpu *c, const struct dinsn *d)
{
    return convert(c, f_RRF_c_r1(d), f_RRF_c_r2(d), checked(c, d), UTF16, UTF32);
}

INSN_WORK cu41(struct cpu *c, const struct dinsn *d)
{
    return convert(c, f_RRE_r1(d), f_RRE_r2(d), false, UTF32, UTF8);
}

INSN_WORK cu42(struct cpu *c, const struct dinsn *d)
{
    return convert(c, f_RRE_r1(d), f_RRE_r2(d), false, UTF32, UTF16);
}

const struct dinsn *insn_cu12(struct cpu *c, const struct dinsn *d)
{
    return insn_end(c, d, 2, cu12(c, d));
}

const struct dinsn *insn_cu14(struct cpu *c, const struct dinsn *d)
{
    return insn_end(c, d, 2, cu14(c, d));
}

const struct dinsn *insn_cu21(struct cpu *c, const struct dinsn *d)
{
    return insn_end(c, d, 2, cu21(c, d));
}

const struct dinsn *insn_cu24(struct cpu *c, const struct dinsn *d)
{
    return insn_end(c, d, 2, cu24(c, d));
}

const struct dinsn *insn_cu41(struct cpu *c, const struct dinsn *d)
{
    return insn_end(c, d, 2, cu41(c, d));
}

const struct dinsn *insn_cu42(struct cpu *c, const struct dinsn *d)
{
    return insn_end(c, d, 2, cu42(c, d));
}
