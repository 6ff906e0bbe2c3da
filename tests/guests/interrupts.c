/* SPDX-License-Identifier: Apache-2.0
 *
 * Interruptions of each class: masks, priorities, what is stored, wait.  [PoP 6 Interruptions]
 */
#include "guest.h"

#define CR0_BASE 0x40000UL /* AFP registers */
#define CR0_EMERGENCY 0x4000UL
#define CR0_EXTERNAL_CALL 0x2000UL
#define CR0_CKC 0x800UL
#define CR0_CPU_TIMER 0x400UL
#define CR0_SERVICE 0x200UL
#define CR0_ALL (CR0_EMERGENCY | CR0_EXTERNAL_CALL | CR0_CKC | CR0_CPU_TIMER | CR0_SERVICE)

#define EXT PSW_64 | PSW_EXT

static void quiet(void)
{
    sckc(~0UL);
    spt(0x7fffffffffffffff);
}

static void cr0(u64 submasks)
{
    lctlg(0, CR0_BASE | submasks);
}

/* Takes an external interruption with these submasks; its code, 0: none. */
static unsigned external(u64 submasks)
{
    unsigned code = 0;

    cr0(submasks);
    LC_EXT_CODE = 0xffff;
    switch (take(EXT)) {
    case 0x130:
        code = LC_EXT_CODE;
        break;
    case 0:
        break;
    default:
        code = 0xbad;
    }
    cr0(0);
    return code;
}

/* ---- supervisor call, monitor call ---- */

static void svc(void)
{
    u64 next;

    __asm__ volatile("larl %0,1f\n\tsvc 0xa5\n1:" : "=&d"(next) : : "1", "memory");
    check_eq("SVC number", LC16(0x8a), 0xa5);
    check_eq("SVC ILC", LC16(0x88), 2);
    check_eq("SVC old PSW", LC_SVC_OLD.addr, next);
    problem_state();
    supervisor();
    check("SVC from problem state", LC_SVC_OLD.mask & PSW_PSTATE);
}

static void mc(void *arg)
{
    __asm__ volatile("mc 0x123(%0),5" : : "a"(arg));
}

static void mc_bad(void *arg)
{
    (void)arg;
    __asm__ volatile(".long 0xaf100000");
}

static void monitor(void)
{
    lctlg(8, 0);
    check_pgm("MONITOR CALL masked", mc, 0, 0);
    lctlg(8, 0xffff & ~(0x8000UL >> 5));
    check_pgm("MONITOR CALL of a masked class", mc, 0, 0);
    lctlg(8, 0x8000UL >> 5);
    check_pgm("I34 MONITOR CALL", mc, (void *)0x1000000000, PGM_MONITOR);
    check_eq("I34 MONITOR CALL: class", LC_MON_CLASS, 5);
    check_eq("I34 MONITOR CALL: code", LC_MON_CODE, 0x1000000123);
    check_eq("I34 MONITOR CALL: ILC", LC_PGM_ILC, 4);
    check_pgm("MONITOR CALL of class 16", mc_bad, 0, PGM_SPECIFICATION);
    lctlg(8, 0);
}

/* ---- external ---- */

static void timers(void)
{
    u64 t, next;

    quiet();
    check_eq("nothing is pending", external(CR0_ALL), 0);
    sckc(0);
    check_eq("clock comparator, submask off", external(CR0_ALL & ~CR0_CKC), 0);
    check_eq("clock comparator", external(CR0_CKC), 0x1004);
    check_eq("clock comparator again: condition persists", external(CR0_CKC), 0x1004);
    cr0(CR0_CKC);
    check_eq("clock comparator, PSW mask off", take(PSW_64), 0);
    quiet();
    check_eq("clock comparator in the future", external(CR0_CKC), 0);
    spt(-1UL);
    check_eq("CPU timer, submask off", external(CR0_ALL & ~CR0_CPU_TIMER), 0);
    check_eq("CPU timer", external(CR0_CPU_TIMER), 0x1005);
    check_eq("CPU timer again: condition persists", external(CR0_CPU_TIMER), 0x1005);
    sckc(0);
    check_eq("clock comparator before CPU timer", external(CR0_ALL), 0x1004);
    quiet();
    check_eq("CPU timer positive again", external(CR0_ALL), 0);
    spt(0x1000000); /* 4 ms */
    cr0(CR0_CPU_TIMER);
    check_eq("I12 CPU timer ends a wait", take(EXT | PSW_WAIT), 0x130);
    check_eq("I12 CPU timer ends a wait: code", LC_EXT_CODE, 0x1005);
    check("I12 CPU timer ends a wait: old PSW",
          LC_EXT_OLD.mask == (PSW_EXT | PSW_64 | PSW_WAIT) ||
              LC_EXT_OLD.mask >> 44 == (PSW_EXT | PSW_WAIT) >> 44);
    quiet();
    t = stck() + 0x1000000;
    sckc(t);
    cr0(CR0_CKC);
    check_eq("I12 clock comparator ends a wait", take(EXT | PSW_WAIT), 0x130);
    check("I12 clock comparator ends a wait: not too early", stck() >= t);
    t = stck() + 0x1000000;
    sckc(t);
    /* A loop without exits is interrupted. */
    {
        struct psw saved = LC_EXT_NEW;
        u64 count = 0;

        LC_EXT_NEW.mask = PSW_64;
        __asm__ volatile(
            "larl %%r1,2f\n\tstg %%r1,0x1b8\n\tstosm 0x300,1\n1:\taghi %0,1\n\tj 1b\n2:"
            : "+d"(count)
            :
            : "1", "cc", "memory");
        LC_EXT_NEW = saved;
        check("clock comparator interrupts a loop", count > 0 && stck() >= t);
    }
    quiet();
    /* Enabled by LCTLG, by STOSM, by SSM. */
    sckc(0);
    for (int how = 0; how < 2; how++) {
        struct psw saved = LC_EXT_NEW;
        u64 on = CR0_BASE | CR0_CKC;
        u8 mask = 1;

        cr0(0);
        if (how)
            cr0(CR0_CKC);
        LC_EXT_NEW.mask = PSW_64;
        __asm__ volatile("larl %%r1,2f\n\tstg %%r1,0x1b8\n\tlarl %0,1f\n\tltr %1,%1\n\tjnz "
                         "3f\n\tstosm 0x300,1\n\tlctlg 0,0,%2\n"
                         "1:\tj 2f\n3:\tlarl %0,4f\n\tssm %3\n4:\tnopr\n\tlghi %0,0\n2:"
                         : "=&d"(next)
                         : "d"(how), "Q"(on), "Q"(mask)
                         : "1", "cc", "memory");
        __asm__ volatile("stnsm 0x300,0" : : : "memory");
        LC_EXT_NEW = saved;
        check_eq(how ? "SSM opens at once" : "LCTLG opens at once", LC_EXT_OLD.addr, next);
        cr0(0);
    }
    quiet();
}

static void signals(void)
{
    u32 status;

    cr0(0);
    check_eq("emergency signal to itself", sigp(SIGP_EMERGENCY, 0, 0, 0), 0);
    check_eq("external call to itself", sigp(SIGP_EXTERNAL_CALL, 0, 0, 0), 0);
    check_eq("second external call: condition code", sigp(SIGP_EXTERNAL_CALL, 0, 0, &status), 1);
    check_eq("second external call: status", status, 0x80);
    sckc(0);
    spt(-1UL);
    LC_EXT_CPU = 0xffff;
    check_eq("I08 emergency signal before all others", external(CR0_ALL), 0x1201);
    check_eq("I08 emergency signal: source", LC_EXT_CPU, 0);
    check_eq("I08 then external call", external(CR0_ALL), 0x1202);
    check_eq("I08 external call: source", LC_EXT_CPU, 0);
    check_eq("I08 then clock comparator", external(CR0_ALL), 0x1004);
    check_eq("I08 CPU timer by its submask", external(CR0_CPU_TIMER), 0x1005);
    quiet();
    check_eq("I08 then nothing", external(CR0_ALL), 0);
    sigp(SIGP_EXTERNAL_CALL, 0, 0, 0);
    sigp(SIGP_EMERGENCY, 0, 0, 0);
    check_eq("external call by its submask", external(CR0_EXTERNAL_CALL), 0x1202);
    check_eq("emergency signal by its submask", external(CR0_EMERGENCY), 0x1201);
    sigp(SIGP_EMERGENCY, 0, 0, 0);
    sigp(SIGP_EMERGENCY, 0, 0, 0);
    check_eq("two emergency signals of one CPU", external(CR0_EMERGENCY), 0x1201);
    check_eq("are one interruption", external(CR0_EMERGENCY), 0);
}

/* Both are delivered at once when the new PSW is enabled too: the handler of the first runs last.
 */
static void chained(void)
{
    static volatile u32 order[2];
    struct psw saved = LC_EXT_NEW;

    sigp(SIGP_EMERGENCY, 0, 0, 0);
    sigp(SIGP_EXTERNAL_CALL, 0, 0, 0);
    LC_EXT_NEW.mask = EXT;
    __asm__ volatile("larl %%r1,2f\n\tstg %%r1,0x1b8\n\tlarl %%r1,1f\n\t"
                     "stg %%r1,0x380\n\tlctlg 0,0,%1\n\tstosm 0x300,1\n1:\tnopr\n"
                     "2:\tstnsm 0x300,0\n\tmvc 0(2,%0),0x86"
                     :
                     : "a"(order), "Q"((u64){CR0_BASE | CR0_ALL})
                     : "1", "memory", "cc");
    LC_EXT_NEW = saved;
    check_eq("I08 handler of the lower priority runs first", order[0] >> 16, 0x1202);
    check_eq("I08 its old PSW is the other's new PSW", LC_EXT_OLD.mask >> 56, 1);
    check("I08 and not the interrupted program", LC_EXT_OLD.addr != LC64(0x380));
    check_eq("I08 nothing is left", external(CR0_ALL), 0);
    cr0(0);
}

/* ---- program ---- */

static void load_psw(void *arg)
{
    __asm__ volatile("lpswe 0(%0)" : : "a"(arg) : "memory");
}

static void program(void)
{
    struct psw psw = {PSW_64 | 1UL << 51, 0x123456};
    struct psw saved = LC_EXT_NEW;

    check_pgm("early specification by LPSWE", load_psw, &psw, PGM_SPECIFICATION);
    check_eq("early specification by LPSWE: ILC", LC_PGM_ILC, 0);
    check_eq("early specification by LPSWE: old PSW mask", LC_PGM_OLD.mask, psw.mask);
    check_eq("early specification by LPSWE: old PSW address", LC_PGM_OLD.addr, psw.addr);
    /* Early exception and an external interruption at once: the program interruption comes first.
     */
    sckc(0);
    cr0(CR0_CKC);
    psw.mask |= PSW_EXT;
    check_pgm("early specification before external", load_psw, &psw, PGM_SPECIFICATION);
    check_eq("early specification before external: old PSW", LC_PGM_OLD.mask, psw.mask);
    /* An invalid external-new PSW: program interruption with that PSW as old PSW. */
    LC_EXT_NEW = (struct psw){PSW_64 | 1UL << 60, 0x654321};
    psw = (struct psw){EXT, 0x10000};
    check_pgm("invalid external-new PSW", load_psw, &psw, PGM_SPECIFICATION);
    check_eq("invalid external-new PSW: ILC", LC_PGM_ILC, 0);
    check_eq("invalid external-new PSW: old PSW", LC_PGM_OLD.mask, PSW_64 | 1UL << 60);
    check_eq("invalid external-new PSW: the external one happened", LC_EXT_OLD.addr, 0x10000);
    /* Odd address: late, when the instruction is fetched; interruptions come before. */
    LC_EXT_NEW = (struct psw){PSW_64, 0x10001};
    check_pgm("odd external-new PSW", load_psw, &psw, PGM_SPECIFICATION);
    check("odd external-new PSW: old PSW",
          LC_PGM_OLD.addr >= 0x10003 && LC_PGM_OLD.addr <= 0x10007);
    LC_EXT_NEW = saved;
    cr0(0);
    quiet();
    psw = (struct psw){PSW_64, 0x1000000000};
    check_pgm("PSW address outside storage", load_psw, &psw, PGM_ADDRESSING);
    psw = (struct psw){PSW_64, 0x10001};
    check_pgm("odd PSW address", load_psw, &psw, PGM_SPECIFICATION);
    check("odd PSW address: ILC", LC_PGM_ILC == 2 || LC_PGM_ILC == 4 || LC_PGM_ILC == 6);
    check_eq("odd PSW address: old PSW", LC_PGM_OLD.addr, 0x10001UL + LC_PGM_ILC);
    /* An invalid SVC-new PSW. */
    {
        struct psw svc_new = LC_SVC_NEW;

        LC_SVC_NEW = (struct psw){PSW_64 | 1UL << 24, 0x777776};
        check_pgm("invalid SVC-new PSW", (void (*)(void *))supervisor, 0, PGM_SPECIFICATION);
        check_eq("invalid SVC-new PSW: ILC", LC_PGM_ILC, 0);
        check_eq("invalid SVC-new PSW: old PSW", LC_PGM_OLD.addr, 0x777776);
        LC_SVC_NEW = svc_new;
    }
}

/* ---- breaking-event address ---- */

static void breaking(void)
{
    u64 at;
    struct psw saved = LC_PGM_NEW;

    __asm__ volatile(
        "larl %%r1,3f\n\tstg %%r1,0x1d8\n\tlarl %0,1f\n1:\tj 2f\n\tnopr\n2:\t.long 0\n3:"
        : "=&d"(at)
        :
        : "1", "memory");
    check_eq("breaking-event address of a relative branch", LC_BEA, at);
    __asm__ volatile(
        "larl %%r1,3f\n\tstg %%r1,0x1d8\n\tlarl %%r1,2f\n\tlarl %0,1f\n1:\tbr %%r1\n\tnopr\n"
        "2:\t.long 0\n3:"
        : "=&d"(at)
        :
        : "1", "memory");
    check_eq("breaking-event address of BCR", LC_BEA, at);
    LC_PGM_NEW = saved;
}

int main(void)
{
    quiet();
    svc();
    monitor();
    timers();
    signals();
    chained();
    program();
    breaking();
    return failures();
}
