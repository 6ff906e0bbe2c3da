#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Debian's ap and zcrypt drivers on software cards: found, used with interruptions, pulled out and put
back while requests run. Results are compared with those that libcrypto computed here.

The initramfs of these tests has lszcrypt of Debian's s390-tools and zcrypt.c beside what it always has.
"""
import os
import pathlib
import re
import sys
import tempfile
import threading
import time
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))
import ap_guest
import support
from support import by_form

CARDS = ["adapter=1,type=accel,domains=0+4", "adapter=2,type=cca,domains=0+4", "adapter=3,type=ep11,domains=0+4"]
OPERATIONS = by_form(2000, 10000, 100000)
SUMMARY = re.compile(rb"operations (\d+) wrong (\d+) given-up (\d+) again (\d+) seconds ([\d.]+)")


class Ap(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        support.needs_linux()
        try:
            cls.initrd = ap_guest.make_initrd()
        except ap_guest.Missing as missing:
            raise unittest.SkipTest(str(missing)) from None

    def guest(self, script, cards=CARDS, cpus=2, options=()):
        ap = [f"--ap={c}" for c in cards]
        done = support.in_guest("/bin/sh", "-c", ap_guest.WAIT_FOR_CARDS + script,
                                options=["--initrd", self.initrd, "-c", str(cpus), *ap, *options])
        self.assertEqual(done.returncode, 0, (done.stdout[-3000:], done.stderr[-3000:]))
        return done.stdout

    def check_operations(self, output, operations=OPERATIONS):
        self.assertRegex(output, SUMMARY)
        done, wrong, given_up = map(int, SUMMARY.search(output).groups()[:3])
        self.assertEqual((done, wrong, given_up), (operations, 0, 0), output)


def table(text):
    """Words of the lines of lszcrypt -V by card or queue; requests and pending ones are [4] and [5]."""
    lines = [line.split() for line in text.decode().splitlines()]
    return {words[0]: words for words in lines if words and re.match(r"[0-9a-f]{2}(\.|$)", words[0])}


class Found(Ap):
    def test_p11_lszcrypt_shows_cards_and_queues(self):
        output = self.guest("lszcrypt -V")
        lines, rows = output.decode().splitlines(), table(output)
        self.assertEqual(sorted(rows), ["01", "01.0000", "01.0004", "02", "02.0000", "02.0004",
                                        "03", "03.0000", "03.0004"], lines)
        self.assertEqual([rows[c][1] for c in ("01", "02", "03")], ["CEX8A", "CEX8C", "CEX8P"], lines)
        for words in rows.values():
            self.assertEqual(words[3], "online", lines)
        for letters, card in (("A", "01"), ("D", "02"), ("X", "03")):
            self.assertIn(letters, rows[card][8], lines)

    def test_p11_queues_interrupt(self):
        text = self.guest("cat /sys/bus/ap/ap_interrupts; cat /sys/devices/ap/card*/*/interrupt").decode()
        self.assertEqual(text.splitlines(), ["1"] + ["Interrupts enabled."] * 6)

    def test_p11_without_a_card_there_is_no_queue(self):
        done = support.in_guest("/bin/sh", "-c", "ls /sys/devices/ap; true", options=["--initrd", self.initrd])
        self.assertNotIn(b"card", done.stdout)

    def test_p10_attributes_that_ask_the_card(self):
        text = self.guest("cd /sys/devices/ap; cat card02/serialnr; cat card02/02.0004/mkvps; "
                          "cat card03/API_ordinalnr card03/FW_version card03/serialnr; "
                          "cat card03/03.0000/mkvps").decode()
        self.assertRegex(text, r"(?s)\A\S{8}\nAES NEW: \w+.*ASYM.*\n\d+\n\d+\.\d+\n\S{16}\nWK CUR: ")


class Operations(Ap):
    def test_p11_rsa_of_several_sizes_on_four_threads(self):
        output = self.guest(f"./zcrypt {OPERATIONS} 4 <vectors; lszcrypt -V")
        self.check_operations(output)
        rows = table(output)
        counted = {name: int(words[4]) for name, words in rows.items()}
        self.assertGreaterEqual(counted["01"] + counted["02"], OPERATIONS)
        self.assertGreater(counted["01"], OPERATIONS // 4)  # the driver shares by speed and load
        self.assertEqual(counted["03"], 0)  # an EP11 card does none of this
        for card in ("01", "02"):
            self.assertEqual(counted[card + ".0000"] + counted[card + ".0004"], counted[card], rows)
        self.assertEqual([words[5] for words in rows.values()], ["0"] * 9, rows)

    def test_p11_rsa_by_the_coprocessor(self):
        self.check_operations(self.guest(f"./zcrypt {OPERATIONS // 10} 4 <vectors", cards=CARDS[1:]),
                              OPERATIONS // 10)

    def test_p08_without_gisa(self):
        output = self.guest(f"./zcrypt {OPERATIONS // 10} 4 <vectors; cat /sys/devices/ap/card01/*/interrupt",
                            options=["--engine-arg=--gisa", "--engine-arg=off"])
        self.check_operations(output, OPERATIONS // 10)
        self.assertEqual(output.count(b"Interrupts enabled."), 2)

    def test_p11_hwrng_reads_from_the_card(self):
        output = self.guest("cat /sys/class/misc/hw_random/rng_current; "
                            "dd if=/dev/hwrng bs=4096 count=16 iflag=fullblock 2>/dev/null", cards=CARDS[1:2])
        name, _, random = output.partition(b"\n")
        self.assertEqual(name, b"zcrypt")
        self.assertEqual(len(random), 65536)
        counts = [random.count(bytes([b])) for b in range(256)]
        self.assertTrue(150 < min(counts) and max(counts) < 380, counts)  # 256 expected, 16 the deviation


class Plugging(Ap):
    def change(self, socket, stop, log):
        """Cards out, in, off and stopped, in turn; accelerators 1 and 4, never both at once."""
        steps = ["unplug adapter={0}", "plug adapter={0},type=accel", "config adapter={0} off",
                 "config adapter={0} on", "checkstop adapter={0} on", "checkstop adapter={0} off"]
        n = 0
        while not stop.is_set():
            for step in steps:
                words = step.format((1, 4)[n % 2]).split()
                done = support.run("ctl", socket, "ap", *words)
                if done.returncode and not stop.is_set():
                    log.append((words, done.stderr))
                time.sleep(0.3)
            n += 1
        log.append(n)

    def test_p11_cards_come_and_go_while_requests_run(self):
        with tempfile.TemporaryDirectory() as folder:
            socket, stop, log = f"{folder}/control", threading.Event(), []

            def later():
                deadline = time.monotonic() + support.LIMIT
                while not os.path.exists(socket) and time.monotonic() < deadline:
                    time.sleep(0.1)
                time.sleep(by_form(4, 6, 6))  # the guest has booted and works
                self.change(socket, stop, log)
            helper = threading.Thread(target=later)
            helper.start()
            try:
                output = self.guest(f"./zcrypt 0 4 {by_form(20, 60, 600)} <vectors; lszcrypt",
                                    cards=["adapter=1,type=accel", "adapter=2,type=cca", "adapter=4,type=accel"],
                                    options=["--engine-arg=--control", f"--engine-arg={socket}"])
            finally:
                stop.set()
                helper.join()
        self.assertEqual([e for e in log if not isinstance(e, int)], [])
        self.assertGreaterEqual(log[-1], 2)
        done, wrong, given_up = map(int, SUMMARY.search(output).groups()[:3])
        self.assertEqual((wrong, given_up), (0, 0), output)
        self.assertGreater(done, 100)


if __name__ == "__main__":
    unittest.main()
