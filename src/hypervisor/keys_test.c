/* SPDX-License-Identifier: Apache-2.0
 *
 * SET STORAGE KEY EXTENDED as its handler does it: conditional setting, several blocks, controls of
 * facilities that are not there.  What SIE does by itself, guests see (tests/guests/keys.c).
 *
 * References: [PoP 10 SET STORAGE KEY EXTENDED].
 */
#include "hypervisor/test_guest.h"

#define NQ 8U
#define MR 4U
#define MC 2U
#define MB 1U
#define BEFORE 0x46
#define AT 0x400000UL
#define END 0x500000UL /* of the segment */
#define CC_BEFORE 2

static int make(void **state)
{
    guest_begin(state, 1);
    (void)hv_enable_keys(((struct guest *)*state)->v);
    return 0;
}

static u8 key(struct guest *g, u64 addr)
{
    return mem_key_get(&g->vm.mem, abs_addr(addr)) & 0xfe;
}

static enum hv_outcome sske(struct guest *g, unsigned m3, u64 r1, u64 r2)
{
    for (u64 a = AT; a <= END; a += FRAME_SIZE)
        mem_key_set(&g->vm.mem, abs_addr(a), BEFORE);
    hv_set_cc(g->v, CC_BEFORE);
    g->v->cpu.gr[1] = r1;
    g->v->cpu.gr[2] = r2;
    return guest_call(g, 0xb22b, m3 << 28 | 0x120000);
}

static const struct {
    unsigned m3, lacks;
    u8 r1, after; /* keys */
    u8 cc;
    bool told; /* the old key, in R1 */
} cases[] = {
    {0, 0, 0x46, 0x46, CC_BEFORE, false},
    {0, 0, 0x31, 0x30, CC_BEFORE, false}, /* bit 7 does not count */
    {NQ, 0, 0x30, 0x30, CC_BEFORE, false},
    {NQ, 14, 0x30, 0x30, CC_BEFORE, false},
    {MR, 0, 0x42, 0x46, 1, true}, /* only R differs */
    {MR, 0, 0x44, 0x44, 0, true}, /* C does, and counts */
    {MC, 0, 0x44, 0x46, 1, true},
    {MC, 0, 0x42, 0x42, 0, true},
    {MR | MC, 0, 0x40, 0x46, 1, true},
    {MR | MC, 0, 0x48, 0x48, 0, true},           /* fetch protection */
    {MR | MC, 0, 0x50, 0x50, 0, true},           /* access-control bits */
    {MR | MC, 10, 0x40, 0x40, CC_BEFORE, false}, /* not there: always set, nothing told */
};

static void test_i25_sske(void **state)
{
    struct guest *g = *state;
    u8 facilities[sizeof(g->vm.model.facilities)];

    memcpy(facilities, g->vm.model.facilities, sizeof(facilities));
    for (unsigned i = 0; i < ARRAY_SIZE(cases); i++) {
        u64 r1 = 0x1122334455667700 | cases[i].r1;

        memcpy(g->vm.model.facilities, facilities, sizeof(facilities));
        if (cases[i].lacks)
            bitmap_clear(g->vm.model.facilities, cases[i].lacks);
        assert_int_equal(sske(g, cases[i].m3, r1, AT), HV_RESUME);
        assert_int_equal(key(g, AT), cases[i].after);
        assert_int_equal(key(g, AT + FRAME_SIZE), BEFORE);
        assert_int_equal(psw_cc(hv_psw_mask(g->v)), cases[i].cc);
        if (cases[i].told)
            r1 = (r1 & ~0xff00ULL) | BEFORE << 8;
        assert_true(g->v->cpu.gr[1] == r1);
        assert_true(g->v->cpu.gr[2] == AT);
    }
}

/* Up to the end of the segment; R2 says where that was. */
static void test_i25_sske_of_several_blocks(void **state)
{
    struct guest *g = *state;

    assert_int_equal(sske(g, MB, 0x30, AT + 0xfe123), HV_RESUME);
    assert_int_equal(key(g, AT + 0xfd000), BEFORE);
    assert_int_equal(key(g, AT + 0xfe000), 0x30);
    assert_int_equal(key(g, AT + 0xff000), 0x30);
    assert_int_equal(key(g, END), BEFORE);
    assert_true(g->v->cpu.gr[2] == (END | 0x123));
    assert_int_equal(psw_cc(hv_psw_mask(g->v)), CC_BEFORE);
    assert_int_equal(sske(g, MB | MR | MC, 0x30, AT), HV_RESUME);
    assert_int_equal(psw_cc(hv_psw_mask(g->v)), 3);
    assert_int_equal(g->v->cpu.gr[1], 0x30); /* no old key */
    assert_int_equal(key(g, END - FRAME_SIZE), 0x30);
    assert_int_equal(sske(g, MB | MR | MC, 0x40, AT), HV_RESUME);
    assert_int_equal(key(g, END - FRAME_SIZE), BEFORE); /* R and C alone */
    assert_int_equal(sske(g, MB, 0x30, GUEST_SIZE + 0x123), HV_INJECT);
    assert_int_equal(pending_program(g), PGM_ADDRESSING);
    assert_true(g->v->cpu.gr[2] == (GUEST_SIZE | 0x123));
    hv_set_psw(g->v, PSW_MASK_BA, IA); /* 31-bit mode: the left half stays */
    assert_int_equal(sske(g, MB, 0x30, 0xaaaaaaaa80400000), HV_RESUME);
    assert_true(g->v->cpu.gr[2] == 0xaaaaaaaa00500000);
    hv_set_psw(g->v, PSW_64, IA);
    bitmap_clear(g->vm.model.facilities, 8); /* EDAT-1: a single block then */
    assert_int_equal(sske(g, MB, 0x30, AT), HV_RESUME);
    assert_int_equal(key(g, AT), 0x30);
    assert_int_equal(key(g, AT + FRAME_SIZE), BEFORE);
    assert_true(g->v->cpu.gr[2] == AT);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_i25_sske, make, guest_end),
        cmocka_unit_test_setup_teardown(test_i25_sske_of_several_blocks, make, guest_end),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
