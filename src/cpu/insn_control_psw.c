/* SPDX-License-Identifier: Apache-2.0
 *
 * Control instructions that change or show the PSW: system mask, whole PSW, key, address-space
 * control.
 *
 * References: [PoP 10 SET SYSTEM MASK, STORE THEN AND SYSTEM MASK, STORE THEN OR SYSTEM MASK,
 * LOAD PSW, LOAD PSW EXTENDED, SET PSW KEY FROM ADDRESS, SET ADDRESS SPACE CONTROL].
 */
#include "cpu/control.h"
#include "isa_exec.h"

#define SYSTEM_MASK_SHIFT 56
#define SYSTEM_MASK_INVALID 0xb8 /* bits 0 and 2-4 must be zero */

/* ---- system mask ---- */

/* Linux does this at every lock: only a change of DAT or PER needs a new look at the code. */
static const struct dinsn *set_system_mask(struct cpu *c, const struct dinsn *d, u8 m)
{
    u64 old = c->psw_mask;
    u64 new = (old & ~(0xffULL << SYSTEM_MASK_SHIFT)) | (u64)m << SYSTEM_MASK_SHIFT;

    if (unlikely(m & SYSTEM_MASK_INVALID || (old ^ new) & (PSW_MASK_DAT | PSW_MASK_PER)))
        return cpu_resume_mask(c, d, new);
    c->psw_mask = new;
    if (new & ~old) {
        if (unlikely(c->code_changed))
            cpu_settle_code(c);
        return cpu_next_recheck(c, d);
    }
    return cpu_next_stored(c, d, d->ilc);
}

const struct dinsn *insn_ssm(struct cpu *c, const struct dinsn *d)
{
    u8 m = 0;

    if (!cpu_ld8(c, ea_S1_2(c, d), ar_S1_2(d), &m))
        return cpu_leave_fault(c, d);
    return set_system_mask(c, d, m);
}

const struct dinsn *insn_stnsm(struct cpu *c, const struct dinsn *d)
{
    u8 m = (u8)(c->psw_mask >> SYSTEM_MASK_SHIFT);

    if (!cpu_st8(c, ea_SI_1(c, d), ar_SI_1(d), m))
        return cpu_leave_fault(c, d);
    return set_system_mask(c, d, m & (u8)f_SI_i2(d));
}

const struct dinsn *insn_stosm(struct cpu *c, const struct dinsn *d)
{
    u8 m = (u8)(c->psw_mask >> SYSTEM_MASK_SHIFT);

    if (!cpu_st8(c, ea_SI_1(c, d), ar_SI_1(d), m))
        return cpu_leave_fault(c, d);
    return set_system_mask(c, d, m | (u8)f_SI_i2(d));
}

/* ---- whole PSW ---- */

/* Other than a PSW that an interruption loads, which is invalid then, it is not even loaded. */
static const struct dinsn *load_psw(struct cpu *c, const struct dinsn *d, u64 mask, u64 addr)
{
    if (mask & PSW_MASK_KEY && cpu_keyless(c))
        return cpu_leave_program(c, d, PGM_SPECIAL_OPERATION);
    return cpu_load_psw(c, d, mask, addr);
}

const struct dinsn *insn_lpsw(struct cpu *c, const struct dinsn *d)
{
    u64 v = 0, mask;

    if (!cpu_ld64(c, ea_S1_2(c, d), ar_S1_2(d), &v))
        return cpu_leave_fault(c, d);
    if (!(v & PSW_MASK_SHORT))
        return cpu_leave_program(c, d, PGM_SPECIFICATION);
    mask = (v & ~(PSW_MASK_SHORT | PSW_ADDR_31));
    return load_psw(c, d, mask, v & PSW_ADDR_31);
}

const struct dinsn *insn_lpswe(struct cpu *c, const struct dinsn *d)
{
    u64 va = ea_S_2(c, d), mask = 0, addr = 0;

    if (!cpu_ld64(c, va, ar_S_2(d), &mask) || !cpu_ld64(c, cpu_wrap(c, va + 8), ar_S_2(d), &addr))
        return cpu_leave_fault(c, d);
    return load_psw(c, d, mask, addr);
}

/* ---- key ---- */

const struct dinsn *insn_spka(struct cpu *c, const struct dinsn *d)
{
    u8 key = (u8)ea_S_2(c, d) & KEY_ACC;

    if (key && cpu_keyless(c))
        return cpu_leave_program(c, d, PGM_SPECIAL_OPERATION);
    if (!cpu_key_permitted(c, key))
        return cpu_leave_program(c, d, PGM_PRIVILEGED_OP);
    return cpu_resume_mask(c, d, (c->psw_mask & ~PSW_MASK_KEY) | (u64)key << (PSW_KEY_SHIFT - 4));
}

/* ---- address-space control ---- */

/* Code of SAC and IAC -> PSW bits 16-17: the two bits change places. */
static const u8 as_of_code[4] = {PSW_AS_PRIMARY, PSW_AS_SECONDARY, PSW_AS_AR, PSW_AS_HOME};

const struct dinsn *insn_iac(struct cpu *c, const struct dinsn *d)
{
    u32 code = as_of_code[psw_as(c->psw_mask)]; /* its own inverse */

    c->gr[f_RRE_r1(d)] = (c->gr[f_RRE_r1(d)] & ~0xff00ULL) | code << 8;
    c->cc = code;
    return cpu_next(c, d, d->ilc);
}

bool cpu_home_switch_event(struct cpu *c, u64 old, u64 new, u64 *teid)
{
    bool was = psw_as(old) == PSW_AS_HOME, is = psw_as(new) == PSW_AS_HOME;
    u16 left = was ? 0 : c->cr[4] & CR4_PASN;

    return was != is && cpu_switch_event(c, left, c->cr[was ? 13 : 1], c->cr[was ? 1 : 13], teid);
}

/* SAC and SACF differ in serialization only.  Without the secondary-space control there is neither
 * one, whatever mode is wanted. */
const struct dinsn *insn_sac(struct cpu *c, const struct dinsn *d)
{
    u32 code = ea_S_2(c, d) >> 8 & 15;
    u64 old = c->psw_mask, new, teid = 0;

    if (!(c->cr[0] & CR0_SECONDARY))
        return cpu_leave_program(c, d, PGM_SPECIAL_OPERATION);
    if (code > 3)
        return cpu_leave_program(c, d, PGM_SPECIFICATION);
    if (as_of_code[code] == PSW_AS_HOME && cpu_problem_state(c))
        return cpu_leave_program(c, d, PGM_PRIVILEGED_OP);
    new = (old & ~PSW_MASK_AS) | (u64)as_of_code[code] << PSW_AS_SHIFT;
    if (unlikely(cpu_home_switch_event(c, old, new, &teid))) {
        c->psw_mask = new;
        cpu_mode_changed(c);
        return cpu_leave_space_switch(c, d, teid);
    }
    if ((psw_as(old) == PSW_AS_HOME) != (psw_as(new) == PSW_AS_HOME))
        return cpu_resume_mask(c, d, new);
    c->psw_mask = new;
    cpu_mode_changed(c);
    return cpu_next(c, d, d->ilc);
}
