/* SPDX-License-Identifier: Apache-2.0
 *
 * EXTRACT AND SET STORAGE ATTRIBUTES: what a guest says about the worth of a page's content, and
 * the block-release list that SIE fills for the host.
 *
 * The state of a frame changes by compare and swap.  While the host takes the content of an unused
 * frame away (USAGE_BUSY), its state stands still and the instruction is tried again: so a page
 * that was made stable is never emptied afterwards.
 *
 * References: IBM CP control blocks SIEBK (block-release list); Linux arch/s390/include/asm/
 * page-states.h for operation codes and result.
 */
#include "cpu/control.h"
#include "isa_exec.h"

enum {
    ESSA_GET,
    ESSA_STABLE,
    ESSA_UNUSED,
    ESSA_VOLATILE,
    ESSA_POT_VOLATILE,
    ESSA_STABLE_RESIDENT, /* it is not made resident: that could be over before the end of ESSA */
    ESSA_STABLE_IF_RESIDENT,
    ESSA_STABLE_NODAT, /* facility 147 */
};

/* Result in R1: usage state in bits 60-61, block content in 62-63. */
#define RESULT_NODAT 0x20
#define RESULT_EXCEPTION 0x10
#define RESULT_STATE_SHIFT 2
#define RESULT_ZERO 3 /* not resident, reads as zero; resident is 0 */

/* In the order of the result's codes. */
static const u8 state_code[] = {
    [USAGE_STABLE] = 0, [USAGE_UNUSED] = 1, [USAGE_POT_VOLATILE] = 2, [USAGE_VOLATILE] = 3};

static u8 next_usage(u8 old, unsigned orc, bool resident)
{
    u8 rest = old & (USAGE_GONE | USAGE_NODAT);

    switch (orc) {
    case ESSA_STABLE:
    case ESSA_STABLE_RESIDENT:
        return USAGE_STABLE;
    case ESSA_STABLE_NODAT:
        return USAGE_STABLE | USAGE_NODAT;
    case ESSA_STABLE_IF_RESIDENT:
        return resident ? USAGE_STABLE | (rest & USAGE_NODAT) : old;
    case ESSA_UNUSED:
        return USAGE_UNUSED | rest;
    case ESSA_VOLATILE:
        return USAGE_VOLATILE | rest;
    case ESSA_POT_VOLATILE: /* without content there is nothing that would have to be kept */
        return (resident ? USAGE_POT_VOLATILE : USAGE_VOLATILE) | rest;
    default:
        return old;
    }
}

static u64 result_of(u8 usage, bool resident)
{
    return (u64)state_code[usage & USAGE_STATE] << RESULT_STATE_SHIFT |
           (usage & USAGE_NODAT ? RESULT_NODAT : 0) | (resident ? 0 : RESULT_ZERO);
}

static unsigned listed(const struct cpu *c)
{
    return (unsigned)(be64_get(c->sd->cbrlo) & SD_CBRLO_NEXT) / sizeof(be64);
}

static void append(struct cpu *c, u64 abs)
{
    u64 cbrlo = be64_get(c->sd->cbrlo);
    be64 *list = (be64 *)(uintptr_t)(cbrlo & SD_CBRLO_ORIGIN);

    list[listed(c)] = be64_of(abs);
    c->sd->cbrlo = be64_of(cbrlo + sizeof(be64));
}

const struct dinsn *insn_essa(struct cpu *c, const struct dinsn *d)
{
    unsigned orc = f_RRF_c_m3(d), r1 = f_RRF_c_r1(d);
    u64 abs = cpu_wrap(c, c->gr[f_RRF_c_r2(d)]) & ~FRAME_MASK;
    _Atomic u8 *usage = atomic_load(&c->mem->usage);
    bool resident;
    u8 old, new;

    if (orc > (cpu_facility(c, 147) ? ESSA_STABLE_NODAT : ESSA_STABLE_IF_RESIDENT))
        return cpu_leave_program(c, d, PGM_SPECIFICATION);
    if (!usage || listed(c) >= SD_CBRL_ENTRIES)
        return cpu_leave_intercept(c, d);
    if (!mem_has(c->mem, abs, FRAME_SIZE)) {
        c->gr[r1] = orc == ESSA_GET ? 0 : RESULT_EXCEPTION;
        return cpu_next(c, d, d->ilc);
    }
    usage += abs >> FRAME_SHIFT;
    old = atomic_load(usage);
    do {
        if (old & USAGE_BUSY)
            return cpu_again(c, d);
        resident = !(old & USAGE_GONE) && !mem_is_absent(c->mem, abs);
        new = next_usage(old, orc, resident);
    } while (!atomic_compare_exchange_weak(usage, &old, new));
    c->gr[r1] = result_of(old, resident);
    if (orc == ESSA_UNUSED && resident && (old & USAGE_STATE) != USAGE_UNUSED)
        append(c, abs);
    return cpu_next(c, d, d->ilc);
}
