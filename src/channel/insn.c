/* SPDX-License-Identifier: Apache-2.0
 *
 * The channel instructions that name a subchannel, as the guest sees them: operands, exceptions,
 * condition codes.  What they ask a device to do is made pending here and done by the I/O thread
 * (start.c).
 *
 * Order of checks: alignment of the operand (specification), fetch access, contents of registers
 * and operand (operand exception), then the condition code; storing last.
 *
 * References: [PoP 14 I/O Instructions].  TPI is completed by the hypervisor.
 */
#include <string.h>

#include "base/log.h"
#include "channel/insn.h"

/* The subchannel GR1 names; *s is NULL when it is not provided (condition code 3).  Images other
 * than the default one are not enabled, so M must be 0; sets only after CHSC enabled them. */
static bool subchannel(const struct insn *i, struct subchannel **s)
{
    u32 id = (u32)*hv_gr(i->v, 1);
    u32 must_be_zero = SCHID_CSSID | SCHID_RESERVED | SCHID_M;
    u32 nr = id & SCHID_NR;

    if (!i->css->sets_enabled)
        must_be_zero |= SCHID_SSID;
    if (!(id & SCHID_ONE) || id & must_be_zero)
        return insn_program(i, PGM_OPERAND);
    *s = id & SCHID_SSID || nr >= i->css->nsch ? NULL : i->css->sch[nr];
    return true;
}

/* Locks the subchannel's subsystem if it is operational: has a device and is enabled. */
static bool lock_operational(const struct insn *i, struct subchannel *s)
{
    if (s) {
        pthread_mutex_lock(&i->css->lock);
        if ((pmcw_flags(s) & (PMCW_V | PMCW_E)) == (PMCW_V | PMCW_E))
            return true;
        pthread_mutex_unlock(&i->css->lock);
    }
    insn_cc(i, 3);
    return false;
}

/* The subchannel that the instruction names, its subsystem locked; false: the instruction has
 * ended. */
static bool lock_subchannel(const struct insn *i, struct subchannel **s)
{
    return subchannel(i, s) && lock_operational(i, *s);
}

static void post(struct subchannel *s)
{
    loop_post(s->css->loop, &s->work);
}

/* ---- starting and stopping ---- */

static bool orb_valid(const struct orb *orb)
{
    return !(orb->ctrl1 & ORB1_INVALID) && !(be16_get(orb->ctrl0) & ORB0_B) &&
           !(be32_get(orb->cpa) & 0x80000000U);
}

static u16 scsw_flags_of(const struct orb *orb)
{
    u16 c0 = be16_get(orb->ctrl0);
    u16 same = SCSW_KEY | SCSW_S | SCSW_F | SCSW_P | SCSW_I | SCSW_A | SCSW_U;

    return c0 & same;
}

static void start(struct subchannel *s, const struct orb *orb)
{
    s->orb = *orb;
    s->schib.pmcw.intparm = orb->intparm;
    s->schib.scsw = (struct scsw){
        .flags = be16_of(scsw_flags_of(orb)),
        .ctrl = be16_of(SCSW_FC_START | SCSW_AC_START_PEND),
        .ccw = orb->cpa,
    };
    s->erw = 0;
    s->changes++;
    post(s);
}

static void css_ssch(const struct insn *i)
{
    struct subchannel *s;
    struct orb orb = {0};
    u64 addr;
    u8 ar;

    if (!insn_operand(i, 4, &addr, &ar) || !insn_fetch(i, addr, ar, &orb, ORB_LEN))
        return;
    if (orb.ctrl1 & ORB1_X && !insn_fetch(i, addr, ar, &orb, sizeof(orb)))
        return;
    if (!orb_valid(&orb)) {
        (void)insn_program(i, PGM_OPERAND);
        return;
    }
    if (!lock_subchannel(i, &s))
        return;
    if (scsw_ctrl(s) & SCSW_SC_PENDING) {
        insn_unlock(i, 1);
    } else if (scsw_ctrl(s) & SCSW_FC) {
        insn_unlock(i, 2);
    } else if (!(orb.lpm & s->schib.pmcw.pam)) {
        insn_unlock(i, 3);
    } else {
        start(s, &orb);
        insn_unlock(i, 0);
    }
}

static void css_rsch(const struct insn *i)
{
    struct subchannel *s;
    u16 ctrl;

    if (!lock_subchannel(i, &s))
        return;
    ctrl = scsw_ctrl(s);
    if (ctrl & SCSW_SC_PENDING) {
        insn_unlock(i, 1);
    } else if ((ctrl & SCSW_FC) != SCSW_FC_START || ctrl & SCSW_AC_RESUME_PEND ||
               !(be16_get(s->orb.ctrl0) & ORB0_S)) {
        insn_unlock(i, 2);
    } else {
        scsw_set_ctrl(s, ctrl | SCSW_AC_RESUME_PEND);
        if (ctrl & SCSW_AC_SUSPENDED)
            post(s);
        insn_unlock(i, 0);
    }
}

/* Intermediate status stands beside a function in progress and does not keep HALT away. */
static void css_hsch(const struct insn *i)
{
    struct subchannel *s;
    u16 ctrl, sc;

    if (!lock_subchannel(i, &s))
        return;
    ctrl = scsw_ctrl(s);
    sc = ctrl & SCSW_SC;
    if (sc == SCSW_SC_PENDING || sc & (SCSW_SC_ALERT | SCSW_SC_PRIMARY | SCSW_SC_SECONDARY)) {
        insn_unlock(i, 1);
    } else if (ctrl & (SCSW_FC_HALT | SCSW_FC_CLEAR)) {
        insn_unlock(i, 2);
    } else {
        if (sc)
            sch_dequeue(s);
        scsw_set_ctrl(s, (ctrl & (u16)~SCSW_SC) | SCSW_FC_HALT | SCSW_AC_HALT_PEND);
        s->changes++;
        s->stop = true;
        post(s);
        insn_unlock(i, 0);
    }
}

static void css_csch(const struct insn *i)
{
    struct subchannel *s;

    if (!lock_subchannel(i, &s))
        return;
    sch_dequeue(s);
    scsw_set_ctrl(s, SCSW_FC_CLEAR | SCSW_AC_CLEAR_PEND);
    s->changes++;
    s->stop = true;
    post(s);
    insn_unlock(i, 0);
}

static void css_xsch(const struct insn *i)
{
    struct subchannel *s;
    u16 ctrl;

    if (!lock_subchannel(i, &s))
        return;
    ctrl = scsw_ctrl(s);
    if (ctrl & SCSW_SC_PENDING) {
        insn_unlock(i, 1);
    } else if ((ctrl & SCSW_FC) != SCSW_FC_START || !(ctrl & SCSW_AC_START_PEND)) {
        insn_unlock(i, 2);
    } else {
        scsw_set_ctrl(s, 0);
        insn_unlock(i, 0);
    }
}

/* ---- looking at and changing subchannels ---- */

static void css_stsch(const struct insn *i)
{
    struct subchannel *s;
    struct schib schib;
    u64 addr;
    u8 ar;

    if (!insn_operand(i, 4, &addr, &ar) || !subchannel(i, &s))
        return;
    if (!s) {
        insn_cc(i, 3);
        return;
    }
    pthread_mutex_lock(&i->css->lock);
    schib = s->schib;
    pthread_mutex_unlock(&i->css->lock);
    if (insn_store(i, addr, ar, &schib, sizeof(schib)))
        insn_cc(i, 0);
}

static bool schib_valid(const struct pmcw *p)
{
    u16 flags = be16_get(p->flags);
    u16 reserved = PMCW_QF | PMCW_W | 0x0700;

    return !(flags & reserved) && (flags & PMCW_LM) != PMCW_LM &&
           !(be32_get(p->chars) & ~(u32)PMCW_CHARS_CSENSE);
}

static void modify(struct subchannel *s, const struct schib *from)
{
    struct pmcw *p = &s->schib.pmcw;
    u16 old = pmcw_flags(s);
    u16 new = (old & (u16)~PMCW_FLAGS_MSCH) | (be16_get(from->pmcw.flags) & PMCW_FLAGS_MSCH);

    p->intparm = from->pmcw.intparm;
    p->flags = be16_of(new);
    p->lpm = from->pmcw.lpm;
    p->mbi = from->pmcw.mbi;
    p->pom = from->pmcw.pom;
    p->chars = be32_of(be32_get(from->pmcw.chars) & PMCW_CHARS_CSENSE);
    if ((old ^ new) & PMCW_E) {
        s->enabled = new &PMCW_E;
        s->enable_changed = true;
        post(s);
    }
}

static void css_msch(const struct insn *i)
{
    struct subchannel *s;
    struct schib schib;
    u64 addr;
    u8 ar;

    if (!insn_operand(i, 4, &addr, &ar) || !insn_fetch(i, addr, ar, &schib, sizeof(schib)))
        return;
    if (!schib_valid(&schib.pmcw)) {
        (void)insn_program(i, PGM_OPERAND);
        return;
    }
    if (!subchannel(i, &s))
        return;
    if (!s) {
        insn_cc(i, 3);
        return;
    }
    pthread_mutex_lock(&i->css->lock);
    if (!(pmcw_flags(s) & PMCW_V)) {
        insn_unlock(i, 0);
    } else if (scsw_ctrl(s) & SCSW_SC_PENDING) {
        insn_unlock(i, 1);
    } else if (scsw_ctrl(s) & SCSW_FC) {
        insn_unlock(i, 2);
    } else {
        modify(s, &schib);
        insn_unlock(i, 0);
    }
}

static void make_irb(const struct subchannel *s, struct irb *irb)
{
    *irb = (struct irb){.scsw = s->schib.scsw};
    irb->esw[0] = be32_of((u32)s->schib.pmcw.lpum << 16);
    if (s->erw) {
        irb->esw[1] = be32_of(s->erw);
        memcpy(irb->ecw, s->ecw, sizeof(irb->ecw));
    }
}

/* What TEST SUBCHANNEL clears.  With intermediate status only, the function goes on. */
static void clear_status(struct subchannel *s)
{
    u16 ctrl = scsw_ctrl(s), sc = ctrl & SCSW_SC;
    u16 flags = be16_get(s->schib.scsw.flags) & (u16) ~(SCSW_Z | SCSW_N | SCSW_E);

    if (!(sc & SCSW_SC_PENDING))
        return;
    if (sc == (SCSW_SC_INTERMEDIATE | SCSW_SC_PENDING)) {
        scsw_set_ctrl(s, ctrl & (u16)~SCSW_SC);
    } else {
        scsw_set_ctrl(s, 0);
        s->erw = 0;
    }
    s->schib.scsw.flags = be16_of(flags);
    s->schib.scsw.cstat = s->schib.scsw.dstat = 0;
    s->changes++;
    sch_dequeue(s);
}

/* Leaves with the lock held when what was stored is what is there.  False: look again. */
static bool still(const struct insn *i, const struct subchannel *s, u32 changes)
{
    pthread_mutex_lock(&i->css->lock);
    if (s->changes == changes)
        return true;
    pthread_mutex_unlock(&i->css->lock);
    return false;
}

static void css_tsch(const struct insn *i)
{
    struct subchannel *s;
    struct irb irb;
    u32 changes;
    u64 addr;
    u8 ar;

    if (!insn_operand(i, 4, &addr, &ar) || !subchannel(i, &s))
        return;
    do {
        if (!lock_operational(i, s))
            return;
        changes = s->changes;
        make_irb(s, &irb);
        pthread_mutex_unlock(&i->css->lock);
        if (!insn_store(i, addr, ar, &irb, IRB_LEN))
            return;
    } while (!still(i, s, changes));
    clear_status(s);
    insn_unlock(i, be16_get(irb.scsw.ctrl) & SCSW_SC_PENDING ? 0 : 1);
}

/* The hypervisor took the interruption from the queue before it asked us: if the status it stands
 * for was not stored, it has to go back. */
static void restore_interruption(const struct insn *i)
{
    u32 id = (u32)i->x->io.subchannel_id << 16 | i->x->io.subchannel_nr;
    struct subchannel *s = css_find(i->css, id);

    if (!s)
        return;
    pthread_mutex_lock(&i->css->lock);
    if (scsw_ctrl(s) & SCSW_SC_PENDING) {
        sch_dequeue(s);
        if (hv_inject_io(i->css->vm, &i->x->io))
            log_error("device %04x: an I/O interruption is lost", css_devno(s));
    }
    pthread_mutex_unlock(&i->css->lock);
}

static const struct {
    u16 ipa;
    void (*run)(const struct insn *);
} table[] = {
    {0xb230, css_csch},      {0xb231, css_hsch},  {0xb232, css_msch}, {0xb233, css_ssch},
    {0xb234, css_stsch},     {0xb235, css_tsch},  {0xb237, css_sal},  {0xb238, css_rsch},
    {0xb239, css_stcrw},     {0xb23a, css_stcps}, {0xb23b, css_rchp}, {0xb23c, css_schm},
    {0xb25f, css_insn_chsc}, {0xb274, css_siga},  {0xb276, css_xsch},
};

bool css_handle(struct css *css, struct vcpu *v, u16 ipa, u32 ipb, const struct hv_exit *x)
{
    struct insn i = {css, v, ipb, x};

    for (unsigned n = 0; n < ARRAY_SIZE(table); n++) {
        if (table[n].ipa != ipa)
            continue;
        table[n].run(&i);
        if (x && x->reason == EXIT_TSCH && x->dequeued)
            restore_interruption(&i);
        return true;
    }
    return false;
}
