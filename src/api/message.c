/* SPDX-License-Identifier: Apache-2.0
 *
 * Messages: the last error of each thread, and the user's function for all that is logged.  A
 * library must not write to its program's standard error, so the log is taken over with the first
 * call that may log something.
 */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "api/api.h"
#include "base/log.h"

#define TEXT_MAX 512

/* The log is one for the process, so this is too. */
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static sie390_log_fn *user;
static void *user_arg;
static _Thread_local char last[TEXT_MAX];

static void note(const char *text)
{
    size_t n = strnlen(text, TEXT_MAX - 1);

    memcpy(last, text, n);
    last[n] = 0;
}

static void take(enum log_level level, const char *text)
{
    sie390_log_fn *fn;
    void *arg;

    if (level == LOG_ERROR)
        note(text);
    pthread_mutex_lock(&lock);
    fn = user;
    arg = user_arg;
    pthread_mutex_unlock(&lock);
    if (fn)
        fn(arg, (enum sie390_log_level)level, text);
}

void api_take_messages(void)
{
    log_to(take);
}

int api_fail(int error, const char *fmt, ...)
{
    char text[TEXT_MAX];
    va_list ap;

    va_start(ap, fmt);
    vsnprintf(text, sizeof(text), fmt, ap);
    va_end(ap);
    note(text);
    return error;
}

const char *sie390_last_error(void)
{
    return last;
}

void sie390_set_log(sie390_log_fn *fn, void *arg)
{
    pthread_mutex_lock(&lock);
    user = fn;
    user_arg = arg;
    pthread_mutex_unlock(&lock);
    api_take_messages();
}

const char *sie390_version(void)
{
    return SIE390_VERSION;
}
