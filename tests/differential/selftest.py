# SPDX-License-Identifier: Apache-2.0
"""Tests of the harness itself: QEMU against QEMU, models against models, and sie390, if it is there,
against models, all with and without a planted difference."""

import os
import random

import gen
import image
import model
import model_control   # noqa: F401  (each registers its models)
import model_decimal   # noqa: F401
import model_general   # noqa: F401
import model_sort      # noqa: F401
import peers
import report
import runner
import shrink

SEED = 20260101


def plant(old, new):
    """Changes a case so that one opcode stands where another should."""
    def change(case):
        if not any(c[:len(old)] == old for _, c in case.parts):
            return case
        c = case.copy()
        c.parts = [(m, new + code[len(new):] if code[:len(old)] == old else code)
                   for m, code in c.parts]
        return c
    return change


def loop_at(number):
    """Makes one case an endless loop."""
    def change(case):
        if case.seed[1] != number:
            return case
        c = case.copy()
        c.parts = [("J", bytes.fromhex("a7f40000"))]
        return c
    return change


def damaged(function, what):
    """A model with a fault: one bit of what it makes is wrong."""
    def change(m):
        function(m)
        if what == "condition code":
            m.cc ^= 1
        elif what == "register":
            m.gr[m.case.seed[1] % 16] ^= 1 << m.case.seed[1] % 64
        elif what == "ending":
            m.after = None if m.after else model.Program(model.OPERATION)
        elif m.changed:
            m.changed[min(m.changed)] ^= 0x10
        else:
            raise model.Unmodelled
    return change


# What a model that stores must be caught at too.
STORING = frozenset(
    "AP SP ZAP MP DP SRP ED EDMK CVD CVDY CVDG PACK UNPK PKA PKU UNPKA UNPKU STMH PLO UPT MVCK MVCSK "
    "MVCDK STRAG".split())


def models(check, driver, program):
    """The second peer: a fault in any instruction is seen, whatever is left open."""
    repertoire = gen.Repertoire(list(model.MODELS))
    generator = gen.Generator(repertoire, SEED)
    count = 30 * len(model.MODELS)
    right = model.Model(driver, repertoire)
    for what in ("condition code", "register", "ending", "storage"):
        wrong = model.Model(driver, repertoire, {
            name: damaged(f, what) for name, f in model.MODELS.items()})
        tally = runner.run_batch(wrong, right, generator, 0, count)
        missed = set(STORING if what == "storage" else model.MODELS) - \
            {f.case.name for f in tally.failures}
        check("a wrong %s of a modelled instruction is found%s" % (
            what, ", but for " + " ".join(sorted(missed)) if missed else ""), not missed)
    if not os.access(program, os.X_OK):
        print("skipped: %s is not there" % program)
        return 1
    ours = peers.Sie390(driver, program)
    for old, new, name in ((b"\xfa", b"\xfb", "AP"), (b"\xdf", b"\xde", "EDMK"),
                           (b"\x4f", b"\x58", "CVB")):
        ours.plant = plant(old, new)
        tally = runner.run_batch(ours, right, generator, 0, count)
        names = {f.case.name for f in tally.failures}
        check("another instruction for %s is found, and nothing else" % name, names == {name})
    return 0


def run(where, program):
    checks = []
    driver = image.build_driver(where)
    repertoire = gen.Repertoire()
    template = image.template(random.Random(SEED))

    def check(text, good):
        checks.append(good)
        print("%s - %s" % ("ok" if good else "not ok", text), flush=True)

    lacking, = runner.probe((peers.Qemu(driver),), repertoire, template)
    for name in lacking:
        repertoire.drop(name, "the peer does not have it")
    generator = gen.Generator(repertoire, SEED)

    first, second = generator.case(17), gen.Generator(repertoire, SEED).case(17)
    check("a seed and a number always give the same case", first.pack() == second.pack())

    tally = runner.run_batch(peers.Qemu(driver), peers.Qemu(driver), generator, 0, 4000)
    check("a machine equals itself (%d cases)" % tally.passed,
          tally.failed == 0 and not tally.alone and tally.passed > 3900)

    ours = peers.Qemu(driver)
    ours.plant = plant(b"\xb9\x08", b"\xb9\x09")       # SGR instead of AGR
    planted = gen.Repertoire(["AGR", "AGRK", "LGR", "AG"])
    generator = gen.Generator(planted, SEED)
    tally = runner.run_batch(ours, peers.Qemu(driver), generator, 0, 400)
    names = {f.case.name for f in tally.failures}
    check("a wrong AGR is found, and nothing else", tally.failed > 50 and names == {"AGR"})

    shrinker = shrink.Shrinker(ours, peers.Qemu(driver), template)
    small = shrinker.shrink(tally.failures[0])
    page = report.describe(small, ("planted", "qemu"))
    zero = sum(1 for v in small.case.gr if v == 0)
    check("it is shrunk to two registers and the basic mode",
          zero >= 14 and not small.case.psw[0] & ~0x180000000)
    check("the page tells instruction, seed and both values",
          "agr" in page and "seed %d" % SEED in page and "planted" in page)

    generator = gen.Generator(repertoire, SEED)
    ours.plant = plant(b"\x58", b"\x59")               # C instead of L, in streams too
    shrinker = shrink.Shrinker(ours, peers.Qemu(driver), template)
    streams = [c for c in map(generator.case, range(6000)) if len(c.parts) > 3 and
               [m for m, _ in c.parts].count("L") == 1 and not c.target]
    bad = [f for f in shrinker.failing(streams) if f]
    small = shrinker.shrink(bad[0]) if bad else None
    check("a stream is shrunk to the wrong instruction (%s: %s)" % (
        bad[0].case.name if bad else "none", small.case.name if small else "not found"),
        bool(small) and small.case.name == "L")

    ours.plant = loop_at(37)
    tally = runner.run_batch(ours, peers.Qemu(driver), generator, 0, 100)
    check("a machine that never ends is stopped, and the cases behind go on",
          [(f.case.seed[1], bool(f.trouble)) for f in tally.failures] == [(37, True)] and
          tally.passed == 99)

    skipped = models(check, driver, program)
    failed = checks.count(False)
    print("%d passed, %d failed, %d skipped" % (len(checks) - failed, failed, skipped))
    return 1 if failed else 0
