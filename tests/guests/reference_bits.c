/* SPDX-License-Identifier: Apache-2.0
 *
 * run: -m 64M
 * Reference bits of 64 blocks at once: IRBM, RRBM.  [PoP 10 INSERT REFERENCE BITS MULTIPLE, RESET
 * REFERENCE BITS MULTIPLE]
 */
#include "guest.h"

#define BLOCK 0x2040000UL /* a multiple of 256 KiB */
#define R 4
#define C 2

static u64 irbm(u64 address)
{
    u64 bits = 0x5555;

    __asm__ volatile(".insn rre,0xb9ac0000,%0,%1" : "+d"(bits) : "a"(address) : "memory");
    return bits;
}

static u64 rrbm(u64 address)
{
    u64 bits = 0x5555;

    __asm__ volatile(".insn rre,0xb9ae0000,%0,%1" : "+d"(bits) : "a"(address) : "memory");
    return bits;
}

static void irbm_at(void *at)
{
    (void)irbm((u64)at);
}

static void rrbm_at(void *at)
{
    (void)rrbm((u64)at);
}

static void irbm_problem(void *at)
{
    problem_state();
    (void)irbm((u64)at);
}

static void rrbm_problem(void *at)
{
    problem_state();
    (void)rrbm((u64)at);
}

static void set_all(unsigned key)
{
    for (u64 i = 0; i < 64; i++)
        sske(BLOCK + i * 4096, key);
}

static void values(void)
{
    u64 pattern = 0x8000f00123456789;
    bool keys = true;

    set_all(0x30 | C);
    for (u64 i = 0; i < 64; i++)
        if (pattern << i >> 63)
            sske(BLOCK + i * 4096, 0x30 | R | C);
    sske(BLOCK - 4096, R);
    sske(BLOCK + 64 * 4096, R);
    check_eq("IRBM", irbm(BLOCK), pattern);
    check_eq("IRBM changes nothing", irbm(BLOCK + 0x3ffff), pattern);
    check_eq("RRBM: bits as they were; bits 46-63 do not count", rrbm(BLOCK + 0x23456), pattern);
    check_eq("RRBM: all reset", rrbm(BLOCK), 0);
    for (u64 i = 0; i < 64; i++)
        keys = keys && iske(BLOCK + i * 4096) == (0x30 | C);
    check("RRBM: the rest of the keys stays", keys);
    check_eq("RRBM: the block before", iske(BLOCK - 4096), R);
    check_eq("RRBM: the block behind", iske(BLOCK + 64 * 4096), R);
    set_all(0);
    *(volatile u8 *)(BLOCK + 63 * 4096);
    check_eq("an access between", rrbm(BLOCK), 1);
    *(volatile u8 *)(BLOCK + 63 * 4096);
    check_eq("an access with a translation that was there", rrbm(BLOCK), 1);
    *(volatile u8 *)(BLOCK + 5 * 4096) = 1;
    check_eq("a store", irbm(BLOCK), 1UL << 58);
}

static void modes(void)
{
    u64 bits = 1;
    u32 cc;

    set_all(R);
    __asm__ volatile("sam31\n\t.insn rre,0xb9ac0000,%0,%1\n\tsam64"
                     : "+d"(bits)
                     : "a"(0xffffffff80000000UL | BLOCK)
                     : "memory");
    check_eq("IRBM, 31-bit mode: address wraps, all of R1", bits, -1UL);
    __asm__ volatile("sam24\n\t.insn rre,0xb9ae0000,%0,%1\n\tsam64"
                     : "+d"(bits)
                     : "a"(0xff800000UL)
                     : "memory");
    check("RRBM, 24-bit mode: address wraps", irbm(BLOCK) == -1UL);
    __asm__ volatile("tmll %2,0xffff\n\t.insn rre,0xb9ae0000,%1,%3\n\tipm %0\n\tsrl %0,28"
                     : "=&d"(cc), "+d"(bits)
                     : "d"(-1UL), "a"(BLOCK)
                     : "cc", "memory");
    check_eq("RRBM: condition code unchanged", cc, 3);
}

int main(void)
{
    values();
    modes();
    check_pgm("IRBM: addressing", irbm_at, (void *)0x4000000, PGM_ADDRESSING);
    check_pgm("RRBM: addressing", rrbm_at, (void *)0x4000000, PGM_ADDRESSING);
    check_pgm("I29 IRBM in problem state", irbm_problem, (void *)0x4000000, PGM_PRIVILEGED_OP);
    check_pgm("I29 RRBM in problem state", rrbm_problem, (void *)0x4000000, PGM_PRIVILEGED_OP);
    return failures();
}
