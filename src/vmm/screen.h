/* SPDX-License-Identifier: Apache-2.0
 *
 * Drawing the table of counters again and again: over the one before on a terminal, one after the
 * other elsewhere.
 */
#ifndef SIE390_VMM_SCREEN_H
#define SIE390_VMM_SCREEN_H

#include "vmm/table.h"

/* f: a terminal or something else.  False: it cannot be written to any more. */
bool screen_draw(struct table *t, FILE *f);

/* "N" of an interval in seconds: 0.1 to 3600.  False: it is not one. */
bool screen_interval(const char *text, double *seconds);

#endif
