/* SPDX-License-Identifier: Apache-2.0
 *
 * The plain storage view: absolute addresses of a guest of ours are offsets into the storage.
 * Views of nested guests are made in src/hypervisor.
 *
 * References: view.h.
 */
#include "cpu/view.h"

static enum view_result page_of_mem(struct view *v, u64 abs, bool write, struct view_page *out)
{
    struct mem *m = v->mem;
    u64 frame = abs >> FRAME_SHIFT;

    (void)write; /* all of it is writable */
    if (abs >= m->size)
        return VIEW_OUTSIDE;
    if (unlikely(mem_is_absent(m, abs)))
        return VIEW_ABSENT;
    out->host = m->base + (frame << FRAME_SHIFT);
    out->frame = &m->frames[frame];
    out->key = &m->keys[frame];
    out->writable = true;
    return VIEW_PRESENT;
}

void view_init_mem(struct view *v, struct mem *m)
{
    *v = (struct view){.id = 0, .page = page_of_mem, .mem = m};
}
