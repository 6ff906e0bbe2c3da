/* SPDX-License-Identifier: Apache-2.0
 *
 * What an intercept costs: a guest without an operating system that executes one instruction again
 * and again which the hypervisor has to complete, and reads the clock around many of them.  No text
 * comes out: figures are left at RESULTS for bench/run to read from the guest's storage.
 *
 * Built with the start code of tests/guests/lib; wants a virtio random-number device as the first
 * subchannel (for the adapter interruption).  Nothing here is specific to one emulator.
 *
 * References: [PoP 10], [VIRTIO 1.2 4.3 Virtio Over Channel I/O].
 */
#include "guest.h"

#define RESULTS                                                                                    \
    ((volatile u64 *)0x8000) /* a count of figures, then ROUNDS words each: clock units */
#define ROUNDS 15
#define SCHID 0x00010000u

static u8 block[4096] __attribute__((aligned(4096)));
static u64 word[2] __attribute__((aligned(8)));

static u64 clock(void)
{
    u64 t;

    __asm__ volatile(".insn s,0xb27c0000,%0" : "=Q"(t)::"cc"); /* STCKF */
    return t;
}

/* ---- one of each ---- */

static void diag44(void)
{
    __asm__ volatile("diag 0,0,0x44" ::: "memory");
}

static void sigp_sense_running(void)
{
    register u64 status __asm__("1") = 0;
    register u64 cpu __asm__("2") = 0;

    __asm__ volatile("sigp %0,%1,0x15" : "+d"(status) : "d"(cpu) : "cc", "memory");
}

static void stsi(void)
{
    register u64 r0 __asm__("0") = 0x10000001;
    register u64 r1 __asm__("1") = 1;

    __asm__ volatile("stsi 0(%2)" : "+d"(r0), "+d"(r1) : "a"(block) : "cc", "memory");
}

static void stpx(void)
{
    __asm__ volatile("stpx 0(%0)" ::"a"(word) : "memory");
}

static void lctlg_cr0(void)
{
    __asm__ volatile("stctg %%c0,%%c0,0(%0)\n\tlctlg %%c0,%%c0,0(%0)" ::"a"(word) : "memory");
}

/* READ SCP INFORMATION and the interruption that tells its end. */
static void servc(void)
{
    u64 cc;

    *(u64 *)block = 0x1000000000000000UL; /* length 4096 */
    __asm__ volatile(".insn rre,0xb2200000,%1,%2\n\tipm %0\n\tsrl %0,28"
                     : "=d"(cc)
                     : "d"(0x00120001UL), "d"(block)
                     : "cc", "memory");
    take(PSW_64 | PSW_EXT | PSW_WAIT);
}

/* An instruction that there is not; the handler goes on behind it. */
static void illegal(void)
{
    __asm__ volatile(".short 0xb2ff, 0" ::: "cc", "memory");
}

/* ---- adapter interruption ---- */

struct ccw {
    u8 cmd, flags;
    u16 count;
    u32 addr;
};
static struct {
    u64 addr;
    u32 len;
    u16 flags, next;
} desc[8] __attribute__((aligned(16)));
static volatile u16 avail[3 + 8] __attribute__((aligned(4)));
static volatile u16 used[2 + 4 * 8 + 1] __attribute__((aligned(4)));
static u64 indicators __attribute__((aligned(8)));
static u8 summary;
static u8 schib[52] __attribute__((aligned(8))), irb[96] __attribute__((aligned(8)));
static struct ccw ccw __attribute__((aligned(8)));
static u32 orb[8] __attribute__((aligned(8)));
static u8 payload[32] __attribute__((aligned(8)));
static u16 given;

static bool run(void)
{
    register u32 schid __asm__("1") = SCHID;
    int cc;

    __asm__ volatile("ssch %1\n\tipm %0\n\tsrl %0,28"
                     : "=d"(cc)
                     : "Q"(orb), "d"(schid), "m"(ccw), "m"(payload)
                     : "cc", "memory");
    if (cc)
        return false;
    do
        __asm__ volatile("tsch %1\n\tipm %0\n\tsrl %0,28"
                         : "=d"(cc), "=Q"(irb)
                         : "d"(schid)
                         : "cc", "memory");
    while (cc == 1);
    return cc == 0 && irb[8] == 0x0c && irb[9] == 0;
}

static bool channel(const void *bytes, u16 len, u8 cmd)
{
    memcpy(payload, bytes, len);
    ccw = (struct ccw){cmd, 0, len, (u32)(u64)payload};
    orb[1] = 0x0080ff00;
    orb[2] = (u32)(u64)&ccw;
    return run();
}

static bool status(u8 s)
{
    return channel(&s, 1, 0x31);
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

static bool start_device(void)
{
    const u16 revision[2] = {1, 0};
    const u8 features[5] = {1, 0, 0, 0, 1}; /* VIRTIO_F_VERSION_1, in word 1 */
    const struct {
        u64 desc;
        u32 reserved;
        u16 index, num;
        u64 avail, used;
    } queue = {(u64)desc, 0, 0, 8, (u64)avail, (u64)used};
    const struct __attribute__((packed)) {
        u64 summary, indicators, bit;
        u8 isc;
    } adapter = {(u64)&summary, (u64)&indicators, 0, 3};

    return enable() && channel(revision, 4, 0x83) && status(1) && status(3) &&
           channel(features, 5, 0x11) && status(11) && channel(&queue, sizeof(queue), 0x13) &&
           channel(&adapter, sizeof(adapter), 0x73) && status(15);
}

static void notify(void)
{
    register u64 function __asm__("1") = 3;
    register u64 schid __asm__("2") = SCHID;
    register u64 queue __asm__("3") = 0;
    register u64 cookie __asm__("4") = 0;

    __asm__ volatile("diag %%r2,%%r4,0x500"
                     : "+d"(schid)
                     : "d"(function), "d"(queue), "d"(cookie)
                     : "cc", "memory");
}

/* One request of random bytes, to the interruption that tells its end. */
static void adapter(void)
{
    desc[0].addr = __builtin_bswap64((u64)block);
    desc[0].len = __builtin_bswap32(8);
    desc[0].flags = __builtin_bswap16(2);
    avail[2 + given % 8] = 0;
    given++;
    summary = 0;
    indicators = 0;
    barrier();
    avail[1] = __builtin_bswap16(given);
    barrier();
    notify();
    take(PSW_64 | PSW_IO | PSW_WAIT);
}

/* ---- rounds ---- */

static void measure(unsigned n, void (*one)(void), u64 times)
{
    for (unsigned round = 0; round < ROUNDS; round++) {
        u64 begin = clock();

        for (u64 i = 0; i < times; i++)
            one();
        /* 1/4096 µs a clock unit; kept in units so that nothing is rounded away. */
        RESULTS[1 + n * (ROUNDS + 1)] = times;
        RESULTS[2 + n * (ROUNDS + 1) + round] = clock() - begin;
    }
}

static void nothing(void)
{
    __asm__ volatile("" ::: "memory");
}

int main(void)
{
    static const u64 cr0 = 0x402e0, cr6 = 0x10000000; /* AFP, service signal; subclass 3 */
    static void (*const each[])(void) = {
        nothing, diag44, sigp_sense_running, stsi, stpx, lctlg_cr0, servc, illegal, adapter};
    static const u16 times[] = {20000, 20000, 20000, 4000, 20000, 20000, 2000, 20000, 500};
    struct psw old = LC_PGM_NEW, new = old;

    __asm__ volatile("lctlg %%c0,%%c0,%0\n\tlctlg %%c6,%%c6,%1" ::"Q"(cr0), "Q"(cr6) : "memory");
    /* Program interruptions go to an LPSWE of the old PSW, which is behind the instruction. */
    __asm__ volatile("larl %0,0f\n\tj 1f\n0:\tlpswe 0x150\n1:" : "=d"(new.addr));
    for (unsigned i = 0; i < ARRAY_SIZE(each); i++) {
        if (each[i] == adapter && !start_device())
            break;
        LC_PGM_NEW = each[i] == illegal ? new : old;
        measure(i, each[i], times[i]);
        RESULTS[0] = i + 1;
    }
    return 0;
}
