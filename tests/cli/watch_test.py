#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What can be seen of a run from outside: traces, counters, the live table, events, static probes."""
import contextlib
import json
import os
import pathlib
import re
import shutil
import signal
import struct
import subprocess
import sys
import termios
import time
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))
import support
from support import Case, Control, SIE390, USAGE, HOST, image, run

WAIT_AT_208 = bytes.fromhex("82000208")  # LPSW
SPX = bytes.fromhex("b2100200")
STSCH = bytes.fromhex("a71a0000a51e0001b2340300")  # of subchannel 0 of set 0, which is not there
SPX_FOR_EVER = image(bytes.fromhex("b2100200a7f4fffe"))
THREE = image(SPX + STSCH + SPX + WAIT_AT_208, [(0x208, support.DISABLED_WAIT)])
NUMBER = r"(?m)^ *(\d+) +([\d.]+(?: %)?)?  ([\w ]+): (.*)$"
LEAVE = "\x1b[?1049l"


def numbers(text):
    """group: name -> total, of a table."""
    return {f"{group}: {name}": int(total) for total, _, group, name in re.findall(NUMBER, text)}


class Watch(Case):
    def load(self, content, *options, **rest):
        return run("run", "--load", f"{self.file('image', content)}@0", "--console", "none",
                   *options, **rest)

    def start(self, content, *options):
        """A guest with a control socket, running."""
        g = self.guest("--load", f"{self.file('image', content)}@0", "--console", "none",
                       "--control", self.dir / "c", *options)
        with Control(self.dir / "c") as control:
            control.wait_until_running()
        return g

    def end(self, g):
        with Control(self.dir / "c") as control:
            control.ask("quit")
        g.wait(support.ENDED)


class Traces(Watch):
    def lines(self, pattern, *options):
        done = self.load(THREE, "--trace", "icpt", *options)
        self.assertEqual(done.returncode, support.WAIT)
        return re.findall(pattern, done.stderr)

    def test_i06_a_line_for_each_intercept(self):
        found = self.lines(r"(?m)^cpu 0: 04 instruction psw 0000000080000000 0000000000001004 "
                           r"b210 02000000 spx 512: priv_spx resume \d+ ns$")
        self.assertEqual(len(found), 1)
        self.assertEqual(len(self.lines(r"\bpriv_spx resume")), 2)

    def test_journey_that_leaves_has_two_lines(self):
        found = self.lines(r"(?m)^cpu 0: 04 (?:instruction|left \(intercept\)) psw .* b234 03000000 "
                           r"stsch 768: (\w+ \w+) \d+ ns$")
        self.assertEqual(found, ["priv_stsch exit", "css_handle resume"])

    def test_end_of_the_story(self):
        found = self.lines(r"(?m)^cpu 0: 1c (.*?) psw \w+ \w+: (.*) \d+ ns$")
        self.assertEqual(found, [("wait", "hv_handle_wait exit"),
                                 ("left (disabled wait)", "sleep_cpu sleep")])


class Summary(Watch):
    def test_i06_counters_of_kinds_and_instructions(self):
        n = numbers(self.load(THREE, "--stat").stderr)
        self.assertEqual(n["intercept: instruction"], 3)
        self.assertEqual(n["intercept: wait"], 1)
        self.assertEqual(n["instruction: SPX"], 2)
        self.assertEqual(n["instruction: STSCH"], 1)
        self.assertEqual(n["machine: disabled wait"], 1)
        self.assertIn("time: in the hypervisor us", n)

    def test_groups_in_order_and_the_largest_first(self):
        table = self.load(THREE, "--stat").stderr
        rows = [(group, int(total)) for total, _, group, _ in re.findall(NUMBER, table)]
        groups = list(dict.fromkeys(group for group, _ in rows))
        self.assertEqual(groups[:4], ["time", "intercept", "instruction", "exit"])
        for group in groups[1:]:
            values = [total for g, total in rows if g == group]
            self.assertEqual(values, sorted(values, reverse=True))
        columns = {line.index(":") - len(line[:line.index(":")].split()[-1])
                   for line in table.splitlines() if re.match(NUMBER, line)}
        self.assertEqual(len(columns), 1, "names begin in one column")

    def test_times_only_when_wanted(self):
        g = self.start(SPX_FOR_EVER)
        with Control(self.dir / "c") as control:
            self.assertNotIn("in the guest us", control.ask("statistics")["statistics"]["time"])
            control.ask("statistics", times=True)
            first = control.ask("statistics")["statistics"]["time"]
            while control.ask("statistics")["statistics"]["time"]["elapsed ms"] < first["elapsed ms"] + 50:
                time.sleep(0.01)
            last = control.ask("statistics")["statistics"]["time"]
        for name in ("in the guest us", "in the hypervisor us"):
            self.assertGreater(last[name], first.get(name, 0))
        self.end(g)


class Documented(unittest.TestCase):
    def test_each_counter(self):
        rows = {}
        for group, names in re.findall(r"(?m)^\| (\w+) \| (.*?) \|", (
                support.TOP / "docs/watching.md").read_text()):
            rows[group] = rows.get(group, "") + ", " + names + ", "
        hypervisor = (support.TOP / "src/hypervisor/counters.h").read_text()
        machine = (support.TOP / "src/machine/statistics.c").read_text()
        found = re.findall(r'X\(\w+, "(\w+)", "(.*?)"\)', hypervisor)
        found += re.findall(r'say\(t, "(\w+)", "(.*?)"', machine.replace("&t", "t"))
        found += [("machine", name) for name in re.findall(r'\[EXIT_\w+\] = "(.*?)"', machine)]
        found += [("time", name) for name in re.findall(r'\[TIME_\w+\] = "(.*?)"', machine)]
        self.assertGreater(len(found), 70)
        for group, name in found:
            self.assertIn(f", {name}, ", rows[group], group)


class Live(Watch):
    def test_option(self):
        for words, status, pattern in (
                (["--stat=dead"], USAGE, "--stat=dead: not live"),
                (["--stat=live:0"], USAGE, "--stat=live:0: not 0.1 to 3600"),
                (["--stat=live:x"], USAGE, "--stat=live:x"),
                (["--stat=live", "--console", "stdio"], USAGE, "--stat=live: .*sie390 stat")):
            with self.subTest(words):
                words = words if "--console" in words else words + ["--console", "none"]
                done = run("run", "--load", f"{self.file('image', SPX_FOR_EVER)}@0", *words)
                self.one_line(done, status, pattern)

    def test_tables_during_the_run(self):
        done = self.load(SPX_FOR_EVER, "--stat=live:0.1", "--timeout", "3")
        self.assertEqual(done.returncode, support.TIMEOUT)
        totals = [int(n) for n in re.findall(r"(?m)^ *(\d+) +[\d.]+  instruction: SPX$", done.stderr)]
        self.assertGreater(len(totals), 1)
        self.assertEqual(totals, sorted(totals))
        self.assertNotIn("\x1b", done.stderr)

    def test_once(self):
        g = self.start(SPX_FOR_EVER)
        done = run("stat", self.dir / "c", "--once")
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        self.assertGreater(numbers(done.stdout)["instruction: SPX"], 0)
        self.assertEqual(done.stdout.count("per second"), 1)
        self.end(g)

    def test_plain_tables_until_the_run_ends(self):
        g = self.start(SPX_FOR_EVER)
        watcher = support.Guest(self, [SIE390, "stat", str(self.dir / "c"), "--interval", "0.1"])
        self.addCleanup(watcher.close)
        for _ in range(3):
            watcher.wait_for(r"total +per second\n.*(?:\n.*)+  instruction: SPX\n")
        self.end(g)
        watcher.wait(0)
        self.assertNotIn("\x1b", watcher.seen)
        self.assertEqual(watcher.stderr(), "")

    def test_wrong_arguments(self):
        for words, status, pattern in (
                ([], USAGE, "give a socket"), (["a", "b"], USAGE, "give a socket"),
                (["a", "--interval", "0"], USAGE, "--interval 0: not 0.1 to 3600"),
                (["a", "--bogus"], USAGE, "--bogus"), ([self.dir / "no"], HOST, "no: No such file")):
            with self.subTest(words):
                self.one_line(run("stat", *words), status, pattern)


class Screen(Watch):
    """sie390 stat on a pseudo-terminal."""

    def watch(self):
        self.running = self.start(SPX_FOR_EVER)
        g = support.Guest(self, [SIE390, "stat", str(self.dir / "c"), "--interval", "0.1"],
                          terminal=True)
        self.addCleanup(g.close)
        g.wait_for(r"instruction: SPX")
        return g

    def is_raw(self, g):
        return not termios.tcgetattr(g.terminal)[3] & (termios.ICANON | termios.ECHO)

    def ended(self, g):
        g.wait(0)
        self.assertEqual(termios.tcgetattr(g.terminal), g.before)
        self.assertIn(LEAVE, g.seen)
        self.assertRegex(g.seen.split(LEAVE)[1], r"instruction: SPX")  # the last table stays

    def test_q(self):
        g = self.watch()
        self.assertTrue(self.is_raw(g))
        g.type("xq")  # x means nothing
        self.ended(g)
        self.end(self.running)

    def test_signals(self):
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT):
            with self.subTest(number.name):
                g = self.watch()
                g.signal(number)
                self.ended(g)
                self.end(self.running)

    def test_stop_and_continue(self):
        g = self.watch()
        g.signal(signal.SIGTSTP)
        self.assertTrue(os.WIFSTOPPED(os.waitpid(g.process.pid, os.WUNTRACED)[1]))
        self.assertEqual(termios.tcgetattr(g.terminal), g.before)
        g.wait_for(re.escape(LEAVE))
        g.signal(signal.SIGCONT)
        g.wait_for(r"instruction: SPX")
        self.assertTrue(self.is_raw(g))
        g.type("q")
        self.ended(g)
        self.end(self.running)

    def test_run_that_ends(self):
        g = self.watch()
        self.end(self.running)
        self.ended(g)


class Events(Watch):
    SAY = bytes.fromhex("a7280200a738000483230008")  # DIAGNOSE 8 of four bytes at 200
    OPEN = bytes.fromhex("b2060210eb000218002fad010220a7f40000")  # SCKC, LCTLG, STOSM, branch to itself
    BAD_PSW = struct.pack(">QQ", 0xffffffffffffffff, 0)
    OPEN_PSW = struct.pack(">QQ", 0x0100000180000000, 0x1000)

    def full_pipe(self):
        """Both ends of a pipe that takes nothing more."""
        reader, writer = os.pipe()
        self.addCleanup(os.close, reader)
        os.set_blocking(writer, False)
        with contextlib.suppress(BlockingIOError):
            while True:
                os.write(writer, bytes(4096))
        os.set_blocking(writer, True)
        return reader, writer

    def events(self, content, status):
        """What a listener is told of a run.  The guest says something first, which nobody reads before
        the listener is there."""
        reader, writer = self.full_pipe()
        process = subprocess.Popen(
            [SIE390, "run", "--load", f"{self.file('image', content)}@0", "--console", "none",
             "--diag8", "--control", self.dir / "c"], stdout=writer, stderr=subprocess.DEVNULL)
        os.close(writer)
        with Control(self.dir / "c") as control, Control(self.dir / "c") as other:
            self.assertEqual(control.ask("events", id=5)["id"], 5)
            self.assertTrue(other.ask("status")["ok"])
            os.read(reader, 1 << 20)
            found = [json.loads(line) for line in control.lines]
            self.assertEqual(other.lines.read(), b"", "events are for those who asked")
        self.assertEqual(process.wait(support.LIMIT), status)
        return found

    def panics(self, content, status, reason, at):
        found = self.events(content, status)
        self.assertEqual([e["event"] for e in found], ["guest-panicked", "ended"])
        self.assertEqual((found[0]["reason"], found[0]["cpu"]), (reason, 0))
        self.assertRegex(found[0]["psw"], r"\A[0-9a-f]{16} " + f"{at:016x}" + r"\Z")
        self.assertEqual(found[1]["status"], status)

    def test_disabled_wait(self):
        self.panics(image(self.SAY + WAIT_AT_208, [(0x208, support.DISABLED_WAIT)]), support.WAIT,
                    "disabled-wait", 0xbad)

    def test_program_loop_with_a_bad_psw(self):
        self.panics(image(self.SAY + bytes(2), [(0x1d0, self.BAD_PSW)]), support.LOOP,
                    "program-interruption-loop", 0)

    def test_program_loop_at_the_handler(self):
        self.panics(image(self.SAY + bytes(2), [(0x1d0, struct.pack(">QQ", 1 << 31, 0x100c))]),
                    support.LOOP, "program-interruption-loop", 0x100e)

    def test_external_loop(self):
        words = [(0x1b0, self.OPEN_PSW), (0x218, struct.pack(">Q", 0x8e0))]
        self.panics(image(self.SAY + self.OPEN, words), support.LOOP, "external-interruption-loop",
                    0x101a)

    def test_run_that_is_ended(self):
        process = self.start(SPX_FOR_EVER)
        with Control(self.dir / "c") as control:
            control.ask("events")
            self.assertTrue(control.ask("quit")["ok"])
            self.assertEqual([json.loads(line) for line in control.lines],
                             [{"event": "ended", "status": support.ENDED}])
        process.wait(support.ENDED)

    def test_ctl_prints_them(self):
        process = self.start(SPX_FOR_EVER)
        listener = support.Guest(self, [SIE390, "ctl", str(self.dir / "c"), "events"])
        self.addCleanup(listener.close)
        listener.wait_for(r'"state": "running"\n\}\n')
        self.end(process)
        listener.wait(0)
        self.assertEqual(json.loads(listener.seen), {"event": "ended", "status": support.ENDED})


class Probes(unittest.TestCase):
    def test_probes_are_in_the_program(self):
        if "static probes: yes" not in run("version").stdout:
            self.skipTest("built without <sys/sdt.h> (systemtap-sdt-dev)")
        if not shutil.which("readelf"):
            self.skipTest("no readelf")
        notes = subprocess.run(["readelf", "-n", SIE390], stdout=subprocess.PIPE, check=True,
                               encoding="utf-8").stdout
        found = dict(re.findall(r"Provider: sie390\n +Name: (\w+)\n.*\n +Arguments: (.*)", notes))
        self.assertEqual({name: len(arguments.split()) for name, arguments in found.items()},
                         {"raised": 4, "returned": 3, "handled": 3, "decided": 5, "left": 4})


if __name__ == "__main__":
    unittest.main(verbosity=2)
