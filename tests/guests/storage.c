/* SPDX-License-Identifier: Apache-2.0
 *
 * run: -m 16G
 * rss: 130M
 * A guest that touches 100 MiB in one piece of 16 GiB: what was written stays, the host gives
 * little more than that.
 */
#include "guest.h"

#define MIB 0x100000UL

int main(void)
{
    u64 from = 0x200000000; /* 8 GiB */
    bool ok = true, zero = true;

    for (u64 a = from; a < from + 100 * MIB; a += 4096)
        *(volatile u64 *)a = a;
    for (u64 a = from; a < from + 100 * MIB; a += 4096)
        ok = ok && *(volatile u64 *)a == a && *(volatile u64 *)(a + 8) == 0;
    check("100 MiB in one piece of 16 GiB", ok);
    for (u64 a = 0x380000000; a < 0x380000000 + 4096; a += 8)
        zero = zero && *(volatile u64 *)a == 0;
    check("storage is zero at first", zero);
    *(volatile u64 *)0x3fffffff8 = 5;
    check_eq("the last doubleword", *(volatile u64 *)0x3fffffff8, 5);
    return failures();
}
