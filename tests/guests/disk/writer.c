/* SPDX-License-Identifier: Apache-2.0
 *
 * A guest that writes to a virtio disk and tells what is safe: for tests/linux/power_cut_test.py,
 * which knows the same sequence of operations, and for the read-only disk of tests/cli.  The driver
 * does all at its simplest: one queue, no interruptions, up to nine requests at a time.
 *
 * What to do is loaded at 8000 (hexadecimal): mode, seed, rounds, sectors of the disk; 8 bytes
 * each. mode 0  rounds of writes, half of them with a flush; prints "flushed N" when one is done:
 *           operations 0 to N - 1 are on the disk.  What is written can be read back at once.
 *   mode 1  writes sector 0 once; prints the status that the device returns.
 *
 * Operation N, a write, fills its sectors with N (high half) and the sector's number (low half).
 *
 * References: [VIRTIO 1.2 2.7 Split Virtqueues], [VIRTIO 1.2 4.3 Virtio Over Channel I/O],
 * [VIRTIO 1.2 5.2 Block Device]; [PoP 14 I/O Instructions].
 */
#include "guest.h"

#define PARAMETERS ((const u64 *)0x8000)
#define SCHID 0x00010000u
#define SECTOR 512
#define SLOTS 9        /* requests at a time: eight writes, or a write beside a flush */
#define MAX_SECTORS 16 /* of a write */
#define QUEUE 32

enum { T_IN, T_OUT, T_FLUSH = 4 };
enum { CCW_SET_REV = 0x83, CCW_WRITE_FEAT = 0x11, CCW_SET_VQ = 0x13, CCW_WRITE_STATUS = 0x31 };

struct ccw {
    u8 cmd, flags;
    u16 count;
    u32 addr;
};

struct orb {
    u32 parameter, flags, ccw, reserved[5];
};

struct desc {
    u64 addr;
    u32 len;
    u16 flags, next;
};

struct request {
    u32 type, reserved;
    u64 sector;
    u8 status;
};

static u8 schib[52] __attribute__((aligned(8)));
static u8 irb[96] __attribute__((aligned(8)));
static struct ccw ccw __attribute__((aligned(8)));
static struct orb orb __attribute__((aligned(8)));
static u8 payload[32] __attribute__((aligned(8)));

static struct desc desc[QUEUE] __attribute__((aligned(16)));
static volatile u16 avail[3 + QUEUE] __attribute__((aligned(4)));
static volatile u16 used[2 + 4 * QUEUE + 1] __attribute__((aligned(4)));
static struct request request[SLOTS];
static u64 data[SLOTS][MAX_SECTORS * SECTOR / 8] __attribute__((aligned(4096)));
static u16 given, done;
static u64 random_state;

static u16 swap16(u16 v)
{
    return __builtin_bswap16(v);
}

/* ---- channel I/O ---- */

static bool start(void)
{
    register u32 schid __asm__("1") = SCHID;
    int cc;

    __asm__ volatile("ssch %1\n\tipm %0\n\tsrl %0,28"
                     : "=d"(cc)
                     : "Q"(orb), "d"(schid), "m"(ccw), "m"(payload)
                     : "cc", "memory");
    return cc == 0;
}

static bool await_status(void)
{
    register u32 schid __asm__("1") = SCHID;
    int cc;

    do
        __asm__ volatile("tsch %1\n\tipm %0\n\tsrl %0,28"
                         : "=d"(cc), "=Q"(irb)
                         : "d"(schid)
                         : "cc", "memory");
    while (cc == 1);
    return cc == 0 && irb[8] == 0x0c && irb[9] == 0; /* channel end and device end, no check */
}

/* One channel command, waited for. */
static bool command(u8 cmd, const void *bytes, u16 len)
{
    memcpy(payload, bytes, len);
    ccw = (struct ccw){cmd, 0, len, (u32)(u64)payload};
    orb = (struct orb){.flags = 0x0080ff00, .ccw = (u32)(u64)&ccw}; /* format 1, all paths */
    return start() && await_status();
}

static bool enable(void)
{
    register u32 schid __asm__("1") = SCHID;
    int cc;

    __asm__ volatile("stsch %1\n\tipm %0\n\tsrl %0,28"
                     : "=d"(cc), "=Q"(schib)
                     : "d"(schid)
                     : "cc", "memory");
    if (cc)
        return false;
    schib[5] |= 0x80;
    __asm__ volatile("msch %1\n\tipm %0\n\tsrl %0,28"
                     : "=d"(cc)
                     : "Q"(schib), "d"(schid)
                     : "cc", "memory");
    return cc == 0;
}

static bool set_status(u8 status)
{
    return command(CCW_WRITE_STATUS, &status, 1);
}

/* Feature words are little-endian, the number of the word follows. */
static bool set_features(u8 word, u32 bits)
{
    u8 f[5] = {(u8)bits, (u8)(bits >> 8), (u8)(bits >> 16), (u8)(bits >> 24), word};

    return command(CCW_WRITE_FEAT, f, sizeof(f));
}

static bool start_device(void)
{
    const u16 revision[2] = {1, 0};
    const struct {
        u64 desc;
        u32 reserved;
        u16 index, num;
        u64 avail, used;
    } queue = {(u64)desc, 0, 0, QUEUE, (u64)avail, (u64)used};

    return enable() && command(CCW_SET_REV, revision, sizeof(revision)) && set_status(1) &&
           set_status(3) && set_features(0, 1u << 9) /* flush */ &&
           set_features(1, 1) /* virtio 1 */ && set_status(11) &&
           command(CCW_SET_VQ, &queue, sizeof(queue)) && set_status(15);
}

/* ---- requests ---- */

static void put_desc(unsigned n, const volatile void *p, u32 len, u16 flags)
{
    desc[n] = (struct desc){__builtin_bswap64((u64)p), __builtin_bswap32(len), swap16(flags),
                            swap16((u16)(n + 1))};
}

static void give(unsigned slot, u32 type, u64 sector, u32 nsectors)
{
    struct request *r = &request[slot];
    unsigned n = 3 * slot;

    r->type = __builtin_bswap32(type);
    r->sector = __builtin_bswap64(sector);
    r->status = 0xff;
    put_desc(n, r, 16, 1);
    put_desc(n + 1, data[slot], nsectors * SECTOR, type == T_IN ? 3 : 1);
    if (!nsectors)
        desc[n].next = swap16((u16)(n + 2));
    put_desc(n + 2, &r->status, 1, 2);
    avail[2 + given % QUEUE] = swap16((u16)n);
    given++;
}

/* Until all that was given is done. */
static void go(void)
{
    register u64 function __asm__("1") = 3;
    register u64 schid __asm__("2") = SCHID;
    register u64 queue __asm__("3") = 0;
    register u64 cookie __asm__("4") = 0;

    avail[0] = swap16(1); /* no interruptions */
    barrier();
    avail[1] = swap16(given);
    barrier();
    __asm__ volatile("diag %%r2,%%r4,0x500"
                     : "+d"(schid)
                     : "d"(function), "d"(queue), "d"(cookie)
                     : "cc", "memory");
    while (done != given) {
        if (swap16(used[1]) == done)
            relax();
        else
            done++;
    }
    barrier();
}

/* ---- the sequence ---- */

static u32 next_random(u32 below)
{
    random_state = random_state * 6364136223846793005ul + 1442695040888963407ul;
    return (u32)(random_state >> 33) % below;
}

/* A write in the slot's own part of the disk, so that writes at the same time do not touch. */
static void give_write(unsigned slot, u64 op, u64 sectors)
{
    u64 part = sectors / SLOTS;
    u32 n = 1 + next_random(MAX_SECTORS);
    u64 sector = slot * part + next_random((u32)(part - n));

    for (u32 i = 0; i < n * SECTOR / 8; i++)
        data[slot][i] = op << 32 | (sector + i / (SECTOR / 8));
    give(slot, T_OUT, sector, n);
}

static bool all_good(unsigned n)
{
    for (unsigned i = 0; i < n; i++)
        if (request[i].status)
            return false;
    return true;
}

static void reads_back(u64 op)
{
    u64 sector = __builtin_bswap64(request[0].sector);

    memset(data[0], 0, SECTOR);
    give(0, T_IN, sector, 1);
    go();
    if (request[0].status || data[0][0] != (op << 32 | sector) || data[0][63] != data[0][0])
        printf("FAIL read of sector %ld after operation %ld: %lx\n", sector, op, data[0][0]);
}

static bool one_round(u64 *op, u64 sectors)
{
    unsigned n = 1 + next_random(SLOTS - 1);
    u64 flush;

    for (unsigned i = 0; i < n; i++)
        give_write(i, (*op)++, sectors);
    go();
    if (!all_good(n))
        return false;
    reads_back(*op - n);
    if (next_random(2))
        return true;
    flush = (*op)++;
    give(1, T_FLUSH, 0, 0);
    n = next_random(2);
    if (n)
        give_write(0, (*op)++, sectors);
    else
        request[0].status = 0;
    go();
    if (!all_good(2))
        return false;
    printf("flushed %ld\n", flush);
    return true;
}

int main(void)
{
    u64 op = 1;

    random_state = PARAMETERS[1];
    if (!start_device()) {
        printf("FAIL the device cannot be started: status %x %x\n", irb[8], irb[9]);
        return 1;
    }
    if (PARAMETERS[0] == 1) {
        give(0, T_OUT, 0, 1);
        go();
        printf("write: status %d\n", request[0].status);
        return 0;
    }
    for (u64 i = 0; i < PARAMETERS[2]; i++) {
        if (!one_round(&op, PARAMETERS[3])) {
            print("an operation failed\n");
            return 1;
        }
    }
    printf("all done, %ld operations\n", op);
    return 0;
}
