/* SPDX-License-Identifier: Apache-2.0
 *
 * Moves between address spaces and with other keys: MVCP, MVCS, MVCK, MVCSK, MVCDK, MVCOS, MVPG.
 * Both operands are made accessible before the first byte moves, so a fault changes nothing.
 *
 * References: [PoP 10 MOVE TO PRIMARY, MOVE TO SECONDARY, MOVE WITH KEY, MOVE WITH SOURCE KEY, MOVE
 * WITH DESTINATION KEY, MOVE WITH OPTIONAL SPECIFICATIONS, MOVE PAGE].
 */
#include "cpu/control.h"
#include "isa_exec.h"

/* One end of a move. */
struct end {
    enum space space;
    u8 key;
    unsigned ar;
    u64 va;
};

/* Sets the condition code and moves; a fault leaves both as they were. */
static const struct dinsn *move(struct cpu *c, const struct dinsn *d, const struct end *to,
                                const struct end *from, u64 len, u32 cc)
{
    struct operand t, f;

    if (len) {
        if (!cpu_operand_space(c, from->space, from->key, from->va, from->ar, len, ACC_FETCH, &f) ||
            !cpu_operand_space(c, to->space, to->key, to->va, to->ar, len, ACC_STORE, &t))
            return cpu_leave_fault(c, d);
        cpu_move(&t, &f);
    }
    c->cc = cc;
    return cpu_next_stored(c, d, d->ilc);
}

/* True length in a register: cut to max, *cc 3 when there is more. */
static u64 true_length(const struct cpu *c, unsigned r, u64 max, u32 *cc)
{
    u64 len = c->amask == ~0ULL ? c->gr[r] : (u32)c->gr[r];

    *cc = len > max ? 3 : 0;
    return min64(len, max);
}

/* ---- between primary and secondary space ---- */

static const struct dinsn *move_spaces(struct cpu *c, const struct dinsn *d, bool to_primary)
{
    u8 key = (u8)c->gr[f_SS_d_r3(d)] & KEY_ACC;
    struct end primary = {SPACE_PRIMARY, cpu_psw_key(c), 0, 0};
    struct end secondary = {SPACE_SECONDARY, key, 0, 0};
    u32 cc;
    u64 len = true_length(c, f_SS_d_r1(d), 256, &cc);

    if (!cpu_key_permitted(c, key))
        return cpu_leave_program(c, d, PGM_PRIVILEGED_OP);
    (to_primary ? &primary : &secondary)->va = ea_SS_d_1(c, d);
    (to_primary ? &secondary : &primary)->va = ea_SS_d_2(c, d);
    if (to_primary)
        return move(c, d, &primary, &secondary, len, cc);
    return move(c, d, &secondary, &primary, len, cc);
}

const struct dinsn *insn_mvcp(struct cpu *c, const struct dinsn *d)
{
    return move_spaces(c, d, true);
}

const struct dinsn *insn_mvcs(struct cpu *c, const struct dinsn *d)
{
    return move_spaces(c, d, false);
}

/* ---- with a key ---- */

const struct dinsn *insn_mvck(struct cpu *c, const struct dinsn *d)
{
    enum space s = cpu_data_space(c);
    u8 key = (u8)c->gr[f_SS_d_r3(d)] & KEY_ACC;
    struct end to = {s, cpu_psw_key(c), ar_SS_d_1(d), ea_SS_d_1(c, d)};
    struct end from = {s, key, ar_SS_d_2(d), ea_SS_d_2(c, d)};
    u32 cc;
    u64 len = true_length(c, f_SS_d_r1(d), 256, &cc);

    if (!cpu_key_permitted(c, key))
        return cpu_leave_program(c, d, PGM_PRIVILEGED_OP);
    return move(c, d, &to, &from, len, cc);
}

static const struct dinsn *move_key(struct cpu *c, const struct dinsn *d, bool source)
{
    enum space s = cpu_data_space(c);
    u8 key = (u8)c->gr[1] & KEY_ACC;
    struct end to = {s, source ? cpu_psw_key(c) : key, ar_SSE_1(d), ea_SSE_1(c, d)};
    struct end from = {s, source ? key : cpu_psw_key(c), ar_SSE_2(d), ea_SSE_2(c, d)};

    if (!cpu_key_permitted(c, key))
        return cpu_leave_program(c, d, PGM_PRIVILEGED_OP);
    return move(c, d, &to, &from, (c->gr[0] & 0xff) + 1, c->cc);
}

const struct dinsn *insn_mvcsk(struct cpu *c, const struct dinsn *d)
{
    return move_key(c, d, true);
}

const struct dinsn *insn_mvcdk(struct cpu *c, const struct dinsn *d)
{
    return move_key(c, d, false);
}

/* ---- MOVE WITH OPTIONAL SPECIFICATIONS ---- */

/* Operand-access control, 16 bits. */
#define OAC_K 0x0002U /* the key in it is used, else the PSW key */
#define OAC_A 0x0001U /* the address-space control in it is used, else the PSW's */

static struct end oac_end(const struct cpu *c, u32 oac, unsigned ar, u64 va)
{
    return (struct end){
        .space = (enum space)(oac & OAC_A ? oac >> 6 & 3 : psw_as(c->psw_mask)),
        .key = oac & OAC_K ? (u8)(oac >> 8 & KEY_ACC) : cpu_psw_key(c),
        .ar = ar,
        .va = va,
    };
}

const struct dinsn *insn_mvcos(struct cpu *c, const struct dinsn *d)
{
    u32 oac1 = (u32)c->gr[0] >> 16, oac2 = (u16)c->gr[0];
    struct end to = oac_end(c, oac1, ar_SSF_1(d), ea_SSF_1(c, d));
    struct end from = oac_end(c, oac2, ar_SSF_2(d), ea_SSF_2(c, d));
    u32 cc;
    u64 len = true_length(c, f_SSF_r3(d), 4096, &cc);

    if ((to.space == SPACE_SECONDARY || from.space == SPACE_SECONDARY) &&
        !(c->cr[0] & CR0_SECONDARY))
        return cpu_leave_program(c, d, PGM_SPECIAL_OPERATION);
    if ((to.key | from.key) && cpu_keyless(c))
        return cpu_leave_program(c, d, PGM_SPECIAL_OPERATION);
    if (cpu_problem_state(c)) {
        if (oac1 & OAC_A && to.space == SPACE_HOME)
            return cpu_leave_program(c, d, PGM_SPECIAL_OPERATION);
        if ((oac1 & OAC_K && !cpu_key_permitted(c, to.key)) ||
            (oac2 & OAC_K && !cpu_key_permitted(c, from.key)))
            return cpu_leave_program(c, d, PGM_PRIVILEGED_OP);
    }
    return move(c, d, &to, &from, len, cc);
}

/* ---- MOVE PAGE ---- */

#define MVPG_RESERVED 0xf000U /* GR0 bits 48-51 */
#define MVPG_KEY_TO 0x0800U   /* bit 52: the key is for the first operand */
#define MVPG_KEY_FROM 0x0400U /* bit 53: for the second */
#define MVPG_CCO 0x0100U      /* bit 55: condition code instead of page translation */

/* A page could not be reached.  0: leave by fault; else the condition code. */
static u32 mvpg_cc(const struct cpu *c, bool source)
{
    if (!(c->gr[0] & MVPG_CCO) || c->stop != CPU_STOP_FAULT)
        return 0;
    if (c->fault.code == PGM_PAGE_TRANSLATION)
        return source ? 2 : 1;
    if (!source && c->fault.code == PGM_PROTECTION &&
        (c->fault.teid & TEID_PROT_MASK) == TEID_PROT_DAT)
        return 1;
    return 0;
}

static const struct dinsn *mvpg_failed(struct cpu *c, const struct dinsn *d, bool source)
{
    u32 cc = mvpg_cc(c, source);

    if (cc) {
        c->cc = cc;
        return cpu_next(c, d, d->ilc);
    }
    if (c->stop == CPU_STOP_HOST_FAULT && be32_get(c->sd->eca) & SD_ECA_MVPGI)
        return cpu_leave_partial(c, d); /* host_fault says which page */
    return cpu_leave_fault(c, d);
}

const struct dinsn *insn_mvpg(struct cpu *c, const struct dinsn *d)
{
    unsigned r1 = f_RRE_r1(d), r2 = f_RRE_r2(d);
    enum space s = cpu_data_space(c);
    u32 gr0 = (u32)c->gr[0];
    u8 key = (u8)gr0 & KEY_ACC, psw = cpu_psw_key(c);
    struct operand to, from;

    if (gr0 & MVPG_RESERVED || (gr0 & MVPG_KEY_TO && gr0 & MVPG_KEY_FROM))
        return cpu_leave_program(c, d, PGM_SPECIFICATION);
    if (gr0 & (MVPG_KEY_TO | MVPG_KEY_FROM) && !cpu_key_permitted(c, key))
        return cpu_leave_program(c, d, PGM_PRIVILEGED_OP);
    if (!cpu_operand_space(c, s, gr0 & MVPG_KEY_FROM ? key : psw,
                           cpu_wrap(c, c->gr[r2]) & ~FRAME_MASK, r2, FRAME_SIZE, ACC_FETCH, &from))
        return mvpg_failed(c, d, true);
    if (!cpu_operand_space(c, s, gr0 & MVPG_KEY_TO ? key : psw,
                           cpu_wrap(c, c->gr[r1]) & ~FRAME_MASK, r1, FRAME_SIZE, ACC_STORE, &to))
        return mvpg_failed(c, d, false);
    cpu_move(&to, &from);
    c->cc = 0;
    return cpu_next_stored(c, d, d->ilc);
}
