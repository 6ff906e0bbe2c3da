/* SPDX-License-Identifier: Apache-2.0
 *
 * The watchdog, see watchdog.h.  The guest's CPUs say when it is to expire, the I/O thread has the
 * timer.  While the machine is stopped it does not expire: it begins anew.
 *
 * References: arch/diag.h, DIAGNOSE 288.
 */
#include "machine/watchdog.h"

#include <string.h>

#include "arch/diag.h"
#include "base/log.h"
#include "machine/machine.h"

#define SECOND 1000000000ULL
#define SECONDS_MAX 0xffffffffULL

static const char *const action_name[] = {
    [WATCHDOG_RESTART] = "restart", [WATCHDOG_POWER_OFF] = "poweroff", [WATCHDOG_NMI] = "nmi",
    [WATCHDOG_PAUSE] = "pause",     [WATCHDOG_NONE] = "none",
};

bool watchdog_action_parse(const char *text, enum watchdog_action *out)
{
    for (unsigned i = 0; i < ARRAY_SIZE(action_name); i++) {
        if (strcmp(text, action_name[i]) == 0) {
            *out = (enum watchdog_action)i;
            return true;
        }
    }
    return false;
}

/* ---- expiry, on the I/O thread ---- */

static void act(struct machine *m)
{
    log_warning("the guest's watchdog has expired (--watchdog-action %s)",
                action_name[m->config.watchdog]);
    switch (m->config.watchdog) {
    case WATCHDOG_RESTART:
        machine_request_restart(m);
        break;
    case WATCHDOG_POWER_OFF:
        machine_end_run(m, END_POWER_OFF, 0, NULL, NULL);
        break;
    case WATCHDOG_NMI:
        machine_nmi(m);
        break;
    case WATCHDOG_PAUSE:
        machine_pause(m);
        break;
    case WATCHDOG_NONE:
        break;
    }
}

/* What the timer found. */
static bool is_over(struct watchdog *w)
{
    bool runs = machine_get_state(w->machine) == MACHINE_RUNNING, over;

    pthread_mutex_lock(&w->lock);
    if (!runs)
        w->deadline = loop_now() + w->seconds * SECOND;
    over = w->enabled && loop_now() >= w->deadline;
    if (over)
        w->enabled = false;
    pthread_mutex_unlock(&w->lock);
    return over;
}

static void set_timer(struct watchdog *w);

static void expired(struct loop_timer *t)
{
    struct watchdog *w = container_of(t, struct watchdog, timer);

    if (is_over(w))
        act(w->machine);
    else
        set_timer(w);
}

static void set_timer(struct watchdog *w)
{
    bool enabled;
    u64 at;

    pthread_mutex_lock(&w->lock);
    enabled = w->enabled;
    at = w->deadline;
    pthread_mutex_unlock(&w->lock);
    if (enabled)
        loop_timer_set(w->machine->loop, &w->timer, at, expired);
    else
        loop_timer_cancel(w->machine->loop, &w->timer);
}

static void changed(struct loop_post *p)
{
    set_timer(container_of(p, struct watchdog, change));
}

/* ---- the guest's side ---- */

/* False: not in this state. */
static bool set(struct watchdog *w, u64 function, u64 seconds)
{
    bool ok;

    pthread_mutex_lock(&w->lock);
    ok = function == DIAG288_INIT || (function <= DIAG288_CANCEL && w->enabled);
    if (ok) {
        w->enabled = function != DIAG288_CANCEL;
        w->seconds = min64(seconds, SECONDS_MAX);
        w->deadline = loop_now() + w->seconds * SECOND;
    }
    pthread_mutex_unlock(&w->lock);
    if (ok)
        loop_post(w->machine->loop, &w->change);
    return ok;
}

bool watchdog_diag(struct watchdog *w, struct vcpu *v, unsigned r1, unsigned r3)
{
    u64 function = *hv_gr(v, r1), seconds = *hv_gr(v, r1 | 1), action = *hv_gr(v, r3);

    if (r1 & 1 || action != DIAG288_ACTION_RESTART)
        return false;
    if (function != DIAG288_CANCEL && seconds < DIAG288_MIN_TIMEOUT)
        return false;
    return set(w, function, seconds);
}

void watchdog_reset(struct watchdog *w)
{
    (void)set(w, DIAG288_CANCEL, 0);
}

/* ---- life ---- */

void watchdog_create(struct watchdog *w, struct machine *m)
{
    w->machine = m;
    w->change.run = changed;
    pthread_mutex_init(&w->lock, NULL);
}

void watchdog_destroy(struct watchdog *w)
{
    loop_timer_cancel(w->machine->loop, &w->timer);
    loop_post_cancel(w->machine->loop, &w->change);
    pthread_mutex_destroy(&w->lock);
}
