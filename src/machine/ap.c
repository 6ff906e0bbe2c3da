/* SPDX-License-Identifier: Apache-2.0
 *
 * Adjunct processors of a machine, see ap.h.
 *
 * The guest loses what is unplugged before it is told, and is told of what is plugged when it can
 * use it: the masks change first, the report comes last.
 */
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "ap/insn.h"
#include "base/log.h"
#include "machine/machine.h"

#define WORKERS_MAX 8 /* a card's answer is at most a few milliseconds */

static unsigned workers(void)
{
    long n = sysconf(_SC_NPROCESSORS_ONLN);

    return n < 1 ? 1 : (unsigned)min64((u64)n, WORKERS_MAX);
}

static int fill_bus(struct machine *m)
{
    const struct machine_ap_config *c = &m->config.ap;
    int r = 0;

    for (unsigned n = 0; !r && n < AP_MAX; n++)
        if (ap_mask_test(c->domains, n))
            r = ap_bus_add_domain(m->ap.bus, (u8)n);
    for (unsigned n = 0; !r && n < AP_MAX; n++)
        if (c->card[n])
            r = ap_bus_plug(m->ap.bus, (u8)n, c->card[n]);
    if (r)
        log_error("adjunct processors: %s", strerror(-r));
    return r;
}

/* The guest's own wish.  A check-stopped adapter is configured, and stays check-stopped. */
static int configure(void *arg, u8 adapter, bool on)
{
    struct machine *m = arg;
    const struct ap_card_type *type;
    enum ap_card_state now;

    if (!ap_bus_card(m->ap.bus, adapter, &type, &now))
        return -ENOENT;
    if (on && now != AP_CARD_DECONFIGURED)
        return -EALREADY;
    return machine_ap_set_state(m, adapter, on ? AP_CARD_OPERATING : AP_CARD_DECONFIGURED);
}

int machine_ap_create(struct machine *m)
{
    int r;

    if (!m->config.ap.on)
        return 0;
    r = ap_bus_create(&m->ap.bus, workers(), &m->vm.trace);
    if (r)
        return r;
    ap_connect(&m->vm.mem, m->ap.bus);
    r = fill_bus(m);
    if (!r)
        r = ap_matrix_create(&m->ap.matrix, &m->vm, m->ap.bus);
    if (!r)
        r = hv_set_ap_interpretation(&m->vm, true);
    m->sclp.configure_ap_arg = m;
    m->sclp.configure_ap = configure;
    return r;
}

void machine_ap_destroy(struct machine *m)
{
    if (m->ap.bus) {
        ap_connect(&m->vm.mem, NULL);
        ap_bus_destroy(m->ap.bus);
    }
    if (m->ap.matrix)
        ap_matrix_destroy(m->ap.matrix);
    m->ap = (struct machine_ap){0};
}

void machine_ap_reset(struct machine *m)
{
    if (m->ap.bus)
        ap_reset_all(m->ap.bus);
}

/* ---- changes ---- */

static int changed(struct machine *m, int r)
{
    if (r)
        return r;
    ap_matrix_update(m->ap.matrix);
    css_report_ap_change(m->css);
    return 0;
}

int machine_ap_plug(struct machine *m, u8 adapter, const struct ap_card_type *type)
{
    return changed(m, ap_bus_plug(m->ap.bus, adapter, type));
}

int machine_ap_unplug(struct machine *m, u8 adapter)
{
    return changed(m, ap_bus_unplug(m->ap.bus, adapter));
}

int machine_ap_domain(struct machine *m, u8 domain, bool add)
{
    return changed(m, add ? ap_bus_add_domain(m->ap.bus, domain)
                          : ap_bus_remove_domain(m->ap.bus, domain));
}

int machine_ap_set_state(struct machine *m, u8 adapter, enum ap_card_state state)
{
    const struct ap_card_type *type;
    enum ap_card_state now;
    int r;

    if (!ap_bus_card(m->ap.bus, adapter, &type, &now))
        return -ENOENT;
    if (now == state)
        return -EALREADY;
    r = ap_bus_set_state(m->ap.bus, adapter, state);
    if (!r)
        css_report_ap_change(m->css);
    return r;
}
