/* SPDX-License-Identifier: Apache-2.0
 *
 * run: -c 2
 * TOD clock, clock comparator, CPU timer.  [PoP 4 Timing]
 */
#include "guest.h"

static u64 stckf(void)
{
    u64 v;

    __asm__ volatile("stckf %0" : "=Q"(v) : : "cc");
    return v;
}

static u64 stpt(void)
{
    u64 v;

    __asm__ volatile("stpt %0" : "=Q"(v));
    return v;
}

static volatile u64 from_other[2000], from_this[2000];

static void reads(void *arg)
{
    volatile u64 *to = arg;

    for (int i = 0; i < 2000; i++)
        to[i] = stck();
}

static void clocks(void)
{
    bool rises = true, unique = true, fast = true;
    u64 last = stck(), e[2], f = stckf();

    for (int i = 0; i < 5000; i++) {
        u64 now = stck();

        rises = rises && now > last;
        last = now;
    }
    check("STCK rises and is unique", rises);
    for (int i = 0; i < 5000; i++) {
        u64 now = stckf();

        fast = fast && now >= f;
        f = now;
    }
    check("STCKF does not go back", fast);
    __asm__ volatile("stcke %0" : "=Q"(*(u8(*)[16])e) : : "cc");
    check("STCKE follows STCK", e[0] >> 56 == 0 && (e[0] << 8 | e[1] >> 56) >= last);
    cpu_start(1, reads, (void *)from_other);
    reads((void *)from_this);
    cpu_join(1);
    for (int i = 0, j = 0; i < 2000 && j < 2000;) {
        if (from_this[i] == from_other[j])
            unique = false;
        if (from_this[i] < from_other[j])
            i++;
        else
            j++;
    }
    check("STCK of two CPUs is unique", unique);
}

static void set_ckc(u64 v)
{
    __asm__ volatile("sckc %0" : : "Q"(v));
}

static void comparator(void)
{
    u64 v = 0x123456789abcdef0, back;

    set_ckc(v);
    __asm__ volatile("stckc %0" : "=Q"(back));
    check_eq("SCKC, STCKC", back, v);
    lctlg(0, 0x40800);
    set_ckc(-1UL);
    check_eq("clock comparator of all ones", take(PSW_64 | PSW_EXT), 0);
    set_ckc(stck() - 1);
    check_eq("clock comparator in the past", take(PSW_64 | PSW_EXT), 0x130);
    set_ckc(stck() + 0x100000000000); /* hours */
    check_eq("clock comparator in the future", take(PSW_64 | PSW_EXT), 0);
    lctlg(0, 0x40000);
}

static void cpu_timer(void)
{
    u64 a = 0x7000000000000000, b;

    __asm__ volatile("spt %0" : : "Q"(a));
    b = stpt();
    check("CPU timer runs down", b < a && b > a - 0x10000000000);
    check("CPU timer runs on", stpt() <= b);
    a = -5UL;
    __asm__ volatile("spt %0" : : "Q"(a));
    check("negative CPU timer stays negative", (s64)stpt() < 0);
    lctlg(0, 0x40400);
    check_eq("CPU timer, negative", take(PSW_64 | PSW_EXT), 0x130);
    check_eq("CPU timer, negative: code", LC_EXT_CODE, 0x1005);
    lctlg(0, 0x40000);
}

static void ptff(void)
{
    u64 block[4] = {0};
    register u64 r0 __asm__("0") = 0;
    register u64 r1 __asm__("1") = (u64)block;
    u32 cc;

    __asm__ volatile(".insn e,0x0104\n\tipm %0\n\tsrl %0,28"
                     : "=&d"(cc), "+d"(r0), "+d"(r1)
                     :
                     : "cc", "memory");
    check_eq("PTFF-QAF: condition code", cc, 0);
    check("PTFF-QAF: query functions are there", block[0] >> 63);
}

/* The far deadline must not hide the near one. */
static void far_cpu_timer(void)
{
    static const u64 far = 0x7fffffffffffffffUL, never = ~0UL;
    u64 near = stck() + (2000UL << 12);

    __asm__ volatile("spt %0\n\tsckc %1" : : "Q"(far), "Q"(near));
    lctlg(0, stctg(0) | 0xc00);
    check_eq("clock comparator ends a wait with the CPU timer far away",
             take(PSW_64 | PSW_EXT | PSW_WAIT), 0x130);
    check_eq("clock comparator, CPU timer far away: code", LC_EXT_CODE, 0x1004);
    __asm__ volatile("sckc %0" : : "Q"(never));
    lctlg(0, stctg(0) & ~0xc00UL);
}

int main(void)
{
    clocks();
    comparator();
    far_cpu_timer();
    cpu_timer();
    ptff();
    return failures();
}
