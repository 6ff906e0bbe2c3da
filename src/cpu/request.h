/* SPDX-License-Identifier: Apache-2.0
 *
 * What other threads ask of a CPU: kicks and shootdowns.  A shootdown (IPTE, IDTE, SSKE …) is
 * posted to each other CPU that may be concerned and waits until that CPU has passed a safe point
 * or is outside guest state.  While it waits, a CPU serves its own queue and yields.
 *
 * References: engine "Address spaces are TLB banks".
 */
#ifndef SIE390_CPU_REQUEST_H
#define SIE390_CPU_REQUEST_H

#include "cpu/cpu.h"

enum shootdown_kind {
    SHOOT_ALL,           /* everything (PTLB on all, CSP) */
    SHOOT_ASCE,          /* IDTE clearing by ASCE: value = ASCE */
    SHOOT_PAGE,          /* IPTE: value = absolute address of the page-table entry */
    SHOOT_LARGE,         /* IDTE invalidate: of the segment- or region-table entry of a frame */
    SHOOT_FRAME,         /* storage key changed: value = host address of the frame */
    SHOOT_PROTECT_FRAME, /* frame is to hold decoded code: value = host address */
};

struct shootdown {
    enum shootdown_kind kind;
    u64 value;
};

#define SHOOT_QUEUE 32

struct shootdown_queue {
    pthread_mutex_t lock; /* guards all below */
    struct shootdown item[SHOOT_QUEUE];
    unsigned count; /* above SHOOT_QUEUE: overflow, served as SHOOT_ALL */
    u64 posted;     /* number of the last one posted */
};

int request_init(struct cpu *c);
void request_destroy(struct cpu *c);

/* Sets request bits; the CPU sees them at its next back edge.  Any thread.  Does not wake a CPU
 * that sleeps on the host: hypervisor's business. */
static inline void cpu_kick(struct cpu *c, u32 bits)
{
    atomic_fetch_or_explicit(&c->request, bits, memory_order_seq_cst);
}

/* Carries out a shootdown on this CPU and on all others that may be concerned (mask of CPU numbers
 * mod 64; ~0 for all), and waits for them.  self NULL: found out (a device's thread has none). */
void cpu_shootdown(struct mem *m, struct cpu *self, struct shootdown s, u64 cpus);

/* Own thread: carry out one kind locally. */
void cpu_shoot_local(struct cpu *c, struct shootdown s);

/* Own thread: serve REQ_SHOOTDOWN and REQ_CODE.  REQ_KICK and REQ_HOST are left alone. */
void cpu_serve(struct cpu *c);

/* Entry to and exit from guest state. */
void cpu_enter_guest(struct cpu *c);
void cpu_leave_guest(struct cpu *c);

#endif
