/* SPDX-License-Identifier: Apache-2.0
 *
 * Virtio over channel I/O: channel commands of revisions 1 and 2, indicators, notification.
 *
 * The legacy interface is not offered: a driver that sets revision 0, or none, gets command reject.
 * All of it runs on the I/O thread, except virtio_ccw_notify().
 *
 * References: [VIRTIO 1.2 4.3 Virtio Over Channel I/O].
 */
#include "channel/virtio_ccw.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "arch/css.h"
#include "arch/virtio_ccw.h"
#include "base/log.h"
#include "channel/ccw.h"

#define DSTAT_ENDED (DSTAT_CHANNEL_END | DSTAT_DEVICE_END)
#define REVISION_UNSET (-1)

struct virtio_ccw {
    struct virtio_device *dev;
    struct subchannel *sch;
    struct vm *vm;
    int revision;
    /* addresses; 0 = not set */
    u64 indicators, config_indicators;
    u64 summary, device_indicators, bit_nr;
    u8 isc;
};

/* ---- indicators: the guest changes them at the same time ---- */

/* Sets bits of a byte; returns what it was. */
static u8 or_byte(struct virtio_ccw *t, u64 addr, u8 bits)
{
    u8 *p = mem_span(&t->vm->mem, abs_addr(addr), 1);
    u8 old;

    if (!p)
        return bits;
    old = __atomic_fetch_or(p, bits, __ATOMIC_SEQ_CST);
    mem_wrote(&t->vm->mem, abs_addr(addr), 1);
    return old;
}

/* Bit n, from the right, of the big-endian doubleword at addr. */
static void set_classic(struct virtio_ccw *t, u64 addr, unsigned n)
{
    if (!addr)
        return;
    (void)or_byte(t, addr + 7 - n / 8, (u8)(1U << n % 8));
    css_alert(t->sch);
}

static void interrupt(struct virtio_device *d, unsigned q)
{
    struct virtio_ccw *t = d->transport;
    u64 bit = t->bit_nr + q;
    int r;

    if (!t->device_indicators) {
        set_classic(t, t->indicators, q);
        return;
    }
    (void)or_byte(t, t->device_indicators + bit / 8, (u8)(0x80 >> bit % 8));
    /* Set already: its interruption is on the way, or the guest has not looked yet. */
    if (or_byte(t, t->summary, VIRTIO_CCW_SUMMARY_SET))
        return;
    r = hv_inject_adapter(t->vm, t->isc);
    if (r)
        log_error("%s: adapter interruption: %s", d->name, strerror(-r));
}

static void config_changed(struct virtio_device *d)
{
    struct virtio_ccw *t = d->transport;

    set_classic(t, t->config_indicators, 0);
}

static void kick_again(struct virtio_device *d, unsigned q)
{
    struct virtio_ccw *t = d->transport;

    (void)css_kick(t->sch, q);
}

static void drop_indicators(struct virtio_ccw *t)
{
    t->indicators = t->config_indicators = 0;
    t->summary = t->device_indicators = t->bit_nr = 0;
}

/* ---- commands ---- */

static u8 reject(struct virtio_ccw *t)
{
    css_set_sense(t->sch, SENSE0_CMD_REJECT);
    return DSTAT_ENDED | DSTAT_UNIT_CHECK;
}

/* Fetches a payload of fixed length; shorter ones are refused. */
static bool payload(struct ccw_program *p, void *to, size_t len)
{
    return ccw_fetch(p, to, len) == len;
}

static u8 set_revision(struct virtio_ccw *t, struct ccw_program *p)
{
    struct virtio_ccw_rev r;
    u16 revision;

    if (!payload(p, &r, sizeof(r)))
        return reject(t);
    revision = be16_get(r.revision);
    if (revision == VIRTIO_CCW_REV_LEGACY || revision > VIRTIO_CCW_REV_MAX || be16_get(r.length))
        return reject(t);
    if (t->revision != REVISION_UNSET && t->revision != revision)
        return reject(t);
    t->revision = revision;
    return DSTAT_ENDED;
}

static u8 vdev_reset(struct virtio_ccw *t, struct ccw_program *p)
{
    (void)p;
    virtio_reset(t->dev);
    drop_indicators(t);
    return DSTAT_ENDED;
}

static u8 read_features(struct virtio_ccw *t, struct ccw_program *p)
{
    struct virtio_ccw_feat f;
    u32 word = 0;

    if (!payload(p, &f, VIRTIO_CCW_FEAT_LEN))
        return reject(t);
    if (f.index < 2)
        word = (u32)(virtio_offered(t->dev) >> 32 * f.index);
    memcpy(f.features, &word, sizeof(word)); /* little-endian, as the host is */
    ccw_rewind(p);
    (void)ccw_store(p, &f, VIRTIO_CCW_FEAT_LEN);
    return DSTAT_ENDED;
}

static u8 write_features(struct virtio_ccw *t, struct ccw_program *p)
{
    struct virtio_ccw_feat f;
    u32 word;

    if (!payload(p, &f, VIRTIO_CCW_FEAT_LEN) || t->dev->status & VIRTIO_STATUS_FEATURES_OK)
        return reject(t);
    memcpy(&word, f.features, sizeof(word));
    if (f.index < 2) {
        u64 mask = 0xffffffffULL << 32 * f.index;

        t->dev->features = (t->dev->features & ~mask) | (u64)word << 32 * f.index;
    } else if (word) {
        return reject(t);
    }
    return DSTAT_ENDED;
}

static u8 read_config(struct virtio_ccw *t, struct ccw_program *p)
{
    (void)ccw_store(p, t->dev->config, t->dev->config_len);
    return DSTAT_ENDED;
}

static u8 write_config(struct virtio_ccw *t, struct ccw_program *p)
{
    struct virtio_device *d = t->dev;
    u8 *data = calloc(1, d->config_len + 1);
    size_t n;

    if (!data)
        return reject(t);
    n = ccw_fetch(p, data, d->config_len);
    if (d->ops->config_written && n && !p->cstat) {
        memcpy(d->config, data, n);
        d->ops->config_written(d, 0, (unsigned)n);
    }
    free(data);
    return DSTAT_ENDED;
}

static u8 read_status(struct virtio_ccw *t, struct ccw_program *p)
{
    (void)ccw_store(p, &t->dev->status, 1);
    return DSTAT_ENDED;
}

/* A driver of revision 1 cannot read the status back: it is told by command reject. */
static u8 write_status(struct virtio_ccw *t, struct ccw_program *p)
{
    u8 status;

    if (!payload(p, &status, 1))
        return reject(t);
    virtio_set_status(t->dev, status);
    if (!status)
        drop_indicators(t);
    if (t->revision < VIRTIO_CCW_REV_2 && status & (u8)~t->dev->status & VIRTIO_STATUS_FEATURES_OK)
        return reject(t);
    return DSTAT_ENDED;
}

static u8 read_queue_config(struct virtio_ccw *t, struct ccw_program *p)
{
    struct virtio_ccw_vq_conf c;

    if (!payload(p, &c.index, sizeof(c.index)))
        return reject(t);
    c.num = be16_of(be16_get(c.index) < t->dev->nqueues ? t->dev->queue_max : 0);
    ccw_rewind(p);
    (void)ccw_store(p, &c, sizeof(c));
    return DSTAT_ENDED;
}

static u8 set_queue(struct virtio_ccw *t, struct ccw_program *p)
{
    struct virtio_ccw_vq v;
    u64 desc, avail, used;
    u16 num;

    if (!payload(p, &v, sizeof(v)))
        return reject(t);
    desc = be64_get(v.desc);
    avail = be64_get(v.avail);
    used = be64_get(v.used);
    num = desc || avail || used ? be16_get(v.num) : 0;
    return virtio_set_queue(t->dev, be16_get(v.index), num, desc, avail, used) ? reject(t)
                                                                               : DSTAT_ENDED;
}

static u8 set_address(struct virtio_ccw *t, struct ccw_program *p, u64 *to)
{
    be64 raw;

    if (!payload(p, &raw, sizeof(raw)) || !mem_has(&t->vm->mem, be64_get(raw), 8))
        return reject(t);
    *to = be64_get(raw);
    return DSTAT_ENDED;
}

static u8 set_indicators(struct virtio_ccw *t, struct ccw_program *p)
{
    u8 status = set_address(t, p, &t->indicators);

    if (status == DSTAT_ENDED)
        t->summary = t->device_indicators = 0;
    return status;
}

static u8 set_config_indicators(struct virtio_ccw *t, struct ccw_program *p)
{
    return set_address(t, p, &t->config_indicators);
}

static u8 set_adapter_indicators(struct virtio_ccw *t, struct ccw_program *p)
{
    struct virtio_ccw_ind_adapter a = {0};
    struct mem *m = &t->vm->mem;
    u64 summary, device, bit_nr;

    if (!payload(p, &a, VIRTIO_CCW_IND_ADAPTER_LEN))
        return reject(t);
    summary = be64_get(a.summary);
    device = be64_get(a.device);
    bit_nr = be64_get(a.bit_nr);
    if (!summary || !device) {
        t->summary = t->device_indicators = 0;
        return DSTAT_ENDED;
    }
    if (a.isc > 7 || bit_nr > m->size || !mem_has(m, summary, 1) ||
        !mem_has(m, device, (bit_nr + t->dev->nqueues + 7) / 8))
        return reject(t);
    t->summary = summary;
    t->device_indicators = device;
    t->bit_nr = bit_nr;
    t->isc = a.isc;
    t->indicators = 0;
    return DSTAT_ENDED;
}

static const struct {
    u8 cmd;
    u8 revision; /* the first that has it */
    u8 (*run)(struct virtio_ccw *t, struct ccw_program *p);
} commands[] = {
    {VIRTIO_CCW_SET_VIRTIO_REV, 0, set_revision},
    {VIRTIO_CCW_VDEV_RESET, 1, vdev_reset},
    {VIRTIO_CCW_READ_FEAT, 1, read_features},
    {VIRTIO_CCW_WRITE_FEAT, 1, write_features},
    {VIRTIO_CCW_READ_CONF, 1, read_config},
    {VIRTIO_CCW_WRITE_CONF, 1, write_config},
    {VIRTIO_CCW_READ_STATUS, 2, read_status},
    {VIRTIO_CCW_WRITE_STATUS, 1, write_status},
    {VIRTIO_CCW_READ_VQ_CONF, 1, read_queue_config},
    {VIRTIO_CCW_SET_VQ, 1, set_queue},
    {VIRTIO_CCW_SET_IND, 1, set_indicators},
    {VIRTIO_CCW_SET_CONF_IND, 1, set_config_indicators},
    {VIRTIO_CCW_SET_IND_ADAPTER, 1, set_adapter_indicators},
};

static u8 command(void *dev, struct ccw_program *p, u8 cmd)
{
    struct virtio_ccw *t = dev;

    for (unsigned i = 0; i < ARRAY_SIZE(commands); i++)
        if (commands[i].cmd == cmd)
            return commands[i].revision && t->revision < commands[i].revision
                       ? reject(t)
                       : commands[i].run(t, p);
    return reject(t);
}

/* ---- the subchannel's device ---- */

static void sense_id(void *dev, struct sense_id *id)
{
    struct virtio_ccw *t = dev;

    id->cu_type[0] = VIRTIO_CCW_CU_TYPE >> 8;
    id->cu_type[1] = VIRTIO_CCW_CU_TYPE & 0xff;
    id->cu_model = (u8)t->dev->ops->id;
}

static void reset(void *dev)
{
    struct virtio_ccw *t = dev;

    virtio_reset(t->dev);
    drop_indicators(t);
    t->revision = REVISION_UNSET;
}

/* Revisions do not outlive disabling. */
static void enabled(void *dev, bool on)
{
    struct virtio_ccw *t = dev;

    if (on)
        t->revision = REVISION_UNSET;
}

static void flush(void *dev)
{
    struct virtio_ccw *t = dev;

    if (virtio_running(t->dev) && t->dev->ops->flush)
        t->dev->ops->flush(t->dev);
}

static void kick(void *dev, u64 which)
{
    struct virtio_ccw *t = dev;

    for (unsigned q = 0; which; q++, which >>= 1)
        if (which & 1)
            virtio_notify(t->dev, q);
}

static void destroy(void *dev)
{
    struct virtio_ccw *t = dev;

    virtio_destroy(t->dev);
    free(t);
}

static const struct css_device_ops virtio_ccw_ops = {
    .command = command,
    .sense_id = sense_id,
    .reset = reset,
    .enabled = enabled,
    .flush = flush,
    .kick = kick,
    .destroy = destroy,
};

int virtio_ccw_plug(struct css *css, struct virtio_device *d, int devno, bool hotplug)
{
    struct virtio_ccw *t = calloc(1, sizeof(*t));
    int r = t ? virtio_init(d) : -ENOMEM;

    if (!r) {
        *t = (struct virtio_ccw){.dev = d, .vm = css_vm(css), .revision = REVISION_UNSET};
        d->transport = t;
        d->mem = &t->vm->mem;
        d->loop = css_loop(css);
        d->interrupt = interrupt;
        d->config_changed = config_changed;
        d->kick = kick_again;
        r = css_attach(css, &virtio_ccw_ops, t, devno, hotplug, &t->sch);
    }
    if (r) {
        log_error("%s: cannot be attached: %s", d->name, strerror(-r));
        virtio_destroy(d);
        free(t);
    }
    return r;
}

s64 virtio_ccw_notify(struct css *css, u32 schid, u64 queue, u64 cookie)
{
    struct subchannel *s = css_find(css, schid);

    (void)cookie; /* finding the subchannel is a look into a table */
    if (!s)
        return -ENODEV;
    if (queue >= VIRTIO_MAX_QUEUES || !css_kick(s, (unsigned)queue))
        return -EINVAL;
    return css_nr(s);
}

struct virtio_device *virtio_ccw_device(struct subchannel *s)
{
    struct virtio_ccw *t = css_device(s);

    return css_ops(s) == &virtio_ccw_ops ? t->dev : NULL;
}
