/* SPDX-License-Identifier: Apache-2.0
 *
 * run: -c 248 -m 64M
 * I24, I25: as many CPUs as the extended system control area has entries.  All are started, find
 * their own address, count together, get signals by address, and stop.
 */
#include "guest.h"

#define CPUS 248
#define ROUNDS 20
#define EXT_EMERGENCY 0x1201
#define EXT_CALL 0x1202

static volatile u64 counter, running;
static volatile u16 address[CPUS];
static volatile u16 code[CPUS], source[CPUS];
static volatile u64 stamp[CPUS];
static volatile u32 go;

static u16 stap(void)
{
    u16 a;

    __asm__ volatile("stap %0" : "=Q"(a) : : "memory");
    return a;
}

static void add(volatile u64 *p, u64 n)
{
    u64 old;

    __asm__ volatile("laag %0,%2,%1" : "=d"(old), "+Q"(*p) : "d"(n) : "cc", "memory");
}

static void counting(void *arg)
{
    u64 n = (u64)arg;

    address[n] = stap();
    for (unsigned i = 0; i < ROUNDS; i++)
        add(&counter, 1);
    stamp[n] = stck();
    add(&running, 1);
    while (!go)
        relax();
}

static void count_together(void)
{
    unsigned wrong = 0, equal = 0;

    for (u64 n = 1; n < CPUS; n++)
        cpu_start((unsigned)n, counting, (void *)n);
    while (running != CPUS - 1)
        relax();
    check("SIGP sense of a running CPU", sigp(SIGP_SENSE, CPUS - 1, 0, 0) == 0);
    go = 1;
    for (unsigned n = 1; n < CPUS; n++)
        cpu_join(n);
    for (unsigned n = 1; n < CPUS; n++)
        wrong += address[n] != n;
    for (unsigned n = 1; n < CPUS; n++)
        for (unsigned m = n + 1; m < CPUS; m++)
            equal += stamp[n] == stamp[m];
    check_eq("I24 every CPU was started", counter, (CPUS - 1) * ROUNDS);
    check_eq("I25 every CPU has its own address", wrong, 0);
    check_eq("STORE CLOCK: no value twice", equal, 0);
}

/* Enabled wait until one interruption: its code and the sending CPU, from the own prefix area. */
static void waiting(void *arg)
{
    u64 n = (u64)arg;
    volatile struct psw *new = &LC_PSW(0x1b0);
    struct psw wait = {PSW_64 | PSW_EXT | PSW_WAIT, 0};

    new->mask = PSW_64;
    lctlg(0, 0x46000);
    __asm__ volatile("larl %%r1,1f\n\tstg %%r1,8+%0\n\tlarl %%r1,0f\n\tstg %%r1,8+%1\n\t"
                     "lghi %%r1,1\n\tlaag %%r1,%%r1,%2\n\tlpswe %1\n0:\tj 0b\n1:"
                     : "+Q"(*new), "+Q"(wait), "+Q"(running)
                     :
                     : "1", "cc", "memory");
    code[n] = LC_EXT_CODE;
    source[n] = LC_EXT_CPU;
}

/* Each CPU gets the signal that is for it, and learns who sent it. */
static void signals(unsigned order, u16 want)
{
    unsigned wrong = 0;

    running = 0;
    memset((void *)code, 0, sizeof(code));
    for (u64 n = 1; n < CPUS; n++)
        cpu_start((unsigned)n, waiting, (void *)n);
    while (running != CPUS - 1)
        relax();
    for (unsigned n = CPUS - 1; n >= 1; n--)
        sigp_wait(order, n, 0, 0);
    for (unsigned n = 1; n < CPUS; n++)
        cpu_join(n);
    for (unsigned n = 1; n < CPUS; n++)
        wrong += code[n] != want || source[n] != 0;
    check_eq("I24 a signal for each CPU", wrong, 0);
}

static void sender(void *arg)
{
    sigp_wait(SIGP_EMERGENCY, 0, 0, 0);
    (void)arg;
}

/* The source of an emergency signal, from addresses that share bits of one word or another. */
static void sources(void)
{
    static const u16 from[] = {1, 63, 64, 65, 127, 128, 191, 192, 247};

    lctlg(0, 0x44000);
    for (unsigned i = 0; i < ARRAY_SIZE(from); i++) {
        cpu_start(from[i], sender, 0);
        cpu_join(from[i]);
    }
    for (unsigned i = 0; i < ARRAY_SIZE(from); i++) {
        check_eq("I24 emergency signal", take(PSW_64 | PSW_EXT), 0x130);
        check_eq("I24 emergency signal: from the lowest address first", LC_EXT_CPU, from[i]);
    }
    check_eq("I24 no further emergency signal", take(PSW_64 | PSW_EXT), 0);
    lctlg(0, 0x40000);
}

int main(void)
{
    u32 status;

    count_together();
    signals(SIGP_EXTERNAL_CALL, EXT_CALL);
    signals(SIGP_EMERGENCY, EXT_EMERGENCY);
    sources();
    check_eq("I24 no CPU 248", sigp(SIGP_SENSE, 248, 0, &status), 3);
    check_eq("I24 no CPU 255", sigp(SIGP_SENSE, 255, 0, &status), 3);
    return failures();
}
