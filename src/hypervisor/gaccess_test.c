/* SPDX-License-Identifier: Apache-2.0
 *
 * Guest storage access by hand-made tables: address spaces, protections and their order, what the
 * exception stores, pages that are not there; the same where the CPU's TLB is used.
 */
#include "hypervisor/test_guest.h"

#include "arch/dat.h"
#include "cpu/code.h"
#include "cpu/request.h"

#define PRIMARY 0x100000UL /* segment tables, each with the page table behind it */
#define SECONDARY 0x110000UL
#define HOME 0x120000UL
#define PAGES 0x4000UL
#define FRAME_A 0x200000UL
#define FRAME_B 0x300000UL
#define IPA 0xb210 /* four bytes: SPX */

/* Virtual pages 0-15 lie at base + 4096 * n. */
static u64 space(struct guest *g, u64 table, u64 base)
{
    put64(g, table, (table + PAGES) | DAT_TT_SEGMENT);
    for (unsigned i = 1; i < DAT_CRST_ENTRIES / 4; i++)
        put64(g, table + i * 8, STE_I);
    for (unsigned i = 0; i < DAT_PT_ENTRIES; i++)
        put64(g, table + PAGES + i * 8, i < 16 ? base + i * FRAME_SIZE : PTE_I);
    return table | ASCE_DT_SEGMENT;
}

static u64 pte_at(u64 table, unsigned page)
{
    return table + PAGES + page * 8;
}

static int make(void **state)
{
    struct guest *g = malloc(sizeof(*g));

    guest_create(g, 1, false);
    hv_set_cr(g->v, 1, space(g, PRIMARY, FRAME_A));
    hv_set_cr(g->v, 7, space(g, SECONDARY, FRAME_B));
    hv_set_cr(g->v, 13, space(g, HOME, FRAME_B + 0x10000));
    hv_set_cr(g->v, 0, 0);
    hv_set_psw(g->v, PSW_64 | PSW_MASK_DAT, IA);
    intercepted(g, IPA, 0, IA);
    *state = g;
    return 0;
}

static int unmake(void **state)
{
    guest_destroy(*state);
    free(*state);
    return 0;
}

static void mode(struct guest *g, u64 bits)
{
    hv_set_psw(g->v, PSW_64 | bits, hv_psw_addr(g->v));
}

static void as(struct guest *g, u64 n)
{
    mode(g, PSW_MASK_DAT | n << PSW_AS_SHIFT);
}

/* Store of 4 bytes that must give this exception. */
static void store_fails(struct guest *g, u64 addr, u8 ar, u16 code, u64 teid)
{
    u32 word = 0xffffffff;

    assert_int_equal(hv_write_guest(g->v, addr, ar, &word, 4), GACCESS_INJECTED);
    assert_int_equal(pending_program(g), code);
    assert_int_equal(g->v->local.program->teid, teid);
    assert_int_equal(hv_psw_addr(g->v), pgm_nullifies(code) ? IA : IA + 4);
    g->v->local.program = NULL;
    hv_set_psw(g->v, hv_psw_mask(g->v), IA + 4);
}

static u32 fetch(struct guest *g, u64 addr, u8 ar)
{
    be32 word;

    assert_int_equal(hv_read_guest(g->v, addr, ar, &word, 4), GACCESS_OK);
    return be32_get(word);
}

static void test_spaces(void **state)
{
    struct guest *g = *state;

    put32(g, 0x1004, 1);
    put32(g, FRAME_A + 0x1004, 2);
    put32(g, FRAME_B + 0x1004, 3);
    put32(g, FRAME_B + 0x11004, 4);
    mode(g, 0);
    assert_int_equal(fetch(g, 0x1004, 0), 1);
    as(g, PSW_AS_PRIMARY);
    assert_int_equal(fetch(g, 0x1004, 0), 2);
    as(g, PSW_AS_SECONDARY);
    assert_int_equal(fetch(g, 0x1004, 0), 3);
    as(g, PSW_AS_HOME);
    assert_int_equal(fetch(g, 0x1004, 0), 4);
    as(g, PSW_AS_AR);
    g->v->cpu.ar[0] = ALET_SECONDARY; /* does not count: base register 0 */
    g->v->cpu.ar[3] = ALET_SECONDARY;
    assert_int_equal(fetch(g, 0x1004, 0), 2);
    assert_int_equal(fetch(g, 0x1004, 3), 3);
}

static void test_translation_exceptions(void **state)
{
    struct guest *g = *state;

    store_fails(g, 0x10123, 0, PGM_PAGE_TRANSLATION, 0x10000 | TEID_FSI_STORE);
    store_fails(g, 0x100123, 0, PGM_SEGMENT_TRANSLATION, 0x100000 | TEID_FSI_STORE);
    store_fails(g, 1UL << 31, 0, PGM_ASCE_TYPE, 1UL << 31 | TEID_FSI_STORE);
    as(g, PSW_AS_HOME);
    store_fails(g, 0x10123, 0, PGM_PAGE_TRANSLATION, 0x10000 | TEID_FSI_STORE | TEID_AS_HOME);
    put64(g, pte_at(HOME, 2), GUEST_SIZE);
    store_fails(g, 0x2000, 0, PGM_ADDRESSING, 0);
    as(g, PSW_AS_AR);
    g->v->cpu.ar[5] = 0x02000000;
    store_fails(g, 0x1000, 5, PGM_ALET_SPECIFICATION, 0);
}

static void test_protections(void **state)
{
    struct guest *g = *state;

    put64(g, pte_at(PRIMARY, 1), (FRAME_A + 0x1000) | PTE_P);
    store_fails(g, 0x1800, 0, PGM_PROTECTION, 0x1000 | TEID_FSI_STORE | TEID_PROT_DAT);
    hv_set_cr(g->v, 0, CR0_LOW_ADDR_PROT);
    store_fails(g, 0x1ff, 0, PGM_PROTECTION, TEID_FSI_STORE | TEID_PROT_LA);
    store_fails(g, 0xffe, 0, PGM_PROTECTION, 0x1000 | TEID_FSI_STORE | TEID_PROT_LA);
    hv_set_cr(g->v, 1, hv_cr(g->v, 1) | ASCE_PRIVATE);
    assert_int_equal(hv_write_guest(g->v, 0x100, 0, "abcd", 4), GACCESS_OK);
    mem_key_set(&g->vm.mem, abs_addr(FRAME_A + 0x3000), 0x30);
    mode(g, PSW_MASK_DAT | 2ULL << PSW_KEY_SHIFT);
    (void)fetch(g, 0x3000, 0);
    store_fails(g, 0x3000, 0, PGM_PROTECTION, 0x3000 | TEID_FSI_STORE | TEID_PROT_KEY);
    mode(g, PSW_MASK_DAT | 3ULL << PSW_KEY_SHIFT);
    assert_int_equal(hv_write_guest(g->v, 0x3000, 0, "abcd", 4), GACCESS_OK);
    assert_int_equal(mem_key_get(&g->vm.mem, abs_addr(FRAME_A + 0x3000)), 0x30 | KEY_R | KEY_C);
}

static void test_key_overrides(void **state)
{
    struct guest *g = *state;
    u32 word;

    mem_key_set(&g->vm.mem, abs_addr(FRAME_A), 0x38);
    mem_key_set(&g->vm.mem, abs_addr(FRAME_A + 0x1000), 0x90);
    mode(g, PSW_MASK_DAT | 2ULL << PSW_KEY_SHIFT);
    assert_int_equal(hv_read_guest(g->v, 0x100, 0, &word, 4), GACCESS_INJECTED);
    assert_int_equal(g->v->local.program->teid, TEID_FSI_FETCH | TEID_PROT_KEY);
    g->v->local.program = NULL;
    hv_set_cr(g->v, 0, CR0_FETCH_PROT_OVR | CR0_STORE_PROT_OVR);
    (void)fetch(g, 0x100, 0);
    assert_int_equal(hv_read_guest(g->v, 0x7fe, 0, &word, 4), GACCESS_INJECTED);
    g->v->local.program = NULL;
    hv_set_psw(g->v, hv_psw_mask(g->v), IA + 4);
    assert_int_equal(hv_write_guest(g->v, 0x1000, 0, "abcd", 4), GACCESS_OK);
    store_fails(g, 0x100, 0, PGM_PROTECTION, TEID_FSI_STORE | TEID_PROT_KEY);
}

/* EDAT: the entry of a large frame has the key. */
static void test_key_of_large_frame(void **state)
{
    struct guest *g = *state;

    put64(g, PRIMARY, FRAME_A | STE_FC | STE_AV | 3ULL << 12);
    hv_set_cr(g->v, 0, CR0_EDAT);
    mem_key_set(&g->vm.mem, abs_addr(FRAME_A), 0x20);
    mode(g, PSW_MASK_DAT | 2ULL << PSW_KEY_SHIFT);
    (void)fetch(g, 0x100, 0);
    store_fails(g, 0x100, 0, PGM_PROTECTION, TEID_FSI_STORE | TEID_PROT_KEY);
    mem_key_set(&g->vm.mem, abs_addr(FRAME_A), 0x38);
    put64(g, PRIMARY, FRAME_A | STE_FC | STE_AV | 2ULL << 12 | STE_F);
    assert_int_equal(hv_write_guest(g->v, 0x100, 0, "abcd", 4), GACCESS_OK);
}

static void test_nothing_stored_when_second_page_fails(void **state)
{
    struct guest *g = *state;

    put32(g, FRAME_A + 0xfffc, 0x11111111);
    store_fails(g, 0xfffe, 0, PGM_PAGE_TRANSLATION, 0x10000 | TEID_FSI_STORE);
    assert_int_equal(get32(g, FRAME_A + 0xfffc), 0x11111111);
}

static void test_crossing_and_wrapping(void **state)
{
    struct guest *g = *state;

    put64(g, pte_at(PRIMARY, 4), FRAME_A + 0x9000);
    put64(g, pte_at(PRIMARY, 5), FRAME_A + 0x7000);
    assert_int_equal(hv_write_guest(g->v, 0x4ffd, 0, "\1\2\3\4\5", 5), GACCESS_OK);
    assert_int_equal(get32(g, FRAME_A + 0x9ffc) & 0xffffff, 0x010203);
    assert_int_equal(get32(g, FRAME_A + 0x7000) >> 16, 0x0405);
    hv_set_psw(g->v, PSW_MASK_BA, IA + 4);
    store_fails(g, 0x7ffffffe, 0, PGM_ADDRESSING, 0);
    hv_set_psw(g->v, 0, IA + 4);
    assert_int_equal(hv_write_guest(g->v, 0xfffffe, 0, "\1\2\3\4", 4), GACCESS_OK);
    assert_int_equal(get32(g, 0) >> 16, 0x0304);
    assert_int_equal(get32(g, 0xfffffc) & 0xffff, 0x0102);
}

static void test_prefixing(void **state)
{
    struct guest *g = *state;
    u32 word;

    put32(g, 0x10, 0xaaaaaaaa);
    put32(g, 0x40010, 0xbbbbbbbb);
    hv_set_prefix(g->v, 0x40000);
    assert_true(hv_read_real(g->v, 0x10, &word, 4));
    assert_int_equal(word, 0xbbbbbbbb);
    assert_true(hv_read_real(g->v, 0x40010, &word, 4));
    assert_int_equal(word, 0xaaaaaaaa);
    assert_false(hv_read_real(g->v, GUEST_SIZE - 2, &word, 4));
    put64(g, pte_at(PRIMARY, 6), 0); /* virtual 6000 is real 0 */
    assert_int_equal(fetch(g, 0x6010, 0), 0xbbbbbbbb);
}

/* ---- by the TLB ---- */

/* As if SIE had just run it here. */
static int make_run(void **state)
{
    int r = make(state);
    struct guest *g = *state;

    g->v->sd->ihcpu = be16_of((u16)g->v->cpu.number);
    return r;
}

static void store(struct guest *g, u64 addr, const char *text)
{
    assert_int_equal(hv_write_guest(g->v, addr, 0, text, 4), GACCESS_OK);
}

/* The table entry is not looked at again until it is invalidated, and SET PREFIX invalidates. */
static void test_translation_is_kept(void **state)
{
    struct guest *g = *state;

    store(g, 0x3004, "\1\2\3\4");
    assert_int_equal(get32(g, FRAME_A + 0x3004), 0x01020304);
    assert_int_equal(mem_key_get(&g->vm.mem, abs_addr(FRAME_A + 0x3000)), KEY_R | KEY_C);
    put64(g, pte_at(PRIMARY, 3), FRAME_A + 0x8000);
    store(g, 0x3004, "\5\6\7\10");
    assert_int_equal(get32(g, FRAME_A + 0x3004), 0x05060708);
    assert_int_equal(fetch(g, 0x3004, 0), 0x05060708);
    hv_set_prefix(g->v, 0x40000);
    store(g, 0x3004, "\1\1\1\1");
    assert_int_equal(get32(g, FRAME_A + 0x3004), 0x05060708);
    assert_int_equal(get32(g, FRAME_A + 0x8004), 0x01010101);
}

static void test_kept_translation_follows_spaces_and_modes(void **state)
{
    struct guest *g = *state;

    for (unsigned i = 0; i < 2; i++) {
        store(g, 0x3004, "aaaa");
        as(g, PSW_AS_SECONDARY);
        store(g, 0x3004, "bbbb");
        mode(g, 0);
        store(g, 0x3004, "cccc");
        as(g, PSW_AS_PRIMARY);
        hv_set_cr(g->v, 1, hv_cr(g->v, 13));
        store(g, 0x3004, "dddd");
        hv_set_cr(g->v, 1, PRIMARY | ASCE_DT_SEGMENT);
    }
    assert_int_equal(get32(g, FRAME_A + 0x3004), 0x61616161);
    assert_int_equal(get32(g, FRAME_B + 0x3004), 0x62626262);
    assert_int_equal(get32(g, 0x3004), 0x63636363);
    assert_int_equal(get32(g, FRAME_B + 0x13004), 0x64646464);
}

static void test_kept_translation_sees_a_changed_key(void **state)
{
    struct guest *g = *state;

    mode(g, PSW_MASK_DAT | 2ULL << PSW_KEY_SHIFT);
    mem_key_set(&g->vm.mem, abs_addr(FRAME_A + 0x3000), 0x20);
    store(g, 0x3000, "abcd");
    mem_key_set(&g->vm.mem, abs_addr(FRAME_A + 0x3000), 0x30);
    store_fails(g, 0x3000, 0, PGM_PROTECTION, 0x3000 | TEID_FSI_STORE | TEID_PROT_KEY);
    (void)fetch(g, 0x3000, 0);
}

/* Also an exception leaves what SIE told as it was. */
static void test_exceptions_where_translations_are_kept(void **state)
{
    struct guest *g = *state;

    g->v->cpu.stop = CPU_STOP_HOST_FAULT;
    g->v->cpu.host_fault.abs = 0x1234000;
    g->v->cpu.fault.code = PGM_DATA;
    test_translation_exceptions(state);
    as(g, PSW_AS_PRIMARY);
    test_protections(state);
    assert_int_equal(g->v->cpu.stop, CPU_STOP_HOST_FAULT);
    assert_int_equal(g->v->cpu.host_fault.abs, 0x1234000);
    assert_int_equal(g->v->cpu.fault.code, PGM_DATA);
}

/* Code that was decoded before the hypervisor stores into it, or a line beside it. */
static void test_store_into_decoded_code(void **state)
{
    struct guest *g = *state;
    struct frame *f = mem_frame(&g->vm.mem, FRAME_A + 0x3000);
    struct page_code *page;

    store(g, 0x3010, "abcd");
    page = code_page(&g->v->cpu, g->vm.mem.base + FRAME_A + 0x3000, f);
    atomic_store(&f->code, code_granules(0x100, 4));
    cpu_shoot_local(&g->v->cpu, (struct shootdown){SHOOT_PROTECT_FRAME, (uintptr_t)page->host});
    store(g, 0x3200, "abcd");
    assert_ptr_equal(atomic_load(&f->page), page);
    store(g, 0x3102, "abcd");
    assert_null(atomic_load(&f->page));
    assert_int_equal(get32(g, FRAME_A + 0x3100) & 0xffff, 0x6162);
}

static void test_page_that_is_not_there(void **state)
{
    struct guest *g = malloc(sizeof(*g));

    (void)state;
    guest_create_lazy(g);
    g->v->sd->ihcpu = be16_of((u16)g->v->cpu.number);
    hv_set_psw(g->v, PSW_64, IA);
    intercepted(g, IPA, 0, IA);
    assert_true(mem_is_absent(&g->vm.mem, 0x7000));
    store(g, 0x7004, "abcd");
    assert_false(mem_is_absent(&g->vm.mem, 0x7000));
    assert_int_equal(mem_discard(&g->vm.mem, abs_addr(0x7000), FRAME_SIZE), MEM_OK);
    store(g, 0x7008, "efgh");
    assert_int_equal(get32(g, 0x7004), 0);
    assert_int_equal(get32(g, 0x7008), 0x65666768);
    guest_destroy(g);
    free(g);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_spaces, make, unmake),
        cmocka_unit_test_setup_teardown(test_translation_exceptions, make, unmake),
        cmocka_unit_test_setup_teardown(test_protections, make, unmake),
        cmocka_unit_test_setup_teardown(test_key_overrides, make, unmake),
        cmocka_unit_test_setup_teardown(test_key_of_large_frame, make, unmake),
        cmocka_unit_test_setup_teardown(test_nothing_stored_when_second_page_fails, make, unmake),
        cmocka_unit_test_setup_teardown(test_crossing_and_wrapping, make, unmake),
        cmocka_unit_test_setup_teardown(test_prefixing, make, unmake),
        cmocka_unit_test_setup_teardown(test_spaces, make_run, unmake),
        cmocka_unit_test_setup_teardown(test_crossing_and_wrapping, make_run, unmake),
        cmocka_unit_test_setup_teardown(test_translation_is_kept, make_run, unmake),
        cmocka_unit_test_setup_teardown(test_kept_translation_follows_spaces_and_modes, make_run,
                                        unmake),
        cmocka_unit_test_setup_teardown(test_kept_translation_sees_a_changed_key, make_run, unmake),
        cmocka_unit_test_setup_teardown(test_exceptions_where_translations_are_kept, make_run,
                                        unmake),
        cmocka_unit_test_setup_teardown(test_store_into_decoded_code, make_run, unmake),
        cmocka_unit_test(test_page_that_is_not_there),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
