# SPDX-License-Identifier: Apache-2.0
"""A failing case as a page of text: what was run, on what, and where the two results part."""

import re
import subprocess
import tempfile

import layout as L

EVENTS = {L.EVENT_SVC: "end of the case", L.EVENT_PROGRAM: "program interruption",
          L.EVENT_EXTERNAL: "external interruption", L.EVENT_IO: "I/O interruption",
          L.EVENT_MCHECK: "machine check", L.EVENT_RESTART: "restart"}
CODES = {
    1: "operation", 2: "privileged operation", 3: "execute", 4: "protection", 5: "addressing",
    6: "specification", 7: "data", 8: "fixed-point overflow", 9: "fixed-point divide",
    10: "decimal overflow", 11: "decimal divide", 16: "segment translation",
    17: "page translation", 18: "translation specification", 19: "special operation",
    21: "operand", 28: "space-switch event", 40: "ALET specification", 56: "ASCE type",
    57: "region first translation", 58: "region second translation",
    59: "region third translation", 64: "monitor event"}


WORDS = 6        # of differing storage are shown


def disassemble(code, address):
    """Lines as objdump writes them."""
    with tempfile.NamedTemporaryFile(suffix=".bin") as f:
        f.write(code)
        f.flush()
        done = subprocess.run(
            ["s390x-linux-gnu-objdump", "-b", "binary", "-m", "s390:64-bit", "-D",
             "--adjust-vma=%#x" % address, f.name],
            stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, check=False)
    text = done.stdout.decode(errors="replace")
    return [re.sub(r"\t+", "  ", line.rstrip()) for line in text.splitlines()
            if re.match(r"\s+[0-9a-f]+:\t", line)]


def psw_text(mask, address):
    amode = {0: "24", 1: "31", 3: "64"}.get(mask >> 31 & 3, "bad")
    space = "real"
    if mask >> 58 & 1:
        space = ("primary", "access-register", "secondary", "home")[mask >> 46 & 3]
    return "%016x %016x  %s-bit, %s, %s, key %d, cc %d, program mask %x" % (
        mask, address, amode, space, "problem" if mask >> 48 & 1 else "supervisor",
        mask >> 52 & 15, mask >> 44 & 3, mask >> 40 & 15)


def registers(title, values, width):
    out = []
    if not any(values):
        return out
    per_line = 4 if width == 16 else 8
    for i in range(0, 16, per_line):
        if any(values[i:i + per_line]):
            out.append("  %-3s %2d  " % (title, i) + " ".join(
                "%0*x" % (width, v) for v in values[i:i + per_line]))
    return out


def inputs(case):
    lines = ["  psw     " + psw_text(*case.psw)]
    lines += registers("gr", case.gr, 16) + registers("fpr", case.fpr, 16)
    lines += registers("ar", case.ar, 8)
    lines.append("  fpc     %08x   cr0 %016x  cr3 %016x  cr8 %016x" % (
        case.fpc, case.cr[0], case.cr[3], case.cr[8]))
    for offset, data in case.patches:
        for i in range(0, min(len(data), 96), 32):
            lines.append("  storage %8x  %s" % (L.ARENA_BASE + offset + i, data[i:i + 32].hex(" ", -4)))
        if len(data) > 96:
            lines.append("                    ... %d bytes" % len(data))
    return lines


def ending(r):
    if r.event != L.EVENT_PROGRAM:
        return "%s at %x, cc %d" % (EVENTS.get(r.event, "?"), r.psw[1], r.cc)
    code = r.program
    text = "program interruption %04x (%s%s), ilc %d, old psw %x" % (
        code, CODES.get(code & 0x7f, "?"), ", PER" if code & 0x80 else "", r.ilc, r.psw[1])
    if code & 0x7f in (7, 0x1b):
        text += ", dxc %02x" % r.word(0x90, 4)
    if code & 0x7f in (4, 16, 17, 56, 57, 58, 59):
        text += ", teid %016x" % r.word(0xa8, 8)
    return text


def value_text(diff, value):
    if value is None:
        return "unchanged"
    if isinstance(value, str):
        return value
    wide = 16 if diff.kind in ("gr", "fpr", "cr", "storage", "psw-mask", "psw-address",
                               "teid-address", "bea") else 8 if diff.kind in ("ar", "fpc") else 1
    return "%0*x" % (wide, value)


def describe(failure, names, count=1):
    """The page; `names` of the two machines."""
    case = failure.case
    lines = ["%s  (seed %d case %d%s)" % (case.name, *(case.seed or (0, 0)), ", %d like it" % count
                                           if count > 1 else "")]
    code = b"".join(c for _, c in case.parts)
    lines += ["  " + t.strip() for t in disassemble(code, case.code_addr)]
    if case.target:
        lines += ["  " + t.strip() + "    (target of execute)"
                  for t in disassemble(case.target[1], case.target[2])]
    lines += inputs(case)
    if failure.trouble:
        lines.append("  " + failure.trouble)
    if not failure.x or not failure.y:
        return "\n".join(lines)
    for name, result in zip(names, (failure.x, failure.y)):
        lines.append("  %-7s %s" % (name, ending(result)))
    words = 0
    for d in failure.diffs:
        words += d.kind == "storage"
        if words <= WORDS or d.kind != "storage":
            lines.append("    %-16s %s %-18s %s %s" % (
                d.field, names[0], value_text(d, d.a), names[1], value_text(d, d.b)))
    if words > WORDS:
        lines.append("    ... %d more words of storage" % (words - WORDS))
    return "\n".join(lines)
