/* SPDX-License-Identifier: Apache-2.0
 *
 * The I/O thread's side of a subchannel: performs the clear, halt, start and resume functions that
 * instructions have made pending.
 *
 * Invariants
 *  - A program runs in slices of SLICE commands; one that loops for ever is posted again each time
 *    and keeps neither the I/O thread nor a CPU: HALT and CLEAR SUBCHANNEL end it.
 *  - Between slices and at their ends SCSW is right; within one it shows the last commit.
 *  - After clear or detach nothing of the old program is written to SCSW (`running` is false).
 *
 * References: [PoP 15 Basic I/O Functions], [PoP 16 I/O Interruptions: Subchannel-Status Word].
 */
#include <string.h>

#include "channel/subchannel.h"

#define SLICE 64
#define DSTAT_ENDED (DSTAT_CHANNEL_END | DSTAT_DEVICE_END)

/* How far a program came. */
enum progress {
    PROGRAM_GOES_ON,      /* slice is over */
    PROGRAM_INTERMEDIATE, /* PCI or initial status to show, then goes on */
    PROGRAM_SUSPENDED,
    PROGRAM_ENDED,
};

/* ---- commands of every device ---- */

static u8 give(struct ccw_program *p, const void *data, size_t len)
{
    if (ccw_store(p, data, len) < len)
        ccw_has_more(p);
    return DSTAT_ENDED;
}

static u8 sense(struct subchannel *s)
{
    u8 status = give(&s->program, s->sense, sizeof(s->sense));

    memset(s->sense, 0, sizeof(s->sense));
    return status;
}

static u8 sense_id(struct subchannel *s, const struct css_device_ops *ops)
{
    struct sense_id id = {.ff = 0xff};

    ops->sense_id(s->dev, &id);
    return give(&s->program, &id, id.ciw[0][0] ? sizeof(id) : SENSE_ID_BASIC_LEN);
}

static u8 command(struct subchannel *s)
{
    const struct css_device_ops *ops = s->ops;
    struct ccw_program *p = &s->program;

    p->accepted = true;
    switch (p->cmd) {
    case CCW_CMD_NOP:
        return DSTAT_ENDED;
    case CCW_CMD_SENSE:
        return sense(s);
    case CCW_CMD_SENSE_ID:
        return sense_id(s, ops);
    default:
        memset(s->sense, 0, sizeof(s->sense));
        return ops->command(s->dev, p, p->cmd);
    }
}

/* ---- the program ---- */

struct step {
    enum progress progress;
    u8 dstat;
};

/* Is the CCW that was just fetched to be performed? */
static bool suspends(struct subchannel *s, struct step *r)
{
    struct ccw_program *p = &s->program;

    if (!(p->at.flags & CCW_FLAG_S))
        return false;
    if (be16_get(s->orb.ctrl0) & ORB0_S) {
        *r = (struct step){PROGRAM_SUSPENDED, 0};
    } else {
        p->cstat |= CSTAT_PROGRAM_CHECK;
        *r = (struct step){PROGRAM_ENDED, 0};
    }
    return true;
}

/* One command.  True: another one may follow. */
static bool step(struct subchannel *s, struct step *r)
{
    struct ccw_program *p = &s->program;

    if (!ccw_next_command(p)) {
        *r = (struct step){PROGRAM_ENDED, 0};
        return false;
    }
    if (suspends(s, r))
        return false;
    *r = (struct step){PROGRAM_ENDED, command(s)};
    if (p->cstat)
        return false;
    if (ccw_incorrect_length(p)) {
        p->cstat |= CSTAT_INCORR_LEN;
        return false;
    }
    if (p->at.flags & CCW_FLAG_CD || !(p->at.flags & CCW_FLAG_CC) ||
        (r->dstat & (u8)~DSTAT_STATUS_MOD) != DSTAT_ENDED)
        return false;
    if (r->dstat & DSTAT_STATUS_MOD)
        p->at.next += sizeof(struct ccw1);
    return true;
}

static struct step run_slice(struct subchannel *s)
{
    struct ccw_program *p = &s->program;
    struct step r = {PROGRAM_ENDED, 0};

    if (p->cstat)
        return r;
    for (unsigned i = 0; i < SLICE && !s->stop; i++) {
        if (!step(s, &r))
            return r;
        if (p->pci)
            return (struct step){PROGRAM_INTERMEDIATE, 0};
    }
    return (struct step){PROGRAM_GOES_ON, 0};
}

/* ---- committing to SCSW; locked ---- */

static void show_progress(struct subchannel *s, u8 dstat, u8 cstat)
{
    struct scsw *w = &s->schib.scsw;

    w->ccw = be32_of(s->program.at.addr + (u32)sizeof(struct ccw1));
    w->dstat = dstat;
    w->cstat = (u8)((w->cstat & CSTAT_PCI) | cstat | (s->program.pci ? CSTAT_PCI : 0));
    w->count = be16_of(s->program.at.left);
    s->program.pci = false;
}

static void present_sense(struct subchannel *s)
{
    if (!(be32_get(s->schib.pmcw.chars) & PMCW_CHARS_CSENSE))
        return;
    memcpy(s->ecw, s->sense, sizeof(s->ecw));
    memset(s->sense, 0, sizeof(s->sense));
    s->erw = ESW1_ERW_S | (u32)sizeof(s->ecw) << ESW1_ERW_SCNT_SHIFT;
    s->schib.scsw.flags = be16_of(be16_get(s->schib.scsw.flags) | SCSW_E);
}

static void end_program(struct subchannel *s, u8 dstat)
{
    u8 cstat = s->program.cstat;
    u16 status = SCSW_SC_PRIMARY | SCSW_SC_SECONDARY;

    s->running = false;
    if (s->program.accepted && cstat && !dstat)
        dstat = DSTAT_ENDED;
    if (cstat & (u8)~CSTAT_INCORR_LEN || dstat & (DSTAT_UNIT_CHECK | DSTAT_UNIT_EXCEPTION))
        status |= SCSW_SC_ALERT;
    show_progress(s, dstat, cstat);
    if (dstat & DSTAT_UNIT_CHECK)
        present_sense(s);
    scsw_set_ctrl(s, scsw_ctrl(s) & (u16)~SCSW_AC);
    sch_set_status(s, status);
}

static void suspend_program(struct subchannel *s)
{
    bool quiet = be16_get(s->orb.ctrl0) & ORB0_U;

    show_progress(s, 0, 0);
    s->running = false;
    s->program.at.next = s->program.at.addr; /* fetched again when it is resumed */
    scsw_set_ctrl(s, (scsw_ctrl(s) & (u16) ~(SCSW_AC_SCH_ACTIVE | SCSW_AC_DEV_ACTIVE)) |
                         SCSW_AC_SUSPENDED);
    if (!quiet || s->schib.scsw.cstat & CSTAT_PCI)
        sch_set_status(s, SCSW_SC_INTERMEDIATE);
}

static void begin_program(struct subchannel *s)
{
    bool fresh = scsw_ctrl(s) & SCSW_AC_START_PEND;
    u16 off = fresh ? SCSW_AC_START_PEND : SCSW_AC_RESUME_PEND | SCSW_AC_SUSPENDED;

    scsw_set_ctrl(s, (scsw_ctrl(s) & (u16)~off) | SCSW_AC_SCH_ACTIVE | SCSW_AC_DEV_ACTIVE);
    s->running = true;
    s->schib.pmcw.lpum = CSS_PATH;
    if (!fresh)
        return;
    ccw_start(&s->program, &s->css->vm->mem, &s->orb);
    if (be16_get(s->orb.ctrl0) & ORB0_A && pmcw_flags(s) & PMCW_LM) {
        bool low = (pmcw_flags(s) & PMCW_LM) == 0x0020;

        ccw_set_limit(&s->program, low ? s->css->limit : 0, low ? ~0ULL : s->css->limit);
    }
    if (be16_get(s->orb.ctrl0) & ORB0_I) {
        s->schib.scsw.flags = be16_of(be16_get(s->schib.scsw.flags) | SCSW_Z);
        show_progress(s, 0, 0);
        sch_set_status(s, SCSW_SC_INTERMEDIATE);
    }
}

/* The device is idle afterwards; nothing virtual needs a signal. */
static void clear_function(struct subchannel *s)
{
    s->running = false;
    s->schib.scsw = (struct scsw){.ctrl = be16_of(SCSW_FC_CLEAR)};
    s->erw = 0;
    sch_set_status(s, 0);
}

static void halt_function(struct subchannel *s)
{
    bool started = s->running || scsw_ctrl(s) & SCSW_AC_SUSPENDED;

    if (started)
        show_progress(s, s->running ? DSTAT_ENDED : 0, s->program.cstat);
    s->running = false;
    scsw_set_ctrl(s, scsw_ctrl(s) & (u16)~SCSW_AC);
    sch_set_status(s, started ? SCSW_SC_PRIMARY | SCSW_SC_SECONDARY : 0);
}

/* ---- the work ---- */

/* Takes up what is pending.  True: a program is to run. */
static bool take_up(struct subchannel *s)
{
    u16 ctrl = scsw_ctrl(s);

    s->stop = false;
    if (!s->ops)
        return false;
    if (ctrl & SCSW_AC_CLEAR_PEND)
        clear_function(s);
    else if (ctrl & SCSW_AC_HALT_PEND)
        halt_function(s);
    else if (ctrl & SCSW_AC_START_PEND || (ctrl & SCSW_AC_RESUME_PEND && ctrl & SCSW_AC_SUSPENDED))
        begin_program(s);
    return s->running;
}

static void commit(struct subchannel *s, struct step r)
{
    if (!s->running || scsw_ctrl(s) & SCSW_AC_CLEAR_PEND)
        return;
    switch (r.progress) {
    case PROGRAM_GOES_ON:
        break;
    case PROGRAM_INTERMEDIATE:
        show_progress(s, 0, 0);
        sch_set_status(s, SCSW_SC_INTERMEDIATE);
        break;
    case PROGRAM_SUSPENDED:
        suspend_program(s);
        break;
    case PROGRAM_ENDED:
        end_program(s, r.dstat);
        break;
    }
}

void sch_work(struct loop_post *post)
{
    struct subchannel *s = container_of(post, struct subchannel, work);
    struct css *css = s->css;
    bool tell, enabled, again;

    pthread_mutex_lock(&css->lock);
    tell = s->enable_changed && s->ops;
    s->enable_changed = false;
    enabled = pmcw_flags(s) & PMCW_E;
    pthread_mutex_unlock(&css->lock);
    if (tell)
        s->ops->enabled(s->dev, enabled);

    pthread_mutex_lock(&css->lock);
    if (take_up(s)) {
        struct step r;

        pthread_mutex_unlock(&css->lock);
        r = run_slice(s);
        pthread_mutex_lock(&css->lock);
        commit(s, r);
    }
    again = s->running || scsw_ctrl(s) & (SCSW_AC_CLEAR_PEND | SCSW_AC_HALT_PEND) ||
            (scsw_ctrl(s) & SCSW_AC_SUSPENDED && scsw_ctrl(s) & SCSW_AC_RESUME_PEND);
    pthread_mutex_unlock(&css->lock);
    if (again)
        loop_post(css->loop, &s->work);
}
