/* SPDX-License-Identifier: Apache-2.0
 *
 * Branch tracing and mode tracing: every format of an entry, who makes one and who does not, the end
 * of the table, low-address protection, EXECUTE, together with PER; room for TRACE.  [PoP 4 Tracing],
 * [PoP 6 Trace-Table Exception]
 */
#include "tracing.h"

__asm__("\t.text\n"
        /* branches; the target is t_<name>_to */
        "t_balr:\n\tlarl %r2,t_balr_to\n" LOAD_CR12 "\tbalr %r1,%r2\nt_balr_to:\tj trace_end\n"
        "t_basr:\n\tlarl %r2,t_basr_to\n" LOAD_CR12 "\tbasr %r1,%r2\nt_basr_to:\tj trace_end\n"
        "t_basr_0:\n" LOAD_CR12 "\tbasr %r1,%r0\n\tbalr %r1,%r0\n\tbassm %r1,%r0\n\tj trace_end\n"
        "t_others:\n\tlarl %r2,1f\n\tlarl %r3,2f\n\tlghi %r4,2\n" LOAD_CR12
        "\tbas %r1,0(%r2)\n1:\tbcr 15,%r3\n2:\tbrasl %r1,3f\n3:\tbrct %r4,4f\n4:\tlarl %r2,5f\n"
        "\tbal %r1,0(%r2)\n5:\tbras %r1,6f\n6:\tbsm %r1,%r0\n\tj trace_end\n"
        "t_two:\n\tlarl %r2,1f\n\tlarl %r3,2f\n" LOAD_CR12
        "\tbasr %r1,%r2\n1:\tbalr %r1,%r3\n2:\tj trace_end\n"
        /* 24- and 31-bit mode */
        "t_basr_31:\n\tsam31\n\tlarl %r2,t_basr_31_to\n" LOAD_CR12
        "\tbasr %r1,%r2\nt_basr_31_to:\tj trace_end\n"
        "t_balr_24:\n\tsam24\n\tlarl %r2,t_balr_24_to\n\toilf %r2,0xff000000\n" LOAD_CR12
        "\tbalr %r1,%r2\nt_balr_24_to:\tj trace_end\n"
        /* target of EXECUTE, register by its second byte */
        "t_ex:\n\tlarl %r2,t_ex_to\n\tlghi %r3,0x12\n" LOAD_CR12
        "\texrl %r3,t_ex_target\nt_ex_to:\tj trace_end\n"
        "t_ex_target:\tbasr %r0,%r0\n"
        /* modes */
        "t_sam31:\n" LOAD_CR12 "\tsam31\nt_sam31_next:\tj trace_end\n"
        "t_sam24:\n" LOAD_CR12 "\tsam24\nt_sam24_next:\tj trace_end\n"
        "t_sam64:\n\tsam31\n" LOAD_CR12 "\tsam64\nt_sam64_next:\tj trace_end\n"
        "t_sam64_24:\n\tsam24\n" LOAD_CR12 "\tsam64\nt_sam64_24_next:\tj trace_end\n"
        "t_sam_same:\n" LOAD_CR12 "\tsam64\n\tj trace_end\n"
        "t_sam_basic:\n\tsam31\n" LOAD_CR12 "\tsam24\n\tsam31\n\tj trace_end\n"
        "t_bsm_31:\n\tlarl %r2,trace_end\n\toilf %r2,0x80000000\n" LOAD_CR12
        "\tbsm %r1,%r2\nt_bsm_31_next:\n"
        "t_bsm_64:\n\tlarl %r2,trace_end\n\toill %r2,1\n\tsam31\n" LOAD_CR12
        "\tbsm %r1,%r2\nt_bsm_64_next:\n"
        "t_bsm_same:\n\tlarl %r2,trace_end\n\toill %r2,1\n" LOAD_CR12 "\tbsm %r1,%r2\n"
        "t_bassm_31:\n\tlarl %r2,trace_end\n\tnilh %r2,0xff\n\tllgtr %r2,%r2\n"
        "\toilf %r2,0x80000000\n" LOAD_CR12 "\tbassm %r1,%r2\nt_bassm_31_next:\n"
        "t_bassm_24:\n\tlarl %r2,trace_end\n\tnilf %r2,0xffffff\n" LOAD_CR12
        "\tbassm %r1,%r2\nt_bassm_24_next:\n"
        "t_bassm_64:\n\tlarl %r2,trace_end\n\toill %r2,1\n\tsam31\n" LOAD_CR12
        "\tbassm %r1,%r2\nt_bassm_64_next:\n"
        "t_bassm_64_high:\n\tlarl %r2,trace_end\n\toill %r2,1\n\toihl %r2,1\n\tsam31\n" LOAD_CR12
        "\tbassm %r1,%r2\nt_bassm_64_high_next:\n"
        "t_bassm_same:\n\tlarl %r2,trace_end\n\toill %r2,1\n" LOAD_CR12 "\tbassm %r1,%r2\n"
        "t_key:\n\tlarl %r2,t_key_to\n" LOAD_CR12
        "\tspka 0x80\n\tbasr %r1,%r2\nt_key_to:\tspka 0\n\tj trace_end\n"
        "t_protected:\n\tlarl %r2,trace_end\n\tlctlg %c0,%c0,0x730\n" LOAD_CR12
        "\tbasr %r1,%r2\n"
        "t_trace:\n\tlarl %r1,t_operand\n" LOAD_CR12 "\ttrace %r3,%r3,0(%r1)\n\tj trace_end\n"
        "t_tracg:\n\tlarl %r1,t_operand\n" LOAD_CR12 "\ttracg %r3,%r3,0(%r1)\n\tj trace_end\n"
        "\t.balign 4\n"
        "t_operand:\t.long 0x00123456\n");
extern char t_balr[], t_balr_to[], t_basr[], t_basr_to[], t_basr_0[], t_others[], t_two[];
extern char t_basr_31[], t_basr_31_to[], t_balr_24[], t_balr_24_to[], t_ex[], t_ex_to[];
extern char t_sam31[], t_sam31_next[], t_sam24[], t_sam24_next[], t_sam64[], t_sam64_next[];
extern char t_sam64_24[], t_sam64_24_next[], t_sam_same[], t_sam_basic[];
extern char t_bsm_31[], t_bsm_31_next[], t_bsm_64[], t_bsm_64_next[], t_bsm_same[];
extern char t_bassm_31[], t_bassm_31_next[], t_bassm_24[], t_bassm_24_next[], t_bassm_64[];
extern char t_bassm_64_next[], t_bassm_64_high[], t_bassm_64_high_next[], t_bassm_same[];
extern char t_protected[], t_key[], t_key_to[], t_trace[], t_tracg[];

#define NEW_CR0 LC64(0x730)
#define LOW(p) ((u32)(u64)(p))
#define A 0x80000000U

static void branches(void)
{
    trace_bits = TRACE_BRANCH;
    traced("BALR", t_balr, A | LOW(t_balr_to));
    traced("BASR", t_basr, A | LOW(t_basr_to));
    traced("BASR in 31-bit mode", t_basr_31, A | LOW(t_basr_31_to));
    traced("BALR in 24-bit mode: 24 bits of the address", t_balr_24, LOW(t_balr_24_to));
    traced("BASSM, mode stays", t_bassm_same, A | LOW(trace_end));
    traced("BASSM to 31-bit mode", t_bassm_31, A | LOW(trace_end));
    traced("BASSM to 24-bit mode", t_bassm_24, LOW(trace_end));
    traced("EXECUTE of BASR", t_ex, A | LOW(t_ex_to));
    not_traced("BALR, BASR, BASSM that do not branch", t_basr_0, 0);
    not_traced("other branches", t_others, 0);
    not_traced("BSM", t_bsm_31, 0);
    not_traced("SAM31", t_sam31, 0);
    check_eq("two branches", (u64)probe(trace_go, t_two), 0);
    check_eq("  CR12", TRACE_DONE, trace_bits | ((u64)trace_page + trace_at + 8));
    trace_bits = TRACE_MODE | TRACE_ASN | TRACE_EXPLICIT;
    not_traced("BALR without branch tracing", t_balr, 0);
    not_traced("BASR without branch tracing", t_basr, 0);
    trace_bits = 0;
    not_traced("nothing on", t_basr, 0);
}

static void modes(void)
{
    trace_bits = TRACE_MODE;
    traced("SAM31", t_sam31, 0x51200000, LOW(t_sam31_next));
    traced("SAM24", t_sam24, 0x51200000, LOW(t_sam24_next));
    traced("SAM64 from 31-bit mode", t_sam64, 0x51300000, A | LOW(t_sam64_next));
    traced("SAM64 from 24-bit mode", t_sam64_24, 0x51300000, LOW(t_sam64_24_next));
    not_traced("SAM64 in 64-bit mode", t_sam_same, 0);
    not_traced("SAM24 and SAM31 outside 64-bit mode", t_sam_basic, 0);
    traced("BSM to 31-bit mode", t_bsm_31, 0x51200000, LOW(t_bsm_31_next));
    traced("BSM to 64-bit mode", t_bsm_64, 0x51300000, A | LOW(t_bsm_64_next));
    not_traced("BSM, mode stays", t_bsm_same, 0);
    traced("BASSM without branch tracing: mode switch", t_bassm_31, 0x51200000,
            LOW(t_bassm_31_next));
    not_traced("BASSM, mode stays", t_bassm_same, 0);
    trace_bits = TRACE_MODE | TRACE_BRANCH;
    traced("mode-switching branch to 31-bit mode", t_bassm_31, 0x51a00000, A | LOW(trace_end));
    traced("mode-switching branch to 24-bit mode", t_bassm_24, 0x51a00000, LOW(trace_end));
    traced("mode-switching branch to 64-bit mode", t_bassm_64, 0x51b00000, LOW(trace_end));
    traced("BASSM, mode stays: branch", t_bassm_same, A | LOW(trace_end));
    traced("BSM is no mode-switching branch", t_bsm_64, 0x51300000, A | LOW(t_bsm_64_next));
}

/* Code beyond 4 GiB. */
static void high(void)
{
    u64 asce = trace_high(dat_identity(2));

    lctlg(1, asce);
    ptlb();
    trace_mask = PSW_DAT;
    trace_bits = TRACE_BRANCH;
    traced("BASR beyond 2 GiB", t_basr + HIGH, 0x52c00000, 1, LOW(t_basr_to));
    traced("BALR beyond 2 GiB", t_balr + HIGH, 0x52c00000, 1, LOW(t_balr_to));
    trace_bits = TRACE_MODE;
    not_traced("SAM31 beyond 2 GiB: no entry before the specification exception", t_sam31 + HIGH,
               PGM_SPECIFICATION);
    /* BSM leaves for the low copy */
    traced("BSM from beyond 2 GiB", t_bsm_31 + HIGH, 0x52600000, 1, LOW(t_bsm_31_next));
    trace_bits = TRACE_MODE | TRACE_BRANCH;
    traced("mode-switching branch to beyond 2 GiB", t_bassm_64_high, 0x52f00000, 1,
            LOW(trace_end));
    trace_mask = 0;
}

static void ends(void)
{
    trace_bits = TRACE_BRANCH;
    trace_at = 4096 - 8;
    traced("last place in the table", t_basr, A | LOW(t_basr_to));
    trace_at = 4096 - 4;
    check_eq("end of the table", (u64)probe(trace_go, t_basr), PGM_TRACE_TABLE);
    check_eq("  nullified", LC_PGM_OLD.addr, (u64)t_basr_to - 2);
    check_eq("  CR12", TRACE_DONE, trace_bits | ((u64)trace_page + trace_at));
    check_eq("end of the table, EXECUTE", (u64)probe(trace_go, t_ex), PGM_TRACE_TABLE);
    check_eq("  nullified", LC_PGM_OLD.addr, (u64)t_ex_to - 6);
    check_eq("  ILC", LC_PGM_ILC, 6);
    trace_bits = TRACE_MODE;
    trace_at = 4096 - 8;
    check_eq("no room for two words", (u64)probe(trace_go, t_sam31), PGM_TRACE_TABLE);
    check_eq("  still in 64-bit mode", LC_PGM_OLD.mask & PSW_64, PSW_64);
    trace_bits = TRACE_EXPLICIT;
    trace_at = 4096 - 76;
    check_eq("TRACE: room for 16 registers is wanted", (u64)probe(trace_go, t_trace),
             PGM_TRACE_TABLE);
    trace_at = 4096 - 80;
    check_eq("TRACE: there is room", (u64)probe(trace_go, t_trace), 0);
    check_eq("  CR12", TRACE_DONE, trace_bits | ((u64)trace_page + trace_at + 16));
    trace_at = 4096 - 144;
    check_eq("TRACG: room for 16 registers is wanted", (u64)probe(trace_go, t_tracg),
             PGM_TRACE_TABLE);
    trace_at = 4096 - 148;
    check_eq("TRACG: there is room", (u64)probe(trace_go, t_tracg), 0);
    check_eq("  CR12", TRACE_DONE, trace_bits | ((u64)trace_page + trace_at + 24));
    trace_at = 0x100;
}

static void protection(void)
{
    u32 old = *(volatile u32 *)0x1100;

    trace_bits = TRACE_BRANCH;
    trace_real = 0x1100;
    NEW_CR0 = stctg(0) | 0x10000000;
    check_eq("low-address protection", (u64)probe(trace_go, t_protected), PGM_PROTECTION);
    check_eq("  TEID", LC_TEID & ~0xfffUL, 0x1000);
    check_eq("  CR12", TRACE_DONE, TRACE_BRANCH | 0x1100);
    check_eq("  nothing stored", *(volatile u32 *)0x1100, old);
    check_eq("without it", (u64)probe(trace_go, t_basr), 0);
    check_eq("  entry", *(volatile u32 *)0x1100, A | LOW(t_basr_to));
    *(volatile u32 *)0x1100 = old;
    trace_real = 0x7ffffffff000;
    check_eq("no such storage", (u64)probe(trace_go, t_basr), PGM_ADDRESSING);
    check_eq("  CR12", TRACE_DONE, TRACE_BRANCH | 0x7ffffffff000);
    trace_real = 0;
    sske((u64)trace_page, 0x90);
    traced("keys do not count", t_key, A | LOW(t_key_to));
    check_eq("reference and change", iske((u64)trace_page) & 6, 6);
}

/* PER: the stored entry is no storage alteration, the branch is an event. */
static void with_per(void)
{
    trace_bits = TRACE_BRANCH;
    trace_mask = PSW_PER;
    lctlg(10, (u64)trace_page);
    lctlg(11, (u64)trace_page + 4095);
    lctlg(9, 0x20000000);
    traced("PER storage alteration does not see entries", t_basr, A | LOW(t_basr_to));
    lctlg(10, (u64)t_basr + 2);
    lctlg(11, (u64)t_basr_to);
    lctlg(9, 0x80800000);
    trace_check("PER successful branching", t_basr, PGM_PER, WORDS(A | LOW(t_basr_to)));
    check_eq("  old PSW", LC_PGM_OLD.addr, (u64)t_basr_to);
    lctlg(9, 0);
    trace_mask = 0;
}

/* The table lies in code: it is seen. */
__asm__("\t.data\n\t.balign 4096\n"
        "t_self:\n\tlarl %r2,1f\n" LOAD_CR12 "\tnopr\n\tbasr %r1,%r2\n1:\n"
        "\t.balign 4,7\nt_self_entry:\tj trace_end\n\t.balign 4096\n\t.text\n");
extern char t_self[], t_self_entry[];

static void go_self(void *piece)
{
    TRACE_CR12 = TRACE_BRANCH | (u64)t_self_entry;
    TRACE_PROBE.mask = LC_PGM_NEW.mask;
    TRACE_PROBE.addr = LC_PGM_NEW.addr;
    LC_PGM_NEW = (struct psw){PSW_64, (u64)trace_program};
    __asm__ volatile("lgr %%r1,%0\n\tlarl %%r14,1f\n\tbr %%r1\n1:"
                     :
                     : "d"(piece)
                     : "0", "1", "2", "14", "cc", "memory");
}

static void self_modifying(void)
{
    u32 old = *(volatile u32 *)t_self_entry;
    int code;

    /* the entry is a SET SYSTEM MASK, with zeros behind it */
    code = probe(go_self, t_self);
    check_eq("entry stored into the code that runs", *(volatile u32 *)t_self_entry,
             A | LOW(t_self_entry));
    check("  and executed: no jump to the end any more", code != 0);
    *(volatile u32 *)t_self_entry = old;
}

int main(void)
{
    trace_page = alloc_pages(1, 4096);
    trace_at = 0x100;
    branches();
    modes();
    high();
    ends();
    protection();
    with_per();
    self_modifying();
    return failures();
}
