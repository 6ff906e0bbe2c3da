/* SPDX-License-Identifier: Apache-2.0
 *
 * Where everything lies in the test guest, and the records that go in and out.  Read by the driver
 * (driver.c, entry.S) and, line by line, by ../layout.py: every constant is "#define NAME number".
 *
 * All addresses are real = absolute (the prefix stays zero).  Numbers in records are big-endian.
 */
#ifndef LAYOUT_H
#define LAYOUT_H

#define MEMORY_SIZE 0x4000000

/* Lowcore scratch: reachable with base register 0, outside what low-address protection covers. */
#define LC_SAVE_GR 0x200
#define LC_SAVE_AR 0x280
#define LC_SAVE_FPC 0x2c0
#define LC_EVENT 0x2c8   /* one byte: EVENT_* */
#define LC_IN_CASE 0x2c9 /* one byte: 1 between the LPSWE into a case and the event */
#define LC_INDEX 0x2d0   /* 8 bytes: case being run, for whoever looks after a hang */
#define LC_SAVE_FPR 0x300
#define LC_SAVE_CR 0x380
#define LC_LOAD_GR 0x400
#define LC_LOAD_PSW 0x480
#define LC_DRIVER_SP 0x490
#define LC_LOAD_CR 0x500
#define LC_DRIVER_CR 0x580

#define DRIVER_BASE 0x2000
#define STACK_TOP 0xf0000

/* The code arena is full of SVC instructions: wherever a branch goes, the case ends there. */
#define CODE_BASE 0x200000
#define CODE_SIZE 0x100000
#define CODE_FILL 0x0aff

/* Data pages, then the translation tables; both are compared with the reference after a case. */
#define ARENA_BASE 0x400000
#define ARENA_DATA 0x10000
#define ARENA_SIZE 0x20000
#define ARENA_PAGES 32
#define REFERENCE_BASE 0x500000
#define TEMPLATE_BASE 0x600000

/* Input: a header of 64 bytes, then cases.  Output: results. */
#define INPUT_BASE 0x1000000
#define INPUT_SIZE 0x1800000
#define INPUT_MAGIC 0x44494646
#define OUTPUT_BASE 0x2800000
#define OUTPUT_SIZE 0x1700000

/* struct header */
#define HEADER_SIZE 64
#define HEADER_CASES 4
#define HEADER_DELTAS 8 /* most storage words to report of one case */
#define HEADER_DONE 12  /* written by the driver: cases done */
#define HEADER_END 16   /* written by the driver: end of results */
#define HEADER_KEYS 24  /* 16 bytes: storage keys of the data pages */

/* Flags of a case. */
#define CASE_KEYS 1   /* may change storage keys: report and restore them */
#define CASE_TABLES 2 /* may change translation tables: restore, purge the TLB */
#define CASE_CLOCK 4  /* reserved */

/* Events that end a case. */
#define EVENT_RESTART 1
#define EVENT_EXTERNAL 2
#define EVENT_SVC 3
#define EVENT_PROGRAM 4
#define EVENT_MCHECK 5
#define EVENT_IO 6

/* Flags of a result. */
#define RESULT_CR 1      /* control registers differ from those loaded, and follow */
#define RESULT_KEYS 2    /* storage keys follow */
#define RESULT_DROPPED 4 /* more storage words changed than are reported */
#define RESULT_STRAY 8   /* not a case: words changed outside the pages of the cases before */

/* The guest ends in a disabled wait at one of these addresses. */
#define WAIT_DONE 0x0d0e
#define WAIT_FULL 0x0fbb   /* results did not fit */
#define WAIT_BROKEN 0x0dea /* an interruption while no case was running */

/* What lowcore holds before each case where an interruption may or may not store. */
#define LC_PAYLOAD 0x80
#define LC_PAYLOAD_SIZE 0x40
#define LC_PATTERN 0xa5

#endif
