# SPDX-License-Identifier: Apache-2.0
"""Models of the decimal instructions (chapter 8) and of the conversions of chapter 7.

References: [PoP 8 Decimal Instructions], [PoP 7 CONVERT TO BINARY, CONVERT TO DECIMAL, PACK, UNPACK
and their ASCII and Unicode forms].
"""

from model import (DATA, DECIMAL_DIVIDE, DECIMAL_OVERFLOW, FIXED_DIVIDE, SPECIFICATION, Program,
                   models)

PLUS, MINUS = 0xc, 0xd


def digits_of(data):
    """([digits], sign code) of a packed field."""
    nibbles = [n for byte in data for n in (byte >> 4, byte & 15)]
    return nibbles[:-1], nibbles[-1]


def number(data):
    """(magnitude, negative) of a packed field; a data exception if it is not one."""
    digits, sign = digits_of(data)
    if sign < 10 or any(d > 9 for d in digits):
        raise Program(DATA)
    return int("".join(map(str, digits))), sign in (0xb, 0xd)


def packed(value, negative, size):
    """`size` bytes; digits that do not fit are lost."""
    digits = "%0*d" % (size * 2 - 1, value)
    return bytes.fromhex(digits[-(size * 2 - 1):] + ("d" if negative else "c"))


def fields(m, strict=True):
    """Both operands of an SS-b instruction; they may be the same, not overlap otherwise."""
    n1, n2 = (m.v["l12"] >> 4) + 1, (m.v["l12"] & 15) + 1
    a1, a2 = m.address("1"), m.address("2")
    if a1 + n1 != a2 + n2 or strict:
        m.apart(a1, n1, a2, n2)
    return a1, n1, a2, n2


def store_sum(m, address, size, value, negative):
    """Stores a result, sets the condition code; overflow may interrupt afterwards."""
    limit = 10 ** (size * 2 - 1)
    if value >= limit:
        m.put(address, packed(value % limit, negative, size))
        m.cc = 3
        if m.pm & 4:
            m.after = Program(DECIMAL_OVERFLOW)
        return
    negative = negative and value != 0
    m.put(address, packed(value, negative, size))
    m.cc = 0 if value == 0 else 1 if negative else 2


@models("AP", "SP")
def add(m):
    a1, n1, a2, n2 = fields(m, strict=False)
    x, y = m.get(a1, n1), m.get(a2, n2)
    m.put(a1, x)        # the first operand must be accessible for storing
    (p, np), (q, nq) = number(x), number(y)
    total = (-p if np else p) + (1 if m.name == "AP" else -1) * (-q if nq else q)
    store_sum(m, a1, n1, abs(total), total < 0)


@models("ZAP")
def zero_and_add(m):
    a1, n1, a2, n2 = fields(m)
    m.put(a1, m.get(a1, n1))
    q, negative = number(m.get(a2, n2))
    store_sum(m, a1, n1, q, negative)


@models("CP")
def compare(m):
    n1, n2 = (m.v["l12"] >> 4) + 1, (m.v["l12"] & 15) + 1
    x, y = m.get(m.address("1"), n1), m.get(m.address("2"), n2)
    (p, np), (q, nq) = number(x), number(y)
    p, q = -p if np else p, -q if nq else q
    m.cc = 0 if p == q else 1 if p < q else 2


def short_second(m):
    """Operands of MP and DP: the second is at most 8 bytes long and shorter than the first."""
    l1, l2 = m.v["l12"] >> 4, m.v["l12"] & 15
    if l2 > 7 or l2 >= l1:
        raise Program(SPECIFICATION)
    a1, n1, a2, n2 = fields(m)
    x, y = m.get(a1, n1), m.get(a2, n2)
    m.put(a1, x)
    return a1, n1, n2, x, y


@models("MP")
def multiply(m):
    a1, n1, n2, x, y = short_second(m)
    (p, np), (q, nq) = number(x), number(y)
    if any(x[:n2]):
        raise Program(DATA)
    m.put(a1, packed(p * q, np != nq, n1))


@models("DP")
def divide(m):
    a1, n1, n2, x, y = short_second(m)
    (p, np), (q, nq) = number(x), number(y)
    if q == 0 or p // q >= 10 ** (2 * (n1 - n2) - 1):
        raise Program(DECIMAL_DIVIDE)
    m.put(a1, packed(p // q, np != nq, n1 - n2) + packed(p % q, np, n2))


@models("SRP")
def shift_and_round(m):
    n, rounding = (m.v["l1i3"] >> 4) + 1, m.v["l1i3"] & 15
    a = m.address("1")
    shift = m.address("2") & 63
    x = m.get(a, n)
    m.put(a, x)
    value, negative = number(x)
    if rounding > 9:
        raise Program(DATA)
    if shift < 32:
        value *= 10 ** shift
    else:
        right = 64 - shift
        value = (value // 10 ** (right - 1) + rounding) // 10
    store_sum(m, a, n, value, negative)


@models("TP")
def test(m):
    digits, sign = digits_of(m.get(m.address("1"), (m.v["l1"] & 15) + 1))
    m.cc = (sign < 10) + 2 * any(d > 9 for d in digits)


@models("ED", "EDMK")
def edit(m):
    a1, a2 = m.address("1"), m.address("2")
    n = m.v["l1"] + 1
    pattern = m.get(a1, n)
    m.put(a1, pattern)
    selectors = sum(c in (0x20, 0x21) for c in pattern)
    m.apart(a1, n, a2, max(1, selectors))
    fill = pattern[0]
    out = bytearray()
    significant = nonzero = False
    low = None            # right digit of the source byte, when it is to come next
    m.cc = 0
    for i, c in enumerate(pattern):
        if c == 0x22:
            out.append(fill)
            significant = nonzero = False
        elif c in (0x20, 0x21):
            plus = False
            if low is None:
                byte = m.get(a2, 1)[0]
                a2 += 1
                digit, low = byte >> 4, byte & 15
                if digit > 9:
                    raise Program(DATA)
                if low > 9:
                    plus = low in (0xa, 0xc, 0xe, 0xf)
                    low = None
            else:
                digit, low = low, None
            nonzero = nonzero or digit != 0
            if significant or digit:
                if not significant and m.name == "EDMK":
                    mark(m, m.wrap(a1 + i))
                out.append(0xf0 | digit)
                significant = True
            else:
                out.append(fill)
                significant = c == 0x21
            if plus:
                significant = False
        else:
            out.append(c if significant else fill)
    m.cc = 0 if not nonzero else 1 if significant else 2
    m.put(a1, bytes(out))


def mark(m, address):
    if m.amode == 24:
        m.gr[1] = m.gr[1] & ~0xffffff | address
    elif m.amode == 31:
        m.gr[1] = m.gr[1] & ~0xffffffff | address
    else:
        m.gr[1] = address


# ---- conversions ----

@models("CVB", "CVBY")
def to_binary(m):
    value, negative = number(m.get(m.address("2"), 8))
    value = -value if negative else value
    if not -1 << 31 <= value < 1 << 31:
        m.after = Program(FIXED_DIVIDE)
    m.set_low(m.v["r1"], value)


@models("CVBG")
def to_binary_64(m):
    value, negative = number(m.get(m.address("2"), 16))
    value = -value if negative else value
    if not -1 << 63 <= value < 1 << 63:
        raise Program(FIXED_DIVIDE)
    m.gr[m.v["r1"]] = value & (1 << 64) - 1


@models("CVD", "CVDY", "CVDG")
def to_decimal(m):
    bits = 64 if m.name == "CVDG" else 32
    value = m.gr[m.v["r1"]] & (1 << bits) - 1
    if value >> bits - 1:
        value -= 1 << bits
    m.put(m.address("2"), packed(abs(value), value < 0, bits // 4))


@models("PACK")
def pack(m):
    a1, n1, a2, n2 = fields(m)
    source = m.get(a2, n2)
    m.put(a1, m.get(a1, n1))
    last = source[-1]
    nibbles = [c & 15 for c in source[:-1]] + [last & 15, last >> 4]
    nibbles = [0] * (2 * n1) + nibbles
    nibbles = nibbles[-2 * n1:]
    m.put(a1, bytes(nibbles[i] << 4 | nibbles[i + 1] for i in range(0, 2 * n1, 2)))


@models("UNPK")
def unpack(m):
    a1, n1, a2, n2 = fields(m)
    source = m.get(a2, n2)
    nibbles = [0] * n1 + [n for c in source[:-1] for n in (c >> 4, c & 15)] + [source[-1] >> 4]
    nibbles = nibbles[-n1:]
    m.put(a1, bytes(0xf0 | n for n in nibbles[:-1]) + bytes([source[-1] << 4 & 0xf0 |
                                                           source[-1] >> 4]))


@models("PKA", "PKU")
def pack_text(m):
    """The second operand has digits in ASCII or Unicode; a plus sign is supplied."""
    width = 1 if m.name == "PKA" else 2
    n = m.v["l2"] + 1
    if n > 32 * width or n % width:
        raise Program(SPECIFICATION)
    a1, a2 = m.address("1"), m.address("2")
    m.apart(a1, 16, a2, n)
    source = m.get(a2, n)
    digits = [0] * 31 + [source[i + width - 1] & 15 for i in range(0, n, width)]
    nibbles = digits[-31:] + [PLUS]
    m.put(a1, bytes(nibbles[i] << 4 | nibbles[i + 1] for i in range(0, 32, 2)))


@models("UNPKA", "UNPKU")
def unpack_text(m):
    width = 1 if m.name == "UNPKA" else 2
    n = m.v["l1"] + 1
    if n > 32 * width or n % width:
        raise Program(SPECIFICATION)
    a1, a2 = m.address("1"), m.address("2")
    m.apart(a1, n, a2, 16)
    digits, sign = digits_of(m.get(a2, 16))
    digits = [0] * 32 + digits
    out = b"".join((0x30 | d).to_bytes(width, "big") for d in digits[-(n // width):])
    m.put(a1, out)
    m.cc = 3 if sign < 10 else 1 if sign in (0xb, 0xd) else 0


