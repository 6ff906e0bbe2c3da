/* SPDX-License-Identifier: Apache-2.0
 *
 * ASN tracing and mode tracing of PROGRAM CALL, PROGRAM RETURN, PROGRAM TRANSFER and SET SECONDARY
 * ASN, branch tracing of BRANCH AND STACK: every format, keys, problem state, the end of the table.
 * [PoP 4 Tracing]
 */
#include "asn.h"
#include "tracing.h"

#define NUMBER LC64(0x738) /* of the call */
#define OPERAND LC64(0x738)
#define PROBLEM LC_PSW(0x740)
#define NUMBER_R5 "\tlg %r5,0x738\n"

__asm__("\t.text\n"
        "callee:\n\tpr\ncallee_next:\n"
        "p_64:\n" NUMBER_R5 LOAD_CR12 "\tpc 0(%r5)\np_64_next:\tj trace_end\n"
        "p_31:\n" NUMBER_R5 "\tsam31\n" LOAD_CR12 "\tpc 0(%r5)\np_31_next:\tj trace_end\n"
        "p_24:\n" NUMBER_R5 "\tsam24\n" LOAD_CR12 "\tpc 0(%r5)\np_24_next:\tj trace_end\n"
        "p_key:\n" NUMBER_R5 LOAD_CR12
        "\tspka 0x90\n\tpc 0(%r5)\np_key_next:\tspka 0\n\tj trace_end\n"
        "p_problem:\n" NUMBER_R5 LOAD_CR12 "\tlpswe 0x740\n"
        "p_problem_pc:\tpc 0(%r5)\np_problem_next:\tsvc 0\n\tj trace_end\n"
        "p_ssar:\n\tlg %r1,0x738\n" LOAD_CR12 "\tssar %r1\n\tj trace_end\n"
        "p_ssair:\n\tlg %r1,0x738\n" LOAD_CR12 "\t.long 0xb99f0010\n\tj trace_end\n"
        "p_pt:\n\tlg %r1,0x738\n\tlarl %r2,trace_end\n" LOAD_CR12 "\tpt %r1,%r2\n"
        "p_pt_high:\n\tlg %r1,0x738\n\tlarl %r2,trace_end\n\toihl %r2,1\n" LOAD_CR12
        "\tpt %r1,%r2\n"
        "p_pt_31:\n\tlg %r1,0x738\n\tlarl %r2,trace_end\n\toilf %r2,0x80000000\n\tsam31\n" LOAD_CR12
        "\tpt %r1,%r2\n"
        "p_pti:\n\tlg %r1,0x738\n\tlarl %r2,trace_end\n" LOAD_CR12 "\t.long 0xb99e0012\n"
        "p_bakr:\n\tlarl %r2,p_bakr_to\n" LOAD_CR12 "\tbakr %r0,%r2\n\tj trace_end\n"
        "p_bakr_to:\n\tpr\np_bakr_to_next:\n"
        "p_bakr_31:\n\tlarl %r2,p_bakr_to\n\tlarl %r1,trace_end\n\toilf %r1,0x80000000\n" LOAD_CR12
        "\tbakr %r1,%r2\n"
        "p_home:\n" LOAD_CR12 "\tsacf 768\np_home_next:\tsacf 0\n\tj trace_end\n"
        "p_bakr_0:\n" LOAD_CR12 "\tbakr %r0,%r0\n\tj trace_end\n");
extern char callee[], callee_next[], p_64[], p_64_next[], p_31[], p_31_next[], p_24[];
extern char p_24_next[], p_key[], p_key_next[], p_problem[], p_problem_pc[], p_problem_next[];
extern char p_ssar[], p_ssair[], p_pt[], p_pt_high[], p_pt_31[], p_pti[];
extern char p_home[], p_home_next[], p_bakr[], p_bakr_to[], p_bakr_to_next[], p_bakr_31[], p_bakr_0[];

#define LOW(p) ((u32)(u64)(p))
#define A 0x80000000U
#define N ((u32)PC(0))
#define BACK LOW(callee_next)

/* Before each call: an empty linkage stack, the target as `flags` and `high` say. */
static void target(u8 flags, u32 amode, bool high)
{
    struct ete *e = entry(0, callee, T | flags);

    home();
    e->addr |= amode;
    e->addr_high = high;
}

static void calls(void)
{
    trace_bits = TRACE_ASN;
    NUMBER = PC(0);
    target(G, 0, false);
    traced("64 to 64", p_64, 0x22000000 | N, 0, LOW(p_64_next), /* PR */
           0x320a0000 | ASN_A, LOW(p_64_next), BACK);
    target(0, A, false);
    traced("31 to 31", p_31, 0x21000000 | N, A | LOW(p_31_next), /* PR */
           0x32000000 | ASN_A, A | LOW(p_31_next), A | BACK);
    target(0, 0, false);
    traced("24 to 24", p_24, 0x21000000 | N, LOW(p_24_next), /* PR */
           0x32000000 | ASN_A, LOW(p_24_next), BACK);
    target(G, 0, false);
    traced("31 to 64", p_31, 0x21000000 | N, A | LOW(p_31_next), /* PR */
           0x32020000 | ASN_A, A | LOW(p_31_next), BACK);
    target(0, A, false);
    traced("64 to 31", p_64, 0x22000000 | N, 0, LOW(p_64_next), /* PR */
           0x32080000 | ASN_A, LOW(p_64_next), A | BACK);
    target(G, 0, false);
    traced("64 high to 64", p_64 + HIGH, 0x22000000 | N, 1, LOW(p_64_next), /* PR */
           0x330e0000 | ASN_A, 1, LOW(p_64_next), BACK);
    target(0, A, false);
    traced("64 high to 31", p_64 + HIGH, 0x22000000 | N, 1, LOW(p_64_next), /* PR */
           0x330c0000 | ASN_A, 1, LOW(p_64_next), A | BACK);
    target(G, 0, true);
    traced("64 to 64 high", p_64, 0x22000000 | N, 0, LOW(p_64_next), /* PR */
           0x330b0000 | ASN_A, LOW(p_64_next), 1, BACK);
    target(G, 0, true);
    traced("31 to 64 high", p_31, 0x21000000 | N, A | LOW(p_31_next), /* PR */
           0x33030000 | ASN_A, A | LOW(p_31_next), 1, BACK);
    target(G, 0, true);
    traced("64 high to 64 high", p_64 + HIGH, 0x22000000 | N, 1, LOW(p_64_next), /* PR */
           0x340f0000 | ASN_A, 1, LOW(p_64_next), 1, BACK);
    target(G, 0, false);
    traced("with a key", p_key, 0x22900000 | N, 0, LOW(p_key_next), /* PR */
           0x329a0000 | ASN_A, LOW(p_key_next), BACK);
    target(G, 0, false);
    PROBLEM.mask = PSW_64 | PSW_DAT | PSW_PSTATE;
    PROBLEM.addr = (u64)p_problem_pc;
    traced("from problem state", p_problem, 0x22000000 | N, 0, LOW(p_problem_next) | 1, /* PR */
           0x320a0000 | ASN_A, LOW(p_problem_next) | 1, BACK);
    target(G, 0, false);
    entries[0].asn = ASN_B;
    entries[0].asteo = (u32)(u64)aste(ASN_B);
    traced("to another space and back", p_64, 0x22000000 | N, 0, LOW(p_64_next), /* PR */
           0x320a0000 | ASN_A, LOW(p_64_next), BACK);
}

/* Numbers of 32 bits, and others where ASNs and LXs are reusable. */
static void wide_calls(void)
{
    u32 ltd = aste(ASN_A)->ltd, wide = 0x80000 | N;

    aste(ASN_A)->ltd = 0x80000000 | (u32)(u64)lfirst;
    trace_bits = TRACE_ASN;
    NUMBER = PC(0);
#define REUSE(flags, amode, high)                                                                  \
    do {                                                                                           \
        target(flags, amode, high);                                                                \
        lctlg(0, stctg(0) | CR0_REUSE);                                                            \
        lctlg(3, 0x77UL << 32 | 0xc0000000 | ASN_A);                                               \
        lctlg(4, 0x77UL << 32 | 0x10000 | ASN_A);                                                  \
    } while (0)
    REUSE(G, 0, false);
    traced("reuse, 20 bits, 64 to 64", p_64, 0x22000000 | N, 0, LOW(p_64_next), /* PR */
           0x320a0000 | ASN_A, LOW(p_64_next), BACK);
    REUSE(0, A, false);
    traced("reuse, 20 bits, 31 to 31", p_31, 0x21000000 | N, A | LOW(p_31_next), /* PR */
           0x32000000 | ASN_A, A | LOW(p_31_next), A | BACK);
    NUMBER = wide;
    REUSE(G, 0, false);
    traced("reuse, 32 bits, 64 to 64", p_64, 0x220b0000, LOW(p_64_next), wide, /* PR */
           0x320a0000 | ASN_A, LOW(p_64_next), BACK);
    REUSE(0, A, false);
    traced("reuse, 32 bits, 64 to 31", p_64, 0x220a0000, LOW(p_64_next), wide, /* PR */
           0x32080000 | ASN_A, LOW(p_64_next), A | BACK);
    REUSE(0, A, false);
    traced("reuse, 32 bits, 31 to 31", p_31, 0x22080000, A | LOW(p_31_next), wide, /* PR */
           0x32000000 | ASN_A, A | LOW(p_31_next), A | BACK);
    REUSE(G, 0, false);
    traced("reuse, 32 bits, 31 to 64", p_31, 0x22090000, A | LOW(p_31_next), wide, /* PR */
           0x32020000 | ASN_A, A | LOW(p_31_next), BACK);
    REUSE(G, 0, false);
    traced("reuse, 32 bits, 64 high to 64", p_64 + HIGH, 0x230f0000, 1, LOW(p_64_next), wide,
           0x330e0000 | ASN_A, 1, LOW(p_64_next), BACK);
    REUSE(G, 0, false);
    traced("reuse, 32 bits, with a key", p_key, 0x229b0000, LOW(p_key_next), wide, /* PR */
           0x329a0000 | ASN_A, LOW(p_key_next), BACK);
    aste(ASN_A)->ltd = ltd;
    NUMBER = PC(0);
    home();
}

static void call_modes(void)
{
    trace_bits = TRACE_MODE;
    target(G, 0, false);
    traced("mode tracing, 31 to 64", p_31, 0x51300000, A | LOW(p_31_next), /* PR */
           0x51200000, BACK);
    target(0, A, false);
    traced("mode tracing, 64 to 31", p_64, 0x51200000, LOW(p_64_next), /* PR */
           0x51300000, A | BACK);
    target(G, 0, false);
    not_traced("mode tracing, 64 to 64", p_64, 0);
    target(0, 0, false);
    not_traced("mode tracing, 31 to 24", p_31, 0);
    trace_bits = TRACE_MODE | TRACE_ASN;
    target(G, 0, false);
    traced("mode and ASN tracing, 31 to 64", p_31, 0x21000000 | N, A | LOW(p_31_next), 0x51300000,
           A | LOW(p_31_next), /* PR */ 0x32020000 | ASN_A, A | LOW(p_31_next), BACK);
    trace_bits = TRACE_BRANCH;
    target(G, 0, false);
    not_traced("branch tracing", p_64, 0);
}

static void transfers(void)
{
    trace_bits = TRACE_ASN;
    home();
    OPERAND = ASN_A;
    traced("SSAR to the primary space", p_ssar, 0x10000000 | ASN_A);
    OPERAND = ASN_B;
    traced("SSAR", p_ssar, 0x10000000 | ASN_B);
    OPERAND = 0x77UL << 32 | ASN_B;
    traced("SSAIR", p_ssair, 0x10010000 | ASN_B);
    not_traced("SSAR to a space that is not there", (OPERAND = ASN_INVALID, p_ssar), PGM_ASX);
    OPERAND = 0x78UL << 32 | ASN_B;
    not_traced("SSAIR, other instance", p_ssair, 0x2f);
    check_eq("  EAID: SASN", LC_EAID, 0x10);
    not_traced("PTI, other instance", p_pti, 0x2f);
    check_eq("  EAID: PASN", LC_EAID, 0x20);
    OPERAND = 0x78UL << 32 | 0xffff0000 | ASN_A;
    traced("PTI to the primary space: instance not looked at", p_pti, 0x31090000 | ASN_A,
           LOW(trace_end));
    OPERAND = 0xffff0000 | ASN_A;
    traced("PT in 64-bit mode", p_pt, 0x31080000 | ASN_A, LOW(trace_end));
    traced("PT in 64-bit mode to beyond 4 GiB", p_pt_high, 0x320c0000 | ASN_A, 1, LOW(trace_end));
    traced("PT in 31-bit mode", p_pt_31, 0x31000000 | ASN_A, A | LOW(trace_end));
    OPERAND = 0x77UL << 32 | 0xffff0000 | ASN_B;
    traced("PTI to another space", p_pti, 0x31090000 | ASN_B, LOW(trace_end));
    trace_bits = TRACE_BRANCH | TRACE_MODE;
    not_traced("PT without ASN tracing", p_pt, 0);
    not_traced("SSAR without ASN tracing", p_ssar, 0);
}

static void stacked_branches(void)
{
    home();
    trace_bits = TRACE_BRANCH;
    traced("BAKR", p_bakr, A | LOW(p_bakr_to));
    home();
    traced("BAKR beyond 2 GiB", p_bakr + HIGH, 0x52c00000, 1, LOW(p_bakr_to));
    home();
    not_traced("BAKR that does not branch", p_bakr_0, 0);
    home();
    trace_bits = TRACE_ASN | TRACE_MODE;
    not_traced("PR of a branch, mode stays", p_bakr, 0);
    home();
    traced("PR of a branch to 31-bit mode", p_bakr_31, 0x51200000, LOW(p_bakr_to_next));
}

static void ends(void)
{
    trace_bits = TRACE_ASN;
    trace_at = 4096 - 12;
    NUMBER = PC(0);
    target(G, 0, false);
    not_traced("PC: end of the table", p_64, PGM_TRACE_TABLE);
    check_eq("  nullified", LC_PGM_OLD.addr, (u64)p_64_next - 4);
    check_eq("  nothing stacked", *(u16 *)(stack + 0x10c), 0);
    trace_at = 4096 - 16;
    target(G, 0, false);
    trace_check("PR: end of the table", p_64, PGM_TRACE_TABLE,
                WORDS(0x22000000 | N, 0, LOW(p_64_next)));
    check_eq("  nullified", LC_PGM_OLD.addr, (u64)callee);
    check_eq("  still stacked", *(u16 *)(stack + 0x10c), 296);
    trace_at = 4096 - 4;
    OPERAND = ASN_B;
    home();
    not_traced("SSAR: end of the table", p_ssar, PGM_TRACE_TABLE);
    OPERAND = 0xffff0000 | ASN_A;
    not_traced("PT: end of the table", p_pt, PGM_TRACE_TABLE);
    trace_bits = TRACE_BRANCH;
    not_traced("BAKR: end of the table", p_bakr, PGM_TRACE_TABLE);
    check_eq("  nothing stacked", *(u16 *)(stack + 0x10c), 0);
}

/* A PER event makes a space-switch event of a switch. */
static void with_per(void)
{
    trace_bits = 0;
    trace_mask = PSW_DAT | PSW_PER;
    NUMBER = PC(0);
    target(G, 0, false);
    lctlg(9, 0x40000000);
    lctlg(10, (u64)p_64_next - 4);
    lctlg(11, (u64)p_64_next - 4);
    check_eq("PER event of PC in its space", (u64)probe(trace_go, p_64), PGM_PER);
    target(G, 0, false);
    entries[0].asn = ASN_B;
    entries[0].asteo = (u32)(u64)aste(ASN_B);
    check_eq("PER event of PC to another space", (u64)probe(trace_go, p_64),
             PGM_PER | PGM_SPACE_SWITCH);
    check_eq("  completed", LC_PGM_OLD.addr, (u64)callee);
    check_eq("  old ASN in the TEID", LC_TEID, ASN_A);
    check_eq("  PER address", LC_PER_ADDR, (u64)p_64_next - 4);
    home();
    lctlg(0, stctg(0) | 0x4000000); /* secondary-space control, which SACF wants */
    lctlg(10, (u64)p_home_next - 4);
    lctlg(11, (u64)p_home_next - 4);
    check_eq("PER event of SACF to home-space mode", (u64)probe(trace_go, p_home),
             PGM_PER | PGM_SPACE_SWITCH);
    check_eq("  primary ASN in the TEID", LC_TEID, ASN_A);
    lctlg(10, (u64)p_home_next);
    lctlg(11, (u64)p_home_next);
    check_eq("PER event of SACF from home-space mode", (u64)probe(trace_go, p_home),
             PGM_PER | PGM_SPACE_SWITCH);
    check_eq("  zero in the TEID", LC_TEID, 0);
    lctlg(9, 0);
    trace_mask = PSW_DAT;
}

int main(void)
{
    set_up();
    trace_page = alloc_pages(2, 4096);
    trace_at = 0x100;
    asce_a = aste(ASN_A)->asce = trace_high(asce_a);
    trace_mask = PSW_DAT;
    calls();
    wide_calls();
    call_modes();
    transfers();
    stacked_branches();
    ends();
    with_per();
    return failures();
}
