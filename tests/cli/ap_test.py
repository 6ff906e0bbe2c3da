#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Crypto adapters from outside: --ap, the control socket's command ap while the guest uses them,
what traces and counters tell."""
import concurrent.futures
import json
import pathlib
import random
import re
import sys
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))
import support
from support import Case, Control, OK, USAGE, run

OPERATING, ABSENT, DECONFIGURED, CHECKSTOPPED = 0, 1, 3, 4


# For storms: adapter 63 would end the guest.
ACTIONS = ["plug", "plug", "unplug", "config", "checkstop", "domain-add", "domain-remove", "list", "", 7]
NUMBERS = [0, 1, 2, 3, 0, 1, 2, 3, 255, 256, -1, 1 << 40, 1.5, "1", None, [1], {}]
STATES = ["on", "off", "", None, True]
TYPES = ["accel", "accel", "", "x", None, 3]  # the guest asks accelerators


def states(*codes):
    """As plugged.c prints response codes of TAPQ for adapters 0 to 3."""
    return "".join(f"{code:02x}" for code in codes)


class Plugged(Case):
    def start(self, *options):
        elf = support.build_guest("ap/plugged.c")
        self.g = self.guest("--load", elf, "--console", "none", "--diag8", "--control",
                            self.dir / "c", *options)
        with Control(self.dir / "c") as control:
            control.wait_until_running()

    def ctl(self, *words, status=OK):
        done = run("ctl", self.dir / "c", "ap", *words)
        self.assertEqual(done.returncode, status, done.stderr)
        return json.loads(done.stdout) if status == OK else done.stderr

    def state(self, *words):
        """Of the only adapter, afterwards."""
        return self.ctl(*words)["adapters"][0]["state"]

    def told(self, adapters, domains, *codes):
        """The guest has been told of a configuration: adapters and domains from the left."""
        self.g.wait_for(f"adapters {adapters:016x} domains {domains:016x} states {states(*codes)}\n")

    def finish(self):
        """The guest's own verdict."""
        self.ctl("plug", "adapter=63")
        self.g.wait(support.WAIT)
        self.assertNotIn("FAIL", self.g.seen)
        self.assertIn("ok some requests answered", self.g.seen)
        self.assertRegex(self.g.stderr(), "600d")

    def test_p07_adapters_come_and_go_under_load(self):
        self.start("--ap", "none")
        first, domain = 1 << 63, 1 << 63
        self.told(0, domain, ABSENT, ABSENT, ABSENT, ABSENT)
        answer = self.ctl("plug", "adapter=0,type=accel")
        self.assertEqual(answer["adapters"],
                         [{"adapter": 0, "type": "accel", "state": "operating"}])
        self.told(first, domain, OPERATING, ABSENT, ABSENT, ABSENT)
        for _ in range(20):
            self.ctl("plug", "adapter=1")
            self.told(first | 1 << 62, domain, OPERATING, OPERATING, ABSENT, ABSENT)
            self.ctl("unplug", "adapter=1")
            self.told(first, domain, OPERATING, ABSENT, ABSENT, ABSENT)
        self.finish()

    def test_p08_states_and_domains_under_load(self):
        self.start("--ap", "adapter=2", "--gisa", "off")
        adapter, domain = 1 << 61, 1 << 63
        self.told(adapter, domain, ABSENT, ABSENT, OPERATING, ABSENT)
        self.assertEqual(self.ctl("config", "adapter=2", "off")["adapters"][0]["state"], "deconfigured")
        self.told(adapter, domain, ABSENT, ABSENT, DECONFIGURED, ABSENT)
        self.ctl("config", "adapter=2", "on")
        self.told(adapter, domain, ABSENT, ABSENT, OPERATING, ABSENT)
        self.ctl("checkstop", "adapter=2,state=on")
        self.told(adapter, domain, ABSENT, ABSENT, CHECKSTOPPED, ABSENT)
        self.ctl("checkstop", "adapter=2", "off")
        self.told(adapter, domain, ABSENT, ABSENT, OPERATING, ABSENT)
        self.assertEqual(self.ctl("domain-add", "7")["domains"], [0, 7])
        self.told(adapter, domain | 1 << 56, ABSENT, ABSENT, OPERATING, ABSENT)
        self.assertEqual(self.ctl("domain-remove", "0")["domains"], [7])
        self.told(adapter, 1 << 56, ABSENT, ABSENT, ABSENT, ABSENT)
        self.ctl("domain-add", "0")
        self.told(adapter, domain | 1 << 56, ABSENT, ABSENT, OPERATING, ABSENT)
        self.finish()

    def test_broken_and_not_configured_are_told_apart(self):
        self.start("--ap", "adapter=1")
        self.assertEqual(self.state("checkstop", "adapter=1", "on"), "checkstopped")
        self.assertEqual(self.state("config", "adapter=1", "on"), "checkstopped")
        self.assertEqual(self.state("config", "adapter=1", "off"), "deconfigured")
        self.assertRegex(self.ctl("checkstop", "adapter=1", "on", status=USAGE), "not configured")
        self.assertEqual(self.state("checkstop", "adapter=1", "off"), "deconfigured")
        self.assertEqual(self.state("config", "adapter=1", "on"), "operating")
        self.finish()

    def storm(self, seed):
        """Of one client: right and wrong commands; each has an answer."""
        r = random.Random(seed)
        with Control(self.dir / "c") as control:
            for _ in range(300):
                request = {"command": "ap", "action": r.choice(ACTIONS), "adapter": r.choice(NUMBERS),
                           "domain": r.choice(NUMBERS), "state": r.choice(STATES),
                           "type": r.choice(TYPES)}
                for name in r.sample(sorted(request), r.randrange(2)):
                    del request[name]
                self.assertIn("ok", control.send(json.dumps(request).encode() + b"\n"))
            self.assertFalse(control.send(b'{"command": "ap", "action": "plug", "adapter": \n')["ok"])

    def test_p07_storm_of_changes_from_four_clients(self):
        self.start("--ap", "adapter=1", "-c", "2")
        with concurrent.futures.ThreadPoolExecutor(4) as pool:
            for done in [pool.submit(self.storm, seed) for seed in range(4)]:
                done.result()
        for adapter in [a["adapter"] for a in self.ctl()["adapters"]]:
            self.ctl("unplug", f"adapter={adapter}")
        for domain in self.ctl()["domains"]:
            self.ctl("domain-remove", str(domain))
        with Control(self.dir / "c") as control:
            ap = control.ask("statistics")["statistics"]["ap"]
        self.assertEqual((ap.get("frames pinned now", 0), ap.get("interruption subclasses registered now", 0)),
                         (0, 0))
        self.ctl("domain-add", "0")
        self.ctl("plug", "adapter=2")
        self.told(1 << 61, 1 << 63, ABSENT, ABSENT, OPERATING, ABSENT)
        self.finish()

    def test_wrong_requests(self):
        self.start("--ap", "adapter=1")
        for words, pattern in (
                (["plug", "adapter=1"], "such an adapter already"),
                (["plug", "adapter=256"], "0 to 255"),
                (["plug", "type=cca"], "adapter is a number"),
                (["plug", "adapter=2,type=x"], "accel, cca or ep11"),
                (["unplug", "adapter=2"], "no such adapter"),
                (["domain-add", "0"], "already"),
                (["domain-remove", "9"], "no such domain"),
                (["config", "adapter=2", "on"], "no such adapter"),
                (["config", "adapter=1"], "on or off"),
                (["frobnicate"], "action is list")):
            with self.subTest(words):
                self.assertRegex(self.ctl(*words, status=USAGE), pattern)
        self.assertEqual(self.ctl("list"), self.ctl())
        self.finish()

    def test_statistics_and_trace(self):
        self.start("--ap", "adapter=3", "--trace", "ap")
        with Control(self.dir / "c") as control:
            while control.ask("statistics")["statistics"].get("ap", {}).get("requests", 0) < 100:
                pass
            ap = control.ask("statistics")["statistics"]["ap"]
        self.assertEqual((ap["frames pinned now"], ap["interruption subclasses registered now"]), (1, 1))
        self.assertGreater(ap["replies"], 90)
        self.assertGreater(ap["interruptions by GISA with an alert"], 0)
        self.finish()
        lines = self.g.stderr()
        self.assertRegex(lines, r"(?m)^ap cpu 0: aqic 03\.0000 gr1 0000800000000006 gr2 \w+ status 81000000$")
        self.assertRegex(lines, r"(?m)^ap 03\.0000: reply, indicator at \w+ set, interruption on ISC 6 by the GISA")
        self.assertRegex(lines, r"(?m)^ap 03\.0000: interruptions ended$")


class Resets(Case):
    def test_changes_while_the_guest_resets_the_machine(self):
        """A CPU that resets waits for the I/O thread, which must not wait for that CPU."""
        code = bytes.fromhex("a7290000a739000183230308")  # DIAGNOSE 308 subcode 1
        image = self.file("image", support.image(code))
        g = self.guest("--load", f"{image}@0", "--console", "none", "--ap", "none", "--control",
                       self.dir / "c", "-c", "2")
        with Control(self.dir / "c") as control:
            control.wait_until_running()
            for _ in range(200):
                self.assertTrue(control.ask("ap", action="plug", adapter=9, type="accel")["ok"])
                self.assertTrue(control.ask("ap", action="unplug", adapter=9)["ok"])
            control.ask("quit")
        g.wait(support.ENDED)


class Options(Case):
    def refused(self, *words):
        image = self.file("image", support.image(support.SPIN))
        return run("run", "--load", f"{image}@0", "--console", "none", *words)

    def test_wrong_options(self):
        for words, pattern in (
                (["--ap", "type=x"], "type=x: accel, cca or ep11"),
                (["--ap", "adapter=256"], "256"),
                (["--ap", "adapter=1", "--ap", "adapter=1"], "adapter 1 already"),
                (["--ap", "domains=0+"], "domains=0\\+"),
                (["--ap", "domains=300"], "domains=300"),
                (["--ap", "colour=red"], "colour"),
                (["--ap", "type=cca", "--cpu", "max,ap=off"], "--ap and --cpu")):
            with self.subTest(words):
                self.one_line(self.refused(*words), USAGE, pattern)

    def test_help_lists_cards(self):
        text = run("run", "--help").stdout
        for name in ("accel", "cca", "ep11"):
            self.assertRegex(text, rf"(?m)^  {name} +\w")


if __name__ == "__main__":
    unittest.main()
