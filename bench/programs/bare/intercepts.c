/* SPDX-License-Identifier: Apache-2.0
 *
 * What an intercept costs: a guest without an operating system that executes one instruction again
 * and again which the hypervisor has to complete, and reads the clock around many of them.  No text
 * comes out: figures are left in storage (measure.h).
 *
 * Built with tests/guests/lib; wants a virtio random-number device as the first subchannel (for the
 * adapter interruption).  Nothing here is specific to one emulator.
 *
 * References: [PoP 10].
 */
#include "measure.h"
#include "virtio.h"

#define ISC 3

static u8 block[4096] __attribute__((aligned(4096)));
static u64 word[2] __attribute__((aligned(8)));

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
    __asm__ volatile(".short 0xb2fe, 0" ::: "cc", "memory");
}

/* ---- adapter interruption ---- */

static u64 indicators __attribute__((aligned(8)));
static u8 summary;

static bool start_device(void)
{
    const struct virtio_adapter to = {(u64)&summary, (u64)&indicators, 0, ISC};

    if (!virtio_start(0, &to))
        return false;
    virtio_describe(0, block, 8, VIRTIO_WRITE, 0);
    return true;
}

/* One request of random bytes, to the interruption that tells its end. */
static void adapter(void)
{
    summary = 0;
    indicators = 0;
    virtio_give(0);
    virtio_notify();
    take(PSW_64 | PSW_IO | PSW_WAIT);
}

int main(void)
{
    static const u64 cr0 = 0x402e0, cr6 = 0x80000000 >> ISC; /* AFP, service signal */
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
    }
    return 0;
}
