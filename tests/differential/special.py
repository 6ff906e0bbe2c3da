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
from builder import AMODE_MASK, AMODE_PSW, M64

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
    "MSEBR", "MSDB", "MSDBR", "EX"))

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


# ---- chapter 7: branches, EXECUTE ----

@hook("BIC")
def bic(b, spec):
    a = b.place(spec, "2", b.pointer(8, 8), exact=True)
    b.poke(a, b.address_value(b.landing()).to_bytes(8, "big"))


@hook("BASSM", "BSM")
def set_mode(b, spec):
    """R2: the new addressing mode in bits 32 and 63, or no branch with R2 zero."""
    if b.rng.random() < 0.85:
        amode = b.rng.choice((24, 31, 64))
        target = b.landing() & ~1 & AMODE_MASK[amode]
        if amode == 64:
            target |= 1
        else:
            target |= b.rng.getrandbits(32) << 32 | (0x80000000 if amode == 31 else 0)
        b.values["r2"] = b.free(avoid=(0,))
        b.set_gr(b.values["r2"], target)
    else:
        b.values["r2"] = 0


@hook("RNSBG", "ROSBG", "RXSBG")
def rotate_then(b, spec):
    """Without the T bit, at which the peer dies (tcg fatal error)."""
    b.values["i3"] &= 0x7f


@hook("BPRP", "NIAI", "PPA", "LARL")
def plain(b, spec):
    for name, field in spec.fields.items():
        if field[4] == "rel":
            b.values[name] = b.immediate(field[2], "s")


@hook("EX", "EXRL")
def execute(b, spec):
    """The target lies in the code arena, some way behind the case."""
    rng = b.rng
    mine, size = b.values, b.size
    target_spec = b.choose_target()
    b.values = b.random_fields(target_spec)
    # What is relative in the target counts from the target's own address.
    b.size = 64 + 2 * rng.randrange(20)
    address = b.here()
    if target_spec.mnemonic not in ("EX", "EXRL"):      # those end in an execute exception
        HOOKS.get(target_spec.mnemonic, generic)(b, target_spec)
    b.case.target = (target_spec.mnemonic, target_spec.encode(b.values), address)
    b.values, b.size = mine, size
    used = set(b.pinned)
    modify = 0
    if rng.random() < 0.6:
        reg = rng.choice([r for r in range(16) if r not in used] or [0])
        b.values["r1"] = reg
        if reg:
            safe = target_spec.format in ("SS-a", "SI", "I", "SIY") or b.mode.space
            # not into another operation code, which may be one that only the peer has
            free = {None: 0xff, (40, 8): 0xff, (12, 4): 0xf0}.get(target_spec.layout, 0)
            free = 0 if target_spec.format == "S1" else free
            modify = rng.getrandbits(8) & free if safe else 0
            if reg in b.pinned:
                modify = b.pinned[reg] & 0xff
            else:
                b.set_gr(reg, rng.getrandbits(56) << 8 | modify)
    else:
        b.values["r1"] = 0
    if "ri2" in spec.fields:
        b.relative("ri2", spec, address)
    else:
        b.place(spec, "2", address | (1 if rng.random() < 0.02 else 0), exact=True)
    b.case.tags.add("execute")


# ---- chapter 7: storage-to-storage ----

@hook("MVCIN")
def move_inverse(b, spec):
    """The second operand is named by its right end; operands do not overlap."""
    n = b.values["l1"] + 1
    b.place(spec, "1", source(b, n))
    b.place(spec, "2", source(b, n) + n - 1)
    b.case.tags.add("two-operands")


@hook("MVC", "MVN", "MVZ", "NC", "OC", "XC", "CLC", "MVO", "MVCRL")
def storage_to_storage(b, spec):
    rng, v = b.rng, b.values
    generic(b, spec)
    n = operand_length(b, spec, "1")
    if rng.random() < 0.3 and v["b1"] and v["b2"]:
        # overlapping operands, or the same one
        at = b.pinned[v["b1"]] + v["d1"] + rng.choice((0, 1, -1, 8, -8, n - 1, 1 - n, 3))
        v["b2"], v["d2"] = v["b1"], v["d1"]
        other = b.free(avoid=(0,))
        if other not in b.pinned:
            d = rng.randrange(256)
            b.set_gr(other, at - d)
            v["b2"], v["d2"] = other, d
    if spec.mnemonic in ("CLC", "XC", "NC", "OC") and rng.random() < 0.6:
        a1 = b.pinned.get(v["b1"], 0) + v["d1"]
        a2 = b.pinned.get(v["b2"], 0) + v["d2"]
        data = bytearray(V.text(rng, n))
        b.poke(a1, bytes(data))
        if rng.random() < 0.7:
            data[rng.randrange(n)] = rng.getrandbits(8)
        b.poke(a2, bytes(data))


@hook("TR", "TRT", "TRTR")
def translate(b, spec):
    generic(b, spec)
    v, rng = b.values, b.rng
    if spec.mnemonic != "TR":
        table = bytearray(256)
        for _ in range(rng.randrange(4)):
            table[rng.getrandbits(8)] = rng.getrandbits(8)
        a2 = b.pointer(256)
        base = b.free(avoid=(0, 1, 2, v["b1"]))
        if base not in b.pinned:
            v["b2"], v["d2"] = base, 0
            b.set_gr(base, b.address_value(a2))
            b.poke(a2, bytes(table))


@hook("MVCL", "CLCL")
def long_move(b, spec):
    rng = b.rng
    lengths = [rng.choice((small(b), small(b), 300)) for _ in range(2)]
    if rng.random() < 0.4:
        lengths[1] = lengths[0]
    data = V.text(rng, lengths[0])
    a1 = source(b, lengths[0], data)
    a2 = source(b, lengths[1], data[:lengths[1]])
    if rng.random() < 0.25:      # here destructive overlap is defined (condition code 3)
        a2 = a1 + rng.choice((0, 1, -1, lengths[0] // 2, -7))
    pair(b, spec, "r1", a1, length_value(b, lengths[0], rng.getrandbits(8) << 24), avoid=())
    pair(b, spec, "r2", a2, length_value(b, lengths[1], rng.getrandbits(8) << 24), avoid=())
    b.case.tags.add("two-operands")


@hook("MVCLE", "CLCLE", "MVCLU", "CLCLU")
def long_extended(b, spec):
    rng = b.rng
    lengths = [small(b) for _ in range(2)]
    if rng.random() < 0.4:
        lengths[1] = lengths[0]
    if spec.mnemonic[-1] == "U" and rng.random() < 0.93:
        lengths = [n & ~1 for n in lengths]
    data = V.text(rng, lengths[0])
    a1 = source(b, lengths[0], data)
    a2 = source(b, lengths[1], data[:lengths[1]])
    pair(b, spec, "r1", a1, length_value(b, lengths[0]), avoid=())
    pair(b, spec, "r3", a2, length_value(b, lengths[1]), avoid=())
    # the pad character; not from a register that changes while the program branches back
    b.values["b2"], b.values["d2"] = 0, rng.getrandbits(8)
    b.case.tags.add("two-operands")


@hook("MVST", "CLST")
def strings(b, spec):
    rng = b.rng
    n = small(b)
    end = rng.getrandbits(8)
    data = bytes(c if c != end else c ^ 1 for c in V.text(rng, n))
    a1, a2 = source(b, n + 1), source(b, n + 1)
    b.poke(a2, data + bytes([end]))
    if spec.mnemonic == "CLST":
        b.poke(a1, (data[:rng.randrange(n + 1)] if rng.random() < 0.5 else data) + bytes([end]))
    b.set_gr(0, rng.getrandbits(32) << 32 | end | (256 if rng.random() < 0.02 else 0))
    b.values["r1"] = b.address_reg(a1)
    b.values["r2"] = b.address_reg(a2)
    b.case.tags.add("two-operands")


@hook("SRST", "SRSTU")
def search_string(b, spec):
    rng = b.rng
    wide = spec.mnemonic == "SRSTU"
    n = small(b)
    data = V.text(rng, n)
    a = source(b, n, data)
    char = rng.getrandbits(8) if rng.random() < 0.5 or not data else rng.choice(data)
    if wide:
        char = char << 8 | (rng.choice(data) if data else 0)
    if rng.random() < 0.02:
        char |= 0x10000 if wide else 0x100
    b.set_gr(0, rng.getrandbits(32) << 32 | char)
    b.values["r2"] = b.address_reg(a)
    b.values["r1"] = b.address_reg(a + n)


@hook("CKSM")
def checksum(b, spec):
    b.clean = True      # the peer takes 64 bits of length in all modes, and then takes years
    n = small(b)
    a = source(b, n)
    pair(b, spec, "r2", a, length_value(b, n), avoid=())


@hook("CUSE")
def until_substring_equal(b, spec):
    rng = b.rng
    n = [small(b), small(b)]
    data = V.text(rng, max(n))
    b.set_gr(0, rng.getrandbits(56) << 8 | rng.choice((0, 1, 2, 4, 5, 20)))
    b.set_gr(1, rng.getrandbits(64))
    pair(b, spec, "r1", source(b, n[0], data), length_value(b, n[0]))
    pair(b, spec, "r2", source(b, n[1], data), length_value(b, n[1]))
    b.case.tags.add("two-operands")


@hook("TRE")
def translate_extended(b, spec):
    n = small(b)
    b.set_gr(0, b.rng.getrandbits(64))
    pair(b, spec, "r1", source(b, n), length_value(b, n))
    b.values["r2"] = b.address_reg(source(b, 256), avoid=(0, 1))
    b.case.tags.add("two-operands")


@hook("TROO", "TROT", "TRTO", "TRTT")
def translate_one_two(b, spec):
    rng = b.rng
    wide_in, wide_out = spec.mnemonic[2] == "T", spec.mnemonic[3] == "T"
    n = small(b)
    if b.mode.space is None:
        # The peer does not check R1 and takes length 0 for 2**64: it would overwrite the guest.
        b.clean, n = True, max(n, 1)
    length = n * (2 if wide_in else 1)
    # the table: 256 or 64 Ki entries; the source stays among the first few to stay in the arena
    size_out = 2 if wide_out else 1
    data = bytes(x for _ in range(n) for x in
                 ([rng.randrange(2)] if wide_in else []) + [rng.getrandbits(8)])
    table = source(b, 520 * size_out) & -8
    test = rng.getrandbits(8 * size_out) if rng.random() < 0.6 else 0
    b.set_gr(0, rng.getrandbits(32) << 32 | test)
    b.set_gr(1, b.address_value(table) & ~7 | (0 if rng.random() < 0.9 else 4))
    pair(b, spec, "r1", source(b, n * size_out), length_value(b, length))
    b.values["r2"] = b.address_reg(source(b, length, data), avoid=(0, 1))
    b.values["m3"] = rng.choice((0, 0, 1))
    b.case.tags.add("two-operands")


@hook("TRTE", "TRTRE")
def translate_and_test_extended(b, spec):
    rng = b.rng
    m3 = rng.getrandbits(4)
    char = 2 if m3 & 8 else 1
    code = 2 if m3 & 4 else 1
    n = small(b)
    data = bytes(x for _ in range(n) for x in ([0] if char == 2 else []) + [rng.getrandbits(8)])
    table = source(b, 264 * code) & -8
    b.poke(table, bytes(rng.getrandbits(8) if rng.random() < 0.05 else 0
                        for _ in range(256 * code)))
    b.set_gr(1, b.address_value(table) & ~7)
    a = source(b, n * char, data)
    if spec.mnemonic == "TRTRE" and n:
        a += (n - 1) * char
    pair(b, spec, "r1", a, length_value(b, n * char))
    b.values["r2"] = b.free(avoid=(0, 1))
    b.values["m3"] = m3
    b.case.tags.add("two-operands")


@hook("CU12", "CU14", "CU21", "CU24", "CU41", "CU42", "CUTFU", "CUUTF")
def unicode(b, spec):
    rng = b.rng
    name = {"CUTFU": "CU12", "CUUTF": "CU21"}.get(spec.mnemonic, spec.mnemonic)
    n = rng.randrange(30)
    data = V.unicode_text(rng, int(name[2]), n)
    if data and rng.random() < 0.1:
        data = data[:rng.randrange(len(data))]
    room = rng.choice((200, 200, 200, rng.randrange(120)))
    pair(b, spec, "r1", source(b, room), length_value(b, room), avoid=())
    pair(b, spec, "r2", source(b, len(data), data), length_value(b, len(data)), avoid=())
    if "m3" in b.values:
        b.values["m3"] = rng.choice((0, 1))
    b.case.tags.add("two-operands")


# ---- chapter 7: interlocked ----

@hook("CS", "CSY", "CSG", "CDS", "CDSY", "CDSG")
def compare_and_swap(b, spec):
    rng, v = b.rng, b.values
    double = spec.mnemonic.startswith("CD")
    width = 8 if spec.mnemonic.endswith("G") else 4
    if rng.random() < 0.9:
        v["r1"] = b.free(even=double)
    odd = v["r1"] & 1 and double
    first = V.register(rng)
    b.set_gr(v["r1"], first)
    data = (first & (1 << width * 8) - 1).to_bytes(width, "big")
    if double and not odd:
        second = V.register(rng)
        b.set_gr(v["r1"] + 1, second)
        data += (second & (1 << width * 8) - 1).to_bytes(width, "big")
    a = b.place(spec, "2", b.pointer(len(data), len(data)))
    if rng.random() < 0.4:
        data = bytearray(data)
        data[rng.randrange(len(data))] ^= 1 << rng.randrange(8)
    b.poke(a, bytes(data))


@hook("CSP", "CSPG")
def compare_and_swap_and_purge(b, spec):
    rng, v = b.rng, b.values
    width = 8 if spec.mnemonic == "CSPG" else 4
    v["r1"] = b.free(even=True) | (1 if rng.random() < 0.05 else 0)
    value = V.register(rng)
    b.set_gr(v["r1"], value)
    a = b.pointer(width, 8, good=True) & -width
    b.poke(a, ((value ^ (rng.random() < 0.4)) & (1 << width * 8) - 1).to_bytes(width, "big"))
    v["r2"] = b.address_reg(a | rng.getrandbits(2), avoid=(v["r1"] | 1,))


@hook("CSST")
def compare_and_swap_and_store(b, spec):
    rng, v = b.rng, b.values
    fc = rng.choice((0, 1, 2, 0, 1, 2, 3))
    sc = rng.choice((1, 2, 3, 4, 4, 5))      # not 0: the peer dies (bitops.h, extract32)
    width = 4 << fc if fc < 3 else 4
    b.set_gr(0, rng.getrandbits(32) << 32 | sc << 8 | fc | (0 if rng.random() < 0.95 else 1 << 20))
    plist = b.pointer(32, 32 if rng.random() < 0.9 else 1)
    b.set_gr(1, b.address_value(plist))
    old = rng.randbytes(width)
    b.poke(plist, rng.randbytes(32))
    if "r3" in v and rng.random() < 0.9:
        v["r3"] = b.free(even=fc == 2)
    v["r3"] = v["r3"] & ~1 if fc == 2 and rng.random() < 0.95 else v["r3"]
    # the compare value is in R3 (and R3+1)
    value = int.from_bytes(old, "big")
    if width == 16:
        b.set_gr(v["r3"] & ~1, value >> 64)
        b.set_gr(v["r3"] | 1, value & M64)
    else:
        b.set_gr(v["r3"], rng.getrandbits(64) >> 32 << 32 | value if width == 4 else value)
    a1 = b.place(spec, "1", b.pointer(width, width))
    b.poke(a1, old if rng.random() < 0.7 else rng.randbytes(width))
    size = 1 << sc if sc < 5 else 1
    b.place(spec, "2", b.pointer(size, size))
    b.case.tags.add("two-operands")


@hook("PLO")
def perform_locked_operation(b, spec):
    rng, v = b.rng, b.values
    fc = rng.randrange(24)
    pool = [rng.randbytes(16) for _ in range(2)]
    b.set_gr(0, rng.getrandbits(32) << 32 | fc | (0x100 if rng.random() < 0.1 else 0) |
             (0x80 if rng.random() < 0.02 else 0))
    b.set_gr(1, b.address_value(b.pointer(8)))
    v["r1"], v["r3"] = b.free(even=True), b.free(even=True)
    for r in (v["r1"], v["r1"] + 1, v["r3"], v["r3"] + 1):
        b.set_gr(r, int.from_bytes(rng.choice(pool)[:8], "big"))
    width = (4, 8, 8, 16)[fc % 4]
    a2 = b.place(spec, "2", b.pointer(width, width))
    b.poke(a2, rng.choice(pool))
    a4 = b.place(spec, "4", b.pointer(144, 8))
    plist = bytearray(rng.choice(pool) * 9)
    for offset in (72, 104, 136):
        operand = b.pointer(width, width, good=True)
        b.poke(operand, rng.choice(pool))
        plist[offset:offset + 8] = b.address_value(operand).to_bytes(8, "big")
    b.poke(a4, bytes(plist))
    b.case.tags.add("two-operands")


@hook("LM", "LMY", "LMG", "LMH", "LAM", "LAMY", "STM", "STMY", "STMG", "STMH", "STAM", "STAMY",
      "LCTL", "LCTLG", "STCTL", "STCTG")
def multiple(b, spec):
    v, rng = b.values, b.rng
    width = 8 if spec.mnemonic in ("LMG", "STMG", "LCTLG", "STCTG") else 4
    size = (((v["r3"] - v["r1"]) & 15) + 1) * width
    a = b.place(spec, "2", b.pointer(size, spec.align.get("2", rng.choice((0, 4, 8)))))
    b.poke(a, b"".join(V.integer(rng, 8 * width).to_bytes(width, "big")
                       for _ in range(size // width)))


# ---- conversions and decimal ----

@hook("CVB", "CVBY", "CVBG")
def convert_to_binary(b, spec):
    rng = b.rng
    size = 16 if spec.mnemonic == "CVBG" else 8
    a = b.place(spec, "2", b.pointer(size))
    r = rng.random()
    if r < 0.5:
        n = rng.choice((V.integer(rng, 32), V.integer(rng, 63), 1 << 31, (1 << 31) - 1,
                        (1 << 31) + 1, 1 << 63, (1 << 63) - 1, (1 << 63) + 1)) % 10 ** (size * 2 - 1)
        b.poke(a, bytes.fromhex("%0*d%s" % (size * 2 - 1, n, rng.choice("cdfabe"))))
    else:
        b.poke(a, V.packed(rng, size))


@hook("AP", "SP", "ZAP", "CP", "MP", "DP", "MVO", "PACK", "UNPK")
def decimal(b, spec):
    rng, v = b.rng, b.values
    if spec.mnemonic in ("MP", "DP") and rng.random() < 0.9:
        l2 = rng.randrange(8)
        l1 = rng.randrange(l2 + 1, 16)
        v["l12"] = l1 << 4 | l2
    l1, l2 = (v["l12"] >> 4) + 1, (v["l12"] & 15) + 1
    a1 = b.place(spec, "1", b.pointer(l1))
    a2 = b.place(spec, "2", b.pointer(l2))
    first = V.packed(rng, l1)
    if spec.mnemonic == "MP" and rng.random() < 0.9:
        first = bytes(l2) + V.packed(rng, l1 - l2) if l1 > l2 else first
    if spec.mnemonic == "DP" and rng.random() < 0.8 and l1 > l2:
        first = bytes(l2) + V.packed(rng, l1 - l2)
    b.poke(a1, first)
    b.poke(a2, V.zoned(rng, l2) if spec.mnemonic == "PACK" else V.packed(rng, l2))
    b.case.tags.add("two-operands")


@hook("SRP")
def shift_and_round(b, spec):
    rng, v = b.rng, b.values
    n = (v["l1i3"] >> 4) + 1
    if rng.random() < 0.9:
        v["l1i3"] = v["l1i3"] & 0xf0 | rng.randrange(10)
    a = b.place(spec, "1", b.pointer(n))
    b.poke(a, V.packed(rng, n))
    v["b2"], v["d2"] = 0, rng.choice((rng.getrandbits(12), rng.randrange(8),
                                      64 - rng.randrange(1, 33)))


@hook("ED", "EDMK")
def edit(b, spec):
    rng, v = b.rng, b.values
    n = v["l1"] + 1
    a1 = b.place(spec, "1", b.pointer(n))
    pattern = V.edit_pattern(rng, n)
    b.poke(a1, pattern)
    digits = sum(c in (0x20, 0x21) for c in pattern)
    size = max(1, (digits + 2) // 2)
    a2 = b.place(spec, "2", b.pointer(size))
    data = b""
    while len(data) < size:
        data += V.packed(rng, rng.randrange(1, 6))
    b.poke(a2, data[:size])
    b.case.tags.add("two-operands")


@hook("TP")
def test_decimal(b, spec):
    n = (b.values["l1"] & 15) + 1
    b.poke(b.place(spec, "1", b.pointer(n)), V.packed(b.rng, n))


@hook("PKA", "PKU", "UNPKA", "UNPKU")
def ascii_unicode(b, spec):
    rng, v = b.rng, b.values
    name = "l2" if "l2" in spec.fields else "l1"
    limit = {"PKA": 32, "PKU": 64, "UNPKA": 32, "UNPKU": 64}[spec.mnemonic]
    if rng.random() < 0.9:
        v[name] = rng.randrange(limit)
        if spec.mnemonic in ("PKU", "UNPKU"):
            v[name] |= 1
    n = v[name] + 1
    first, second = (16, n) if spec.mnemonic[0] == "P" else (n, 16)
    b.place(spec, "1", source(b, first))
    a2 = b.place(spec, "2", source(b, second))
    if spec.mnemonic == "PKA":
        b.poke(a2, bytes(0x30 | rng.randrange(10) for _ in range(second)))
    elif spec.mnemonic == "PKU":
        b.poke(a2, bytes(x for _ in range(second // 2) for x in (0, 0x30 | rng.randrange(10))))
    else:
        b.poke(a2, V.packed(rng, 16))
    b.case.tags.add("two-operands")


@hook("D", "DL", "DLG", "DSG", "DSGF", "DR", "DLR", "DLGR", "DSGR", "DSGFR")
def divide(b, spec):
    """Dividends small enough for a quotient that fits, most of the time."""
    rng, v = b.rng, b.values
    generic(b, spec)
    r1 = v["r1"] & ~1
    if rng.random() < 0.8:
        n = V.integer(rng, 64)
        wide = spec.mnemonic in ("DLG", "DLGR")
        if spec.mnemonic in ("DSG", "DSGF", "DSGR", "DSGFR"):
            return
        if r1 not in b.pinned and r1 + 1 not in b.pinned:
            shift = rng.randrange(0, 64)
            if wide:
                b.set_gr(r1, V.integer(rng, 64) >> shift)
                b.set_gr(r1 + 1, n)
            else:
                n >>= shift
                if spec.mnemonic in ("D", "DR") and rng.random() < 0.5:
                    n = -n
                b.set_gr(r1, rng.getrandbits(32) << 32 | n >> 32 & 0xffffffff)
                b.set_gr(r1 + 1, rng.getrandbits(32) << 32 | n & 0xffffffff)


# ---- chapter 10 ----

def real_pointer(b, size, align):
    a = L.ARENA_BASE + b.rng.choice(SAFE) * L.PAGE + b.rng.randrange(L.PAGE)
    if b.rng.random() < 0.9:
        a &= -align
    elif size > 1:
        a |= 1
    b.case.pages |= 0x80000000 >> ((a - L.ARENA_BASE) >> 12)
    return a


SAFE = (1, 2, 4, 6, 8, 10, 12)


@hook("LURA", "LURAG", "STURA", "STURG")
def using_real_address(b, spec):
    size = 8 if spec.mnemonic[-1] == "G" else 4
    b.values["r2"] = b.address_reg(real_pointer(b, size, size), avoid=())


@hook("LPSW", "LPSWE")
def load_psw(b, spec):
    rng = b.rng
    long = spec.mnemonic == "LPSWE"
    amode = rng.choice((24, 31, 64) if long else (24, 31))
    mask = AMODE_PSW[amode] | rng.getrandbits(4) << 52 | rng.getrandbits(6) << 40
    if rng.random() < 0.4:
        mask |= 1 << 58 | rng.choice((0, 2, 3)) << 46
    if rng.random() < 0.4:
        mask |= 1 << 48
    address = b.landing() & (AMODE_MASK[amode] if rng.random() < 0.95 else M64)
    if not address & 1 and not L.CODE_BASE <= address < L.CODE_BASE + L.CODE_SIZE:
        address = L.CODE_BASE + 8      # what is mapped differs with the new PSW
    r = rng.random()
    if r < 0.06:
        mask ^= 1 << rng.choice((63, 61, 60, 59, 39, 38, 37, 36, 35, 34, 33, 32, 30, 5, 0, 51))
    if long:
        data = mask.to_bytes(8, "big") + address.to_bytes(8, "big")
    else:
        high = mask >> 32 | (0 if rng.random() < 0.03 else 1 << 19)
        data = (high & 0xffffffff).to_bytes(4, "big") + \
            ((mask & 0x80000000) | address & 0x7fffffff).to_bytes(4, "big")
    b.poke(b.place(spec, "2", b.pointer(len(data), 8), exact=True), data)


@hook("SSM")
def set_system_mask(b, spec):
    a = b.place(spec, "2", b.pointer(1))
    b.poke(a, bytes([b.rng.choice((0, 4, 4, 0, 0x40, 3, 7, b.rng.getrandbits(8)))]))


@hook("SAC", "SACF")
def set_address_space_control(b, spec):
    """Not the access-register mode, which the peer cannot do."""
    b.values["b2"] = 0
    b.values["d2"] = b.rng.choice((0, 0x100, 0x300, 0x300, 0, 0x100, 0x400, 0x080, 0x70f))


@hook("SPKA")
def set_key_from_address(b, spec):
    b.place(spec, "2", b.rng.getrandbits(8), noise=False)


@hook("MC")
def monitor_call(b, spec):
    rng, v = b.rng, b.values
    if rng.random() < 0.9:
        v["i2"] &= 15
    b.place(spec, "1", V.register(rng), noise=False)


@hook("ISKE", "IVSK", "RRBE", "SSKE", "RRBM")
def storage_key(b, spec):
    rng, v = b.rng, b.values
    if spec.mnemonic == "IVSK":
        a = b.pointer(1)
    else:
        a = L.ARENA_BASE + rng.randrange(16) * L.PAGE + rng.randrange(L.PAGE)
        if rng.random() < 0.03:
            a = L.MEMORY_SIZE + rng.randrange(L.PAGE)
    v["r2"] = b.address_reg(a, avoid=())
    if "m3" in v:
        v["m3"] = rng.choice((0, 0, 8, 2, 4, 6, 1))
    if "r3" in v:
        v["r3"] = rng.choice((0, 0, 8, 2, 4, 6, 1))
    if "m4" in v:
        v["m4"] = 0
    b.case.flags |= L.CASE_KEYS


@hook("PFMF")
def frame_management(b, spec):
    rng, v = b.rng, b.values
    fsc = 1 if rng.random() < 0.1 else 0
    ctl = rng.getrandbits(2) << 16 | fsc << 12 | rng.getrandbits(2) << 9 | rng.getrandbits(8)
    if rng.random() < 0.05:
        ctl |= 1 << rng.randrange(32)
        ctl &= ~0x7000
    v["r1"] = b.free()
    b.set_gr(v["r1"], ctl)
    a = L.ARENA_BASE + rng.randrange(16) * L.PAGE + rng.randrange(L.PAGE)
    v["r2"] = b.address_reg(a, avoid=())
    b.case.flags |= L.CASE_KEYS | L.CASE_TABLES
    b.case.pages = 0xffffffff


@hook("TB")
def test_block(b, spec):
    a = L.ARENA_BASE + b.rng.randrange(16) * L.PAGE + b.rng.randrange(L.PAGE)
    b.values["r2"] = b.address_reg(a, avoid=(0,))
    b.case.pages = 0xffffffff
    b.case.flags |= L.CASE_TABLES


@hook("IPTE")
def invalidate_page(b, spec):
    rng, v = b.rng, b.values
    space = rng.choice(L.SPACES)
    table = L.page_table(space, rng.choice((0, L.ARENA_SEGMENT, L.CODE_SEGMENT)))
    v["r1"] = b.free()
    b.set_gr(v["r1"], table | rng.choice((0, 0, 0x7ff)))
    v["r2"] = b.free()
    b.set_gr(v["r2"], L.ARENA_BASE + rng.randrange(16) * L.PAGE + rng.randrange(L.PAGE))
    if "r3" in v:
        v["r3"] = 0 if rng.random() < 0.8 else b.free()
        if v["r3"]:
            b.set_gr(v["r3"], rng.randrange(12))
    for m in ("m3", "m4"):
        if m in v:
            v[m] = rng.choice((0, 0, 1))
    tables(b)


def tables(b):
    b.case.pages |= 0x0000ffff
    b.case.flags |= L.CASE_TABLES


@hook("IDTE", "CRDTE")
def invalidate_dat(b, spec):
    rng, v = b.rng, b.values
    space = rng.choice(L.SPACES)
    r = rng.random()
    v["r1"], v["r2"] = b.free(), b.free()
    b.set_gr(v["r1"], L.ASCE[space] & ~0xfff | rng.choice((0, 0, 0, 4, 8)))
    more = rng.choice((0, 0, 1, 2)) if r < 0.6 else 0x800 | rng.getrandbits(11)
    segment = rng.choice((0, 2, 4, 6, 15))
    b.set_gr(v["r2"], segment << 20 | more)
    if "r3" in v:
        v["r3"] = 0 if rng.random() < 0.7 else b.free()
        if v["r3"]:
            b.set_gr(v["r3"], L.ASCE[space] & ~0xfff)
    for m in ("m3", "m4"):
        if m in v:
            v[m] = rng.choice((0, 0, 1))
    tables(b)


def two_spaces(b, spec, n):
    """Operands that do not overlap in any space, mostly: the pages that exchange places are apart."""
    if b.rng.random() < 0.7:
        for number, pages in (("1", (1, 2)), ("2", (5, 6, 7))):
            a = L.ARENA_BASE + b.rng.choice(pages) * L.PAGE + b.rng.randrange(L.PAGE)
            if number == "2" and b.rng.random() < 0.6:
                a = L.ARENA_BASE + 7 * L.PAGE - b.rng.randrange(1, max(2, n + 8))
            elif b.rng.random() < 0.5:
                a = min(a, L.ARENA_BASE + 3 * L.PAGE - n if number == "1" else a)
            b.place(spec, number, a, exact=True)
    else:
        for number in "12":
            b.place(spec, number, b.pointer(n))
        b.case.tags.add("may-overlap")


@hook("MVCP", "MVCS", "MVCK")
def move_with_key(b, spec):
    rng, v = b.rng, b.values
    n = rng.choice((rng.randrange(20), rng.randrange(300), 256, 257, 0))
    v["r13"] = b.free() << 4
    b.set_gr(v["r13"] >> 4, length_value(b, n))
    r3 = b.free()
    v["r13"] |= r3
    b.set_gr(r3, rng.getrandbits(56) << 8 | rng.choice((0, 0x30, 0x30, 0x50, 0x90, rng.getrandbits(8))))
    two_spaces(b, spec, min(n, 256))
    b.case.tags.update(("two-operands", "other-key", "other-space"))


@hook("MVCSK", "MVCDK")
def move_with_one_key(b, spec):
    rng = b.rng
    n = b.length(8) + 1
    b.set_gr(0, rng.getrandbits(56) << 8 | (n - 1))
    b.set_gr(1, rng.getrandbits(56) << 8 | rng.choice((0, 0x30, 0x30, 0x50, 0x90)))
    for number in "12":
        b.place(spec, number, b.pointer(n))
    b.case.tags.update(("two-operands", "other-key"))


@hook("MVCOS")
def move_with_specifications(b, spec):
    rng, v = b.rng, b.values
    n = rng.choice((rng.randrange(20), rng.randrange(300), 4096, 4097, 0, 5000))

    def oac():
        return rng.choice((0, 3, 5, 9)) << 12 | rng.choice((0, 2, 3)) << 6 | rng.getrandbits(2)
    b.set_gr(0, rng.getrandbits(32) << 32 | oac() << 16 | oac())
    v["r3"] = b.free()
    b.set_gr(v["r3"], length_value(b, n))
    two_spaces(b, spec, min(n, 4096))
    b.case.pages |= 0xffff0000
    b.case.tags.update(("two-operands", "other-key", "other-space"))


@hook("MVPG")
def move_page(b, spec):
    rng, v = b.rng, b.values
    b.set_gr(0, rng.getrandbits(32) << 32 | rng.choice((0, 0, 0, 0x100)) |
             rng.choice((0, 0, 0x800, 0x400, 0x200, 0xc00)) | rng.getrandbits(4) << 4)
    for name in ("r1", "r2"):
        a = b.pointer(1)
        b.mark(a & ~0xfff, 4096)
        v[name] = b.address_reg(a)
    b.case.pages |= 0xffff0000
    b.case.tags.update(("two-operands", "other-key"))


@hook("TPROT")
def test_protection(b, spec):
    b.place(spec, "1", b.pointer(1))
    b.place(spec, "2", b.rng.choice((0, 0x30, 0x50, 0x90)), noise=False)


@hook("LRA", "LRAY", "LRAG")
def load_real_address(b, spec):
    b.place(spec, "2", b.pointer(1))


@hook("STRAG")
def store_real_address(b, spec):
    b.place(spec, "1", b.pointer(8, 8))
    b.place(spec, "2", b.pointer(1))


@hook("TAR")
def test_access(b, spec):
    b.values["r2"] = b.rng.randrange(16)


# ---- chapters 9 and 19 ----

@hook("LFPC", "SFPC", "SFASR", "LFAS")
def floating_control(b, spec):
    rng = b.rng
    b.no_flags = spec.mnemonic in ("SFASR", "LFAS")    # flags: the peer dies (dxc > ff)
    value = V.fpc(rng) if rng.random() < 0.7 else rng.getrandbits(32)
    if b.no_flags:
        value &= ~0xf80000
    if "r1" in b.values:
        b.values["r1"] = b.free()
        b.set_gr(b.values["r1"], rng.getrandbits(32) << 32 | value)
    else:
        b.poke(b.place(spec, "2", b.pointer(4)), value.to_bytes(4, "big"))


@hook("TCEB", "TCDB", "TCXB")
def test_data_class(b, spec):
    b.place(spec, "2", b.rng.getrandbits(12), noise=False)


_SOURCE = {"CEFBR": 32, "CDFBR": 32, "CXFBR": 32, "CEGBR": 64, "CDGBR": 64, "CXGBR": 64}


@hook(*_SOURCE)
def convert_from_fixed(b, spec):
    b.values["r2"] = b.free()
    b.set_gr(b.values["r2"], V.register(b.rng))
