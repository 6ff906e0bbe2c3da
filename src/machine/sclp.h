/* SPDX-License-Identifier: Apache-2.0
 *
 * The service-call logical processor: SERVICE CALL, information about the machine, events, and the
 * operator's console behind it: either the ASCII console (ttysclp0) or the line mode (ttyS0).
 *
 * SERVICE CALL is asynchronous: the block is processed at once, the completion is a service signal.
 * When the console is slow, the completion waits until it has taken the text, and SERVICE CALL
 * says "busy" meanwhile: a guest cannot fill our storage, and no CPU waits for the host.
 *
 * Locks: sclp.lock guards what is marked so; nothing is called with it held but vcpu_configure(),
 * which takes vm.lock and, to start a thread, machine.lock; and configure_ap(), which takes those
 * of the AP bus and of the channel subsystem.
 *
 * References: no public manual describes SCLP; see arch/sccb.h.
 */
#ifndef SIE390_MACHINE_SCLP_H
#define SIE390_MACHINE_SCLP_H

#include <pthread.h>

#include "arch/sccb.h"
#include "base/loop.h"
#include "devices/chardev.h"
#include "hypervisor/vm.h"

#define SCLP_OUT_SIZE 0x10000 /* bytes of console output that wait for the host */
#define SCLP_OUT_HIGH 0x8000  /* above, completions wait */
#define SCLP_IN_SIZE 4096
/* Characters of a line-mode command: its subvectors have one-byte lengths. */
#define SCLP_LINE_MAX 250

/* What the guest told of itself (control-program identification). */
struct sclp_identity {
    char system_type[9], system_name[9], sysplex_name[9];
    u64 system_level;
};

struct sclp_console {
    struct chardev *chardev; /* I/O thread; NULL: output is dropped */
    bool line_mode;
    bool echo;              /* line mode, a person types */
    bool dead;              /* I/O thread: nobody takes output any more */
    struct loop_post pump;  /* look at the channel: I/O thread */
    u8 line[SCLP_LINE_MAX]; /* I/O thread: line being typed */
    unsigned line_used;
    bool after_cr;         /* I/O thread: a line feed now belongs to the carriage return */
    u8 out[SCLP_OUT_SIZE]; /* lock: ring */
    unsigned out_start, out_used;
    u8 in[SCLP_IN_SIZE]; /* lock: characters; in line mode whole lines, each with its \n */
    unsigned in_used;
};

struct sclp {
    struct vm *vm;
    struct loop *loop;
    /* Configures or deconfigures a crypto adapter.  -EALREADY; -ENOENT: there is none.  NULL: the
     * guest has no adjunct processors. */
    int (*configure_ap)(void *arg, u8 adapter, bool on);
    void *configure_ap_arg;
    pthread_mutex_t lock;
    u32 cp_receive, cp_send; /* lock: event masks of the guest */
    bool quiesce;            /* lock: signal quiesce is pending */
    bool cpu_change;         /* lock: the operator changed the configuration of CPUs */
    bool announced;          /* lock: the guest was told that events are pending */
    u32 deferred;            /* lock: completed block whose service signal waits for the console */
    bool have_identity;      /* lock */
    struct sclp_identity identity;
    struct sclp_console console;
    u64 commands; /* lock */
};

void sclp_create(struct sclp *s, struct vm *vm, struct loop *loop, bool line_mode);
/* The channel is destroyed, too.  The loop must not run. */
void sclp_destroy(struct sclp *s);

/* Before the run.  The channel belongs to the SCLP afterwards.  echo: line mode shows what is
 * typed. */
void sclp_attach_console(struct sclp *s, struct chardev *c, bool echo);

/* Completes SERVICE CALL.  CPU's own thread. */
void sclp_servc(struct sclp *s, struct vcpu *v, u32 ipb);

/* Any thread: subsystem reset: event masks off.  The guest's CPUs must not run. */
void sclp_reset(struct sclp *s);
/* Any thread: CPUs were configured or deconfigured by the operator: the guest is to look. */
void sclp_signal_cpu_change(struct sclp *s);
/* Any thread: asks the guest to end.  False: it does not listen to this event (yet). */
bool sclp_signal_quiesce(struct sclp *s);
/* Any thread: hands all waiting output to the host; waits at most a few seconds. */
void sclp_flush(struct sclp *s);

/* Any thread; false: the guest did not tell. */
bool sclp_get_identity(struct sclp *s, struct sclp_identity *out);

/* ---- between the files of the SCLP; sclp->lock held ---- */

/* Each processes a block of b->h.len bytes in place (4 KiB are there) and returns the response
 * code. */
enum sclp_rc sclp_read_info(struct sclp *s, u8 *block);
enum sclp_rc sclp_read_cpu_info(struct sclp *s, u8 *block);
enum sclp_rc sclp_configure_cpu(struct sclp *s, unsigned id, bool on);
enum sclp_rc sclp_configure_ap(struct sclp *s, unsigned adapter, bool on);
enum sclp_rc sclp_read_events(struct sclp *s, u8 *block);
enum sclp_rc sclp_write_events(struct sclp *s, u8 *block);
enum sclp_rc sclp_write_mask(struct sclp *s, u8 *block);

/* Types of events that could be read now. */
u32 sclp_pending_events(const struct sclp *s);
/* After an event came: the parameter to signal, 0 if nothing has to be.  Unlock, then
 * hv_inject_service(). */
u32 sclp_announce(struct sclp *s);

/* Console: output from a message or ASCII event buffer (`len` bytes behind its header). */
enum sclp_rc sclp_console_message(struct sclp *s, const u8 *p, unsigned len);
enum sclp_rc sclp_console_ascii(struct sclp *s, const u8 *p, unsigned len);
/* Input into an event buffer of at most `room` bytes; returns its length, 0: nothing or no room. */
unsigned sclp_console_input_event(struct sclp *s, u8 *event, unsigned room);

#endif
