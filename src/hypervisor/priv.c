/* SPDX-License-Identifier: Apache-2.0
 *
 * Instruction intercepts: from the first byte of the text to a group's table, from there to the
 * handler priv_<mnemonic>().  The tables come from the lists in counters.h.
 *
 * An opcode that is not listed leaves for the VMM, which injects an operation exception unless it
 * implements the instruction.
 */
#include "hypervisor/priv.h"

struct insn_row {
    hv_handler *handle;
    const char *name; /* of the handler */
    u16 counter;
};

#define X(op, mnemonic, handler) [op] = {priv_##handler, "priv_" #handler, CNT_##mnemonic},
static const struct insn_row rows_1[256] = {HV_INSNS_1(X)};
static const struct insn_row rows_01[256] = {HV_INSNS_01(X)};
static const struct insn_row rows_b2[256] = {HV_INSNS_B2(X)};
static const struct insn_row rows_b9[256] = {HV_INSNS_B9(X)};
static const struct insn_row rows_e3[256] = {HV_INSNS_E3(X)};
static const struct insn_row rows_e5[256] = {HV_INSNS_E5(X)};
static const struct insn_row rows_eb[256] = {HV_INSNS_EB(X)};
#undef X

static const struct insn_row *find(u16 ipa, u32 ipb)
{
    switch (ipa >> 8) {
    case 0x01:
        return &rows_01[ipa & 0xff];
    case 0xb2:
        return &rows_b2[ipa & 0xff];
    case 0xb9:
        return &rows_b9[ipa & 0xff];
    case 0xe3: /* six bytes: the rest of the opcode is the last one */
        return &rows_e3[ipb & 0xff];
    case 0xe5:
        return &rows_e5[ipa & 0xff];
    case 0xeb:
        return &rows_eb[ipb & 0xff];
    default:
        return &rows_1[ipa >> 8];
    }
}

/* The rule of an opcode's group. */
static const char *rule_of(u16 ipa)
{
    switch (ipa >> 8) {
    case 0x01:
        return "I20";
    case 0x82:
        return "I21";
    case 0x83:
        return "I22";
    case 0xaa:
        return "I23";
    case 0xae:
        return "I24";
    case 0xb2:
        return "I25";
    case 0xb6:
    case 0xb7:
        return "I26";
    case 0xb9:
        return "I27";
    default:
        return "I28";
    }
}

/* The other outcome: an exception for an instruction that is done, none for one that is not. */
static enum hv_outcome inverted(struct vcpu *v, enum hv_outcome o)
{
    if (o != HV_INJECT)
        return hv_inject(v, PGM_OPERATION);
    atomic_fetch_and(&v->local.pending, ~IRQ_BIT(IRQ_PROGRAM));
    v->local.program = NULL;
    return HV_RESUME;
}

enum hv_outcome hv_handle_instruction(struct vcpu *v)
{
    const struct insn_row *r = find(hv_ipa(v), hv_ipb(v));

    if (!r->handle)
        return hv_exit(v, EXIT_INTERCEPT);
    v->handler = r->name;
    hv_count(v, r->counter);
    return mutated(rule_of(hv_ipa(v))) ? inverted(v, r->handle(v)) : r->handle(v);
}
