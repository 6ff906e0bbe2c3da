/* SPDX-License-Identifier: Apache-2.0
 *
 * TOD clock, clock comparator, CPU timer.  See timer.h.
 */
#include "cpu/timer.h"

#include <time.h>

#include "arch/cr.h"

static u64 clock_ns(clockid_t id)
{
    struct timespec ts;

    clock_gettime(id, &ts);
    return (u64)ts.tv_sec * 1000000000 + (u64)ts.tv_nsec;
}

u64 tod_base_now(void)
{
    return TOD_UNIX_EPOCH + tod_of_ns(clock_ns(CLOCK_REALTIME)) -
           tod_of_ns(clock_ns(CLOCK_MONOTONIC));
}

u64 host_tod(const struct mem *m)
{
    return m->tod_base + tod_of_ns(clock_ns(CLOCK_MONOTONIC));
}

u64 cpu_tod(struct cpu *c)
{
    return host_tod(c->mem) + c->timers.epoch;
}

/* The low bits, six or eight, name the CPU, so that no two CPUs store the same value either.  Who
 * asks again within a step of the rest waits for the next one. */
u64 cpu_tod_unique(struct cpu *c)
{
    u64 name = c->mem->many_cpus ? 255 : 63;
    u64 last = c->timers.last_stck, tod;

    do {
        tod = (cpu_tod(c) & ~name) | (c->number & name);
    } while (tod <= last && last - tod < 4096 * 1000);
    c->timers.last_stck = tod;
    return tod;
}

u8 cpu_tod_index(const struct cpu *c, u64 tod)
{
    const struct timers *t = &c->timers;

    return t->mef ? tod_ext_add(tod - t->epoch, t->epdx, t->epoch).index : 0;
}

s64 cpu_timer_get(struct cpu *c)
{
    return c->timers.cpu_timer - (s64)(host_tod(c->mem) - c->timers.cpu_timer_at);
}

void cpu_timer_settle(struct cpu *c)
{
    u64 now = host_tod(c->mem);

    c->timers.cpu_timer -= (s64)(now - c->timers.cpu_timer_at);
    c->timers.cpu_timer_at = now;
}

void cpu_timer_set(struct cpu *c, s64 v)
{
    c->timers.cpu_timer = v;
    c->timers.cpu_timer_at = host_tod(c->mem);
    c->timers.cpu_timer_due = v < 0;
    c->pending |= v < 0;
}

bool cpu_ckc_passed(const struct cpu *c, u64 tod, u64 ckc)
{
    if (c->cr[0] & CR0_CC_SIGN && cpu_facility(c, 139))
        return (s64)tod > (s64)ckc;
    return tod > ckc;
}

void cpu_ckc_set(struct cpu *c, u64 v)
{
    c->timers.ckc = v;
    c->timers.ckc_due = cpu_ckc_passed(c, cpu_tod(c), v);
    c->pending |= c->timers.ckc_due;
}

bool cpu_timers_check(struct cpu *c)
{
    struct timers *t = &c->timers;
    u64 now = host_tod(c->mem);

    t->ckc_due = cpu_ckc_passed(c, now + t->epoch, t->ckc);
    t->cpu_timer_due = t->cpu_timer - (s64)(now - t->cpu_timer_at) < 0;
    if (t->ckc_due || t->cpu_timer_due)
        c->pending = true;
    if (!(c->psw_mask & PSW_MASK_EXT))
        return false;
    return (t->ckc_due && c->cr[0] & CR0_CLOCK_COMP) ||
           (t->cpu_timer_due && c->cr[0] & CR0_CPU_TIMER);
}
