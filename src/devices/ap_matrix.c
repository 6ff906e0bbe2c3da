/* SPDX-License-Identifier: Apache-2.0
 *
 * AP pass-through, see ap_matrix.h: the matrix, AQIC, what a reply does.
 *
 * Invariant: a queue that interrupts has one struct queue_irq.  It belongs to the bus from
 * ap_irq_enable() to ap_irq_disable() or ended(), whoever comes first; the other finds nothing.  It
 * holds one pin and one registration, and gives both back when it goes.
 */
#include "devices/ap_matrix.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "base/mutate.h"

struct ap_matrix {
    struct pqap_hook hook;
    struct vm *vm;
    struct ap_bus *bus;
    pthread_mutex_t lock; /* guards masks */
    struct apcb1 masks;
    _Atomic u64 pins, registered, aqic, by_way[HV_ADAPTER_WAYS];
};

struct queue_irq {
    struct ap_irq irq;
    struct ap_matrix *x;
    u64 indicator; /* guest absolute address of the notification-indicator byte */
    unsigned isc;
    u16 apqn;
};

static const char *const way_name[HV_ADAPTER_WAYS] = {
    [HV_ADAPTER_FLOATING] = "a floating interruption",
    [HV_ADAPTER_GISA] = "the GISA",
    [HV_ADAPTER_ALERT] = "the GISA, with an alert",
};

static bool in_matrix(struct ap_matrix *x, u16 apqn)
{
    bool in;

    pthread_mutex_lock(&x->lock);
    in = ap_mask_test(x->masks.apm, apqn_adapter(apqn)) &&
         ap_mask_test(x->masks.aqm, apqn_domain(apqn));
    pthread_mutex_unlock(&x->lock);
    return in;
}

/* ---- what a queue that interrupts holds ---- */

/* Response code. */
static enum ap_rc hold(struct ap_matrix *x, const struct queue_irq *q)
{
    int r = mem_pin(&x->vm->mem, abs_addr(q->indicator));

    if (r == -EFAULT)
        return AP_RC_INVALID_ADDRESS;
    if (r)
        return AP_RC_BUSY;
    atomic_fetch_add(&x->pins, 1);
    if (hv_gisc_register(x->vm, q->isc)) {
        mem_unpin(&x->vm->mem, abs_addr(q->indicator));
        atomic_fetch_sub(&x->pins, 1);
        return AP_RC_INVALID_GISA;
    }
    atomic_fetch_add(&x->registered, 1);
    return AP_RC_NORMAL;
}

static void let_go(struct queue_irq *q)
{
    struct ap_matrix *x = q->x;

    ASSERT(hv_gisc_unregister(x->vm, q->isc) == 0);
    atomic_fetch_sub(&x->registered, 1);
    mem_unpin(&x->vm->mem, abs_addr(q->indicator));
    atomic_fetch_sub(&x->pins, 1);
    free(q);
}

/* ---- called by the bus, with the queue's lock held ---- */

static void arrived(struct ap_irq *irq)
{
    struct queue_irq *q = container_of(irq, struct queue_irq, irq);
    struct ap_matrix *x = q->x;
    const u8 set = mutated("P08") ? 0 : AP_INDICATOR_SET;
    enum hv_adapter_way way;

    /* pinned, so it is in storage */
    ASSERT(mem_write(&x->vm->mem, abs_addr(q->indicator), &set, sizeof(set)) == MEM_OK);
    way = hv_inject_adapter_way(x->vm, q->isc);
    atomic_fetch_add(&x->by_way[way], 1);
    if (trace_on(&x->vm->trace, TRACE_AP))
        trace_line(&x->vm->trace,
                   "ap %02x.%04x: reply, indicator at %llx set, interruption on ISC %u by %s",
                   apqn_adapter(q->apqn), apqn_domain(q->apqn), (unsigned long long)q->indicator,
                   q->isc, way_name[way]);
}

static void ended(struct ap_irq *irq)
{
    struct queue_irq *q = container_of(irq, struct queue_irq, irq);

    if (trace_on(&q->x->vm->trace, TRACE_AP))
        trace_line(&q->x->vm->trace, "ap %02x.%04x: interruptions ended", apqn_adapter(q->apqn),
                   apqn_domain(q->apqn));
    let_go(q);
}

/* ---- PQAP AQIC ---- */

static u32 enable(struct ap_matrix *x, u16 apqn, u64 gr1, u64 indicator)
{
    struct queue_irq *q = malloc(sizeof(*q));
    enum ap_rc rc;
    u32 status;

    if (!q)
        return ap_status_of(AP_RC_BUSY);
    *q = (struct queue_irq){
        .irq = {arrived, ended},
        .x = x,
        .indicator = indicator,
        .isc = (unsigned)(gr1 & AQIC_GR1_ISC),
        .apqn = apqn,
    };
    rc = hold(x, q);
    if (rc != AP_RC_NORMAL) {
        free(q);
        return ap_status_of(rc);
    }
    /* From here on it may end at any time. */
    status = ap_irq_enable(x->bus, apqn, &q->irq);
    if (ap_status_rc(status))
        let_go(q);
    return status;
}

static u32 disable(struct ap_matrix *x, u16 apqn)
{
    struct ap_irq *irq = NULL;
    u32 status = ap_irq_disable(x->bus, apqn, &irq);

    if (!ap_status_rc(status))
        let_go(container_of(irq, struct queue_irq, irq));
    return status;
}

static u32 aqic(struct pqap_hook *h, struct vcpu *v, u16 apqn, u64 gr1, u64 gr2)
{
    struct ap_matrix *x = container_of(h, struct ap_matrix, hook);

    (void)v;
    atomic_fetch_add(&x->aqic, 1);
    if (in_matrix(x, apqn) == mutated("P07"))
        return ap_status_of(AP_RC_NOT_AVAILABLE);
    return gr1 & AQIC_GR1_IR ? enable(x, apqn, gr1, gr2) : disable(x, apqn);
}

/* ---- the matrix ---- */

void ap_matrix_update(struct ap_matrix *x)
{
    struct ap_config c;
    struct apcb1 masks = {0};

    ap_bus_config(x->bus, &c);
    memcpy(masks.apm, c.apm, sizeof(masks.apm));
    memcpy(masks.aqm, c.aqm, sizeof(masks.aqm));
    memcpy(masks.adm, c.adm, sizeof(masks.adm));
    pthread_mutex_lock(&x->lock);
    x->masks = masks;
    pthread_mutex_unlock(&x->lock);
    hv_set_ap_masks(x->vm, &masks);
}

int ap_matrix_create(struct ap_matrix **out, struct vm *vm, struct ap_bus *bus)
{
    struct ap_matrix *x = calloc(1, sizeof(*x));
    int r = -ENOMEM;

    if (x) {
        x->hook.aqic = aqic;
        r = hv_set_pqap_hook(vm, &x->hook);
    }
    if (r) {
        log_error("adjunct processors: no driver for them: %s", strerror(-r));
        free(x);
        return r;
    }
    x->vm = vm;
    x->bus = bus;
    pthread_mutex_init(&x->lock, NULL);
    ap_matrix_update(x);
    *out = x;
    return 0;
}

void ap_matrix_destroy(struct ap_matrix *x)
{
    hv_clear_pqap_hook(x->vm, &x->hook);
    ASSERT(!atomic_load(&x->pins) && !atomic_load(&x->registered));
    hv_clear_ap_masks(x->vm);
    pthread_mutex_destroy(&x->lock);
    free(x);
}

void ap_matrix_counters(struct ap_matrix *x, struct ap_matrix_counters *out)
{
    *out = (struct ap_matrix_counters){
        .pins = atomic_load(&x->pins),
        .registered = atomic_load(&x->registered),
        .aqic = atomic_load(&x->aqic),
        .by_gisa = atomic_load(&x->by_way[HV_ADAPTER_GISA]),
        .by_alert = atomic_load(&x->by_way[HV_ADAPTER_ALERT]),
        .by_floating = atomic_load(&x->by_way[HV_ADAPTER_FLOATING]),
    };
}
