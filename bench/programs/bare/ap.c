/* SPDX-License-Identifier: Apache-2.0
 *
 * What PQAP costs on queue 00.0000: TAPQ, which SIE interprets, and AQIC, which is intercepted and
 * goes to the driver: on and off again.
 */
#include "measure.h"

#define ISC 3
#define TAPQ 0
#define AQIC 0x03000000u
#define ENABLE (1UL << 47)

static u8 indicator;
static u64 status;

static void pqap(u64 function, u64 operand)
{
    register u64 r0 __asm__("0") = function;
    register u64 r1 __asm__("1") = operand;
    register void *r2 __asm__("2") = &indicator;

    __asm__ volatile(".insn rre,0xb2af0000,0,0" : "+d"(r1), "+d"(r2) : "d"(r0) : "cc", "memory");
    status |= r1 & 0x00ff0000;
}

static void tapq(void)
{
    pqap(TAPQ, 0);
}

static void aqic_on_off(void)
{
    pqap(AQIC, ENABLE | ISC);
    pqap(AQIC, ISC);
}

int main(void)
{
    measure(0, nothing, 20000);
    measure(1, tapq, 20000);
    measure(2, aqic_on_off, 10000);
    if (status) /* a response code: nothing was measured */
        RESULTS[0] = 0;
    return 0;
}
