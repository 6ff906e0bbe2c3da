/* SPDX-License-Identifier: Apache-2.0
 *
 * Address spaces: primary, secondary, home and AR mode; access lists with every ALET check; moves
 * between spaces and keys.  [PoP 5 Access-Register Translation], [PoP 10 MVCP ... MVCOS]
 */
#include "guest.h"

#define CR0_BASE 0x40000UL
#define CR0_SECONDARY 0x4000000UL

#define VA 0x7000000UL

static u64 primary, secondary, home, third;
static u64 *page[4]; /* what VA is in each */
static u32 *duct, *list, *aste;
static u64 value;

/* ---- modes ---- */

static u64 in_mode(u64 mode)
{
    u64 v;
    struct psw psw = {PSW_64 | PSW_DAT | mode, 0};
    u64 area[2] = {VA, 0};

    /* everything is mapped one to one in each space, so only the mode changes */
    __asm__ volatile("larl %%r1,1f\n\tstg %%r1,8+%1\n\tlpswe %1\n1:\tlg %0,0(%2)\n\tsac 0"
                     : "=d"(v), "+Q"(psw)
                     : "a"(area[0])
                     : "1", "memory", "cc");
    return v;
}

static void modes(void)
{
    u64 cc;

    check_eq("primary-space mode", in_mode(0), 0x1111);
    check_eq("secondary-space mode", in_mode(PSW_SECONDARY), 0x2222);
    check_eq("home-space mode", in_mode(PSW_HOME), 0x3333);
    __asm__ volatile("sac 256\n\tiac %0\n\tipm %0\n\tsac 0\n\tsrl %0,28" : "=d"(cc) : : "cc");
    check_eq("IAC in secondary-space mode", (u32)cc, 1);
    __asm__ volatile("sacf 768\n\tiac %0\n\tipm %0\n\tsacf 0\n\tsrl %0,28" : "=d"(cc) : : "cc");
    check_eq("IAC in home-space mode", (u32)cc, 3);
    __asm__ volatile("sac 512\n\tiac %0\n\tipm %0\n\tsac 0\n\tsrl %0,28" : "=d"(cc) : : "cc");
    check_eq("IAC in AR mode", (u32)cc, 2);
}

static void sac_home(void *arg)
{
    (void)arg;
    psw_mask(PSW_DAT | PSW_PSTATE);
    __asm__ volatile("sac 768");
}

/* ---- access registers ---- */

static void ar_fetch(void *arg)
{
    u64 v;

    __asm__ volatile("sar %%a4,%2\n\tlgr %%r4,%1\n\tsac 512\n\tlg %0,0(%%r4)\n\tsac 0"
                     : "=d"(v)
                     : "d"(VA), "d"(arg)
                     : "4");
    value = v;
}

static void ar_store(void *arg)
{
    __asm__ volatile("sar %%a4,%1\n\tlgr %%r4,%0\n\tsac 512\n\tstg %%r4,0(%%r4)\n\tsac 0"
                     :
                     : "d"(VA), "d"(arg)
                     : "4", "memory");
}

static int with_alet(u64 alet)
{
    value = 0;
    return probe(ar_fetch, (void *)alet);
}

#define ALE(n) (list + 4 * (n))

static void make_entry(unsigned n)
{
    ALE(n)[0] = 0;
    ALE(n)[1] = 0;
    ALE(n)[2] = (u32)(u64)aste;
    ALE(n)[3] = 0x55;
}

static void access_list(void)
{
    check_eq("ALET 0", (u64)with_alet(0), 0);
    check_eq("ALET 0: primary space", value, 0x1111);
    check_eq("ALET 1", (u64)with_alet(1), 0);
    check_eq("ALET 1: secondary space", value, 0x2222);
    check_eq("ALET 2", (u64)with_alet(2), 0);
    check_eq("ALET of an entry: space", value, 0x4444);
    check_eq("ALET: reserved bit", (u64)with_alet(0x02000002), PGM_ALET_SPECIFICATION);
    check_eq("ALET: reserved bit: EAID", LC_EAID, 4);
    check_eq("ALET: sequence number", (u64)with_alet(0x00050002), PGM_ALE_SEQUENCE);
    check_eq("ALET: sequence number: EAID", LC_EAID, 4);
    check_eq("ALET: beyond the list", (u64)with_alet(0xfff0), PGM_ALEN_TRANSLATION);
    ALE(2)[0] = 0x80000000;
    check_eq("access-list entry invalid", (u64)with_alet(2), PGM_ALEN_TRANSLATION);
    make_entry(2);
    ALE(2)[3] = 0x56;
    check_eq("ASTE sequence", (u64)with_alet(2), PGM_ASTE_SEQUENCE);
    make_entry(2);
    aste[0] |= 0x80000000;
    check_eq("ASTE invalid", (u64)with_alet(2), PGM_ASTE_VALIDITY);
    check_eq("ASTE invalid: EAID", LC_EAID, 4);
    aste[0] &= 0x7fffffff;
    ALE(2)[0] = 0x01000000 | 9; /* private, of authority index 9 */
    check_eq("extended authority", (u64)with_alet(2), PGM_EXTENDED_AUTHORITY);
    make_entry(2);
    ALE(2)[0] = 0x02000000; /* fetch only */
    check_eq("fetch-only entry: fetch", (u64)with_alet(2), 0);
    check_pgm("fetch-only entry: store", ar_store, (void *)2, PGM_PROTECTION);
    check_eq("fetch-only entry: TEID", LC_TEID & 0x8f, 0x0d);
    check_eq("fetch-only entry: EAID", LC_EAID, 4);
    make_entry(2);
    *dat_pte(third, VA) |= DAT_PAGE_INVALID;
    ptlb();
    check_eq("page fault through an access register", (u64)with_alet(2), PGM_PAGE_TRANSLATION);
    check_eq("page fault through an access register: TEID", LC_TEID & 0xc03, 0x801);
    check_eq("page fault through an access register: EAID", LC_EAID, 4);
    *dat_pte(third, VA) &= ~DAT_PAGE_INVALID;
    check_eq("page there again", (u64)with_alet(2), 0);
    check_eq("access register 0 is ALET 0", (u64)with_alet(0), 0);
}

/* ---- moves ---- */

#define MOVE(name, insn)                                                                           \
    static u64 name(u64 to, u64 from)                                                              \
    {                                                                                              \
        u64 cc;                                                                                    \
        __asm__ volatile("lgr %%r4,%1\n\tlgr %%r5,%2\n\tlghi %%r3,0\n\tlghi %%r6,8\n\t" insn       \
                         "\n\tipm %0\n\tsrl %0,28"                                                 \
                         : "=d"(cc)                                                                \
                         : "d"(to), "d"(from)                                                      \
                         : "3", "4", "5", "6", "cc", "memory");                                    \
        return (u32)cc;                                                                            \
    }

MOVE(mvcp, "mvcp 0(%%r6,%%r4),0(%%r5),%%r3")
MOVE(mvcs, "mvcs 0(%%r6,%%r4),0(%%r5),%%r3")
MOVE(mvck, "mvck 0(%%r6,%%r4),0(%%r5),%%r3")
MOVE(mvcp_long, "lghi %%r6,300\n\tmvcp 0(%%r6,%%r4),0(%%r5),%%r3")
MOVE(mvcos_s, "llilf %%r0,0x00000081\n\tmvcos 0(%%r4),0(%%r5),%%r6")
MOVE(mvcos_d, "llilf %%r0,0x00810000\n\tmvcos 0(%%r4),0(%%r5),%%r6")
MOVE(mvcos_h, "llilf %%r0,0x000000c1\n\tmvcos 0(%%r4),0(%%r5),%%r6")

static void mvcp_key(void *arg)
{
    lctlg(3, 0x80000000); /* PSW-key mask: key 0 only */
    psw_mask(PSW_DAT | PSW_PSTATE);
    __asm__ volatile("lgr %%r3,%0\n\tlgr %%r4,%1\n\tlghi %%r6,8\n\tmvcp 0(%%r6,%%r4),0(%%r4),%%r3"
                     :
                     : "d"(arg), "d"(VA)
                     : "3", "4", "6", "cc", "memory");
}

static void mvcp_plain(void *arg)
{
    (void)arg;
    mvcp(VA, VA);
}

static void moves(void)
{
    page[0][1] = page[1][1] = 0;
    check_eq("MVCP", mvcp(VA + 8, VA), 0);
    check_eq("MVCP moves from secondary", page[0][1], 0x2222);
    check_eq("MVCS", mvcs(VA + 8, VA), 0);
    check_eq("MVCS moves to secondary", page[1][1], 0x1111);
    check_eq("MVCK", mvck(VA + 16, VA), 0);
    check_eq("MVCK moves", page[0][2], 0x1111);
    check_eq("MVCP of more than 256 bytes", mvcp_long(VA, VA + 1024), 3);
    page[0][0] = 0x1111;
    check_eq("MVCOS from secondary", mvcos_s(VA + 24, VA), 0);
    check_eq("MVCOS from secondary moves", page[0][3], 0x2222);
    check_eq("MVCOS to secondary", mvcos_d(VA + 24, VA), 0);
    check_eq("MVCOS to secondary moves", page[1][3], 0x1111);
    check_eq("MVCOS from home", mvcos_h(VA + 32, VA), 0);
    check_eq("MVCOS from home moves", page[0][4], 0x3333);
    check_pgm("MVCP with a key not allowed", mvcp_key, (void *)0x50, PGM_PRIVILEGED_OP);
    check_eq("MVCP with a key not allowed: nothing moved", page[0][0], 0x1111);
    (void)probe(mvcp_key, (void *)0);
    check_eq("MVCP with a key allowed", page[0][0], 0x2222);
    lctlg(0, CR0_BASE);
    check_pgm("MVCP without secondary-space control", mvcp_plain, 0, PGM_SPECIAL_OPERATION);
    lctlg(0, CR0_BASE | CR0_SECONDARY);
}

int main(void)
{
    u64 *space[4] = {&primary, &secondary, &home, &third};

    for (unsigned i = 0; i < 4; i++) {
        page[i] = alloc_pages(1, 4096);
        page[i][0] = 0x1111 * (i + 1);
        *space[i] = dat_identity(8);
        dat_page(*space[i], VA, (u64)page[i]);
    }
    duct = alloc_pages(1, 4096);
    list = alloc_pages(1, 4096);
    aste = alloc_pages(1, 4096);
    duct[4] = (u32)(u64)list | 1; /* two groups of eight entries */
    for (unsigned i = 0; i < 16; i++)
        ALE(i)[0] = 0x80000000;
    make_entry(2);
    *(u64 *)(aste + 2) = third;
    aste[5] = 0x55;
    lctlg(0, CR0_BASE | CR0_SECONDARY);
    lctlg(2, (u64)duct);
    lctlg(5, 0);
    lctlg(3, 0xffff0000);
    lctlg(7, secondary);
    lctlg(13, home);
    dat_on(primary);
    modes();
    check_pgm("SAC to home space in problem state", sac_home, 0, PGM_PRIVILEGED_OP);
    access_list();
    moves();
    dat_off();
    return failures();
}
