/* SPDX-License-Identifier: Apache-2.0
 *
 * What is told of a machine: how its run ended, its registers and storage as text, its numbers.
 */
#ifndef SIE390_MACHINE_REPORT_H
#define SIE390_MACHINE_REPORT_H

#include "machine/machine.h"

/* A range of storage for a dump: absolute addresses, the last one included. */
struct machine_range {
    u64 first, last;
};

/* One line about the end of the run, or nothing when it was an orderly one.  After
 * machine_wait(). */
void machine_report_end(struct machine *m);

/* Where CPU n stands: "PSW mask address, instruction".  After machine_wait(), or in
 * MACHINE_STOPPED. */
void machine_describe_cpu(const struct machine *m, unsigned n, char *text, size_t size);

/* Registers of all CPUs and the ranges of storage, as text.  The same condition.
 * 0 or -errno (logged). */
int machine_dump(struct machine *m, const char *path, const struct machine_range *ranges,
                 unsigned nranges) MUST_CHECK;

/* Nanoseconds since it was started, until its end. */
u64 machine_elapsed(const struct machine *m);

/* Numbers about the run, those that are zero left out.  Any thread while the machine exists. */
void machine_statistics(struct machine *m,
                        void (*each)(void *arg, const char *group, const char *name, u64 value),
                        void *arg);

#endif
