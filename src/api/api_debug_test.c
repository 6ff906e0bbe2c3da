/* SPDX-License-Identifier: Apache-2.0
 *
 * The public interface: guest debugging; each kind of hit, each error.
 */
#include "api/test_vm.h"

#define LOAD (CODE + 4)
#define STORE (CODE + 8)
#define LOOP (CODE + 14)
#define EXRL (CODE + 18)
#define END (CODE + 24)
#define WATCHED 0x700ULL

/* lghi r1,1; lghi r2,2; stg r1,700; lgr r3,r3; exrl 0,CODE; j . */
static const char program[] = "a7190001a7290002e31007000024b9040033c600fffffff7a7f40000";

static void start(struct test_vm *t, bool debugged)
{
    make_vm(t, 0, NULL, NULL);
    code(t, program);
    assert_int_equal(sie390_vm_debug(t->vm, debugged), 0);
}

static void hits(struct test_vm *t, enum sie390_debug type, u64 addr, u64 psw)
{
    run(t, SIE390_EXIT_DEBUG);
    assert_int_equal(t->x.u.debug.type, type);
    assert_int_equal(t->x.u.debug.addr, addr);
    assert_int_equal(t->x.psw_addr, psw);
    assert_int_equal(reg(t, SIE390_REG_PSW_ADDR), psw);
}

static int add(struct test_vm *t, enum sie390_debug kind, u64 addr, u64 len)
{
    return sie390_vcpu_debug_add(t->cpu, kind, addr, len);
}

static int take_out(struct test_vm *t, enum sie390_debug kind, u64 addr, u64 len)
{
    return sie390_vm_debug_remove(t->vm, kind, addr, len);
}

static void test_step(void **state)
{
    struct test_vm t;

    (void)state;
    start(&t, true);
    assert_int_equal(sie390_vcpu_debug_step(t.cpu, true), 0);
    hits(&t, SIE390_DEBUG_STEP, 0, LOAD);
    assert_int_equal(reg(&t, SIE390_REG_GR + 1), 1);
    hits(&t, SIE390_DEBUG_STEP, 0, STORE);
    assert_int_equal(reg(&t, SIE390_REG_CR + 9), 0);
    assert_int_equal(sie390_vcpu_debug_step(t.cpu, false), 0);
    assert_int_equal(add(&t, SIE390_DEBUG_BREAKPOINT, END, 0), 0);
    hits(&t, SIE390_DEBUG_BREAKPOINT, END, END);
    done(&t);
}

static void test_breakpoint_is_passed_once(void **state)
{
    struct test_vm t;

    (void)state;
    start(&t, true);
    assert_int_equal(add(&t, SIE390_DEBUG_BREAKPOINT, LOAD, 0), 0);
    assert_int_equal(add(&t, SIE390_DEBUG_BREAKPOINT, END, 0), 0);
    hits(&t, SIE390_DEBUG_BREAKPOINT, LOAD, LOAD);
    assert_int_equal(reg(&t, SIE390_REG_GR + 2), 0);
    hits(&t, SIE390_DEBUG_BREAKPOINT, END, END);
    assert_int_equal(reg(&t, SIE390_REG_GR + 2), 2);
    hits(&t, SIE390_DEBUG_BREAKPOINT, END, END); /* once round */
    assert_int_equal(take_out(&t, SIE390_DEBUG_BREAKPOINT, END, 0), 0);
    set_reg(&t, SIE390_REG_PSW_ADDR, CODE);
    hits(&t, SIE390_DEBUG_BREAKPOINT, LOAD, LOAD);
    done(&t);
}

static void test_watchpoint(void **state)
{
    struct test_vm t;

    (void)state;
    start(&t, true);
    assert_int_equal(add(&t, SIE390_DEBUG_WATCHPOINT, WATCHED + 7, 1), 0);
    hits(&t, SIE390_DEBUG_WATCHPOINT, WATCHED + 7, LOOP);
    assert_int_equal(get64(&t, WATCHED), 1);
    done(&t);
}

static void test_software_breakpoint(void **state)
{
    struct test_vm t;
    u8 seen[4], lghi[4] = {0xa7, 0x29, 0x00, 0x07};

    (void)state;
    start(&t, true);
    assert_int_equal(add(&t, SIE390_DEBUG_SOFTWARE, LOAD, 0), 0);
    assert_int_equal(get32(&t, LOAD), 0x83000501);
    assert_int_equal(sie390_vcpu_debug_read(t.cpu, LOAD, seen, 4), 0);
    assert_memory_equal(seen, "\xa7\x29\x00\x02", 4);
    hits(&t, SIE390_DEBUG_SOFTWARE, LOAD, LOAD);
    hits(&t, SIE390_DEBUG_SOFTWARE, LOAD, LOAD);
    assert_int_equal(sie390_vcpu_debug_write(t.cpu, LOAD, lghi, 4), 0);
    assert_int_equal(get32(&t, LOAD), 0x83000501);
    assert_int_equal(take_out(&t, SIE390_DEBUG_SOFTWARE, LOAD, 0), 0);
    assert_int_equal(sie390_vcpu_debug_step(t.cpu, true), 0);
    hits(&t, SIE390_DEBUG_STEP, 0, STORE);
    assert_int_equal(reg(&t, SIE390_REG_GR + 2), 7);
    done(&t);
}

/* The PSW is at the EXECUTE RELATIVE LONG, whose target is done once when the CPU goes on. */
static void test_software_breakpoint_at_the_target_of_execute(void **state)
{
    struct test_vm t;

    (void)state;
    start(&t, true);
    assert_int_equal(add(&t, SIE390_DEBUG_SOFTWARE, CODE, 0), 0);
    assert_int_equal(add(&t, SIE390_DEBUG_BREAKPOINT, END, 0), 0);
    set_reg(&t, SIE390_REG_PSW_ADDR, EXRL);
    for (unsigned round = 0; round < 2; round++) {
        hits(&t, SIE390_DEBUG_SOFTWARE, CODE, EXRL);
        assert_int_equal(reg(&t, SIE390_REG_GR + 1), 0);
        hits(&t, SIE390_DEBUG_BREAKPOINT, END, END);
        assert_int_equal(reg(&t, SIE390_REG_GR + 1), 1);
        set_reg(&t, SIE390_REG_GR + 1, 0);
        set_reg(&t, SIE390_REG_PSW_ADDR, EXRL);
    }
    done(&t);
}

static void test_own_diagnose_501(void **state)
{
    struct test_vm t;

    (void)state;
    start(&t, true);
    put64(&t, CODE, 0x8300050107000700);
    hits(&t, SIE390_DEBUG_DIAGNOSE, CODE, CODE + 4);
    assert_int_equal(sie390_vm_debug(t.vm, false), 0);
    start_at(&t, PSW_64, CODE);
    ends_at(&t, NEW_PGM);
    assert_int_equal(get16(&t, LC(pgm_code)), PGM_SPECIFICATION);
    done(&t);
}

static void test_off_takes_everything_out(void **state)
{
    struct test_vm t;

    (void)state;
    start(&t, true);
    put64(&t, END, 0xb2b2000007000700); /* lpswe 0 */
    put_psw(&t, 0, PSW_WAIT, 0x77);
    assert_int_equal(add(&t, SIE390_DEBUG_SOFTWARE, LOAD, 0), 0);
    assert_int_equal(add(&t, SIE390_DEBUG_BREAKPOINT, STORE, 0), 0);
    assert_int_equal(sie390_vcpu_debug_step(t.cpu, true), 0);
    assert_int_equal(sie390_vm_debug(t.vm, false), 0);
    assert_int_equal(get32(&t, LOAD), 0xa7290002);
    run(&t, SIE390_EXIT_DISABLED_WAIT);
    assert_int_equal(t.x.psw_addr, 0x77);
    done(&t);
}

static void test_errors(void **state)
{
    struct test_vm t;
    u8 byte = 0;

    (void)state;
    start(&t, false);
    assert_int_equal(add(&t, SIE390_DEBUG_BREAKPOINT, LOAD, 0), -EINVAL);
    assert_non_null(strstr(sie390_last_error(), "off"));
    assert_int_equal(take_out(&t, SIE390_DEBUG_BREAKPOINT, LOAD, 0), -EINVAL);
    assert_int_equal(sie390_vcpu_debug_step(t.cpu, true), -EINVAL);
    assert_int_equal(sie390_vcpu_debug_read(t.cpu, 0, &byte, 1), -EINVAL);
    assert_int_equal(sie390_vm_debug(t.vm, true), 0);
    assert_int_equal(sie390_vm_debug(t.vm, true), 0);
    assert_int_equal(add(&t, SIE390_DEBUG_STEP, LOAD, 0), -EINVAL);
    assert_int_equal(add(&t, (enum sie390_debug)99, LOAD, 0), -EINVAL);
    assert_int_equal(add(&t, SIE390_DEBUG_BREAKPOINT, LOAD + 1, 0), -EINVAL);
    assert_int_equal(add(&t, SIE390_DEBUG_WATCHPOINT, 0, 101), -EINVAL);
    assert_int_equal(add(&t, SIE390_DEBUG_WATCHPOINT, ~0ULL, 8), -EINVAL);
    assert_int_equal(add(&t, SIE390_DEBUG_WATCHPOINT, 4 * MIB, 8), -EFAULT);
    assert_int_equal(add(&t, SIE390_DEBUG_SOFTWARE, 0xffe, 0), -EFAULT);
    assert_int_equal(add(&t, SIE390_DEBUG_BREAKPOINT, LOAD, 0), 0);
    assert_int_equal(add(&t, SIE390_DEBUG_BREAKPOINT, LOAD, 0), -EEXIST);
    for (unsigned i = 1; i < 50; i++)
        assert_int_equal(add(&t, SIE390_DEBUG_BREAKPOINT, LOAD + 2 * i, 0), 0);
    assert_int_equal(add(&t, SIE390_DEBUG_BREAKPOINT, 0x2000, 0), -ENOSPC);
    assert_int_equal(take_out(&t, SIE390_DEBUG_BREAKPOINT, 0x2000, 0), -ENOENT);
    assert_int_equal(take_out(&t, (enum sie390_debug)99, LOAD, 0), -ENOENT);
    assert_int_equal(sie390_vcpu_debug_read(t.cpu, 4 * MIB, &byte, 1), -EFAULT);
    assert_int_equal(sie390_vcpu_debug_write(t.cpu, ~0ULL, &byte, 1), -EFAULT);
    assert_int_equal(sie390_vcpu_debug_read(t.cpu, 4 * MIB, &byte, 0), 0);
    done(&t);
}

static int from_hook;

static void intercepted(void *arg, struct sie390_vcpu *vcpu, const struct sie390_intercept *i)
{
    (void)arg;
    (void)i;
    from_hook = sie390_vm_debug(sie390_vcpu_vm(vcpu), true);
    assert_int_equal(sie390_vcpu_debug_step(vcpu, true), -EBUSY);
}

static void test_not_while_a_cpu_runs(void **state)
{
    const struct sie390_hooks hooks = {.size = sizeof(hooks), .intercepted = intercepted};
    struct test_vm t;

    (void)state;
    make_vm(&t, 0, &hooks, NULL);
    code(&t, "83000012"); /* a DIAGNOSE that there is not */
    ends_at(&t, NEW_PGM);
    assert_int_equal(from_hook, -EBUSY);
    done(&t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_step),
        cmocka_unit_test(test_breakpoint_is_passed_once),
        cmocka_unit_test(test_watchpoint),
        cmocka_unit_test(test_software_breakpoint),
        cmocka_unit_test(test_software_breakpoint_at_the_target_of_execute),
        cmocka_unit_test(test_own_diagnose_501),
        cmocka_unit_test(test_off_takes_everything_out),
        cmocka_unit_test(test_errors),
        cmocka_unit_test(test_not_while_a_cpu_runs),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
