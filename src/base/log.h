/* SPDX-License-Identifier: Apache-2.0
 *
 * Messages to the user: one line each, to standard error (or where log_to() says), never to
 * standard output.  "sie390: warning: disk0: image.raw: read: Input/output error".
 * A message names the object, the cause and, where there is one, the way out.
 * Safe from every thread.
 */
#ifndef SIE390_BASE_LOG_H
#define SIE390_BASE_LOG_H

#include "base/bits.h"

enum log_level { LOG_ERROR, LOG_WARNING, LOG_INFO, LOG_DEBUG };

/* Highest level that is printed; LOG_WARNING at start. */
void log_set_level(enum log_level level);
enum log_level log_get_level(void);

/* One line; a newline is added.  The terminal may be in raw mode: lines end in CR LF then. */
void log_line(enum log_level level, const char *fmt, ...) PRINTF(2, 3);
/* Lines end in CR LF while set (raw terminal). */
void log_set_raw(bool raw);

/* From now on lines go to `sink`, without a prefix, whatever their level; NULL: back to standard
 * error.  Called on the thread that has something to say. */
typedef void log_sink(enum log_level level, const char *text);
void log_to(log_sink *sink);

#define log_error(...) log_line(LOG_ERROR, __VA_ARGS__)
#define log_warning(...) log_line(LOG_WARNING, __VA_ARGS__)
#define log_info(...) log_line(LOG_INFO, __VA_ARGS__)
#define log_debug(...) log_line(LOG_DEBUG, __VA_ARGS__)

#endif
