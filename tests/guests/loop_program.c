/* SPDX-License-Identifier: Apache-2.0
 *
 * status: 11
 * I32: a specification exception while the program-new PSW is invalid is told as an endless loop.
 */
#include "guest.h"

int main(void)
{
    LC_PGM_NEW = (struct psw){PSW_64 | 1UL << 51, 0x600d};
    __asm__ volatile("lpswe 1");
    check("I32 guest ends", false);
    return failures();
}
