/* SPDX-License-Identifier: Apache-2.0
 *
 * PQAP, NQAP and DQAP as SIE interprets them, on a bus that only takes down what it is asked: the
 * guest's matrix, checks, operands, registers and condition codes.  The real bus has its own tests.
 */
#include "ap/insn.h"
#include "sie/test_sie.h"

/* ---- the bus ---- */

struct ap_bus {
    struct ap_config config;
    u32 status; /* what queues answer */
    u64 info;   /* of TAPQ */
    unsigned calls;
    u16 apqn;
    /* NQAP */
    struct ap_part part;
    u8 message[AP_MESSAGE_MAX];
    /* DQAP */
    u8 reply[AP_MESSAGE_MAX];
    u32 length, fetched;
    bool out; /* between begin and end */
    u32 end_status;
};

static struct ap_bus bus;

u8 ap_bus_flags(const struct ap_bus *b)
{
    return b->config.flags;
}

void ap_bus_config(struct ap_bus *b, struct ap_config *out)
{
    *out = b->config;
}

u32 ap_test(struct ap_bus *b, u16 apqn, u64 *info)
{
    b->calls++;
    b->apqn = apqn;
    *info = b->info;
    return b->status;
}

u32 ap_compatible(struct ap_bus *b, u16 apqn, u64 wanted, u64 *compatible)
{
    b->calls++;
    b->apqn = apqn;
    *compatible = ap_status_rc(b->status) ? 0 : ~wanted;
    return b->status;
}

u32 ap_reset(struct ap_bus *b, u16 apqn)
{
    b->calls++;
    b->apqn = apqn;
    return b->status;
}

u32 ap_enqueue(struct ap_bus *b, u16 apqn, const struct ap_part *part)
{
    b->calls++;
    b->apqn = apqn;
    b->part = *part;
    memcpy(b->message, part->data, part->length);
    return b->status;
}

u32 ap_dequeue_begin(struct ap_bus *b, u16 apqn, struct ap_reply *out)
{
    b->calls++;
    b->apqn = apqn;
    if (ap_status_rc(b->status))
        return b->status;
    *out = (struct ap_reply){0x1122334455667788, b->reply, b->length, b->fetched, b};
    b->out = true;
    return b->status;
}

u32 ap_dequeue_end(struct ap_bus *b, u16 apqn, struct ap_reply *r, u32 consumed)
{
    assert_true(b->out && r->entry == b);
    assert_int_equal(apqn, b->apqn);
    b->out = false;
    b->fetched += consumed;
    return b->end_status;
}

/* ---- the guest ---- */

#define CRYCB_AT 0x8000
#define APQN 0x2a41  /* in the matrix of format 2 */
#define APQN0 0x0a04 /* in all of them */
#define T AP_GR0_T
#define INFO 0x928000000e080c37ULL

static struct sie_guest g;
static struct crycb crycb __attribute__((aligned(256)));

static void *resolve(const struct host_storage *h, u64 addr, u64 len)
{
    (void)h;
    return addr == CRYCB_AT && len <= sizeof(crycb) ? &crycb : NULL;
}

static const struct host_storage host = {
    .resolve = resolve, .limit = ~0ULL, .prefix = HOST_NO_PREFIX, .facility_dwords = 4};

/* Adapters 0a and 2a, domains 04 and 41; control domain 42 in addition. */
static void fill_crycb(void)
{
    memset(&crycb, 0, sizeof(crycb));
    ap_mask_set(crycb.apcb0.apm, 0x0a, true);
    ap_mask_set(crycb.apcb0.apm, 0x2a, true);
    ap_mask_set(crycb.apcb0.aqm, 0x04, true);
    ap_mask_set(crycb.apcb0.adm, 0x05, true);
    ap_mask_set(crycb.apcb1.apm, 0x0a, true);
    ap_mask_set(crycb.apcb1.apm, 0x2a, true);
    ap_mask_set(crycb.apcb1.aqm, 0x04, true);
    ap_mask_set(crycb.apcb1.aqm, 0x41, true);
    ap_mask_set(crycb.apcb1.adm, 0x42, true);
}

static void format(u32 f)
{
    g.sd->crycbd = be32_of(CRYCB_AT | f);
}

static void begin(void)
{
    guest_reset(&g);
    fill_crycb();
    memset(&bus, 0, sizeof(bus));
    bus.config.flags = AP_CONFIG_APSC | AP_CONFIG_APXA;
    bus.config.max_adapter = bus.config.max_domain = 255;
    memset(bus.config.apm, 0xff, 96); /* all three */
    bus.info = INFO;
    memset(g.facilities, 0xff, 32);
    bitmap_clear(g.facilities, 169);
    g.cpu.host = &host;
    g.sd->eca = be32_of(be32_get(g.sd->eca) | SD_ECA_APIE);
    format(SD_CRYCBD_FORMAT2);
    ap_connect(&g.mem, &bus);
}

/* Runs it; the interception code. */
static u8 run(u16 op, u16 regs)
{
    const u16 insn[] = {op, regs};

    put_code(&g, insn);
    return run_at(&g, CODE);
}

#define PQAP 0xb2af, 0x0000
#define NQAP 0xb2ad, 0x0046 /* id in GR 4 and 5, message in GR 6 and 7 */
#define DQAP 0xb2ae, 0x0046

/* It has completed with this condition code. */
static void completed(unsigned cc)
{
    assert_int_equal(g.sd->icptcode, ICPT_WAIT);
    assert_int_equal(psw_addr(&g), WAIT_ADDR);
    assert_int_equal(g.cpu.gr[11] >> 28 & 3, cc);
}

static u8 pqap(u64 gr0)
{
    g.cpu.gr[0] = gr0;
    g.cpu.gr[1] = g.cpu.gr[2] = 0x7777777777777777;
    return run(PQAP);
}

/* PQAP ended with this response code. */
static void responded(u64 gr0, u32 rc)
{
    (void)pqap(gr0);
    completed(rc ? 3 : 0);
    assert_int_equal(g.cpu.gr[1] & 0xffffffff00000000, 0);
    assert_int_equal(ap_status_rc((u32)g.cpu.gr[1]), rc);
}

static void specification(u64 gr0)
{
    unsigned calls = bus.calls;

    (void)pqap(gr0);
    assert_presented(&g, PGM_SPECIFICATION);
    assert_int_equal(g.cpu.gr[1], 0x7777777777777777);
    assert_int_equal(g.cpu.gr[2], 0x7777777777777777);
    assert_int_equal(bus.calls, calls);
}

static u64 gr0(unsigned fc, u16 apqn)
{
    return 0xabcd000000000000 | (u64)fc << 24 | apqn;
}

/* ---- what leaves SIE ---- */

static void intercepted(u16 op, u16 regs)
{
    assert_int_equal(run(op, regs), ICPT_INST);
    assert_int_equal(be16_get(g.sd->ipa), op);
    assert_int_equal(be32_get(g.sd->ipb), (u32)regs << 16);
    assert_int_equal(psw_addr(&g), CODE + 4);
    assert_int_equal(bus.calls, 0);
}

static void test_p01_intercepted_without_interpretation(void **state)
{
    (void)state;
    begin();
    g.sd->eca = be32_of(be32_get(g.sd->eca) & ~SD_ECA_APIE);
    g.cpu.gr[0] = gr0(AP_FC_TAPQ, APQN);
    intercepted(PQAP);
    intercepted(NQAP);
    intercepted(DQAP);
    begin();
    ap_connect(&g.mem, NULL);
    g.cpu.gr[0] = gr0(AP_FC_TAPQ, APQN);
    intercepted(PQAP);
    intercepted(NQAP);
    intercepted(DQAP);
}

static void test_p02_only_aqic_is_always_intercepted(void **state)
{
    (void)state;
    begin();
    for (unsigned fc = 0; fc < 256; fc++) {
        u8 code = pqap(gr0(fc, APQN));

        assert_int_equal(code == ICPT_INST, fc == AP_FC_AQIC);
    }
    begin();
    g.sd->ictl = be32_of(SD_ICTL_FACIND);
    assert_int_equal(pqap(gr0(AP_FC_TAPQ, APQN) | T), ICPT_INST);
    assert_int_equal(pqap(gr0(AP_FC_TAPQ, APQN)), ICPT_WAIT);
    assert_int_equal(pqap(gr0(AP_FC_RAPQ, APQN) | T), ICPT_WAIT);
}

static void test_p03_problem_state_is_presented_by_sie(void **state)
{
    (void)state;
    for (unsigned fc = 0; fc < 5; fc++) {
        begin();
        g.mask |= PSW_MASK_PSTATE;
        (void)pqap(gr0(fc, APQN) | AP_GR0_RESERVED);
        assert_presented(&g, PGM_PRIVILEGED_OP);
        (void)run(NQAP);
        assert_presented(&g, PGM_PRIVILEGED_OP);
        (void)run(DQAP);
        assert_presented(&g, PGM_PRIVILEGED_OP);
        assert_int_equal(bus.calls, 0);
    }
}

/* ---- matrix ---- */

static void outside(u16 apqn)
{
    unsigned calls = bus.calls;

    responded(gr0(AP_FC_TAPQ, apqn) | T, AP_RC_NOT_AVAILABLE);
    assert_int_equal(g.cpu.gr[2], 0);
    responded(gr0(AP_FC_RAPQ, apqn), AP_RC_NOT_AVAILABLE);
    responded(gr0(AP_FC_ZAPQ, apqn), AP_RC_NOT_AVAILABLE);
    g.cpu.gr[6] = DATA;
    g.cpu.gr[7] = 16;
    g.cpu.gr[0] = AP_GR0_LAST | apqn;
    (void)run(NQAP);
    completed(3);
    assert_int_equal(g.cpu.gr[1], ap_status_of(AP_RC_NOT_AVAILABLE));
    g.cpu.gr[0] = AP_GR0_DQAP | apqn;
    g.cpu.gr[1] = 0;
    (void)run(DQAP);
    completed(3);
    assert_int_equal(g.cpu.gr[1], ap_status_of(AP_RC_NOT_AVAILABLE));
    assert_int_equal(g.cpu.gr[6], DATA);
    assert_int_equal(g.cpu.gr[7], 16);
    assert_int_equal(bus.calls, calls); /* the host has them all */
}

static void test_p09_queue_outside_the_matrix_does_not_exist(void **state)
{
    (void)state;
    begin();
    for (unsigned adapter = 0; adapter < AP_MAX; adapter++)
        for (unsigned domain = 0; domain < AP_MAX; domain += 0x3d / 5) {
            bool in = (adapter == 0x0a || adapter == 0x2a) && (domain == 0x04 || domain == 0x41);

            responded(gr0(AP_FC_TAPQ, apqn_of(adapter, domain)), in ? 0 : AP_RC_NOT_AVAILABLE);
        }
    outside(0x0a42); /* a control domain only */
    outside(0x0b04);
    outside(0x0a05);
    responded(gr0(AP_FC_TAPQ, APQN), 0);
    assert_int_equal(bus.apqn, APQN);
}

static void test_p09_formats_0_and_1_use_the_short_masks(void **state)
{
    (void)state;
    for (u32 f = SD_CRYCBD_FORMAT0; f <= SD_CRYCBD_FORMAT1; f++) {
        begin();
        format(f);
        responded(gr0(AP_FC_TAPQ, APQN0), 0);
        responded(gr0(AP_FC_TAPQ, 0x2a04), 0);
        outside(0x0a05);
        outside(0x0b04);
    }
}

/* ---- PQAP ---- */

static void test_p09_tapq(void **state)
{
    (void)state;
    begin();
    bus.status = AP_STATUS_EMPTY | AP_STATUS_IRQ;
    responded(gr0(AP_FC_TAPQ, APQN) | T, 0);
    assert_int_equal(g.cpu.gr[1], AP_STATUS_EMPTY | AP_STATUS_IRQ);
    assert_int_equal(g.cpu.gr[2], INFO);
    responded(gr0(AP_FC_TAPQ, APQN), 0);
    assert_int_equal(g.cpu.gr[2], (u32)INFO);
    bus.status = ap_status_of(AP_RC_DECONFIGURED);
    responded(gr0(AP_FC_TAPQ, APQN) | T, AP_RC_DECONFIGURED);
    assert_int_equal(g.cpu.gr[2], INFO);
    bitmap_clear(g.facilities, 15);
    specification(gr0(AP_FC_TAPQ, APQN) | T);
    responded(gr0(AP_FC_TAPQ, APQN), AP_RC_DECONFIGURED);
}

static void test_p09_resets(void **state)
{
    (void)state;
    for (unsigned fc = AP_FC_RAPQ; fc <= AP_FC_ZAPQ; fc++) {
        begin();
        responded(gr0(fc, APQN), 0);
        assert_int_equal(bus.calls, 1);
        assert_int_equal(bus.apqn, APQN);
        bus.status = ap_status_of(AP_RC_RESET_IN_PROGRESS);
        responded(gr0(fc, APQN), AP_RC_RESET_IN_PROGRESS);
        assert_int_equal(g.cpu.gr[2], 0x7777777777777777);
    }
}

static void test_p09_pqap_checks(void **state)
{
    static const u8 unknown[] = {0x06, 0x07, 0x08, 0x09, 0x10, 0x40, 0x80, 0xff};

    (void)state;
    begin();
    for (u32 bit = 0x00010000; bit <= 0x00400000; bit <<= 1)
        for (unsigned fc = 0; fc < 5; fc++)
            if (fc != AP_FC_AQIC)
                specification(gr0(fc, APQN) | bit);
    for (unsigned i = 0; i < ARRAY_SIZE(unknown); i++)
        specification(gr0(unknown[i], APQN));
    specification(gr0(AP_FC_QACT, APQN)); /* the bus is without it */
    for (u32 bit = 0x10; bit <= 0x8000; bit <<= 1) {
        if (!(bit & AP_GR0_APXA_ONLY))
            continue;
        format(SD_CRYCBD_FORMAT1);
        specification(gr0(AP_FC_TAPQ, (u16)bit));
        format(SD_CRYCBD_FORMAT2);
        bus.config.flags = AP_CONFIG_APSC; /* the host is without extended addressing */
        specification(gr0(AP_FC_RAPQ, (u16)bit));
        bus.config.flags = AP_CONFIG_APXA;
        responded(gr0(AP_FC_RAPQ, (u16)bit), AP_RC_NOT_AVAILABLE);
    }
}

static void test_p09_qact(void **state)
{
    const u64 wanted = 0x100000000c000001;

    (void)state;
    begin();
    specification(gr0(AP_FC_QACT, APQN)); /* not installed */
    bus.config.flags |= AP_CONFIG_QACT;
    g.cpu.gr[0] = gr0(AP_FC_QACT, APQN);
    g.cpu.gr[1] = wanted;
    (void)run(PQAP);
    completed(0);
    assert_int_equal(bus.apqn, APQN);
    assert_int_equal(g.cpu.gr[1], 0);
    assert_int_equal(g.cpu.gr[2], ~wanted);
    responded(gr0(AP_FC_QACT, 0x0a42), AP_RC_NOT_AVAILABLE);
    bus.status = ap_status_of(AP_RC_DECONFIGURED);
    responded(gr0(AP_FC_QACT, APQN), AP_RC_DECONFIGURED);
    assert_int_equal(g.cpu.gr[2], 0x7777777777777777);
}

static void store_config(u64 addr, struct ap_config *out)
{
    g.cpu.gr[0] = gr0(AP_FC_QCI, 0);
    g.cpu.gr[1] = 0x1234;
    g.cpu.gr[2] = addr;
    (void)run(PQAP);
    completed(0);
    assert_int_equal(g.cpu.gr[1], 0x1234);
    assert_int_equal(mem_read(&g.mem, abs_addr(addr), out, sizeof(*out)), MEM_OK);
}

static void test_p09_qci_stores_what_bus_and_matrix_have(void **state)
{
    struct ap_config q, want;

    (void)state;
    begin();
    ap_mask_set(bus.config.apm, 0x2a, false);
    store_config(DATA + 0xfc0, &q); /* in two pages */
    memset(&want, 0, sizeof(want));
    want.flags = AP_CONFIG_APSC | AP_CONFIG_APXA;
    want.max_adapter = want.max_domain = 255;
    ap_mask_set(want.apm, 0x0a, true);
    ap_mask_set(want.aqm, 0x04, true);
    ap_mask_set(want.aqm, 0x41, true);
    ap_mask_set(want.adm, 0x42, true);
    assert_memory_equal(&q, &want, sizeof(q));
    format(SD_CRYCBD_FORMAT1);
    store_config(DATA, &q);
    memset(&want, 0, sizeof(want));
    want.flags = AP_CONFIG_APSC;
    ap_mask_set(want.apm, 0x0a, true);
    ap_mask_set(want.aqm, 0x04, true);
    ap_mask_set(want.adm, 0x05, true);
    assert_memory_equal(&q, &want, sizeof(q));
    bitmap_clear(g.facilities, 12);
    specification(gr0(AP_FC_QCI, 0));
}

static void test_p09_qci_access_exception(void **state)
{
    u64 before;

    (void)state;
    begin();
    put64(&g, STORAGE - 64, 0x5555555555555555);
    g.cpu.gr[0] = gr0(AP_FC_QCI, 0);
    g.cpu.gr[2] = STORAGE - 64;
    assert_int_equal(run(PQAP), ICPT_PROGI);
    assert_int_equal(icpt_program(&g), PGM_ADDRESSING);
    before = get64(&g, STORAGE - 64);
    assert_int_equal(before, 0x5555555555555555); /* all or nothing */
}

/* ---- NQAP ---- */

static void fill(u64 addr, u64 len)
{
    for (u64 i = 0; i < len; i += 8)
        put64(&g, addr + i, 0x0101010101010101 * (1 + i / 8 % 251) + i);
}

static void nqap(u64 flags, u64 addr, u64 len)
{
    g.cpu.gr[0] = flags | APQN;
    g.cpu.gr[1] = 0x7777777777777777;
    g.cpu.gr[4] = 0xffffffff11223344;
    g.cpu.gr[5] = 0xffffffff55667788;
    g.cpu.gr[6] = addr;
    g.cpu.gr[7] = len;
    (void)run(NQAP);
}

static void test_p09_nqap_takes_the_whole_message(void **state)
{
    static u8 message[AP_MESSAGE_MAX];
    static const u64 lengths[] = {0, 8, 4096, AP_MESSAGE_MAX};

    (void)state;
    begin();
    fill(0x20ff8, sizeof(message));
    assert_int_equal(mem_read(&g.mem, abs_addr(0x20ff8), message, sizeof(message)), MEM_OK);
    for (unsigned i = 0; i < ARRAY_SIZE(lengths); i++) {
        nqap(AP_GR0_LAST, 0x20ff8, lengths[i]);
        completed(0);
        assert_int_equal(g.cpu.gr[1], 0);
        assert_int_equal(bus.calls, i + 1);
        assert_int_equal(bus.apqn, APQN);
        assert_int_equal(bus.part.id, 0x1122334455667788);
        assert_int_equal(bus.part.length, lengths[i]);
        assert_true(bus.part.last);
        assert_false(bus.part.special);
        assert_memory_equal(bus.message, message, lengths[i]);
        assert_int_equal(g.cpu.gr[6], 0x20ff8 + lengths[i]);
        assert_int_equal(g.cpu.gr[7], 0);
        assert_int_equal(g.cpu.gr[4], 0xffffffff11223344);
    }
    nqap(AP_GR0_F, DATA, 8);
    assert_false(bus.part.last);
    assert_true(bus.part.special);
}

static void test_p09_nqap_refused(void **state)
{
    (void)state;
    begin();
    nqap(AP_GR0_LAST, STORAGE, AP_MESSAGE_MAX + 1); /* nothing is fetched */
    completed(3);
    assert_int_equal(g.cpu.gr[1], ap_status_of(AP_RC_MESSAGE_TOO_BIG));
    assert_int_equal(bus.calls, 0);
    nqap(AP_GR0_LAST, STORAGE, 1ULL << 32);
    assert_int_equal(g.cpu.gr[1], ap_status_of(AP_RC_MESSAGE_TOO_BIG));
    bus.status = ap_status_of(AP_RC_QUEUE_FULL) | AP_STATUS_FULL;
    nqap(AP_GR0_LAST, DATA, 8);
    completed(3);
    assert_int_equal(g.cpu.gr[1], bus.status);
    assert_int_equal(g.cpu.gr[6], DATA);
    assert_int_equal(g.cpu.gr[7], 8);
}

static void test_p09_nqap_access_exception_enqueues_nothing(void **state)
{
    (void)state;
    begin();
    nqap(AP_GR0_LAST, STORAGE - 0x1000, 0x1001);
    assert_int_equal(g.sd->icptcode, ICPT_PROGI);
    assert_int_equal(icpt_program(&g), PGM_ADDRESSING);
    assert_int_equal(bus.calls, 0);
    assert_int_equal(g.cpu.gr[1], 0x7777777777777777);
    assert_int_equal(g.cpu.gr[6], STORAGE - 0x1000);
    assert_int_equal(g.cpu.gr[7], 0x1001);
}

static void test_p09_register_pairs(void **state)
{
    static const u16 odd[] = {0x0056, 0x0047, 0x0057};

    (void)state;
    begin();
    g.cpu.gr[0] = APQN;
    for (unsigned i = 0; i < ARRAY_SIZE(odd); i++) {
        (void)run(0xb2ad, odd[i]);
        assert_presented(&g, PGM_SPECIFICATION);
        (void)run(0xb2ae, odd[i]);
        assert_presented(&g, PGM_SPECIFICATION);
    }
    format(SD_CRYCBD_FORMAT1);
    (void)run(NQAP);
    assert_presented(&g, PGM_SPECIFICATION); /* no domain 41 without extended addressing */
    (void)run(DQAP);
    assert_presented(&g, PGM_SPECIFICATION);
    assert_int_equal(bus.calls, 0);
}

/* ---- DQAP ---- */

static void reply(u32 len)
{
    for (u32 i = 0; i < len; i++)
        bus.reply[i] = (u8)(i * 7 + i / 251);
    bus.length = len;
    bus.fetched = 0;
}

static void dqap(u64 addr, u64 len)
{
    g.cpu.gr[0] = AP_GR0_DQAP | APQN;
    g.cpu.gr[1] = 0x7777777777777777;
    g.cpu.gr[2] = 0;
    g.cpu.gr[4] = g.cpu.gr[5] = ~0ULL;
    g.cpu.gr[6] = addr;
    g.cpu.gr[7] = len;
    (void)run(DQAP);
}

static void assert_stored(u64 addr, u32 from, u32 len)
{
    static u8 got[AP_MESSAGE_MAX];

    assert_int_equal(mem_read(&g.mem, abs_addr(addr), got, len), MEM_OK);
    assert_memory_equal(got, bus.reply + from, len);
}

static void test_p09_dqap_stores_the_reply(void **state)
{
    static const u32 lengths[] = {8, 285, 4096, AP_MESSAGE_MAX};

    (void)state;
    begin();
    bus.end_status = AP_STATUS_EMPTY;
    for (unsigned i = 0; i < ARRAY_SIZE(lengths); i++) {
        reply(lengths[i]);
        put64(&g, 0x30ff0 + round_up64(lengths[i], 8), 0x5555555555555555);
        dqap(0x30ff0, AP_MESSAGE_MAX + 8);
        completed(0);
        assert_int_equal(g.cpu.gr[0], AP_GR0_DQAP | APQN);
        assert_int_equal(g.cpu.gr[1], AP_STATUS_EMPTY);
        assert_int_equal(g.cpu.gr[2], 0);
        assert_int_equal(g.cpu.gr[4], 0x11223344);
        assert_int_equal(g.cpu.gr[5], 0x55667788);
        assert_int_equal(g.cpu.gr[6], 0x30ff0 + lengths[i]);
        assert_int_equal(g.cpu.gr[7], AP_MESSAGE_MAX + 8 - lengths[i]);
        assert_stored(0x30ff0, 0, lengths[i]);
        assert_int_equal(get64(&g, 0x30ff0 + round_up64(lengths[i], 8)), 0x5555555555555555);
        assert_int_equal(bus.fetched, lengths[i]);
    }
}

static void test_p09_dqap_in_pieces(void **state)
{
    (void)state;
    begin();
    reply(1000);
    bus.end_status = AP_STATUS_REPLIES;
    dqap(DATA, 600);
    completed(1);
    assert_int_equal(g.cpu.gr[0], AP_GR0_DQAP | APQN);
    assert_int_equal(g.cpu.gr[2], 400);
    assert_int_equal(g.cpu.gr[6], DATA + 600);
    assert_int_equal(g.cpu.gr[7], 0);
    assert_stored(DATA, 0, 600);
    bus.end_status = AP_STATUS_EMPTY;
    dqap(DATA, 600);
    completed(0);
    assert_int_equal(g.cpu.gr[1], AP_STATUS_EMPTY);
    assert_int_equal(g.cpu.gr[2], 0);
    assert_int_equal(g.cpu.gr[7], 200);
    assert_stored(DATA, 600, 400);
}

static void test_p09_dqap_without_a_reply(void **state)
{
    (void)state;
    begin();
    bus.status = ap_status_of(AP_RC_NO_REPLY) | AP_STATUS_EMPTY;
    dqap(STORAGE, 600); /* no access to the buffer */
    completed(3);
    assert_int_equal(g.cpu.gr[1], bus.status);
    assert_int_equal(g.cpu.gr[6], STORAGE);
    assert_int_equal(g.cpu.gr[7], 600);
    assert_int_equal(g.cpu.gr[4], ~0ULL);
}

static void test_p09_dqap_access_exception_loses_no_reply(void **state)
{
    (void)state;
    begin();
    reply(5000);
    put64(&g, STORAGE - 0x1000, 0x5555555555555555);
    dqap(STORAGE - 0x1000, 5000);
    assert_int_equal(g.sd->icptcode, ICPT_PROGI);
    assert_int_equal(icpt_program(&g), PGM_ADDRESSING);
    assert_false(bus.out);
    assert_int_equal(bus.fetched, 0);
    assert_int_equal(g.cpu.gr[1], 0x7777777777777777);
    assert_int_equal(g.cpu.gr[4], ~0ULL);
    assert_int_equal(g.cpu.gr[6], STORAGE - 0x1000);
    assert_int_equal(get64(&g, STORAGE - 0x1000), 0x5555555555555555);
    dqap(DATA, 5000);
    completed(0);
    assert_stored(DATA, 0, 5000);
}

static void test_p09_31_bit_mode(void **state)
{
    (void)state;
    begin();
    reply(64);
    g.mask = PSW_MASK_BA;
    dqap(0xaaaaaaaa80000000 | DATA, 0xbbbbbbbb00000100);
    assert_stored(DATA, 0, 64);
    assert_int_equal(g.cpu.gr[6], 0xaaaaaaaa00000000 | (DATA + 64));
    assert_int_equal(g.cpu.gr[7], 0xbbbbbbbb000000c0);
}

static int make(void **state)
{
    (void)state;
    guest_create(&g, false);
    return 0;
}

static int unmake(void **state)
{
    (void)state;
    guest_destroy(&g);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_p01_intercepted_without_interpretation),
        cmocka_unit_test(test_p02_only_aqic_is_always_intercepted),
        cmocka_unit_test(test_p03_problem_state_is_presented_by_sie),
        cmocka_unit_test(test_p09_queue_outside_the_matrix_does_not_exist),
        cmocka_unit_test(test_p09_formats_0_and_1_use_the_short_masks),
        cmocka_unit_test(test_p09_tapq),
        cmocka_unit_test(test_p09_resets),
        cmocka_unit_test(test_p09_pqap_checks),
        cmocka_unit_test(test_p09_qact),
        cmocka_unit_test(test_p09_qci_stores_what_bus_and_matrix_have),
        cmocka_unit_test(test_p09_qci_access_exception),
        cmocka_unit_test(test_p09_nqap_takes_the_whole_message),
        cmocka_unit_test(test_p09_nqap_refused),
        cmocka_unit_test(test_p09_nqap_access_exception_enqueues_nothing),
        cmocka_unit_test(test_p09_register_pairs),
        cmocka_unit_test(test_p09_dqap_stores_the_reply),
        cmocka_unit_test(test_p09_dqap_in_pieces),
        cmocka_unit_test(test_p09_dqap_without_a_reply),
        cmocka_unit_test(test_p09_dqap_access_exception_loses_no_reply),
        cmocka_unit_test(test_p09_31_bit_mode),
    };

    return cmocka_run_group_tests(tests, make, unmake);
}
