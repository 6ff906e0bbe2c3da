/* SPDX-License-Identifier: Apache-2.0
 *
 * The SCLP on a real virtual machine whose CPU does not run: SERVICE CALL is called as from its
 * exit, blocks lie in guest storage, and what is pending is looked at.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <string.h>

#include "arch/external.h"
#include "base/ebcdic.h"
#include "machine/sclp.h"

#define BLOCK 0x10000
#define MASK_ASCII SCLP_EVMASK(SCLP_EV_ASCII_CONSOLE)
#define MASK_COMMAND SCLP_EVMASK(SCLP_EV_OPERATOR_COMMAND)
#define MASK_MESSAGE SCLP_EVMASK(SCLP_EV_MESSAGE)
#define MASK_QUIESCE SCLP_EVMASK(SCLP_EV_QUIESCE)
#define MASK_CONFIG SCLP_EVMASK(SCLP_EV_CONFIG_MGMT)
#define MASK_CPI SCLP_EVMASK(SCLP_EV_CPI)

/* A host channel in memory. */
struct fake_channel {
    struct chardev c;
    const char *in;
    char out[2 * SCLP_OUT_SIZE];
    size_t used;
    bool blocked, want_in, want_out;
};

struct fixture {
    struct vm vm;
    struct vcpu *v;
    struct loop *loop;
    struct sclp sclp;
    struct fake_channel channel;
    u8 block[SCCB_MAX];
};

static ssize_t channel_read(struct chardev *c, void *to, size_t len)
{
    struct fake_channel *f = container_of(c, struct fake_channel, c);
    size_t n = strlen(f->in);

    if (!n)
        return -EAGAIN;
    n = n < len ? n : len;
    memcpy(to, f->in, n);
    f->in += n;
    return (ssize_t)n;
}

static ssize_t channel_write(struct chardev *c, const void *from, size_t len)
{
    struct fake_channel *f = container_of(c, struct fake_channel, c);

    if (f->blocked)
        return -EAGAIN;
    memcpy(f->out + f->used, from, len);
    f->used += len;
    return (ssize_t)len;
}

static void channel_watch(struct chardev *c, bool readable, bool writable)
{
    struct fake_channel *f = container_of(c, struct fake_channel, c);

    f->want_in = readable;
    f->want_out = writable;
}

static void channel_destroy(struct chardev *c)
{
    (void)c;
}

static const struct chardev_ops channel_ops = {
    .read = channel_read,
    .write = channel_write,
    .watch = channel_watch,
    .destroy = channel_destroy,
};

static struct fixture fix;

static void create(bool line_mode)
{
    struct cpu_model model = {.name = "test"};
    const struct vm_config config = {.memory = 0x500000, .cpus = 3, .model = &model};
    struct vcpu *v;

    memset(&fix, 0, sizeof(fix));
    assert_int_equal(vm_create(&fix.vm, &config), 0);
    for (unsigned n = 0; n < 3; n++)
        assert_int_equal(vcpu_create(&fix.vm, n, n ? &v : &fix.v), 0);
    assert_int_equal(loop_create(&fix.loop), 0);
    sclp_create(&fix.sclp, &fix.vm, fix.loop, line_mode);
    fix.channel.c.ops = &channel_ops;
    fix.channel.in = "";
    sclp_attach_console(&fix.sclp, &fix.channel.c, false);
}

static void settle(void)
{
    while (loop_round(fix.loop, 0) == 0 && fix.sclp.console.pump.queued)
        ;
}

static void destroy(void)
{
    sclp_destroy(&fix.sclp);
    loop_destroy(fix.loop);
    vm_destroy(&fix.vm);
}

/* What is pending as service signal, taken away. */
static u32 taken_signal(void)
{
    u32 parm;

    pthread_mutex_lock(&fix.vm.floating.lock);
    parm = fix.vm.floating.service_parm;
    pthread_mutex_unlock(&fix.vm.floating.lock);
    hv_clear_floating(&fix.vm);
    return parm;
}

static struct sccb_header *block(void)
{
    return (struct sccb_header *)fix.block;
}

/* Performs a command on fix.block; returns the condition code. */
static unsigned servc_at(u32 command, u32 addr)
{
    assert_int_equal(mem_write(&fix.vm.mem, abs_addr(addr), fix.block, be16_get(block()->len)), 0);
    *hv_gr(fix.v, 2) = command;
    *hv_gr(fix.v, 3) = addr;
    hv_set_cc(fix.v, 1);
    sclp_servc(&fix.sclp, fix.v, 0x00230000);
    assert_int_equal(mem_read(&fix.vm.mem, abs_addr(addr), fix.block, sizeof(fix.block)), 0);
    return psw_cc(hv_psw_mask(fix.v));
}

/* The same, with the signal taken.  Returns the response code. */
static unsigned servc(u32 command)
{
    assert_int_equal(servc_at(command, BLOCK), SCLP_CC_STARTED);
    assert_int_equal(taken_signal() & EXT_SERVICE_SCCB, BLOCK);
    return be16_get(block()->rc);
}

static void new_block(unsigned len)
{
    memset(fix.block, 0, sizeof(fix.block));
    block()->len = be16_of((u16)len);
}

static unsigned write_mask(u32 receive, u32 send)
{
    struct sccb_event_mask *b = (struct sccb_event_mask *)fix.block;

    new_block(28);
    b->mask_len = be16_of(4);
    b->masks[0] = be32_of(receive);
    b->masks[1] = be32_of(send);
    return servc(SCLP_WRITE_EVENT_MASK);
}

static unsigned read_events(void)
{
    new_block(4096);
    block()->control[2] = SCCB_CONTROL_VARIABLE;
    return servc(SCLP_READ_EVENT_DATA);
}

/* An event buffer behind the others. */
static void add_event(u8 type, const void *data, unsigned n)
{
    unsigned at = be16_get(block()->len);

    fix.block[at] = (u8)((n + 6) >> 8);
    fix.block[at + 1] = (u8)(n + 6);
    fix.block[at + 2] = type;
    memcpy(fix.block + at + 6, data, n);
    block()->len = be16_of((u16)(at + 6 + n));
}

/* ---- information ---- */

static void test_read_info(void **state)
{
    struct sccb_read_info *b = (struct sccb_read_info *)fix.block;

    (void)state;
    create(false);
    new_block(4096);
    b->h.control[2] = SCCB_CONTROL_VARIABLE;
    assert_int_equal(servc(SCLP_READ_SCP_INFO_FORCED), SCLP_RC_NORMAL_READ);
    assert_int_equal(be16_get(b->rnmax) * b->rnsize, 5);
    assert_int_equal(be16_get(b->cpu_count), 3);
    assert_int_equal(be16_get(b->hcpua), 2);
    assert_int_equal(fix.block[be16_get(b->cpu_offset) + 32], 2);
    assert_int_equal(b->conf_char[5] & SCLP_BYTE85_ESOP, SCLP_BYTE85_ESOP);
    new_block(100);
    assert_int_equal(servc(SCLP_READ_SCP_INFO), SCLP_RC_SHORT_SCCB);
    destroy();
}

static void test_read_cpu_info(void **state)
{
    struct sccb_cpu_info *b = (struct sccb_cpu_info *)fix.block;

    (void)state;
    create(false);
    new_block(4096);
    assert_int_equal(servc(SCLP_READ_CPU_INFO), SCLP_RC_NORMAL_READ);
    assert_int_equal(be16_get(b->configured), 3);
    assert_int_equal(be16_get(b->configured_offset), 0x18);
    assert_int_equal(fix.block[0x18 + 16], 1);
    assert_int_equal(be16_get(b->standby), 0);
    destroy();
}

static void test_bad_calls(void **state)
{
    (void)state;
    create(false);
    new_block(8);
    assert_int_equal(servc(0x00990001), SCLP_RC_INVALID_COMMAND);
    new_block(8);
    block()->len = be16_of(4097);
    assert_int_equal(mem_write(&fix.vm.mem, abs_addr(BLOCK), fix.block, 8), 0);
    *hv_gr(fix.v, 2) = SCLP_READ_CPU_INFO;
    *hv_gr(fix.v, 3) = BLOCK;
    sclp_servc(&fix.sclp, fix.v, 0x00230000);
    assert_int_equal(mem_read(&fix.vm.mem, abs_addr(BLOCK), fix.block, 8), 0);
    assert_int_equal(be16_get(block()->rc), SCLP_RC_BOUNDARY);
    assert_int_equal(taken_signal(), BLOCK);
    destroy();
}

/* A completion that the guest has not taken makes the SCLP busy, for other blocks. */
static void test_busy(void **state)
{
    (void)state;
    create(false);
    new_block(4096);
    assert_int_equal(servc_at(SCLP_READ_CPU_INFO, BLOCK), SCLP_CC_STARTED);
    new_block(4096);
    assert_int_equal(servc_at(SCLP_READ_CPU_INFO, BLOCK + 0x1000), SCLP_CC_BUSY);
    new_block(4096);
    assert_int_equal(servc_at(SCLP_READ_CPU_INFO, BLOCK), SCLP_CC_STARTED);
    assert_int_equal(taken_signal(), BLOCK);
    destroy();
}

/* ---- masks ---- */

static void test_masks(void **state)
{
    struct sccb_event_mask *b = (struct sccb_event_mask *)fix.block;

    (void)state;
    create(false);
    assert_int_equal(write_mask(MASK_ASCII, MASK_ASCII), SCLP_RC_NORMAL);
    assert_int_equal(be32_get(b->masks[2]), MASK_ASCII | MASK_CPI);
    assert_int_equal(be32_get(b->masks[3]), MASK_ASCII | MASK_QUIESCE | MASK_CONFIG);
    new_block(4096);
    b->mask_len = be16_of(8);
    assert_int_equal(servc(SCLP_WRITE_EVENT_MASK), SCLP_RC_INVALID_MASK_LEN);
    new_block(20);
    b->mask_len = be16_of(4);
    assert_int_equal(servc(SCLP_WRITE_EVENT_MASK), SCLP_RC_SHORT_SCCB);
    destroy();
    create(true);
    assert_int_equal(write_mask(MASK_COMMAND, MASK_MESSAGE), SCLP_RC_NORMAL);
    assert_int_equal(be32_get(b->masks[2]), MASK_MESSAGE | MASK_CPI);
    assert_int_equal(be32_get(b->masks[3]), MASK_COMMAND | MASK_QUIESCE | MASK_CONFIG);
    destroy();
}

static void test_selective_read(void **state)
{
    struct sccb_read_event_sel *b = (struct sccb_read_event_sel *)fix.block;
    const be32 mask = be32_of(MASK_QUIESCE);

    (void)state;
    create(false);
    (void)write_mask(MASK_ASCII, 0);
    new_block(4096);
    b->h.function = SCCB_FUNCTION_SELECTIVE;
    b->mask_len = be16_of(4);
    memcpy(b->mask, &mask, 4);
    assert_int_equal(servc(SCLP_READ_EVENT_DATA), SCLP_RC_INVALID_SELECTION);
    new_block(4096);
    b->h.function = 7;
    assert_int_equal(servc(SCLP_READ_EVENT_DATA), SCLP_RC_INVALID_FUNCTION);
    assert_int_equal(read_events(), SCLP_RC_NO_EVENTS);
    destroy();
}

static void test_quiesce(void **state)
{
    (void)state;
    create(false);
    assert_false(sclp_signal_quiesce(&fix.sclp));
    assert_int_equal(taken_signal(), 0);
    /* The guest begins to listen: told with the completion. */
    new_block(28);
    ((struct sccb_event_mask *)fix.block)->mask_len = be16_of(4);
    ((struct sccb_event_mask *)fix.block)->masks[0] = be32_of(MASK_QUIESCE);
    assert_int_equal(servc_at(SCLP_WRITE_EVENT_MASK, BLOCK), SCLP_CC_STARTED);
    assert_int_equal(taken_signal(), BLOCK | 1);
    assert_int_equal(read_events(), SCLP_RC_NORMAL);
    assert_int_equal(be16_get(block()->len), 8 + 9);
    assert_int_equal(fix.block[8 + 2], SCLP_EV_QUIESCE);
    assert_int_equal(read_events(), SCLP_RC_NO_EVENTS);
    assert_true(sclp_signal_quiesce(&fix.sclp));
    assert_int_equal(taken_signal(), 1);
    destroy();
}

/* With everything that can come before and behind it in one block. */
static void test_cpu_change(void **state)
{
    const struct sclp_ev_config *e = (const struct sclp_ev_config *)(fix.block + 8);

    (void)state;
    create(false);
    (void)write_mask(MASK_QUIESCE | MASK_CONFIG, 0);
    (void)taken_signal();
    sclp_signal_cpu_change(&fix.sclp);
    assert_int_equal(taken_signal(), 1);
    (void)sclp_signal_quiesce(&fix.sclp);
    assert_int_equal(read_events(), SCLP_RC_NORMAL);
    assert_int_equal(be16_get(block()->len), 8 + 8 + 9);
    assert_int_equal(be16_get(e->h.len), 8);
    assert_int_equal(e->h.type, SCLP_EV_CONFIG_MGMT);
    assert_int_equal(e->qualifier, SCLP_CONFIG_CPU);
    assert_int_equal(fix.block[8 + 8 + 2], SCLP_EV_QUIESCE);
    assert_int_equal(read_events(), SCLP_RC_NO_EVENTS);
    destroy();
}

/* ---- consoles ---- */

static void test_ascii_output(void **state)
{
    (void)state;
    create(false);
    new_block(8);
    add_event(SCLP_EV_ASCII_CONSOLE, "hello", 5);
    add_event(SCLP_EV_ASCII_CONSOLE, " world", 6);
    assert_int_equal(servc(SCLP_WRITE_EVENT_DATA), SCLP_RC_NORMAL);
    assert_int_equal(fix.block[8 + 3], SCLP_EV_ACCEPTED);
    settle();
    assert_string_equal(fix.channel.out, "hello world");
    /* A broken second buffer: the first was taken. */
    new_block(8);
    add_event(SCLP_EV_ASCII_CONSOLE, "!", 1);
    add_event(SCLP_EV_ASCII_CONSOLE, "x", 1);
    fix.block[15] = 1;
    assert_int_equal(servc(SCLP_WRITE_EVENT_DATA), SCLP_RC_INCONSISTENT_LEN);
    settle();
    assert_string_equal(fix.channel.out, "hello world!");
    new_block(8);
    add_event(SCLP_EV_MESSAGE, "x", 1);
    assert_int_equal(servc(SCLP_WRITE_EVENT_DATA), SCLP_RC_INVALID_FUNCTION);
    destroy();
}

/* A host that takes nothing: completions wait, nothing is lost, nothing grows without end. */
static void test_slow_host(void **state)
{
    char text[4000];
    unsigned sent = 0;

    (void)state;
    memset(text, 'x', sizeof(text));
    create(false);
    fix.channel.blocked = true;
    for (;;) {
        new_block(8);
        add_event(SCLP_EV_ASCII_CONSOLE, text, sizeof(text));
        if (servc_at(SCLP_WRITE_EVENT_DATA, BLOCK) == SCLP_CC_BUSY)
            break;
        (void)taken_signal();
        sent += sizeof(text);
        assert_true(sent <= SCLP_OUT_SIZE);
        settle();
    }
    assert_true(sent > SCLP_OUT_HIGH);
    assert_true(fix.channel.want_out);
    assert_int_equal(taken_signal(), 0);
    fix.channel.blocked = false;
    fix.channel.c.writable(fix.channel.c.front);
    assert_int_equal(taken_signal(), BLOCK);
    assert_int_equal(fix.channel.used, sent);
    destroy();
}

static void test_ascii_input(void **state)
{
    (void)state;
    create(false);
    (void)write_mask(MASK_ASCII, MASK_ASCII);
    fix.channel.in = "abc";
    fix.channel.c.readable(fix.channel.c.front);
    assert_int_equal(taken_signal(), 1);
    assert_int_equal(read_events(), SCLP_RC_NORMAL);
    assert_int_equal(be16_get(block()->len), 8 + 7 + 3);
    assert_int_equal(fix.block[8 + 6], SCLP_ASCII_DATA);
    assert_memory_equal(fix.block + 8 + 7, "abc", 3);
    destroy();
}

static void test_input_is_bounded(void **state)
{
    static char text[3 * SCLP_IN_SIZE + 1];
    unsigned got = 0;

    (void)state;
    memset(text, 'y', sizeof(text) - 1);
    create(false);
    (void)write_mask(MASK_ASCII, MASK_ASCII);
    fix.channel.in = text;
    fix.channel.c.readable(fix.channel.c.front);
    assert_int_equal(fix.sclp.console.in_used, SCLP_IN_SIZE);
    assert_false(fix.channel.want_in);
    for (unsigned i = 0; i < 100 && got < 3 * SCLP_IN_SIZE; i++) {
        unsigned rc = read_events();

        assert_true(rc == SCLP_RC_NORMAL || rc == SCLP_RC_MORE_EVENTS);
        got += be16_get(block()->len) - 15U;
        settle();
    }
    assert_int_equal(got, 3 * SCLP_IN_SIZE);
    assert_true(fix.channel.want_in);
    destroy();
}

static void test_line_output(void **state)
{
    u8 message[12 + 4 + 10 + 2] = {0, 28, 0, 1,  0xd4, 0xc4, 0xc2, 0x40, 0, 0, 0, 1, 0,    4,
                                   0, 1,  0, 12, 0,    4,    0x10, 0,    0, 0, 0, 0, 0x88, 0x89};

    (void)state;
    create(true);
    new_block(8);
    add_event(SCLP_EV_MESSAGE, message, sizeof(message));
    assert_int_equal(servc(SCLP_WRITE_EVENT_DATA), SCLP_RC_NORMAL);
    settle();
    assert_string_equal(fix.channel.out, "hi\n");
    message[17] = 200; /* an object longer than the block */
    new_block(8);
    add_event(SCLP_EV_MESSAGE, message, sizeof(message));
    assert_int_equal(servc(SCLP_WRITE_EVENT_DATA), SCLP_RC_INCONSISTENT_LEN);
    message[4] = 0; /* no message-data block */
    new_block(8);
    add_event(SCLP_EV_MESSAGE, message, sizeof(message));
    assert_int_equal(servc(SCLP_WRITE_EVENT_DATA), SCLP_RC_EVENT_SYNTAX);
    destroy();
}

static void test_line_input(void **state)
{
    u8 expected[] = {0,    24,   1, 0,  0,    0,    0, 18,   0x13, 0x10, 0,    14,
                     0x12, 0x12, 0, 10, 0x13, 0x20, 6, 0x31, 4,    0x30, 0x81, 0x82};

    (void)state;
    create(true);
    (void)write_mask(MASK_COMMAND, MASK_MESSAGE);
    fix.channel.in = "axx\x7f\x08"
                     "b\rq\x15"
                     "\x03";
    fix.channel.c.readable(fix.channel.c.front);
    assert_int_equal(taken_signal(), 1);
    assert_int_equal(read_events(), SCLP_RC_MORE_EVENTS);
    assert_int_equal(be16_get(block()->len), 8 + sizeof(expected));
    assert_memory_equal(fix.block + 8, expected, sizeof(expected));
    assert_int_equal(read_events(), SCLP_RC_NORMAL);
    assert_memory_equal(fix.block + 8 + 22, "\x5f\x83", 2); /* ^c in code page 500 */
    destroy();
}

static void test_identity(void **state)
{
    struct sclp_ev_cpi e;
    struct sclp_identity id;

    (void)state;
    create(false);
    assert_false(sclp_get_identity(&fix.sclp, &id));
    memset(&e, 0, sizeof(e));
    ebcdic_from_ascii(e.system_type, "LINUX", 8);
    ebcdic_from_ascii(e.system_name, "BOX", 8);
    new_block(8);
    add_event(SCLP_EV_CPI, (const u8 *)&e + 6, sizeof(e) - 6);
    assert_int_equal(servc(SCLP_WRITE_EVENT_DATA), SCLP_RC_NORMAL);
    assert_true(sclp_get_identity(&fix.sclp, &id));
    assert_string_equal(id.system_type, "LINUX");
    assert_string_equal(id.system_name, "BOX");
    sclp_reset(&fix.sclp);
    assert_false(sclp_get_identity(&fix.sclp, &id));
    destroy();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_read_info),    cmocka_unit_test(test_read_cpu_info),
        cmocka_unit_test(test_bad_calls),    cmocka_unit_test(test_busy),
        cmocka_unit_test(test_masks),        cmocka_unit_test(test_selective_read),
        cmocka_unit_test(test_quiesce),      cmocka_unit_test(test_cpu_change),
        cmocka_unit_test(test_ascii_output), cmocka_unit_test(test_slow_host),
        cmocka_unit_test(test_ascii_input),  cmocka_unit_test(test_input_is_bounded),
        cmocka_unit_test(test_line_output),  cmocka_unit_test(test_line_input),
        cmocka_unit_test(test_identity),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
