/* SPDX-License-Identifier: Apache-2.0
 *
 * Interruptions through the public interface: each kind is made pending, seen as pending, delivered
 * with what it stores, and refused where it cannot be.
 */
#include "api/test_vm.h"

#define SUBMASKS (CR0_EMERGENCY | CR0_EXT_CALL | CR0_MALF_ALERT | CR0_SERVICE | CR0_INT_KEY)

/* ---- external ---- */

static int make_emergency(struct test_vm *t)
{
    return sie390_inject_emergency(t->cpu, 7);
}

static int make_external_call(struct test_vm *t)
{
    return sie390_inject_external_call(t->cpu, 0xf3);
}

static int make_malfunction_alert(struct test_vm *t)
{
    return sie390_inject_malfunction_alert(t->cpu, 0x45);
}

static int make_pfault_init(struct test_vm *t)
{
    return sie390_inject_pfault_init(t->cpu, 0x1122334455667788);
}

static int make_pfault_done(struct test_vm *t)
{
    return sie390_inject_pfault_done(t->vm, 0x99);
}

static int make_virtio(struct test_vm *t)
{
    return sie390_inject_virtio(t->vm, 0x60, 0x61);
}

static int make_service(struct test_vm *t)
{
    return sie390_inject_service(t->vm, 0x7001);
}

static int make_interrupt_key(struct test_vm *t)
{
    return sie390_inject_interrupt_key(t->vm);
}

static const struct {
    int (*make)(struct test_vm *t);
    u32 pending;
    bool floating;
    int again; /* making it twice */
    u16 code, addr;
    u32 parm;
    u64 parm2;
} external[] = {
    {make_emergency, SIE390_PENDING_EMERGENCY, false, 0, EXT_EMERGENCY_SIGNAL, 7, 0, 0},
    {make_external_call, SIE390_PENDING_EXTERNAL_CALL, false, -EBUSY, EXT_EXTERNAL_CALL, 0xf3, 0,
     0},
    {make_malfunction_alert, SIE390_PENDING_MALFUNCTION_ALERT, false, 0, EXT_MALFUNCTION_ALERT,
     0x45, 0, 0},
    {make_pfault_init, SIE390_PENDING_PFAULT_INIT, false, -EBUSY, EXT_CP_SERVICE,
     EXT_CP_PFAULT_INIT, 0, 0x1122334455667788},
    {make_pfault_done, SIE390_PENDING_PFAULT_DONE, true, -EBUSY, EXT_CP_SERVICE, EXT_CP_PFAULT_DONE,
     0, 0x99},
    {make_virtio, SIE390_PENDING_VIRTIO, true, -EBUSY, EXT_CP_SERVICE, EXT_CP_VIRTIO, 0x60, 0x61},
    {make_service, SIE390_PENDING_SERVICE, true, 0, EXT_SERVICE_SIGNAL, 0, 0x7001, 0},
    {make_interrupt_key, SIE390_PENDING_INTERRUPT_KEY, true, 0, EXT_INTERRUPT_KEY, 0, 0, 0},
};

static u32 pending(struct test_vm *t, bool floating)
{
    return floating ? sie390_vm_pending(t->vm) : sie390_vcpu_pending(t->cpu);
}

static void test_external(void **state)
{
    (void)state;
    for (unsigned i = 0; i < ARRAY_SIZE(external); i++) {
        struct test_vm t;

        make_vm(&t, 0, NULL, NULL);
        set_reg(&t, SIE390_REG_CR, SUBMASKS);
        code(&t, "a7f40000");
        assert_int_equal(external[i].make(&t), 0);
        assert_int_equal(external[i].make(&t), external[i].again);
        assert_int_equal(pending(&t, external[i].floating), external[i].pending);
        assert_int_equal(pending(&t, !external[i].floating), 0);
        start_at(&t, PSW_OPEN, CODE);
        ends_at(&t, NEW_EXT);
        assert_int_equal(get16(&t, LC(ext_int_code)), external[i].code);
        assert_int_equal(get16(&t, LC(ext_cpu_addr)), external[i].addr);
        assert_int_equal(get32(&t, LC(ext_params)), external[i].parm);
        if (external[i].code == EXT_CP_SERVICE)
            assert_int_equal(get64(&t, LC(ext_params2)), external[i].parm2);
        assert_int_equal(pending(&t, external[i].floating), 0);
        done(&t);
    }
}

/* Not injected but compared: the clock comparator needs no more than its value. */
static void test_clock_comparator(void **state)
{
    struct test_vm t;

    (void)state;
    make_vm(&t, 0, NULL, NULL);
    set_reg(&t, SIE390_REG_CR, CR0_CLOCK_COMP);
    set_reg(&t, SIE390_REG_CLOCK_COMPARATOR, sie390_vm_get_tod(t.vm) + (1 << 24));
    start_at(&t, PSW_OPEN | PSW_MASK_WAIT, CODE);
    ends_at(&t, NEW_EXT);
    assert_int_equal(get16(&t, LC(ext_int_code)), EXT_CLOCK_COMPARATOR);
    done(&t);
}

/* ---- I/O ---- */

static void io_and_adapter(u64 options)
{
    const struct sie390_io io = {1, 0x23, 0x456, 3 << 27};
    struct sie390_io got;
    struct test_vm t;

    make_vm(&t, options, NULL, NULL);
    set_reg(&t, SIE390_REG_CR + 6, CR6_ISC);
    code(&t, "a7f40000");
    assert_int_equal(sie390_inject_io(t.vm, &io), 0);
    assert_int_equal(sie390_inject_adapter(t.vm, 5), 0);
    assert_int_equal(sie390_inject_adapter(t.vm, 8), -EINVAL);
    assert_int_equal(sie390_vm_pending(t.vm), SIE390_PENDING_IO(3) | SIE390_PENDING_IO(5));
    start_at(&t, PSW_OPEN, CODE);
    ends_at(&t, NEW_IO);
    assert_int_equal(get32(&t, LC(ssid)), 0x10023);
    assert_int_equal(get32(&t, LC(io_int_parm)), 0x456);
    assert_int_equal(get32(&t, LC(io_int_word)), 3 << 27);
    start_at(&t, PSW_OPEN, CODE);
    ends_at(&t, NEW_IO);
    assert_int_equal(get32(&t, LC(io_int_word)), 0x80000000U | 5 << 27);
    assert_int_equal(sie390_vm_pending(t.vm), 0);
    assert_int_equal(sie390_inject_io(t.vm, &io), 0);
    assert_int_equal(sie390_dequeue_subchannel(t.vm, 1, 0x24, &got), 0);
    assert_int_equal(sie390_dequeue_subchannel(t.vm, 1, 0x23, &got), 1);
    assert_memory_equal(&got, &io, sizeof(io));
    assert_int_equal(sie390_inject_adapter(t.vm, 2), 0);
    assert_int_equal(sie390_dequeue_isc(t.vm, 0xdf, &got), 0);
    assert_int_equal(sie390_dequeue_isc(t.vm, 0x20, &got), 1);
    assert_int_equal(got.word, 0x80000000U | 2 << 27);
    assert_int_equal(sie390_inject_io(t.vm, &io), 0);
    sie390_vm_clear_pending(t.vm);
    assert_int_equal(sie390_vm_pending(t.vm), 0);
    done(&t);
}

static void test_io_and_adapter(void **state)
{
    (void)state;
    io_and_adapter(0);
    io_and_adapter(SIE390_NO_GISA);
}

/* ---- machine checks ---- */

static void test_machine_checks(void **state)
{
    const struct sie390_machine_check m = {.cr14 = 1 << 26,
                                           .mcic = MCIC_ED,
                                           .failing_address = 0x1234,
                                           .external_damage = 0x55,
                                           .fixed_logout = {9}};
    struct test_vm t;

    (void)state;
    make_vm(&t, 0, NULL, NULL);
    set_reg(&t, SIE390_REG_CR + 14, 1 << 26 | CR14_CHANNEL_REPORT);
    code(&t, "a7f40000");
    assert_int_equal(sie390_inject_machine_check(t.cpu, &m), 0);
    assert_int_equal(sie390_vcpu_pending(t.cpu), SIE390_PENDING_MACHINE_CHECK);
    start_at(&t, PSW_OPEN, CODE);
    ends_at(&t, NEW_MCHK);
    assert_int_equal(get64(&t, LC(mcic)), MCIC_ED);
    assert_int_equal(get64(&t, LC(fsa)), 0x1234);
    assert_int_equal(get32(&t, LC(ext_damage_code)), 0x55);
    assert_int_equal(get16(&t, LC(psw_save)), 0x900);
    assert_int_equal(sie390_inject_channel_report(t.vm), 0);
    assert_int_equal(sie390_vm_pending(t.vm), SIE390_PENDING_CHANNEL_REPORT);
    start_at(&t, PSW_OPEN, CODE);
    ends_at(&t, NEW_MCHK);
    assert_true(get64(&t, LC(mcic)) & MCIC_CP);
    done(&t);
}

/* ---- program ---- */

static int program(struct test_vm *t, u16 what, u8 ilc, u32 flags)
{
    const struct sie390_program p = {.size = sizeof(p),
                                     .code = what,
                                     .ilc = ilc,
                                     .flags = flags,
                                     .dxc = 8,
                                     .teid = 0x123400,
                                     .eaid = 5,
                                     .oaid = 2,
                                     .monitor_class = 0x21,
                                     .monitor_code = 0x987};

    return sie390_inject_program(t->cpu, &p);
}

static void test_program(void **state)
{
    const struct sie390_program per = {
        .size = sizeof(per), .per_code = 0x80, .per_atmid = 0x98, .per_aid = 3, .per_addr = 0x4321};
    struct test_vm t;

    (void)state;
    make_vm(&t, 0, NULL, NULL);
    code(&t, "b2200012");
    run(&t, SIE390_EXIT_INTERCEPT);
    assert_int_equal(program(&t, PGM_PAGE_TRANSLATION, 0, SIE390_PROGRAM_REWIND), 0);
    assert_int_equal(sie390_vcpu_pending(t.cpu), SIE390_PENDING_PROGRAM);
    ends_at(&t, NEW_PGM);
    assert_int_equal(get16(&t, LC(pgm_code)), PGM_PAGE_TRANSLATION);
    assert_int_equal(get16(&t, LC(pgm_ilc)), 4);
    assert_int_equal(get64(&t, LC(pgm_old_psw) + 8), CODE);
    assert_int_equal(get64(&t, LC(teid)), 0x123400);
    assert_int_equal(get16(&t, LC(eaid)) >> 8, 5);
    code(&t, "a7f40000");
    assert_int_equal(program(&t, PGM_MONITOR_EVENT, 6, 0), 0);
    ends_at(&t, NEW_PGM);
    assert_int_equal(get16(&t, LC(pgm_ilc)), 6);
    assert_int_equal(get16(&t, LC(mon_class)), 0x21);
    assert_int_equal(get64(&t, LC(mon_code)), 0x987);
    code(&t, "a7f40000");
    assert_int_equal(program(&t, PGM_DATA, 4, 0), 0);
    assert_int_equal(sie390_inject_program(t.cpu, &per), 0);
    ends_at(&t, NEW_PGM);
    assert_int_equal(get32(&t, LC(dxc)), 8);
    assert_int_equal(get16(&t, LC(pgm_code)), PGM_DATA | PGM_PER);
    assert_int_equal(get16(&t, LC(per_code)), 0x8098);
    assert_int_equal(get64(&t, LC(per_address)), 0x4321);
    assert_int_equal(program(&t, 0, 4, 0), -EINVAL);
    assert_int_equal(program(&t, PGM_DATA, 3, 0), -EINVAL);
    assert_int_equal(program(&t, PGM_DATA, 2, 8), -EINVAL);
    done(&t);
}

/* ---- states ---- */

static void test_restart_stop_set_prefix(void **state)
{
    struct test_vm t;

    (void)state;
    make_vm(&t, 0, NULL, NULL);
    lowcore_at(&t, 0x4000);
    put_psw(&t, LC(restart_new_psw), PSW_64, CODE);
    code(&t, "a7f40000");
    assert_int_equal(sie390_vcpu_set_state(t.cpu, SIE390_STOPPED), 0);
    assert_int_equal(sie390_inject_stop(t.cpu, false), 0);
    assert_int_equal(sie390_vcpu_pending(t.cpu), 0);
    assert_int_equal(sie390_inject_set_prefix(t.cpu, 0x4000), 0);
    assert_int_equal(sie390_inject_restart(t.cpu), 0);
    assert_int_equal(sie390_vcpu_pending(t.cpu),
                     SIE390_PENDING_RESTART | SIE390_PENDING_SET_PREFIX);
    assert_int_equal(sie390_vcpu_get_state(t.cpu), SIE390_OPERATING);
    assert_int_equal(sie390_inject_set_prefix(t.cpu, 0x6000), -EBUSY);
    assert_int_equal(sie390_inject_set_prefix(t.cpu, 0x1000), -EINVAL);
    assert_int_equal(sie390_inject_set_prefix(t.cpu, 4 * MIB), -EINVAL);
    assert_int_equal(sie390_inject_stop(t.cpu, true), 0);
    assert_int_equal(sie390_inject_stop(t.cpu, true), -EBUSY);
    run(&t, SIE390_EXIT_STOPPED);
    assert_int_equal(reg(&t, SIE390_REG_PREFIX), 0x4000);
    assert_int_equal(reg(&t, SIE390_REG_PSW_ADDR), CODE);
    assert_int_equal(get32(&t, LC(prefix_save)), 0x4000);
    assert_int_equal(sie390_inject_emergency(t.cpu, 256), -EINVAL);
    assert_int_equal(sie390_inject_external_call(t.cpu, 256), -EINVAL);
    assert_int_equal(sie390_inject_malfunction_alert(t.cpu, 256), -EINVAL);
    assert_int_equal(sie390_inject_emergency(t.cpu, 255), 0);
    assert_int_equal(sie390_inject_external_call(t.cpu, 2), 0);
    assert_int_equal(sie390_vcpu_clear_pending(t.cpu), 0);
    assert_int_equal(sie390_vcpu_pending(t.cpu), 0);
    done(&t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_external),       cmocka_unit_test(test_clock_comparator),
        cmocka_unit_test(test_io_and_adapter), cmocka_unit_test(test_machine_checks),
        cmocka_unit_test(test_program),        cmocka_unit_test(test_restart_stop_set_prefix),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
