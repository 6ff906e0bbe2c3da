/* SPDX-License-Identifier: Apache-2.0
 *
 * For guests that test floating point: runs one instruction with given registers and tells what it
 * did, also when it ended in a program interruption.  The guests' C code itself uses no
 * floating-point register between two runs.
 *
 * An instruction under test is a CODE(): its own few bytes of text.  By custom the first operand
 * is in FPR 0 (and 2), the second in FPR 1 (and 3), the third in FPR 4, a general operand in GR 4,
 * and a storage operand at GR 5.
 */
#ifndef FLOAT_H
#define FLOAT_H

#include "guest.h"

struct state { /* run() knows the offsets */
    u64 f[16];
    u64 gr4, gr5;
    u32 fpc;
    u32 cc;  /* the instruction begins with 3 */
    u32 pgm; /* program-interruption code, 0: none */
    u32 dxc;
    u64 cr0;
};

#define CR0_AFP_ON 0x00000000000400e0UL
#define CR0_AFP_OFF 0x00000000000000e0UL

typedef void code(void);

#define CODE(name, text)                                                                           \
    __asm__(".text\n.machine push\n.machine z13\n" #name ":\n\t" text                              \
            "\n\tbr %r14\n.machine pop\n");                                                        \
    extern code name

/* Loads the registers of *s, runs the code, and stores them. */
void run(code *insn, struct state *s);

__asm__(".text\n"
        "run:\n"
        "\tstmg %r6,%r15,48(%r15)\n"
        "\taghi %r15,-224\n"
        "\t.irp n,8,9,10,11,12,13,14,15\n"
        "\tstd %f\\n,96+8*\\n(%r15)\n"
        "\t.endr\n"
        "\tlarl %r1,run_save\n"
        "\tstg %r15,0(%r1)\n"
        "\tstg %r3,8(%r1)\n"
        "\tstctg %c0,%c0,16(%r1)\n"
        "\tmvc 24(16,%r1),0x1d0\n"
        "\tlarl %r4,run_psw\n"
        "\tmvc 0x1d0(16),0(%r4)\n"
        "\tlfpc 144(%r3)\n"
        "\t.irp n,0,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15\n"
        "\tld %f\\n,8*\\n(%r3)\n"
        "\t.endr\n"
        "\tlmg %r4,%r5,128(%r3)\n"
        "\tlctlg %c0,%c0,160(%r3)\n"
        "\tlhi %r0,1\n"
        "\ttmll %r0,1\n"
        "\tbasr %r14,%r2\n"
        "\tlarl %r1,run_save\n"
        "\tlg %r3,8(%r1)\n"
        "\tipm %r0\n"
        "\tsrl %r0,28\n"
        "\tst %r0,148(%r3)\n"
        "\tlhi %r0,0\n"
        "\tst %r0,152(%r3)\n"
        "\tst %r0,156(%r3)\n"
        "\tj run_end\n"
        "run_hit:\n"
        "\tlarl %r1,run_save\n"
        "\tlg %r3,8(%r1)\n"
        "\tlg %r0,0x150\n"
        "\tsrlg %r0,%r0,44\n"
        "\tnilf %r0,3\n"
        "\tst %r0,148(%r3)\n"
        "\tllgh %r0,0x8e\n"
        "\tst %r0,152(%r3)\n"
        "\tllgc %r0,0x93\n"
        "\tst %r0,156(%r3)\n"
        "run_end:\n"
        "\tlctlg %c0,%c0,16(%r1)\n"
        "\t.irp n,0,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15\n"
        "\tstd %f\\n,8*\\n(%r3)\n"
        "\t.endr\n"
        "\tstfpc 144(%r3)\n"
        "\tstmg %r4,%r5,128(%r3)\n"
        "\tmvc 0x1d0(16),24(%r1)\n"
        "\tlg %r15,0(%r1)\n"
        "\t.irp n,8,9,10,11,12,13,14,15\n"
        "\tld %f\\n,96+8*\\n(%r15)\n"
        "\t.endr\n"
        "\taghi %r15,224\n"
        "\tlmg %r6,%r15,48(%r15)\n"
        "\tbr %r14\n"
        "\t.data\n"
        "\t.balign 8\n"
        "run_psw:\t.quad 0x0000000180000000,run_hit\n"
        "run_save:\t.skip 40\n"
        "\t.text\n");

/* What an FPR holds that a test says nothing of. */
#define FILL(n) (0x1122334455667700UL + (n))

static inline struct state start(u32 fpc)
{
    struct state s = {.fpc = fpc, .cr0 = CR0_AFP_ON, .gr4 = FILL(20), .gr5 = FILL(21)};

    for (unsigned n = 0; n < 16; n++)
        s.f[n] = FILL(n);
    return s;
}

/* Exactly what is left of *s besides what the caller checks. */
static inline bool outcome(const char *name, const struct state *s, u32 fpc, u32 cc, u32 pgm,
                           u32 dxc)
{
    if (s->fpc == fpc && s->cc == cc && s->pgm == pgm && (pgm != PGM_DATA || s->dxc == dxc))
        return true;
    printf("  %s: fpc %8x cc %d pgm %d dxc %2x\n", name, s->fpc, (s32)s->cc, (s32)s->pgm, s->dxc);
    printf("  %s: want %7x cc %d pgm %d dxc %2x\n", name, fpc, (s32)cc, (s32)pgm, dxc);
    return false;
}

static inline bool same(const char *name, u64 got, u64 want)
{
    if (got == want)
        return true;
    printf("  %s: got %16lx, want %16lx\n", name, got, want);
    return false;
}

/* One instruction with up to three operands in FPR 0, 1 and 4 and the result in FPR 0.  dxc not
 * zero: a data exception is to end it. */
struct row {
    const char *name;
    code *insn;
    u64 first, second, third;
    u32 fpc;
    u64 result;
    u32 fpc_after;
    u8 cc; /* 3 also when it is not changed */
    u8 dxc;
};

static inline void check_rows(const struct row *r, unsigned n)
{
    for (; n; n--, r++) {
        struct state s = start(r->fpc);
        bool ok;

        s.f[0] = r->first;
        s.f[1] = r->second;
        s.f[4] = r->third;
        s.gr5 = (u64)&r->second;
        run(r->insn, &s);
        ok = outcome(r->name, &s, r->fpc_after, r->cc, r->dxc ? PGM_DATA : 0, r->dxc);
        ok &= same(r->name, s.f[0], r->result);
        ok &= s.f[1] == r->second && s.f[4] == r->third && s.f[2] == FILL(2);
        check(r->name, ok);
    }
}

#endif
