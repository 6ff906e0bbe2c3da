/* SPDX-License-Identifier: Apache-2.0
 *
 * Event counters.  See counters.h.
 */
#include "base/counters.h"

#include <stdlib.h>
#include <string.h>

#define LINE 64

u64 *counters_new(unsigned n)
{
    size_t size = round_up64(n * sizeof(u64), LINE);
    u64 *p = aligned_alloc(LINE, size);

    if (p)
        memset(p, 0, size);
    return p;
}

void counters_free(u64 *counters)
{
    free(counters);
}
