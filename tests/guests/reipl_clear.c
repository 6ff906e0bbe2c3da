/* SPDX-License-Identifier: Apache-2.0
 *
 * run: -m 64M
 * Re-IPL clear (DIAGNOSE 308 subcode 3): storage and storage keys are zero afterwards.  What tells
 * the second run from the first is the TOD clock, which no reset changes.
 */
#include "guest.h"

#define FAR 0x2000000UL /* nothing is loaded there */

static u64 clock_now(void)
{
    u64 t;

    __asm__ volatile("stck %0" : "=Q"(t) : : "cc");
    return t;
}

int main(void)
{
    static u64 early = 1UL << 40;
    u64 keys = 0, bytes = 0;

    if (clock_now() > 1UL << 60) {
        for (u64 a = FAR; a < FAR + 0x100000; a += 4096) {
            *(volatile u64 *)a = a;
            sske(a, 0x3e);
        }
        check_eq("storage before", *(volatile u64 *)(FAR + 4096), FAR + 4096);
        check_eq("keys before", iske(FAR), 0x3e);
        __asm__ volatile("sck %0" : : "Q"(early) : "cc");
        __asm__ volatile("lghi %%r2,0\n\tlghi %%r3,3\n\tdiag %%r2,%%r3,0x308" : : : "2", "3", "memory");
        check("DIAGNOSE 308 subcode 3 comes back", false);
    }
    for (u64 a = FAR; a < FAR + 0x100000; a += 4096)
        keys |= iske(a);
    for (u64 a = FAR; a < FAR + 0x100000; a += 8)
        bytes |= *(volatile u64 *)a;
    check_eq("re-IPL clear: storage", bytes, 0);
    check_eq("re-IPL clear: keys", keys, 0);
    return failures();
}
