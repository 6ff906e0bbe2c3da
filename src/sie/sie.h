/* SPDX-License-Identifier: Apache-2.0
 *
 * Interpretive execution: runs a guest CPU from its state description until an intercept.
 *
 * Between entries the state description is the truth for PSW, control registers, prefix, timers,
 * TOD programmable register, program parameter, breaking-event address and GR 14/15; struct cpu
 * holds GR 0-13 (and copies of 14 and 15), access, floating-point and vector registers and FPC,
 * as the host's own registers would on a machine.  In between, the engine owns all of it except
 * cpuflags, which anyone may change atomically, followed by cpu_kick().
 *
 * References: IBM CP control blocks SIEBK; "Interpretive-Execution Architecture".
 */
#ifndef SIE390_SIE_SIE_H
#define SIE390_SIE_SIE_H

#include "cpu/cpu.h"

/* Runs until an intercept; c->sd, c->view, c->facilities are set.  The state description is
 * complete when it returns, icptcode says why.  Code 0: c->stop is CPU_STOP_HOST_FAULT
 * (c->host_fault holds it) or CPU_STOP_REQUEST (REQ_HOST was set; it is cleared). */
void sie_run(struct cpu *c);

/* Resolves the satellites of a state description: c->sat.  Validity reason or 0.  satellites.c */
u16 sie_satellites(struct cpu *c);

/* Own thread, between runs: makes the CPU timer in the state description that of now.  sie_run()
 * leaves it as of the last reading of the clock: reading it at each exit would cost as much as all
 * the rest of entry and exit. */
void sie_settle(struct cpu *c);

/* First entry problem of a state description, or 0: reason as in VALIDITY_*.  validity.c */
u16 sie_validity(struct cpu *c);

/* ---- between the files of this room ---- */

/* Registers in and out.  entry.c */
void sie_load(struct cpu *c);
void sie_store(struct cpu *c);

/* The five-stop journey's first stop: writes icptcode, ipa, ipb, icptstatus and the interruption
 * parameters.  intercept.c */
void sie_raise_none(struct cpu *c);
void sie_raise(struct cpu *c, u8 code);
void sie_raise_instruction(struct cpu *c, u8 code);
void sie_raise_partial(struct cpu *c);
void sie_raise_program(struct cpu *c);
void sie_raise_operation(struct cpu *c);
void sie_raise_external(struct cpu *c, u16 eic, u16 cpu_addr);
void sie_raise_validity(struct cpu *c, u16 reason, u16 when);

/* A program interruption is due (c->fault): presented to the guest (true) or raised as an intercept
 * (false).  intercept.c */
bool sie_program(struct cpu *c) MUST_CHECK;

#endif
