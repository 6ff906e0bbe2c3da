/* SPDX-License-Identifier: Apache-2.0
 *
 * run: -c 8 -m 64M
 * The keyless subset: a CPU's first storage-key instruction is intercepted, switches the CPU to
 * keys and is executed again.  Each instruction is once the first one of a CPU.
 */
#include "guest.h"

#define PAGE 0x2000000UL

static u64 result;

static void first_iske(void *arg)
{
    result = 0xff00;
    __asm__ volatile("iske %0,%1" : "+d"(result) : "a"(arg) : "memory");
}

static void first_sske(void *arg)
{
    sske((u64)arg, 0x50);
}

static void first_rrbe(void *arg)
{
    u32 cc;

    __asm__ volatile("rrbe %%r0,%1\n\tipm %0\n\tsrl %0,28" : "=d"(cc) : "a"(arg) : "cc", "memory");
    result = cc;
}

static void first_irbm(void *arg)
{
    __asm__ volatile(".insn rre,0xb9ac0000,%0,%1" : "=d"(result) : "a"(arg) : "memory");
}

static void first_rrbm(void *arg)
{
    __asm__ volatile(".insn rre,0xb9ae0000,%0,%1" : "=d"(result) : "a"(arg) : "memory");
}

static void first_pfmf(void *arg)
{
    __asm__ volatile(".insn rre,0xb9af0000,%0,%1" : : "d"(0x20000UL | 0x70), "a"(arg) : "memory");
}

/* By EXECUTE, and without a second chance: the PSW must be at the EXECUTE again. */
static void first_execute(void *arg)
{
    result = 0;
    __asm__ volatile("lgr %%r3,%1\n\tlarl %%r2,1f\n\tex %%r0,0(%%r2)\n\tlgr %0,%%r4\n\tj 2f\n"
                     "1:\tiske %%r4,%%r3\n2:"
                     : "=d"(result)
                     : "a"(arg)
                     : "2", "3", "4", "memory");
    result &= 0xff;
}

static void on(unsigned cpu, void (*fn)(void *))
{
    cpu_start(cpu, fn, (void *)PAGE);
    cpu_join(cpu);
}

static void iske_problem(void *arg)
{
    problem_state();
    first_iske(arg);
}

int main(void)
{
    check_pgm("I13 ISKE in problem state: no interception", iske_problem, 0, PGM_PRIVILEGED_OP);
    check_pgm("I13 first ISKE of a CPU", first_iske, (void *)PAGE, 0);
    check_eq("I13 first ISKE: eight bits, key 0", result & ~6UL, 0xff00);
    on(1, first_sske);
    check_eq("I13 first SSKE: executed", iske(PAGE), 0x50);
    sske(PAGE, 0x36);
    on(2, first_rrbe);
    check_eq("I13 first RRBE: condition code", result, 3);
    check_eq("I13 first RRBE: executed once", iske(PAGE), 0x32);
    sske(PAGE, 4);
    on(3, first_irbm);
    check_eq("I13 first IRBM", result >> 63, 1);
    on(4, first_rrbm);
    check_eq("I13 first RRBM: executed once", result >> 63 | iske(PAGE) << 4, 1);
    on(5, first_pfmf);
    check_eq("I13 first PFMF with a key", iske(PAGE), 0x70);
    on(6, first_execute);
    check_eq("I13 first ISKE by EXECUTE", result, 0x70);
    return failures();
}
