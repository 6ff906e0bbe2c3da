/* SPDX-License-Identifier: Apache-2.0
 *
 * run: -c 2 -m 256M
 * I22: DIAGNOSE: functions of the hypervisor and their checks.
 */
#include "guest.h"

struct call {
    u64 r2, r3, code, r1, r4;
};

static struct call result;

/* DIAG %r2,%r4,code with GR1, GR2, GR3, GR4. */
static void diag(void *arg)
{
    struct call *c = arg;
    register u64 r1 __asm__("1") = c->r1;
    register u64 r2 __asm__("2") = c->r2;
    register u64 r3 __asm__("3") = c->r3;
    register u64 r4 __asm__("4") = c->r4;
    register u64 r5 __asm__("5") = c->code;

    __asm__ volatile("diag %1,%3,0(%4)"
                     : "+d"(r1), "+d"(r2), "+d"(r3), "+d"(r4)
                     : "a"(r5)
                     : "cc", "memory");
    result = (struct call){r2, r3, r5, r1, r4};
}

static void diag_odd(void *arg)
{
    (void)arg;
    __asm__ volatile("lghi %%r1,0\n\tlghi %%r2,100\n\tlghi %%r4,0\n\tdiag %%r1,%%r4,0x288"
                     :
                     :
                     : "1", "2", "4", "cc", "memory");
}

static void problem(void *arg)
{
    problem_state();
    diag(arg);
}

static int call(u64 code, u64 r2, u64 r4)
{
    struct call c = {.code = code, .r2 = r2, .r4 = r4};

    return probe(diag, &c);
}

static void release(void)
{
    u64 a = 0x8000000;

    for (u64 p = a; p < a + 0x10000; p += 4096)
        *(volatile u64 *)p = p;
    check_eq("I22 DIAG 10", (u64)call(0x10, a + 4096, a + 8192), 0);
    check_eq("I22 DIAG 10: page before", *(volatile u64 *)a, a);
    check_eq("I22 DIAG 10: page behind", *(volatile u64 *)(a + 12288), a + 12288);
    check_eq("I22 DIAG 10: one page", (u64)call(0x10, a, a), 0);
    check_eq("I22 DIAG 10: unaligned first", (u64)call(0x10, a + 8, a + 4096), PGM_SPECIFICATION);
    check_eq("I22 DIAG 10: unaligned last", (u64)call(0x10, a, a + 4097), PGM_SPECIFICATION);
    check_eq("I22 DIAG 10: last before first", (u64)call(0x10, a + 4096, a), PGM_SPECIFICATION);
    check_eq("I22 DIAG 10: page 0", (u64)call(0x10, 0, a), PGM_SPECIFICATION);
    check_eq("I22 DIAG 10: page 1", (u64)call(0x10, 4096, 4096), PGM_SPECIFICATION);
    check_eq("I22 DIAG 10: page 2", (u64)call(0x10, 0x40000 * 16, 0x40000 * 16), 0);
}

static void yields(void)
{
    check_eq("I22 DIAG 44", (u64)call(0x44, 0, 0), 0);
    check_eq("I22 DIAG 9C of itself", (u64)call(0x9c, 0, 0), 0);
    check_eq("I22 DIAG 9C of a stopped CPU", (u64)call(0x9c, 1, 0), 0);
    check_eq("I22 DIAG 9C of no CPU", (u64)call(0x9c, 77777, 0), 0);
    check_eq("I22 DIAG 44: only bits 48-63 of the address", (u64)call(0x70044, 0, 0), 0);
}

static void unknown(void)
{
    static const u16 codes[] = {0, 1, 0x14, 0x43, 0x45, 0x204, 0x224, 0x250, 0x2fc, 0x304, 0x501, 0x8000,
                                0xffff};

    for (unsigned i = 0; i < ARRAY_SIZE(codes); i++) {
        check_eq("I22 unknown code", (u64)call(codes[i], 0, 0), PGM_SPECIFICATION);
        check_eq("I22 unknown code: ILC", LC_PGM_ILC, 4);
    }
}

static void ipl(void)
{
    static u8 block[8192] __attribute__((aligned(4096)));
    static const u16 subcodes[] = {8, 9, 10, 11, 100};

    for (unsigned i = 0; i < ARRAY_SIZE(subcodes); i++)
        check_eq("I22 DIAG 308: unknown subcode", (u64)call(0x308, (u64)block, subcodes[i]),
                 PGM_SPECIFICATION);
    check_eq("I22 DIAG 308.5: unaligned block", (u64)call(0x308, (u64)block + 8, 5), PGM_SPECIFICATION);
    check_eq("I22 DIAG 308.6: unaligned block", (u64)call(0x308, (u64)block + 8, 6), PGM_SPECIFICATION);
    check_eq("I22 DIAG 308.6: block outside", (u64)call(0x308, 0x7ffff000, 6), PGM_ADDRESSING);
    *(u32 *)block = 4096;
    check_eq("I22 DIAG 308.6: store", (u64)call(0x308, (u64)block, 6), 0);
    check("I22 DIAG 308.6: return code", result.r3 == 1 || result.r3 == 0x102);
    memset(block, 0, 4096);
    check_eq("I22 DIAG 308.5: a block of length 0", (u64)call(0x308, (u64)block, 5), 0);
    check("I22 DIAG 308.5: a block of length 0: refused", result.r3 != 1);
}

static void hypercall(void)
{
    struct call c = {.code = 0x500, .r1 = 4};

    check_eq("I22 DIAG 500.4", (u64)probe(diag, &c), 0);
    check_eq("I22 DIAG 500.4: storage limit", result.r2, 0x10000000);
    c.r1 = 0;
    check_eq("I22 DIAG 500.0", (u64)probe(diag, &c), 0);
    check_eq("I22 DIAG 500.0: result", result.r2, 0);
    c.r1 = 3;
    c.r2 = 0x1ffff;
    check_eq("I22 DIAG 500.3: no such subchannel", (u64)probe(diag, &c), 0);
    check("I22 DIAG 500.3: no such subchannel: result", (s64)result.r2 < 0);
    for (c.r1 = 5; c.r1 < 9; c.r1++)
        check_eq("I22 DIAG 500: unknown subcode", (u64)probe(diag, &c), PGM_SPECIFICATION);
}

static int watchdog(u64 function, u64 seconds, u64 action)
{
    struct call c = {.code = 0x288, .r2 = function, .r3 = seconds, .r4 = action};

    return probe(diag, &c);
}

static void watchdogs(void)
{
    check_eq("I22 DIAG 288: change before it is set", (u64)watchdog(1, 100, 0), PGM_SPECIFICATION);
    check_eq("I22 DIAG 288: cancel before it is set", (u64)watchdog(2, 0, 0), PGM_SPECIFICATION);
    check_eq("I22 DIAG 288: less than 15 seconds", (u64)watchdog(0, 14, 0), PGM_SPECIFICATION);
    check_eq("I22 DIAG 288: it was not set", (u64)watchdog(2, 0, 0), PGM_SPECIFICATION);
    check_eq("I22 DIAG 288: unknown action", (u64)watchdog(0, 100, 1), PGM_SPECIFICATION);
    check_eq("I22 DIAG 288: unknown function", (u64)watchdog(3, 100, 0), PGM_SPECIFICATION);
    check_eq("I22 DIAG 288: set", (u64)watchdog(0, 100, 0), 0);
    check_eq("I22 DIAG 288: change", (u64)watchdog(1, 15, 0), 0);
    check_eq("I22 DIAG 288: change to less than 15 seconds", (u64)watchdog(1, 3, 0),
             PGM_SPECIFICATION);
    check_eq("I22 DIAG 288: set again", (u64)watchdog(0, ~0UL, 0), 0);
    check_eq("I22 DIAG 288: cancel", (u64)watchdog(2, 0, 0), 0);
    check_eq("I22 DIAG 288: cancel twice", (u64)watchdog(2, 0, 0), PGM_SPECIFICATION);
    check_pgm("I22 DIAG 288: odd register", diag_odd, 0, PGM_SPECIFICATION);
}

/* DIAG 318 is announced in byte 134 of read SCP information, and stores nothing. */
static void control_program(void)
{
    check_eq("I22 DIAG 318", (u64)call(0x318, 0x0400000000060100, 0), 0);
    check_eq("I22 DIAG 318: register unchanged", result.r2, 0x0400000000060100);
    check_eq("I22 DIAG 318: no codes", (u64)call(0x318, 0, 0), 0);
}

int main(void)
{
    static const u16 codes[] = {8, 0x10, 0x44, 0x9c, 0x258, 0x288, 0x308, 0x318, 0x500, 0x501, 0};
    struct call c = {0};

    release();
    yields();
    unknown();
    ipl();
    hypercall();
    watchdogs();
    control_program();
    for (unsigned i = 0; i < ARRAY_SIZE(codes); i++) {
        c.code = codes[i];
        check_pgm("I29 DIAG in problem state", problem, &c, PGM_PRIVILEGED_OP);
    }
    return failures();
}
