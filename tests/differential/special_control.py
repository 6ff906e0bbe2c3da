# SPDX-License-Identifier: Apache-2.0
"""Operands of control instructions (chapter 10): real addresses, keys, PSWs, tables, spaces."""

import layout as L
import values as V
from builder import AMODE_MASK, AMODE_PSW, M64
from special import hook, length_value

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
    """Not the access-register mode if the peer is asked, which cannot do it."""
    b.values["b2"] = 0
    registers = 0x200 if spec.mnemonic == "SAC" else 0
    b.values["d2"] = b.rng.choice((0, 0x100, 0x300, 0x300, 0, 0x100, 0x400, 0x080, 0x70f, registers))


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
            b.mark(a, max(n, 1))
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
