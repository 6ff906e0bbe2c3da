/* SPDX-License-Identifier: Apache-2.0
 *
 * run: -c 4
 * I24: SIGNAL PROCESSOR, all orders with their condition codes and statuses.  [PoP 4 CPU Signaling
 * and Response]
 */
#include "guest.h"

#define STOPPED 0x40
#define CALL_PENDING 0x80
#define INVALID_PARAMETER 0x100
#define INCORRECT_STATE 0x200
#define NOT_RUNNING 0x400
#define INVALID_ORDER 0x02

static volatile u32 go, there;

/* Expects condition code and, with 1, status. */
static void expect(const char *name, unsigned order, unsigned cpu, u64 parm, unsigned cc,
                   u32 status)
{
    u32 got = 0;
    unsigned got_cc = sigp_wait(order, cpu, parm, &got);

    check_eq(name, (u64)got_cc << 32 | (got_cc == 1 ? got : 0),
             (u64)cc << 32 | (cc == 1 ? status : 0));
}

static void stop(unsigned cpu)
{
    sigp_wait(SIGP_STOP, cpu, 0, 0);
    cpu_join(cpu);
}

/* ---- what other CPUs do ---- */

static void spin(void *arg)
{
    (void)arg;
    there = 1;
    while (!go)
        relax();
}

static void start_spinning(unsigned cpu)
{
    go = there = 0;
    cpu_start(cpu, spin, 0);
    while (!there)
        relax();
}

static volatile struct {
    u32 class, code, cpu;
} got[8];
static volatile u32 ngot;

/* Takes external interruptions until `go`. */
static void listen(void *arg)
{
    (void)arg;
    lctlg(0, 0x46000);
    there = 1;
    while (!go) {
        unsigned class = take(PSW_64 | PSW_EXT);

        if (!class) {
            relax();
            continue;
        }
        got[ngot].class = class;
        got[ngot].code = LC_EXT_CODE;
        got[ngot].cpu = LC_EXT_CPU;
        barrier();
        ngot++;
    }
}

static void waits(void *arg)
{
    (void)arg;
    lctlg(0, 0x46000);
    there = 1;
    take(PSW_64 | PSW_EXT | PSW_WAIT);
    got[0].code = LC_EXT_CODE;
    got[0].cpu = LC_EXT_CPU;
    ngot = 1;
}

static void start_listening(unsigned cpu)
{
    go = there = ngot = 0;
    cpu_start(cpu, listen, 0);
    while (!there)
        relax();
}

/* ---- tests ---- */

static void addresses(void)
{
    u32 status = 0;

    expect("I24 sense itself", SIGP_SENSE, 0, 0, 0, 0);
    expect("I24 sense of a stopped CPU", SIGP_SENSE, 1, 0, 1, STOPPED);
    expect("I24 no such CPU: sense", SIGP_SENSE, 4, 0, 3, 0);
    expect("I24 no such CPU: emergency signal", SIGP_EMERGENCY, 0xffff, 0, 3, 0);
    expect("I24 no such CPU: invalid order", 0x55, 63, 0, 3, 0);
    expect("I24 no such CPU: reset", SIGP_RESET, 200, 0, 3, 0);
    expect("I24 order 00", 0x00, 1, 0, 1, INVALID_ORDER);
    expect("I24 order 07", 0x07, 1, 0, 1, INVALID_ORDER);
    expect("I24 order FF", 0xff, 1, 0, 1, INVALID_ORDER);
    expect("I24 set multithreading", 0x16, 1, 0, 1, INVALID_ORDER);
    expect("I24 order: only bits 56-63 count", 0x12300 | SIGP_SENSE, 1, 0, 1, STOPPED);
    expect("I24 set architecture", SIGP_SET_ARCHITECTURE, 1, 1, 1, INVALID_PARAMETER);
    expect("I24 set architecture: ESA/390", SIGP_SET_ARCHITECTURE, 1, 0, 1, INVALID_PARAMETER);
    {
        register u64 r2 __asm__("2") = 0x1122334455667788;
        u64 seen;
        u32 cc;

        __asm__ volatile("sigp %%r2,%2,1\n\tipm %0\n\tsrl %0,28\n\tlgr %1,%%r2"
                         : "=&d"(cc), "=&d"(seen), "+d"((u64){0xabcdef0001})
                         : "d"(r2)
                         : "cc");
        check_eq("I24 CPU address: only bits 48-63 count", cc, 1);
        check_eq("I24 status goes to bits 32-63 of R1", seen, 0x1122334400000040);
    }
    check_eq("I24 sense-running of a stopped CPU", sigp(SIGP_SENSE_RUNNING, 1, 0, &status), 1);
    check_eq("I24 sense-running of a stopped CPU: status", status, NOT_RUNNING);
    expect("I24 sense-running of itself", SIGP_SENSE_RUNNING, 0, 0, 0, 0);
}

static void start_stop(void)
{
    start_spinning(1);
    expect("I24 sense of an operating CPU", SIGP_SENSE, 1, 0, 0, 0);
    expect("I24 start of an operating CPU", SIGP_START, 1, 0, 0, 0);
    expect("I10 stop", SIGP_STOP, 1, 0, 0, 0);
    cpu_join(1);
    expect("I10 sense after stop", SIGP_SENSE, 1, 0, 1, STOPPED);
    expect("I10 stop of a stopped CPU", SIGP_STOP, 1, 0, 0, 0);
    expect("I10 still stopped", SIGP_SENSE, 1, 0, 1, STOPPED);
    go = 1;
    expect("I24 start goes on", SIGP_START, 1, 0, 0, 0);
    cpu_join(1);
    check("I24 start goes on where stop was", true);
}

static void calls(void)
{
    expect("I24 external call to a stopped CPU", SIGP_EXTERNAL_CALL, 1, 0, 0, 0);
    expect("I24 sense shows it", SIGP_SENSE, 1, 0, 1, STOPPED | CALL_PENDING);
    expect("I24 second external call", SIGP_EXTERNAL_CALL, 1, 0, 1, CALL_PENDING);
    expect("I24 emergency signal to a stopped CPU", SIGP_EMERGENCY, 1, 0, 0, 0);
    start_listening(1);
    while (ngot < 2)
        relax();
    check_eq("I24 emergency signal is taken first", got[0].code, 0x1201);
    check_eq("I24 emergency signal: source", got[0].cpu, 0);
    check_eq("I24 then external call", got[1].code, 0x1202);
    check_eq("I24 external call: source", got[1].cpu, 0);
    expect("I24 sense: no longer pending", SIGP_SENSE, 1, 0, 0, 0);
    for (unsigned i = 2; i < 8; i++) {
        sigp_wait(i & 1 ? SIGP_EMERGENCY : SIGP_EXTERNAL_CALL, 1, 0, 0);
        while (ngot <= i)
            relax();
        check_eq("I24 signals to an operating CPU", got[i].code, i & 1 ? 0x1201 : 0x1202);
    }
    go = 1;
    cpu_join(1);
    expect("I24 external call before CPU reset", SIGP_EXTERNAL_CALL, 1, 0, 0, 0);
    expect("I24 CPU reset", SIGP_RESET, 1, 0, 0, 0);
    expect("I24 CPU reset clears what is pending", SIGP_SENSE, 1, 0, 1, STOPPED);
}

static void wakes(void)
{
    for (unsigned i = 0; i < 6; i++) {
        there = ngot = 0;
        cpu_start(1, waits, 0);
        while (!there)
            relax();
        for (unsigned n = 0; n < 50 * i; n++)
            relax();
        sigp_wait(i & 1 ? SIGP_EMERGENCY : SIGP_EXTERNAL_CALL, 1, 0, 0);
        cpu_join(1);
        check_eq("I12 I24 a signal ends a wait", ngot ? got[0].code : 0, i & 1 ? 0x1201 : 0x1202);
    }
}

/* Each source has an emergency signal of its own. */
static void from_two(void *arg)
{
    (void)arg;
    sigp_wait(SIGP_EMERGENCY, 1, 0, 0);
}

static void sources(void)
{
    sigp_wait(SIGP_EMERGENCY, 1, 0, 0);
    cpu_start(2, from_two, 0);
    cpu_start(3, from_two, 0);
    cpu_join(2);
    cpu_join(3);
    start_listening(1);
    while (ngot < 3)
        relax();
    check_eq("I24 emergency signals of three CPUs",
             1U << got[0].cpu | 1U << got[1].cpu | 1U << got[2].cpu, 0xd);
    go = 1;
    cpu_join(1);
    check_eq("I24 and no more", ngot, 3);
}

/* ---- status ---- */

static void know(void *arg)
{
    (void)arg;
    __asm__ volatile("sckc %0\n\tspt %1"
                     :
                     : "Q"((u64){0x1122334455667700}), "Q"((u64){0x7000000000000000}));
    __asm__ volatile("sfpc %0\n\tld %%f3,%1" : : "d"(0x00800000), "Q"((u64){0x3ff0000000000000}));
    __asm__ volatile("sar %%a5,%0" : : "d"(0x12345678));
    lctlg(8, 0x1234);
    __asm__ volatile("lghi %%r5,0x777\n\tlarl %%r1,1f\n\tst %%r1,0x3f0\n\t"
                     "lghi %%r1,1\n\tst %%r1,%0\n1:\tdiag 0,0,0x44\n\tj 1b"
                     : "=Q"(there)
                     :
                     : "1", "5", "memory");
}

static void check_status(const char *name, u8 *at, u32 prefix)
{
#define AT64(off) (*(volatile u64 *)(at + (off)-0x1200))
#define AT32(off) (*(volatile u32 *)(at + (off)-0x1200))
    check_eq(name, AT64(0x1280 + 5 * 8), 0x777);
    check_eq(name, AT64(0x1200 + 3 * 8), 0x3ff0000000000000);
    check_eq(name, AT32(0x1318), prefix);
    check_eq(name, AT32(0x131c), 0x00800000);
    check_eq(name, AT64(0x1328) >> 56, 0x6f);
    check_eq(name, AT64(0x1330) & 0xffffffffffffff, 0x11223344556677);
    check_eq(name, AT32(0x1340 + 5 * 4), 0x12345678);
    check_eq(name, AT64(0x1380 + 8 * 8), 0x1234);
    check_eq(name, AT64(0x1380 + 14 * 8), 0xc2000000);
    check_eq(name, AT64(0x1300) & (PSW_64 | PSW_EXT | PSW_DAT), PSW_64);
}

static void start_known(void)
{
    there = 0;
    cpu_start(1, know, 0);
    while (!there)
        relax();
}

static void statuses(void)
{
    u8 *area = alloc_pages(1, 512);
    u32 prefix = (u32)(u64)cpu_lowcore(1);

    start_known();
    expect("I24 store status of an operating CPU", SIGP_STORE_STATUS, 1, (u64)area, 1,
           INCORRECT_STATE);
    expect("I24 set prefix of an operating CPU", SIGP_SET_PREFIX, 1, 0, 1, INCORRECT_STATE);
    stop(1);
    expect("I24 store status at a bad address", SIGP_STORE_STATUS, 1, 0x7ffffe00, 1,
           INVALID_PARAMETER);
    expect("I24 store status", SIGP_STORE_STATUS, 1, (u64)area, 0, 0);
    check_status("I24 store status: content", area, prefix);
    memset((void *)0x1200, 0, 512);
    expect("I24 stop and store status of a stopped CPU", SIGP_STOP_STORE_STATUS, 1, 0, 0, 0);
    check_status("I24 stop and store status: content", (u8 *)0x1200, prefix);
    start_known();
    memset((void *)0x1200, 0, 512);
    expect("I10 stop and store status of an operating CPU", SIGP_STOP_STORE_STATUS, 1, 0, 0, 0);
    cpu_join(1);
    check_status("I10 stop and store status: content", (u8 *)0x1200, prefix);
    expect("I24 set prefix: no storage", SIGP_SET_PREFIX, 1, 0x7fffe000, 1, INVALID_PARAMETER);
}

static void additional(const char *name, u64 parameter, unsigned cc, u32 status)
{
    expect(name, SIGP_STORE_ADDTL_STATUS, 1, parameter, cc, status);
}

/* The low four bits of the parameter: log2 of the length. */
static void additional_status(void)
{
    u64 area = (u64)alloc_pages(1, 4096);

    start_known();
    additional("I24 additional status of an operating CPU", area | 11, 1, INCORRECT_STATE);
    stop(1);
    additional("I24 additional status: length 0 means 1 KiB", area, 0, 0);
    additional("I24 additional status: 1 KiB", area | 0x400 | 10, 0, 0);
    additional("I24 additional status: 4 KiB", area | 12, 0, 0);
    additional("I24 additional status: too short", area | 9, 1, INVALID_PARAMETER);
    additional("I24 additional status: too long", area | 13, 1, INVALID_PARAMETER);
    additional("I24 additional status: boundary", area | 0x400 | 11, 1, INVALID_PARAMETER);
    additional("I24 additional status: no storage", 0x7ffff000 | 11, 1, INVALID_PARAMETER);
}

static void resets(void)
{
    u8 *at = alloc_pages(1, 512);

    start_known();
    expect("I24 CPU reset of an operating CPU", SIGP_RESET, 1, 0, 0, 0);
    expect("I24 CPU reset stops", SIGP_SENSE, 1, 0, 1, STOPPED);
    sigp_wait(SIGP_STORE_STATUS, 1, (u64)at, 0);
    check_eq("I24 CPU reset keeps control registers", AT64(0x1380 + 8 * 8), 0x1234);
    check_eq("I24 CPU reset keeps the prefix", AT32(0x1318), (u32)(u64)cpu_lowcore(1));
    check_eq("I24 CPU reset keeps general registers", AT64(0x1280 + 5 * 8), 0x777);
    start_known();
    expect("I24 initial CPU reset of an operating CPU", SIGP_INITIAL_RESET, 1, 0, 0, 0);
    expect("I24 initial CPU reset stops", SIGP_SENSE, 1, 0, 1, STOPPED);
    sigp_wait(SIGP_STORE_STATUS, 1, (u64)at, 0);
    check_eq("I24 initial CPU reset: CR0", AT64(0x1380), 0xe0);
    check_eq("I24 initial CPU reset: CR8", AT64(0x1380 + 64), 0);
    check_eq("I24 initial CPU reset: CR14", AT64(0x1380 + 14 * 8), 0xc2000000);
    check_eq("I24 initial CPU reset: prefix", AT32(0x1318), 0);
    check_eq("I24 initial CPU reset: FPC", AT32(0x131c), 0);
    check_eq("I24 initial CPU reset: clock comparator", AT64(0x1330) & 0xffffffffffffff, 0);
    check_eq("I24 initial CPU reset: CPU timer", AT64(0x1328), 0);
    check_eq("I24 initial CPU reset: PSW mask", AT64(0x1300), 0);
    check_eq("I24 initial CPU reset: PSW address", AT64(0x1308), 0);
    check_eq("I24 initial CPU reset keeps general registers", AT64(0x1280 + 5 * 8), 0x777);
    check_eq("I24 initial CPU reset keeps floating-point registers", AT64(0x1200 + 3 * 8),
             0x3ff0000000000000);
    check_eq("I24 initial CPU reset keeps access registers", AT32(0x1340 + 20), 0x12345678);
}

static void reset_itself(void *arg)
{
    lctlg(8, 0x99);
    sigp((unsigned)(u64)arg, 1, 0, 0);
    there = 0xbad;
}

static void itself(void)
{
    there = 0;
    cpu_start(1, reset_itself, (void *)SIGP_RESET);
    cpu_join(1);
    check_eq("I24 CPU reset of itself", there, 0);
    cpu_start(1, reset_itself, (void *)SIGP_INITIAL_RESET);
    cpu_join(1);
    check_eq("I24 initial CPU reset of itself", there, 0);
}

/* ---- restart, conditional emergency signal ---- */

static volatile u32 restarted;
static volatile u64 old_addr;

static void after_restart(void *arg)
{
    (void)arg;
    restarted = 1;
    old_addr = LC_RESTART_OLD.addr;
}

static void restart(void)
{
    start_spinning(1);
    /* cpu_start() sets the prefix, which only a stopped CPU lets happen: here by hand */
    {
        u64 *block = (u64 *)((u8 *)cpu_lowcore(1) + 0x5a0);

        block[1] = (u64)after_restart;
        restarted = 0;
        expect("I24 restart of an operating CPU", SIGP_RESTART, 1, 0, 0, 0);
        cpu_join(1);
        check_eq("I24 restart loads the new PSW", restarted, 1);
        check("I24 restart stores the old PSW", old_addr >= 0x10000 && old_addr < (u64)guest_end);
    }
}

static void emergency_listener(void *arg)
{
    u64 asn = (u64)arg;

    lctlg(0, 0x40000); /* signals stay pending */
    lctlg(3, asn);
    lctlg(4, asn + 1);
    there = 1;
    __asm__ volatile("stosm 0x300,3" : : : "memory");
    while (!go)
        relax();
    __asm__ volatile("stnsm 0x300,0" : : : "memory");
    ngot = 0;
    lctlg(0, 0x44000);
    if (take(PSW_64 | PSW_EXT) == 0x130)
        ngot = LC_EXT_CODE;
}

static void conditional_to(const char *name, u64 asn, u64 parm, bool signals)
{
    go = there = 0;
    cpu_start(2, emergency_listener, (void *)asn);
    while (!there)
        relax();
    for (int i = 0; i < 20; i++)
        relax();
    expect(name, SIGP_COND_EMERGENCY, 2, parm, signals ? 0 : 1, INCORRECT_STATE);
    go = 1;
    cpu_join(2);
    check_eq(name, ngot, signals ? 0x1201 : 0);
}

static void conditional(void)
{
    start_spinning(1); /* disabled */
    expect("I24 conditional emergency signal to a disabled CPU", SIGP_COND_EMERGENCY, 1, 7, 0, 0);
    go = 1;
    cpu_join(1);
    sigp_wait(SIGP_RESET, 1, 0, 0);
    conditional_to("I24 conditional emergency signal: another ASN", 5, 9, false);
    conditional_to("I24 conditional emergency signal: secondary ASN", 5, 5, true);
    conditional_to("I24 conditional emergency signal: primary ASN", 5, 6, true);
}

/* ---- parameter register ---- */

static void parameter(void)
{
    u64 lc = (u64)cpu_lowcore(3);
    u8 *at = alloc_pages(1, 512);
    u32 cc;

    sigp_wait(SIGP_SET_PREFIX, 3, lc, 0);
    {
        register u64 r3 __asm__("3") = (u64)at;

        __asm__ volatile("lghi %%r5,3\n\tsigp %%r3,%%r5,14\n\tipm %0\n\tsrl %0,28"
                         : "=d"(cc), "+d"(r3)
                         :
                         : "5", "cc", "memory");
    }
    check_eq("I24 odd R1 is the parameter", cc, 0);
    check_eq("I24 odd R1 is the parameter: stored there", AT32(0x1318), (u32)lc);
    {
        register u64 r3 __asm__("3") = (u64)at;

        AT32(0x1318) = 0;
        __asm__ volatile("lghi %%r2,0\n\tlghi %%r5,3\n\tsigp %%r2,%%r5,14\n\tipm %0\n\tsrl %0,28"
                         : "=d"(cc), "+d"(r3)
                         :
                         : "2", "5", "cc", "memory");
    }
    check_eq("I24 even R1: R1 + 1 is the parameter", AT32(0x1318), (u32)lc);
}

static void sense_1(void *arg)
{
    (void)arg;
    problem_state();
    sigp(SIGP_SENSE, 1, 0, 0);
}

int main(void)
{
    addresses();
    start_stop();
    calls();
    wakes();
    sources();
    statuses();
    additional_status();
    resets();
    itself();
    restart();
    conditional();
    parameter();
    check_pgm("I29 SIGP in problem state", sense_1, 0, PGM_PRIVILEGED_OP);
    return failures();
}
