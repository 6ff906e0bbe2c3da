/* SPDX-License-Identifier: Apache-2.0
 *
 * BRANCH IN SUBSPACE GROUP and BRANCH AND SET AUTHORITY: what they change, each exception, and what
 * tracing shows of them.  [PoP 10 BRANCH IN SUBSPACE GROUP, BRANCH AND SET AUTHORITY]
 *
 * ASN A is the base space of a subspace group.
 */
#include "asn.h"
#include "tracing.h"

#define ALET LC32(0x738) /* for access register 2 */
#define BSA_R1 LC64(0x738)
#define SEEN_CR ((volatile u64 *)0x3100UL)
#define SEEN_GR1 LC64(0x3200)
#define SEEN_PSW LC64(0x3208)
#define SEEN_LATER LC64(0x3210)

__asm__("\t.text\n"
        "s_64:\n\tlarl %r2,s_to\n\tlhi %r1,-1\n\tlamy %a2,%a2,0x738\n" LOAD_CR12 "\tbsg %r1,%r2\n"
        "s_64_next:\n"
        "s_31:\n\tlarl %r2,s_to\n\toilf %r2,0x80000000\n\tlghi %r1,-1\n\tlamy %a2,%a2,0x738\n"
        "\tsam31\n" LOAD_CR12 "\tbsg %r1,%r2\ns_31_next:\n"
        "s_24:\n\tlarl %r2,s_to\n\tlghi %r1,-1\n\tlamy %a2,%a2,0x738\n\tsam31\n" LOAD_CR12
        "\tbsg %r1,%r2\ns_24_next:\n"
        "s_r0:\n\tlghi %r1,-1\n\tlarl %r0,s_to\n\tlamy %a0,%a0,0x738\n" LOAD_CR12 "\tbsg %r0,%r0\n"
        "s_r0_next:\n"
        "s_to:\n\tstctg %c0,%c15,0x3100\n\tstg %r1,0x3200\n\tepsw %r3,%r4\n"
        "\tstmy %r3,%r4,0x3208\n\tj trace_end\n"
        /* reduced authority and back; key and mode as seen there */
        "a_both:\n\tlg %r1,0x738\n\tlarl %r2,a_there\n\tlghi %r3,-1\n" LOAD_CR12 "\tbsa %r1,%r2\n"
        "a_back:\n\tstctg %c0,%c15,0x3100\n\tstg %r3,0x3200\n\tstmy %r4,%r5,0x3208\n"
        "\tepsw %r4,%r5\n\tstmy %r4,%r5,0x3210\n\tj trace_end\n"
        "a_there:\n\tepsw %r4,%r5\n\tbsa %r3,%r0\na_there_next:\n"
        "a_both_31:\n\tlg %r1,0x738\n\tlarl %r2,a_there\n\tlghi %r3,-1\n\tsam31\n" LOAD_CR12
        "\tbsa %r1,%r2\n\tj a_back\n"
        "a_once:\n\tlg %r1,0x738\n\tlarl %r2,1f\n" LOAD_CR12 "\tbsa %r1,%r2\na_once_next:\n"
        "1:\tsvc 0\n\tstctg %c0,%c15,0x3100\n\tj trace_end\n"
        "a_r2_0:\n" LOAD_CR12 "\tbsa %r1,%r0\n"
        "a_reduced:\n\tlarl %r2,trace_end\n" LOAD_CR12 "\tbsa %r1,%r2\n"
        "a_spka:\n\tlg %r1,0x738\n\tlarl %r2,1f\n" LOAD_CR12 "\tbsa %r1,%r2\n1:\tspka 0x10\n"
        "a_problem:\n\tlg %r1,0x738\n\tlarl %r2,trace_end\n" LOAD_CR12 "\tlpswe 0x740\n"
        "a_problem_bsa:\tbsa %r1,%r2\n"
        /* with low-address protection */
        "s_protected:\n\tlarl %r2,s_to\n\tlamy %a2,%a2,0x738\n\tlctlg %c0,%c0,0x750\n" LOAD_CR12
        "\tbsg %r1,%r2\n"
        "a_protected:\n\tlarl %r2,s_to\n\tlctlg %c0,%c0,0x750\n" LOAD_CR12 "\tbsa %r1,%r2\n");
extern char s_64[], s_64_next[], s_31[], s_31_next[], s_24[], s_24_next[], s_r0[], s_r0_next[];
extern char s_to[], s_protected[], a_both[], a_back[], a_there[], a_there_next[], a_both_31[];
extern char a_once[], a_once_next[], a_r2_0[], a_reduced[], a_spka[], a_problem[];
extern char a_problem_bsa[], a_protected[];

#define LOW(p) ((u32)(u64)(p))
#define A 0x80000000U
#define GROUP 0x200UL
#define BASE_BIT 1U
#define SUB_1 (ASN_INVALID + 1)
#define SUB_2 (ASN_INVALID + 2)
#define OTHER (ASN_INVALID + 3) /* in no group */

static u32 *duct, *list;
static u64 asce_1, asce_2;

static void list_entry(unsigned n, u64 asn)
{
    u32 *e = list + 4 * n;

    e[0] = 0;
    e[2] = (u32)(u64)aste(asn);
    e[3] = aste(asn)->astesn;
}

static void start(void)
{
    home();
    memset(duct, 0, 64);
    duct[0] = (u32)(u64)aste(ASN_A);
    duct[4] = (u32)(u64)list;
    lctlg(1, asce_a);
    lctlg(2, (u64)duct);
    lctlg(3, 0xc0000000UL | ASN_B);
    for (unsigned n = 2; n < 8; n++)
        list[4 * n] = 0x80000000;
    list_entry(2, SUB_1);
    list_entry(3, SUB_2);
    list_entry(4, ASN_A);
    list_entry(5, ASN_B); /* base of another group */
    list_entry(6, OTHER);
}

static void go(const char *name, void *piece, u32 alet)
{
    ALET = alet;
    check_eq(name, (u64)probe(trace_go, piece), 0);
}

static void branching(void)
{
    u64 sub_1 = (asce_1 & ~0xc0UL) | (asce_a & 0xc0);

    trace_bits = 0;
    start();
    go("BSG to a subspace", s_64, 2);
    check_eq("  primary space, event bits kept", SEEN_CR[1], sub_1);
    check_eq("  secondary space", SEEN_CR[7], sub_1);
    check_eq("  secondary ASN", SEEN_CR[3], 0xc0000000UL | ASN_A);
    check_eq("  primary ASN", SEEN_CR[4], 0x10000UL | ASN_A);
    check_eq("  CR 5", SEEN_CR[5], (u64)aste(ASN_A));
    check_eq("  link", SEEN_GR1, (u64)s_64_next);
    check_eq("  DUCT: subspace active", duct[1], A | LOW(aste(SUB_1)));
    check_eq("  DUCT: sequence number", duct[3], aste(SUB_1)->astesn);
    go("BSG to the base space, ALET 0", s_64, 0);
    check_eq("  primary space", SEEN_CR[1], aste(ASN_A)->asce);
    check_eq("  DUCT: subspace no longer active", duct[1], LOW(aste(SUB_1)));
    go("BSG to the last subspace, ALET 1", s_64, 1);
    check_eq("  primary space", SEEN_CR[1], sub_1);
    check_eq("  DUCT: subspace active", duct[1], A | LOW(aste(SUB_1)));
    go("BSG to another subspace", s_64, 3);
    check_eq("  primary space", SEEN_CR[1], (asce_2 & ~0xc0UL) | (asce_a & 0xc0));
    check_eq("  DUCT: subspace", duct[1], A | LOW(aste(SUB_2)));
    go("BSG to the base space by the list", s_64, 4);
    check_eq("  primary space", SEEN_CR[1], aste(ASN_A)->asce);
    check_eq("  DUCT: subspace kept, not active", duct[1], LOW(aste(SUB_2)));
    go("BSG in 31-bit mode", s_31, 2);
    check_eq("  link: bit 32, left half kept", SEEN_GR1, 0xffffffff80000000UL | LOW(s_31_next));
    check_eq("  31-bit mode", SEEN_PSW & PSW_64, PSW_31);
    go("BSG to 24-bit mode", s_24, 2);
    check_eq("  link", SEEN_GR1, 0xffffffff80000000UL | LOW(s_24_next));
    check_eq("  24-bit mode", SEEN_PSW & PSW_64, 0);
    go("BSG with register 0: no link, ALET 0", s_r0, 2);
    check_eq("  GR 1", SEEN_GR1, ~0UL);
    check_eq("  primary space", SEEN_CR[1], aste(ASN_A)->asce);
    list[4 * 2] = 0x01000000 | 9;
    go("BSG: private entry of another authority", s_64, 2);
    lctlg(0, stctg(0) | CR0_REUSE);
    lctlg(4, 0x44UL << 32 | 0x10000 | ASN_A);
    go("BSG, reusable ASNs", s_64, 2);
    check_eq("  CR 3: instance number of the primary space", SEEN_CR[3],
             0x44UL << 32 | 0xc0000000UL | ASN_A);
    home();
}

static void refuse(const char *name, void *piece, u32 alet, int code)
{
    ALET = alet;
    check_eq(name, (u64)probe(trace_go, piece), (u64)code);
    check_eq("  DUCT unchanged", duct[1], 0);
    start();
}

static void refusals(void)
{
    trace_bits = 0;
    start();
    trace_mask = 0;
    refuse("BSG without DAT", s_64, 2, PGM_SPECIAL_OPERATION);
    trace_mask = PSW_DAT;
    lctlg(5, (u64)aste(ASN_B));
    refuse("BSG: not in the group", s_64, 2, PGM_SPECIAL_OPERATION);
    refuse("BSG: no subspace yet", s_64, 1, PGM_SPECIAL_OPERATION);
    refuse("BSG: base space of another group", s_64, 5, PGM_SPECIAL_OPERATION);
    refuse("BSG: space of no group", s_64, 6, PGM_SPECIAL_OPERATION);
    refuse("BSG: ALET with a reserved bit", s_64, 0x02000002, PGM_ALET_SPECIFICATION);
    check_eq("  EAID", LC_EAID, 2);
    refuse("BSG: entry invalid", s_64, 7, PGM_ALEN_TRANSLATION);
    refuse("BSG: beyond the list", s_64, 8, PGM_ALEN_TRANSLATION);
    refuse("BSG: ALE sequence number", s_64, 0x00010002, PGM_ALE_SEQUENCE);
    list[4 * 2 + 3]++;
    refuse("BSG: ASTE sequence number", s_64, 2, PGM_ASTE_SEQUENCE);
    aste(SUB_1)->ato |= A;
    refuse("BSG: ASTE invalid", s_64, 2, PGM_ASTE_VALIDITY);
    check_eq("  EAID", LC_EAID, 2);
    check_eq("  nullified", LC_PGM_OLD.addr, (u64)s_64_next - 4);
    duct[1] = LOW(aste(SUB_1));
    ALET = 1;
    check_eq("BSG: last subspace invalid", (u64)probe(trace_go, s_64), PGM_ASTE_VALIDITY);
    check_eq("  EAID", LC_EAID, 2);
    aste(SUB_1)->ato &= ~A;
    duct[3] = 1;
    check_eq("BSG: last subspace has another number", (u64)probe(trace_go, s_64),
             PGM_ASTE_SEQUENCE);
    start();
    LC64(0x750) = stctg(0) | 0x10000000;
    lctlg(2, 0x1040);
    check_eq("BSG: low-address protection of the DUCT", (u64)probe(trace_go, s_protected),
             PGM_PROTECTION);
    lctlg(2, 0x1040);
    check_eq("BSA: low-address protection of the DUCT", (u64)probe(trace_go, a_protected),
             PGM_PROTECTION);
    lctlg(2, 0x7fff0000);
    check_eq("BSG: no DUCT", (u64)probe(trace_go, s_64), PGM_ADDRESSING);
    start();
}

static void bsg_tracing(void)
{
    start();
    trace_bits = TRACE_ASN | TRACE_BRANCH;
    ALET = 2;
    traced("BSG, ASN tracing", s_64, 0x42000002, 0, LOW(s_to));
    traced("BSG in 31-bit mode, ASN tracing", s_31, 0x41000002, A | LOW(s_to));
    traced("BSG to 24-bit mode, ASN tracing", s_24, 0x41000002, LOW(s_to));
    traced("BSG to beyond 4 GiB", (ALET = 0, s_64 + HIGH), 0x42000000, 1, LOW(s_to));
    aste(ASN_A)->ald = (u32)(u64)list;
    list[4 * 2] = 0x007f0000;
    ALET = 0x017f0002;
    traced("BSG by the primary space's list", s_64, 0x42ff0002, 0, LOW(s_to));
    traced("BSG by the primary space's list, 31-bit mode", s_31, 0x41ff0002, A | LOW(s_to));
    list[4 * 2] = 0;
    ALET = 2;
    trace_bits = TRACE_BRANCH;
    traced("BSG, branch tracing", s_64, A | LOW(s_to));
    traced("BSG to 24-bit mode, branch tracing", s_24, LOW(s_to));
    trace_bits = TRACE_MODE;
    not_traced("BSG, mode tracing", s_64, 0);
    trace_bits = TRACE_ASN;
    trace_at = 4096 - 12;
    start();
    not_traced("BSG: end of the table", s_64, PGM_TRACE_TABLE);
    check_eq("  DUCT unchanged", duct[1], 0);
    trace_at = 0x100;
}

/* ---- authority ---- */

static void authority(void)
{
    trace_bits = 0;
    start();
    BSA_R1 = 0x80010090;
    check_eq("BSA to a reduced authority", (u64)probe(trace_go, a_once), 0);
    check_eq("  PSW-key mask ANDed", SEEN_CR[3], 0x80000000UL | ASN_B);
    check_eq("  DUCT: key mask, key 0, reduced, supervisor", duct[5], 0xc0000008);
    check_eq("  DUCT: return address, left", duct[8], 0);
    check_eq("  DUCT: return address", duct[9], LOW(a_once_next));
    check_eq("BSA with R2 when authority is reduced", (u64)probe(trace_go, a_reduced),
             PGM_SPECIAL_OPERATION);
    start();
    check_eq("BSA to a reduced authority and back", (u64)probe(trace_go, a_both), 0);
    check_eq("  problem state, key 9 there", SEEN_PSW >> 48 & 0xff, 0x91);
    check_eq("  supervisor state, key 0 afterwards", SEEN_LATER >> 48 & 0xff, 0);
    check_eq("  PSW-key mask is back", SEEN_CR[3], 0xc0000000UL | ASN_B);
    check_eq("  link", SEEN_GR1, (u64)a_there_next);
    check_eq("  DUCT: no longer reduced", duct[5], 0xc0000000);
    check_eq("BSA in 31-bit mode", (u64)probe(trace_go, a_both_31), 0);
    check_eq("  24-bit mode there", SEEN_PSW & PSW_64, 0);
    check_eq("  31-bit mode afterwards", SEEN_LATER & PSW_64, PSW_31);
    check_eq("  link: 24-bit, left half kept", SEEN_GR1, 0xffffffff00000000UL | LOW(a_there_next));
    check_eq("  DUCT: return address with mode", duct[9] & A, A);
    start();
    check_eq("BSA with R2 zero, authority not reduced", (u64)probe(trace_go, a_r2_0),
             PGM_SPECIAL_OPERATION);
    check_eq("  DUCT unchanged", duct[5], 0);
    check_eq("key not in the mask any more", (u64)probe(trace_go, a_spka), PGM_PRIVILEGED_OP);
    start();
    LC_PSW(0x740).mask = PSW_64 | PSW_DAT | PSW_PSTATE;
    LC_PSW(0x740).addr = (u64)a_problem_bsa;
    check_eq("BSA in problem state, key not permitted", (u64)probe(trace_go, a_problem),
             PGM_PRIVILEGED_OP);
    check_eq("  at the instruction", LC_PGM_OLD.addr, (u64)a_problem_bsa + 4);
    check_eq("  DUCT unchanged", duct[5], 0);
    trace_bits = TRACE_BRANCH;
    traced("BSA, branch tracing", a_both, A | LOW(a_there), A | LOW(a_back));
    trace_at = 4096 - 4;
    start();
    not_traced("BSA: end of the table", a_both, PGM_TRACE_TABLE);
    check_eq("  DUCT unchanged", duct[5], 0);
    trace_at = 0x100;
}

int main(void)
{
    set_up();
    duct = alloc_pages(1, 4096);
    list = duct + 256;
    trace_page = alloc_pages(2, 4096);
    trace_at = 0x100;
    asce_a = trace_high(asce_a) | GROUP;
    aste(ASN_A)->asce = asce_a;
    asce_a |= 0x80; /* as CR1 has it: storage-alteration events */
    aste(ASN_A)->ato |= BASE_BIT;
    aste(ASN_B)->asce |= GROUP;
    aste(ASN_B)->ato |= BASE_BIT;
    asce_1 = dat_identity(2) | GROUP | 0x40; /* the space-switch event is the base space's */
    asce_2 = dat_identity(2) | GROUP;
    put_space(SUB_1, asce_1, 1, 0);
    put_space(SUB_2, asce_2, 1, 0);
    put_space(OTHER, dat_identity(2), 1, 0);
    aste(SUB_1)->astesn = 0x1111;
    aste(SUB_2)->astesn = 0x2222;
    trace_mask = PSW_DAT;
    branching();
    refusals();
    bsg_tracing();
    authority();
    return failures();
}
