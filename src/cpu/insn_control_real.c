/* SPDX-License-Identifier: Apache-2.0
 *
 * Control instructions about translation and real storage: LRA, LRAY, LRAG, STRAG, LURA, LURAG,
 * STURA, STURG, TPROT, TAR, TRACE, TRACG.
 *
 * References: [PoP 10 LOAD REAL ADDRESS, STORE REAL ADDRESS, TEST PROTECTION, TEST ACCESS, TRACE];
 * [PoP 4 Tracing].
 */
#include <string.h>

#include "arch/dat.h"
#include "cpu/control.h"
#include "cpu/per.h"
#include "cpu/timer.h"
#include "isa_exec.h"

/* ---- LOAD REAL ADDRESS ---- */

/* Exceptions that are a condition code here, not an interruption. */
static bool is_translation(u16 code)
{
    return pgm_is_dat(code) || (code >= PGM_ALET_SPECIFICATION && code <= PGM_EXTENDED_AUTHORITY);
}

/* wide: LRAG, or 64-bit mode. */
static const struct dinsn *load_real_address(struct cpu *c, const struct dinsn *d, unsigned r1,
                                             u64 va, unsigned ar, bool wide)
{
    struct translation t;
    struct dat_fail fail = {0};
    enum space s;
    bool fetch_only;
    u64 asce, result = 0;
    u32 cc;

    if (cpu_translate(c, va, ar, &s, &t, &fetch_only, &asce, &fail)) {
        if (!wide && t.real > PSW_ADDR_31)
            return cpu_leave_program(c, d, PGM_SPECIAL_OPERATION);
        cc = 0;
        result = t.real;
    } else {
        if (!is_translation(fail.code))
            return cpu_leave_dat(c, d, &fail, va, ar, s);
        cc = fail.code == PGM_PAGE_TRANSLATION ? 2 : fail.code == PGM_SEGMENT_TRANSLATION ? 1 : 3;
        result = t.entry;
        if (!t.entry || (!wide && t.entry > PSW_ADDR_31))
            cc = 3;
    }
    if (cc == 3)
        cpu_set_gr32(c, r1, 0x80000000U | fail.code);
    else if (wide)
        c->gr[r1] = result;
    else
        cpu_set_gr32(c, r1, (u32)result);
    c->cc = cc;
    return cpu_next(c, d, d->ilc);
}

const struct dinsn *insn_lra(struct cpu *c, const struct dinsn *d)
{
    return load_real_address(c, d, f_RX_a_r1(d), ea_RX_a_2(c, d), ar_RX_a_2(d), c->amask == ~0ULL);
}

const struct dinsn *insn_lray(struct cpu *c, const struct dinsn *d)
{
    return load_real_address(c, d, f_RXY_a_r1(d), ea_RXY_a_2(c, d), ar_RXY_a_2(d),
                             c->amask == ~0ULL);
}

const struct dinsn *insn_lrag(struct cpu *c, const struct dinsn *d)
{
    return load_real_address(c, d, f_RXY_a_r1(d), ea_RXY_a_2(c, d), ar_RXY_a_2(d), true);
}

const struct dinsn *insn_strag(struct cpu *c, const struct dinsn *d)
{
    u64 va = ea_SSE_2(c, d), asce;
    struct translation t;
    struct dat_fail fail = {0};
    enum space s;
    bool fetch_only;

    if (!cpu_translate(c, va, ar_SSE_2(d), &s, &t, &fetch_only, &asce, &fail))
        return cpu_leave_dat(c, d, &fail, va, ar_SSE_2(d), s);
    if (!cpu_st64(c, ea_SSE_1(c, d), ar_SSE_1(d), t.real))
        return cpu_leave_fault(c, d);
    return cpu_next_stored(c, d, d->ilc);
}

/* ---- real storage ---- */

/* Address in R2, aligned; specification otherwise. */
static const struct dinsn *real_access(struct cpu *c, const struct dinsn *d, u64 len,
                                       enum access acc, u8 **p)
{
    u64 addr = cpu_wrap(c, c->gr[f_RRE_r2(d)]);

    *p = NULL;
    if (addr & (len - 1))
        return cpu_leave_program(c, d, PGM_SPECIFICATION);
    *p = cpu_ptr_real(c, cpu_psw_key(c), addr, len, acc);
    return *p ? NULL : cpu_leave_fault(c, d);
}

NO_TSAN const struct dinsn *insn_lura(struct cpu *c, const struct dinsn *d)
{
    u8 *p;
    const struct dinsn *left = real_access(c, d, 4, ACC_FETCH, &p);

    if (!p)
        return left;
    cpu_set_gr32(c, f_RRE_r1(d), host_ld32(p));
    return cpu_next(c, d, d->ilc);
}

NO_TSAN const struct dinsn *insn_lurag(struct cpu *c, const struct dinsn *d)
{
    u8 *p;
    const struct dinsn *left = real_access(c, d, 8, ACC_FETCH, &p);

    if (!p)
        return left;
    c->gr[f_RRE_r1(d)] = host_ld64(p);
    return cpu_next(c, d, d->ilc);
}

NO_TSAN const struct dinsn *insn_stura(struct cpu *c, const struct dinsn *d)
{
    u8 *p;
    const struct dinsn *left = real_access(c, d, 4, ACC_STORE, &p);

    if (!p)
        return left;
    if (unlikely(c->per))
        cpu_per_store_real(c);
    host_st32(p, (u32)c->gr[f_RRE_r1(d)]);
    return cpu_next_stored(c, d, d->ilc);
}

NO_TSAN const struct dinsn *insn_sturg(struct cpu *c, const struct dinsn *d)
{
    u8 *p;
    const struct dinsn *left = real_access(c, d, 8, ACC_STORE, &p);

    if (!p)
        return left;
    if (unlikely(c->per))
        cpu_per_store_real(c);
    host_st64(p, c->gr[f_RRE_r1(d)]);
    return cpu_next_stored(c, d, d->ilc);
}

/* ---- TEST PROTECTION ---- */

static bool override_applies(const struct cpu *c, u64 va, u64 asce)
{
    return c->cr[0] & CR0_FETCH_PROT_OVR && va < 2048 &&
           (asce == TLB_REAL || !(asce & ASCE_PRIVATE));
}

const struct dinsn *insn_tprot(struct cpu *c, const struct dinsn *d)
{
    u64 va = ea_SSE_1(c, d), asce = TLB_REAL;
    u8 key = (u8)ea_SSE_2(c, d) & KEY_ACC, skey;
    struct translation t = {.real = va};
    struct dat_fail fail = {0};
    struct view_page page;
    enum space s = SPACE_REAL;
    bool fetch_only = false, store, fetch;

    if (key && cpu_keyless(c))
        return cpu_leave_program(c, d, PGM_SPECIAL_OPERATION);
    if (c->psw_mask & PSW_MASK_DAT &&
        !cpu_translate(c, va, ar_SSE_1(d), &s, &t, &fetch_only, &asce, &fail)) {
        if (!is_translation(fail.code))
            return cpu_leave_dat(c, d, &fail, va, ar_SSE_1(d), s);
        c->cc = 3;
        return cpu_next(c, d, d->ilc);
    }
    if (!cpu_abs_page(c, t.large ? t.real : cpu_prefixing(c, t.real), false, &page))
        return cpu_leave_fault(c, d);
    skey = dat_protecting_key(&t, atomic_load_explicit(page.key, memory_order_relaxed));
    store = !key || (skey & KEY_ACC) == key ||
            (c->cr[0] & CR0_STORE_PROT_OVR && (skey & KEY_ACC) == 0x90);
    fetch = store || !(skey & KEY_FP) || override_applies(c, va, asce);
    if (fetch_only || t.protect)
        store = false;
    if (va < 0x2000 && (va & FRAME_MASK) < 512 && c->cr[0] & CR0_LOW_ADDR_PROT &&
        (asce == TLB_REAL || !(asce & ASCE_PRIVATE)))
        store = false;
    c->cc = !fetch ? 2 : !store ? 1 : 0;
    return cpu_next(c, d, d->ilc);
}

/* ---- TEST ACCESS ---- */

const struct dinsn *insn_tar(struct cpu *c, const struct dinsn *d)
{
    unsigned r1 = f_RRE_r1(d);
    u32 alet = c->ar[r1];
    u16 eax = (u16)(c->gr[f_RRE_r2(d)] >> 16);
    struct dat_fail fail = {0};
    bool fetch_only;
    u64 asce;

    if (alet == ALET_PRIMARY) {
        c->cc = 0;
    } else if (alet == ALET_SECONDARY) {
        c->cc = 3;
    } else if (art_alet(c, alet, eax, &asce, &fetch_only, &fail)) {
        c->cc = alet & ALET_P ? 2 : 1;
    } else {
        if (!is_translation(fail.code))
            return cpu_leave_dat(c, d, &fail, 0, r1, SPACE_AR);
        c->cc = 3;
    }
    return cpu_next(c, d, d->ilc);
}

/* ---- TRACE ---- */

#define TRACE_OFF 0x80000000U /* bit 0 of the operand */

/* Stores the entry that was built; `room` bytes must be left in its 4 KiB block, the length of the
 * longest entry. */
static const struct dinsn *trace_store(struct cpu *c, const struct dinsn *d, struct trace_log *t,
                                       unsigned room)
{
    if (!cpu_trace_reserve(c, t, room))
        return cpu_leave_fault(c, d);
    cpu_trace_commit(c, t);
    return cpu_next_stored(c, d, d->ilc);
}

const struct dinsn *insn_trace(struct cpu *c, const struct dinsn *d)
{
    unsigned r1 = f_RS_a_r1(d), n = ((f_RS_a_r3(d) - r1) & 15) + 1;
    struct trace_log t;
    u32 operand = 0;

    if (!(c->cr[12] & CR12_EXPLICIT))
        return cpu_next(c, d, d->ilc);
    if (!cpu_ld32(c, ea_RS_a_2(c, d), ar_RS_a_2(d), &operand))
        return cpu_leave_fault(c, d);
    if (operand & TRACE_OFF)
        return cpu_next(c, d, d->ilc);
    t.len = 0;
    cpu_trace_put64(&t, cpu_tod(c) & 0x0000ffffffffffffULL); /* TOD bits 16-63 */
    t.entry[0] = (u8)(TRACE_EXPLICIT | (n - 1));
    cpu_trace_put32(&t, operand);
    for (unsigned i = 0; i < n; i++)
        cpu_trace_put32(&t, (u32)c->gr[(r1 + i) & 15]);
    return trace_store(c, d, &t, TRACE_MAX);
}

const struct dinsn *insn_tracg(struct cpu *c, const struct dinsn *d)
{
    unsigned r1 = f_RSY_a_r1(d), n = ((f_RSY_a_r3(d) - r1) & 15) + 1;
    struct trace_log t;
    u32 operand = 0;
    u64 tod;

    if (!(c->cr[12] & CR12_EXPLICIT))
        return cpu_next(c, d, d->ilc);
    if (!cpu_ld32(c, ea_RSY_a_2(c, d), ar_RSY_a_2(d), &operand))
        return cpu_leave_fault(c, d);
    if (operand & TRACE_OFF)
        return cpu_next(c, d, d->ilc);
    tod = cpu_tod(c); /* bits 0-79 go in, of which we have 64 */
    t.len = 0;
    cpu_trace_put64(&t, tod >> 16);
    t.entry[0] = (u8)(TRACE_EXPLICIT | (n - 1));
    t.entry[1] = TRACE_EXPLICIT_64;
    cpu_trace_put32(&t, (u32)tod << 16);
    cpu_trace_put32(&t, operand);
    for (unsigned i = 0; i < n; i++)
        cpu_trace_put64(&t, c->gr[(r1 + i) & 15]);
    return trace_store(c, d, &t, TRACE_MAX_64);
}
