/* SPDX-License-Identifier: Apache-2.0
 *
 * Fuzzing: the device side of split virtqueues under a hostile driver, for disk, console, network
 * card and random numbers: descriptors, loops, indirect tables, indexes, requests of the devices,
 * changed at any moment; the host's side sends and refuses meanwhile.
 *
 * Input: device, size and features, then operations: a byte and its operands.
 */
#include "channel/fake_guest.h"
#include "channel/virtio_ccw.h"
#include "devices/virtio_blk.h"
#include "devices/virtio_console.h"
#include "devices/virtio_net.h"
#include "devices/virtio_rng.h"
#include "fuzz.h"

#define MAX_OPERATIONS 128
#define MAX_QUEUES 6
#define MAX_DRIVES 2 /* they cost most of the time */
#define RINGS 0x40000UL
#define DATA 0x100000UL /* 64 KiB: addresses in it take two bytes */

enum kind { DISK, CONSOLE, NET, RNG, KINDS };

static struct {
    struct fake_guest g;
    struct workers *workers;
    struct fuzz_channel channel[2];
    struct fuzz_net net;
    struct virtio_device *d;
    struct fake_queue q[MAX_QUEUES];
    unsigned nqueues;
    u16 num;
    u64 features_off;
    unsigned drives;
} w;

/* ---- life ---- */

static void create_disk(void)
{
    struct virtio_blk_options o = {.name = "disk0", .serial = "FUZZ"};

    o.backend = fuzz_disk_create();
    o.workers = w.workers;
    ASSERT(!virtio_blk_create(&o, &w.d));
}

static void create_console(void)
{
    const struct virtio_console_port ports[2] = {
        {NULL, true, &w.channel[0].c},
        {"data", false, &w.channel[1].c},
    };

    ASSERT(!virtio_console_create(w.g.loop, "console0", ports, 2, &w.d));
}

static void create(enum kind kind)
{
    fake_create(&w.g);
    fuzz_channel_init(&w.channel[0]);
    fuzz_channel_init(&w.channel[1]);
    fuzz_net_init(&w.net);
    ASSERT(!workers_create(&w.workers, w.g.loop, 1));
    switch (kind) {
    case DISK:
        create_disk();
        break;
    case CONSOLE:
        create_console();
        break;
    case NET:
        ASSERT(!virtio_net_create("net0", 0, NULL, &w.net.b, &w.d));
        break;
    default:
        ASSERT(!virtio_rng_create("rng0", &w.d));
    }
    ASSERT(!virtio_ccw_plug(w.g.css, w.d, 0, false));
    w.nqueues = w.d->nqueues < MAX_QUEUES ? w.d->nqueues : MAX_QUEUES;
    w.num = w.num < w.d->queue_max ? w.num : w.d->queue_max;
}

static void drive(void)
{
    fake_drive(&w.g, 0, w.features_off, w.q, w.nqueues, w.num, RINGS);
}

static void destroy(void)
{
    css_destroy(w.g.css);
    w.g.css = NULL;
    workers_destroy(w.workers);
    fake_destroy(&w.g);
}

/* ---- operands ---- */

static u64 take_address(struct input *in)
{
    u16 a = take16(in);

    if (a < 0xff00)
        return DATA + a;
    return a < 0xff80 ? RINGS + (a & 0x7fU) * 128 : a & 1 ? take64(in) : take32(in);
}

static u32 take_length(struct input *in)
{
    u8 n = take8(in);

    return n < 0xc0 ? n : n < 0xfe ? (n & 0x3fU) * 512 : take32(in);
}

static struct fake_queue *take_queue(struct input *in)
{
    return &w.q[take_below(in, w.nqueues)];
}

static struct vring_desc take_desc(struct input *in)
{
    u8 flags = take8(in);
    struct vring_desc d = {.addr = take_address(in), .len = take_length(in)};

    d.flags = flags & 7;
    d.next = flags & 8 ? take16(in) : (u16)take_below(in, w.num);
    return d;
}

static void put(u64 addr, const void *p, size_t n)
{
    if (mem_has(&w.g.vm.mem, addr, n))
        memcpy(fake_at(&w.g, addr), p, n);
}

/* ---- operations ---- */

static void put_descs(struct input *in, bool indirect)
{
    struct fake_queue *q = take_queue(in);
    u64 at = indirect ? take_address(in) : q->desc + 16ULL * take_below(in, w.num);
    unsigned n = 1 + take8(in) % 4;

    for (; n--; at += 16) {
        struct vring_desc d = take_desc(in);

        put(at, &d, sizeof(d));
    }
}

/* A request as the devices know it: a header, data, a byte of status; in the first descriptors. */
static void request(struct input *in)
{
    struct fake_queue *q = take_queue(in);
    struct virtio_blk_outhdr {
        u32 type, ioprio;
        u64 sector;
    } h = {take8(in) & 15, 0, take_below(in, 80)};
    u16 write = take8(in) & 1 ? VRING_DESC_F_WRITE : 0;

    put(DATA + 0x100, &h, sizeof(h));
    fake_desc(q, 0, DATA + 0x100, 16, VRING_DESC_F_NEXT, 1);
    fake_desc(q, 1, take_address(in), take_length(in), VRING_DESC_F_NEXT | write, 2);
    fake_desc(q, 2, DATA + 0x200, 1, VRING_DESC_F_WRITE, 0);
    fake_offer(q, 0);
    fake_kick(&w.g, 0, (unsigned)(q - w.q));
}

static void poke(struct input *in)
{
    u64 addr = take_address(in);
    u8 bytes[64], n = take8(in) % 64;

    take_bytes(in, bytes, n);
    put(addr, bytes, n);
}

static void from_host(struct input *in)
{
    u8 bytes[256];
    size_t n = take8(in);
    u8 what = take8(in);

    take_bytes(in, bytes, n < 64 ? n : 64);
    memset(bytes + 64, 0x55, sizeof(bytes) - 64);
    if (w.net.b.front)
        (void)w.net.b.receive(w.net.b.front, bytes, n < 14 ? 14 : n);
    else if (what & 8)
        fuzz_channel_connect(&w.channel[what & 1], what & 4);
    else if (what & 2)
        fuzz_channel_type(&w.channel[what & 1], bytes, n);
    else
        fuzz_channel_block(&w.channel[what & 1], what & 4);
}

static void set_avail(struct input *in)
{
    struct fake_queue *q = take_queue(in);
    u16 idx = take16(in);

    put(q->avail + 2, &idx, 2);
    q->avail_idx = idx;
}

/* The driver comes again, after a reset of all. */
static void redrive(void)
{
    if (w.drives++ >= MAX_DRIVES)
        return;
    css_reset(w.g.css);
    fake_settle(&w.g);
    drive();
}

static void operation(struct input *in)
{
    struct fake_queue *q;

    switch (take_below(in, 12)) {
    case 0:
    case 1:
        put_descs(in, false);
        break;
    case 2:
        put_descs(in, true);
        break;
    case 3:
        q = take_queue(in);
        fake_offer(q, take8(in));
        break;
    case 4:
        fake_kick(&w.g, 0, take_below(in, w.nqueues));
        break;
    case 5:
        request(in);
        break;
    case 6:
        poke(in);
        break;
    case 7:
        from_host(in);
        break;
    case 8:
        set_avail(in);
        break;
    case 9:
        fake_used_event(take_queue(in), take16(in));
        break;
    case 10:
        css_flush(w.g.css); /* what blocks has been done then */
        break;
    default:
        redrive();
    }
}

int LLVMFuzzerTestOneInput(const u8 *data, size_t size)
{
    struct input in = {data, size};
    u8 first = take8(&in);

    memset(&w, 0, sizeof(w));
    w.num = (u16)(1U << (first >> 2 & 7));
    w.features_off = take64(&in) & ~VIRTIO_F_VERSION_1;
    create(first % KINDS);
    drive();
    for (unsigned i = 0; in.left && i < MAX_OPERATIONS; i++)
        operation(&in);
    fuzz_channel_block(&w.channel[0], false);
    fuzz_channel_block(&w.channel[1], false);
    css_flush(w.g.css);
    destroy();
    return 0;
}
