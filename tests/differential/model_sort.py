# SPDX-License-Identifier: Apache-2.0
"""Models of the sorting instructions (chapter 7): COMPARE AND FORM CODEWORD and UPDATE TREE.

Both work on 32 bits of the registers in the 24- and 31-bit addressing modes, on 64 bits in the
64-bit mode.  A tree is walked to its end: a model knows no interruption.

References: [PoP 7 COMPARE AND FORM CODEWORD], [PoP 7 UPDATE TREE].
"""

from builder import M64
from model import SPECIFICATION, Program, models


def width(m):
    return 8 if m.amode == 64 else 4


def low(m, reg):
    """The part of a register that the mode uses."""
    return m.gr[reg] & (1 << 8 * width(m)) - 1


def set_part(m, reg, value):
    if m.amode == 64:
        m.gr[reg] = value & M64
    else:
        m.set_low(reg, value)


@models("CFC")
def compare_and_form_codeword(m):
    control = m.address("2")
    limit, from_low = control & 0x7ffe, control & 1
    unit = 6 if m.amode == 64 else 2
    if (m.gr[1] | m.gr[2] | m.gr[3]) & 1:
        raise Program(SPECIFICATION)
    index = m.gr[2] & 0xffff
    while index <= limit:
        first = m.get(m.wrap(m.gr[1] + index), unit)
        third = m.get(m.wrap(m.gr[3] + index), unit)
        index += unit
        if first != third:
            unequal(m, index, first, third, from_low)
            return
    m.cc = 0
    set_part(m, 2, low(m, 3) | 1 << 8 * width(m) - 1)


def unequal(m, index, first, third, from_low):
    """The codeword holds the high operand inverted, or the low one as it is."""
    of_first = (first < third) == bool(from_low)
    key = int.from_bytes(first if of_first else third, "big")
    if not from_low:
        key ^= (1 << 8 * len(first)) - 1
    set_part(m, 2, index << 8 * len(first) | key)
    m.cc = 1
    if of_first:
        m.cc = 2
        one, three = low(m, 1), low(m, 3)
        set_part(m, 1, three)
        set_part(m, 3, one)


@models("UPT")
def update_tree(m):
    """Registers 0 and 1 go up from node to node and exchange places with nodes that are higher."""
    size = width(m)
    if (m.gr[4] | m.gr[5]) & 2 * size - 1:
        raise Program(SPECIFICATION)
    while True:
        index = low(m, 5) >> 1 & ~(2 * size - 1)
        if not index or low(m, 0) >> 8 * size - 1:
            set_part(m, 5, index)
            m.cc = 3 if index else 1
            return
        node = m.wrap(m.gr[4] + index)
        word = int.from_bytes(m.get(node, size), "big")
        data = int.from_bytes(m.get(node + size, size), "big")
        set_part(m, 5, index)
        if word == low(m, 0):
            set_part(m, 2, word)
            set_part(m, 3, data)
            m.cc = 0
            return
        if word > low(m, 0):
            m.put(node, low(m, 0).to_bytes(size, "big") + low(m, 1).to_bytes(size, "big"))
            set_part(m, 0, word)
            set_part(m, 1, data)
