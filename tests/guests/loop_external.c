/* SPDX-License-Identifier: Apache-2.0
 *
 * status: 11
 * I35: a clock-comparator interruption whose new PSW is enabled for it is told as an endless loop.
 */
#include "guest.h"

int main(void)
{
    u64 now = 0;

    LC_EXT_NEW = (struct psw){PSW_64 | PSW_EXT, (u64)main};
    __asm__ volatile("sckc %0" : : "Q"(now));
    lctlg(0, 0x408e0);
    psw_mask(PSW_EXT);
    check("I35 guest ends", false);
    return failures();
}
