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
        cmocka_unit_test(test_software_breakpoint_in_problem_state),
        cmocka_unit_test(test_diagnose_501_of_a_program_is_privileged),
        cmocka_unit_test(test_i31_step_ends_in_the_handler),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
