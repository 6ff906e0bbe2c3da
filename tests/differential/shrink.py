# SPDX-License-Identifier: Apache-2.0
"""Makes a failing case as small as it can be while it still fails.

Each round tries every single simplification at once (they are cases of one batch), then the
successful ones one upon the other.  A case counts as still failing when it differs and no known fault
explains it; from one instruction on it must also differ in the same fields and end in the same way.
"""

import time

import runner

NOP = {2: bytes.fromhex("0700"), 4: bytes.fromhex("47000000"), 6: bytes.fromhex("c00400000000")}
AMODE = 0x180000000
DAT = 1 << 58
SPACE = 3 << 46
KEY = 15 << 52
PROBLEM = 1 << 48
ROUNDS = 12
DEATHS = 2       # a simplification may make the peer hang; those behind it are then not tried
SECONDS = 30


def keep_one(i):
    def change(c):
        if len(c.parts) > 1:
            start = sum(len(code) for _, code in c.parts[:i])
            c.parts = [c.parts[i]]
            c.code_addr += start
            c.psw = (c.psw[0], c.psw[1] + start)
            c.name = c.parts[0][0]
            if c.name not in ("EX", "EXRL"):
                c.target = None
    return change


def drop_first(c):
    if len(c.parts) > 1:
        size = len(c.parts[0][1])
        c.parts = c.parts[1:]
        c.code_addr += size
        c.psw = (c.psw[0], c.psw[1] + size)


def drop_last(c):
    if len(c.parts) > 1:
        c.parts = c.parts[:-1]


def blank(i):
    def change(c):
        if i < len(c.parts) and len(c.parts) > 1:
            size = len(c.parts[i][1])
            c.parts[i] = ("nop", NOP.get(size, NOP[2] * (size // 2)))
    return change


def psw(clear, put=0):
    def change(c):
        c.psw = (c.psw[0] & ~clear | put, c.psw[1])
    return change


def register(name, i, value):
    def change(c):
        getattr(c, name)[i] = value
    return change


def zeros(name):
    def change(c):
        setattr(c, name, [0] * 16)
    return change


def no_patch(i):
    def change(c):
        if i < len(c.patches):
            c.patches[i] = (c.patches[i][0], b"")
    return change


def zero_patch(i):
    def change(c):
        if i < len(c.patches):
            offset, data = c.patches[i]
            c.patches[i] = (offset, bytes(len(data)))
    return change


def plain_cr0(c):
    c.cr[0] = 0x04040000
    c.cr[3] = c.cr[4] = c.cr[8] = 0


def no_fpc(c):
    c.fpc = 0


def changes(c):
    """All simplifications worth a try."""
    out = [keep_one(i) for i in range(len(c.parts))] if len(c.parts) > 1 else []
    out += [drop_first, drop_last] + [blank(i) for i in range(len(c.parts))]
    out += [zeros("ar"), zeros("fpr"), no_fpc, plain_cr0, psw(DAT | SPACE), psw(SPACE), psw(KEY),
            psw(PROBLEM), psw(0, AMODE), psw(15 << 40), psw(3 << 44)]
    for i in range(16):
        if c.gr[i]:
            out += [register("gr", i, 0), register("gr", i, c.gr[i] & 0xffffffff),
                    register("gr", i, c.gr[i] & 0x7fffffff), register("gr", i, c.gr[i] & 0xffffff)]
        if c.fpr[i]:
            out += [register("fpr", i, 0)]
        if c.ar[i]:
            out += [register("ar", i, 0)]
    for i, (_, data) in enumerate(c.patches):
        if data:
            out += [no_patch(i), zero_patch(i)]
    return out


def apply(case, *some):
    c = case.copy()
    for change in some:
        change(c)
    return c


def fields(case):
    return (case.parts, case.psw, case.gr, case.cr, case.fpr, case.ar, case.fpc, case.patches)


def ending(x, y):
    """How both ended; a smaller case should end in the same way."""
    return x and x.program, y and y.program


class Shrinker:
    def __init__(self, ours, theirs, template):
        self.ours = ours
        self.theirs = theirs
        self.template = template
        self.kinds = None
        self.ends = None

    def failing(self, cases):
        """[failure or None] for each case."""
        out = []
        for case, x, y, diffs, known, trouble in runner.compare_all(
                self.ours, self.theirs, cases, self.template, runner.DELTAS_FULL, DEATHS):
            if case is None:
                continue
            bad = trouble or (diffs and not known)
            if bad and self.ends and (self.ends != ending(x, y) or
                                      not self.kinds & {d.kind for d in diffs}):
                bad = False
            out.append(runner.Failure(case, x, y, diffs, trouble) if bad else None)
        return out

    def shrink(self, failure):
        """The smallest failure found; the given one if it does not fail again."""
        start = failure.case.copy()
        start.pages = 0xffffffff
        self.ends = None
        best = self.failing([start])[0]
        if best is None or best.trouble:
            return failure
        end = time.monotonic() + SECONDS
        for _ in range(ROUNDS):
            if time.monotonic() > end:
                break
            if len(best.case.parts) == 1 and not self.ends:
                self.kinds = {d.kind for d in best.diffs}
                self.ends = ending(best.x, best.y)
            tries = []
            for change in changes(best.case):
                c = apply(best.case, change)
                if fields(c) != fields(best.case):
                    tries.append((change, c))
            good = [change for (change, _), f in zip(tries, self.failing([c for _, c in tries]))
                    if f] if tries else []
            if not good:
                break
            steps, now = [], best.case
            for change in good:
                now = apply(now, change)
                steps.append(now)
            done = False
            for f in self.failing(steps):
                if f is None:
                    break
                best, done = f, True
            if not done:
                break
        best.case.patches = [p for p in best.case.patches if p[1]]
        again = self.failing([best.case])[0]
        return again or best


