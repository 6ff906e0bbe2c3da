/* SPDX-License-Identifier: Apache-2.0
 *
 * COMPARE AND FORM CODEWORD in the 24-, 31- and 64-bit modes, against results worked out by hand.
 * [PoP 7 COMPARE AND FORM CODEWORD]
 */
#include "guest.h"

/* Left halves of the registers, which must stay in the 24- and 31-bit modes. */
#define H1 0x1a2b3c4d00000000UL
#define H2 0x2a2b2c2d00000000UL
#define H3 0x3f3e3d3c00000000UL
#define LEFT 0x80000000UL

struct regs {
    u64 r1, r2, r3, cc;
};

#define CFC(mode, r, second)                                                                       \
    __asm__ volatile("lmg %%r1,%%r3,0(%0)\n\t" mode "\n\tcfc 0(%1)\n\tsam64\n\tipm %%r4\n\t"       \
                     "stmg %%r1,%%r3,0(%0)\n\tsrl %%r4,28\n\tllgfr %%r4,%%r4\n\t"                  \
                     "stg %%r4,24(%0)"                                                             \
                     :                                                                             \
                     : "a"(r), "a"((u64)(second))                                                  \
                     : "1", "2", "3", "4", "cc", "memory")

static void expect(const char *name, const struct regs *got, u64 r1, u64 r2, u64 r3, u64 cc)
{
    bool ok = got->r1 == r1 && got->r2 == r2 && got->r3 == r3 && got->cc == cc;

    if (!ok) {
        printf("r1 %lx want %lx, r2 %lx want %lx\n", got->r1, r1, got->r2, r2);
        printf("r3 %lx want %lx, cc %lx want %lx\n", got->r3, r3, got->cc, cc);
    }
    check(name, ok);
}

static u16 lower[] = {0x1111, 0x2222, 0x3333, 0x4444, 0x5555, 0x6666, 0x7777, 0x8888};
static u16 higher[] = {0x1111, 0x2222, 0x3334, 0x4444, 0x5555, 0x6666, 0x7777, 0x8888};
static u16 minus[] = {0x8000}, plus[] = {0x7fff};

#define A ((u64)lower)
#define B ((u64)higher)

static void unequal_31(void)
{
    struct regs r = {H1 | A, H2, H3 | B, 9};

    CFC("sam31", &r, 6);
    expect("31: control 0, operand 1 low", &r, H1 | A, H2 | 0x0006cccb, H3 | B, 1);
    r = (struct regs){H1 | B, H2, H3 | A, 9};
    CFC("sam31", &r, 6);
    expect("31: control 0, operand 1 high", &r, H1 | A, H2 | 0x0006cccb, H3 | B, 2);
    r = (struct regs){H1 | A, H2, H3 | B, 9};
    CFC("sam31", &r, 7);
    expect("31: control 1, operand 1 low", &r, H1 | B, H2 | 0x00063333, H3 | A, 2);
    r = (struct regs){H1 | B, H2, H3 | A, 9};
    CFC("sam31", &r, 7);
    expect("31: control 1, operand 1 high", &r, H1 | B, H2 | 0x00063333, H3 | A, 1);
    r = (struct regs){H1 | (u64)minus, H2, H3 | (u64)plus, 9};
    CFC("sam31", &r, 0);
    expect("31: comparison is logical", &r, H1 | (u64)plus, H2 | 0x00027fff, H3 | (u64)minus, 2);
    r = (struct regs){H1 | A, H2 | 0xabcd0004, H3 | B, 9};
    CFC("sam31", &r, 6);
    expect("31: bits 32-47 of register 2 are shifted out", &r, H1 | A, H2 | 0x0006cccb, H3 | B, 1);
    r = (struct regs){H1 | LEFT | B, H2, H3 | A, 9};
    CFC("sam31", &r, 6);
    expect("31: exchange of 32 bits", &r, H1 | A, H2 | 0x0006cccb, H3 | LEFT | B, 2);
    r = (struct regs){H1 | 0xff000000 | B, H2, H3 | 0x5a000000 | A, 9};
    CFC("sam24", &r, 6);
    expect("24: control 0, operand 1 high", &r, H1 | 0x5a000000 | A, H2 | 0x0006cccb,
           H3 | 0xff000000 | B, 2);
}

static void limit_31(void)
{
    struct regs r = {H1 | A, H2, H3 | B, 9};

    CFC("sam31", &r, 4);
    expect("31: index equal to the limit is compared", &r, H1 | A, H2 | 0x0006cccb, H3 | B, 1);
    r = (struct regs){H1 | A, H2, H3 | B, 9};
    CFC("sam31", &r, 2);
    expect("31: equal up to the limit", &r, H1 | A, H2 | LEFT | B, H3 | B, 0);
    r = (struct regs){H1 | A, H2, H3 | B, 9};
    CFC("sam31", &r, 3);
    expect("31: equal up to the limit, control 1", &r, H1 | A, H2 | LEFT | B, H3 | B, 0);
    r = (struct regs){H1 | A, H2 | 6, H3 | B, 9};
    CFC("sam31", &r, 14);
    expect("31: equal from an index on", &r, H1 | A, H2 | LEFT | B, H3 | B, 0);
    r = (struct regs){H1 | A, H2 | 0x12340004, H3 | B, 9};
    CFC("sam31", &r, 2);
    expect("31: index above the limit at once", &r, H1 | A, H2 | LEFT | B, H3 | B, 0);
    r = (struct regs){H1 | A, H2 | 0x8000, H3 | B, 9};
    CFC("sam31", &r, 0x7ffe);
    expect("31: index is logical", &r, H1 | A, H2 | LEFT | B, H3 | B, 0);
    r = (struct regs){H1 | A, H2, H3 | B, 9};
    CFC("sam31", &r, 0x7fff8002);
    expect("31: bits 33-48 of the limit are ignored", &r, H1 | A, H2 | LEFT | B, H3 | B, 0);
}

/* Six bytes: 1111 2222 3333, 4444 5555 6666 against ... 6667. */
static u16 lower6[] = {0x1111, 0x2222, 0x3333, 0x4444, 0x5555, 0x6666, 0x7777, 0x8888, 0x9999};
static u16 higher6[] = {0x1111, 0x2222, 0x3333, 0x4444, 0x5555, 0x6667, 0x7777, 0x8888, 0x9999};

#define A6 ((u64)lower6)
#define B6 ((u64)higher6)

static void unequal_64(void)
{
    struct regs r = {A6, 0, B6, 9};

    CFC("", &r, 12);
    expect("64: control 0, operand 1 low", &r, A6, 0x000cbbbbaaaa9998, B6, 1);
    r = (struct regs){B6, 0, A6, 9};
    CFC("", &r, 12);
    expect("64: control 0, operand 1 high", &r, A6, 0x000cbbbbaaaa9998, B6, 2);
    r = (struct regs){A6, 0, B6, 9};
    CFC("", &r, 13);
    expect("64: control 1, operand 1 low", &r, B6, 0x000c444455556666, A6, 2);
    r = (struct regs){B6, 0, A6, 9};
    CFC("", &r, 13);
    expect("64: control 1, operand 1 high", &r, B6, 0x000c444455556666, A6, 1);
    r = (struct regs){A6, 0xfedcba9876540006, B6, 9};
    CFC("", &r, 12);
    expect("64: bits 0-47 of register 2 are shifted out", &r, A6, 0x000cbbbbaaaa9998, B6, 1);
    r = (struct regs){A6, 2, B6, 9}; /* unit at 8: 5555 6666 7777 */
    CFC("", &r, 12);
    expect("64: index is no multiple of 6", &r, A6, 0x000eaaaa99988888, B6, 1);
}

static void limit_64(void)
{
    struct regs r = {A6, 0, B6, 9};

    CFC("", &r, 6);
    expect("64: index equal to the limit is compared", &r, A6, 0x000cbbbbaaaa9998, B6, 1);
    r = (struct regs){A6, 0, B6, 9};
    CFC("", &r, 4);
    expect("64: equal up to the limit", &r, A6, LEFT << 32 | B6, B6, 0);
    r = (struct regs){A6, 12, B6, 9};
    CFC("", &r, 13);
    expect("64: equal from an index on", &r, A6, LEFT << 32 | B6, B6, 0);
    r = (struct regs){A6, 0, B6, 9};
    CFC("", &r, 0xffffffffffff8004);
    expect("64: bits 0-48 of the limit are ignored", &r, A6, LEFT << 32 | B6, B6, 0);
}

/* Operands of the greatest length: interruptions find their place in there. */
static void longest(void)
{
    u8 *p = alloc_pages(18, 4096), *q = p + 9 * 4096;
    u64 a = (u64)p, b = (u64)q;
    struct regs r = {H1 | a, H2, H3 | b, 9};

    for (int i = 0; i < 16; i++) { /* often enough that the clock is looked at within one */
        r = (struct regs){H1 | a, H2, H3 | b, 9};
        CFC("sam31", &r, 0x7ffe);
        if (r.r2 != (H2 | LEFT | b))
            break;
    }
    expect("31: longest, equal", &r, H1 | a, H2 | LEFT | b, H3 | b, 0);
    r = (struct regs){a, 0, b, 9};
    CFC("", &r, 0x7ffe);
    expect("64: longest, equal", &r, a, LEFT << 32 | b, b, 0);
    q[0x7fff] = 1;
    r = (struct regs){H1 | a, H2, H3 | b, 9};
    CFC("sam31", &r, 0x7ffe);
    expect("31: longest, last byte differs", &r, H1 | a, H2 | 0x8000fffe, H3 | b, 1);
    r = (struct regs){a, 0, b, 9}; /* unit at 7ffe: 7ffe-8003 */
    CFC("", &r, 0x7fff);
    expect("64: longest, last unit differs", &r, b, 0x8004000000000000, a, 2);
}

/* ---- exceptions ---- */

static void run_31(void *arg)
{
    CFC("sam31", arg, 6);
}

static void run_64(void *arg)
{
    CFC("", arg, 6);
}

static void odd(void)
{
    struct regs r = {A + 1, 0, B, 9};

    check_pgm("31: register 1 odd", run_31, &r, PGM_SPECIFICATION);
    check_pgm("64: register 1 odd", run_64, &r, PGM_SPECIFICATION);
    r = (struct regs){A, 1, B, 9};
    check_pgm("31: register 2 odd", run_31, &r, PGM_SPECIFICATION);
    check_pgm("64: register 2 odd", run_64, &r, PGM_SPECIFICATION);
    r = (struct regs){A, 0, B + 1, 9};
    check_pgm("31: register 3 odd", run_31, &r, PGM_SPECIFICATION);
    check_pgm("64: register 3 odd", run_64, &r, PGM_SPECIFICATION);
    r = (struct regs){A, 0x101, B, 9};
    check_pgm("31: register 2 odd and above the limit", run_31, &r, PGM_SPECIFICATION);
}

/* Runs into a program interruption; the registers that it found, and its distance from the CFC. */
#define CFC_FAULT(mode, r, second)                                                                 \
    __asm__ volatile("larl %%r4,1f\n\tstg %%r4,0x1d8\n\tlarl %%r4,0f\n\t"                          \
                     "lmg %%r1,%%r3,0(%0)\n\t" mode "\n0:\tcfc 0(%1)\n1:\tsam64\n\t"               \
                     "stmg %%r1,%%r3,0(%0)\n\tlg %%r1,0x158\n\tsgr %%r1,%%r4\n\t"                  \
                     "stg %%r1,24(%0)"                                                             \
                     :                                                                             \
                     : "a"(r), "a"((u64)(second))                                                  \
                     : "1", "2", "3", "4", "cc", "memory")

/* The interruption switches DAT off. */
static void progress(u64 asce, u64 b)
{
    struct psw new = LC_PGM_NEW;
    struct regs r = {H1 | A, H2 | 0x56780000, H3 | b, 9};

    LC_PGM_NEW.mask = PSW_64;
    CFC_FAULT("sam31", &r, 14);
    expect("31: nullified, index behind equal units", &r, H1 | A, H2 | 0x56780008, H3 | b, 0);
    dat_on(asce);
    r = (struct regs){A, 0x1234567812345678 & ~0xffffUL, b, 9};
    CFC_FAULT("", &r, 14);
    expect("64: nullified, index behind equal units", &r, A, 0x1234567812340006, b, 0);
    LC_PGM_NEW.mask = new.mask;
    LC_PGM_NEW.addr = new.addr;
}

/* Operand 3 ends at an invalid page, after eight bytes. */
static void access(void)
{
    u64 asce = dat_identity(16), page = (u64)alloc_pages(2, 4096) + 4096, b = page - 8;
    struct regs r;

    memcpy((void *)b, lower, 8);
    *dat_pte(asce, page) |= DAT_PAGE_INVALID;
    dat_on(asce);
    r = (struct regs){H1 | A, H2, H3 | b, 9};
    run_31(&r);
    expect("31: no access beyond the limit", &r, H1 | A, H2 | LEFT | b, H3 | b, 0);
    r = (struct regs){A, 2, b, 9};
    check_pgm("64: unit ends before an invalid page", run_64, &r, 0);
    r = (struct regs){A, 6, b, 9};
    check_pgm("64: unit crosses into an invalid page", run_64, &r, PGM_PAGE_TRANSLATION);
    r = (struct regs){A, 0, b + 2, 9};
    check_pgm("64: operand 3 differs before it", run_64, &r, 0);
    r = (struct regs){A + 2, 0, b + 2, 9};
    check_pgm("31: third unit in an invalid page", run_31, &r, PGM_PAGE_TRANSLATION);
    progress(asce, b);
    dat_off();
    r = (struct regs){A, 0, b, 9}; /* unit at 6: 4444 0000 0000 */
    CFC("", &r, 6);
    expect("64: unit in two pages", &r, b, 0x000cbbbbaaaa9999, A, 2);
}

int main(void)
{
    unequal_31();
    limit_31();
    unequal_64();
    limit_64();
    longest();
    odd();
    access();
    return failures();
}
