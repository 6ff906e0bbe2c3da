/* SPDX-License-Identifier: Apache-2.0
 *
 * Decoded code: the pool of page_code, decoding of slots, dropping after stores.
 * See code.h for the invariants.
 */
#include "cpu/code.h"

#include <stdlib.h>
#include <string.h>

#include "base/counters.h"
#include "cpu/access.h"
#include "cpu/exec.h"
#include "cpu/request.h"

#define POOL_LIMIT 8192 /* decoded pages at a time, 33 KiB each */

/* All guarded by mem.lock, but for epoch, which is also read without it. */
struct code_pool {
    _Atomic u64 epoch;       /* counts unlinkings */
    struct page_code *live;  /* linked to a frame */
    struct page_code *limbo; /* unlinked, perhaps still being executed */
    struct page_code *free;
    unsigned nlive;
};

int code_pool_create(struct mem *m)
{
    m->pool = calloc(1, sizeof(*m->pool));
    return m->pool ? 0 : -12;
}

static void free_list(struct page_code *p)
{
    while (p) {
        struct page_code *next = p->next;

        free(p);
        p = next;
    }
}

void code_pool_destroy(struct mem *m)
{
    if (!m->pool)
        return;
    free_list(m->pool->live);
    free_list(m->pool->limbo);
    free_list(m->pool->free);
    free(m->pool);
    m->pool = NULL;
}

/* Moves what no CPU can still be executing from limbo to free.  Under mem.lock. */
static void reclaim(struct mem *m)
{
    struct code_pool *pool = m->pool;
    struct page_code **link = &pool->limbo;
    u64 oldest = ~0ULL;

    for (unsigned i = 0; i < m->ncpus; i++)
        if (m->cpus[i] && atomic_load(&m->cpus[i]->in_guest))
            oldest = min64(oldest, atomic_load(&m->cpus[i]->code_epoch));
    while (*link) {
        struct page_code *p = *link;

        if (p->epoch > oldest) {
            link = &p->next;
            continue;
        }
        *link = p->next;
        p->next = pool->free;
        pool->free = p;
    }
}

/* Unlinks a page, and thereby all variants, from its frame.  Under mem.lock.  The caller kicks the
 * CPUs. */
static void unlink_page(struct mem *m, struct page_code *page)
{
    struct page_code **link = &m->pool->live;

    if (page->prev)
        page->prev->next = page->next;
    else
        *link = page->next;
    if (page->next)
        page->next->prev = page->prev;
    m->pool->nlive--;
    atomic_store(&page->frame->page, NULL);
    atomic_store(&page->frame->code, 0);
    page->epoch = atomic_fetch_add(&m->pool->epoch, 1) + 1;
    page->next = m->pool->limbo;
    m->pool->limbo = page;
}

static void kick_all(struct mem *m)
{
    for (unsigned i = 0; i < m->ncpus; i++)
        if (m->cpus[i])
            cpu_kick(m->cpus[i], REQ_CODE);
}

static struct page_code *new_page(struct mem *m, u8 *host, struct frame *f, u8 newest)
{
    struct code_pool *pool = m->pool;
    struct page_code *page;

    if (pool->limbo)
        reclaim(m);
    if (pool->nlive >= POOL_LIMIT) {
        while (pool->live)
            unlink_page(m, pool->live);
        kick_all(m);
    }
    page = pool->free;
    if (page)
        pool->free = page->next;
    else
        page = aligned_alloc(64, round_up64(sizeof(*page), 64));
    ASSERT(page);
    for (unsigned i = 0; i < CODE_SLOTS; i++)
        page->slot[i].fn = code_decode;
    for (unsigned i = CODE_SLOTS; i < CODE_SLOTS + 3; i++)
        page->slot[i].fn = code_page_end;
    page->host = host;
    page->frame = f;
    page->newest = newest;
    page->variant = atomic_load(&f->page);
    page->prev = NULL;
    page->next = pool->live;
    if (pool->live)
        pool->live->prev = page;
    pool->live = page;
    pool->nlive++;
    atomic_store(&f->page, page);
    return page;
}

static struct page_code *find_variant(struct frame *f, u8 newest)
{
    struct page_code *page = atomic_load_explicit(&f->page, memory_order_acquire);

    while (page && page->newest != newest)
        page = page->variant;
    return page;
}

struct page_code *code_page(struct cpu *c, u8 *host, struct frame *f)
{
    struct page_code *page = find_variant(f, c->newest);

    if (page)
        return page;
    pthread_mutex_lock(&c->mem->lock);
    page = find_variant(f, c->newest);
    if (!page)
        page = new_page(c->mem, host, f, c->newest);
    pthread_mutex_unlock(&c->mem->lock);
    return page;
}

void code_set_newest(struct cpu *c, u8 newest)
{
    if (c->newest == newest)
        return;
    c->newest = newest;
    memset(c->side_cache, 0, sizeof(c->side_cache));
    tlb_purge_code(c);
}

void code_wrote(struct mem *m, struct cpu *c, struct frame *f, u64 granules)
{
    struct page_code *page;
    bool kick = false;

    if (!(atomic_load(&f->code) & granules))
        return;
    pthread_mutex_lock(&m->lock);
    page = atomic_load(&f->page);
    if (page)
        kick = true;
    for (; page; page = page->variant)
        unlink_page(m, page);
    if (kick)
        kick_all(m);
    pthread_mutex_unlock(&m->lock);
    if (c)
        code_serve(c);
}

void code_serve(struct cpu *c)
{
    u64 epoch;

    atomic_fetch_and(&c->request, ~(u32)REQ_CODE);
    epoch = atomic_load(&c->mem->pool->epoch);
    if (epoch == atomic_load_explicit(&c->code_epoch, memory_order_relaxed))
        return;
    tlb_purge_code(c);
    atomic_store(&c->code_epoch, epoch);
}

/* The frame is to hold decoded code: nobody may store to it unseen from now on. */
static void guard_frame(struct cpu *c, struct page_code *page, u64 granules)
{
    struct frame *f = page->frame;
    u64 writers;

    atomic_fetch_or(&f->code, granules);
    writers = atomic_load(&f->writers);
    if (!writers)
        return;
    cpu_shootdown(c->mem, c, (struct shootdown){SHOOT_PROTECT_FRAME, (u64)(uintptr_t)page->host},
                  writers);
    atomic_fetch_and(&f->writers, ~writers);
}

NO_TSAN static u64 read_text(const u8 *p, unsigned length)
{
    u64 t = (u64)host_ld16(p) << 48;

    if (length > 2)
        t |= (u64)host_ld16(p + 2) << 32;
    if (length > 4)
        t |= (u64)host_ld16(p + 4) << 16;
    return t;
}

/* A slot is written once: a CPU that found it decoded reads its fields without any care, also while
 * a second CPU is still about to decode it. */
static void publish(struct mem *m, struct dinsn *out, const struct dinsn *insn)
{
    const size_t fields = offsetof(struct dinsn, r1);

    pthread_mutex_lock(&m->lock);
    if (out->fn == code_decode) {
        memcpy((u8 *)out + fields, (const u8 *)insn + fields, sizeof(*out) - fields);
        __atomic_store_n(&out->fn, insn->fn, __ATOMIC_RELEASE);
    }
    pthread_mutex_unlock(&m->lock);
}

/* Apart from code_decode(), which must end in a tail call and so may keep nothing on its stack. */
static __attribute__((noinline)) void decode_slot(struct cpu *c, const struct dinsn *d)
{
    struct page_code *page = container_of(c->slots, struct page_code, slot[0]);
    unsigned offset = (unsigned)(d - c->slots) * 2;
    unsigned length = insn_length(page->host[offset]);
    struct dinsn *out = &page->slot[offset / 2];
    struct dinsn insn;

    guard_frame(c, page, code_granules(offset, min64(length, FRAME_SIZE - offset)));
    length = insn_length(page->host[offset]);
    if (offset + length > FRAME_SIZE)
        insn = (struct dinsn){.fn = cpu_straddle, .ilc = (u8)(length / 2)};
    else
        isa_decode(read_text(page->host + offset, length), (int)offset, c->facilities, c->newest,
                   &insn);
    counter_add(&c->count_decode, 0, 1);
    publish(c->mem, out, &insn);
}

const struct dinsn *code_decode(struct cpu *c, const struct dinsn *d)
{
    decode_slot(c, d);
    return cpu_go(c, d);
}

const struct dinsn *code_page_end(struct cpu *c, const struct dinsn *d)
{
    return cpu_jump(c, cpu_wrap(c, cpu_ia(c, d)));
}
