/* SPDX-License-Identifier: Apache-2.0
 *
 * Adjunct processors through the public interface: the hook of PQAP, also while it comes and goes
 * under a guest of several CPUs; interpretation, masks, guest interruption subclasses.
 */
#include "api/test_vm.h"

#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>

#include "arch/ap.h"

#define APQN 0x2a41
#define AQIC ((u64)AP_FC_AQIC << 24 | APQN)
#define ASK "b2af0000b2220090"      /* pqap; ipm 9 */
#define ASK_LOOP "b2af0000a7f4fffe" /* pqap; j */

static void make_ap_vm(struct test_vm *t, u64 options)
{
    const struct sie390_vm_config c = {.size = sizeof(c),
                                       .memory = 4 * MIB,
                                       .max_cpus = 4,
                                       .options = options,
                                       .model = "max,ap=on,apqci=on,apft=on,apqi=on"};

    memset(t, 0, sizeof(*t));
    assert_int_equal(sie390_vm_create(&c, &t->vm), 0);
    assert_int_equal(sie390_vcpu_create(t->vm, 0, &t->cpu), 0);
    lowcore_at(t, 0);
    assert_int_equal(sie390_vm_set_ap_interpretation(t->vm, true), 0);
}

/* Runs PQAP and waits; the condition code. */
static unsigned ask(struct test_vm *t)
{
    put_psw(t, 0x800, PSW_WAIT, 0xe0d);
    code(t, ASK "b2b20800");
    set_reg(t, SIE390_REG_GR, AQIC);
    set_reg(t, SIE390_REG_GR + 1, 0x800000000006);
    set_reg(t, SIE390_REG_GR + 2, 0x12340);
    ends_at(t, 0xe0d);
    return reg(t, SIE390_REG_GR + 9) >> 28 & 3;
}

/* ---- a driver ---- */

struct driver {
    struct sie390_pqap_hook hook;
    struct sie390_vm *vm;
    u32 status;
    unsigned calls;
    int inside; /* what setting and clearing said inside the hook */
};

static uint32_t answer(struct sie390_pqap_hook *h, struct sie390_vcpu *cpu, uint16_t apqn,
                       uint64_t gr1, uint64_t gr2)
{
    struct driver *d = (struct driver *)h;

    d->calls++;
    assert_ptr_equal(sie390_vcpu_vm(cpu), d->vm);
    assert_int_equal(apqn, APQN);
    assert_int_equal(gr1, 0x800000000006);
    assert_int_equal(gr2, 0x12340);
    if (sie390_vm_clear_pqap_hook(d->vm, h) != -EDEADLK ||
        sie390_vm_set_pqap_hook(d->vm, h) != -EDEADLK ||
        sie390_vm_set_ap_masks(d->vm, NULL) != -EDEADLK ||
        sie390_vm_set_ap_interpretation(d->vm, false) != -EDEADLK)
        d->inside = 1;
    return d->status;
}

static void test_p06_hook_answers(void **state)
{
    struct driver d = {.hook = {answer}}, other = {.hook = {answer}};
    struct test_vm t;

    (void)state;
    make_ap_vm(&t, 0);
    d.vm = t.vm;
    assert_int_equal(ask(&t), 3);
    assert_int_equal(reg(&t, SIE390_REG_GR + 1), ap_status_of(AP_RC_NOT_AVAILABLE));
    assert_int_equal(sie390_vm_set_pqap_hook(t.vm, &d.hook), 0);
    assert_int_equal(sie390_vm_set_pqap_hook(t.vm, &other.hook), -EBUSY);
    assert_int_equal(sie390_vm_clear_pqap_hook(t.vm, &other.hook), -ENOENT);
    d.status = AP_STATUS_EMPTY | AP_STATUS_IRQ;
    assert_int_equal(ask(&t), 0);
    assert_int_equal(reg(&t, SIE390_REG_GR + 1), d.status);
    d.status = ap_status_of(AP_RC_INVALID_ADDRESS);
    assert_int_equal(ask(&t), 3);
    assert_int_equal(reg(&t, SIE390_REG_GR + 1), d.status);
    assert_int_equal(d.calls, 2);
    assert_int_equal(d.inside, 0);
    assert_int_equal(sie390_vm_clear_pqap_hook(t.vm, &d.hook), 0);
    assert_int_equal(sie390_vm_clear_pqap_hook(t.vm, &d.hook), -ENOENT);
    assert_int_equal(ask(&t), 3);
    assert_int_equal(d.calls, 2);
    assert_int_equal(sie390_vm_set_pqap_hook(t.vm, &d.hook), 0); /* still there when the VM goes */
    done(&t);
}

static void test_p01_without_interpretation_it_exits(void **state)
{
    static const struct sie390_ap_masks masks = {.adapters = {0x80}};
    struct test_vm t;

    (void)state;
    make_ap_vm(&t, 0);
    assert_int_equal(sie390_vm_set_ap_masks(t.vm, &masks), 0);
    assert_int_equal(sie390_vm_set_ap_interpretation(t.vm, false), 0);
    code(&t, "b2af0000");
    set_reg(&t, SIE390_REG_GR, AQIC);
    run(&t, SIE390_EXIT_INTERCEPT);
    assert_int_equal(t.x.ipa, 0xb2af);
    assert_int_equal(sie390_vm_set_ap_masks(t.vm, NULL), -EDEADLK); /* it has an exit to complete */
    assert_int_equal(sie390_vcpu_complete(t.cpu), 0);
    assert_int_equal(sie390_vm_set_ap_masks(t.vm, NULL), 0);
    done(&t);
    make_vm(&t, 0, NULL, NULL); /* a model without AP */
    assert_int_equal(sie390_vm_set_ap_interpretation(t.vm, true), -EOPNOTSUPP);
    assert_false(sie390_vm_facility(t.vm, 12));
    done(&t);
}

static void test_registered_iscs_are_counted(void **state)
{
    struct test_vm t;

    (void)state;
    make_ap_vm(&t, 0);
    assert_int_equal(sie390_vm_register_isc(t.vm, 8), -ERANGE);
    assert_int_equal(sie390_vm_unregister_isc(t.vm, 3), -EINVAL);
    assert_int_equal(sie390_vm_register_isc(t.vm, 3), 0);
    assert_int_equal(sie390_vm_register_isc(t.vm, 3), 0);
    assert_int_equal(sie390_vm_registered_iscs(t.vm), 2);
    assert_int_equal(sie390_vm_unregister_isc(t.vm, 3), 0);
    assert_int_equal(sie390_vm_unregister_isc(t.vm, 3), 0);
    assert_int_equal(sie390_vm_registered_iscs(t.vm), 0);
    done(&t);
}

/* ---- comes and goes ---- */

struct mortal {
    struct sie390_pqap_hook hook;
    atomic_uint calls;
    bool alive; /* plain on purpose: nobody may be in the hook when it changes */
    bool called_dead;
};

static uint32_t answer_alive(struct sie390_pqap_hook *h, struct sie390_vcpu *cpu, uint16_t apqn,
                             uint64_t gr1, uint64_t gr2)
{
    struct mortal *m = (struct mortal *)h;

    (void)cpu, (void)apqn, (void)gr1, (void)gr2;
    if (!m->alive)
        m->called_dead = true;
    atomic_fetch_add(&m->calls, 1);
    return 0;
}

static void *run_thread(void *arg)
{
    struct sie390_exit x;

    return sie390_vcpu_run(arg, &x) || x.reason != SIE390_EXIT_LEFT ? arg : NULL;
}

/* Registers a hook, has it called, takes it away and destroys it; many times. */
static void come_and_go(struct sie390_vm *vm, unsigned times, struct sie390_ap_masks *masks)
{
    for (unsigned i = 0; i < times; i++) {
        struct mortal *m = calloc(1, sizeof(*m));

        assert_non_null(m);
        m->hook.aqic = answer_alive;
        m->alive = true;
        assert_int_equal(sie390_vm_set_pqap_hook(vm, &m->hook), 0);
        masks->adapters[0] = (u8)i;
        assert_int_equal(sie390_vm_set_ap_masks(vm, i % 2 ? masks : NULL), 0);
        while (!atomic_load(&m->calls))
            sched_yield();
        assert_int_equal(sie390_vm_clear_pqap_hook(vm, &m->hook), 0);
        m->alive = false;
        assert_false(m->called_dead);
        free(m);
    }
}

static void test_p04_hooks_come_and_go_under_a_running_guest(void **state)
{
    struct sie390_ap_masks masks = {0};
    pthread_t id[3];
    struct sie390_vcpu *cpu[3];
    struct test_vm t;
    void *failed;

    (void)state;
    make_ap_vm(&t, 0);
    for (unsigned i = 0; i < 3; i++) {
        if (i)
            assert_int_equal(sie390_vcpu_create(t.vm, i, &t.cpu), 0);
        cpu[i] = t.cpu;
        if (!i)
            code(&t, ASK_LOOP);
        start_at(&t, PSW_64, CODE);
        set_reg(&t, SIE390_REG_GR, AQIC);
    }
    for (unsigned i = 0; i < 3; i++)
        assert_int_equal(pthread_create(&id[i], NULL, run_thread, cpu[i]), 0);
    come_and_go(t.vm, 300, &masks);
    for (unsigned i = 0; i < 3; i++)
        sie390_vcpu_leave(cpu[i]);
    for (unsigned i = 0; i < 3; i++) {
        pthread_join(id[i], &failed);
        assert_null(failed);
    }
    done(&t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_p06_hook_answers),
        cmocka_unit_test(test_p01_without_interpretation_it_exits),
        cmocka_unit_test(test_registered_iscs_are_counted),
        cmocka_unit_test(test_p04_hooks_come_and_go_under_a_running_guest),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
