/* SPDX-License-Identifier: Apache-2.0
 *
 * Start of a bare-metal guest: stack, new PSWs, call of main(), end by a disabled wait.
 * A test ends at address 0x600d (all checks passed) or 0xbad (some failed); anything else is a crash.
 */
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
 * it, or 0.  The state the interruption left is in lowcore. */
	.globl probe
probe:
	stmg	%r6, %r15, 48(%r15)
	larl	%r1, probe_save
	stg	%r15, 0(%r1)
	stam	%a0, %a15, 16(%r1)
	stctg	%c0, %c15, 96(%r1)
	mvc	224(16, %r1), 0x1d0
	larl	%r4, probe_psw
	mvc	0x1d0(16), 0(%r4)
	lgr	%r1, %r2
	lgr	%r2, %r3
	aghi	%r15, -160
	basr	%r14, %r1
	larl	%r1, probe_save
	lghi	%r2, 0
	j	probe_end
probe_hit:
	larl	%r1, probe_save
	llgh	%r2, 0x8e
probe_end:
	lctlg	%c0, %c15, 96(%r1)
	lam	%a0, %a15, 16(%r1)
	mvc	0x1d0(16), 224(%r1)
	lg	%r15, 0(%r1)
	lmg	%r6, %r15, 48(%r15)
	br	%r14

	.data
	.balign 16
crash_psws:
	.quad	0x0002000180000000, 0xc0001	/* restart */
	.quad	0x0002000180000000, 0xc0002	/* external */
	.quad	0x0000000180000000, svc_entry	/* supervisor call */
	.quad	0x0002000180000000, 0xc0004	/* program */
	.quad	0x0002000180000000, 0xc0005	/* machine check */
	.quad	0x0002000180000000, 0xc0006	/* I/O */
probe_psw:
	.quad	0x0000000180000000, probe_hit
psw_good:
	.quad	0x0002000180000000, 0x600d
psw_bad:
	.quad	0x0002000180000000, 0xbad
cr0_value:
	.quad	0x00000000000400e0		/* AFP registers on */
probe_save:
	.skip	256

	.text
	.globl svc_entry
svc_entry:	/* comes back in supervisor state, 64-bit, behind the SVC; changes GR 1 */
	larl	%r1, svc_back
	mvc	8(8, %r1), 0x148
	lpswe	0(%r1)

	.data
	.balign 16
svc_back:
	.quad	0x0000000180000000, 0

	.bss
	.balign 4096
	.skip	65536
stack_end:
	.skip	16
