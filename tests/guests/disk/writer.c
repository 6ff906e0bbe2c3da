/* SPDX-License-Identifier: Apache-2.0
 *
 * A guest that writes to a virtio disk and tells what is safe: for tests/linux/power_cut_test.py,
 * which knows the same sequence of operations, and for the read-only disk of tests/cli.  Without
 * interruptions, up to nine requests at a time.
 *
 * What to do is loaded at 8000 (hexadecimal): mode, seed, rounds, sectors of the disk; 8 bytes
 * each. mode 0  rounds of writes, half of them with a flush; prints "flushed N" when one is done:
 *           operations 0 to N - 1 are on the disk.  What is written can be read back at once.
 *   mode 1  writes sector 0 once; prints the status that the device returns.
 *
 * Operation N, a write, fills its sectors with N (high half) and the sector's number (low half).
 *
 * References: [VIRTIO 1.2 5.2 Block Device].
 */
#include "virtio.h"

#define PARAMETERS ((const u64 *)0x8000)
#define SECTOR 512
#define SLOTS 9        /* requests at a time: eight writes, or a write beside a flush */
#define MAX_SECTORS 16 /* of a write */
#define FEATURE_FLUSH (1u << 9)

enum { T_IN, T_OUT, T_FLUSH = 4 };

struct request {
    u32 type, reserved;
    u64 sector;
    u8 status;
};

static struct request request[SLOTS];
static u64 data[SLOTS][MAX_SECTORS * SECTOR / 8] __attribute__((aligned(4096)));
static u64 random_state;

/* ---- requests ---- */

static void give(unsigned slot, u32 type, u64 sector, u32 nsectors)
{
    struct request *r = &request[slot];
    unsigned n = 3 * slot;

    r->type = __builtin_bswap32(type);
    r->sector = __builtin_bswap64(sector);
    r->status = 0xff;
    virtio_describe(n, r, 16, VIRTIO_NEXT, nsectors ? n + 1 : n + 2);
    virtio_describe(n + 1, data[slot], nsectors * SECTOR,
                    VIRTIO_NEXT | (type == T_IN ? VIRTIO_WRITE : 0), n + 2);
    virtio_describe(n + 2, &r->status, 1, VIRTIO_WRITE, 0);
    virtio_give(n);
}

/* Until all that was given is done. */
static void go(void)
{
    virtio_notify();
    while (virtio_used() != virtio_given())
        relax();
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
    if (!virtio_start(FEATURE_FLUSH, 0)) {
        printf("FAIL the device cannot be started: status %x\n", virtio_status());
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
