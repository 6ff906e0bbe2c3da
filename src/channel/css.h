/* SPDX-License-Identifier: Apache-2.0
 *
 * The channel subsystem of a virtual machine: subchannels of one channel-subsystem image (FE of the
 * virtual devices, which the guest names with M = 0 as the default image), one virtual channel
 * path, channel-report words, and the completion of the channel instructions that SIE intercepts.
 *
 * A guest CPU never waits for a device: START SUBCHANNEL marks the subchannel start-pending and
 * posts it to the I/O thread, which runs the channel program in slices.
 *
 * Locks: css->lock guards every subchannel's SCHIB, IRB parts and pending functions, the
 * channel-report words and the settings of the subsystem.  It is never held over an access to
 * logical storage or a device command.  Order: css->lock before those of interrupt.h.
 * Devices run on the I/O thread only.
 *
 * References: [PoP 13 I/O Overview] to [PoP 17 I/O Support Functions].
 */
#ifndef SIE390_CHANNEL_CSS_H
#define SIE390_CHANNEL_CSS_H

#include "base/loop.h"
#include "hypervisor/vm.h"

struct css;
struct subchannel;
struct ccw_program;

#define CSS_MAX_SUBCHANNELS 1024
#define CSS_DEVNO_ANY (-1)
#define CSS_CHPID 0 /* the one channel path */

int css_create(struct vm *vm, struct loop *loop, struct css **out) MUST_CHECK;
/* Devices are destroyed, too.  CPUs and the loop must have stopped. */
void css_destroy(struct css *css);

/* Subsystem reset: functions end, devices are reset, subchannels disabled, reports dropped.
 * Any thread, while no CPU of the guest runs; returns when it is done.  Floating interruptions
 * are cleared by the caller (hv_clear_floating). */
void css_reset(struct css *css);

/* Lets devices hand over what the guest gave them before it stopped (console output, blocks being
 * written).  Any thread; waits, at most a few seconds for a console that nobody reads. */
void css_flush(struct css *css);

/* Completes a channel instruction that left hv_run() as EXIT_INTERCEPT (instruction) or EXIT_TSCH:
 * operands are checked, the condition code is set or a program interruption injected.  False when
 * it is none of ours.  Privilege was checked.  CPU's own thread. */
bool css_handle(struct css *css, struct vcpu *v, u16 ipa, u32 ipb, const struct hv_exit *x);

/* ---- for devices; I/O thread, or before the guest runs ---- */

struct sense_id;

struct css_device_ops {
    /* Performs one command (neither NOP, TIC, SENSE nor SENSE ID).  Moves data with ccw_fetch() and
     * ccw_store().  Returns the device status: normally channel end + device end; with unit check
     * after css_set_sense().  Must not block. */
    u8 (*command)(void *dev, struct ccw_program *p, u8 cmd);
    void (*sense_id)(void *dev, struct sense_id *id);
    /* Subsystem reset.  Afterwards the device touches no guest storage. */
    void (*reset)(void *dev);
    /* The guest enabled or disabled the subchannel (MODIFY SUBCHANNEL). */
    void (*enabled)(void *dev, bool on);
    void (*flush)(void *dev); /* may be NULL */
    /* css_kick(): bit n (from the right) = number n.  May be NULL: the device cannot be kicked. */
    void (*kick)(void *dev, u64 which);
    void (*destroy)(void *dev);
};

/* Puts a device on a new subchannel, with device number devno (CSS_DEVNO_ANY: the first free one).
 * hotplug: the guest runs, report it.  0 or -errno (logged); the device stays the caller's then. */
int css_attach(struct css *css, const struct css_device_ops *ops, void *dev, int devno,
               bool hotplug, struct subchannel **out) MUST_CHECK;
/* Takes it off: reset, destroyed, its subchannel's device number invalid, reported. */
void css_detach(struct css *css, struct subchannel *s);

/* Makes the subchannel status-pending with alert status and no device status, unless a function is
 * in progress or status is pending: the guest looks then anyway.  Any thread. */
void css_alert(struct subchannel *s);

/* Has ops->kick called on the I/O thread; kicks of a number add up to one.  n < 64.  Any thread;
 * takes no lock but the loop's.  False: no such device, or the subchannel is disabled. */
bool css_kick(struct subchannel *s, unsigned n);

/* Sense data of the command that is being performed; the rest is zero. */
void css_set_sense(struct subchannel *s, u8 byte0);

/* Any thread.  NULL: no such subchannel, or no device.  schid: as in GR1. */
struct subchannel *css_find(struct css *css, u32 schid);
u16 css_devno(const struct subchannel *s);
u16 css_nr(const struct subchannel *s);
struct css *css_of(const struct subchannel *s);
void *css_device(const struct subchannel *s);
const struct css_device_ops *css_ops(const struct subchannel *s); /* whose device it is */
bool css_is_enabled(struct subchannel *s);
struct vm *css_vm(const struct css *css);
struct loop *css_loop(const struct css *css);

/* The configuration of adjunct processors changed: a channel report, and event information that the
 * guest fetches with CHSC.  Any thread. */
void css_report_ap_change(struct css *css);

/* Next subchannel with a device, from number *nr on; NULL at the end.  For status output. */
struct subchannel *css_next(struct css *css, unsigned *nr);

#endif
