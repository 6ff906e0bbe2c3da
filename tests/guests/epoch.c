/* SPDX-License-Identifier: Apache-2.0
 *
 * run: -c 2
 * Multiple epochs: the epoch index that STCKE stores when the TOD clock overflows, the sign of the
 * clock comparator.  [PoP 4 Timing]
 */
#include "guest.h"

#define SIGN 0x20000000000000UL /* CR0: clock-comparator sign control */
#define AFP 0x40000UL
#define CKC 0x800UL
#define MS (4096UL * 1000)

static void sck(u64 v)
{
    __asm__ volatile("sck %0" : : "Q"(v) : "cc");
}

static u64 stcke(unsigned *index)
{
    union {
        u8 b[16];
        u64 w[2];
    } v;

    __asm__ volatile("stcke %0" : "=Q"(v) : : "cc");
    *index = v.b[0];
    return v.w[0] << 8 | v.b[8];
}

static volatile unsigned seen;

static void other(void *arg)
{
    unsigned index;

    (void)arg;
    stcke(&index);
    seen = index;
}

static void overflow(void)
{
    u64 before, now, last = 0;
    unsigned index, steps = 0, at = 0;

    sck(-100 * MS);
    before = stcke(&index);
    check_eq("SET CLOCK: epoch index 0", index, 0);
    check("STCKE: the clock that was set", (s64)before < 0 && before > -100 * MS - 1);
    do {
        now = stcke(&index);
        if (index != at)
            steps++;
        if (index == at ? now < last : now >= last)
            steps += 100;
        at = index;
        last = now;
    } while (now > 1UL << 63 && before != 0 && steps < 2);
    check_eq("overflow: one step of the epoch index, with the clock's", steps, 1);
    check_eq("overflow: epoch index 1", index, 1);
    check("overflow: STORE CLOCK goes on", stck() < 1000 * MS);
    cpu_start(1, other, 0);
    cpu_join(1);
    check_eq("overflow: another CPU", seen, 1);
    sck(0x1000);
    stcke(&index);
    check_eq("SET CLOCK after it: epoch index 0", index, 0);
}

static void sign(void)
{
    sck(-200 * MS);
    lctlg(0, AFP | CKC);
    sckc(50 * MS);
    check_eq("unsigned: the comparator of after the overflow is passed", take(PSW_64 | PSW_EXT),
             0x130);
    lctlg(0, AFP | CKC | SIGN);
    check_eq("signed: not yet", take(PSW_64 | PSW_EXT), 0);
    check_eq("signed: the wait ends", take(PSW_64 | PSW_EXT | PSW_WAIT), 0x130);
    check_eq("signed: by the clock comparator", LC_EXT_CODE, 0x1004);
    check("signed: behind the overflow, at its time", stck() >= 50 * MS && stck() < 1UL << 62);
    sckc(-MS);
    check_eq("signed: a negative one is passed", take(PSW_64 | PSW_EXT), 0x130);
    lctlg(0, AFP | CKC);
    check_eq("unsigned: it is not", take(PSW_64 | PSW_EXT), 0);
    lctlg(0, AFP | CKC | SIGN);
    sckc(-1UL >> 1);
    check_eq("signed: the largest value", take(PSW_64 | PSW_EXT), 0);
    lctlg(0, AFP);
}

int main(void)
{
    overflow();
    sign();
    return failures();
}
