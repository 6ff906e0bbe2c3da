/* SPDX-License-Identifier: Apache-2.0
 *
 * PROGRAM CALL, basic and stacking, and the ways back; LOAD ADDRESS SPACE PARAMETERS.
 * [PoP 5 PC-Number Translation, Linkage-Stack Operations], [PoP 10 PROGRAM CALL, PROGRAM RETURN,
 * PROGRAM TRANSFER, LOAD ADDRESS SPACE PARAMETERS]
 */
#include "asn.h"

/* What the called program saw, at fixed places: it has no base register. */
#define SEEN_GR ((volatile u64 *)0x3000UL)
#define SEEN_CR ((volatile u64 *)0x3100UL)
#define SEEN_PSW ((volatile u32 *)0x3200UL)
#define SEEN_ESTA ((volatile u64 *)0x3210UL) /* codes 0, 1, 2, 4 (two), then condition code */
#define SEEN_ESTA_5 ((volatile u64 *)0x3240UL)

__asm__("\t.text\n"
        "call_stacking:\n"
        "\tstmg %r0,%r15,0x3000\n"
        "\tsam64\n"
        "\tstctg %c0,%c15,0x3100\n"
        "\tepsw %r6,%r7\n\tstmy %r6,%r7,0x3200\n"
        "\tlghi %r2,0\n\testa %r8,%r2\n\tipm %r3\n\tstmy %r8,%r9,0x3210\n"
        "\tlghi %r2,1\n\testa %r8,%r2\n\tstmy %r8,%r9,0x3218\n"
        "\tlghi %r2,2\n\testa %r8,%r2\n\tstmy %r8,%r9,0x3220\n"
        "\tlghi %r2,4\n\testa %r8,%r2\n\tstmg %r8,%r9,0x3228\n"
        "\tsrl %r3,28\n\tllgfr %r3,%r3\n\tstg %r3,0x3238\n"
        "\tlghi %r2,5\n\tllilf %r8,0x11111111\n\tllilf %r9,0x22222222\n"
        "\testa %r8,%r2\n\tstmg %r8,%r9,0x3240\n"
        "\tlgr %r0,%r4\n"
        "\tpr\n"
        "call_problem:\n" /* touches nothing that is privileged */
        "\tepsw %r6,%r7\n\tstmy %r6,%r7,0x3200\n"
        "\tpr\n"
        "call_basic:\n"
        "\tstmg %r0,%r15,0x3000\n"
        "\tstctg %c0,%c15,0x3100\n"
        "\tepsw %r6,%r7\n\tstmy %r6,%r7,0x3200\n"
        "\tpt %r3,%r14\n");
extern char call_stacking[], call_problem[], call_basic[];

#define IN_31 (1UL << 32) /* call in 31-bit mode */

/* Calls with marked registers; GR 0, 3, 4 and 14 afterwards. */
u64 gr0, gr3, gr4, gr14;
static u64 call_next;

static __attribute__((noinline)) void call(u64 number)
{
    register u64 r1 __asm__("1") = number;
    register u64 r2 __asm__("2") = (u64)&call_next;

    __asm__ volatile("larl %%r3,1f\n\tstg %%r3,0(%%r2)\n\t"
                     "llihf %%r3,0x33333333\n\toilf %%r3,0x33333333\n\t"
                     "llihf %%r4,0x44444444\n\toilf %%r4,0x44444444\n\t"
                     "llihf %%r14,0xeeeeeeee\n\toilf %%r14,0xeeeeeeee\n\t"
                     "tmhl %0,1\n\tjz 2f\n\tsam31\n2:\tpc 0(%0)\n1:\tsam64\n\t"
                     "larl %%r5,gr0\n\tstg %%r0,0(%%r5)\n\tlarl %%r5,gr3\n\tstg %%r3,0(%%r5)\n\t"
                     "larl %%r5,gr4\n\tstg %%r4,0(%%r5)\n\tlarl %%r5,gr14\n\tstg %%r14,0(%%r5)"
                     : "+a"(r1), "+a"(r2)
                     :
                     : "0", "3", "4", "5", "6", "7", "8", "9", "10", "14", "memory", "cc");
}

/* For probe(): in primary-space mode. */
static void call_dat(void *number)
{
    psw_mask(PSW_DAT);
    call((u64)number);
}

static void call_from_problem(void *number)
{
    psw_mask(PSW_DAT | PSW_PSTATE);
    call((u64)number);
    supervisor();
}

static void call_ar(void *number)
{
    psw_mask(PSW_DAT | PSW_AR);
    call((u64)number);
}

static void call_secondary(void *number)
{
    psw_mask(PSW_DAT | PSW_SECONDARY);
    call((u64)number);
}

static void call_real(void *number)
{
    call((u64)number);
}

static void refuse(const char *name, void (*fn)(void *), u64 number, int code)
{
    check_pgm(name, fn, (void *)number, code);
    check_eq("  nothing stacked", *(u16 *)(stack + 0x10c), 0);
    home();
}

/* ---- stacking ---- */

static void stacking(void)
{
    struct ete *e;

    home();
    e = entry(0, call_stacking, T | G);
    e->ekm = 0x1234;
    e->eeax = 0x4444;
    e->key = 0x90;
    check_eq("stacking PC", (u64)probe(call_dat, (void *)PC(0)), 0);
    check_eq("  GR 4 is the parameter", SEEN_GR[4], 0x1111111122222222);
    check_eq("  GR 3 unchanged", SEEN_GR[3], 0x3333333333333333);
    check_eq("  GR 14 unchanged", SEEN_GR[14], 0xeeeeeeeeeeeeeeee);
    check_eq("  EKM ORed into the PSW-key mask", SEEN_CR[3], 0xd2340000UL | ASN_A);
    check_eq("  primary ASN stays", SEEN_CR[4], 0x10000UL | ASN_A);
    check_eq("  EAX stays", SEEN_CR[8], 0x330000);
    check_eq("  key stays", SEEN_PSW[0] >> 20 & 15, 0);
    check_eq("  state entry is the current one", SEEN_CR[15], (u64)(stack + 0x108 + 296));
    check_eq("  ESTA: PKM, SASN, EAX, PASN", SEEN_ESTA[0],
             0xc000UL << 48 | ASN_A << 32 | 0x33UL << 16 | ASN_A);
    check_eq("  ESTA: PC number, 64-bit target, no called space", SEEN_ESTA[2],
             0x80000000UL | PC(0));
    check_eq("  ESTA: return address", SEEN_ESTA[4], call_next);
    check_eq("  ESTA: mask", SEEN_ESTA[3] & ~0x300000000000UL, PSW_DAT | PSW_64);
    check_eq("  ESTA: condition code of a call", SEEN_ESTA[5], 1);
    check_eq("  next-entry size after PR", *(u16 *)(stack + 0x10c), 0);
    check_eq("  GR 4 back", gr4, 0x4444444444444444);
    check_eq("  GR 0 stays", gr0, 0x1111111122222222);

    home();
    e->flags = T | K | M | E | C;
    e->addr = 0x80000000 | (u32)(u64)call_stacking;
    e->parameter = 0x87654321;
    check_eq("stacking PC with K, M, E, C to 31-bit mode", (u64)probe(call_dat, (void *)PC(0)), 0);
    check_eq("  GR 4: left half kept", SEEN_GR[4], 0x4444444487654321);
    check_eq("  key mask replaced", SEEN_CR[3], 0x12340000UL | ASN_A);
    check_eq("  EAX", SEEN_CR[8], 0x44440000);
    check_eq("  key", SEEN_PSW[0] >> 20 & 15, 9);
    check_eq("  access-register mode", SEEN_PSW[0] & 0xc000, 0x4000);
    check_eq("  ESTA: 31-bit target", SEEN_ESTA[2], PC(0));

    home();
    entry(0, call_stacking, T | G);
    check_eq("stacking PC from access-register mode", (u64)probe(call_ar, (void *)PC(0)), 0);
    check_eq("  primary-space mode", SEEN_PSW[0] & 0xc000, 0);

    home();
    check_eq("stacking PC from problem to supervisor state",
             (u64)probe(call_from_problem, (void *)PC(0)), 0);
    check_eq("  supervisor state", SEEN_PSW[0] & 0x10000, 0);
    check_eq("  ESTA: problem state", SEEN_ESTA[3] & PSW_PSTATE, PSW_PSTATE);

    home();
    entry(0, call_problem, T | G)->addr |= 1;
    check_eq("stacking PC to problem state", (u64)probe(call_dat, (void *)PC(0)), 0);
    check_eq("  problem state", SEEN_PSW[0] & 0x10000, 0x10000);
}

/* ---- basic ---- */

static void basic(void)
{
    struct ete *e;

    home();
    e = entry(0, call_basic, G);
    e->ekm = 0x1234;
    lctlg(7, asce_b);
    check_eq("basic PC", (u64)probe(call_dat, (void *)PC(0)), 0);
    check_eq("  GR 3: key mask and PASN", SEEN_GR[3], 0x33333333c0000000UL | ASN_A);
    check_eq("  GR 4", SEEN_GR[4], 0x1111111122222222);
    check_eq("  GR 14: return address", SEEN_GR[14], call_next);
    check_eq("  EKM ORed", SEEN_CR[3], 0xd2340000UL | ASN_A);
    check_eq("  secondary space is the primary one", SEEN_CR[7], asce_a);
    check_eq("  no state entry", SEEN_CR[15], (u64)(stack + 0x108));

    home();
    check_eq("basic PC from problem state", (u64)probe(call_from_problem, (void *)PC(0)), 0);
    check_eq("  GR 14: problem state", SEEN_GR[14], call_next | 1);

    home();
    e->flags = 0;
    e->addr |= 0x80000000;
    check_eq("basic PC in 31-bit mode", (u64)probe(call_dat, (void *)(IN_31 | PC(0))), 0);
    check_eq("  GR 4: left half kept", SEEN_GR[4], 0x4444444422222222);
    check_eq("  GR 14: left half kept, bit 32", SEEN_GR[14], 0xeeeeeeee80000000UL | call_next);
    check_eq("  31-bit mode", SEEN_PSW[1], 0x80000000);

    home();
    refuse("basic PC from 64-bit to 31-bit mode", call_dat, PC(0), PGM_SPECIAL_OPERATION);
    entry(0, call_basic, G);
    refuse("basic PC from 31-bit to 64-bit mode", call_dat, IN_31 | PC(0), PGM_SPECIAL_OPERATION);
    refuse("basic PC in access-register mode", call_ar, PC(0), PGM_SPECIAL_OPERATION);
}

/* ---- refusals ---- */

static void refusals(void)
{
    struct ete *e;

    home();
    e = entry(0, call_stacking, T | G);
    refuse("PC without DAT", call_real, PC(0), PGM_SPECIAL_OPERATION);
    refuse("PC in secondary-space mode", call_secondary, PC(0), PGM_SPECIAL_OPERATION);
    aste(ASN_A)->ltd &= 0x7fffffff;
    refuse("PC without subsystem linkage", call_dat, PC(0), PGM_SPECIAL_OPERATION);
    aste(ASN_A)->ltd |= 0x80000000;
    refuse("PC: linkage index outside the table", call_dat, 0x2000, PGM_LX);
    check_eq("  number in the TEID", LC_TEID, 0x2000);
    refuse("PC: linkage index invalid", call_dat, 0x12300407, PGM_LX);
    check_eq("  20 bits in the TEID", LC_TEID, 0x407);
    check_eq("  nullified", LC_PGM_OLD.addr, call_next - 4);
    refuse("PC: entry index outside the table", call_dat, PC(16), PGM_EX);
    check_eq("  number in the TEID", LC_TEID, PC(16));
    e->akm = 0x0fff;
    refuse("PC: no authority", call_from_problem, PC(0), PGM_PRIVILEGED_OP);
    check_eq("PC: supervisor state needs none", (u64)probe(call_dat, (void *)PC(0)), 0);
    home();
    e->flags = T;
    e->addr = 0x01000000;
    refuse("PC: address beyond 24 bits", call_dat, PC(0), PGM_PC_SPEC);
    e = entry(0, call_stacking, T | G);
    *(u64 *)(stack + 0x108) = 0x09000008UL << 32;
    check_pgm("PC: stack full", call_dat, (void *)PC(0), PGM_STACK_FULL);
    check_eq("  nothing stacked", *(u16 *)(stack + 0x10c), 0);
    home();
    e->asn = ASN_B;
    e->asteo = (u32)(u64)aste(ASN_INVALID);
    refuse("PC: space that is not there", call_dat, PC(0), PGM_ASX);
    check_eq("  ASN in the TEID", LC_TEID, ASN_B);
    e->asteo = (u32)(u64)aste(ASN_B);
    lctlg(14, stctg(14) & ~0x80000UL);
    refuse("PC: ASN translation not allowed", call_dat, PC(0), PGM_SPECIAL_OPERATION);
    lctlg(14, stctg(14) | 0x80000UL);
}

/* ---- space switching ---- */

static struct ete *entry_b(void *fn, u8 flags)
{
    struct ete *e = entry(0, fn, flags);

    e->asn = ASN_B;
    e->asteo = (u32)(u64)aste(ASN_B);
    return e;
}

static void switching(void)
{
    home();
    entry_b(call_stacking, T | G);
    check_eq("stacking PC to another space", (u64)probe(call_dat, (void *)PC(0)), 0);
    check_eq("  primary space", SEEN_CR[1], asce_b);
    check_eq("  secondary space", SEEN_CR[7], asce_a);
    check_eq("  home space", SEEN_CR[13], asce_a);
    check_eq("  CR 3", SEEN_CR[3], 0xc0000000UL | ASN_A);
    check_eq("  CR 4: AX and ASN", SEEN_CR[4], 0x20000UL | ASN_B);
    check_eq("  CR 5", SEEN_CR[5], (u64)aste(ASN_B));
    check_eq("  ESTA: called space, PC number", SEEN_ESTA[2],
             ASN_B << 48 | 0x5678UL << 32 | 0x80000000UL | PC(0));

    home();
    entries[0].flags |= S;
    check_eq("stacking PC with S", (u64)probe(call_dat, (void *)PC(0)), 0);
    check_eq("  secondary space is the new one", SEEN_CR[7], asce_b);
    check_eq("  CR 3", SEEN_CR[3], 0xc0000000UL | ASN_B);

    home();
    entry_b(call_basic, G);
    check_eq("basic PC to another space", (u64)probe(call_dat, (void *)PC(0)), 0);
    check_eq("  primary space", SEEN_CR[1], asce_b);
    check_eq("  secondary space", SEEN_CR[7], asce_a);
    check_eq("  CR 4: AX and ASN", SEEN_CR[4], 0x20000UL | ASN_B);
    check_eq("  GR 3", SEEN_GR[3], 0x33333333c0000000UL | ASN_A);

    home();
    entry_b(call_stacking, T | G);
    aste(ASN_B)->asce |= SPACE_SWITCH;
    check_pgm("PC: space-switch event", call_dat, (void *)PC(0), PGM_SPACE_SWITCH);
    check_eq("  completed", LC_PGM_OLD.addr, (u64)call_stacking);
    check_eq("  old ASN in the TEID", LC_TEID, ASN_A);
    aste(ASN_B)->asce = asce_b;
    home();
}

/* ---- reusable ASNs and LXs ---- */

static __attribute__((noinline)) void call_15(u64 number, u64 sequence)
{
    register u64 r1 __asm__("1") = number;
    register u64 r2 __asm__("2") = sequence;

    __asm__ volatile("lgr %%r5,%%r15\n\tsllg %%r2,%%r2,32\n\togr %%r15,%%r2\n\t"
                     "pc 0(%0)\n\tlgr %%r15,%%r5"
                     : "+a"(r1), "+a"(r2)
                     :
                     : "0", "3", "4", "5", "6", "7", "8", "9", "10", "14", "memory", "cc");
}

static void call_sequence(void *number)
{
    psw_mask(PSW_DAT);
    call_15((u64)number, 0x99);
}

static void reuse_home(void)
{
    home();
    lctlg(0, stctg(0) | CR0_REUSE);
    lctlg(3, 0x77UL << 32 | 0xc0000000 | ASN_A);
    lctlg(4, 0x77UL << 32 | 0x10000 | ASN_A);
}

static void refuse_reuse(const char *name, void (*fn)(void *), u64 number, int code)
{
    reuse_home();
    check_pgm(name, fn, (void *)number, code);
    check_eq("  number in the TEID", LC_TEID, number);
}

static void reuse(void)
{
    u32 ltd = aste(ASN_A)->ltd;

    aste(ASN_A)->ltd = 0x80000000 | (u32)(u64)lfirst;
    aste(ASN_B)->astein = 0x88;
    reuse_home();
    entry_b(call_stacking, T | G);
    check_eq("reuse: stacking PC", (u64)probe(call_dat, (void *)PC(0)), 0);
    check_eq("  CR 3", SEEN_CR[3], 0x77UL << 32 | 0xc0000000UL | ASN_A);
    check_eq("  CR 4", SEEN_CR[4], 0x88UL << 32 | 0x20000UL | ASN_B);
    check_eq("  ESTA: called space by its instance number", SEEN_ESTA[2],
             ASN_B << 48 | 0x88UL << 32 | 0x80000000UL | PC(0));
    check_eq("  ESTA 5: left halves are instance numbers, right halves stay", SEEN_ESTA_5[0],
             0x7711111111UL);
    check_eq("  ESTA 5: the odd register", SEEN_ESTA_5[1], 0x7722222222UL);
    reuse_home();
    entry(0, call_stacking, T | G);
    check_eq("reuse: 32-bit number", (u64)probe(call_dat, (void *)(0x80000 | PC(0))), 0);
    check_eq("  ESTA: number", SEEN_ESTA[2], 0x80000000UL | PC(0));
    aste(ASN_A)->ltd |= 1;
    lfirst[64] = lfirst[0];
    reuse_home();
    check_eq("reuse: LFX 40", (u64)probe(call_dat, (void *)(0x180000 | PC(0))), 0);
    check_eq("  ESTA: number without bit 44", SEEN_ESTA[2], 0x80000000UL | 0x80000 | PC(0));
    aste(ASN_A)->ltd &= ~1U;
    refuse_reuse("reuse: LFX outside the table", call_dat, 0x00180000 | PC(0), PGM_LFX);
    refuse_reuse("reuse: LFX invalid", call_dat, 0x2000 | PC(0), PGM_LFX);
    refuse_reuse("reuse: LSX invalid", call_dat, 0x500, PGM_LSX);
    lsecond[2 * LX + 1] = 0x99;
    LC_EAID = 0x55;
    refuse_reuse("reuse: other sequence number", call_dat, PC(0), PGM_LSTE_SEQUENCE);
    check_eq("  no EAID is stored", LC_EAID, 0x55);
    reuse_home();
    check_eq("reuse: sequence number in GR 15", (u64)probe(call_sequence, (void *)PC(0)), 0);
    lsecond[2 * LX + 1] = 0;
    reuse_home();
    entry(0, call_basic, G);
    check_eq("reuse: basic PC", (u64)probe(call_dat, (void *)PC(0)), 0);
    check_eq("  GR 3: instance number", SEEN_GR[3], 0x77UL << 32 | 0xc0000000UL | ASN_A);
    aste(ASN_A)->ltd = ltd;
    aste(ASN_B)->astein = 0x77;
    home();
}

/* ---- LASP, subspaces ---- */

static struct {
    u64 v[2];
} __attribute__((aligned(16))) lasp_operand;

static u64 lasp_sastein = 0x77, lasp_pastein = 0x77;

static unsigned lasp(u64 pkm, u64 sasn, u64 ax, u64 pasn, unsigned how)
{
    unsigned cc;

    if (stctg(0) & CR0_REUSE) {
        lasp_operand.v[0] = lasp_sastein << 32 | pkm << 16 | sasn;
        lasp_operand.v[1] = lasp_pastein << 32 | ax << 16 | pasn;
    } else {
        lasp_operand.v[0] = pkm << 48 | sasn << 32 | ax << 16 | pasn;
    }
    __asm__ volatile("lasp 0(%1),0(%2)\n\tipm %0\n\tsrl %0,28"
                     : "=d"(cc)
                     : "a"(&lasp_operand), "a"((u64)how)
                     : "cc", "memory");
    return cc;
}

/* ASN B is the base space of a subspace group; the dispatchable unit is active in a subspace. */
static void subspace(void)
{
    u32 *duct = alloc_pages(1, 4096);
    u64 asce_sub = dat_identity(2) | 0x200;
    struct aste *sub = aste(ASN_INVALID + 1);

    put_space(ASN_INVALID + 1, asce_sub, 2, 0);
    aste(ASN_B)->asce = asce_b | 0x200;
    duct[0] = (u32)(u64)aste(ASN_B);
    duct[1] = 0x80000000 | (u32)(u64)sub;
    duct[3] = sub->astesn;
    lctlg(2, (u64)duct);
    home();
    entry_b(call_stacking, T | G);
    check_eq("PC to the base space, subspace active", (u64)probe(call_dat, (void *)PC(0)), 0);
    check_eq("  the subspace is the primary space", SEEN_CR[1], asce_sub);
    check_eq("  CR 5 is the base space's", SEEN_CR[5], (u64)aste(ASN_B));
    home();
    check_eq("LASP to the base space, subspace active", lasp(0xf000, ASN_A, 0, ASN_B, 0), 0);
    check_eq("  CR 1", stctg(1), asce_sub);
    home();
    duct[3]++;
    refuse("PC: other sequence number of the subspace", call_dat, PC(0), PGM_ASTE_SEQUENCE);
    check_eq("LASP: other sequence number of the primary", lasp(0xf000, ASN_A, 0, ASN_B, 0), 1);
    check_eq("LASP: other sequence number of the secondary", lasp(0xf000, ASN_B, 0, ASN_A, 1), 2);
    duct[3]--;
    sub->ato = 0x80000000;
    check_eq("LASP: subspace that is not there", lasp(0xf000, ASN_A, 0, ASN_B, 0), 1);
    refuse("PC: subspace that is not there", call_dat, PC(0), PGM_ASTE_VALIDITY);
    duct[1] &= 0x7fffffff;
    check_eq("PC to the base space, no subspace active", (u64)probe(call_dat, (void *)PC(0)), 0);
    check_eq("  the base space is the primary space", SEEN_CR[1], asce_b | 0x200);
    aste(ASN_B)->asce = asce_b;
    lctlg(2, saved[2]);
    home();
}

static void lasp_odd(void *arg)
{
    (void)arg;
    __asm__ volatile("lasp 4(%0),0" : : "a"(&lasp_operand) : "cc", "memory");
}

static void lasp_problem(void *arg)
{
    problem_state();
    lasp_odd(arg);
}

static void lasp_unchanged(void)
{
    check_eq("  nothing loaded: CR 1", stctg(1), asce_a);
    check_eq("  nothing loaded: CR 3", stctg(3), 0xc0000000UL | ASN_A);
    check_eq("  nothing loaded: CR 4", stctg(4), 0x10000UL | ASN_A);
    check_eq("  nothing loaded: CR 7", stctg(7), asce_a);
}

static void lasps(void)
{
    home();
    check_eq("LASP: both spaces", lasp(0xf000, ASN_A, 5, ASN_B, 0), 0);
    check_eq("  CR 1", stctg(1), asce_b);
    check_eq("  CR 3", stctg(3), 0xf0000000UL | ASN_A);
    check_eq("  CR 4", stctg(4), 0x20000UL | ASN_B);
    check_eq("  CR 5", stctg(5), (u64)aste(ASN_B));
    check_eq("  CR 7", stctg(7), asce_a);
    home();
    check_eq("LASP: same ASN, not translated", lasp(0x8000, ASN_A, 5, ASN_A, 0), 0);
    check_eq("  AX stays", stctg(4), 0x10000UL | ASN_A);
    check_eq("LASP: AX from the operand", lasp(0x8000, ASN_A, 5, ASN_A, 2), 0);
    check_eq("  CR 4", stctg(4), 0x50000UL | ASN_A);
    check_eq("LASP: translation forced", lasp(0x8000, ASN_A, 5, ASN_A, 4), 0);
    check_eq("  CR 4", stctg(4), 0x10000UL | ASN_A);
    lctlg(7, asce_b);
    check_eq("LASP: secondary as primary", lasp(0x8000, ASN_A, 5, ASN_A, 0), 0);
    check_eq("  CR 7", stctg(7), asce_a);
    home();
    check_eq("LASP: primary not there", lasp(0xf000, ASN_A, 5, ASN_INVALID, 0), 1);
    lasp_unchanged();
    check_eq("LASP: no table for the primary", lasp(0xf000, ASN_A, 5, ASN_NO_TABLE, 0), 1);
    check_eq("LASP: secondary not there", lasp(0xf000, ASN_INVALID, 5, ASN_B, 0), 2);
    lasp_unchanged();
    check_eq("LASP: secondary not authorized", lasp(0xf000, ASN_B, 3, ASN_A, 2), 2);
    lasp_unchanged();
    check_eq("LASP: secondary beyond the authority table", lasp(0xf000, ASN_B, 0x500, ASN_A, 2), 2);
    check_eq("LASP: authorization skipped", lasp(0xf000, ASN_B, 3, ASN_A, 3), 0);
    check_eq("  CR 7", stctg(7), asce_b);
    home();
    aste(ASN_B)->asce |= SPACE_SWITCH;
    check_eq("LASP: space-switch event", lasp(0xf000, ASN_A, 5, ASN_B, 0), 3);
    lasp_unchanged();
    aste(ASN_B)->asce = asce_b;
    reuse_home();
    check_eq("LASP: reuse", lasp(0xf000, ASN_A, 5, ASN_B, 0), 0);
    check_eq("  CR 3", stctg(3), 0x77UL << 32 | 0xf0000000UL | ASN_A);
    check_eq("  CR 4", stctg(4), 0x77UL << 32 | 0x20000UL | ASN_B);
    reuse_home();
    aste(ASN_B)->astein = 0x78;
    check_eq("LASP: reuse, other instance of the primary", lasp(0xf000, ASN_A, 5, ASN_B, 0), 1);
    check_eq("LASP: reuse, other instance of the secondary", lasp(0xf000, ASN_B, 5, ASN_A, 0), 2);
    aste(ASN_B)->astein = 0x77;
    lasp_pastein = 0x99;
    check_eq("LASP: reuse, current primary not looked at", lasp(0xf000, ASN_B, 5, ASN_A, 0), 0);
    check_eq("  CR 3", stctg(3), 0x77UL << 32 | 0xf0000000UL | ASN_B);
    check_eq("  CR 4: instance number stays", stctg(4), 0x77UL << 32 | 0x10000UL | ASN_A);
    lasp_pastein = 0x77;
    home();
    check_pgm("LASP: alignment", lasp_odd, 0, PGM_SPECIFICATION);
    check_pgm("LASP: problem state", lasp_problem, 0, PGM_PRIVILEGED_OP);
    lctlg(14, stctg(14) & ~0x80000UL);
    check_pgm("LASP: ASN translation not allowed", lasp_odd, 0, PGM_SPECIAL_OPERATION);
    lctlg(14, stctg(14) | 0x80000UL);
}

int main(void)
{
    set_up();
    stacking();
    basic();
    refusals();
    switching();
    reuse();
    subspace();
    lasps();
    return failures();
}
