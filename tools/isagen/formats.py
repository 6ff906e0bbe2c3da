# SPDX-License-Identifier: Apache-2.0
"""Instruction formats: where each field lies in the instruction text and in struct dinsn.

A field is (name, first bit, length, slot member, kind).  Kinds: u unsigned, s signed, b base or
index register (0 means "no register" and is decoded as 16, a register that is always zero),
rel: signed halfword count of a relative operand.  A 20-bit displacement is written as field "d"
with length 20 at its DL part; the DH part is known to follow at bit 32.

Reference: [PoP 5 Instruction Formats].
"""

LONG_DISP = 20


def _f(*fields):
    return list(fields)


R1 = ("r1", 8, 4, "r1", "u")
R2 = ("r2", 12, 4, "r2", "u")
B1 = ("b1", 16, 4, "r3", "b")
B2 = ("b2", 16, 4, "r3", "b")

# name: (length in bytes, opcode layout, fields)
# opcode layout: (bits of the second part or None): first part is always bits 0-7.
FORMATS = {
    "E": (2, (8, 8), _f()),
    "I": (2, None, _f(("i1", 8, 8, "imm", "u"))),
    "RR": (2, None, _f(R1, R2)),
    "RI-a": (4, (12, 4), _f(R1, ("i2", 16, 16, "imm", "s"))),
    "RI-b": (4, (12, 4), _f(R1, ("ri2", 16, 16, "imm", "rel"))),
    "RI-c": (4, (12, 4), _f(("m1", 8, 4, "r1", "u"), ("ri2", 16, 16, "imm", "rel"))),
    "RIE-a": (6, (40, 8), _f(R1, ("i2", 16, 16, "imm", "s"), ("m3", 32, 4, "r2", "u"))),
    "RIE-b": (6, (40, 8), _f(R1, R2, ("ri4", 16, 16, "imm", "rel"), ("m3", 32, 4, "r3", "u"))),
    "RIE-c": (6, (40, 8), _f(R1, ("m3", 12, 4, "r3", "u"), ("ri4", 16, 16, "imm", "rel"),
                             ("i2", 32, 8, "r2", "u"))),
    "RIE-d": (6, (40, 8), _f(R1, ("r3", 12, 4, "r3", "u"), ("i2", 16, 16, "imm", "s"))),
    "RIE-e": (6, (40, 8), _f(R1, ("r3", 12, 4, "r3", "u"), ("ri2", 16, 16, "imm", "rel"))),
    "RIE-f": (6, (40, 8), _f(R1, R2, ("i3", 16, 8, "i[0]", "u"), ("i4", 24, 8, "i[1]", "u"),
                             ("i5", 32, 8, "i[2]", "u"))),
    "RIE-g": (6, (40, 8), _f(R1, ("m3", 12, 4, "r3", "u"), ("i2", 16, 16, "imm", "s"))),
    "RIL-a": (6, (12, 4), _f(R1, ("i2", 16, 32, "imm", "s"))),
    "RIL-b": (6, (12, 4), _f(R1, ("ri2", 16, 32, "imm", "rel"))),
    "RIL-c": (6, (12, 4), _f(("m1", 8, 4, "r1", "u"), ("ri2", 16, 32, "imm", "rel"))),
    "RIS": (6, (40, 8), _f(R1, ("m3", 12, 4, "r3", "u"), ("b4", 16, 4, "r2", "b"),
                           ("d4", 20, 12, "h[0]", "u"), ("i2", 32, 8, "i[2]", "u"))),
    "RRD": (4, (8, 8), _f(("r1", 16, 4, "r1", "u"), ("r3", 24, 4, "r3", "u"),
                          ("r2", 28, 4, "r2", "u"))),
    "RRE": (4, (8, 8), _f(("r1", 24, 4, "r1", "u"), ("r2", 28, 4, "r2", "u"))),
    # RRF: R3 and M4, or M3 and M4; RRF-a: R3 only; RRF-c: M3 only
    "RRF-a": (4, (8, 8), _f(("r3", 16, 4, "r3", "u"), ("r1", 24, 4, "r1", "u"),
                            ("r2", 28, 4, "r2", "u"))),
    "RRF-c": (4, (8, 8), _f(("m3", 16, 4, "r3", "u"), ("r1", 24, 4, "r1", "u"),
                            ("r2", 28, 4, "r2", "u"))),
    "RRF": (4, (8, 8), _f(("r3", 16, 4, "r3", "u"), ("m4", 20, 4, "i[0]", "u"),
                          ("r1", 24, 4, "r1", "u"), ("r2", 28, 4, "r2", "u"))),
    # RRF-b: the third operand is written second; RRF-e: M3 and M4
    "RRF-b": (4, (8, 8), _f(("r3", 16, 4, "r3", "u"), ("m4", 20, 4, "i[0]", "u"),
                            ("r1", 24, 4, "r1", "u"), ("r2", 28, 4, "r2", "u"))),
    "RRF-e": (4, (8, 8), _f(("m3", 16, 4, "r3", "u"), ("m4", 20, 4, "i[0]", "u"),
                            ("r1", 24, 4, "r1", "u"), ("r2", 28, 4, "r2", "u"))),
    "RRS": (6, (40, 8), _f(R1, R2, ("b4", 16, 4, "r3", "b"), ("d4", 20, 12, "h[0]", "u"),
                           ("m3", 32, 4, "i[2]", "u"))),
    "RS-a": (4, None, _f(R1, ("r3", 12, 4, "r2", "u"), B2, ("d2", 20, 12, "imm", "u"))),
    "RS-b": (4, None, _f(R1, ("m3", 12, 4, "r2", "u"), B2, ("d2", 20, 12, "imm", "u"))),
    "RSI": (4, None, _f(R1, ("r3", 12, 4, "r3", "u"), ("ri2", 16, 16, "imm", "rel"))),
    "RSL": (6, (40, 8), _f(("l1", 8, 4, "r1", "u"), ("b1", 16, 4, "r3", "b"),
                           ("d1", 20, 12, "imm", "u"))),
    "RSY-a": (6, (40, 8), _f(R1, ("r3", 12, 4, "r2", "u"), B2, ("d2", 20, LONG_DISP, "imm", "s"))),
    "RSY-b": (6, (40, 8), _f(R1, ("m3", 12, 4, "r2", "u"), B2, ("d2", 20, LONG_DISP, "imm", "s"))),
    "RX-a": (4, None, _f(R1, ("x2", 12, 4, "r2", "b"), B2, ("d2", 20, 12, "imm", "u"))),
    "RX-b": (4, None, _f(("m1", 8, 4, "r1", "u"), ("x2", 12, 4, "r2", "b"), B2,
                         ("d2", 20, 12, "imm", "u"))),
    "RXE": (6, (40, 8), _f(R1, ("x2", 12, 4, "r2", "b"), B2, ("d2", 20, 12, "imm", "u"))),
    "RXF": (6, (40, 8), _f(("r3", 8, 4, "i[2]", "u"), ("x2", 12, 4, "r2", "b"), B2,
                           ("d2", 20, 12, "h[0]", "u"), ("r1", 32, 4, "r1", "u"))),
    "RXY-a": (6, (40, 8), _f(R1, ("x2", 12, 4, "r2", "b"), B2,
                             ("d2", 20, LONG_DISP, "imm", "s"))),
    "RXY-b": (6, (40, 8), _f(("m1", 8, 4, "r1", "u"), ("x2", 12, 4, "r2", "b"), B2,
                             ("d2", 20, LONG_DISP, "imm", "s"))),
    "S": (4, (8, 8), _f(B2, ("d2", 20, 12, "imm", "u"))),
    # S format with a one-byte operation code (SSM, LPSW …)
    "S1": (4, None, _f(B2, ("d2", 20, 12, "imm", "u"))),
    "SI": (4, None, _f(("i2", 8, 8, "r1", "u"), B1, ("d1", 20, 12, "imm", "u"))),
    "SIL": (6, (8, 8), _f(("b1", 16, 4, "r3", "b"), ("d1", 20, 12, "h[0]", "u"),
                          ("i2", 32, 16, "h[1]", "u"))),
    "SIY": (6, (40, 8), _f(("i2", 8, 8, "r1", "u"), B1, ("d1", 20, LONG_DISP, "imm", "s"))),
    "SMI": (6, None, _f(("m1", 8, 4, "r1", "u"), ("b3", 16, 4, "r3", "b"),
                        ("d3", 20, 12, "h[0]", "u"), ("ri2", 32, 16, "h[1]", "u"))),
    "MII": (6, None, _f(("m1", 8, 4, "r1", "u"), ("ri2", 12, 12, "imm", "s"))),
    "IE": (4, (8, 8), _f(("i1", 24, 4, "r1", "u"), ("i2", 28, 4, "r2", "u"))),
    # SS-a: L; b: L1 L2; c: L1 I3; d: R1 R3; e: R1 R3 with second operands; f: L2
    "SS-a": (6, None, _f(("l1", 8, 8, "r1", "u"), ("b1", 16, 4, "r2", "b"), ("d1", 20, 12, "h[0]", "u"),
                         ("b2", 32, 4, "r3", "b"), ("d2", 36, 12, "h[1]", "u"))),
    "SS-b": (6, None, _f(("l12", 8, 8, "r1", "u"), ("b1", 16, 4, "r2", "b"),
                         ("d1", 20, 12, "h[0]", "u"), ("b2", 32, 4, "r3", "b"),
                         ("d2", 36, 12, "h[1]", "u"))),
    "SS-c": (6, None, _f(("l1i3", 8, 8, "r1", "u"), ("b1", 16, 4, "r2", "b"),
                         ("d1", 20, 12, "h[0]", "u"), ("b2", 32, 4, "r3", "b"),
                         ("d2", 36, 12, "h[1]", "u"))),
    "SS-d": (6, None, _f(("r13", 8, 8, "r1", "u"), ("b1", 16, 4, "r2", "b"),
                         ("d1", 20, 12, "h[0]", "u"), ("b2", 32, 4, "r3", "b"),
                         ("d2", 36, 12, "h[1]", "u"))),
    "SS-e": (6, None, _f(("r13", 8, 8, "r1", "u"), ("b2", 16, 4, "r2", "b"),
                         ("d2", 20, 12, "h[0]", "u"), ("b4", 32, 4, "r3", "b"),
                         ("d4", 36, 12, "h[1]", "u"))),
    "SS-f": (6, None, _f(("l2", 8, 8, "r1", "u"), ("b1", 16, 4, "r2", "b"), ("d1", 20, 12, "h[0]", "u"),
                         ("b2", 32, 4, "r3", "b"), ("d2", 36, 12, "h[1]", "u"))),
    "SSE": (6, (8, 8), _f(("b1", 16, 4, "r2", "b"), ("d1", 20, 12, "h[0]", "u"),
                          ("b2", 32, 4, "r3", "b"), ("d2", 36, 12, "h[1]", "u"))),
    "SSF": (6, (12, 4), _f(("r3", 8, 4, "r1", "u"), ("b1", 16, 4, "r2", "b"),
                           ("d1", 20, 12, "h[0]", "u"), ("b2", 32, 4, "r3", "b"),
                           ("d2", 36, 12, "h[1]", "u"))),
}

# Operand syntax of the disassembler, in assembler order.  {d2(x2,b2)} style names are fields.
SYNTAX = {
    "E": "", "I": "i1", "RR": "r1,r2", "RI-a": "r1,i2", "RI-b": "r1,ri2", "RI-c": "m1,ri2",
    "RIE-a": "r1,i2,m3", "RIE-b": "r1,r2,m3,ri4", "RIE-c": "r1,i2,m3,ri4", "RIE-d": "r1,r3,i2",
    "RIE-e": "r1,r3,ri2", "RIE-f": "r1,r2,i3,i4,i5", "RIE-g": "r1,i2,m3", "RIL-a": "r1,i2",
    "RIL-b": "r1,ri2", "RIL-c": "m1,ri2", "RIS": "r1,i2,m3,d4(b4)", "RRD": "r1,r3,r2",
    "RRE": "r1,r2", "RRF-a": "r1,r2,r3", "RRF-c": "r1,r2,m3", "RRF": "r1,r2,r3,m4",
    "RRF-b": "r1,r3,r2,m4?", "RRF-e": "r1,m3,r2,m4?",
    "RRS": "r1,r2,m3,d4(b4)", "RS-a": "r1,r3,d2(b2)",
    "RS-b": "r1,m3,d2(b2)", "RSI": "r1,r3,ri2", "RSL": "d1(l1,b1)", "RSY-a": "r1,r3,d2(b2)",
    "RSY-b": "r1,m3,d2(b2)", "RX-a": "r1,d2(x2,b2)", "RX-b": "m1,d2(x2,b2)",
    "RXE": "r1,d2(x2,b2)", "RXF": "r1,r3,d2(x2,b2)", "RXY-a": "r1,d2(x2,b2)",
    "RXY-b": "m1,d2(x2,b2)", "S": "d2(b2)", "S1": "d2(b2)", "SI": "d1(b1),i2",
    "SIL": "d1(b1),i2", "SIY": "d1(b1),i2", "SMI": "m1,ri2,d3(b3)", "MII": "m1,ri2,ri3",
    "IE": "i1,i2", "SS-a": "d1(l1,b1),d2(b2)", "SS-b": "d1(l1,b1),d2(l2,b2)",
    "SS-c": "d1(l1,b1),d2(b2),i3", "SS-d": "d1(r1,b1),d2(b2),r3", "SS-e": "r1,d2(b2),r3,d4(b4)",
    "SS-f": "d1(b1),d2(l2,b2)", "SSE": "d1(b1),d2(b2)", "SSF": "d1(b1),d2(b2),r3",
}

# Fields that two nibbles of one decoded byte stand for: name -> C expression on the slot.
NIBBLES = {
    "SS-b": {"l1": "(d->r1 >> 4)", "l2": "(d->r1 & 15)"},
    "SS-c": {"l1": "(d->r1 >> 4)", "i3": "(d->r1 & 15)"},
    "SS-d": {"r1": "(d->r1 >> 4)", "r3": "(d->r1 & 15)"},
    "SS-e": {"r1": "(d->r1 >> 4)", "r3": "(d->r1 & 15)"},
}
