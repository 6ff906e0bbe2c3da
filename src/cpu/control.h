/* SPDX-License-Identifier: Apache-2.0
 *
 * What the control instructions (insn_control_*.c) share: conditions named in isa/control.isa,
 * loading a PSW, going on after the instruction space changed, operands in a named space.
 *
 * References: [PoP 10 Control Instructions].
 */
#ifndef SIE390_CPU_CONTROL_H
#define SIE390_CPU_CONTROL_H

#include "arch/cr.h"
#include "arch/dat.h"
#include "cpu/exec.h"
#include "cpu/tracing.h"

/* ---- conditions for `check` and `sie` lines ---- */

static inline bool cpu_dat_off(const struct cpu *c, const struct dinsn *d)
{
    (void)d;
    return !(c->psw_mask & PSW_MASK_DAT);
}

/* Problem state without extraction authority. */
static inline bool cpu_extraction_denied(const struct cpu *c, const struct dinsn *d)
{
    (void)d;
    return cpu_problem_state(c) && !(c->cr[0] & CR0_EXTRACT_AUTH);
}

/* For an instruction that may not be there: its interception comes first. */
static inline bool cpu_in_problem_state(const struct cpu *c, const struct dinsn *d)
{
    (void)d;
    return cpu_problem_state(c);
}

static inline bool cpu_ssm_suppressed(const struct cpu *c, const struct dinsn *d)
{
    (void)d;
    return c->cr[0] & CR0_SSM_SUPPRESS;
}

/* MVCP, MVCS: DAT on, primary or secondary space mode, secondary-space control. */
static inline bool cpu_two_spaces_denied(const struct cpu *c, const struct dinsn *d)
{
    (void)d;
    return !(c->psw_mask & PSW_MASK_DAT) || c->psw_mask & (1ULL << PSW_AS_SHIFT) ||
           !(c->cr[0] & CR0_SECONDARY);
}

/* SSAR, SSAIR: DAT on and ASN translation allowed. */
static inline bool cpu_asn_denied(const struct cpu *c, const struct dinsn *d)
{
    (void)d;
    return !(c->psw_mask & PSW_MASK_DAT) || !(c->cr[14] & CR14_ASN_TRANSLATION);
}

/* LASP: ASN translation allowed, with DAT on or off. */
static inline bool cpu_asn_translation_off(const struct cpu *c, const struct dinsn *d)
{
    (void)d;
    return !(c->cr[14] & CR14_ASN_TRANSLATION);
}

/* PT: DAT on, primary-space mode. */
static inline bool cpu_not_primary(const struct cpu *c, const struct dinsn *d)
{
    (void)d;
    return cpu_data_space(c) != SPACE_PRIMARY;
}

/* BAKR, PC, PR: DAT on, primary-space or access-register mode. */
static inline bool cpu_no_stacking(const struct cpu *c, const struct dinsn *d)
{
    enum space s = cpu_data_space(c);

    (void)d;
    return s != SPACE_PRIMARY && s != SPACE_AR;
}

/* EREG, ESTA, MSTA: home-space mode as well. */
static inline bool cpu_no_stack(const struct cpu *c, const struct dinsn *d)
{
    enum space s = cpu_data_space(c);

    (void)d;
    return s == SPACE_REAL || s == SPACE_SECONDARY;
}

/* PT, PC: the primary space's subsystem-linkage control is zero (or cannot be looked at: the body
 * comes to the same storage and says why). */
bool cpu_no_linkage(struct cpu *c, const struct dinsn *d);

/* LCTL, LCTLG touch a control register that the state description marks. */
bool cpu_sie_lctl(const struct cpu *c, const struct dinsn *d);
/* PTFF: a control function. */
static inline bool cpu_sie_ptff(const struct cpu *c, const struct dinsn *d)
{
    (void)d;
    return c->gr[0] & 0x40;
}

/* PTF: all but the check for a change of topology, which needs an SCA to find its bit in. */
bool cpu_sie_ptf(const struct cpu *c, const struct dinsn *d);

/* PQAP: the host is to handle this function. */
bool cpu_sie_pqap(const struct cpu *c, const struct dinsn *d);
/* The host has no adjunct processors. */
bool cpu_no_ap(const struct cpu *c, const struct dinsn *d);

/* Key instructions under storage-key removal. */
static inline bool cpu_no_keys(const struct cpu *c, const struct dinsn *d)
{
    (void)d;
    return cpu_keyless(c);
}

/* LGSC, STGSC: guarded storage is not enabled. */
bool cpu_gs_disabled(const struct cpu *c, const struct dinsn *d);

/* ---- authority ---- */

/* May the program use this key (bits 0-3 of the byte): always in supervisor state. */
static inline bool cpu_key_permitted(const struct cpu *c, u8 key)
{
    return !cpu_problem_state(c) || c->cr[3] & (0x80000000ULL >> (key >> 4));
}

static inline u8 cpu_psw_key(const struct cpu *c)
{
    return (u8)(c->psw_mask >> PSW_KEY_SHIFT << 4 & 0xf0);
}

/* ---- going on ---- */

/* Behind the instruction, with everything that instruction fetching depends on looked up anew. */
const struct dinsn *cpu_resume_next(struct cpu *c, const struct dinsn *d);
/* With a new PSW mask behind the instruction (condition code in c->cc). */
const struct dinsn *cpu_resume_mask(struct cpu *c, const struct dinsn *d, u64 mask);
/* With a whole new PSW; sets the breaking-event address. */
const struct dinsn *cpu_load_psw(struct cpu *c, const struct dinsn *d, u64 mask, u64 addr);
/* Space-switch event after completion: behind the instruction, or with a new PSW. */
const struct dinsn *cpu_leave_space_switch(struct cpu *c, const struct dinsn *d, u64 teid);
const struct dinsn *cpu_load_psw_switch(struct cpu *c, const struct dinsn *d, u64 mask, u64 addr,
                                        u64 teid);
/* Space-switch event when the instruction space becomes or ceases to be the home space, by this
 * change of the PSW mask; *teid. */
bool cpu_home_switch_event(struct cpu *c, u64 old, u64 new, u64 *teid);
/* The primary space with ASN pasn and ASCE old is left for one with ASCE `new`: is it a
 * space-switch event; *teid.  (If not, a PER event of the instruction makes it one.) */
bool cpu_switch_event(struct cpu *c, u16 pasn, u64 old, u64 new, u64 *teid);
/* With a failure of dat.h. */
const struct dinsn *cpu_leave_dat(struct cpu *c, const struct dinsn *d, const struct dat_fail *f,
                                  u64 va, unsigned ar, enum space s);

/* ---- storage ---- */

/* Like cpu_operand(), in a named space with a named key. */
bool cpu_operand_space(struct cpu *c, enum space s, u8 key, u64 va, unsigned ar, u64 len,
                       enum access acc, struct operand *o) MUST_CHECK;
/* Moves from one operand to the other, left to right as if byte by byte. */
void cpu_move(const struct operand *to, const struct operand *from);

/* Real words and doublewords for tables: no keys, no low-address protection. */
bool cpu_real_read32(struct cpu *c, u64 real_addr, u32 *v, struct dat_fail *fail) MUST_CHECK;
bool cpu_real_read64(struct cpu *c, u64 real_addr, u64 *v, struct dat_fail *fail) MUST_CHECK;

/* A logical address through the ASCE that the PSW's AS bits name, DAT on or off; *s that space. */
bool cpu_translate(struct cpu *c, u64 va, unsigned ar, enum space *s, struct translation *t,
                   bool *fetch_only, u64 *asce, struct dat_fail *fail) MUST_CHECK;

/* ---- ASNs ---- */

/* What an ASN-second-table entry says. */
struct asn_space {
    u64 asteo; /* real address of the entry */
    u64 asce;  /* subspace replacement done */
    u32 ato;
    u16 ax;
    u16 atl; /* with ASTE_CA, ASTE_RA */
    u32 astein;
};

/* Is the ASN-and-LX-reuse facility installed and enabled. */
static inline bool cpu_asn_reuse(const struct cpu *c)
{
    return c->cr[0] & CR0_ALX_REUSE && cpu_facility(c, 6);
}

/* ASN translation.  false: fail->code is AFX, ASX, ASTE validity, ASTE sequence, addressing, or 0
 * for a host fault. */
bool cpu_asn_translate(struct cpu *c, u16 asn, struct asn_space *out,
                       struct dat_fail *fail) MUST_CHECK;
/* Reads the ASN-second-table entry at out->asteo, subspace replacement included. */
bool cpu_read_aste(struct cpu *c, struct asn_space *out, struct dat_fail *fail) MUST_CHECK;
/* Leaves for a failure that belongs to an ASN. */
const struct dinsn *cpu_leave_asn(struct cpu *c, const struct dinsn *d, const struct dat_fail *f,
                                  u16 asn);

/* ---- linkage stack ---- */

/* Makes a program-call state entry of the current state; `target` is its doubleword at 90. */
bool cpu_push_call(struct cpu *c, u64 psw_mask, u64 psw_addr, u64 target) MUST_CHECK;

/* Bookkeeping of an absolute address (any alignment); false with fault or host_fault. */
bool cpu_abs_page(struct cpu *c, u64 abs, bool write, struct view_page *page) MUST_CHECK;

#endif
