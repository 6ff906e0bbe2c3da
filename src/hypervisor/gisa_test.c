/* SPDX-License-Identifier: Apache-2.0
 *
 * GISA and GIB: the alert list under contention, the alert mask, suppression modes and SET
 * INTERRUPTION CONTROLS.  Delivery from the GISA is in sie/leave_test.c and run_test.c.
 */
#include "hypervisor/test_guest.h"

#include <errno.h>
#include <sched.h>
#include <sys/mman.h>

#include "hypervisor/priv.h"

#define GISAS 4

/* Several guests' GISAs and one list, below 2 GiB. */
static struct low {
    union gisa gisa[GISAS];
    struct gib gib;
} * low;

static u32 address(const void *p)
{
    return (u32)(uintptr_t)p;
}

static void init_low(u8 iam)
{
    memset(low, 0, sizeof(*low));
    for (unsigned i = 0; i < GISAS; i++) {
        low->gisa[i].f0.next_alert = be32_of(address(&low->gisa[i]));
        low->gisa[i].f0.iam = iam;
    }
}

static int make_low(void **state)
{
    (void)state;
    low = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_32BIT, -1, 0);
    return low == MAP_FAILED;
}

static bool is_listed(unsigned i)
{
    return be32_get(low->gisa[i].f0.next_alert) != address(&low->gisa[i]);
}

static void test_alert_list(void **state)
{
    (void)state;
    init_low(GISA_ISC(3) | GISA_ISC(5));
    assert_false(hv_gisa_set(&low->gisa[0], &low->gib, 4)); /* nobody asked for an alert */
    assert_int_equal(low->gisa[0].f0.ipm, GISA_ISC(4));
    assert_false(is_listed(0));
    assert_true(hv_gisa_set(&low->gisa[0], &low->gib, 3));
    assert_int_equal(low->gisa[0].f0.ipm, GISA_ISC(4) | GISA_ISC(3));
    assert_int_equal(low->gisa[0].f0.iam, 0);
    assert_int_equal(be32_get(low->gib.alert_list), address(&low->gisa[0]));
    assert_int_equal(be32_get(low->gisa[0].f0.next_alert), 0);
    assert_false(hv_gisa_set(&low->gisa[0], &low->gib, 5)); /* it is on the list already */
    assert_true(hv_gisa_set(&low->gisa[2], &low->gib, 5));
    assert_int_equal(be32_get(low->gib.alert_list), address(&low->gisa[2]));
    assert_int_equal(be32_get(low->gisa[2].f0.next_alert), address(&low->gisa[0]));
    assert_int_equal(hv_gib_take_alerts(&low->gib), 2);
    assert_int_equal(be32_get(low->gib.alert_list), 0);
    assert_false(is_listed(0) || is_listed(2));
    assert_int_equal(low->gisa[0].f0.ipm, GISA_ISC(3) | GISA_ISC(4) | GISA_ISC(5));
    assert_int_equal(hv_gib_take_alerts(&low->gib), 0);
}

/* ---- many at once ---- */

static _Atomic unsigned raised, taken;
static _Atomic bool stop;

static void *raise_alerts(void *arg)
{
    unsigned seed = (unsigned)(uintptr_t)arg;

    for (unsigned i = 0; i < 30000; i++) {
        seed = seed * 1103515245 + 12345;
        if (hv_gisa_set(&low->gisa[seed >> 16 & (GISAS - 1)], &low->gib, seed >> 20 & 7))
            atomic_fetch_add(&raised, 1);
    }
    return NULL;
}

/* What idling CPUs do: alerts on again, unless the GISA is on the list. */
static void *restore_alerts(void *arg)
{
    struct vm vm = {.gisa = &low->gisa[(uintptr_t)arg], .gisa_alert = 0xff};

    atomic_store(&vm.uses_gisa, true);
    while (!atomic_load(&stop)) {
        (void)hv_gisa_restore_alerts(&vm, 0);
        atomic_fetch_add(&taken, hv_gib_take_alerts(&low->gib));
        sched_yield();
    }
    return NULL;
}

static void test_each_alert_is_taken_once(void **state)
{
    pthread_t t[3], r[GISAS];

    (void)state;
    init_low(0xff);
    for (uintptr_t i = 0; i < GISAS; i++)
        assert_int_equal(pthread_create(&r[i], NULL, restore_alerts, (void *)i), 0);
    for (uintptr_t i = 0; i < ARRAY_SIZE(t); i++)
        assert_int_equal(pthread_create(&t[i], NULL, raise_alerts, (void *)(i + 1)), 0);
    for (unsigned i = 0; i < ARRAY_SIZE(t); i++)
        pthread_join(t[i], NULL);
    atomic_store(&stop, true);
    for (unsigned i = 0; i < GISAS; i++)
        pthread_join(r[i], NULL);
    atomic_fetch_add(&taken, hv_gib_take_alerts(&low->gib));
    assert_true(raised > 0);
    assert_int_equal(taken, raised);
    for (unsigned i = 0; i < GISAS; i++)
        assert_false(is_listed(i));
}

/* ---- the alert mask ---- */

static void test_i12_idle_cpu_restores_alert_mask(void **state)
{
    struct guest g;

    (void)state;
    guest_create(&g, 1, false);
    assert_true(hv_gisa_restore_alerts(&g.vm, 0xff));
    assert_int_equal(g.vm.gisa->f1.iam, 0); /* nobody has registered an ISC */
    for (unsigned isc = 0; isc < 8; isc++)
        assert_int_equal(hv_gisc_register(&g.vm, isc), 0);
    g.vm.gisa->f1.iam = 0;
    assert_true(hv_gisa_restore_alerts(&g.vm, 0xff));
    assert_int_equal(g.vm.gisa->f1.iam, 0xff);
    assert_int_equal(hv_inject_adapter(&g.vm, 6), 0);
    assert_int_equal(g.vm.gisa->f1.iam, 0); /* the alert was taken, too: it is off the list */
    assert_int_equal(be32_get(g.vm.gisa->f1.next_alert), address(g.vm.gisa));
    assert_false(hv_gisa_restore_alerts(&g.vm, GISA_ISC(6))); /* do not sleep */
    assert_int_equal(g.vm.gisa->f1.iam, 0);
    assert_true(hv_gisa_restore_alerts(&g.vm, GISA_ISC(5)));
    assert_int_equal(g.vm.gisa->f1.iam, 0xff);
    g.vm.gisa->f1.iam = 0;
    g.vm.gisa->f1.next_alert = be32_of(0); /* on the list: the mask stays zero */
    assert_true(hv_gisa_restore_alerts(&g.vm, 0));
    assert_int_equal(g.vm.gisa->f1.iam, 0);
    guest_destroy(&g);
}

/* ---- registered interruption subclasses ---- */

static void test_registered_iscs_are_counted_and_alert(void **state)
{
    struct guest g;

    (void)state;
    guest_create(&g, 1, false);
    assert_int_equal(hv_gisc_register(&g.vm, 8), -ERANGE);
    assert_int_equal(hv_gisc_unregister(&g.vm, 8), -ERANGE);
    assert_int_equal(hv_gisc_unregister(&g.vm, 3), -EINVAL);
    assert_int_equal(hv_gisc_register(&g.vm, 3), 0);
    assert_int_equal(hv_gisc_register(&g.vm, 3), 0);
    assert_int_equal(hv_gisc_register(&g.vm, 5), 0);
    assert_int_equal(hv_gisc_count(&g.vm), 3);
    assert_int_equal(g.vm.gisa->f1.iam, GISA_ISC(3) | GISA_ISC(5));
    assert_int_equal(hv_gisc_unregister(&g.vm, 3), 0);
    assert_int_equal(g.vm.gisa->f1.iam, GISA_ISC(3) | GISA_ISC(5));
    assert_int_equal(hv_gisc_unregister(&g.vm, 3), 0);
    assert_int_equal(g.vm.gisa->f1.iam, GISA_ISC(5));
    assert_int_equal(hv_gisc_unregister(&g.vm, 3), -EINVAL);
    assert_int_equal(hv_gisc_count(&g.vm), 1);
    guest_destroy(&g);
}

static void test_registered_iscs_without_gisa_are_only_counted(void **state)
{
    struct guest g;

    (void)state;
    guest_create(&g, 1, true);
    assert_int_equal(hv_gisc_register(&g.vm, 3), 0);
    assert_int_equal(hv_gisc_count(&g.vm), 1);
    assert_int_equal(g.vm.gisa->f1.iam, 0);
    assert_int_equal(hv_gisc_unregister(&g.vm, 3), 0);
    assert_int_equal(hv_gisc_count(&g.vm), 0);
    guest_destroy(&g);
}

/* ---- suppression ---- */

/* Is one pending on the ISC; it is taken. */
static bool take(struct guest *g, unsigned isc)
{
    struct io_interrupt io;
    bool got = hv_dequeue_io_isc(&g->vm, (u8)GISA_ISC(isc), &io);

    if (got)
        assert_int_equal(io.word, IO_WORD_ADAPTER | io_word(isc));
    return got;
}

static bool suppressible(struct guest *g, unsigned isc)
{
    assert_int_equal(hv_inject_suppressible(&g->vm, isc), 0);
    return take(g, isc);
}

static void suppression(bool no_gisa)
{
    struct guest g;

    guest_create(&g, 1, no_gisa);
    assert_true(suppressible(&g, 3));
    assert_true(suppressible(&g, 3));
    hv_set_ais_mode(&g.vm, 3, AIS_MODE_SINGLE);
    assert_int_equal(g.vm.gisa->f1.simm, GISA_ISC(3));
    assert_true(suppressible(&g, 3));
    assert_int_equal(g.vm.gisa->f1.nimm, GISA_ISC(3));
    assert_false(suppressible(&g, 3)); /* one was all */
    assert_true(suppressible(&g, 4));
    assert_int_equal(hv_inject_adapter(&g.vm, 3), 0); /* another kind of adapter */
    assert_true(take(&g, 3));
    hv_set_ais_mode(&g.vm, 3, AIS_MODE_SINGLE);
    assert_true(suppressible(&g, 3));
    assert_false(suppressible(&g, 3));
    hv_set_ais_mode(&g.vm, 3, AIS_MODE_ALL);
    assert_true(suppressible(&g, 3));
    assert_true(suppressible(&g, 3));
    hv_set_ais_mode(&g.vm, 3, AIS_MODE_SINGLE);
    assert_true(suppressible(&g, 3));
    hv_clear_floating(&g.vm); /* a reset ends it */
    assert_true(suppressible(&g, 3));
    assert_true(suppressible(&g, 3));
    guest_destroy(&g);
}

static void test_single_interruption_mode(void **state)
{
    (void)state;
    suppression(false);
    suppression(true);
}

static enum hv_outcome sic(struct guest *g, u64 mode, u64 isc)
{
    *hv_gr(g->v, 2) = mode;
    *hv_gr(g->v, 4) = isc << 27;
    g->v->local.program = NULL;
    intercepted(g, 0xeb24, 0x000000d1, IA);
    return hv_handle_instruction(g->v);
}

static void test_i28_sic(void **state)
{
    struct guest g;

    (void)state;
    guest_create(&g, 1, false);
    hv_set_psw(g.v, PSW_64, IA);
    assert_int_equal(sic(&g, 0xabc0001, 5), HV_RESUME); /* the low halfword is the mode */
    assert_int_equal(g.vm.gisa->f1.simm, GISA_ISC(5));
    assert_int_equal(hv_psw_addr(g.v), IA + 6);
    assert_int_equal(sic(&g, 0, 5), HV_RESUME);
    assert_int_equal(g.vm.gisa->f1.simm, 0);
    assert_int_equal(sic(&g, 2, 5), HV_INJECT);
    assert_int_equal(pending_program(&g), PGM_OPERAND);
    hv_set_psw(g.v, PSW_64 | PSW_MASK_PSTATE, IA);
    assert_int_equal(sic(&g, 1, 5), HV_INJECT);
    assert_int_equal(pending_program(&g), PGM_PRIVILEGED_OP);
    hv_set_psw(g.v, PSW_64, IA);
    bitmap_clear(g.vm.model.facilities, 72);
    assert_int_equal(sic(&g, 1, 5), HV_INJECT);
    assert_int_equal(pending_program(&g), PGM_OPERATION);
    assert_int_equal(g.vm.gisa->f1.simm, 0);
    hv_set_ais_mode(&g.vm, 5, AIS_MODE_SINGLE); /* without the facility, nothing is suppressed */
    assert_true(suppressible(&g, 5));
    assert_true(suppressible(&g, 5));
    guest_destroy(&g);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(test_alert_list, make_low),
        cmocka_unit_test_setup(test_each_alert_is_taken_once, make_low),
        cmocka_unit_test(test_i12_idle_cpu_restores_alert_mask),
        cmocka_unit_test(test_registered_iscs_are_counted_and_alert),
        cmocka_unit_test(test_registered_iscs_without_gisa_are_only_counted),
        cmocka_unit_test(test_single_interruption_mode),
        cmocka_unit_test(test_i28_sic),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
