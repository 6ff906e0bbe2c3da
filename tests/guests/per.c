/* SPDX-License-Identifier: Apache-2.0
 *
 * Program-event recording: instruction fetching (also nullifying), successful branching, storage
 * alteration, store using real address; ranges; with SVC, EX and other exceptions.  [PoP 4 PER]
 */
#include "guest.h"

#define BRANCH 0x80000000UL
#define IFETCH 0x40000000UL
#define STORE 0x20000000UL
#define STORE_REAL 0x08000000UL
#define NULLIFY 0x01000000UL
#define BRANCH_CONTROL 0x00800000UL

#define CODE_BRANCH 0x80
#define CODE_IFETCH 0x40
#define CODE_STORE 0x20
#define CODE_STORE_REAL 0x08

static volatile u64 data[64] __attribute__((aligned(256)));
static u64 from, to; /* range of CR10, CR11 */
static u64 events;

extern char a_start[], a_store[], a_second[], a_branch[], a_target[], a_svc[], a_ex[], a_after[],
    a_mvc[], a_illegal[], a_load[], a_end[], a_real[], a_real_end[], a_ext[];

/* The code that events are watched in; %r4 is the address of `data`. */
__asm__("	.text\n"
        "a_start:	lghi %r1,7\n"
        "a_load:	lg %r2,0(%r4)\n"
        "a_store:	stg %r1,8(%r4)\n"
        "a_second:	sty %r1,64(%r4)\n"
        "a_branch:	j a_target\n"
        "	nopr\n"
        "a_target:	larl %r3,a_ext\n"
        "a_ex:	ex %r0,0(%r3)\n"
        "a_after:	mvi 128(%r4),9\n"
        "a_svc:	svc 5\n"
        "a_end:	br %r14\n"
        "a_ext:	mvc 32(8,%r4),0(%r4)\n"
        "a_real:	stura %r4,%r4\n"
        "a_real_end:	br %r14\n"
        "a_illegal:	.long 0\n");

static void watched(void *arg)
{
    u64 psw[2] = {PSW_64 | PSW_PER, (u64)arg};
    u8 off = 0;

    lctlg(9, events);
    lctlg(10, from);
    lctlg(11, to);
    __asm__ volatile("lgr %%r4,%1\n\tlarl %%r14,1f\n\tlpswe %0\n1:\tssm %2"
                     :
                     : "Q"(psw), "a"(data), "Q"(off)
                     : "1", "2", "3", "4", "14", "cc", "memory");
}

/* First event from `start` on: code, PER address (or address of an event's instruction). */
static void expect(const char *name, void *start, unsigned per_code, void *addr, void *old, unsigned code)
{
    int got = probe(watched, start);
    char text[100];
    unsigned n = strlen(name);

    memcpy(text, name, n);
    memcpy(text + n, ": code", 7);
    check_eq(text, (u64)got << 8 | (got & 0x80 ? LC_PER_CODE : 0), (u64)(code | 0x80) << 8 | per_code);
    memcpy(text + n, ": PER address", 14);
    check_eq(text, LC_PER_ADDR, (u64)addr);
    memcpy(text + n, ": old PSW", 10);
    check_eq(text, LC_PGM_OLD.addr, (u64)old);
}

static void range(void *a, void *b)
{
    from = (u64)a;
    to = (u64)b;
}

static void none(const char *name, void *start)
{
    check_eq(name, (u64)probe(watched, start), 0);
}

int main(void)
{
    events = IFETCH;
    range(a_load, a_load);
    expect("fetch of one address", a_start, CODE_IFETCH, a_load, a_store, 0);
    check_eq("fetch: ILC", LC_PGM_ILC, 6);
    check_eq("fetch: ATMID", LC_PER_ATMID, 0xe0);
    check_eq("fetch: PAID", LC_PAID, 0);
    range(0, (void *)-1UL);
    expect("fetch anywhere", a_start, CODE_IFETCH, a_start, a_load, 0);
    range(a_branch, a_load);
    expect("fetch in a wrapped range", a_start, CODE_IFETCH, a_start, a_load, 0);
    range(a_load + 1, a_load + 5);
    none("fetch: only the first byte counts", a_start);
    events = IFETCH | NULLIFY;
    range(a_second, a_second);
    data[1] = data[8] = 0;
    expect("fetch nullification", a_start, CODE_IFETCH | 1, a_second, a_second, 0);
    check_eq("fetch nullification: done before", data[1], 7);
    check_eq("fetch nullification: not done", data[8], 0);

    events = STORE;
    range((void *)&data[1], (void *)&data[1]);
    expect("store", a_start, CODE_STORE, a_store, a_second, 0);
    check_eq("store: done", data[1], 7);
    range((char *)&data[1] + 7, (char *)&data[1] + 7);
    expect("store: last byte", a_start, CODE_STORE, a_store, a_second, 0);
    range((char *)&data[8] + 3, (char *)&data[8] + 3);
    expect("store: other instruction", a_start, CODE_STORE, a_second, a_branch, 0);
    range((char *)&data[8] + 4, (char *)&data[8] + 7);
    none("store beside the range", a_start);
    range((void *)&data[0], (void *)&data[0]);
    none("a fetch is no store", a_start);
    range((char *)&data[4] + 7, (char *)&data[4] + 7);
    expect("store under EX", a_start, CODE_STORE, a_ex, a_after, 0);
    check_eq("store under EX: ILC", LC_PGM_ILC, 4);
    range((void *)&data[16], (void *)&data[16]);
    expect("store of a byte", a_start, CODE_STORE, a_after, a_svc, 0);

    events = BRANCH;
    range(0, (void *)-1UL);
    expect("branch", a_start, CODE_BRANCH, a_branch, a_target, 0);
    events = BRANCH | BRANCH_CONTROL;
    range(a_target, a_target);
    expect("branch to an address", a_start, CODE_BRANCH, a_branch, a_target, 0);
    range(a_branch, a_branch);
    none("branch elsewhere", a_start);

    events = STORE | STORE_REAL;
    range(0, 0);
    expect("store using real address", a_real, CODE_STORE_REAL, a_real, a_real_end, 0);
    events = STORE;
    range(0, (void *)-1UL);
    none("store using real address is no storage alteration", a_real);

    events = IFETCH | BRANCH;
    range(a_branch, a_branch);
    expect("fetch and branch", a_start, CODE_IFETCH | CODE_BRANCH, a_branch, a_target, 0);

    events = IFETCH;
    range(a_illegal, a_illegal);
    expect("fetch of an illegal operation", a_illegal, CODE_IFETCH, a_illegal, a_illegal + 2,
           PGM_OPERATION);

    /* SVC: the SVC interruption happens, then the program interruption. */
    range(a_svc, a_svc);
    LC_SVC_OLD.addr = 0;
    expect("fetch of SVC", a_start, CODE_IFETCH, a_svc, (void *)LC_SVC_NEW.addr, 0);
    check_eq("fetch of SVC: SVC old PSW", LC_SVC_OLD.addr, (u64)a_end);

    /* EX: address of the EX, and of the target for ranges too. */
    range(a_ex, a_ex);
    expect("fetch of EX", a_start, CODE_IFETCH, a_ex, a_after, 0);
    range(a_ext, a_ext);
    expect("fetch of the target of EX", a_start, CODE_IFETCH, a_ex, a_after, 0);
    events = IFETCH | NULLIFY;
    expect("fetch nullification by the target of EX", a_start, CODE_IFETCH | 1, a_ex, a_ex, 0);
    return failures();
}
