/* SPDX-License-Identifier: Apache-2.0
 *
 * run: -c 3 --name TESTVM --uuid 12345678-9abc-def0-1234-56789abcdef0
 * I25: STORE SYSTEM INFORMATION: blocks and checks.
 */
#include "guest.h"

static u8 block[8192] __attribute__((aligned(4096)));
static u64 gr0;

struct call {
    u64 r0, r1, addr;
};

static u32 cc;

static void stsi(void *arg)
{
    struct call *c = arg;
    register u64 r0 __asm__("0") = c->r0;
    register u64 r1 __asm__("1") = c->r1;
    u32 out;

    __asm__ volatile("stsi 0(%3)\n\tipm %0\n\tsrl %0,28"
                     : "=&d"(out), "+d"(r0)
                     : "d"(r1), "a"(c->addr)
                     : "cc", "memory");
    gr0 = r0;
    cc = out;
}

static unsigned get(unsigned fc, unsigned s1, unsigned s2)
{
    struct call c = {0xabcd000000000000 | fc << 28 | s1, s2, (u64)block};

    memset(block, 0xee, sizeof(block));
    if (probe(stsi, &c))
        return 99;
    return cc;
}

static int fault(u64 r0, u64 r1, u64 addr)
{
    struct call c = {r0, r1, addr};

    return probe(stsi, &c);
}

static bool ebcdic(const u8 *p, const char *want, unsigned n)
{
    for (unsigned i = 0; i < n; i++) {
        char c = *want ? *want++ : ' ';
        u8 e = c == ' ' ? 0x40 : c <= '9' ? (u8)(0xf0 + c - '0') : c >= 'a' ? 0 : c <= 'I' ? (u8)(0xc1 + c - 'A')
             : c <= 'R' ? (u8)(0xd1 + c - 'J') : (u8)(0xe2 + c - 'S');

        if (e && p[i] != e)
            return false;
    }
    return true;
}

static void problem(void *arg)
{
    problem_state();
    stsi(arg);
}

int main(void)
{
    static const u16 none[] = {0x110, 0x112, 0x123, 0x130, 0x211, 0x223, 0x321, 0x323, 0x311};
    struct call c = {0x10000001, 1, (u64)block};

    check_eq("I25 level", get(0, 0, 0), 0);
    check_eq("I25 level: GR0", gr0, 0xabcd000030000000);
    check_eq("I25 level: nothing stored", block[0], 0xee);
    check_eq("I25 1.1.1", get(1, 1, 1), 0);
    check_eq("I25 1.1.1: the block ends at 4 KiB", block[4096], 0xee);
    check("I25 1.1.1: manufacturer", block[0x20] != 0x40 && block[0x20] != 0);
    check("I25 1.1.1: type is four digits", block[0x30] >= 0xf0 && block[0x33] >= 0xf0);
    check_eq("I25 1.2.1", get(1, 2, 1), 0);
    check_eq("I25 1.2.1: CPU address", *(u16 *)(block + 0x66), 0);
    check_eq("I25 1.2.2", get(1, 2, 2), 0);
    check_eq("I25 1.2.2: configured", *(u16 *)(block + 0x26), 3);
    check_eq("I25 2.2.1", get(2, 2, 1), 0);
    check_eq("I25 2.2.2", get(2, 2, 2), 0);
    check_eq("I25 2.2.2: configured", *(u16 *)(block + 0x26), 3);
    check_eq("I25 3.2.2", get(3, 2, 2), 0);
    check_eq("I25 3.2.2: virtual machines", block[0x1f] & 15, 1);
    check_eq("I25 3.2.2: configured", *(u16 *)(block + 0x26), 3);
    check("I25 3.2.2: name", ebcdic(block + 0x2c, "TESTVM", 8));
    check("I25 3.2.2: control program", ebcdic(block + 0x38, "KVM", 3));
    check_eq("I25 3.2.2: UUID", *(u64 *)(block + 0x50), 0x123456789abcdef0);
    check("I25 3.2.2: extended name", memcmp(block + 0x800, "TESTVM", 7) == 0);
    for (unsigned i = 0; i < ARRAY_SIZE(none); i++) {
        check_eq("I25 no such block", get(none[i] >> 8, none[i] >> 4 & 15, none[i] & 15), 3);
        check_eq("I25 no such block: nothing stored", block[0], 0xee);
    }
    check_eq("I25 function code 4", get(4, 1, 1), 3);
    check_eq("I25 unaligned block", (u64)fault(0x10000001, 1, (u64)block + 8), PGM_SPECIFICATION);
    check_eq("I25 reserved bit of GR0", (u64)fault(0x10000101, 1, (u64)block), PGM_SPECIFICATION);
    check_eq("I25 reserved bit of GR1", (u64)fault(0x10000001, 0x10001, (u64)block), PGM_SPECIFICATION);
    check_eq("I25 block outside of storage", (u64)fault(0x10000001, 1, 0x7ffffff000), PGM_ADDRESSING);
    check_pgm("I29 STSI in problem state", problem, &c, PGM_PRIVILEGED_OP);
    dat_on(dat_identity(16));
    check_eq("I25 block not mapped", (u64)fault(0x10000001, 1, 0x3000000), PGM_SEGMENT_TRANSLATION);
    check_eq("I25 block not mapped: TEID says store", LC_TEID, 0x3000400);
    dat_off();
    return failures();
}
