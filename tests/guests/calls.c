/* SPDX-License-Identifier: Apache-2.0
 *
 * run: -c 2 -m 64M
 * I41: external calls as SIE interprets them: to a waiting CPU (partial execution: the host wakes it), to
 * a running one, to one that is disabled; each arrives once, with its source.
 * [PoP 10 SIGNAL PROCESSOR]
 */
#include "guest.h"

#define ROUNDS 2000
#define CALL_PENDING 0x80
#define SUBMASK 0x42000 /* external call; AFP registers */

static volatile u32 calls, others, wrong_source, end, there;

/* Takes external calls until `end`: waiting for them, or running. */
static void receive(u64 mask)
{
    lctlg(0, SUBMASK);
    there = 1;
    while (!end) {
        if (take(mask) != 0x130)
            continue;
        if (LC_EXT_CODE != 0x1202)
            others++;
        else if (LC_EXT_CPU != 0)
            wrong_source++;
        else
            calls++;
    }
}

static void receive_waiting(void *arg)
{
    (void)arg;
    receive(PSW_64 | PSW_EXT | PSW_WAIT);
}

static void receive_running(void *arg)
{
    (void)arg;
    receive(PSW_64 | PSW_EXT);
}

static void disabled(void *arg)
{
    (void)arg;
    lctlg(0, SUBMASK);
    there = 1;
    while (!end)
        relax();
}

static void begin(void (*fn)(void *))
{
    calls = others = wrong_source = end = there = 0;
    cpu_start(1, fn, 0);
    while (!there)
        relax();
}

/* Until CPU 1 has nothing to do; it may not have begun to wait yet when it is called, too. */
static void until_idle(void)
{
    while (sigp(SIGP_SENSE_RUNNING, 1, 0, 0) != 1)
        relax();
}

static void call_many(bool idle)
{
    u32 refused = 0;

    for (u32 i = 0; i < ROUNDS; i++) {
        if (idle && i % 4)
            until_idle();
        if (sigp(SIGP_EXTERNAL_CALL, 1, 0, 0) != 0)
            refused++;
        while (calls + others + wrong_source <= i)
            relax();
    }
    check_eq("I41 external call: condition code", refused, 0);
    check_eq("I41 external call: each arrives once", calls, ROUNDS);
    check_eq("I41 external call: no other interruption", others, 0);
    check_eq("I41 external call: source", wrong_source, 0);
}

static void finish(void)
{
    end = 1;
    sigp(SIGP_EXTERNAL_CALL, 1, 0, 0); /* ends a wait; pending for ever if there is none */
    cpu_join(1);
    sigp_wait(SIGP_RESET, 1, 0, 0);
}

int main(void)
{
    u32 status = 0;

    begin(receive_waiting);
    call_many(true);
    finish();
    begin(receive_running);
    call_many(false);
    finish();
    begin(disabled);
    check_eq("I41 call to a disabled CPU", sigp(SIGP_EXTERNAL_CALL, 1, 0, 0), 0);
    check_eq("I41 second call: condition code", sigp(SIGP_EXTERNAL_CALL, 1, 0, &status), 1);
    check_eq("I41 second call: status", status, CALL_PENDING);
    check_eq("I41 sense shows the call", sigp(SIGP_SENSE, 1, 0, &status), 1);
    check_eq("I41 sense: status", status, CALL_PENDING);
    check_eq("I41 call to no CPU", sigp(SIGP_EXTERNAL_CALL, 200, 0, 0), 3);
    sigp_wait(SIGP_RESET, 1, 0, 0);
    sigp(SIGP_SENSE, 1, 0, &status);
    check_eq("I41 CPU reset forgets the call", status & CALL_PENDING, 0);
    return failures();
}
