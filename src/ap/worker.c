/* SPDX-License-Identifier: Apache-2.0
 *
 * The bus's own threads.  See worker.h.
 */
#include "ap/worker.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>

struct ap_pool {
    unsigned max;
    pthread_t *thread;

    pthread_mutex_t lock; /* guards the rest */
    pthread_cond_t todo;
    struct ap_job *head, **tail;
    unsigned waiting, idle, started;
    bool stop;
};

static struct ap_job *take(struct ap_pool *p)
{
    struct ap_job *job = p->head;

    if (job) {
        p->head = job->next;
        if (!p->head)
            p->tail = &p->head;
        p->waiting--;
    }
    return job;
}

static void *worker_main(void *arg)
{
    struct ap_pool *p = arg;
    struct ap_job *job;

    pthread_mutex_lock(&p->lock);
    for (;;) {
        while (!(job = take(p)) && !p->stop) {
            p->idle++;
            pthread_cond_wait(&p->todo, &p->lock);
            p->idle--;
        }
        if (!job)
            break;
        pthread_mutex_unlock(&p->lock);
        job->run(job);
        pthread_mutex_lock(&p->lock);
    }
    pthread_mutex_unlock(&p->lock);
    return NULL;
}

/* With the lock.  Signals are for the VMM's main thread. */
static int start_thread(struct ap_pool *p)
{
    sigset_t all, old;
    int r;

    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &old);
    r = pthread_create(&p->thread[p->started], NULL, worker_main, p);
    pthread_sigmask(SIG_SETMASK, &old, NULL);
    if (r)
        return -r;
    pthread_setname_np(p->thread[p->started], "sie390 ap");
    p->started++;
    return 0;
}

int ap_pool_create(struct ap_pool **out, unsigned threads)
{
    struct ap_pool *p = calloc(1, sizeof(*p));

    ASSERT(threads);
    if (p)
        p->thread = calloc(threads, sizeof(*p->thread));
    if (!p || !p->thread) {
        free(p);
        return -ENOMEM;
    }
    p->max = threads;
    p->tail = &p->head;
    pthread_mutex_init(&p->lock, NULL);
    pthread_cond_init(&p->todo, NULL);
    *out = p;
    return 0;
}

void ap_pool_destroy(struct ap_pool *p)
{
    pthread_mutex_lock(&p->lock);
    p->stop = true;
    pthread_cond_broadcast(&p->todo);
    pthread_mutex_unlock(&p->lock);
    for (unsigned i = 0; i < p->started; i++)
        pthread_join(p->thread[i], NULL);
    ASSERT(!p->head);
    pthread_cond_destroy(&p->todo);
    pthread_mutex_destroy(&p->lock);
    free(p->thread);
    free(p);
}

int ap_pool_start(struct ap_pool *p)
{
    int r = 0;

    pthread_mutex_lock(&p->lock);
    if (!p->started)
        r = start_thread(p);
    pthread_mutex_unlock(&p->lock);
    return r;
}

void ap_pool_submit(struct ap_pool *p, struct ap_job *job)
{
    pthread_mutex_lock(&p->lock);
    ASSERT(p->started);
    job->next = NULL;
    *p->tail = job;
    p->tail = &job->next;
    p->waiting++;
    /* A thread that cannot be started is not missed: others come to the job. */
    if (p->waiting > p->idle && p->started < p->max)
        (void)start_thread(p);
    pthread_cond_signal(&p->todo);
    pthread_mutex_unlock(&p->lock);
}
