/* SPDX-License-Identifier: Apache-2.0
 *
 * Fixed-point and decimal overflow with the program mask on and off: condition code 3, result
 * stored, interruption after completion.  [PoP 6 Fixed-Point-Overflow Exception, Decimal-Overflow
 * Exception]
 */
#include "guest.h"

static u64 result, mask; /* of the last operation; program mask to run with */
static u8 dec[8];
static volatile u32 word;

#define OP(name, a, b, insn)                                                                       \
    static void name(void *arg)                                                                    \
    {                                                                                              \
        (void)arg;                                                                                 \
        __asm__ volatile("lgr %%r2,%0\n\tlgr %%r3,%1\n\tspm %2\n\t" insn "\n\tstg %%r2,%3\n\t"     \
                         "ipm %%r4\n\tst %%r4,0x3f0\n\tspm %4"                                     \
                         :                                                                         \
                         : "d"((u64)(a)), "d"((u64)(b)), "d"(mask), "m"(result), "d"(0)            \
                         : "2", "3", "4", "cc", "memory");                                         \
    }

OP(ar, 0x7fffffff, 1, "ar %%r2,%%r3\n\tst %%r2,0x3f4")
OP(agr, 0x7fffffffffffffff, 1, "agr %%r2,%%r3")
OP(sr, 0x80000000, 1, "sr %%r2,%%r3")
OP(lcr, 0x80000000, 0x80000000, "lcr %%r2,%%r3")
OP(lpr, 0x80000000, 0x80000000, "lpr %%r2,%%r3")
OP(sla, 0x40000000, 0, "sla %%r2,1")
OP(slag, 0x4000000000000000, 0, "slag %%r2,%%r2,1")
OP(ahi, 0x7fffffff, 0, "ahi %%r2,1")
OP(alr, 0xffffffff, 1, "alr %%r2,%%r3")

static const struct {
    const char *name;
    void (*fn)(void *);
    bool interrupts;
} ops[] = {
    {"AR", ar, true},     {"AGR", agr, true}, {"SR", sr, true},
    {"LCR", lcr, true},   {"LPR", lpr, true}, {"SLA", sla, true},
    {"SLAG", slag, true}, {"AHI", ahi, true}, {"ALR", alr, false},
};

static void ap(void *arg)
{
    (void)arg;
    __asm__ volatile("spm %0\n\tap 0(2,%1),0(1,%2)\n\tipm %%r4\n\tst %%r4,0x3f0\n\tspm %3"
                     :
                     : "d"(mask), "a"(dec), "a"(dec + 4), "d"(0)
                     : "4", "cc", "memory");
}

static void asi(void *arg)
{
    (void)arg;
    __asm__ volatile("spm %0\n\tasi %1,1\n\tipm %%r4\n\tst %%r4,0x3f0\n\tspm %2"
                     :
                     : "d"(mask), "S"(word), "d"(0)
                     : "4", "cc", "memory");
}

static void decimal(void)
{
    memcpy(dec, "\x99\x9c\x00\x00\x1c", 5);
    mask = 0;
    check_pgm("AP, masked", ap, 0, 0);
    check_eq("AP, masked: condition code", LC32(0x3f0) >> 28, 3);
    check_eq("AP, masked: result is cut", *(u16 *)dec, 0x000c);
    memcpy(dec, "\x99\x9c\x00\x00\x1c", 5);
    mask = 4UL << 24;
    check_pgm("AP, enabled", ap, 0, PGM_DECIMAL_OVERFLOW);
    check_eq("AP, enabled: result is stored", *(u16 *)dec, 0x000c);
    check_eq("AP, enabled: old PSW is behind, ILC", LC_PGM_ILC, 6);
    check_eq("AP, enabled: condition code in the old PSW", LC_PGM_OLD.mask >> 44 & 3, 3);
    memcpy(dec, "\x99\x9c\x00\x00\x1c", 5);
    mask = 8UL << 24;
    check_pgm("AP: the fixed-point mask does not count", ap, 0, 0);
}

int main(void)
{
    for (unsigned i = 0; i < ARRAY_SIZE(ops); i++) {
        mask = 0;
        check_pgm(ops[i].name, ops[i].fn, 0, 0);
        if (ops[i].interrupts)
            check_eq(ops[i].name, LC32(0x3f0) >> 28, 3);
        mask = 8UL << 24;
        check_pgm(ops[i].name, ops[i].fn, 0, ops[i].interrupts ? PGM_FIXED_OVERFLOW : 0);
        if (ops[i].interrupts)
            check_eq(ops[i].name, LC_PGM_OLD.mask >> 44 & 3, 3);
    }
    mask = 8UL << 24;
    word = 0x7fffffff;
    check_pgm("ASI, enabled", asi, 0, PGM_FIXED_OVERFLOW);
    check_eq("ASI, enabled: stored", word, 0x80000000);
    decimal();
    return failures();
}
