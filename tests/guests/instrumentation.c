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
