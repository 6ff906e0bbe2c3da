/* SPDX-License-Identifier: Apache-2.0
 *
 * Requests to CPUs: shootdowns and their acknowledgement.  See request.h.
 */
#include "cpu/request.h"

#include <sched.h>
#include <stdlib.h>

#include "cpu/code.h"

int request_init(struct cpu *c)
{
    c->shoot = calloc(1, sizeof(*c->shoot));
    if (!c->shoot)
        return -12;
    pthread_mutex_init(&c->shoot->lock, NULL);
    return 0;
}

void request_destroy(struct cpu *c)
{
    if (!c->shoot)
        return;
    pthread_mutex_destroy(&c->shoot->lock);
    free(c->shoot);
    c->shoot = NULL;
}

void cpu_shoot_local(struct cpu *c, struct shootdown s)
{
    switch (s.kind) {
    case SHOOT_ALL:
        c->lowcore[0] = c->lowcore[1] = NULL;
        tlb_purge_all(c);
        break;
    case SHOOT_ASCE:
        tlb_purge_asce(c, s.value);
        break;
    case SHOOT_PAGE:
        tlb_purge_page(c, s.value);
        break;
    case SHOOT_LARGE:
        tlb_purge_large(c, s.value);
        break;
    case SHOOT_FRAME:
        c->lowcore[0] = c->lowcore[1] = NULL; /* its reference and change bits too */
        tlb_purge_frame(c, (const u8 *)(uintptr_t)s.value);
        break;
    case SHOOT_PROTECT_FRAME:
        tlb_protect_frame(c, (const u8 *)(uintptr_t)s.value);
        break;
    }
}

static void serve_shootdowns(struct cpu *c)
{
    struct shootdown_queue *q = c->shoot;
    struct shootdown item[SHOOT_QUEUE];
    unsigned count;
    u64 posted;

    atomic_fetch_and(&c->request, ~(u32)REQ_SHOOTDOWN);
    pthread_mutex_lock(&q->lock);
    count = q->count;
    posted = q->posted;
    for (unsigned i = 0; i < count && i < SHOOT_QUEUE; i++)
        item[i] = q->item[i];
    q->count = 0;
    pthread_mutex_unlock(&q->lock);
    if (count > SHOOT_QUEUE)
        cpu_shoot_local(c, (struct shootdown){SHOOT_ALL, 0});
    else
        for (unsigned i = 0; i < count; i++)
            cpu_shoot_local(c, item[i]);
    atomic_store(&c->shoot_done, posted);
}

void cpu_serve(struct cpu *c)
{
    u32 request = atomic_load(&c->request);

    if (request & REQ_SHOOTDOWN)
        serve_shootdowns(c);
    if (request & REQ_CODE)
        code_serve(c);
}

/* Posts to one CPU; returns the number to wait for. */
static u64 post(struct cpu *c, struct shootdown s)
{
    struct shootdown_queue *q = c->shoot;
    u64 number;

    pthread_mutex_lock(&q->lock);
    if (q->count < SHOOT_QUEUE)
        q->item[q->count] = s;
    if (q->count <= SHOOT_QUEUE)
        q->count++;
    number = ++q->posted;
    pthread_mutex_unlock(&q->lock);
    cpu_kick(c, REQ_SHOOTDOWN);
    return number;
}

static void wait_for(struct cpu *c, struct cpu *self, u64 number)
{
    while (atomic_load(&c->in_guest) && atomic_load(&c->shoot_done) < number) {
        /* Only shootdowns: acknowledging a code epoch in the middle of an instruction would let the
         * page that it runs from be freed. */
        if (self && atomic_load(&self->request) & REQ_SHOOTDOWN)
            serve_shootdowns(self);
        sched_yield();
    }
}

/* The CPU whose guest code this thread is running just now: it would wait for itself. */
static struct cpu *running_here(struct mem *m)
{
    struct cpu *found = NULL;

    pthread_mutex_lock(&m->lock);
    for (unsigned i = 0; i < m->ncpus && !found; i++)
        if (m->cpus[i] && atomic_load(&m->cpus[i]->in_guest) &&
            pthread_equal(m->cpus[i]->owner, pthread_self()))
            found = m->cpus[i];
    pthread_mutex_unlock(&m->lock);
    return found;
}

void cpu_shootdown(struct mem *m, struct cpu *self, struct shootdown s, u64 cpus)
{
    struct cpu *target[256];
    u64 number[256];
    unsigned n = 0;

    if (!self)
        self = running_here(m);
    if (self)
        cpu_shoot_local(self, s);
    if (self && !(cpus & ~(1ULL << (self->number & 63))) && m->ncpus <= 64)
        return;
    pthread_mutex_lock(&m->lock);
    for (unsigned i = 0; i < m->ncpus && n < ARRAY_SIZE(target); i++)
        if (m->cpus[i] && m->cpus[i] != self && cpus >> (m->cpus[i]->number & 63) & 1)
            target[n++] = m->cpus[i];
    pthread_mutex_unlock(&m->lock);
    for (unsigned i = 0; i < n; i++)
        number[i] = post(target[i], s);
    for (unsigned i = 0; i < n; i++)
        wait_for(target[i], self, number[i]);
}

void cpu_enter_guest(struct cpu *c)
{
    c->owner = pthread_self();
    atomic_store(&c->in_guest, 1);
    if (atomic_load(&c->request) & (REQ_SHOOTDOWN | REQ_CODE))
        cpu_serve(c);
}

void cpu_leave_guest(struct cpu *c)
{
    atomic_store_explicit(&c->in_guest, 0, memory_order_release);
}
