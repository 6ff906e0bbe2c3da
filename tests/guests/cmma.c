/* SPDX-License-Identifier: Apache-2.0
 *
 * run: --cmma on -m 256M
 * rss: 128M
 * I27: EXTRACT AND SET STORAGE ATTRIBUTES: usage states, the block-release list, and that the host
 * takes back what is unused: 192 MiB are written, 16 at a time.
 */
#include "guest.h"

enum { GET, STABLE, UNUSED, VOLATILE, POT_VOLATILE, STABLE_RESIDENT, STABLE_IF_RESIDENT, NODAT };

#define RESULT(state, content) ((u64)(state) << 2 | (content))
#define RESIDENT 0
#define ZERO 3

#define BASE 0x4000000UL
#define PAGE 4096UL

static u64 essa(u64 addr, unsigned orc)
{
    u64 r = 0x5555555555555555;

    switch (orc) {
#define ORC(n)                                                                                     \
    case n:                                                                                        \
        __asm__ volatile(".insn rrf,0xb9ab0000,%0,%1," #n ",0" : "+d"(r) : "a"(addr) : "memory");  \
        break;
        ORC(0)
        ORC(1)
        ORC(2)
        ORC(3)
        ORC(4)
        ORC(5)
        ORC(6)
        ORC(7)
    default:
        __asm__ volatile(".insn rrf,0xb9ab0000,%0,%1,8,0" : "+d"(r) : "a"(addr) : "memory");
    }
    return r;
}

static void call(void *arg)
{
    essa(BASE, (unsigned)(u64)arg);
}

static void problem(void *arg)
{
    problem_state();
    call(arg);
}

static void states(void)
{
    check_eq("I27 ESSA: at first", essa(BASE, GET), RESULT(0, RESIDENT));
    essa(BASE, UNUSED);
    check_eq("I27 ESSA: unused", essa(BASE, VOLATILE), RESULT(1, RESIDENT));
    check_eq("I27 ESSA: volatile", essa(BASE, POT_VOLATILE), RESULT(3, RESIDENT));
    check_eq("I27 ESSA: potentially volatile", essa(BASE, STABLE_RESIDENT), RESULT(2, RESIDENT));
    check_eq("I27 ESSA: stable", essa(BASE, UNUSED), RESULT(0, RESIDENT));
    check_eq("I27 ESSA: bits 52-63 of the address", essa(BASE + 0xfff, GET), RESULT(1, RESIDENT));
    check_eq("I27 ESSA: stable if resident", essa(BASE, STABLE_IF_RESIDENT), RESULT(1, RESIDENT));
    check_eq("I27 ESSA: it was", essa(BASE, GET), RESULT(0, RESIDENT));
    check_eq("I27 ESSA: outside of storage", essa(0x20000000, STABLE), 0x10);
    check_pgm("I27 ESSA: operation code 8", call, (void *)8, PGM_SPECIFICATION);
    check_pgm("I29 ESSA in problem state", problem, (void *)GET, PGM_PRIVILEGED_OP);
}

/* 600 pages: more than the list holds. */
static void released(void)
{
    u64 gone = 0, kept = 0, want = BASE + 5 * PAGE;

    for (u64 i = 0; i < 600; i++)
        *(volatile u64 *)(BASE + i * PAGE) = i + 1;
    for (u64 i = 0; i < 500; i++)
        essa(BASE + i * PAGE, UNUSED);
    essa(want, STABLE); /* listed, but in use again */
    for (u64 i = 500; i < 600; i++)
        essa(BASE + i * PAGE, UNUSED);
    for (u64 i = 0; i < 600; i++) {
        u64 r = essa(BASE + i * PAGE, GET);

        gone += r == RESULT(1, ZERO);
        kept += r == RESULT(1, RESIDENT);
    }
    check("I27 ESSA: a full list is given back", gone >= 500);
    check_eq("I27 ESSA: the rest is still there", gone + kept, 599);
    check_eq("I27 ESSA: stable again before that: not given back", *(volatile u64 *)want, 6);
    check_eq("I27 ESSA: gone: stable if resident", essa(BASE, STABLE_IF_RESIDENT), RESULT(1, ZERO));
    check_eq("I27 ESSA: gone: remains unused", essa(BASE, POT_VOLATILE), RESULT(1, ZERO));
    check_eq("I27 ESSA: gone: potentially volatile", essa(BASE, STABLE), RESULT(3, ZERO));
    check_eq("I27 ESSA: gone, then stable", essa(BASE, GET), RESULT(0, RESIDENT));
    check_eq("I27 ESSA: gone: reads as zero", *(volatile u64 *)BASE, 0);
    for (u64 i = 0; i < 600; i++)
        essa(BASE + i * PAGE, STABLE);
}

static void shrinks(void)
{
    u64 wrong = 0;

    for (u64 a = BASE; a < BASE + 192 * 0x100000UL; a += PAGE) {
        essa(a, STABLE);
        *(volatile u64 *)a = a;
        if (a >= BASE + 0x1000000) {
            wrong += *(volatile u64 *)(a - 0x1000000) != a - 0x1000000;
            essa(a - 0x1000000, UNUSED);
        }
    }
    check_eq("I27 ESSA: stable pages keep their content", wrong, 0);
}

int main(void)
{
    states();
    released();
    shrinks();
    return failures();
}
