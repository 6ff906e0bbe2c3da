/* SPDX-License-Identifier: Apache-2.0
 *
 * What TRAP and RESUME PROGRAM read and write: trap control block and trap save area in the home
 * space, parameter list behind RESUME PROGRAM.  Formats only; where the control block is, the
 * dispatchable-unit control table says (dat.h).
 *
 * References: [PoP 10 TRAP, RESUME PROGRAM].
 */
#ifndef SIE390_ARCH_TRAP_H
#define SIE390_ARCH_TRAP_H

#include "base/bits.h"

struct trap_control {
    be32 flags; /* 00: TRAP_CONTROL_* */
    u8 reserved04[8];
    be32 save; /* 0C: trap-save-area address, TRAP_SAVE_ADDR */
    u8 reserved10[4];
    be32 program; /* 14: trap-program address, bits 1-31 */
};
#define TRAP_CONTROL_P 0x00040000U /* PSW saved in its long form, TRAP allowed in 64-bit mode */
#define TRAP_CONTROL_R 0x00020000U /* 64 bits of the general registers saved */
#define TRAP_SAVE_ADDR 0x7ffffff8U
#define TRAP_PROGRAM_ADDR 0x7fffffffU
_Static_assert(offsetof(struct trap_control, save) == 0x0c, "trap control block");
_Static_assert(offsetof(struct trap_control, program) == 0x14, "trap control block");

struct trap_save {
    be32 flags; /* 00: TRAP_* */
    u8 reserved04[4];
    be32 operand; /* 08: bits 33-63 of the operand address of TRAP4 */
    be32 ar15;    /* 0C */
    be64 psw[2];  /* 10: short form and zeros, or long form */
    union {
        be32 word[16];
        be64 dword[16];
    } gr; /* 20 */
};
#define TRAP_EXECUTE 0x80000000U /* target of EXECUTE */
#define TRAP_TRAP4 0x40000000U
#define TRAP_ILC_SHIFT 16 /* of the length in bytes: bits 13-14 hold it in halfwords */
#define TRAP_OPERAND 0x7fffffffU
#define TRAP_SAVE_SHORT 96U /* bytes, without TRAP_CONTROL_R */
_Static_assert(offsetof(struct trap_save, psw) == 0x10, "trap save area");
_Static_assert(offsetof(struct trap_save, gr) == 0x20, "trap save area");
_Static_assert(sizeof(struct trap_save) == 160, "trap save area");

/* Parameter list of RESUME PROGRAM: halfwords.  Offsets count from the operand address. */
enum {
    RP_FLAGS,   /* RP_FLAG_* */
    RP_PSW,     /* offset of the PSW */
    RP_AR,      /* offset of the access register */
    RP_GR,      /* offset of the general register, or of bits 32-63 of it */
    RP_GR_HIGH, /* with RP_FLAG_R and RP_FLAG_D: offset of bits 0-31 */
    RP_HALFWORDS
};
#define RP_FLAG_ZERO 0xfff8U
#define RP_FLAG_P 4U /* the PSW is in its long form */
#define RP_FLAG_R 2U /* 64 bits of the general register */
#define RP_FLAG_D 1U /* they are in two places */

#endif
