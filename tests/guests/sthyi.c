/* SPDX-License-Identifier: Apache-2.0
 *
 * run: -c 3,standby=1,max=5
 * I37: STORE HYPERVISOR INFORMATION: checks in their order, and the page.
 */
#include "guest.h"

#define FAULT 99

static u8 page[3 * 4096] __attribute__((aligned(4096)));
static u8 sysib[4096] __attribute__((aligned(4096)));
static u64 rc;
static u32 cc;

struct call {
    u64 r2, r4;
};

/* STHYI %r2,%r4 (or other registers): function code in R2, page at R4, return code to R5. */
#define STHYI(name, text)                                                                          \
    static void name(void *arg)                                                                    \
    {                                                                                              \
        struct call *c = arg;                                                                      \
        register u64 r2 __asm__("2") = c->r2;                                                      \
        register u64 r4 __asm__("4") = c->r4;                                                      \
        register u64 r5 __asm__("5") = 0x5555;                                                     \
        u32 out;                                                                                   \
                                                                                                   \
        __asm__ volatile(".long " text "\n\tipm %0\n\tsrl %0,28"                                   \
                         : "=d"(out), "+d"(r2), "+d"(r4), "+d"(r5)                                 \
                         :                                                                         \
                         : "cc", "memory");                                                        \
        cc = out;                                                                                  \
        rc = r5;                                                                                   \
    }

STHYI(sthyi, "0xb2560024")
STHYI(same, "0xb2560044")
STHYI(odd_r1, "0xb2560034")
STHYI(odd_r2, "0xb2560025")

static int call(void (*fn)(void *), u64 r2, u64 r4)
{
    struct call c = {r2, r4};

    cc = FAULT;
    memset(page, 0xee, sizeof(page));
    return probe(fn, &c);
}

static bool untouched(void)
{
    for (unsigned i = 0; i < sizeof(page); i++)
        if (page[i] != 0xee)
            return false;
    return true;
}

static void checks(void)
{
    u8 *p = page + 4096;

    check_eq("I37 the same register twice", (u64)call(same, 0, (u64)p), PGM_SPECIFICATION);
    check_eq("I37 R1 odd", (u64)call(odd_r1, 0, (u64)p), PGM_SPECIFICATION);
    check_eq("I37 R2 odd", (u64)call(odd_r2, 0, (u64)p), PGM_SPECIFICATION);
    check_eq("I37 registers before the function code", (u64)call(same, 1, (u64)p), PGM_SPECIFICATION);
    check_eq("I37 unknown function code", (u64)call(sthyi, 1, (u64)p), 0);
    check_eq("I37 unknown function code: condition code", cc, 3);
    check_eq("I37 unknown function code: return code", rc, 4);
    check("I37 unknown function code: nothing stored", untouched());
    check_eq("I37 function code before the alignment", (u64)call(sthyi, 0x8000, (u64)p + 8), 0);
    check_eq("I37 function code before the alignment: condition code", cc, 3);
    check_eq("I37 page not aligned", (u64)call(sthyi, 0, (u64)p + 8), PGM_SPECIFICATION);
    check_eq("I37 page not aligned: ILC", LC_PGM_ILC, 4);
    check("I37 page not aligned: nothing stored", untouched());
    check_eq("I37 page outside of storage", (u64)call(sthyi, 0, 0x7ffffff000), PGM_ADDRESSING);
    check_eq("I37 only bits 48-63 are the function code",
             (u64)call(sthyi, 0xffffffffffff0000, (u64)p), 0);
    check_eq("I37 only bits 48-63: condition code", cc, 0);
}

/* A page that cannot be stored into. */
static void access(void)
{
    u64 asce = dat_identity(16);

    dat_on(asce);
    check_eq("I37 page not mapped", (u64)call(sthyi, 0, 0x3000000), PGM_SEGMENT_TRANSLATION);
    check_eq("I37 page not mapped: TEID says store", LC_TEID, 0x3000400);
    dat_off();
    memset(page, 0xee, sizeof(page));
    *dat_pte(asce, (u64)page + 4096) |= DAT_PROTECT;
    dat_on(asce);
    {
        struct call c = {0, (u64)page + 4096};

        check_pgm("I37 page protected", sthyi, &c, PGM_PROTECTION);
    }
    dat_off();
    check("I37 page protected: nothing stored", untouched());
}

static bool ebcdic(const u8 *p, const char *want, unsigned n)
{
    for (unsigned i = 0; i < n; i++) {
        char c = *want ? *want++ : ' ';
        u8 e = c == ' '   ? 0x40
               : c <= '9' ? (u8)(0xf0 + c - '0')
               : c <= 'I' ? (u8)(0xc1 + c - 'A')
               : c <= 'R' ? (u8)(0xd1 + c - 'J')
                          : (u8)(0xe2 + c - 'S');

        if (p[i] != e)
            return false;
    }
    return true;
}

static void stsi(u64 fc_sel1, u64 sel2)
{
    register u64 r0 __asm__("0") = fc_sel1;
    register u64 r1 __asm__("1") = sel2;

    __asm__ volatile("stsi %1" : "+d"(r0), "=Q"(sysib) : "d"(r1) : "cc", "memory");
}

static void contents(void)
{
    const u8 *p = page + 4096, *m, *l, *g;

    check_eq("I37 STHYI", (u64)call(sthyi, 0, (u64)p), 0);
    check_eq("I37 condition code", cc, 0);
    check_eq("I37 return code", rc, 0);
    check_eq("I37 one page: before", page[4095], 0xee);
    check_eq("I37 one page: behind", page[8192], 0xee);
    check_eq("I37 one page: its last byte", p[4095], 0);
    check_eq("I37 header: length", *(u16 *)(p + 10), 0x30);
    check_eq("I37 header: sections of hypervisors and guests", p[7], 1);
    check_eq("I37 header: machine section's length", *(u16 *)(p + 14), 64);
    check_eq("I37 header: partition section's length", *(u16 *)(p + 18), 56);
    check_eq("I37 header: hypervisor section's length", *(u16 *)(p + 22), 48);
    check_eq("I37 header: guest section's length", *(u16 *)(p + 26), 56);
    check_eq("I37 header: length of all", *(u16 *)(p + 8), 0x30 + 64 + 56 + 48 + 56);
    m = p + *(u16 *)(p + 12);
    check_eq("I37 machine: valid", m[2], 0xc0);
    check_eq("I37 machine: shared CPs", *(u16 *)(m + 4), 3);
    stsi(0x10000001, 1);
    check("I37 machine: type as of STSI", memcmp(m + 0x14, sysib + 0x30, 4) == 0 && m[0x14] >= 0xf0);
    check("I37 machine: manufacturer", ebcdic(m + 0x18, "SIE390", 16));
    check("I37 machine: sequence as of STSI", memcmp(m + 0x28, sysib + 0x50, 16) == 0);
    l = p + *(u16 *)(p + 16);
    check_eq("I37 partition: valid", l[2], 0x90);
    check_eq("I37 partition: number", *(u16 *)(l + 4), 1);
    check_eq("I37 partition: shared CPs", *(u16 *)(l + 6), 3);
    stsi(0x20000002, 2);
    check("I37 partition: name as of STSI", memcmp(l + 0x10, sysib + 0x2c, 8) == 0 && l[0x10]);
    g = p + *(u16 *)(p + 20);
    check("I37 hypervisor: system", ebcdic(g + 8, "SIE390", 8));
    check_eq("I37 hypervisor: installed function codes", g[0x20], 0x80);
    g = p + *(u16 *)(p + 24);
    check_eq("I37 guest: shared CPs", *(u16 *)(g + 0xc), 3);
    check_eq("I37 guest: no cap", *(u32 *)(g + 0x14), 0);
}

static void in_problem_state(void *arg)
{
    problem_state();
    sthyi(arg);
    supervisor();
}

int main(void)
{
    struct call c = {0, (u64)page};

    checks();
    access();
    contents();
    check_pgm("I37 no privileged instruction", in_problem_state, &c, 0);
    return failures();
}
