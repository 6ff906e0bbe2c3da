/* SPDX-License-Identifier: Apache-2.0
 *
 * Debugging a guest from outside: breakpoints, watchpoints and single steps through PER, without
 * the guest's noticing; software breakpoints through DIAGNOSE 501.  A hit leaves hv_run() with
 * EXIT_DEBUG.
 *
 * Not here: any protocol to a debugger (src/vmm).
 *
 * Everything below is called while the CPUs are outside hv_run() (the machine is stopped), from
 * any thread.  Points belong to the virtual machine, steps to a CPU.
 *
 * References: [PoP 4 Program-Event Recording]; IBM CP control blocks SIEBK (guest-PER enhancement);
 * Linux Documentation/virt/kvm/api.rst, KVM_SET_GUEST_DEBUG.
 */
#ifndef SIE390_HYPERVISOR_GUESTDBG_H
#define SIE390_HYPERVISOR_GUESTDBG_H

#include <pthread.h>
#include <stdatomic.h>

#include "base/bits.h"

struct vm;
struct vcpu;

#define DEBUG_MAX_POINTS 50 /* breakpoints and watchpoints in all */
#define DEBUG_MAX_SOFT 256
#define DEBUG_MAX_WATCH 100 /* bytes */
#define DEBUG_INSN_LEN 4    /* of DIAGNOSE 501 */

enum debug_kind {
    DEBUG_NONE,
    DEBUG_STEP,       /* the instruction is done, and the interruption that it caused */
    DEBUG_BREAKPOINT, /* at debug_addr, the instruction not done: the PSW is at it, or at the
                       * EXECUTE whose target it is */
    DEBUG_WATCHPOINT, /* the storage was changed; debug_addr is the watchpoint's */
    DEBUG_SOFTWARE,   /* the same of DIAGNOSE 501 that hv_debug_add() put there */
    DEBUG_DIAGNOSE,   /* one of the guest's own: the PSW is behind it */
};

/* Allocates what debugging needs and lets hits leave; off: all points and steps are gone, software
 * breakpoints taken out of storage.  0 or -ENOMEM. */
int hv_debug_enable(struct vm *vm) MUST_CHECK;
void hv_debug_disable(struct vm *vm);

/* BREAKPOINT, WATCHPOINT or SOFTWARE at a logical address; what it means for storage is looked up
 * in the current address space of CPU v.  len: of watched storage.  0, -ENOSPC: too many;
 * -EINVAL: length or (a breakpoint) odd address; -EFAULT: no storage there; -EEXIST. */
int hv_debug_add(struct vcpu *v, enum debug_kind kind, u64 addr, u64 len) MUST_CHECK;
/* 0 or -ENOENT. */
int hv_debug_remove(struct vm *vm, enum debug_kind kind, u64 addr, u64 len) MUST_CHECK;

/* One instruction and out again, or (false) as usual. */
void hv_debug_step(struct vcpu *v, bool on);
/* A breakpoint hit that nobody was told of: the CPU shall hit it again. */
void hv_debug_again(struct vcpu *v);

/* Guest storage as CPU v's current address space shows it, without keys and protection.  Software
 * breakpoints are not seen and not overwritten.  Bytes done, less than len when a page is not
 * there. */
u64 hv_debug_read(struct vcpu *v, u64 addr, void *to, u64 len);
u64 hv_debug_write(struct vcpu *v, u64 addr, const void *from, u64 len);

/* ---- kept in struct vm and struct vcpu ---- */

struct debug_point {
    enum debug_kind kind;
    u64 addr, len;
    u64 abs[2]; /* of a watchpoint: its first byte, and the first one on the next page */
    u8 old[DEBUG_MAX_WATCH];
};

struct debug_soft {
    u64 addr, abs;
    u8 old[DEBUG_INSN_LEN];
};

struct debug_points {
    pthread_mutex_t lock; /* CPUs compare and renew what watchpoints held */
    unsigned count, breakpoints, soft_count;
    u64 first, last; /* from the first to the last byte of all points */
    struct debug_point point[DEBUG_MAX_POINTS];
    struct debug_soft soft[DEBUG_MAX_SOFT];
};

struct vcpu_debug {
    bool step;               /* asked for */
    bool pass;               /* the instruction at pass_addr is to be executed, breakpoint or not */
    bool pass_target;        /* it is an EXECUTE, and so is its target at target_addr */
    bool patched;            /* the controls of the state description are the debugger's */
    enum debug_kind pending; /* to be reported before the next entry */
    u64 pass_addr, target_addr, pending_addr;
    /* The guest's, while patched. */
    u64 cr[5];
    u32 ictl;
    u16 lctl;
};

#endif
