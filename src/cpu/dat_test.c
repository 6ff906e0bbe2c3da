/* SPDX-License-Identifier: Apache-2.0
 *
 * Table walks, access-register translation and the storage gateway, by hand-made tables.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "arch/cr.h"
#include "arch/dat.h"
#include "arch/program.h"
#include "cpu/dat.h"

#define SIZE (16UL << 20)
#define SEGMENTS 0x10000UL
#define PAGES 0x20000UL
#define REGION1 0x30000UL
#define REGION2 0x34000UL
#define REGION3 0x38000UL

static u8 facilities[256];

struct world {
    struct mem mem;
    struct view view;
    struct sd sd;
    struct cpu *cpu;
};

static void put(struct world *w, u64 addr, u64 v)
{
    assert_int_equal(mem_write64(&w->mem, abs_addr(addr), v), MEM_OK);
}

static void put32(struct world *w, u64 addr, u32 v)
{
    assert_int_equal(mem_write32(&w->mem, abs_addr(addr), v), MEM_OK);
}

static int make(void **state)
{
    struct world *w = calloc(1, sizeof(*w));

    assert_int_equal(mem_create(&w->mem, SIZE, true), 0);
    view_init_mem(&w->view, &w->mem);
    w->cpu = aligned_alloc(64, round_up64(sizeof(*w->cpu), 64));
    assert_int_equal(cpu_init(w->cpu, &w->mem, &w->view), 0);
    memset(facilities, 0xff, sizeof(facilities));
    w->cpu->facilities = facilities;
    w->cpu->sd = &w->sd;
    w->sd.cpuflags = be32_of(SD_CPUFLAG_ZARCH | SD_CPUFLAG_GED2);
    w->cpu->cr[0] |= CR0_EDAT;
    for (unsigned i = 0; i < DAT_CRST_ENTRIES; i++) {
        put(w, SEGMENTS + i * 8, STE_I);
        put(w, REGION1 + i * 8, RTE_I | DAT_TT_REGION1);
        put(w, REGION2 + i * 8, RTE_I | DAT_TT_REGION2);
        put(w, REGION3 + i * 8, RTE_I | DAT_TT_REGION3);
    }
    for (unsigned i = 0; i < DAT_PT_ENTRIES; i++)
        put(w, PAGES + i * 8, i << 12);
    put(w, SEGMENTS, PAGES);
    put(w, REGION3 + 7 * 8, SEGMENTS | DAT_TT_REGION3 | 3);
    put(w, REGION2 + 3 * 8, REGION3 | DAT_TT_REGION2 | 3);
    put(w, REGION1 + 5 * 8, REGION2 | DAT_TT_REGION1 | 3);
    *state = w;
    return 0;
}

static int unmake(void **state)
{
    struct world *w = *state;

    cpu_destroy(w->cpu);
    mem_destroy(&w->mem);
    free(w->cpu);
    free(w);
    return 0;
}

/* Walks; returns the code, 0 for success. */
static u16 walk(struct world *w, u64 asce, u64 va, struct translation *t)
{
    struct dat_fail fail = {0};

    if (dat_walk(w->cpu, asce, va, t, &fail))
        return 0;
    assert_int_not_equal(fail.code, 0);
    return fail.code;
}

#define DEEP (5UL << 53 | 3UL << 42 | 7UL << 31)
#define ASCE1 (REGION1 | ASCE_DT_REGION1 | 3)
#define ASCE_S (SEGMENTS | ASCE_DT_SEGMENT | 3)

static void test_levels(void **state)
{
    struct world *w = *state;
    struct translation t;

    assert_int_equal(walk(w, ASCE1, DEEP | 0x21123, &t), 0);
    assert_int_equal(t.real, 0x21123);
    assert_int_equal(t.entry, PAGES + 0x21 * 8);
    assert_false(t.protect || t.large);
    assert_int_equal(walk(w, ASCE1, 6UL << 53, &t), PGM_REGION_FIRST_TRANSLATION);
    assert_int_equal(walk(w, ASCE1, DEEP + (1UL << 42), &t), PGM_REGION_SECOND_TRANSLATION);
    assert_int_equal(walk(w, ASCE1, DEEP + (1UL << 31), &t), PGM_REGION_THIRD_TRANSLATION);
    assert_int_equal(walk(w, ASCE1, DEEP + (1UL << 20), &t), PGM_SEGMENT_TRANSLATION);
    assert_int_equal(t.entry, SEGMENTS + 8);
    put(w, PAGES + 9 * 8, PTE_I);
    assert_int_equal(walk(w, ASCE1, DEEP | 0x9000, &t), PGM_PAGE_TRANSLATION);
    assert_int_equal(walk(w, ASCE_S, 1UL << 31, &t), PGM_ASCE_TYPE);
    assert_int_equal(walk(w, REGION2 | ASCE_DT_REGION2 | 3, 1UL << 53, &t), PGM_ASCE_TYPE);
    assert_int_equal(walk(w, ASCE_REAL_SPACE, 0x123456789, &t), 0);
    assert_int_equal(t.real, 0x123456789);
}

static void test_table_length(void **state)
{
    struct world *w = *state;
    struct translation t;

    assert_int_equal(walk(w, SEGMENTS | 1, 1024UL << 20, &t), PGM_SEGMENT_TRANSLATION);
    assert_int_equal(t.entry, 0); /* outside the table, no entry to blame */
    put(w, REGION2 + 3 * 8, REGION3 | DAT_TT_REGION2 | 1UL << RTE_TF_SHIFT | 3); /* from 512 on */
    assert_int_equal(walk(w, ASCE1, DEEP, &t), PGM_REGION_THIRD_TRANSLATION);
}

static void test_specification(void **state)
{
    struct world *w = *state;
    struct translation t;

    put(w, REGION2 + 3 * 8, REGION3 | DAT_TT_REGION3 | 3);
    assert_int_equal(walk(w, ASCE1, DEEP, &t), PGM_TRANSLATION_SPEC);
    put(w, SEGMENTS, PAGES | STE_CS);
    assert_int_equal(walk(w, ASCE_S, 0, &t), 0);
    assert_int_equal(walk(w, ASCE_S | ASCE_PRIVATE, 0, &t), PGM_TRANSLATION_SPEC);
    put(w, PAGES + 4 * 8, PTE_ZERO);
    assert_int_equal(walk(w, ASCE_S, 0x4000, &t), PGM_TRANSLATION_SPEC);
    put(w, PAGES + 4 * 8, PTE_IEP);
    assert_int_equal(walk(w, ASCE_S, 0x4000, &t), 0);
    w->cpu->cr[0] &= ~CR0_EDAT;
    assert_int_equal(walk(w, ASCE_S, 0x4000, &t), PGM_TRANSLATION_SPEC);
    put(w, SEGMENTS, SIZE);
    assert_int_equal(walk(w, ASCE_S, 0x4000, &t), PGM_ADDRESSING);
}

static void test_protection(void **state)
{
    struct world *w = *state;
    struct translation t;

    put(w, REGION1 + 5 * 8, REGION2 | DAT_TT_REGION1 | 3 | RTE_P);
    assert_int_equal(walk(w, ASCE1, DEEP, &t), 0);
    assert_true(t.protect);
    w->cpu->cr[0] &= ~CR0_EDAT;
    assert_int_equal(walk(w, ASCE1, DEEP, &t), 0);
    assert_false(t.protect);
    put(w, SEGMENTS, PAGES | STE_P);
    assert_int_equal(walk(w, ASCE1, DEEP, &t), 0);
    assert_true(t.protect);
}

static void test_iep(void **state)
{
    struct world *w = *state;
    struct translation t;

    put(w, PAGES, PTE_IEP);
    w->cpu->cr[0] |= CR0_IEP;
    assert_int_equal(walk(w, ASCE_S, 0, &t), 0);
    assert_false(t.iep);
    w->sd.ecb2 |= SD_ECB2_IEP;
    assert_int_equal(walk(w, ASCE_S, 0, &t), 0);
    assert_true(t.iep);
}

static void test_large_frames(void **state)
{
    struct world *w = *state;
    struct translation t;

    put(w, SEGMENTS + 8, 0x700000 | STE_FC);
    put(w, REGION3 + 8 * 8, 0x80000000 | DAT_TT_REGION3 | RTTE_FC);
    assert_int_equal(walk(w, ASCE1, DEEP | 0x123456, &t), 0);
    assert_int_equal(t.real, 0x723456);
    assert_true(t.large && t.frame_bits == 20 && t.entry == SEGMENTS + 8);
    assert_int_equal(walk(w, ASCE1, (DEEP + (1UL << 31)) | 0x1234567, &t), 0);
    assert_int_equal(t.real, 0x81234567);
    assert_true(t.large && t.frame_bits == 31);
    w->sd.cpuflags = be32_of(SD_CPUFLAG_ZARCH | SD_CPUFLAG_GED); /* EDAT-1 only: a table now */
    assert_int_equal(walk(w, ASCE1, DEEP | 0x123456, &t), 0);
    assert_int_equal(walk(w, ASCE1, DEEP + (1UL << 31), &t), PGM_ADDRESSING);
}

static u16 resolve(struct world *w, u32 alet, u16 eax, u64 *asce, bool *fetch_only)
{
    struct dat_fail fail = {0};

    if (art_alet(w->cpu, alet, eax, asce, fetch_only, &fail))
        return 0;
    assert_int_not_equal(fail.code, 0);
    return fail.code;
}

static void test_access_register(void **state)
{
    struct world *w = *state;
    const u64 duct = 0x40000, list = 0x41000, aste = 0x42000, authority = 0x43000;
    u64 ale = list + 3 * sizeof(struct ale), asce = 0;
    bool fetch_only;

    w->cpu->cr[2] = duct;
    w->cpu->cr[7] = 0x777000;
    put32(w, duct + offsetof(struct duct, duald), (u32)list);
    put32(w, authority, 0);
    put32(w, ale, 0x00070000);
    put32(w, ale + 8, (u32)aste);
    put32(w, ale + 12, 99);
    put32(w, aste, (u32)authority);
    put32(w, aste + 4, 0xfff0);
    put32(w, aste + offsetof(struct aste, astesn), 99);
    put(w, aste + offsetof(struct aste, asce), ASCE_S);
    assert_int_equal(resolve(w, 1, 0, &asce, &fetch_only), 0);
    assert_int_equal(asce, 0x777000);
    assert_int_equal(resolve(w, 0x00070003, 0, &asce, &fetch_only), 0);
    assert_int_equal(asce, ASCE_S);
    assert_int_equal(resolve(w, 0x02070003, 0, &asce, &fetch_only), PGM_ALET_SPECIFICATION);
    assert_int_equal(resolve(w, 0x00070008, 0, &asce, &fetch_only), PGM_ALEN_TRANSLATION);
    assert_int_equal(resolve(w, 0x00080003, 0, &asce, &fetch_only), PGM_ALE_SEQUENCE);
    put32(w, ale, 0x03070005); /* fetch-only, private, ALEAX 5 */
    assert_int_equal(resolve(w, 0x00070003, 5, &asce, &fetch_only), 0);
    assert_true(fetch_only);
    assert_int_equal(resolve(w, 0x00070003, 6, &asce, &fetch_only), PGM_EXTENDED_AUTHORITY);
    put32(w, authority, 0x00040000); /* secondary bit of index 6 */
    assert_int_equal(resolve(w, 0x00070003, 6, &asce, &fetch_only), 0);
    put32(w, aste + offsetof(struct aste, astesn), 98);
    assert_int_equal(resolve(w, 0x00070003, 6, &asce, &fetch_only), PGM_ASTE_SEQUENCE);
    put32(w, aste, ASTE_I);
    assert_int_equal(resolve(w, 0x00070003, 6, &asce, &fetch_only), PGM_ASTE_VALIDITY);
}

static void test_absent_table(void **state)
{
    struct world *w = *state;
    struct translation t;
    struct dat_fail fail = {.code = 1};

    put(w, SEGMENTS, 0x900000);
    assert_false(dat_walk(w->cpu, ASCE_S, 0x1000, &t, &fail));
    assert_int_equal(fail.code, 0);
    assert_true(fail.host.what == VIEW_ABSENT && fail.host.abs == 0x900008);
}

static void test_gateway(void **state)
{
    struct world *w = *state;
    u64 v = 1;

    assert_true(mem_is_absent(&w->mem, 0x800000));
    put(w, 0x800ff8, 0x1122334455667788);
    assert_false(mem_is_absent(&w->mem, 0x800000));
    assert_int_equal(mem_key_get(&w->mem, abs_addr(0x800000)), KEY_R | KEY_C);
    mem_key_set(&w->mem, abs_addr(0x800000), 0x58);
    assert_int_equal(mem_read_key(&w->mem, abs_addr(0x800ff8), &v, 8, 0x40), MEM_KEY);
    assert_int_equal(mem_read_key(&w->mem, abs_addr(0x800ff8), &v, 8, 0x50), MEM_OK);
    assert_int_equal(mem_key_reset_r(&w->mem, abs_addr(0x800000)), 0x5c);
    assert_int_equal(mem_write(&w->mem, abs_addr(SIZE - 4), &v, 8), MEM_OUTSIDE);
    put(w, 0x801000, 5);
    assert_int_equal(mem_discard(&w->mem, abs_addr(0x800ffc), 0x1004), MEM_OK);
    assert_int_equal(mem_read64(&w->mem, abs_addr(0x800ff8), &v), MEM_OK);
    assert_int_equal(v, 0x1122334400000000);
    assert_true(mem_is_absent(&w->mem, 0x801000));
    assert_int_equal(mem_read64(&w->mem, abs_addr(0x801000), &v), MEM_OK);
    assert_int_equal(v, 0);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, make, unmake)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_levels),          TEST(test_table_length), TEST(test_specification),
        TEST(test_protection),      TEST(test_iep),          TEST(test_large_frames),
        TEST(test_access_register), TEST(test_absent_table), TEST(test_gateway),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
