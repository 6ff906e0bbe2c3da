/* SPDX-License-Identifier: Apache-2.0
 *
 * Rules of docs/intercepts.md that a guest cannot cause alone, or only by chance: interception
 * codes as a state description may bring them, through the dispatcher.
 */
#include "hypervisor/test_guest.h"

#include "base/log.h"

static int make(void **state)
{
    return guest_begin(state, 2);
}

/* Through the dispatcher, with the text and status of the last intercepted(). */
static enum hv_outcome dispatch(struct guest *g, u8 code)
{
    g->v->sd->icptcode = code;
    return hv_handle_intercept(g->v);
}

static void counted(struct guest *g, enum hv_counter n, u64 times)
{
    assert_int_equal(hv_counter_sum(&g->vm, n), times);
}

static void test_i03_sd_only_enabled_requests_resume(void **state)
{
    struct guest *g = *state;

    assert_int_equal(dispatch(g, ICPT_MCHKREQ), HV_RESUME);
    counted(g, CNT_ICPT_MCHKREQ, 1);
    assert_int_equal(dispatch(g, ICPT_INT_ENABLE), HV_RESUME);
    counted(g, CNT_ICPT_INT_ENABLE, 1);
    assert_int_equal(hv_psw_addr(g->v), IA);
}

static void test_i05_length_of_an_executed_instruction(void **state)
{
    struct guest *g = *state;

    intercepted(g, 0xb210, 2U << 28, IA);
    assert_int_equal(hv_ilen(g->v), 4);
    g->v->sd->icptstatus = SD_ICPTSTATUS_EXEC | 6 << 4;
    assert_int_equal(hv_ilen(g->v), 6);
    g->v->sd->icptstatus = SD_ICPTSTATUS_EXEC;
    assert_int_equal(hv_ilen(g->v), 4);
    intercepted(g, 0xe501, 0, IA);
    assert_int_equal(hv_ilen(g->v), 6);
    g->v->sd->icptstatus = SD_ICPTSTATUS_EXEC; /* of six bytes, by EXECUTE of four */
    assert_int_equal(hv_ilen(g->v), 4);
    g->v->sd->icptcode = ICPT_PROGI;
    g->v->sd->pgmilc = be16_of(2);
    assert_int_equal(hv_ilen(g->v), 2);
}

static void test_i10_what_is_deliverable_comes_before_the_stop(void **state)
{
    struct guest *g = *state;

    put_psw(g, LC(ext_new_psw), PSW_64, 0x8000);
    hv_set_cr(g->v, 0, CR0_EMERGENCY);
    assert_int_equal(hv_inject_emergency(g->v, 1), 0);
    assert_int_equal(hv_inject_stop(g->v, false), 0);
    hv_set_psw(g->v, PSW_64 | PSW_MASK_EXT, IA);
    assert_int_equal(dispatch(g, ICPT_STOP), HV_RESUME);
    assert_int_equal(vcpu_get_state(g->v), VCPU_OPERATING);
    assert_int_equal(hv_deliver(g->v), 0);
    assert_int_equal(hv_psw_addr(g->v), 0x8000);
    assert_true(sd_flags(g->v->sd) & SD_CPUFLAG_STOP_INT); /* delayed, not lost */
    assert_int_equal(dispatch(g, ICPT_STOP), HV_EXIT);
    assert_int_equal(g->exit.reason, EXIT_STOPPED);
    assert_int_equal(vcpu_get_state(g->v), VCPU_STOPPED);
}

static void test_i11_sd_only_validity_ends_the_run(void **state)
{
    struct guest *g = *state;
    enum log_level before = log_get_level();

    log_set_level(LOG_ERROR); /* not the warning of this test */
    g->v->sd->ipa = be16_of(VALIDITY_WHO_CPU | VALIDITY_WHEN_ENTRY);
    g->v->sd->ipb = be32_of(VALIDITY_RICCB << 16);
    assert_int_equal(dispatch(g, ICPT_VALIDITY), HV_BROKEN);
    assert_false(atomic_load(&g->vm.validity_warned)); /* that one is told quietly */
    g->v->sd->ipb = be32_of(0x0011 << 16);
    assert_int_equal(dispatch(g, ICPT_VALIDITY), HV_BROKEN);
    log_set_level(before);
    assert_int_equal(g->exit.reason, EXIT_INTERNAL_ERROR);
    assert_true(g->exit.error < 0);
    assert_true(atomic_load(&g->vm.validity_warned));
    counted(g, CNT_ICPT_VALIDITY, 2);
}

static void test_i27_sd_only_pfmf(void **state)
{
    struct guest *g = *state;

    hv_enable_keys(g->v);
    put64(g, 0x9000, ~0ULL);
    g->v->cpu.gr[1] = 0x30040; /* set the key, clear: 4 KiB frame */
    g->v->cpu.gr[2] = 0x9000;
    intercepted(g, 0xb9af, 0x00120000, IA);
    assert_int_equal(dispatch(g, ICPT_INST), HV_RESUME);
    assert_int_equal(mem_key_get(&g->vm.mem, abs_addr(0x9000)), 0x40);
    assert_int_equal(get64(g, 0x9000), 0);
    counted(g, CNT_PFMF, 1);
    hv_set_psw(g->v, PSW_64 | PSW_MASK_PSTATE, IA);
    intercepted(g, 0xb9af, 0x00120000, IA);
    assert_int_equal(dispatch(g, ICPT_INST), HV_INJECT);
    assert_int_equal(pending_program(g), PGM_PRIVILEGED_OP);
}

static void test_i42_sd_only_other_partial_execution_leaves(void **state)
{
    struct guest *g = *state;

    intercepted(g, 0xb210, 0x02000000, IA);
    assert_int_equal(dispatch(g, ICPT_PARTEXEC), HV_EXIT);
    assert_int_equal(g->exit.reason, EXIT_INTERCEPT);
    assert_int_equal(g->exit.icptcode, ICPT_PARTEXEC);
    assert_int_equal(g->exit.ipa, 0xb210);
    assert_int_equal(g->exit.psw_addr, IA + 4);
}

/* ---- times ---- */

static void test_times_add_up(void **state)
{
    struct guest *g = *state;
    struct cpu_times *t = &g->v->times;
    u64 first[TIME_COUNT], last[TIME_COUNT], end, all;

    assert_false(hv_times_read(&g->vm, first, &all));
    times_to(&g->vm.clocks, t, TIME_GUEST);
    assert_int_equal(atomic_load(&t->since), 0); /* nothing is measured that nobody wants */
    hv_times_start(&g->vm);
    times_to(&g->vm.clocks, t, TIME_GUEST);
    times_to(&g->vm.clocks, t, TIME_ASLEEP);
    assert_true(hv_times_read(&g->vm, first, &all));
    end = atomic_load(&t->ticks[TIME_GUEST]);
    do {
        assert_true(hv_times_read(&g->vm, last, &all));
    } while (last[TIME_ASLEEP] <= first[TIME_ASLEEP]); /* what it is in now counts */
    assert_int_equal(atomic_load(&t->ticks[TIME_GUEST]), end);
    assert_int_equal(atomic_load(&t->ticks[TIME_ASLEEP]), 0);
    assert_in_range(last[TIME_GUEST] + last[TIME_ASLEEP], 1, all + all / 10);
    times_end(t);
    assert_true(atomic_load(&t->ticks[TIME_ASLEEP]) > 0);
    assert_int_equal(last[TIME_MACHINE], 0);
}

#define T(f) cmocka_unit_test_setup_teardown(f, make, guest_end)

int main(void)
{
    const struct CMUnitTest tests[] = {
        T(test_i03_sd_only_enabled_requests_resume),
        T(test_i05_length_of_an_executed_instruction),
        T(test_i10_what_is_deliverable_comes_before_the_stop),
        T(test_i11_sd_only_validity_ends_the_run),
        T(test_i27_sd_only_pfmf),
        T(test_i42_sd_only_other_partial_execution_leaves),
        T(test_times_add_up),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
