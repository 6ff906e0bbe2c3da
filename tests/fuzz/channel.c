/* SPDX-License-Identifier: Apache-2.0
 *
 * Fuzzing: channel instructions and channel programs on storage that the fuzzer fills: CCWs of both
 * formats, IDAWs and MIDAWs, TIC loops, suspension, every virtio-ccw command, CHSC.  The real
 * channel subsystem with a console, a disk, a network card and a random-number device.
 *
 * Input: operations: a byte and its operands.  Low addresses are favoured, so that words point to
 * each other.
 */
#include "arch/virtio_ccw.h"
#include "channel/fake_guest.h"
#include "channel/virtio_ccw.h"
#include "devices/virtio_blk.h"
#include "devices/virtio_console.h"
#include "devices/virtio_net.h"
#include "devices/virtio_rng.h"
#include "fuzz.h"

#define MAX_OPERATIONS 96
#define DEVICES 4
#define MAX_DRIVES 2 /* they cost most of the time */
#define AREA 0x8000U /* where CCWs, ORBs and data are; addresses in it take two bytes */

static struct {
    struct fake_guest g;
    struct workers *workers;
    struct fuzz_channel channel;
    struct fuzz_net net;
    unsigned drives;
} w;

static void plug(struct virtio_device *d)
{
    ASSERT(!virtio_ccw_plug(w.g.css, d, CSS_DEVNO_ANY, false));
}

static void create(void)
{
    struct virtio_console_port port = {"fuzz", true, &w.channel.c};
    struct virtio_blk_options disk = {.name = "disk0", .serial = "FUZZ"};
    struct virtio_device *d;

    memset(&w, 0, sizeof(w));
    fake_create(&w.g);
    fuzz_channel_init(&w.channel);
    fuzz_net_init(&w.net);
    ASSERT(!workers_create(&w.workers, w.g.loop, 1));
    ASSERT(!virtio_console_create(w.g.loop, "console0", &port, 1, &d));
    plug(d);
    disk.backend = fuzz_disk_create();
    disk.workers = w.workers;
    ASSERT(!virtio_blk_create(&disk, &d));
    plug(d);
    ASSERT(!virtio_net_create("net0", 0, NULL, &w.net.b, &d));
    plug(d);
    ASSERT(!virtio_rng_create("rng0", &d));
    plug(d);
    for (unsigned n = 0; n < DEVICES; n++)
        fake_enable(&w.g, n);
}

static void destroy(void)
{
    css_destroy(w.g.css);
    w.g.css = NULL;
    workers_destroy(w.workers);
    fake_destroy(&w.g);
}

/* ---- operands ---- */

static u32 take_address(struct input *in)
{
    u16 a = take16(in);

    return a < AREA ? a : a < 0xfff0 ? (u32)(a & 0x3ff) << 12 : take32(in);
}

static u8 take_command(struct input *in)
{
    static const u8 known[] = {
        0x03,
        0x04,
        0x08,
        0xe4,
        VIRTIO_CCW_SET_VQ,
        VIRTIO_CCW_VDEV_RESET,
        VIRTIO_CCW_SET_IND,
        VIRTIO_CCW_SET_CONF_IND,
        VIRTIO_CCW_SET_IND_ADAPTER,
        VIRTIO_CCW_READ_FEAT,
        VIRTIO_CCW_WRITE_FEAT,
        VIRTIO_CCW_READ_CONF,
        VIRTIO_CCW_WRITE_CONF,
        VIRTIO_CCW_READ_STATUS,
        VIRTIO_CCW_WRITE_STATUS,
        VIRTIO_CCW_READ_VQ_CONF,
        VIRTIO_CCW_SET_VIRTIO_REV,
    };
    u8 n = take8(in);

    return n < ARRAY_SIZE(known) ? known[n] : n;
}

static void put(u32 addr, const void *p, u32 n)
{
    if (addr < FAKE_STORAGE && n <= FAKE_STORAGE - addr)
        memcpy(fake_at(&w.g, addr), p, n);
}

/* ---- operations ---- */

static void poke(struct input *in)
{
    u32 addr = take_address(in);
    u8 bytes[64], n = take8(in) % 64;

    take_bytes(in, bytes, n);
    put(addr, bytes, n);
}

static void put_ccw1(struct input *in)
{
    u32 at = take_address(in) & ~7U;
    struct ccw1 c = {.cmd = take_command(in), .flags = take8(in)};

    c.count = be16_of(take16(in));
    c.addr = be32_of(take_address(in));
    put(at, &c, sizeof(c));
}

static void put_ccw0(struct input *in)
{
    u32 at = take_address(in) & ~7U, data;
    u8 c[8] = {take_command(in)};

    data = take_address(in);
    for (unsigned i = 0; i < 3; i++)
        c[1 + i] = (u8)(data >> (16 - 8 * i));
    c[4] = take8(in);
    take_bytes(in, c + 6, 2);
    put(at, c, sizeof(c));
}

/* A list of addresses, 4 or 8 bytes each; MIDAWs are 16 bytes with the address last. */
static void put_addresses(struct input *in)
{
    u32 at = take_address(in);
    u8 form = take8(in);

    for (unsigned i = 0; i < 1 + (form >> 4); i++) {
        be64 idaw2 = be64_of(take_address(in));
        be32 idaw1 = be32_of((u32)be64_get(idaw2));

        if (form & 1) {
            put(at, &idaw1, 4);
        } else {
            put(at, &idaw2, 8);
        }
        at += form & 1 ? 4 : form & 2 ? 16 : 8;
    }
}

static void start(struct input *in)
{
    u32 nr = take_below(in, DEVICES + 1), at = take_address(in) & ~3U;
    struct orb orb = {.intparm = be32_of(nr), .lpm = 0x80};

    orb.ctrl0 = be16_of(take16(in));
    orb.ctrl1 = take8(in);
    orb.cpa = be32_of(take_address(in));
    put(at, &orb, sizeof(orb));
    fake_insn(&w.g, INSN_SSCH, FAKE_SCHID(nr), at);
}

static void instruction(struct input *in)
{
    static const u16 list[] = {INSN_CSCH, INSN_HSCH, INSN_MSCH, INSN_SSCH,  INSN_STSCH,
                               INSN_TSCH, INSN_SAL,  INSN_RSCH, INSN_STCRW, INSN_STCPS,
                               INSN_RCHP, INSN_SCHM, INSN_CHSC, INSN_XSCH};
    u16 ipa = list[take_below(in, ARRAY_SIZE(list))];
    u8 which = take8(in);
    u32 schid = which < 0xf0 ? FAKE_SCHID(which % (DEVICES + 1)) : take32(in);
    u32 addr = take_address(in);

    w.g.cpu.cpu.gr[2] = take_address(in);
    if (ipa == INSN_CHSC) /* R1, R2 */
        addr = 0x00200000;
    w.g.access_fails = which == 0xee;
    fake_insn_only(&w.g, ipa, schid, addr);
    w.g.access_fails = false;
}

static void drive(struct input *in)
{
    static struct fake_queue q[VIRTIO_MAX_QUEUES];
    u32 nr = take_below(in, DEVICES);
    static const unsigned queues[DEVICES] = {4, 1, 2, 1};
    css_reset(w.g.css);
    fake_settle(&w.g);
    if (w.drives++ < MAX_DRIVES)
        fake_drive(&w.g, nr, 0, q, queues[nr], 8, 0x40000);
}

static void operation(struct input *in)
{
    switch (take_below(in, 12)) {
    case 0:
        poke(in);
        break;
    case 1:
    case 2:
        put_ccw1(in);
        break;
    case 3:
        put_ccw0(in);
        break;
    case 4:
        put_addresses(in);
        break;
    case 5:
    case 6:
        start(in);
        break;
    case 7:
        instruction(in);
        break;
    case 8:
        fake_settle(&w.g);
        break;
    case 9:
        (void)virtio_ccw_notify(w.g.css, FAKE_SCHID(take_below(in, DEVICES + 1)), take8(in),
                                take8(in));
        break;
    case 10:
        css_reset(w.g.css);
        break;
    default:
        drive(in);
    }
}

int LLVMFuzzerTestOneInput(const u8 *data, size_t size)
{
    struct input in = {data, size};

    create();
    for (unsigned i = 0; in.left && i < MAX_OPERATIONS; i++)
        operation(&in);
    fake_settle(&w.g);
    destroy();
    return 0;
}
