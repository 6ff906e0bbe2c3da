# SPDX-License-Identifier: Apache-2.0
"""Models of general and floating-point instructions that the peer lacks or does wrong.

References: [PoP 7 General Instructions], [PoP 19 MULTIPLY].
"""

from builder import M64
from model import DATA, SPECIFICATION, Program, Unmodelled, models

# ---- chapter 7 ----


@models("BASSM", "BSM")
def branch_and_set_mode(m):
    r1, r2 = m.v["r1"], m.v["r2"]
    target = m.gr[r2]
    if m.name == "BASSM":
        link = m.next
        if m.amode == 64:
            m.gr[r1] = link | 1
        else:
            m.set_low(r1, link | (0x80000000 if m.amode == 31 else 0))
    elif r1:
        if m.amode == 64:
            m.gr[r1] |= 1
        else:
            m.gr[r1] = m.gr[r1] & ~0x80000000 | (0x80000000 if m.amode == 31 else 0)
    if not r2:
        return
    m.psw_mask &= ~0x180000000
    if target & 1:
        m.amode, m.psw_mask, target = 64, m.psw_mask | 0x180000000, target & ~1
    elif target & 0x80000000:
        m.amode, m.psw_mask = 31, m.psw_mask | 0x80000000
    else:
        m.amode = 24
    m.next = m.wrap(target)
    if not 0x200000 <= m.next < 0x300000 or m.next & 1:
        raise Unmodelled


@models("CPYA")
def copy_access(m):
    m.ar[m.v["r1"]] = m.ar[m.v["r2"]]


@models("LMD")
def load_multiple_disjoint(m):
    r1, r3 = m.v["r13"] >> 4, m.v["r13"] & 15
    count = (r3 - r1 & 15) + 1
    high, low = m.get(m.address("2"), 4 * count), m.get(m.address("4"), 4 * count)
    for i in range(count):
        m.gr[r1 + i & 15] = int.from_bytes(high[4 * i:4 * i + 4] + low[4 * i:4 * i + 4], "big")


@models("STMH")
def store_multiple_high(m):
    r1, r3 = m.v["r1"], m.v["r3"]
    m.put(m.address("2"), b"".join((m.gr[r1 + i & 15] >> 32).to_bytes(4, "big")
                                   for i in range((r3 - r1 & 15) + 1)))


@models("TRTE", "TRTRE")
def translate_and_test(m):
    """All at once: the program repeats the instruction while the condition code is 3."""
    r1, r2, m3 = m.v["r1"], m.v["r2"], m.v["m3"]
    wide, code_size = m3 >> 3 & 1, 1 + (m3 >> 2 & 1)
    limited = m3 >> 1 & 1
    if r1 & 1:
        raise Program(SPECIFICATION)
    char = 2 if wide else 1
    mask = M64 if m.amode == 64 else 0xffffffff
    length = m.gr[r1 + 1] & mask
    address = m.wrap(m.gr[r1])
    table = m.wrap(m.gr[1]) & ~7
    if length % char:
        raise Program(SPECIFICATION)
    step = -char if m.name == "TRTRE" else char
    m.cc = code = 0
    while length:
        argument = int.from_bytes(m.get(address, char), "big")
        code = 0
        if not (limited and argument > 255):
            code = int.from_bytes(m.get(table + argument * code_size, code_size), "big")
        if code:
            m.cc = 1
            break
        address = m.wrap(address + step)
        length -= char
    if r2 in (r1, r1 + 1):
        raise Unmodelled
    m.gr[r2] = code if m.amode == 64 else m.gr[r2] & ~0xffffffff | code
    m.set_address(r1, address)
    m.gr[r1 + 1] = m.gr[r1 + 1] & ~mask | length


@models("CUSE")
def compare_until_substring_equal(m):
    """Both operands byte by byte; the shorter one goes on as the pad character."""
    pair = (m.v["r1"], m.v["r2"])
    if (pair[0] | pair[1]) & 1:
        raise Program(SPECIFICATION)
    if pair[0] == pair[1] or 0 in pair:
        raise Unmodelled
    wanted, pad = m.gr[0] & 0xff, m.gr[1] & 0xff
    mask = M64 if m.amode == 64 else 0xffffffff
    at = [(m.wrap(m.gr[r]), m.gr[r + 1] & mask) for r in pair]
    start, run, m.cc = at, 0, 2 if wanted else 0
    while run < wanted and any(n for _, n in at):
        first, second = (m.get(a, 1)[0] if n else pad for a, n in at)
        if first == second and not run:
            start = at
        run = run + 1 if first == second else 0
        m.cc = 0 if run == wanted else 1 if run else 2
        at = [(m.wrap(a + 1), n - 1) if n else (a, n) for a, n in at]
    for r, (a, n) in zip(pair, at if m.cc == 2 else start):
        m.set_address(r, a)
        m.gr[r + 1] = m.gr[r + 1] & ~mask | n


class Locked:
    """The operands of one PERFORM LOCKED OPERATION.

    Function codes come in groups of four: 32 bits in registers, 64 bits in the parameter list,
    64 bits in registers, 128 bits in the parameter list."""

    def __init__(self, m, code):
        self.m = m
        self.size = (4, 8, 8, 16)[code & 3]
        self.listed = code & 1
        self.group = code >> 2
        self.a2, self.a4 = m.address("2"), m.address("4")
        self.r1, self.r3 = m.v["r13"] >> 4, m.v["r13"] & 15
        if (self.listed or self.group >= 4) and self.a4 & 7:
            raise Program(SPECIFICATION)

    def compare_value(self, which):
        """Value 0: first operand, to compare; 1: its replacement; 2, 3: of the third operand."""
        if self.listed:
            return self.m.get(self.a4 + 16 * which + (8 if self.size == 8 else 0), self.size)
        reg = (self.r1, self.r1 + 1, self.r3, self.r3 + 1)[which]
        return self.m.gr[reg].to_bytes(8, "big")[-self.size:]

    def set_value(self, which, data):
        m = self.m
        if self.listed:
            m.put(self.a4 + 16 * which + (8 if self.size == 8 else 0), data)
            return
        reg = (self.r1, None, self.r3)[which]
        value = int.from_bytes(data, "big")
        if self.size == 4:
            m.set_low(reg, value)
        else:
            m.gr[reg] = value

    def aligned(self, address):
        if address & self.size - 1:
            raise Program(SPECIFICATION)
        return address

    def target(self, offset):
        """An operand whose address stands in the parameter list."""
        data = self.m.get(self.a4 + offset, 8)
        return self.aligned(self.m.wrap(int.from_bytes(data, "big")))

    def stored(self, offset):
        """An operand to store that ends at this offset of the parameter list."""
        return self.m.get(self.a4 + offset - self.size, self.size)


@models("PLO")
def perform_locked_operation(m):
    code = m.gr[0] & 0xff
    if m.gr[0] & 0xfffffe00:
        raise Program(SPECIFICATION)
    if m.gr[0] & 0x100:
        m.cc = 0 if code < 24 else 3
        return
    if code > 23:
        raise Program(SPECIFICATION)
    o = Locked(m, code)
    if not o.listed and (o.group and o.r1 & 1 or o.group == 2 and o.r3 & 1):
        raise Program(SPECIFICATION)
    o.aligned(o.a2)
    second = m.get(o.a2, o.size)
    if o.group:
        m.put(o.a2, second)
    equal = o.compare_value(0) == second
    stores = {3: ((o.a4 if not o.listed else 72, 64),), 4: ((72, 64), (104, 96)),
              5: ((72, 64), (104, 96), (136, 128))}.get(o.group, ())
    if o.listed or o.group >= 4:
        m.get(o.a4, (80, 32, 80, 80, 112, 144)[o.group])    # or exceptions may be recognized
    places = []
    for offset, end in stores:
        if o.group == 3 and not o.listed:
            places.append((o.aligned(o.a4), o.compare_value(2)))
        else:
            places.append((o.target(offset), o.stored(end)))
    if o.group in (0, 2):
        fourth = o.target(72) if o.listed else o.aligned(o.a4)
        fourth_value = m.get(fourth, o.size)
        m.apart(fourth, o.size, o.a2, o.size)
        if o.group == 2:
            m.real(fourth, True, m.key)
    for address, data in places:
        m.apart(address, o.size, o.a2, o.size)
        m.real(address, True, m.key)
    for i, (address, _) in enumerate(places):
        for other, _ in places[:i]:
            m.apart(address, o.size, other, o.size)
    if not equal:
        m.cc = 1
        if o.listed:
            m.put(o.a4, m.get(o.a4, 8))
        o.set_value(0, second)
        return
    m.cc = 0
    if o.group == 0:
        o.set_value(2, fourth_value)
        return
    if o.group == 2:
        if o.compare_value(2) != fourth_value:
            m.cc = 2
            o.set_value(2, fourth_value)
            return
        m.put(fourth, o.compare_value(3))
    m.put(o.a2, o.compare_value(1))
    for address, data in places:
        m.put(address, data)


# ---- chapter 19: products in the wider format, always exact ----

FORMATS = {"E": (32, 8), "D": (64, 11), "X": (128, 15)}
SNAN, QNAN, INFINITE, FINITE = range(4)
INVALID_MASK, INVALID_FLAG = 0x80000000, 0x800000


def unpack(value, letter):
    """(kind, sign, fraction for NaNs or integer significand, exponent of its last bit)"""
    bits, ebits = FORMATS[letter]
    fbits = bits - 1 - ebits
    sign = value >> (bits - 1)
    exponent = value >> fbits & (1 << ebits) - 1
    fraction = value & (1 << fbits) - 1
    bias = (1 << (ebits - 1)) - 1
    if exponent == (1 << ebits) - 1:
        if not fraction:
            return INFINITE, sign, 0, 0
        return QNAN if fraction >> (fbits - 1) else SNAN, sign, fraction, 0
    if exponent:
        return FINITE, sign, fraction | 1 << fbits, exponent - bias - fbits
    return FINITE, sign, fraction, 1 - bias - fbits


def pack(sign, significand, exponent, letter):
    """A value that the format holds exactly."""
    bits, ebits = FORMATS[letter]
    fbits = bits - 1 - ebits
    bias = (1 << (ebits - 1)) - 1
    if not significand:
        return sign << (bits - 1)
    shift = fbits + 1 - significand.bit_length()
    significand = significand << shift if shift >= 0 else significand >> -shift
    exponent = exponent - shift + bias + fbits
    assert 0 < exponent < (1 << ebits) - 1
    return sign << (bits - 1) | exponent << fbits | significand & (1 << fbits) - 1


@models("MDEBR", "MDEB", "MXDBR", "MXDB")
def multiply_wider(m):
    if not m.control(0, 45):
        raise Unmodelled
    narrow, wide = ("E", "D") if m.name[1] == "D" else ("D", "X")
    bits = FORMATS[narrow][0]
    r1 = m.v["r1"]
    if wide == "X" and r1 & 2:
        raise Program(SPECIFICATION)
    x = m.fpr[r1] >> (64 - bits)
    y = m.fpr[m.v["r2"]] >> (64 - bits) if m.name.endswith("R") else \
        int.from_bytes(m.get(m.address("2"), bits // 8), "big")
    result, invalid = product(unpack(x, narrow), unpack(y, narrow), narrow, wide)
    if invalid:
        if m.fpc & INVALID_MASK:
            m.after = Program(DATA, 0x80)
            return
        m.fpc |= INVALID_FLAG
    if wide == "D":
        m.fpr[r1] = result
    else:
        m.fpr[r1], m.fpr[r1 + 2] = result >> 64, result & M64


def product(a, b, narrow, wide):
    """(result, invalid operation); the first operand's NaN comes first, a signalling one before."""
    nbits, nexp = FORMATS[narrow]
    wbits, wexp = FORMATS[wide]
    nfrac, wfrac = nbits - 1 - nexp, wbits - 1 - wexp
    top = ((1 << wexp) - 1) << wfrac
    for kind in (SNAN, QNAN):
        for x in (a, b):
            if x[0] == kind:
                fraction = x[2] | 1 << (nfrac - 1)
                return x[1] << (wbits - 1) | top | fraction << (wfrac - nfrac), kind == SNAN
    sign = a[1] ^ b[1]
    if INFINITE in (a[0], b[0]):
        other = b if a[0] == INFINITE else a
        if other[0] == FINITE and other[2] == 0:
            return top | 1 << (wfrac - 1), True
        return sign << (wbits - 1) | top, False
    return pack(sign, a[2] * b[2], a[3] + b[3], wide), False
