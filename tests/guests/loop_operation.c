/* SPDX-License-Identifier: Apache-2.0
 *
 * status: 11
 * I36: an operation exception at the program-new PSW is told as an endless loop.
 */
#include "guest.h"

static u64 nothing __attribute__((aligned(8)));

int main(void)
{
    LC_PGM_NEW = (struct psw){PSW_64, (u64)&nothing};
    __asm__ volatile(".long 0");
    check("I36 guest ends", false);
    return failures();
}
