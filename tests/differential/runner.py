# SPDX-License-Identifier: Apache-2.0
"""Runs cases on both machines, judges them, and goes on when a machine dies under a case."""

import collections
import random

import compare
import gen
import image
import known_faults
from peers import Outcome

DELTAS = 64          # storage words a result may hold in the long runs
DEATHS = 100         # of a machine in a batch, before the rest is left out
WINDOW = 64          # cases between two looks at all of the arena (driver.c: main)
WINDOWS = 50         # of a batch that are looked into, at most
DELTAS_CONFIRM = 300
CONFIRM = 4000       # cases of a batch to run again at most
DELTAS_FULL = 1200   # when one case is looked at closely


class Failure:
    """A case with a difference.  `trouble`: it is our machine that died or hung."""

    def __init__(self, case, x, y, diffs, trouble=None):
        self.case = case
        self.x = x
        self.y = y
        self.diffs = diffs
        self.trouble = trouble

    @property
    def key(self):
        """Failures with one key are taken for one fault."""
        what = ("trouble",) if self.trouble else tuple(sorted({d.kind for d in self.diffs}))
        name = self.case.name if len(self.case.parts) == 1 else "several"
        if len(self.case.parts) == 1 and self.case.target:
            name += " " + self.case.target[0]
        return name, what


class Tally:
    def __init__(self):
        self.passed = 0
        self.died = 0                                # the peer died or hung: skipped
        self.alone = 0                               # differed in a batch, not alone: skipped
        self.known = collections.Counter()           # known faults of the peer: skipped
        self.failures = []
        self.failed = 0
        self.keys = collections.Counter()
        self.run = collections.Counter()             # mnemonic: cases
        self.ended = collections.Counter()           # (mnemonic, interruption code or None): cases

    def add(self, other):
        for name in ("passed", "died", "alone", "failed"):
            setattr(self, name, getattr(self, name) + getattr(other, name))
        for name in ("known", "keys", "run", "ended"):
            getattr(self, name).update(getattr(other, name))
        for f in other.failures:
            if sum(1 for g in self.failures if g.key == f.key) < 3:
                self.failures.append(f)


def run_all(machine, cases, template, deltas=DELTAS, deaths=DEATHS):
    """{index: raw result}, {index: trouble}, {index: raw stray result}.

    Goes on behind a case under which the machine dies, but not for ever."""
    results, troubles, stray = {}, {}, {}
    base = 0
    while base < len(cases):
        out = machine.run(cases[base:], template, deltas)
        if out.trouble and out.at is None:
            out = find(machine, cases[base:], template, deltas, out)
        results.update((base + k, v) for k, v in out.results.items())
        for raw in out.stray:
            stray[base + image.Result(raw).index] = raw
        if not out.trouble:
            break
        troubles[base + out.at] = out.trouble
        base += out.at + 1
        if len(troubles) >= deaths:
            break
    return results, troubles, stray


def find(machine, cases, template, deltas, out):
    """A machine that died without saying where: by halves."""
    low, high, last = 0, len(cases), out
    while high - low > 1:
        middle = (low + high) // 2
        part = machine.run(cases[low:middle], template, deltas)
        if part.trouble:
            high, last = middle, part
        else:
            low = middle
    before = machine.run(cases[:low], template, deltas) if low else Outcome({}, [])
    return Outcome(before.results, before.stray, last.trouble, low)


def compare_all(ours, theirs, cases, template, deltas=DELTAS, deaths=DEATHS):
    """Yields (case, x, y, diffs, known, trouble); x and y are None where a machine has no result."""
    b, trouble_b, stray_b = run_all(theirs, cases, template, deltas, deaths)
    a, trouble_a, stray_a = run_all(ours, cases, template, deltas, deaths)
    for i, case in enumerate(cases):
        raw_a, raw_b = a.get(i), b.get(i)
        if raw_a is None:
            yield case, None, None, [], None, trouble_a.get(i)
            continue
        x = image.Result(raw_a)
        if raw_b is None:
            yield case, x, None, [], None, None
            continue
        broken = compare.keys_of(case, x) if ours.keys else []
        if broken:
            yield case, x, image.Result(raw_b), broken, None, None
            continue
        if raw_a[8:] == raw_b[8:]:    # all but size and index
            yield case, x, x, [], None, None
            continue
        y = image.Result(raw_b)
        diffs = compare.judge(case, x, y)
        known = known_faults.explanation(case, x, y, diffs) if diffs and theirs.faults else None
        yield case, x, y, diffs, known, None
    if not trouble_a and not trouble_b:
        for i in sorted(set(stray_a) | set(stray_b)):
            if stray_a.get(i, b"")[8:] != stray_b.get(i, b"")[8:]:
                yield None, i, None, [], None, None


def run_batch(ours, theirs, generator, first, count):
    """Cases first … first+count-1 of a generator."""
    tally = Tally()
    cases = [generator.case(n) for n in range(first, first + count)]
    template = image.template(random.Random("%d/template" % generator.seed))
    again, beside = [], []
    for case, x, y, diffs, known, trouble in compare_all(ours, theirs, cases, template):
        if case is None:
            beside += cases[x // WINDOW * WINDOW:x + 1]
        elif trouble:
            fail(tally, Failure(case, None, None, [], trouble))
        elif y is None:
            tally.died += theirs.can_die
        elif known:
            tally.known[known.text] += 1
        elif diffs:
            again.append(case)
        else:
            passed(tally, case, x)
    equal = confirm(tally, ours, theirs, again, template)
    for case in equal[:WINDOWS]:
        after_others(tally, ours, theirs, cases, case, template)
    tally.alone += len(equal[WINDOWS:])
    # These were counted above already, but for failures.
    confirm(tally, ours, theirs, [c for c in beside if c not in again], template)
    return tally


def passed(tally, case, x):
    tally.passed += 1
    for name in case.mnemonics:
        tally.run[name] += 1
    if len(case.parts) == 1:
        tally.ended[case.parts[0][0], x.program] += 1


def confirm(tally, ours, theirs, cases, template):
    """Runs cases that differed again, with all pages compared after each; returns those that are
    equal now.

    In a batch only the pages are compared that a case should touch, so one that stores elsewhere
    spoils its successors."""
    cases = [c.copy() for c in cases[:CONFIRM]]
    for c in cases:
        c.pages = 0xffffffff
    equal = []
    for case, x, y, diffs, known, trouble in compare_all(ours, theirs, cases, template,
                                                         DELTAS_CONFIRM) if cases else ():
        if case is None:
            continue
        if trouble or diffs and not known:
            fail(tally, Failure(case, x, y, diffs, trouble))
        elif known:
            tally.known[known.text] += 1
        else:
            equal.append(case)
    return equal


def after_others(tally, ours, theirs, cases, case, template):
    """A case that differed in the batch but not alone: once more behind those that were before it.

    If it is equal now, one of them had stored where nothing was expected, under the peer (under
    us it would have failed).  If not, what it does depends on what was before."""
    number = case.seed[1] - cases[0].seed[1]
    some = [c.copy() for c in cases[max(0, number - WINDOW):number + 1]]
    for c in some:
        c.pages = 0xffffffff
    for other, x, y, diffs, known, trouble in compare_all(ours, theirs, some, template,
                                                          DELTAS_CONFIRM):
        if other is some[-1]:
            if trouble or diffs and not known:
                fail(tally, Failure(other, x, y, diffs, trouble or
                                    "only behind the %d cases before it" % (len(some) - 1)))
            else:
                tally.alone += 1
                return


def fail(tally, failure):
    tally.failed += 1
    tally.keys[failure.key] += 1
    if tally.keys[failure.key] <= 3:
        tally.failures.append(failure)


def probe(machines, repertoire, template):
    """Which instructions a machine does not have: an operation exception whatever the operands.

    Returns a set of mnemonics for each machine."""
    specs = repertoire.targets      # a superset of what is run
    cases = []
    owner = []
    generator = gen.Generator(repertoire, 0, {"real", "supervisor", "64"})
    refused = repertoire.refused
    for spec in specs + refused:
        for n in range(3):
            rng = random.Random("probe/%s/%d" % (spec.mnemonic, n))
            mode = generator.mode(rng, problem=spec in refused)
            mode.key = 0
            cases.append(generator.build(rng, [spec], mode))
            owner.append(spec.mnemonic)
    lacking = []
    for machine in machines:
        results, _, _ = run_all(machine, cases, template)
        found = collections.defaultdict(list)
        for i, raw in results.items():
            x = image.Result(raw)
            at_start = x.program == 1 and x.psw[1] == cases[i].psw[1] + \
                len(cases[i].parts[0][1][:repertoire.specs[owner[i]].length])
            found[owner[i]].append(at_start)
        lacking.append({m for m, hits in found.items() if hits and all(hits)})
    return lacking
