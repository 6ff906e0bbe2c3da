/* SPDX-License-Identifier: Apache-2.0
 *
 * The watchdog of DIAGNOSE 288: a timer that the guest has to set anew before it expires.
 */
#ifndef SIE390_MACHINE_WATCHDOG_H
#define SIE390_MACHINE_WATCHDOG_H

#include <pthread.h>

#include "base/loop.h"

struct machine;
struct vcpu;

/* What happens when it expires. */
enum watchdog_action {
    WATCHDOG_RESTART,   /* the guest is loaded again */
    WATCHDOG_POWER_OFF, /* the run ends */
    WATCHDOG_NMI,       /* restart interruption: Linux takes a dump, or panics */
    WATCHDOG_PAUSE,     /* as by machine_pause() */
    WATCHDOG_NONE,      /* a message */
};

struct watchdog {
    struct machine *machine;
    pthread_mutex_t lock;
    bool enabled;            /* lock */
    u64 seconds;             /* lock */
    u64 deadline;            /* lock: loop_now() */
    struct loop_timer timer; /* I/O thread */
    struct loop_post change; /* the I/O thread is to look at what is above */
};

/* "restart", ...; false: no such action. */
bool watchdog_action_parse(const char *text, enum watchdog_action *out) MUST_CHECK;

void watchdog_create(struct watchdog *w, struct machine *m);
/* The loop must not run. */
void watchdog_destroy(struct watchdog *w);
/* Off.  Any thread. */
void watchdog_reset(struct watchdog *w);

/* DIAGNOSE 288 with R1 and R3; false: specification exception.  CPU's own thread. */
bool watchdog_diag(struct watchdog *w, struct vcpu *v, unsigned r1, unsigned r3) MUST_CHECK;

#endif
