/* SPDX-License-Identifier: Apache-2.0
 *
 * Pinned frames: present, where they are and not given back, whatever is discarded around them.
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "cpu/mem.h"

#define SIZE (4UL << 20)
#define AT 0x203000UL

static int make(void **state)
{
    struct mem *m = calloc(1, sizeof(*m));

    assert_int_equal(mem_create(m, SIZE, true), 0);
    *state = m;
    return 0;
}

static int unmake(void **state)
{
    struct mem *m = *state;

    assert_int_equal(mem_pinned(m), 0);
    mem_destroy(m);
    free(m);
    return 0;
}

static u64 get(struct mem *m, u64 addr)
{
    u64 v = 1;

    assert_int_equal(mem_read64(m, abs_addr(addr), &v), MEM_OK);
    return v;
}

static void put(struct mem *m, u64 addr)
{
    assert_int_equal(mem_write64(m, abs_addr(addr), 0x1122334455667788), MEM_OK);
}

static void test_pin_makes_present(void **state)
{
    struct mem *m = *state;

    assert_true(mem_is_absent(m, AT));
    assert_int_equal(mem_pin(m, abs_addr(AT + 5)), 0);
    assert_false(mem_is_absent(m, AT));
    assert_true(mem_is_absent(m, AT + FRAME_SIZE));
    assert_int_equal(mem_pinned(m), 1);
    mem_unpin(m, abs_addr(AT + 5));
}

static void test_pin_outside(void **state)
{
    struct mem *m = *state;

    assert_int_equal(mem_pin(m, abs_addr(SIZE)), -EFAULT);
    assert_int_equal(mem_pin(m, abs_addr(~0ULL)), -EFAULT);
    assert_int_equal(mem_pinned(m), 0);
    assert_int_equal(mem_pin(m, abs_addr(SIZE - 1)), 0);
    mem_unpin(m, abs_addr(SIZE - 1));
}

/* The guest cannot tell: zero when next read. */
static void test_discard_clears_pinned_frame_in_place(void **state)
{
    struct mem *m = *state;

    for (u64 a = AT - FRAME_SIZE; a <= AT + FRAME_SIZE; a += FRAME_SIZE)
        put(m, a);
    assert_int_equal(mem_pin(m, abs_addr(AT)), 0);
    assert_int_equal(mem_discard(m, abs_addr(AT - FRAME_SIZE), 3 * FRAME_SIZE), MEM_OK);
    assert_true(mem_is_absent(m, AT - FRAME_SIZE));
    assert_true(mem_is_absent(m, AT + FRAME_SIZE));
    assert_false(mem_is_absent(m, AT));
    for (u64 a = AT - FRAME_SIZE; a <= AT + FRAME_SIZE; a += FRAME_SIZE)
        assert_int_equal(get(m, a), 0);
    mem_unpin(m, abs_addr(AT));
}

static void test_pins_count(void **state)
{
    struct mem *m = *state;

    put(m, AT);
    assert_int_equal(mem_pin(m, abs_addr(AT)), 0);
    assert_int_equal(mem_pin(m, abs_addr(AT + 0xfff)), 0);
    assert_int_equal(mem_pinned(m), 2);
    mem_unpin(m, abs_addr(AT));
    assert_int_equal(mem_discard(m, abs_addr(AT), FRAME_SIZE), MEM_OK);
    assert_false(mem_is_absent(m, AT));
    mem_unpin(m, abs_addr(AT));
    assert_int_equal(mem_discard(m, abs_addr(AT), FRAME_SIZE), MEM_OK);
    assert_true(mem_is_absent(m, AT));
}

static void test_clear_keeps_pinned_frame(void **state)
{
    struct mem *m = *state;

    put(m, AT);
    put(m, 0);
    assert_int_equal(mem_pin(m, abs_addr(AT)), 0);
    mem_clear(m);
    assert_false(mem_is_absent(m, AT));
    assert_true(mem_is_absent(m, 0));
    assert_int_equal(get(m, AT), 0);
    mem_unpin(m, abs_addr(AT));
}

static void test_unused_pinned_frame_is_released_in_place(void **state)
{
    struct mem *m = *state;

    put(m, AT);
    assert_int_equal(mem_usage_begin(m), 0);
    atomic_store(&m->usage[AT >> FRAME_SHIFT], USAGE_UNUSED);
    assert_int_equal(mem_pin(m, abs_addr(AT)), 0);
    assert_int_equal(mem_usage_release(m, AT >> FRAME_SHIFT, 1), 1);
    assert_false(mem_is_absent(m, AT));
    assert_int_equal(get(m, AT), 0);
    mem_unpin(m, abs_addr(AT));
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, make, unmake)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_pin_makes_present),
        TEST(test_pin_outside),
        TEST(test_discard_clears_pinned_frame_in_place),
        TEST(test_pins_count),
        TEST(test_clear_keeps_pinned_frame),
        TEST(test_unused_pinned_frame_is_released_in_place),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
