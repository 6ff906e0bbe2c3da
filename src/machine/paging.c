/* SPDX-License-Identifier: Apache-2.0
 *
 * Pages that the guest is told about instead of waiting for them (vmm_ops.page_in): a CPU's thread
 * hands the request to the I/O thread, that to a worker, which brings the page in.  Only with
 * storage whose pages can be absent.
 *
 * Threads: paging_request() on CPU threads, the rest on the loop's.
 */
#include "machine/machine.h"

#define PAGING_THREADS 2

static void bring_in(struct work *work)
{
    hv_page_in(container_of(work, struct page_in, work));
}

static void is_in(struct work *work)
{
    struct page_in *p = container_of(work, struct page_in, work);
    struct machine *m = p->v->vm->ops_arg;

    m->paging.left--;
    hv_page_in_done(p);
}

static struct page_in *take_requests(struct machine_paging *g)
{
    struct page_in *first;

    pthread_mutex_lock(&g->lock);
    first = g->first;
    g->first = NULL;
    pthread_mutex_unlock(&g->lock);
    return first;
}

static void submit_all(struct machine_paging *g)
{
    struct page_in *p = take_requests(g);

    while (p) {
        struct page_in *next = p->next;

        p->work.run = bring_in;
        p->work.done = is_in;
        g->left++;
        workers_submit(g->workers, &p->work);
        p = next;
    }
}

static void posted(struct loop_post *post)
{
    submit_all(container_of(post, struct machine_paging, post));
}

void paging_request(void *arg, struct page_in *p)
{
    struct machine *m = arg;
    struct machine_paging *g = &m->paging;

    pthread_mutex_lock(&g->lock);
    p->next = g->first;
    g->first = p;
    pthread_mutex_unlock(&g->lock);
    loop_post(m->loop, &g->post);
}

int paging_create(struct machine *m)
{
    m->paging.post.run = posted;
    pthread_mutex_init(&m->paging.lock, NULL);
    return workers_create(&m->paging.workers, m->loop, PAGING_THREADS);
}

static void flush(void *arg)
{
    struct machine *m = arg;

    submit_all(&m->paging);
    workers_drain(m->paging.workers, &m->paging.left);
}

void paging_flush(struct machine *m)
{
    if (m->paging.workers)
        loop_call(m->loop, flush, m);
}

void paging_destroy(struct machine *m)
{
    if (!m->paging.post.run)
        return;
    if (m->paging.workers) {
        flush(m);
        loop_post_cancel(m->loop, &m->paging.post);
        workers_destroy(m->paging.workers);
    }
    pthread_mutex_destroy(&m->paging.lock);
}
