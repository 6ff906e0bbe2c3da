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
#define PGM_DECIMAL_OVERFLOW 0x0a
#define PGM_DECIMAL_DIVIDE 0x0b
#define PGM_SEGMENT_TRANSLATION 0x10
#define PGM_PAGE_TRANSLATION 0x11
#define PGM_TRANSLATION_SPEC 0x12
#define PGM_SPECIAL_OPERATION 0x13
#define PGM_SPACE_SWITCH 0x1c
#define PGM_ALET_SPECIFICATION 0x28
#define PGM_ALEN_TRANSLATION 0x29
#define PGM_ALE_SEQUENCE 0x2a
#define PGM_ASTE_VALIDITY 0x2b
#define PGM_ASTE_SEQUENCE 0x2c
#define PGM_EXTENDED_AUTHORITY 0x2d
#define PGM_ASCE_TYPE 0x38
#define PGM_REGION_FIRST_TRANSLATION 0x39
#define PGM_REGION_SECOND_TRANSLATION 0x3a
#define PGM_REGION_THIRD_TRANSLATION 0x3b
#define PGM_MONITOR 0x40
#define PGM_PER 0x80

#define PSW_PER 0x4000000000000000UL
#define PSW_DAT 0x0400000000000000UL
#define PSW_IO 0x0200000000000000UL
#define PSW_EXT 0x0100000000000000UL
#define PSW_MCHECK 0x0004000000000000UL
#define PSW_WAIT 0x0002000000000000UL
#define PSW_PSTATE 0x0001000000000000UL
#define PSW_SECONDARY 0x0000800000000000UL
#define PSW_AR 0x0000400000000000UL
#define PSW_HOME 0x0000c00000000000UL
#define PSW_31 0x0000000080000000UL
#define PSW_64 0x0000000180000000UL
#define PSW_KEY(k) ((u64)(k) << 52)

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
#define LC_DXC LC32(0x90)
#define LC_MON_CLASS LC16(0x94)
#define LC_PER_CODE LC8(0x96)
#define LC_PER_ATMID LC8(0x97)
#define LC_PER_ADDR LC64(0x98)
#define LC_EAID LC8(0xa0)
#define LC_PAID LC8(0xa1)
#define LC_OAID LC8(0xa2)
#define LC_TEID LC64(0xa8)
#define LC_MON_CODE LC64(0xb0)
#define LC_EXT_PARM LC32(0x80)
#define LC_EXT_CPU LC16(0x84)
#define LC_EXT_CODE LC16(0x86)
#define LC_BEA LC64(0x110)
#define LC_RESTART_OLD LC_PSW(0x120)
#define LC_RESTART_NEW LC_PSW(0x1a0)
#define LC_PGM_OLD LC_PSW(0x150)
#define LC_PGM_NEW LC_PSW(0x1d0)
#define LC_EXT_OLD LC_PSW(0x130)
#define LC_EXT_NEW LC_PSW(0x1b0)
#define LC_SVC_OLD LC_PSW(0x140)
#define LC_SVC_NEW LC_PSW(0x1c0)
#define LC_IO_OLD LC_PSW(0x170)
#define LC_IO_NEW LC_PSW(0x1f0)

extern char guest_end[];

#define SIGP_SENSE 0x01
#define SIGP_EXTERNAL_CALL 0x02
#define SIGP_EMERGENCY 0x03
#define SIGP_START 0x04
#define SIGP_STOP 0x05
#define SIGP_RESTART 0x06
#define SIGP_STOP_STORE_STATUS 0x09
#define SIGP_INITIAL_RESET 0x0b
#define SIGP_RESET 0x0c
#define SIGP_SET_PREFIX 0x0d
#define SIGP_STORE_STATUS 0x0e
#define SIGP_SET_ARCHITECTURE 0x12
#define SIGP_COND_EMERGENCY 0x13
#define SIGP_SENSE_RUNNING 0x15
#define SIGP_STORE_ADDTL_STATUS 0x17

#define DAT_INVALID 0x20UL /* of segment- and region-table entries */
#define DAT_PAGE_INVALID 0x400UL
#define DAT_PROTECT 0x200UL

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

/* Runs with a PSW mask until an interruption comes: the address of its old PSW; 0: none came.  With
 * PSW_WAIT, until one comes.  PSW mask as before afterwards. */
unsigned take(u64 mask);

/* This PSW mask (and 64-bit mode) from here on. */
void psw_mask(u64 mask);

/* Zeroed storage behind the program; never given back. */
void *alloc_pages(unsigned n, unsigned align);

/* ---- translation ---- */

/* Address-space-control element of a new space whose first MiBs are mapped one to one. */
u64 dat_identity(unsigned mib);
u64 *dat_ste(u64 asce, u64 va);
u64 *dat_pte(u64 asce, u64 va);
/* Maps a page (a page-table entry's content); returns va. */
u64 dat_page(u64 asce, u64 va, u64 pte);
void dat_on(u64 asce);
void dat_off(void);

/* ---- other CPUs ---- */

/* Condition code; *status is the right half of R1. */
unsigned sigp(unsigned order, unsigned cpu, u64 parameter, u32 *status);
/* Again while the CPU is busy. */
unsigned sigp_wait(unsigned order, unsigned cpu, u64 parameter, u32 *status);
bool cpu_stopped(unsigned cpu);
/* Prefix area of a further CPU, with new PSWs. */
void *cpu_lowcore(unsigned cpu);
/* Lets a stopped CPU run fn(arg) and stop again.  It must not print. */
void cpu_start(unsigned cpu, void (*fn)(void *), void *arg);
void cpu_join(unsigned cpu);

/* Lets other CPUs run (DIAG 44). */
static inline void relax(void)
{
    __asm__ volatile("diag %%r0,%%r0,0x44" : : : "memory");
}

static inline void barrier(void)
{
    __asm__ volatile("bcr 15,0" : : : "memory");
}

#define lctlg(cr, value)                                                                           \
    do {                                                                                           \
        u64 lctlg_value = (value);                                                                 \
        __asm__ volatile("lctlg " #cr "," #cr ",%0" : : "Q"(lctlg_value) : "memory");              \
    } while (0)

static inline void ptlb(void)
{
    __asm__ volatile("ptlb" : : : "memory");
}

static inline void sske(u64 real, unsigned key)
{
    __asm__ volatile("sske %0,%1" : : "d"((u64)key), "a"(real) : "memory");
}

static inline unsigned iske(u64 real)
{
    u64 key = 0;

    __asm__ volatile("iske %0,%1" : "+d"(key) : "a"(real) : "memory");
    return key & 0xff;
}

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

/* Clock comparator and CPU timer. */
static inline void sckc(u64 v)
{
    __asm__ volatile("sckc %0" : : "Q"(v));
}

static inline void spt(u64 v)
{
    __asm__ volatile("spt %0" : : "Q"(v));
}

/* Is it in the list of STORE FACILITY LIST EXTENDED. */
bool facility(unsigned n);

void *memset(void *p, int c, unsigned long n);
void *memcpy(void *to, const void *from, unsigned long n);
int memcmp(const void *a, const void *b, unsigned long n);
unsigned long strlen(const char *s);

#endif
