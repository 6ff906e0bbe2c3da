/* SPDX-License-Identifier: Apache-2.0
 *
 * The machine: a virtual machine of the hypervisor, its channel subsystem, its SCLP, what it is
 * loaded from, and the threads of its CPUs.  It completes what leaves hv_run() and knows how the
 * run ends.  It never exits the process and has no state outside struct machine: several live in
 * one process.
 *
 * Life: machine_create(), devices plugged into ->css, machine_start(), machine_wait(),
 * machine_destroy().  The event loop is the caller's and runs meanwhile on a thread of its own.
 *
 * Locks: machine.lock guards what is marked so below.  Nothing of hypervisor, channel subsystem or
 * SCLP is called with it held, except vcpu_leave() and vcpu_get_state().
 *
 * References: architecture "How an intercept travels", stop 5.
 */
#ifndef SIE390_MACHINE_MACHINE_H
#define SIE390_MACHINE_MACHINE_H

#include <pthread.h>

#include "base/loop.h"
#include "base/workers.h"
#include "channel/css.h"
#include "hypervisor/vm.h"
#include "machine/ap.h"
#include "machine/ipl.h"
#include "machine/sclp.h"
#include "machine/watchdog.h"

/* How a run ended. */
enum machine_end {
    END_NONE,
    END_POWER_OFF,     /* last CPU stopped, or the guest's quiesce is complete */
    END_DISABLED_WAIT, /* no CPU can go on, one is in a disabled wait: panic or fatal error */
    END_PROGRAM_LOOP,  /* endless program interruptions */
    END_EXTERNAL_LOOP,
    END_INTERNAL,      /* host trouble, or a validity interception */
    END_RELOAD_FAILED, /* the guest rebooted, but its kernel cannot be loaded again */
    END_REQUESTED,     /* machine_quit() */
};

enum machine_state {
    MACHINE_NEW,
    MACHINE_RUNNING,
    MACHINE_STOPPING, /* machine_pause(): CPUs are on their way out of the guest */
    MACHINE_STOPPED,
    MACHINE_ENDED,
};

/* cpus: at the addresses from 0 on; standby ones behind. */
struct machine_config {
    const char *name; /* virtual-machine name (STSI 3.2.2) */
    u8 uuid[16];
    u64 memory;
    unsigned cpus;            /* configured at the start */
    unsigned standby_cpus;    /* that the guest may configure */
    unsigned max_cpus;        /* all that may come; 0: no more than these two */
    struct topology topology; /* of max_cpus, what is 0 is filled in */
    bool lazy_memory;
    bool no_gisa; /* adapter interruptions as floating ones */
    bool cmma;    /* the guest may tell usage states of its pages (ESSA) */
    bool diag8;   /* text of DIAGNOSE 8 goes to diag8_fd; the CPU waits for it */
    int diag8_fd;
    enum watchdog_action watchdog;
    bool line_console; /* the console is the SCLP's line mode, not the ASCII console */
    const struct cpu_model *model;
    u32 trace;    /* mask of trace_parse() */
    bool stopped; /* stop before the first instruction, as after machine_pause() */
    bool times;   /* measure where the time goes from the beginning */
    struct machine_ap_config ap;
    struct ipl_config ipl;
};

/* Told to the owner.  Any thread, must be quick. */
struct machine_events {
    void (*state_changed)(void *arg); /* running, stopped, ended */
    void *arg;
};

struct machine_cpu {
    struct machine *m;
    struct vcpu *v;
    pthread_t thread;
    bool started;                       /* lock: the thread exists */
    bool parked;                        /* lock: not in hv_run(), handling nothing */
    bool asleep;                        /* lock: stopped, or in a disabled wait */
    bool disabled_wait;                 /* lock: the latter */
    bool held;                          /* lock: stays parked when the others go on */
    bool debug_hit;                     /* lock: `debug` is to be reported */
    struct hv_exit debug;               /* lock: the last EXIT_DEBUG */
    u64 exits[EXIT_INTERNAL_ERROR + 1]; /* by reason; own thread writes */
    u64 unknown;                        /* instructions that nobody implements; own thread writes */
    _Atomic u64 host_ns;                /* CPU time of the thread, when it has ended */
};

/* paging.c; workers NULL: no page is ever absent. */
struct machine_paging {
    struct workers *workers;
    struct loop_post post;
    pthread_mutex_t lock;
    struct page_in *first; /* lock: not given to the workers yet, last one first */
    unsigned left;         /* loop's thread: the workers have them */
};

struct machine {
    struct machine_config config;
    struct machine_events events;
    struct vm vm;
    bool vm_exists;
    struct css *css;
    struct loop *loop;
    struct sclp sclp;
    struct watchdog watchdog;
    struct ipl ipl;
    struct machine_paging paging;
    struct machine_ap ap;

    pthread_mutex_t lock;
    pthread_cond_t changed;
    struct machine_cpu cpu[VM_MAX_CPUS];
    enum machine_state state; /* lock */
    bool resetting;           /* lock: a CPU resets the machine, the others stay parked */
    bool pause;               /* lock: the owner wants the CPUs out */
    bool quit;                /* lock: threads end */
    _Atomic bool restart;     /* a CPU is to load the guest again */
    enum machine_end end;     /* lock: set once */
    int end_error;            /* negative errno of END_INTERNAL */
    int end_cpu;              /* the CPU that ended it, or -1 */
    struct hv_exit end_exit;
    _Atomic unsigned reboots;
    _Atomic u64 started_at, ended_at; /* loop_now() */
};

/* Creates VM, CPUs and channel subsystem; opens and checks what is to be loaded.  0 or -errno
 * (logged).  config is copied; the strings in it must live as long as the machine. */
int machine_create(struct machine *m, const struct machine_config *config,
                   const struct machine_events *events, struct loop *loop) MUST_CHECK;
/* After machine_wait() or instead of machine_start(); the loop must not run any more. */
void machine_destroy(struct machine *m);

/* IPL and one thread a CPU.  0 or -errno (logged). */
int machine_start(struct machine *m) MUST_CHECK;
/* Until the run has ended; all CPU threads are gone then and what the guest gave to its devices
 * has been taken. */
enum machine_end machine_wait(struct machine *m);

/* ---- any thread ---- */

void machine_quit(struct machine *m);
/* Asks the guest to shut down (signal quiesce).  False: it does not listen (yet); it is told as
 * soon as it does. */
bool machine_quiesce(struct machine *m);
/* The guest is loaded again, as by its own reboot. */
void machine_request_restart(struct machine *m);
/* Restart interruption of the first CPU: an operator's way into a guest that hangs. */
void machine_nmi(struct machine *m);
/* What the operator makes of a CPU; the guest is told.  0 or -errno: -EBUSY, the CPU is not
 * stopped; -ENOENT, there is no such CPU; or the host has no thread for it. */
enum cpu_configuration { CPU_RESERVED, CPU_STANDBY, CPU_CONFIGURED };
int machine_configure_cpu(struct machine *m, unsigned id, enum cpu_configuration c) MUST_CHECK;
/* CPUs leave the guest and stay out, MACHINE_STOPPED follows by event; and on again. */
void machine_pause(struct machine *m);
void machine_continue(struct machine *m);
/* In MACHINE_STOPPED: CPU n stays out at the next machine_continue(). */
void machine_hold_cpu(struct machine *m, unsigned n, bool hold);
/* In MACHINE_STOPPED: takes the debug exit of CPU n, if there is one. */
bool machine_take_debug(struct machine *m, unsigned n, struct hv_exit *x);
enum machine_state machine_get_state(struct machine *m);
const char *machine_state_name(enum machine_state s);

/* ---- for the rooms of the machine ---- */

/* The run ends: the first reason counts. */
void machine_end_run(struct machine *m, enum machine_end end, int error,
                     const struct machine_cpu *c, const struct hv_exit *x);
/* run.c: runs the CPU until something leaves, and completes that.  Its own thread. */
void machine_run_cpu(struct machine_cpu *c);
/* paging.c: with lazy memory.  0 or -errno. */
int paging_create(struct machine *m) MUST_CHECK;
void paging_destroy(struct machine *m);
/* Until no request is under way; no CPU runs any more. */
void paging_flush(struct machine *m);
void paging_request(void *arg, struct page_in *p);
/* machine.c: parks all CPUs but c; false: another CPU is at it already.  c's thread. */
bool machine_hold_others(struct machine *m, struct machine_cpu *c);
void machine_release_others(struct machine *m);
/* machine.c: c cannot go on by itself.  Ends the run when that is so for all. */
void machine_cpu_asleep(struct machine *m, struct machine_cpu *c, bool disabled_wait);
/* machine.c: CPU c left for the debugger: the machine stops. */
void machine_debug(struct machine *m, struct machine_cpu *c, const struct hv_exit *x);
/* reset.c: DIAGNOSE 308 on CPU c, resets and loads.  On c's thread. */
void machine_reset(struct machine *m, struct machine_cpu *c, const struct hv_exit *x);
/* reset.c: as DIAGNOSE 308 subcode 3.  The same. */
void machine_restart(struct machine *m, struct machine_cpu *c);
/* reset.c: first IPL, no thread runs.  0 or -errno (logged). */
int machine_first_ipl(struct machine *m) MUST_CHECK;
/* diag.c: completes a DIAGNOSE that left the hypervisor. */
void machine_diag(struct machine *m, struct machine_cpu *c, const struct hv_exit *x);
/* diag.c: name and UUID into SYSIB 3.2.2. */
void machine_stsi(struct machine *m, struct machine_cpu *c, const struct hv_exit *x);

#endif
