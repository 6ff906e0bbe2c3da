/* SPDX-License-Identifier: Apache-2.0
 *
 * Long instructions that meet a page fault in the middle: the registers say how far they came, the
 * PSW is at the instruction, and after the page is made valid they end with the right result. [PoP
 * 5 Interruptible Instructions]
 */
#include "guest.h"

static u64 asce;
static u8 *real_a, *real_b;

#define A 0x7000000UL /* virtual: two pages each, the second one missing at first */
#define B 0x7100000UL

static u64 regs[6];

/* Runs text with GR0-5 from regs, again as long as a page is missing; number of faults. */
static int faults, bad_psw;

extern char insn_at[], insn_end[];

static void once(void *arg)
{
    __asm__ volatile(
        "lgr %%r8,%0\n\tlmg %%r0,%%r5,0(%%r8)\n\tbasr %%r14,%1\n\tstmg %%r0,%%r5,0(%%r8)"
        :
        : "a"(regs), "a"(arg)
        : "0", "1", "2", "3", "4", "5", "8", "14", "cc", "memory");
}

/* The text: the instruction, then a branch back on condition code 3, then a return. */
static void make(u8 *code, u64 text, unsigned len)
{
    text <<= 16;
    memcpy(code, &text, len);
    *(u32 *)(code + len) = 0xa7140000 | (u16) - (int)(len / 2); /* jo */
    *(u16 *)(code + len + 4) = 0x07fe;
}

static u8 code[16] __attribute__((aligned(8)));

static void handler_regs(void)
{
    /* GR0-5 at the interruption, saved by the new PSW's code */
    memcpy(regs, (void *)0xe00, sizeof(regs));
}

extern char fault_entry[];
__asm__("	.text\n"
        "fault_entry:	stmg %r0,%r5,0xe00\n"
        "	lg %r1,0xe40\n"
        "	br %r1\n");

/* The program-new PSW of probe() leads through fault_entry, which saves GR0-5. */
static void traced(void *arg)
{
    LC64(0xe40) = LC_PGM_NEW.addr;
    LC_PGM_NEW.addr = (u64)fault_entry;
    once(arg);
}

static void run(const char *name, u64 text, unsigned len, const u64 in[6])
{
    memcpy(regs, in, sizeof(regs));
    make(code, text, len);
    *dat_pte(asce, A + 4096) = DAT_PAGE_INVALID;
    *dat_pte(asce, B + 4096) = DAT_PAGE_INVALID;
    faults = bad_psw = 0;
    for (;;) {
        int pgm;

        ptlb();
        pgm = probe(traced, code);
        if (!pgm)
            break;
        if (pgm != PGM_PAGE_TRANSLATION || faults > 4) {
            check_eq(name, (u64)pgm, PGM_PAGE_TRANSLATION);
            return;
        }
        faults++;
        bad_psw += LC_PGM_OLD.addr != (u64)code || LC_PGM_ILC != len;
        handler_regs();
        *dat_pte(asce, LC_TEID & ~0xfffUL) &= ~DAT_PAGE_INVALID;
        *dat_pte(asce, LC_TEID & ~0xfffUL) =
            (LC_TEID & ~0xfffUL) == A + 4096 ? (u64)real_a + 4096 : (u64)real_b + 4096;
    }
    check(name, faults >= 1 && !bad_psw);
}

static void fill(void)
{
    for (int i = 0; i < 8192; i++) {
        real_a[i] = 0;
        real_b[i] = (u8)(i * 7 + 1) | 1;
    }
}

int main(void)
{
    static const u64 mvcl[6] = {0, 0, A + 100, 6000, B + 50, 6000};
    static const u64 mvcl_pad[6] = {0, 0, A + 100, 6000, B + 50, 0x42000000};
    static const u64 clcl[6] = {0, 0, A, 8000, B, 8000};
    static const u64 mvst[6] = {0, 0, A + 10, 0, B + 20, 0};
    static const u64 srst[6] = {0, 0, B + 8192, 0, B + 5, 0};
    static const u64 cksm[6] = {0, 0, 0, 0, B, 8000};
    static const u64 tre[6] = {0, 0, A + 5, 6000, (u64)0, 0};
    static const u64 utf[6] = {0, 0, A, 8192, B, 4000};
    u64 sum = 0, in[6];

    asce = dat_identity(64);
    real_a = alloc_pages(2, 4096);
    real_b = alloc_pages(2, 4096);
    dat_page(asce, A, (u64)real_a);
    dat_page(asce, B, (u64)real_b);
    dat_on(asce);

    fill();
    run("MVCL", 0x0e2400000000, 2, mvcl);
    check("MVCL: moved", memcmp(real_a + 100, real_b + 50, 6000) == 0 && !real_a[6100]);
    check("MVCL: registers", regs[2] == A + 6100 && !(u32)regs[3] && regs[4] == B + 6050);
    fill();
    run("MVCL padding", 0x0e2400000000, 2, mvcl_pad);
    check("MVCL padding: moved", real_a[100] == 0x42 && real_a[6099] == 0x42 && !real_a[6100]);
    fill();
    run("MVCLE", 0xa82400000000, 4, mvcl);
    check("MVCLE: moved", memcmp(real_a + 100, real_b + 50, 6000) == 0 && !real_a[6100]);
    fill();
    memcpy(real_a, real_b, 8192);
    real_a[7000] ^= 1;
    run("CLCL", 0x0f2400000000, 2, clcl);
    check_eq("CLCL: stops at the difference", regs[2], A + 7000);
    check_eq("CLCL: counts", regs[3], 1000);
    run("CLCLE", 0xa92400000000, 4, clcl);
    check_eq("CLCLE: stops at the difference", regs[2], A + 7000);
    fill();
    real_b[6000] = 0;
    run("MVST", 0xb25500240000, 4, mvst);
    check("MVST: moved", memcmp(real_a + 10, real_b + 20, 5981) == 0 && !real_a[5990]);
    check_eq("MVST: ends", regs[2], A + 5990);
    run("SRST", 0xb25e00240000, 4, srst);
    check_eq("SRST: found", regs[2], B + 6000);
    fill();
    run("CKSM", 0xb24100240000, 4, cksm);
    for (int i = 0; i < 8000; i += 4) {
        sum += *(u32 *)(real_b + i);
        sum = (sum & 0xffffffff) + (sum >> 32);
    }
    check_eq("CKSM: sum", (u32)regs[2], sum);
    memcpy(in, tre, sizeof(in));
    in[4] = (u64)alloc_pages(1, 4096);
    for (int i = 0; i < 256; i++)
        ((u8 *)in[4])[i] = (u8)~i;
    in[0] = 0x99; /* test byte that does not occur */
    fill();
    run("TRE", 0xb2a500240000, 4, in);
    check("TRE: translated", real_a[5] == 0xff && real_a[6004] == 0xff && real_a[6005] == 0);
    fill();
    for (int i = 0; i < 4096; i++)
        real_b[i] = real_b[i + 4096] = (u8)('a' + i % 26);
    memcpy(in, utf, sizeof(in));
    in[4] = B + 1000;
    run("CU12", 0xb2a700240000, 4, in);
    check("CU12: converted",
          *(u16 *)real_a == real_b[1000] && *(u16 *)(real_a + 7998) == real_b[4999]);
    check_eq("CU12: source", regs[4], B + 5000);
    dat_off();
    return failures();
}
