/* SPDX-License-Identifier: Apache-2.0
 *
 * Translation by tables: TR, TRT, TRTR, TRE, TROO, TROT, TRTO, TRTT, TRTE, TRTRE.
 *
 * A table's pages are translated when the first entry in them is needed and at most once an
 * instruction: entries that no character selects need not be accessible.  TR, TRT and TRTR are not
 * interruptible; the others give up with condition code 3 after SPAN_BUDGET bytes and keep their
 * registers up to date, so that a fault leaves them at the character that could not be done.
 *
 * References: [PoP 7 TRANSLATE], [PoP 7 TRANSLATE AND TEST], [PoP 7 TRANSLATE ONE TO ONE],
 * [PoP 7 TRANSLATE AND TEST EXTENDED] and their neighbours.
 */
#include "cpu/span.h"

#define TABLE_PAGES 33 /* 128 KiB at any doubleword */

struct table {
    u64 address;
    unsigned ar;
    const u8 **page; /* host address of each page, NULL: not yet asked for */
};

/* Entry of 1 or 2 bytes at an offset that keeps it in one page; NULL with fault. */
static ALWAYS_INLINE const u8 *table_at(struct cpu *c, const struct table *t, u64 offset,
                                        unsigned size)
{
    u64 at = (t->address & FRAME_MASK) + offset;
    const u8 **page = &t->page[at >> FRAME_SHIFT];

    if (unlikely(!*page)) {
        u64 va = cpu_wrap(c, t->address + offset);
        const u8 *p = span_fetch(c, va, t->ar, size);

        if (p && va >= FRAME_SIZE) /* page 0: fetch-protection override ends in its middle */
            *page = p - (at & FRAME_MASK);
        return p;
    }
    return *page + (at & FRAME_MASK);
}

/* ---- TR ---- */

/* Host pointer to a table of 256 bytes that lies in one page; *other: it does not. */
static ALWAYS_INLINE const u8 *whole_table(struct cpu *c, u64 address, unsigned ar, bool *other)
{
    *other = (address & FRAME_MASK) > FRAME_SIZE - 256;
    return *other ? NULL : span_fetch(c, address, ar, 256);
}

static NO_TSAN void tr_run(u8 *p, u64 n, const u8 *table)
{
    for (u64 i = 0; i < n; i++)
        *(volatile u8 *)(p + i) = *(const volatile u8 *)(table + p[i]);
}

/* A table in two pages: no byte may change before all entries are known to be accessible. */
static NO_TSAN bool tr_across(struct cpu *c, const struct table *t, const struct operand *o,
                              u64 len)
{
    for (u64 i = 0; i < len; i++)
        if (!table_at(c, t, *operand_at(o, i), 1))
            return false;
    for (u64 i = 0; i < len; i++) {
        volatile u8 *p = operand_at(o, i);
        const u8 *e = table_at(c, t, *p, 1);

        if (!e) /* only when another CPU changed the operand meanwhile */
            return false;
        *p = *(const volatile u8 *)e;
    }
    return true;
}

/* Byte by byte from the left, the table read as it is at that moment: the operands may overlap. */
INSN_WORK tr(struct cpu *c, const struct dinsn *d)
{
    const u8 *page[2] = {NULL, NULL};
    struct table t = {ea_SS_a_2(c, d), ar_SS_a_2(d), page};
    u64 len = f_SS_a_l1(d) + 1;
    struct operand o;
    const u8 *table;
    bool other;

    if (!cpu_operand(c, ea_SS_a_1(c, d), ar_SS_a_1(d), len, ACC_STORE, &o))
        return OUT_FAULT;
    table = whole_table(c, t.address, t.ar, &other);
    if (other)
        return tr_across(c, &t, &o, len) ? OUT_NEXT : OUT_FAULT;
    if (!table)
        return OUT_FAULT;
    tr_run(o.p[0], o.n[0], table);
    tr_run(o.p[1], o.n[1], table);
    return OUT_NEXT;
}

const struct dinsn *insn_tr(struct cpu *c, const struct dinsn *d)
{
    return insn_end(c, d, 3, tr(c, d));
}

/* ---- TRT, TRTR ---- */

/* General register 1 gets the address of the argument byte, in the 24-bit mode without touching
 * bits 32-39; the function byte goes to the right end of general register 2. */
static void report(struct cpu *c, u64 address, u8 function, bool last)
{
    if (c->amask == PSW_ADDR_24)
        c->gr[1] = (c->gr[1] & ~PSW_ADDR_24) | address;
    else
        cpu_set_address(c, 1, address);
    c->gr[2] = (c->gr[2] & ~0xffULL) | function;
    c->cc = last ? 2 : 1;
}

/* What lies in one page, downwards for TRTR.  *at: offset of the argument byte found, n if none. */
static NO_TSAN bool test_across(struct cpu *c, const struct table *t, const u8 *s, u64 n, bool down,
                                u64 *at, u8 *function)
{
    u64 i;

    for (i = 0; i < n; i++) {
        const u8 *e = table_at(c, t, down ? s[n - 1 - i] : s[i], 1);

        if (!e)
            return false;
        *function = *e;
        if (*function)
            break;
    }
    *at = i;
    return true;
}

/* The same with the table in one page: offset found. */
static NO_TSAN u64 test_run(const u8 *table, const u8 *s, u64 n, bool down, u8 *function)
{
    u64 i;

    for (i = 0; i < n; i++) {
        *function = table[down ? s[n - 1 - i] : s[i]];
        if (*function)
            break;
    }
    return i;
}

INSN_WORK trt(struct cpu *c, const struct dinsn *d, bool down)
{
    const u8 *page[2] = {NULL, NULL};
    struct table t = {ea_SS_a_2(c, d), ar_SS_a_2(d), page};
    u64 a = ea_SS_a_1(c, d), left = f_SS_a_l1(d) + 1, n, at;
    u8 function = 0;
    bool other;
    const u8 *table = whole_table(c, t.address, t.ar, &other);

    if (!other && !table)
        return OUT_FAULT;
    for (; left; left -= n) {
        const u8 *s;

        n = down ? min64((a & FRAME_MASK) + 1, left) : page_left(a, left);
        s = span_fetch(c, down ? a - (n - 1) : a, ar_SS_a_1(d), n);
        if (!s)
            return OUT_FAULT;
        if (!other)
            at = test_run(table, s, n, down, &function);
        else if (!test_across(c, &t, s, n, down, &at, &function))
            return OUT_FAULT;
        if (at < n) {
            report(c, cpu_wrap(c, down ? a - at : a + at), function, at + 1 == left);
            return OUT_NEXT;
        }
        a = cpu_wrap(c, down ? a - n : a + n);
    }
    c->cc = 0;
    return OUT_NEXT;
}

const struct dinsn *insn_trt(struct cpu *c, const struct dinsn *d)
{
    return insn_end(c, d, 3, trt(c, d, false));
}

const struct dinsn *insn_trtr(struct cpu *c, const struct dinsn *d)
{
    return insn_end(c, d, 3, trt(c, d, true));
}

/* ---- TRE ---- */

INSN_WORK tre(struct cpu *c, unsigned r1, unsigned r2)
{
    const u8 *page[2] = {NULL, NULL};
    struct table t = {reg_address(c, r2), r2, page};
    struct pair p = pair_get(c, r1, false);
    u8 stop = (u8)c->gr[0];
    u64 n, i;

    for (u64 done = 0; p.length && done < SPAN_BUDGET; done += n) {
        bool stopped = false, fault = false;
        volatile u8 *s;

        n = page_left(p.address, min64(p.length, SPAN_BUDGET - done));
        s = span_store(c, p.address, r1, n);
        if (!s)
            return OUT_FAULT;
        for (i = 0; i < n; i++) {
            u8 v = s[i];
            const volatile u8 *e;

            stopped = v == stop;
            if (stopped)
                break;
            e = table_at(c, &t, v, 1);
            fault = !e;
            if (fault)
                break;
            s[i] = *e;
        }
        pair_advance(c, &p, i);
        pair_put(c, &p);
        if (fault)
            return OUT_FAULT;
        if (stopped) {
            c->cc = 1;
            return OUT_NEXT;
        }
    }
    pair_put(c, &p);
    c->cc = p.length ? 3 : 0;
    return OUT_NEXT;
}

const struct dinsn *insn_tre(struct cpu *c, const struct dinsn *d)
{
    return insn_end(c, d, 2, tre(c, f_RRE_r1(d), f_RRE_r2(d)));
}

/* ---- TROO, TROT, TRTO, TRTT ---- */

/* Sizes of source and destination characters are constants at each caller. */
struct recode {
    struct table table;
    struct pair to; /* address of the destination, length of the source */
    u64 from;       /* address of the source */
    unsigned from_r;
    u32 stop; /* test character, above 16 bits: none */
};

enum recoded { RECODED, RECODE_STOP, RECODE_FAULT };

/* n characters, all in one page in source and destination.  *count: those that are done. */
static ALWAYS_INLINE enum recoded recode_run(struct cpu *c, const struct recode *r, u64 n,
                                             unsigned in, unsigned out, u64 *count)
{
    const u8 *s = span_fetch(c, r->from, r->from_r, n * in);
    u8 *to = NULL;

    *count = 0;
    if (!s)
        return RECODE_FAULT;
    for (u64 i = 0; i < n; i++) {
        u32 ch = in == 2 ? host_ld16(s + 2 * i) : host_ld8(s + i);
        const u8 *e = table_at(c, &r->table, (u64)ch * out, out);
        u32 v;

        if (!e)
            return RECODE_FAULT;
        v = out == 2 ? host_ld16(e) : host_ld8(e);
        if (v == r->stop)
            return RECODE_STOP;
        if (!to)
            to = span_store(c, r->to.address, r->to.r, n * out);
        if (!to)
            return RECODE_FAULT;
        if (out == 2)
            host_st16(to + 2 * i, (u16)v);
        else
            host_st8(to + i, (u8)v);
        *count = i + 1;
    }
    return RECODED;
}

/* One character of which source or destination straddles pages. */
static enum recoded recode_one(struct cpu *c, const struct recode *r, unsigned in, unsigned out,
                               u64 *count)
{
    u16 ch = 0;
    u8 byte = 0;
    const u8 *e;
    u32 v;

    *count = 0;
    if (in == 2 ? !cpu_ld16(c, r->from, r->from_r, &ch) : !cpu_ld8(c, r->from, r->from_r, &byte))
        return RECODE_FAULT;
    e = table_at(c, &r->table, (u64)(in == 2 ? ch : byte) * out, out);
    if (!e)
        return RECODE_FAULT;
    v = out == 2 ? host_ld16(e) : host_ld8(e);
    if (v == r->stop)
        return RECODE_STOP;
    if (out == 2 ? !cpu_st16(c, r->to.address, r->to.r, (u16)v)
                 : !cpu_st8(c, r->to.address, r->to.r, (u8)v))
        return RECODE_FAULT;
    *count = 1;
    return RECODED;
}

static ALWAYS_INLINE enum outcome recode(struct cpu *c, const struct dinsn *d, unsigned in,
                                         unsigned out)
{
    const u8 *page[TABLE_PAGES] = {NULL};
    unsigned r1 = f_RRF_c_r1(d), r2 = f_RRF_c_r2(d);
    bool enhanced = cpu_facility(c, 24);
    u64 align = enhanced || in == 1 ? 7 : FRAME_MASK;
    struct recode r = {{reg_address(c, 1) & ~align, 1, page},
                       pair_get(c, r1, false),
                       reg_address(c, r2),
                       r2,
                       (u32)c->gr[0] & (out == 2 ? 0xffff : 0xff)};
    enum recoded done = RECODED;
    u64 n, count;

    if (r.to.length % in)
        return OUT_SPEC;
    if (enhanced && f_RRF_c_m3(d) & 1)
        r.stop = ~0u;
    for (u64 total = 0; done == RECODED && r.to.length && total < SPAN_BUDGET && !c->code_changed;
         total += n) {
        n = min64(page_left(r.from, min64(r.to.length, SPAN_BUDGET)) / in,
                  page_left(r.to.address, FRAME_SIZE) / out);
        done = n ? recode_run(c, &r, n, in, out, &count) : recode_one(c, &r, in, out, &count);
        r.from = cpu_wrap(c, r.from + count * in);
        r.to.address = cpu_wrap(c, r.to.address + count * out);
        r.to.length -= count * in;
        cpu_set_address(c, r2, r.from);
        pair_put(c, &r.to);
        n = count * in;
    }
    if (done == RECODE_FAULT)
        return OUT_FAULT;
    cpu_set_address(c, r2, r.from);
    pair_put(c, &r.to);
    c->cc = done == RECODE_STOP ? 1 : r.to.length ? 3 : 0;
    return OUT_NEXT;
}

INSN_WORK troo(struct cpu *c, const struct dinsn *d)
{
    return recode(c, d, 1, 1);
}

INSN_WORK trot(struct cpu *c, const struct dinsn *d)
{
    return recode(c, d, 1, 2);
}

INSN_WORK trto(struct cpu *c, const struct dinsn *d)
{
    return recode(c, d, 2, 1);
}

INSN_WORK trtt(struct cpu *c, const struct dinsn *d)
{
    return recode(c, d, 2, 2);
}

const struct dinsn *insn_troo(struct cpu *c, const struct dinsn *d)
{
    return insn_end(c, d, 2, troo(c, d));
}

const struct dinsn *insn_trot(struct cpu *c, const struct dinsn *d)
{
    return insn_end(c, d, 2, trot(c, d));
}

const struct dinsn *insn_trto(struct cpu *c, const struct dinsn *d)
{
    return insn_end(c, d, 2, trto(c, d));
}

const struct dinsn *insn_trtt(struct cpu *c, const struct dinsn *d)
{
    return insn_end(c, d, 2, trtt(c, d));
}

/* ---- TRTE, TRTRE ---- */

#define TRTE_A 8 /* argument characters of two bytes */
#define TRTE_F 4 /* function codes of two bytes */
#define TRTE_L 2 /* argument characters above 255 have function code 0 */

/* The function code of one argument character. */
static NO_TSAN bool function_code(struct cpu *c, const struct table *t, u32 ch, unsigned m3,
                                  u16 *code)
{
    u64 offset = m3 & TRTE_F ? 2 * (u64)ch : ch;
    u64 address = cpu_wrap(c, t->address + offset);
    const u8 *e;

    *code = 0;
    if (m3 & TRTE_L && ch > 255)
        return true;
    if (m3 & TRTE_F && (address & FRAME_MASK) == FRAME_MASK)
        return cpu_ld16(c, address, t->ar, code);
    e = table_at(c, t, offset, m3 & TRTE_F ? 2 : 1);
    if (!e)
        return false;
    *code = m3 & TRTE_F ? host_ld16(e) : host_ld8(e);
    return true;
}

/* Host pointer to the character at the operand's address and how many lie on from it (downwards
 * for TRTRE) in the page; straddling ones go through *copy. */
static const u8 *characters(struct cpu *c, const struct pair *p, unsigned size, bool down,
                            u8 copy[2], u64 *n)
{
    u64 in_page = (p->address & FRAME_MASK) + size, back;
    const u8 *s;

    if (in_page > FRAME_SIZE) {
        *n = 1;
        return cpu_fetch_bytes(c, p->address, p->r, copy, size) ? copy : NULL;
    }
    *n = (down ? min64(in_page, p->length) : page_left(p->address, p->length)) / size;
    back = down ? (*n - 1) * size : 0;
    s = span_fetch(c, p->address - back, p->r, *n * size);
    return s ? s + back : NULL;
}

INSN_WORK trte(struct cpu *c, const struct dinsn *d, bool down)
{
    const u8 *page[TABLE_PAGES] = {NULL};
    unsigned r1 = f_RRF_c_r1(d), m3 = f_RRF_c_m3(d);
    unsigned size = m3 & TRTE_A ? 2 : 1;
    struct table t = {reg_address(c, 1), 1, page};
    struct pair p = pair_get(c, r1, false);
    u16 code = 0;
    u64 n, i;

    if (p.length % size)
        return OUT_SPEC;
    for (u64 done = 0; !code && p.length && done < SPAN_BUDGET; done += n * size) {
        u8 copy[2];
        bool ok = true;
        const u8 *s = characters(c, &p, size, down, copy, &n);

        if (!s)
            return OUT_FAULT;
        for (i = 0; i < n && !code; i += !code) {
            u32 ch = size == 2 ? host_ld16(s) : host_ld8(s);

            ok = function_code(c, &t, ch, m3, &code);
            if (!ok)
                break;
            s += down ? -(int)size : (int)size;
        }
        p.address = cpu_wrap(c, down ? p.address - i * size : p.address + i * size);
        p.length -= i * size;
        pair_put(c, &p);
        if (!ok)
            return OUT_FAULT;
    }
    pair_put(c, &p);
    c->cc = code ? 1 : p.length ? 3 : 0;
    if (c->cc != 3)
        set_reg_length(c, f_RRF_c_r2(d), code);
    return OUT_NEXT;
}

const struct dinsn *insn_trte(struct cpu *c, const struct dinsn *d)
{
    return insn_end(c, d, 2, trte(c, d, false));
}

const struct dinsn *insn_trtre(struct cpu *c, const struct dinsn *d)
{
    return insn_end(c, d, 2, trte(c, d, true));
}
