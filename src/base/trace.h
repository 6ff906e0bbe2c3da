/* SPDX-License-Identifier: Apache-2.0
 *
 * Trace points: which kinds are on, and where their lines go.  One struct trace a virtual machine.
 * A line is written with one write(), so lines of several threads do not mix.
 */
#ifndef SIE390_BASE_TRACE_H
#define SIE390_BASE_TRACE_H

#include <stdatomic.h>

#include "base/bits.h"

enum trace_kind {
    TRACE_ICPT, /* a line for each intercept */
    TRACE_IRQ,  /* interruptions made pending and delivered */
    TRACE_SIGP,
    TRACE_SCLP,
    TRACE_CSS, /* channel programs */
    TRACE_VIRTIO,
    TRACE_AP,      /* queues, cards, interruption control */
    TRACE_MACHINE, /* exits, IPL, resets */
    TRACE_COUNT
};

struct trace {
    _Atomic u32 on; /* bit n: kind n */
    int fd;         /* 2 when zero */
};

static inline bool trace_on(const struct trace *t, enum trace_kind kind)
{
    return unlikely(atomic_load_explicit(&t->on, memory_order_relaxed) >> kind & 1);
}

/* A comma-separated list of names, "all" for all.  0 or -EINVAL (one line logged). */
int trace_parse(const char *list, u32 *on) MUST_CHECK;
/* Names, in the order of enum trace_kind. */
const char *trace_name(enum trace_kind kind);

/* One line; a newline is added.  At most 500 characters. */
void trace_line(const struct trace *t, const char *fmt, ...) PRINTF(2, 3);

#endif
