/* SPDX-License-Identifier: Apache-2.0
 *
 * Between the files of this room: what the handles are, and who may use a CPU.
 *
 * A CPU is free, runs (its thread is in sie390_vcpu_run() or the like), or is used for a moment by
 * a function that needs it.  `use` is changed by compare and swap only, so a CPU that one thread
 * runs is refused to all others.  A hook is on the thread that runs the CPU, and may use it.
 *
 * Not for other rooms: programs use include/sie390.h.
 */
#ifndef SIE390_API_API_H
#define SIE390_API_API_H

#include "hypervisor/vm.h"
#include "sie390.h"

enum { CPU_FREE, CPU_RUNS, CPU_USED };

struct sie390_vcpu {
    struct vcpu *v; /* NULL: not created */
    struct sie390_vm *owner;
    _Atomic u32 use;
    _Atomic pthread_t thread; /* that ran it last */
    bool unhandled;           /* it left for an intercept that sie390_vcpu_handle() may have */
};

struct sie390_vm {
    struct vm vm;
    struct cpu_model model;
    struct sie390_hooks hooks;
    void *hooks_arg;
    struct vmm_ops ops;
    pthread_mutex_t pqap_lock; /* guards pqap */
    struct api_pqap *pqap;     /* the driver's hook, NULL: none */
    struct sie390_vcpu cpu[VM_MAX_CPUS];
};

/* ---- vcpu.c, vm.c ---- */

/* A CPU taken for an access. */
struct api_use {
    struct sie390_vcpu *c;
    bool inside; /* by a hook: the CPU runs on this very thread */
    bool held;
};

/* 0, or -EBUSY: another thread runs it. */
int api_begin(struct sie390_vcpu *c, struct api_use *u) MUST_CHECK;
void api_end(struct api_use *u);
/* All CPUs of a VM, VM_MAX_CPUS of `use`.  0, or -EBUSY: one runs, also on this thread. */
int api_begin_all(struct sie390_vm *s, struct api_use *use) MUST_CHECK;
void api_end_all(struct sie390_vm *s, struct api_use *use);
/* Does this thread run the CPU, or has it an exit of it to complete. */
bool api_occupied_here(struct sie390_vcpu *c);
/* Is this thread inside sie390_vcpu_run() or the like, in a hook. */
bool api_runs_here(struct sie390_vcpu *c);

/* ---- vm.c ---- */

/* For what waits until all CPUs are at rest: 0, or -EDEADLK: one is occupied by this thread. */
int api_may_pause(struct sie390_vm *vm) MUST_CHECK;

/* ---- ap.c ---- */

void api_free_pqap(struct sie390_vm *vm);

/* ---- message.c ---- */

/* From now on messages of the rooms below go to the user's function.  Any number of times. */
void api_take_messages(void);
/* Notes the text as this thread's last error; returns `error`. */
int api_fail(int error, const char *fmt, ...) PRINTF(2, 3);

#endif
