/* SPDX-License-Identifier: Apache-2.0
 *
 * A crypto card: turns one request into one reply.  Everything a request says is the guest's word:
 * lengths, offsets and numbers are checked, and nonsense gets the card's error reply; there is
 * always a reply.
 *
 * Threads: answer() runs on workers, several at once for one card; it has no state but what is
 * constant.  Never on a guest CPU.
 *
 * References: ap-cards "Message types"; the formats are those of Linux's zcrypt driver.
 */
#ifndef SIE390_AP_CARD_H
#define SIE390_AP_CARD_H

#include "arch/ap.h"

#define AP_MESSAGE_MAX 12288U /* bytes of a request and of a reply (message-size class 3) */

struct ap_request {
    const u8 *data; /* a copy of ours: the guest cannot change it any more */
    u32 length;     /* at most AP_MESSAGE_MAX */
    u16 apqn;       /* the queue it was put on */
    bool special;   /* NQAP said: special command */
};

struct ap_card_type {
    const char *name;     /* as in --ap type=NAME */
    u32 functions;        /* AP_FUNC_*: as TAPQ tells */
    const char *describe; /* for help */
    /* Writes the reply, at most AP_MESSAGE_MAX bytes, and gives its length. */
    u32 (*answer)(const struct ap_request *request, u8 *reply);
};

extern const struct ap_card_type card_accel; /* accelerator: modular exponentiation */
extern const struct ap_card_type card_cca;   /* CCA coprocessor */
extern const struct ap_card_type card_ep11;  /* EP11 coprocessor */

#endif
