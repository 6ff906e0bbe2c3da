/* SPDX-License-Identifier: Apache-2.0
 *
 * run: --ap adapter=1,type=accel,domains=0+1 -m 64M -c 4
 * again: --gisa off
 * again: --lazy-memory
 * P07, P08, P09: four CPUs on two queues.  First with books: two CPUs send to a queue whose replies
 * are fetched upon interruptions alone, so one that is lost is noticed; the fourth switches the
 * other queue's interruptions on and off.  Each reply comes once and is right.  Then without
 * manners: random registers, lengths, buffers and indicators, resets, discarded pages.  Afterwards
 * all must work as before.  The machine ends with requests in work.
 */
#include "ap.h"

#define CPUS 4U
#define QUEUE 0x0100U /* interrupts */
#define POLLED 0x0101U
#define OUTSIDE 0x0102U
#define EACH 300U /* requests of a sender */
#define ISC_POLLED 5UL
#define STORAGE (64UL << 20)
#define SECOND (1000000UL << 12)
#define HOSTILE (SECOND / 2)
#define LIMIT (20 * SECOND) /* then something is lost */
#define REPLY 144U
#define SCRATCH_PAGES 16U
#define RESETS 10U

struct request {
    u8 bytes[0x190];
} __attribute__((aligned(8)));

struct call {
    u64 gr[8];
    u32 cc;
};

static u8 indicators[2][4096] __attribute__((aligned(4096)));
static volatile u32 seen[CPUS][EACH + 1];
static volatile u32 wrong_replies, wrong_codes, wrong_interruptions, wrong_exceptions, lost;
static volatile u32 fetched, interruptions, executed;
static u8 *scratch;
static volatile u64 hostile_until;
static u64 asce;

static void add(volatile u32 *p)
{
    __atomic_fetch_add(p, 1, __ATOMIC_SEQ_CST);
}

/* ---- the instructions, with all of their registers ---- */

#define RAW(name, insn)                                                                            \
    static void name(void *arg)                                                                    \
    {                                                                                              \
        struct call *c = arg;                                                                      \
        register u64 *gr __asm__("8") = c->gr;                                                     \
                                                                                                   \
        __asm__ volatile("lmg 0,7,0(%1)\n\t" insn "\n\tstmg 0,7,0(%1)\n\tipm %0\n\tsrl %0,28"      \
                         : "=&d"(c->cc)                                                            \
                         : "a"(gr)                                                                 \
                         : "0", "1", "2", "3", "4", "5", "6", "7", "cc", "memory");                \
    }

RAW(raw_pqap, ".insn rre,0xb2af0000,0,0")
RAW(raw_nqap, ".insn rre,0xb2ad0000,4,6")
RAW(raw_dqap, ".insn rre,0xb2ae0000,4,6")

static u32 code_of(const struct call *c)
{
    return (u32)c->gr[1] >> 16 & 0xff;
}

static u32 control(u32 apqn, u64 gr1, volatile void *indicator)
{
    struct call c = {.gr = {AQIC << 24 | apqn, gr1, (u64)indicator}};

    raw_pqap(&c);
    return code_of(&c);
}

static u32 send(u32 apqn, u64 id, const void *from, u64 n)
{
    struct call c = {.gr = {0x40000000 | apqn, 0, 0, 0, id >> 32, (u32)id, (u64)from, n}};

    raw_nqap(&c);
    return code_of(&c);
}

/* A reply in pieces of at most `piece` bytes. */
static u32 fetch(u32 apqn, u8 *to, u64 piece, u64 *id)
{
    struct call c = {.gr = {0x80000000 | apqn, 0, 0, 0, 0, 0, (u64)to}};

    do {
        c.gr[7] = piece;
        raw_dqap(&c);
    } while (c.cc == 1);
    *id = c.gr[4] << 32 | c.gr[5];
    if (!code_of(&c) && c.gr[6] - (u64)to != REPLY)
        add(&wrong_replies);
    return code_of(&c);
}

/* ---- requests: the cube of a number, modulo one of 128 bytes ---- */

static u64 number_of(u64 id)
{
    return (id >> 32) << 16 | (id & 0xffff);
}

static void make_request(struct request *r, u64 id)
{
    memset(r, 0, sizeof(*r));
    r->bytes[1] = 0x50;
    r->bytes[2] = sizeof(*r) >> 8;
    r->bytes[3] = sizeof(*r) & 0xff;
    r->bytes[9] = 1;
    r->bytes[0x10 + 127] = 3;
    memset(r->bytes + 0x90, 0xff, 128);
    *(u64 *)(r->bytes + 0x110 + 120) = number_of(id);
}

static void check_reply(const u8 *reply, u64 id)
{
    u64 n = number_of(id);

    if (reply[1] != 0x80 || *(const u64 *)(reply + REPLY - 8) != n * n * n)
        add(&wrong_replies);
    if (id >> 32 < CPUS && (u32)id <= EACH)
        add(&seen[id >> 32][(u32)id]);
    else
        add(&wrong_replies);
}

/* ---- with books ---- */

static void sender(void *arg)
{
    u64 cpu = (u64)arg;
    struct request r;

    for (u64 n = 1; n <= EACH; n++) {
        u64 id = cpu << 32 | n;
        u32 rc;

        make_request(&r, id);
        while ((rc = send(QUEUE, id, &r, sizeof(r))) == 0x10)
            relax();
        if (rc)
            add(&wrong_codes);
    }
}

/* A reply of the polled queue has set the indicator exactly if interruptions were on. */
static void polled_request(u64 id, bool on)
{
    volatile u8 *indicator = &indicators[1][(u32)id];
    u8 reply[REPLY];
    struct request r;
    u64 got;
    u32 rc;

    make_request(&r, id);
    *indicator = 0;
    if (on && (control(POLLED, AP_ENABLE - AP_ISC + ISC_POLLED, indicator) ||
               control(POLLED, AP_ENABLE, indicator) != 7))
        add(&wrong_codes);
    if (send(POLLED, id, &r, sizeof(r)))
        add(&wrong_codes);
    while ((rc = fetch(POLLED, reply, 1 + id % 200, &got)) == 0x10)
        relax();
    if (rc || got != id)
        add(&wrong_codes);
    check_reply(reply, got);
    if (*indicator != on)
        add(&wrong_interruptions);
    if (on && (control(POLLED, ISC_POLLED, 0) || control(POLLED, ISC_POLLED, 0) != 7))
        add(&wrong_codes);
}

static void switcher(void *arg)
{
    for (u64 n = 1; n <= EACH; n++)
        polled_request((u64)arg << 32 | n, n % 3 != 0);
}

static void fetch_all(void)
{
    u8 reply[REPLY];
    u64 id;

    while (fetch(QUEUE, reply, sizeof(reply), &id) == 0) {
        check_reply(reply, id);
        fetched++;
    }
}

/* Replies are looked for after an interruption only. */
static void fetch_upon_interruptions(u32 total)
{
    sckc(stck() + LIMIT);
    lctlg(0, stctg(0) | 0x800);
    while (fetched < total && !lost) {
        if (take(PSW_64 | PSW_IO | PSW_EXT | PSW_WAIT) != 0x170)
            lost++;
        if (!lost && (LC64(0xb8) >> 32 || LC32(0xc0) != (0x80000000U | AP_ISC << 27)))
            wrong_interruptions++;
        interruptions++;
        fetch_all();
    }
    lctlg(0, stctg(0) & ~0x800UL);
}

static u32 not_once(void)
{
    u32 n = 0;

    for (unsigned cpu = 1; cpu < CPUS; cpu++)
        for (unsigned i = 1; i <= EACH; i++)
            n += seen[cpu][i] != 1;
    return n;
}

static void take_leftovers(void)
{
    lctlg(6, 0xff000000);
    while (take(PSW_64 | PSW_IO))
        ;
    lctlg(6, 0x80000000UL >> AP_ISC);
}

static void with_books(void)
{
    lctlg(6, 0x80000000UL >> AP_ISC);
    check_eq("P07 AQIC: on", control(QUEUE, AP_ENABLE, indicators[0]), 0);
    cpu_start(1, sender, (void *)1);
    cpu_start(2, sender, (void *)2);
    cpu_start(3, switcher, (void *)3);
    fetch_upon_interruptions(2 * EACH);
    for (unsigned cpu = 1; cpu < CPUS; cpu++)
        cpu_join(cpu);
    check_eq("P08 no interruption is lost", lost, 0);
    check_eq("P08 every reply is fetched upon interruptions", fetched, 2 * EACH);
    check("P08 no more interruptions than replies", interruptions <= fetched);
    check_eq("P08 interruption words, indicators exactly while it is on", wrong_interruptions, 0);
    check_eq("P09 each reply comes once", not_once(), 0);
    check_eq("P10 each reply is right", wrong_replies, 0);
    check_eq("P07 P09 response codes", wrong_codes, 0);
    pqap(TAPQ, QUEUE, 0, 0);
    check_eq("P09 the queue is empty", ap_status & (AP_EMPTY | AP_IRQ), AP_EMPTY | AP_IRQ);
    take_leftovers();
}

/* ---- without manners ---- */

/* An indicator on a page of code. */
__asm__(".pushsection .text\n.globl indicator_in_code\nindicator_in_code: .skip 8\n.popsection");
extern u8 indicator_in_code[8] __attribute__((visibility("hidden")));

static u64 random(u64 *state)
{
    *state ^= *state << 13;
    *state ^= *state >> 7;
    *state ^= *state << 17;
    return *state >> 11;
}

/* Nothing there is harmed by a byte, or by a reply. */
static u64 place(u64 *s)
{
    switch (random(s) % 8) {
    case 0:
        return STORAGE - random(s) % 600;
    case 1:
        return STORAGE + random(s);
    case 2:
        return 0x1c00 + random(s) % 64; /* prefix area */
    case 3:
        return -(random(s) % 300);
    default:
        return (u64)scratch + random(s) % ((SCRATCH_PAGES - 1) * 4096UL);
    }
}

static u64 length(u64 *s)
{
    switch (random(s) % 8) {
    case 0:
        return random(s) << 20;
    case 1:
        return 12280 + random(s) % 16;
    case 2:
        return random(s) % 16;
    default:
        return random(s) % 600;
    }
}

static u32 some_queue(u64 *s)
{
    static const u32 queue[] = {QUEUE, POLLED, QUEUE, POLLED, QUEUE, POLLED, OUTSIDE, 0xff01};

    return queue[random(s) % ARRAY_SIZE(queue)];
}

static void some_pqap(u64 *s, struct call *c)
{
    static const u32 function[] = {AQIC, AQIC, AQIC, AQIC, TAPQ, RAPQ, ZAPQ, QCI};
    u64 n = random(s) % 64;

    c->gr[0] = random(s) << 32 | function[n % 8] << 24 | some_queue(s);
    c->gr[1] = random(s) << 40 | random(s);
    c->gr[2] = n == 8 ? (u64)indicator_in_code : place(s);
    if (n < 4)
        c->gr[0] = random(s);
}

static void some_message(u64 *s, struct call *c, u32 gr0, const struct request *good)
{
    bool send_good = gr0 == 0x40000000 && random(s) % 2;

    c->gr[0] = (random(s) % 8 ? gr0 : random(s) << 16) | some_queue(s);
    c->gr[4] = random(s) % 4;
    c->gr[5] = random(s) % 4;
    c->gr[6] = send_good ? (u64)good : place(s);
    c->gr[7] = send_good ? sizeof(*good) : length(s);
}

/* Response and condition codes that can be, together. */
static bool possible(const struct call *c, bool dqap)
{
    switch (code_of(c)) {
    case 0:
        return c->cc == 0 || (dqap && c->cc == 1);
    case 1:
    case 2:
    case 6:
    case 7:
    case 0x10:
    case 0x15:
        return c->cc == 3;
    default:
        return false;
    }
}

static bool possible_exception(int code)
{
    return code == PGM_PROTECTION || code == PGM_ADDRESSING || code == PGM_SPECIFICATION ||
           code == PGM_SEGMENT_TRANSLATION || code == PGM_PAGE_TRANSLATION || code == PGM_ASCE_TYPE;
}

static void some_instruction(u64 *s, const struct request *good)
{
    unsigned which = random(s) % 4;
    struct call c = {.cc = 0};
    int code;

    if (which < 2)
        some_pqap(s, &c);
    else
        some_message(s, &c, which == 2 ? 0x40000000 : 0x80000000, good);
    code = probe(which < 2 ? raw_pqap : which == 2 ? raw_nqap : raw_dqap, &c);
    if (code && !possible_exception(code))
        add(&wrong_exceptions);
    /* QCI leaves the status word's register as it is */
    if (!code && (which >= 2 || (c.gr[0] >> 24 & 0xff) != QCI) && !possible(&c, which == 3))
        add(&wrong_codes);
    add(&executed);
}

static void discard(u64 at)
{
    register u64 first __asm__("2") = at & ~0xfffUL;
    register u64 last __asm__("3") = at & ~0xfffUL;

    __asm__ volatile("diag %0,%1,0x10" : : "d"(first), "d"(last) : "memory");
}

static void hostile(void *arg)
{
    u64 cpu = (u64)arg, s = 390 + 77 * cpu + stck() % 1000;
    struct request good;

    make_request(&good, cpu << 32 | 1);
    lctlg(6, 0xff000000);
    if (cpu == 2)
        dat_on(asce);
    while (stck() < hostile_until) {
        for (unsigned i = 0; i < 8; i++)
            some_instruction(&s, &good);
        if (cpu == 1)
            discard((u64)scratch + random(&s) % (SCRATCH_PAGES * 4096UL));
        if (cpu != 2 && take(PSW_64 | PSW_IO) && LC32(0xc0) >> 30 != 2)
            add(&wrong_interruptions);
    }
    if (cpu == 2)
        dat_off();
}

static void wait_for_reset(u32 apqn)
{
    while (pqap(RAPQ, apqn, 0, 0) == 2)
        ;
    while (pqap(TAPQ, apqn, 0, 0) == 2)
        ;
}

static void start_hostile(u64 time)
{
    hostile_until = stck() + time;
    for (u64 cpu = 1; cpu < CPUS; cpu++)
        cpu_start((unsigned)cpu, hostile, (void *)cpu);
}

static void without_manners(void)
{
    scratch = alloc_pages(SCRATCH_PAGES, 4096);
    asce = dat_identity(16);
    *dat_pte(asce, (u64)scratch + 3 * 4096) |= DAT_PAGE_INVALID;
    *dat_pte(asce, (u64)scratch + 6 * 4096) |= DAT_PROTECT;
    start_hostile(HOSTILE);
    hostile((void *)0);
    for (unsigned cpu = 1; cpu < CPUS; cpu++)
        cpu_join(cpu);
    check("P09 many instructions of any kind", executed > 100);
    check_eq("P09 only access and specification exceptions", wrong_exceptions, 0);
    check_eq("P09 only response codes that can be", wrong_codes, 0);
    check_eq("P08 only adapter interruptions", wrong_interruptions, 0);
}

/* ---- afterwards ---- */

static void works(const char *name)
{
    u32 before = wrong_replies + wrong_codes + wrong_interruptions;

    polled_request((u64)(CPUS - 1) << 32 | 1, true);
    check_eq(name, wrong_replies + wrong_codes + wrong_interruptions, before);
}

/* The machine is reset in the middle of all that. */
static void machine_resets(void)
{
    u32 not_empty = 0;

    for (unsigned n = 0; n < RESETS; n++) {
        start_hostile(HOSTILE);
        for (u64 end = stck() + SECOND / 50; stck() < end;)
            relax();
        reset_machine();
        for (u32 queue = QUEUE; queue <= POLLED; queue++) {
            not_empty += pqap(TAPQ, queue, 0, 0) != 0;
            not_empty += (ap_status & (AP_EMPTY | AP_IRQ)) != AP_EMPTY;
        }
        lctlg(6, 0xff000000);
        not_empty += take(PSW_64 | PSW_IO) != 0;
    }
    check_eq("P07 a reset of the machine leaves nothing of a queue", not_empty, 0);
}

/* It is a reset of the machine, not of a CPU, that resets adapters. */
static void cpu_resets(void)
{
    check_eq("P07 AQIC: on again", control(QUEUE, AP_ENABLE, indicators[0]), 0);
    sigp_wait(SIGP_RESET, 1, 0, 0);
    sigp_wait(SIGP_INITIAL_RESET, 2, 0, 0);
    pqap(TAPQ, QUEUE, 0, 0);
    check_eq("P07 resets of CPUs leave interruptions on", ap_status & AP_IRQ, AP_IRQ);
}

/* Some seconds of work: numbers of 4096 bits. */
static void leave_work(void)
{
    static u8 big[0x10 + 3 * 512] __attribute__((aligned(8)));

    memset(big + 0x10, 0xff, 2 * 512);
    memset(big + 0x10 + 2 * 512, 0x55, 512);
    big[1] = 0x50;
    big[2] = sizeof(big) >> 8;
    big[3] = sizeof(big) & 0xff;
    big[9] = 3;
    for (u64 n = 0; n < 8; n++)
        if (send(QUEUE, n, big, sizeof(big)))
            wrong_codes++;
    check_eq("P09 requests that the end comes before", wrong_codes, 0);
}

int main(void)
{
    with_books();
    without_manners();
    wait_for_reset(QUEUE);
    wait_for_reset(POLLED);
    take_leftovers();
    works("P09 afterwards all is as it was");
    machine_resets();
    works("P09 after resets of the machine all is as it was");
    cpu_resets();
    leave_work();
    return failures();
}
