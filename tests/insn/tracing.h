/* SPDX-License-Identifier: Apache-2.0
 *
 * For tests of implicit tracing: runs a piece of code with CR12 and compares the entries that it
 * made, byte by byte.  The pieces are assembler routines that load CR12 from TRACE_CR12 and end by a
 * jump to trace_end; they may also be run at addresses beyond 4 GiB (HIGH).
 */
#ifndef TRACING_H
#define TRACING_H

#include "guest.h"

#define TRACE_BRANCH 0x8000000000000000UL
#define TRACE_MODE 0x4000000000000000UL
#define TRACE_ASN 2UL
#define TRACE_EXPLICIT 1UL
#define PGM_TRACE_TABLE 0x16

#define TRACE_CR12 LC64(0x700)  /* to be loaded */
#define TRACE_DONE LC64(0x708)  /* as it was afterwards */
#define TRACE_ZERO LC64(0x710)
#define TRACE_PROBE LC_PSW(0x720)

#define HIGH 0x100000000UL /* everything is mapped here once more, in a space of trace_high() */
#define LOAD_CR12 "\tlctlg %c12,%c12,0x700\n"

__asm__("\t.text\n"
        "trace_end:\n"
        "\tstctg %c12,%c12,0x708\n\tlctlg %c12,%c12,0x710\n\tsam64\n\tbr %r14\n"
        "trace_program:\n"
        "\tstctg %c12,%c12,0x708\n\tlctlg %c12,%c12,0x710\n\tlpswe 0x720\n");
extern char trace_end[], trace_program[];

static u8 *trace_page; /* the trace table */
static u64 trace_bits; /* of CR12 */
static u64 trace_mask; /* of the PSW, without 64-bit mode */
static u64 trace_at;   /* offset of the entry in the page */
static u64 trace_real; /* another real address for CR12 than that of the entry */

static inline u64 trace_addr(void)
{
    return trace_real ? trace_real : (u64)trace_page + trace_at;
}

/* A space like that of `asce`, with HIGH. */
static inline u64 trace_high(u64 asce)
{
    u64 *table = alloc_pages(4, 4096);

    for (unsigned i = 0; i < 2048; i++)
        table[i] = DAT_INVALID | 4;
    table[0] = table[2] = (asce & ~0xfffUL) | 7;
    return (u64)table | 7;
}

/* For probe(): the piece that arg leads to. */
static void trace_go(void *arg)
{
    memset(trace_page, 0xee, 4096);
    TRACE_CR12 = trace_bits | trace_addr();
    TRACE_ZERO = 0;
    TRACE_PROBE.mask = LC_PGM_NEW.mask;
    TRACE_PROBE.addr = LC_PGM_NEW.addr;
    LC_PGM_NEW = (struct psw){PSW_64, (u64)trace_program};
    psw_mask(trace_mask);
    __asm__ volatile("lgr %%r1,%0\n\tlarl %%r14,1f\n\tbr %%r1\n1:"
                     :
                     : "d"(arg)
                     : "0", "1", "2", "3", "4", "5", "14", "cc", "memory");
    psw_mask(0);
}

static inline u32 trace_word(unsigned i)
{
    return ((u32 *)(trace_page + trace_at))[i];
}

/* The piece makes these n words and ends by `code`. */
static inline void trace_check(const char *name, void *piece, int code, const u32 *want, unsigned n)
{
    check_eq(name, (u64)probe(trace_go, piece), (u64)code);
    for (unsigned i = 0; i < n; i++)
        check_eq("  entry", trace_word(i), want[i]);
    check_eq("  nothing behind it", trace_word(n), 0xeeeeeeee);
    check_eq("  CR12", TRACE_DONE, trace_bits | (trace_addr() + 4 * n));
}

#define WORDS(...) (u32[]){__VA_ARGS__}, sizeof((u32[]){__VA_ARGS__}) / 4
#define traced(name, piece, ...) trace_check(name, piece, 0, WORDS(__VA_ARGS__))
#define not_traced(name, piece, code) trace_check(name, piece, code, 0, 0)

#endif
