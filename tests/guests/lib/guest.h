/* SPDX-License-Identifier: Apache-2.0
 *
 * What bare-metal test guests are written with.  Each check prints one line on DIAG 8:
 * "ok NAME" or "FAIL NAME: …".  main() returns the number of failures.
 */
#ifndef GUEST_H
#define GUEST_H

typedef unsigned char u8;
typedef unsigned short u16;
typedef unsigned int u32;
typedef unsigned long u64;
typedef int s32;
typedef long s64;
typedef _Bool bool;
#define true 1
#define false 0
#define ARRAY_SIZE(a) (sizeof(a) / sizeof((a)[0]))

#define PGM_OPERATION 0x01
#define PGM_PRIVILEGED_OP 0x02
#define PGM_EXECUTE 0x03
#define PGM_PROTECTION 0x04
#define PGM_ADDRESSING 0x05
#define PGM_SPECIFICATION 0x06
#define PGM_DATA 0x07
#define PGM_FIXED_OVERFLOW 0x08
#define PGM_FIXED_DIVIDE 0x09
#define PGM_SPECIAL_OPERATION 0x13
#define PGM_SEGMENT_TRANSLATION 0x10
#define PGM_PAGE_TRANSLATION 0x11
#define PGM_MONITOR 0x40
#define PGM_PER 0x80

#define PSW_DAT 0x0400000000000000UL
#define PSW_IO 0x0200000000000000UL
#define PSW_EXT 0x0100000000000000UL
#define PSW_WAIT 0x0002000000000000UL
#define PSW_PSTATE 0x0001000000000000UL
#define PSW_64 0x0000000180000000UL

struct psw {
    u64 mask, addr;
};

/* Lowcore fields. */
#define LC8(off) (*(volatile u8 *)(u64)(off))
#define LC16(off) (*(volatile u16 *)(u64)(off))
#define LC32(off) (*(volatile u32 *)(u64)(off))
#define LC64(off) (*(volatile u64 *)(u64)(off))
#define LC_PSW(off) (*(volatile struct psw *)(u64)(off))
#define LC_PGM_ILC LC16(0x8c)
#define LC_PGM_CODE LC16(0x8e)
#define LC_PGM_OLD LC_PSW(0x150)
#define LC_PGM_NEW LC_PSW(0x1d0)
#define LC_EXT_OLD LC_PSW(0x130)
#define LC_EXT_NEW LC_PSW(0x1b0)
#define LC_SVC_OLD LC_PSW(0x140)
#define LC_SVC_NEW LC_PSW(0x1c0)
#define LC_IO_OLD LC_PSW(0x170)
#define LC_IO_NEW LC_PSW(0x1f0)

extern char guest_end[];

/* Runs fn(arg); the program-interruption code that ended it, or 0. */
int probe(void (*fn)(void *), void *arg);

/* Text on the console (DIAG 8). */
void print(const char *text);
void printf(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

/* One line; counts failures. */
void check(const char *name, bool ok);
void check_eq(const char *name, u64 got, u64 want);
/* Program interruption expected (0: none). */
void check_pgm(const char *name, void (*fn)(void *), void *arg, int code);
/* To be returned from main(). */
int failures(void);

/* Problem state from here to the next supervisor(). */
void problem_state(void);
void supervisor(void);

static inline u64 stctg(int cr)
{
    u64 v[16];

    __asm__ volatile("stctg %%c0,%%c15,%0" : "=Q"(v));
    return v[cr];
}

static inline u64 stck(void)
{
    u64 v;

    __asm__ volatile("stck %0" : "=Q"(v) : : "cc");
    return v;
}

void *memset(void *p, int c, unsigned long n);
void *memcpy(void *to, const void *from, unsigned long n);
int memcmp(const void *a, const void *b, unsigned long n);
unsigned long strlen(const char *s);

#endif
