/* SPDX-License-Identifier: Apache-2.0
 *
 * Translation tables of bare-metal test guests.  See guest.h.
 */
#include "guest.h"

#define MIB 0x100000UL

u64 dat_identity(unsigned mib)
{
    u64 *segments = alloc_pages(4, 4096);

    for (unsigned i = 0; i < 2048; i++)
        segments[i] = DAT_INVALID;
    for (unsigned i = 0; i < mib; i++) {
        u64 *pages = alloc_pages(1, 4096);

        for (unsigned j = 0; j < 256; j++)
            pages[j] = i * MIB + j * 4096UL;
        segments[i] = (u64)pages;
    }
    return (u64)segments | 3; /* segment table, four pages long */
}

u64 *dat_ste(u64 asce, u64 va)
{
    return (u64 *)(asce & ~0xfffUL) + (va >> 20 & 0x7ff);
}

u64 *dat_pte(u64 asce, u64 va)
{
    return (u64 *)(*dat_ste(asce, va) & ~0x7ffUL) + (va >> 12 & 0xff);
}

u64 dat_page(u64 asce, u64 va, u64 real)
{
    u64 *ste = dat_ste(asce, va);

    if (*ste & DAT_INVALID) {
        u64 *pages = alloc_pages(1, 4096);

        for (unsigned j = 0; j < 256; j++)
            pages[j] = 0x400;
        *ste = (u64)pages;
    }
    *dat_pte(asce, va) = real;
    return va;
}

void psw_mask(u64 mask)
{
    struct psw psw = {mask | PSW_64, 0};

    __asm__ volatile("larl %%r1,1f\n\tstg %%r1,8(%0)\n\tlpswe 0(%0)\n1:"
                     :
                     : "a"(&psw), "m"(psw)
                     : "1", "memory", "cc");
}

void dat_on(u64 asce)
{
    lctlg(1, asce);
    ptlb();
    psw_mask(PSW_DAT);
}

void dat_off(void)
{
    psw_mask(0);
}
