# SPDX-License-Identifier: Apache-2.0
"""A second peer, for instructions that the first does not have or does wrong: the manual in Python.

A model computes what one instruction does when it may access its operands; whatever else happens
(an operand behind a hole, protection, a wrap) it leaves alone, and the case is skipped.  Models are
slow and plain on purpose, and are written from the Principles of Operation only.  They stand in
model_control.py, model_decimal.py, model_general.py and model_sort.py; here is the machine around
them.
"""

import image
import layout as L
from builder import AMODE_MASK, M64
from peers import Outcome, Peer

MODELS = {}      # mnemonic: function(machine)

SVC_ILC = 2
NO_BEA = 1       # "do not compare": no instruction has an odd address

OPERATION, PRIVILEGED, SPECIFICATION, DATA = 1, 2, 6, 7
FIXED_OVERFLOW, FIXED_DIVIDE, DECIMAL_OVERFLOW, DECIMAL_DIVIDE, SPECIAL = 8, 9, 10, 11, 0x13


class Unmodelled(Exception):
    """The case has something that models leave alone."""


class Program(Exception):
    """A program interruption that suppresses the instruction."""

    def __init__(self, code, dxc=0):
        super().__init__(code)
        self.code = code
        self.dxc = dxc


def models(*names):
    def register(f):
        for name in names:
            MODELS[name] = f
        return f
    return register


class Machine:
    """State of a case while its instruction runs.  Fields of the instruction are in `v`."""

    def __init__(self, case, template, spec):
        self.case = case
        self.name = case.parts[0][0]
        self.spec = spec
        self.code = case.parts[0][1][:spec.length]
        self.v = spec.decode(self.code)
        self.gr = list(case.gr)
        self.fpr = list(case.fpr)
        self.ar = list(case.ar)
        self.fpc = case.fpc
        self.psw_mask, self.psw_addr = case.psw
        self.amode = {0: 24, 1: 31, 3: 64}[self.psw_mask >> 31 & 3]
        self.cc = self.psw_mask >> 44 & 3
        self.pm = self.psw_mask >> 40 & 15
        self.key = self.psw_mask >> 52 & 15
        self.problem = self.psw_mask >> 48 & 1
        self.space = None
        if self.psw_mask >> 58 & 1:
            self.space = {0: L.PRIMARY, 2: L.SECONDARY, 3: L.HOME}[self.psw_mask >> 46 & 3]
        self.template = template
        self.patches = case.patches
        self.before = {}
        self.changed = {}        # arena offset: byte
        self.after = None        # program interruption that completes the instruction
        self.next = self.psw_addr + len(self.code)

    # ---- storage ----
    def wrap(self, address):
        return address & AMODE_MASK[self.amode]

    def address(self, number):
        """Effective address of operand `number`."""
        v = self.v
        base = v["b" + number]
        a = (self.gr[base] if base else 0) + v["d" + number]
        index = v.get("x" + number, 0)
        return self.wrap(a + (self.gr[index] if index else 0))

    def real(self, address, store, key):
        """Arena offset of a byte, if nothing stands in the way."""
        if address != self.wrap(address) or address < 0x2000:
            raise Unmodelled
        at = L.real_address(self.space, address)
        if at is None or not L.ARENA_BASE <= at < L.ARENA_BASE + L.ARENA_DATA:
            raise Unmodelled
        offset = at - L.ARENA_BASE
        page = offset // L.PAGE
        if store and self.space and (address // L.PAGE % 256 in L.READ_ONLY or
                                     address // L.SEGMENT == L.READ_ONLY_SEGMENT):
            raise Unmodelled
        has = L.KEYS[page]
        if key and key != has >> 4 and (store or has & 8):
            raise Unmodelled
        return offset

    def get(self, address, size, key=None):
        """Bytes of storage; they may cross pages, not the end of the address space."""
        return bytes(self.byte(self.real(address + i, False, self.key if key is None else key))
                     for i in range(size))

    def byte(self, offset):
        if offset in self.changed:
            return self.changed[offset]
        value = self.template[offset]
        for start, data in self.patches:
            if start <= offset < start + len(data):
                value = data[offset - start]
        return value

    def put(self, address, data, key=None):
        offsets = [self.real(address + i, True, self.key if key is None else key)
                   for i in range(len(data))]
        for offset, value in zip(offsets, data):
            self.changed[offset] = value

    def apart(self, a, n, b, m):
        """Raises Unmodelled if the operands overlap."""
        first = {self.real(a + i, False, 0) for i in range(n)}
        if first & {self.real(b + i, False, 0) for i in range(m)}:
            raise Unmodelled

    # ---- registers ----
    def set_low(self, reg, value):
        self.gr[reg] = self.gr[reg] & ~0xffffffff | value & 0xffffffff

    def set_address(self, reg, value):
        """An address that moves on: in the 24- and 31-bit modes bits 0-31 stay."""
        if self.amode == 64:
            self.gr[reg] = value & M64
        else:
            self.set_low(reg, self.wrap(value))

    def control(self, register, bit):
        return self.case.cr[register] >> (63 - bit) & 1

    def key_permitted(self, key):
        return not self.problem or self.case.cr[3] >> 31 - key & 1

    # ---- result ----
    def result(self, program=None):
        """The raw result record of the case."""
        payload = bytearray([L.LC_PATTERN]) * L.LC_PAYLOAD_SIZE
        mask = self.psw_mask & ~(0x3f << 40) | self.cc << 44 | self.pm << 40

        def word(at, size, value):
            payload[at - L.LC_PAYLOAD:at - L.LC_PAYLOAD + size] = value.to_bytes(size, "big")
        if program is not None:
            event, address = L.EVENT_PROGRAM, self.wrap(self.psw_addr + len(self.code))
            word(0x8c, 2, len(self.code))
            word(0x8e, 2, program.code)
            if program.code == DATA:
                word(0x90, 4, program.dxc)
                if self.control(0, 45):
                    self.fpc = self.fpc & ~0xff00 | program.dxc << 8
        else:
            event, address = L.EVENT_SVC, self.next + 2
            word(0x88, 2, SVC_ILC)
            word(0x8a, 2, 0xff)
        words = sorted({offset & ~7 for offset in self.changed})
        deltas = []
        for offset in words:
            new = bytes(self.byte(offset + i) for i in range(8))
            changed, self.changed = self.changed, {}
            old = bytes(self.byte(offset + i) for i in range(8))
            self.changed = changed
            if new != old:
                deltas.append(image.DELTA.pack(offset, 0, int.from_bytes(new, "big")))
        head = image.RESULT.pack(
            image.RESULT.size + 16 * len(deltas), 0, event, 0, mask, address, NO_BEA,
            bytes(payload), *self.gr, *self.fpr, *self.ar, self.fpc, 0, len(deltas), 0)
        return head + b"".join(deltas)


class Model(Peer):
    name = "manual"
    faults = can_die = False

    def __init__(self, driver, repertoire, functions=None):
        super().__init__(driver)
        self.repertoire = repertoire
        self.functions = functions or MODELS

    def run(self, cases, template, deltas=64):
        results = {}
        for i, case in enumerate(cases):
            raw = self.one(case, template)
            if raw is not None:
                results[i] = raw
        return Outcome(results, [])

    def one(self, case, template):
        name = case.parts[0][0]
        spec = self.repertoire.specs.get(name)
        if len(case.parts) != 1 or name not in self.functions or not spec:
            return None
        machine = Machine(case, template, spec)
        try:
            # The program branches back while the condition code is 3: models do it all at once.
            self.functions[name](machine)
            machine.next += len(case.parts[0][1]) - spec.length
        except Unmodelled:
            return None
        except Program as program:
            # Nothing has changed.
            return Machine(case, template, spec).result(program)
        return machine.result(machine.after)
