# SPDX-License-Identifier: Apache-2.0
"""Which instructions there are, and the case that a seed and a number stand for.

The instruction records in isa/ are the only source: a new record is covered when it is written.
What cannot be compared is in excluded.py, what needs related operands in special.py.
"""

import glob
import os
import random

import layout as L
import special
import special_control    # noqa: F401  (each registers its hooks)
import special_decimal    # noqa: F401
import special_general    # noqa: F401
import values as V
from builder import CODE_SPOT, Builder, Full, Mode, Spec, records
from excluded import EXCLUDED

ISA = os.path.join(L.HERE, "..", "..", "isa")

CR0_AFP = 0x40000
CR0_SECONDARY = 0x04000000
CR0_EXTRACTION = 0x08000000
CR0_LOW_ADDRESS = 0x10000000
CR0_FETCH_OVERRIDE = 0x02000000
CR0_STORE_OVERRIDE = 0x01000000
CR0_SSM = 0x40000000

MODES = ("real", "primary", "secondary", "home", "supervisor", "problem", "24", "31", "64", "key")

# Instruction groups by chapter of the manual, for --groups and the summary.
GROUPS = {"7": "general", "8": "decimal", "9": "float-support", "10": "control", "14": "io",
          "19": "bfp", "18": "hfp", "20": "dfp", "21": "vector", "22": "vector", "23": "vector"}
STREAM = ("7", "8", "9", "19")      # chapters whose instructions are strung together

# Branches back over a 4- or 6-byte instruction while the condition code is 3.
AGAIN = {4: bytes.fromhex("a714fffe"), 6: bytes.fromhex("a714fffd")}


class Repertoire:
    """The instructions, and which of them to use."""

    def __init__(self, only=None, groups=None):
        isa = records.load(sorted(glob.glob(os.path.join(ISA, "*.isa"))))
        self.specs = {i.mnemonic: Spec(i, isa.defs) for i in isa.insns}
        self.isa = isa
        self.only = only
        self.excluded = {}      # mnemonic: reason, of those that are in question
        self.wanted = []
        for name, spec in self.specs.items():
            if only and name not in only:
                continue
            if groups and group(spec) not in groups:
                continue
            if name in EXCLUDED:
                self.excluded[name] = EXCLUDED[name]
            self.wanted.append(spec)
        self.lists()

    def drop(self, mnemonic, reason):
        if any(s.mnemonic == mnemonic for s in self.wanted):
            self.excluded[mnemonic] = reason
        self.wanted = [s for s in self.wanted if s.mnemonic != mnemonic]
        self.specs.pop(mnemonic, None)
        self.lists()

    def lists(self):
        self.plain = [s for s in self.wanted if s.mnemonic not in EXCLUDED]
        # Privileged and excluded: only what problem state says to it can be compared.
        self.refused = [s for s in self.wanted if s.mnemonic in EXCLUDED and s.privileged]
        self.streams = [s for s in self.plain if s.chapter in STREAM and not s.privileged and
                        s.mnemonic not in special.ALONE | special.BRANCH |
                        special.BRANCH_REGISTER]
        # Targets of EXECUTE may be anything that can be compared.
        self.targets = [s for s in self.specs.values() if s.mnemonic not in EXCLUDED]


def group(spec):
    return GROUPS.get(spec.chapter, "chapter " + spec.chapter)


class Generator:
    """Cases from a seed; `modes` (a set of MODES, or None) limits the machine modes."""

    def __init__(self, repertoire, seed, modes=None):
        self.repertoire = repertoire
        self.seed = seed
        self.modes = modes

    def allowed(self, *names):
        return [n for n in names if not self.modes or n in self.modes] or [names[0]]

    def mode(self, rng, problem=None, translated=False):
        names = ("primary", "primary", "secondary", "home")
        if not translated:
            names = ("real", "real", "real") + names
        space = rng.choice(self.allowed(*names))
        state = rng.choice(self.allowed("supervisor", "problem"))
        amode = int(rng.choice(self.allowed("64", "64", "64", "31", "31", "24")))
        key = 0
        if not self.modes or "key" in self.modes:
            r = rng.random()
            key = 0 if r < 0.8 else L.TEST_KEY if r < 0.97 else 9
        if problem is None:
            problem = state == "problem"
        return Mode(amode, None if space == "real" else space, problem, key)

    def controls(self, rng, mode, cr):
        cr0 = CR0_SECONDARY
        for chance, bit in ((0.95, CR0_AFP), (0.6, CR0_EXTRACTION), (0.06, CR0_LOW_ADDRESS),
                            (0.04, CR0_FETCH_OVERRIDE), (0.04, CR0_STORE_OVERRIDE), (0.02, CR0_SSM)):
            if rng.random() < chance:
                cr0 |= bit
        if rng.random() < 0.03:
            cr0 &= ~CR0_SECONDARY
        cr[0] = cr0
        cr[1], cr[7], cr[13] = L.ASCE[L.PRIMARY], L.ASCE[L.SECONDARY], L.ASCE[L.HOME]
        cr[3] = rng.getrandbits(32) | 0x90000000 * (rng.random() < 0.7)
        cr[4] = rng.getrandbits(32)
        cr[8] = rng.getrandbits(32)

    def case(self, number):
        """Case `number`: the same for a seed, whatever else is run."""
        rng = random.Random("%d/%d" % (self.seed, number))
        rep = self.repertoire
        r = rng.random()
        if rep.refused and (r < 0.02 or not rep.plain):
            specs = [rng.choice(rep.refused)]
            mode = self.mode(rng, problem=True)
        elif r < 0.8 or not rep.streams or rep.only:
            # by turns, so that every instruction gets its share
            specs = [rep.plain[(number * 7919 + rng.randrange(3)) % len(rep.plain)]]
            mode = self.mode(rng)
            if specs[0].privileged and mode.problem and rng.random() < 0.8:
                mode.problem = False
        else:
            specs = [rng.choice(rep.streams) for _ in range(rng.randrange(2, 7))]
            mode = self.mode(rng, translated=True)
            if rng.random() < 0.6 and (not self.modes or "64" in self.modes):
                mode.amode = 64
        try:
            case = self.build(rng, specs, mode)
        except Full:
            case = self.build(rng, specs[:1], mode)
        case.seed = (self.seed, number)
        return case

    def build(self, rng, specs, mode):
        b = Builder(rng, mode)
        c = b.case
        targets = self.repertoire.targets if len(specs) == 1 else self.repertoire.streams
        b.choose_target = lambda: rng.choice(targets)
        b.code_addr = CODE_SPOT + 2 * rng.randrange(0x4000)
        floating = [s for s in specs if s.letters]
        letter = rng.choice(floating[0].letters) if floating else None
        b.fpr_letter = letter
        self.controls(rng, mode, c.cr)
        if len(specs) > 1:
            # pointers that no instruction of the stream is meant to change
            for reg in rng.sample(range(1, 16), 3):
                b.set_gr(reg, b.address_value(b.pointer(64, 8)))
        for spec in specs:
            if c.target and spec.mnemonic in ("EX", "EXRL"):
                continue
            self.one(b, spec)
        mask = mode.psw_mask() | rng.getrandbits(2) << 44
        if rng.random() < 0.6:
            # the peer has no fixed-point overflow: not often where it would end a stream
            mask |= rng.getrandbits(4) << 40 & (~(8 << 40) if len(specs) > 1 else -1)
        c.psw = (mask, b.code_addr)
        c.fpr = V.fpr_file(rng, letter)
        c.fpc = V.fpc(rng) & (7 if b.no_flags else ~0)
        c.ar = [V.integer(rng, 32) for _ in range(16)]
        c.tags.add("key%d" % mode.key if mode.key else "key0")
        return b.finish()

    def one(self, b, spec):
        b.values = b.random_fields(spec)
        special.HOOKS.get(spec.mnemonic, special.generic)(b, spec)
        name = spec.mnemonic
        if name in ("EX", "EXRL"):
            name = b.case.target[0]
        b.add(spec, AGAIN[spec.length] if name in special.LOOP else b"")
