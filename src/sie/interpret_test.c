/* SPDX-License-Identifier: Apache-2.0
 *
 * Execution controls that turn an intercepted instruction into an interpreted one, or tell what its
 * result is, each off and on: PTF, CMMA, MEF.  Others are in leave_test.c and sca_test.c.
 *
 * References: IBM CP control blocks SIEBK (execution controls).
 */
#include "sie/test_sie.h"

#include "cpu/mem.h"

static struct sie_guest g;
static struct bsca sca __attribute__((aligned(64)));
static be64 list[FRAME_SIZE / sizeof(be64)] __attribute__((aligned(4096)));

static int setup(void **state)
{
    (void)state;
    guest_create(&g, false);
    return mem_usage_begin(&g.mem);
}

static int teardown(void **state)
{
    (void)state;
    guest_destroy(&g);
    return 0;
}

/* ---- ecb.PTF ---- */

/* Only a check for a report is interpreted, and only with an SCA, where the report is. */
static void test_i27_ecb_ptf(void **state)
{
    static const u16 ptf[] = {0xb9a2, 0x0030};

    (void)state;
    for (unsigned i = 0; i < 16; i++) {
        bool on = i & 1, area = i & 2, check = i & 4, report = i & 8;
        bool interpreted = on && area && check;

        guest_reset(&g);
        memset(&sca, 0, sizeof(sca));
        sca.utility = be16_of(report ? SCA_UTILITY_MTCR : 0);
        g.sd->ecb = (u8)(SD_ECB_SPECI | (on ? SD_ECB_PTF : 0));
        if (area)
            sd_set_scao(g.sd, (u64)(uintptr_t)&sca);
        g.cpu.gr[3] = check ? PTF_CHECK : PTF_HORIZONTAL;
        assert_int_equal(run_code(&g, ptf), interpreted ? ICPT_WAIT : ICPT_INST);
        assert_int_equal(psw_addr(&g), interpreted ? WAIT_ADDR : CODE + 4);
        if (interpreted)
            assert_int_equal(g.cpu.gr[11] >> 28 & 3, report);
        assert_int_equal(be16_get(sca.utility), report && !interpreted ? SCA_UTILITY_MTCR : 0);
    }
}

/* ---- ecb2.CMMA ---- */

static const u16 set_unused[] = {0xb9ab, 0x2034}; /* essa r3,r4,2 */

static void with_list(unsigned entries, bool on)
{
    guest_reset(&g);
    memset(list, 0, sizeof(list));
    g.sd->ecb2 = on ? SD_ECB2_CMMA : 0;
    g.sd->cbrlo = be64_of((u64)(uintptr_t)list + entries * sizeof(be64));
    g.cpu.gr[3] = 0x77;
    g.cpu.gr[4] = 0x5000;
    atomic_store(&atomic_load(&g.mem.usage)[5], USAGE_STABLE);
}

static void test_i27_ecb2_cmma(void **state)
{
    (void)state;
    with_list(0, false);
    assert_int_equal(run_code(&g, set_unused), ICPT_INST);
    assert_int_equal(psw_addr(&g), CODE + 4);
    assert_int_equal(g.cpu.gr[3], 0x77);
    assert_int_equal(list[0].raw, 0);
    with_list(0, true);
    assert_int_equal(run_code(&g, set_unused), ICPT_WAIT);
    assert_int_equal(g.cpu.gr[3], 0); /* it was stable, and there */
    assert_int_equal(be64_get(list[0]), 0x5000);
    assert_int_equal(be64_get(g.sd->cbrlo) & SD_CBRLO_NEXT, sizeof(be64));
}

/* The last entry is used; then it is the host's turn, and nothing has changed. */
static void test_i27_full_block_release_list(void **state)
{
    (void)state;
    with_list(SD_CBRL_ENTRIES - 1, true);
    assert_int_equal(run_code(&g, set_unused), ICPT_WAIT);
    assert_int_equal(be64_get(list[SD_CBRL_ENTRIES - 1]), 0x5000);
    with_list(SD_CBRL_ENTRIES, true);
    assert_int_equal(run_code(&g, set_unused), ICPT_INST);
    assert_int_equal(g.cpu.gr[3], 0x77);
    assert_int_equal(atomic_load(&atomic_load(&g.mem.usage)[5]), USAGE_STABLE);
    assert_int_equal(list[SD_CBRL_ENTRIES].raw, 0);
}

/* ---- ecd.MEF ---- */

static void test_ecd_mef(void **state)
{
    static const u16 stcke[] = {0xb278, 0x1000};

    (void)state;
    for (unsigned on = 0; on < 2; on++) {
        guest_reset(&g);
        g.sd->ecd = be32_of(on ? SD_ECD_MEF : 0);
        g.sd->epdx = 0x41;
        put64(&g, DATA, ~0ULL);
        assert_int_equal(run_code(&g, stcke), ICPT_WAIT);
        assert_int_equal(get64(&g, DATA) >> 56, on ? 0x41 : 0);
        assert_int_not_equal(get64(&g, DATA) << 8, 0);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_i27_ecb_ptf),
        cmocka_unit_test(test_i27_ecb2_cmma),
        cmocka_unit_test(test_i27_full_block_release_list),
        cmocka_unit_test(test_ecd_mef),
    };

    return cmocka_run_group_tests(tests, setup, teardown);
}
