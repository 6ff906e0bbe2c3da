/* SPDX-License-Identifier: Apache-2.0
 *
 * The table of what a run counted: groups of named numbers, with what each grew by since the table
 * was filled before.  Filled from the machine, or from an answer of a control socket.
 */
#ifndef SIE390_VMM_TABLE_H
#define SIE390_VMM_TABLE_H

#include <stdio.h>

#include "base/bits.h"

struct table_row {
    char *group, *name;
    u64 now, before;
    unsigned order; /* in which it was added */
};

struct table {
    struct table_row *row;
    unsigned n, room;
    u64 at, before; /* nanoseconds; what the numbers grew by was within at - before */
};

/* The numbers that follow were true at `at`. */
void table_begin(struct table *t, u64 at);
/* arg: the table.  Without memory the row is left out. */
void table_add(void *arg, const char *group, const char *name, u64 value);
/* Groups in order, the largest number of each first; at most so many lines (0: all). */
void table_print(struct table *t, FILE *f, unsigned lines);
void table_free(struct table *t);

#endif
