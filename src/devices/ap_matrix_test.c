/* SPDX-License-Identifier: Apache-2.0
 *
 * The AP driver on a real bus, with a card that echoes, and a virtual machine whose CPU does not
 * run: AQIC is called as from its intercept.  Whatever a test leaves switched on, the end of the
 * bus has to take back: nothing may be pinned or registered then.
 */
#include <pthread.h>
#include <sched.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "devices/ap_matrix.h"

#define SIZE (4UL << 20)
#define APQN 0x0300
#define OTHER 0x0305
#define ISC 6
#define INDICATOR 0x7123UL

struct fixture {
    struct cpu_model model;
    struct vm vm;
    struct vcpu *v;
    struct ap_bus *bus;
    struct ap_matrix *x;
};

static u32 echo(const struct ap_request *request, u8 *reply)
{
    memcpy(reply, request->data, request->length);
    return request->length;
}

/* Requests of this length stay in work until the test lets them go. */
#define HELD 100

static struct {
    atomic_uint in_work;
    atomic_bool closed;
} gate;

static u32 echo_later(const struct ap_request *request, u8 *reply)
{
    if (request->length == HELD) {
        atomic_fetch_add(&gate.in_work, 1);
        while (atomic_load(&gate.closed))
            sched_yield();
        atomic_fetch_sub(&gate.in_work, 1);
    }
    return echo(request, reply);
}

static const struct ap_card_type card_echo = {
    .name = "echo",
    .functions = AP_FUNC_ACCEL,
    .describe = "for tests",
    .answer = echo_later,
};

static int make(void **state, struct vm_options options)
{
    struct fixture *f = calloc(1, sizeof(*f));
    struct vm_config config = {.memory = SIZE, .lazy_memory = true, .cpus = 1, .options = options};

    assert_int_equal(cpu_model_parse("max", &f->model), 0);
    cpu_model_add_ap(&f->model);
    config.model = &f->model;
    assert_int_equal(vm_create(&f->vm, &config), 0);
    assert_int_equal(vcpu_create(&f->vm, 0, &f->v), 0);
    assert_int_equal(ap_bus_create(&f->bus, 2, NULL), 0);
    assert_int_equal(ap_bus_plug(f->bus, 3, &card_echo), 0);
    assert_int_equal(ap_bus_add_domain(f->bus, 0), 0);
    assert_int_equal(ap_bus_add_domain(f->bus, 5), 0);
    assert_int_equal(ap_matrix_create(&f->x, &f->vm, f->bus), 0);
    *state = f;
    return 0;
}

static int setup(void **state)
{
    return make(state, (struct vm_options){0});
}

static int setup_no_gisa(void **state)
{
    return make(state, (struct vm_options){.no_gisa = true});
}

static void check_held(struct fixture *f, u64 n)
{
    struct ap_matrix_counters c;

    ap_matrix_counters(f->x, &c);
    assert_int_equal(c.pins, n);
    assert_int_equal(c.registered, n);
    assert_int_equal(mem_pinned(&f->vm.mem), n);
    assert_int_equal(hv_gisc_count(&f->vm), n);
}

static int teardown(void **state)
{
    struct fixture *f = *state;

    ap_bus_destroy(f->bus);
    check_held(f, 0);
    ap_matrix_destroy(f->x);
    vm_destroy(&f->vm);
    free(f);
    return 0;
}

/* ---- steps ---- */

static u32 aqic(struct fixture *f, u16 apqn, u64 gr1, u64 indicator)
{
    struct pqap_hook *h = f->vm.pqap_hook;

    return ap_status_rc(h->aqic(h, f->v, apqn, gr1, indicator));
}

static u32 enable(struct fixture *f, u16 apqn)
{
    return aqic(f, apqn, AQIC_GR1_IR | ISC, INDICATOR);
}

static u32 disable(struct fixture *f, u16 apqn)
{
    return aqic(f, apqn, 0, 0);
}

static u32 status(struct fixture *f, u16 apqn)
{
    u64 info;

    return ap_test(f->bus, apqn, &info);
}

/* A request in work. */
static void request_held(struct fixture *f)
{
    static const u8 data[HELD];
    const struct ap_part part = {.id = 2, .data = data, .length = sizeof(data), .last = true};

    atomic_store(&gate.closed, true);
    assert_int_equal(ap_status_rc(ap_enqueue(f->bus, APQN, &part)), AP_RC_NORMAL);
    while (!atomic_load(&gate.in_work))
        sched_yield();
}

static void request(struct fixture *f)
{
    static const u8 data[64];
    const struct ap_part part = {.id = 1, .data = data, .length = sizeof(data), .last = true};

    struct ap_counters c;
    u64 before;

    ap_bus_counters(f->bus, &c);
    before = c.replies;
    assert_int_equal(ap_status_rc(ap_enqueue(f->bus, APQN, &part)), AP_RC_NORMAL);
    for (; c.replies == before; ap_bus_counters(f->bus, &c))
        sched_yield();
    (void)status(f, APQN); /* the worker has done with the queue */
}

static u8 indicator(struct fixture *f)
{
    u8 byte = 0xff;

    assert_int_equal(mem_read(&f->vm.mem, abs_addr(INDICATOR), &byte, 1), MEM_OK);
    return byte;
}

/* ---- AQIC ---- */

static void test_p07_outside_the_matrix(void **state)
{
    struct fixture *f = *state;

    assert_int_equal(enable(f, 0x0400), AP_RC_NOT_AVAILABLE);
    assert_int_equal(enable(f, 0x0301), AP_RC_NOT_AVAILABLE);
    assert_int_equal(disable(f, 0x0400), AP_RC_NOT_AVAILABLE);
    assert_int_equal(enable(f, APQN), AP_RC_NORMAL);
}

static void test_p07_enable_pins_and_registers(void **state)
{
    struct fixture *f = *state;

    assert_true(mem_is_absent(&f->vm.mem, INDICATOR));
    assert_int_equal(enable(f, APQN), AP_RC_NORMAL);
    check_held(f, 1);
    assert_false(mem_is_absent(&f->vm.mem, INDICATOR));
    assert_int_equal(atomic_load(&f->vm.gisa_alert), GISA_ISC(ISC));
    assert_true(status(f, APQN) & AP_STATUS_IRQ);
    assert_int_equal(enable(f, OTHER), AP_RC_NORMAL);
    check_held(f, 2);
    assert_int_equal(disable(f, APQN), AP_RC_NORMAL);
    check_held(f, 1);
    assert_int_equal(atomic_load(&f->vm.gisa_alert), GISA_ISC(ISC));
    assert_int_equal(disable(f, OTHER), AP_RC_NORMAL);
    check_held(f, 0);
    assert_int_equal(atomic_load(&f->vm.gisa_alert), 0);
    assert_false(status(f, APQN) & AP_STATUS_IRQ);
}

static void test_p07_state_as_requested(void **state)
{
    struct fixture *f = *state;

    assert_int_equal(disable(f, APQN), AP_RC_OTHERWISE_CHANGED);
    assert_int_equal(enable(f, APQN), AP_RC_NORMAL);
    assert_int_equal(aqic(f, APQN, AQIC_GR1_IR | 3, 0x9000), AP_RC_OTHERWISE_CHANGED);
    check_held(f, 1);
    assert_int_equal(atomic_load(&f->vm.gisa_alert), GISA_ISC(ISC));
    request(f);
    assert_int_equal(indicator(f), AP_INDICATOR_SET); /* the first one's */
}

static void test_p07_indicator_outside_storage(void **state)
{
    struct fixture *f = *state;

    assert_int_equal(aqic(f, APQN, AQIC_GR1_IR | ISC, SIZE), AP_RC_INVALID_ADDRESS);
    assert_int_equal(aqic(f, APQN, AQIC_GR1_IR | ISC, ~0ULL), AP_RC_INVALID_ADDRESS);
    check_held(f, 0);
    assert_int_equal(aqic(f, APQN, AQIC_GR1_IR | ISC, SIZE - 1), AP_RC_NORMAL);
    check_held(f, 1);
}

/* ---- every way out ---- */

static void reset_queue(struct fixture *f)
{
    assert_int_equal(ap_status_rc(ap_reset(f->bus, APQN)), AP_RC_NORMAL);
}

static void reset_all(struct fixture *f)
{
    ap_reset_all(f->bus);
}

static void unplug(struct fixture *f)
{
    assert_int_equal(ap_bus_unplug(f->bus, 3), 0);
}

static void deconfigure(struct fixture *f)
{
    assert_int_equal(ap_bus_set_state(f->bus, 3, AP_CARD_DECONFIGURED), 0);
}

static void checkstop(struct fixture *f)
{
    assert_int_equal(ap_bus_set_state(f->bus, 3, AP_CARD_CHECKSTOPPED), 0);
}

static void remove_domain(struct fixture *f)
{
    assert_int_equal(ap_bus_remove_domain(f->bus, 0), 0);
}

static void (*const ways[])(struct fixture *) = {reset_queue, reset_all, deconfigure,
                                                 checkstop,   unplug,    remove_domain};

/* As before that way. */
static void bring_back(struct fixture *f)
{
    (void)!ap_bus_set_state(f->bus, 3, AP_CARD_OPERATING);
    (void)!ap_bus_plug(f->bus, 3, &card_echo);
    (void)!ap_bus_add_domain(f->bus, 0);
    while (ap_status_rc(status(f, APQN)) == AP_RC_RESET_IN_PROGRESS)
        sched_yield();
}

static void test_p07_every_way_out_cleans_up(void **state)
{
    struct fixture *f = *state;

    for (unsigned i = 0; i < ARRAY_SIZE(ways); i++) {
        assert_int_equal(enable(f, APQN), AP_RC_NORMAL);
        check_held(f, 1);
        ways[i](f);
        check_held(f, 0);
        assert_int_not_equal(disable(f, APQN), AP_RC_NORMAL);
        check_held(f, 0);
        bring_back(f);
    }
    assert_int_equal(enable(f, APQN), AP_RC_NORMAL); /* teardown: the end of the bus */
}

struct way_out {
    struct fixture *f;
    void (*take)(struct fixture *);
};

static void *take_way(void *arg)
{
    const struct way_out *w = arg;

    w->take(w->f);
    return NULL;
}

/* The card is not waited for: a reply that it makes afterwards is for nobody. */
static void way_out_meanwhile(struct fixture *f, void (*way)(struct fixture *))
{
    struct way_out w = {f, way};
    pthread_t thread;

    assert_int_equal(enable(f, APQN), AP_RC_NORMAL);
    request_held(f);
    assert_int_equal(pthread_create(&thread, NULL, take_way, &w), 0);
    while (mem_pinned(&f->vm.mem) || hv_gisc_count(&f->vm))
        sched_yield();
    assert_int_equal(atomic_load(&gate.in_work), 1);
    atomic_store(&gate.closed, false);
    assert_int_equal(pthread_join(thread, NULL), 0);
    while (atomic_load(&gate.in_work))
        sched_yield();
}

static void test_p07_every_way_out_with_a_request_in_work(void **state)
{
    struct fixture *f = *state;

    for (unsigned i = 0; i < ARRAY_SIZE(ways); i++) {
        way_out_meanwhile(f, ways[i]);
        bring_back(f);
        check_held(f, 0);
        assert_int_equal(indicator(f), 0);
        assert_int_equal(hv_pending_floating(&f->vm), 0);
    }
}

static void *open_gate(void *arg)
{
    struct fixture *f = arg;

    while (mem_pinned(&f->vm.mem))
        sched_yield();
    atomic_store(&gate.closed, false);
    return NULL;
}

static void test_p07_the_end_with_a_request_in_work(void **state)
{
    struct fixture *f = *state;
    pthread_t thread;

    assert_int_equal(enable(f, APQN), AP_RC_NORMAL);
    request_held(f);
    assert_int_equal(pthread_create(&thread, NULL, open_gate, f), 0);
    ap_bus_destroy(f->bus);
    assert_int_equal(pthread_join(thread, NULL), 0);
    check_held(f, 0);
    assert_int_equal(indicator(f), 0);
    assert_int_equal(ap_bus_create(&f->bus, 2, NULL), 0); /* for teardown */
}

struct racer {
    struct fixture *f;
    atomic_bool stop;
};

static void *toggle(void *arg)
{
    struct racer *r = arg;

    while (!atomic_load(&r->stop)) {
        (void)enable(r->f, APQN);
        (void)disable(r->f, APQN);
        (void)enable(r->f, APQN);
    }
    return NULL;
}

/* The bus ends what the guest is just switching on or off. */
static void test_p07_ends_while_the_guest_switches(void **state)
{
    struct racer r = {.f = *state};
    pthread_t thread[2];

    for (unsigned i = 0; i < 2; i++)
        assert_int_equal(pthread_create(&thread[i], NULL, toggle, &r), 0);
    for (unsigned i = 0; i < 500; i++) {
        reset_queue(r.f);
        unplug(r.f);
        assert_int_equal(ap_bus_plug(r.f->bus, 3, &card_echo), 0);
    }
    atomic_store(&r.stop, true);
    for (unsigned i = 0; i < 2; i++)
        assert_int_equal(pthread_join(thread[i], NULL), 0);
    unplug(r.f);
    check_held(r.f, 0);
}

/* ---- replies ---- */

static void test_p08_reply_through_the_gisa(void **state)
{
    struct fixture *f = *state;
    struct ap_matrix_counters c;

    request(f);
    assert_int_equal(hv_pending_floating(&f->vm), 0); /* nobody asked */
    reset_queue(f);
    while (ap_status_rc(status(f, APQN)))
        sched_yield();
    assert_int_equal(enable(f, APQN), AP_RC_NORMAL);
    assert_int_equal(indicator(f), 0);
    request(f);
    assert_int_equal(indicator(f), AP_INDICATOR_SET);
    assert_int_equal(f->vm.gisa->f1.ipm, GISA_ISC(ISC));
    assert_int_equal(hv_pending_floating(&f->vm), IRQ_BIT(IRQ_IO(ISC)));
    request(f);
    ap_matrix_counters(f->x, &c);
    assert_int_equal(c.by_alert, 1); /* its mask is off from the first one on */
    assert_int_equal(c.by_gisa, 1);
    assert_int_equal(c.by_floating, 0);
}

static void test_p08_reply_without_gisa(void **state)
{
    struct fixture *f = *state;
    struct ap_matrix_counters c;
    struct io_interrupt io;

    assert_int_equal(enable(f, APQN), AP_RC_NORMAL);
    request(f);
    assert_int_equal(indicator(f), AP_INDICATOR_SET);
    assert_int_equal(f->vm.gisa->f1.ipm, 0);
    assert_true(hv_dequeue_io_isc(&f->vm, GISA_ISC(ISC), &io));
    assert_int_equal(io.word, IO_WORD_ADAPTER | io_word(ISC));
    ap_matrix_counters(f->x, &c);
    assert_int_equal(c.by_floating, 1);
}

/* ---- the matrix ---- */

static void test_p07_masks_follow_the_bus(void **state)
{
    struct fixture *f = *state;
    const struct apcb1 *masks = &f->vm.crycb->apcb1;

    assert_int_equal(masks->apm[0], 0x10);
    assert_int_equal(masks->aqm[0], 0x84);
    assert_int_equal(masks->adm[0], 0x84);
    assert_int_equal(ap_bus_plug(f->bus, 255, &card_echo), 0);
    assert_int_equal(ap_bus_remove_domain(f->bus, 5), 0);
    ap_matrix_update(f->x);
    assert_int_equal(masks->apm[31], 1);
    assert_int_equal(masks->aqm[0], 0x80);
    assert_int_equal(enable(f, 0xff00), AP_RC_NORMAL);
    assert_int_equal(enable(f, OTHER), AP_RC_NOT_AVAILABLE);
    unplug(f);
    ap_matrix_update(f->x);
    assert_int_equal(masks->apm[0], 0);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_p07_outside_the_matrix),
        TEST(test_p07_enable_pins_and_registers),
        TEST(test_p07_state_as_requested),
        TEST(test_p07_indicator_outside_storage),
        TEST(test_p07_every_way_out_cleans_up),
        TEST(test_p07_every_way_out_with_a_request_in_work),
        TEST(test_p07_the_end_with_a_request_in_work),
        TEST(test_p07_ends_while_the_guest_switches),
        TEST(test_p08_reply_through_the_gisa),
        cmocka_unit_test_setup_teardown(test_p08_reply_without_gisa, setup_no_gisa, teardown),
        TEST(test_p07_masks_follow_the_bus),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
