/* SPDX-License-Identifier: Apache-2.0
 *
 * run: -m 64M
 * Program-event recording: which space and access register a storage event tells, keys, zero
 * addresses, relative stores, instructions that change the PER mask, interruptible instructions.
 * The plain events are in per.c.  [PoP 4 PER]
 */
#include "guest.h"

#define BRANCH 0x80000000UL
#define IFETCH 0x40000000UL
#define STORE 0x20000000UL
#define STORE_KEY 0x10000000UL
#define ZERO_ADDR 0x04000000UL
#define NULLIFY 0x01000000UL
#define SPACE_CONTROL 0x00200000UL
#define ALT_EVENT 0x80UL /* in an ASCE */

#define ATMID_64 0xe0 /* EA, valid, BA */
#define CR0_BASE 0x40000UL
#define CR0_SECONDARY 0x4000000UL

static volatile u64 data[64] __attribute__((aligned(256)));
static volatile u8 from_bytes[0x4000] __attribute__((aligned(4096)));
static volatile u8 to_bytes[0x4000] __attribute__((aligned(4096)));
static u64 from, to, events, mask, frame, page_table;

/* %r4: data; %r5: 0; %r6: frame; %r7: the origin of a page table; access register 4: secondary. */
extern char b_store[], b_store_end[], b_zero[], b_zero_end[], b_zero_store[], b_base_0[],
    b_la[], b_relative[], b_relative_end[], b_exrl[], b_exrl_end[], b_target[], b_sske[], b_sske_end[],
    b_same[], b_blocks[], b_blocks_end[], b_pfmf[], b_pfmf_end[], b_clear[], b_iske[], b_ipte[],
    b_lpswe[], b_lpswe_off[], b_lpswe_to[], b_ssm[], b_ssm_end[], b_stnsm[], b_stnsm_end[], b_stosm[], b_stosm_end[],
    b_stidp[], b_stidp_end[], b_stcrw[], b_stcrw_end[], b_mvcl[], b_mvcl_end[], b_exex[], b_exex_end[];
__asm__("	.text\n"
        "b_store:	stg %r1,8(%r4)\n"
        "b_store_end:	br %r14\n"
        "b_zero:	lg %r2,24(%r5)\n"
        "b_zero_end:	br %r14\n"
        "b_zero_store:	mvc 0x300(8,%r5),0(%r4)\n"
        "	br %r14\n"
        "b_base_0:	lg %r2,24(%r4)\n"
        "	lg %r2,24\n"
        "	br %r14\n"
        "b_la:	la %r2,24(%r5)\n"
        "	br %r14\n"
        "b_relative:	stgrl %r1,data\n"
        "b_relative_end:	br %r14\n"
        "b_exrl:	exrl 0,b_target\n"
        "b_exrl_end:	br %r14\n"
        "b_target:	stgrl %r1,data\n"
        "b_sske:	sske %r5,%r6\n"
        "b_sske_end:	br %r14\n"
        "b_same:	.insn rrf,0xb22b0000,5,6,6,0\n" /* only if it differs but for R and C */
        "	br %r14\n"
        "b_blocks:	.insn rrf,0xb22b0000,5,6,1,0\n"
        "b_blocks_end:	br %r14\n"
        "b_pfmf:	llilh %r1,2\n"
        "	.insn rre,0xb9af0000,1,6\n"
        "b_pfmf_end:	br %r14\n"
        "b_clear:	llilh %r1,1\n"
        "	.insn rre,0xb9af0000,1,6\n"
        "	br %r14\n"
        "b_iske:	iske %r1,%r6\n"
        "	rrbe %r1,%r6\n"
        "	br %r14\n"
        "b_ipte:	ipte %r7,%r5\n"
        "	br %r14\n"
        "b_lpswe:	lpswe 0x600\n"
        "b_lpswe_off:	lpswe 0x610\n"
        "b_lpswe_to:	br %r14\n"
        "b_ssm:	ssm 0x620\n"
        "b_ssm_end:	br %r14\n"
        "b_stnsm:	stnsm 64(%r4),0xbf\n"
        "b_stnsm_end:	br %r14\n"
        "b_stosm:	stosm 64(%r4),0x40\n"
        "b_stosm_end:	br %r14\n"
        "b_stidp:	stidp 8(%r4)\n"
        "b_stidp_end:	br %r14\n"
        "b_stcrw:	stcrw 8(%r4)\n"
        "b_stcrw_end:	br %r14\n"
        "b_mvcl:	mvcl %r8,%r10\n"
        "b_mvcl_end:	br %r14\n"
        "b_exex:	exrl 0,b_exrl\n"
        "b_exex_end:	br %r14\n");

static struct psw to_on, to_off; /* of b_lpswe, b_lpswe_off */

static void watched(void *arg)
{
    u64 psw[2] = {PSW_64 | mask, (u64)arg};
    u64 r[6] = {(u64)data, 0, frame, page_table, (u64)to_bytes, (u64)from_bytes};
    u64 len = sizeof(to_bytes);

    /* What the fragments address without a base lies in lowcore. */
    LC_PSW(0x600) = to_on;
    LC_PSW(0x610) = to_off;
    LC64(0x620) = 0;
    lctlg(9, events);
    lctlg(10, from);
    lctlg(11, to);
    __asm__ volatile("lmg %%r4,%%r8,%0\n\tlg %%r10,40+%0\n\tlg %%r9,%2\n\tlgr %%r11,%%r9\n\t"
                     "lghi %%r1,1\n\tsar %%a4,%%r1\n\tlghi %%r1,7\n\tlarl %%r14,1f\n\tlpswe %1\n"
                     "1:\tlghi %%r1,0\n\tsar %%a4,%%r1\n\tssm 0x620"
                     :
                     : "Q"(r), "Q"(psw), "Q"(len)
                     : "1", "2", "3", "4", "5", "6", "7", "8", "9", "10", "11", "14", "cc", "memory");
}

static void range(volatile void *a, volatile void *b)
{
    from = (u64)a;
    to = (u64)b;
}

static void say(char *out, const char *name, const char *what)
{
    unsigned n = strlen(name);

    memcpy(out, name, n);
    memcpy(out + n, what, strlen(what) + 1);
}

/* One event, of the instruction at `insn`; the old PSW designates `next`. */
static void expect(const char *name, char *start, unsigned code, char *insn, char *next)
{
    int got = probe(watched, start);
    char text[120];

    say(text, name, ": code");
    check_eq(text, (u64)got << 8 | (got & 0x80 ? LC_PER_CODE : 0), 0x8000 | code);
    say(text, name, ": PER address");
    check_eq(text, LC_PER_ADDR, (u64)insn);
    say(text, name, ": old PSW");
    check_eq(text, LC_PGM_OLD.addr, (u64)next);
}

static void none(const char *name, char *start)
{
    check_eq(name, (u64)probe(watched, start), 0);
}

/* ---- where ---- */

static void where(const char *name, u64 psw, unsigned atmid, unsigned paid)
{
    char text[120];

    mask = PSW_PER | psw;
    expect(name, b_store, 0x20, b_store, b_store_end);
    say(text, name, ": ATMID");
    check_eq(text, LC_PER_ATMID, atmid);
    say(text, name, ": PAID");
    check_eq(text, LC_PAID, paid);
}

static void spaces(void)
{
    u64 space = dat_identity(64);

    lctlg(0, CR0_BASE | CR0_SECONDARY);
    lctlg(1, space);
    lctlg(7, space);
    lctlg(13, space);
    events = STORE;
    range(&data[1], &data[1]);
    where("real", 0, ATMID_64, 0);
    where("primary", PSW_DAT, ATMID_64 | 0x10, 0);
    where("access register", PSW_DAT | PSW_AR, ATMID_64 | 0x15, 4);
    where("secondary", PSW_DAT | PSW_SECONDARY, ATMID_64 | 0x1a, 0);
    where("home", PSW_DAT | PSW_HOME, ATMID_64 | 0x1f, 0);
    mask = PSW_PER | PSW_DAT | PSW_AR;
    events = IFETCH;
    range(b_store, b_store);
    expect("fetch in access-register mode", b_store, 0x40, b_store, b_store_end);
    check_eq("fetch in access-register mode: ATMID", LC_PER_ATMID, ATMID_64 | 0x14);
    check_eq("fetch in access-register mode: PAID", LC_PAID, 0);
    events = STORE | SPACE_CONTROL;
    range(&data[1], &data[1]);
    none("space control, space not marked", b_store);
    lctlg(7, space | ALT_EVENT);
    expect("space control, space marked", b_store, 0x20, b_store, b_store_end);
    lctlg(7, space);
    events = STORE;
    expect("intercepted store in access-register mode", b_stidp, 0x20, b_stidp, b_stidp_end);
    check_eq("intercepted store in access-register mode: ATMID", LC_PER_ATMID, ATMID_64 | 0x15);
    check_eq("intercepted store in access-register mode: PAID", LC_PAID, 4);
    events = STORE | SPACE_CONTROL;
    none("intercepted store, space control, space not marked", b_stidp);
    mask = PSW_PER;
    expect("space control, no space", b_store, 0x20, b_store, b_store_end);
}

static void stores(void)
{
    events = STORE;
    mask = PSW_PER;
    range(&data[2], (char *)&data[1] + 3);
    expect("range that wraps, store below its end", b_store, 0x20, b_store, b_store_end);
    range((char *)&data[1] + 7, &data[1] - 1);
    expect("range that wraps, store above its begin", b_store, 0x20, b_store, b_store_end);
    range(&data[2], (char *)&data[1] - 1);
    none("range that wraps, store between", b_store);
    range(data, data);
    data[0] = 0;
    __asm__ volatile("stgrl %0,data" : : "d"(5UL) : "memory"); /* the translation is known now */
    expect("relative store", b_relative, 0x20, b_relative, b_relative_end);
    check_eq("relative store: done", data[0], 7);
    expect("relative store under EXRL", b_exrl, 0x20, b_exrl, b_exrl_end);
    range(&data[1], &data[1]);
    expect("intercepted store", b_stidp, 0x20, b_stidp, b_stidp_end);
    expect("store that the channel subsystem completes", b_stcrw, 0x20, b_stcrw, b_stcrw_end);
    range(&data[2], &data[2]);
    none("intercepted store beside the range", b_stidp);
    events = STORE | IFETCH;
    range(b_stidp, b_stcrw_end);
    expect("fetch of an intercepted store", b_stidp, 0x40, b_stidp, b_stidp_end);
    range(b_stcrw, (void *)&data[1]);
    expect("fetch and intercepted store", b_stcrw, 0x60, b_stcrw, b_stcrw_end);
    events = STORE;
    range(0, (void *)-1UL);
    none("IPTE is no storage alteration", b_ipte);
    none("PFMF is no storage alteration", b_clear);
}

/* ---- zero addresses ---- */

static void zeros(void)
{
    events = ZERO_ADDR;
    range((void *)-1UL, (void *)-1UL); /* does not count */
    mask = PSW_PER;
    expect("zero address: fetch", b_zero, 0x04, b_zero, b_zero_end);
    check_eq("zero address: fetch: PAID", LC_PAID, 0);
    expect("zero address: store", b_zero_store, 0x04, b_zero_store, b_zero_store + 6);
    none("another address, and no base register", b_base_0);
    none("zero address that is not used", b_la);
    mask = PSW_PER | PSW_DAT | PSW_AR;
    expect("zero address in access-register mode", b_zero, 0x04, b_zero, b_zero_end);
    check_eq("zero address in access-register mode: ATMID", LC_PER_ATMID, ATMID_64 | 0x15);
    check_eq("zero address in access-register mode: PAID", LC_PAID, 5);
    mask = PSW_PER;
    events = ZERO_ADDR | IFETCH;
    range(b_zero, b_zero);
    expect("zero address and fetch", b_zero, 0x44, b_zero, b_zero_end);
}

/* ---- keys ---- */

static void keys(void)
{
    events = STORE_KEY;
    sske(frame, 0x10);
    range((void *)(frame + 4095), (void *)(frame + 4095));
    expect("SSKE", b_sske, 0x10, b_sske, b_sske_end);
    check_eq("SSKE: done", iske(frame), 0);
    expect("SSKE of the same key", b_sske, 0x10, b_sske, b_sske_end);
    none("conditional SSKE of the same key", b_same);
    sske(frame, 0x20);
    expect("conditional SSKE of another key", b_same, 0x10, b_same, b_same + 4);
    expect("PFMF that sets the key", b_pfmf, 0x10, b_pfmf + 4, b_pfmf_end);
    none("PFMF that does not", b_clear);
    none("ISKE, RRBE", b_iske);
    range((void *)(frame + 4096), (void *)(frame + 8191));
    none("SSKE of another block", b_sske);
    expect("SSKE of blocks", b_blocks, 0x10, b_blocks, b_blocks_end);
    range((void *)(frame + 0x100000), (void *)(frame + 0x100000));
    none("SSKE of other blocks", b_blocks);
}

/* ---- the PER mask ---- */

static void masks(void)
{
    to_on = (struct psw){PSW_64 | PSW_PER, (u64)b_lpswe_to};
    to_off = (struct psw){PSW_64, (u64)b_lpswe_to};
    events = BRANCH;
    events |= 0x800000; /* to this address */
    range(b_lpswe_to, b_lpswe_to);
    none("LPSWE is no branch", b_lpswe);
    events = IFETCH;
    range(b_lpswe, b_lpswe_to - 1);
    expect("LPSWE", b_lpswe, 0x40, b_lpswe, b_lpswe_to);
    expect("LPSWE that turns PER off", b_lpswe_off, 0x40, b_lpswe_off, b_lpswe_to);
    check_eq("LPSWE that turns PER off: mask", LC_PGM_OLD.mask & PSW_PER, 0);
    range(b_ssm, b_stosm - 1);
    expect("SSM that turns PER off", b_ssm, 0x40, b_ssm, b_ssm_end);
    check_eq("SSM that turns PER off: mask", LC_PGM_OLD.mask & PSW_PER, 0);
    expect("STNSM that turns PER off", b_stnsm, 0x40, b_stnsm, b_stnsm_end);
    check_eq("STNSM that turns PER off: mask", LC_PGM_OLD.mask & PSW_PER, 0);
    mask = 0;
    range(b_stosm, b_stosm_end);
    check_eq("STOSM that turns PER on: code", (u64)probe(watched, b_stosm), 0x80);
    check_eq("STOSM that turns PER on: the next instruction", LC_PER_ADDR, (u64)b_stosm_end);
    mask = PSW_PER;
}

static void waiting(void)
{
    u64 soon = stck() + (200UL << 12);

    lctlg(9, STORE_KEY);
    lctlg(0, CR0_BASE | 0x800);
    __asm__ volatile("sckc %0" : : "Q"(soon));
    check_eq("wait with PER", take(PSW_64 | PSW_EXT | PSW_WAIT | PSW_PER), 0x130);
    lctlg(0, CR0_BASE);
    lctlg(9, 0);
}

static void others(void)
{
    for (unsigned i = 0; i < sizeof(from_bytes); i++)
        from_bytes[i] = (u8)(i >> 4 | 1);
    events = STORE;
    range(to_bytes + 0x3000, to_bytes + 0x3000);
    check_eq("MVCL: code", (u64)probe(watched, b_mvcl), 0x80);
    check_eq("MVCL: PER code", LC_PER_CODE, 0x20);
    check_eq("MVCL: PER address", LC_PER_ADDR, (u64)b_mvcl);
    check("MVCL: old PSW", LC_PGM_OLD.addr == (u64)b_mvcl || LC_PGM_OLD.addr == (u64)b_mvcl_end);
    check("MVCL: moved before",
          !memcmp((void *)to_bytes, (void *)from_bytes, 0x3000) && to_bytes[0x3000] == from_bytes[0x3000]);
    events = IFETCH | NULLIFY;
    range(b_exrl, b_exrl);
    expect("fetch nullification by an EXECUTE under EXECUTE", b_exex, 0x41, b_exex, b_exex);
    events = IFETCH;
    check_eq("fetch of an EXECUTE under EXECUTE", (u64)probe(watched, b_exex), 0x80 | PGM_EXECUTE);
    check_eq("fetch of an EXECUTE under EXECUTE: old PSW", LC_PGM_OLD.addr, (u64)b_exex_end);
}

int main(void)
{
    frame = 0x2000000;
    page_table = (u64)alloc_pages(1, 4096);
    spaces();
    stores();
    zeros();
    keys();
    masks();
    waiting();
    others();
    return failures();
}
