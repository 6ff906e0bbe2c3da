/* SPDX-License-Identifier: Apache-2.0
 *
 * What tests/cli/gdb_test.py steps through: instructions that SIE performs, that it intercepts and
 * that end in interruptions, each with a label. The sequence is run `rounds` times.
 */
#include "guest.h"

volatile u64 watched[2], rounds = 3, done;
volatile u8 area[256] __attribute__((aligned(256)));

extern char d_start[], d_svc_new[], d_pgm_new[];

/* %r4: area; %r5: watched */
__asm__("	.text\n"
        "	.globl d_start,d_stidp,d_stpx,d_ex,d_call,d_after,d_leaf,d_store,d_next,d_svc\n"
        "	.globl d_illegal,d_iske,d_stctg,d_lctlg,d_same,d_end,d_svc_new,d_pgm_new,d_target\n"
        "d_start:	lghi %r1,1\n"
        "d_stidp:	stidp 0(%r4)\n"
        "d_stpx:	stpx 8(%r4)\n"
        "	larl %r2,d_target\n"
        "d_ex:	ex %r0,0(%r2)\n"
        "d_call:	brasl %r14,d_leaf\n"
        "d_after:	lgr %r3,%r1\n"
        "d_store:	agsi 0(%r5),1\n"
        "d_next:	mvi 8(%r5),1\n"
        "d_svc:	svc 7\n"
        "d_illegal:	.short 0\n"
        "d_iske:	iske %r2,%r4\n"
        "d_stctg:	stctg %c9,%c11,16(%r4)\n"
        "d_lctlg:	lctlg %c9,%c11,16(%r4)\n"
        "d_same:	mvc 0(8,%r5),0(%r5)\n"
        "d_end:	br %r12\n"
        "d_leaf:	br %r14\n"
        "d_target:	mvc 64(8,%r4),0(%r4)\n"
        "d_svc_new:	lpswe 0x140\n"
        "d_pgm_new:	lpswe 0x150\n");

static void sequence(void)
{
    __asm__ volatile("lgr %%r4,%0\n\tlgr %%r5,%1\n\tbrasl %%r12,d_start"
                     :
                     : "a"(area), "a"(watched)
                     : "1", "2", "3", "4", "5", "12", "14", "cc", "memory");
}

int main(void)
{
    struct psw pgm = LC_PGM_NEW;

    LC_SVC_NEW.mask = PSW_64;
    LC_SVC_NEW.addr = (u64)d_svc_new;
    while (done < rounds) {
        LC_PGM_NEW.mask = PSW_64;
        LC_PGM_NEW.addr = (u64)d_pgm_new;
        sequence();
        LC_PGM_NEW.mask = pgm.mask;
        LC_PGM_NEW.addr = pgm.addr;
        done++;
    }
    check_eq("watched", watched[0], rounds);
    check_eq("CR9 to CR11 as the guest stores them", *(u64 *)(area + 16) | *(u64 *)(area + 24), 0);
    return failures();
}
