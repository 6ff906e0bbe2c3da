/* SPDX-License-Identifier: Apache-2.0
 *
 * The assembler part of the test guest: IPL PSW, interruption entries, and run_case(), which
 * loads all registers of a case, lets it run, and comes back at its first interruption.
 * Uses nothing newer than the first z/Architecture machines: what is under test should not be
 * what tests.
 */
#include "layout.h"

    .section .lowcore, "ax"
    .globl lowcore
lowcore:
    .long 0x00080000, 0x80000000 + start    /* IPL PSW, short form */
    .org 0x1a0
    .quad 0x0000000180000000, entry_restart
    .quad 0x0000000180000000, entry_external
    .quad 0x0000000180000000, entry_svc
    .quad 0x0000000180000000, entry_program
    .quad 0x0000000180000000, entry_mcheck
    .quad 0x0000000180000000, entry_io
    .org LC_INDEX
    .quad -1                                /* no case yet */
    .org DRIVER_BASE

    .text
    .globl start
start:
    larl %r15, stack_top
    lg %r15, 0(%r15)
    aghi %r15, -160
    stctg %c0, %c15, LC_DRIVER_CR(%r0)
    oi LC_DRIVER_CR+5(%r0), 0x04            /* AFP registers */
    lctlg %c0, %c15, LC_DRIVER_CR(%r0)
    brasl %r14, main
    lgr %r1, %r2                            /* main's value: where to wait */
    larl %r2, wait_psw
    stg %r1, 8(%r2)
    lpswe 0(%r2)

    .macro entry name, number
\name:
    stmg %r0, %r15, LC_SAVE_GR(%r0)
    mvi LC_EVENT(%r0), \number
    brc 15, common
    .endm

    entry entry_restart, EVENT_RESTART
    entry entry_external, EVENT_EXTERNAL
    entry entry_svc, EVENT_SVC
    entry entry_program, EVENT_PROGRAM
    entry entry_mcheck, EVENT_MCHECK
    entry entry_io, EVENT_IO

common:
    cli LC_IN_CASE(%r0), 1
    brc 7, broken
    mvi LC_IN_CASE(%r0), 0
    stctg %c0, %c15, LC_SAVE_CR(%r0)
    lctlg %c0, %c15, LC_DRIVER_CR(%r0)
    stfpc LC_SAVE_FPC(%r0)
    .irp n,0,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15
    std %f\n, (LC_SAVE_FPR + 8 * \n)(%r0)
    .endr
    stam %a0, %a15, LC_SAVE_AR(%r0)
    lg %r15, LC_DRIVER_SP(%r0)
    lmg %r6, %r15, 48(%r15)
    br %r14

broken:
    larl %r2, wait_psw
    lghi %r1, WAIT_BROKEN
    stg %r1, 8(%r2)
    lpswe 0(%r2)

/* void run_case(const struct registers *r2): registers are loaded from lowcore (GRs, PSW, CRs)
 * and from *r2 (FPRs, ARs, FPC: offsets as in driver.c). */
    .globl run_case
run_case:
    stmg %r6, %r15, 48(%r15)
    stg %r15, LC_DRIVER_SP(%r0)
    .irp n,0,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15
    ld %f\n, (8 * \n)(%r2)
    .endr
    lam %a0, %a15, 128(%r2)
    lfpc 192(%r2)
    lctlg %c0, %c15, LC_LOAD_CR(%r0)
    mvi LC_IN_CASE(%r0), 1
    lmg %r0, %r15, LC_LOAD_GR(%r0)
    .globl case_lpswe
case_lpswe:
    lpswe LC_LOAD_PSW(%r0)

    .align 8
stack_top:
    .quad STACK_TOP
wait_psw:
    .quad 0x0002000180000000, 0

    .section .note.GNU-stack, "", @progbits
