# SPDX-License-Identifier: Apache-2.0
"""Cases and results: packed for the test guest, unpacked from its storage, and the guest's image.

The layout of the records is that of driver/driver.c: struct case_in, patch, result, delta.
"""

import os
import struct
import subprocess
import tempfile

import layout as L

CASE_HEAD = struct.Struct(">IIIHHQ2Q16Q16Q16Q16III")
RESULT = struct.Struct(">IIII2QQ64s16Q16Q16IIIII")
PATCH = struct.Struct(">II")
DELTA = struct.Struct(">IIQ")
FILL = L.CODE_FILL.to_bytes(2, "big")


class Case:
    """One test: state before, instructions.  `patches` is {arena offset: bytes}."""

    __slots__ = ("name", "seed", "parts", "target", "code_addr", "psw", "gr", "cr", "fpr", "ar",
                 "fpc", "patches", "flags", "pages", "tags")

    def __init__(self):
        self.name = ""        # mnemonics, for statistics
        self.seed = None      # (seed, number): what made it
        self.parts = []       # [(mnemonic, bytes)]; the bytes may have a branch back at the end
        self.target = None    # of EXECUTE: (mnemonic, bytes, address)
        self.code_addr = 0    # real, and virtual in every space
        self.psw = (0, 0)
        self.gr = [0] * 16
        self.cr = [0] * 16
        self.fpr = [0] * 16
        self.ar = [0] * 16
        self.fpc = 0
        self.patches = []     # [(arena offset, bytes)], later ones over earlier ones
        self.flags = 0
        self.pages = 0
        self.tags = set()     # facts for compare.py: "two-operands", "foreign-key" …

    def copy(self):
        other = Case()
        for name in Case.__slots__:
            value = getattr(self, name)
            if isinstance(value, (list, set)):
                value = value.copy()
            setattr(other, name, value)
        return other

    @property
    def mnemonics(self):
        return [m for m, _ in self.parts] + ([self.target[0]] if self.target else [])

    @property
    def texts(self):
        """[(mnemonic, bytes)] of the instructions, with the target of EXECUTE."""
        return self.parts + ([self.target[:2]] if self.target else [])

    def code(self):
        """The instructions as they stand in storage, with what ends the case behind them."""
        code = b"".join(c for _, c in self.parts) + FILL
        if self.target:
            _, target, address = self.target
            code += FILL * ((address - self.code_addr - len(code)) // 2) + target + FILL
        return code

    def pack(self):
        parts = []
        code = self.code()
        for offset, data in self.patches:
            parts.append(PATCH.pack(offset, len(data)))
            parts.append(data)
            parts.append(b"\0" * (-len(data) % 8))
        parts.append(code)
        parts.append(b"\0" * (-len(code) % 8))
        rest = b"".join(parts)
        return CASE_HEAD.pack(CASE_HEAD.size + len(rest), self.flags, self.pages,
                              len(self.patches), len(code), self.code_addr, *self.psw,
                              *self.gr, *self.cr, *self.fpr, *self.ar, self.fpc, 0) + rest


class Result:
    """What a case did."""

    def __init__(self, raw):
        self.raw = raw
        f = RESULT.unpack_from(raw)
        self.size, self.index, self.event, self.flags = f[:4]
        self.psw = f[4:6]
        self.bea = f[6]
        self.payload = f[7]
        self.gr = list(f[8:24])
        self.fpr = list(f[24:40])
        self.ar = list(f[40:56])
        self.fpc = f[56]
        count = f[58]
        at = RESULT.size
        self.cr = None
        self.keys = None
        if self.flags & L.RESULT_CR:
            self.cr = list(struct.unpack_from(">16Q", raw, at))
            at += 128
        if self.flags & L.RESULT_KEYS:
            self.keys = raw[at:at + 16]
            at += 16
        self.deltas = {}
        for _ in range(count):
            offset, _, value = DELTA.unpack_from(raw, at)
            self.deltas[offset] = value
            at += DELTA.size

    def word(self, address, size):
        """A field of the lowcore payload, by its real address."""
        at = address - L.LC_PAYLOAD
        return int.from_bytes(self.payload[at:at + size], "big")

    @property
    def program(self):
        """Program-interruption code, None if the case ended otherwise."""
        return self.word(0x8e, 2) if self.event == L.EVENT_PROGRAM else None

    @property
    def ilc(self):
        return self.word(0x8c if self.event == L.EVENT_PROGRAM else 0x88, 2)

    @property
    def cc(self):
        return self.psw[0] >> 44 & 3


def pack_input(cases, deltas):
    body = b"".join(c.pack() for c in cases)
    head = struct.pack(">IIIIQ16s", L.INPUT_MAGIC, len(cases), deltas, 0, 0, L.KEYS)
    data = head.ljust(L.HEADER_SIZE, b"\0") + body
    if len(data) > L.INPUT_SIZE:
        raise ValueError("%d cases are too many for one image" % len(cases))
    return data


def split_results(data):
    """{index: raw result}, [raw results of stray stores]"""
    found, stray = {}, []
    at = 0
    while at + RESULT.size <= len(data):
        size, index, _, flags = struct.unpack_from(">IIII", data, at)
        if not RESULT.size <= size <= len(data) - at:
            break
        raw = data[at:at + size]
        if flags & L.RESULT_STRAY:
            stray.append(raw)
        else:
            found[index] = raw
        at += size
    return found, stray


def template(rng):
    """Arena contents between the cases of a batch: random bytes in the data pages, the tables."""
    return rng.randbytes(L.ARENA_DATA) + L.tables()


def build_driver(where):
    """Compiles the test guest; returns the flat image's path.  One compiler run, about 0.2 s."""
    source = os.path.join(L.HERE, "driver")
    files = [os.path.join(source, f) for f in ("entry.S", "driver.c", "driver.ld", "layout.h")]
    flat = os.path.join(where, "driver.bin")
    if os.path.exists(flat) and all(os.path.getmtime(f) < os.path.getmtime(flat) for f in files):
        return flat
    os.makedirs(where, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=where) as tmp:
        elf, out = os.path.join(tmp, "driver.elf"), os.path.join(tmp, "driver.bin")
        subprocess.run(
            ["s390x-linux-gnu-gcc", "-march=z900", "-mzarch", "-m64", "-msoft-float", "-O2",
             "-ffreestanding", "-nostdlib", "-fno-pie", "-no-pie", "-fno-stack-protector",
             "-fno-strict-aliasing", "-fno-tree-loop-distribute-patterns", "-Wall", "-Wextra",
             "-Wl,--build-id=none", "-Wl,--no-warn-rwx-segments", "-Wl,-T," + files[2],
             "-o", elf, files[0], files[1]], check=True)
        subprocess.run(["s390x-linux-gnu-objcopy", "-O", "binary", elf, out], check=True)
        os.rename(out, flat)
    return flat
