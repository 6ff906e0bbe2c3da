/* SPDX-License-Identifier: Apache-2.0
 *
 * run: -c 8 --rng -m 256M
 * soak: -c 8 --rng -m 256M --name R200000
 * Everything at once on 8 CPUs: signals to each other, IPTE, IDTE, CSP, prefixes, keys, both
 * timers, I/O interruptions, waiting.  What was sent is counted, and so is what arrives: nothing is
 * lost, nothing comes twice, nobody hangs.  Each CPU does some rounds; the name of the machine may
 * say how many (R200000).
 */
#include "guest.h"
#include "io.h"

#define CPUS 8U
#define ROUNDS 250U
#define LIMIT (20UL * 1000000 << 12) /* of the TOD clock: then something is lost */

#define CR0_ALL (0x4000UL | 0x2000 | 0x800 | 0x400 | 0x40000)
#define CR6_ALL 0xff000000UL
#define MASKS 7 /* DAT, I/O, external: for STOSM */
#define LC_ME LC64(0x6f0)
#define LC_MARK LC64(0x6f8)

#define FOR_CPUS(i) for (unsigned i = 0; i < CPUS; i++)

/* [from][to] */
static volatile u32 sent_emergency[CPUS][CPUS], got_emergency[CPUS][CPUS];
static volatile u32 sent_call[CPUS][CPUS], got_call[CPUS][CPUS];
static volatile u32 armed_ckc[CPUS], fired_ckc[CPUS], armed_timer[CPUS], fired_timer[CPUS];
static volatile u32 io_started, io_done;
static volatile u32 started, finished;
static volatile u32 unexpected, wrong_answers, wrong_keys, wrong_pages, wrong_prefixes, late;
static volatile u32 csp_count __attribute__((aligned(8)));
static u64 rounds = ROUNDS;
static u64 asce, *window_pte[CPUS];
static u8 *frame[CPUS][2], *other_prefix[CPUS];

static void add(volatile u32 *p)
{
    __atomic_fetch_add(p, 1, __ATOMIC_SEQ_CST);
}

static u8 disable(void)
{
    u8 old;

    __asm__ volatile("stnsm %0,0xfc" : "=Q"(old) : : "memory");
    return old;
}

static void enable(void)
{
    u8 old;

    __asm__ volatile("stosm %0,7" : "=Q"(old) : : "memory");
}

/* ---- interruptions ---- */

extern void stress_ext(void), stress_io(void);
static u32 irb[CPUS][24] __attribute__((aligned(8)));

IO(tsch, "tsch", irb[LC_ME])

void stress_ext_c(void);
void stress_ext_c(void)
{
    u64 me = LC_ME;

    switch (LC_EXT_CODE) {
    case 0x1201:
        add(&got_emergency[LC_EXT_CPU % CPUS][me]);
        break;
    case 0x1202:
        add(&got_call[LC_EXT_CPU % CPUS][me]);
        break;
    case 0x1004:
        sckc(~0UL);
        fired_ckc[me]++;
        break;
    case 0x1005:
        spt(0x7fffffffffffffff);
        fired_timer[me]++;
        break;
    default:
        add(&unexpected);
    }
    LC_EXT_OLD.mask &= ~PSW_WAIT;
}

void stress_io_c(void);
void stress_io_c(void)
{
    if (tsch(LC32(0xb8)) == 0)
        add(&io_done);
    else
        add(&unexpected);
    LC_IO_OLD.mask &= ~PSW_WAIT;
}

__asm__("	.text\n"
        "stress_ext:\n"
        "	stmg %r0,%r15,0x600\n"
        "	aghi %r15,-320\n"
        "	brasl %r14,stress_ext_c\n"
        "	lmg %r0,%r15,0x600\n"
        "	lpswe 0x130\n"
        "stress_io:\n"
        "	stmg %r0,%r15,0x780\n"
        "	aghi %r15,-320\n"
        "	brasl %r14,stress_io_c\n"
        "	lmg %r0,%r15,0x780\n"
        "	lpswe 0x170\n");

/* Until the next interruption; one is certain to come. */
static void nap(void)
{
    struct psw wait = {PSW_64 | PSW_DAT | PSW_IO | PSW_EXT | PSW_WAIT, 0};

    __asm__ volatile("larl %%r1,1f\n\tstg %%r1,8+%0\n\tlpswe %0\n1:"
                     : "+Q"(wait)
                     :
                     : "1", "cc", "memory");
}

/* ---- signals ---- */

static void answer(bool ok)
{
    if (!ok)
        add(&wrong_answers);
}

static void ask(unsigned order, unsigned to, u64 parameter, u32 status_mask)
{
    u32 status;
    unsigned cc = sigp(order, to, parameter, &status);

    answer(cc == 0 || cc == 2 || (cc == 1 && !(status & ~status_mask)));
}

static void refused(unsigned order, unsigned to, u64 parameter, u32 want)
{
    u32 status;
    unsigned cc = sigp(order, to, parameter, &status);

    answer(cc == 2 || (cc == 1 && status == want));
}

static void harmless(unsigned me, unsigned to)
{
    ask(SIGP_SENSE, to, 0, 0x80);
    ask(SIGP_SENSE_RUNNING, to, 0, 0x400);
    ask(SIGP_START, to, 0, 0);
    refused(0x1f, to, 0, 0x2);
    answer(sigp(SIGP_SENSE, 60, 0, 0) == 3);
    if (to == me)
        return;
    refused(SIGP_SET_PREFIX, to, (u64)other_prefix[me], 0x200);
    refused(SIGP_STORE_STATUS, to, (u64)other_prefix[me], 0x200);
}

/* Signals of one source are one while they are pending: the last one has to have arrived. */
static void signals(unsigned me, unsigned to, u64 round)
{
    u32 status;

    if (sent_emergency[me][to] == got_emergency[me][to]) {
        unsigned order = round & 1 ? SIGP_EMERGENCY : SIGP_COND_EMERGENCY;

        sent_emergency[me][to]++;
        if (sigp(order, to, 0, &status) != 0) {
            answer(order == SIGP_COND_EMERGENCY && status == 0x200);
            sent_emergency[me][to]--;
        }
    }
    sent_call[me][to]++;
    if (sigp(SIGP_EXTERNAL_CALL, to, 0, 0) != 0)
        sent_call[me][to]--;
}

/* ---- translation ---- */

static u64 window(unsigned me)
{
    return 0x3000000 + me * 4096UL;
}

static void pages(unsigned me, u64 round)
{
    volatile u64 *va = (volatile u64 *)window(me);
    u64 pto = (u64)window_pte[me] & ~0x7ffUL;
    u8 *next = frame[me][round & 1];

    __asm__ volatile("ipte %0,%1" : : "a"(pto), "a"(va) : "memory");
    *(volatile u64 *)window_pte[me] = (u64)next;
    if (*va != (u64)next)
        add(&wrong_pages);
}

static void purge(unsigned me)
{
    (void)me;
    __asm__ volatile("idte 0,%0,%1" : : "a"(asce), "a"(0x800UL) : "cc", "memory");
}

static void csp(void)
{
    u32 cc;

    do {
        register u32 r2 __asm__("2") = csp_count;
        register u32 r3 __asm__("3") = r2 + 1;

        __asm__ volatile("csp %1,%3\n\tipm %0\n\tsrl %0,28"
                         : "=d"(cc), "+d"(r2), "+d"(r3)
                         : "d"((u64)&csp_count | 3)
                         : "cc", "memory");
    } while (cc);
}

/* ---- the rest ---- */

static void keys(unsigned me, u64 round)
{
    u64 f = (u64)frame[me][round & 1];
    unsigned key = (unsigned)(round & 15) << 4;
    u32 cc;

    sske(f, key);
    *(volatile u64 *)f = f;
    if (iske(f) != (key | 6))
        add(&wrong_keys);
    __asm__ volatile("rrbe 0,%1\n\tipm %0\n\tsrl %0,28" : "=d"(cc) : "a"(f) : "cc", "memory");
    if (cc != 3 || iske(f) != (key | 2))
        add(&wrong_keys);
}

static u32 get_prefix(void)
{
    u32 p;

    __asm__ volatile("stpx %0" : "=Q"(p));
    return p;
}

static void set_prefix(u32 p)
{
    __asm__ volatile("spx %0" : : "Q"(p) : "memory");
}

static void prefixes(unsigned me, u64 round)
{
    u32 here = get_prefix();

    disable();
    LC_MARK = round;
    memcpy(other_prefix[me], (void *)0, 8192);
    set_prefix((u32)(u64)other_prefix[me]);
    if (LC_ME != me || LC_MARK != round || get_prefix() != (u32)(u64)other_prefix[me])
        add(&wrong_prefixes);
    LC_MARK = ~round;
    set_prefix(here);
    if (LC_MARK != round)
        add(&wrong_prefixes);
    enable();
}

static void timers(unsigned me)
{
    if (armed_timer[me] == fired_timer[me]) {
        armed_timer[me]++;
        spt(30 << 12);
    }
    if (armed_ckc[me] == fired_ckc[me]) {
        armed_ckc[me]++;
        sckc(stck() + (50 << 12));
    }
}

/* The clock comparator ends the wait at the latest. */
static void rest(unsigned me)
{
    disable();
    if (armed_ckc[me] == fired_ckc[me])
        armed_ckc[me]++;
    sckc(stck() + (20 << 12));
    nap();
    enable();
}

/* ---- I/O: sense id of the random-number device ---- */

static struct {
    u32 parm, flags, cpa, more[5];
} orb __attribute__((aligned(8)));
static struct {
    u32 parm;
    u16 flags, devno;
    u32 more[11];
} schib __attribute__((aligned(8)));
static u64 ccw __attribute__((aligned(8)));
static u64 sense;
static u32 sch;

IO(stsch, "stsch", schib)
IO(msch, "msch", schib)
IO(ssch, "ssch", orb)

static void find_device(void)
{
    for (u32 i = 0; i < 64 && !sch; i++)
        if (stsch(0x10000 | i) == 0 && schib.flags & 1)
            sch = 0x10000 | i;
    schib.flags = (u16)((schib.flags & ~0x3800) | 0x80 | 3 << 11);
    check("stress: a subchannel is enabled", sch && msch(sch) == 0);
    ccw = 0xe4UL << 56 | 0x20UL << 48 | 7UL << 32 | (u32)(u64)&sense;
    orb.flags = 0x00800000 | 0xff00;
    orb.cpa = (u32)(u64)&ccw;
}

static void start_io(void)
{
    if (io_started != io_done)
        return;
    io_started++;
    answer(ssch(sch) == 0);
}

/* ---- all at once ---- */

static bool quiet(void)
{
    bool all = io_started == io_done;

    FOR_CPUS(i)
    {
        all = all && armed_ckc[i] == fired_ckc[i] && armed_timer[i] == fired_timer[i];
        FOR_CPUS(j)
        all =
            all && sent_emergency[i][j] == got_emergency[i][j] && sent_call[i][j] == got_call[i][j];
    }
    return all;
}

static void one_round(unsigned me, u64 round)
{
    unsigned to = (unsigned)((me + round) % CPUS);

    timers(me);
    harmless(me, to);
    signals(me, to, round);
    pages(me, round);
    keys(me, round);
    if (round % 4 == me % 4)
        purge(me);
    csp();
    prefixes(me, round);
    if (!me)
        start_io();
    if (round % 8 == me)
        rest(me);
}

static void cpu(void *arg)
{
    unsigned me = (unsigned)(u64)arg;
    u64 until;

    LC_ME = me;
    LC_EXT_NEW = (struct psw){PSW_64, (u64)stress_ext};
    LC_IO_NEW = (struct psw){PSW_64, (u64)stress_io};
    sckc(~0UL);
    spt(0x7fffffffffffffff);
    lctlg(0, CR0_ALL);
    lctlg(1, asce);
    lctlg(6, CR6_ALL);
    add(&started);
    while (started != CPUS) /* the orders are harmless for CPUs that run */
        relax();
    enable();
    for (u64 round = 0; round < rounds; round++)
        one_round(me, round);
    add(&finished);
    while (finished != CPUS) /* the others still send, however late they are */
        relax();
    until = stck() + LIMIT;
    while (!quiet() && stck() < until)
        relax();
    if (!quiet())
        add(&late);
    __asm__ volatile("stnsm 0x6e8,0xf8" : : : "memory"); /* DAT, too */
}

/* ---- beginning and end ---- */

static u8 sysib[4096] __attribute__((aligned(4096)));

/* The name of the machine, if it is R and digits (EBCDIC). */
static void how_many(void)
{
    register u64 r0 __asm__("0") = 0x30000002;
    register u64 r1 __asm__("1") = 2;
    const u8 *name = sysib + 0x2c;
    u64 n = 0;

    __asm__ volatile("stsi 0(%2)" : "+d"(r0) : "d"(r1), "a"(sysib) : "cc", "memory");
    for (unsigned i = 1; i < 8 && name[i] >= 0xf0 && name[i] <= 0xf9; i++)
        n = n * 10 + (name[i] & 15);
    if (name[0] == 0xd9 && n)
        rounds = n;
}

static void set_up(void)
{
    find_device();
    asce = dat_identity(64);
    FOR_CPUS(i)
    {
        other_prefix[i] = alloc_pages(2, 8192);
        for (unsigned k = 0; k < 2; k++) {
            frame[i][k] = alloc_pages(1, 4096);
            *(u64 *)frame[i][k] = (u64)frame[i][k];
        }
        window_pte[i] = dat_pte(asce, window(i));
    }
}

static u32 sum(volatile u32 (*of)[CPUS])
{
    u32 n = 0;

    FOR_CPUS(i)
    FOR_CPUS(j)
    n += of[i][j];
    return n;
}

static void compare(const char *name, volatile u32 (*sent)[CPUS], volatile u32 (*got)[CPUS])
{
    u32 differ = 0;

    FOR_CPUS(i)
    FOR_CPUS(j)
    differ += sent[i][j] != got[i][j];
    check_eq(name, sum(got), sum(sent));
    check_eq(name, differ, 0);
}

int main(void)
{
    struct psw ext = LC_EXT_NEW, io = LC_IO_NEW;
    u64 cr0 = stctg(0);

    how_many();
    set_up();
    for (unsigned i = 1; i < CPUS; i++)
        cpu_start(i, cpu, (void *)(u64)i);
    cpu((void *)0);
    for (unsigned i = 1; i < CPUS; i++)
        cpu_join(i);
    LC_EXT_NEW = ext;
    LC_IO_NEW = io;
    lctlg(0, cr0);
    compare("stress: emergency signals", sent_emergency, got_emergency);
    compare("stress: external calls", sent_call, got_call);
    check("stress: there were some of both", sum(got_emergency) > CPUS && sum(got_call) > CPUS);
    FOR_CPUS(i)
    {
        check_eq("stress: clock comparator", fired_ckc[i], armed_ckc[i]);
        check_eq("stress: CPU timer", fired_timer[i], armed_timer[i]);
    }
    check_eq("stress: I/O interruptions", io_done, io_started);
    check("stress: there was one", io_done > 0);
    check_eq("stress: COMPARE AND SWAP AND PURGE", csp_count, CPUS * (u32)rounds);
    check_eq("stress: pages after IPTE", wrong_pages, 0);
    check_eq("stress: keys", wrong_keys, 0);
    check_eq("stress: prefixes", wrong_prefixes, 0);
    check_eq("stress: answers to SIGP", wrong_answers, 0);
    check_eq("stress: unexpected interruptions", unexpected, 0);
    check_eq("stress: nobody waits for ever", late, 0);
    return failures();
}
