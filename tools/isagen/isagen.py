#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""isagen: derives everything that is generated from the instruction records in isa/.

    isagen.py --out DIR FILE.isa...      writes into DIR:
        isa_fields.h     operand accessors by format, for long instructions
        isa_exec.h       declarations of the long instructions' functions
        isa_interp.c     the interpreter's bodies and check prologues
        isa_decode.c     opcode tables and the decoder
        isa_table.c      what the disassembler, `list` and `explain` know
        isa_facilities.c the facility list that can be announced
    isagen.py --docs FILE.md FILE.isa... writes the page of instructions

Stops with a message at the first fault in the records.  Standard library only.
"""

import argparse
import os
import re
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

from formats import FORMATS, NIBBLES, SYNTAX  # noqa: E402
from records import RecordError, complete, generation, load  # noqa: E402
from semantics import Emitter, SemError  # noqa: E402

HEAD = "/* SPDX-License-Identifier: Apache-2.0\n *\n * Written by tools/isagen from isa/. Do not edit.\n */\n"


def c_format(fmt):
    return "FMT_" + fmt.replace("-", "_").upper()


def c_name(fmt):
    return fmt.replace("-", "_")


# ---- checks -------------------------------------------------------------------------------------

def sie_condition(text, insn):
    """'ictl.SSKE' -> C condition on the state description."""
    m = re.match(r"(ictl|eca|ecb|ecb2|ecb3|ecd)\.(\w+)$", text)
    if m:
        word, bit = m.groups()
        name = "SD_%s_%s" % (word.upper(), bit)
        if word in ("ictl", "eca", "ecd"):
            return "c->sd->%s.raw & be32_of(%s).raw" % (word, name)
        return "c->sd->%s & %s" % (word, name)
    if text == "lctl":
        return "cpu_sie_lctl(c, d)"
    m = re.match(r"(\w+)\(\)$", text)
    if m:
        return "%s(c, d)" % m.group(1)
    raise RecordError("%s: %s: unknown SIE condition %s" % (insn.where, insn.mnemonic, text))


def emit_sie(e, insn, conditional):
    for rule in insn.sie:
        m = re.match(r"intercept(?:\s+(if|unless)\s+(.*))?$", rule)
        if m:
            if bool(m.group(1)) != conditional:
                continue
            if not m.group(1):
                e.out("return cpu_leave_intercept(c, d);")
                e.ended = True
                return
            conds = [sie_condition(x.strip(), insn) for x in m.group(2).split(" and ")]
            cond = " && ".join("(%s)" % x for x in conds)
            if m.group(1) == "unless":
                cond = "!(%s)" % cond
            e.out("if (unlikely(%s))" % cond)
            e.out("    return cpu_leave_intercept(c, d);")
        elif rule == "kss":
            if conditional:
                e.out("if (unlikely(sd_flags(c->sd) & SD_CPUFLAG_KSS))")
                e.out("    return cpu_leave_kss(c, d);")
        else:
            raise RecordError("%s: %s: unknown SIE rule %s" % (insn.where, insn.mnemonic, rule))


def emit_check(e, insn, text):
    import ast
    m = re.match(r"(\w+)(?:\((.*)\))?$", text)
    kind = m.group(1) if m else text.split()[0]
    args = [a.strip() for a in m.group(2).split(",")] if m and m.group(2) else []
    spec = "    return cpu_leave_program(c, d, PGM_SPECIFICATION);"
    if kind == "even":
        for a in args:
            e.out("if (unlikely(%s & 1))" % e.reg_index(a))
            e.out(spec)
    elif kind == "fpair":
        for a in args:
            e.out("if (unlikely(%s & 2))" % e.reg_index(a))
            e.out(spec)
    elif kind == "align":
        e.out("if (unlikely(%s & %d))" % (e.address(args[0]), int(args[1]) - 1))
        e.out(spec)
    elif kind in ("bfp", "dfp"):
        e.out("if (unlikely(!(c->cr[0] & CR0_AFP))) {")
        e.out("    cpu_data_exception(c, DXC_%s_INSTRUCTION);" % kind.upper())
        e.out("    return cpu_leave_fault(c, d);")
        e.out("}")
    elif kind == "fp":
        regs = " | ".join("(%s)" % e.reg_index(a) for a in args)
        e.out("if (unlikely((%s) & 9 && !(c->cr[0] & CR0_AFP))) {" % regs)
        e.out("    cpu_data_exception(c, DXC_AFP_REGISTER);")
        e.out("    return cpu_leave_fault(c, d);")
        e.out("}")
    elif text.split()[0] in ("spec", "special", "op", "priv"):
        kind, _, cond = text.partition(" ")
        code = {"spec": "PGM_SPECIFICATION", "special": "PGM_SPECIAL_OPERATION",
                "op": "PGM_OPERATION", "priv": "PGM_PRIVILEGED_OP"}[kind]
        if re.match(r"cpu_\w+$", cond):
            c = "%s(c, d)" % cond
        else:
            c = e.expr(ast.parse(cond, mode="eval").body)[0]
        e.out("if (unlikely(%s))" % c)
        e.out("    return cpu_leave_program(c, d, %s);" % code)
    else:
        raise RecordError("%s: %s: unknown check %s" % (insn.where, insn.mnemonic, text))


def emit_handler(isa, insn, near=False):
    e = Emitter(isa, insn)
    e.near = near
    emit_sie(e, insn, False)
    if not e.ended:
        if insn.supervisor:
            e.out("if (unlikely(cpu_problem_state(c)))")
            e.out("    return cpu_leave_program(c, d, PGM_PRIVILEGED_OP);")
        emit_sie(e, insn, True)
        for text in insn.checks:
            emit_check(e, insn, text)
        if insn.do:
            e.body()
        if insn.exec:
            e.out("return %s(c, d);" % insn.exec)
        elif not e.ended:
            if insn.after == "recheck":
                e.out("return cpu_next_recheck(c, d);")
            elif e.stored:
                e.out("return cpu_%s_stored(c, d, %d);" % (
                    "loop" if e.no_tail else "next", insn.length // 2))
            else:
                e.out("return cpu_next(c, d, %d);" % (insn.length // 2))
    name = "op_%s%s" % (insn.ident, "_near" if near else "")
    return e, "INSN_BODY %s(struct cpu *c, const struct dinsn *d)\n{\n%s\n}\n" % (
        name, "\n".join(e.lines))


# ---- outputs ------------------------------------------------------------------------------------

def write_interp(isa, out):
    parts = [HEAD, '#define CPU_TAIL 1 /* see exec.h */\n#include "cpu/control.h"\n#include "cpu/ops.h"\n#include "cpu/ops_bfp.h"\n#include "isa_exec.h"\n#include "isa_ops.h"\n\n',
             "#define INSN_BODY NO_TSAN const struct dinsn *\n\n"]
    for insn in isa.insns:
        e, text = emit_handler(isa, insn)
        parts.append("/* %s, %s [PoP %s] */\n%s\n" % (
            insn.mnemonic, insn.title, insn.reference(), text))
        insn.near = e.uses_near
        if e.uses_near:
            parts.append(emit_handler(isa, insn, True)[1] + "\n")
    write(out, "isa_interp.c", "".join(parts))
    decl = [HEAD, "#ifndef ISA_OPS_H\n#define ISA_OPS_H\n\n#include \"cpu/exec.h\"\n\n"]
    for insn in isa.insns:
        decl.append("const struct dinsn *op_%s(struct cpu *c, const struct dinsn *d);\n" % insn.ident)
        if insn.near:
            decl.append("const struct dinsn *op_%s_near(struct cpu *c, const struct dinsn *d);\n"
                        % insn.ident)
    decl.append("\n#endif\n")
    write(out, "isa_ops.h", "".join(decl))


def write_exec(isa, out):
    names = sorted({i.exec for i in isa.insns if i.exec})
    text = [HEAD, "#ifndef ISA_EXEC_H\n#define ISA_EXEC_H\n\n#include \"cpu/exec.h\"\n"
            "#include \"isa_fields.h\"\n\n"]
    for n in names:
        text.append("const struct dinsn *%s(struct cpu *c, const struct dinsn *d);\n" % n)
    text.append("\n#endif\n")
    write(out, "isa_exec.h", "".join(text))


def write_fields(out):
    text = [HEAD, "#ifndef ISA_FIELDS_H\n#define ISA_FIELDS_H\n\n#include \"cpu/exec.h\"\n\n",
            "/* Per format: f_FORMAT_field(d) for each field, ea_FORMAT_n(c, d) for the n-th operand's\n"
            " * effective address (wrapped), ar_FORMAT_n(d) for its access register. */\n\n"]
    for fmt, (_, _, fields) in FORMATS.items():
        byname = {f[0]: f for f in fields}
        for f in fields:
            ty = "s32" if f[4] in ("s", "rel") else "u32"
            text.append("static inline %s f_%s_%s(const struct dinsn *d)\n{\n    return (%s)d->%s;\n}\n"
                        % (ty, c_name(fmt), f[0], ty, f[3]))
        for name, expr in NIBBLES.get(fmt, {}).items():
            text.append("static inline u32 f_%s_%s(const struct dinsn *d)\n{\n    return %s;\n}\n"
                        % (c_name(fmt), name, expr))
        for n in "1234":
            if "b" + n not in byname:
                continue
            base = "c->gr[d->%s]" % byname["b" + n][3]
            if "x" + n in byname:
                base += " + c->gr[d->%s]" % byname["x" + n][3]
            disp = byname["d" + n]
            d = "(u64)(s64)d->%s" % disp[3] if disp[4] == "s" else (
                "d->uimm" if disp[3] == "imm" else "d->" + disp[3])
            text.append("static inline u64 ea_%s_%s(const struct cpu *c, const struct dinsn *d)\n{\n"
                        "    return cpu_wrap(c, %s + %s);\n}\n" % (c_name(fmt), n, base, d))
            text.append("static inline unsigned ar_%s_%s(const struct dinsn *d)\n{\n"
                        "    return d->%s;\n}\n" % (c_name(fmt), n, byname["b" + n][3]))
        text.append("\n")
    text.append("#endif\n")
    write(out, "isa_fields.h", "".join(text))


def extract(f):
    """C expression for a field of the left-aligned 64-bit text t."""
    name, bit, length, member, kind = f
    if length == 20 and kind == "s":
        raw = "(u32)((t >> 24 & 0xff) << 12 | (t >> 32 & 0xfff))"
        return "(s32)(%s << 12) >> 12" % raw
    raw = "t >> %d & %#x" % (64 - bit - length, (1 << length) - 1)
    if kind in ("s", "rel"):
        if length == 32:
            return "(s32)(t >> %d)" % (64 - bit - length)
        return "(s32)((u32)(%s) << %d) >> %d" % (raw, 32 - length, 32 - length)
    if kind == "b":
        return "base_register(%s)" % raw
    return raw


def write_decode(isa, out):
    text = [HEAD, '#include "cpu/ops.h"\n#include "isa_ops.h"\n#include "isa_table.h"\n\n']
    fmts = list(FORMATS)
    # opcode tables
    subs = {}     # (first byte, shift, mask) -> {value: index}
    first = {}
    for i, insn in enumerate(isa.insns):
        op = insn.opcode
        length, ext, _ = FORMATS[insn.format]
        b0 = int(op[:2], 16)
        if insn_length(b0) != length:
            raise RecordError("%s: %s: opcode %s does not have length %d" % (
                insn.where, insn.mnemonic, op, length))
        if ext is None:
            if len(op) != 2:
                raise RecordError("%s: %s: opcode %s needs 2 digits" % (insn.where, insn.mnemonic, op))
            first[b0] = ("insn", i)
        else:
            pos, n = ext
            if len(op) != 2 + n // 4:
                raise RecordError("%s: %s: opcode %s has a wrong length" % (
                    insn.where, insn.mnemonic, op))
            key = (64 - pos - n, (1 << n) - 1)
            if b0 in first and first[b0] != ("sub", key):
                raise RecordError("%s: %s: opcode %s: formats do not fit" % (
                    insn.where, insn.mnemonic, op))
            first[b0] = ("sub", key)
            subs.setdefault((b0, key), {})[int(op[2:], 16)] = i
    flat = []
    entries = []
    for b0 in range(256):
        kind = first.get(b0)
        if kind is None:
            entries.append("{0, 0, 0}")
        elif kind[0] == "insn":
            entries.append("{0, 0, %d}" % len(flat))
            flat.append(kind[1] + 1)
        else:
            shift, mask = kind[1]
            entries.append("{%d, %#x, %d}" % (shift, mask, len(flat)))
            table = subs[(b0, kind[1])]
            flat += [table.get(v, -1) + 1 for v in range(mask + 1)]
    if flat:
        # index 0 must mean "nothing": shift everything by a leading zero
        flat = [0] + flat
        entries = [en if first.get(n) is None else re.sub(
            r"(\d+)}$", lambda m: "%d}" % (int(m.group(1)) + 1), en) for n, en in enumerate(entries)]
    text.append("/* First byte -> where the rest of the opcode lies and where its part of `index` starts. */\n")
    text.append("static const struct {\n    u8 shift;\n    u8 mask;\n    u16 start;\n} first_byte[256] = {\n")
    for n in range(0, 256, 4):
        text.append("    " + ", ".join(entries[n:n + 4]) + ",\n")
    text.append("};\n\nstatic const u16 opcode_index[] = {\n")
    for n in range(0, len(flat), 16):
        text.append("    " + ", ".join(str(x) for x in flat[n:n + 16]) + ",\n")
    text.append("};\n\n")
    text.append("struct body {\n    const struct dinsn *(*fn)(struct cpu *c, const struct dinsn *d);\n"
                "    const struct dinsn *(*near_fn)(struct cpu *c, const struct dinsn *d);\n};\n\n"
                "static const struct body bodies[] = {\n")
    for insn in isa.insns:
        text.append("    {op_%s, %s},\n" % (
            insn.ident, "op_%s_near" % insn.ident if insn.near else "NULL"))
    text.append("};\n\n")
    text.append("int isa_lookup(u64 t)\n{\n    u8 b = (u8)(t >> 56);\n    unsigned rest = first_byte[b].mask ? "
                "t >> first_byte[b].shift & first_byte[b].mask : 0;\n\n"
                "    return (int)opcode_index[first_byte[b].start + rest] - 1;\n}\n\n")
    text.append("static inline u8 base_register(u64 n)\n{\n    return n ? (u8)n : 16;\n}\n\n")
    text.append("static void fields(enum insn_format f, u64 t, struct dinsn *out)\n{\n    switch (f) {\n")
    for fmt in fmts:
        text.append("    case %s:\n" % c_format(fmt))
        for f in FORMATS[fmt][2]:
            expr = extract(f)
            member = f[3]
            if member == "imm":
                cast = "(s32)(%s)" % expr if f[4] not in ("s", "rel") else expr
            elif member.startswith("h"):
                cast = "(u16)(%s)" % expr
            else:
                cast = "(u8)(%s)" % expr
            text.append("        out->%s = %s;\n" % (member, cast))
        text.append("        break;\n")
    text.append("    }\n}\n\n")
    text.append("""void isa_decode(u64 t, int offset, const u8 *facilities, u8 newest, struct dinsn *out)
{
    int n = isa_lookup(t);
    const struct insn_info *info;

    *out = (struct dinsn){.fn = cpu_illegal, .ilc = (u8)(insn_length((u8)(t >> 56)) / 2)};
    if (n < 0)
        return;
    info = &isa_insns[n];
    if (info->generation > newest)
        return;
    for (unsigned i = 0; i < 2; i++)
        if (info->fac[i] && !bitmap_test(facilities, info->fac[i]))
            return;
    out->fn = bodies[n].fn;
    fields(info->format, t, out);
    if (offset >= 0 && bodies[n].near_fn) {
        s64 target = offset + 2 * (s64)out->imm;

        if (target >= 0 && target < (s64)FRAME_SIZE)
            out->fn = bodies[n].near_fn;
    }
}
""")
    write(out, "isa_decode.c", "".join(text))


def insn_length(b0):
    return 2 if b0 < 0x40 else 4 if b0 < 0xc0 else 6


def cstr(s):
    return '"%s"' % s.replace("\\", "\\\\").replace('"', '\\"') if s is not None else "NULL"


def sie_text(insn):
    rules = "; ".join(insn.sie)
    return rules.replace("kss", "keyless-subset intercept")


def consists_of(fac):
    """Instructions of a facility, or what it is instead."""
    parts = [" ".join(fac.insns) if fac.insns else fac.behaviour or ""]
    parts += ["with %d: %s" % (n, " ".join(names)) for n, names in sorted(fac.partners.items())]
    return "; ".join(parts)


def write_table(isa, out):
    h = [HEAD, "#ifndef ISA_TABLE_H\n#define ISA_TABLE_H\n\n#include \"base/bits.h\"\n\nenum insn_format {\n"]
    for fmt in FORMATS:
        h.append("    %s,\n" % c_format(fmt))
    h.append("};\n\n")
    h.append("""struct insn_field {
    const char *name;
    u8 bit, length;
    char kind; /* u unsigned, s signed, b base or index, r relative */
};

struct insn_info {
    const char *mnemonic;
    const char *title;
    const char *ref;
    const char *sie;     /* SIE rules in words, "" if none */
    const char *handler; /* hypervisor handler, or NULL */
    const char *body;    /* C function of a long instruction, or NULL */
    enum insn_format format;
    u64 opcode;          /* left aligned, rest zero */
    u8 fac[2];           /* facility numbers, 0 = part of the base */
    u8 generation;       /* of the first machine that has all of them; 0 if no machine has */
    bool supervisor;
};

struct format_info {
    const char *name;
    const char *syntax;
    const struct insn_field *fields; /* ends with name NULL */
    u8 length;
};

/* Machines, oldest first. */
struct machine_info {
    const char *name;
    const char *title;
    u16 type;
    u8 generation; /* as instruction-blocking control counts them */
};

#define ISA_OF_NO_MACHINE 0xff

struct facility_info {
    u16 number;
    const char *title;
    bool complete;
    u8 generation;     /* of the first machine that has it, or ISA_OF_NO_MACHINE */
    const char *insns; /* or how it is behaviour only */
};

extern const struct insn_info isa_insns[];
extern const unsigned isa_ninsns;
extern const struct format_info isa_formats[];
extern const struct machine_info isa_machines[];
extern const unsigned isa_nmachines;
extern const struct facility_info isa_facilities[];
extern const unsigned isa_nfacilities;

/* Index of the record for a left-aligned instruction text, or -1. */
int isa_lookup(u64 text);

#endif
""")
    write(out, "isa_table.h", "".join(h))
    c = [HEAD, '#include "isa_table.h"\n\n']
    for fmt, (_, _, fields) in FORMATS.items():
        c.append("static const struct insn_field fields_%s[] = {" % c_name(fmt))
        for f in fields:
            c.append('{"%s", %d, %d, \'%s\'}, ' % (f[0], f[1], f[2], f[4][0]))
        c.append("{0}};\n")
    c.append("\nconst struct format_info isa_formats[] = {\n")
    for fmt, (length, _, _) in FORMATS.items():
        c.append('    [%s] = {"%s", "%s", fields_%s, %d},\n' % (
            c_format(fmt), fmt, SYNTAX[fmt], c_name(fmt), length))
    c.append("};\n\nconst struct insn_info isa_insns[] = {\n")
    for i in isa.insns:
        _, ext, _ = FORMATS[i.format]
        value = int(i.opcode[:2], 16) << 56
        if ext:
            value |= int(i.opcode[2:], 16) << (64 - ext[0] - ext[1])
        fac = (i.fac + [0, 0])[:2]
        c.append("    {%s, %s, %s, %s, %s, %s, %s, %#xULL, {%d, %d}, %d, %s},\n" % (
            cstr(i.mnemonic), cstr(i.title), cstr("PoP " + i.reference()), cstr(sie_text(i)),
            cstr(i.host), cstr(i.exec), c_format(i.format), value, fac[0], fac[1],
            generation(isa, i), "true" if i.supervisor else "false"))
    c.append("};\n\nconst unsigned isa_ninsns = %d;\n\n" % len(isa.insns))
    c.append("const struct machine_info isa_machines[] = {\n")
    for m in isa.machines.values():
        c.append("    {%s, %s, %#x, %d},\n" % (cstr(m.name), cstr(m.title), m.type, m.generation))
    c.append("};\n\nconst unsigned isa_nmachines = %d;\n\n" % len(isa.machines))
    c.append("const struct facility_info isa_facilities[] = {\n")
    for n in sorted(isa.facilities):
        f = isa.facilities[n]
        c.append("    {%d, %s, %s, %s, %s},\n" % (
            n, cstr(f.title), "true" if complete(isa, f) else "false",
            isa.machines[f.since].generation if f.since else "ISA_OF_NO_MACHINE",
            cstr(consists_of(f))))
    c.append("};\n\nconst unsigned isa_nfacilities = %d;\n" % len(isa.facilities))
    write(out, "isa_table.c", "".join(c))


def write_docs(isa, path):
    lines = ["# Instructions", "",
             "Written by `tools/isagen` from the records in `isa/`; do not edit.", "",
             "| instruction | opcode | format | name | facility | state | SIE | handler | reference |",
             "|---|---|---|---|---|---|---|---|---|"]
    for i in sorted(isa.insns, key=lambda x: x.mnemonic):
        lines.append("| %s | %s | %s | %s | %s | %s | %s | %s | PoP %s |" % (
            i.mnemonic, i.opcode, i.format, i.title, ", ".join(map(str, i.fac)) or "–",
            "supervisor" if i.supervisor else "problem", sie_text(i) or "–",
            "`%s`" % i.host if i.host else "–", i.reference()))
    lines += ["", "%d instructions." % len(isa.insns), "", "# Facilities", "",
              "| bit | facility | since | announced | consists of |", "|---|---|---|---|---|"]
    for n in sorted(isa.facilities):
        f = isa.facilities[n]
        lines.append("| %d | %s | %s | %s | %s |" % (
            n, f.title, f.since or "–", "yes" if complete(isa, f) else "no",
            consists_of(f)))
    lines += ["", "# Intercepted instructions", "",
              "Rules in the order in which they are looked at: an unconditional one comes before the",
              "check for problem state, the others behind it. `docs/intercepts.md` tells of the rest.",
              "", "| instruction | rule | handler |", "|---|---|---|"]
    for i in sorted((i for i in isa.insns if i.sie), key=lambda x: x.mnemonic):
        lines.append("| %s | %s | %s |" % (
            i.mnemonic, sie_text(i), "`%s()`" % i.host if i.host else "–"))
    with open(path, "w", encoding="utf-8") as f:
        f.write("\n".join(lines) + "\n")


def write(out, name, text):
    path = os.path.join(out, name)
    with open(path, "w", encoding="utf-8") as f:
        f.write(text)


def main():
    p = argparse.ArgumentParser(description="generates C and pages from instruction records")
    p.add_argument("--out", metavar="DIR", help="write the generated C files here")
    p.add_argument("--docs", metavar="FILE", help="write the page of instructions")
    p.add_argument("files", nargs="+", metavar="FILE.isa")
    args = p.parse_args()
    try:
        isa = load(args.files)
        if args.out:
            os.makedirs(args.out, exist_ok=True)
            write_fields(args.out)
            write_exec(isa, args.out)
            write_interp(isa, args.out)
            write_table(isa, args.out)
            write_decode(isa, args.out)
        if args.docs:
            write_docs(isa, args.docs)
    except (RecordError, SemError) as e:
        sys.exit("isagen: %s" % e)


if __name__ == "__main__":
    main()
