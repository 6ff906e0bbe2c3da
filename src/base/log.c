/* SPDX-License-Identifier: Apache-2.0
 *
 * Messages to the user, and the end of the program after a bug of ours.  See log.h.
 */
#include "base/log.h"

#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

/* The only mutable file-level state below src/vmm: how and how much this process prints. */
static _Atomic enum log_level max_level = LOG_WARNING;
static atomic_bool raw_terminal;
static _Atomic(log_sink *) other_sink;

static const char *const level_prefix[] = {
    [LOG_ERROR] = "sie390: ",
    [LOG_WARNING] = "sie390: warning: ",
    [LOG_INFO] = "sie390: ",
    [LOG_DEBUG] = "sie390: debug: ",
};

void log_set_level(enum log_level level)
{
    max_level = level;
}

enum log_level log_get_level(void)
{
    return max_level;
}

void log_set_raw(bool raw)
{
    raw_terminal = raw;
}

void log_to(log_sink *sink)
{
    other_sink = sink;
}

void log_line(enum log_level level, const char *fmt, ...)
{
    log_sink *sink = other_sink;
    char text[1024];
    va_list ap;

    if (!sink && level > max_level)
        return;
    va_start(ap, fmt);
    vsnprintf(text, sizeof(text), fmt, ap);
    va_end(ap);
    if (sink) {
        sink(level, text);
        return;
    }
    fprintf(stderr, "%s%s%s\n", level_prefix[level], text, raw_terminal ? "\r" : "");
}

void assert_failed(const char *what, const char *file, int line)
{
    fprintf(stderr, "sie390: internal error: %s:%d: %s\n", file, line, what);
    abort();
}
