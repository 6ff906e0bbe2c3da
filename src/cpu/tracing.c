/* SPDX-License-Identifier: Apache-2.0
 *
 * Entries of the trace table: room for them, storing them, and those of branches and of changes of
 * the addressing mode.  See tracing.h.
 *
 * Not here: entries of ASN tracing, which the instructions build themselves.
 *
 * References: [PoP 4 Tracing]; [PoP 6 Trace-Table Exception].
 */
#include "cpu/tracing.h"

#include <string.h>

#include "cpu/control.h"

/* ---- the log ---- */

void cpu_trace_put32(struct trace_log *t, u32 v)
{
    be32 raw = be32_of(v);

    memcpy(t->entry + t->len, &raw, sizeof(raw));
    t->len += sizeof(raw);
}

void cpu_trace_put64(struct trace_log *t, u64 v)
{
    be64 raw = be64_of(v);

    memcpy(t->entry + t->len, &raw, sizeof(raw));
    t->len += sizeof(raw);
}

bool cpu_trace_reserve(struct cpu *c, struct trace_log *t, unsigned room)
{
    u64 addr = c->cr[12] & CR12_ADDR;

    if (!t->len)
        return true;
    if (room < t->len)
        room = t->len;
    if ((addr & FRAME_MASK) + room >= FRAME_SIZE)
        return cpu_fault(c, PGM_TRACE_TABLE);
    t->at = cpu_ptr_real(c, 0, addr, t->len, ACC_STORE);
    return t->at;
}

NO_TSAN static void store_bytes(u8 *to, const u8 *from, unsigned len)
{
    memcpy(to, from, len);
}

void cpu_trace_commit(struct cpu *c, const struct trace_log *t)
{
    if (!t->len)
        return;
    store_bytes(t->at, t->entry, t->len);
    c->cr[12] = (c->cr[12] & ~CR12_ADDR) | ((c->cr[12] + t->len) & CR12_ADDR);
}

/* ---- branches and modes ---- */

void cpu_trace_branch(struct trace_log *t, u64 amode, u64 addr)
{
    if (amode == PSW_AMODE_24) {
        cpu_trace_put32(t, (u32)addr);
    } else if (addr <= PSW_ADDR_31) {
        cpu_trace_put32(t, (u32)addr | TRACE_BRANCH_31);
    } else {
        cpu_trace_put32(t, TRACE_BRANCH_64);
        cpu_trace_put64(t, addr);
    }
}

/* Does the extended mode begin or end. */
static bool switches(const struct cpu *c, u64 amode)
{
    return (c->psw_mask ^ amode) & PSW_MASK_EA;
}

static void mode_switch(const struct cpu *c, struct trace_log *t, u64 next)
{
    if (!(c->psw_mask & PSW_MASK_EA)) {
        cpu_trace_put32(t, TRACE_MODE_FROM_31);
        cpu_trace_put32(t, (u32)((c->psw_mask & PSW_MASK_BA) | next));
    } else if (next <= PSW_ADDR_31) {
        cpu_trace_put32(t, TRACE_MODE_FROM_64);
        cpu_trace_put32(t, (u32)next);
    } else {
        cpu_trace_put32(t, TRACE_MODE_FROM_64_LONG);
        cpu_trace_put64(t, next);
    }
}

static void mode_switching_branch(struct trace_log *t, u64 amode, u64 addr)
{
    if (!(amode & PSW_MASK_EA)) {
        cpu_trace_put32(t, TRACE_MODE_BRANCH_TO_31);
        cpu_trace_put32(t, (u32)(amode | addr));
    } else if (addr <= PSW_ADDR_31) {
        cpu_trace_put32(t, TRACE_MODE_BRANCH_TO_64);
        cpu_trace_put32(t, (u32)addr);
    } else {
        cpu_trace_put32(t, TRACE_MODE_BRANCH_TO_64_LONG);
        cpu_trace_put64(t, addr);
    }
}

void cpu_trace_mode(const struct cpu *c, struct trace_log *t, u64 amode, u64 next)
{
    if (c->cr[12] & CR12_MODE && switches(c, amode))
        mode_switch(c, t, next);
}

void cpu_trace_mode_branch(const struct cpu *c, struct trace_log *t, u64 amode, u64 addr, u64 next)
{
    bool branch = c->cr[12] & CR12_BRANCH;

    if (c->cr[12] & CR12_MODE && switches(c, amode)) {
        if (branch)
            mode_switching_branch(t, amode, addr);
        else
            mode_switch(c, t, next);
    } else if (branch) {
        cpu_trace_branch(t, amode, addr);
    }
}

/* ---- one instruction at a time ---- */

/* The mode that a register value of BASSM and BSM names. */
static u64 named_mode(u64 target)
{
    if (target & 1)
        return PSW_AMODE_64;
    return target & PSW_MASK_BA ? PSW_AMODE_31 : PSW_AMODE_24;
}

static u64 mode_mask(u64 amode)
{
    if (amode == PSW_AMODE_64)
        return ~0ULL;
    return amode == PSW_AMODE_31 ? PSW_ADDR_31 : PSW_ADDR_24;
}

/* SAM24, SAM31, SAM64; those that will not complete make no entry. */
static void set_addressing_mode(const struct cpu *c, struct trace_log *t, u8 op, u64 ia, u64 next)
{
    u64 amode = op == 0x0c ? PSW_AMODE_24 : op == 0x0d ? PSW_AMODE_31 : PSW_AMODE_64;

    if (ia <= mode_mask(amode))
        cpu_trace_mode(c, t, amode, next);
}

bool cpu_trace_step(struct cpu *c, u64 text, u64 ia, u64 next)
{
    struct trace_log t;
    u8 op = (u8)(text >> 56), second = (u8)(text >> 48);
    u64 target = c->gr[second & 15], amode = c->psw_mask & PSW_MASK_AMODE;

    t.len = 0;
    if (op == 0x01 && second >= 0x0c && second <= 0x0e)
        set_addressing_mode(c, &t, second, ia, next);
    else if (!(second & 15))
        return true;
    else if ((op == 0x05 || op == 0x0d) && c->cr[12] & CR12_BRANCH) /* BALR, BASR */
        cpu_trace_branch(&t, amode, target & c->amask);
    else if (op == 0x0b) /* BSM */
        cpu_trace_mode(c, &t, named_mode(target), next);
    else if (op == 0x0c) /* BASSM */
        cpu_trace_mode_branch(c, &t, named_mode(target),
                              target & mode_mask(named_mode(target)) & ~1ULL, next);
    if (!cpu_trace_reserve(c, &t, 0))
        return false;
    cpu_trace_commit(c, &t);
    if (c->code_changed)
        cpu_settle_code(c);
    return true;
}
