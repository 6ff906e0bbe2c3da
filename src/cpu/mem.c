/* SPDX-License-Identifier: Apache-2.0
 *
 * Guest storage and its gateway.  Bytes, keys and bookkeeping are three anonymous mappings without
 * reservation: the host gives a page only when it is touched, so a guest of terabytes starts in
 * microseconds.
 *
 * Invariants
 *  - A write stores the bytes, then (full barrier) looks at frame->code.  Whoever decodes marks
 *    frame->code, then (full barrier) reads the bytes.  So one of the two sees the other.
 *  - Reference and change bits are only ever ORed in here, except by mem_key_*().
 *  - A frame becomes absent first, then the CPUs forget it, then its content is dropped.
 *  - Pinning counts, then makes present; a discard makes absent, then looks at the count, and takes
 *    that back.  So whatever their order, a pinned frame ends up present.
 *
 * References: [PoP 3 Storage: Storage Key, Reference Recording, Change Recording].
 */
#include "cpu/mem.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "base/log.h"
#include "cpu/access.h"
#include "cpu/code.h"
#include "cpu/request.h"

#define HUGE_SIZE 0x200000UL /* the host may back storage with huge pages when it is aligned */
#define MIB 0x100000UL
#define DISCARD_SINGLE 16 /* frames; above, one purge of everything is cheaper */

/* ---- life ---- */

static void *map_sparse(u64 size, const char *what)
{
    void *p = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE,
                   -1, 0);

    if (p == MAP_FAILED) {
        log_error("guest storage: %s (%llu MiB): %s", what, (unsigned long long)(size / MIB),
                  strerror(errno));
        return NULL;
    }
    return p;
}

/* The same, aligned to HUGE_SIZE: maps more and gives the ends back. */
static u8 *map_aligned(u64 size, const char *what)
{
    u8 *p = map_sparse(size + HUGE_SIZE, what);
    u8 *start;

    if (!p)
        return NULL;
    start = (u8 *)round_up64((uintptr_t)p, HUGE_SIZE);
    if (start > p)
        munmap(p, (size_t)(start - p));
    if (p + HUGE_SIZE > start)
        munmap(start + size, (size_t)(p + HUGE_SIZE - start));
    return start;
}

static void unmap_all(struct mem *m)
{
    u64 n = m->size >> FRAME_SHIFT;

    if (m->base)
        munmap(m->base, m->size);
    if (m->keys)
        munmap((void *)m->keys, n);
    if (m->frames)
        munmap(m->frames, n * sizeof(*m->frames));
    if (m->present)
        munmap((void *)m->present, n);
    if (atomic_load(&m->usage))
        munmap((void *)atomic_load(&m->usage), n);
    if (atomic_load(&m->pins))
        munmap((void *)atomic_load(&m->pins), n * sizeof(u32));
}

int mem_create(struct mem *m, u64 size, bool lazy)
{
    u64 n = size >> FRAME_SHIFT;
    int r;

    *m = (struct mem){.size = size};
    if (!size || size % MIB || size > 1ULL << 46) {
        log_error("guest storage: %llu bytes is not a multiple of 1 MiB, or too much",
                  (unsigned long long)size);
        return -EINVAL;
    }
    m->base = map_aligned(size, "storage");
    m->keys = m->base ? map_sparse(n, "storage keys") : NULL;
    m->frames = m->keys ? map_sparse(n * sizeof(*m->frames), "frame table") : NULL;
    if (m->frames && lazy)
        m->present = map_sparse(n, "presence table");
    if (!m->frames || (lazy && !m->present)) {
        unmap_all(m);
        return -ENOMEM;
    }
    /* A miss in the host's TLB costs twice where the host is virtual itself; may be refused. */
    if (!lazy)
        (void)madvise(m->base, size, MADV_HUGEPAGE);
    r = code_pool_create(m);
    if (r) {
        unmap_all(m);
        return r;
    }
    pthread_mutex_init(&m->lock, NULL);
    pthread_mutex_init(&m->plo_lock, NULL);
    return 0;
}

void mem_destroy(struct mem *m)
{
    for (unsigned i = 0; i < m->ncpus; i++)
        ASSERT(!m->cpus[i]);
    ASSERT(!mem_pinned(m));
    code_pool_destroy(m);
    unmap_all(m);
    free(m->cpus);
    pthread_mutex_destroy(&m->lock);
    pthread_mutex_destroy(&m->plo_lock);
    *m = (struct mem){0};
}

/* Numbers are never moved to another CPU while it lives: frames remember them.  A place that was
 * given up is used again. */
void mem_add_cpu(struct mem *m, struct cpu *c)
{
    unsigned i = 0;

    pthread_mutex_lock(&m->lock);
    while (i < m->ncpus && m->cpus[i])
        i++;
    if (i == m->ncpus) {
        struct cpu **bigger = realloc(m->cpus, (i + 1) * sizeof(*bigger));

        ASSERT(bigger);
        m->cpus = bigger;
        m->ncpus++;
    }
    m->cpus[i] = c;
    c->number = i;
    pthread_mutex_unlock(&m->lock);
}

void mem_remove_cpu(struct mem *m, struct cpu *c)
{
    pthread_mutex_lock(&m->lock);
    ASSERT(c->number < m->ncpus && m->cpus[c->number] == c);
    m->cpus[c->number] = NULL;
    pthread_mutex_unlock(&m->lock);
}

/* ---- presence ---- */

void mem_make_present(struct mem *m, u64 abs)
{
    if (m->present)
        atomic_store_explicit(&m->present[abs >> FRAME_SHIFT], 1, memory_order_release);
}

/* The host gives a page when it is written; that changes nothing, whoever else writes. */
static NO_TSAN void touch(u8 *p)
{
    (void)__atomic_fetch_or(p, 0, __ATOMIC_RELAXED);
}

void mem_page_in(struct mem *m, u64 abs)
{
    touch(m->base + (abs & ~FRAME_MASK));
    mem_make_present(m, abs);
}

static void make_range_present(struct mem *m, u64 abs, u64 len)
{
    if (likely(!m->present))
        return;
    for (u64 a = abs & ~FRAME_MASK; a < abs + len; a += FRAME_SIZE)
        if (mem_is_absent(m, a))
            mem_make_present(m, a);
}

/* ---- pins ---- */

static _Atomic u32 *pins_of(struct mem *m)
{
    _Atomic u32 *pins = atomic_load(&m->pins);

    if (pins)
        return pins;
    pthread_mutex_lock(&m->lock);
    if (!atomic_load(&m->pins))
        atomic_store(&m->pins, map_sparse((m->size >> FRAME_SHIFT) * sizeof(u32), "pins"));
    pins = atomic_load(&m->pins);
    pthread_mutex_unlock(&m->lock);
    return pins;
}

static bool is_pinned(const struct mem *m, u64 abs)
{
    return atomic_load(&m->npins) && atomic_load(&atomic_load(&m->pins)[abs >> FRAME_SHIFT]);
}

int mem_pin(struct mem *m, absolute abs)
{
    _Atomic u32 *pins;

    if (!mem_has(m, abs.v, 1))
        return -EFAULT;
    pins = pins_of(m);
    if (!pins)
        return -ENOMEM;
    atomic_fetch_add(&pins[abs.v >> FRAME_SHIFT], 1);
    atomic_fetch_add(&m->npins, 1);
    mem_make_present(m, abs.v);
    return 0;
}

void mem_unpin(struct mem *m, absolute abs)
{
    _Atomic u32 *pins = atomic_load(&m->pins);

    ASSERT(mem_has(m, abs.v, 1) && pins);
    ASSERT(atomic_fetch_sub(&pins[abs.v >> FRAME_SHIFT], 1) > 0);
    atomic_fetch_sub(&m->npins, 1);
}

u64 mem_pinned(const struct mem *m)
{
    return atomic_load(&m->npins);
}

/* ---- keys, decoded code ---- */

static void mark_keys(struct mem *m, u64 abs, u64 len, u8 bits)
{
    u64 last = (abs + len - 1) >> FRAME_SHIFT;

    for (u64 f = abs >> FRAME_SHIFT; f <= last; f++) {
        u8 k = atomic_load_explicit(&m->keys[f], memory_order_relaxed);

        if (unlikely((k & bits) != bits))
            atomic_fetch_or_explicit(&m->keys[f], bits, memory_order_relaxed);
    }
}

static bool key_allows(const struct mem *m, u64 abs, u64 len, u8 key, bool store)
{
    u64 last = (abs + len - 1) >> FRAME_SHIFT;

    key &= KEY_ACC;
    if (!key)
        return true;
    for (u64 f = abs >> FRAME_SHIFT; f <= last; f++) {
        u8 k = atomic_load_explicit(&m->keys[f], memory_order_relaxed);

        if ((k & KEY_ACC) != key && (store || k & KEY_FP))
            return false;
    }
    return true;
}

/* After bytes were changed. */
static void drop_code(struct mem *m, u64 abs, u64 len)
{
    u64 end = abs + len;

    atomic_thread_fence(memory_order_seq_cst);
    while (abs < end) {
        u64 n = min64(FRAME_SIZE - (abs & FRAME_MASK), end - abs);
        struct frame *f = mem_frame(m, abs);
        u64 g = code_granules(abs, n);

        if (unlikely(atomic_load_explicit(&f->code, memory_order_relaxed) & g))
            code_wrote(m, NULL, f, g);
        abs += n;
    }
}

void mem_wrote(struct mem *m, absolute abs, u64 len)
{
    if (!len)
        return;
    mark_keys(m, abs.v, len, KEY_R | KEY_C);
    drop_code(m, abs.v, len);
}

u8 mem_key_get(struct mem *m, absolute abs)
{
    return atomic_load_explicit(&m->keys[abs.v >> FRAME_SHIFT], memory_order_relaxed);
}

/* A CPU that makes a TLB entry joins frame->holders before it reads the key, so either it reads the
 * new key or it is asked to forget the entry. */
static void forget_frame(struct mem *m, u64 abs)
{
    u64 who = atomic_load_explicit(&mem_frame(m, abs)->holders, memory_order_seq_cst);

    if (who)
        cpu_shootdown(m, NULL,
                      (struct shootdown){SHOOT_FRAME, (uintptr_t)(m->base + (abs & ~FRAME_MASK))},
                      who);
}

void mem_key_set(struct mem *m, absolute abs, u8 key)
{
    u8 old = atomic_exchange_explicit(&m->keys[abs.v >> FRAME_SHIFT], key, memory_order_seq_cst);

    if (old != key)
        forget_frame(m, abs.v);
}

u8 mem_key_reset_r(struct mem *m, absolute abs)
{
    u8 old =
        atomic_fetch_and_explicit(&m->keys[abs.v >> FRAME_SHIFT], (u8)~KEY_R, memory_order_seq_cst);

    if (old & KEY_R)
        forget_frame(m, abs.v);
    return old;
}

/* ---- the gateway ---- */

/* Rings and indicators of devices are looked at by the guest while we change them. */
NO_TSAN void mem_copy(void *to, const void *from, u64 len, u64 guest_addr)
{
    if (len == 8 && !(guest_addr & 7)) {
        *(volatile mem_u64 *)to = *(const volatile mem_u64 *)from;
    } else if (len == 4 && !(guest_addr & 3)) {
        *(volatile mem_u32 *)to = *(const volatile mem_u32 *)from;
    } else if (len == 2 && !(guest_addr & 1)) {
        *(volatile mem_u16 *)to = *(const volatile mem_u16 *)from;
    } else {
        memcpy(to, from, len);
    }
}

enum mem_result mem_read_key(struct mem *m, absolute from, void *to, u64 len, u8 key)
{
    if (!len)
        return MEM_OK;
    if (!mem_has(m, from.v, len))
        return MEM_OUTSIDE;
    if (!key_allows(m, from.v, len, key, false))
        return MEM_KEY;
    make_range_present(m, from.v, len);
    mark_keys(m, from.v, len, KEY_R);
    mem_copy(to, m->base + from.v, len, from.v);
    return MEM_OK;
}

enum mem_result mem_write_key(struct mem *m, absolute to, const void *from, u64 len, u8 key)
{
    if (!len)
        return MEM_OK;
    if (!mem_has(m, to.v, len))
        return MEM_OUTSIDE;
    if (!key_allows(m, to.v, len, key, true))
        return MEM_KEY;
    make_range_present(m, to.v, len);
    mem_copy(m->base + to.v, from, len, to.v);
    mem_wrote(m, to, len);
    return MEM_OK;
}

enum mem_result mem_check_key(const struct mem *m, absolute abs, u64 len, u8 key, bool store)
{
    if (!len)
        return MEM_OK;
    if (!mem_has(m, abs.v, len))
        return MEM_OUTSIDE;
    return key_allows(m, abs.v, len, key, store) ? MEM_OK : MEM_KEY;
}

enum mem_result mem_read(struct mem *m, absolute from, void *to, u64 len)
{
    return mem_read_key(m, from, to, len, 0);
}

enum mem_result mem_write(struct mem *m, absolute to, const void *from, u64 len)
{
    return mem_write_key(m, to, from, len, 0);
}

enum mem_result mem_fill(struct mem *m, absolute to, u8 byte, u64 len)
{
    if (!len)
        return MEM_OK;
    if (!mem_has(m, to.v, len))
        return MEM_OUTSIDE;
    make_range_present(m, to.v, len);
    memset(m->base + to.v, byte, len);
    mem_wrote(m, to, len);
    return MEM_OK;
}

u8 *mem_span(struct mem *m, absolute abs, u64 len)
{
    if (!len || !mem_has(m, abs.v, len))
        return NULL;
    make_range_present(m, abs.v, len);
    mark_keys(m, abs.v, len, KEY_R);
    return m->base + abs.v;
}

enum mem_result mem_read32(struct mem *m, absolute from, u32 *v)
{
    be32 raw;
    enum mem_result r = mem_read(m, from, &raw, sizeof(raw));

    if (r == MEM_OK)
        *v = be32_get(raw);
    return r;
}

enum mem_result mem_read64(struct mem *m, absolute from, u64 *v)
{
    be64 raw;
    enum mem_result r = mem_read(m, from, &raw, sizeof(raw));

    if (r == MEM_OK)
        *v = be64_get(raw);
    return r;
}

enum mem_result mem_write32(struct mem *m, absolute to, u32 v)
{
    be32 raw = be32_of(v);

    return mem_write(m, to, &raw, sizeof(raw));
}

enum mem_result mem_write64(struct mem *m, absolute to, u64 v)
{
    be64 raw = be64_of(v);

    return mem_write(m, to, &raw, sizeof(raw));
}

/* ---- giving pages back ---- */

/* Zero when next read, and no longer a load on the host. */
static void drop_bytes(u8 *p, u64 len)
{
    if (madvise(p, len, MADV_DONTNEED))
        memset(p, 0, len);
}

/* Whole frames that were not pinned a moment ago: with lazy memory they become absent, and no CPU
 * may go on with an entry for them; without, an entry stays right, for the host address does not
 * change. */
static void discard_run(struct mem *m, u64 first, u64 end)
{
    u64 who = 0;

    for (u64 a = first; m->present && a < end; a += FRAME_SIZE) {
        if (!atomic_load_explicit(&m->present[a >> FRAME_SHIFT], memory_order_relaxed))
            continue; /* reading an untouched table costs no host page, writing would */
        atomic_store_explicit(&m->present[a >> FRAME_SHIFT], 0, memory_order_seq_cst);
        if (is_pinned(m, a))
            mem_make_present(m, a);
        who |= atomic_load_explicit(&mem_frame(m, a)->holders, memory_order_seq_cst);
    }
    if (who && end - first > DISCARD_SINGLE * FRAME_SIZE)
        cpu_shootdown(m, NULL, (struct shootdown){SHOOT_ALL, 0}, who);
    else if (who)
        for (u64 a = first; a < end; a += FRAME_SIZE)
            forget_frame(m, a);
    drop_bytes(m->base + first, end - first);
    drop_code(m, first, end - first);
}

/* Whole frames [first, end): the pinned ones are cleared where they are. */
static void discard_frames(struct mem *m, u64 first, u64 end)
{
    u64 at = first;

    for (u64 a = first; atomic_load(&m->npins) && a < end; a += FRAME_SIZE) {
        if (!is_pinned(m, a))
            continue;
        if (at < a)
            discard_run(m, at, a);
        memset(m->base + a, 0, FRAME_SIZE);
        drop_code(m, a, FRAME_SIZE);
        at = a + FRAME_SIZE;
    }
    if (at < end)
        discard_run(m, at, end);
}

enum mem_result mem_discard(struct mem *m, absolute abs, u64 len)
{
    u64 end = abs.v + len;
    u64 first = round_up64(abs.v, FRAME_SIZE);
    u64 last = end & ~FRAME_MASK;
    enum mem_result r = MEM_OK;

    if (!len)
        return MEM_OK;
    if (!mem_has(m, abs.v, len))
        return MEM_OUTSIDE;
    if (first >= last)
        return mem_fill(m, abs, 0, len);
    if (abs.v < first)
        r = mem_fill(m, abs, 0, first - abs.v);
    if (r == MEM_OK && last < end)
        r = mem_fill(m, abs_addr(last), 0, end - last);
    discard_frames(m, first, last);
    return r;
}

/* ---- usage states ---- */

int mem_usage_begin(struct mem *m)
{
    if (!atomic_load(&m->usage))
        atomic_store(&m->usage, map_sparse(m->size >> FRAME_SHIFT, "usage states"));
    return atomic_load(&m->usage) ? 0 : -ENOMEM;
}

void mem_usage_reset(struct mem *m)
{
    _Atomic u8 *usage = atomic_load(&m->usage);

    if (usage)
        drop_bytes((void *)usage, m->size >> FRAME_SHIFT);
}

/* Unused and not given back yet: it stays so until its BUSY bit is off. */
static bool usage_claim(_Atomic u8 *usage)
{
    u8 old = atomic_load(usage);

    while ((old & USAGE_STATE) == USAGE_UNUSED && !(old & (USAGE_GONE | USAGE_BUSY)))
        if (atomic_compare_exchange_weak(usage, &old, old | USAGE_GONE | USAGE_BUSY))
            return true;
    return false;
}

u64 mem_usage_release(struct mem *m, u64 first, u64 n)
{
    _Atomic u8 *usage = atomic_load(&m->usage);
    u64 end = min64(first + n, m->size >> FRAME_SHIFT), gone = 0;

    for (u64 at = first; at < end; at++) {
        u64 run = 0;

        while (at + run < end && usage_claim(&usage[at + run]))
            run++;
        if (!run)
            continue;
        discard_frames(m, at << FRAME_SHIFT, (at + run) << FRAME_SHIFT);
        for (u64 i = 0; i < run; i++)
            atomic_fetch_and(&usage[at + i], (u8)~USAGE_BUSY);
        gone += run;
        at += run - 1;
    }
    return gone;
}

void mem_clear(struct mem *m)
{
    discard_frames(m, 0, m->size);
    drop_bytes((void *)m->keys, m->size >> FRAME_SHIFT);
    mem_usage_reset(m);
    cpu_shootdown(m, NULL, (struct shootdown){SHOOT_ALL, 0}, ~0ULL);
}
