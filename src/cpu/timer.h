/* SPDX-License-Identifier: Apache-2.0
 *
 * TOD clock, clock comparator, CPU timer.  Unit: TOD clock units, bit 51 = 1 microsecond, so 4096
 * a microsecond.  The host TOD is real time at start plus monotonic time, nanosecond resolution.
 *
 * References: [PoP 4 Timing].
 */
#ifndef SIE390_CPU_TIMER_H
#define SIE390_CPU_TIMER_H

#include "cpu/cpu.h"

/* TOD clock value of 1970-01-01. */
#define TOD_UNIX_EPOCH 0x7d91048bca000000ULL

static inline u64 tod_of_ns(u64 ns)
{
    return ns / 125 * 512 + ns % 125 * 512 / 125;
}

static inline u64 ns_of_tod(u64 tod)
{
    return tod / 512 * 125 + tod % 512 * 125 / 512;
}

/* Value for mem.tod_base: makes the host TOD follow real time from now on. */
u64 tod_base_now(void);
/* The host TOD clock. */
u64 host_tod(const struct mem *m);

/* Epoch index of the host TOD: its 64 bits began in 1900 and start over in 2042, and no host's
 * clock shows a time before 1970. */
static inline u8 host_tod_index(u64 tod)
{
    return tod < TOD_UNIX_EPOCH;
}

/* Guest TOD with its epoch index: 72 bits, host TOD + epdx and epoch, carry included. */
struct tod_ext {
    u8 index;
    u64 tod;
};
static inline struct tod_ext tod_ext_add(u64 host, u8 epdx, u64 epoch)
{
    u64 tod = host + epoch;

    return (struct tod_ext){(u8)(host_tod_index(host) + epdx + (tod < epoch)), tod};
}

/* Guest TOD (host TOD + epoch). */
u64 cpu_tod(struct cpu *c);
/* Guest TOD, never the same value twice on this CPU (STORE CLOCK). */
u64 cpu_tod_unique(struct cpu *c);
/* Epoch index that goes with a guest TOD just read; 0 without multiple epochs. */
u8 cpu_tod_index(const struct cpu *c, u64 tod);

s64 cpu_timer_get(struct cpu *c);
/* Makes timers.cpu_timer exact as of now. */
void cpu_timer_settle(struct cpu *c);
void cpu_timer_set(struct cpu *c, s64 v);
void cpu_ckc_set(struct cpu *c, u64 v);

/* Reads the clock; sets timers.ckc_due, timers.cpu_timer_due.  True if one of them is due and
 * enabled now. */
bool cpu_timers_check(struct cpu *c);

/* Is clock comparator `ckc` passed at guest TOD `tod` (unsigned, or signed under CR0 bit 10 with
 * multiple epochs). */
bool cpu_ckc_passed(const struct cpu *c, u64 tod, u64 ckc);

#endif
