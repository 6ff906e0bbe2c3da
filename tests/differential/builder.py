# SPDX-License-Identifier: Apache-2.0
"""Builds one case: the machine mode, then instruction by instruction the fields and operands.

A register that got a meaning (an address, a length …) is pinned; all others are random at the end.
What an instruction needs beyond "fields at random, addresses into the arena" stands in special.py.

Addresses are those the instruction will form: `place` turns one into register contents, with
garbage in the bits that the addressing mode ignores, and `poke` finds the page that the address is
mapped to.
"""

import os
import re
import sys

import image
import layout as L
import values as V

sys.path.insert(0, os.path.join(L.HERE, "..", "..", "tools", "isagen"))
import formats as F     # noqa: E402  (the generator's own tables)
import records          # noqa: E402

M64 = V.M64
AMODE_MASK = {24: 0xffffff, 31: 0x7fffffff, 64: M64}
AMODE_PSW = {24: 0, 31: 0x80000000, 64: 0x180000000}
SAFE_PAGES = (1, 2, 4, 6, 8, 10, 12)
SPECIAL_PAGES = L.HOLES + L.READ_ONLY + tuple(L.FOREIGN)
CODE_SPOT = L.CODE_BASE + L.CODE_SIZE // 2
LETTERS = re.compile(r"[EDX]")


class Full(Exception):
    """No register is free for what an instruction needs."""


class Spec:
    """An instruction record, seen with the eyes of the generator."""

    def __init__(self, record, defs):
        self.record = record
        self.mnemonic = record.mnemonic
        self.format = record.format
        self.length, self.layout, fields = F.FORMATS[record.format]
        self.fields = {f[0]: f for f in fields}
        self.addresses = [n for n in "1234" if "b" + n in self.fields]
        self.chapter = record.chapter.split()[0]
        text = record.do or ""
        for name in re.findall(r"\b(\w+)\(", text):
            if name in defs:
                text += "\n" + defs[name].body
        self.privileged = record.supervisor
        self.even = set()
        self.align = {}
        for check in record.checks:
            m = re.match(r"even\((.*)\)", check)
            if m:
                self.even.update(x.strip() for x in m.group(1).split(","))
            m = re.match(r"align\((a\d|rel2), (\d+)\)", check)
            if m:
                self.align[m.group(1)[-1]] = int(m.group(2))
            m = re.match(r"(?:fp_pair|fpair|pair|xfp|ext)\w*\((.*)\)", check)
            if m:
                self.even.update("fp:" + x.strip() for x in m.group(1).split(","))
        sizes = re.findall(r"(?:fetch|store|laop|cas)(\d+)", text)
        self.size = int(sizes[0]) // 8 if sizes else 0
        self.plain_address = bool(text) and not re.search(
            r"fetch|store|laop|cas|branch|call", text) and not record.exec
        self.floating = self.chapter in ("9", "18", "19", "20")
        self.letters = LETTERS.findall(record.mnemonic.replace("EFPC", "").replace("MD", "M")) \
            if self.floating else []

    def encode(self, values):
        word = int(self.record.opcode[:2], 16) << (self.length * 8 - 8)
        if self.layout:
            at, size = self.layout
            word |= int(self.record.opcode[2:], 16) << (self.length * 8 - at - size)
        for name, at, size, _, _ in self.fields.values():
            v = values[name]
            if size == F.LONG_DISP:
                word |= (v & 0xfff) << (self.length * 8 - 32) | (v >> 12 & 0xff) << 8
            else:
                word |= (v & (1 << size) - 1) << (self.length * 8 - at - size)
        return word.to_bytes(self.length, "big")

    def decode(self, code):
        """The fields of an instruction text."""
        word = int.from_bytes(code, "big")
        out = {}
        for name, at, size, _, kind in self.fields.values():
            if size == F.LONG_DISP:
                v = word >> (self.length * 8 - 32) & 0xfff | (word >> 8 & 0xff) << 12
            else:
                v = word >> (self.length * 8 - at - size) & (1 << size) - 1
            if kind in ("s", "rel") and v >> (size - 1):
                v -= 1 << size
            out[name] = v
        return out


class Mode:
    """Addressing mode, address space (None: DAT off), state, key."""

    def __init__(self, amode=64, space=None, problem=False, key=0):
        self.amode = amode
        self.space = space
        self.problem = problem
        self.key = key

    def psw_mask(self):
        mask = AMODE_PSW[self.amode] | self.key << 52
        if self.problem:
            mask |= 1 << 48
        if self.space:
            mask |= 1 << 58
            mask |= {L.PRIMARY: 0, L.SECONDARY: 2, L.HOME: 3}[self.space] << 46
        return mask


class Builder:
    def __init__(self, rng, mode):
        self.rng = rng
        self.mode = mode
        self.case = image.Case()
        self.pinned = {}
        self.values = {}      # fields of the instruction being built
        self.parts = []
        self.size = 0         # of the parts
        self.code_addr = 0
        self.fpr_letter = None
        self.no_flags = False    # the case begins without IEEE masks and flags
        self.taken = set()       # real addresses of operands that must not overlap
        self.clean = False    # no operands that are meant to be wrong

    # ---- registers ----
    def set_gr(self, reg, value):
        self.pinned[reg] = value & M64

    def free(self, even=False, avoid=()):
        """A register without a meaning yet (the pair's first one for even)."""
        choice = [r for r in range(0, 16, 2 if even else 1)
                  if r not in self.pinned and r not in avoid and
                  (not even or r + 1 not in self.pinned and r + 1 not in avoid)]
        return self.rng.choice(choice) if choice else self.rng.randrange(16) & (~1 if even else ~0)

    def address_value(self, address):
        """Register contents that mean this address in the case's mode."""
        mask = AMODE_MASK[self.mode.amode]
        if self.mode.amode != 64 and self.rng.random() < 0.5:
            return address & mask | self.rng.getrandbits(64) & ~mask
        return address & M64

    def address_reg(self, address, even=False, avoid=(0,)):
        reg = self.free(even, avoid)
        self.set_gr(reg, self.address_value(address))
        return reg

    # ---- storage ----
    def mark(self, address, size=16):
        """These bytes may change: look at their pages afterwards."""
        mask = AMODE_MASK[self.mode.amode]
        at = address & mask
        end = at + max(size, 1) - 1
        for page in range(at >> 12, (end >> 12) + 1):
            real = L.real_address(self.mode.space, (page << 12) & mask)
            if real is not None and L.ARENA_BASE <= real < L.ARENA_BASE + L.ARENA_SIZE:
                self.case.pages |= 0x80000000 >> ((real - L.ARENA_BASE) >> 12)

    def poke(self, address, data):
        """Storage contents at an address of the case's address space."""
        mask = AMODE_MASK[self.mode.amode]
        while data:
            at = address & mask
            n = min(len(data), L.PAGE - at % L.PAGE)
            real = L.real_address(self.mode.space, at)
            if real is not None and L.ARENA_BASE <= real < L.ARENA_BASE + L.ARENA_DATA:
                self.case.patches.append((real - L.ARENA_BASE, data[:n]))
            address, data = address + n, data[n:]

    def poke_real(self, address, data):
        self.case.patches.append((address - L.ARENA_BASE, data))

    def pointer(self, size=8, align=0, good=False):
        """An operand address: mostly fine, sometimes at or in a page that has something."""
        rng = self.rng
        page0 = L.ARENA_BASE
        r = rng.random()
        if r < 0.30:
            a = page0 + 2 * L.PAGE - rng.randrange(0, size + 8)
        elif r < 0.80 or good:
            a = page0 + rng.choice(SAFE_PAGES) * L.PAGE + rng.randrange(L.PAGE)
            if rng.random() < 0.5:
                a &= ~7
        elif r < 0.94:
            a = page0 + rng.choice(SPECIAL_PAGES) * L.PAGE
            a += rng.choice((-rng.randrange(0, size + 8), 4096 - rng.randrange(1, size + 8),
                             rng.randrange(L.PAGE)))
        else:
            a = self._odd_pointer(size)
        if align > 1 and rng.random() < 0.75:
            a &= -align
        self.mark(a, size)
        return a

    def _odd_pointer(self, size):
        rng, mode = self.rng, self.mode
        r = rng.random()
        if mode.space is None:
            if mode.amode == 24 or r < 0.4:
                return L.ARENA_BASE + L.PAGE + rng.randrange(L.PAGE)
            limit = L.MEMORY_SIZE
            choices = [limit + rng.randrange(L.PAGE)]
            if size <= 8:
                choices.append(limit - rng.randrange(1, 8) + 8)
            if mode.amode == 64:
                choices.append(rng.getrandbits(64) | 1 << 40)
            return rng.choice(choices)
        self.case.tags.add("alias")
        if r < 0.3:
            end = 1 << (24 if mode.amode == 24 else 31)
            return end - rng.randrange(0, size + 8)
        if r < 0.45:
            return rng.randrange(L.PAGE - size if size < L.PAGE else 1)
        if r < 0.75:
            return L.READ_ONLY_SEGMENT * L.SEGMENT + rng.choice(SAFE_PAGES) * L.PAGE + \
                rng.randrange(L.PAGE)
        if r < 0.85:
            return rng.choice((L.WRONG_SEGMENT, L.INVALID_SEGMENT)) * L.SEGMENT + \
                rng.randrange(L.SEGMENT)
        if mode.amode == 64:
            return rng.getrandbits(64) | 1 << rng.randrange(31, 64)
        return rng.randrange(AMODE_MASK[mode.amode])

    def landing(self):
        """A branch target: anywhere in the code arena but in the code itself."""
        rng = self.rng
        r = rng.random()
        if r < 0.9:
            a = L.CODE_BASE + 2 * rng.randrange(L.CODE_SIZE // 2)
            if abs(a - self.code_addr) < 128:
                a += 256
        elif r < 0.95:
            a = L.CODE_BASE + 2 * rng.randrange(L.CODE_SIZE // 2) + 1
        elif self.mode.space:
            a = self._odd_pointer(8) & ~1
            fetched_from = L.HOME if self.mode.space == L.HOME else L.PRIMARY
            if L.real_address(fetched_from, a & AMODE_MASK[self.mode.amode]) is not None:
                a = L.CODE_BASE      # never into data: nobody knows what it does, or for how long
        elif self.mode.amode == 24:
            a = L.CODE_BASE + 2 * rng.randrange(1000)
        else:
            a = L.MEMORY_SIZE + 2 * rng.randrange(1000)
        return a

    # ---- fields ----
    def register_field(self, spec, name):
        rng = self.rng
        if "fp:" + name in spec.even or (
                spec.floating and "X" in spec.letters and rng.random() < 0.9):
            if rng.random() < 0.9:
                return rng.choice((0, 1, 4, 5, 8, 9, 12, 13))
        reg = rng.randrange(16)
        if name in spec.even and rng.random() < 0.92:
            reg &= ~1
        return reg

    def immediate(self, size, kind):
        v = V.integer(self.rng, size)
        if kind in ("s", "rel") and v >> (size - 1):
            v -= 1 << size
        return v

    def length(self, size):
        r = self.rng.random()
        top = (1 << size) - 1
        if r < 0.5:
            return self.rng.randrange(min(16, top + 1))
        return top if r < 0.55 else self.rng.randrange(top + 1)

    def random_fields(self, spec):
        """All fields at random; addresses and relative operands come later."""
        rng = self.rng
        out = {}
        for name, _, size, _, kind in spec.fields.values():
            if name[0] in "bxd" and name[1:].isdigit():
                out[name] = 0
            elif kind == "rel":
                out[name] = 0
            elif name in ("r1", "r2", "r3"):
                out[name] = self.register_field(spec, name)
            elif name[0] == "m":
                out[name] = rng.getrandbits(4)
            elif name in ("l1", "l2", "l12"):
                out[name] = self.length(size) if name != "l12" else rng.getrandbits(8)
            else:
                out[name] = self.immediate(size, kind)
        return out

    def displacement(self, size):
        rng = self.rng
        r = rng.random()
        if size == 12:
            return 0 if r < 0.3 else rng.choice((1, 4, 8, 0xfff, 0x800)) if r < 0.4 \
                else rng.randrange(4096)
        if r < 0.2:
            return 0
        if r < 0.35:
            return rng.choice((-0x80000, 0x7ffff, -1, 1, -4096, 4096, 0xfff, -8))
        return rng.randrange(-0x80000, 0x80000)

    def place(self, spec, number, address, noise=True, exact=False):
        """Chooses base, index and displacement so that operand `number` has this address.

        If the base register has a meaning already, the operand lies near where that points, unless
        it must be `exact`: a branch target, which is not to be data."""
        rng, v = self.rng, self.values
        size = spec.fields["d" + number][2]
        named = [v[n] for n in ("r1", "r2", "r3") if n in v]
        named += [v["r13"] >> 4, v["r13"] & 15] if "r13" in v else []
        fixed = set(named) & set(self.pinned)
        base = rng.randrange(1, 16)
        if base in self.pinned and (exact or rng.random() < 0.7) or base in fixed:
            base = self.free(avoid=(0,)) or 1
        if exact and base in self.pinned:
            raise Full
        if base in self.pinned:
            d = rng.randrange(64) if rng.random() < 0.7 else rng.randrange(4096)
            v["b" + number], v["d" + number] = base, d
            if "x" + number in v:
                v["x" + number] = 0
            at = self.pinned[base] + d
            self.mark(at, 512)
            return at & AMODE_MASK[self.mode.amode]
        d = self.displacement(size)
        index = 0
        if "x" + number in spec.fields and rng.random() < 0.4:
            index = self.free(avoid=(0, base))
            if index in self.pinned or index == base:
                index = 0
        rest = address - d
        if index:
            x = V.register(rng) if rng.random() < 0.5 else rng.randrange(4096)
            self.set_gr(index, x)
            rest -= x
        if noise:
            rest = self.address_value(rest)
        self.set_gr(base, rest)
        v["b" + number], v["d" + number] = base, d
        if "x" + number in spec.fields:
            v["x" + number] = index
            if index and rng.random() < 0.3:
                v["b" + number], v["x" + number] = index, base
        return address & AMODE_MASK[self.mode.amode]

    def storage_value(self, spec, size):
        """What to put where a storage operand of this instruction lies."""
        rng = self.rng
        if spec.floating:
            letter = self.fpr_letter if self.fpr_letter else "D"
            bits = V.BFP[letter][0]
            c = V.centre(rng, letter)
            return b"".join(V.bfp(rng, letter, c).to_bytes(bits // 8, "big") for _ in range(2))
        if spec.chapter == "8":
            return V.packed(rng, size or rng.randrange(1, 17))
        n = size or rng.choice((1, 2, 4, 8, 8))
        return b"".join(V.integer(rng, n * 8).to_bytes(n, "big") for _ in range(max(1, 16 // n)))

    def add(self, spec, behind=b""):
        """Encodes the instruction from self.values and appends it."""
        code = spec.encode(self.values) + behind
        self.parts.append((spec.mnemonic, code))
        self.size += len(code)

    def here(self):
        """Address of the instruction being built."""
        return self.code_addr + self.size

    def relative(self, name, spec, address):
        """Sets a relative operand; the distance is cut to what the field can hold."""
        size = spec.fields[name][2]
        half = (address - self.here()) >> 1
        limit = 1 << (size - 1)
        self.values[name] = max(-limit, min(limit - 1, half))

    def finish(self):
        c = self.case
        rng = self.rng
        c.parts = self.parts
        c.code_addr = self.code_addr
        c.name = " ".join(m for m, _ in self.parts)
        c.gr = [self.pinned[r] if r in self.pinned else V.register(rng) for r in range(16)]
        return c
