/* SPDX-License-Identifier: Apache-2.0
 *
 * Guest debugging: the points, software breakpoints in storage, and storage as a debugger sees it.
 * What makes the points hit is in guestdbg.c.
 *
 * A software breakpoint is kept with the absolute address that it was put at: it can be taken out
 * whatever the guest's tables say then, and it is a breakpoint in every space that maps the page.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "cpu/request.h"
#include "hypervisor/gaccess.h"

#define OP_EX 0x44
#define OP_EXRL 0xc600 /* without r1 */

static const u8 diag_501[DEBUG_INSN_LEN] = {0x83, 0x00, 0x05, 0x01};

/* ---- storage ---- */

/* As data (ACC_FETCH, whatever is to be done: the debugger writes into protected pages, too) or as
 * an instruction, which may be in another space; key 0. */
static bool translate_as(struct vcpu *v, enum access acc, u64 addr, u64 len, u64 *abs)
{
    struct fault f;
    bool ok;

    cpu_enter_guest(&v->cpu);
    ok = hv_translate(v, addr, 0, acc, len, 0, abs, &f);
    cpu_leave_guest(&v->cpu);
    return ok && mem_has(&v->vm->mem, *abs, len);
}

static bool translate(struct vcpu *v, u64 addr, u64 len, u64 *abs)
{
    return translate_as(v, ACC_FETCH, addr, len, abs);
}

/* The part of a software breakpoint that lies in [abs, abs+len); 0: none. */
static u64 overlap(const struct debug_soft *s, u64 abs, u64 len, u64 *from)
{
    u64 end = min64(s->abs + DEBUG_INSN_LEN, abs + len);

    *from = max64(s->abs, abs);
    return *from < end ? end - *from : 0;
}

static void hide_soft(const struct debug_points *p, u64 abs, u8 *to, u64 len)
{
    for (unsigned i = 0; i < p->soft_count; i++) {
        const struct debug_soft *s = &p->soft[i];
        u64 from, n = overlap(s, abs, len, &from);

        memcpy(to + (n ? from - abs : 0), s->old + (n ? from - s->abs : 0), n);
    }
}

/* What is written under a breakpoint is what will be there when it is gone. */
static bool write_around(struct vcpu *v, u64 abs, const u8 *bytes, u64 len)
{
    struct debug_points *p = v->vm->debug_points;
    u8 text[FRAME_SIZE];

    memcpy(text, bytes, len);
    for (unsigned i = 0; p && i < p->soft_count; i++) {
        struct debug_soft *s = &p->soft[i];
        u64 from, n = overlap(s, abs, len, &from);

        if (!n)
            continue;
        memcpy(s->old + (from - s->abs), bytes + (from - abs), n);
        memcpy(text + (from - abs), diag_501 + (from - s->abs), n);
    }
    return mem_write(&v->vm->mem, abs_addr(abs), text, len) == MEM_OK;
}

static u64 page_part(u64 addr, u64 len)
{
    return min64(FRAME_SIZE - (addr & FRAME_MASK), len);
}

u64 hv_debug_read(struct vcpu *v, u64 addr, void *to, u64 len)
{
    const struct debug_points *p = v->vm->debug_points;
    u64 done = 0;

    while (done < len) {
        u64 a = hv_wrap(v, addr + done), n = page_part(a, len - done), abs;
        u8 *at = (u8 *)to + done;

        if (!translate(v, a, n, &abs) || mem_read(&v->vm->mem, abs_addr(abs), at, n) != MEM_OK)
            break;
        if (p)
            hide_soft(p, abs, at, n);
        done += n;
    }
    return done;
}

u64 hv_debug_write(struct vcpu *v, u64 addr, const void *from, u64 len)
{
    u64 done = 0;

    while (done < len) {
        u64 a = hv_wrap(v, addr + done), n = page_part(a, len - done), abs;

        if (!translate(v, a, n, &abs) || !write_around(v, abs, (const u8 *)from + done, n))
            break;
        done += n;
    }
    return done;
}

/* ---- watchpoints ---- */

static bool fetch_watched(struct vm *vm, const struct debug_point *w, u8 *to)
{
    u64 first = page_part(w->addr, w->len);

    return mem_read(&vm->mem, abs_addr(w->abs[0]), to, first) == MEM_OK &&
           (first == w->len ||
            mem_read(&vm->mem, abs_addr(w->abs[1]), to + first, w->len - first) == MEM_OK);
}

const struct debug_point *hv_debug_changed(struct vcpu *v)
{
    struct debug_points *p = v->vm->debug_points;
    const struct debug_point *found = NULL;
    u8 now[DEBUG_MAX_WATCH];

    if (p->count == p->breakpoints)
        return NULL;
    pthread_mutex_lock(&p->lock);
    for (unsigned i = 0; i < p->count; i++) {
        struct debug_point *w = &p->point[i];

        if (w->kind != DEBUG_WATCHPOINT || !fetch_watched(v->vm, w, now) ||
            memcmp(now, w->old, w->len) == 0)
            continue;
        memcpy(w->old, now, w->len);
        found = w;
    }
    pthread_mutex_unlock(&p->lock);
    return found;
}

/* ---- the list ---- */

static void renew_range(struct debug_points *p)
{
    p->first = ~0ULL;
    p->last = 0;
    p->breakpoints = 0;
    for (unsigned i = 0; i < p->count; i++) {
        const struct debug_point *d = &p->point[i];

        p->breakpoints += d->kind == DEBUG_BREAKPOINT;
        p->first = min64(p->first, d->addr);
        p->last = max64(p->last, d->addr + d->len - 1);
    }
}

static struct debug_point *find(struct debug_points *p, enum debug_kind kind, u64 addr, u64 len)
{
    for (unsigned i = 0; i < p->count; i++) {
        struct debug_point *d = &p->point[i];

        if (d->kind == kind && d->addr == addr && (kind == DEBUG_BREAKPOINT || d->len == len))
            return d;
    }
    return NULL;
}

static struct debug_soft *find_soft(struct debug_points *p, u64 addr)
{
    for (unsigned i = 0; i < p->soft_count; i++)
        if (p->soft[i].addr == addr)
            return &p->soft[i];
    return NULL;
}

static int add_point(struct vcpu *v, struct debug_point *d)
{
    struct debug_points *p = v->vm->debug_points;
    u64 first = page_part(d->addr, d->len);

    if (find(p, d->kind, d->addr, d->len))
        return -EEXIST;
    if (p->count == DEBUG_MAX_POINTS)
        return -ENOSPC;
    if (d->kind == DEBUG_WATCHPOINT &&
        (!translate(v, d->addr, first, &d->abs[0]) ||
         (first < d->len && !translate(v, d->addr + first, d->len - first, &d->abs[1])) ||
         !fetch_watched(v->vm, d, d->old)))
        return -EFAULT;
    p->point[p->count++] = *d;
    renew_range(p);
    return 0;
}

/* It must not straddle pages: the second one may be anywhere. */
static int add_soft(struct vcpu *v, u64 addr)
{
    struct debug_points *p = v->vm->debug_points;
    struct debug_soft s = {.addr = addr};
    struct mem *m = &v->vm->mem;
    u64 from;

    if (find_soft(p, addr))
        return -EEXIST;
    if (p->soft_count == DEBUG_MAX_SOFT)
        return -ENOSPC;
    if (page_part(addr, DEBUG_INSN_LEN) < DEBUG_INSN_LEN ||
        !translate_as(v, ACC_EXEC, addr, DEBUG_INSN_LEN, &s.abs))
        return -EFAULT;
    for (unsigned i = 0; i < p->soft_count; i++)
        if (overlap(&p->soft[i], s.abs, DEBUG_INSN_LEN, &from))
            return -EEXIST;
    if (mem_read(m, abs_addr(s.abs), s.old, DEBUG_INSN_LEN) != MEM_OK ||
        mem_write(m, abs_addr(s.abs), diag_501, DEBUG_INSN_LEN) != MEM_OK)
        return -EFAULT;
    p->soft[p->soft_count++] = s;
    return 0;
}

int hv_debug_add(struct vcpu *v, enum debug_kind kind, u64 addr, u64 len)
{
    struct debug_point d = {.kind = kind, .addr = addr, .len = len};

    ASSERT(v->vm->debug_points);
    switch (kind) {
    case DEBUG_BREAKPOINT:
        d.len = 1;
        return addr & 1 ? -EINVAL : add_point(v, &d);
    case DEBUG_WATCHPOINT:
        if (!len || len > DEBUG_MAX_WATCH || addr + len - 1 < addr)
            return -EINVAL;
        return add_point(v, &d);
    case DEBUG_SOFTWARE:
        return addr & 1 ? -EINVAL : add_soft(v, addr);
    case DEBUG_NONE:
    case DEBUG_STEP:
    case DEBUG_DIAGNOSE:
        break;
    }
    return -EINVAL;
}

/* The guest may have put something else there, or given the page away. */
static void take_out(struct vm *vm, const struct debug_soft *s)
{
    u8 now[DEBUG_INSN_LEN];

    if (mem_read(&vm->mem, abs_addr(s->abs), now, sizeof(now)) == MEM_OK &&
        memcmp(now, diag_501, sizeof(now)) == 0)
        (void)!mem_write(&vm->mem, abs_addr(s->abs), s->old, sizeof(s->old));
}

int hv_debug_remove(struct vm *vm, enum debug_kind kind, u64 addr, u64 len)
{
    struct debug_points *p = vm->debug_points;
    struct debug_point *d;

    if (kind == DEBUG_SOFTWARE) {
        struct debug_soft *s = find_soft(p, addr);

        if (!s)
            return -ENOENT;
        take_out(vm, s);
        *s = p->soft[--p->soft_count];
        return 0;
    }
    d = find(p, kind, addr, len);
    if (!d)
        return -ENOENT;
    *d = p->point[--p->count];
    renew_range(p);
    return 0;
}

/* ---- instructions ---- */

const struct debug_soft *hv_debug_soft_at(struct vcpu *v, u64 addr)
{
    const struct debug_points *p = v->vm->debug_points;
    u64 abs;

    if (!p->soft_count || !translate_as(v, ACC_EXEC, addr, DEBUG_INSN_LEN, &abs))
        return NULL;
    for (unsigned i = 0; i < p->soft_count; i++)
        if (p->soft[i].abs == abs)
            return &p->soft[i];
    return NULL;
}

static bool fetch_halfword(struct vcpu *v, u64 addr, u16 *to)
{
    be16 raw;
    u64 abs;

    if (!translate_as(v, ACC_EXEC, hv_wrap(v, addr), sizeof(raw), &abs) ||
        mem_read(&v->vm->mem, abs_addr(abs), &raw, sizeof(raw)) != MEM_OK)
        return false;
    *to = be16_get(raw);
    return true;
}

bool hv_debug_target(struct vcpu *v, u64 addr, u64 *target)
{
    const u64 *gr = v->cpu.gr;
    u16 text[3];

    if (!fetch_halfword(v, addr, &text[0]) || !fetch_halfword(v, addr + 2, &text[1]))
        return false;
    if (text[0] >> 8 == OP_EX) {
        unsigned index = text[0] & 15, base = text[1] >> 12;

        *target = hv_wrap(v, (index ? gr[index] : 0) + (base ? gr[base] : 0) + (text[1] & 0xfff));
        return true;
    }
    if ((text[0] & 0xff0f) != OP_EXRL || !fetch_halfword(v, addr + 4, &text[2]))
        return false;
    *target = hv_wrap(v, addr + 2 * (u64)(s64)(s32)((u32)text[1] << 16 | text[2]));
    return true;
}

/* ---- on and off ---- */

int hv_debug_enable(struct vm *vm)
{
    if (vm->debug_points)
        return 0;
    vm->debug_points = calloc(1, sizeof(*vm->debug_points));
    if (!vm->debug_points)
        return -ENOMEM;
    pthread_mutex_init(&vm->debug_points->lock, NULL);
    renew_range(vm->debug_points);
    atomic_store(&vm->debugged, true);
    return 0;
}

void hv_debug_disable(struct vm *vm)
{
    struct debug_points *p = vm->debug_points;

    if (!p)
        return;
    atomic_store(&vm->debugged, false);
    while (p->soft_count)
        take_out(vm, &p->soft[--p->soft_count]);
    for (unsigned i = 0; i < vm->max_cpus; i++)
        if (vm_cpu(vm, i))
            vm_cpu(vm, i)->debug = (struct vcpu_debug){0};
    vm->debug_points = NULL;
    pthread_mutex_destroy(&p->lock);
    free(p);
}
