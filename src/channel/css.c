/* SPDX-License-Identifier: Apache-2.0
 *
 * Life of the channel subsystem and its subchannels: devices come and go, reset, status-pending
 * and its interruption.
 *
 * Subchannels are numbered from 0 in the order of attachment; one whose device was taken off stays
 * (device number invalid) and is used again.  They are freed with the subsystem only, so a pointer
 * found once stays good.
 *
 * References: [PoP 14 I/O Instructions], [PoP 16 I/O Interruptions], [PoP 17 I/O-System Reset].
 */
#include "channel/css.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "channel/subchannel.h"

int css_create(struct vm *vm, struct loop *loop, struct css **out)
{
    struct css *css = calloc(1, sizeof(*css));

    if (!css)
        return -ENOMEM;
    css->vm = vm;
    css->loop = loop;
    pthread_mutex_init(&css->lock, NULL);
    *out = css;
    return 0;
}

/* PMCW and SCSW as a reset leaves them.  Locked, or not yet known to others. */
static void init_schib(struct subchannel *s, bool valid, u16 devno)
{
    struct pmcw *p = &s->schib.pmcw;

    s->schib = (struct schib){0};
    if (valid) {
        p->flags = be16_of(PMCW_V);
        p->devno = be16_of(devno);
        p->lpm = p->pim = p->pam = CSS_PATH;
        p->pom = 0xff;
        p->chpid[0] = CSS_CHPID;
    }
    s->enabled = false;
    s->erw = 0;
    s->enable_changed = false;
    s->changes++;
}

/* I/O thread. */
static void stop_device(struct subchannel *s)
{
    s->running = false;
    loop_post_cancel(s->css->loop, &s->work);
    loop_post_cancel(s->css->loop, &s->kick_work);
    s->kicks = 0;
    if (s->ops)
        s->ops->reset(s->dev);
    memset(s->sense, 0, sizeof(s->sense));
}

static void reset_subchannel(struct subchannel *s)
{
    struct css *css = s->css;
    bool valid = s->ops != NULL;

    stop_device(s);
    pthread_mutex_lock(&css->lock);
    sch_dequeue(s);
    init_schib(s, valid, be16_get(s->schib.pmcw.devno));
    s->stop = false;
    pthread_mutex_unlock(&css->lock);
}

static void reset_all(void *arg)
{
    struct css *css = arg;

    for (unsigned i = 0; i < css->nsch; i++)
        reset_subchannel(css->sch[i]);
    pthread_mutex_lock(&css->lock);
    css->ncrws = 0;
    css->crw_lost = false;
    css->ap_changed = false;
    css->sets_enabled = false;
    css->limit = 0;
    css->measurement_block = 0;
    pthread_mutex_unlock(&css->lock);
}

void css_reset(struct css *css)
{
    loop_call(css->loop, reset_all, css);
}

static void flush_all(void *arg)
{
    struct css *css = arg;

    for (unsigned i = 0; i < css->nsch; i++) {
        const struct css_device_ops *ops = css->sch[i]->ops;

        if (ops && ops->flush)
            ops->flush(css->sch[i]->dev);
    }
}

void css_flush(struct css *css)
{
    loop_call(css->loop, flush_all, css);
}

void css_destroy(struct css *css)
{
    for (unsigned i = 0; i < css->nsch; i++) {
        struct subchannel *s = css->sch[i];

        stop_device(s);
        if (s->ops)
            s->ops->destroy(s->dev);
        free(s);
    }
    pthread_mutex_destroy(&css->lock);
    free(css);
}

/* ---- devices ---- */

static bool devno_used(struct css *css, int devno)
{
    for (unsigned i = 0; i < css->nsch; i++)
        if (css->sch[i]->ops && css_devno(css->sch[i]) == devno)
            return true;
    return false;
}

static int choose_devno(struct css *css, int devno)
{
    if (devno == CSS_DEVNO_ANY) {
        devno = 0;
        while (devno_used(css, devno))
            devno++;
    } else if (devno < 0 || devno > 0xffff) {
        log_error("device number %x: 0000 to ffff expected", (unsigned)devno);
        return -EINVAL;
    } else if (devno_used(css, devno)) {
        log_error("device number %04x: in use", (unsigned)devno);
        return -EEXIST;
    }
    return devno;
}

static void deliver_kicks(struct loop_post *p)
{
    struct subchannel *s = container_of(p, struct subchannel, kick_work);
    u64 which = atomic_exchange(&s->kicks, 0);
    const struct css_device_ops *ops = s->ops;

    if (ops && ops->kick && which)
        ops->kick(s->dev, which);
}

bool css_kick(struct subchannel *s, unsigned n)
{
    const struct css_device_ops *ops = s->ops;

    if (!ops || !ops->kick || !s->enabled)
        return false;
    if (!(atomic_fetch_or(&s->kicks, 1ULL << n) & 1ULL << n))
        loop_post(s->css->loop, &s->kick_work);
    return true;
}

/* A subchannel without device: one given up, or a new one. */
static struct subchannel *free_subchannel(struct css *css)
{
    struct subchannel *s;

    for (unsigned i = 0; i < css->nsch; i++)
        if (!css->sch[i]->ops)
            return css->sch[i];
    if (css->nsch == CSS_MAX_SUBCHANNELS) {
        log_error("more than %d devices", CSS_MAX_SUBCHANNELS);
        return NULL;
    }
    s = calloc(1, sizeof(*s));
    if (s) {
        s->css = css;
        s->nr = (u16)css->nsch;
        s->work.run = sch_work;
        s->kick_work.run = deliver_kicks;
        css->sch[s->nr] = s;
        css->nsch++;
    }
    return s;
}

int css_attach(struct css *css, const struct css_device_ops *ops, void *dev, int devno,
               bool hotplug, struct subchannel **out)
{
    struct subchannel *s;

    devno = choose_devno(css, devno);
    if (devno < 0)
        return devno;
    s = free_subchannel(css);
    if (!s)
        return -ENOSPC;
    pthread_mutex_lock(&css->lock);
    init_schib(s, true, (u16)devno);
    s->dev = dev;
    s->ops = ops;
    s->stop = false;
    if (hotplug)
        css_report(css, CRW_RSC_SUBCHANNEL | CRW_ERC_IPARM, s->nr);
    pthread_mutex_unlock(&css->lock);
    *out = s;
    return 0;
}

void css_detach(struct css *css, struct subchannel *s)
{
    const struct css_device_ops *ops = s->ops;

    if (!ops)
        return;
    stop_device(s);
    pthread_mutex_lock(&css->lock);
    s->ops = NULL;
    sch_dequeue(s);
    init_schib(s, false, 0);
    css_report(css, CRW_RSC_SUBCHANNEL | CRW_ERC_IPARM, s->nr);
    pthread_mutex_unlock(&css->lock);
    ops->destroy(s->dev);
}

struct subchannel *css_find(struct css *css, u32 schid)
{
    struct subchannel *s;
    u32 nr = schid & SCHID_NR;

    if ((schid & ~SCHID_NR) != SCHID_ONE || nr >= css->nsch)
        return NULL;
    s = css->sch[nr];
    return s->ops ? s : NULL;
}

struct subchannel *css_next(struct css *css, unsigned *nr)
{
    while (*nr < css->nsch) {
        struct subchannel *s = css->sch[(*nr)++];

        if (s->ops)
            return s;
    }
    return NULL;
}

u16 css_devno(const struct subchannel *s)
{
    return be16_get(s->schib.pmcw.devno);
}

u16 css_nr(const struct subchannel *s)
{
    return s->nr;
}

struct css *css_of(const struct subchannel *s)
{
    return s->css;
}

void *css_device(const struct subchannel *s)
{
    return s->dev;
}

const struct css_device_ops *css_ops(const struct subchannel *s)
{
    return s->ops;
}

bool css_is_enabled(struct subchannel *s)
{
    return s->enabled;
}

struct vm *css_vm(const struct css *css)
{
    return css->vm;
}

struct loop *css_loop(const struct css *css)
{
    return css->loop;
}

void css_set_sense(struct subchannel *s, u8 byte0)
{
    memset(s->sense, 0, sizeof(s->sense));
    s->sense[0] = byte0;
}

/* ---- status ---- */

void sch_dequeue(struct subchannel *s)
{
    struct io_interrupt gone;

    (void)hv_dequeue_io_sch(s->css->vm, SCH_ID_ONE, s->nr, &gone);
}

/* One interruption a subchannel at most: it stands for all status that TSCH will find. */
void sch_set_status(struct subchannel *s, u16 status_control)
{
    struct io_interrupt io = {
        .subchannel_id = SCH_ID_ONE,
        .subchannel_nr = s->nr,
        .parm = be32_get(s->schib.pmcw.intparm),
        .word = io_word((pmcw_flags(s) & PMCW_ISC) >> PMCW_ISC_SHIFT),
    };
    int r;

    scsw_set_ctrl(s, scsw_ctrl(s) | status_control | SCSW_SC_PENDING);
    s->changes++;
    sch_dequeue(s);
    r = hv_inject_io(s->css->vm, &io);
    if (r)
        log_error("device %04x: I/O interruption: %s", css_devno(s), strerror(-r));
}

void css_alert(struct subchannel *s)
{
    struct css *css = s->css;

    pthread_mutex_lock(&css->lock);
    if (pmcw_flags(s) & PMCW_E && !(scsw_ctrl(s) & (SCSW_SC_PENDING | SCSW_FC))) {
        s->schib.scsw.dstat = s->schib.scsw.cstat = 0;
        s->schib.scsw.count = be16_of(0);
        s->erw = 0;
        sch_set_status(s, SCSW_SC_ALERT);
    }
    pthread_mutex_unlock(&css->lock);
}
