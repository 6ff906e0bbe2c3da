# SPDX-License-Identifier: Apache-2.0
"""Operands of instructions that "random fields, addresses into the arena" does not serve.

`generic` builds most instructions; HOOKS has a function for each instruction whose registers hold
addresses or lengths, whose operands must be related (COMPARE AND SWAP), or whose storage operand
has a form (EDIT, LOAD PSW).  A hook fills b.values, the fields of the instruction; it need not be
right about everything, because wrong operands are tests too.

Chapter and instruction names are those of the Principles of Operation.
"""

import layout as L
import values as V
from builder import AMODE_MASK, M64

HOOKS = {}

# Instructions with a CPU-determined stop (condition code 3): the program branches back until done.
LOOP = frozenset((
    "MVCLE", "CLCLE", "MVCLU", "CLCLU", "MVST", "CLST", "SRST", "SRSTU", "CKSM", "CUSE", "TRE",
    "TROO", "TROT", "TRTO", "TRTT", "TRTE", "TRTRE", "CU12", "CU14", "CU21", "CU24", "CU41", "CU42",
    "CUTFU", "CUUTF"))

# Not strung together with others: much of what they do is open, or the peer's faults would hide what
# comes after them (known_faults.py).
ALONE = LOOP | frozenset((
    "MVCL", "CLCL", "SAM24", "SAM31", "SAM64", "BSM", "BASSM", "TR", "PKA", "PKU", "UNPKA", "UNPKU",
    "UNPK", "EPSW", "STMH", "LOC", "LOCG", "LOCFH", "STOC", "STOCG", "STOCFH", "BIC", "MVCIN", "CSST",
    "MDEB", "MDEBR", "MXDB", "MXDBR", "LXR", "MAEB", "MAEBR", "MADB", "MADBR", "MSEB",
    "MSEBR", "MSDB", "MSDBR", "EX", "CFC", "UPT"))

# The address operand is a branch target.
BRANCH = frozenset((
    "BC", "BCT", "BCTG", "BAL", "BAS", "BXH", "BXLE", "BXHG", "BXLEG", "CRB", "CGRB", "CIB", "CGIB",
    "CLRB", "CLGRB", "CLIB", "CLGIB"))
BRANCH_REGISTER = frozenset(("BCR", "BALR", "BASR", "BCTR", "BCTGR", "BASSM", "BSM"))
# The second operand is an address without an access, or a number.
NUMBER = frozenset(("SLA", "SLDA", "SLDL", "SLL", "SRA", "SRDA", "SRDL", "SRL", "SLAG", "SLLG",
                    "SRAG", "SRLG", "SLAK", "SLLK", "SRAK", "SRLK", "RLL", "RLLG", "LA", "LAY", "LAE",
                    "LAEY", "BPP", "PFD", "SPKA", "SRNM", "SRNMB", "SRNMT", "TCEB", "TCDB", "TCXB",
                    "ECAG"))
# Relative operands that are storage operands; all other relative operands are branches.
RELATIVE_DATA = frozenset((
    "LRL", "LGRL", "LGFRL", "LHRL", "LGHRL", "LLGFRL", "LLHRL", "LLGHRL", "STRL", "STGRL", "STHRL",
    "CRL", "CGRL", "CGFRL", "CHRL", "CGHRL", "CLRL", "CLGRL", "CLGFRL", "CLHRL", "CLGHRL", "PFDRL"))


def hook(*names):
    def register(f):
        for name in names:
            HOOKS[name] = f
        return f
    return register


def operand_length(b, spec, number):
    """Length in bytes of storage operand `number`, 0 if the format does not say."""
    v = b.values
    if spec.format == "SS-b":
        return (v["l12"] >> 4 if number == "1" else v["l12"] & 15) + 1
    if spec.format == "SS-a" or spec.format == "RSL":
        return v.get("l1", 0) + 1
    if spec.format == "SS-c" and number == "1":
        return (v["l1i3"] >> 4) + 1
    if spec.format == "SS-f" and number == "2":
        return v["l2"] + 1
    return spec.size


def generic(b, spec):
    v, rng = b.values, b.rng
    for n in spec.addresses:
        if spec.mnemonic in BRANCH:
            b.place(spec, n, b.landing(), exact=True)
        elif spec.plain_address or spec.mnemonic in NUMBER:
            b.place(spec, n, V.register(rng), noise=False)
            if rng.random() < 0.4:
                v["b" + n] = 0
        else:
            length = operand_length(b, spec, n)
            size = length or rng.choice((1, 2, 4, 8, 16))
            a = b.place(spec, n, b.pointer(size, spec.align.get(n, 0)))
            b.mark(a, 64)
            if rng.random() < 0.9:
                b.poke(a, b.storage_value(spec, length))
    if len(spec.addresses) > 1:
        b.case.tags.add("two-operands")
    for name, field in spec.fields.items():
        if field[4] == "rel":
            relative_operand(b, spec, name)
    if spec.mnemonic in BRANCH_REGISTER and v["r2"]:
        b.set_gr(v["r2"], b.address_value(b.landing()))


def relative_operand(b, spec, name):
    if spec.mnemonic in RELATIVE_DATA:
        size = spec.size or 8
        a = b.pointer(size, max(2, spec.align.get("2", 2))) & ~1
        if not 0 <= a < 1 << 32:
            a = L.ARENA_BASE + 2 * L.PAGE
        b.relative(name, spec, a)
        b.poke((b.here() + 2 * b.values[name]) & M64, b.storage_value(spec, size))
    elif spec.mnemonic == "LARL":
        b.values[name] = b.immediate(32, "s")
    else:
        target = b.landing() & ~1
        if spec.fields[name][2] == 16:
            target = b.here() + 2 * b.rng.choice((1, -1)) * b.rng.randrange(64, 30000)
        b.relative(name, spec, target)


# ---- helpers ----

def length_value(b, length, upper=0):
    """A 32- or 64-bit length in a register; `upper`: bits of it that mean something else."""
    if b.clean or b.mode.amode == 64 and not upper:
        return length | upper
    return b.rng.getrandbits(32) << 32 | length | upper


def pair(b, spec, field, address, value, avoid=(0, 1)):
    """An even-odd pair: address and length (ready made)."""
    reg = b.free(even=True, avoid=avoid)
    b.set_gr(reg, b.address_value(address))
    b.set_gr(reg + 1, value)
    b.values[field] = reg | (1 if not b.clean and b.rng.random() < 0.02 else 0)
    return reg


def small(b):
    """A length: mostly some bytes, sometimes across pages."""
    r = b.rng.random()
    if r < 0.1:
        return 0
    if r < 0.7:
        return b.rng.randrange(1, 40)
    return b.rng.randrange(1, 600)


def source(b, size, data=None):
    """An operand of its own: where operands overlap destructively the result is unpredictable."""
    size = max(size, 1)
    for _ in range(8):
        a = b.pointer(size)
        mine = {L.real_address(b.mode.space, x & AMODE_MASK[b.mode.amode]) or -x
                for x in range(a, a + size)}
        if not mine & b.taken:
            break
    b.taken |= mine
    if data is not None:
        b.poke(a, data[:4096])
    return a
