/* SPDX-License-Identifier: Apache-2.0
 *
 * Interruptions as the CPU performs them: storing the old PSW and the code in the prefix area,
 * loading the new PSW.  Who may present an interruption, and when, is decided in src/sie and
 * src/hypervisor.
 *
 * References: [PoP 6 Interruption].
 */
#ifndef SIE390_CPU_INTERRUPT_H
#define SIE390_CPU_INTERRUPT_H

#include "arch/lowcore.h"
#include "cpu/cpu.h"

enum interruption {
    INTERRUPTION_DONE,       /* taken; the new PSW is loaded */
    INTERRUPTION_BAD_PSW,    /* taken, but the new PSW is invalid: cpu->fault is set, ILC 0 */
    INTERRUPTION_HOST_FAULT, /* the prefix area is not there: cpu->host_fault; nothing changed */
};

/* Host address of a byte of the prefix area (0-8191), or NULL with cpu->host_fault set.
 * Reference and change bits are set. */
u8 *cpu_lowcore(struct cpu *c, unsigned offset) MUST_CHECK;
/* After bytes of the prefix area were stored through that pointer: drops decoded code there. */
void cpu_lowcore_wrote(struct cpu *c, unsigned offset, unsigned len);

/* Own thread, outside guest state: bytes of one page of the prefix area to (store) or from it, if
 * its place is known and nothing has to be looked at.  False: nothing done, use mem_write() or
 * mem_read(). */
bool cpu_lowcore_copy(struct cpu *c, unsigned offset, void *bytes, unsigned len, bool store);

/* Program interruption from cpu->fault; the PSW (psw_addr exact) is stored as it is. */
enum interruption cpu_present_program(struct cpu *c) MUST_CHECK;
/* External interruption.  cpu_addr is stored for codes that have one (0 for the others); parameter
 * likewise. */
enum interruption cpu_present_external(struct cpu *c, u16 code, u16 cpu_addr,
                                       u32 parameter) MUST_CHECK;
/* I/O interruption. */
enum interruption cpu_present_io(struct cpu *c, u32 ssid, u32 parm, u32 word) MUST_CHECK;
/* Supervisor call. */
enum interruption cpu_present_svc(struct cpu *c, u8 ilc, u8 number) MUST_CHECK;

/* What is seen when a PSW is loaded: false is an early specification exception.  An odd address is
 * seen only when the instruction is fetched.  [PoP 6 Early Exception Recognition] */
bool cpu_psw_acceptable(const struct cpu *c, u64 mask, u64 addr) MUST_CHECK;

/* Is the PSW at this offset of the prefix area invalid (a loop guard for program interruptions). */
bool cpu_new_psw_invalid(struct cpu *c, unsigned offset);

#endif
