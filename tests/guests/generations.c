/* SPDX-License-Identifier: Apache-2.0
 *
 * run: --cpu zEC12
 * A machine of the middle: what it and those before it have is there, what later machines brought
 * is not, whether the facility list or instruction-blocking control says so.
 */
#include "guest.h"

static u64 data[4];

#define CODE(name, text)                                                                           \
    static void name(void *arg)                                                                    \
    {                                                                                              \
        __asm__ volatile(text : : "a"(arg) : "2", "3", "cc", "memory");                            \
    }

CODE(lay, ".insn rxy,0xe30000000071,%%r2,1(%0)")        /* 18: z10 */
CODE(agsi, ".insn siy,0xeb000000007a,0(%0),1")          /* 34: z10 */
CODE(agrk, ".insn rrf,0xb9e80000,%%r2,%0,%0,0")         /* 45: z196 */
CODE(laag, ".insn rsy,0xeb00000000e8,%%r2,%%r3,0(%0)")  /* 45: z196 */
CODE(risbgn, ".insn rie,0xec0000000059,%%r2,%%r3,0x3f") /* 49: zEC12 */
CODE(lochi, ".insn rie,0xec0000000042,%%r2,%%r0,1")     /* 53: z13 */
CODE(lzrg, ".insn rxy,0xe3000000002a,%%r2,0(%0)")       /* 53: z13 */
CODE(agh, ".insn rxy,0xe30000000038,%%r2,0(%0)")        /* 58: z14 */
CODE(llgfsg, ".insn rxy,0xe30000000048,%%r2,0(%0)")     /* 133: z14 */
CODE(ex_lzrg, "exrl %%r0,1f\n\tj 2f\n1:.insn rxy,0xe3000000002a,%%r2,0(%0)\n2:")

int main(void)
{
    check("z196's facility is announced", facility(45));
    check("its own facility is announced", facility(49));
    check("z13's facility is not announced", !facility(53));
    check("z14's facility is not announced", !facility(58));
    check_pgm("LAY of z10", lay, data, 0);
    check_pgm("AGSI of z10", agsi, data, 0);
    check_pgm("AGRK of z196", agrk, data, 0);
    check_pgm("LAAG of z196", laag, data, 0);
    check_pgm("RISBGN of zEC12", risbgn, data, 0);
    check_pgm("LOCHI of z13", lochi, data, 1);
    check_pgm("LZRG of z13", lzrg, data, 1);
    check_pgm("LZRG of z13 by EXRL", ex_lzrg, data, 1);
    check_pgm("AGH of z14", agh, data, 1);
    check_pgm("LLGFSG of z14", llgfsg, data, 1);
    return failures();
}
