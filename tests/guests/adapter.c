/* SPDX-License-Identifier: Apache-2.0
 *
 * run: --rng -m 64M
 * again: --gisa off
 * P08: adapter interruptions of a virtio device, to a waiting and to a running CPU, with and
 * without the GISA: what is stored, the mask of subclasses, indicators; SET INTERRUPTION CONTROLS.
 */
#include "virtio.h"

#define ISC 6

static volatile u8 summary, indicators[8] __attribute__((aligned(8)));
static u8 random_bytes[32];
static u16 count; /* buffers used so far */

static bool set_up(void)
{
    const struct virtio_adapter to = {(u64)&summary, (u64)indicators, 11, ISC};
    bool good = virtio_start(0, &to);

    check_eq("a virtio device: status of its last command", virtio_status(), 0x0c00);
    check("a virtio device", good);
    return good;
}

/* Asks for random bytes. */
static void request(void)
{
    summary = 0;
    indicators[1] = 0;
    virtio_describe(0, random_bytes, sizeof(random_bytes), VIRTIO_WRITE, 0);
    virtio_give(0);
    virtio_notify();
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
    check_eq("P08 buffer used", virtio_used(), count);
}

static void interruptions(void)
{
    lctlg(6, 0x80000000UL >> ISC);
    request();
    check_taken("P08 adapter interruption ends a wait", take(PSW_64 | PSW_IO | PSW_WAIT));
    request();
    while (virtio_used() == count)
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
    while (virtio_used() == count)
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
