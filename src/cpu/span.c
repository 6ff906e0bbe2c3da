/* SPDX-License-Identifier: Apache-2.0
 *
 * Spans of guest storage: the parts of span.h that are not hot.
 */
#include "cpu/span.h"

const struct dinsn *span_leave(struct cpu *c, const struct dinsn *d, enum outcome o)
{
    switch (o) {
    case OUT_FAULT:
        return cpu_leave_fault(c, d);
    case OUT_SPEC:
        return cpu_leave_program(c, d, PGM_SPECIFICATION);
    case OUT_DATA:
        cpu_data_exception(c, DXC_DECIMAL_OPERAND);
        return cpu_leave_fault(c, d);
    case OUT_COMPLETED:
        return cpu_leave_completed(c, d);
    case OUT_AGAIN:
        return cpu_again(c, d);
    case OUT_NEXT:
    case OUT_SETTLED:
        break;
    }
    return cpu_next_settled(c, d);
}

void span_runs(const struct operand *to, const struct operand *from, u64 len, struct runs *r)
{
    u64 n;

    r->count = 0;
    for (u64 at = 0; at < len; at += n) {
        n = len - at;
        if (at < to->n[0])
            n = min64(n, to->n[0] - at);
        if (at < from->n[0])
            n = min64(n, from->n[0] - at);
        r->run[r->count].to = operand_at(to, at);
        r->run[r->count].from = operand_at(from, at);
        r->run[r->count++].n = n;
    }
}
