/* SPDX-License-Identifier: Apache-2.0
 *
 * run: --ap adapter=1,type=accel,domains=0+2 -m 64M -c 2
 * again: --gisa off
 * again: --lazy-memory
 * P07, P08: an accelerator's queues in the matrix and others; interruption control with all its
 * response codes that a guest can cause; interruptions of replies to waiting, running and disabled
 * CPUs; what ends them: disabling, resets of the queue and of the machine.  On the way P09 and P10:
 * requests with checked results.
 */
#include "ap.h"

#include "ap.inc"

#define ADAPTER 1
#define APQN (ADAPTER << 8)
#define OTHER (ADAPTER << 8 | 2)
#define OUTSIDE (64UL << 20)

static u8 request[0x190] __attribute__((aligned(8)));
static u8 indicator_page[4096] __attribute__((aligned(4096)));
#define INDICATOR (*(volatile u8 *)&indicator_page[0x123])

/* ---- requests ---- */

/* Modular exponentiation, key block type 0001. */
static void make_request(void)
{
    memset(request, 0, sizeof(request));
    request[1] = 0x50;
    request[2] = sizeof(request) >> 8;
    request[3] = sizeof(request) & 0xff;
    request[9] = 1;
    memcpy(request + 0x10, exponent, 128);
    memcpy(request + 0x90, modulus, 128);
    memcpy(request + 0x110, message, 128);
}

static void send(u32 apqn, u64 number)
{
    INDICATOR = 0;
    check_eq("P09 NQAP", nqap(apqn, number, request, sizeof(request)), 0);
}

static void check_reply(const char *name, u32 apqn, u64 number)
{
    check_eq(name, dqap(apqn), 0);
    check_eq("P09 DQAP: condition code", ap_cc, 0);
    check_eq("P09 DQAP: message id", ap_id, number);
    check_eq("P10 type 80 reply: length", ap_length, 16 + 128);
    check_eq("P10 type 80 reply: type", ap_reply[1], 0x80);
    check("P10 modular exponentiation", !memcmp(ap_reply + 16, result, 128));
}

static void wait_for_reply(u32 apqn)
{
    do
        pqap(TAPQ, apqn, 0, 0);
    while (!(ap_status & AP_REPLY));
}

static void wait_for_reset(u32 apqn)
{
    while (pqap(TAPQ, apqn, 0, 0) == 2)
        ;
}

/* ---- tests ---- */

static void queues(void)
{
    static u8 block[128] __attribute__((aligned(8)));

    pqap(QCI, 0, 0, (u64)block);
    check_eq("P09 QCI: condition code", ap_cc, 0);
    check_eq("P09 QCI: adapters", *(u64 *)(block + 16), 1UL << (63 - ADAPTER));
    check_eq("P09 QCI: domains", *(u64 *)(block + 48), 5UL << 61);
    check_eq("P09 TAPQ", pqap(TAPQ, APQN, 0, 0), 0);
    check_eq("P09 TAPQ: condition code", ap_cc, 0);
    pqap(TAPQ, APQN | AP_T, 0, 0);
    check_eq("P09 TAPQ: an accelerator", ap_info >> 32 & 0x1c000000, AP_ACCELERATOR);
    check_eq("P09 TAPQ: empty queue", ap_status & (AP_EMPTY | AP_IRQ), AP_EMPTY);
    check_eq("P09 TAPQ: no such adapter", pqap(TAPQ, 2 << 8, 0, 0), 1);
    check_eq("P09 TAPQ: no such adapter: condition code", ap_cc, 3);
    check_eq("P09 TAPQ: no such domain", pqap(TAPQ, APQN | 1, 0, 0), 1);
    check_eq("P09 RAPQ", pqap(RAPQ, APQN, 0, 0), 0);
    wait_for_reset(APQN);
    check_eq("P09 ZAPQ", pqap(ZAPQ, APQN, 0, 0), 0);
    wait_for_reset(APQN);
    check_eq("P09 DQAP: nothing there", dqap(APQN), 0x10);
    send(APQN, 0x1234567800000001);
    wait_for_reply(APQN);
    check_eq("P08 no indicator without interruption control", INDICATOR, 0);
    check_reply("P09 DQAP", APQN, 0x1234567800000001);
}

static void control(void)
{
    check_eq("P07 AQIC: adapter outside the matrix", aqic(2 << 8, true, &INDICATOR), 1);
    check_eq("P07 AQIC: adapter outside the matrix: condition code", ap_cc, 3);
    check_eq("P07 AQIC: domain outside the matrix", aqic(APQN | 1, true, &INDICATOR), 1);
    check_eq("P07 AQIC: off, outside the matrix", aqic(2 << 8, false, 0), 1);
    check_eq("P07 AQIC: indicator outside storage", aqic(APQN, true, (void *)OUTSIDE), 6);
    check_eq("P07 AQIC: indicator far outside", aqic(APQN, true, (void *)~0UL), 6);
    check_eq("P07 AQIC: off, not enabled", aqic(APQN, false, 0), 7);
    check_eq("P07 AQIC: on", aqic(APQN, true, &INDICATOR), 0);
    check_eq("P07 AQIC: on: condition code", ap_cc, 0);
    pqap(TAPQ, APQN, 0, 0);
    check_eq("P07 AQIC: on: status of TAPQ", ap_status & AP_IRQ, AP_IRQ);
    check_eq("P07 AQIC: on again", aqic(APQN, true, &INDICATOR), 7);
    check_eq("P07 AQIC: on again: condition code", ap_cc, 3);
    check_eq("P07 AQIC: another queue", aqic(OTHER, true, &INDICATOR), 0);
    check_eq("P07 AQIC: the other off", aqic(OTHER, false, 0), 0);
    check_eq("P07 AQIC: the other off again", aqic(OTHER, false, 0), 7);
}

static void check_taken(const char *name, unsigned old_psw)
{
    check_eq(name, old_psw, 0x170);
    check_eq("P08 subchannel identification", LC64(0xb8) >> 32, 0);
    check_eq("P08 interruption word", LC32(0xc0), 0x80000000U | AP_ISC << 27);
    check_eq("P08 notification-indicator byte", INDICATOR, 1);
    LC32(0xc0) = 0;
}

static void interruptions(void)
{
    lctlg(6, 0x80000000UL >> AP_ISC);
    send(APQN, 2);
    check_taken("P08 a reply ends a wait", take(PSW_64 | PSW_IO | PSW_WAIT));
    check_reply("P08 the reply after a wait", APQN, 2);
    send(APQN, 3);
    wait_for_reply(APQN);
    check_taken("P08 a reply while disabled", take(PSW_64 | PSW_IO | PSW_WAIT));
    check_eq("P08 only once", take(PSW_64 | PSW_IO), 0);
    check_reply("P08 the reply of that", APQN, 3);
    lctlg(6, 0xff000000UL & ~(0x80000000UL >> AP_ISC));
    send(APQN, 4);
    wait_for_reply(APQN);
    check_eq("P08 not enabled in control register 6", take(PSW_64 | PSW_IO), 0);
    lctlg(6, 0x80000000UL >> AP_ISC);
    check_taken("P08 enabled in control register 6", take(PSW_64 | PSW_IO | PSW_WAIT));
    check_reply("P08 the reply of that subclass", APQN, 4);
}

static void many(void)
{
    unsigned n = 0;

    for (; n < 100; n++) {
        INDICATOR = 0;
        if (nqap(APQN, n, request, sizeof(request)) || take(PSW_64 | PSW_IO | PSW_WAIT) != 0x170 ||
            INDICATOR != 1 || dqap(APQN) || ap_id != n)
            break;
    }
    check_eq("P08 a hundred replies", n, 100);
}

static volatile u32 other_word, other_indicator, other_ready;

static void other_cpu(void *arg)
{
    (void)arg;
    lctlg(6, 0x80000000UL >> AP_ISC);
    other_ready = 1;
    if (take(PSW_64 | PSW_IO | PSW_WAIT) == 0x170) {
        other_indicator = INDICATOR;
        other_word = LC32(0xc0);
    }
}

static void two_cpus(void)
{
    cpu_start(1, other_cpu, 0);
    while (!other_ready)
        relax();
    send(APQN, 5);
    cpu_join(1); /* this CPU is disabled all the time */
    check_eq("P08 the other CPU takes it", other_word, 0x80000000U | AP_ISC << 27);
    check_eq("P08 the other CPU sees the indicator", other_indicator, 1);
    check_eq("P08 this CPU does not get it again", take(PSW_64 | PSW_IO), 0);
    check_reply("P08 the reply to both", APQN, 5);
}

/* The frame stays: a reply's indicator comes to where the guest looks. */
static void discarded(void)
{
    register u64 first __asm__("2") = (u64)indicator_page;
    register u64 last __asm__("3") = (u64)indicator_page;

    indicator_page[0] = 0x77;
    __asm__ volatile("diag %0,%1,0x10" : : "d"(first), "d"(last) : "memory");
    check_eq("P07 DIAG 10 of the indicator's page: zero", *(volatile u8 *)indicator_page, 0);
    send(APQN, 6);
    check_taken("P08 after DIAG 10 of its page", take(PSW_64 | PSW_IO | PSW_WAIT));
    check_reply("P08 the reply after DIAG 10", APQN, 6);
}

static u8 sccb[4096] __attribute__((aligned(4096)));

/* SCLP: configures the adapter, or takes it out; the response code. */
static u32 configure(u32 adapter, bool on)
{
    u64 command = (on ? 0x001f0001 : 0x001e0001) | adapter << 8;

    memset(sccb, 0, sizeof(sccb));
    *(u16 *)sccb = sizeof(sccb);
    __asm__ volatile(".insn rre,0xb2200000,%0,%1" : : "d"(command), "d"(sccb) : "cc", "memory");
    lctlg(0, 0x40200);
    if (take(PSW_64 | PSW_EXT | PSW_WAIT) != 0x130)
        return 0;
    lctlg(0, 0x40000);
    return *(u16 *)(sccb + 6);
}

static void configured(void)
{
    check_eq("P09 SCLP: an adapter that is there already", configure(ADAPTER, true), 0x0120);
    check_eq("P09 SCLP: no such adapter", configure(2, false), 0x09f0);
    check_eq("P09 SCLP: deconfigure", configure(ADAPTER, false), 0x0020);
    check_eq("P09 SCLP: deconfigure again", configure(ADAPTER, false), 0x0120);
    check_eq("P09 TAPQ: deconfigured", pqap(TAPQ, APQN, 0, 0), 3);
    check_eq("P07 AQIC: deconfigured", aqic(APQN, true, &INDICATOR), 3);
    check_eq("P09 SCLP: configure", configure(ADAPTER, true), 0x0020);
    wait_for_reset(APQN);
    check_eq("P09 TAPQ: configured", pqap(TAPQ, APQN, 0, 0), 0);
}

/* Interruptions ended in some way: nothing comes, and they can be had again. */
static void check_ended(const char *name)
{
    pqap(TAPQ, APQN, 0, 0);
    check_eq(name, ap_status & AP_IRQ, 0);
    send(APQN, 7);
    wait_for_reply(APQN);
    check_eq("P07 no indicator afterwards", INDICATOR, 0);
    check_eq("P07 no interruption afterwards", take(PSW_64 | PSW_IO), 0);
    check_reply("P07 the reply afterwards", APQN, 7);
    check_eq("P07 on afterwards", aqic(APQN, true, &INDICATOR), 0);
}

static void ends(void)
{
    check_eq("P07 AQIC: off", aqic(APQN, false, 0), 0);
    check_ended("P07 AQIC: off: status of TAPQ");
    pqap(RAPQ, APQN, 0, 0);
    wait_for_reset(APQN);
    check_ended("P07 RAPQ ends interruptions");
    pqap(ZAPQ, APQN, 0, 0);
    wait_for_reset(APQN);
    check_ended("P07 ZAPQ ends interruptions");
    configured();
    check_ended("P07 deconfiguring ends interruptions");
    send(APQN, 8);
    reset_machine();
    lctlg(6, 0x80000000UL >> AP_ISC);
    check_eq("P07 a reset of the machine empties queues", pqap(TAPQ, APQN, 0, 0), 0);
    check_eq("P07 a reset of the machine: status", ap_status & AP_EMPTY, AP_EMPTY);
    INDICATOR = 0;
    check_eq("P07 a reset of the machine: nothing pending", take(PSW_64 | PSW_IO), 0);
    check_ended("P07 a reset of the machine ends interruptions");
}

int main(void)
{
    make_request();
    queues();
    control();
    interruptions();
    many();
    two_cpus();
    discarded();
    ends();
    return failures(); /* with interruptions on: the end of the machine is to clean up, too */
}
