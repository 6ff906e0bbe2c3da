/* SPDX-License-Identifier: Apache-2.0
 *
 * What SIE leaves to the hypervisor because of an error: what each program interruption stores
 * (I34); the interception TDB of one (I33), from a state description alone, for no transaction is
 * executed yet; validity interceptions (I11).
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

/* ---- I34 ---- */

enum {
    TEID = 1,
    EAID = 2,
    OAID = 4,
    DXC = 8,
    MON = 16,
};

/* Codes by what is stored for them; what is not here stores nothing. */
static const struct {
    u16 first, last;
    unsigned stores;
} payloads[] = {
    {0x04, 0x04, TEID | EAID},
    {0x07, 0x07, DXC},
    {0x10, 0x11, TEID | EAID | OAID},
    {0x1b, 0x1b, DXC},
    {0x1c, 0x1c, TEID},
    {0x20, 0x27, TEID},
    {0x28, 0x2d, EAID},
    {0x2e, 0x2e, TEID},
    {0x2f, 0x2f, EAID},
    {0x38, 0x3b, TEID | EAID | OAID},
    {0x3d, 0x3f, TEID},
    {0x40, 0x40, MON},
};

static unsigned payload(u16 code)
{
    for (unsigned i = 0; i < ARRAY_SIZE(payloads); i++)
        if (code >= payloads[i].first && code <= payloads[i].last)
            return payloads[i].stores;
    return 0;
}

static void intercepted_code(struct guest *g, u16 iprcc)
{
    struct sd *sd = g->v->sd;

    for (u64 at = 0x88; at < 0xb8; at += 8)
        put64(g, at, 0x5555555555555555);
    hv_set_psw(g->v, PSW_64, 0x5004);
    sd->icptcode = ICPT_PROGI;
    sd->iprcc = be16_of(iprcc);
    sd->pgmilc = be16_of(4);
    sd->dxc = be32_of(0xd1);
    sd->mcn = be16_of(0xc2);
    sd->perc = 0xb3;
    sd->peratmid = 0xb4;
    sd->peraddr = be64_of(0xb5b5b5b5b5b5b5b5);
    sd->eai = 0xa6;
    sd->peraid = 0xa7;
    sd->oai = 0xa8;
    sd->tecmc = be64_of(0xe9e9e9e9e9e9e9e9);
    assert_int_equal(hv_handle_intercept(g->v), HV_INJECT);
    assert_int_equal(hv_deliver(g->v), 0);
    assert_int_equal(hv_psw_addr(g->v), 0x6000);
    assert_int_equal(get64(g, LC(pgm_old_psw) + 8), 0x5004); /* as SIE left it */
}

static u64 either(bool stored, u64 value, u64 byte)
{
    return stored ? value : 0x5555555555555555 & byte;
}

static void stores_exactly(struct guest *g, u16 iprcc)
{
    unsigned with = payload(iprcc & PGM_CODE_MASK);
    bool per = iprcc & PGM_PER;

    intercepted_code(g, iprcc);
    assert_int_equal(get32(g, 0x8c), 4U << 16 | iprcc);
    assert_int_equal(get32(g, 0x90), either(with & DXC, 0xd1, 0xffffffff));
    assert_int_equal(get16(g, 0x94), either(with & MON, 0xc2, 0xffff));
    assert_int_equal(get16(g, 0x96), either(per, 0xb3b4, 0xffff));
    assert_true(get64(g, 0x98) == either(per, 0xb5b5b5b5b5b5b5b5, ~0ULL));
    assert_int_equal(get32(g, 0xa0), either(with & EAID, 0xa6, 0xff) << 24 |
                                         either(per, 0xa7, 0xff) << 16 |
                                         either(with & OAID, 0xa8, 0xff) << 8 | 0x55);
    assert_true(get64(g, 0xa8) == either(with & TEID, 0xe9e9e9e9e9e9e9e9, ~0ULL));
    assert_true(get64(g, 0xb0) == either(with & MON, 0xe9e9e9e9e9e9e9e9, ~0ULL));
}

static void test_i34_each_code_stores_what_is_its(void **state)
{
    struct guest g;

    (void)state;
    guest_create(&g, 1, false);
    put_psw(&g, LC(pgm_new_psw), PSW_64, 0x6000);
    for (u16 code = 1; code < 0x80; code++) {
        stores_exactly(&g, code);
        stores_exactly(&g, code | PGM_PER);
        stores_exactly(&g, code | PGM_TX_ABORT);
    }
    stores_exactly(&g, PGM_PER);
    stores_exactly(&g, PGM_CRYPTO_OPERATION);
    guest_destroy(&g);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_i33_sd_only_interception_tdb),
        cmocka_unit_test(test_i33_sd_only_no_interception_tdb),
        cmocka_unit_test(test_i34_each_code_stores_what_is_its),
        cmocka_unit_test(test_i11_validity_ends_the_run),
        cmocka_unit_test(test_i11_sd_only_validity_without_warning),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
