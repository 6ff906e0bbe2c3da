/* SPDX-License-Identifier: Apache-2.0
 *
 * Inside the CCA coprocessor: what its functions get and what they give.  A function reads its
 * rules and parameters from the call, writes the parameters of the reply, and returns a pair of
 * codes; if it does not return CCA_OK, or what it wrote has no room, the reply has empty
 * parameters.
 *
 * References: ap-cards "Message type 6 and CPRBX"; what the codes mean: IBM's CCA guides, "Return
 * codes and reason codes".
 */
#ifndef SIE390_AP_CARD_CCA_H
#define SIE390_AP_CARD_CCA_H

#include "ap/card_message.h"

struct cca_status {
    u16 rtcode, rscode;
};

struct cca_call {
    u16 apqn;
    u32 asked_data;       /* bytes of data that the reply shall have at most */
    struct reader rules;  /* 8 characters each */
    struct reader params; /* blocks after the rules */
    struct writer reply;  /* parameters after the subfunction */
    struct writer data;   /* behind them; from cca_reply_data() on */
    u32 data_room;
    bool failed; /* by the fault of this host: the request may succeed elsewhere */
};

#define CCA_RULE_LENGTH 8U
/* There is one rule, this one. */
bool cca_only_rule(const struct cca_call *c, const char *rule);
/* A block of the reply: its length, then n bytes, which are zeros so far; NULL: no room. */
u8 *cca_reply_block(struct cca_call *c, u32 n);
/* The parameters of the reply are complete, n bytes of data follow; NULL: no room. */
u8 *cca_reply_data(struct cca_call *c, u32 n);

/* card_cca_rsa.c: public- and private-key operations with clear keys */
struct cca_status cca_pk(struct cca_call *c);
struct cca_status cca_pd(struct cca_call *c);
/* card_cca_query.c: random numbers, facility query */
struct cca_status cca_rl(struct cca_call *c);
struct cca_status cca_fq(struct cca_call *c);

#endif
