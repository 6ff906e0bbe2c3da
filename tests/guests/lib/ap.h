/* SPDX-License-Identifier: Apache-2.0
 *
 * Instructions of adjunct processors for bare-metal test guests.  Functions return the response
 * code; the rest is left in ap_*.
 */
#ifndef GUEST_AP_H
#define GUEST_AP_H

#include "guest.h"

enum { TAPQ, RAPQ, ZAPQ, AQIC, QCI }; /* functions of PQAP */
#define AP_T 0x00800000U              /* TAPQ: tells what the card can do */
#define AP_EMPTY 0x80000000U          /* status word */
#define AP_REPLY 0x40000000U
#define AP_IRQ 0x01000000U
#define AP_ACCELERATOR 0x08000000U
#define AP_ISC 6UL
#define AP_ENABLE (0x0000800000000000UL | AP_ISC)

/* What the last instruction left. */
static u32 ap_cc, ap_status;
static u64 ap_info, ap_id, ap_length;
static u8 ap_reply[12288] __attribute__((aligned(8)));

static inline u32 pqap(u32 fc, u32 apqn, u64 gr1, u64 gr2)
{
    register u64 r0 __asm__("0") = fc << 24 | apqn;
    register u64 r1 __asm__("1") = gr1;
    register u64 r2 __asm__("2") = gr2;

    __asm__ volatile(".insn rre,0xb2af0000,0,0\n\tipm %0\n\tsrl %0,28"
                     : "=&d"(ap_cc), "+d"(r1), "+d"(r2)
                     : "d"(r0)
                     : "cc", "memory");
    ap_status = (u32)r1;
    ap_info = r2;
    return ap_status >> 16 & 0xff;
}

static inline u32 nqap(u32 apqn, u64 number, const void *from, u64 n)
{
    register u64 r0 __asm__("0") = 0x40000000 | apqn;
    register u64 r1 __asm__("1") = 0;
    register u64 r2 __asm__("2") = number >> 32;
    register u64 r3 __asm__("3") = number & 0xffffffff;
    register u64 r4 __asm__("4") = (u64)from;
    register u64 r5 __asm__("5") = n;

    __asm__ volatile("0: .insn rre,0xb2ad0000,2,4\n\tjh 0b\n\tipm %0\n\tsrl %0,28"
                     : "=&d"(ap_cc), "+d"(r1), "+d"(r4), "+d"(r5)
                     : "d"(r0), "d"(r2), "d"(r3)
                     : "cc", "memory");
    ap_status = (u32)r1;
    return ap_status >> 16 & 0xff;
}

static inline u32 dqap(u32 apqn)
{
    register u64 r0 __asm__("0") = 0x80000000 | apqn;
    register u64 r1 __asm__("1") = 0;
    register u64 r2 __asm__("2") = 0;
    register u64 r4 __asm__("4") = 0;
    register u64 r5 __asm__("5") = 0;
    register u64 r6 __asm__("6") = (u64)ap_reply;
    register u64 r7 __asm__("7") = sizeof(ap_reply);

    __asm__ volatile("0: .insn rre,0xb2ae0000,4,6\n\tjh 0b\n\tjl 0b\n\tipm %0\n\tsrl %0,28"
                     : "=&d"(ap_cc), "+d"(r0), "+d"(r1), "+d"(r2), "+d"(r4), "+d"(r5), "+d"(r6),
                       "+d"(r7)
                     :
                     : "cc", "memory");
    ap_status = (u32)r1;
    ap_id = r4 << 32 | r5;
    ap_length = sizeof(ap_reply) - r7;
    return ap_status >> 16 & 0xff;
}

static inline u32 aqic(u32 apqn, bool on, volatile void *indicator)
{
    return pqap(AQIC, apqn, on ? AP_ENABLE : AP_ISC, (u64)indicator);
}

u64 ap_saved[10] __attribute__((visibility("hidden")));

/* DIAGNOSE 308 subcode 1: a subsystem reset, storage stays; goes on with the short PSW at 0.  Other
 * CPUs stop, this one's control registers are those of the reset. */
static inline void reset_machine(void)
{
    __asm__ volatile(
        "larl %%r1,1f\n\tllihf %%r2,0x00080001\n\toilf %%r2,0x80000000\n\t"
        "ogr %%r2,%%r1\n\tstg %%r2,0\n\tlarl %%r1,ap_saved\n\tstmg %%r6,%%r15,0(%%r1)\n\t"
        "lghi %%r2,0\n\tlghi %%r3,1\n\tdiag %%r2,%%r3,0x308\n"
        "1:\tlarl %%r1,ap_saved\n\tlmg %%r6,%%r15,0(%%r1)"
        : "+m"(ap_saved)
        :
        : "1", "2", "3", "4", "5", "cc", "memory");
    psw_mask(PSW_64);
}

#endif
