/* SPDX-License-Identifier: Apache-2.0
 *
 * A storage view: what lies under a guest's absolute addresses.  For a guest of ours that is the
 * virtual machine's storage; a nested guest's view goes through its hypervisor's DAT tables.
 * The TLB holds composed results, so a view is asked only when an entry is made.
 *
 * References: architecture "What is architected stays architected".
 */
#ifndef SIE390_CPU_VIEW_H
#define SIE390_CPU_VIEW_H

#include "cpu/mem.h"

enum view_result {
    VIEW_PRESENT,
    VIEW_ABSENT,    /* belongs to the guest, the host must make it present first */
    VIEW_OUTSIDE,   /* not in the guest's configuration: an addressing exception */
    VIEW_PROTECTED, /* only in host_fault: a store to a page that is not writable for the guest */
};

struct view_page {
    u8 *host;            /* first byte of the 4 KiB frame */
    struct frame *frame; /* its bookkeeping */
    _Atomic u8 *key;     /* its storage key */
    bool writable;       /* false: the host protects it from stores (nested guests) */
};

struct view {
    u32 id; /* part of the TLB banks' key */
    /* NULL: absolute addresses are offsets into mem */
    enum view_result (*page)(struct view *v, u64 abs, bool write, struct view_page *out);
    struct mem *mem; /* the storage below all */
};

/* The view of a guest of ours: absolute addresses are offsets into the storage. */
void view_init_mem(struct view *v, struct mem *m);

/* The same, asked for one page; inline, as each step of a table walk needs it. */
static inline enum view_result view_page_of_mem(struct mem *m, u64 abs, struct view_page *out)
{
    u64 frame = abs >> FRAME_SHIFT;

    if (abs >= m->size)
        return VIEW_OUTSIDE;
    if (mem_is_absent(m, abs))
        return VIEW_ABSENT;
    out->host = m->base + (frame << FRAME_SHIFT);
    out->frame = &m->frames[frame];
    out->key = &m->keys[frame];
    out->writable = true; /* all of it is */
    return VIEW_PRESENT;
}

static inline enum view_result view_page(struct view *v, u64 abs, bool write, struct view_page *out)
{
    return likely(!v->page) ? view_page_of_mem(v->mem, abs, out) : v->page(v, abs, write, out);
}

#endif
