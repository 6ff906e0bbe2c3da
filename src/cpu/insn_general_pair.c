/* SPDX-License-Identifier: Apache-2.0
 *
 * Instructions on pairs of doublewords that other CPUs must see as one: quadword loads and stores,
 * COMPARE DOUBLE AND SWAP, COMPARE AND SWAP AND STORE, LOAD PAIR DISJOINT.  Alignment and even
 * registers are checked by the records, except for CSST.
 *
 * References: [PoP 5 Storage-Operand Consistency], [PoP 7 COMPARE AND SWAP AND STORE].
 */
#include "cpu/ops.h"
#include "isa_exec.h"
#include "isa_fields.h"

const struct dinsn *insn_lpq(struct cpu *c, const struct dinsn *d)
{
    unsigned r1 = f_RXY_a_r1(d);
    u64 v[2];

    if (!cpu_ld128(c, ea_RXY_a_2(c, d), ar_RXY_a_2(d), v))
        return cpu_leave_fault(c, d);
    c->gr[r1] = v[0];
    c->gr[r1 + 1] = v[1];
    return cpu_next(c, d, d->ilc);
}

const struct dinsn *insn_stpq(struct cpu *c, const struct dinsn *d)
{
    unsigned r1 = f_RXY_a_r1(d);
    u64 v[2] = {c->gr[r1], c->gr[r1 + 1]};

    if (!cpu_st128(c, ea_RXY_a_2(c, d), ar_RXY_a_2(d), v))
        return cpu_leave_fault(c, d);
    return cpu_next_stored(c, d, d->ilc);
}

const struct dinsn *insn_cdsg(struct cpu *c, const struct dinsn *d)
{
    unsigned r1 = f_RSY_a_r1(d), r3 = f_RSY_a_r3(d);
    u64 old[2] = {c->gr[r1], c->gr[r1 + 1]};
    u64 new[2] = {c->gr[r3], c->gr[r3 + 1]};
    bool swapped;

    if (!cpu_cas128(c, ea_RSY_a_2(c, d), ar_RSY_a_2(d), old, new, &swapped))
        return cpu_leave_fault(c, d);
    c->cc = swapped ? 0 : 1;
    if (!swapped) {
        c->gr[r1] = old[0];
        c->gr[r1 + 1] = old[1];
    }
    return cpu_next_stored(c, d, d->ilc);
}

/* ---- LOAD PAIR DISJOINT ---- */

/* How often a pair is read again that another CPU is changing, before condition code 3. */
#define LPD_TRIES 16

static bool load_operand(struct cpu *c, u64 va, unsigned ar, unsigned size, u64 *v)
{
    u32 w;

    if (size == 8)
        return cpu_ld64(c, va, ar, v);
    if (!cpu_ld32(c, va, ar, &w))
        return false;
    *v = w;
    return true;
}

/* The first operand is read before and after the second: unchanged, the two were there together.
 * false: fault. */
static bool load_pair(struct cpu *c, const struct dinsn *d, unsigned size, u64 v[2], u32 *cc)
{
    u64 va1 = ea_SSF_1(c, d), va2 = ea_SSF_2(c, d), again;

    *cc = 3;
    for (unsigned i = 0; i < LPD_TRIES && *cc; i++) {
        if (!load_operand(c, va1, ar_SSF_1(d), size, &v[0]) ||
            !load_operand(c, va2, ar_SSF_2(d), size, &v[1]) ||
            !load_operand(c, va1, ar_SSF_1(d), size, &again))
            return false;
        if (again == v[0])
            *cc = 0;
    }
    return true;
}

const struct dinsn *insn_lpd(struct cpu *c, const struct dinsn *d)
{
    unsigned r3 = f_SSF_r3(d);
    u64 v[2];
    u32 cc;

    if (!load_pair(c, d, 4, v, &cc))
        return cpu_leave_fault(c, d);
    cpu_set_gr32(c, r3, (u32)v[0]);
    cpu_set_gr32(c, r3 + 1, (u32)v[1]);
    c->cc = cc;
    return cpu_next(c, d, d->ilc);
}

const struct dinsn *insn_lpdg(struct cpu *c, const struct dinsn *d)
{
    unsigned r3 = f_SSF_r3(d);
    u64 v[2];
    u32 cc;

    if (!load_pair(c, d, 8, v, &cc))
        return cpu_leave_fault(c, d);
    c->gr[r3] = v[0];
    c->gr[r3 + 1] = v[1];
    c->cc = cc;
    return cpu_next(c, d, d->ilc);
}

/* ---- COMPARE AND SWAP AND STORE ---- */

#define CSST_2 33 /* facility: 16-byte compares and stores */

/* Parameter list that GR 1 designates. */
struct csst_list {
    u8 replacement[16]; /* its first 4, 8 or 16 bytes */
    u8 value[16];       /* to be stored: its first 1 to 16 bytes */
};

/* Compares the first operand (4 << fc bytes) with register r3 (and r3 + 1) and swaps or loads. */
static bool csst_swap(struct cpu *c, const struct dinsn *d, unsigned fc, const u8 *replacement,
                      bool *swapped)
{
    unsigned r3 = f_SSF_r3(d), ar = ar_SSF_1(d);
    u64 va = ea_SSF_1(c, d);
    u64 old[2] = {c->gr[r3], 0};
    u64 new[2] = {host_ld64(replacement), host_ld64(replacement + 8)};
    u32 old32 = (u32)old[0];

    if (fc == 0) {
        if (!cpu_cas32(c, va, ar, &old32, (u32)(new[0] >> 32), swapped))
            return false;
        cpu_set_gr32(c, r3, old32);
    } else if (fc == 1) {
        if (!cpu_cas64(c, va, ar, &old[0], new[0], swapped))
            return false;
        c->gr[r3] = old[0];
    } else {
        old[1] = c->gr[r3 + 1];
        if (!cpu_cas128(c, va, ar, old, new, swapped))
            return false;
        c->gr[r3] = old[0];
        c->gr[r3 + 1] = old[1];
    }
    return true;
}

typedef u64 __attribute__((vector_size(16), may_alias)) csst_quadword;

/* 1 << sc bytes, one host access. */
NO_TSAN static void csst_store(u8 *p, unsigned sc, const u8 *value)
{
    u64 v = host_ld64(value);

    switch (sc) {
    case 0:
        host_st8(p, (u8)(v >> 56));
        break;
    case 1:
        host_st16(p, (u16)(v >> 48));
        break;
    case 2:
        host_st32(p, (u32)(v >> 32));
        break;
    case 3:
        host_st64(p, v);
        break;
    default:
        *(volatile csst_quadword *)p =
            (csst_quadword){__builtin_bswap64(v), __builtin_bswap64(host_ld64(value + 8))};
        break;
    }
}

const struct dinsn *insn_csst(struct cpu *c, const struct dinsn *d)
{
    unsigned fc = (u8)c->gr[0], sc = (u8)(c->gr[0] >> 8), more = cpu_facility(c, CSST_2);
    u64 to = ea_SSF_2(c, d);
    struct csst_list list;
    bool swapped;
    u8 *p;

    if (fc > 1 + more || sc > 3 + more || (fc == 2 && f_SSF_r3(d) & 1) ||
        ea_SSF_1(c, d) & ((4U << fc) - 1) || to & ((1U << sc) - 1))
        return cpu_leave_program(c, d, PGM_SPECIFICATION);
    if (!cpu_fetch_bytes(c, cpu_wrap(c, c->gr[1] & ~15ULL), 1, &list, sizeof(list)))
        return cpu_leave_fault(c, d);
    p = cpu_ptr(c, to, ar_SSF_2(d), 1U << sc, ACC_STORE);
    if (!p || !csst_swap(c, d, fc, list.replacement, &swapped))
        return cpu_leave_fault(c, d);
    if (swapped)
        csst_store(p, sc, list.value);
    c->cc = swapped ? 0 : 1;
    return cpu_next_stored(c, d, d->ilc);
}
