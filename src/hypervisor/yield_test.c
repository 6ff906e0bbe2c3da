/* SPDX-License-Identifier: Apache-2.0
 *
 * DIAGNOSE 9C against CPUs that really run on host CPUs of the test's choice: it yields to one that
 * waits for the same host CPU, and is ignored for everyone else.
 */
#include "hypervisor/test_guest.h"

#include <sched.h>
#include <unistd.h>

#include "base/host_cpu.h"
#include "hypervisor/priv.h"

#define CODE 0x10000UL
#define TRIES 200

static int make(void **state)
{
    return guest_begin(state, 3);
}

static struct hv_exit target_exit;

static void *run(void *arg)
{
    assert_int_equal(hv_run(arg, &target_exit), 0);
    return NULL;
}

static u64 ignored(struct guest *g)
{
    return hv_counter_sum(&g->vm, CNT_DIAG_9C_IGNORED);
}

/* Is DIAGNOSE 9C with this register ignored. */
static bool is_ignored(struct guest *g, u64 target)
{
    u64 before = ignored(g), all = hv_counter_sum(&g->vm, CNT_DIAG_9C);

    g->v->cpu.gr[4] = target;
    assert_int_equal(guest_call(g, 0x8340, 0x009c0000), HV_RESUME);
    assert_int_equal(hv_counter_sum(&g->vm, CNT_DIAG_9C), all + 1);
    return ignored(g) != before;
}

static void test_diagnose_9c_of_cpus_that_do_not_run(void **state)
{
    struct guest *g = *state;

    assert_true(is_ignored(g, 0));   /* itself */
    assert_true(is_ignored(g, 9));   /* unknown */
    assert_true(is_ignored(g, 255)); /* beyond all */
    assert_true(is_ignored(g, ~0ULL));
    assert_true(is_ignored(g, 1)); /* stopped */
    vcpu_set_state(g->vm.vcpu[1], VCPU_OPERATING);
    if (host_cpu_of_thread())
        assert_true(is_ignored(g, 1)); /* its thread is not in hv_run() */
}

/* ---- with a CPU that runs ---- */

static bool pin(pthread_t t, int cpu)
{
    cpu_set_t set;

    CPU_ZERO(&set);
    CPU_SET((unsigned)cpu, &set);
    return !pthread_setaffinity_np(t, sizeof(set), &set);
}

/* Two host CPUs that this thread may use; false: there are not. */
static bool two_host_cpus(int *a, int *b)
{
    cpu_set_t set;

    if (!host_cpu_of_thread() || sched_getaffinity(0, sizeof(set), &set) || CPU_COUNT(&set) < 2)
        return false;
    for (*a = 0; !CPU_ISSET((unsigned)*a, &set); (*a)++)
        ;
    for (*b = *a + 1; !CPU_ISSET((unsigned)*b, &set); (*b)++)
        ;
    return true;
}

static void await_host_cpu(struct vcpu *v, int cpu)
{
    bool there;

    do {
        usleep(1000);
        pthread_mutex_lock(&v->local.lock);
        there = v->host_cpu && host_cpu_read(v->host_cpu) == (u32)cpu;
        pthread_mutex_unlock(&v->local.lock);
    } while (!there);
}

static void move_target(pthread_t t, struct vcpu *v, int cpu)
{
    assert_true(pin(t, cpu));
    await_host_cpu(v, cpu);
}

/* `n` times in a row, with bits 0-31 of the register that do not count. */
static void expect(struct guest *g, bool is)
{
    for (unsigned i = 0; i < TRIES; i++) {
        assert_int_equal(is_ignored(g, 1), is);
        assert_int_equal(is_ignored(g, 0xffffffff00000001), is);
    }
}

static void test_diagnose_9c_yields_to_whom_waits_for_this_host_cpu(void **state)
{
    struct guest *g = *state;
    struct vcpu *v = g->vm.vcpu[1];
    int here = 0, elsewhere = 0;
    cpu_set_t old;
    pthread_t t;

    if (!two_host_cpus(&here, &elsewhere))
        skip();
    assert_int_equal(sched_getaffinity(0, sizeof(old), &old), 0);
    put64(g, CODE, 0xa7f4000000000000); /* j . */
    hv_set_psw(v, PSW_64, CODE);
    vcpu_set_state(v, VCPU_OPERATING);
    assert_true(pin(pthread_self(), here));
    assert_int_equal(pthread_create(&t, NULL, run, v), 0);
    move_target(t, v, elsewhere);
    expect(g, true);
    assert_true(is_ignored(g, 2)); /* stopped meanwhile */
    move_target(t, v, here);
    expect(g, false);
    move_target(t, v, elsewhere);
    expect(g, true);
    vcpu_leave(v);
    pthread_join(t, NULL);
    assert_int_equal(target_exit.reason, EXIT_NONE);
    assert_true(is_ignored(g, 1));
    assert_int_equal(sched_setaffinity(0, sizeof(old), &old), 0);
}

#define T(f) cmocka_unit_test_setup_teardown(f, make, guest_end)

int main(void)
{
    const struct CMUnitTest tests[] = {
        T(test_diagnose_9c_of_cpus_that_do_not_run),
        T(test_diagnose_9c_yields_to_whom_waits_for_this_host_cpu),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
