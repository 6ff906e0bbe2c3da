/* SPDX-License-Identifier: Apache-2.0
 *
 * Subchannels: instructions, functions, status and interruptions, with a small device.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "arch/program.h"
#include "channel/ccw.h"
#include "channel/fake_guest.h"

#define CMD_WRITE 0x01
#define CMD_READ 0x02
#define CMD_SKIP_NEXT 0x13 /* status modifier */

struct device {
    struct subchannel *s;
    u8 data[64];
    unsigned commands, resets, destroyed;
    int on;
    u64 kicked;
};

static u8 command(void *dev, struct ccw_program *p, u8 cmd)
{
    struct device *d = dev;

    d->commands++;
    switch (cmd) {
    case CMD_WRITE:
        (void)ccw_fetch(p, d->data, sizeof(d->data));
        return 0x0c;
    case CMD_READ:
        (void)ccw_store(p, d->data, sizeof(d->data));
        return 0x0c;
    case CMD_SKIP_NEXT:
        return 0x4c;
    default:
        css_set_sense(d->s, SENSE0_CMD_REJECT);
        return 0x0e;
    }
}

static void sense_id(void *dev, struct sense_id *id)
{
    (void)dev;
    id->cu_type[0] = 0x12;
    id->cu_model = 0x34;
}

static void reset(void *dev)
{
    ((struct device *)dev)->resets++;
}

static void enabled(void *dev, bool on)
{
    ((struct device *)dev)->on = on;
}

static void kick(void *dev, u64 which)
{
    ((struct device *)dev)->kicked |= which;
}

static void destroy(void *dev)
{
    ((struct device *)dev)->destroyed++;
}

static const struct css_device_ops ops = {
    .command = command,
    .sense_id = sense_id,
    .reset = reset,
    .enabled = enabled,
    .kick = kick,
    .destroy = destroy,
};

struct world {
    struct fake_guest g;
    struct device d;
};

static int setup(void **state)
{
    struct world *w = calloc(1, sizeof(*w));

    fake_create(&w->g);
    assert_int_equal(css_attach(w->g.css, &ops, &w->d, 0x1000, false, &w->d.s), 0);
    fake_enable(&w->g, 0);
    *state = w;
    return 0;
}

static int teardown(void **state)
{
    struct world *w = *state;

    fake_destroy(&w->g);
    assert_int_equal(w->d.destroyed, 1);
    free(w);
    return 0;
}

static void put_orb(struct fake_guest *g, u32 cpa, u16 flags)
{
    struct orb orb = {
        .intparm = be32_of(0xabcd), .ctrl0 = be16_of(flags), .lpm = 0x80, .cpa = be32_of(cpa)};

    memcpy(fake_at(g, 0x8000), &orb, sizeof(orb));
}

static struct irb get_irb(struct fake_guest *g)
{
    struct irb irb = {0};

    memcpy(&irb, fake_at(g, 0x9000), IRB_LEN);
    return irb;
}

static void operands(void **state)
{
    struct fake_guest *g = &((struct world *)*state)->g;

    put_orb(g, 0x1000, ORB0_F);
    assert_int_equal(fake_insn(g, INSN_SSCH, FAKE_SCHID(0), 0x8002), -1);
    assert_int_equal(g->program, PGM_SPECIFICATION);
    assert_int_equal(fake_insn(g, INSN_SSCH, 0, 0x8000), -1); /* ONE bit */
    assert_int_equal(g->program, PGM_OPERAND);
    assert_int_equal(fake_insn(g, INSN_SSCH, 0xfe090000, 0x8000), -1); /* M = 1 */
    assert_int_equal(g->program, PGM_OPERAND);
    assert_int_equal(fake_insn(g, INSN_SSCH, 0x00010000 | SCHID_SSID, 0x8000), -1);
    assert_int_equal(fake_insn(g, INSN_SSCH, FAKE_SCHID(0), FAKE_STORAGE), -1);
    assert_int_equal(g->program, 5);
    put_orb(g, 0x80001000, ORB0_F);
    assert_int_equal(fake_insn(g, INSN_SSCH, FAKE_SCHID(0), 0x8000), -1);
    assert_int_equal(g->program, PGM_OPERAND);
    put_orb(g, 0x1000, ORB0_F | ORB0_B);
    assert_int_equal(fake_insn(g, INSN_SSCH, FAKE_SCHID(0), 0x8000), -1);
    put_orb(g, 0x1000, ORB0_F);
    assert_int_equal(fake_insn(g, INSN_SSCH, FAKE_SCHID(1), 0x8000), 3);
    assert_int_equal(fake_insn(g, INSN_STSCH, FAKE_SCHID(1), 0x8000), 3);
    assert_int_equal(fake_insn(g, INSN_TSCH, FAKE_SCHID(0), 0x9000), 1);
    assert_int_equal(g->io_injected, 0);
}

static void write_and_read(void **state)
{
    struct world *w = *state;
    struct fake_guest *g = &w->g;
    struct irb irb;

    memcpy(fake_at(g, 0x10000), "hello, subchannel", 18);
    fake_ccw1(g, 0x1000, CMD_WRITE, CCW_FLAG_CC, 18, 0x10000);
    fake_ccw1(g, 0x1008, CMD_READ, CCW_FLAG_SLI, 18, 0x20000);
    irb = fake_start(g, 0, 0x1000, ORB0_F);
    assert_int_equal(be16_get(irb.scsw.ctrl),
                     SCSW_FC_START | SCSW_SC_PRIMARY | SCSW_SC_SECONDARY | SCSW_SC_PENDING);
    assert_int_equal(irb.scsw.dstat, 0x0c);
    assert_int_equal(irb.scsw.cstat, 0);
    assert_int_equal(be32_get(irb.scsw.ccw), 0x1010);
    assert_memory_equal(fake_at(g, 0x20000), "hello, subchannel", 18);
    assert_int_equal(g->io_injected, 1);
    assert_int_equal(g->io.parm, 0x5678);
    assert_int_equal(g->io.word, 3U << 27);
    assert_int_equal(g->io_pending, 0);
    assert_int_equal(fake_insn(g, INSN_TSCH, FAKE_SCHID(0), 0x9000), 1);
    assert_int_equal(be16_get(get_irb(g).scsw.ctrl), 0);
}

static void residual_and_length(void **state)
{
    struct world *w = *state;
    struct irb irb;

    fake_ccw1(&w->g, 0x1000, CMD_READ, CCW_FLAG_CC, 100, 0x20000); /* 64 bytes come */
    fake_ccw1(&w->g, 0x1008, CMD_READ, 0, 4, 0x20000);
    irb = fake_start(&w->g, 0, 0x1000, ORB0_F);
    assert_int_equal(irb.scsw.cstat, CSTAT_INCORR_LEN);
    assert_int_equal(irb.scsw.dstat, 0x0c);
    assert_int_equal(be16_get(irb.scsw.count), 36);
    assert_int_equal(w->d.commands, 1); /* chaining was suppressed */
}

static void unit_check_with_sense(void **state)
{
    struct world *w = *state;
    struct irb irb;

    fake_ccw1(&w->g, 0x1000, 0x77, 0, 0, 0);
    irb = fake_start(&w->g, 0, 0x1000, ORB0_F);
    assert_int_equal(irb.scsw.dstat, 0x0e);
    assert_true(be16_get(irb.scsw.ctrl) & SCSW_SC_ALERT);
    assert_true(be16_get(irb.scsw.flags) & SCSW_E);
    assert_int_equal(be32_get(irb.esw[1]), ESW1_ERW_S | 32 << ESW1_ERW_SCNT_SHIFT);
    assert_int_equal(irb.ecw[0], SENSE0_CMD_REJECT);
    fake_ccw1(&w->g, 0x1000, CCW_CMD_SENSE, 0, 32, 0x20000); /* was taken with the IRB */
    irb = fake_start(&w->g, 0, 0x1000, ORB0_F);
    assert_int_equal(irb.scsw.dstat, 0x0c);
    assert_int_equal(*fake_at(&w->g, 0x20000), 0);
}

static void sense_id_short_and_long(void **state)
{
    struct world *w = *state;
    struct irb irb;

    fake_ccw1(&w->g, 0x1000, CCW_CMD_SENSE_ID, CCW_FLAG_SLI, 64, 0x20000);
    irb = fake_start(&w->g, 0, 0x1000, ORB0_F);
    assert_int_equal(irb.scsw.cstat, 0);
    assert_int_equal(be16_get(irb.scsw.count), 57);
    assert_memory_equal(fake_at(&w->g, 0x20000), "\xff\x12\0\x34\0\0\0", 7);
    fake_ccw1(&w->g, 0x1000, CCW_CMD_SENSE_ID, 0, 4, 0x20000);
    irb = fake_start(&w->g, 0, 0x1000, ORB0_F);
    assert_int_equal(irb.scsw.cstat, CSTAT_INCORR_LEN);
}

static void program_check(void **state)
{
    struct world *w = *state;
    struct irb irb;

    fake_ccw1(&w->g, 0x1000, CCW_CMD_TIC, 0, 0, 0x1000);
    irb = fake_start(&w->g, 0, 0x1000, ORB0_F);
    assert_int_equal(irb.scsw.cstat, CSTAT_PROGRAM_CHECK);
    assert_int_equal(irb.scsw.dstat, 0);
    assert_int_equal(be32_get(irb.scsw.ccw), 0x1008);
    assert_true(be16_get(irb.scsw.ctrl) & SCSW_SC_ALERT);
    fake_ccw1(&w->g, 0x1000, CMD_READ, 0, 16, FAKE_STORAGE - 8);
    irb = fake_start(&w->g, 0, 0x1000, ORB0_F);
    assert_int_equal(irb.scsw.cstat, CSTAT_PROGRAM_CHECK);
}

static void status_modifier_skips(void **state)
{
    struct world *w = *state;
    struct irb irb;

    fake_ccw1(&w->g, 0x1000, CMD_SKIP_NEXT, CCW_FLAG_CC, 0, 0);
    fake_ccw1(&w->g, 0x1008, 0x77, 0, 0, 0);
    fake_ccw1(&w->g, 0x1010, CCW_CMD_NOP, 0, 0, 0);
    irb = fake_start(&w->g, 0, 0x1000, ORB0_F);
    assert_int_equal(irb.scsw.dstat, 0x0c);
    assert_int_equal(be32_get(irb.scsw.ccw), 0x1018);
}

static void conditions(void **state)
{
    struct world *w = *state;
    struct fake_guest *g = &w->g;

    fake_ccw1(g, 0x1000, CCW_CMD_NOP, 0, 0, 0);
    put_orb(g, 0x1000, ORB0_F);
    assert_int_equal(fake_insn_only(g, INSN_SSCH, FAKE_SCHID(0), 0x8000), 0);
    assert_int_equal(fake_insn_only(g, INSN_SSCH, FAKE_SCHID(0), 0x8000), 2); /* busy */
    assert_int_equal(fake_insn_only(g, INSN_RSCH, FAKE_SCHID(0), 0), 2);
    assert_int_equal(fake_insn_only(g, INSN_XSCH, FAKE_SCHID(0), 0), 0); /* not begun yet */
    assert_int_equal(fake_insn_only(g, INSN_XSCH, FAKE_SCHID(0), 0), 2);
    fake_settle(g);
    assert_int_equal(g->io_injected, 0);
    assert_int_equal(fake_insn(g, INSN_SSCH, FAKE_SCHID(0), 0x8000), 0);
    assert_int_equal(fake_insn(g, INSN_SSCH, FAKE_SCHID(0), 0x8000), 1); /* status pending */
    assert_int_equal(fake_insn(g, INSN_HSCH, FAKE_SCHID(0), 0), 1);
    assert_int_equal(g->io_pending, 1);
    assert_int_equal(fake_insn(g, INSN_TSCH, FAKE_SCHID(0), 0x9000), 0);
    assert_int_equal(g->io_pending, 0);
}

static void endless_program_is_cleared(void **state)
{
    struct world *w = *state;
    struct fake_guest *g = &w->g;
    struct irb irb;

    fake_ccw1(g, 0x1000, CMD_READ, CCW_FLAG_CC, 64, 0x20000);
    fake_ccw1(g, 0x1008, CCW_CMD_TIC, 0, 0, 0x1000);
    put_orb(g, 0x1000, ORB0_F);
    assert_int_equal(fake_insn(g, INSN_SSCH, FAKE_SCHID(0), 0x8000), 0);
    assert_true(w->d.commands > 100);
    assert_int_equal(g->io_injected, 0);
    assert_int_equal(fake_insn(g, INSN_CSCH, FAKE_SCHID(0), 0), 0);
    assert_int_equal(g->io_injected, 1);
    assert_int_equal(fake_insn(g, INSN_TSCH, FAKE_SCHID(0), 0x9000), 0);
    irb = get_irb(g);
    assert_int_equal(be16_get(irb.scsw.ctrl), SCSW_FC_CLEAR | SCSW_SC_PENDING);

    assert_int_equal(fake_insn(g, INSN_SSCH, FAKE_SCHID(0), 0x8000), 0);
    assert_int_equal(fake_insn(g, INSN_HSCH, FAKE_SCHID(0), 0), 0);
    assert_int_equal(fake_insn(g, INSN_TSCH, FAKE_SCHID(0), 0x9000), 0);
    irb = get_irb(g);
    assert_int_equal(be16_get(irb.scsw.ctrl), SCSW_FC_START | SCSW_FC_HALT | SCSW_SC_PRIMARY |
                                                  SCSW_SC_SECONDARY | SCSW_SC_PENDING);
}

static void suspend_and_resume(void **state)
{
    struct world *w = *state;
    struct fake_guest *g = &w->g;
    struct irb irb;

    fake_ccw1(g, 0x1000, CCW_CMD_NOP, CCW_FLAG_CC, 0, 0);
    fake_ccw1(g, 0x1008, CMD_READ, CCW_FLAG_S, 64, 0x20000);
    irb = fake_start(g, 0, 0x1000, ORB0_F | ORB0_S);
    assert_int_equal(be16_get(irb.scsw.ctrl),
                     SCSW_FC_START | SCSW_AC_SUSPENDED | SCSW_SC_INTERMEDIATE | SCSW_SC_PENDING);
    assert_int_equal(be32_get(irb.scsw.ccw), 0x1010);
    assert_int_equal(w->d.commands, 0);
    assert_int_equal(fake_insn(g, INSN_RSCH, FAKE_SCHID(0), 0), 0); /* S is still there */
    assert_int_equal(fake_insn(g, INSN_TSCH, FAKE_SCHID(0), 0x9000), 0);
    assert_true(be16_get(get_irb(g).scsw.ctrl) & SCSW_AC_SUSPENDED);
    fake_ccw1(g, 0x1008, CMD_READ, 0, 64, 0x20000);
    assert_int_equal(fake_insn(g, INSN_RSCH, FAKE_SCHID(0), 0), 0);
    assert_int_equal(fake_insn(g, INSN_TSCH, FAKE_SCHID(0), 0x9000), 0);
    irb = get_irb(g);
    assert_int_equal(be16_get(irb.scsw.ctrl),
                     SCSW_FC_START | SCSW_SC_PRIMARY | SCSW_SC_SECONDARY | SCSW_SC_PENDING);
    assert_int_equal(w->d.commands, 1);

    fake_ccw1(g, 0x1000, CCW_CMD_NOP, CCW_FLAG_S, 0, 0); /* not allowed by the ORB */
    irb = fake_start(g, 0, 0x1000, ORB0_F);
    assert_int_equal(irb.scsw.cstat, CSTAT_PROGRAM_CHECK);
}

static void pci(void **state)
{
    struct world *w = *state;
    struct fake_guest *g = &w->g;
    struct irb irb;

    fake_ccw1(g, 0x1000, CCW_CMD_NOP, CCW_FLAG_CC | CCW_FLAG_PCI, 0, 0);
    fake_ccw1(g, 0x1008, CCW_CMD_NOP, CCW_FLAG_CC, 0, 0);
    fake_ccw1(g, 0x1010, CCW_CMD_TIC, 0, 0, 0x1008);
    put_orb(g, 0x1000, ORB0_F);
    assert_int_equal(fake_insn(g, INSN_SSCH, FAKE_SCHID(0), 0x8000), 0);
    assert_int_equal(fake_insn(g, INSN_TSCH, FAKE_SCHID(0), 0x9000), 0);
    irb = get_irb(g);
    assert_int_equal(irb.scsw.cstat, CSTAT_PCI);
    assert_int_equal(be16_get(irb.scsw.ctrl) & (SCSW_SC | SCSW_FC),
                     SCSW_FC_START | SCSW_SC_INTERMEDIATE | SCSW_SC_PENDING);
    fake_ccw1(g, 0x1008, CCW_CMD_NOP, 0, 0, 0);
    fake_settle(g);
    assert_int_equal(fake_insn(g, INSN_TSCH, FAKE_SCHID(0), 0x9000), 0);
    assert_int_equal(get_irb(g).scsw.cstat, 0);
}

static void tsch_that_faults_loses_nothing(void **state)
{
    struct world *w = *state;
    struct fake_guest *g = &w->g;

    fake_ccw1(g, 0x1000, CCW_CMD_NOP, 0, 0, 0);
    put_orb(g, 0x1000, ORB0_F);
    assert_int_equal(fake_insn(g, INSN_SSCH, FAKE_SCHID(0), 0x8000), 0);
    assert_int_equal(g->io_pending, 1);
    g->access_fails = true;
    assert_int_equal(fake_insn(g, INSN_TSCH, FAKE_SCHID(0), 0x9000), -1);
    assert_int_equal(g->io_pending, 1);
    g->access_fails = false;
    assert_int_equal(fake_insn(g, INSN_TSCH, FAKE_SCHID(0), 0x9000), 0);
}

static void alerts_and_kicks(void **state)
{
    struct world *w = *state;
    struct fake_guest *g = &w->g;

    css_alert(w->d.s);
    css_alert(w->d.s); /* the guest has not looked yet */
    assert_int_equal(g->io_injected, 1);
    assert_int_equal(g->io.parm, 0x1234);
    assert_int_equal(fake_insn(g, INSN_TSCH, FAKE_SCHID(0), 0x9000), 0);
    assert_int_equal(be16_get(get_irb(g).scsw.ctrl), SCSW_SC_ALERT | SCSW_SC_PENDING);
    assert_true(css_kick(w->d.s, 3));
    assert_true(css_kick(w->d.s, 63));
    fake_settle(g);
    assert_int_equal(w->d.kicked, 1ULL << 3 | 1ULL << 63);
}

static void reports(void **state)
{
    struct world *w = *state;
    struct fake_guest *g = &w->g;
    struct device hot = {0};
    struct crw crw;

    assert_int_equal(fake_insn(g, INSN_STCRW, 0, 0x9000), 1);
    assert_int_equal(css_attach(g->css, &ops, &hot, CSS_DEVNO_ANY, true, &hot.s), 0);
    assert_int_equal(g->crws, 1);
    g->access_fails = true;
    assert_int_equal(fake_insn(g, INSN_STCRW, 0, 0x9000), -1);
    g->access_fails = false;
    assert_int_equal(fake_insn(g, INSN_STCRW, 0, 0x9000), 0);
    memcpy(&crw, fake_at(g, 0x9000), sizeof(crw));
    assert_int_equal(be16_get(crw.flags), CRW_RSC_SUBCHANNEL | CRW_ERC_IPARM);
    assert_int_equal(be16_get(crw.rsid), 1);
    css_detach(g->css, hot.s);
    assert_int_equal(hot.destroyed, 1);
    assert_int_equal(fake_insn(g, INSN_STSCH, FAKE_SCHID(1), 0x9000), 0); /* without number */
    assert_int_equal(fake_at(g, 0x9000)[5] & 1, 0);
    assert_int_equal(fake_insn(g, INSN_STCRW, 0, 0x9000), 0);
    assert_int_equal(fake_insn(g, INSN_STCRW, 0, 0x9000), 1);
    for (unsigned i = 0; i < 100; i++) /* more than the queue holds */
        assert_int_equal(fake_insn(g, INSN_RCHP, 0, 0), 0);
    for (unsigned i = 0; i < 64; i++)
        assert_int_equal(fake_insn(g, INSN_STCRW, 0, 0x9000), 0);
    assert_int_equal(fake_insn(g, INSN_STCRW, 0, 0x9000), 1);
    assert_int_equal(fake_insn(g, INSN_RCHP, 0, 0), 0);
    assert_int_equal(fake_insn(g, INSN_STCRW, 0, 0x9000), 0);
    memcpy(&crw, fake_at(g, 0x9000), sizeof(crw));
    assert_true(be16_get(crw.flags) & CRW_R);
}

static u16 chsc(struct fake_guest *g, u16 len, u16 code)
{
    struct chsc_header h = {be16_of(len), be16_of(code)};

    memcpy(fake_at(g, 0xa000), &h, sizeof(h));
    g->cpu.cpu.gr[2] = 0xa000;
    assert_int_equal(fake_insn(g, INSN_CHSC, 0, 2 << 20), 0); /* R1 = 2 */
    memcpy(&h, fake_at(g, 0xa000 + len), sizeof(h));
    return be16_get(h.code);
}

static void ap_change_is_reported_once(void **state)
{
    struct world *w = *state;
    struct fake_guest *g = &w->g;
    struct chsc_sei_rsp rsp;
    struct crw crw;

    memset(fake_at(g, 0xa000), 0, 4096);
    css_report_ap_change(g->css);
    css_report_ap_change(g->css);
    assert_int_equal(fake_insn(g, INSN_STCRW, 0, 0x9000), 0);
    memcpy(&crw, fake_at(g, 0x9000), sizeof(crw));
    assert_int_equal(be16_get(crw.flags), CRW_RSC_CSS | CRW_ERC_EVENT);
    fake_at(g, 0xa008)[0] = 0x20; /* notification type 2 only */
    assert_int_equal(chsc(g, 0x10, CHSC_SEI), CHSC_RSP_NO_EVENT);
    fake_at(g, 0xa008)[0] = 0xa0;
    g->store_fails = true;
    assert_int_equal(fake_insn(g, INSN_CHSC, 0, 2 << 20), -1);
    g->store_fails = false;
    assert_int_equal(chsc(g, 0x10, CHSC_SEI), CHSC_RSP_OK);
    memcpy(&rsp, fake_at(g, 0xa010), sizeof(rsp));
    assert_int_equal(rsp.nt, 0);
    assert_int_equal(rsp.flags, 0);
    assert_int_equal(rsp.rs, 5);
    assert_int_equal(rsp.cc, 3);
    assert_int_equal(chsc(g, 0x10, CHSC_SEI), CHSC_RSP_NO_EVENT);
    css_report_ap_change(g->css);
    css_reset(g->css);
    memset(fake_at(g, 0xa000), 0, 4096);
    assert_int_equal(chsc(g, 0x10, CHSC_SEI), CHSC_RSP_NO_EVENT);
    assert_int_equal(chsc(g, 0x18, CHSC_SEI), CHSC_RSP_INVALID_REQ);
}

static void chsc_requests(void **state)
{
    struct world *w = *state;
    struct fake_guest *g = &w->g;

    memset(fake_at(g, 0xa000), 0, 4096);
    assert_int_equal(chsc(g, 0x10, CHSC_SCSC), CHSC_RSP_OK);
    assert_int_equal(*fake_at(g, 0xa010 + 8 + 41 / 8) & 0x40, 0x40);
    memset(fake_at(g, 0xa000), 0, 4096);
    assert_int_equal(chsc(g, 0x10, 0x0034), CHSC_RSP_UNSUPPORTED);
    assert_int_equal(chsc(g, 0x10, CHSC_SSD), CHSC_RSP_UNSUPPORTED);
    assert_int_equal(chsc(g, 0x10, CHSC_SEI), CHSC_RSP_NO_EVENT);
    memset(fake_at(g, 0xa000), 0, 4096);
    assert_int_equal(chsc(g, 0x10, CHSC_SCPD), CHSC_RSP_OK);
    assert_int_equal(*fake_at(g, 0xa010 + 8), CHSC_CHPD_VALID);
    memset(fake_at(g, 0xa000), 0, 4096);
    *fake_at(g, 0xa007) = 2;
    assert_int_equal(fake_insn(g, INSN_STSCH, FAKE_SCHID(0) | 1 << SCHID_SSID_SHIFT, 0x9000), -1);
    assert_int_equal(chsc(g, 0x400, CHSC_SDA), CHSC_RSP_OK);
    assert_int_equal(fake_insn(g, INSN_STSCH, FAKE_SCHID(0) | 1 << SCHID_SSID_SHIFT, 0x9000), 3);
    g->cpu.cpu.gr[2] = 0xa800;
    assert_int_equal(fake_insn(g, INSN_CHSC, 0, 2 << 20), -1);
    assert_int_equal(g->program, PGM_SPECIFICATION);
}

static void reset_of_the_subsystem(void **state)
{
    struct world *w = *state;
    struct fake_guest *g = &w->g;
    struct schib s;

    css_alert(w->d.s);
    assert_int_equal(w->d.on, 1);
    css_reset(g->css);
    assert_int_equal(w->d.resets, 1);
    assert_int_equal(g->io_pending, 0);
    assert_int_equal(fake_insn(g, INSN_STSCH, FAKE_SCHID(0), 0x9000), 0);
    memcpy(&s, fake_at(g, 0x9000), sizeof(s));
    assert_int_equal(be16_get(s.pmcw.flags), PMCW_V);
    assert_int_equal(be16_get(s.pmcw.devno), 0x1000);
    assert_int_equal(be16_get(s.scsw.ctrl), 0);
    assert_int_equal(fake_insn(g, INSN_TSCH, FAKE_SCHID(0), 0x9000), 3);
    assert_false(css_kick(w->d.s, 0));
}

/* Start, halt, clear and test from a CPU's thread while the I/O thread works.  Every function ends
 * with status; for ThreadSanitizer. */
static void cpu_and_io_thread(void **state)
{
    struct world *w = *state;
    struct fake_guest *g = &w->g;
    unsigned started = 0, taken = 0;
    u32 random = 1;

    fake_ccw1(g, 0x1000, CMD_READ, CCW_FLAG_CC, 64, 0x20000);
    fake_ccw1(g, 0x1008, CCW_CMD_NOP, CCW_FLAG_CC | CCW_FLAG_PCI, 0, 0);
    fake_ccw1(g, 0x1010, CCW_CMD_TIC, 0, 0, 0x1000);
    fake_ccw1(g, 0x1100, CMD_READ, 0, 64, 0x20000);
    assert_int_equal(loop_start_thread(g->loop), 0);
    while (started < 500 || taken < 500) {
        random = random * 1103515245 + 12345;
        put_orb(g, random & 0x10000 ? 0x1000 : 0x1100, ORB0_F);
        switch (random >> 20 & 7) {
        case 0:
            (void)fake_insn_only(g, INSN_HSCH, FAKE_SCHID(0), 0);
            break;
        case 1:
            (void)fake_insn_only(g, INSN_CSCH, FAKE_SCHID(0), 0);
            break;
        case 2:
            (void)fake_insn_only(g, INSN_XSCH, FAKE_SCHID(0), 0);
            break;
        case 3:
            css_alert(w->d.s);
            break;
        case 4:
        case 5:
            started += fake_insn_only(g, INSN_SSCH, FAKE_SCHID(0), 0x8000) == 0;
            break;
        default:
            taken += fake_insn_only(g, INSN_TSCH, FAKE_SCHID(0), 0x9000) == 0;
            break;
        }
    }
    (void)fake_insn_only(g, INSN_CSCH, FAKE_SCHID(0), 0);
    do
        taken += fake_insn_only(g, INSN_TSCH, FAKE_SCHID(0), 0x9000) == 0;
    while (!(be16_get(get_irb(g).scsw.ctrl) & SCSW_FC_CLEAR) ||
           !(be16_get(get_irb(g).scsw.ctrl) & SCSW_SC_PENDING));
    loop_stop_thread(g->loop);
    assert_int_equal(g->io_pending, 0);
    assert_int_equal(fake_insn(g, INSN_SSCH, FAKE_SCHID(0), 0x8000), 0); /* still usable */
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
    const struct CMUnitTest tests[] = {
        TEST(operands),
        TEST(write_and_read),
        TEST(residual_and_length),
        TEST(unit_check_with_sense),
        TEST(sense_id_short_and_long),
        TEST(program_check),
        TEST(status_modifier_skips),
        TEST(conditions),
        TEST(endless_program_is_cleared),
        TEST(suspend_and_resume),
        TEST(pci),
        TEST(tsch_that_faults_loses_nothing),
        TEST(alerts_and_kicks),
        TEST(reports),
        TEST(chsc_requests),
        TEST(ap_change_is_reported_once),
        TEST(reset_of_the_subsystem),
        TEST(cpu_and_io_thread),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
