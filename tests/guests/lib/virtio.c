/* SPDX-License-Identifier: Apache-2.0
 *
 * A virtio device over channel I/O.  See virtio.h.  All that the device reads is in one place of
 * this file: there is one device.
 *
 * References: [VIRTIO 1.2 4.3 Virtio Over Channel I/O]; [PoP 14 I/O Instructions].
 */
#include "virtio.h"
#include "io.h"

#define SUBCHANNELS 16
#define ENABLED 0x80
#define DEVICE_VALID 1
#define FORMAT_1_ALL_PATHS 0x0080ff00
#define CCW_SLI 0x20
#define ENDED 0x0c00 /* channel end and device end, no check */
#define AVAIL_NO_INTERRUPT 1

enum {
    CCW_WRITE_FEATURES = 0x11,
    CCW_SET_QUEUE = 0x13,
    CCW_WRITE_STATUS = 0x31,
    CCW_READ_QUEUE = 0x32,
    CCW_RESET = 0x33,
    CCW_ADAPTER = 0x73,
    CCW_SET_REVISION = 0x83,
};

enum { ACKNOWLEDGE = 1, DRIVER = 2, DRIVER_OK = 4, FEATURES_OK = 8 };

#define swap16 __builtin_bswap16
#define swap32 __builtin_bswap32
#define swap64 __builtin_bswap64

static struct {
    u32 parm;
    u16 flags, devno;
    u32 more[11];
} __attribute__((packed, aligned(4))) schib;
static struct {
    u32 parm, flags, ccw, more[5];
} orb __attribute__((aligned(8)));
static struct {
    u32 scsw[3], rest[21];
} irb __attribute__((aligned(8)));
static struct {
    u8 cmd, flags;
    u16 count;
    u32 addr;
} ccw __attribute__((aligned(8)));
static u8 payload[32] __attribute__((aligned(8)));
static u32 sch;

static struct {
    u64 addr;
    u32 len;
    u16 flags, next;
} desc[VIRTIO_QUEUE] __attribute__((aligned(16)));
static volatile struct {
    u16 flags, idx, ring[VIRTIO_QUEUE];
} avail __attribute__((aligned(4)));
static volatile struct {
    u16 flags, idx;
    u32 ring[VIRTIO_QUEUE][2];
} used __attribute__((aligned(4)));
static u16 size, given;

IO(stsch, "stsch", schib)
IO(msch, "msch", schib)
IO(ssch, "ssch", orb)
IO(tsch, "tsch", irb)

/* ---- channel commands ---- */

static bool command(u8 cmd, const void *bytes, u16 len)
{
    unsigned cc;

    memcpy(payload, bytes, len);
    ccw.cmd = cmd;
    ccw.flags = CCW_SLI;
    ccw.count = len;
    ccw.addr = (u32)(u64)payload;
    orb.flags = FORMAT_1_ALL_PATHS;
    orb.ccw = (u32)(u64)&ccw;
    if (ssch(sch))
        return false;
    do
        cc = tsch(sch);
    while (cc == 1);
    return cc == 0 && virtio_status() == ENDED;
}

static bool set_status(u8 status)
{
    return command(CCW_WRITE_STATUS, &status, 1);
}

/* Feature words are little-endian, the number of the word follows. */
static bool set_features(u8 word, u32 bits)
{
    u8 f[5] = {(u8)bits, (u8)(bits >> 8), (u8)(bits >> 16), (u8)(bits >> 24), word};

    return command(CCW_WRITE_FEATURES, f, sizeof(f));
}

/* As large as the device allows and the rings here are. */
static bool set_queue(void)
{
    const u16 conf[2] = {0, 0};
    struct {
        u64 desc;
        u32 reserved;
        u16 index, num;
        u64 avail, used;
    } queue = {(u64)desc, 0, 0, VIRTIO_QUEUE, (u64)&avail, (u64)&used};

    if (!command(CCW_READ_QUEUE, conf, sizeof(conf)))
        return false;
    size = ((const u16 *)payload)[1];
    if (size > VIRTIO_QUEUE)
        size = VIRTIO_QUEUE;
    queue.num = size;
    return command(CCW_SET_QUEUE, &queue, sizeof(queue));
}

static bool enable(void)
{
    for (sch = 0x10000; sch < 0x10000 + SUBCHANNELS; sch++) {
        if (stsch(sch) || !(schib.flags & DEVICE_VALID))
            continue;
        schib.flags |= ENABLED;
        return msch(sch) == 0;
    }
    return false;
}

bool virtio_start(u32 features, const struct virtio_adapter *adapter)
{
    const u16 revision[2] = {1, 0};

    avail.flags = adapter ? 0 : swap16(AVAIL_NO_INTERRUPT);
    return enable() && command(CCW_SET_REVISION, revision, sizeof(revision)) &&
           command(CCW_RESET, 0, 0) && set_status(ACKNOWLEDGE) &&
           set_status(ACKNOWLEDGE | DRIVER) && set_features(0, features) &&
           set_features(1, 1) /* version 1 */ && set_status(ACKNOWLEDGE | DRIVER | FEATURES_OK) &&
           set_queue() && (!adapter || command(CCW_ADAPTER, adapter, sizeof(*adapter))) &&
           set_status(ACKNOWLEDGE | DRIVER | FEATURES_OK | DRIVER_OK);
}

u16 virtio_status(void)
{
    return (u16)(irb.scsw[2] >> 16);
}

/* ---- the queue ---- */

void virtio_describe(unsigned n, const volatile void *p, u32 len, u16 flags, unsigned next)
{
    desc[n].addr = swap64((u64)p);
    desc[n].len = swap32(len);
    desc[n].flags = swap16(flags);
    desc[n].next = swap16((u16)next);
}

void virtio_give(unsigned head)
{
    avail.ring[given % size] = swap16((u16)head);
    given++;
}

void virtio_notify(void)
{
    register u64 function __asm__("1") = 3;
    register u64 schid __asm__("2") = sch;
    register u64 queue __asm__("3") = 0;
    register u64 cookie __asm__("4") = 0;

    barrier();
    avail.idx = swap16(given);
    barrier();
    __asm__ volatile("diag %%r2,%%r4,0x500"
                     : "+d"(schid)
                     : "d"(function), "d"(queue), "d"(cookie)
                     : "cc", "memory");
}

u16 virtio_given(void)
{
    return given;
}

u16 virtio_used(void)
{
    u16 n = swap16(used.idx);

    barrier();
    return n;
}
