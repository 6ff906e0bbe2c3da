/* SPDX-License-Identifier: Apache-2.0
 *
 * The disassembler, see disasm.h.  An instruction's operands are written from its syntax string:
 * "r1,d2(x2,b2)" names fields of its format; the first letter says how a field is written:
 *
 *     r f a c    general, floating-point, access, control register (the field is named r)
 *     i m n      number; n stands in a register field
 *     s u        immediate, signed or unsigned whatever its format says
 *     l          length, written one higher
 *     ri         relative: the address it designates
 *     d          displacement, with what is in parentheses behind it
 *     ?          behind an operand: left out when zero and nothing follows
 *
 * Not here: the tables of mnemonics that differ from their format, disasm_names.c.
 */
#include "cpu/disasm.h"

#include <ctype.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "cpu/disasm_names.h"
#include "isa_table.h"

struct writer {
    char *out;
    size_t used;
    const struct insn_info *insn;
    const struct insn_field *fields;
    u64 text, addr;
    const char *consumed; /* field that is part of the mnemonic already, or NULL */
    u8 strip;             /* or only these bits of it are */
    char held[24];        /* optional zero operands that are written if something follows */
    bool first;
};

static PRINTF(2, 3) void put(struct writer *w, const char *fmt, ...)
{
    va_list ap;
    int n;

    va_start(ap, fmt);
    n = vsnprintf(w->out + w->used, DISASM_MAX - w->used, fmt, ap);
    va_end(ap);
    if (n > 0)
        w->used += (size_t)n;
    if (w->used >= DISASM_MAX)
        w->used = DISASM_MAX - 1;
}

/* ---- fields ---- */

/* Halves of a byte that the format keeps as one field. */
static const struct {
    const char *name, *whole;
    bool right;
} halves[] = {
    {"l1", "l12", false}, {"l2", "l12", true},  {"l1", "l1i3", false},
    {"i3", "l1i3", true}, {"r1", "r13", false}, {"r3", "r13", true},
};
/* A second relative operand, which execution never looks at. */
static const struct insn_field hint_target = {"ri3", 24, 24, 'r'};

static const struct insn_field *find_field(const struct insn_field *f, const char *name)
{
    for (; f->name; f++)
        if (strcmp(f->name, name) == 0)
            return f;
    return NULL;
}

static s64 field_value(const struct insn_field *f, u64 text)
{
    u64 raw = bits64(text, f->bit, f->bit + f->length - 1U);

    if (f->length == 20) /* DL, then DH in the eight bits behind it */
        return sext64(bits64(text, 32, 39) << 12 | bits64(text, 20, 31), 20);
    if (f->kind == 's' || f->kind == 'r')
        return sext64(raw, f->length);
    return (s64)raw;
}

/* Value of the field `name` of the instruction; false when the format has none. */
static bool get(const struct writer *w, const char *name, s64 *value)
{
    const struct insn_field *f = find_field(w->fields, name);

    if (f) {
        *value = field_value(f, w->text);
        return true;
    }
    for (unsigned i = 0; i < ARRAY_SIZE(halves); i++) {
        f = strcmp(halves[i].name, name) == 0 ? find_field(w->fields, halves[i].whole) : NULL;
        if (f) {
            *value = halves[i].right ? field_value(f, w->text) & 15 : field_value(f, w->text) >> 4;
            return true;
        }
    }
    if (w->insn->format == FMT_MII && strcmp(name, hint_target.name) == 0) {
        *value = field_value(&hint_target, w->text);
        return true;
    }
    return false;
}

/* ---- operands ---- */

/* The comma before an operand, after optional zeros that now turn out to be needed. */
static void separate(struct writer *w)
{
    put(w, "%s%s", w->held, w->first ? "\t" : ",");
    w->held[0] = 0;
    w->first = false;
}

/* d2(x2,b2), d1(l1,b1), d1(r1,b1), d2(b2): register 0 is "none" and, where it is last, left out. */
static void put_storage(struct writer *w, const char *op)
{
    char inner[2][8] = {"", ""};
    char name[8];
    s64 v, base = 0;

    if (sscanf(op, "%7[^(](%7[^,)],%7[^,)])", name, inner[0], inner[1]) < 2 || !get(w, name, &v)) {
        put(w, "?");
        return;
    }
    put(w, "%lld", (long long)v);
    if (!inner[1][0]) {
        if (get(w, inner[0], &base) && base)
            put(w, "(%%r%d)", (int)base);
        return;
    }
    if (!get(w, inner[0], &v) || !get(w, inner[1], &base))
        return;
    if (inner[0][0] == 'l')
        put(w, "(%d,%%r%d)", (int)v + 1, (int)base);
    else if (inner[0][0] == 'r' || v)
        put(w, "(%%r%d,%%r%d)", (int)v, (int)base);
    else if (base)
        put(w, "(%%r%d)", (int)base);
}

/* Value of an operand that is no storage; its letter may differ from the field's. */
static bool operand_value(const struct writer *w, const char *op, s64 *v)
{
    const struct insn_field *f;
    char name[8];

    snprintf(name, sizeof(name), "%.7s", op);
    if (strchr("facn", name[0]))
        name[0] = 'r';
    if (strchr("su", name[0]))
        name[0] = 'i';
    if (!get(w, name, v))
        return false;
    f = find_field(w->fields, name);
    if (f && f->length < 64 && (op[0] == 's' || (op[0] == 'r' && op[1] == 'i')))
        *v = sext64((u64)*v, f->length);
    if (f && op[0] == 'u')
        *v &= (1LL << f->length) - 1;
    if (w->consumed && strcmp(op, w->consumed) == 0)
        *v &= ~(s64)w->strip;
    return true;
}

static char register_letter(const struct writer *w, const char *op)
{
    if (op[0] == 'r' && disasm_is_float(w->insn->opcode, (unsigned)op[1] - '0'))
        return 'f';
    return op[0];
}

static void put_operand(struct writer *w, const char *op, bool optional)
{
    s64 v;

    if (strchr(op, '(')) {
        separate(w);
        put_storage(w, op);
        return;
    }
    if (!operand_value(w, op, &v)) {
        separate(w);
        put(w, "?");
        return;
    }
    if (optional && v == 0 && strlen(w->held) + 5 < sizeof(w->held)) {
        strcat(w->held, op[0] == 'r' ? ",%r0" : ",0");
        return;
    }
    separate(w);
    if (op[0] == 'r' && op[1] == 'i')
        put(w, "0x%llx", (unsigned long long)(w->addr + 2 * (u64)v));
    else if (strchr("rfac", op[0]))
        put(w, "%%%c%d", register_letter(w, op), (int)v);
    else
        put(w, "%lld", (long long)v + (op[0] == 'l'));
}

/* Takes the next operand off the syntax string. */
static const char *next_operand(const char *s, char op[32], bool *optional)
{
    unsigned n = 0, depth = 0;

    *optional = false;
    for (; *s && (depth || *s != ','); s++) {
        depth += (*s == '(') - (*s == ')');
        if (*s == '?')
            *optional = true;
        else if (n < 31)
            op[n++] = *s;
    }
    op[n] = 0;
    return *s == ',' ? s + 1 : s;
}

static void put_operands(struct writer *w, const char *syntax)
{
    char op[32];
    bool optional;

    w->first = true;
    while (*syntax) {
        syntax = next_operand(syntax, op, &optional);
        if (!w->consumed || strcmp(op, w->consumed) != 0 || w->strip)
            put_operand(w, op, optional);
    }
}

/* ---- mnemonics ---- */

static void put_lower(struct writer *w, const char *s)
{
    for (; *s; s++)
        put(w, "%c", tolower((unsigned char)*s));
}

/* Mnemonic with its condition, where the mask has a name. */
static void put_mnemonic(struct writer *w)
{
    const struct disasm_alias *a = disasm_alias_of(w->insn->mnemonic);
    const char *word;
    s64 mask;

    if (!a || !get(w, a->field, &mask)) {
        put_lower(w, w->insn->mnemonic);
        return;
    }
    word = a->words[mask >> a->shift & 15];
    if (!word) {
        put_lower(w, w->insn->mnemonic);
        return;
    }
    w->consumed = a->field;
    w->strip = a->strip;
    put(w, "%s%s%s", a->before, word, a->after);
}

static void put_data(struct writer *w, unsigned length)
{
    put(w, ".short\t");
    for (unsigned i = 0; i < length; i += 2)
        put(w, "%s0x%04x", i ? "," : "", (unsigned)bits64(w->text, 8 * i, 8 * i + 15));
}

/* Operands and, for some, one letter more of the mnemonic. */
static const char *masked_operands(struct writer *w)
{
    const char *syntax;
    bool with_a;
    s64 m3, m4;

    if (!get(w, "m3", &m3) || !get(w, "m4", &m4))
        return NULL;
    syntax = disasm_masked_operands(w->insn->mnemonic, (unsigned)m3, (unsigned)m4, &with_a);
    if (syntax && with_a)
        put(w, "a");
    return syntax;
}

unsigned disasm_text(u64 text, u64 addr, char out[DISASM_MAX])
{
    int n = isa_lookup(text);
    unsigned length = bits64(text, 0, 1) == 0 ? 2 : bits64(text, 0, 1) == 3 ? 6 : 4;
    struct writer w = {.out = out, .text = text, .addr = addr};
    const char *syntax;

    out[0] = 0;
    if (n < 0) {
        put_data(&w, length);
        return length;
    }
    w.insn = &isa_insns[n];
    w.fields = isa_formats[w.insn->format].fields;
    put_mnemonic(&w);
    syntax = masked_operands(&w);
    if (text >> 48 != 0x0700) /* "nopr" alone */
        put_operands(&w, syntax ? syntax : disasm_syntax(w.insn));
    return length;
}

u64 disasm_load(const u8 *p, size_t len)
{
    u64 text = 0;

    for (unsigned i = 0; i < 6; i++)
        text |= i < len ? (u64)p[i] << (56 - 8 * i) : 0;
    return text;
}

const char *disasm_syntax(const struct insn_info *insn)
{
    const char *own = disasm_operands_of(insn->mnemonic);

    return own ? own : isa_formats[insn->format].syntax;
}

/* "jne" is BRC with a word of its alias in the middle. */
static bool is_alias_word(const struct disasm_alias *a, const char *mnemonic)
{
    char text[24];

    for (unsigned i = 0; i < 16; i++) {
        if (!a->words[i])
            continue;
        snprintf(text, sizeof(text), "%s%s%s", a->before, a->words[i], a->after);
        if (strcasecmp(text, mnemonic) == 0)
            return true;
    }
    return false;
}

/* "cfebra" is CFEBR with two masks. */
static bool is_masked_name(const struct insn_info *insn, const char *mnemonic)
{
    size_t n = strlen(insn->mnemonic);
    bool with_a;

    return strncasecmp(insn->mnemonic, mnemonic, n) == 0 && strcasecmp(mnemonic + n, "a") == 0 &&
           disasm_masked_operands(insn->mnemonic, 1, 1, &with_a);
}

const struct insn_info *disasm_find(const char *mnemonic)
{
    for (unsigned i = 0; i < isa_ninsns; i++)
        if (strcasecmp(isa_insns[i].mnemonic, mnemonic) == 0)
            return &isa_insns[i];
    for (unsigned i = 0; i < isa_ninsns; i++) {
        const struct disasm_alias *a = disasm_alias_of(isa_insns[i].mnemonic);

        if ((a && is_alias_word(a, mnemonic)) || is_masked_name(&isa_insns[i], mnemonic))
            return &isa_insns[i];
    }
    return NULL;
}
