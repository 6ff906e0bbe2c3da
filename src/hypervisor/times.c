/* SPDX-License-Identifier: Apache-2.0
 *
 * Time in the guest, in the hypervisor, in the machine and asleep, see times.h.
 *
 * `since` guards the sums: zero while they change, and another value afterwards, so a reader that
 * finds the same value before and after has read sums that belong to it.
 */
#include "hypervisor/times.h"

#include "base/loop.h"
#include "hypervisor/vm.h"

#define KIND 3U  /* of `since` */
#define TRIES 64 /* a thread that was interrupted in the middle of a change is not waited for */

static u64 ticks_now(void)
{
    return __builtin_ia32_rdtsc() & ~(u64)KIND;
}

/* ---- own thread ---- */

/* Adds what has passed to what the CPU was in, and leaves `since` at zero. */
static void add_until(struct cpu_times *t, u64 now)
{
    u64 since = atomic_load_explicit(&t->since, memory_order_relaxed), passed;
    _Atomic u64 *sum = &t->ticks[since & KIND];

    if (!since)
        return;
    passed = now - (since & ~(u64)KIND);
    atomic_store_explicit(&t->since, 0, memory_order_relaxed);
    atomic_thread_fence(memory_order_release);
    atomic_store_explicit(sum, atomic_load_explicit(sum, memory_order_relaxed) + passed,
                          memory_order_relaxed);
}

void times_change(struct cpu_times *t, enum cpu_time to)
{
    u64 now = ticks_now();

    add_until(t, now);
    atomic_store_explicit(&t->since, now | (unsigned)to, memory_order_release);
}

void times_end(struct cpu_times *t)
{
    add_until(t, ticks_now());
}

/* ---- any thread ---- */

void hv_times_start(struct vm *vm)
{
    struct clocks *c = &vm->clocks;

    pthread_mutex_lock(&vm->lock);
    if (!atomic_load(&c->on)) {
        c->start_ns = loop_now();
        c->start_ticks = ticks_now();
        atomic_store(&c->on, true);
    }
    pthread_mutex_unlock(&vm->lock);
}

static u64 read_sums(const struct cpu_times *t, u64 sum[TIME_COUNT])
{
    for (unsigned i = 0; i < TIME_COUNT; i++)
        sum[i] = atomic_load_explicit(&t->ticks[i], memory_order_relaxed);
    atomic_thread_fence(memory_order_acquire);
    return atomic_load_explicit(&t->since, memory_order_relaxed);
}

/* Ticks of a CPU, what it is in now included. */
static void read_one(const struct cpu_times *t, u64 sum[TIME_COUNT])
{
    for (unsigned n = 0; n < TRIES; n++) {
        u64 since = atomic_load_explicit(&t->since, memory_order_acquire);
        u64 again = read_sums(t, sum), now = ticks_now();

        if (!since || since != again)
            continue;
        if (now > since)
            sum[since & KIND] += now - (since & ~(u64)KIND);
        return;
    }
}

bool hv_times_read(struct vm *vm, u64 ns[TIME_COUNT], u64 *measured)
{
    const struct clocks *c = &vm->clocks;
    u64 all[TIME_COUNT] = {0}, ticks;
    double ns_per_tick;

    if (!atomic_load(&c->on))
        return false;
    for (unsigned n = 0; n < vm->max_cpus; n++) {
        const struct vcpu *v = vm_cpu(vm, n);
        u64 sum[TIME_COUNT] = {0};

        if (v)
            read_one(&v->times, sum);
        for (unsigned i = 0; i < TIME_COUNT; i++)
            all[i] += sum[i];
    }
    ticks = ticks_now() - c->start_ticks;
    *measured = loop_now() - c->start_ns;
    ns_per_tick = ticks ? (double)*measured / (double)ticks : 0;
    for (unsigned i = 0; i < TIME_COUNT; i++)
        ns[i] = (u64)((double)all[i] * ns_per_tick);
    return true;
}
