/* SPDX-License-Identifier: Apache-2.0
 *
 * Run-time instrumentation is not there: the facility is not announced, its instructions are
 * operation exceptions, in problem state too.
 */
#include "guest.h"

static u64 insn __attribute__((aligned(8)));

static void execute(void *arg)
{
    insn = (u64)arg << 16;
    __asm__ volatile("ex 0,%0" : : "Q"(insn) : "memory", "cc");
}

static void execute_problem(void *arg)
{
    problem_state();
    execute(arg);
}

static bool facility(unsigned n)
{
    u64 list[8] = {0};
    register u64 r0 __asm__("0") = 7;

    __asm__ volatile(".insn s,0xb2b00000,%0" : "+Q"(list), "+d"(r0) : : "cc", "memory");
    return list[n / 64] << n % 64 >> 63;
}

int main(void)
{
    check("I23 facility 64 is not announced", !facility(64));
    for (u64 op = 0; op < 5; op++) {
        check_pgm("I23 RIEMIT, TRIC, RION, RIOFF, RINEXT", execute,
                  (void *)(0xaa0000000000 | op << 32), PGM_OPERATION);
        check_pgm("I23 the same in problem state", execute_problem,
                  (void *)(0xaa0000000000 | op << 32), PGM_OPERATION);
    }
    for (u64 op = 0x60; op < 0x63; op++)
        check_pgm("I28 MRIC, STRIC, LRIC", execute, (void *)(0xeb0000000000 | op), PGM_OPERATION);
    return failures();
}
