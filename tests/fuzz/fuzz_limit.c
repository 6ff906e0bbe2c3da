/* SPDX-License-Identifier: Apache-2.0
 *
 * A limit of time for guest code: a thread that asks a CPU to leave.  See fuzz_limit.h.
 */
#include "fuzz_limit.h"

#include <time.h>

#include "cpu/request.h"

#define LIMIT_NS 2000000L

static pthread_mutex_t limit_lock = PTHREAD_MUTEX_INITIALIZER; /* guards the two below */
static pthread_cond_t limit_changed = PTHREAD_COND_INITIALIZER;
static struct vcpu *limited;
static u64 limit_number; /* of the run: the next one has a time of its own */

static void wait_once(void)
{
    struct timespec t;

    clock_gettime(CLOCK_REALTIME, &t);
    t.tv_nsec += LIMIT_NS;
    t.tv_sec += t.tv_nsec / 1000000000;
    t.tv_nsec %= 1000000000;
    pthread_cond_timedwait(&limit_changed, &limit_lock, &t);
}

static void *limit_thread(void *arg)
{
    pthread_mutex_lock(&limit_lock);
    for (;;) {
        u64 number = limit_number;

        if (!limited) {
            pthread_cond_wait(&limit_changed, &limit_lock);
            continue;
        }
        wait_once();
        if (limited && number == limit_number) {
            vcpu_leave(limited);
            cpu_kick(&limited->cpu, REQ_HOST);
        }
    }
    return arg;
}

void fuzz_limit_begin(struct vcpu *v)
{
    static bool started;
    pthread_t thread;

    if (!started)
        ASSERT(!pthread_create(&thread, NULL, limit_thread, NULL));
    started = true;
    pthread_mutex_lock(&limit_lock);
    limited = v;
    limit_number++;
    pthread_cond_signal(&limit_changed);
    pthread_mutex_unlock(&limit_lock);
}

void fuzz_limit_end(void)
{
    pthread_mutex_lock(&limit_lock);
    limited = NULL;
    limit_number++;
    pthread_mutex_unlock(&limit_lock);
}
