# SPDX-License-Identifier: Apache-2.0
"""Tests of the harness itself: QEMU against QEMU, with and without a planted difference."""

import random

import gen
import image
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


def run(where):
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

    failed = checks.count(False)
    print("%d passed, %d failed, 0 skipped" % (len(checks) - failed, failed))
    return 1 if failed else 0
