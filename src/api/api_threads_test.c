/* SPDX-License-Identifier: Apache-2.0
 *
 * The public interface and threads: a CPU belongs to one at a time; two VMs in one process, each
 * with CPUs on threads, interrupted from others; CPUs that take turns on one thread.  A lost
 * wake-up shows as a test that does not end; the test runner has a time limit.
 */
#include "api/test_vm.h"

#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>

#define COUNT 0x300 /* lowcore: how many interruptions were taken */
#define WAITING 0x310
#define ENOUGH 0x320

/* External-new PSW: count; wait again, or end after r10. */
#define COUNTING "e31003000004a71b0001e31003000024b921001aa7a40004b2b20310b2b20320"
#define ROUNDS 2000

struct thread {
    pthread_t id;
    struct sie390_vcpu *cpu;
    struct sie390_exit x;
    int r;
};

static void *run_thread(void *arg)
{
    struct thread *t = arg;

    do
        t->r = sie390_vcpu_run(t->cpu, &t->x);
    while (!t->r && t->x.reason == SIE390_EXIT_STOPPED && !sie390_vcpu_wait(t->cpu));
    return NULL;
}

static void start(struct thread *t, struct sie390_vcpu *cpu)
{
    *t = (struct thread){.cpu = cpu};
    assert_int_equal(pthread_create(&t->id, NULL, run_thread, t), 0);
}

/* ---- one thread at a time ---- */

static void test_another_threads_cpu(void **state)
{
    const struct sie390_mem_op op = {.size = sizeof(op), .flags = SIE390_MEM_CHECK, .len = 1};
    const struct sie390_program p = {.size = sizeof(p), .code = 1, .ilc = 2};
    u64 values[SIE390_REG_COUNT];
    struct sie390_exit x;
    struct thread r;
    struct test_vm t;

    (void)state;
    make_vm(&t, SIE390_USER_CONTROLLED, NULL, NULL);
    code(&t, "eb010300006aa7f4fffd"); /* asi 300,1; j */
    start(&r, t.cpu);
    while (!get64(&t, 0x300))
        sched_yield();
    assert_int_equal(sie390_vcpu_run(t.cpu, &x), -EBUSY);
    assert_int_equal(sie390_vcpu_handle(t.cpu, &x), -EBUSY);
    assert_int_equal(sie390_vcpu_complete(t.cpu), -EBUSY);
    assert_int_equal(sie390_vcpu_wait(t.cpu), -EBUSY);
    assert_int_equal(sie390_vcpu_reset(t.cpu, SIE390_RESET_NORMAL), -EBUSY);
    assert_int_equal(sie390_vcpu_store_status(t.cpu, 0x9000), -EBUSY);
    assert_int_equal(sie390_vcpu_get(t.cpu, 0, values), -EBUSY);
    assert_int_equal(sie390_vcpu_set(t.cpu, 0, 0), -EBUSY);
    assert_int_equal(sie390_vcpu_get_all(t.cpu, values), -EBUSY);
    assert_int_equal(sie390_vcpu_set_all(t.cpu, values), -EBUSY);
    assert_int_equal(sie390_vcpu_set_cc(t.cpu, 0), -EBUSY);
    assert_int_equal(sie390_vcpu_operand(t.cpu, &x, SIE390_OPERAND_S, values, NULL), -EBUSY);
    assert_int_equal(sie390_vcpu_mem_op(t.cpu, &op), -EBUSY);
    assert_int_equal(sie390_vcpu_clear_pending(t.cpu), -EBUSY);
    assert_int_equal(sie390_inject_program(t.cpu, &p), -EBUSY);
    assert_int_equal(sie390_vm_destroy(t.vm), -EBUSY);
    assert_int_equal(sie390_vm_set_tod(t.vm, 1ULL << 63), 0);
    sie390_vcpu_leave(t.cpu);
    pthread_join(r.id, NULL);
    assert_int_equal(r.r, 0);
    assert_int_equal(r.x.reason, SIE390_EXIT_LEFT);
    assert_int_equal(reg(&t, SIE390_REG_GR), 0);
    done(&t);
}

/* ---- two VMs ---- */

struct counted_vm {
    struct test_vm t;
    struct thread r[2];
    atomic_bool stop;
};

static void prepare(struct counted_vm *v, unsigned n)
{
    u64 prefix = n * 0x4000ULL;
    struct sie390_vcpu *cpu;

    if (n)
        assert_int_equal(sie390_vcpu_create(v->t.vm, n, &v->t.cpu), 0);
    cpu = v->t.cpu;
    code(&v->t, COUNTING);
    lowcore_at(&v->t, prefix);
    set_reg(&v->t, SIE390_REG_PREFIX, prefix);
    put_psw(&v->t, prefix + LC(ext_new_psw), PSW_64, CODE);
    put_psw(&v->t, prefix + WAITING, PSW_OPEN | PSW_MASK_WAIT, 0x111);
    put_psw(&v->t, prefix + ENOUGH, PSW_WAIT, 0xe0d);
    set_reg(&v->t, SIE390_REG_CR, CR0_EMERGENCY | CR0_SERVICE);
    set_reg(&v->t, SIE390_REG_GR + 10, ROUNDS);
    start_at(&v->t, PSW_OPEN | PSW_MASK_WAIT, 0x111);
    start(&v->r[n], cpu);
}

/* Sends to both CPUs, to one and to whichever takes it, until they have had enough. */
static void *interrupt(void *arg)
{
    struct counted_vm *v = arg;

    while (!atomic_load(&v->stop)) {
        for (unsigned n = 0; n < 2; n++) {
            struct sie390_vcpu *cpu = sie390_vm_vcpu(v->t.vm, n);

            if (!(sie390_vcpu_pending(cpu) & SIE390_PENDING_EMERGENCY))
                assert_int_equal(sie390_inject_emergency(cpu, 1), 0);
        }
        if (!(sie390_vm_pending(v->t.vm) & SIE390_PENDING_SERVICE))
            assert_int_equal(sie390_inject_service(v->t.vm, 1), 0);
        sched_yield();
    }
    return NULL;
}

static void test_two_vms_interrupted_from_other_threads(void **state)
{
    static struct counted_vm v[2];
    pthread_t source[2];

    (void)state;
    for (unsigned i = 0; i < 2; i++) {
        make_vm(&v[i].t, 0, NULL, NULL);
        for (unsigned n = 0; n < 2; n++)
            prepare(&v[i], n);
        assert_int_equal(pthread_create(&source[i], NULL, interrupt, &v[i]), 0);
    }
    for (unsigned i = 0; i < 2; i++) {
        for (unsigned n = 0; n < 2; n++) {
            pthread_join(v[i].r[n].id, NULL);
            assert_int_equal(v[i].r[n].x.reason, SIE390_EXIT_DISABLED_WAIT);
            assert_int_equal(v[i].r[n].x.psw_addr, 0xe0d);
            assert_int_equal(get64(&v[i].t, n * 0x4000 + COUNT), ROUNDS);
        }
        atomic_store(&v[i].stop, true);
        pthread_join(source[i], NULL);
        done(&v[i].t);
    }
}

/* ---- waking ---- */

static void test_state_set_elsewhere_ends_a_wait(void **state)
{
    struct thread r;
    struct test_vm t;

    (void)state;
    make_vm(&t, 0, NULL, NULL);
    put_psw(&t, 0x220, PSW_WAIT, 0xe0d);
    code(&t, "b2b20220");
    assert_int_equal(sie390_vcpu_set_state(t.cpu, SIE390_STOPPED), 0);
    start(&r, t.cpu);
    sched_yield();
    assert_int_equal(sie390_vcpu_set_state(t.cpu, SIE390_OPERATING), 0);
    pthread_join(r.id, NULL);
    assert_int_equal(r.x.reason, SIE390_EXIT_DISABLED_WAIT);
    assert_int_equal(r.x.psw_addr, 0xe0d);
    done(&t);
}

/* Registers of a stopped CPU are read here while another CPU's orders look at it, too. */
static void test_registers_while_others_send_orders(void **state)
{
    struct sie390_vcpu *other;
    struct thread r;
    struct test_vm t;

    (void)state;
    make_vm(&t, 0, NULL, NULL);
    assert_int_equal(sie390_vcpu_create(t.vm, 1, &other), 0);
    put_psw(&t, 0x220, PSW_WAIT, 0xe0d);
    code(&t, "ae08000ea7a7fffeb2b20220"); /* sigp store status; brctg r10; lpswe */
    set_reg(&t, SIE390_REG_GR + 1, 0x9000);
    set_reg(&t, SIE390_REG_GR + 8, 1);
    set_reg(&t, SIE390_REG_GR + 10, ROUNDS);
    start(&r, t.cpu);
    for (u64 i = 0; i < ROUNDS; i++)
        assert_int_equal(sie390_vcpu_set(other, SIE390_REG_GR + 4, i), 0);
    pthread_join(r.id, NULL);
    assert_int_equal(r.x.psw_addr, 0xe0d);
    assert_in_range(get64(&t, 0x9080 + 32), 0, ROUNDS - 1);
    done(&t);
}

/* Two CPUs take turns on this thread: one has an exit to complete when the other looks at it. */
static void test_turns_on_one_thread(void **state)
{
    struct sie390_vcpu *first;
    struct test_vm t;

    (void)state;
    make_vm(&t, 0, NULL, NULL);
    code(&t, "b2200012");
    run(&t, SIE390_EXIT_INTERCEPT);
    assert_int_equal(sie390_vcpu_complete(t.cpu), 0);
    first = t.cpu;
    assert_int_equal(sie390_vcpu_create(t.vm, 1, &t.cpu), 0);
    put_psw(&t, 0x220, PSW_WAIT, 0xe0d);
    code(&t, "ae08000cb2b20220"); /* sigp cpu reset of CPU 0 */
    ends_at(&t, 0xe0d);
    assert_int_equal(sie390_vcpu_get_state(first), SIE390_STOPPED);
    done(&t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_another_threads_cpu),
        cmocka_unit_test(test_two_vms_interrupted_from_other_threads),
        cmocka_unit_test(test_state_set_elsewhere_ends_a_wait),
        cmocka_unit_test(test_registers_while_others_send_orders),
        cmocka_unit_test(test_turns_on_one_thread),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
