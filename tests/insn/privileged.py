#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Prints the table of privileged instructions for privileged.c, from the records in isa/."""

import glob
import os
import sys

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
sys.path.insert(0, os.path.join(ROOT, "tools/isagen"))

import records  # noqa: E402


def text(insn, fill):
    """Instruction text; register fields hold `fill`, displacements 1 if it is odd."""
    length, second, fields = records.FORMATS[insn.format]
    bits = length * 8
    digits = len(insn.opcode) * 4
    value = 0
    if second is None or second[0] == 8:
        value = int(insn.opcode, 16) << (bits - digits)
    else:
        value = int(insn.opcode[:2], 16) << (bits - 8)
        value |= int(insn.opcode[2:], 16) << (bits - second[0] - second[1])
    for name, first, n, _, kind in fields:
        if name.startswith("r") and n == 4:
            value |= fill << (bits - first - n)
        elif name.startswith("d") and fill & 1:
            value |= 1 << (bits - first - (12 if n == 20 else n))
    return value << (48 - bits)


def main():
    isa = records.load(sorted(glob.glob(os.path.join(ROOT, "isa/*.isa"))))
    for insn in isa.insns:
        if insn.supervisor:
            fac = (insn.fac + [0, 0])[:2]
            print('{"%s", %d, {%d, %d}, {0x%012xUL, 0x%012xUL}},' % (
                insn.mnemonic, insn.length, fac[0], fac[1], text(insn, 2), text(insn, 3)))


main()
