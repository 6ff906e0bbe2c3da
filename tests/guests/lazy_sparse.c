/* SPDX-License-Identifier: Apache-2.0
 *
 * run: --lazy-memory -m 256G
 * rss: 40M
 * A guest of 64 Mi frames that touches few of them takes little host storage with lazy memory, too:
 * nothing is written for a frame that nobody touched, nor when all of it is released.
 */
#include "guest.h"

static u64 diag10(u64 first, u64 last)
{
    __asm__ volatile("diag %0,%1,0x10" : : "d"(first), "d"(last) : "memory");
    return last;
}

int main(void)
{
    u64 from = 0x200000000; /* 8 GiB */
    bool ok = true;

    for (u64 a = from; a < 0x3f00000000; a += 0x40000000)
        *(volatile u64 *)a = a;
    for (u64 a = from; a < 0x3f00000000; a += 0x40000000)
        ok = ok && *(volatile u64 *)a == a && *(volatile u64 *)(a + 8) == 0;
    check("one page in each of many GiB", ok);
    diag10(from, 0x3f00000000);
    check_eq("a released page is zero", *(volatile u64 *)from, 0);
    return failures();
}
