/* SPDX-License-Identifier: Apache-2.0
 *
 * Long general instructions: calls and mode switches, EXECUTE, clocks, what the machine says of
 * itself.  Multiple-register and byte-mask instructions are in insn_general_multiple.c, interlocked
 * pairs in insn_general_pair.c; the short ones are records in isa/general.isa.
 *
 * References: [PoP 7 General Instructions].
 */
#include <string.h>

#include "arch/cr.h"
#include "cpu/ops.h"
#include "cpu/timer.h"
#include "isa_exec.h"
#include "isa_fields.h"

/* ---- storage operands of relative instructions ---- */

u8 *op_ptr_rel(struct cpu *c, u64 va, unsigned size, enum access acc)
{
    enum space s = cpu_data_space(c);

    if (s == SPACE_AR || s == SPACE_SECONDARY)
        s = SPACE_PRIMARY;
    return cpu_ptr_space(c, s, (u8)(psw_key(c->psw_mask) << 4), va, 0, size, acc);
}

/* ---- branches that say where they came from ---- */

/* Link information of BRANCH AND LINK: in the 24-bit mode ILC, CC and program mask lead it. */
static void set_link_24(struct cpu *c, const struct dinsn *d, unsigned r)
{
    u64 next = cpu_ia_next(c, d);
    u32 left = (u32)(cpu_ilc(c, d) / 2) << 6 | c->cc << 4 | psw_pm(c->psw_mask);

    if (c->amask == PSW_ADDR_24)
        cpu_set_gr32(c, r, left << 24 | (u32)next);
    else
        op_set_link(c, r, next);
}

const struct dinsn *insn_bal(struct cpu *c, const struct dinsn *d)
{
    u64 target = ea_RX_a_2(c, d);

    set_link_24(c, d, f_RX_a_r1(d));
    return cpu_branch(c, d, target);
}

const struct dinsn *insn_balr(struct cpu *c, const struct dinsn *d)
{
    u64 target = c->gr[f_RR_r2(d)];

    set_link_24(c, d, f_RR_r1(d));
    return f_RR_r2(d) ? cpu_branch(c, d, target) : cpu_next(c, d, d->ilc);
}

static void set_amode(struct cpu *c, u64 mode)
{
    if ((c->psw_mask & PSW_MASK_AMODE) == mode)
        return;
    c->psw_mask = (c->psw_mask & ~PSW_MASK_AMODE) | mode;
    cpu_mode_changed(c);
}

/* Branches to a register value that names its mode: bit 63 one: 64; else bit 32: 31 or 24. */
static const struct dinsn *branch_set_mode(struct cpu *c, const struct dinsn *d, u64 target)
{
    if (target & 1)
        set_amode(c, PSW_AMODE_64);
    else
        set_amode(c, target & 0x80000000U ? PSW_AMODE_31 : PSW_AMODE_24);
    return cpu_branch(c, d, target & ~1ULL);
}

const struct dinsn *insn_bassm(struct cpu *c, const struct dinsn *d)
{
    u64 target = c->gr[f_RR_r2(d)];

    op_set_link(c, f_RR_r1(d), cpu_ia_next(c, d));
    if (c->amask == ~0ULL)
        c->gr[f_RR_r1(d)] |= 1;
    return f_RR_r2(d) ? branch_set_mode(c, d, target) : cpu_next(c, d, d->ilc);
}

const struct dinsn *insn_bsm(struct cpu *c, const struct dinsn *d)
{
    unsigned r1 = f_RR_r1(d);
    u64 target = c->gr[f_RR_r2(d)];

    if (r1) {
        if (c->amask == ~0ULL)
            c->gr[r1] |= 1;
        else
            cpu_set_gr32(c, r1,
                         ((u32)c->gr[r1] & 0x7fffffffU) |
                             (c->amask == PSW_ADDR_31 ? 0x80000000U : 0));
    }
    return f_RR_r2(d) ? branch_set_mode(c, d, target) : cpu_next(c, d, d->ilc);
}

/* The instruction itself must lie within the new mode's addresses. */
static const struct dinsn *set_addressing_mode(struct cpu *c, const struct dinsn *d, u64 mode,
                                               u64 limit)
{
    u64 next = cpu_ia_next(c, d);

    if (cpu_ia_psw(c, d) > limit)
        return cpu_leave_program(c, d, PGM_SPECIFICATION);
    set_amode(c, mode);
    return cpu_jump(c, cpu_wrap(c, next));
}

const struct dinsn *insn_sam24(struct cpu *c, const struct dinsn *d)
{
    return set_addressing_mode(c, d, PSW_AMODE_24, PSW_ADDR_24);
}

const struct dinsn *insn_sam31(struct cpu *c, const struct dinsn *d)
{
    return set_addressing_mode(c, d, PSW_AMODE_31, PSW_ADDR_31);
}

const struct dinsn *insn_sam64(struct cpu *c, const struct dinsn *d)
{
    return set_addressing_mode(c, d, PSW_AMODE_64, ~0ULL);
}

/* ---- EXECUTE ---- */

static u8 execute_byte(const struct cpu *c, unsigned r1)
{
    return r1 ? (u8)c->gr[r1] : 0;
}

const struct dinsn *insn_ex(struct cpu *c, const struct dinsn *d)
{
    return cpu_execute(c, d, ea_RX_a_2(c, d), execute_byte(c, f_RX_a_r1(d)));
}

const struct dinsn *insn_exrl(struct cpu *c, const struct dinsn *d)
{
    u64 target = cpu_wrap(c, cpu_ia(c, d) + (u64)((s64)f_RIL_b_ri2(d) * 2));

    return cpu_execute(c, d, target, execute_byte(c, f_RIL_b_r1(d)));
}

/* ---- calls to the control program ---- */

const struct dinsn *insn_svc(struct cpu *c, const struct dinsn *d)
{
    return cpu_svc(c, d, (u8)f_I_i1(d));
}

const struct dinsn *insn_mc(struct cpu *c, const struct dinsn *d)
{
    unsigned class = f_SI_i2(d);

    if (class > 15)
        return cpu_leave_program(c, d, PGM_SPECIFICATION);
    if (!(c->cr[8] & CR8_MONITOR_BIT(class)))
        return cpu_next(c, d, d->ilc);
    cpu_fault(c, PGM_MONITOR_EVENT);
    c->fault.mon_class = (u16) class;
    c->fault.mon_code = ea_SI_1(c, d);
    return cpu_leave_fault(c, d);
}

/* ---- PSW and access registers ---- */

const struct dinsn *insn_epsw(struct cpu *c, const struct dinsn *d)
{
    u64 mask = cpu_psw_mask(c);

    cpu_set_gr32(c, f_RRE_r1(d), (u32)(mask >> 32));
    if (f_RRE_r2(d))
        cpu_set_gr32(c, f_RRE_r2(d), (u32)mask);
    return cpu_next(c, d, d->ilc);
}

/* LAE and LAEY: RX-a and RXY-a decode to the same slot fields. */
const struct dinsn *insn_lae(struct cpu *c, const struct dinsn *d)
{
    unsigned r1 = f_RXY_a_r1(d), b2 = ar_RXY_a_2(d);
    u64 addr = ea_RXY_a_2(c, d);
    u32 alet = 0;

    switch (psw_as(c->psw_mask)) {
    case PSW_AS_PRIMARY:
        break;
    case PSW_AS_SECONDARY:
        alet = 1;
        break;
    case PSW_AS_HOME:
        alet = 2;
        break;
    case PSW_AS_AR:
        alet = b2 < 16 ? c->ar[b2] : 0;
        break;
    }
    cpu_set_address(c, r1, addr);
    cpu_set_ar(c, r1, alet);
    return cpu_next(c, d, d->ilc);
}

/* ---- clocks ---- */

const struct dinsn *insn_stck(struct cpu *c, const struct dinsn *d)
{
    atomic_thread_fence(memory_order_seq_cst);
    if (!cpu_st64(c, ea_S_2(c, d), ar_S_2(d), cpu_tod_unique(c)))
        return cpu_leave_fault(c, d);
    atomic_thread_fence(memory_order_seq_cst);
    c->cc = 0;
    return cpu_next_stored(c, d, d->ilc);
}

/* Neither serializes nor promises a new value. */
const struct dinsn *insn_stckf(struct cpu *c, const struct dinsn *d)
{
    if (!cpu_st64(c, ea_S_2(c, d), ar_S_2(d), cpu_tod(c)))
        return cpu_leave_fault(c, d);
    c->cc = 0;
    return cpu_next_stored(c, d, d->ilc);
}

const struct dinsn *insn_stcke(struct cpu *c, const struct dinsn *d)
{
    struct {
        u8 epoch_index;
        u8 tod[8];
        u8 fraction[5];     /* TOD bits 64-103: not zero while the clock runs */
        u8 programmable[2]; /* the right half of the TOD programmable register */
    } v = {.fraction[4] = 1};
    u64 now;
    be64 tod;

    _Static_assert(sizeof(v) == 16, "STORE CLOCK EXTENDED");
    atomic_thread_fence(memory_order_seq_cst);
    now = cpu_tod_unique(c);
    v.epoch_index = cpu_tod_index(c, now);
    tod = be64_of(now);
    memcpy(v.tod, &tod, sizeof(tod));
    v.programmable[0] = (u8)(c->todpr >> 8);
    v.programmable[1] = (u8)c->todpr;
    if (!cpu_store_bytes(c, ea_S_2(c, d), ar_S_2(d), &v, sizeof(v)))
        return cpu_leave_fault(c, d);
    atomic_thread_fence(memory_order_seq_cst);
    c->cc = 0;
    return cpu_next_stored(c, d, d->ilc);
}

const struct dinsn *insn_ectg(struct cpu *c, const struct dinsn *d)
{
    unsigned r3 = f_SSF_r3(d);
    u64 base, second, third;

    if (!cpu_ld64(c, ea_SSF_1(c, d), ar_SSF_1(d), &base) ||
        !cpu_ld64(c, ea_SSF_2(c, d), ar_SSF_2(d), &second) ||
        !cpu_ld64(c, cpu_wrap(c, c->gr[r3]), r3, &third))
        return cpu_leave_fault(c, d);
    c->gr[0] = base - (u64)cpu_timer_get(c);
    c->gr[1] = second;
    c->gr[r3] = third;
    return cpu_next(c, d, d->ilc);
}

/* ---- what the machine says of itself ---- */

#define FACILITY_BYTES 256
#define STFLE_MAX 2048 /* 256 doublewords */

/* Doublewords of a list of our own making that are not all zero behind. */
static unsigned dwords_of(const u8 *list)
{
    unsigned n = FACILITY_BYTES;

    while (n > 8 && !list[n - 1])
        n--;
    return (n + 7) / 8;
}

/* The list that the state description designates: its length in doublewords and its origin.  Format
 * 2 begins with a doubleword that tells the length.  false: it cannot be read. */
static bool facility_list(const struct cpu *c, unsigned *dwords, u64 *origin)
{
    u32 fac = be32_get(c->sd->fac);
    u8 head[8];

    *origin = fac & SD_FAC_ORIGIN;
    *dwords = c->host->facility_dwords ? c->host->facility_dwords : dwords_of(c->facilities);
    if ((fac & SD_FAC_FORMAT) != SD_FAC_FORMAT2)
        return true;
    if (!host_read(c->host, *origin, head, sizeof(head)))
        return false;
    *origin += sizeof(head);
    *dwords = head[7] + 1U;
    return true;
}

/* SIE: interpreted from the designated list (without one it was intercepted). */
const struct dinsn *insn_stfle(struct cpu *c, const struct dinsn *d)
{
    u8 list[STFLE_MAX];
    unsigned have, room = (u8)c->gr[0] + 1U, n;
    u64 origin;

    if (!facility_list(c, &have, &origin))
        return cpu_leave_validity(c, d, VALIDITY_FAC_ADDR);
    n = (have < room ? have : room) * 8;
    if (!host_read(c->host, origin, list, n))
        return cpu_leave_validity(c, d, VALIDITY_FAC_ADDR);
    if (!cpu_store_bytes(c, ea_S_2(c, d), ar_S_2(d), list, n))
        return cpu_leave_fault(c, d);
    c->gr[0] = (c->gr[0] & ~0xffULL) | (have - 1);
    c->cc = have <= room ? 0 : 3;
    return cpu_loop_stored(c, d, d->ilc);
}

/* The caches of a z13, as a guest on one would see them. */
enum { CACHE_DATA, CACHE_INSN };

static const struct cache_level {
    u8 summary; /* scope (04 private, 08 shared) and type (00 separate, 03 unified) */
    struct {
        u32 size;
        u32 ways;
    } part[2]; /* CACHE_DATA, CACHE_INSN */
} caches[] = {
    {0x04, {{128U << 10, 8}, {96U << 10, 6}}},
    {0x04, {{2U << 20, 8}, {2U << 20, 8}}},
    {0x0b, {{64U << 20, 16}, {64U << 20, 16}}},
    {0x0b, {{480U << 20, 30}, {480U << 20, 30}}},
};
#define CACHE_LINE 256

/* Attribute that the operand address asks for: bits 56-59 which, 60-62 level, 63 type. */
static u64 cpu_attribute(u64 what)
{
    unsigned level = what >> 1 & 7;
    unsigned part = what & 1 ? CACHE_INSN : CACHE_DATA;
    u64 summary = 0;

    if (what & 0xffff00)
        return ~0ULL;
    if (!(what & 0xf0)) {
        for (unsigned i = 0; i < ARRAY_SIZE(caches); i++)
            summary |= (u64)caches[i].summary << (56 - 8 * i);
        return summary;
    }
    if (level >= ARRAY_SIZE(caches))
        return ~0ULL;
    switch (what >> 4 & 15) {
    case 1:
        return CACHE_LINE;
    case 2:
        return caches[level].part[part].size;
    case 3:
        return caches[level].part[part].ways;
    default: /* reserved */
        return ~0ULL;
    }
}

const struct dinsn *insn_ecag(struct cpu *c, const struct dinsn *d)
{
    c->gr[f_RSY_a_r1(d)] = cpu_attribute(ea_RSY_a_2(c, d));
    return cpu_next(c, d, d->ilc);
}
