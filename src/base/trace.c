/* SPDX-License-Identifier: Apache-2.0
 *
 * Trace points: names and lines.  See trace.h.
 */
#include "base/trace.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/log.h"

static const char *const names[TRACE_COUNT] = {
    [TRACE_ICPT] = "icpt", [TRACE_IRQ] = "irq",         [TRACE_SIGP] = "sigp",
    [TRACE_SCLP] = "sclp", [TRACE_CSS] = "css",         [TRACE_VIRTIO] = "virtio",
    [TRACE_AP] = "ap",     [TRACE_MACHINE] = "machine",
};

const char *trace_name(enum trace_kind kind)
{
    return names[kind];
}

static bool one_name(const char *name, size_t len, u32 *on)
{
    if (len == 3 && !strncmp(name, "all", len)) {
        *on = (1U << TRACE_COUNT) - 1;
        return true;
    }
    for (unsigned i = 0; i < TRACE_COUNT; i++) {
        if (strlen(names[i]) == len && !strncmp(names[i], name, len)) {
            *on |= 1U << i;
            return true;
        }
    }
    return false;
}

int trace_parse(const char *list, u32 *on)
{
    *on = 0;
    while (*list) {
        size_t len = strcspn(list, ",");

        if (!one_name(list, len, on)) {
            log_error(
                "--trace: unknown kind '%.*s' (known: icpt irq sigp sclp css virtio ap machine "
                "all)",
                (int)len, list);
            return -EINVAL;
        }
        list += len + (list[len] == ',');
    }
    return 0;
}

void trace_line(const struct trace *t, const char *fmt, ...)
{
    char text[512];
    va_list ap;
    int n;

    va_start(ap, fmt);
    n = vsnprintf(text, sizeof(text) - 1, fmt, ap);
    va_end(ap);
    if (n < 0)
        return;
    if ((size_t)n > sizeof(text) - 2)
        n = sizeof(text) - 2;
    text[n++] = '\n';
    while (write(t->fd ? t->fd : 2, text, (size_t)n) < 0 && errno == EINTR)
        ;
}
