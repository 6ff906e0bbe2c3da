/* SPDX-License-Identifier: Apache-2.0
 *
 * TRAP2, TRAP4 and RESUME PROGRAM: save area, parameter list and PSW in all their forms, each
 * exception, and what tracing shows of them.  [PoP 10 TRAP, RESUME PROGRAM]
 *
 * The control block and the save area are seen in the home space only.
 */
#include "tracing.h"

#define SEEN_GR ((volatile u64 *)0x3100UL)
#define SEEN_PSW LC64(0x3200)
#define SEEN_A2 LC32(0x3208)
#define TRAP_VA 0x190000UL /* of the control block, in the home space */
#define SAVE_VA 0x1a0f80UL /* of the save area: it reaches into the next page */

__asm__("\t.text\n"
        "\t.macro marked\n"
        "\tllihf %r5,0x55555555\n\toilf %r5,0x66666666\n\tsar %a15,%r5\n\tlgr %r4,%r15\n"
        "\tllihf %r15,0xffff0000\n\toilf %r15,0xffff1111\n\tcr %r5,%r5\n\t.endm\n"
        "t_trap2:\n\tmarked\n" LOAD_CR12 "\t.short 0x01ff\nt_trap2_next:\n"
        "t_trap4:\n\tmarked\n\tllihf %r2,0x1\n\toilf %r2,0x9ab00000\n" LOAD_CR12
        "\t.long 0xb2ff2123\nt_trap4_next:\n"
        "t_31:\n\tmarked\n\tsam31\n" LOAD_CR12 "\t.short 0x01ff\nt_31_next:\n"
        "t_24:\n\tmarked\n\tsam24\n" LOAD_CR12 "\t.short 0x01ff\nt_24_next:\n"
        "t_ex:\n\tmarked\n\tsam31\n" LOAD_CR12 "\texrl %r0,t_ex_target\nt_ex_next:\n"
        "t_ex_target:\t.short 0x01ff\n"
        "t_ar:\n\tmarked\n\tsac 512\n" LOAD_CR12 "\t.short 0x01ff\n"
        "t_secondary:\n\tsac 256\n" LOAD_CR12 "\t.short 0x01ff\n"
        "t_key:\n\tmarked\n" LOAD_CR12 "\tspka 0x90\n\t.short 0x01ff\nt_key_next:\n"
        "t_program:\n\tstmg %r0,%r15,0x3100\n\tepsw %r0,%r1\n\tstmy %r0,%r1,0x3200\n"
        "\tlgr %r15,%r4\n\tj trace_end\n"
        /* RESUME PROGRAM by register 2, with parameter lists behind it */
        "\t.macro resume label, list:vararg\n"
        "\\label:\n\tlarl %r2,r_area\n\tlghi %r3,-1\n\tsar %a2,%r3\n" LOAD_CR12 "\t.long 0xb2772010\n"
        "\\label\\()_next:\n\t.short \\list\n\t.endm\n"
        "\tresume r_short, 0, 0, 16, 20, 0xffff\n"
        "\tresume r_long, 4, 32, 16, 20, 0xffff\n"
        "\tresume r_wide, 6, 32, 16, 24, 0xffff\n"
        "\tresume r_apart, 7, 32, 16, 20, 24\n"
        "\tresume r_d, 5, 32, 16, 20, 24\n"
        "\tresume r_zero, 8, 32, 16, 20, 24\n"
        "r_31:\n\tlarl %r2,r_area\n\tsam31\n" LOAD_CR12 "\t.long 0xb2772010\nr_31_next:\n"
        "\t.short 4,32,16,20\n"
        "r_ex:\n\tlarl %r2,r_area\n" LOAD_CR12 "\texrl %r0,r_ex_target\n\tj .\n"
        "r_ex_target:\t.long 0xb2772010\n\t.short 4,32,16,20\n"
        "r_problem:\n\tlarl %r2,r_area\n" LOAD_CR12 "\tlpswe 0x740\n"
        "r_problem_rp:\t.long 0xb2772010\n\t.short 4,32,16,20\n"
        "r_to:\n\tstmg %r0,%r15,0x3100\n\tepsw %r0,%r1\n\tstmy %r0,%r1,0x3200\n"
        "\tstamy %a2,%a2,0x3208\n\tsacf 0\n\tj trace_end\n");
extern char t_trap2[], t_trap2_next[], t_trap4[], t_trap4_next[], t_31[], t_31_next[], t_24[];
extern char t_24_next[], t_ex[], t_ex_next[], t_ar[], t_secondary[], t_key[], t_key_next[];
extern char t_program[], r_short[], r_short_next[], r_long[], r_long_next[], r_wide[], r_apart[];
extern char r_d[], r_zero[], r_31[], r_31_next[], r_ex[], r_problem[], r_problem_rp[], r_to[];

#define LOW(p) ((u32)(u64)(p))
#define A 0x80000000U

static u32 *duct, *control;
static u8 *save_1, *save_2; /* the save area's pages; used are the last 128 bytes of the first */
static u64 home;
static u32 saved[40];

/* ---- TRAP ---- */

static void start(u32 flags)
{
    memset(control, 0, 32);
    control[0] = flags;
    control[3] = SAVE_VA | 5; /* of which bits 29-31 do not count */
    control[5] = A | LOW(t_program);
    duct[11] = TRAP_VA | 1;
    memset(save_1, 0xdd, 4096);
    memset(save_2, 0xdd, 4096);
    lctlg(2, (u64)duct);
    trace_mask = PSW_DAT;
}

static void trap(const char *name, void *piece)
{
    check_eq(name, (u64)probe(trace_go, piece), 0);
    memcpy(saved, save_1 + 0xf80, 128);
    memcpy(saved + 32, save_2, 32);
    check_eq("  to 31-bit mode, primary space", SEEN_PSW & (PSW_64 | PSW_HOME), PSW_31);
}

#define P 0x40000U
#define R 0x20000U

static void traps(void)
{
    trace_bits = 0;
    start(P | R);
    trap("TRAP2, long PSW, 64-bit registers", t_trap2);
    check_eq("  GR 15: control block", SEEN_GR[15], TRAP_VA);
    check_eq("  flags: ILC 1", saved[0], 0x00020000);
    check_eq("  zeros", saved[1], 0);
    check_eq("  no operand", saved[2], 0);
    check_eq("  AR 15", saved[3], 0x66666666);
    check_eq("  PSW", (u64)saved[4] << 32 | saved[5], PSW_DAT | PSW_64);
    check_eq("  PSW address", (u64)saved[6] << 32 | saved[7], (u64)t_trap2_next);
    check_eq("  GR 5", (u64)saved[18] << 32 | saved[19], 0x5555555566666666);
    check_eq("  GR 15", (u64)saved[38] << 32 | saved[39], 0xffff0000ffff1111);
    start(P);
    trap("TRAP4, long PSW, 32-bit registers", t_trap4);
    check_eq("  flags: TRAP4, ILC 2", saved[0], 0x40040000);
    check_eq("  31 bits of the operand address", saved[2], 0x1ab00123);
    check_eq("  PSW address", (u64)saved[6] << 32 | saved[7], (u64)t_trap4_next);
    check_eq("  GR 5", saved[13], 0x66666666);
    check_eq("  GR 15", saved[23], 0xffff1111);
    check_eq("  nothing behind it", saved[24], 0xdddddddd);
    start(0);
    trap("TRAP2 in 31-bit mode, short PSW", t_31);
    check_eq("  GR 15: left half kept", SEEN_GR[15], 0xffff000000000000UL | TRAP_VA);
    check_eq("  PSW with bit 12", saved[4], 0x04080000);
    check_eq("  PSW address", saved[5], A | LOW(t_31_next));
    check_eq("  zeros", saved[6] | saved[7], 0);
    start(0);
    trap("TRAP2 in 24-bit mode", t_24);
    check_eq("  PSW address", saved[5], LOW(t_24_next));
    start(R);
    trap("TRAP2 by EXECUTE RELATIVE LONG", t_ex);
    check_eq("  flags: EXECUTE, ILC 3", saved[0], 0x80060000);
    check_eq("  PSW address", saved[5], A | LOW(t_ex_next));
    check_eq("  GR 5", (u64)saved[18] << 32 | saved[19], 0x5555555566666666);
    start(P);
    trap("TRAP2 in access-register mode", t_ar);
    check_eq("  PSW saved with it", saved[4] & 0xc000, 0x4000);
}

static void trap_refusals(void)
{
    trace_bits = 0;
    start(P);
    trace_mask = 0;
    not_traced("TRAP2 without DAT", t_trap2, PGM_SPECIAL_OPERATION);
    start(P);
    not_traced("TRAP2 in secondary-space mode", t_secondary, PGM_SPECIAL_OPERATION);
    duct[11] = TRAP_VA;
    not_traced("TRAP2 not enabled", t_trap2, PGM_SPECIAL_OPERATION);
    start(R);
    not_traced("TRAP2 in 64-bit mode, short PSW", t_trap2, PGM_SPECIAL_OPERATION);
    check_eq("  nothing saved", *(u32 *)(save_1 + 0xf80), 0xdddddddd);
    start(P);
    *dat_pte(home, SAVE_VA + 4096) |= DAT_PAGE_INVALID;
    ptlb();
    trap("TRAP2, 128 bytes are enough without R", t_trap2);
    start(P | R);
    not_traced("TRAP2, part of the save area is not there", t_trap2, PGM_PAGE_TRANSLATION);
    check_eq("  page", LC_TEID & ~0xfffUL, (SAVE_VA + 4096) & ~0xfffUL);
    check_eq("  of the home space", LC_TEID & 3, 3);
    check_eq("  nothing saved", *(u32 *)(save_1 + 0xf80), 0xdddddddd);
    *dat_pte(home, SAVE_VA + 4096) &= ~DAT_PAGE_INVALID;
    *dat_pte(home, TRAP_VA) |= DAT_PAGE_INVALID;
    ptlb();
    not_traced("TRAP2, control block is not there", t_trap2, PGM_PAGE_TRANSLATION);
    *dat_pte(home, TRAP_VA) &= ~DAT_PAGE_INVALID;
    ptlb();
    start(P);
    check_eq("TRAP2, save area protected by its key", (u64)probe(trace_go, t_key), PGM_PROTECTION);
    lctlg(2, 0x7fff0000);
    not_traced("TRAP2, no DUCT", t_trap2, PGM_ADDRESSING);
}

static void trap_tracing(void)
{
    start(P);
    trace_bits = TRACE_BRANCH;
    traced("TRAP2, branch tracing", t_trap2, A | LOW(t_program));
    trace_bits = TRACE_MODE;
    traced("TRAP2, mode tracing", t_trap2, 0x51200000, LOW(t_trap2_next));
    not_traced("TRAP2 in 31-bit mode, mode tracing", t_31, 0);
    trace_bits = TRACE_MODE | TRACE_BRANCH;
    traced("TRAP2, both", t_trap2, 0x51a00000, A | LOW(t_program));
    start(P);
    trace_at = 4096 - 4;
    not_traced("TRAP2: end of the table", t_trap2, PGM_TRACE_TABLE);
    check_eq("  nothing saved", *(u32 *)(save_1 + 0xf80), 0xdddddddd);
    trace_at = 0x100;
}

/* ---- RESUME PROGRAM ---- */

/* 16 bytes before the operand: it is at displacement 16. */
u64 r_area[8] __attribute__((aligned(16)));
#define AREA (r_area + 2)

static void operand(u64 mask, u64 addr)
{
    AREA[0] = mask | 0x0008000000000000 | addr; /* short form */
    AREA[2] = 0x7777000188888888;               /* AR, GR */
    AREA[3] = 0x99999999aaaaaaaa;
    AREA[4] = mask;
    AREA[5] = addr;
}

static void resume(const char *name, void *piece)
{
    check_eq(name, (u64)probe(trace_go, piece), 0);
}

static void resumes(void)
{
    trace_bits = 0;
    trace_mask = PSW_DAT;
    operand(PSW_AR | 0x0000250000000000 | PSW_31, (u64)r_to);
    resume("RP, short PSW", r_short);
    check_eq("  PSW: AR mode, 31 bits, condition code, program mask", SEEN_PSW,
             PSW_DAT | PSW_AR | 0x0000250000000000 | PSW_31);
    check_eq("  GR 2: left half kept", SEEN_GR[2], 0x88888888UL);
    check_eq("  AR 2", SEEN_A2, 0x77770001);
    operand(PSW_SECONDARY | PSW_64 | PSW_IO | PSW_PSTATE | PSW_KEY(9) | PSW_WAIT, (u64)r_to);
    resume("RP, long PSW", r_long);
    check_eq("  other bits are the old ones", SEEN_PSW, PSW_DAT | PSW_SECONDARY | PSW_64);
    operand(0, (u64)r_to);
    resume("RP to 24-bit mode, 64-bit register", r_wide);
    check_eq("  PSW", SEEN_PSW, PSW_DAT);
    check_eq("  GR 2", SEEN_GR[2], 0x99999999aaaaaaaa);
    operand(PSW_64, (u64)r_to);
    resume("RP, register in two places", r_apart);
    check_eq("  GR 2", SEEN_GR[2], 0x9999999988888888);
    resume("RP, D without R", r_d);
    check_eq("  GR 2: left half kept", SEEN_GR[2], 0x88888888UL);
    operand(PSW_64, (u64)r_to + HIGH);
    resume("RP to beyond 4 GiB", r_long);
    operand(PSW_64, (u64)r_to);
    resume("RP by EXECUTE: list behind the target", r_ex);
    operand(PSW_HOME | PSW_64, (u64)r_to);
    resume("RP to home-space mode", r_long);
    check_eq("  PSW", SEEN_PSW, PSW_DAT | PSW_HOME | PSW_64);
    lctlg(13, home | 0x40);
    check_eq("RP: space-switch event", (u64)probe(trace_go, r_long), PGM_SPACE_SWITCH);
    check_eq("  completed", LC_PGM_OLD.addr, (u64)r_to);
    lctlg(13, home);
}

static void resume_refusals(void)
{
    trace_bits = TRACE_BRANCH;
    trace_mask = PSW_DAT;
    operand(PSW_64, (u64)r_to);
    not_traced("RP: bit of the list that must be zero", r_zero, PGM_SPECIFICATION);
    operand(PSW_64, (u64)r_to + 1);
    not_traced("RP: odd address", r_long, PGM_SPECIFICATION);
    check_eq("  suppressed", LC_PGM_OLD.addr, (u64)r_long_next);
    operand(PSW_64 & ~PSW_31, (u64)r_to);
    not_traced("RP: 64-bit mode without 31", r_long, PGM_SPECIFICATION);
    operand(PSW_31, (u64)r_to + HIGH);
    not_traced("RP: address beyond 31 bits", r_long, PGM_SPECIFICATION);
    operand(0, 0x1000000);
    not_traced("RP: address beyond 24 bits", r_short, PGM_SPECIFICATION);
    operand(PSW_HOME | PSW_64, (u64)r_to);
    LC_PSW(0x740).mask = PSW_64 | PSW_DAT | PSW_PSTATE;
    LC_PSW(0x740).addr = (u64)r_problem_rp;
    not_traced("RP: home-space mode in problem state", r_problem, PGM_PRIVILEGED_OP);
}

static void resume_tracing(void)
{
    trace_mask = PSW_DAT;
    operand(PSW_64, (u64)r_to);
    trace_bits = TRACE_BRANCH;
    traced("RP, branch tracing", r_long, A | LOW(r_to));
    trace_bits = TRACE_MODE;
    not_traced("RP, mode stays", r_long, 0);
    traced("RP from 31-bit mode, mode tracing", r_31, 0x51300000, A | LOW(r_31_next));
    trace_bits = TRACE_MODE | TRACE_BRANCH;
    traced("RP from 31-bit mode, both", r_31, 0x51b00000, LOW(r_to));
    operand(PSW_31, (u64)r_to);
    traced("RP to 31-bit mode, both", r_long, 0x51a00000, A | LOW(r_to));
    operand(PSW_64, (u64)r_to + HIGH);
    traced("RP to beyond 4 GiB, both", r_31, 0x52f00000, 1, LOW(r_to));
    trace_bits = TRACE_BRANCH;
    trace_at = 4096 - 4;
    operand(PSW_31, (u64)r_to);
    not_traced("RP: end of the table", r_long, PGM_TRACE_TABLE);
    check_eq("  nullified", LC_PGM_OLD.addr, (u64)r_long_next - 4);
    trace_at = 0x100;
}

int main(void)
{
    u64 asce = trace_high(dat_identity(2));

    home = dat_identity(2);
    duct = alloc_pages(1, 4096);
    control = alloc_pages(1, 4096);
    save_1 = alloc_pages(1, 4096);
    save_2 = alloc_pages(1, 4096);
    trace_page = alloc_pages(2, 4096);
    trace_at = 0x100;
    dat_page(home, TRAP_VA, (u64)control);
    dat_page(home, SAVE_VA, (u64)save_1);
    dat_page(home, SAVE_VA + 4096, (u64)save_2);
    lctlg(0, stctg(0) | 0x4000000); /* secondary-space control */
    lctlg(1, asce);
    lctlg(7, asce);
    lctlg(13, home);
    ptlb();
    traps();
    trap_refusals();
    trap_tracing();
    resumes();
    resume_refusals();
    resume_tracing();
    return failures();
}
