/* SPDX-License-Identifier: Apache-2.0
 *
 * Instructions that move several registers (LOAD MULTIPLE, STORE MULTIPLE and their relatives) and
 * those that pick bytes of a register by a mask (ICM, STCM, CLM).
 *
 * RS-a and RSY-a (and RS-b and RSY-b) decode to the same slot fields, so one function serves both.
 *
 * Invariants
 *  - All of an operand is accessible before the first register or byte of storage changes.
 *  - An area inside one page that the TLB knows is used in place, one host access an element: LMG
 *    and STMG frame every function of compiled code.  Otherwise it goes through a copy.
 *
 * References: [PoP 7 LOAD MULTIPLE], [PoP 7 INSERT CHARACTERS UNDER MASK].
 */
#include "cpu/ops.h"
#include "isa_exec.h"
#include "isa_fields.h"

#define AREA_BYTES (16 * 8)

/* An operand to load from: in place, or copied to `copy`.  NULL: fault. */
static ALWAYS_INLINE const u8 *load_area(struct cpu *c, u64 va, unsigned ar, unsigned len,
                                         u8 copy[AREA_BYTES])
{
    const struct tlb_entry *e = cpu_tlb(c, va);

    if (likely(e->load == ((va + len - 1) & ~FRAME_MASK)))
        return (const u8 *)(e->addend + va);
    return cpu_fetch_bytes(c, va, ar, copy, len) ? copy : NULL;
}

/* An operand to store to: in place, or `copy`, which then goes to storage by finish_area(). */
static ALWAYS_INLINE u8 *store_area(struct cpu *c, u64 va, unsigned len, u8 copy[AREA_BYTES])
{
    const struct tlb_entry *e = cpu_tlb(c, va);

    if (likely(e->store == ((va + len - 1) & ~FRAME_MASK)))
        return (u8 *)(e->addend + va);
    return copy;
}

static ALWAYS_INLINE bool finish_area(struct cpu *c, u64 va, unsigned ar, unsigned len,
                                      const u8 *used, const u8 copy[AREA_BYTES])
{
    return likely(used != copy) || cpu_store_bytes(c, va, ar, copy, len);
}

/* The registers from r1 to r3, wrapping from 15 to 0. */
static ALWAYS_INLINE unsigned register_count(const struct dinsn *d)
{
    return ((f_RSY_a_r3(d) - f_RSY_a_r1(d)) & 15) + 1;
}

/* ---- loads ---- */

NO_TSAN const struct dinsn *insn_lmg(struct cpu *c, const struct dinsn *d)
{
    unsigned r = f_RSY_a_r1(d), n = register_count(d);
    u8 copy[AREA_BYTES];
    const u8 *p = load_area(c, ea_RSY_a_2(c, d), ar_RSY_a_2(d), n * 8, copy);

    if (unlikely(!p))
        return cpu_leave_fault(c, d);
    for (; n; n--, p += 8, r = (r + 1) & 15)
        c->gr[r] = host_ld64(p);
    return cpu_next(c, d, d->ilc);
}

/* Words to the registers from r1 to r3. */
static ALWAYS_INLINE NO_TSAN const struct dinsn *
load_words(struct cpu *c, const struct dinsn *d, void (*set)(struct cpu *c, unsigned r, u32 v))
{
    unsigned r = f_RSY_a_r1(d), n = register_count(d);
    u8 copy[AREA_BYTES];
    const u8 *p = load_area(c, ea_RSY_a_2(c, d), ar_RSY_a_2(d), n * 4, copy);

    if (unlikely(!p))
        return cpu_leave_fault(c, d);
    for (; n; n--, p += 4, r = (r + 1) & 15)
        set(c, r, host_ld32(p));
    return cpu_next(c, d, d->ilc);
}

NO_TSAN const struct dinsn *insn_lm(struct cpu *c, const struct dinsn *d)
{
    return load_words(c, d, cpu_set_gr32);
}

NO_TSAN const struct dinsn *insn_lmh(struct cpu *c, const struct dinsn *d)
{
    return load_words(c, d, cpu_set_gr32h);
}

NO_TSAN const struct dinsn *insn_lam(struct cpu *c, const struct dinsn *d)
{
    return load_words(c, d, cpu_set_ar);
}

NO_TSAN const struct dinsn *insn_lmd(struct cpu *c, const struct dinsn *d)
{
    unsigned r = f_SS_e_r1(d), n = ((f_SS_e_r3(d) - r) & 15) + 1;
    u8 copy[2][AREA_BYTES];
    const u8 *high = load_area(c, ea_SS_e_2(c, d), ar_SS_e_2(d), n * 4, copy[0]);
    const u8 *low = high ? load_area(c, ea_SS_e_4(c, d), ar_SS_e_4(d), n * 4, copy[1]) : NULL;

    if (unlikely(!low))
        return cpu_leave_fault(c, d);
    for (; n; n--, high += 4, low += 4, r = (r + 1) & 15)
        c->gr[r] = (u64)host_ld32(high) << 32 | host_ld32(low);
    return cpu_next(c, d, d->ilc);
}

/* ---- stores ---- */

NO_TSAN const struct dinsn *insn_stmg(struct cpu *c, const struct dinsn *d)
{
    unsigned r = f_RSY_a_r1(d), n = register_count(d);
    u64 va = ea_RSY_a_2(c, d);
    u8 copy[AREA_BYTES];
    u8 *p = store_area(c, va, n * 8, copy);

    for (unsigned i = 0; i < n; i++, r = (r + 1) & 15)
        host_st64(p + i * 8, c->gr[r]);
    if (!finish_area(c, va, ar_RSY_a_2(d), n * 8, p, copy))
        return cpu_leave_fault(c, d);
    return cpu_next_stored(c, d, d->ilc);
}

static ALWAYS_INLINE u32 low_word(const struct cpu *c, unsigned r)
{
    return (u32)c->gr[r];
}

static ALWAYS_INLINE u32 high_word(const struct cpu *c, unsigned r)
{
    return (u32)(c->gr[r] >> 32);
}

static ALWAYS_INLINE u32 access_register(const struct cpu *c, unsigned r)
{
    return c->ar[r];
}

/* Words of the registers from r1 to r3. */
static ALWAYS_INLINE NO_TSAN const struct dinsn *
store_words(struct cpu *c, const struct dinsn *d, u32 (*get)(const struct cpu *c, unsigned r))
{
    unsigned r = f_RSY_a_r1(d), n = register_count(d);
    u64 va = ea_RSY_a_2(c, d);
    u8 copy[AREA_BYTES];
    u8 *p = store_area(c, va, n * 4, copy);

    for (unsigned i = 0; i < n; i++, r = (r + 1) & 15)
        host_st32(p + i * 4, get(c, r));
    if (!finish_area(c, va, ar_RSY_a_2(d), n * 4, p, copy))
        return cpu_leave_fault(c, d);
    return cpu_next_stored(c, d, d->ilc);
}

NO_TSAN const struct dinsn *insn_stm(struct cpu *c, const struct dinsn *d)
{
    return store_words(c, d, low_word);
}

NO_TSAN const struct dinsn *insn_stmh(struct cpu *c, const struct dinsn *d)
{
    return store_words(c, d, high_word);
}

NO_TSAN const struct dinsn *insn_stam(struct cpu *c, const struct dinsn *d)
{
    return store_words(c, d, access_register);
}

/* ---- bytes under mask ----
 * `half` is 32 for the instructions that work on the left half of the register, else 0. */

static unsigned mask_length(unsigned m)
{
    return (unsigned)__builtin_popcount(m);
}

/* The bytes that the mask selects, side by side at the right. */
static u32 mask_gather(u32 v, unsigned m)
{
    u32 r = 0;

    if (m == 15)
        return v;
    for (unsigned bit = 8, shift = 24; bit; bit >>= 1, shift -= 8)
        if (m & bit)
            r = r << 8 | (v >> shift & 0xff);
    return r;
}

/* The other way round: zeros where the mask is zero. */
static u32 mask_scatter(u32 v, unsigned m)
{
    u32 r = 0;

    if (m == 15)
        return v;
    for (unsigned bit = 1, shift = 0; bit < 16; bit <<= 1, shift += 8) {
        if (m & bit) {
            r |= (v & 0xff) << shift;
            v >>= 8;
        }
    }
    return r;
}

/* Fetches n bytes, right aligned; none: only looks whether the first is accessible. */
static bool fetch_masked(struct cpu *c, u64 va, unsigned ar, unsigned n, u32 *v)
{
    u8 b[3];
    u16 h;

    switch (n) {
    case 4:
        return cpu_ld32(c, va, ar, v);
    case 3:
        if (!cpu_fetch_bytes(c, va, ar, b, sizeof(b)))
            return false;
        *v = (u32)b[0] << 16 | (u32)b[1] << 8 | b[2];
        return true;
    case 2:
        if (!cpu_ld16(c, va, ar, &h))
            return false;
        *v = h;
        return true;
    default:
        if (!cpu_ld8(c, va, ar, b))
            return false;
        *v = n ? b[0] : 0;
        return true;
    }
}

static const struct dinsn *insert_masked(struct cpu *c, const struct dinsn *d, unsigned half)
{
    unsigned r1 = f_RSY_b_r1(d), m = f_RSY_b_m3(d), n = mask_length(m);
    u64 keep = ~((u64)op_icm_mask(m) << half);
    u32 v;

    if (!fetch_masked(c, ea_RSY_b_2(c, d), ar_RSY_b_2(d), n, &v))
        return cpu_leave_fault(c, d);
    c->gr[r1] = (c->gr[r1] & keep) | (u64)mask_scatter(v, m) << half;
    c->cc = !v ? 0 : v >> (n * 8 - 1) ? 1 : 2;
    return cpu_next(c, d, d->ilc);
}

const struct dinsn *insn_icm(struct cpu *c, const struct dinsn *d)
{
    return insert_masked(c, d, 0);
}

const struct dinsn *insn_icmh(struct cpu *c, const struct dinsn *d)
{
    return insert_masked(c, d, 32);
}

static bool store_masked(struct cpu *c, u64 va, unsigned ar, unsigned n, u32 v)
{
    switch (n) {
    case 4:
        return cpu_st32(c, va, ar, v);
    case 3:
        return cpu_store_bytes(c, va, ar, (u8[]){(u8)(v >> 16), (u8)(v >> 8), (u8)v}, 3);
    case 2:
        return cpu_st16(c, va, ar, (u16)v);
    case 1:
        return cpu_st8(c, va, ar, (u8)v);
    default:
        return cpu_probe(c, va, ar, 1, ACC_STORE);
    }
}

static const struct dinsn *store_under_mask(struct cpu *c, const struct dinsn *d, unsigned half)
{
    unsigned m = f_RSY_b_m3(d);
    u32 v = mask_gather((u32)(c->gr[f_RSY_b_r1(d)] >> half), m);

    if (!store_masked(c, ea_RSY_b_2(c, d), ar_RSY_b_2(d), mask_length(m), v))
        return cpu_leave_fault(c, d);
    return cpu_next_stored(c, d, d->ilc);
}

const struct dinsn *insn_stcm(struct cpu *c, const struct dinsn *d)
{
    return store_under_mask(c, d, 0);
}

const struct dinsn *insn_stcmh(struct cpu *c, const struct dinsn *d)
{
    return store_under_mask(c, d, 32);
}

static const struct dinsn *compare_masked(struct cpu *c, const struct dinsn *d, unsigned half)
{
    unsigned m = f_RSY_b_m3(d);
    u32 v;

    if (!fetch_masked(c, ea_RSY_b_2(c, d), ar_RSY_b_2(d), mask_length(m), &v))
        return cpu_leave_fault(c, d);
    c->cc = cc_cmp_u32(mask_gather((u32)(c->gr[f_RSY_b_r1(d)] >> half), m), v);
    return cpu_next(c, d, d->ilc);
}

const struct dinsn *insn_clm(struct cpu *c, const struct dinsn *d)
{
    return compare_masked(c, d, 0);
}

const struct dinsn *insn_clmh(struct cpu *c, const struct dinsn *d)
{
    return compare_masked(c, d, 32);
}
