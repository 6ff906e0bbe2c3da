/* SPDX-License-Identifier: Apache-2.0
 *
 * What the two files of channel instructions share: operands and their exceptions.
 */
#ifndef SIE390_CHANNEL_INSN_H
#define SIE390_CHANNEL_INSN_H

#include "arch/program.h"
#include "channel/subchannel.h"

/* An instruction under way. */
struct insn {
    struct css *css;
    struct vcpu *v;
    u32 ipb;
    const struct hv_exit *x;
};

static inline void insn_cc(const struct insn *i, unsigned value)
{
    hv_set_cc(i->v, value);
}

/* Always false, so that a check can return it. */
static inline bool insn_program(const struct insn *i, u16 code)
{
    hv_inject_program(i->v, code);
    return false;
}

static inline void insn_unlock(const struct insn *i, unsigned cc)
{
    pthread_mutex_unlock(&i->css->lock);
    insn_cc(i, cc);
}

/* Second-operand address, aligned to `align`.  False: the instruction is over. */
bool insn_operand(const struct insn *i, unsigned align, u64 *addr, u8 *ar) MUST_CHECK;
bool insn_fetch(const struct insn *i, u64 addr, u8 ar, void *to, u64 len) MUST_CHECK;
bool insn_store(const struct insn *i, u64 addr, u8 ar, const void *from, u64 len);

/* insn_css.c: the instructions that name no subchannel. */
void css_stcrw(const struct insn *i);
void css_rchp(const struct insn *i);
void css_sal(const struct insn *i);
void css_schm(const struct insn *i);
void css_stcps(const struct insn *i);
void css_insn_chsc(const struct insn *i);
void css_siga(const struct insn *i);

#endif
