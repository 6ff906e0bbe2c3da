/* SPDX-License-Identifier: Apache-2.0
 *
 * Program interruptions that SIE leaves to the hypervisor: the interception TDB (I33), from a state
 * description alone, for no transaction is executed yet.
 */
#include "hypervisor/test_guest.h"

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

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_i33_sd_only_interception_tdb),
        cmocka_unit_test(test_i33_sd_only_no_interception_tdb),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
