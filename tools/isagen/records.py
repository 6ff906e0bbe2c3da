# SPDX-License-Identifier: Apache-2.0
"""Reads the instruction records in isa/*.isa.

    chapter "7 General Instructions"
    def add_signed(out, x, y)            a piece of semantics, used by several records
        out = x + y
        ...
    insn AR 1a RR "add"                  mnemonic, opcode, format, name
        fac 45                           facility (or two: 37,42); none: part of the base
        state supervisor                 privileged
        sie intercept [if|unless COND]   SIE rule
        check even(r1)                   specification checks and the like, in order
        do add_signed(r1.w, r1.w, r2.w)  semantics, or a block after "do"
        exec insn_mvcl                   or: one C function does it all (long instructions)
        after recheck                    leave the loop when an interruption is pending
        host priv_spx                    hypervisor handler
        ref "10 SET PREFIX"              default: chapter number and name
    machine z10 "IBM System z10 (2097)" type 2097 generation 0
    facility 34 "general-instructions extension" since z10
        insns AGHIK ...                  what it consists of: announced when all are there
        with 42 CDFTR ...                and these, if facility 42 is announced; their records
                                         name both (fac 37,42)
        behaviour TEXT                   or: no instructions of its own
                                         (since none: of no machine; off: never announced)

Short form of a record: insn AR 1a RR "add" : add_signed(r1.w, r1.w, r2.w)
                    or: insn AFI c29 RIL-a "add immediate" fac 21 : add_signed(r1.w, r1.w, u32(i2))
"""

import re

from formats import FORMATS, NIBBLES


class RecordError(Exception):
    pass


class Insn:
    def __init__(self, mnemonic, opcode, fmt, title, where, chapter):
        self.mnemonic = mnemonic
        self.opcode = opcode.lower()
        self.format = fmt
        self.title = title
        self.where = where
        self.chapter = chapter
        self.fac = []
        self.supervisor = False
        self.sie = []
        self.checks = []
        self.do = ""
        self.exec = None
        self.after = None
        self.host = None
        self.ref = None
        self.note = None
        self.flags = set()

    @property
    def ident(self):
        return self.mnemonic.replace(".", "_")

    @property
    def length(self):
        return FORMATS[self.format][0]

    def reference(self):
        return self.ref or "%s %s" % (self.chapter.split()[0], self.title.upper())


class Def:
    def __init__(self, name, params, where):
        self.name = name
        self.params = params
        self.where = where
        self.body = ""


class Machine:
    def __init__(self, name, title, cpu_type, generation):
        self.name = name
        self.title = title
        self.type = cpu_type
        self.generation = generation


class Facility:
    def __init__(self, number, title, where):
        self.number = number
        self.title = title
        self.where = where
        self.since = None  # name of a machine, or None
        self.insns = []
        self.partners = {}  # other facility -> instructions that are there when both are
        self.behaviour = None
        self.off = False


class Isa:
    def __init__(self):
        self.insns = []
        self.defs = {}
        self.machines = {}
        self.facilities = {}


def _blocks(path):
    """Yields (line number, header, [(number, indent, text)])."""
    head = None
    body = []
    with open(path, encoding="utf-8") as f:
        for number, line in enumerate(f, 1):
            text = re.sub(r"(^|\s)#.*$", "", line.rstrip("\n")).rstrip()
            if not text:
                continue
            if not text[0].isspace():
                if head:
                    yield head[0], head[1], body
                head, body = (number, text), []
            else:
                indent = len(text) - len(text.lstrip())
                body.append((number, indent, text.strip()))
    if head:
        yield head[0], head[1], body


def _insn(isa, path, number, head, body, chapter):
    m = re.match(r'insn\s+(\S+)\s+([0-9a-fA-F]+)\s+(\S+)\s+"([^"]*)"'
                 r'(?:\s+fac\s+([\d,]+))?\s*(:.*)?$', head)
    if not m:
        raise RecordError("%s:%d: malformed insn line" % (path, number))
    insn = Insn(m.group(1), m.group(2), m.group(3), m.group(4), "%s:%d" % (path, number), chapter)
    if insn.format not in FORMATS:
        raise RecordError("%s: unknown format %s" % (insn.where, insn.format))
    if m.group(5):
        insn.fac = [int(x) for x in m.group(5).split(",")]
    if m.group(6):
        insn.do = m.group(6)[1:].strip()
    i = 0
    while i < len(body):
        num, indent, text = body[i]
        i += 1
        key, _, rest = text.partition(" ")
        rest = rest.strip()
        if key == "do":
            lines = [rest] if rest else []
            base = None
            while i < len(body) and body[i][1] > indent:
                base = base if base is not None else body[i][1]
                lines.append(" " * (body[i][1] - base) + body[i][2])
                i += 1
            insn.do = "\n".join(([insn.do] if insn.do else []) + lines)
        elif key == "fac":
            insn.fac = [int(x) for x in rest.split(",")]
        elif key == "state" and rest == "supervisor":
            insn.supervisor = True
        elif key == "sie":
            insn.sie.append(rest)
        elif key == "check":
            insn.checks.append(rest)
        elif key in ("exec", "after", "host", "note"):
            setattr(insn, key, rest)
        elif key == "ref":
            insn.ref = rest.strip('"')
        elif key == "flag":
            insn.flags.add(rest)
        else:
            raise RecordError("%s:%d: unknown line '%s'" % (path, num, text))
    if not insn.do and not insn.exec and insn.sie != ["intercept"]:
        raise RecordError("%s: %s has neither semantics nor an intercept" % (insn.where, insn.mnemonic))
    isa.insns.append(insn)


def _machine(isa, where, head):
    m = re.match(r'machine\s+(\w+)\s+"([^"]*)"\s+type\s+([0-9a-f]{4})\s+generation\s+(\d+)$', head)
    if not m:
        raise RecordError("%s: malformed machine" % where)
    machine = Machine(m.group(1), m.group(2), int(m.group(3), 16), int(m.group(4)))
    if any(machine.generation <= other.generation for other in isa.machines.values()):
        raise RecordError("%s: machines are not in the order of their generations" % where)
    isa.machines[machine.name] = machine


def _facility(isa, where, head, body):
    m = re.match(r'facility\s+(\d+)\s+"([^"]*)"\s+since\s+(\w+)(\s+off)?$', head)
    if not m:
        raise RecordError("%s: malformed facility" % where)
    fac = Facility(int(m.group(1)), m.group(2), where)
    fac.off = bool(m.group(4))
    if m.group(3) != "none":
        fac.since = m.group(3)
        if fac.since not in isa.machines:
            raise RecordError("%s: unknown machine %s" % (where, fac.since))
    for _, _, text in body:
        key, _, rest = text.partition(" ")
        if key == "insns":
            fac.insns += rest.split()
        elif key == "with":
            other, *names = rest.split()
            fac.partners.setdefault(int(other), []).extend(names)
        elif key == "behaviour":
            fac.behaviour = rest
        else:
            raise RecordError("%s: unknown line '%s'" % (where, text))
    if fac.number in isa.facilities:
        raise RecordError("%s: facility %d twice" % (where, fac.number))
    isa.facilities[fac.number] = fac


def load(paths):
    isa = Isa()
    for path in paths:
        chapter = "?"
        for number, head, body in _blocks(path):
            where = "%s:%d" % (path, number)
            kind = head.split()[0]
            if kind == "chapter":
                chapter = re.match(r'chapter\s+"([^"]*)"', head).group(1)
            elif kind == "insn":
                _insn(isa, path, number, head, body, chapter)
            elif kind == "def":
                m = re.match(r"def\s+(\w+)\(([^)]*)\)$", head)
                if not m:
                    raise RecordError("%s: malformed def" % where)
                d = Def(m.group(1), [p.strip() for p in m.group(2).split(",") if p.strip()], where)
                base = body[0][1]
                d.body = "\n".join(" " * (ind - base) + t for _, ind, t in body)
                if d.name in isa.defs:
                    raise RecordError("%s: def %s twice" % (where, d.name))
                isa.defs[d.name] = d
            elif kind == "facility":
                _facility(isa, where, head, body)
            elif kind == "machine":
                _machine(isa, where, head)
            else:
                raise RecordError("%s: unknown block '%s'" % (where, kind))
    _check(isa)
    return isa


def _check(isa):
    """No opcode twice, no unknown facility, facilities and records agree."""
    seen = {}
    names = {}
    for insn in isa.insns:
        if insn.opcode in seen:
            raise RecordError("%s: opcode %s is also %s (%s)" % (
                insn.where, insn.opcode, seen[insn.opcode].mnemonic, seen[insn.opcode].where))
        if insn.mnemonic in names:
            raise RecordError("%s: mnemonic %s twice" % (insn.where, insn.mnemonic))
        seen[insn.opcode] = insn
        names[insn.mnemonic] = insn
        for n in insn.fac:
            fac = isa.facilities.get(n)
            if fac is None:
                raise RecordError("%s: %s: unknown facility %d" % (insn.where, insn.mnemonic, n))
            if insn.mnemonic not in fac.insns and not _shared(isa, insn):
                raise RecordError("%s: facility %d does not list %s" % (fac.where, n, insn.mnemonic))
    for fac in isa.facilities.values():
        for name in fac.insns:
            if name in names and fac.number not in names[name].fac:
                raise RecordError("%s: %s is not marked with facility %d" % (
                    fac.where, name, fac.number))
        for other, shared in fac.partners.items():
            if other not in isa.facilities:
                raise RecordError("%s: unknown facility %d" % (fac.where, other))
            for name in shared:
                if name in names and sorted(names[name].fac) != sorted([fac.number, other]):
                    raise RecordError("%s: %s is not marked with facilities %d,%d" % (
                        fac.where, name, fac.number, other))


def _shared(isa, insn):
    """Is a record of two facilities listed by one of them as its part with the other."""
    return any(insn.mnemonic in isa.facilities[n].partners.get(other, [])
               for n in insn.fac for other in insn.fac if n in isa.facilities)


def generation(isa, insn):
    """The first generation of machines that has an instruction; 0 if all do, or none does."""
    since = [isa.facilities[n].since for n in insn.fac]
    return max([isa.machines[name].generation for name in since if name], default=0)


def complete(isa, fac):
    """A facility is announced when every record it consists of is there; of what it has together
    with another one, only once that other one is."""
    names = {i.mnemonic for i in isa.insns}
    if fac.off or not names.issuperset(fac.insns):
        return False
    for other, shared in fac.partners.items():
        if complete(isa, isa.facilities[other]) and not names.issuperset(shared):
            return False
    return bool(fac.insns) or fac.behaviour is not None


__all__ = ["load", "complete", "generation", "RecordError", "Insn", "Isa", "FORMATS", "NIBBLES"]
