/* SPDX-License-Identifier: Apache-2.0
 *
 * SYSIB 15.1.x of CPUs that differ in entitlement and dedication, and which changes a guest is told
 * of.  What one entitlement looks like, guests see (tests/guests/topology.c).
 *
 * References: [PoP 10 STORE SYSTEM INFORMATION, PERFORM TOPOLOGY FUNCTION].
 */
#include "hypervisor/test_guest.h"

#include <errno.h>

#include "arch/stsi.h"

#define CPUS 8

static u8 block[SYSIB_SIZE];

static int make(void **state)
{
    struct guest *g = malloc(sizeof(*g));

    guest_create_as(
        g,
        (struct vm_config){
            .cpus = CPUS, .topology = {.drawers = 1, .books = 1, .sockets = 2, .cores = CPUS / 2}});
    *state = g;
    return 0;
}

/* The report that PTF 2 would take. */
static bool reported(struct guest *g)
{
    bool was = be16_get(g->vm.sca->utility) & SCA_UTILITY_MTCR;

    g->vm.sca->utility.raw = 0;
    return was;
}

static void set(struct guest *g, unsigned cpu, enum entitlement e, bool dedicated)
{
    assert_int_equal(vcpu_set_entitlement(g->vm.vcpu[cpu], e, dedicated), 0);
}

/* Entry of CPUs at `at`; the next one. */
static unsigned cpus(unsigned at, u8 flags, u64 mask)
{
    struct tle_cpu e;

    memcpy(&e, block + at, sizeof(e));
    assert_int_equal(e.nl, 0);
    assert_int_equal(e.flags, flags);
    assert_int_equal(be16_get(e.origin), 0);
    assert_true(be64_get(e.mask) == mask);
    return at + sizeof(e);
}

static unsigned socket(unsigned at, u8 id)
{
    assert_int_equal(block[at], 1);
    assert_int_equal(block[at + 7], id);
    return at + sizeof(struct tle_container);
}

static void fill(struct guest *g)
{
    memset(block, 0, sizeof(block));
    assert_true(hv_fill_topology(&g->vm, 2, block));
}

static void test_i25_entries_by_entitlement_then_dedication(void **state)
{
    struct guest *g = *state;
    unsigned at = 16;

    set(g, 0, ENTITLEMENT_LOW, false);
    set(g, 1, ENTITLEMENT_HIGH, false);
    set(g, 2, ENTITLEMENT_HIGH, true);
    set(g, 6, ENTITLEMENT_HIGH, true);
    atomic_store(&g->vm.vertical, true);
    fill(g);
    at = socket(at, 0);
    at = cpus(at, TLE_CPU_DEDICATED | 3, BIT64(2));
    at = cpus(at, 3, BIT64(1));
    at = cpus(at, 2, BIT64(3)); /* medium, as at the start */
    at = cpus(at, 1, BIT64(0));
    at = socket(at, 1);
    at = cpus(at, TLE_CPU_DEDICATED | 3, BIT64(6));
    at = cpus(at, 2, BIT64(4) | BIT64(5) | BIT64(7));
    assert_int_equal(at, block[2] << 8 | block[3]);
}

/* Horizontally, entitlement is not told, dedication is. */
static void test_i25_horizontal_polarization(void **state)
{
    struct guest *g = *state;
    unsigned at = 16;

    set(g, 0, ENTITLEMENT_LOW, false);
    set(g, 2, ENTITLEMENT_HIGH, true);
    fill(g);
    at = socket(at, 0);
    at = cpus(at, TLE_CPU_DEDICATED, BIT64(2));
    at = cpus(at, 0, BIT64(0) | BIT64(1) | BIT64(3));
    at = socket(at, 1);
    at = cpus(at, 0, BIT64(4) | BIT64(5) | BIT64(6) | BIT64(7));
    assert_int_equal(at, block[2] << 8 | block[3]);
}

static void test_i27_changes_are_reported(void **state)
{
    struct guest *g = *state;

    (void)reported(g);
    set(g, 3, ENTITLEMENT_MEDIUM, false); /* as it is */
    assert_false(reported(g));
    set(g, 3, ENTITLEMENT_HIGH, false);
    assert_true(reported(g));
    set(g, 3, ENTITLEMENT_HIGH, true);
    assert_true(reported(g));
    assert_int_equal(vcpu_set_entitlement(g->vm.vcpu[3], ENTITLEMENT_LOW, true), -EINVAL);
    assert_false(reported(g));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_i25_entries_by_entitlement_then_dedication, make,
                                        guest_end),
        cmocka_unit_test_setup_teardown(test_i25_horizontal_polarization, make, guest_end),
        cmocka_unit_test_setup_teardown(test_i27_changes_are_reported, make, guest_end),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
