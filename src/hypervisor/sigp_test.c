/* SPDX-License-Identifier: Apache-2.0
 *
 * SIGNAL PROCESSOR: every order to a CPU in each state that is no guest's doing, or lasts too short
 * for a guest to meet it: a pending stop or restart, and the check-stop state.
 *
 * References: [PoP 4 CPU Signaling and Response].
 */
#include "hypervisor/test_guest.h"

#include "arch/sigp.h"

#define ORDERS 0x20

static const u16 resets[] = {SIGP_INITIAL_CPU_RESET, SIGP_CPU_RESET};
static const u16 known[] = {
    SIGP_SENSE,          SIGP_EXTERNAL_CALL, SIGP_EMERGENCY_SIGNAL,   SIGP_START,
    SIGP_STOP,           SIGP_RESTART,       SIGP_STOP_STORE_STATUS,  SIGP_INITIAL_CPU_RESET,
    SIGP_CPU_RESET,      SIGP_SET_PREFIX,    SIGP_STORE_STATUS,       SIGP_SET_ARCHITECTURE,
    SIGP_COND_EMERGENCY, SIGP_SENSE_RUNNING, SIGP_STORE_ADDTL_STATUS,
};

static int make(void **state)
{
    return guest_begin(state, 2);
}

static bool in(const u16 *list, unsigned n, unsigned order)
{
    for (unsigned i = 0; i < n; i++)
        if (list[i] == order)
            return true;
    return false;
}

/* SIGP R2,R4 to CPU 1; condition code << 32 and the status that came with it. */
static u64 sigp(struct guest *g, unsigned order, u64 parameter)
{
    u64 cc;

    g->v->cpu.gr[2] = ~0ULL;
    g->v->cpu.gr[3] = parameter;
    g->v->cpu.gr[4] = 1;
    assert_int_equal(guest_call(g, 0xae24, order << 16), HV_RESUME);
    cc = psw_cc(hv_psw_mask(g->v));
    if (cc != SIGP_CC_STATUS)
        assert_true(g->v->cpu.gr[2] == ~0ULL);
    return cc << 32 | (cc == SIGP_CC_STATUS ? (u32)g->v->cpu.gr[2] : 0);
}

#define CC(cc, status) ((u64)(cc) << 32 | (status))

/* What comes before any look at the CPU. */
static u64 expected(unsigned order, u64 otherwise)
{
    if (order == SIGP_SET_ARCHITECTURE)
        return CC(SIGP_CC_STATUS, SIGP_STATUS_INVALID_PARAMETER);
    if (in(resets, ARRAY_SIZE(resets), order))
        return CC(SIGP_CC_ACCEPTED, 0);
    return otherwise;
}

static void test_i24_only_resets_are_taken_while_a_stop_is_pending(void **state)
{
    struct guest *g = *state;
    struct vcpu *v1 = g->vm.vcpu[1];

    for (unsigned order = 0; order < ORDERS; order++) {
        vcpu_set_state(v1, VCPU_OPERATING);
        assert_int_equal(hv_inject_stop(v1, order & 1), 0);
        assert_int_equal(sigp(g, order, 0x9000), expected(order, CC(SIGP_CC_BUSY, 0)));
        if (in(resets, ARRAY_SIZE(resets), order))
            assert_int_equal(vcpu_get_state(v1), VCPU_STOPPED);
        else
            assert_int_equal(hv_pending_local(v1), IRQ_BIT(IRQ_STOP));
        vcpu_reset(v1, CPU_RESET_NORMAL);
    }
}

static void test_i24_only_resets_are_taken_while_a_restart_is_pending(void **state)
{
    struct guest *g = *state;
    struct vcpu *v1 = g->vm.vcpu[1];

    for (unsigned order = 0; order < ORDERS; order++) {
        assert_int_equal(hv_inject_restart(v1), 0);
        assert_int_equal(sigp(g, order, 0x9000), expected(order, CC(SIGP_CC_BUSY, 0)));
        vcpu_reset(v1, CPU_RESET_NORMAL);
    }
}

static void test_i24_check_stop_state_is_told(void **state)
{
    struct guest *g = *state;
    struct vcpu *v1 = g->vm.vcpu[1];

    for (unsigned order = 0; order < ORDERS; order++) {
        bool exists = in(known, ARRAY_SIZE(known), order);
        u64 want = CC(SIGP_CC_STATUS, exists ? SIGP_STATUS_CHECK_STOP : SIGP_STATUS_INVALID_ORDER);

        if (order == SIGP_SENSE_RUNNING)
            want = CC(SIGP_CC_STATUS, SIGP_STATUS_NOT_RUNNING);
        vcpu_set_state(v1, VCPU_CHECK_STOP);
        hv_set_psw(v1, PSW_64, 0x7000);
        assert_int_equal(sigp(g, order, 0x9000), expected(order, want));
        assert_int_equal(hv_pending_local(v1), 0);
        assert_int_equal(vcpu_get_state(v1),
                         in(resets, ARRAY_SIZE(resets), order) ? VCPU_STOPPED : VCPU_CHECK_STOP);
        vcpu_reset(v1, CPU_RESET_NORMAL);
    }
}

static void test_i24_status_of_an_operating_cpu(void **state)
{
    static const u16 orders[] = {SIGP_SET_PREFIX, SIGP_STORE_STATUS, SIGP_STORE_ADDTL_STATUS};
    struct guest *g = *state;

    vcpu_set_state(g->vm.vcpu[1], VCPU_OPERATING);
    for (unsigned i = 0; i < ARRAY_SIZE(orders); i++)
        assert_int_equal(sigp(g, orders[i], 0x8000),
                         CC(SIGP_CC_STATUS, SIGP_STATUS_INCORRECT_STATE));
    vcpu_set_state(g->vm.vcpu[1], VCPU_STOPPED);
    for (unsigned i = 0; i < ARRAY_SIZE(orders); i++)
        assert_int_equal(sigp(g, orders[i], GUEST_SIZE),
                         CC(SIGP_CC_STATUS, SIGP_STATUS_INVALID_PARAMETER));
}

/* Guarded-storage registers follow the vector registers' kilobyte, if the area is that long. */
static void test_i24_additional_status_is_stored(void **state)
{
    struct guest *g = *state;

    for (unsigned lc = 10; lc <= 12; lc++) {
        put64(g, 0x9408, ~0ULL);
        g->vm.vcpu[1]->cpu.gs = (struct guarded_storage){0x4000019, 0x55, 0x8800};
        assert_int_equal(sigp(g, SIGP_STORE_ADDTL_STATUS, 0x9000 | lc), CC(SIGP_CC_ACCEPTED, 0));
        assert_true(get64(g, 0x9408) == (lc > 10 ? 0x4000019 : ~0ULL));
        if (lc == 10)
            continue;
        assert_int_equal(get64(g, 0x9410), 0x55);
        assert_int_equal(get64(g, 0x9418), 0x8800);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_i24_only_resets_are_taken_while_a_stop_is_pending,
                                        make, guest_end),
        cmocka_unit_test_setup_teardown(test_i24_only_resets_are_taken_while_a_restart_is_pending,
                                        make, guest_end),
        cmocka_unit_test_setup_teardown(test_i24_check_stop_state_is_told, make, guest_end),
        cmocka_unit_test_setup_teardown(test_i24_status_of_an_operating_cpu, make, guest_end),
        cmocka_unit_test_setup_teardown(test_i24_additional_status_is_stored, make, guest_end),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
