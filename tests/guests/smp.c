/* SPDX-License-Identifier: Apache-2.0
 *
 * run: -c 4
 * Interlocked updates, single-copy atomicity and store ordering between four CPUs.
 * [PoP 5 Storage-Operand Consistency; PoP A Multiprogramming Examples]
 */
#include "guest.h"

#define CPUS 4
#define ROUNDS 40000

static volatile u32 started;
static volatile u64 counter[4] __attribute__((aligned(256)));
static volatile u64 pair[2] __attribute__((aligned(16)));
static volatile u32 word __attribute__((aligned(256)));

/* All CPUs begin together. */
static void meet(void)
{
    __asm__ volatile("1:\tl %%r0,%0\n\tlr %%r1,%%r0\n\tahi %%r1,1\n\tcs %%r0,%%r1,%0\n\tjne 1b"
                     : "+Q"(started)
                     :
                     : "0", "1", "cc", "memory");
    while (started != CPUS)
        relax();
}

static void everywhere(void (*fn)(void *))
{
    started = 0;
    for (u64 i = 1; i < CPUS; i++)
        cpu_start((unsigned)i, fn, (void *)i);
    fn((void *)0);
    for (unsigned i = 1; i < CPUS; i++)
        cpu_join(i);
}

/* ---- counters ---- */

#define COUNTER(name, ...)                                                                         \
    static void name(void *arg)                                                                    \
    {                                                                                              \
        (void)arg;                                                                                 \
        meet();                                                                                    \
        for (u32 i = 0; i < ROUNDS; i++)                                                           \
            __asm__ volatile(__VA_ARGS__                                                           \
                             : "+Q"(counter[0]), "+Q"(counter[1]), "+Q"(word)                      \
                             : "d"((u64)arg)                                                       \
                             : "0", "1", "2", "3", "4", "5", "cc", "memory");                      \
    }

COUNTER(by_cs, "l %%r0,4+%0\n1:\tlr %%r1,%%r0\n\tahi %%r1,1\n\tcs %%r0,%%r1,4+%0\n\tjne 1b")
COUNTER(by_csg, "lg %%r0,%0\n1:\tlgr %%r1,%%r0\n\taghi %%r1,1\n\tcsg %%r0,%%r1,%0\n\tjne 1b")
COUNTER(
    by_cds,
    "lm %%r0,%%r1,%0\n1:\tlr %%r2,%%r0\n\tlr %%r3,%%r1\n\tahi %%r3,1\n\tcds %%r0,%%r2,%0\n\tjne 1b")
COUNTER(by_cdsg,
        "lmg %%r0,%%r1,%0\n1:\tlgr %%r2,%%r0\n\tlgr %%r3,%%r1\n\taghi %%r2,1\n\taghi %%r3,2\n\t"
        "cdsg %%r0,%%r2,%0\n\tjne 1b")
COUNTER(by_laa, "lhi %%r0,1\n\tlaa %%r1,%%r0,4+%0")
COUNTER(by_laag, "lghi %%r0,1\n\tlaag %%r1,%%r0,%0")
COUNTER(by_laal, "lhi %%r0,1\n\tlaal %%r1,%%r0,4+%0")
COUNTER(by_asi, "asi 4+%0,1")
COUNTER(by_agsi, "agsi %0,1")
COUNTER(by_alsi, "alsi 4+%0,1")
COUNTER(by_plo_cs, "lghi %%r0,4\n\tla %%r1,%0\n\tl %%r2,4+%0\n2:\tlr %%r3,%%r2\n\tahi %%r3,1\n\t"
                   "plo %%r2,4+%0,%%r0,0\n\tjne 2b")
/* Lock by TEST AND SET, a plain update inside. */
COUNTER(
    by_ts,
    "1:\tts %2\n\tjz 2f\n\tdiag 0,0,0x44\n\tj 1b\n2:\tlg %%r0,%0\n\taghi %%r0,1\n\tstg %%r0,%0\n\t"
    "mvi %2,0")
/* Lock by LOAD AND OR / LOAD AND AND. */
COUNTER(by_lao,
        "1:\tlhi %%r0,1\n\tlao %%r1,%%r0,%2\n\ttmll %%r1,1\n\tjz 2f\n\tdiag 0,0,0x44\n\tj 1b\n2:\t"
        "lg %%r0,%0\n\taghi %%r0,1\n\tstg %%r0,%0\n\tlhi %%r0,-2\n\tlan %%r1,%%r0,%2")

static void count(const char *name, void (*fn)(void *), u64 want0, u64 want1)
{
    counter[0] = counter[1] = 0;
    word = 0;
    everywhere(fn);
    check_eq(name, counter[0], want0);
    check_eq(name, counter[1], want1);
}

static void counters(void)
{
    u64 n = CPUS * ROUNDS;

    count("CS", by_cs, n, 0);
    count("CSG", by_csg, n, 0);
    count("CDS", by_cds, n, 0);
    count("CDSG", by_cdsg, n, 2 * n);
    count("LAA", by_laa, n, 0);
    count("LAAG", by_laag, n, 0);
    count("LAAL", by_laal, n, 0);
    count("ASI", by_asi, n, 0);
    count("AGSI", by_agsi, n, 0);
    count("ALSI", by_alsi, n, 0);
    count("PLO compare and swap", by_plo_cs, n, 0);
    count("TEST AND SET as a lock", by_ts, n, 0);
    count("LOAD AND OR, LOAD AND AND as a lock", by_lao, n, 0);
}

/* ---- bits of one byte (interlocked-access facility 2) ---- */

static volatile u32 lost[CPUS];

/* Each CPU turns its own bit of the byte on and off. */
static void bits(void *arg)
{
    u64 n = (u64)arg;
    u8 on = (u8)(1 << n);

    meet();
    for (u32 i = 0; i < ROUNDS; i++) {
        u8 v;

        switch (n) {
        case 0:
            __asm__ volatile("oi %0,1" : "+Q"(word) : : "cc", "memory");
            break;
        case 1:
            __asm__ volatile("oi %0,2" : "+Q"(word) : : "cc", "memory");
            break;
        case 2:
            __asm__ volatile("xi %0,4" : "+Q"(word) : : "cc", "memory");
            break;
        default:
            __asm__ volatile("oi %0,8" : "+Q"(word) : : "cc", "memory");
            break;
        }
        v = *(volatile u8 *)&word;
        if (!(v & on))
            lost[n]++;
        switch (n) {
        case 0:
            __asm__ volatile("ni %0,0xfe" : "+Q"(word) : : "cc", "memory");
            break;
        case 1:
            __asm__ volatile("xi %0,2" : "+Q"(word) : : "cc", "memory");
            break;
        case 2:
            __asm__ volatile("ni %0,0xfb" : "+Q"(word) : : "cc", "memory");
            break;
        default:
            __asm__ volatile("niy %0,0xf7" : "+Q"(word) : : "cc", "memory");
            break;
        }
        v = *(volatile u8 *)&word;
        if (v & on)
            lost[n]++;
    }
}

/* ---- single-copy atomicity ---- */

static volatile u32 torn, done;

/* CPU 0 stores, the others look for halves of two stores. */
static void quadwords(void *arg)
{
    meet();
    if (!arg) {
        for (u64 i = 1; i <= 4 * ROUNDS; i++)
            __asm__ volatile("lgr %%r0,%1\n\tlgr %%r1,%1\n\tstpq %%r0,%0"
                             : "=Q"(pair)
                             : "d"(i)
                             : "0", "1", "memory");
        done = 1;
        return;
    }
    while (!done) {
        u64 a, b;

        __asm__ volatile("lpq %%r0,%2\n\tlgr %0,%%r0\n\tlgr %1,%%r1"
                         : "=d"(a), "=d"(b)
                         : "Q"(pair)
                         : "0", "1", "memory");
        if (a != b)
            torn++;
    }
}

static void doublewords(void *arg)
{
    meet();
    if (!arg) {
        for (u64 i = 1; i <= 4 * ROUNDS; i++) {
            u64 v = (i & 1) ? 0x5a5a5a5a5a5a5a5a : 0;

            __asm__ volatile("stg %1,%0" : "=Q"(pair) : "d"(v) : "memory");
        }
        done = 1;
        return;
    }
    while (!done) {
        u64 v = pair[0];

        if (v && v != 0x5a5a5a5a5a5a5a5a)
            torn++;
    }
}

static void atomicity(void)
{
    pair[0] = pair[1] = torn = done = 0;
    everywhere(quadwords);
    check_eq("LPQ never sees half of a STPQ", torn, 0);
    pair[0] = pair[1] = torn = done = 0;
    everywhere(doublewords);
    check_eq("LG never sees half of a STG", torn, 0);
}

/* ---- ordering ---- */

static volatile u32 flag[2][64] __attribute__((aligned(256)));
static volatile u32 seen[2];
static volatile u32 turn[2][64] __attribute__((aligned(256)));
static volatile u32 violations;

static void together(u32 me, u32 round)
{
    turn[me][0] = round;
    while (turn[!me][0] < round)
        relax();
}

/* Dekker: each stores its flag, serializes, looks at the other's: at least one sees the other. */
static void dekker(void *arg)
{
    u32 me = (u32)(u64)arg;

    meet();
    if (me > 1)
        return;
    for (u32 i = 1; i <= 2000; i++) {
        flag[me][0] = 0;
        together(me, 3 * i);
        flag[me][0] = 1;
        barrier();
        seen[me] = flag[!me][0];
        together(me, 3 * i + 1);
        if (!me && !seen[0] && !seen[1])
            violations++;
        together(me, 3 * i + 2);
    }
}

/* Message passing without serialization: stores and fetches of one CPU are seen in order. */
static void messages(void *arg)
{
    u32 me = (u32)(u64)arg;

    meet();
    if (me == 0) {
        for (u32 i = 1; i <= 20 * ROUNDS; i++) {
            flag[0][0] = i;
            flag[1][0] = i;
        }
        done = 1;
    } else {
        while (!done) {
            u32 second = flag[1][0], first = flag[0][0];

            if (first < second)
                violations++;
        }
    }
}

int main(void)
{
    counters();
    word = 0;
    everywhere(bits);
    check_eq("OI, NI, XI, NIY of one byte", lost[0] + lost[1] + lost[2] + lost[3], 0);
    atomicity();
    violations = 0;
    everywhere(dekker);
    check_eq("store, serialize, fetch (Dekker)", violations, 0);
    violations = done = flag[0][0] = flag[1][0] = 0;
    everywhere(messages);
    check_eq("stores are seen in order", violations, 0);
    return failures();
}
