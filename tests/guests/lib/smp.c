/* SPDX-License-Identifier: Apache-2.0
 *
 * Storage to give away, and further CPUs, of bare-metal test guests.  See guest.h.
 */
#include "guest.h"

#define CPU_BLOCK 0x5a0 /* see start.S */
#define STACK_PAGES 4
#define MAX_CPUS 248

extern void cpu_entry(void);
extern u64 cr0_value;

static u8 *next_page;

void *alloc_pages(unsigned n, unsigned align)
{
    u64 p = next_page ? (u64)next_page : (u64)guest_end;

    p = (p + align - 1) & -(u64)align;
    next_page = (u8 *)p + n * 4096UL;
    memset((void *)p, 0, n * 4096UL);
    return (void *)p;
}

unsigned sigp(unsigned order, unsigned cpu, u64 parameter, u32 *status)
{
    register u64 r2 __asm__("2") = 0x5555555500000000;
    register u64 r3 __asm__("3") = parameter;
    u32 cc;

    __asm__ volatile("sigp %1,%3,0(%4)\n\tipm %0\n\tsrl %0,28"
                     : "=d"(cc), "+d"(r2), "+d"(r3)
                     : "d"((u64)cpu), "a"((u64)order)
                     : "cc", "memory");
    if (status)
        *status = (u32)r2;
    return cc;
}

unsigned sigp_wait(unsigned order, unsigned cpu, u64 parameter, u32 *status)
{
    unsigned cc;

    while ((cc = sigp(order, cpu, parameter, status)) == 2)
        relax();
    return cc;
}

bool cpu_stopped(unsigned cpu)
{
    u32 status;

    return sigp(SIGP_SENSE, cpu, 0, &status) == 1 && status & 0x40;
}

void *cpu_lowcore(unsigned cpu)
{
    static u8 *lowcore[MAX_CPUS];

    if (!cpu)
        return (void *)0;
    if (!lowcore[cpu]) {
        lowcore[cpu] = alloc_pages(2, 8192);
        memcpy(lowcore[cpu] + 0x1a0, (void *)0x1a0, 96);
    }
    return lowcore[cpu];
}

void cpu_start(unsigned cpu, void (*fn)(void *), void *arg)
{
    static u8 *stack[MAX_CPUS];
    u8 *lc = cpu_lowcore(cpu);
    u64 *block = (u64 *)(lc + CPU_BLOCK);
    struct psw *restart = (struct psw *)(lc + 0x1a0);

    if (!stack[cpu])
        stack[cpu] = alloc_pages(STACK_PAGES, 4096);
    block[0] = (u64)stack[cpu] + STACK_PAGES * 4096UL - 160;
    block[1] = (u64)fn;
    block[2] = (u64)arg;
    block[3] = cr0_value;
    *restart = (struct psw){PSW_64, (u64)cpu_entry};
    sigp_wait(SIGP_SET_PREFIX, cpu, (u64)lc, 0);
    sigp_wait(SIGP_RESTART, cpu, 0, 0);
}

void cpu_join(unsigned cpu)
{
    while (!cpu_stopped(cpu))
        relax();
}
