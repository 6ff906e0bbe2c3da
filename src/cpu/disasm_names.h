/* SPDX-License-Identifier: Apache-2.0
 *
 * Where the assembler's way of writing an instruction differs from what its format says.
 * For disasm.c only.
 */
#ifndef SIE390_CPU_DISASM_NAMES_H
#define SIE390_CPU_DISASM_NAMES_H

#include "base/bits.h"

/* A field whose value has a word that becomes part of the mnemonic. */
struct disasm_alias {
    const char *mnemonic; /* of the record */
    const char *field;
    const char *before, *after;
    const char *const *words; /* 16, by (value >> shift) & 15; NULL: written as a plain operand */
    u8 shift;
    u8 strip; /* nonzero: the field stays an operand, without these bits */
};

/* NULL: none. */
const struct disasm_alias *disasm_alias_of(const char *mnemonic);
/* Syntax of the operands, NULL: that of the format. */
const char *disasm_operands_of(const char *mnemonic);
/* Instructions that the floating-point-extension facility gave two masks: short name and operands
 * while the new fields are zero, a name with A behind it otherwise.  Operands, or NULL: none of
 * them. */
const char *disasm_masked_operands(const char *mnemonic, unsigned m3, unsigned m4, bool *with_a);
/* Is Rn (n = 1, 2, 3) of this opcode (left aligned) a floating-point register? */
bool disasm_is_float(u64 opcode, unsigned n);

#endif
