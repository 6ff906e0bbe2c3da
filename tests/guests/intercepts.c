/* SPDX-License-Identifier: Apache-2.0
 *
 * run: --rng -c 2
 * Intercepts that something pending causes: requests when a mask opens (I02), LOAD CONTROL (I26) and
 * LOAD PSW (I21) that may open one, a stop behind what is deliverable (I10); what an intercepted
 * instruction's exception tells (I05, I34).
 */
#include "guest.h"

#define CR0_BASE 0xe0UL
#define CR0_EMERGENCY 0x4000UL
#define CR14_CHANNEL_REPORT 0x10000000UL
#define LC_MCK_OLD LC_PSW(0x160)
#define LC_MCK_NEW LC_PSW(0x1e0)
#define LC_MCIC LC64(0xe8)
#define MCIC_CHANNEL_REPORT 0x0040000000000000UL

static void emergency_to_itself(void)
{
    sigp(SIGP_EMERGENCY, 0, 0, 0);
    LC_EXT_CODE = 0;
}

/* ---- requests ---- */

static void external_request(void)
{
    lctlg(0, CR0_BASE | CR0_EMERGENCY);
    emergency_to_itself();
    check_eq("I02 external request: nothing while the mask is closed", LC_EXT_CODE, 0);
    check_eq("I02 external request: taken when the PSW opens", take(PSW_64 | PSW_EXT), 0x130);
    check_eq("I02 external request: code", LC_EXT_CODE, 0x1201);
    check_eq("I02 external request: once", take(PSW_64 | PSW_EXT), 0);
    lctlg(0, CR0_BASE);
}

static struct {
    u32 parm;
    u16 flags, devno;
    u32 path[5];
    u32 scsw[3], model[3];
} schib __attribute__((aligned(4)));

static unsigned stsch(u32 id)
{
    register u64 r1 __asm__("1") = id;
    u32 cc;

    __asm__ volatile("stsch %1\n\tipm %0\n\tsrl %0,28"
                     : "=d"(cc), "=Q"(schib)
                     : "d"(r1)
                     : "cc", "memory");
    return cc;
}

/* A clear function on the first device; until its status is pending. */
static u32 make_status_pending(void)
{
    u32 id = 0x10000;

    while (stsch(id) != 3 && !(schib.flags & 1))
        id++;
    schib.flags |= 0x80;
    {
        register u64 r1 __asm__("1") = id;

        __asm__ volatile("msch %0\n\tcsch" : : "Q"(schib), "d"(r1) : "cc", "memory");
    }
    do {
        stsch(id);
    } while (!(schib.scsw[0] & 1));
    return id;
}

static void io_request(void)
{
    u32 id = make_status_pending();

    lctlg(6, 0xff000000);
    LC32(0xb8) = 0;
    check_eq("I02 I/O request: taken when the PSW opens", take(PSW_64 | PSW_IO), 0x170);
    check_eq("I02 I/O request: subchannel", LC32(0xb8), id);
    check_eq("I02 I/O request: once", take(PSW_64 | PSW_IO), 0);
    lctlg(6, 0);
}

/* ---- LOAD CONTROL ---- */

/* The external mask is open, the emergency signal's subclass is not: LCTL opens it. */
static void load_control(void)
{
    static const u32 words[2] = {CR0_BASE | CR0_EMERGENCY, 0x11223344};
    struct psw saved = LC_EXT_NEW;
    u64 next, cr1 = 0xaaaaaaaa00000000, cr1_after, cr0_before = stctg(0);

    lctlg(1, cr1);
    emergency_to_itself();
    LC_EXT_NEW.mask = PSW_64;
    LC_EXT_OLD.addr = 0;
    __asm__ volatile("larl %%r1,2f\n\tstg %%r1,0x1b8\n\tlarl %0,1f\n\tstosm 0x300,1\n\t"
                     "lctl 0,1,%1\n1:\tj 2f\n2:\tstnsm 0x300,0"
                     : "=&d"(next)
                     : "Q"(words)
                     : "1", "cc", "memory");
    LC_EXT_NEW = saved;
    cr1_after = stctg(1);
    check_eq("I26 LCTL opens the subclass", LC_EXT_CODE, 0x1201);
    check_eq("I26 LCTL: old PSW behind it", LC_EXT_OLD.addr, next);
    check_eq("I26 LCTL loads the right half", stctg(0), (cr0_before & ~0xffffffffUL) | words[0]);
    check_eq("I26 LCTL loads the next register", cr1_after, cr1 | words[1]);
    lctlg(0, CR0_BASE);
    lctlg(1, 0);
}

static void misaligned_lctl(void *arg)
{
    __asm__ volatile("stosm 0x300,1\n\tlctl 0,0,2(%0)" : : "a"(arg) : "cc", "memory");
}

static void load_control_exception(void)
{
    static const u64 words[1];

    emergency_to_itself();
    check_pgm("I26 LCTL: alignment", misaligned_lctl, (void *)words, PGM_SPECIFICATION);
    check_eq("I26 LCTL: ILC", LC_PGM_ILC, 4);
    lctlg(0, CR0_BASE | CR0_EMERGENCY);
    check_eq("I26 the request is still there", take(PSW_64 | PSW_EXT), 0x130);
    lctlg(0, CR0_BASE);
}

/* ---- LOAD PSW ---- */

static void make_channel_report(void)
{
    register u64 r1 __asm__("1") = 0;

    __asm__ volatile("rchp" : : "d"(r1) : "cc", "memory");
}

static void take_channel_reports(void)
{
    u32 crw, cc;

    do {
        __asm__ volatile("stcrw %1\n\tipm %0\n\tsrl %0,28" : "=d"(cc), "=Q"(crw) : : "cc");
    } while (!cc);
}

/* To `1:` in the 31-bit mode and back to 64 bits; the machine-check mask as given. */
static u64 lpsw(u32 open)
{
    static u32 psw[2] __attribute__((aligned(8)));
    u64 to;

    psw[0] = 0x00080000 | open;
    __asm__ volatile("larl %0,1f\n\tst %0,4+%1\n\toi 4+%1,0x80\n\tlarl %%r1,2f\n\tstg %%r1,0x1e8\n\t"
                     "lpsw %1\n\t.long 0\n1:\tnopr\n2:\tsam64\n\tstnsm 0x300,0"
                     : "=&d"(to), "+Q"(psw)
                     :
                     : "1", "cc", "memory");
    return to;
}

static void lpsw_of_a_long_psw(void *arg)
{
    __asm__ volatile("lpsw 0(%0)" : : "a"(arg) : "memory");
}

static void load_psw(void)
{
    static struct psw bad = {0x0000000080001000, 0};
    struct psw saved = LC_MCK_NEW;
    u64 to;

    lctlg(14, CR14_CHANNEL_REPORT);
    take_channel_reports();
    make_channel_report();
    LC_MCK_NEW.mask = PSW_64;
    LC_MCK_OLD.addr = LC_MCIC = 0;
    lpsw(0);
    check_eq("I21 LPSW with the mask closed: no machine check", LC_MCK_OLD.addr, 0);
    check_pgm("I21 LPSW: bit 12 is zero", lpsw_of_a_long_psw, &bad, PGM_SPECIFICATION);
    check_eq("I21 LPSW: ILC", LC_PGM_ILC, 4);
    check_pgm("I21 LPSW: alignment", lpsw_of_a_long_psw, (char *)&bad + 4, PGM_SPECIFICATION);
    to = lpsw((u32)(PSW_MCHECK >> 32));
    check_eq("I21 LPSW opens the mask: old PSW", LC_MCK_OLD.addr, to);
    check_eq("I21 LPSW opens the mask: mode", LC_MCK_OLD.mask, PSW_MCHECK | PSW_31);
    check_eq("I21 LPSW opens the mask: channel report", LC_MCIC & MCIC_CHANNEL_REPORT,
             MCIC_CHANNEL_REPORT);
    LC_MCK_NEW = saved;
    take_channel_reports();
    lctlg(14, 0);
}

/* ---- exceptions of intercepted instructions ---- */

void exrl_spx(void *operand);
void ex_spx(void *operand);
extern char exrl_spx_end[], ex_spx_end[];
__asm__("	.text\n"
        "exrl_spx:	exrl 0,the_spx\n"
        "exrl_spx_end:	br %r14\n"
        "ex_spx:	larl %r1,the_spx\n"
        "	ex 0,0(%r1)\n"
        "ex_spx_end:	br %r14\n"
        "the_spx:	spx 0(%r2)\n");

static void lengths(void)
{
    check_pgm("I05 EXRL of SPX", exrl_spx, (void *)0x1002, PGM_SPECIFICATION);
    check_eq("I05 EXRL of SPX: ILC", LC_PGM_ILC, 6);
    check_eq("I05 EXRL of SPX: old PSW", LC_PGM_OLD.addr, (u64)exrl_spx_end);
    check_pgm("I05 EX of SPX", ex_spx, (void *)0x1002, PGM_SPECIFICATION);
    check_eq("I05 EX of SPX: ILC", LC_PGM_ILC, 4);
    check_eq("I05 EX of SPX: old PSW", LC_PGM_OLD.addr, (u64)ex_spx_end);
}

static void parameters(void)
{
    u64 space = dat_identity(16), page = (u64)alloc_pages(1, 4096);

    *dat_pte(space, page) = page | DAT_PAGE_INVALID;
    dat_on(space);
    LC_TEID = ~0UL;
    check_pgm("I34 SPX: page translation", exrl_spx, (void *)page, PGM_PAGE_TRANSLATION);
    check_eq("I34 SPX: translation-exception identification", LC_TEID >> 12, page >> 12);
    check_eq("I05 SPX: nullified: old PSW", LC_PGM_OLD.addr, (u64)exrl_spx);
    LC_TEID = 0x5555555555555555;
    check_pgm("I34 SPX: segment translation", exrl_spx, (void *)0x40000000, PGM_SEGMENT_TRANSLATION);
    check_eq("I34 SPX: segment translation: identification", LC_TEID >> 12, 0x40000);
    dat_off();
    LC_TEID = 0x5555555555555555;
    check_pgm("I34 SPX: specification", exrl_spx, (void *)0x1002, PGM_SPECIFICATION);
    check_eq("I34 SPX: specification stores no identification", LC_TEID, 0x5555555555555555);
}

/* ---- stop ---- */

static volatile u32 turns;

/* Takes emergency signals for ever, and counts while it is open for them; 600 of the CPU's lowcore
 * holds the PSW for that. */
static void be_open(void *arg)
{
    (void)arg;
    LC_EXT_NEW.mask = PSW_64;
    LC64(0x600) = PSW_64 | PSW_EXT;
    lctlg(0, CR0_BASE | CR0_EMERGENCY);
    __asm__ volatile("larl %%r1,2f\n\tstg %%r1,0x1b8\n\tlarl %%r1,1f\n\tstg %%r1,0x608\n"
                     "2:\tlpswe 0x600\n"
                     "1:\tl %%r1,0(%0)\n\tahi %%r1,1\n\tst %%r1,0(%0)\n\tj 1b"
                     :
                     : "a"(&turns)
                     : "1", "cc", "memory");
}

static void wait_until_open(void)
{
    u32 before = turns;

    while (turns - before < 2)
        relax();
}

static void stop(void)
{
    volatile u16 *code = (u16 *)((u8 *)cpu_lowcore(1) + 0x86);
    bool all = true;

    cpu_start(1, be_open, 0);
    for (u32 n = 0; n < 300 && all; n++) {
        wait_until_open();
        *code = 0;
        sigp_wait(SIGP_EMERGENCY, 1, 0, 0);
        sigp_wait(SIGP_STOP, 1, 0, 0);
        cpu_join(1);
        all = *code == 0x1201;
        sigp_wait(SIGP_START, 1, 0, 0);
    }
    check("I10 an emergency signal comes before the stop sent after it", all);
    sigp_wait(SIGP_STOP, 1, 0, 0);
    cpu_join(1);
}

int main(void)
{
    external_request();
    io_request();
    load_control();
    load_control_exception();
    load_psw();
    lengths();
    parameters();
    stop();
    return failures();
}
