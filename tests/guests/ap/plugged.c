/* SPDX-License-Identifier: Apache-2.0
 *
 * For tests/cli: uses adapters 0 to 3 of domain 0 all the time, with interruptions, while they come
 * and go, and prints the configuration of adjunct processors whenever a channel report tells of a
 * change.  Ends when there is adapter 63.
 */
#include "ap.h"
#include "io.h"

#define ADAPTERS 4
#define BASE 2
#define CUBE 8
#define MCHK_NEW LC_PSW(0x1e0)

static u8 request[0x190] __attribute__((aligned(8)));
static volatile u8 indicator;
static u8 config[128] __attribute__((aligned(8)));
static u8 chsc_page[4096] __attribute__((aligned(4096)));
static u32 crw;
static u64 sent, answered, interrupted, wrong;

IO(stcrw, "stcrw", crw)

/* 2 to the power of 3, modulo a number of 128 bytes. */
static void make_request(void)
{
    request[1] = 0x50;
    request[2] = sizeof(request) >> 8;
    request[3] = sizeof(request) & 0xff;
    request[9] = 1;
    request[0x10 + 127] = 3;
    memset(request + 0x90, 0xff, 128);
    request[0x110 + 127] = BASE;
}

static bool right(void)
{
    return ap_length == 16 + 128 && ap_reply[1] == 0x80 && ap_reply[16 + 127] == CUBE &&
           !ap_reply[16 + 126];
}

/* ---- reports ---- */

/* Event information: is it a change of adjunct processors. */
static bool event(void)
{
    u32 cc;

    memset(chsc_page, 0, sizeof(chsc_page));
    *(u32 *)chsc_page = 0x0010000e;
    *(u64 *)(chsc_page + 8) = 1UL << 63 | 1UL << 61;
    __asm__ volatile(".insn rre,0xb25f0000,%1,0\n\tipm %0\n\tsrl %0,28"
                     : "=d"(cc)
                     : "a"(chsc_page)
                     : "cc", "memory");
    return !cc && *(u16 *)(chsc_page + 0x12) == 1 && chsc_page[0x1a] == 5 && chsc_page[0x1b] == 3;
}

static void tell(void)
{
    u64 rc = 0;

    pqap(QCI, 0, 0, (u64)config);
    for (u32 n = 0; n < ADAPTERS; n++)
        rc = rc << 8 | pqap(TAPQ, n << 8, 0, 0);
    printf("adapters %16lx domains %16lx states %8x\n", *(u64 *)(config + 16),
           *(u64 *)(config + 48), (u32)rc);
}

static void look_for_reports(void)
{
    if (take(PSW_64 | PSW_MCHECK) != 0x160)
        return;
    while (stcrw(0) == 0)
        if ((crw >> 16 & 0x0f3f) != 0x0b00)
            printf("FAIL channel report %8x\n", crw);
    while (event())
        tell();
}

/* ---- work ---- */

/* A response code of a queue that is not there, being reset, deconfigured or broken. */
static bool away(u32 rc)
{
    return rc >= 1 && rc <= 4;
}

/* One request and its reply, if the queue lets us. */
static void use(u32 apqn)
{
    u32 rc;

    if (pqap(TAPQ, apqn, 0, 0))
        return;
    if (!(ap_status & AP_IRQ))
        aqic(apqn, true, &indicator);
    rc = nqap(apqn, apqn, request, sizeof(request));
    if (rc) {
        wrong += !away(rc);
        return;
    }
    sent++;
    while ((rc = dqap(apqn)) == 0x10 && !(ap_status & AP_EMPTY))
        ;
    if (rc == 0 && right())
        answered++;
    else
        wrong += rc != 0x10 && !away(rc);
}

static void interruptions(void)
{
    if (take(PSW_64 | PSW_IO) != 0x170)
        return;
    wrong += !indicator;
    indicator = 0;
    interrupted++;
}

int main(void)
{
    make_request();
    lctlg(6, 0x80000000UL >> AP_ISC);
    lctlg(14, stctg(14) | 0x10000000);
    tell();
    do {
        for (u32 n = 0; n < ADAPTERS; n++)
            use(n << 8);
        interruptions();
        look_for_reports();
    } while (!(*(u64 *)(config + 16) & 1));
    printf("sent %lu answered %lu interruptions %lu\n", sent, answered, interrupted);
    check("some requests answered", answered);
    check("some interruptions", interrupted);
    check_eq("wrong response codes, replies or indicators", wrong, 0);
    return failures();
}
