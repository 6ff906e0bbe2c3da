/* SPDX-License-Identifier: Apache-2.0
 *
 * A run of `sie390 run`: the machine and what this process puts around it.
 */
#ifndef SIE390_VMM_RUN_H
#define SIE390_VMM_RUN_H

#include "base/workers.h"
#include "machine/machine.h"
#include "vmm/control.h"
#include "vmm/gdb.h"
#include "vmm/run_options.h"
#include "vmm/table.h"
#include "vmm/terminal.h"

/* Who ended the run, when it was not the guest. */
enum run_end { RUN_GUEST, RUN_USER, RUN_SIGNAL, RUN_CONTROL, RUN_TIMEOUT, RUN_POWER_CUT };

struct run {
    struct run_options o;
    struct machine m;
    struct loop *loop;
    struct workers *workers;
    struct terminal terminal;
    struct control *control; /* NULL: none */
    struct gdb *gdb;         /* NULL: none */
    struct loop_timer timeout;
    struct loop_timer live;
    struct table table;       /* I/O thread, then the main one */
    struct loop_post changed; /* the machine's state changed: tell who asks */
    _Atomic int ended_by;     /* enum run_end */
};

/* Any thread: ends the run; the first reason counts. */
void run_end(struct run *r, enum run_end why);
/* I/O thread: asks the guest to shut down. */
void run_quiesce(struct run *r);

/* devices.c: consoles and devices from the options, before the guest runs. */
enum status run_attach_devices(struct run *r);

#endif
