/* SPDX-License-Identifier: Apache-2.0
 *
 * Tables of the disassembler: extended mnemonics, and operands that are written otherwise than
 * their format says.  Compared with GNU objdump by the tests.
 *
 * References: [PoP 5 Instruction Formats], [PoP C Condition-Code Settings].
 */
#include "cpu/disasm_names.h"

#include <string.h>

/* Conditions of a 4-bit mask: all of them, and those a comparison can have. */
static const char *const any_condition[16] = {
    NULL, "o", "h", "nle", "l", "nhe", "lh", "ne", "e", "nlh", "he", "nl", "le", "nh", "no", NULL,
};
static const char *const branch_condition[16] = {
    "", "o", "h", "nle", "l", "nhe", "lh", "ne", "e", "nlh", "he", "nl", "le", "nh", "no", "",
};
static const char *const compare_condition[16] = {
    [2] = "h", [4] = "l", [6] = "ne", [8] = "e", [10] = "nl", [12] = "nh",
};
/* Branches have names of their own for never and always. */
static const char *const bc_words[16] = {
    "nop", "bo", "bh", "bnle", "bl", "bnhe", "blh", "bne",
    "be", "bnlh", "bhe", "bnl", "ble", "bnh", "bno", "b",
};
static const char *const bcr_words[16] = {
    "nopr", "bor", "bhr", "bnler", "blr", "bnher", "blhr", "bner",
    "ber", "bnlhr", "bher", "bnlr", "bler", "bnhr", "bnor", "br",
};
static const char *const brc_words[16] = {
    "nop", "o", "h", "nle", "l", "nhe", "lh", "ne",
    "e", "nlh", "he", "nl", "le", "nh", "no", "",
};
/* RISBG: bit 0 of I4 zeroes the rest of the register. */
static const char *const zero_rest[16] = {
    [8] = "z", [9] = "z", [10] = "z", [11] = "z", [12] = "z", [13] = "z", [14] = "z", [15] = "z",
};

#define BRANCH(m, f, words) {m, f, "", "", words, 0, 0}
#define COMPARE(m, text) {m, "m3", text, "", compare_condition, 0, 0}
#define CONDITION(m, text, f) {m, f, text, "", any_condition, 0, 0}

static const struct disasm_alias aliases[] = {
    BRANCH("BC", "m1", bc_words),
    BRANCH("BCR", "r1", bcr_words),
    {"BRC", "m1", "j", "", brc_words, 0, 0},
    {"BRCL", "m1", "jg", "", brc_words, 0, 0},
    {"BIC", "m1", "bi", "", branch_condition, 0, 0},
    COMPARE("CRJ", "crj"),
    COMPARE("CGRJ", "cgrj"),
    COMPARE("CLRJ", "clrj"),
    COMPARE("CLGRJ", "clgrj"),
    COMPARE("CIJ", "cij"),
    COMPARE("CGIJ", "cgij"),
    COMPARE("CLIJ", "clij"),
    COMPARE("CLGIJ", "clgij"),
    COMPARE("CRB", "crb"),
    COMPARE("CGRB", "cgrb"),
    COMPARE("CLRB", "clrb"),
    COMPARE("CLGRB", "clgrb"),
    COMPARE("CIB", "cib"),
    COMPARE("CGIB", "cgib"),
    COMPARE("CLIB", "clib"),
    COMPARE("CLGIB", "clgib"),
    COMPARE("CRT", "crt"),
    COMPARE("CGRT", "cgrt"),
    COMPARE("CLRT", "clrt"),
    COMPARE("CLGRT", "clgrt"),
    COMPARE("CIT", "cit"),
    COMPARE("CGIT", "cgit"),
    COMPARE("CLFIT", "clfit"),
    COMPARE("CLGIT", "clgit"),
    COMPARE("CLT", "clt"),
    COMPARE("CLGT", "clgt"),
    CONDITION("LOCR", "locr", "r3"),
    CONDITION("LOCGR", "locgr", "r3"),
    CONDITION("LOCFHR", "locfhr", "r3"),
    CONDITION("LOC", "loc", "m3"),
    CONDITION("LOCG", "locg", "m3"),
    CONDITION("LOCFH", "locfh", "m3"),
    CONDITION("STOC", "stoc", "m3"),
    CONDITION("STOCG", "stocg", "m3"),
    CONDITION("STOCFH", "stocfh", "m3"),
    CONDITION("LOCHI", "lochi", "m3"),
    CONDITION("LOCGHI", "locghi", "m3"),
    CONDITION("LOCHHI", "lochhi", "m3"),
    {"RISBG", "i4", "risbg", "", zero_rest, 4, 0x80},
    {"RISBGN", "i4", "risbgn", "", zero_rest, 4, 0x80},
};

/* Operands, by mnemonic. */
static const struct {
    const char *mnemonic, *operands;
} operands[] = {
    {"BCR", "r1,r2"},
    {"SPM", "r1"},
};

const struct disasm_alias *disasm_alias_of(const char *mnemonic)
{
    for (unsigned i = 0; i < ARRAY_SIZE(aliases); i++)
        if (strcmp(aliases[i].mnemonic, mnemonic) == 0)
            return &aliases[i];
    return NULL;
}

const char *disasm_operands_of(const char *mnemonic)
{
    for (unsigned i = 0; i < ARRAY_SIZE(operands); i++)
        if (strcmp(operands[i].mnemonic, mnemonic) == 0)
            return operands[i].operands;
    return NULL;
}
