/* SPDX-License-Identifier: Apache-2.0
 *
 * Rules of docs/intercepts.md that a guest cannot cause alone, or only by chance: interception
 * codes as a state description may bring them, through the dispatcher.
 */
#include "hypervisor/test_guest.h"

#include "arch/dat.h"
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

/* ---- PER and key instructions ---- */

#define KEYED 0x200000UL

static const struct key_insn {
    u16 ipa;
    u32 ipb; /* of registers 3 and 4 */
    u32 ictl;
} key_insns[] = {
    {0xb229, 0x00340000, SD_ICTL_ISKE}, {0xb22a, 0x00340000, SD_ICTL_RRBE},
    {0xb22b, 0x00340000, SD_ICTL_SSKE}, {0xb9ac, 0x00340000, SD_ICTL_ISKE},
    {0xb9ae, 0x00340000, SD_ICTL_RRBE},
};

static void want_fetch_events(struct guest *g, u64 at)
{
    hv_set_cr(g->v, 9, PER_EVENT_IFETCH);
    hv_set_cr(g->v, 10, at);
    hv_set_cr(g->v, 11, at);
    g->v->cpu.gr[3] = 0x50;
    g->v->cpu.gr[4] = KEYED;
}

static enum hv_outcome dispatch_key(struct guest *g, const struct key_insn *k, u64 mask, u8 status)
{
    g->v->local.program = NULL;
    intercepted(g, k->ipa, k->ipb, IA);
    hv_set_psw(g->v, mask, hv_psw_addr(g->v));
    g->v->sd->icptstatus = status;
    return dispatch(g, ICPT_INST);
}

/* Which the hypervisor carries out itself: done, and the event is told, once, where the CPU was. */
static void test_i04_key_instruction_of_the_hypervisor(void **state)
{
    struct guest *g = *state;

    (void)hv_enable_keys(g->v);
    for (unsigned i = 0; i < ARRAY_SIZE(key_insns); i++) {
        want_fetch_events(g, IA);
        atomic_store(&g->vm.mem.keys[KEYED >> FRAME_SHIFT], 0x36);
        assert_int_equal(dispatch_key(g, &key_insns[i], PSW_64 | PSW_MASK_PER, 0), HV_RESUME);
        assert_null(g->v->local.program);
        assert_int_equal(dispatch_key(g, &key_insns[i], PSW_64 | PSW_MASK_PER, SD_ICPTSTATUS_PER),
                         HV_INJECT);
        assert_non_null(g->v->local.program);
        assert_int_equal(g->v->local.program->code, 0); /* nothing else */
        assert_int_equal(g->v->local.program->per_code, PER_EVENT_IFETCH >> 24);
        assert_int_equal(g->v->local.program->per_addr, IA);
        assert_int_equal(hv_psw_addr(g->v), IA + 4);
        if (key_insns[i].ipa == 0xb22b)
            assert_int_equal(atomic_load(&g->vm.mem.keys[KEYED >> FRAME_SHIFT]), 0x50);
    }
}

/* Which it leaves to SIE: SIE tells the event when it executes the instruction. */
static void test_i04_key_instruction_to_be_retried(void **state)
{
    struct guest *g = *state;

    for (unsigned i = 0; i < ARRAY_SIZE(key_insns); i++) {
        want_fetch_events(g, IA);
        g->v->sd->ictl = be32_of(be32_get(g->v->sd->ictl) | key_insns[i].ictl);
        assert_int_equal(dispatch_key(g, &key_insns[i], PSW_64 | PSW_MASK_PER, SD_ICPTSTATUS_PER),
                         HV_RETRY);
        assert_null(g->v->local.program);
        assert_int_equal(hv_psw_addr(g->v), IA);
    }
}

/* The event goes with the exception that the handler has found. */
static void test_i04_key_instruction_in_problem_state(void **state)
{
    struct guest *g = *state;

    for (unsigned i = 0; i < ARRAY_SIZE(key_insns); i++) {
        want_fetch_events(g, IA);
        assert_int_equal(dispatch_key(g, &key_insns[i], PSW_64 | PSW_MASK_PER | PSW_MASK_PSTATE,
                                      SD_ICPTSTATUS_PER),
                         HV_INJECT);
        assert_int_equal(pending_program(g), PGM_PRIVILEGED_OP);
        assert_int_equal(g->v->local.program->per_code, PER_EVENT_IFETCH >> 24);
        assert_int_equal(g->v->local.program->per_addr, IA);
    }
}

/* From the guest's code to its interruption: one event, the key is set, whatever SIE intercepts. */
static void test_i31_key_instruction_runs_with_per(void **state)
{
    static const u32 ictls[] = {0, SD_ICTL_SSKE, SD_ICTL_SSKE | SD_ICTL_ISKE | SD_ICTL_RRBE};
    struct guest *g = *state;

    for (unsigned i = 0; i < 2 * ARRAY_SIZE(ictls); i++) {
        if (i & 1) /* by the keyless subset, too */
            sd_set_flags(g->v->sd, SD_CPUFLAG_KSS);
        g->v->sd->ictl = be32_of(be32_get(g->v->sd->ictl) | ictls[i / 2]);
        atomic_store(&g->vm.mem.keys[KEYED >> FRAME_SHIFT], 0x36);
        want_fetch_events(g, IA);
        put64(g, IA, 0xb22b003407000700); /* sske 3,4 */
        put_psw(g, LC(pgm_new_psw), PSW_64 | PSW_MASK_WAIT, 0x666);
        put32(g, LC(pgm_ilc), 0);
        hv_set_psw(g->v, PSW_64 | PSW_MASK_PER, IA);
        assert_int_equal(hv_run(g->v, &g->exit), 0);
        g->v->exit = &g->exit;
        assert_int_equal(g->exit.reason, EXIT_DISABLED_WAIT);
        assert_int_equal(hv_psw_addr(g->v), 0x666);
        assert_int_equal(get16(g, LC(pgm_code)), PGM_PER);
        assert_int_equal(get64(g, LC(per_address)), IA);
        assert_int_equal(get64(g, LC(pgm_old_psw) + 8), IA + 4);
        assert_int_equal(atomic_load(&g->vm.mem.keys[KEYED >> FRAME_SHIFT]), 0x50);
    }
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
        T(test_i04_key_instruction_of_the_hypervisor),
        T(test_i04_key_instruction_to_be_retried),
        T(test_i04_key_instruction_in_problem_state),
        T(test_i31_key_instruction_runs_with_per),
        T(test_i05_length_of_an_executed_instruction),
        T(test_i10_what_is_deliverable_comes_before_the_stop),
        T(test_i11_sd_only_validity_ends_the_run),
        T(test_i27_sd_only_pfmf),
        T(test_i42_sd_only_other_partial_execution_leaves),
        T(test_times_add_up),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
