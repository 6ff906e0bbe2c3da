/* SPDX-License-Identifier: Apache-2.0
 *
 * The debugger's connection: gdb's remote serial protocol, one debugger at a time.
 *
 * A debugger that connects stops the machine; one that detaches, or whose connection breaks, leaves
 * it running without breakpoints.  CPU n is thread n + 1.
 *
 * I/O thread only, but for gdb_open() before it runs.
 *
 * References: [GDB Remote Serial Protocol] of the GDB manual, appendix "GDB Remote Serial
 * Protocol".
 */
#ifndef SIE390_VMM_GDB_H
#define SIE390_VMM_GDB_H

#include "base/bits.h"
#include "vmm/status.h"

struct gdb;
struct run;

/* Where: a port number of the loopback interface, unix:PATH or stdio.  0 or -errno (logged). */
int gdb_open(struct run *run, const char *where, struct gdb **out) MUST_CHECK;
void gdb_close(struct gdb *g);
/* The machine is stopped, or will be, for the debugger: nobody else may let it go on.  g NULL:
 * no. */
bool gdb_holds(const struct gdb *g);
/* The machine's state changed. */
void gdb_state_changed(struct gdb *g);
/* The run is over; the debugger is told how. */
void gdb_ended(struct gdb *g, enum status s);

#endif
