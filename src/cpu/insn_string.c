/* SPDX-License-Identifier: Apache-2.0
 *
 * Strings that end with a character: MVST, CLST, SRST, SRSTU; and CKSM and CUSE.  None of them is
 * interruptible: they give up with condition code 3 after SPAN_BUDGET bytes.  Registers change only
 * at the end, so a fault anywhere leaves the whole execution undone.
 *
 * References: [PoP 7 MOVE STRING], [PoP 7 COMPARE LOGICAL STRING], [PoP 7 SEARCH STRING],
 * [PoP 7 CHECKSUM], [PoP 7 COMPARE UNTIL SUBSTRING EQUAL].
 */
#include "cpu/span.h"

/* ---- CLST ---- */

/* The operand whose ending character comes first is the lower one. */
static u32 string_cc(u8 x, u8 y, u8 stop)
{
    if (x == y)
        return 0;
    if (x == stop)
        return 1;
    if (y == stop)
        return 2;
    return x < y ? 1 : 2;
}

INSN_WORK clst(struct cpu *c, unsigned r1, unsigned r2)
{
    u64 a1 = reg_address(c, r1), a2 = reg_address(c, r2), n, i;
    u8 stop = (u8)c->gr[0];

    if ((u32)c->gr[0] & 0xffffff00)
        return OUT_SPEC;
    for (u64 done = 0; done < SPAN_BUDGET; done += n) {
        const u8 *p, *q;
        u8 x, y;

        n = page_left(a1, page_left(a2, SPAN_BUDGET - done));
        p = span_fetch(c, a1, r1, n);
        if (!p)
            return OUT_FAULT;
        q = span_fetch(c, a2, r2, n);
        if (!q)
            return OUT_FAULT;
        i = bytes_diff_or_stop(p, q, stop, n);
        if (i < n) {
            x = p[i];
            y = q[i];
            c->cc = string_cc(x, y, stop);
            if (c->cc) {
                cpu_set_address(c, r1, cpu_wrap(c, a1 + i));
                cpu_set_address(c, r2, cpu_wrap(c, a2 + i));
            }
            return OUT_NEXT;
        }
        a1 = cpu_wrap(c, a1 + n);
        a2 = cpu_wrap(c, a2 + n);
    }
    cpu_set_address(c, r1, a1);
    cpu_set_address(c, r2, a2);
    c->cc = 3;
    return OUT_NEXT;
}

const struct dinsn *insn_clst(struct cpu *c, const struct dinsn *d)
{
    return insn_end(c, d, 2, clst(c, f_RRE_r1(d), f_RRE_r2(d)));
}

/* ---- MVST ---- */

/* At most a page: both operands then have at most two parts, and all pages that are needed are
 * known to be accessible before the first byte is stored. */
INSN_WORK mvst(struct cpu *c, unsigned r1, unsigned r2)
{
    u64 a1 = reg_address(c, r1), a2 = reg_address(c, r2), len;
    u8 stop = (u8)c->gr[0];
    struct operand to, from = {{NULL, NULL}, {0, 0}};
    struct runs r;

    if ((u32)c->gr[0] & 0xffffff00)
        return OUT_SPEC;
    from.n[0] = page_left(a2, FRAME_SIZE);
    from.p[0] = (u8 *)span_fetch(c, a2, r2, from.n[0]);
    if (!from.p[0])
        return OUT_FAULT;
    len = bytes_find(from.p[0], stop, from.n[0]);
    if (len == from.n[0] && len < FRAME_SIZE) {
        from.n[1] = FRAME_SIZE - len;
        from.p[1] = (u8 *)span_fetch(c, cpu_wrap(c, a2 + len), r2, from.n[1]);
        if (!from.p[1])
            return OUT_FAULT;
        len += bytes_find(from.p[1], stop, from.n[1]);
    }
    c->cc = len < FRAME_SIZE ? 1 : 3;
    len += len < FRAME_SIZE;
    to.n[0] = page_left(a1, len);
    to.n[1] = len - to.n[0];
    to.p[0] = span_store(c, a1, r1, to.n[0]);
    if (!to.p[0])
        return OUT_FAULT;
    if (to.n[1]) {
        to.p[1] = span_store(c, cpu_wrap(c, a1 + to.n[0]), r1, to.n[1]);
        if (!to.p[1])
            return OUT_FAULT;
    }
    span_runs(&to, &from, len, &r);
    for (unsigned i = 0; i < r.count; i++)
        bytes_move_any(r.run[i].to, r.run[i].from, r.run[i].n);
    if (c->cc == 3)
        cpu_set_address(c, r2, cpu_wrap(c, a2 + len));
    cpu_set_address(c, r1, cpu_wrap(c, a1 + len - (c->cc == 1)));
    return OUT_NEXT;
}

const struct dinsn *insn_mvst(struct cpu *c, const struct dinsn *d)
{
    return insn_end(c, d, 2, mvst(c, f_RRE_r1(d), f_RRE_r2(d)));
}

/* ---- SRST ---- */

INSN_WORK srst(struct cpu *c, unsigned r1, unsigned r2)
{
    u64 end = reg_address(c, r1), at = reg_address(c, r2), n, i;
    u8 ch = (u8)c->gr[0];

    if ((u32)c->gr[0] & 0xffffff00)
        return OUT_SPEC;
    for (u64 done = 0; done < SPAN_BUDGET; done += n) {
        const u8 *p;

        if (at == end) {
            c->cc = 2;
            return OUT_NEXT;
        }
        n = page_left(at, min64(cpu_wrap(c, end - at), SPAN_BUDGET - done));
        p = span_fetch(c, at, r2, n);
        if (!p)
            return OUT_FAULT;
        i = bytes_find(p, ch, n);
        if (i < n) {
            cpu_set_address(c, r1, cpu_wrap(c, at + i));
            c->cc = 1;
            return OUT_NEXT;
        }
        at = cpu_wrap(c, at + n);
    }
    cpu_set_address(c, r2, at);
    c->cc = 3;
    return OUT_NEXT;
}

const struct dinsn *insn_srst(struct cpu *c, const struct dinsn *d)
{
    return insn_end(c, d, 2, srst(c, f_RRE_r1(d), f_RRE_r2(d)));
}

/* ---- SRSTU ---- */

/* Two-byte characters; one that begins in the operand's last byte is looked at as a whole, and the
 * search then ends one byte past the end. */
INSN_WORK srstu(struct cpu *c, unsigned r1, unsigned r2)
{
    u64 end = reg_address(c, r1), at = reg_address(c, r2), n, i;
    u16 ch = (u16)c->gr[0], v;

    if ((u32)c->gr[0] & 0xffff0000)
        return OUT_SPEC;
    for (u64 done = 0; done < SPAN_BUDGET; done += n) {
        const u8 *p;

        if (at == end || at == cpu_wrap(c, end + 1)) {
            c->cc = 2;
            return OUT_NEXT;
        }
        n = page_left(at, min64(cpu_wrap(c, end - at), SPAN_BUDGET - done)) & ~1ULL;
        if (n) {
            p = span_fetch(c, at, r2, n);
            if (!p)
                return OUT_FAULT;
            i = bytes_find16(p, ch, n);
        } else {
            n = 2;
            if (!cpu_ld16(c, at, r2, &v))
                return OUT_FAULT;
            i = v == ch ? 0 : n;
        }
        if (i < n) {
            cpu_set_address(c, r1, cpu_wrap(c, at + i));
            c->cc = 1;
            return OUT_NEXT;
        }
        at = cpu_wrap(c, at + n);
    }
    cpu_set_address(c, r2, at);
    c->cc = 3;
    return OUT_NEXT;
}

const struct dinsn *insn_srstu(struct cpu *c, const struct dinsn *d)
{
    return insn_end(c, d, 2, srstu(c, f_RRE_r1(d), f_RRE_r2(d)));
}

/* ---- CKSM ---- */

INSN_WORK cksm(struct cpu *c, unsigned r1, unsigned r2)
{
    struct pair p = pair_get(c, r2, false);
    u32 sum = (u32)c->gr[r1];
    const u8 *s;
    u64 n;

    for (u64 done = 0; p.length && done < SPAN_BUDGET; done += n) {
        u8 word[4] = {0};

        n = page_left(p.address, p.length) & ~3ULL;
        if (n) {
            s = span_fetch(c, p.address, r2, n);
            if (!s)
                return OUT_FAULT;
        } else { /* across pages, or the last, continued with zeros */
            n = min64(p.length, 4);
            if (!cpu_fetch_bytes(c, p.address, r2, word, n))
                return OUT_FAULT;
            s = word;
        }
        sum = bytes_checksum(sum, s, s == word ? 4 : n);
        pair_advance(c, &p, n);
        pair_put(c, &p);
        cpu_set_gr32(c, r1, sum);
    }
    c->cc = p.length ? 3 : 0;
    return OUT_NEXT;
}

const struct dinsn *insn_cksm(struct cpu *c, const struct dinsn *d)
{
    return insn_end(c, d, 2, cksm(c, f_RRE_r1(d), f_RRE_r2(d)));
}

/* ---- CUSE ---- */

/* The next byte of an operand, or the padding behind its end. */
static ALWAYS_INLINE bool next_byte(struct cpu *c, const struct pair *p, u8 *v)
{
    return !p->length || cpu_ld8(c, p->address, p->r, v);
}

static void step(const struct cpu *c, struct pair *p)
{
    if (p->length)
        pair_advance(c, p, 1);
}

/* No program is known to live on CUSE: byte by byte is good enough here. */
INSN_WORK cuse(struct cpu *c, unsigned r1, unsigned r2)
{
    struct pair p1 = pair_get(c, r1, false), p2 = pair_get(c, r2, false);
    struct pair same1 = p1, same2 = p2; /* where the current equal substrings begin */
    unsigned wanted = (u8)c->gr[0], run = 0;
    u8 pad = (u8)c->gr[1];
    u32 cc = 2;

    for (u64 done = 0; run < wanted && (p1.length | p2.length); done++) {
        u8 x = pad, y = pad;

        if (!next_byte(c, &p1, &x) || !next_byte(c, &p2, &y))
            return OUT_FAULT;
        if (x == y && !run++) {
            same1 = p1;
            same2 = p2;
        }
        step(c, &p1);
        step(c, &p2);
        if (x != y) {
            run = 0;
            if (done >= SPAN_BUDGET && (p1.length | p2.length)) {
                cc = 3;
                break;
            }
        }
    }
    if (cc != 3)
        cc = run == wanted ? 0 : run ? 1 : 2;
    pair_put(c, cc < 2 ? &same2 : &p2);
    pair_put(c, cc < 2 ? &same1 : &p1);
    c->cc = cc;
    return OUT_NEXT;
}

const struct dinsn *insn_cuse(struct cpu *c, const struct dinsn *d)
{
    return insn_end(c, d, 2, cuse(c, f_RRE_r1(d), f_RRE_r2(d)));
}
