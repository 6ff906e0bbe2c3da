#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Prints the table for alignment.c: instructions whose records demand an aligned operand."""

import glob
import os
import re
import sys

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
sys.path.insert(0, os.path.join(ROOT, "tools/isagen"))

import records  # noqa: E402


def text(insn, operand):
    """GR2 is the base of the operand in question, GR4 of the others; register operands are 4 and 6."""
    length, second, fields = records.FORMATS[insn.format]
    bits = length * 8
    value = int(insn.opcode[:2], 16) << (bits - 8)
    if second is None or second[0] == 8:
        value = int(insn.opcode, 16) << (bits - len(insn.opcode) * 4)
    else:
        value |= int(insn.opcode[2:], 16) << (bits - second[0] - second[1])
    for name, first, n, _, _ in fields:
        if name.startswith("b"):
            value |= (2 if name[1:] == operand else 4) << (bits - first - n)
        elif name.startswith("r") and n == 4:
            value |= (4 if name == "r1" else 6) << (bits - first - n)
    return value << (48 - bits)


def main():
    isa = records.load(sorted(glob.glob(os.path.join(ROOT, "isa/*.isa"))))
    for insn in isa.insns:
        for check in insn.checks:
            m = re.match(r"align\(a(\d), (\d+)\)", check)
            if m and insn.format != "RIL-b":
                fac = (insn.fac + [0])[0]
                print('{"%s", %d, %d, %s, 0x%012xUL},' % (
                    insn.mnemonic, insn.length, fac, m.group(2), text(insn, m.group(1))))


main()
