/* SPDX-License-Identifier: Apache-2.0
 *
 * Tables of the disassembler: extended mnemonics, and operands that are written otherwise than
 * their format says.  Compared with GNU objdump by the tests.
 *
 * References: [PoP 5 Instruction Formats], [PoP C Condition-Code Settings].
 */
#include "cpu/disasm_names.h"

#include <stdio.h>
#include <string.h>

/* Conditions of a 4-bit mask: all of them, and those a comparison can have. */
static const char *const any_condition[16] = {
    NULL, "o", "h", "nle", "l", "nhe", "lh", "ne", "e", "nlh", "he", "nl", "le", "nh", "no", NULL,
};
static const char *const branch_condition[16] = {
    NULL, "o", "h", "nle", "l", "nhe", "lh", "ne", "e", "nlh", "he", "nl", "le", "nh", "no", "",
};
static const char *const compare_condition[16] = {
    [2] = "h", [4] = "l", [6] = "ne", [8] = "e", [10] = "nl", [12] = "nh",
};
/* Branches have names of their own for never and always. */
static const char *const bc_words[16] = {
    "nop", "bo",   "bh",  "bnle", "bl",  "bnhe", "blh", "bne",
    "be",  "bnlh", "bhe", "bnl",  "ble", "bnh",  "bno", "b",
};
static const char *const bcr_words[16] = {
    "nopr", "bor",   "bhr",  "bnler", "blr",  "bnher", "blhr", "bner",
    "ber",  "bnlhr", "bher", "bnlr",  "bler", "bnhr",  "bnor", "br",
};
static const char *const brc_words[16] = {
    "nop", "o", "h", "nle", "l", "nhe", "lh", "ne", "e", "nlh", "he", "nl", "le", "nh", "no", "",
};
/* RISBG: bit 0 of I4 zeroes the rest of the register. */
static const char *const zero_rest[16] = {
    [8] = "z", [9] = "z", [10] = "z", [11] = "z", /* bit 1 is no part of a bit number */
};
/* Older names of conversions without a mask. */
static const char *const cu12_words[16] = {"cutfu"};
static const char *const cu21_words[16] = {"cuutf"};

#define BRANCH(m, f, words)                                                                        \
    {                                                                                              \
        m, f, "", "", words, 0, 0                                                                  \
    }
#define COMPARE(m, text)                                                                           \
    {                                                                                              \
        m, "m3", text, "", compare_condition, 0, 0                                                 \
    }
#define CONDITION(m, text, f)                                                                      \
    {                                                                                              \
        m, f, text, "", any_condition, 0, 0                                                        \
    }

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
    CONDITION("LOCR", "locr", "m3"),
    CONDITION("LOCGR", "locgr", "m3"),
    CONDITION("LOCFHR", "locfhr", "m3"),
    CONDITION("LOC", "loc", "m3"),
    CONDITION("LOCG", "locg", "m3"),
    CONDITION("LOCFH", "locfh", "m3"),
    CONDITION("STOC", "stoc", "m3"),
    CONDITION("STOCG", "stocg", "m3"),
    CONDITION("STOCFH", "stocfh", "m3"),
    CONDITION("LOCHI", "lochi", "m3"),
    CONDITION("LOCGHI", "locghi", "m3"),
    CONDITION("LOCHHI", "lochhi", "m3"),
    BRANCH("CU12", "m3", cu12_words),
    BRANCH("CU21", "m3", cu21_words),
    {"RISBG", "i4", "risbg", "", zero_rest, 4, 0x80},
    {"RISBGN", "i4", "risbgn", "", zero_rest, 4, 0x80},
};

/* Operands, and the mnemonics that have them: a blank before and after each. */
static const struct {
    const char *operands, *mnemonics;
} operands[] = {
    {"r1", " SPM IPM IAC EPAR ESAR EPAIR ESAIR SSAR SSAIR MSTA PTF ETND SFASR"
           " LZER LZDR LZXR "},
    {"", " CSCH HSCH RSCH XSCH SAL RCHP SCHM PTLB PALB IPK "},
    {"r1,u2", " NIHH NIHL NILH NILL OIHH OIHL OILH OILL TMHH TMHL TMLH TMLL LLIHH"
              " LLIHL LLILH LLILL IIHH IIHL IILH IILL NIHF NILF OIHF OILF XIHF XILF"
              " IIHF IILF LLIHF LLILF ALFI ALGFI SLFI SLGFI CLFI CLGFI CLIH "},
    {"r1,u2,m3", " CLFIT CLGIT "},
    {"r1,s2,m3,d4(b4)", " CIB CGIB "},
    {"r1,s2,m3,ri4", " CIJ CGIJ "},
    {"d1(b1),s2", " ASI AGSI ALSI ALGSI CHHSI CHSI CGHSI MVHHI MVHI MVGHI "},
    {"r1,d2(b2)", " SLL SRL SLA SRA SLDL SRDL SLDA SRDA "},
    {"r1,d2(b2),m3", " LOC LOCG LOCFH STOC STOCG STOCFH "},
    {"r1,r2,m3?", " TROO TROT TRTO TRTT TRTE TRTRE CU12 CU21 CU14 CU24 "},
    {"r1,r2,n3?", " SSKE "},
    {"r1,r2,r3?,m4?", " IPTE "},
    {"r1,r3,r2,m4?", " IDTE CRDTE "},
    {"r3,d1(b1),d2(b2)", " LPD LPDG "},
    {"r1,r3,d2(b2),d4(b4)", " LMD "},
    {"c1,c3,d2(b2)", " LCTL LCTLG STCTL STCTG "},
    {"a1,a3,d2(b2)", " LAM LAMY STAM STAMY "},
    {"a1,r2", " SAR TAR "},
    {"a1,a2", " CPYA "},
    {"r1,a2", " EAR "},
    {"r1,r2", " BCR "},
    {"r1,r2?", " EFPC SFPC "},
    {"r1,r3,r2,m4", " DIEBR DIDBR "},
    {"r1,m3,r2,m4", " CELFBR CDLFBR CXLFBR CELGBR CDLGBR CXLGBR CLFEBR CLFDBR CLFXBR CLGEBR"
                    " CLGDBR CLGXBR "},
};

static const char masked_both[] = " LEDBR LDXBR LEXBR CEFBR CDFBR CXFBR CEGBR CDGBR CXGBR ";
static const char masked_m4[] = " FIEBR FIDBR FIXBR CFEBR CFDBR CFXBR CGEBR CGDBR CGXBR ";

/* Opcodes (first byte, then the byte that extends it) whose registers are floating-point ones:
 * bit n - 1 of `fields` stands for Rn.  The first row that fits counts. */
static const struct {
    u16 from, to;
    u8 fields;
} float_registers[] = {
    {0xb384, 0xb38c, 0}, /* floating-point-control register */
    {0xb390, 0xb396, 5}, {0xb3a0, 0xb3a6, 5}, {0xb3b4, 0xb3b6, 5}, /* convert from fixed */
    {0xb3c1, 0xb3c1, 5}, {0xb3c4, 0xb3c6, 5}, {0xb398, 0xb39e, 6}, {0xb3a8, 0xb3ae, 6},
    {0xb3b8, 0xb3ba, 6}, /* convert to fixed */
    {0xb3c8, 0xb3cd, 6}, {0xb300, 0xb3ff, 7}, {0xed00, 0xedff, 7}, {0x2000, 0x3fff, 7},
    {0x6000, 0x60ff, 7}, {0x6700, 0x70ff, 7}, {0x7800, 0x7fff, 7},
};

const struct disasm_alias *disasm_alias_of(const char *mnemonic)
{
    for (unsigned i = 0; i < ARRAY_SIZE(aliases); i++)
        if (strcmp(aliases[i].mnemonic, mnemonic) == 0)
            return &aliases[i];
    return NULL;
}

/* Is the mnemonic one of a list with blanks around each? */
static bool is_in(const char *list, const char *mnemonic)
{
    char word[16];

    snprintf(word, sizeof(word), " %.12s ", mnemonic);
    return strstr(list, word) != NULL;
}

const char *disasm_operands_of(const char *mnemonic)
{
    for (unsigned i = 0; i < ARRAY_SIZE(operands); i++)
        if (is_in(operands[i].mnemonics, mnemonic))
            return operands[i].operands;
    return NULL;
}

const char *disasm_masked_operands(const char *mnemonic, unsigned m3, unsigned m4, bool *with_a)
{
    bool both = is_in(masked_both, mnemonic);

    if (!both && !is_in(masked_m4, mnemonic))
        return NULL;
    *with_a = m4 || (both && m3);
    if (*with_a)
        return "r1,m3,r2,m4";
    return both ? "r1,r2" : "r1,m3,r2";
}

bool disasm_is_float(u64 opcode, unsigned n)
{
    u8 first = (u8)(opcode >> 56);
    u16 op = (u16)(first << 8 | (first == 0xed ? opcode >> 16 & 0xff : opcode >> 48 & 0xff));

    for (unsigned i = 0; i < ARRAY_SIZE(float_registers); i++)
        if (op >= float_registers[i].from && op <= float_registers[i].to)
            return n >= 1 && n <= 3 && (float_registers[i].fields >> (n - 1) & 1);
    return false;
}
