# SPDX-License-Identifier: Apache-2.0
"""Operands of general instructions (chapter 7) that need more than special.generic."""

import layout as L
import values as V
from builder import AMODE_MASK, M64
from special import (BRANCH, BRANCH_REGISTER, HOOKS, generic, hook, length_value, operand_length,
                     pair, small, source)

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
            if target_spec.mnemonic in BRANCH | BRANCH_REGISTER:
                free &= 0xf0      # it goes where it was meant to
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


@hook("MVC", "MVN", "MVZ", "NC", "OC", "XC", "CLC", "MVCRL")
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
    b.set_gr(0, rng.getrandbits(56) << 8 | rng.choice((0, 1, 2, 4, 5, 20, 60, 200)))
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
    pool = [rng.randbytes(4) * 4 for _ in range(2)]    # equal in all widths
    b.set_gr(0, rng.getrandbits(32) << 32 | fc | (0x100 if rng.random() < 0.1 else 0) |
             (0x80 if rng.random() < 0.02 else 0))
    b.set_gr(1, b.address_value(b.pointer(8)))
    pairs = []
    for _ in range(2):
        r = b.free(even=True, avoid=(0, 1))
        pairs.append(r | (rng.random() < 0.03))
        for reg in (r, r + 1):
            b.set_gr(reg, int.from_bytes(rng.choice(pool)[:8], "big"))
    v["r13"] = pairs[0] << 4 | pairs[1]
    width = (4, 8, 8, 16)[fc % 4]
    wrong = 0 if rng.random() < 0.9 else 1
    a2 = b.place(spec, "2", b.pointer(width, width) & -width | wrong, exact=True)
    b.poke(a2, rng.choice(pool))
    a4 = b.place(spec, "4", b.pointer(144, 16) & -16, exact=True)
    plist = bytearray(rng.choice(pool) * 9)
    for offset in (72, 104, 136):
        operand = b.pointer(width, width, good=True) & -width
        b.poke(operand, rng.choice(pool))
        plist[offset:offset + 8] = b.address_value(operand).to_bytes(8, "big")
    b.poke(a4, bytes(plist))
    b.case.tags.add("two-operands")


@hook("CFC")
def compare_and_form_codeword(b, spec):
    """Keys in registers 1 and 3; the second-operand address is a limit and a control bit."""
    rng = b.rng
    unit = 6 if b.mode.amode == 64 else 2
    n = unit * rng.randrange(1, 12)
    data = bytearray(V.text(rng, n))
    index = unit * rng.randrange(4)
    for reg in (1, 3):
        a = source(b, n + index, bytes(index) + bytes(data)) & ~1
        if reg == 3 and rng.random() < 0.7:
            data[rng.randrange(n)] ^= 1 << rng.randrange(8)
        b.poke(a + index, bytes(data))
        b.set_gr(reg, b.address_value(a | (rng.random() < 0.02)))
    b.set_gr(2, rng.getrandbits(48) << 16 | index)
    limit = index + rng.choice((n - 1, n - unit, rng.randrange(n), rng.getrandbits(12)))
    b.place(spec, "2", rng.getrandbits(31) << 15 & ~0x7fff | limit & 0x7ffe | rng.getrandbits(1),
            noise=False, exact=True)


@hook("UPT")
def update_tree(b, spec):
    """Codewords of few different values, on the way from a leaf up to the root."""
    rng = b.rng
    size = 8 if b.mode.amode == 64 else 4
    nodes = rng.choice((3, 7, 15, 31))
    tree = source(b, (nodes + 1) * 2 * size) & -2 * size
    few = [V.integer(rng, 8 * size - 1) for _ in range(6)]
    for i in range(1, nodes + 1):
        word = rng.choice(few) | (rng.random() < 0.05) << 8 * size - 1
        b.poke(tree + 2 * size * i, word.to_bytes(size, "big") + rng.randbytes(size))
    b.mark(tree, (nodes + 1) * 2 * size)
    b.set_gr(0, rng.getrandbits(32) << 32 | rng.choice(few) if size == 4 else rng.choice(few))
    b.set_gr(4, b.address_value(tree) & -2 * size | (1 if rng.random() < 0.02 else 0))
    leaf = rng.randrange(nodes + 1, 2 * nodes + 2) * 2 * size
    b.set_gr(5, leaf if size == 8 else rng.getrandbits(32) << 32 | leaf)


@hook("LM", "LMY", "LMG", "LMH", "LAM", "LAMY", "STM", "STMY", "STMG", "STMH", "STAM", "STAMY",
      "LCTL", "LCTLG", "STCTL", "STCTG")
def multiple(b, spec):
    v, rng = b.values, b.rng
    width = 8 if spec.mnemonic in ("LMG", "STMG", "LCTLG", "STCTG") else 4
    size = (((v["r3"] - v["r1"]) & 15) + 1) * width
    a = b.place(spec, "2", b.pointer(size, spec.align.get("2", rng.choice((0, 4, 8)))))
    b.poke(a, b"".join(V.integer(rng, 8 * width).to_bytes(width, "big")
                       for _ in range(size // width)))
    if spec.mnemonic in ("LCTL", "LCTLG"):
        # What is behind any other table is not the same under both machines.
        for reg in (1, 13):
            b.poke(a + (reg - v["r1"] & 15) * width, rng.choice(tuple(
                L.ASCE.values())).to_bytes(width, "big"))


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
