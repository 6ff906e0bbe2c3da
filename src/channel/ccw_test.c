/* SPDX-License-Identifier: Apache-2.0
 *
 * Channel programs: formats, chaining, indirect addressing, checks.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "channel/ccw.h"
#include "channel/fake_guest.h"

static struct fake_guest *guest(void **state)
{
    return *state;
}

static int setup(void **state)
{
    struct fake_guest *g = malloc(sizeof(*g));

    fake_create(g);
    for (unsigned i = 0; i < 0x10000; i++)
        *fake_at(g, 0x10000 + i) = (u8)(i * 7 + (i >> 8));
    *state = g;
    return 0;
}

static int teardown(void **state)
{
    fake_destroy(*state);
    free(*state);
    return 0;
}

static void begin(struct fake_guest *g, struct ccw_program *p, u32 cpa, u16 ctrl0, u8 ctrl1)
{
    struct orb orb = {.ctrl0 = be16_of(ctrl0), .ctrl1 = ctrl1, .cpa = be32_of(cpa)};

    ccw_start(p, &g->vm.mem, &orb);
}

static void ccw0(struct fake_guest *g, u64 at, u8 cmd, u8 flags, u16 count, u32 addr)
{
    struct ccw0 c = {cmd, {(u8)(addr >> 16), (u8)(addr >> 8), (u8)addr}, flags, 0, be16_of(count)};

    memcpy(fake_at(g, at), &c, sizeof(c));
}

static void format_0_and_tic(void **state)
{
    struct fake_guest *g = guest(state);
    struct ccw_program p;
    u8 buffer[16];

    ccw0(g, 0x1000, 0x01, CCW_FLAG_CC, 8, 0x10000);
    ccw0(g, 0x1008, 0x58, 0, 0, 0x2000); /* TIC: high bits of the code are ignored */
    ccw0(g, 0x2000, 0x02, 0, 4, 0x20000);
    begin(g, &p, 0x1000, 0, 0);
    assert_true(ccw_next_command(&p));
    assert_int_equal(p.cmd, 1);
    assert_int_equal(ccw_fetch(&p, buffer, 16), 8);
    assert_memory_equal(buffer, fake_at(g, 0x10000), 8);
    assert_false(ccw_incorrect_length(&p));
    assert_true(ccw_next_command(&p));
    assert_int_equal(p.cmd, 2);
    assert_int_equal(p.at.addr, 0x2000);
    assert_int_equal(ccw_store(&p, "abcdef", 3), 3);
    assert_memory_equal(fake_at(g, 0x20000), "abc\0", 4);
    assert_true(ccw_incorrect_length(&p));
}

static void bad_first_ccws(void **state)
{
    struct fake_guest *g = guest(state);
    static const struct {
        u8 cmd, flags;
        u16 count;
        u32 addr;
    } bad[] = {
        {CCW_CMD_TIC, 0, 0, 0x2000},      /* first */
        {0x10, 0, 1, 0},                  /* invalid code */
        {0x01, CCW_FLAG_CD, 0, 0},        /* count 0 with data chaining */
        {0x01, 0, 1, 0x80000000},         /* address */
        {0x01, CCW_FLAG_MIDA, 1, 0x3000}, /* not allowed by the ORB */
    };
    struct ccw_program p;

    for (unsigned i = 0; i < ARRAY_SIZE(bad); i++) {
        fake_ccw1(g, 0x1000, bad[i].cmd, bad[i].flags, bad[i].count, bad[i].addr);
        begin(g, &p, 0x1000, ORB0_F, 0);
        assert_false(ccw_next_command(&p));
        assert_int_equal(p.cstat, CSTAT_PROGRAM_CHECK);
    }
    begin(g, &p, 0x1004, ORB0_F, 0); /* alignment */
    assert_false(ccw_next_command(&p));
    begin(g, &p, FAKE_STORAGE, ORB0_F, 0);
    assert_false(ccw_next_command(&p));
    assert_int_equal(p.cstat, CSTAT_PROGRAM_CHECK);
    begin(g, &p, 0x01000000, 0, 0); /* format 0: 24 bits */
    assert_int_equal(p.cstat, CSTAT_PROGRAM_CHECK);
    ccw0(g, 0x1000, 0x01, 0, 0, 0); /* format 0: count 0 */
    begin(g, &p, 0x1000, 0, 0);
    assert_false(ccw_next_command(&p));
}

static void tic_to_tic_and_reserved(void **state)
{
    struct fake_guest *g = guest(state);
    struct ccw_program p;

    fake_ccw1(g, 0x1000, 0x03, CCW_FLAG_CC, 0, 0);
    fake_ccw1(g, 0x1008, CCW_CMD_TIC, 0, 0, 0x2000);
    fake_ccw1(g, 0x2000, CCW_CMD_TIC, 0, 0, 0x1000);
    begin(g, &p, 0x1000, ORB0_F, 0);
    assert_true(ccw_next_command(&p));
    assert_false(ccw_next_command(&p));
    assert_int_equal(p.cstat, CSTAT_PROGRAM_CHECK);

    fake_ccw1(g, 0x2000, 0x03, 0, 0, 0);
    fake_ccw1(g, 0x1008, CCW_CMD_TIC, CCW_FLAG_SLI, 0, 0x2000);
    begin(g, &p, 0x1000, ORB0_F, 0);
    assert_true(ccw_next_command(&p));
    assert_false(ccw_next_command(&p));
}

static void data_chaining(void **state)
{
    struct fake_guest *g = guest(state);
    struct ccw_program p;
    u8 buffer[32];

    fake_ccw1(g, 0x1000, 0x01, CCW_FLAG_CD, 3, 0x10000);
    fake_ccw1(g, 0x1008, CCW_CMD_TIC, 0, 0, 0x1100);
    fake_ccw1(g, 0x1100, 0x00, CCW_FLAG_CD, 5, 0x10100); /* the code is ignored */
    fake_ccw1(g, 0x1108, 0x00, 0, 2, 0x10200);
    begin(g, &p, 0x1000, ORB0_F, 0);
    assert_true(ccw_next_command(&p));
    assert_int_equal(ccw_fetch(&p, buffer, 4), 4);
    assert_true(ccw_incorrect_length(&p)); /* ended inside a data chain */
    assert_int_equal(ccw_fetch(&p, buffer + 4, 28), 6);
    assert_memory_equal(buffer, fake_at(g, 0x10000), 3);
    assert_memory_equal(buffer + 3, fake_at(g, 0x10100), 5);
    assert_memory_equal(buffer + 8, fake_at(g, 0x10200), 2);
    assert_false(ccw_incorrect_length(&p));
    ccw_rewind(&p);
    assert_int_equal(ccw_fetch(&p, buffer, 32), 10);
    assert_memory_equal(buffer, fake_at(g, 0x10000), 3);

    fake_ccw1(g, 0x1108, 0x00, 0, 0, 0x10200); /* count 0 when data-chained */
    begin(g, &p, 0x1000, ORB0_F, 0);
    assert_true(ccw_next_command(&p));
    assert_int_equal(ccw_fetch(&p, buffer, 32), 8);
    assert_int_equal(p.cstat, CSTAT_PROGRAM_CHECK);
}

static void lengths(void **state)
{
    struct fake_guest *g = guest(state);
    struct ccw_program p;

    fake_ccw1(g, 0x1000, 0x02, CCW_FLAG_SLI, 8, 0x20000);
    begin(g, &p, 0x1000, ORB0_F, 0);
    assert_true(ccw_next_command(&p));
    assert_int_equal(ccw_store(&p, "abcd", 4), 4);
    assert_false(ccw_incorrect_length(&p)); /* suppressed */
    assert_int_equal(p.at.left, 4);
    assert_int_equal(ccw_store(&p, "abcdefgh", 8), 4);
    ccw_has_more(&p);
    assert_false(ccw_incorrect_length(&p));

    fake_ccw1(g, 0x1000, 0x03, 0, 4, 0x20000); /* immediate, with a count */
    begin(g, &p, 0x1000, ORB0_F, 0);
    assert_true(ccw_next_command(&p));
    assert_true(ccw_incorrect_length(&p));
    begin(g, &p, 0x1000, ORB0_F, ORB1_L);
    assert_true(ccw_next_command(&p));
    assert_false(ccw_incorrect_length(&p));
}

static void skipping(void **state)
{
    struct fake_guest *g = guest(state);
    struct ccw_program p;
    u8 buffer[4];

    memset(fake_at(g, 0x20000), 0xee, 8);
    fake_ccw1(g, 0x1000, 0x02, CCW_FLAG_SKIP, 4, 0x7ffffff0); /* address is not looked at */
    begin(g, &p, 0x1000, ORB0_F, 0);
    assert_true(ccw_next_command(&p));
    assert_int_equal(ccw_store(&p, "abcd", 4), 4);
    assert_int_equal(p.cstat, 0);
    fake_ccw1(g, 0x1000, 0x01, CCW_FLAG_SKIP, 4, 0x10000); /* output: no skipping */
    begin(g, &p, 0x1000, ORB0_F, 0);
    assert_true(ccw_next_command(&p));
    assert_int_equal(ccw_fetch(&p, buffer, 4), 4);
    assert_memory_equal(buffer, fake_at(g, 0x10000), 4);
}

static void keys(void **state)
{
    struct fake_guest *g = guest(state);
    struct ccw_program p;
    u8 buffer[4];

    g->vm.mem.keys[0x20] = 0x30;
    fake_ccw1(g, 0x1000, 0x02, 0, 4, 0x20000);
    g->vm.mem.keys[1] = 0x50;
    begin(g, &p, 0x1000, ORB0_F | 0x3000, 0); /* the CCW itself is not fetch-protected */
    assert_true(ccw_next_command(&p));
    assert_int_equal(ccw_store(&p, "abcd", 4), 4);
    begin(g, &p, 0x1000, ORB0_F | 0x4000, 0);
    assert_true(ccw_next_command(&p));
    assert_int_equal(ccw_store(&p, "abcd", 4), 0);
    assert_int_equal(p.cstat, CSTAT_PROT_CHECK);
    begin(g, &p, 0x1000, ORB0_F | 0x4000, 0);
    assert_true(ccw_next_command(&p));
    assert_int_equal(ccw_fetch(&p, buffer, 4), 4);
    g->vm.mem.keys[1] = 0x58;
    begin(g, &p, 0x1000, ORB0_F | 0x4000, 0);
    assert_false(ccw_next_command(&p));
    assert_int_equal(p.cstat, CSTAT_PROT_CHECK);
    g->vm.mem.keys[1] = g->vm.mem.keys[0x20] = 0;
}

static void idaw32(struct fake_guest *g, u64 at, u32 v)
{
    be32 w = be32_of(v);

    memcpy(fake_at(g, at), &w, 4);
}

static void idaw64(struct fake_guest *g, u64 at, u64 v)
{
    be64 w = be64_of(v);

    memcpy(fake_at(g, at), &w, 8);
}

static void idaws(void **state)
{
    struct fake_guest *g = guest(state);
    struct ccw_program p;
    u8 buffer[8192];

    /* format 1: 2 KiB blocks, the first may begin anywhere */
    idaw32(g, 0x3000, 0x10700);
    idaw32(g, 0x3004, 0x12000);
    idaw32(g, 0x3008, 0x11800);
    fake_ccw1(g, 0x1000, 0x01, CCW_FLAG_IDA, 0x100 + 0x800 + 4, 0x3000);
    begin(g, &p, 0x1000, ORB0_F, 0);
    assert_true(ccw_next_command(&p));
    assert_int_equal(ccw_fetch(&p, buffer, sizeof(buffer)), 0x904);
    assert_memory_equal(buffer, fake_at(g, 0x10700), 0x100);
    assert_memory_equal(buffer + 0x100, fake_at(g, 0x12000), 0x800);
    assert_memory_equal(buffer + 0x900, fake_at(g, 0x11800), 4);
    assert_int_equal(p.cstat, 0);

    /* format 2: 4 KiB, or 2 KiB with T */
    idaw64(g, 0x3000, 0x10ff0);
    idaw64(g, 0x3008, 0x12000);
    fake_ccw1(g, 0x1000, 0x01, CCW_FLAG_IDA, 0x20, 0x3000);
    begin(g, &p, 0x1000, ORB0_F | ORB0_H, 0);
    assert_true(ccw_next_command(&p));
    assert_int_equal(ccw_fetch(&p, buffer, 0x20), 0x20);
    assert_memory_equal(buffer + 0x10, fake_at(g, 0x12000), 0x10);
    idaw64(g, 0x3008, 0x12800);
    begin(g, &p, 0x1000, ORB0_F | ORB0_H, 0);
    assert_true(ccw_next_command(&p));
    assert_int_equal(ccw_fetch(&p, buffer, 0x20), 0x10); /* 12800 is no 4 KiB block */
    assert_int_equal(p.cstat, CSTAT_PROGRAM_CHECK);
    begin(g, &p, 0x1000, ORB0_F | ORB0_H | ORB0_T, 0);
    assert_true(ccw_next_command(&p));
    assert_int_equal(ccw_fetch(&p, buffer, 0x20), 0x20);

    /* list alignment, bit 0 of a format-1 word, list outside storage */
    fake_ccw1(g, 0x1000, 0x01, CCW_FLAG_IDA, 0x20, 0x3004);
    begin(g, &p, 0x1000, ORB0_F | ORB0_H, 0);
    assert_true(ccw_next_command(&p));
    assert_int_equal(ccw_fetch(&p, buffer, 1), 0);
    assert_int_equal(p.cstat, CSTAT_PROGRAM_CHECK);
    idaw32(g, 0x3004, 0x80010000);
    begin(g, &p, 0x1000, ORB0_F, 0);
    assert_true(ccw_next_command(&p));
    assert_int_equal(ccw_fetch(&p, buffer, 1), 0);
    fake_ccw1(g, 0x1000, 0x01, CCW_FLAG_IDA, 0x20, FAKE_STORAGE);
    begin(g, &p, 0x1000, ORB0_F, 0);
    assert_true(ccw_next_command(&p));
    assert_int_equal(ccw_fetch(&p, buffer, 1), 0);
    assert_int_equal(p.cstat, CSTAT_PROGRAM_CHECK);
}

static void midaw(struct fake_guest *g, u64 at, u8 flags, u16 count, u64 addr)
{
    struct midaw w = {{0}, flags, be16_of(count), be64_of(addr)};

    memcpy(fake_at(g, at), &w, sizeof(w));
}

static void midaws(void **state)
{
    struct fake_guest *g = guest(state);
    struct ccw_program p;
    static const u8 data[16] = "0123456789abcdef";

    memset(fake_at(g, 0x20000), 0xee, 0x2000);
    midaw(g, 0x3000, 0, 4, 0x20001);
    midaw(g, 0x3010, MIDAW_FLAG_SKIP, 2, 0x20100);
    midaw(g, 0x3020, MIDAW_FLAG_LAST, 10, 0x20200);
    fake_ccw1(g, 0x1000, 0x02, CCW_FLAG_MIDA, 16, 0x3000);
    begin(g, &p, 0x1000, ORB0_F, ORB1_D);
    assert_true(ccw_next_command(&p));
    assert_int_equal(ccw_store(&p, data, 16), 16);
    assert_memory_equal(fake_at(g, 0x20000),
                        "\xee"
                        "0123\xee",
                        6);
    assert_memory_equal(fake_at(g, 0x20100), "\xee\xee", 2);
    assert_memory_equal(fake_at(g, 0x20200), "6789abcdef\xee", 11);

    midaw(g, 0x3010, MIDAW_FLAG_LAST, 2, 0x20100); /* last too early */
    begin(g, &p, 0x1000, ORB0_F, ORB1_D);
    assert_true(ccw_next_command(&p));
    assert_int_equal(ccw_store(&p, data, 16), 4);
    assert_int_equal(p.cstat, CSTAT_PROGRAM_CHECK);
    midaw(g, 0x3010, 0, 2, 0x20fff); /* crosses a page */
    begin(g, &p, 0x1000, ORB0_F, ORB1_D);
    assert_true(ccw_next_command(&p));
    assert_int_equal(ccw_store(&p, data, 16), 4);
    midaw(g, 0x3010, 0, 0, 0x20100); /* no bytes */
    begin(g, &p, 0x1000, ORB0_F, ORB1_D);
    assert_true(ccw_next_command(&p));
    assert_int_equal(ccw_store(&p, data, 16), 4);
    assert_int_equal(p.cstat, CSTAT_PROGRAM_CHECK);
}

static void limits(void **state)
{
    struct fake_guest *g = guest(state);
    struct ccw_program p;
    u8 buffer[16];

    fake_ccw1(g, 0x1000, 0x01, 0, 16, 0x10ff8);
    begin(g, &p, 0x1000, ORB0_F, 0);
    ccw_set_limit(&p, 0, 0x11000);
    assert_true(ccw_next_command(&p));
    assert_int_equal(ccw_fetch(&p, buffer, 8), 8);
    assert_int_equal(ccw_fetch(&p, buffer, 8), 0);
    assert_int_equal(p.cstat, CSTAT_PROGRAM_CHECK);
    begin(g, &p, 0x1000, ORB0_F, 0);
    ccw_set_limit(&p, 0x11000, ~0ULL);
    assert_true(ccw_next_command(&p));
    assert_int_equal(ccw_fetch(&p, buffer, 8), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(format_0_and_tic),
        cmocka_unit_test(bad_first_ccws),
        cmocka_unit_test(tic_to_tic_and_reserved),
        cmocka_unit_test(data_chaining),
        cmocka_unit_test(lengths),
        cmocka_unit_test(skipping),
        cmocka_unit_test(keys),
        cmocka_unit_test(idaws),
        cmocka_unit_test(midaws),
        cmocka_unit_test(limits),
    };

    return cmocka_run_group_tests(tests, setup, teardown);
}
