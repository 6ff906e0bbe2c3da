/* SPDX-License-Identifier: Apache-2.0
 *
 * Instruction-blocking control: which instructions a value leaves, what a blocked one ends in, and
 * that code which was decoded under another value is not used.
 */
#include "sie/test_sie.h"

static struct sie_guest g;

static int setup(void **state)
{
    (void)state;
    guest_create(&g, false);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    guest_destroy(&g);
    return 0;
}

/* Each is of one facility only; none changes what the others need. */
static const struct row {
    const char *name;
    u16 insn[3];
    unsigned generation; /* that has it first */
} rows[] = {
    {"LA", {0x4130, 0x0001}, 0},
    {"LAY 18", {0xe330, 0x0001, 0x0071}, 0},
    {"CLGIT 34", {0xec20, 0x0000, 0x8071}, 0},
    {"ARK 45", {0xb9f8, 0x5034}, 1},
    {"RRBM 66", {0xb9ae, 0x0032}, 1},
    {"CLGT 49", {0xeb20, 0x1000, 0x002b}, 2},
    {"RISBGN 49", {0xec34, 0x00bf, 0x0059}, 2},
    {"CRDTE 78", {0xb98f, 0x508a}, 2},
    {"LOCHI 53", {0xec38, 0x1234, 0x0042}, 3},
    {"LZRF 53", {0xe330, 0x1000, 0x003b}, 3},
    {"MGRK 58", {0xb9ec, 0x3024}, 4},
    {"AGH 58", {0xe330, 0x1000, 0x0038}, 4},
    {"LLGFSG 133", {0xe330, 0x1000, 0x0048}, 4},
    {"IRBM 145", {0xb9ac, 0x0032}, 4},
};

static void prepare(u32 ibc)
{
    guest_reset(&g);
    put64(&g, LC(pgm_ilc), 0);
    g.sd->prefix_ibc = be32_of(ibc);
    g.cpu.gr[2] = KEYED;
    g.cpu.gr[3] = g.cpu.gr[4] = 0;
    g.cpu.gr[5] = DATA + 0x100;
    g.cpu.gr[8] = 0;
    g.cpu.gr[10] = DATA + 0x810;
}

static bool blocked(u32 ibc, const struct row *r)
{
    return ibc && r->generation > ibc >> 4;
}

/* The level within a generation, the rightmost digit, does not count; beyond the newest that is
 * known, nothing is blocked. */
static void test_ibc_blocks_newer_generations(void **state)
{
    static const u32 values[] = {0,     0x001, 0x00f, 0x010, 0x011, 0x021, 0x022,
                                 0x02f, 0x031, 0x041, 0x051, 0x100, 0xfff};

    (void)state;
    for (unsigned v = 0; v < ARRAY_SIZE(values); v++)
        for (unsigned i = 0; i < ARRAY_SIZE(rows); i++) {
            prepare(values[v]);
            put_code(&g, rows[i].insn);
            (void)run_at(&g, CODE);
            print_message("%03x %s\n", values[v], rows[i].name);
            if (blocked(values[v], &rows[i])) {
                assert_presented(&g, PGM_OPERATION);
                assert_int_equal(get16(&g, LC(pgm_ilc)), length_of(rows[i].insn));
            } else {
                assert_int_equal(g.sd->icptcode, ICPT_WAIT);
                assert_int_equal(psw_addr(&g), WAIT_ADDR);
            }
        }
}

/* Under operation-exception control (2C) and under interception of all program interruptions (08).
 */
static void test_i36_blocked_instruction_under_interception_controls(void **state)
{
    static const u16 ark[] = {0xb9f8, 0x5034}, exrl[] = {0xc600, 0x0000, 0x0800};

    (void)state;
    for (unsigned i = 0; i < 2; i++) {
        prepare(0x001);
        g.sd->ictl = be32_of(SD_ICTL_OPEREXC);
        put_halves(&g, TARGET, ark, 2);
        put_code(&g, i ? exrl : ark);
        assert_int_equal(run_at(&g, CODE), ICPT_OPEREXC);
        assert_int_equal(be16_get(g.sd->ipa), ark[0]);
        assert_int_equal(be32_get(g.sd->ipb), (u32)ark[1] << 16);
        assert_int_equal(g.sd->icptstatus, i ? SD_ICPTSTATUS_EXEC | 0x60 : 0);
        assert_int_equal(psw_addr(&g), CODE + (i ? 6 : 4));
    }
    prepare(0x001);
    g.sd->ictl = be32_of(SD_ICTL_PINT);
    put_code(&g, ark);
    assert_int_equal(run_at(&g, CODE), ICPT_PROGI);
    assert_int_equal(icpt_program(&g), PGM_OPERATION);
}

/* It is not there: neither its interception nor its privilege matters. */
static void test_blocked_instruction_is_not_intercepted(void **state)
{
    static const u16 irbm[] = {0xb9ac, 0x0032};

    (void)state;
    for (unsigned i = 0; i < 4; i++) {
        bool block = i & 1;

        prepare(block ? 0x031 : 0x041);
        g.sd->ictl = be32_of(SD_ICTL_ISKE);
        if (i & 2)
            g.mask |= PSW_MASK_PSTATE;
        put_code(&g, irbm);
        (void)run_at(&g, CODE);
        if (block || i & 2)
            assert_presented(&g, block ? PGM_OPERATION : PGM_PRIVILEGED_OP);
        else
            assert_int_equal(g.sd->icptcode, ICPT_INST);
    }
}

/* Facilities of no machine are not blocked: SET INTERRUPTION CONTROLS goes to the host. */
static void test_ibc_leaves_what_no_generation_has(void **state)
{
    static const u16 sic[] = {0xeb23, 0x0000, 0x00d1};

    (void)state;
    prepare(0x001);
    put_code(&g, sic);
    assert_int_equal(run_at(&g, CODE), ICPT_INST);
    assert_int_equal(be16_get(g.sd->ipa), sic[0]);
}

/* The same bytes, in place and as the target of EXECUTE, while the value changes to and fro. */
static void test_decoded_code_of_another_ibc_is_not_used(void **state)
{
    static const u16 ark[] = {0xb9f8, 0x5034}, ex[] = {0x4400, 0xc000};
    static const u32 values[] = {0, 0x001, 0x011, 0x001, 0, 0x001};

    (void)state;
    for (unsigned way = 0; way < 2; way++) {
        guest_reset(&g);
        put_halves(&g, TARGET, ark, 2);
        put_code(&g, way ? ex : ark);
        for (unsigned i = 0; i < ARRAY_SIZE(values); i++) {
            put64(&g, LC(pgm_ilc), 0);
            g.sd->prefix_ibc = be32_of(values[i]);
            (void)run_at(&g, CODE);
            if (values[i] == 0x001)
                assert_presented(&g, PGM_OPERATION);
            else
                assert_int_equal(psw_addr(&g), WAIT_ADDR);
        }
    }
}

/* A store into code that was decoded for two values is seen under both. */
static void test_store_into_code_decoded_twice(void **state)
{
    static const u16 ark[] = {0xb9f8, 0x5034}, srk[] = {0xb9f9, 0x5034};
    static const u32 values[] = {0, 0x011};

    (void)state;
    guest_reset(&g);
    g.cpu.gr[4] = 7;
    g.cpu.gr[5] = 3;
    for (unsigned round = 0; round < 4; round++) {
        put_code(&g, round & 1 ? srk : ark);
        for (unsigned i = 0; i < 2; i++) {
            g.sd->prefix_ibc = be32_of(values[i]);
            (void)run_at(&g, CODE);
            assert_int_equal(psw_addr(&g), WAIT_ADDR);
            assert_int_equal(g.cpu.gr[3], round & 1 ? 4 : 10);
        }
    }
}

#define T(f) cmocka_unit_test(f)

int main(void)
{
    const struct CMUnitTest tests[] = {
        T(test_ibc_blocks_newer_generations),
        T(test_i36_blocked_instruction_under_interception_controls),
        T(test_blocked_instruction_is_not_intercepted),
        T(test_ibc_leaves_what_no_generation_has),
        T(test_decoded_code_of_another_ibc_is_not_used),
        T(test_store_into_code_decoded_twice),
    };

    return cmocka_run_group_tests(tests, setup, teardown);
}
