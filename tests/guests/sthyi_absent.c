/* SPDX-License-Identifier: Apache-2.0
 *
 * run: --cpu max,sthyi=off,topology=off
 * I36, I37: without facility 74 STHYI is an operation exception, whatever its operands; without
 * facility 11 so is PTF, and there are no blocks 15.1.x.
 */
#include "guest.h"

static void sthyi(void *arg)
{
    (void)arg;
    __asm__ volatile(".long 0xb2560033" : : : "cc", "memory");
}

static void ptf(void *arg)
{
    (void)arg;
    __asm__ volatile("lghi %%r2,2\n\t.long 0xb9a20020" : : : "2", "cc", "memory");
}

static u8 block[4096] __attribute__((aligned(4096)));

static unsigned topology(void)
{
    register u64 r0 __asm__("0") = 0xf0000001;
    register u64 r1 __asm__("1") = 2;
    u32 cc;

    __asm__ volatile("stsi %2\n\tipm %0\n\tsrl %0,28"
                     : "=&d"(cc), "+d"(r0), "=Q"(block)
                     : "d"(r1)
                     : "cc", "memory");
    return cc;
}

int main(void)
{
    check_pgm("I37 STHYI without facility 74", sthyi, 0, PGM_OPERATION);
    check_eq("I37 STHYI without facility 74: ILC", LC_PGM_ILC, 4);
    check_pgm("I27 PTF without facility 11", ptf, 0, PGM_OPERATION);
    check_eq("I25 15.1.2 without facility 11", topology(), 3);
    return failures();
}
