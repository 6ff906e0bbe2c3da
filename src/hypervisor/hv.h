/* SPDX-License-Identifier: Apache-2.0
 *
 * Between the files of this room: outcomes of handlers, access to the state description, operands
 * of intercepted instructions, and what each file offers to the others.
 *
 * Not for other rooms: they use vm.h and interrupt.h.
 */
#ifndef SIE390_HYPERVISOR_HV_H
#define SIE390_HYPERVISOR_HV_H

#include "arch/program.h"
#include "base/mutate.h"
#include "hypervisor/counters.h"
#include "hypervisor/vm.h"
#include "sie/sie.h"

/* What a handler decided.  INJECT: a program interruption is pending now; apart from the counters
 * it is RESUME.  EXIT and BROKEN have filled in v->exit.  RETRY: the instruction is not done, the
 * PSW is at it again, and SIE executes it anew (a page was made present, keys were enabled, host
 * trouble may have passed). */
enum hv_outcome { HV_RESUME, HV_INJECT, HV_EXIT, HV_BROKEN, HV_RETRY };

typedef enum hv_outcome hv_handler(struct vcpu *v);

/* ---- state description ---- */

static inline void sd_set_flags(struct sd *sd, u32 flags)
{
    __atomic_fetch_or(&sd->cpuflags.raw, be32_of(flags).raw, __ATOMIC_SEQ_CST);
}

static inline void sd_clear_flags(struct sd *sd, u32 flags)
{
    __atomic_fetch_and(&sd->cpuflags.raw, ~be32_of(flags).raw, __ATOMIC_SEQ_CST);
}

static inline u16 hv_ipa(const struct vcpu *v)
{
    return be16_get(v->sd->ipa);
}

static inline u32 hv_ipb(const struct vcpu *v)
{
    return be32_get(v->sd->ipb);
}

static inline bool hv_problem_state(const struct vcpu *v)
{
    return hv_psw_mask(v) & PSW_MASK_PSTATE && !mutated("I29");
}

static inline bool hv_facility(const struct vcpu *v, unsigned n)
{
    return bitmap_test(v->vm->model.facilities, n);
}

static inline void hv_count(struct vcpu *v, unsigned n)
{
    counter_add(v->counters, n, 1);
}

/* Length of the intercepted instruction, as rewinding and injecting need it (I05). */
unsigned hv_ilen(const struct vcpu *v);
/* Moves the PSW's address, wrapped to the addressing mode. */
void hv_rewind_psw(struct vcpu *v, unsigned len);
void hv_forward_psw(struct vcpu *v, unsigned len);
/* Wraps an address to the addressing mode. */
u64 hv_wrap(const struct vcpu *v, u64 addr);
/* What makes a PSW invalid when it is loaded [PoP 6 Early Exception Recognition]. */
bool hv_psw_valid(const struct vcpu *v, u64 mask, u64 addr);

/* ---- operands ---- */

static inline unsigned hv_r1(u16 ipa)
{
    return ipa >> 4 & 15;
}
static inline unsigned hv_r3(u16 ipa)
{
    return ipa & 15;
}
/* SSE: both operands. */
void hv_addr_sse(const struct vcpu *v, u32 ipb, u64 addr[2], u8 ar[2]);

/* ---- ending a handler ---- */

/* Program interruption `code` for the guest. */
enum hv_outcome hv_inject(struct vcpu *v, u16 code);
/* The same with all details; per: only the PER part of f is added to what is pending. */
enum hv_outcome hv_inject_fault(struct vcpu *v, const struct fault *f);
/* PER events of the intercepted instruction; mask, addr: the PSW behind it.  Space and access
 * register of a storage event are in v->cpu. */
enum hv_outcome hv_inject_per(struct vcpu *v, u32 events, u64 mask, u64 addr);
/* To the VMM; the exit carries code, text and PSW. */
enum hv_outcome hv_exit(struct vcpu *v, enum exit_reason reason);
/* Host trouble: negative errno. */
enum hv_outcome hv_broken(struct vcpu *v, int error);

/* SIE is to execute the instruction after all: takes this interception control (SD_ICTL_*, 0: none)
 * off and the PSW back. */
enum hv_outcome hv_interpret(struct vcpu *v, u32 ictl);

/* gaccess -> outcome of the instruction; only for results other than GACCESS_OK. */
enum hv_outcome hv_access_failed(struct vcpu *v, enum gaccess g);

/* ---- handlers of interception codes ---- */
enum hv_outcome hv_handle_intercept(struct vcpu *v) MUST_CHECK;   /* intercept.c: all of them */
enum hv_outcome hv_handle_external(struct vcpu *v) MUST_CHECK;    /* intercept.c */
enum hv_outcome hv_handle_instruction(struct vcpu *v) MUST_CHECK; /* priv.c */
enum hv_outcome hv_handle_program(struct vcpu *v) MUST_CHECK;     /* program.c */
enum hv_outcome hv_handle_operation(struct vcpu *v) MUST_CHECK;   /* program.c */
enum hv_outcome hv_handle_partial(struct vcpu *v) MUST_CHECK;     /* partial.c */
enum hv_outcome hv_handle_stop(struct vcpu *v) MUST_CHECK;        /* stop.c */
enum hv_outcome hv_handle_wait(struct vcpu *v) MUST_CHECK;        /* wait.c */
enum hv_outcome hv_handle_kss(struct vcpu *v) MUST_CHECK;         /* priv_keys.c */

/* ---- interrupt.c ---- */

/* What is pending for this CPU alone (IRQ_BITs), the external call of the system control area
 * among it. */
u64 hv_local_pending(const struct vcpu *v);

/* ---- deliver.c ---- */

/* Of what is pending (IRQ_BITs), what the PSW and the control registers let through now. */
u64 hv_enabled(const struct vcpu *v, u64 local, u64 floating);
/* Clock comparator and CPU timer, if they are due and their submasks are on: IRQ_BITs. */
u64 hv_timers_pending(struct vcpu *v);
/* Delivers all that can be; sets the intervention indicators for the rest.  0 or -errno. */
int hv_deliver(struct vcpu *v) MUST_CHECK;
/* Own thread: delivers a pending program interruption alone.  0 or -errno. */
int hv_deliver_program_now(struct vcpu *v) MUST_CHECK;
/* Old PSW to lowcore `old`, new PSW from `new`.  -EFAULT: prefix area not in storage. */
int hv_swap_psw(struct vcpu *v, unsigned old, unsigned new) MUST_CHECK;
/* Bytes of the prefix area. */
int hv_write_lowcore(struct vcpu *v, unsigned offset, const void *from, unsigned len) MUST_CHECK;
int hv_read_lowcore(struct vcpu *v, unsigned offset, void *to, unsigned len) MUST_CHECK;
/* program.c, mchk.c: one of a kind. */
int hv_deliver_program(struct vcpu *v, const struct fault *f) MUST_CHECK;
int hv_deliver_mchk(struct vcpu *v, const struct mchk_info *m) MUST_CHECK;

/* ---- interrupt.c ---- */

/* local.lock held: `local` and `floating` (IRQ_BITs) became pending.  An idle CPU wakes if they
 * can be taken; another one is told by its intervention indicators, or has to leave SIE. */
void hv_tell(struct vcpu *v, u64 local, u64 floating);
/* floating.lock held: tells every operating CPU but `self` what floats. */
void hv_announce_floating(struct vm *vm, const struct vcpu *self);
/* floating.lock held: takes the first I/O interruption of an ISC, GISA included. */
bool hv_take_io(struct vm *vm, unsigned isc, struct io_interrupt *out);
/* floating.lock held, a page is there: takes it, and returns its token. */
u64 hv_take_page(struct vm *vm);
/* What floats (IRQ_BITs), GISA included. */
u64 hv_floating_pending(struct vm *vm);
/* local.lock held: drops what is pending for one CPU (reset). */
void hv_clear_local(struct vcpu *v);

/* Tells the guest that the page is there.  Takes the request over, and drops it if its CPU was
 * reset meanwhile. */
void hv_page_is_there(struct page_in *p);
/* Forgets what a CPU that was reset would still be told. */
void hv_forget_pages(struct vcpu *v);

/* ---- gisa.c ---- */

/* ISCs pending in the GISA; 0 when it is not used. */
u8 hv_gisa_pending(const struct vm *vm);
bool hv_gisa_take(struct vm *vm, unsigned isc);
void hv_gisa_clear(struct vm *vm);
/* Makes an ISC pending.  True: that raised an alert, the GISA is on the list now. */
bool hv_gisa_set(union gisa *g, struct gib *gib, unsigned isc);
/* The host's answer to an alert: takes all GISAs off the list.  How many there were. */
unsigned hv_gib_take_alerts(struct gib *gib);
/* An idling CPU: alerts on again.  False: one of `iscs` is pending, do not sleep. */
bool hv_gisa_restore_alerts(struct vm *vm, u8 iscs);
/* SET INTERRUPTION CONTROLS: AIS_MODE_*; interruptions are admitted again. */
void hv_set_ais_mode(struct vm *vm, unsigned isc, unsigned mode);
/* May a suppressible adapter interrupt on this ISC; in single-interruption mode this was the one.
 */
bool hv_ais_admits(struct vm *vm, unsigned isc);

/* ---- pause.c ---- */

enum hv_pause {
    HV_PAUSED,
    HV_PAUSE_LEAVE, /* the caller's CPU is asked to leave; nothing was done */
    HV_PAUSE_RESET, /* it was reset while it waited: its instruction does not exist any more */
};
/* Brings `target` (NULL: all CPUs) to rest, so that its registers and state description may be read
 * and changed; self: the caller's CPU or NULL. */
enum hv_pause hv_pause(struct vm *vm, struct vcpu *self, struct vcpu *target) MUST_CHECK;
void hv_unpause(struct vm *vm, struct vcpu *target);
/* Outcome of an instruction that could not pause. */
enum hv_outcome hv_pause_failed(struct vcpu *v, enum hv_pause p);
/* Own thread: from here on at rest (idle, outside hv_run()); and the way back, which waits until
 * nobody wants it at rest any more. */
void hv_park(struct vcpu *v);
void hv_unpark(struct vcpu *v);
/* Own thread, between entries: at rest while somebody wants it. */
static inline void hv_pause_point(struct vcpu *v)
{
    if (unlikely(atomic_load_explicit(&v->pause_count, memory_order_relaxed))) {
        sie_settle(&v->cpu);
        hv_park(v);
        hv_unpark(v);
    }
}

/* ---- guestdbg.c ---- */

static inline bool hv_debugged(const struct vcpu *v)
{
    return unlikely(atomic_load_explicit(&v->vm->debugged, memory_order_relaxed));
}

/* The following are called while hv_debugged() only. */

/* Around SIE: the debugger's PER controls instead of the guest's, and back. */
void hv_debug_enter(struct vcpu *v);
void hv_debug_leave(struct vcpu *v);
/* Timer interruptions wait until the step is over. */
bool hv_debug_holds_timers(const struct vcpu *v);
/* Leaves with EXIT_DEBUG if something is to be reported; HV_RESUME: nothing is. */
enum hv_outcome hv_debug_report(struct vcpu *v) MUST_CHECK;
/* A program interruption was intercepted: looks at it for the debugger and takes out of *f what is
 * not the guest's.  False: nothing is left. */
bool hv_debug_program(struct vcpu *v, struct fault *f) MUST_CHECK;
/* An instruction at `addr` was intercepted and handled.  per: it is an instruction-fetch event.
 * True: one of the guest's. */
bool hv_debug_instruction(struct vcpu *v, u64 addr, bool per) MUST_CHECK;
/* DIAGNOSE 501, the PSW behind it.  False: not for the debugger. */
bool hv_debug_breakpoint(struct vcpu *v) MUST_CHECK;
/* guestdbg_points.c: a watchpoint whose storage is not what it was; NULL: none. */
const struct debug_point *hv_debug_changed(struct vcpu *v);
/* guestdbg_points.c: the software breakpoint at a logical address of an instruction; NULL: none. */
const struct debug_soft *hv_debug_soft_at(struct vcpu *v, u64 addr);
/* guestdbg_points.c: the target of the EXECUTE or EXECUTE RELATIVE LONG at a logical address.
 * False: another instruction is there, or none. */
bool hv_debug_target(struct vcpu *v, u64 addr, u64 *target) MUST_CHECK;

/* ---- wait.c ---- */

/* local.lock held: ends its sleep, whatever it waits for. */
void hv_wake(struct vcpu *v);

/* ---- vm.c ---- */

/* SET CLOCK on CPU `self`; the epoch index becomes 0. */
enum hv_pause hv_set_tod_from(struct vcpu *self, u64 tod) MUST_CHECK;

/* ---- vcpu.c ---- */

void hv_destroy_vcpu(struct vcpu *v);

/* local.lock held. */
void hv_set_state_locked(struct vcpu *v, enum vcpu_state s);

/* The stopped state: the CPU timer stands still, so the next entry must take its value as it is (an
 * ihcpu of FFFF says so). */
enum hv_outcome hv_exit_stopped(struct vcpu *v);

/* ---- ap.c ---- */

/* Random wrapping-key masks, no adapters and domains.  0 or -errno (logged). */
int hv_init_crycb(struct crycb *crycb) MUST_CHECK;
void hv_init_pqap_hook(struct vm *vm);
/* Of a CPU that is being made, vm->lock held, or while no CPU is in SIE. */
void hv_describe_ap(struct vcpu *v);

/* ---- priv_stsi.c ---- */

/* System-information block (a page); false: there is no such one. */
bool hv_fill_sysib(const struct vcpu *v, unsigned fc, unsigned sel1, unsigned sel2,
                   void *block) MUST_CHECK;

/* ---- sthyi.c ---- */

/* STORE HYPERVISOR INFORMATION, which the guest may use. */
enum hv_outcome hv_sthyi(struct vcpu *v) MUST_CHECK;

/* ---- topology.c ---- */

/* Horizontal polarization, no change to report. */
void hv_reset_topology(struct vm *vm);
/* A topology change is to be reported. */
void hv_topology_changed(struct vm *vm);
/* The zeroed block 15.1.`nesting`; false: there is none, or it does not fit. */
bool hv_fill_topology(const struct vm *vm, unsigned nesting, void *block) MUST_CHECK;

/* ---- pfault.c ---- */

/* The page at abs is absent.  True: it is being brought in, and the guest will be told. */
bool hv_pfault(struct vcpu *v, u64 abs);
/* local.lock held: no handshake any more. */
void hv_pfault_reset(struct vcpu *v);

/* ---- priv_keys.c ---- */

/* Switches the VM to "uses keys" and takes this CPU's keyless subset off.  True if something
 * changed: then SIE interprets key instructions from now on. */
bool hv_enable_keys(struct vcpu *v);

/* ---- stop.c ---- */

/* What a machine check and store status both save; addr as in vcpu_store_status().  0 or
 * -EFAULT. */
int hv_save_registers(struct vcpu *v, u64 addr) MUST_CHECK;

/* Vector registers (and guarded storage) at `addr`, whose length is 2^lc.  0 or -EFAULT. */
int hv_store_additional_status(struct vcpu *v, u64 addr, unsigned lc) MUST_CHECK;

#endif
