# SPDX-License-Identifier: Apache-2.0
"""What differs between two results of a case, as far as the architecture says what it must be.

`differences` lists raw differences of everything architected; `UNDEFINED` takes away what the
Principles of Operation leave open, entry by entry with its section.  Faults of the peer are another
matter: known_faults.py.
"""

import layout as L

# Program interruptions due to access: the translation-exception identification counts.
ACCESS = frozenset((0x04, 0x10, 0x11, 0x38, 0x39, 0x3a, 0x3b))
# What an instruction can meet when it goes to storage, in whatever order it does.
STORAGE = ACCESS | {0x05, 0x12}
M64 = (1 << 64) - 1
AMODE_MASK = {0: 0xffffff, 1: 0x7fffffff, 2: M64, 3: M64}     # by bits 31 and 32 of the PSW
NULLIFYING = frozenset((0x10, 0x11, 0x38, 0x39, 0x3a, 0x3b))
DATA = frozenset((0x07, 0x1b))

TEID_ADDRESS = 0xfffffffffffff000
TEID_SPACE = 3
TEID_STORE = 0xc00
TEID_PROTECTION = 0x8c       # bits 56, 60, 61


class Diff:
    """One difference: field name, ours (first machine), theirs."""

    __slots__ = ("field", "a", "b")

    def __init__(self, field, a, b):
        self.field = field
        self.a = a
        self.b = b

    @property
    def kind(self):
        """The field without its number, for grouping."""
        return self.field.split(" ")[0]


def differences(case, x, y):
    """[Diff] between two Results."""
    out = []

    def check(field, a, b):
        if a != b:
            out.append(Diff(field, a, b))

    check("event", x.event, y.event)
    if x.event == y.event == L.EVENT_PROGRAM:
        check("program-code", x.program, y.program)
        if x.program == y.program:
            payload(check, x, y)
        check("ilc", x.ilc, y.ilc)
        if not y.bea & 1:          # a model does not know it
            check("bea", x.bea, y.bea)
    elif x.event == y.event == L.EVENT_SVC:
        check("svc-code", x.word(0x8a, 2), y.word(0x8a, 2))
        check("ilc", x.ilc, y.ilc)
    check("cc", x.cc, y.cc)
    check("program-mask", x.psw[0] >> 40 & 15, y.psw[0] >> 40 & 15)
    other = ~(0x3f << 40)
    check("psw-mask", x.psw[0] & other, y.psw[0] & other)
    check("psw-address", x.psw[1], y.psw[1])
    check("fpc", x.fpc, y.fpc)
    for name, a, b in (("gr", x.gr, y.gr), ("fpr", x.fpr, y.fpr), ("ar", x.ar, y.ar),
                       ("cr", x.cr or case.cr, y.cr or case.cr)):
        if a != b:
            for i in range(16):
                check("%s %d" % (name, i), a[i], b[i])
    if x.keys != y.keys and x.keys and y.keys:
        for i in range(16):
            check("key %d" % i, x.keys[i] & 0xf8, y.keys[i] & 0xf8)
    if x.deltas != y.deltas:
        for offset in sorted(set(x.deltas) | set(y.deltas)):
            check("storage %x" % (L.ARENA_BASE + offset), x.deltas.get(offset),
                  y.deltas.get(offset))
    check("storage-dropped", x.flags & L.RESULT_DROPPED, y.flags & L.RESULT_DROPPED)
    return out


def payload(check, x, y):
    code = x.program & 0x7f
    if code in DATA:
        check("dxc", x.word(0x90, 4), y.word(0x90, 4))
    if code in ACCESS:
        a, b = x.word(0xa8, 8), y.word(0xa8, 8)
        check("teid-address", a & TEID_ADDRESS, b & TEID_ADDRESS)
        if code == 4:
            check("teid-protection", a & TEID_PROTECTION, b & TEID_PROTECTION)
        else:
            check("teid-space", a & TEID_SPACE, b & TEID_SPACE)
        check("teid-store", a & TEID_STORE, b & TEID_STORE)
    if code == 0x40:
        check("monitor-class", x.word(0x94, 2), y.word(0x94, 2))
        check("monitor-code", x.word(0xb0, 8), y.word(0xb0, 8))


# ---- what the architecture leaves open ----

UNDEFINED = []
ORDER = frozenset(("program-code", "teid-address", "teid-protection", "teid-space", "teid-store",
                   "psw-address", "ilc"))


def undefined(section):
    def register(f):
        UNDEFINED.append((section, f))
        return f
    return register


@undefined("PoP 6 Multiple Program-Interruption Conditions: which of several operands is told")
def order_of_operands(case, x, y, diffs):
    """Both stopped at an access exception, but not at the same operand."""
    if "two-operands" in case.tags and x.program in STORAGE and y.program in STORAGE:
        return [d for d in diffs if d.kind in ORDER and
                (d.kind not in ("psw-address", "ilc") or x.program != y.program)]
    return []


@undefined("PoP 3 Reference Recording: bits may be set late or early")
def reference_and_change(case, x, y, diffs):
    names = set(case.mnemonics)
    out = []
    if names & {"ISKE", "IVSK"}:
        out += [d for d in diffs if d.kind == "gr" and not (d.a ^ d.b) & ~6]
    if names & {"RRBE", "RRBM"}:
        out += [d for d in diffs if d.kind == "cc" or names & {"RRBM"} and d.kind == "gr"]
    if "SSKE" in names:      # with MR or MC the old key comes back
        out += [d for d in diffs if d.kind == "gr" and not (d.a ^ d.b) & ~0x600]
    return out


@undefined("PoP 5 Breaking-Event Address: whether the case branched back depends on the units")
def breaking_event(case, x, y, diffs):
    return [d for d in diffs if d.field == "bea" and IN_UNITS & set(case.mnemonics)]


@undefined("PoP 6 Instruction-Length Code: the ILC of an exception in fetching the instruction")
def length_of_fetch(case, x, y, diffs):
    """1, 2 or 3; the address in the old PSW goes with it unless the exception nullifies."""
    if x.program != y.program or x.program not in STORAGE | {6}:
        return []
    gone = {d.field for d in diffs} & {"ilc", "psw-address"}
    mask = AMODE_MASK[x.psw[0] >> 31 & 3]
    same = x.psw[1] == y.psw[1] if x.program in NULLIFYING else \
        not (x.psw[1] - x.ilc - (y.psw[1] - y.ilc)) & mask
    return [d for d in diffs if d.field in gone] if "ilc" in gone and same else []


UPDATES = frozenset(
    "CS CSY CSG CDS CDSY CDSG CSP CSPG CSST LAA LAAG LAAL LAALG LAN LANG LAO LAOG LAX LAXG TS "
    "NI NIY OI OIY XI XIY ASI AGSI ALSI ALGSI NC OC XC MVO MVN MVZ TR AP SP MP DP SRP ZAP "
    "ED EDMK PLO".split())


@undefined("PoP 3 Translation-Exception Identification: fetch or store, of an operand that is both")
def fetch_or_store(case, x, y, diffs):
    if UPDATES & set(case.mnemonics) and x.word(0xa8, 8) & TEID_STORE:
        return [d for d in diffs if d.kind == "teid-store"]
    return []


@undefined("PoP 7 PACK: exceptions may be indicated for the part of an operand that is ignored")
def ignored_part(case, x, y, diffs):
    one = one_stopped(x, y)
    return diffs if one and stopped_at(case, one)[0] in (
        "PACK", "UNPK", "UNPKA", "UNPKU", "PKA", "PKU", "MVO") else []


@undefined("PoP 7 PACK ASCII and others: the result is unpredictable when operands overlap")
def overlap(case, x, y, diffs):
    for name, code in case.texts:
        if name in ("PKA", "PKU", "UNPKA", "UNPKU", "MVCIN") and code[2] >> 4 == code[4] >> 4:
            return [d for d in diffs if d.kind in ("storage", "cc")]
    return []


def stopped_at(case, x):
    """(mnemonic, bytes) of the instruction that met a program interruption, or ("", b"")."""
    at = case.psw[1]
    where = x.psw[1] - (0 if x.program in NULLIFYING else x.ilc)
    for name, code in case.parts:
        if at == where:
            return (case.target[0], case.target[1]) if name in ("EX", "EXRL") else (name, code)
        at += len(code)
    return "", b""


def one_stopped(x, y):
    """The result that met an access exception when the other did not, else None."""
    if (x.program in STORAGE) != (y.program in STORAGE):
        return x if x.program in STORAGE else y
    return None


@undefined("PoP 5 Storage-Operand Consistency: one real location with two logical addresses")
def aliases(case, x, y, diffs):
    if {"alias", "two-operands"} <= case.tags and x.program is None and y.program is None:
        return [d for d in diffs if d.kind in ("storage", "cc")]
    return []


@undefined("PoP 10 MOVE WITH OPTIONAL SPECIFICATIONS: overlapping operands")
def overlap_of_spaces(case, x, y, diffs):
    if "may-overlap" in case.tags and x.program is None and y.program is None:
        return [d for d in diffs if d.kind in ("storage", "storage-dropped")]
    return []


@undefined("PoP 7 STORE CHARACTERS UNDER MASK: access exceptions with a mask of zero")
def no_characters(case, x, y, diffs):
    for r in (x, y):
        if r.program in STORAGE:
            name, code = stopped_at(case, r)
            if name in ("STCM", "STCMY", "STCMH") and code[1] & 15 == 0:
                return diffs
    return []


@undefined("PoP 7 COMPARE LOGICAL: access exceptions behind the first unequal byte")
def behind_unequal(case, x, y, diffs):
    one = one_stopped(x, y)
    return diffs if one and stopped_at(case, one)[0] in ("CLC", "CLM", "CLMY", "CLMH") else []


@undefined("PoP 7 CONVERT UTF-8 TO UTF-16: bytes behind the last complete character")
def incomplete_character(case, x, y, diffs):
    for name, code in case.texts:
        if name in ("CU12", "CU14", "CU21", "CU24", "CU41", "CU42") and \
                x.program in STORAGE and y.program is None and y.cc == 0:
            return diffs if 0 < y.gr[(code[3] & 15) + 1 & 15] & 0xffffffff < 4 else []
    return []


CONDITIONAL = frozenset("LOC LOCG LOCFH STOC STOCG STOCFH BIC".split())


@undefined("PoP 7 LOAD ON CONDITION: whether the operand is looked at when the condition is not met")
def condition_not_met(case, x, y, diffs):
    one = one_stopped(x, y)
    name, code = stopped_at(case, one) if one else ("", b"")
    return diffs if name in CONDITIONAL and not code[1] << one.cc & 8 << (
        4 if name == "BIC" else 0) else []


# Instructions that advance in units of operation; how long a unit is, is the machine's affair.
IN_UNITS = frozenset(
    "MVCL CLCL CKSM CLCLE CLCLU MVCLE MVCLU CLST SRST SRSTU MVST CUSE CU12 CU14 CU21 CU24 CU41 CU42 "
    "TRE TROO TROT TRTO TRTT TRTE TRTRE".split())


@undefined("PoP 5 Interruptible Instructions, PoP 7 MOVE LONG EXTENDED: how far it came before an "
           "access exception")
def progress(case, x, y, diffs):
    if IN_UNITS & set(case.mnemonics) and x.program in STORAGE and y.program in STORAGE:
        return [d for d in diffs if d.kind in ("gr", "storage", "storage-dropped", "cc", "bea",
                                               "teid-address")]
    return []


@undefined("PoP 7 MOVE STRING and others: registers after condition code 3 tell how far it came")
def rounds(case, x, y, diffs):
    """One machine did it in one round and left the register as it was, the other in several."""
    for name, code in case.texts:
        if name in ("MVST", "SRST", "SRSTU", "CLST"):
            ours = {code[3] & 15} | ({code[3] >> 4} if name == "CLST" and x.cc == 0 else set())
            return [d for d in diffs if d.kind == "gr" and int(d.field[3:]) in ours and
                    d.a == case.gr[int(d.field[3:])]]
    return []


# Addresses in registers that the instruction moves on.  In the 24- and 31-bit modes the ignored bits
# of the low word "may be set to zeros or may remain unchanged".  Not MVCL, which always clears them.
MOVES_ON = frozenset(
    "CKSM CLCL CLCLE CLCLU MVCLE MVCLU CLST SRST SRSTU MVST CUSE CU12 CU14 CU21 CU24 CU41 CU42 TRE "
    "TROO TROT TRTO TRTT TRTE TRTRE".split())


@undefined("PoP 7 COMPARE LOGICAL LONG and others: ignored bits of an address that moves on")
def ignored_address_bits(case, x, y, diffs):
    ignored = {0: 0xff000000, 1: 0x80000000}.get(case.psw[0] >> 31 & 3, 0)
    if not MOVES_ON & set(case.mnemonics) or not ignored:
        return []
    # Of ours only one of the two is accepted; the peer may do as it likes.
    return [d for d in diffs if d.kind == "gr" and not (d.a ^ d.b) & ~ignored and
            (d.a & ignored) in (0, case.gr[int(d.field[3:])] & ignored)]


# ---- what the peer cannot show, but the case itself: storage keys (PoP 3 Key-Controlled Protection) ----

REAL = frozenset("PFMF TB IPTE IDTE CRDTE MVCOS MVCK MVCSK MVCDK MVCP MVCS MVPG SPKA LPSW LPSWE".split())
STORE_OVERRIDE = 1 << 24      # of control register 0
FETCH_OVERRIDE = 1 << 25


def permitted(case, page, store):
    """May the PSW key of a case fetch from, or store into, an arena page."""
    key, has = case.psw[0] >> 52 & 15, L.KEYS[page]
    return key in (0, has >> 4) or not store and not has & 8 or \
        has >> 4 == 9 and bool(case.cr[0] & STORE_OVERRIDE)


def keys_of(case, x):
    """[Diff] where our result does not go with the storage keys."""
    if not case.psw[0] >> 52 & 15 or REAL & set(case.mnemonics):
        return []
    out = []
    for offset in x.deltas:
        page = offset // L.PAGE
        if page < len(L.KEYS) and not permitted(case, page, True):
            out.append(Diff("key-ignored %x" % (L.ARENA_BASE + offset), "stored", "protected"))
    teid = x.word(0xa8, 8)
    if x.program == 4 and teid & TEID_PROTECTION == 8:
        space = None
        if case.psw[0] >> 58 & 1:
            space = {0: L.PRIMARY, 2: L.SECONDARY, 3: L.HOME}.get(teid & TEID_SPACE)
        at = L.real_address(space, teid & TEID_ADDRESS)
        page = (at - L.ARENA_BASE) // L.PAGE if at is not None else -1
        if 0 <= page < len(L.KEYS) and permitted(case, page, teid & TEID_STORE == 0x400):
            out.append(Diff("key-invented %x" % (teid & TEID_ADDRESS), "protected", "permitted"))
    return out


def judge(case, x, y):
    """Differences that count, after the undefined ones are gone."""
    diffs = differences(case, x, y)
    for _, rule in UNDEFINED:
        if not diffs:
            break
        gone = rule(case, x, y, diffs)
        if gone:
            diffs = [d for d in diffs if d not in gone]
    return diffs
