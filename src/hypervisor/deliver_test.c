/* SPDX-License-Identifier: Apache-2.0
 *
 * Delivery (I08): every two sources against each other, masks, intervention indicators, what is
 * stored.
 */
#include "hypervisor/test_guest.h"

#include <errno.h>

#define EXT_AT LC(ext_old_psw), LC(ext_cpu_addr)
#define START 0x10000UL
#define NEW_EXT 0x1000UL
#define NEW_IO 0x2000UL
#define NEW_MCHK 0x3000UL
#define NEW_PGM 0x4000UL
#define NEW_RESTART 0x5000UL

/* ---- sources, in rising priority ---- */

static void make_restart(struct guest *g)
{
    assert_int_equal(hv_inject_restart(g->v), 0);
}

static void make_io(struct guest *g, unsigned isc)
{
    struct io_interrupt io = {1, (u16)(0x10 + isc), 0xabc0 + isc, io_word(isc)};

    assert_int_equal(hv_inject_io(&g->vm, &io), 0);
}

static void make_io7(struct guest *g)
{
    make_io(g, 7);
}

static void make_io0(struct guest *g)
{
    make_io(g, 0);
}

static void make_adapter3(struct guest *g)
{
    assert_int_equal(hv_inject_adapter(&g->vm, 3), 0);
}

static void make_service(struct guest *g)
{
    assert_int_equal(hv_inject_service(&g->vm, 0x1230), 0);
}

static void make_cpu_timer(struct guest *g)
{
    g->v->sd->cputm = be64_of(~0ULL);
    atomic_fetch_or(&g->v->local.pending, IRQ_BIT(IRQ_CPU_TIMER));
}

static void make_ckc(struct guest *g)
{
    g->v->sd->ckc = be64_of(1);
    atomic_fetch_or(&g->v->local.pending, IRQ_BIT(IRQ_CLOCK_COMPARATOR));
}

static void make_external_call(struct guest *g)
{
    assert_int_equal(hv_inject_external_call(g->v, 5), 0);
}

static void make_emergency(struct guest *g)
{
    assert_int_equal(hv_inject_emergency(g->v, 6), 0);
}

static void make_malfunction(struct guest *g)
{
    assert_int_equal(hv_inject_malfunction_alert(g->v, 7), 0);
}

static void make_key(struct guest *g)
{
    assert_int_equal(hv_inject_interrupt_key(&g->vm), 0);
}

static void make_crw(struct guest *g)
{
    assert_int_equal(hv_inject_crw(&g->vm), 0);
}

static void make_program(struct guest *g)
{
    hv_inject_program(g->v, PGM_OPERAND);
}

static void make_exigent(struct guest *g)
{
    struct mchk_info m = {.mcic = MCIC_PD};

    assert_int_equal(hv_inject_mchk(g->v, &m), 0);
}

static const struct source {
    const char *name;
    void (*make)(struct guest *g);
    u64 new;        /* address of its new PSW */
    u64 old;        /* offset of its old PSW */
    u64 at, stored; /* what tells it from others of its class: word at this offset */
} sources[] = {
    {"restart", make_restart, NEW_RESTART, LC(restart_old_psw), 0, 0},
    {"I/O 7", make_io7, NEW_IO, LC(io_old_psw), LC(io_int_word), 7U << 27},
    {"adapter 3", make_adapter3, NEW_IO, LC(io_old_psw), LC(io_int_word), 0x80000000 | 3U << 27},
    {"I/O 0", make_io0, NEW_IO, LC(io_old_psw), LC(io_int_word), 0},
    {"service", make_service, NEW_EXT, EXT_AT, EXT_SERVICE_SIGNAL},
    {"CPU timer", make_cpu_timer, NEW_EXT, EXT_AT, EXT_CPU_TIMER},
    {"clock comparator", make_ckc, NEW_EXT, EXT_AT, EXT_CLOCK_COMPARATOR},
    {"external call", make_external_call, NEW_EXT, EXT_AT, 5 << 16 | EXT_EXTERNAL_CALL},
    {"emergency", make_emergency, NEW_EXT, EXT_AT, 6 << 16 | EXT_EMERGENCY_SIGNAL},
    {"malfunction", make_malfunction, NEW_EXT, EXT_AT, 7 << 16 | EXT_MALFUNCTION_ALERT},
    {"interrupt key", make_key, NEW_EXT, EXT_AT, EXT_INTERRUPT_KEY},
    {"channel report", make_crw, NEW_MCHK, LC(mck_old_psw), LC(mcic), MCIC_CP >> 32 | 0xf1d},
    {"program", make_program, NEW_PGM, LC(pgm_old_psw), LC(pgm_ilc), PGM_OPERAND},
    {"damage", make_exigent, NEW_MCHK, LC(mck_old_psw), LC(mcic), MCIC_PD >> 32},
};

#define CR0_ALL                                                                                    \
    (CR0_SERVICE | CR0_CPU_TIMER | CR0_CLOCK_COMP | CR0_EXT_CALL | CR0_EMERGENCY |                 \
     CR0_MALF_ALERT | CR0_INT_KEY)

static void open_all(struct guest *g)
{
    hv_set_psw(g->v, PSW_OPEN, START);
    hv_set_cr(g->v, 0, CR0_ALL);
    hv_set_cr(g->v, 6, CR6_ISC);
    hv_set_cr(g->v, 14, CR14_CHANNEL_REPORT);
    put_psw(g, LC(ext_new_psw), PSW_OPEN, NEW_EXT);
    put_psw(g, LC(io_new_psw), PSW_OPEN, NEW_IO);
    put_psw(g, LC(mck_new_psw), PSW_OPEN, NEW_MCHK);
    put_psw(g, LC(pgm_new_psw), PSW_OPEN, NEW_PGM);
    put_psw(g, LC(restart_new_psw), PSW_OPEN, NEW_RESTART);
    g->v->sd->ckc = be64_of(~0ULL);
    g->v->sd->cputm = be64_of(~0ULL >> 1);
}

/* The higher one is stored first: its old PSW is the start; the lower one's is the higher one's new
 * PSW.  Two of one class share the old PSW, which is the lower one's then. */
static void pair(const struct source *low, const struct source *high, bool no_gisa)
{
    struct guest g;

    guest_create(&g, 1, no_gisa);
    open_all(&g);
    low->make(&g);
    high->make(&g);
    assert_int_equal(hv_deliver(g.v), 0);
    if (hv_psw_addr(g.v) != low->new || get64(&g, low->old + 8) != high->new)
        fail_msg("%s against %s: the order is wrong", low->name, high->name);
    if (low->old != high->old)
        assert_int_equal(get64(&g, high->old + 8), START);
    if (low->at && get32(&g, low->at) != low->stored)
        fail_msg("%s against %s: stored %08x", low->name, high->name, get32(&g, low->at));
    guest_destroy(&g);
}

static void test_every_two_sources(void **state)
{
    (void)state;
    for (unsigned gisa = 0; gisa < 2; gisa++)
        for (unsigned i = 0; i < ARRAY_SIZE(sources); i++)
            for (unsigned j = i + 1; j < ARRAY_SIZE(sources); j++)
                pair(&sources[i], &sources[j], gisa);
}

/* ---- masks and indicators ---- */

static void close_class(struct guest *g, u64 psw_bits, unsigned cr)
{
    hv_set_psw(g->v, PSW_OPEN & ~psw_bits, START);
    if (cr < 16)
        hv_set_cr(g->v, cr, 0);
}

static void test_indicators_external(void **state)
{
    struct guest g;

    (void)state;
    guest_create(&g, 1, false);
    open_all(&g);
    close_class(&g, PSW_MASK_EXT, 16);
    make_service(&g);
    assert_int_equal(hv_deliver(g.v), 0);
    assert_int_equal(hv_psw_addr(g.v), START);
    assert_true(sd_flags(g.v->sd) & SD_CPUFLAG_EXT_INT);
    assert_int_equal(be16_get(g.v->sd->lctl), 0);
    close_class(&g, 0, 0);
    assert_int_equal(hv_deliver(g.v), 0);
    assert_false(sd_flags(g.v->sd) & SD_CPUFLAG_EXT_INT);
    assert_int_equal(be16_get(g.v->sd->lctl), SD_LCTL(0));
    hv_set_cr(g.v, 0, CR0_SERVICE);
    assert_int_equal(hv_deliver(g.v), 0);
    assert_int_equal(hv_psw_addr(g.v), NEW_EXT);
    assert_int_equal(be16_get(g.v->sd->lctl), 0);
    assert_int_equal(get32(&g, LC(ext_params)), 0x1230);
    guest_destroy(&g);
}

static void test_indicators_io(void **state)
{
    struct guest g;

    (void)state;
    guest_create(&g, 1, false);
    open_all(&g);
    close_class(&g, PSW_MASK_IO, 16);
    make_io7(&g);
    assert_int_equal(hv_deliver(g.v), 0);
    assert_true(sd_flags(g.v->sd) & SD_CPUFLAG_IO_INT);
    close_class(&g, 0, 6);
    hv_set_cr(g.v, 6, CR6_ISC_BIT(3));
    assert_int_equal(hv_deliver(g.v), 0);
    assert_false(sd_flags(g.v->sd) & SD_CPUFLAG_IO_INT);
    assert_int_equal(be16_get(g.v->sd->lctl), SD_LCTL(6));
    hv_set_cr(g.v, 6, CR6_ISC_BIT(7));
    assert_int_equal(hv_deliver(g.v), 0);
    assert_int_equal(hv_psw_addr(g.v), NEW_IO);
    assert_int_equal(get32(&g, LC(ssid)), 1 << 16 | 0x17);
    assert_int_equal(get32(&g, LC(io_int_parm)), 0xabc7);
    assert_int_equal(get32(&g, LC(io_int_word)), io_word(7));
    guest_destroy(&g);
}

static void test_indicators_machine_check(void **state)
{
    struct guest g;

    (void)state;
    guest_create(&g, 1, false);
    open_all(&g);
    close_class(&g, PSW_MASK_MCHECK, 16);
    make_crw(&g);
    assert_int_equal(hv_deliver(g.v), 0);
    assert_true(be32_get(g.v->sd->ictl) & SD_ICTL_LPSW);
    close_class(&g, 0, 14);
    assert_int_equal(hv_deliver(g.v), 0);
    assert_false(be32_get(g.v->sd->ictl) & SD_ICTL_LPSW);
    assert_int_equal(be16_get(g.v->sd->lctl), SD_LCTL(14));
    guest_destroy(&g);
}

static void test_stop_is_indicated_and_never_delivered(void **state)
{
    struct guest g;

    (void)state;
    guest_create(&g, 1, false);
    open_all(&g);
    assert_int_equal(hv_inject_stop(g.v, false), 0);
    assert_int_equal(hv_inject_stop(g.v, false), -16);
    assert_int_equal(hv_deliver(g.v), 0);
    assert_true(sd_flags(g.v->sd) & SD_CPUFLAG_STOP_INT);
    assert_int_equal(hv_psw_addr(g.v), START);
    make_emergency(&g);
    assert_int_equal(hv_handle_stop(g.v), HV_RESUME); /* I10: delayed, not lost */
    assert_int_equal(hv_deliver(g.v), 0);
    assert_int_equal(hv_handle_stop(g.v), HV_EXIT);
    assert_int_equal(vcpu_get_state(g.v), VCPU_STOPPED);
    assert_int_equal(g.exit.reason, EXIT_STOPPED);
    guest_destroy(&g);
}

/* ---- what is stored ---- */

static void one_for_each_source(int (*inject)(struct vcpu *v, u16 source))
{
    static const u8 from[] = {2, 63, 64, 255};
    struct guest g;

    guest_create(&g, 1, false);
    open_all(&g);
    put_psw(&g, LC(ext_new_psw), PSW_64, NEW_EXT);
    for (unsigned i = ARRAY_SIZE(from); i-- > 0;) {
        assert_int_equal(inject(g.v, from[i]), 0);
        assert_int_equal(inject(g.v, from[i]), 0);
    }
    assert_int_equal(inject(g.v, 256), -EINVAL);
    for (unsigned i = 0; i < ARRAY_SIZE(from); i++) {
        hv_set_psw(g.v, PSW_OPEN, START);
        assert_int_equal(hv_deliver(g.v), 0);
        assert_int_equal(hv_psw_addr(g.v), NEW_EXT);
        assert_int_equal(get16(&g, LC(ext_cpu_addr)), from[i]);
    }
    hv_set_psw(g.v, PSW_OPEN, START);
    assert_int_equal(hv_deliver(g.v), 0);
    assert_int_equal(hv_psw_addr(g.v), START);
    assert_int_equal(inject(g.v, 5), 0);
    hv_clear_pending(g.v);
    assert_int_equal(inject(g.v, 6), 0); /* nothing is left of 5 */
    assert_int_equal(hv_deliver(g.v), 0);
    assert_int_equal(get16(&g, LC(ext_cpu_addr)), 6);
    guest_destroy(&g);
}

static void test_emergency_one_for_each_source(void **state)
{
    (void)state;
    one_for_each_source(hv_inject_emergency);
}

static void test_malfunction_alert_one_for_each_source(void **state)
{
    (void)state;
    one_for_each_source(hv_inject_malfunction_alert);
}

static void test_machine_check_stores_registers(void **state)
{
    struct guest g;
    u64 mcic;

    (void)state;
    guest_create(&g, 1, false);
    open_all(&g);
    hv_set_prefix(g.v, 0x8000);
    put_psw(&g, 0x8000 + LC(mck_new_psw), PSW_64, NEW_MCHK);
    g.v->cpu.gr[3] = 0x1122334455667788;
    g.v->cpu.ar[4] = 0x99aabbcc;
    cpu_set_fpr(&g.v->cpu, 5, 0x4000000000000001);
    g.v->cpu.fpc = 0x00800000;
    g.v->sd->ckc = be64_of(0x0123456789abcdef);
    make_crw(&g);
    assert_int_equal(hv_deliver(g.v), 0);
    mcic = get64(&g, 0x8000 + LC(mcic));
    assert_true(mcic & MCIC_CP && mcic & MCIC_GR && mcic & MCIC_CR);
    assert_int_equal(get64(&g, 0x8000 + LC(gr_save) + 24), 0x1122334455667788);
    assert_int_equal(get32(&g, 0x8000 + LC(ar_save) + 16), 0x99aabbcc);
    assert_int_equal(get64(&g, 0x8000 + LC(fpr_save) + 40), 0x4000000000000001);
    assert_int_equal(get32(&g, 0x8000 + LC(fpc_save)), 0x00800000);
    assert_int_equal(get64(&g, 0x8000 + LC(ckc_save)), 0x000123456789abcd);
    assert_int_equal(get64(&g, 0x8000 + LC(cr_save) + 14 * 8), CR14_CHANNEL_REPORT);
    assert_int_equal(get64(&g, 0x8000 + LC(mck_old_psw) + 8), START);
    assert_int_equal(get32(&g, 0x80a0) & 0xff, LC_ARCH_MODE_Z);
    guest_destroy(&g);
}

static void test_service_parameters_accumulate(void **state)
{
    struct guest g;

    (void)state;
    guest_create(&g, 1, false);
    open_all(&g);
    hv_set_psw(g.v, PSW_64, START);
    hv_inject_service(&g.vm, 1);
    hv_inject_service(&g.vm, 0x4000);
    hv_set_psw(g.v, PSW_OPEN, START);
    put_psw(&g, LC(ext_new_psw), PSW_64, NEW_EXT);
    assert_int_equal(hv_deliver(g.v), 0);
    assert_int_equal(get32(&g, LC(ext_params)), 0x4001);
    guest_destroy(&g);
}

static void test_dequeue(void **state)
{
    struct io_interrupt io;
    struct guest g;

    (void)state;
    guest_create(&g, 1, false);
    make_io(&g, 5);
    make_io(&g, 2);
    assert_int_equal(hv_inject_adapter(&g.vm, 2), 0);
    assert_false(hv_dequeue_io_sch(&g.vm, 1, 0x99, &io));
    assert_true(hv_dequeue_io_sch(&g.vm, 1, 0x15, &io));
    assert_int_equal(io.parm, 0xabc5);
    assert_false(hv_dequeue_io_isc(&g.vm, 0xdf, &io));
    assert_true(hv_dequeue_io_isc(&g.vm, 0xff, &io));
    assert_int_equal(io.subchannel_nr, 0x12);
    assert_true(hv_dequeue_io_isc(&g.vm, 0xff, &io));
    assert_int_equal(io.word, IO_WORD_ADAPTER | io_word(2));
    assert_false(hv_dequeue_io_isc(&g.vm, 0xff, &io));
    assert_int_equal(atomic_load(&g.vm.floating.pending), 0);
    guest_destroy(&g);
}

static void cp_service(struct guest *g, u16 subcode, u32 parm, u64 parm2)
{
    hv_set_psw(g->v, PSW_OPEN, START);
    assert_int_equal(hv_deliver(g->v), 0);
    assert_int_equal(hv_psw_addr(g->v), NEW_EXT);
    assert_int_equal(get16(g, LC(ext_int_code)), EXT_CP_SERVICE);
    assert_int_equal(get16(g, LC(ext_cpu_addr)), subcode);
    assert_int_equal(get32(g, LC(ext_params)), parm);
    assert_int_equal(get64(g, LC(ext_params2)), parm2);
}

static void test_cp_services(void **state)
{
    struct guest g;

    (void)state;
    guest_create(&g, 1, false);
    put_psw(&g, LC(ext_new_psw), PSW_64, NEW_EXT);
    hv_set_cr(g.v, 0, CR0_SERVICE);
    assert_int_equal(hv_inject_pfault_init(g.v, 0x1111222233334444), 0);
    assert_int_equal(hv_inject_pfault_init(g.v, 1), -EBUSY);
    assert_int_equal(hv_pending_local(g.v), IRQ_BIT(IRQ_PFAULT_INIT));
    cp_service(&g, EXT_CP_PFAULT_INIT, 0, 0x1111222233334444);
    assert_int_equal(hv_inject_pfault_done(&g.vm, 0x5555), 0);
    assert_int_equal(hv_inject_pfault_done(&g.vm, 1), -EBUSY);
    assert_int_equal(hv_pending_floating(&g.vm), IRQ_BIT(IRQ_PFAULT_DONE));
    cp_service(&g, EXT_CP_PFAULT_DONE, 0, 0x5555);
    assert_int_equal(hv_inject_virtio(&g.vm, 2, 0x7777), 0);
    assert_int_equal(hv_inject_virtio(&g.vm, 2, 1), -EBUSY);
    cp_service(&g, EXT_CP_VIRTIO, 2, 0x7777);
    assert_int_equal(hv_pending_local(g.v) | hv_pending_floating(&g.vm), 0);
    guest_destroy(&g);
}

static void test_set_prefix_of_a_stopped_cpu(void **state)
{
    struct guest g;

    (void)state;
    guest_create(&g, 1, false);
    assert_int_equal(hv_inject_set_prefix(g.v, 0x4000), -EBUSY);
    vcpu_set_state(g.v, VCPU_STOPPED);
    assert_int_equal(hv_inject_set_prefix(g.v, 0x4000), 0);
    assert_int_equal(hv_inject_pfault_init(g.v, 1), 0);
    hv_clear_pending(g.v);
    assert_int_equal(hv_pending_local(g.v), 0);
    assert_int_equal(hv_inject_set_prefix(g.v, 0x6000), 0);
    vcpu_set_state(g.v, VCPU_OPERATING);
    hv_set_psw(g.v, PSW_64, START);
    assert_int_equal(hv_deliver(g.v), 0);
    assert_int_equal(hv_prefix(g.v), 0x6000);
    guest_destroy(&g);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_two_sources),
        cmocka_unit_test(test_indicators_external),
        cmocka_unit_test(test_indicators_io),
        cmocka_unit_test(test_indicators_machine_check),
        cmocka_unit_test(test_stop_is_indicated_and_never_delivered),
        cmocka_unit_test(test_emergency_one_for_each_source),
        cmocka_unit_test(test_malfunction_alert_one_for_each_source),
        cmocka_unit_test(test_machine_check_stores_registers),
        cmocka_unit_test(test_service_parameters_accumulate),
        cmocka_unit_test(test_dequeue),
        cmocka_unit_test(test_cp_services),
        cmocka_unit_test(test_set_prefix_of_a_stopped_cpu),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
