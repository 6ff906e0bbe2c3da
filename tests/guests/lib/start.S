/* SPDX-License-Identifier: Apache-2.0
 *
 * Start of a bare-metal guest: stack, new PSWs, call of main(), end by a disabled wait; catching of
 * interruptions; start of further CPUs.  A test ends at address 0x600d (all checks passed) or 0xbad
 * (some failed); anything else is a crash.
 *
 * Each CPU keeps its own in its lowcore (prefix area), from 0x400 on:
 */
#define PROBE_R15	0x400
#define PROBE_PSW	0x408	/* to go back with; 16 bytes */
#define PROBE_PGM_NEW	0x418
#define PROBE_ARS	0x428
#define PROBE_CRS	0x468
#define TAKE_R15	0x500
#define TAKE_PSW	0x508
#define TAKE_NEW	0x518	/* six new PSWs */
#define TAKE_OPEN	0x578
#define SVC_BACK	0x590
#define CPU_STACK	0x5a0	/* of a further CPU, and what it is to do */
#define CPU_FN		0x5a8
#define CPU_ARG		0x5b0
#define CPU_CR0		0x5b8

	.section .init, "ax"
	.globl _start
_start:
	larl	%r15, stack_end
	aghi	%r15, -160
	larl	%r1, crash_psws
	mvc	0x1a0(96), 0(%r1)
	larl	%r1, cr0_value
	lctlg	%c0, %c0, 0(%r1)
	lghi	%r2, 0
	sfpc	%r2
	brasl	%r14, main
	ltr	%r2, %r2
	larl	%r1, psw_bad
	jnz	1f
	larl	%r1, psw_good
1:	lpswe	0(%r1)

/* int probe(void (*fn)(void *), void *arg): runs fn; returns the program-interruption code that ended
 * it, or 0.  The state the interruption left is in lowcore; PSW mask, control and access registers are
 * as before. */
	.globl probe
probe:
	stmg	%r6, %r15, 48(%r15)
	stg	%r15, PROBE_R15
	epsw	%r0, %r1
	st	%r0, PROBE_PSW
	st	%r1, PROBE_PSW+4
	mvc	PROBE_PGM_NEW(16), 0x1d0
	stam	%a0, %a15, PROBE_ARS
	stctg	%c0, %c15, PROBE_CRS
	larl	%r4, probe_psw
	mvc	0x1d0(16), 0(%r4)
	lgr	%r1, %r2
	lgr	%r2, %r3
	aghi	%r15, -160
	basr	%r14, %r1
	spka	0
	lghi	%r2, 0
	j	probe_end
probe_hit:
	llgh	%r2, 0x8e
probe_end:
	lctlg	%c0, %c15, PROBE_CRS
	lam	%a0, %a15, PROBE_ARS
	mvc	0x1d0(16), PROBE_PGM_NEW
	lg	%r15, PROBE_R15
	lmg	%r6, %r15, 48(%r15)
	stg	%r14, PROBE_PSW+8
	lpswe	PROBE_PSW

/* unsigned take(u64 mask): runs with this PSW mask until an interruption comes, whose old-PSW address
 * it returns, or for a few instructions (0).  With the wait bit, until one comes. */
	.globl take
take:
	stmg	%r6, %r15, 48(%r15)
	stg	%r15, TAKE_R15
	epsw	%r0, %r1
	st	%r0, TAKE_PSW
	st	%r1, TAKE_PSW+4
	mvc	TAKE_NEW(96), 0x1a0
	larl	%r1, take_psws
	mvc	0x1a0(96), 0(%r1)
	larl	%r1, 1f
	stg	%r2, TAKE_OPEN
	stg	%r1, TAKE_OPEN+8
	lpswe	TAKE_OPEN
1:	nopr
	nopr
	lghi	%r2, 0
	j	take_end
take_restart:
	lghi	%r2, 0x120
	j	take_end
take_ext:
	lghi	%r2, 0x130
	j	take_end
take_svc:
	lghi	%r2, 0x140
	j	take_end
take_pgm:
	lghi	%r2, 0x150
	j	take_end
take_mck:
	lghi	%r2, 0x160
	j	take_end
take_io:
	lghi	%r2, 0x170
take_end:
	stnsm	TAKE_OPEN, 0
	lg	%r15, TAKE_R15
	mvc	0x1a0(96), TAKE_NEW
	lmg	%r6, %r15, 48(%r15)
	stg	%r14, TAKE_PSW+8
	lpswe	TAKE_PSW

/* Where a further CPU begins: see cpu_start(). */
	.globl cpu_entry
cpu_entry:
	lg	%r15, CPU_STACK
	lctlg	%c0, %c0, CPU_CR0
	lghi	%r2, 0
	sfpc	%r2
	lg	%r2, CPU_ARG
	lg	%r1, CPU_FN
	basr	%r14, %r1
	stap	CPU_FN
	lh	%r1, CPU_FN
1:	sigp	%r2, %r1, 5
	j	1b

pgm_entry:	/* a program interruption that nobody expects: tell, and end */
	larl	%r15, stack_end
	aghi	%r15, -160
	brasl	%r14, crashed
	larl	%r1, psw_bad
	lpswe	0(%r1)

	.globl svc_entry
svc_entry:	/* comes back in supervisor state, 64-bit, behind the SVC; changes GR 1 */
	larl	%r1, svc_mask
	mvc	SVC_BACK(8), 0(%r1)
	mvc	SVC_BACK+8(8), 0x148
	lpswe	SVC_BACK

	.data
	.balign 16
crash_psws:
	.quad	0x0002000180000000, 0xc0001	/* restart */
	.quad	0x0002000180000000, 0xc0002	/* external */
	.quad	0x0000000180000000, svc_entry	/* supervisor call */
	.quad	0x0000000180000000, pgm_entry	/* program */
	.quad	0x0002000180000000, 0xc0005	/* machine check */
	.quad	0x0002000180000000, 0xc0006	/* I/O */
take_psws:
	.quad	0x0000000180000000, take_restart
	.quad	0x0000000180000000, take_ext
	.quad	0x0000000180000000, take_svc
	.quad	0x0000000180000000, take_pgm
	.quad	0x0000000180000000, take_mck
	.quad	0x0000000180000000, take_io
probe_psw:
	.quad	0x0000000180000000, probe_hit
psw_good:
	.quad	0x0002000180000000, 0x600d
psw_bad:
	.quad	0x0002000180000000, 0xbad
svc_mask:
	.quad	0x0000000180000000
	.globl cr0_value
cr0_value:
	.quad	0x00000000000400e0		/* AFP registers on */


	.bss
	.balign 4096
	.skip	65536
stack_end:
	.skip	16

	.section .note.GNU-stack, "", @progbits
