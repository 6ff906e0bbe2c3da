# SPDX-License-Identifier: Apache-2.0
"""Operands of decimal instructions (chapter 8), of conversions, and of floating-point control."""

import values as V
from special import hook, source

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
    b.mark(a1, n)
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
