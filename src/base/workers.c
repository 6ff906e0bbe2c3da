/* SPDX-License-Identifier: Apache-2.0
 *
 * The pool of threads for blocking work.  Completions are collected in a list and handed to the
 * loop by one post, however many there are.
 */
#include "base/workers.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"

struct queue {
    struct work *head, **tail;
};

struct workers {
    struct loop *loop;
    struct loop_post post;
    unsigned max, started;
    pthread_t *thread;

    pthread_mutex_t lock; /* guards the rest */
    pthread_cond_t todo_cond, done_cond;
    struct queue todo, done;
    unsigned ntodo, nidle;
    bool stop;
};

static void put(struct queue *q, struct work *w)
{
    w->next = NULL;
    *q->tail = w;
    q->tail = &w->next;
}

static struct work *take(struct queue *q)
{
    struct work *w = q->head;

    if (w) {
        q->head = w->next;
        if (!q->head)
            q->tail = &q->head;
    }
    return w;
}

static void *worker_main(void *arg)
{
    struct workers *w = arg;
    struct work *work;

    pthread_mutex_lock(&w->lock);
    for (;;) {
        while (!(work = take(&w->todo)) && !w->stop) {
            w->nidle++;
            pthread_cond_wait(&w->todo_cond, &w->lock);
            w->nidle--;
        }
        if (!work)
            break;
        w->ntodo--;
        pthread_mutex_unlock(&w->lock);
        work->run(work);
        pthread_mutex_lock(&w->lock);
        put(&w->done, work);
        pthread_cond_signal(&w->done_cond);
        loop_post(w->loop, &w->post);
    }
    pthread_mutex_unlock(&w->lock);
    return NULL;
}

static struct work *take_done(struct workers *w)
{
    struct work *work;

    pthread_mutex_lock(&w->lock);
    work = take(&w->done);
    pthread_mutex_unlock(&w->lock);
    return work;
}

/* One at a time, so that a completion may drain. */
static void run_done(struct workers *w)
{
    struct work *work;

    while ((work = take_done(w)))
        work->done(work);
}

static void done_posted(struct loop_post *p)
{
    run_done(container_of(p, struct workers, post));
}

int workers_create(struct workers **out, struct loop *loop, unsigned threads)
{
    struct workers *w = calloc(1, sizeof(*w));

    if (w)
        w->thread = calloc(threads, sizeof(*w->thread));
    if (!w || !w->thread) {
        free(w);
        return -ENOMEM;
    }
    w->loop = loop;
    w->post.run = done_posted;
    w->max = threads;
    w->todo.tail = &w->todo.head;
    w->done.tail = &w->done.head;
    pthread_mutex_init(&w->lock, NULL);
    pthread_cond_init(&w->todo_cond, NULL);
    pthread_cond_init(&w->done_cond, NULL);
    *out = w;
    return 0;
}

void workers_destroy(struct workers *w)
{
    pthread_mutex_lock(&w->lock);
    w->stop = true;
    pthread_cond_broadcast(&w->todo_cond);
    pthread_mutex_unlock(&w->lock);
    for (unsigned i = 0; i < w->started; i++)
        pthread_join(w->thread[i], NULL);
    ASSERT(!w->todo.head && !w->done.head);
    loop_post_cancel(w->loop, &w->post);
    pthread_cond_destroy(&w->todo_cond);
    pthread_cond_destroy(&w->done_cond);
    pthread_mutex_destroy(&w->lock);
    free(w->thread);
    free(w);
}

/* Signals are for the VMM's main thread. */
static bool start_thread(struct workers *w)
{
    sigset_t all, old;
    int r;

    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &old);
    r = pthread_create(&w->thread[w->started], NULL, worker_main, w);
    pthread_sigmask(SIG_SETMASK, &old, NULL);
    if (!r) {
        pthread_setname_np(w->thread[w->started], "sie390 disk");
        w->started++;
    }
    return !r;
}

void workers_submit(struct workers *w, struct work *work)
{
    bool more, alone;

    pthread_mutex_lock(&w->lock);
    put(&w->todo, work);
    w->ntodo++;
    more = w->ntodo > w->nidle && w->started < w->max;
    alone = !w->started;
    pthread_cond_signal(&w->todo_cond);
    pthread_mutex_unlock(&w->lock);
    if (more && !start_thread(w) && alone) {
        /* No thread at all: slow, but right. */
        pthread_mutex_lock(&w->lock);
        work = take(&w->todo);
        w->ntodo--;
        pthread_mutex_unlock(&w->lock);
        work->run(work);
        pthread_mutex_lock(&w->lock);
        put(&w->done, work);
        pthread_mutex_unlock(&w->lock);
        loop_post(w->loop, &w->post);
    }
}

void workers_drain(struct workers *w, const unsigned *left)
{
    while (*left) {
        pthread_mutex_lock(&w->lock);
        while (!w->done.head)
            pthread_cond_wait(&w->done_cond, &w->lock);
        pthread_mutex_unlock(&w->lock);
        run_done(w);
    }
}
