/* SPDX-License-Identifier: Apache-2.0
 *
 * Inside of the channel room: the subsystem and its subchannels.  Others use css.h.
 *
 * A function (start, resume, halt, clear) is asked for on a CPU's thread by bits in the activity
 * control, under css->lock, and performed on the I/O thread by sch_work() (start.c).  The I/O
 * thread owns `program`, `sense` and the device; SCSW changes are made under the lock by both.
 */
#ifndef SIE390_CHANNEL_SUBCHANNEL_H
#define SIE390_CHANNEL_SUBCHANNEL_H

#include <pthread.h>

#include "arch/css.h"
#include "channel/ccw.h"
#include "channel/css.h"

#define CSS_PATH 0x80 /* bit of the one path in path masks */
#define CSS_MAX_CRWS 64
#define SCH_ID_ONE 0x0001 /* upper halfword of the subsystem-identification word in set 0 */

struct subchannel {
    struct css *css;
    u16 nr;
    _Atomic bool enabled; /* PMCW E, for a look without the lock */
    _Atomic bool stop;    /* halt, clear or detach: the program is to end */

    /* guarded by css->lock */
    struct schib schib;
    struct orb orb;
    u32 erw; /* extended-report word of the status that is pending */
    u8 ecw[SENSE_BYTES];
    u32 changes;         /* of the status; so that TSCH clears only what it stored */
    bool enable_changed; /* the device has to be told */

    /* I/O thread */
    struct loop_post work;
    struct ccw_program program;
    bool running; /* program is between its start and its end */
    u8 sense[SENSE_BYTES];

    struct loop_post kick_work;
    _Atomic u64 kicks;

    const struct css_device_ops *_Atomic ops; /* NULL: no device */
    void *dev;
};

struct css {
    struct vm *vm;
    struct loop *loop;
    struct subchannel *_Atomic sch[CSS_MAX_SUBCHANNELS];
    _Atomic unsigned nsch;

    pthread_mutex_t lock; /* see css.h */
    struct crw crw[CSS_MAX_CRWS];
    unsigned first_crw, ncrws;
    bool crw_lost;
    bool ap_changed;   /* event information: the configuration of adjunct processors */
    bool sets_enabled; /* CHSC: multiple subchannel sets */
    u32 limit;         /* SET ADDRESS LIMIT */
    u64 measurement_block;
};

static inline u16 scsw_ctrl(const struct subchannel *s)
{
    return be16_get(s->schib.scsw.ctrl);
}
static inline void scsw_set_ctrl(struct subchannel *s, u16 ctrl)
{
    s->schib.scsw.ctrl = be16_of(ctrl);
}
static inline u16 pmcw_flags(const struct subchannel *s)
{
    return be16_get(s->schib.pmcw.flags);
}

/* Adds status-control bits (with SCSW_SC_PENDING) and makes the interruption pending.  Locked. */
void sch_set_status(struct subchannel *s, u16 status_control);
/* Takes the subchannel's pending interruption away.  Locked. */
void sch_dequeue(struct subchannel *s);
/* Performs what is asked for.  I/O thread, not locked. */
void sch_work(struct loop_post *p);

/* crw.c: queues a report and makes the machine check pending.  Locked. */
void css_report(struct css *css, u16 flags, u16 rsid);
/* The oldest report, zeros if there is none; false then.  Locked. */
bool css_take_report(struct css *css, struct crw *crw);
void css_return_report(struct css *css, const struct crw *crw);

/* chsc.c: performs the request in `block` (4 KiB) and puts the response behind it. */
void css_chsc(struct css *css, u8 *block);
/* The response could not be stored: what it told is told again. */
void css_chsc_not_stored(struct css *css, u8 *block);

#endif
