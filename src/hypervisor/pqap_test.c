/* SPDX-License-Identifier: Apache-2.0
 *
 * PQAP with function AQIC as it is intercepted, rules P01 to P06: who gets it, the checks in their
 * order, the driver's hook, also while it comes and goes.  And what a virtual machine has for
 * adjunct processors: crypto control block, interpretation, the CPU model's part.
 */
#include "hypervisor/test_guest.h"

#include <errno.h>
#include <sched.h>

#define PQAP 0xb2af
#define NQAP 0xb2ad
#define DQAP 0xb2ae
#define APQN 0x2a41
#define AQIC ((u64)AP_FC_AQIC << 24 | APQN)
#define GR1 0x0000850000000006ULL
#define GR2 0x0000000000123450ULL
#define CC_MASK (3ULL << PSW_CC_SHIFT)

static void offer_ap(struct guest *g)
{
    cpu_model_add_ap(&g->vm.model);
    assert_int_equal(hv_set_ap_interpretation(&g->vm, true), 0);
}

static int make(void **state)
{
    int r = guest_begin(state, 2);

    offer_ap(*state);
    return r;
}

/* ---- a driver ---- */

struct driver {
    struct pqap_hook hook;
    u32 status;
    unsigned calls;
    u16 apqn;
    u64 gr1, gr2;
    const struct vcpu *v;
};

static u32 answer(struct pqap_hook *h, struct vcpu *v, u16 apqn, u64 gr1, u64 gr2)
{
    struct driver *d = (struct driver *)h;

    d->calls++;
    d->apqn = apqn;
    d->gr1 = gr1;
    d->gr2 = gr2;
    d->v = v;
    return d->status;
}

static struct driver new_driver(u32 status)
{
    return (struct driver){.hook = {answer}, .status = status};
}

/* ---- calls ---- */

static enum hv_outcome pqap(struct guest *g, u64 gr0)
{
    hv_set_psw(g->v, (hv_psw_mask(g->v) & ~CC_MASK) | 2ULL << PSW_CC_SHIFT, IA);
    *hv_gr(g->v, 0) = gr0;
    *hv_gr(g->v, 1) = GR1;
    *hv_gr(g->v, 2) = GR2;
    return guest_call(g, PQAP, 0);
}

static unsigned cc(const struct guest *g)
{
    return hv_psw_mask(g->v) >> PSW_CC_SHIFT & 3;
}

static void assert_untouched(struct guest *g)
{
    assert_int_equal(*hv_gr(g->v, 1), GR1);
    assert_int_equal(*hv_gr(g->v, 2), GR2);
    assert_int_equal(cc(g), 2);
}

static void refused(struct guest *g, u64 gr0, u16 code)
{
    assert_int_equal(pqap(g, gr0), HV_INJECT);
    assert_int_equal(pending_program(g), code);
    assert_untouched(g);
}

static void left(struct guest *g, u64 gr0)
{
    assert_int_equal(pqap(g, gr0), HV_EXIT);
    assert_int_equal(g->exit.reason, EXIT_INTERCEPT);
    assert_int_equal(g->exit.ipa, PQAP);
    assert_int_equal(hv_psw_addr(g->v), IA + 4);
    assert_untouched(g);
}

/* ---- P01, P02 ---- */

static void test_p01_not_allowed_is_left_to_the_vmm(void **state)
{
    struct driver d = new_driver(0);
    struct guest *g = *state;

    assert_int_equal(hv_set_pqap_hook(&g->vm, &d.hook), 0);
    assert_int_equal(pqap(g, AQIC), HV_RESUME);
    assert_int_equal(hv_set_ap_interpretation(&g->vm, false), 0);
    left(g, AQIC);
    left(g, AQIC | AP_GR0_RESERVED); /* the checks are those of a guest that has AP */
    assert_int_equal(d.calls, 1);
    for (u16 ipa = NQAP; ipa <= PQAP; ipa++) {
        assert_int_equal(guest_call(g, ipa, 0x00460000), HV_EXIT);
        assert_int_equal(g->exit.ipa, ipa);
    }
}

static void test_p02_other_functions_are_left_to_the_vmm(void **state)
{
    struct driver d = new_driver(0);
    struct guest *g = *state;

    assert_int_equal(hv_set_pqap_hook(&g->vm, &d.hook), 0);
    for (unsigned fc = 0; fc < 256; fc++)
        if (fc != AP_FC_AQIC)
            left(g, (u64)fc << 24 | APQN);
    assert_int_equal(d.calls, 0);
    assert_int_equal(pqap(g, AQIC | 0xffffffffULL << 32),
                     HV_RESUME); /* bits 0-31 are not looked at */
    assert_int_equal(d.calls, 1);
}

/* ---- P03 ---- */

/* Every check, with all later ones violated, too. */
static void checks(struct guest *g)
{
    const u64 reserved = AP_GR0_RESERVED, t = AP_GR0_T, high = AP_GR0_APXA_ONLY;
    const u64 base = (u64)AP_FC_AQIC << 24;
    u32 crycbd = be32_get(g->v->sd->crycbd);

    hv_set_psw(g->v, hv_psw_mask(g->v) | PSW_MASK_PSTATE, IA);
    refused(g, base | reserved | t | high, PGM_PRIVILEGED_OP);
    refused(g, AQIC, PGM_PRIVILEGED_OP);
    hv_set_psw(g->v, PSW_64, IA);
    for (u64 bit = 0x00010000; bit <= 0x00400000; bit <<= 1)
        refused(g, AQIC | bit, PGM_SPECIFICATION);
    bitmap_clear(g->vm.model.facilities, 15);
    refused(g, AQIC | t, PGM_SPECIFICATION);
    bitmap_set(g->vm.model.facilities, 15);
    g->v->sd->crycbd = be32_of((crycbd & ~SD_CRYCBD_FORMAT) | SD_CRYCBD_FORMAT1);
    for (u64 bit = 0x10; bit <= 0x8000; bit <<= 1)
        if (bit & high)
            refused(g, base | bit, PGM_SPECIFICATION);
    g->v->sd->crycbd = be32_of(crycbd);
    bitmap_clear(g->vm.model.facilities, 65);
    refused(g, AQIC, PGM_SPECIFICATION);
    bitmap_set(g->vm.model.facilities, 65);
}

/* What must pass them. */
static void passes(struct guest *g, u64 gr0)
{
    assert_int_equal(pqap(g, gr0), HV_RESUME);
    assert_int_equal(pending_program(g), 0);
}

static void test_p03_checks_come_before_any_driver(void **state)
{
    struct driver d = new_driver(0);
    struct guest *g = *state;

    checks(g);
    assert_int_equal(hv_set_pqap_hook(&g->vm, &d.hook), 0);
    checks(g);
    assert_int_equal(d.calls, 0);
    passes(g, AQIC);
    passes(g, AQIC | AP_GR0_T); /* with facility 15 */
    g->v->sd->crycbd = be32_of(be32_get(g->v->sd->crycbd) & ~SD_CRYCBD_FORMAT);
    passes(g, (u64)AP_FC_AQIC << 24 | 0x3f0f);
    assert_int_equal(d.calls, 3);
}

static void test_p03_problem_state_comes_first(void **state)
{
    struct guest *g = *state;

    hv_set_psw(g->v, PSW_64 | PSW_MASK_PSTATE, IA);
    assert_int_equal(hv_set_ap_interpretation(&g->vm, false), 0);
    refused(g, AQIC, PGM_PRIVILEGED_OP);
    refused(g, 0, PGM_PRIVILEGED_OP);
    for (u16 ipa = NQAP; ipa < PQAP; ipa++) {
        assert_int_equal(guest_call(g, ipa, 0x00460000), HV_INJECT);
        assert_int_equal(pending_program(g), PGM_PRIVILEGED_OP);
    }
}

/* ---- P05, P06 ---- */

static void test_p05_without_a_driver_the_queue_is_not_available(void **state)
{
    struct driver d = new_driver(0);
    struct guest *g = *state;

    for (unsigned i = 0; i < 2; i++) { /* never had one, and has none any more */
        assert_int_equal(pqap(g, AQIC), HV_RESUME);
        assert_int_equal(*hv_gr(g->v, 1), ap_status_of(AP_RC_NOT_AVAILABLE));
        assert_int_equal(*hv_gr(g->v, 2), GR2);
        assert_int_equal(cc(g), 3);
        assert_int_equal(hv_set_pqap_hook(&g->vm, &d.hook), 0);
        hv_clear_pqap_hook(&g->vm, &d.hook);
    }
    assert_int_equal(d.calls, 0);
}

static void test_p06_the_drivers_status_is_the_result(void **state)
{
    struct guest *g = *state;
    struct driver d = new_driver(0);

    assert_int_equal(hv_set_pqap_hook(&g->vm, &d.hook), 0);
    for (u32 rc = 0; rc < 256; rc++) {
        d.status = ap_status_of(rc) | AP_STATUS_EMPTY | AP_STATUS_IRQ;
        assert_int_equal(pqap(g, AQIC), HV_RESUME);
        assert_int_equal(*hv_gr(g->v, 1), d.status);
        assert_int_equal(*hv_gr(g->v, 2), GR2);
        assert_int_equal(cc(g), rc ? 3 : 0);
    }
    assert_int_equal(d.apqn, APQN);
    assert_int_equal(d.gr1, GR1);
    assert_int_equal(d.gr2, GR2);
    assert_ptr_equal(d.v, g->v);
}

/* ---- P04 ---- */

static void test_p04_one_driver_at_a_time(void **state)
{
    struct driver a = new_driver(0), b = new_driver(ap_status_of(AP_RC_INVALID_GISA));
    struct guest *g = *state;

    assert_int_equal(hv_set_pqap_hook(&g->vm, &a.hook), 0);
    assert_int_equal(hv_set_pqap_hook(&g->vm, &b.hook), -EBUSY);
    assert_int_equal(hv_set_pqap_hook(&g->vm, &a.hook), -EBUSY);
    hv_clear_pqap_hook(&g->vm, &b.hook); /* not its own */
    assert_int_equal(pqap(g, AQIC), HV_RESUME);
    assert_int_equal(a.calls, 1);
    hv_clear_pqap_hook(&g->vm, &a.hook);
    assert_int_equal(hv_set_pqap_hook(&g->vm, &b.hook), 0);
    assert_int_equal(pqap(g, AQIC), HV_RESUME);
    assert_int_equal(a.calls + b.calls, 2);
}

/* Its call goes on for a while once its removal has begun. */
struct slow_driver {
    struct pqap_hook hook;
    _Atomic bool entered, being_cleared, cleared, overtaken;
};

static u32 answer_slowly(struct pqap_hook *h, struct vcpu *v, u16 apqn, u64 gr1, u64 gr2)
{
    struct slow_driver *d = (struct slow_driver *)h;

    (void)v, (void)apqn, (void)gr1, (void)gr2;
    atomic_store(&d->entered, true);
    while (!atomic_load(&d->being_cleared))
        sched_yield();
    for (unsigned i = 0; i < 10000 && !atomic_load(&d->cleared); i++)
        sched_yield();
    atomic_store(&d->overtaken, atomic_load(&d->cleared));
    return 0;
}

static void *call_pqap(void *arg)
{
    (void)pqap(arg, AQIC);
    return NULL;
}

static void test_p04_removal_waits_for_a_running_call(void **state)
{
    struct slow_driver d = {.hook = {answer_slowly}};
    struct guest *g = *state;
    pthread_t caller;

    assert_int_equal(hv_set_pqap_hook(&g->vm, &d.hook), 0);
    assert_int_equal(pthread_create(&caller, NULL, call_pqap, g), 0);
    while (!atomic_load(&d.entered))
        sched_yield();
    atomic_store(&d.being_cleared, true);
    hv_clear_pqap_hook(&g->vm, &d.hook);
    atomic_store(&d.cleared, true);
    pthread_join(caller, NULL);
    assert_false(d.overtaken);
}

/* ---- P04 with guest code ---- */

struct runner {
    pthread_t thread;
    struct vcpu *v;
    struct hv_exit exit;
    int r;
};

static void *run_cpu(void *arg)
{
    struct runner *r = arg;

    r->r = hv_run(r->v, &r->exit);
    return NULL;
}

static const u8 ask_code[] = {0xb2, 0xaf, 0, 0, 0xa7, 0xf4, 0xff, 0xfe}; /* pqap; j .-4 */
static const u8 loop_code[] = {0xa7, 0xf4, 0, 0};                        /* j . */

static void start(struct guest *g, struct runner *r, unsigned id, const u8 *code, u64 len)
{
    assert_int_equal(mem_write(&g->vm.mem, abs_addr(IA), code, len), MEM_OK);
    *r = (struct runner){.v = g->vm.vcpu[id]};
    hv_set_psw(r->v, PSW_64, IA);
    *hv_gr(r->v, 0) = AQIC;
    vcpu_set_state(r->v, VCPU_OPERATING);
    assert_int_equal(pthread_create(&r->thread, NULL, run_cpu, r), 0);
}

static void end(struct runner *r)
{
    vcpu_leave(r->v);
    pthread_join(r->thread, NULL);
    assert_int_equal(r->r, 0);
    assert_int_equal(r->exit.reason, EXIT_NONE);
}

/* Gone after its removal, and then a call shows. */
struct mortal {
    struct pqap_hook hook;
    _Atomic bool alive;
    _Atomic unsigned calls, dead_calls;
};

static u32 answer_alive(struct pqap_hook *h, struct vcpu *v, u16 apqn, u64 gr1, u64 gr2)
{
    struct mortal *m = (struct mortal *)h;

    (void)v, (void)gr1, (void)gr2;
    if (!atomic_load(&m->alive) || apqn != APQN)
        atomic_fetch_add(&m->dead_calls, 1);
    atomic_fetch_add(&m->calls, 1);
    return ap_status_of(AP_RC_OTHERWISE_CHANGED);
}

static void test_p04_drivers_come_and_go_while_two_cpus_ask(void **state)
{
    struct guest *g = *state;
    struct runner r[2];
    unsigned served = 0;

    for (unsigned i = 0; i < ARRAY_SIZE(r); i++)
        start(g, &r[i], i, ask_code, sizeof(ask_code));
    while (served < 200) {
        struct mortal *m = calloc(1, sizeof(*m));

        assert_non_null(m);
        m->hook.aqic = answer_alive;
        atomic_store(&m->alive, true);
        assert_int_equal(hv_set_pqap_hook(&g->vm, &m->hook), 0);
        while (!atomic_load(&m->calls))
            sched_yield();
        hv_clear_pqap_hook(&g->vm, &m->hook);
        atomic_store(&m->alive, false);
        sched_yield();
        assert_int_equal(atomic_load(&m->dead_calls), 0);
        served++;
        free(m);
    }
    for (unsigned i = 0; i < ARRAY_SIZE(r); i++)
        end(&r[i]);
    assert_true(hv_counter_sum(&g->vm, CNT_PQAP) >= served);
}

/* ---- what the virtual machine has ---- */

static void test_wrapping_key_masks_are_each_guests_own(void **state)
{
    const struct crycb *a, *b;
    struct guest other, *g = *state;

    guest_create(&other, 1, false);
    a = g->vm.crycb;
    b = other.vm.crycb;
    assert_memory_not_equal(a->dea_wrapping_key_mask, b->dea_wrapping_key_mask, 24);
    assert_memory_not_equal(a->aes_wrapping_key_mask, b->aes_wrapping_key_mask, 32);
    guest_destroy(&other);
}

static void test_ap_masks_are_set_while_cpus_run(void **state)
{
    static const struct apcb1 none;
    const struct crycb *crycb;
    struct guest *g = *state;
    struct apcb1 masks = {0};
    u8 keys[24];
    struct runner r;

    crycb = g->vm.crycb;
    memcpy(keys, crycb->dea_wrapping_key_mask, sizeof(keys));
    assert_int_equal(be32_get(g->v->sd->crycbd), (uintptr_t)crycb | SD_CRYCBD_FORMAT2);
    ap_mask_set(masks.apm, 0x2a, true);
    ap_mask_set(masks.aqm, 0x0f, true);
    ap_mask_set(masks.aqm, 0x41, true);
    ap_mask_set(masks.adm, 0xff, true);
    start(g, &r, 0, ask_code, sizeof(ask_code));
    for (unsigned i = 0; i < 50; i++) {
        hv_set_ap_masks(&g->vm, &masks);
        hv_clear_ap_masks(&g->vm);
    }
    assert_memory_equal(&crycb->apcb1, &none, sizeof(none));
    hv_set_ap_masks(&g->vm, &masks);
    end(&r);
    assert_memory_equal(&crycb->apcb1, &masks, sizeof(masks));
    assert_memory_equal(crycb->apcb0.apm, masks.apm, 8);
    assert_memory_equal(crycb->apcb0.aqm, masks.aqm, 2);
    assert_memory_equal(keys, crycb->dea_wrapping_key_mask, sizeof(keys));
}

static bool interprets(const struct guest *g, unsigned id)
{
    return be32_get(g->vm.vcpu[id]->sd->eca) & SD_ECA_APIE;
}

static void test_interpretation_is_switched_for_present_and_later_cpus(void **state)
{
    struct guest *g = *state;
    struct vcpu *v;
    struct runner r;

    g->vm.max_cpus = 4;
    start(g, &r, 0, loop_code, sizeof(loop_code));
    for (unsigned i = 0; i < 51; i++)
        assert_int_equal(hv_set_ap_interpretation(&g->vm, i % 2), 0);
    assert_int_equal(vcpu_create(&g->vm, 2, &v), 0);
    assert_false(interprets(g, 2));
    assert_int_equal(hv_set_ap_interpretation(&g->vm, true), 0);
    assert_int_equal(vcpu_create(&g->vm, 3, &v), 0);
    end(&r);
    for (unsigned i = 0; i < 4; i++)
        assert_true(interprets(g, i));
}

static void test_interpretation_needs_the_models_consent(void **state)
{
    struct guest g;

    (void)state;
    guest_create(&g, 1, false);
    assert_int_equal(hv_set_ap_interpretation(&g.vm, true), -EOPNOTSUPP);
    assert_false(interprets(&g, 0));
    assert_int_equal(hv_set_ap_interpretation(&g.vm, false), 0);
    guest_destroy(&g);
}

static void test_model_offers_ap_only_when_asked(void **state)
{
    static const char *const bad[] = {"max,apqci=on", "max,apft=on", "max,apqi=on",
                                      "z14,ap=on,fac12=on,ap=off", "max,ap=yes"};
    static const u8 bits[] = {12, 15, 65};
    struct cpu_model m;

    (void)state;
    assert_int_equal(cpu_model_parse("max", &m), 0);
    assert_false(m.ap);
    for (unsigned i = 0; i < ARRAY_SIZE(bits); i++)
        assert_false(bitmap_test(m.facilities, bits[i]));
    assert_int_equal(cpu_model_parse("z13,ap=on,apqci=on,apft=on,apqi=on", &m), 0);
    assert_true(m.ap);
    for (unsigned i = 0; i < ARRAY_SIZE(bits); i++)
        assert_true(bitmap_test(m.facilities, bits[i]));
    assert_int_equal(cpu_model_parse("z10,ap=on", &m), 0);
    assert_true(m.ap && !bitmap_test(m.facilities, 12));
    cpu_model_add_ap(&m);
    assert_true(bitmap_test(m.facilities, 65));
    for (unsigned i = 0; i < ARRAY_SIZE(bad); i++)
        assert_int_equal(cpu_model_parse(bad[i], &m), -EINVAL);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, make, guest_end)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_p01_not_allowed_is_left_to_the_vmm),
        TEST(test_p02_other_functions_are_left_to_the_vmm),
        TEST(test_p03_checks_come_before_any_driver),
        TEST(test_p03_problem_state_comes_first),
        TEST(test_p04_one_driver_at_a_time),
        TEST(test_p04_removal_waits_for_a_running_call),
        TEST(test_p04_drivers_come_and_go_while_two_cpus_ask),
        TEST(test_p05_without_a_driver_the_queue_is_not_available),
        TEST(test_p06_the_drivers_status_is_the_result),
        TEST(test_wrapping_key_masks_are_each_guests_own),
        TEST(test_ap_masks_are_set_while_cpus_run),
        TEST(test_interpretation_is_switched_for_present_and_later_cpus),
        cmocka_unit_test(test_interpretation_needs_the_models_consent),
        cmocka_unit_test(test_model_offers_ap_only_when_asked),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
