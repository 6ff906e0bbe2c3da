/* SPDX-License-Identifier: Apache-2.0
 *
 * Adjunct processors of a machine: the bus with its cards, the driver that gives the guest their
 * queues, and changes while the guest runs.  Each change is told to the guest (CHSC event
 * information), so that it looks at once.
 *
 * References: ap/bus.h, devices/ap_matrix.h.
 */
#ifndef SIE390_MACHINE_AP_H
#define SIE390_MACHINE_AP_H

#include "devices/ap_matrix.h"

struct machine;

/* What is there at the start. */
struct machine_ap_config {
    bool on;                                 /* the guest has adjunct processors, cards or not */
    const struct ap_card_type *card[AP_MAX]; /* by adapter; NULL: none */
    u8 domains[AP_MAX / 8];                  /* of all adapters; bit n from the left */
};

struct machine_ap {
    struct ap_bus *bus; /* NULL: no adjunct processors */
    struct ap_matrix *matrix;
};

/* Before the guest runs.  0 or -errno (logged). */
int machine_ap_create(struct machine *m) MUST_CHECK;
/* No CPU runs any more. */
void machine_ap_destroy(struct machine *m);
/* All queues.  No CPU runs. */
void machine_ap_reset(struct machine *m);

/* Any thread that runs no CPU and for which none waits while it completes an instruction (none
 * waits for the I/O thread): the CPUs come to rest for a moment.  Bus not NULL.  0; -EEXIST,
 * -ENOENT. */
int machine_ap_plug(struct machine *m, u8 adapter, const struct ap_card_type *type) MUST_CHECK;
int machine_ap_unplug(struct machine *m, u8 adapter) MUST_CHECK;
int machine_ap_domain(struct machine *m, u8 domain, bool add) MUST_CHECK;
/* The same, any thread: -ENOENT; -EALREADY: it is in that state. */
int machine_ap_set_state(struct machine *m, u8 adapter, enum ap_card_state state) MUST_CHECK;

#endif
