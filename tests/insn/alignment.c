/* SPDX-License-Identifier: Apache-2.0
 *
 * Every instruction that demands an aligned storage operand: each wrong alignment gives a
 * specification exception, before any access.  The table comes from the records in isa/; what the
 * hypervisor checks itself is listed here.
 */
#include "guest.h"

static const struct insn {
    const char *name;
    u32 length;
    u32 facility;
    u32 align;
    u64 text;
} insns[] = {
#include "alignment.inc"
    {"I25 SPX", 4, 0, 4, 0xb21020000000},   {"I25 STPX", 4, 0, 4, 0xb21120000000},
    {"I25 STAP", 4, 0, 2, 0xb21220000000},  {"I25 STIDP", 4, 0, 8, 0xb20220000000},
    {"I25 SCK", 4, 0, 8, 0xb20420000000},   {"I25 STSCH", 4, 0, 4, 0xb23420000000},
    {"I25 MSCH", 4, 0, 4, 0xb23220000000},  {"I25 SSCH", 4, 0, 4, 0xb23320000000},
    {"I25 TSCH", 4, 0, 4, 0xb23520000000},  {"I25 TPI", 4, 0, 4, 0xb23620000000},
    {"I25 STCRW", 4, 0, 4, 0xb23920000000},
};

static u8 code[16] __attribute__((aligned(8)));

/* GR2: the operand, at an address that does not exist; others in storage. */
static void run(void *arg)
{
    __asm__ volatile("lgr %%r2,%0\n\tlghi %%r4,0x4000\n\tlghi %%r6,0x5000\n\tlghi %%r0,0\n\t"
                     "llilh %%r1,1\n\tbasr %%r14,%1"
                     :
                     : "d"(arg), "a"(code)
                     : "0", "1", "2", "3", "4", "5", "6", "7", "14", "cc", "memory");
}

int main(void)
{
    lctlg(14, 0xc2080000); /* ASN translation, for LASP */
    for (unsigned n = 0; n < ARRAY_SIZE(insns); n++) {
        const struct insn *i = &insns[n];
        u64 text = i->text << 16;
        bool ok = true;

        if (i->facility && !facility(i->facility))
            continue;
        memset(code, 7, sizeof(code));
        memcpy(code, &text, i->length);
        for (u64 off = 1; off < i->align; off++)
            ok = ok && probe(run, (void *)(0x7f000000000 + off)) == PGM_SPECIFICATION &&
                 LC_PGM_ILC == i->length;
        check(i->name, ok);
    }
    return failures();
}
