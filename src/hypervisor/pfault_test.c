/* SPDX-License-Identifier: Apache-2.0
 *
 * Pages that a guest is told about (DIAGNOSE 258): when it is told, and what a reset does to those
 * that are still under way.  The VMM of this test brings a page in when it is asked to.
 */
#include "hypervisor/test_guest.h"

#include "arch/diag.h"

#define TOKEN 0x400UL
#define ABSENT 0x800000UL
#define OPEN (PSW_64 | PSW_MASK_EXT)

struct fixture {
    struct guest g;
    struct page_in *asked[128];
    unsigned n;
};

static void ask(void *arg, struct page_in *p)
{
    struct fixture *f = arg;

    assert_true(f->n < ARRAY_SIZE(f->asked));
    f->asked[f->n++] = p;
}

static const struct vmm_ops ops = {.page_in = ask};

static int setup(void **state)
{
    struct fixture *f = calloc(1, sizeof(*f));

    if (!f)
        return -1;
    guest_create_lazy(&f->g);
    f->g.vm.ops = &ops;
    f->g.vm.ops_arg = f;
    *state = f;
    return 0;
}

static void finish_all(struct fixture *f)
{
    for (unsigned i = 0; i < f->n; i++) {
        hv_page_in(f->asked[i]);
        hv_page_in_done(f->asked[i]);
    }
    f->n = 0;
}

static int teardown(void **state)
{
    struct fixture *f = *state;

    finish_all(f);
    guest_destroy(&f->g);
    free(f);
    return 0;
}

static void handshake(struct fixture *f)
{
    struct vcpu *v = f->g.v;

    hv_set_psw(v, OPEN, 0x1000);
    hv_set_cr(v, 0, CR0_SERVICE);
    put64(&f->g, TOKEN, 0xabcdef);
    v->pfault = (struct pfault){.token = TOKEN};
}

/* As if the init interruption had been taken. */
static void took_init(struct fixture *f)
{
    assert_true(atomic_load(&f->g.v->local.pending) & IRQ_BIT(IRQ_PFAULT_INIT));
    atomic_store(&f->g.v->local.pending, 0);
}

static bool floats(struct fixture *f)
{
    return atomic_load(&f->g.vm.floating.pending) & IRQ_BIT(IRQ_PFAULT_DONE);
}

static void test_i07_told_twice(void **state)
{
    struct fixture *f = *state;

    handshake(f);
    assert_true(hv_pfault(f->g.v, ABSENT));
    assert_int_equal(f->g.v->local.pfault_token, 0xabcdef);
    assert_true(mem_is_absent(&f->g.vm.mem, ABSENT));
    took_init(f);
    assert_false(floats(f));
    finish_all(f);
    assert_true(floats(f));
    assert_false(mem_is_absent(&f->g.vm.mem, ABSENT));
}

static void test_i07_waits_when_it_could_not_be_told(void **state)
{
    struct fixture *f = *state;
    struct vcpu *v = f->g.v;

    handshake(f);
    assert_int_equal(hv_inject_emergency(v, 0), 0); /* pending, but disabled: no obstacle */
    assert_true(hv_pfault(v, ABSENT));
    took_init(f);
    hv_set_cr(v, 0, CR0_SERVICE | CR0_EMERGENCY); /* would come first */
    assert_int_equal(hv_inject_emergency(v, 0), 0);
    assert_false(hv_pfault(v, ABSENT));
    atomic_store(&v->local.pending, 0);
    v->pfault.token = GUEST_SIZE; /* went out of storage by SET PREFIX */
    assert_false(hv_pfault(v, ABSENT));
    v->pfault.token = DIAG258_TOKEN_INVALID;
    assert_false(hv_pfault(v, ABSENT));
}

static void test_i07_so_many_at_once(void **state)
{
    struct fixture *f = *state;

    handshake(f);
    for (unsigned i = 0; i < 64; i++) {
        assert_true(hv_pfault(f->g.v, ABSENT + i * FRAME_SIZE));
        took_init(f);
    }
    assert_false(hv_pfault(f->g.v, ABSENT + 64 * FRAME_SIZE));
    finish_all(f);
    assert_int_equal(atomic_load(&f->g.v->pfault.under_way), 0);
}

static void test_i07_reset_drops_what_is_under_way(void **state)
{
    struct fixture *f = *state;

    handshake(f);
    assert_true(hv_pfault(f->g.v, ABSENT));
    vcpu_reset(f->g.v, CPU_RESET_NORMAL);
    assert_int_equal(atomic_load(&f->g.v->local.pending), 0);
    assert_true(f->g.v->pfault.token == DIAG258_TOKEN_INVALID);
    finish_all(f);
    assert_false(floats(f));
    assert_false(mem_is_absent(&f->g.vm.mem, ABSENT));
}

static void test_i07_reset_forgets_what_is_there(void **state)
{
    struct fixture *f = *state;

    handshake(f);
    assert_true(hv_pfault(f->g.v, ABSENT));
    took_init(f);
    assert_true(hv_pfault(f->g.v, ABSENT + FRAME_SIZE));
    finish_all(f);
    assert_true(floats(f));
    vcpu_reset(f->g.v, CPU_RESET_INITIAL);
    assert_false(floats(f));
}

static void test_i07_subsystem_reset_forgets_what_is_there(void **state)
{
    struct fixture *f = *state;

    handshake(f);
    assert_true(hv_pfault(f->g.v, ABSENT));
    finish_all(f);
    hv_clear_floating(&f->g.vm);
    assert_false(floats(f));
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
    const struct CMUnitTest tests[] = {
        TEST(test_i07_told_twice),
        TEST(test_i07_waits_when_it_could_not_be_told),
        TEST(test_i07_so_many_at_once),
        TEST(test_i07_reset_drops_what_is_under_way),
        TEST(test_i07_reset_forgets_what_is_there),
        TEST(test_i07_subsystem_reset_forgets_what_is_there),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
