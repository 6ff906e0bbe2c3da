/* SPDX-License-Identifier: Apache-2.0
 *
 * Guest debugging as the VMM uses it, without a debugger: what leaves hv_run(), and when.
 */
#include "hypervisor/test_guest.h"

#include <errno.h>

#define CODE 0x10000UL
#define LOAD (CODE + 4)
#define STORE (CODE + 8)
#define LOOP (CODE + 14)
#define WATCHED 0x700UL

static const u8 code[] = {
    0xa7, 0x19, 0x00, 0x01,             /* lghi r1,1 */
    0xa7, 0x29, 0x00, 0x02,             /* lghi r2,2 */
    0xe3, 0x10, 0x07, 0x00, 0x00, 0x24, /* stg r1,700 */
    0xa7, 0xf4, 0x00, 0x00,             /* j . */
};

static void start(struct guest *g)
{
    guest_create(g, 1, false);
    assert_int_equal(mem_write(&g->vm.mem, abs_addr(CODE), code, sizeof(code)), MEM_OK);
    hv_set_psw(g->v, PSW_64, CODE);
    assert_int_equal(hv_debug_enable(&g->vm), 0);
}

static void leaves(struct guest *g, enum debug_kind kind, u64 addr)
{
    assert_int_equal(hv_run(g->v, &g->exit), 0);
    assert_int_equal(g->exit.reason, EXIT_DEBUG);
    assert_int_equal(g->exit.debug, kind);
    assert_int_equal(g->exit.psw_addr, addr);
    assert_int_equal(hv_psw_addr(g->v), addr);
}

static void test_i31_breakpoint_is_passed_when_the_cpu_goes_on(void **state)
{
    struct guest g;

    (void)state;
    start(&g);
    assert_int_equal(hv_debug_add(g.v, DEBUG_BREAKPOINT, LOAD, 0), 0);
    assert_int_equal(hv_debug_add(g.v, DEBUG_BREAKPOINT, LOOP, 0), 0);
    assert_int_equal(hv_debug_add(g.v, DEBUG_BREAKPOINT, LOOP, 0), -EEXIST);
    leaves(&g, DEBUG_BREAKPOINT, LOAD);
    assert_int_equal(g.v->cpu.gr[2], 0);
    leaves(&g, DEBUG_BREAKPOINT, LOOP);
    assert_int_equal(g.v->cpu.gr[2], 2);
    leaves(&g, DEBUG_BREAKPOINT, LOOP); /* once round */
    guest_destroy(&g);
}

static void test_i31_breakpoint_that_nobody_was_told_of_hits_again(void **state)
{
    struct guest g;

    (void)state;
    start(&g);
    assert_int_equal(hv_debug_add(g.v, DEBUG_BREAKPOINT, LOAD, 0), 0);
    leaves(&g, DEBUG_BREAKPOINT, LOAD);
    hv_debug_again(g.v);
    leaves(&g, DEBUG_BREAKPOINT, LOAD);
    assert_int_equal(hv_debug_remove(&g.vm, DEBUG_BREAKPOINT, LOAD, 0), 0);
    assert_int_equal(hv_debug_remove(&g.vm, DEBUG_BREAKPOINT, LOAD, 0), -ENOENT);
    guest_destroy(&g);
}

static void test_i31_step_leaves_the_controls_alone(void **state)
{
    struct guest g;
    u32 ictl;

    (void)state;
    start(&g);
    ictl = be32_get(g.v->sd->ictl);
    hv_set_cr(g.v, 9, 0x40000000);
    hv_set_cr(g.v, 10, 0x1234);
    hv_debug_step(g.v, true);
    leaves(&g, DEBUG_STEP, LOAD);
    leaves(&g, DEBUG_STEP, STORE);
    assert_int_equal(hv_cr(g.v, 0), CR0_INITIAL);
    assert_int_equal(hv_cr(g.v, 9), 0x40000000);
    assert_int_equal(hv_cr(g.v, 10), 0x1234);
    assert_int_equal(hv_cr(g.v, 11), 0);
    assert_int_equal(be32_get(g.v->sd->ictl), ictl);
    assert_int_equal(be16_get(g.v->sd->lctl), 0);
    assert_false(sd_flags(g.v->sd) & SD_CPUFLAG_P);
    guest_destroy(&g);
}

static void test_i31_watchpoint_after_a_change(void **state)
{
    struct guest g;

    (void)state;
    start(&g);
    assert_int_equal(hv_debug_add(g.v, DEBUG_WATCHPOINT, WATCHED + 7, 1), 0);
    assert_int_equal(hv_debug_add(g.v, DEBUG_WATCHPOINT, WATCHED, 0), -EINVAL);
    assert_int_equal(hv_debug_add(g.v, DEBUG_WATCHPOINT, WATCHED, 101), -EINVAL);
    assert_int_equal(hv_debug_add(g.v, DEBUG_WATCHPOINT, GUEST_SIZE - 4, 8), -EFAULT);
    leaves(&g, DEBUG_WATCHPOINT, LOOP);
    assert_int_equal(g.exit.debug_addr, WATCHED + 7);
    hv_set_psw(g.v, PSW_64, CODE); /* the same is stored again: no change */
    assert_int_equal(hv_debug_add(g.v, DEBUG_BREAKPOINT, LOOP, 0), 0);
    leaves(&g, DEBUG_BREAKPOINT, LOOP);
    guest_destroy(&g);
}

/* ---- targets of EXECUTE ---- */

#define TARGET (CODE + 0x100)
#define EX_AT CODE
#define EX_BACK (CODE + 10)

/* Round and round: EXECUTE, EXECUTE RELATIVE LONG of one target, which counts in r2. */
static const u8 execute[] = {
    0x44, 0x10, 0x30, 0x02,             /* ex r1,2(r3) */
    0xc6, 0x10, 0x00, 0x00, 0x00, 0x7e, /* exrl r1,target */
    0xa7, 0xf4, 0xff, 0xfb,             /* j first */
};

static void start_execute(struct guest *g)
{
    start(g);
    assert_int_equal(mem_write(&g->vm.mem, abs_addr(CODE), execute, sizeof(execute)), MEM_OK);
    put32(g, TARGET, 0xa70b0001); /* aghi r0,1: EXECUTE makes it r2 */
    *hv_gr(g->v, 1) = 0x20;
    *hv_gr(g->v, 2) = 0;
    *hv_gr(g->v, 3) = TARGET - 2;
}

static void leaves_at_execute(struct guest *g, enum debug_kind kind, u64 addr, u64 count)
{
    leaves(g, kind, addr);
    assert_int_equal(g->exit.debug_addr, TARGET);
    assert_int_equal(*hv_gr(g->v, 2), count);
}

static void each_execute_stops(enum debug_kind kind, u64 mask)
{
    struct guest g;

    start_execute(&g);
    hv_set_psw(g.v, PSW_64 | mask, CODE);
    assert_int_equal(hv_debug_add(g.v, kind, TARGET, 0), 0);
    for (unsigned round = 0; round < 3; round++) {
        leaves_at_execute(&g, kind, EX_AT, 2 * round);
        leaves_at_execute(&g, kind, EX_AT + 4, 2 * round + 1);
    }
    assert_int_equal(hv_debug_remove(&g.vm, kind, TARGET, 0), 0);
    assert_int_equal(get32(&g, TARGET), 0xa70b0001);
    assert_int_equal(hv_debug_add(g.v, DEBUG_BREAKPOINT, EX_BACK, 0), 0);
    leaves(&g, DEBUG_BREAKPOINT, EX_BACK);
    assert_int_equal(*hv_gr(g.v, 2), 6);
    guest_destroy(&g);
}

static void test_software_breakpoint_at_the_target_of_execute(void **state)
{
    (void)state;
    each_execute_stops(DEBUG_SOFTWARE, 0);
    each_execute_stops(DEBUG_SOFTWARE, PSW_MASK_PSTATE);
}

static void test_i31_breakpoint_at_the_target_of_execute(void **state)
{
    (void)state;
    each_execute_stops(DEBUG_BREAKPOINT, 0);
}

static void test_step_over_execute_whose_target_has_a_software_breakpoint(void **state)
{
    struct guest g;

    (void)state;
    start_execute(&g);
    assert_int_equal(hv_debug_add(g.v, DEBUG_SOFTWARE, TARGET, 0), 0);
    hv_debug_step(g.v, true);
    leaves_at_execute(&g, DEBUG_SOFTWARE, EX_AT, 0);
    leaves(&g, DEBUG_STEP, EX_AT + 4);
    assert_int_equal(*hv_gr(g.v, 2), 1);
    leaves_at_execute(&g, DEBUG_SOFTWARE, EX_AT + 4, 1);
    hv_debug_again(g.v);
    leaves_at_execute(&g, DEBUG_SOFTWARE, EX_AT + 4, 1);
    leaves(&g, DEBUG_STEP, EX_BACK);
    assert_int_equal(*hv_gr(g.v, 2), 2);
    guest_destroy(&g);
}

/* What the debugger writes under it meanwhile is what is executed. */
static void test_software_breakpoint_at_a_target_that_is_rewritten(void **state)
{
    static const u8 add_16[4] = {0xa7, 0x0b, 0x00, 0x10};
    struct guest g;

    (void)state;
    start_execute(&g);
    assert_int_equal(hv_debug_add(g.v, DEBUG_SOFTWARE, TARGET, 0), 0);
    leaves_at_execute(&g, DEBUG_SOFTWARE, EX_AT, 0);
    assert_int_equal(hv_debug_write(g.v, TARGET, add_16, 4), 4);
    leaves_at_execute(&g, DEBUG_SOFTWARE, EX_AT + 4, 16);
    assert_int_equal(hv_debug_remove(&g.vm, DEBUG_SOFTWARE, TARGET, 0), 0);
    assert_int_equal(hv_debug_write(g.v, TARGET, add_16, 4), 4);
    hv_debug_step(g.v, true);
    leaves(&g, DEBUG_STEP, EX_BACK);
    assert_int_equal(*hv_gr(g.v, 2), 32);
    guest_destroy(&g);
}

/* Passing the EXECUTE passes its target's breakpoint of that one time, not another's. */
static void test_software_breakpoint_at_another_target_is_not_passed(void **state)
{
    struct guest g;

    (void)state;
    start_execute(&g);
    put32(&g, TARGET + 8, 0xa70b0100);
    assert_int_equal(hv_debug_add(g.v, DEBUG_SOFTWARE, TARGET, 0), 0);
    assert_int_equal(hv_debug_add(g.v, DEBUG_SOFTWARE, TARGET + 8, 0), 0);
    leaves_at_execute(&g, DEBUG_SOFTWARE, EX_AT, 0);
    *hv_gr(g.v, 3) = TARGET + 6;
    leaves(&g, DEBUG_SOFTWARE, EX_AT);
    assert_int_equal(g.exit.debug_addr, TARGET + 8);
    leaves_at_execute(&g, DEBUG_SOFTWARE, EX_AT + 4, 0x100);
    guest_destroy(&g);
}

/* A DIAGNOSE 501 that the guest executes itself is behind the EXECUTE when it is reported. */
static void test_own_diagnose_501_by_execute(void **state)
{
    struct guest g;

    (void)state;
    start_execute(&g);
    put32(&g, TARGET, 0x83000501);
    leaves(&g, DEBUG_DIAGNOSE, EX_AT + 4);
    guest_destroy(&g);
}

/* ---- DIAGNOSE 501 ---- */

/* DIAGNOSE is privileged, but a breakpoint may be anywhere. */
static void test_software_breakpoint_in_problem_state(void **state)
{
    struct guest g;
    u8 seen[4];

    (void)state;
    start(&g);
    hv_set_psw(g.v, PSW_64 | PSW_MASK_PSTATE, CODE);
    assert_int_equal(hv_debug_add(g.v, DEBUG_SOFTWARE, LOAD, 0), 0);
    assert_int_equal(hv_debug_add(g.v, DEBUG_SOFTWARE, LOAD + 2, 0), -EEXIST);
    assert_int_equal(get32(&g, LOAD), 0x83000501);
    assert_int_equal(hv_debug_read(g.v, LOAD, seen, 4), 4);
    assert_memory_equal(seen, code + 4, 4);
    leaves(&g, DEBUG_SOFTWARE, LOAD);
    hv_debug_disable(&g.vm);
    assert_int_equal(get32(&g, LOAD), 0xa7290002);
    guest_destroy(&g);
}

static void test_diagnose_501_of_a_program_is_privileged(void **state)
{
    struct guest g;

    (void)state;
    start(&g);
    put32(&g, LOAD, 0x83000501);
    put_psw(&g, LC(pgm_new_psw), PSW_64 | PSW_MASK_WAIT, 0x5000);
    hv_set_psw(g.v, PSW_64 | PSW_MASK_PSTATE, CODE);
    assert_int_equal(hv_run(g.v, &g.exit), 0);
    assert_int_equal(g.exit.reason, EXIT_DISABLED_WAIT);
    assert_int_equal(get16(&g, LC(pgm_code)), PGM_PRIVILEGED_OP);
    guest_destroy(&g);
}

/* A step over an instruction with an exception ends at the handler's first instruction. */
static void test_i31_step_ends_in_the_handler(void **state)
{
    struct guest g;

    (void)state;
    start(&g);
    put32(&g, CODE, 0x00000000);
    put_psw(&g, LC(pgm_new_psw), PSW_64, 0x5000);
    hv_debug_step(g.v, true);
    leaves(&g, DEBUG_STEP, 0x5000);
    assert_int_equal(get16(&g, LC(pgm_code)), PGM_OPERATION);
    assert_int_equal(get64(&g, LC(pgm_old_psw) + 8), CODE + 2);
    guest_destroy(&g);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_i31_breakpoint_is_passed_when_the_cpu_goes_on),
        cmocka_unit_test(test_i31_breakpoint_that_nobody_was_told_of_hits_again),
        cmocka_unit_test(test_i31_step_leaves_the_controls_alone),
        cmocka_unit_test(test_i31_watchpoint_after_a_change),
        cmocka_unit_test(test_software_breakpoint_at_the_target_of_execute),
        cmocka_unit_test(test_i31_breakpoint_at_the_target_of_execute),
        cmocka_unit_test(test_step_over_execute_whose_target_has_a_software_breakpoint),
        cmocka_unit_test(test_software_breakpoint_at_a_target_that_is_rewritten),
        cmocka_unit_test(test_software_breakpoint_at_another_target_is_not_passed),
        cmocka_unit_test(test_own_diagnose_501_by_execute),
        cmocka_unit_test(test_software_breakpoint_in_problem_state),
        cmocka_unit_test(test_diagnose_501_of_a_program_is_privileged),
        cmocka_unit_test(test_i31_step_ends_in_the_handler),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
