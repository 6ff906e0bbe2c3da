/* SPDX-License-Identifier: Apache-2.0
 *
 * run: --rng -m 64M
 * again: --gisa off
 * P08: adapter interruptions of a virtio device, to a waiting and to a running CPU, with and
 * without the GISA: what is stored, the mask of subclasses, indicators; SET INTERRUPTION CONTROLS.
 */
#include "guest.h"
#include "io.h"

#define FORMAT1_LPM 0x0080ff00U
#define ENABLED 0x80
#define QUEUE_SIZE 8
#define ISC 6

struct schib {
    u32 parm;
    u16 flags, devno;
    u32 more[11];
} __attribute__((packed, aligned(4)));

static struct schib schib;
static struct {
    u32 parm, flags, cpa, more[5];
} orb;
static struct {
    u32 scsw[3], rest[21];
} irb __attribute__((aligned(8)));
static u64 ccw[1] __attribute__((aligned(8)));
static u32 sch;

/* One buffer at a time, of split rings (little-endian). */
static struct {
    u64 addr;
    u32 len;
    u16 flags, next;
} desc[QUEUE_SIZE] __attribute__((aligned(16)));
static volatile struct {
    u16 flags, idx, ring[QUEUE_SIZE];
} avail __attribute__((aligned(16)));
static volatile struct {
    u16 flags, idx;
    struct {
        u32 id, len;
    } ring[QUEUE_SIZE];
} used __attribute__((aligned(16)));
static volatile u8 summary, indicators[8] __attribute__((aligned(8)));
static u8 random_bytes[32];
static u16 count; /* buffers used so far */

#define swap16 __builtin_bswap16
#define swap32 __builtin_bswap32
#define swap64 __builtin_bswap64

IO(stsch, "stsch", schib)
IO(msch, "msch", schib)
IO(ssch, "ssch", orb)
IO(tsch, "tsch", irb)

/* One channel command, without interruption.  Its device status: channel end, device end. */
static void command(u8 cmd, u16 n, const void *data)
{
    ccw[0] = (u64)cmd << 56 | (u64)0x20 << 48 | (u64)n << 32 | (u32)(u64)data;
    orb.flags = FORMAT1_LPM;
    orb.cpa = (u32)(u64)ccw;
    ssch(sch);
    do
        tsch(sch);
    while (!(irb.scsw[0] & 1));
    check_eq("virtio-ccw command", irb.scsw[2] >> 16, 0x0c00);
}

static void status(u8 s)
{
    static u8 byte;

    byte = s;
    command(0x31, 1, &byte);
}

static void set_up_queue(void)
{
    static struct {
        u64 desc;
        u32 reserved;
        u16 index, num;
        u64 avail, used;
    } vq;

    vq.desc = (u64)desc;
    vq.num = QUEUE_SIZE;
    vq.avail = (u64)&avail;
    vq.used = (u64)&used;
    command(0x13, sizeof(vq), &vq);
}

static void set_up_indicators(void)
{
    static struct {
        u64 summary, device, bit;
        u8 isc;
    } ind;

    ind.summary = (u64)&summary;
    ind.device = (u64)indicators;
    ind.bit = 11;
    ind.isc = ISC;
    command(0x73, 25, &ind);
}

static bool set_up(void)
{
    static u16 revision[2] = {1, 0};
    static u8 features[5] = {1, 0, 0, 0, 1}; /* bit 32: version 1 */

    for (u32 i = 0; i < 16 && !sch; i++)
        if (stsch(0x10000 | i) == 0 && schib.flags & 1)
            sch = 0x10000 | i;
    check("a virtio device", sch != 0);
    if (!sch)
        return false;
    stsch(sch);
    schib.flags |= ENABLED;
    msch(sch);
    command(0x83, 4, revision);
    command(0x33, 0, 0);
    status(1 | 2);
    command(0x11, 5, features);
    status(1 | 2 | 8);
    set_up_queue();
    set_up_indicators();
    status(1 | 2 | 8 | 4);
    return true;
}

static void notify(void)
{
    register u64 r1 __asm__("1") = 3;
    register u64 r2 __asm__("2") = sch;
    register u64 r3 __asm__("3") = 0;
    register u64 r4 __asm__("4") = 0;

    __asm__ volatile("diag 2,4,0x500" : "+d"(r2) : "d"(r1), "d"(r3), "d"(r4) : "cc", "memory");
}

/* Asks for random bytes. */
static void request(void)
{
    summary = 0;
    indicators[1] = 0;
    desc[0].addr = swap64((u64)random_bytes);
    desc[0].len = swap32(sizeof(random_bytes));
    desc[0].flags = swap16(2);
    avail.ring[count % QUEUE_SIZE] = 0;
    __asm__ volatile("bcr 14,0" ::: "memory");
    avail.idx = swap16((u16)(count + 1));
    __asm__ volatile("bcr 14,0" ::: "memory");
    notify();
}

static void check_taken(const char *name, unsigned old_psw)
{
    check_eq(name, old_psw, 0x170);
    check_eq("P08 subchannel identification", LC64(0xb8) >> 32, 0);
    check_eq("P08 interruption parameter", LC32(0xbc), 0);
    check_eq("P08 interruption word", LC32(0xc0), 0x80000000U | ISC << 27);
    check_eq("P08 summary indicator", summary, 1);
    check_eq("P08 device indicator", indicators[1], 0x10);
    count++;
    check_eq("P08 buffer used", swap16(used.idx), count);
}

static void interruptions(void)
{
    lctlg(6, 0x80000000UL >> ISC);
    request();
    check_taken("P08 adapter interruption ends a wait", take(PSW_64 | PSW_IO | PSW_WAIT));
    request();
    while (swap16(used.idx) == count)
        ;
    for (volatile u32 i = 0; i < 100000; i++) /* until the interruption is pending for sure */
        ;
    LC32(0xc0) = 0;
    check_taken("P08 adapter interruption when it is enabled", take(PSW_64 | PSW_IO | PSW_WAIT));
    check_eq("P08 only once", take(PSW_64 | PSW_IO), 0);
    for (unsigned i = 0; i < 50; i++) {
        request();
        if (take(PSW_64 | PSW_IO | PSW_WAIT) != 0x170 || LC32(0xc0) != (0x80000000U | ISC << 27))
            break;
        count++;
    }
    check_eq("P08 fifty more", count, 52);
}

static void masked(void)
{
    lctlg(6, 0xff000000UL & ~(0x80000000UL >> ISC));
    request();
    while (swap16(used.idx) == count)
        ;
    for (volatile u32 i = 0; i < 100000; i++)
        ;
    check_eq("P08 not enabled in control register 6", take(PSW_64 | PSW_IO), 0);
    lctlg(6, 0x80000000UL >> ISC);
    check_taken("P08 enabled in control register 6", take(PSW_64 | PSW_IO | PSW_WAIT));
}

static void sic(void *arg)
{
    register u64 r2 __asm__("2") = *(u64 *)arg;
    register u64 r4 __asm__("4") = (u64)ISC << 27;

    __asm__ volatile(".insn rsy,0xeb00000000d1,2,4,0" ::"d"(r2), "d"(r4) : "memory");
}

static void sic_problem(void *arg)
{
    problem_state();
    sic(arg);
}

static void suppression(void)
{
    u64 mode = 1;

    check_pgm("I28 SIC: single-interruption mode", sic, &mode, 0);
    for (unsigned i = 0; i < 2; i++) {
        request();
        check_taken("P08 virtio is not suppressible", take(PSW_64 | PSW_IO | PSW_WAIT));
    }
    mode = 2;
    check_pgm("I28 SIC: no such mode", sic, &mode, 0x15);
    mode = 0;
    check_pgm("I28 SIC: all interruptions", sic, &mode, 0);
    check_pgm("I28 SIC in the problem state", sic_problem, &mode, PGM_PRIVILEGED_OP);
}

int main(void)
{
    if (set_up()) {
        interruptions();
        masked();
        suppression();
    }
    return failures();
}
