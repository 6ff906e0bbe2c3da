# SPDX-License-Identifier: Apache-2.0
"""Operand values: boundary values favoured, for integers, binary floating point and decimal.

Every function takes the random generator first, so that a seed gives the same values everywhere.
"""

M64 = (1 << 64) - 1


def _boundaries(bits):
    top = 1 << bits
    values = {0, 1, 2, 3, 7, 10, 0x7f, 0x80, 0xff, 0x100, 0x7fff, 0x8000, 0xffff, 0x10000,
              top - 1, top - 2, top >> 1, (top >> 1) - 1, (top >> 1) + 1, top // 3, top // 3 * 2}
    for n in range(bits):
        values.add(1 << n)
        values.add((1 << n) - 1)
    for n in (7, 8, 15, 16, 31, 32, 63):
        if n < bits:
            values.add(top - (1 << n))          # the negative of a power of two
            values.add(top - (1 << n) - 1)
            values.add((1 << n) + 1)
    return sorted(v for v in values if 0 <= v < top)


BOUNDARIES = {n: _boundaries(n) for n in (8, 12, 16, 20, 31, 32, 64)}


def integer(rng, bits):
    """An unsigned number of that many bits; half of them are boundary values."""
    r = rng.random()
    if r < 0.5 and bits in BOUNDARIES:
        return rng.choice(BOUNDARIES[bits])
    if r < 0.75:
        return rng.getrandbits(bits)
    value = rng.getrandbits(bits) >> rng.randrange(bits)     # any magnitude
    return value if r < 0.9 else (1 << bits) - 1 - value


def register(rng):
    """64 bits, often with two meaningful halves."""
    r = rng.random()
    if r < 0.4:
        return integer(rng, 64)
    if r < 0.6:
        return rng.getrandbits(64)
    return integer(rng, 32) << 32 | integer(rng, 32)


# ---- binary floating point ----

# letter of the mnemonic: (bits, bits of the exponent)
BFP = {"E": (32, 8), "D": (64, 11), "X": (128, 15)}

# Exponents at which something happens: fixed-point limits, the ends of the other formats.
_SPOTS = (-149, -150, -127, -126, -64, -24, -2, -1, 0, 1, 7, 15, 23, 24, 30, 31, 32, 52, 53, 62,
          63, 64, 112, 113, 126, 127, 128, -1022, -1023, -1074, -1075, 1022, 1023, 1024,
          -16382, -16383, 16382, 16383)


def _significand(rng, bits):
    r = rng.random()
    if r < 0.2:
        return 0
    if r < 0.3:
        return (1 << bits) - 1
    if r < 0.45:
        return 1 << rng.randrange(bits)
    if r < 0.55:
        return (1 << bits) - (1 << rng.randrange(bits))
    if r < 0.65:
        return (1 << rng.randrange(1, bits)) - 1
    if r < 0.75:      # halfway and its neighbours, seen from a shorter format
        n = rng.randrange(2, bits)
        return (rng.getrandbits(bits) >> n << n | 1 << (n - 1)) + rng.choice((-1, 0, 1)) & \
            (1 << bits) - 1
    return rng.getrandbits(bits)


def bfp(rng, letter, centre=None):
    """A number of that format as an integer.  `centre`: an exponent to stay close to."""
    bits, ebits = BFP[letter]
    fbits = bits - 1 - ebits
    bias = (1 << (ebits - 1)) - 1
    sign = rng.getrandbits(1) << (bits - 1)
    top = (1 << ebits) - 1
    r = rng.random()
    if r < 0.04:
        return sign                                          # zero
    if r < 0.08:
        return sign | top << fbits                           # infinity
    if r < 0.11:                                             # quiet NaN
        return sign | top << fbits | 1 << (fbits - 1) | _significand(rng, fbits - 1)
    if r < 0.14:                                             # signalling NaN
        return sign | top << fbits | max(1, _significand(rng, fbits - 1))
    if r < 0.19:
        return sign | _significand(rng, fbits)               # subnormal, or zero
    if r < 0.22:
        return sign | rng.choice(((top << fbits) - 1, 1 << fbits, (1 << fbits) - 1, 1))
    if r < 0.27:
        return sign | bias << fbits | rng.choice((0, 1, (1 << fbits) - 1, 1 << (fbits - 1)))
    if r < 0.60 and centre is not None:
        exponent = centre + rng.randrange(-4, 5) if r < 0.5 else centre + rng.randrange(-70, 71)
    elif r < 0.85:
        exponent = rng.choice(_SPOTS) + rng.choice((-1, 0, 0, 0, 1))
    else:
        return rng.getrandbits(bits)
    exponent = min(max(exponent + bias, 1), top - 1)
    return sign | exponent << fbits | _significand(rng, fbits)


def centre(rng, letter):
    ebits = BFP[letter][1]
    limit = (1 << (ebits - 1)) - 2
    c = rng.choice(_SPOTS) if rng.random() < 0.6 else rng.randrange(-limit, limit)
    return min(max(c, -limit), limit)


def fpr_file(rng, letter):
    """16 floating-point registers of mostly one format: list of 64-bit numbers."""
    if letter is None:
        return [rng.getrandbits(64) if rng.random() < 0.7 else integer(rng, 64)
                for _ in range(16)]
    c = centre(rng, letter)
    out = [0] * 16
    other = "EDX" if rng.random() < 0.1 else letter
    for i in (0, 1, 4, 5, 8, 9, 12, 13):
        kind = rng.choice(other)
        if kind == "X":
            v = bfp(rng, "X", c)
            out[i], out[i + 2] = v >> 64, v & M64
        elif kind == "D":
            out[i], out[i + 2] = bfp(rng, "D", c), bfp(rng, "D", c)
        else:
            for r in (i, i + 2):
                out[r] = bfp(rng, "E", c) << 32 | rng.getrandbits(32)
    return out


# IEEE masks and flags, the data-exception code, the BFP rounding mode; reserved bits stay zero.
def fpc(rng):
    r = rng.random()
    masks = rng.getrandbits(5) << 27 if r > 0.9 else rng.getrandbits(2) << 30 if r > 0.6 else 0
    flags = 0 if rng.random() < 0.4 else rng.getrandbits(5) << 19
    dxc = 0 if rng.random() < 0.6 else rng.choice((0x08, 0x0c, 0x10, 0x18, 0x20, 0x40, 0x80))
    return masks | flags | dxc << 8 | rng.choice((0, 0, 1, 2, 3, 7))


# ---- decimal ----

def packed(rng, size):
    """A packed decimal number of `size` bytes; about one in eight is invalid."""
    digits = size * 2 - 1
    r = rng.random()
    if r < 0.12:
        number = [0] * digits
    elif r < 0.22:
        number = [9] * digits
    elif r < 0.6:
        used = rng.randrange(digits + 1)
        number = [0] * (digits - used) + [rng.randrange(10) for _ in range(used)]
    else:
        number = [rng.randrange(10) for _ in range(digits)]
    if rng.random() < 0.06:
        number[rng.randrange(digits)] = rng.randrange(10, 16)
    sign = rng.choice((0xc, 0xd, 0xc, 0xd, 0xf, 0xa, 0xb, 0xe))
    if rng.random() < 0.05:
        sign = rng.randrange(10)
    number.append(sign)
    return bytes(number[i] << 4 | number[i + 1] for i in range(0, len(number), 2))


def zoned(rng, size):
    out = bytearray(0xf0 | rng.randrange(10) for _ in range(size))
    if rng.random() < 0.15:
        out[rng.randrange(size)] = rng.getrandbits(8)
    out[-1] = rng.choice((0xa, 0xb, 0xc, 0xd, 0xe, 0xf)) << 4 | rng.randrange(10)
    return bytes(out)


_PATTERN = (0x20, 0x20, 0x20, 0x21, 0x22, 0x40, 0x4b, 0x6b, 0x60, 0xc3)


def edit_pattern(rng, size):
    return bytes([rng.choice((0x40, 0x5c, 0x20, 0x21))]) + bytes(
        rng.choice(_PATTERN) for _ in range(size - 1)) if size else b""


def text(rng, size, odd=0.2):
    """Bytes as text processing likes them: few different values, now and then anything."""
    few = [rng.getrandbits(8) for _ in range(3)]
    return bytes(rng.getrandbits(8) if rng.random() < odd else rng.choice(few)
                 for _ in range(size))


# ---- Unicode, for the CONVERT instructions ----

def code_point(rng):
    r = rng.random()
    if r < 0.45:
        return rng.randrange(0x80)
    if r < 0.6:
        return rng.randrange(0x80, 0x800)
    if r < 0.75:
        return rng.randrange(0x800, 0xd800)
    if r < 0.9:
        return rng.randrange(0x10000, 0x110000)
    return rng.choice((0, 0x7f, 0x80, 0x7ff, 0x800, 0xd7ff, 0xd800, 0xdbff, 0xdc00, 0xdfff, 0xe000,
                       0xffff, 0x10000, 0x10ffff, 0x110000))


def _utf8(c):
    if c < 0x80:
        return bytes([c])
    if c < 0x800:
        return bytes([0xc0 | c >> 6, 0x80 | c & 63])
    if c < 0x10000:
        return bytes([0xe0 | c >> 12, 0x80 | c >> 6 & 63, 0x80 | c & 63])
    return bytes([0xf0 | c >> 18, 0x80 | c >> 12 & 63, 0x80 | c >> 6 & 63, 0x80 | c & 63])


def _utf16(c):
    if 0x10000 <= c < 0x110000:
        c -= 0x10000
        return ((0xd800 | c >> 10) << 16 | 0xdc00 | c & 0x3ff).to_bytes(4, "big")
    return (c & 0xffff).to_bytes(2, "big")


def unicode_text(rng, form, count):
    """`form`: 1 UTF-8, 2 UTF-16, 4 UTF-32; sometimes spoilt."""
    encode = {1: _utf8, 2: _utf16, 4: lambda c: c.to_bytes(4, "big")}[form]
    out = bytearray(b"".join(encode(code_point(rng)) for _ in range(count)))
    if out and rng.random() < 0.2:
        out[rng.randrange(len(out))] = rng.getrandbits(8)
    return bytes(out)
