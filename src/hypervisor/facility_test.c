/* SPDX-License-Identifier: Apache-2.0
 *
 * Facilities that are partly the hypervisor's: what is switched on at its first use (guarded
 * storage, run-time instrumentation), guarded-storage registers in the state-description annex and
 * in a machine check's save area, epoch indexes, CPU models with storage-key removal.
 */
#include "hypervisor/test_guest.h"

#include "arch/sigp.h"
#include "cpu/timer.h"
#include "hypervisor/priv.h"

#define DIAG_EXIT 0x8300ffff00000000ULL
#define AT_200 0x00000200U /* ipb of RXY: displacement 200, no registers */

static int make(void **state)
{
    return guest_begin(state, 1);
}

/* Every interception is an exit: runs from IA to the next one. */
static void run(struct guest *g)
{
    g->vm.options.user_controlled = true;
    hv_set_psw(g->v, PSW_64, IA);
    assert_int_equal(hv_run(g->v, &g->exit), 0);
    assert_int_equal(g->exit.reason, EXIT_INTERCEPT);
}

/* ---- switched on at first use ---- */

static void switched_on(struct guest *g, u16 ipa, u32 ipb)
{
    assert_int_equal(guest_call(g, ipa, ipb), HV_RETRY);
    assert_int_equal(hv_psw_addr(g->v), IA);
    assert_int_equal(pending_program(g), 0);
}

static void test_i23_instrumentation_is_absent(void **state)
{
    struct guest *g = *state;

    assert_false(hv_facility(g->v, 64));
    assert_int_equal(guest_call(g, 0xaa00, 0), HV_INJECT);
    assert_int_equal(pending_program(g), PGM_OPERATION);
    assert_int_equal(hv_psw_addr(g->v), IA + 4);
    assert_int_equal(g->v->sd->ecb3 & SD_ECB3_RI, 0);
}

static void test_i23_instrumentation_is_switched_on(void **state)
{
    struct guest *g = *state;

    bitmap_set(g->vm.model.facilities, 64);
    switched_on(g, 0xaa00, 0);
    assert_int_equal(g->v->sd->ecb3 & SD_ECB3_RI, SD_ECB3_RI);
}

static void test_i28_instrumentation_is_switched_on(void **state)
{
    struct guest *g = *state;

    for (u32 op = 0x60; op < 0x63; op++) {
        bitmap_clear(g->vm.model.facilities, 64);
        assert_int_equal(guest_call(g, 0xeb00, op), HV_INJECT);
        assert_int_equal(pending_program(g), PGM_OPERATION);
        bitmap_set(g->vm.model.facilities, 64);
        g->v->sd->ecb3 = 0;
        switched_on(g, 0xeb00, op);
        assert_int_equal(g->v->sd->ecb3, SD_ECB3_RI);
    }
}

static void test_i28_guarded_storage_is_switched_on(void **state)
{
    struct guest *g = *state;

    for (u32 op = 0x49; op <= 0x4d; op += 4) {
        bitmap_clear(g->vm.model.facilities, 133);
        assert_int_equal(guest_call(g, 0xe300, AT_200 << 16 | op), HV_INJECT);
        assert_int_equal(pending_program(g), PGM_OPERATION);
        assert_int_equal(g->v->sd->ecb & SD_ECB_GS, 0);
        bitmap_set(g->vm.model.facilities, 133);
        switched_on(g, 0xe300, AT_200 << 16 | op);
        assert_int_equal(g->v->sd->ecb & SD_ECB_GS, SD_ECB_GS);
        assert_true(be32_get(g->v->sd->ecd) & SD_ECD_HOSTREGMGMT);
        g->v->sd->ecb &= (u8)~SD_ECB_GS;
    }
}

/* The interception comes without ecb.GS, whatever CR2 says; with it, CR2 counts. */
static void test_i28_guarded_storage_is_intercepted_once(void **state)
{
    struct guest *g = *state;

    put64(g, IA, 0xe30002000049ULL << 16); /* stgsc 200 */
    put64(g, IA + 6, DIAG_EXIT);
    run(g);
    assert_int_equal(g->v->sd->icptcode, ICPT_INST);
    assert_int_equal(hv_ipa(g->v), 0xe300);
    assert_int_equal(hv_psw_addr(g->v), IA + 6);
    assert_int_equal(hv_handle_instruction(g->v), HV_RETRY);
    run(g);
    assert_int_equal(g->v->sd->icptcode, ICPT_PROGI);
    assert_int_equal(be16_get(g->v->sd->iprcc), PGM_SPECIAL_OPERATION);
    hv_set_cr(g->v, 2, CR2_GS);
    run(g);
    assert_int_equal(hv_ipa(g->v), 0x8300);
}

/* A CPU's first key instruction is not executed: the PSW is at it. */
static void test_i13_first_key_instruction(void **state)
{
    struct guest *g = *state;

    put64(g, IA, 0xb22900128300ffffULL); /* iske r1,r2; diag */
    g->v->cpu.gr[1] = 0x12345678;
    run(g);
    assert_int_equal(g->v->sd->icptcode, ICPT_KSS);
    assert_int_equal(hv_psw_addr(g->v), IA);
    assert_int_equal(g->v->cpu.gr[1], 0x12345678);
    assert_false(atomic_load(&g->vm.uses_keys));
    assert_int_equal(hv_handle_kss(g->v), HV_RETRY);
    assert_true(atomic_load(&g->vm.uses_keys));
    assert_int_equal(sd_flags(g->v->sd) & SD_CPUFLAG_KSS, 0);
    run(g);
    assert_int_equal(hv_ipa(g->v), 0x8300);
    assert_int_equal(g->v->cpu.gr[1] & ~6UL, 0x12345600);
}

/* ---- where guarded-storage registers are kept ---- */

static void test_guarded_storage_in_annex(void **state)
{
    static struct sdnx annex __attribute__((aligned(64)));
    struct guest *g = *state;

    annex.gscb = (struct gs_cb){be64_of(0), be64_of(0x4000019), be64_of(0x55), be64_of(0x7000)};
    g->v->cpu.gs = (struct guarded_storage){1, 2, 3};
    g->v->sd->sdnxo = be64_of((u64)(uintptr_t)&annex | 6);
    g->v->sd->ecb |= SD_ECB_GS;
    hv_set_cr(g->v, 2, CR2_GS);
    put64(g, IA, 0xe30002000049ULL << 16); /* stgsc 200 */
    put64(g, IA + 6, 0xe3000300004dULL << 16);
    put64(g, IA + 12, DIAG_EXIT); /* lgsc 300 */
    put64(g, 0x308, 0x1234);
    put64(g, 0x310, 0x5678);
    put64(g, 0x318, 0x9abc);
    run(g);
    assert_int_equal(hv_ipa(g->v), 0x8300);
    assert_int_equal(get64(g, 0x208), 0x4000019);
    assert_int_equal(get64(g, 0x210), 0x55);
    assert_int_equal(get64(g, 0x218), 0x7000);
    assert_int_equal(be64_get(annex.gscb.gsd), 0x1234);
    assert_int_equal(be64_get(annex.gscb.gssm), 0x5678);
    assert_int_equal(be64_get(annex.gscb.gsepla), 0x9abc);
    assert_int_equal(g->v->cpu.gs.gsd, 1);
    assert_int_equal(g->v->cpu.gs.gsepla, 3);
}

static void machine_check(struct guest *g, u64 designation, u64 valid)
{
    struct mchk_info m = {.mcic = MCIC_PD | MCIC_GS};

    g->v->cpu.gs = (struct guarded_storage){0x4000019, 0x77, 0x8800};
    hv_set_psw(g->v, PSW_OPEN, IA);
    put64(g, LC(mcesad), designation);
    put64(g, 0x9408, 0);
    assert_int_equal(hv_inject_mchk(g->v, &m), 0);
    assert_int_equal(hv_deliver(g->v), 0);
    assert_int_equal(get64(g, LC(mcic)) & MCIC_GS, valid);
    assert_int_equal(get64(g, 0x9408), valid ? 0x4000019 : 0);
    assert_int_equal(get64(g, 0x9418), valid ? 0x8800 : 0);
}

static void test_guarded_storage_in_machine_check(void **state)
{
    struct guest *g = *state;

    machine_check(g, 0x9000, 0);
    machine_check(g, 0x9000 | 10, 0);
    machine_check(g, 0, 0);
    machine_check(g, 0x9000 | 11, MCIC_GS);
    put64(g, 0x9418, 0);
    bitmap_clear(g->vm.model.facilities, 133);
    machine_check(g, 0x9000 | 12, 0);
}

/* Without vectors and guarded storage there is no additional status. */
static void test_i24_additional_status_needs_a_facility(void **state)
{
    struct guest *g = *state;

    bitmap_clear(g->vm.model.facilities, 129);
    g->v->cpu.gr[0] = g->v->cpu.gr[2] = 0;
    g->v->cpu.gr[1] = 0x9000;
    assert_int_equal(guest_call(g, 0xae02, SIGP_STORE_ADDTL_STATUS << 16), HV_RESUME);
    assert_int_equal(psw_cc(hv_psw_mask(g->v)), SIGP_CC_STATUS);
    assert_int_equal(g->v->cpu.gr[0], SIGP_STATUS_INCORRECT_STATE);
    bitmap_clear(g->vm.model.facilities, 133);
    assert_int_equal(guest_call(g, 0xae02, SIGP_STORE_ADDTL_STATUS << 16), HV_RESUME);
    assert_int_equal(g->v->cpu.gr[0], SIGP_STATUS_INVALID_ORDER);
}

static void test_clear_reset_clears_guarded_storage(void **state)
{
    struct guest *g = *state;

    g->v->cpu.gs.gsd = 5;
    vcpu_reset(g->v, CPU_RESET_INITIAL);
    assert_int_equal(g->v->cpu.gs.gsd, 5);
    vcpu_reset(g->v, CPU_RESET_CLEAR);
    assert_int_equal(g->v->cpu.gs.gsd, 0);
}

/* ---- epochs ---- */

static void test_epoch_arithmetic(void **state)
{
    struct tod_ext t = tod_ext_add(0xe000000000000000, 0, 0);

    (void)state;
    assert_int_equal(t.index, 0);
    t = tod_ext_add(0x1000, 0, 0); /* the host's clock itself is past 2042 */
    assert_int_equal(t.index, 1);
    t = tod_ext_add(0xe000000000000000, 3, 0x2000000000000005);
    assert_int_equal(t.index, 4);
    assert_int_equal(t.tod, 5);
    t = tod_ext_add(0xe000000000000000, 0xff, 0x1fffffffffffffff);
    assert_int_equal(t.index, 0xff);
}

static void test_set_clock_with_epoch(void **state)
{
    struct guest *g = *state;
    struct tod_ext t;

    hv_set_tod_ext(&g->vm, (struct tod_ext){3, 0x1000000000000000});
    t = hv_get_tod_ext(&g->vm);
    assert_int_equal(t.index, 3);
    assert_int_equal(t.tod >> 48, 0x1000);
    hv_set_tod_ext(&g->vm, (struct tod_ext){0xff, 0xf800000000000000});
    t = hv_get_tod_ext(&g->vm);
    assert_int_equal(t.index, 0xff);
    assert_int_equal(t.tod >> 48, 0xf800);
    bitmap_clear(g->vm.model.facilities, 139);
    assert_int_equal(hv_get_tod_ext(&g->vm).index, 0);
    bitmap_set(g->vm.model.facilities, 139);
    hv_set_tod(&g->vm, 0x1000000000000000);
    assert_int_equal(hv_get_tod_ext(&g->vm).index, 0);
}

static void test_stcke_stores_epoch_index(void **state)
{
    struct guest *g = *state;

    put64(g, IA, 0xb27802008300ffffULL); /* stcke 200; diag */
    hv_set_tod_ext(&g->vm, (struct tod_ext){5, 0x1000000000000000});
    run(g);
    assert_int_equal(get64(g, 0x200) >> 40, 0x051000);
    g->v->sd->ecd = be32_of(0);
    run(g);
    assert_int_equal(get64(g, 0x200) >> 40, 0x001000);
}

/* ---- reference bits of 64 blocks ---- */

/* The handlers run for a state description that intercepts them for another reason. */
static void test_i27_reference_bits_multiple(void **state)
{
    struct guest *g = *state;

    (void)hv_enable_keys(g->v);
    for (unsigned i = 0; i < 64; i++)
        mem_key_set(&g->vm.mem, abs_addr(0x40000 + i * FRAME_SIZE), i % 3 ? 0x32 : 0x36);
    g->v->cpu.gr[2] = 0x45678;
    assert_int_equal(guest_call(g, 0xb9ac, 0x00120000), HV_RESUME);
    assert_int_equal(g->v->cpu.gr[1], 0x9249249249249249);
    g->v->cpu.gr[1] = 0;
    assert_int_equal(guest_call(g, 0xb9ae, 0x00120000), HV_RESUME);
    assert_int_equal(g->v->cpu.gr[1], 0x9249249249249249);
    assert_int_equal(mem_key_get(&g->vm.mem, abs_addr(0x40000)) & 0xfe, 0x32);
    assert_int_equal(guest_call(g, 0xb9ae, 0x00120000), HV_RESUME);
    assert_int_equal(g->v->cpu.gr[1], 0);
    g->v->cpu.gr[2] = GUEST_SIZE;
    assert_int_equal(guest_call(g, 0xb9ae, 0x00120000), HV_INJECT);
    assert_int_equal(pending_program(g), PGM_ADDRESSING);
    hv_set_psw(g->v, PSW_64 | PSW_MASK_PSTATE, IA);
    assert_int_equal(guest_call(g, 0xb9ac, 0x00120000), HV_INJECT);
    assert_int_equal(pending_program(g), PGM_PRIVILEGED_OP);
}

/* ---- models ---- */

static void test_storage_key_removal_excludes(void **state)
{
    static const u8 gone[] = {10, 14, 66, 145, 149};
    struct cpu_model m;

    (void)state;
    assert_int_equal(cpu_model_parse("max", &m), 0);
    assert_false(bitmap_test(m.facilities, 169));
    assert_true(bitmap_test(m.facilities, 10));
    assert_int_equal(cpu_model_parse("max,skr=on", &m), 0);
    assert_true(bitmap_test(m.facilities, 169));
    for (unsigned i = 0; i < ARRAY_SIZE(gone); i++)
        assert_false(bitmap_test(m.facilities, gone[i]));
    assert_int_equal(cpu_model_parse("max,skr=on,cond-sske=on", &m), -22);
    assert_int_equal(cpu_model_parse("z13", &m), 0);
    assert_false(bitmap_test(m.facilities, 133) || bitmap_test(m.facilities, 139));
    assert_int_equal(cpu_model_parse("z14", &m), 0);
    assert_true(bitmap_test(m.facilities, 133) && bitmap_test(m.facilities, 139));
    assert_false(bitmap_test(m.facilities, 169));
    assert_int_equal(cpu_model_type(&m), 0x3906);
}

/* A machine's own value; nothing is blocked for what is no machine. */
static void test_blocking_control_of_models(void **state)
{
    static const struct {
        const char *model;
        u16 blocking;
    } rows[] = {{"z10", 0x001},         {"z196", 0x011},
                {"zEC12", 0x021},       {"z13", 0x031},
                {"z14", 0x041},         {"max", 0},
                {"z13,gs=on", 0},       {"z14,gs=off", 0x041},
                {"max,gs=off", 0},      {"z10,misc1=on,fac45=off", 0},
                {"z14,fac72=on", 0x041}};
    struct guest *g = *state;
    struct cpu_model m;

    for (unsigned i = 0; i < ARRAY_SIZE(rows); i++) {
        struct guest other;

        print_message("%s\n", rows[i].model);
        assert_int_equal(cpu_model_parse(rows[i].model, &m), 0);
        assert_int_equal(m.blocking, rows[i].blocking);
        guest_create_as(&other, (struct vm_config){.cpus = 1, .model = &m});
        assert_int_equal(sd_ibc(other.v->sd), rows[i].blocking);
        guest_destroy(&other);
    }
    assert_int_equal(cpu_model_parse("z13", &m), 0);
    assert_int_equal(m.ibc, 0x00010031);
    assert_int_equal(sd_ibc(g->v->sd), 0);
}

static void test_storage_key_removal_in_handlers(void **state)
{
    static const u16 ipas[] = {0xb229, 0xb22a, 0xb22b, 0xb9ac, 0xb9ae};
    struct guest *g = *state;

    bitmap_set(g->vm.model.facilities, 169);
    for (unsigned i = 0; i < ARRAY_SIZE(ipas); i++) {
        assert_int_equal(guest_call(g, ipas[i], 0x00120000), HV_INJECT);
        assert_int_equal(pending_program(g), PGM_SPECIAL_OPERATION);
    }
    put64(g, 0x200, PSW_64 | 0xf0ULL << 48);
    assert_int_equal(guest_call(g, 0xb2b2, 0x02000000), HV_INJECT);
    assert_int_equal(pending_program(g), PGM_SPECIAL_OPERATION);
    assert_int_equal(hv_psw_addr(g->v), IA + 4);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, make, guest_end)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_i23_instrumentation_is_absent),
        TEST(test_i23_instrumentation_is_switched_on),
        TEST(test_i28_instrumentation_is_switched_on),
        TEST(test_i28_guarded_storage_is_switched_on),
        TEST(test_i28_guarded_storage_is_intercepted_once),
        TEST(test_i13_first_key_instruction),
        TEST(test_guarded_storage_in_annex),
        TEST(test_guarded_storage_in_machine_check),
        TEST(test_i24_additional_status_needs_a_facility),
        TEST(test_clear_reset_clears_guarded_storage),
        TEST(test_epoch_arithmetic),
        TEST(test_set_clock_with_epoch),
        TEST(test_stcke_stores_epoch_index),
        TEST(test_i27_reference_bits_multiple),
        TEST(test_storage_key_removal_excludes),
        TEST(test_blocking_control_of_models),
        TEST(test_storage_key_removal_in_handlers),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
