/* SPDX-License-Identifier: Apache-2.0
 *
 * The disassembler: the text of one instruction, as GNU objdump writes it, extended mnemonics for
 * conditions included (jne, brasl, locrne, risbgz).  What an instruction is comes from the records
 * of isa/; only what is a matter of writing stands here: which registers are floating-point
 * ones, which operands may be left out, how a mask becomes part of the mnemonic.
 *
 * Used by `sie390 disasm`, by traces and by the report of a disabled wait.
 */
#ifndef SIE390_CPU_DISASM_H
#define SIE390_CPU_DISASM_H

#include "base/bits.h"

struct insn_info;

#define DISASM_MAX 96 /* no text is longer, NUL included */

/* Writes the instruction whose text lies left aligned in `text` and whose address is `addr` (for
 * relative operands) to out.  What is no instruction is written as halfwords of data: ".short
 * 0xabcd,0xef01".  Returns the length of the instruction in bytes: 2, 4 or 6. */
unsigned disasm_text(u64 text, u64 addr, char out[DISASM_MAX]);

/* The first `len` bytes at p (at most 6 count), left aligned. */
u64 disasm_load(const u8 *p, size_t len);

/* Operands of an instruction as the disassembler writes them: "r1,d2(x2,b2)". */
const char *disasm_syntax(const struct insn_info *insn);

/* The record of a mnemonic or extended mnemonic (any case), or NULL. */
const struct insn_info *disasm_find(const char *mnemonic);

#endif
