/* SPDX-License-Identifier: Apache-2.0
 *
 * What SIE leaves to the hypervisor because of an error: the interception TDB of a program
 * interruption (I33), from a state description alone, for no transaction is executed yet; validity
 * interceptions (I11).
 */
#include "hypervisor/test_guest.h"

#include <errno.h>

static struct tdb itdb __attribute__((aligned(256)));

/* As if SIE had intercepted a protection exception. */
static enum hv_outcome intercepted_program(struct guest *g)
{
    hv_set_psw(g->v, PSW_64, 0x5004);
    g->v->sd->icptcode = ICPT_PROGI;
    g->v->sd->iprcc = be16_of(PGM_PROTECTION);
    g->v->sd->pgmilc = be16_of(4);
    return hv_handle_intercept(g->v);
}

static void forwarded(struct guest *g, bool te, u8 format, bool expected)
{
    static const struct tdb none;

    guest_create(g, 1, false);
    put_psw(g, LC(pgm_new_psw), PSW_64, 0x6000);
    memset(&itdb, 0x77, sizeof(itdb));
    itdb.format = format;
    g->v->sd->itdba = be64_of((u64)(uintptr_t)&itdb);
    if (te)
        g->v->sd->ecb |= SD_ECB_TE;
    assert_int_equal(intercepted_program(g), HV_INJECT);
    assert_int_equal(pending_program(g), PGM_PROTECTION);
    assert_int_equal(get64(g, LC(pgm_tdb) + 8), expected ? 0x7777777777777777 : 0);
    assert_int_equal(get64(g, LC(pgm_tdb) + 0xf8), expected ? 0x7777777777777777 : 0);
    assert_int_equal(get32(g, LC(pgm_tdb)) >> 24, expected ? format : 0);
    assert_int_equal(memcmp(&itdb, &none, sizeof(itdb)) == 0, expected);
    guest_destroy(g);
}

static void test_i33_sd_only_interception_tdb(void **state)
{
    struct guest g;

    (void)state;
    forwarded(&g, true, TDB_FORMAT_VALID, true);
    forwarded(&g, true, 0, false);
    forwarded(&g, false, TDB_FORMAT_VALID, false);
}

static void test_i33_sd_only_no_interception_tdb(void **state)
{
    struct guest g;

    (void)state;
    guest_create(&g, 1, false);
    g.v->sd->ecb |= SD_ECB_TE;
    assert_int_equal(intercepted_program(&g), HV_INJECT);
    assert_int_equal(get64(&g, LC(pgm_tdb)), 0);
    guest_destroy(&g);
}

/* The run ends, and says why. */
static void test_i11_validity_ends_the_run(void **state)
{
    struct guest g;

    (void)state;
    guest_create(&g, 1, false);
    hv_set_prefix(g.v, GUEST_SIZE);
    hv_set_psw(g.v, PSW_64, 0x5000);
    for (unsigned i = 0; i < 2; i++) {
        assert_int_equal(hv_run(g.v, &g.exit), -EINVAL);
        assert_int_equal(g.exit.reason, EXIT_INTERNAL_ERROR);
        assert_int_equal(g.exit.error, -EINVAL);
        assert_int_equal(g.v->sd->icptcode, ICPT_VALIDITY);
        assert_int_equal(hv_ipb(g.v) >> 16, VALIDITY_PREFIX);
        assert_int_equal(hv_psw_addr(g.v), 0x5000);
        assert_true(g.vm.validity_warned);
    }
    guest_destroy(&g);
}

/* The guest's own doing: no warning, and a later reason still gets its one. */
static void test_i11_sd_only_validity_without_warning(void **state)
{
    struct guest g;

    (void)state;
    guest_create(&g, 1, false);
    g.v->sd->icptcode = ICPT_VALIDITY;
    g.v->sd->ipb = be32_of((u32)VALIDITY_RICCB << 16);
    assert_int_equal(hv_handle_intercept(g.v), HV_BROKEN);
    assert_false(g.vm.validity_warned);
    g.v->sd->ipb = be32_of((u32)VALIDITY_ITDB_ADDR << 16);
    assert_int_equal(hv_handle_intercept(g.v), HV_BROKEN);
    assert_true(g.vm.validity_warned);
    assert_int_equal(g.exit.error, -EINVAL);
    guest_destroy(&g);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_i33_sd_only_interception_tdb),
        cmocka_unit_test(test_i33_sd_only_no_interception_tdb),
        cmocka_unit_test(test_i11_validity_ends_the_run),
        cmocka_unit_test(test_i11_sd_only_validity_without_warning),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
