/* SPDX-License-Identifier: Apache-2.0
 *
 * hv_run() with guest code and threads: signals around a ring of idling CPUs, I/O and adapter
 * interruptions to idle and to busy CPUs, one CPU that restarts, stops, inspects and resets
 * another.  A lost wake-up shows as a test that does not end; the test runner has a time limit.
 * And what a program interception of a PER event leaves in the state description.
 */
#include "hypervisor/test_guest.h"

#include <sched.h>

#include "arch/dat.h"

#define CODE 0x10000UL
#define LOWCORES 0x100000UL /* CPU n's prefix area: 8 KiB each */
#define COUNT 0x200         /* lowcore: what the code counts */
#define WAIT_PSW 0x210
#define END_PSW 0x220
#define FAIL_PSW 0x230

#define END_ADDR 0x111UL
#define PSW_WAIT_ALL (PSW_64 | PSW_MASK_WAIT | PSW_MASK_EXT | PSW_MASK_IO)

/* external-new PSW: count; send on; wait; at the limit send on (not the last CPU) and end.
 * r8 next CPU, r9 order, r10 limit, r11 last CPU */
static const u16 ring_code[] = {
    /* 00 */ 0xb2b2,
    0x0210, /* lpswe 210 */
    /* 04 */ 0,
    0,
    0,
    0,
    0,
    0,
    /* 10 */ 0xe310,
    0x0200,
    0x0004,
    0xa71b,
    0x0001, /* lg r1,200; aghi r1,1 */
    /* 1a */ 0xe310,
    0x0200,
    0x0024, /* stg r1,200 */
    /* 20 */ 0xb921,
    0x001a,
    0xa7a4,
    0x000e, /* clgr r1,r10; jhe 40 */
    /* 28 */ 0xae08,
    0x9000,
    0xa774,
    0xfffe,
    0xb2b2,
    0x0210, /* sigp; jnz; lpswe 210 */
    /* 34 */ 0,
    0,
    0,
    0,
    0,
    0,
    /* 40 */ 0xb902,
    0x00bb,
    0xa784,
    0x0004,
    0xb2b2,
    0x0220, /* ltgr r11,r11; jz 4c; lpswe 220 */
    /* 4c */ 0xae08,
    0x9000,
    0xa774,
    0xfffe,
    0xb2b2,
    0x0220, /* sigp; jnz; lpswe 220 */
};

/* Waits (r12 zero) or loops, enabled; I/O-new PSW at 20 counts at (r2). */
static const u16 count_code[] = {
    /* 00 */ 0xb902,
    0x00cc,
    0xa774,
    0x0004,
    0xb2b2,
    0x0210, /* ltgr r12,r12; jnz c; lpswe 210 */
    /* 0c */ 0xad03,
    0x0300,
    0xa7f4,
    0x0000, /* stosm 300,3; j . */
    /* 14 */ 0,
    0,
    0,
    0,
    0,
    0,
    /* 20 */ 0xa719,
    0x0001,
    0xeb11,
    0x2000,
    0x00e8, /* lghi r1,1; laag r1,r1,0(r2) */
    /* 2a */ 0xb2b2,
    0x0170, /* lpswe 170 */
};

/* r8 target, r10 rounds, r7 its prefix: restart, stop, sense until stopped, set prefix, reset.
 * At 80 the target: counts, then waits or loops in turn. */
static const u16 orders_code[] = {
    /* 00 */ 0xae08,
    0x0006,
    0xa774,
    0xfffe, /* sigp restart; jnz */
    /* 08 */ 0xa739,
    0x0000,
    0xae38,
    0x0005,
    0xa774,
    0xfffc, /* sigp stop; jnz */
    /* 14 */ 0xa739,
    0x0000,
    0xae38,
    0x0001, /* sigp sense */
    /* 1c */ 0xa7b4,
    0x0004,
    0xa7f4,
    0x0002, /* jnl; j */
    /* 24 */ 0xa714,
    0x0018,
    0xa784,
    0xfff6,
    0xa724,
    0xfff4, /* jo fail; jz, jh again */
    /* 30 */ 0xa731,
    0x0040,
    0xa784,
    0xfff0, /* tmll r3,40; jz again */
    /* 38 */ 0xb904,
    0x0037,
    0xae28,
    0x000d,
    0xa774,
    0xfffc, /* sigp set prefix; jnz */
    /* 44 */ 0xae28,
    0x000c,
    0xa774,
    0xfffe, /* sigp cpu reset; jnz */
    /* 4c */ 0xa7a7,
    0xffda,
    0xb2b2,
    0x0220,
    0xb2b2,
    0x0230, /* brctg r10; end; fail */
    /* 58 */ 0,
    0,
    0,
    0,
    0,
    0,
    0,
    0,
    0,
    0,
    0,
    0,
    0,
    0,
    0,
    0,
    0,
    0,
    0,
    0,
    /* 80 */ 0xe310,
    0x0200,
    0x0004,
    0xa71b,
    0x0001,
    0xe310,
    0x0200,
    0x0024,
    /* 90 */ 0xa711,
    0x0001,
    0xa784,
    0x0004,
    0xb2b2,
    0x0210,
    0xa7f4,
    0x0000,
};

/* ---- threads ---- */

struct runner {
    pthread_t thread;
    struct vcpu *v;
    struct hv_exit exit;
};

static u64 lowcore_of(const struct vcpu *v)
{
    return LOWCORES + v->id * 0x2000;
}

/* Runs until the CPU is in a disabled wait, or asked to leave. */
static void *run(void *arg)
{
    struct runner *r = arg;

    for (;;) {
        int error = hv_run(r->v, &r->exit);

        if (error || r->exit.reason != EXIT_STOPPED || !vcpu_sleep(r->v))
            return NULL;
    }
}

static void load(struct guest *g, const u16 *code, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        be16 half = be16_of(code[i]);

        assert_int_equal(mem_write(&g->vm.mem, abs_addr(CODE + i * 2), &half, 2), MEM_OK);
    }
}

static void prepare(struct guest *g, struct vcpu *v, u64 external, u64 io, u64 start_at)
{
    u64 lc = lowcore_of(v);

    hv_set_prefix(v, (u32)lc);
    hv_set_cr(v, 0, CR0_EMERGENCY | CR0_EXT_CALL);
    hv_set_cr(v, 6, CR6_ISC);
    put_psw(g, lc + LC(ext_new_psw), PSW_64, external);
    put_psw(g, lc + LC(io_new_psw), PSW_64, io);
    put_psw(g, lc + LC(pgm_new_psw), PSW_64 | PSW_MASK_WAIT, 0x666);
    put_psw(g, lc + WAIT_PSW, PSW_WAIT_ALL, 0x222);
    put_psw(g, lc + END_PSW, PSW_64 | PSW_MASK_WAIT, END_ADDR);
    put_psw(g, lc + FAIL_PSW, PSW_64 | PSW_MASK_WAIT, 0x333);
    hv_set_psw(v, PSW_64, start_at);
    vcpu_set_state(v, VCPU_OPERATING);
}

static void start_all(struct guest *g, struct runner *r, unsigned n)
{
    for (unsigned i = 0; i < n; i++) {
        r[i].v = g->vm.vcpu[i];
        assert_int_equal(pthread_create(&r[i].thread, NULL, run, &r[i]), 0);
    }
}

/* ---- ring ---- */

static void ring(unsigned n, unsigned rounds, u64 order)
{
    struct runner r[VM_MAX_CPUS] = {0};
    struct guest g;

    guest_create(&g, n, false);
    load(&g, ring_code, ARRAY_SIZE(ring_code));
    for (unsigned i = 0; i < n; i++) {
        struct vcpu *v = g.vm.vcpu[i];

        prepare(&g, v, CODE + 0x10, 0, CODE);
        v->cpu.gr[8] = (i + 1) % n;
        v->cpu.gr[9] = order;
        v->cpu.gr[10] = rounds;
        v->cpu.gr[11] = i == n - 1;
    }
    start_all(&g, r, n);
    assert_int_equal(hv_inject_external_call(g.vm.vcpu[0], 0), 0);
    for (unsigned i = 0; i < n; i++) {
        pthread_join(r[i].thread, NULL);
        assert_int_equal(r[i].exit.reason, EXIT_DISABLED_WAIT);
        assert_int_equal(r[i].exit.psw_addr, END_ADDR);
        assert_int_equal(get64(&g, lowcore_of(r[i].v) + COUNT), rounds);
    }
    guest_destroy(&g);
}

static void test_ring_of_external_calls(void **state)
{
    (void)state;
    ring(2, 5000, 2);
    ring(8, 1000, 2);
}

static void test_ring_of_emergency_signals_64_cpus(void **state)
{
    (void)state;
    ring(64, 100, 3);
}

/* ---- I/O ---- */

static void await_count(struct guest *g, u64 addr, u64 n)
{
    while (get64(g, addr) < n)
        sched_yield();
}

/* One interruption after the other, each only when the one before was counted; then many at
 * once. */
static void io_storm(unsigned n, unsigned busy, bool adapter, bool no_gisa)
{
    const unsigned single = 200, burst = 500;
    struct runner r[VM_MAX_CPUS] = {0};
    struct guest g;
    u64 done = 0;

    guest_create(&g, n, no_gisa);
    load(&g, count_code, ARRAY_SIZE(count_code));
    for (unsigned i = 0; i < n; i++) {
        prepare(&g, g.vm.vcpu[i], 0, CODE + 0x20, CODE);
        g.vm.vcpu[i]->cpu.gr[2] = 0x8000;
        g.vm.vcpu[i]->cpu.gr[12] = i < busy;
    }
    start_all(&g, r, n);
    for (unsigned i = 0; i < single; i++) {
        struct io_interrupt io = {1, (u16)i, i, io_word(i % 8)};

        assert_int_equal(adapter ? hv_inject_adapter(&g.vm, i % 8) : hv_inject_io(&g.vm, &io), 0);
        await_count(&g, 0x8000, ++done);
    }
    for (unsigned i = 0; i < burst && !adapter; i++) {
        struct io_interrupt io = {1, (u16)i, i, io_word(i % 8)};

        assert_int_equal(hv_inject_io(&g.vm, &io), 0);
        done++;
    }
    await_count(&g, 0x8000, done);
    assert_int_equal(get64(&g, 0x8000), done);
    for (unsigned i = 0; i < n; i++)
        vcpu_leave(g.vm.vcpu[i]);
    for (unsigned i = 0; i < n; i++) {
        pthread_join(r[i].thread, NULL);
        assert_int_equal(r[i].exit.reason, EXIT_NONE);
    }
    guest_destroy(&g);
}

static void test_io_to_idle_and_busy_cpus(void **state)
{
    (void)state;
    io_storm(1, 0, false, false);
    io_storm(1, 1, false, false);
    io_storm(4, 0, false, false);
    io_storm(3, 1, false, false);
}

static void test_adapter_interruptions_with_and_without_gisa(void **state)
{
    (void)state;
    for (unsigned no_gisa = 0; no_gisa < 2; no_gisa++) {
        io_storm(1, 1, true, no_gisa);
        io_storm(4, 0, true, no_gisa);
        io_storm(3, 2, true, no_gisa);
    }
}

/* ---- timers ---- */

/* A waiting CPU whose external-new PSW ends the run. */
static void wait_for_timer(struct guest *g, struct runner *r, u64 cr0)
{
    guest_create(g, 1, false);
    load(g, count_code, ARRAY_SIZE(count_code));
    prepare(g, g->v, 0, 0, CODE);
    put_psw(g, lowcore_of(g->v) + LC(ext_new_psw), PSW_64 | PSW_MASK_WAIT, END_ADDR);
    hv_set_cr(g->v, 0, cr0);
    g->v->sd->ckc = be64_of(~0ULL);
    g->v->sd->cputm = be64_of(~0ULL >> 1);
    r->v = g->v;
}

static void ended_by(struct guest *g, struct runner *r, u16 code)
{
    pthread_join(r->thread, NULL);
    assert_int_equal(r->exit.reason, EXIT_DISABLED_WAIT);
    assert_int_equal(r->exit.psw_addr, END_ADDR);
    assert_int_equal(get16(g, lowcore_of(g->v) + LC(ext_int_code)), code);
    guest_destroy(g);
}

static void test_clock_comparator_ends_wait(void **state)
{
    struct runner r = {0};
    struct guest g;

    (void)state;
    wait_for_timer(&g, &r, CR0_CLOCK_COMP);
    g.v->sd->ckc = be64_of(hv_get_tod(&g.vm) + 4096 * 20000);
    start_all(&g, &r, 1);
    ended_by(&g, &r, EXT_CLOCK_COMPARATOR);
}

static void test_cpu_timer_ends_wait(void **state)
{
    struct runner r = {0};
    struct guest g;

    (void)state;
    wait_for_timer(&g, &r, CR0_CPU_TIMER);
    g.v->sd->cputm = be64_of(4096 * 20000);
    start_all(&g, &r, 1);
    ended_by(&g, &r, EXT_CPU_TIMER);
}

static void test_setting_the_clock_ends_wait(void **state)
{
    struct runner r = {0};
    struct guest g;

    (void)state;
    wait_for_timer(&g, &r, CR0_CLOCK_COMP);
    g.v->sd->ckc = be64_of(hv_get_tod(&g.vm) + (1ULL << 50));
    start_all(&g, &r, 1);
    hv_set_tod(&g.vm, hv_get_tod(&g.vm) + (1ULL << 51));
    ended_by(&g, &r, EXT_CLOCK_COMPARATOR);
}

/* ---- orders ---- */

static void test_restart_stop_inspect_reset(void **state)
{
    const unsigned rounds = 150;
    struct runner r[2] = {0};
    struct guest g;

    (void)state;
    guest_create(&g, 2, false);
    load(&g, orders_code, ARRAY_SIZE(orders_code));
    prepare(&g, g.vm.vcpu[0], 0, 0, CODE);
    prepare(&g, g.vm.vcpu[1], 0, 0, CODE + 0x80);
    put_psw(&g, lowcore_of(g.vm.vcpu[1]) + LC(restart_new_psw), PSW_64, CODE + 0x80);
    vcpu_set_state(g.vm.vcpu[1], VCPU_STOPPED);
    g.v->cpu.gr[8] = 1;
    g.v->cpu.gr[10] = rounds;
    g.v->cpu.gr[7] = lowcore_of(g.vm.vcpu[1]);
    start_all(&g, r, 2);
    pthread_join(r[0].thread, NULL);
    assert_int_equal(r[0].exit.reason, EXIT_DISABLED_WAIT);
    assert_int_equal(r[0].exit.psw_addr, END_ADDR);
    vcpu_leave(g.vm.vcpu[1]);
    pthread_join(r[1].thread, NULL);
    assert_int_equal(vcpu_get_state(g.vm.vcpu[1]), VCPU_STOPPED);
    /* Each restart counts once at most: a busy host may not run the CPU before the next stop. */
    assert_in_range(get64(&g, lowcore_of(g.vm.vcpu[1]) + COUNT), 0, rounds);
    guest_destroy(&g);
}

/* Every CPU inspects the next one, which must be brought to rest for that, all at once.  Set prefix
 * is refused by a CPU that is not stopped; after the last round CPUs are in a disabled wait. */
static void test_all_inspect_each_other(void **state)
{
    static const u16 code[] = {0xae28, 0x9000, 0xa7a7, 0xfffe, 0xb2b2, 0x0220};
    struct runner r[6] = {0};
    struct guest g;

    (void)state;
    guest_create(&g, 6, false);
    load(&g, code, ARRAY_SIZE(code));
    for (unsigned i = 0; i < 6; i++) {
        struct vcpu *v = g.vm.vcpu[i];

        prepare(&g, v, 0, 0, CODE);
        v->cpu.gr[8] = (i + 1) % 6;
        v->cpu.gr[9] = i & 1 ? 0x13 : 0x0d;
        v->cpu.gr[10] = 3000;
    }
    start_all(&g, r, 6);
    for (unsigned i = 0; i < 6; i++) {
        pthread_join(r[i].thread, NULL);
        assert_int_equal(r[i].exit.reason, EXIT_DISABLED_WAIT);
        assert_int_equal(r[i].exit.psw_addr, END_ADDR);
        if (!(i & 1))
            assert_int_equal(g.vm.vcpu[i]->cpu.gr[2] & 0xffffffff, 0x200);
    }
    guest_destroy(&g);
}

/* ---- PER ---- */

#define STORED 0x20000UL

/* A program interception says of a storage alteration which space and access register it was by. */
static void test_per_in_state_description(void **state)
{
    struct guest g;

    (void)state;
    guest_create(&g, 1, false);
    g.vm.options.user_controlled = true;
    g.v->sd->ictl = be32_of(be32_get(g.v->sd->ictl) | SD_ICTL_PINT);
    put64(&g, LOWCORES, STE_FC);         /* a segment table: the first MiB, one to one */
    put64(&g, CODE, 0xe310400000240000); /* stg r1,0(r4) */
    hv_set_cr(g.v, 0, CR0_EDAT);
    hv_set_cr(g.v, 1, LOWCORES);
    hv_set_cr(g.v, 7, LOWCORES);
    hv_set_cr(g.v, 9, PER_EVENT_STORE);
    hv_set_cr(g.v, 10, STORED);
    hv_set_cr(g.v, 11, STORED);
    g.v->cpu.gr[4] = STORED;
    g.v->cpu.ar[4] = ALET_SECONDARY;
    hv_set_psw(g.v, PSW_64 | PSW_MASK_PER | PSW_MASK_DAT | (u64)PSW_AS_AR << PSW_AS_SHIFT, CODE);
    assert_int_equal(hv_run(g.v, &g.exit), 0);
    assert_int_equal(g.exit.reason, EXIT_INTERCEPT);
    assert_int_equal(g.v->sd->icptcode, ICPT_PROGI);
    assert_int_equal(be16_get(g.v->sd->iprcc), PGM_PER);
    assert_int_equal(g.v->sd->perc, PER_EVENT_STORE >> PER_CODE_SHIFT);
    assert_int_equal(g.v->sd->peratmid, PER_ATMID_EA | PER_ATMID_VALID | PER_ATMID_BA |
                                            PER_ATMID_DAT | PSW_AS_AR << 2 | TEID_AS_AR);
    assert_int_equal(g.v->sd->peraid, 4);
    assert_int_equal(be64_get(g.v->sd->peraddr), CODE);
    assert_int_equal(hv_psw_addr(g.v), CODE + 6);
    guest_destroy(&g);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_ring_of_external_calls),
        cmocka_unit_test(test_ring_of_emergency_signals_64_cpus),
        cmocka_unit_test(test_io_to_idle_and_busy_cpus),
        cmocka_unit_test(test_adapter_interruptions_with_and_without_gisa),
        cmocka_unit_test(test_clock_comparator_ends_wait),
        cmocka_unit_test(test_cpu_timer_ends_wait),
        cmocka_unit_test(test_setting_the_clock_ends_wait),
        cmocka_unit_test(test_restart_stop_inspect_reset),
        cmocka_unit_test(test_all_inspect_each_other),
        cmocka_unit_test(test_per_in_state_description),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
