/* SPDX-License-Identifier: Apache-2.0
 *
 * The event loop of the I/O thread.
 *
 * Invariants
 *  - `sleeping` is true only between the last look at the posts and the return from the kernel; who
 *    posts then clears it and writes the eventfd once.
 *  - Descriptors that are removed while events are handed out are struck from the rest of them.
 *  - One round runs at most as many posts as were queued when it began, so a post that queues
 *    itself again does not keep descriptors and timers waiting.
 *
 * References: epoll(7), eventfd(2), timerfd_create(2).
 */
#include "base/loop.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/timerfd.h>
#include <time.h>
#include <unistd.h>

#include "base/log.h"

#define EVENTS 64
#define NS_PER_S 1000000000ULL

struct loop {
    int epoll, wake, timer;
    struct loop_fd wake_fd, timer_fd;
    struct loop_fd *always;    /* regular files that are watched */
    struct loop_timer *timers; /* by time */
    u64 timer_armed;           /* what the timerfd is set to; 0 = off */
    struct epoll_event events[EVENTS];
    int nevents, event; /* being handed out */
    pthread_t thread;
    bool own_thread;

    pthread_mutex_t lock; /* guards the rest */
    struct loop_post *head, **tail;
    unsigned nposts;
    bool sleeping, running, stop;
    pthread_t runner;
};

/* ---- life ---- */

static void wake_ready(struct loop_fd *f, u32 events)
{
    u64 n;

    (void)events;
    while (read(f->fd, &n, sizeof(n)) < 0 && errno == EINTR)
        ;
}

static void close_fds(struct loop *l)
{
    if (l->epoll >= 0)
        close(l->epoll);
    if (l->wake >= 0)
        close(l->wake);
    if (l->timer >= 0)
        close(l->timer);
}

int loop_create(struct loop **out)
{
    struct loop *l = calloc(1, sizeof(*l));
    int r;

    if (!l)
        return -ENOMEM;
    l->tail = &l->head;
    l->epoll = epoll_create1(EPOLL_CLOEXEC);
    l->wake = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    l->timer = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK);
    r = l->epoll < 0 || l->wake < 0 || l->timer < 0 ? -errno : 0;
    if (!r)
        r = loop_fd_add(l, &l->wake_fd, l->wake, LOOP_IN, wake_ready);
    if (!r)
        r = loop_fd_add(l, &l->timer_fd, l->timer, LOOP_IN, wake_ready);
    if (r) {
        log_error("I/O loop: %s", strerror(-r));
        close_fds(l);
        free(l);
        return r;
    }
    pthread_mutex_init(&l->lock, NULL);
    *out = l;
    return 0;
}

void loop_destroy(struct loop *l)
{
    ASSERT(!l->running);
    close_fds(l);
    pthread_mutex_destroy(&l->lock);
    free(l);
}

/* ---- descriptors ---- */

static u32 to_epoll(u32 events)
{
    return (events & LOOP_IN ? EPOLLIN : 0U) | (events & LOOP_OUT ? EPOLLOUT : 0U);
}

static u32 from_epoll(u32 events)
{
    return (events & EPOLLIN ? LOOP_IN : 0U) | (events & EPOLLOUT ? LOOP_OUT : 0U) |
           (events & (EPOLLHUP | EPOLLERR) ? LOOP_HUP : 0U);
}

static void always_unlink(struct loop *l, struct loop_fd *f)
{
    struct loop_fd **p = &l->always;

    while (*p && *p != f)
        p = &(*p)->next_always;
    if (*p)
        *p = f->next_always;
    f->next_always = NULL;
}

/* epoll reports hang-ups whether asked for or not: nothing to watch means not in the set. */
static int fd_update(struct loop *l, struct loop_fd *f, u32 events)
{
    struct epoll_event e = {.events = to_epoll(events), .data.ptr = f};
    int op = !events ? EPOLL_CTL_DEL : f->registered ? EPOLL_CTL_MOD : EPOLL_CTL_ADD;

    if (f->always) {
        always_unlink(l, f);
        if (events & (LOOP_IN | LOOP_OUT)) {
            f->next_always = l->always;
            l->always = f;
        }
    } else if (events || f->registered) {
        if (epoll_ctl(l->epoll, op, f->fd, &e)) {
            if (errno != EPERM || op != EPOLL_CTL_ADD)
                return -errno;
            f->always = true; /* a regular file */
            return fd_update(l, f, events);
        }
        f->registered = events != 0;
    }
    f->events = events;
    return 0;
}

int loop_fd_add(struct loop *l, struct loop_fd *f, int fd, u32 events,
                void (*ready)(struct loop_fd *, u32 events))
{
    *f = (struct loop_fd){.ready = ready, .fd = fd};
    return fd_update(l, f, events);
}

void loop_fd_watch(struct loop *l, struct loop_fd *f, u32 events)
{
    int r;

    if (!f->ready || f->events == events)
        return;
    r = fd_update(l, f, events);
    if (r)
        log_error("I/O loop: watching descriptor %d: %s", f->fd, strerror(-r));
}

void loop_fd_remove(struct loop *l, struct loop_fd *f)
{
    if (!f->ready)
        return;
    loop_fd_watch(l, f, 0);
    for (int i = l->event; i < l->nevents; i++)
        if (l->events[i].data.ptr == f)
            l->events[i].data.ptr = NULL;
    *f = (struct loop_fd){0};
}

/* Each file that is watched, once.  A callback may remove any of them. */
static void run_always(struct loop *l)
{
    struct loop_fd *list[EVENTS];
    unsigned n = 0;

    for (struct loop_fd *f = l->always; f && n < EVENTS; f = f->next_always)
        list[n++] = f;
    for (unsigned i = 0; i < n; i++) {
        struct loop_fd *f = l->always;

        while (f && f != list[i])
            f = f->next_always;
        if (f)
            f->ready(f, f->events & (LOOP_IN | LOOP_OUT));
    }
}

/* ---- timers ---- */

u64 loop_now(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (u64)t.tv_sec * NS_PER_S + (u64)t.tv_nsec;
}

void loop_timer_cancel(struct loop *l, struct loop_timer *t)
{
    struct loop_timer **p = &l->timers;

    if (!t->armed)
        return;
    while (*p != t)
        p = &(*p)->next;
    *p = t->next;
    t->next = NULL;
    t->armed = false;
}

void loop_timer_set(struct loop *l, struct loop_timer *t, u64 at,
                    void (*expired)(struct loop_timer *))
{
    struct loop_timer **p = &l->timers;

    loop_timer_cancel(l, t);
    while (*p && (*p)->at <= at)
        p = &(*p)->next;
    *t = (struct loop_timer){.expired = expired, .at = at, .armed = true, .next = *p};
    *p = t;
}

static void arm_timerfd(struct loop *l)
{
    u64 at = l->timers ? max64(l->timers->at, 1) : 0;
    struct itimerspec spec = {.it_value = {(time_t)(at / NS_PER_S), (long)(at % NS_PER_S)}};

    if (at == l->timer_armed)
        return;
    if (timerfd_settime(l->timer, TFD_TIMER_ABSTIME, &spec, NULL))
        log_error("I/O loop: timer: %s", strerror(errno));
    l->timer_armed = at;
}

static void run_timers(struct loop *l)
{
    u64 now = l->timers ? loop_now() : 0;

    while (l->timers && l->timers->at <= now) {
        struct loop_timer *t = l->timers;

        loop_timer_cancel(l, t);
        t->expired(t);
    }
}

/* ---- posts ---- */

static void wake_if_sleeping(struct loop *l)
{
    u64 one = 1;

    if (!l->sleeping)
        return;
    l->sleeping = false;
    while (write(l->wake, &one, sizeof(one)) < 0 && errno == EINTR)
        ;
}

static void enqueue(struct loop *l, struct loop_post *p)
{
    if (p->queued)
        return;
    p->queued = true;
    p->next = NULL;
    *l->tail = p;
    l->tail = &p->next;
    l->nposts++;
    wake_if_sleeping(l);
}

void loop_post(struct loop *l, struct loop_post *p)
{
    pthread_mutex_lock(&l->lock);
    enqueue(l, p);
    pthread_mutex_unlock(&l->lock);
}

static struct loop_post *dequeue(struct loop *l)
{
    struct loop_post *p;

    pthread_mutex_lock(&l->lock);
    p = l->head;
    if (p) {
        l->head = p->next;
        if (!l->head)
            l->tail = &l->head;
        l->nposts--;
        p->queued = false;
    }
    pthread_mutex_unlock(&l->lock);
    return p;
}

void loop_post_cancel(struct loop *l, struct loop_post *p)
{
    struct loop_post **q = &l->head;

    pthread_mutex_lock(&l->lock);
    if (p->queued) {
        while (*q != p)
            q = &(*q)->next;
        *q = p->next;
        if (l->tail == &p->next)
            l->tail = q;
        l->nposts--;
        p->queued = false;
    }
    pthread_mutex_unlock(&l->lock);
}

static void run_posts(struct loop *l)
{
    struct loop_post *p;
    unsigned n;

    pthread_mutex_lock(&l->lock);
    n = l->nposts;
    pthread_mutex_unlock(&l->lock);
    while (n-- && (p = dequeue(l)))
        p->run(p);
}

struct call {
    struct loop_post post;
    void (*fn)(void *arg);
    void *arg;
    bool done;
    pthread_mutex_t lock;
    pthread_cond_t cond;
};

static void call_run(struct loop_post *p)
{
    struct call *c = container_of(p, struct call, post);

    c->fn(c->arg);
    pthread_mutex_lock(&c->lock);
    c->done = true;
    pthread_cond_signal(&c->cond);
    pthread_mutex_unlock(&c->lock);
}

void loop_call(struct loop *l, void (*fn)(void *arg), void *arg)
{
    struct call c = {.post.run = call_run, .fn = fn, .arg = arg};
    bool direct;

    pthread_mutex_init(&c.lock, NULL);
    pthread_cond_init(&c.cond, NULL);
    pthread_mutex_lock(&l->lock);
    direct = !l->running || pthread_equal(l->runner, pthread_self());
    if (!direct)
        enqueue(l, &c.post);
    pthread_mutex_unlock(&l->lock);
    if (direct) {
        fn(arg);
    } else {
        pthread_mutex_lock(&c.lock);
        while (!c.done)
            pthread_cond_wait(&c.cond, &c.lock);
        pthread_mutex_unlock(&c.lock);
    }
    pthread_mutex_destroy(&c.lock);
    pthread_cond_destroy(&c.cond);
}

/* ---- running ---- */

static void hand_out(struct loop *l, int n)
{
    l->nevents = n;
    for (l->event = 0; l->event < l->nevents;) {
        struct epoll_event e = l->events[l->event++];
        struct loop_fd *f = e.data.ptr;

        if (f)
            f->ready(f, from_epoll(e.events));
    }
    l->nevents = l->event = 0;
}

int loop_round(struct loop *l, int timeout_ms)
{
    int n;

    arm_timerfd(l);
    pthread_mutex_lock(&l->lock);
    if (l->nposts || l->always || l->stop)
        timeout_ms = 0;
    else
        l->sleeping = true;
    pthread_mutex_unlock(&l->lock);

    n = epoll_wait(l->epoll, l->events, EVENTS, timeout_ms);
    if (n < 0 && errno != EINTR)
        return -errno;

    pthread_mutex_lock(&l->lock);
    l->sleeping = false;
    pthread_mutex_unlock(&l->lock);
    hand_out(l, n);
    run_always(l);
    run_timers(l);
    run_posts(l);
    return 0;
}

/* No more posts: from now on loop_call() is direct. */
static bool finished(struct loop *l)
{
    bool done;

    pthread_mutex_lock(&l->lock);
    done = l->stop && !l->nposts;
    if (done)
        l->running = l->stop = false;
    pthread_mutex_unlock(&l->lock);
    return done;
}

int loop_run(struct loop *l)
{
    int r = 0;

    pthread_mutex_lock(&l->lock);
    l->running = true;
    l->runner = pthread_self();
    pthread_mutex_unlock(&l->lock);
    while (!finished(l)) {
        r = loop_round(l, -1);
        if (r) {
            log_error("I/O loop: %s", strerror(-r));
            pthread_mutex_lock(&l->lock);
            l->running = false;
            pthread_mutex_unlock(&l->lock);
            break;
        }
    }
    return r;
}

void loop_stop(struct loop *l)
{
    pthread_mutex_lock(&l->lock);
    l->stop = true;
    wake_if_sleeping(l);
    pthread_mutex_unlock(&l->lock);
}

static void *thread_main(void *arg)
{
    struct loop *l = arg;

    pthread_setname_np(pthread_self(), "sie390 I/O");
    (void)!loop_run(l);
    return NULL;
}

int loop_start_thread(struct loop *l)
{
    sigset_t all, old;
    int r;

    pthread_mutex_lock(&l->lock);
    l->running = true; /* so that calls made before it runs are posted */
    pthread_mutex_unlock(&l->lock);
    sigfillset(&all); /* signals are for the VMM's main thread */
    pthread_sigmask(SIG_SETMASK, &all, &old);
    r = pthread_create(&l->thread, NULL, thread_main, l);
    pthread_sigmask(SIG_SETMASK, &old, NULL);
    if (r) {
        log_error("I/O thread: %s", strerror(r));
        l->running = false;
        return -r;
    }
    l->own_thread = true;
    return 0;
}

void loop_stop_thread(struct loop *l)
{
    if (!l->own_thread)
        return;
    loop_stop(l);
    pthread_join(l->thread, NULL);
    l->own_thread = false;
}
