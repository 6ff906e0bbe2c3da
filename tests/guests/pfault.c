/* SPDX-License-Identifier: Apache-2.0
 *
 * run: --lazy-memory -c 2 -m 256M
 * DIAGNOSE 258 (I22) and what follows from it (I07): a guest that made the handshake is told that a
 * page has to be brought in, and later that it is there; else the CPU waits for the page.
 */
#include "guest.h"

#define DIAG_258 0x258
#define ZARCH 0x8000000000000000UL
#define CP_SERVICE 0x2603
#define INIT 0x0600
#define DONE 0x0680
#define CR0_SERVICE 0x200UL

struct block {
    u16 code, subcode, dwlen, version;
    u64 token, select, compare, zarch;
};

static u64 fresh = 0x4000000;
static u64 rc;
static struct block block __attribute__((aligned(8)));
static volatile u64 token = 0x1122334455667788;

static u8 *page(void)
{
    fresh += 4096;
    return (u8 *)fresh;
}

static void diag(void *arg)
{
    register u64 r4 __asm__("4") = 0x77;

    __asm__ volatile("diag %1,%0,0x258" : "+d"(r4) : "d"(arg) : "memory");
    rc = r4;
}

static void establish_block(void)
{
    block = (struct block){DIAG_258, 0, 5, 2, (u64)&token, PSW_PSTATE, 0, ZARCH};
}

static void cancel_block(void)
{
    block = (struct block){DIAG_258, 1, 5, 2, 0, 0, 0, 0};
}

/* ---- I22: the checks ---- */

static void refused(const char *name, int code)
{
    check_pgm(name, diag, &block, code);
    establish_block();
}

static void checks(void)
{
    establish_block();
    check_pgm("I22 DIAG 258: unaligned block", diag, (u8 *)&block + 4, PGM_SPECIFICATION);
    check_pgm("I22 DIAG 258: block outside of storage", diag, (void *)0x20000000, PGM_ADDRESSING);
    block.code = 0x259;
    refused("I22 DIAG 258: another code in the block", PGM_SPECIFICATION);
    block.dwlen = 4;
    refused("I22 DIAG 258: too short", PGM_SPECIFICATION);
    block.version = 1;
    refused("I22 DIAG 258: version 1", PGM_SPECIFICATION);
    block.subcode = 2;
    refused("I22 DIAG 258: subcode 2", PGM_SPECIFICATION);
    block.zarch = 0;
    refused("I22 DIAG 258: not z/Architecture", PGM_SPECIFICATION);
    block.compare = PSW_EXT;
    refused("I22 DIAG 258: compares what is not selected", PGM_SPECIFICATION);
    block.token += 4;
    refused("I22 DIAG 258: unaligned token", PGM_SPECIFICATION);
    block.token = 0x20000000;
    refused("I22 DIAG 258: token outside of storage", PGM_ADDRESSING);
    cancel_block();
    diag(&block);
    check_eq("I22 DIAG 258: nothing to cancel", rc, 4);
    block.zarch = ZARCH;
    refused("I22 DIAG 258: cancel with a field that is not zero", PGM_SPECIFICATION);
    diag(&block);
    check_eq("I22 DIAG 258: handshake", rc, 0);
    block.zarch = 0;
    diag(&block);
    check_eq("I22 DIAG 258: there is one already", rc, 8);
    cancel_block();
    diag(&block);
    check_eq("I22 DIAG 258: cancelled", rc, 0);
}

/* ---- I07: being told ---- */

extern void pfault_handler(void);
static volatile u64 inits, dones, init_token, done_token, other;
static volatile u64 first_is_init;

/* The interrupted program goes on; an absent page is tried again by it. */
void pfault_c(void);
void pfault_c(void)
{
    if (LC_EXT_CODE != CP_SERVICE) {
        other++;
    } else if (LC_EXT_CPU == INIT) {
        if (!dones)
            first_is_init = 1;
        inits++;
        init_token = LC64(0x11b8);
    } else if (LC_EXT_CPU == DONE) {
        dones++;
        done_token = LC64(0x11b8);
    } else {
        other++;
    }
}

__asm__("	.text\n"
        "pfault_handler:\n"
        "	stmg %r0,%r15,0x600\n"
        "	lgr %r1,%r15\n"
        "	aghi %r15,-320\n"
        "	brasl %r14,pfault_c\n"
        "	lmg %r0,%r15,0x600\n"
        "	lpswe 0x130\n");

static void handshake(u64 select, u64 compare)
{
    cancel_block();
    diag(&block);
    establish_block();
    block.select = select;
    block.compare = compare;
    diag(&block);
    check_eq("I22 DIAG 258: handshake again", rc, 0);
    inits = dones = other = first_is_init = init_token = done_token = 0;
}

/* Touches an absent page and waits until all is told. */
static void touch(u64 mask, u64 cr0)
{
    struct psw old = LC_EXT_NEW;
    u64 before = stctg(0);

    LC_EXT_NEW = (struct psw){PSW_64, (u64)pfault_handler};
    lctlg(0, cr0);
    psw_mask(mask);
    check_eq("I07 absent page with a handshake", *(volatile u64 *)page(), 0);
    while (dones < inits)
        relax();
    psw_mask(PSW_64);
    lctlg(0, before);
    LC_EXT_NEW = old;
}

static void told(void)
{
    u64 cr0 = stctg(0) | CR0_SERVICE;

    handshake(PSW_PSTATE | PSW_MCHECK, PSW_MCHECK);
    touch(PSW_64 | PSW_EXT | PSW_MCHECK, cr0);
    check("I07 pfault: page is under way", inits >= 1);
    check_eq("I07 pfault: page is there, as often", dones, inits);
    check("I07 pfault: the end does not come first", first_is_init);
    check_eq("I07 pfault: token of the beginning", init_token, token);
    check_eq("I07 pfault: token of the end", done_token, token);
    check_eq("I07 pfault: nothing else", other, 0);
    handshake(PSW_PSTATE | PSW_MCHECK, PSW_MCHECK);
    touch(PSW_64 | PSW_EXT, cr0);
    check_eq("I07 pfault: the PSW mask does not compare", inits, 0);
    handshake(0, 0);
    touch(PSW_64, cr0);
    check_eq("I07 pfault: disabled by the PSW", inits, 0);
    handshake(0, 0);
    touch(PSW_64 | PSW_EXT, cr0 & ~CR0_SERVICE);
    check_eq("I07 pfault: disabled by CR0", inits, 0);
    cancel_block();
    diag(&block);
    inits = 0;
    touch(PSW_64 | PSW_EXT, cr0);
    check_eq("I07 pfault: cancelled", inits, 0);
}

/* ---- resets ---- */

static u64 other_rc;

static void other_cpu(void *arg)
{
    (void)arg;
    supervisor();
    diag(&block);
    other_rc = rc;
}

static void resets(void)
{
    u32 status;

    establish_block();
    cpu_start(1, other_cpu, (void *)0);
    cpu_join(1);
    check_eq("I22 DIAG 258: another CPU has its own handshake", other_rc, 0);
    cpu_start(1, other_cpu, (void *)0);
    cpu_join(1);
    check_eq("I22 DIAG 258: it lasts while the CPU is stopped", other_rc, 8);
    sigp_wait(SIGP_RESET, 1, 0, &status);
    cpu_start(1, other_cpu, (void *)0);
    cpu_join(1);
    check_eq("I22 DIAG 258: a CPU reset ends it", other_rc, 0);
}

int main(void)
{
    checks();
    told();
    resets();
    return failures();
}
