/* SPDX-License-Identifier: Apache-2.0
 *
 * A guest without adjunct processors: PQAP, NQAP and DQAP are operation exceptions whatever their
 * operands, privileged ones in the problem state, and the facilities are not announced.
 */
#include "guest.h"

static u64 insn __attribute__((aligned(8)));

struct call {
    u32 text;
    u64 gr0;
};

static void execute(void *arg)
{
    const struct call *c = arg;
    register u64 r0 __asm__("0") = c->gr0;

    insn = (u64)c->text << 32;
    __asm__ volatile("ex 0,%1" : "+d"(r0) : "Q"(insn) : "memory", "cc");
}

static void execute_problem(void *arg)
{
    problem_state();
    execute(arg);
}

static void absent(u32 text, u64 gr0)
{
    struct call c = {text, gr0};

    check_pgm("P01 PQAP, NQAP, DQAP", execute, &c, PGM_OPERATION);
    check_eq("P01 ILC is that of EXECUTE", LC_PGM_ILC, 4);
    check_pgm("P01 PQAP, NQAP, DQAP in problem state", execute_problem, &c, PGM_PRIVILEGED_OP);
}

int main(void)
{
    for (u64 fc = 0; fc < 10; fc++)
        absent(0xb2af0000, fc << 24 | 0x0102);
    absent(0xb2af0000, 0x037f0000);
    absent(0xb2ad0046, 0x40000102);
    absent(0xb2ae0046, 0x80000102);
    absent(0xb2ae0057, 0x80000102); /* odd registers */
    check("P01 facility 12 is not announced", !facility(12));
    check("P01 facility 15 is not announced", !facility(15));
    check("P01 facility 65 is not announced", !facility(65));
    return failures();
}
