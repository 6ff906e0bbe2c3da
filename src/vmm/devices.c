/* SPDX-License-Identifier: Apache-2.0
 *
 * From options to devices: the console behind the SCLP, disks, network cards, the port console, the
 * random-number device.  Before the guest runs.
 *
 * Device numbers: disks from 0.0.0000 on, then network cards, ports, random numbers, in this order,
 * so that a guest finds a disk where it was whatever else it has.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/log.h"
#include "base/options.h"
#include "channel/virtio_ccw.h"
#include "devices/blk_backend.h"
#include "devices/net_backend.h"
#include "devices/virtio_blk.h"
#include "devices/virtio_console.h"
#include "devices/virtio_net.h"
#include "devices/virtio_rng.h"
#include "vmm/run.h"

#define SERIAL_MAX 20
#define MAX_FORWARDS 32

/* ---- channels ---- */

/* The path of a pseudo-terminal is not known before: it is told. */
static int open_channel(struct run *r, const char *what, const char *spec, struct chardev **out)
{
    int e;

    if (strcmp(spec, "stdio") == 0)
        return terminal_stdio(&r->terminal, out);
    e = chardev_open(r->loop, spec, out);
    if (!e && strcmp(spec, "pty") == 0)
        fprintf(stderr, "sie390: %s is at %s\n", what, (*out)->name + strlen("pty:"));
    return e;
}

static int attach_console(struct run *r)
{
    const char *spec = r->o.console ? r->o.console : "stdio";
    bool person = strcmp(spec, "pty") == 0 || (strcmp(spec, "stdio") == 0 && isatty(STDIN_FILENO));
    struct chardev *c;
    int e;

    for (unsigned i = 0; !r->o.console && i < r->o.nports; i++)
        if (strcmp(r->o.port[i].channel, "stdio") == 0)
            spec = "none"; /* the user put something else there */
    e = open_channel(r, "the console", spec, &c);
    if (!e)
        sclp_attach_console(&r->m.sclp, c, person);
    return e;
}

static int attach_ports(struct run *r)
{
    struct virtio_console_port port[RUN_MAX_PORTS];
    struct virtio_device *d;
    char what[80];
    unsigned n = 0;
    int e = 0;

    memset(port, 0, sizeof(port));
    for (; !e && n < r->o.nports; n++) {
        port[n].name = r->o.port[n].name;
        snprintf(what, sizeof(what), "port %s", port[n].name);
        e = open_channel(r, what, r->o.port[n].channel, &port[n].chardev);
    }
    if (e) {
        while (n-- > 0)
            if (port[n].chardev)
                chardev_destroy(port[n].chardev);
        return e;
    }
    if (!n)
        return 0;
    e = virtio_console_create(r->loop, "console0", port, n, &d);
    return e ? e : virtio_ccw_plug(r->m.css, d, CSS_DEVNO_ANY, false);
}

/* ---- disks ---- */

struct disk_options {
    struct suboptions sub;
    const char *path, *serial;
    bool readonly;
    u64 cut_seed, cut_after; /* 0: no power cut */
};

/* "cut=SEED:N", for tests: the power fails at the Nth write or flush. */
static int read_cut(struct disk_options *d, const char *option)
{
    const char *text = suboptions_get(&d->sub, "cut");
    unsigned long long seed, after;
    char rest;

    if (!text)
        return 0;
    if (sscanf(text, "%llu:%llu%c", &seed, &after, &rest) != 2 || !after) {
        log_error("--disk %s: cut=%s: SEED:N expected", option, text);
        return -EINVAL;
    }
    d->cut_seed = seed;
    d->cut_after = after;
    return 0;
}

static int read_disk_options(struct disk_options *d, const char *text)
{
    const char *format;
    int e = suboptions_parse(&d->sub, "--disk", text, true);

    if (e)
        return e;
    d->path = suboptions_get(&d->sub, "");
    format = suboptions_get(&d->sub, "format");
    d->serial = suboptions_get(&d->sub, "serial");
    e = suboptions_bool(&d->sub, "readonly", &d->readonly);
    if (!e)
        e = read_cut(d, text);
    if (!e)
        e = suboptions_end(&d->sub);
    if (!e && format && strcmp(format, "raw") != 0) {
        log_error("--disk %s: format=%s: the only format is raw", text, format);
        e = -EINVAL;
    }
    if (!e && d->serial && strlen(d->serial) > SERIAL_MAX) {
        log_error("--disk %s: serial= has at most %d characters", text, SERIAL_MAX);
        e = -EINVAL;
    }
    if (!e && (!d->path || !*d->path)) {
        log_error("--disk %s: no file named", text);
        e = -EINVAL;
    }
    return e;
}

static void power_lost(void *arg)
{
    log_error("the power was cut, as cut= asks");
    run_end(arg, RUN_POWER_CUT);
}

static int open_disk(struct run *r, const char *name, const struct disk_options *d,
                     struct blk_backend **out)
{
    struct blk_backend *raw;
    int e = blk_raw_open(name, d->path, d->readonly, &raw);

    *out = raw;
    if (!e && d->cut_after)
        e = blk_cut_create(raw, out);
    if (!e && d->cut_after)
        blk_cut_after(*out, d->cut_seed, d->cut_after, power_lost, r);
    return e;
}

static enum status attach_disk(struct run *r, unsigned n)
{
    struct disk_options d = {0};
    struct blk_backend *backend;
    struct virtio_device *device;
    char name[16];
    int e = read_disk_options(&d, r->o.disk[n]);
    enum status s = e ? STATUS_USAGE : STATUS_OK;

    snprintf(name, sizeof(name), "disk%u", n);
    if (!e) {
        e = open_disk(r, name, &d, &backend);
        s = e ? status_of_error(e, STATUS_FILE) : STATUS_OK;
    }
    if (!e) {
        const struct virtio_blk_options o = {
            .name = name,
            .serial = d.serial,
            .backend = backend,
            .workers = r->workers,
        };

        e = virtio_blk_create(&o, &device);
        if (!e)
            e = virtio_ccw_plug(r->m.css, device, CSS_DEVNO_ANY, false);
        s = e ? STATUS_HOST : STATUS_OK;
    }
    suboptions_free(&d.sub);
    return s;
}

/* ---- network cards ---- */

static int read_forwards(struct suboptions *sub, struct net_forward *f, unsigned *n)
{
    const char *text;
    unsigned cursor = 0;
    int e = 0;

    while (!e && (text = suboptions_next(sub, "hostfwd", &cursor)) != NULL) {
        if (*n == MAX_FORWARDS) {
            log_error("--net: more than %d hostfwd", MAX_FORWARDS);
            return -EINVAL;
        }
        e = net_forward_parse(text, &f[(*n)++]);
    }
    return e;
}

static int read_mac(struct suboptions *sub, u8 mac[6], bool *given)
{
    const char *text = suboptions_get(sub, "mac");
    unsigned b[6];
    char rest;

    *given = text != NULL;
    if (!text)
        return 0;
    if (sscanf(text, "%2x:%2x:%2x:%2x:%2x:%2x%c", &b[0], &b[1], &b[2], &b[3], &b[4], &b[5],
               &rest) != 6 ||
        (b[0] & 1)) {
        log_error("--net: mac=%s: not the address of a station (52:54:00:12:34:56)", text);
        return -EINVAL;
    }
    for (unsigned i = 0; i < 6; i++)
        mac[i] = (u8)b[i];
    return 0;
}

/* What a --net option says, before anything is opened. */
struct net_request {
    struct net_forward forward[MAX_FORWARDS];
    unsigned nforwards;
    const char *kind, *tap;
    bool restricted, have_mac;
    u8 mac[6];
};

static int read_net_options(struct suboptions *sub, struct net_request *q)
{
    int e;

    q->tap = suboptions_get(sub, "tap");
    q->kind = q->tap ? "tap" : suboptions_get(sub, "");
    e = suboptions_bool(sub, "restrict", &q->restricted);
    if (!e)
        e = read_forwards(sub, q->forward, &q->nforwards);
    if (!e)
        e = read_mac(sub, q->mac, &q->have_mac);
    if (!e)
        e = suboptions_end(sub);
    if (!e && (!q->kind || (!q->tap && strcmp(q->kind, "user") != 0))) {
        log_error("--net %s: none, user or tap=NAME", sub->text);
        e = -EINVAL;
    }
    if (!e && q->tap && (q->nforwards || q->restricted)) {
        log_error("--net %s: hostfwd and restrict are for 'user'", sub->text);
        e = -EINVAL;
    }
    return e;
}

static int create_net(struct run *r, unsigned n, const struct net_request *q)
{
    char name[16];
    struct net_backend *backend;
    struct virtio_device *device;
    int e;

    snprintf(name, sizeof(name), "net%u", n);
    if (q->tap) {
        e = net_tap_create(r->loop, name, q->tap, &backend);
    } else {
        const struct net_user_options u = {
            .name = name,
            .forwards = q->forward,
            .nforwards = q->nforwards,
            .restricted = q->restricted,
        };

        e = net_user_create(r->loop, &u, &backend);
    }
    if (!e)
        e = virtio_net_create(name, n, q->have_mac ? q->mac : NULL, backend, &device);
    return e ? e : virtio_ccw_plug(r->m.css, device, CSS_DEVNO_ANY, false);
}

static enum status attach_net(struct run *r, unsigned n)
{
    const char *text = r->o.net[n];
    struct suboptions sub = {0};
    struct net_request q;
    enum status s = STATUS_OK;

    if (strcmp(text, "none") == 0)
        return STATUS_OK;
    memset(&q, 0, sizeof(q));
    if (suboptions_parse(&sub, "--net", text, strncmp(text, "tap=", 4) != 0) ||
        read_net_options(&sub, &q))
        s = STATUS_USAGE;
    else if (create_net(r, n, &q))
        s = STATUS_HOST;
    suboptions_free(&sub);
    return s;
}

/* ---- all ---- */

static int attach_rng(struct run *r)
{
    struct virtio_device *d;
    int e = r->o.rng ? virtio_rng_create("rng0", &d) : 0;

    if (!e && r->o.rng)
        e = virtio_ccw_plug(r->m.css, d, CSS_DEVNO_ANY, false);
    return e;
}

enum status run_attach_devices(struct run *r)
{
    enum status s = STATUS_OK;
    int e;

    for (unsigned n = 0; s == STATUS_OK && n < r->o.ndisks; n++)
        s = attach_disk(r, n);
    for (unsigned n = 0; s == STATUS_OK && n < r->o.nnets; n++)
        s = attach_net(r, n);
    if (s != STATUS_OK)
        return s;
    e = attach_ports(r);
    if (!e)
        e = attach_rng(r);
    /* Last: a message about the others comes to a terminal that is as it was. */
    if (!e)
        e = attach_console(r);
    return e ? status_of_error(e, e == -EINVAL ? STATUS_USAGE : STATUS_FILE) : STATUS_OK;
}
