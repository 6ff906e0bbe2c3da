/* SPDX-License-Identifier: Apache-2.0
 *
 * The AP bus of a host: adapters (cards) times domains give queues.  A queue takes requests until
 * it is full, workers have the card answer them, replies wait until they are fetched.  The bus
 * knows nothing of guests: who may use which queue is said by a crypto control block (insn_ap.c),
 * and interruptions go to whoever asked for them with ap_irq_enable().
 *
 * Status words are AP_STATUS_* with a response code; all functions of queues give the status after
 * what they did, whether or not it was done.
 *
 * Threads: everything from any thread.  Each queue has a lock; the configuration of the bus has
 * one.  Callbacks of struct ap_irq are called with the queue's lock held (and the configuration's
 * when that changes): they may not call the bus, nor take a lock that is held around calls of it.
 *
 * References: Linux Documentation/arch/s390/vfio-ap.rst; ap-cards.
 */
#ifndef SIE390_AP_BUS_H
#define SIE390_AP_BUS_H

#include "ap/card.h"
#include "base/trace.h"

struct ap_bus;

#define AP_QUEUE_DEPTH 8 /* messages of a queue, from NQAP to DQAP */

/* `threads`: workers at most (not 0); the first is started with the first card, others when there
 * are requests for them.  `trace` may be NULL. */
int ap_bus_create(struct ap_bus **out, unsigned threads, const struct trace *trace) MUST_CHECK;
/* No CPU runs any more.  Interruptions that are still enabled end. */
void ap_bus_destroy(struct ap_bus *b);

/* ---- configuration ---- */

enum ap_card_state { AP_CARD_OPERATING, AP_CARD_DECONFIGURED, AP_CARD_CHECKSTOPPED };

/* -EEXIST: there is a card already.  -EAGAIN, -ENOMEM. */
int ap_bus_plug(struct ap_bus *b, u8 adapter, const struct ap_card_type *type) MUST_CHECK;
/* Requests and replies are dropped, interruptions end.  -ENOENT. */
int ap_bus_unplug(struct ap_bus *b, u8 adapter) MUST_CHECK;
/* What is taken out of operation is reset; -ENOENT. */
int ap_bus_set_state(struct ap_bus *b, u8 adapter, enum ap_card_state state) MUST_CHECK;
/* Usage and control domain of all adapters: added or removed (as ap_bus_unplug() does).  -EEXIST,
 * -ENOENT, -ENOMEM. */
int ap_bus_add_domain(struct ap_bus *b, u8 domain) MUST_CHECK;
int ap_bus_remove_domain(struct ap_bus *b, u8 domain) MUST_CHECK;

/* AP_CONFIG_*: what the bus can do; never changes. */
u8 ap_bus_flags(const struct ap_bus *b);
/* What is there, as QCI tells without a guest's masks. */
void ap_bus_config(struct ap_bus *b, struct ap_config *out);
/* A card's type and state; false: none. */
bool ap_bus_card(struct ap_bus *b, u8 adapter, const struct ap_card_type **type,
                 enum ap_card_state *state);

/* ---- queues, as the instructions see them ---- */

/* TAPQ; *info is general register 2, 0 if there is no such queue. */
u32 ap_test(struct ap_bus *b, u16 apqn, u64 *info);
/* QACT; `wanted` is general register 1, *compatible general register 2: the card's type, or the one
 * asked for if it is older; 0 if the card is none of it. */
u32 ap_compatible(struct ap_bus *b, u16 apqn, u64 wanted, u64 *compatible);
/* RAPQ and ZAPQ: requests and replies are dropped, interruptions end; response code 0.  A request
 * in work ends first: until then all functions of the queue say "reset in progress". */
u32 ap_reset(struct ap_bus *b, u16 apqn);
/* All queues, and complete when it returns: waits for what is in work. */
void ap_reset_all(struct ap_bus *b);

struct ap_part {
    u64 id; /* of the message */
    const u8 *data;
    u32 length;
    bool special;
    bool last; /* or only part */
};
/* NQAP: takes a copy.  Parts of a message are collected by its id; a message has its place in the
 * queue from its first part on.  Host without memory: "queue full". */
u32 ap_enqueue(struct ap_bus *b, u16 apqn, const struct ap_part *part);

/* DQAP in two steps, so that a reply is not lost when the guest's buffer cannot be stored into:
 * ap_dequeue_begin() with response code 0 has taken the first reply out of the queue, which counts
 * it as waiting until ap_dequeue_end(). */
struct ap_reply {
    u64 id;
    const u8 *data;
    u32 length;  /* of the whole */
    u32 fetched; /* that earlier calls of ap_dequeue_end() have consumed */
    void *entry; /* the bus's */
};
u32 ap_dequeue_begin(struct ap_bus *b, u16 apqn, struct ap_reply *out);
/* `consumed` more bytes are fetched: at the end the reply is gone; before, it is the first again.
 * Always response code 0: DQAP was before a reset that came meanwhile, but such a reply is gone,
 * fetched or not. */
u32 ap_dequeue_end(struct ap_bus *b, u16 apqn, struct ap_reply *r, u32 consumed);

/* ---- interruptions ---- */

struct ap_irq {
    /* A reply has arrived.  On a worker's thread. */
    void (*arrived)(struct ap_irq *irq);
    /* The bus has switched it off (reset, unplug, deconfiguration, end): the object is the
     * caller's again. */
    void (*ended)(struct ap_irq *irq);
};
/* Response code 07: enabled already (*irq is not taken). */
u32 ap_irq_enable(struct ap_bus *b, u16 apqn, struct ap_irq *irq);
/* The object is the caller's again when this returns with 0; ended() is not called.  Response code
 * 07: not enabled. */
u32 ap_irq_disable(struct ap_bus *b, u16 apqn, struct ap_irq **irq);

/* ---- statistics ---- */

enum ap_mode { AP_MODE_ACCEL, AP_MODE_CCA, AP_MODE_EP11, AP_MODES };

struct ap_mode_counters {
    u64 answered, nanoseconds; /* by cards of this mode, and what it took them */
};

/* requests = fetched + dropped + what is on queues. */
struct ap_counters {
    u64 requests;   /* accepted, whole */
    u64 replies;    /* arrived on queues */
    u64 fetched;    /* whole */
    u64 dropped;    /* requests and replies, by resets, unplug, deconfiguration */
    u64 resets;     /* RAPQ, ZAPQ and of the bus */
    u64 interrupts; /* arrived() */
    struct ap_mode_counters mode[AP_MODES];
};
void ap_bus_counters(struct ap_bus *b, struct ap_counters *out);

#endif
