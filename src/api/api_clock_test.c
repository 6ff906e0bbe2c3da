/* SPDX-License-Identifier: Apache-2.0
 *
 * The public interface: the TOD clock of a VM, with and without its epoch index.
 */
#include "api/test_vm.h"

static void test_clock(void **state)
{
    const u64 tod = 0x9000000000000000;
    struct test_vm t;

    (void)state;
    make_vm(&t, 0, NULL, NULL);
    assert_int_equal(sie390_vm_set_tod(t.vm, tod), 0);
    assert_in_range(sie390_vm_get_tod(t.vm), tod, tod + (1ULL << 44));
    code(&t, "b2200012");
    run(&t, SIE390_EXIT_INTERCEPT);
    assert_int_equal(sie390_vm_set_tod(t.vm, 1), -EDEADLK);
    assert_int_equal(sie390_vcpu_complete(t.cpu), 0);
    assert_int_equal(sie390_vm_set_tod(t.vm, tod), 0);
    done(&t);
}

static void test_clock_with_epoch_index(void **state)
{
    const struct sie390_vm_config old = {.size = sizeof(old), .memory = MIB, .model = "z13"};
    struct sie390_tod later = {3, 0x1000000000000000}, tod;
    struct sie390_vm *vm;
    struct test_vm t;

    (void)state;
    make_vm(&t, 0, NULL, NULL);
    assert_int_equal(sie390_vm_set_tod_ext(t.vm, &later), 0);
    sie390_vm_get_tod_ext(t.vm, &tod);
    assert_int_equal(tod.epoch_index, 3);
    assert_in_range(tod.tod, later.tod, later.tod + (1ULL << 44));
    assert_int_equal(sie390_vm_set_tod(t.vm, later.tod), 0);
    sie390_vm_get_tod_ext(t.vm, &tod);
    assert_int_equal(tod.epoch_index, 0);
    code(&t, "b2200012");
    run(&t, SIE390_EXIT_INTERCEPT);
    assert_int_equal(sie390_vm_set_tod_ext(t.vm, &later), -EDEADLK);
    done(&t);
    assert_int_equal(sie390_vm_create(&old, &vm), 0);
    assert_int_equal(sie390_vm_set_tod_ext(vm, &later), -EINVAL);
    later.epoch_index = 0;
    assert_int_equal(sie390_vm_set_tod_ext(vm, &later), 0);
    sie390_vm_get_tod_ext(vm, &tod);
    assert_int_equal(tod.epoch_index, 0);
    assert_int_equal(sie390_vm_destroy(vm), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_clock),
        cmocka_unit_test(test_clock_with_epoch_index),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
