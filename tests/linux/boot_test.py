#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Linux boots with any number of CPUs, again and again, and ends in each way it can."""
import pathlib
import signal
import struct
import sys
import time
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))
import soak_record
import support
from support import Case, Control, full, by_form

PROMPT = r"~# "


class Cpus(Case):
    def boot(self, cpus):
        support.needs_linux()
        done = support.in_guest("/bin/sh", "-c", "nproc; grep -c ^cpu[0-9] /proc/stat",
                                options=["-c", cpus])
        self.assertEqual((done.returncode, done.stdout), (0, b"%d\n%d\n" % (cpus, cpus)),
                         done.stderr[-3000:])

    @full
    def test_1(self):
        self.boot(1)

    @full
    def test_2(self):
        self.boot(2)

    @full
    def test_4(self):
        self.boot(4)

    def test_8(self):
        self.boot(8)


@full
class InARow(Case):
    """4 CPUs on the cores there are. A boot that hangs fails by its time limit."""

    def test_boots_in_a_row(self):
        support.needs_linux()
        seconds = []
        for number in range(by_form(0, 5, 50)):
            begin = time.monotonic()
            done = support.in_guest("nproc", options=["-c", "4"])
            seconds.append(time.monotonic() - begin)
            self.assertEqual((done.returncode, done.stdout), (0, b"4\n"),
                             f"boot {number + 1}: {done.stderr[-3000:]}")
        if support.FORM == "soak":
            soak_record.write("Boots with 4 CPUs", seconds)


class Ending(Case):
    """How a run of Linux ends, seen from outside."""

    def test_reboot_then_sigterm(self):
        g = self.linux("--control", self.dir / "control", "-c", "2")
        g.wait_for(PROMPT)
        self.assertEqual(g.shell("nproc").strip(), "2")
        with Control(self.dir / "control") as control:
            before = control.ask("status")
            self.assertEqual((before["state"], before["cpus"], before["reboots"]),
                             ("running", 2, 0))
            g.type("reboot\n")
            g.wait_for(r"Linux version")
            g.wait_for(PROMPT)
            self.assertEqual(control.ask("status")["reboots"], 1)
            self.assertEqual(g.shell("nproc").strip(), "2")
        g.signal(signal.SIGTERM)
        g.wait(support.OK)
        self.assertEqual(g.stderr(), "")

    def test_panic(self):
        g = self.linux("-c", "2", "--dump-on-wait", self.dir / "dump", append="quiet")
        g.wait_for(PROMPT)
        g.type("echo c >/proc/sysrq-trigger\n")
        g.wait_for(r"Kernel panic")
        g.wait(support.WAIT)
        self.assertRegex(g.stderr(), r"\Asie390: guest CPU \d is in a disabled wait, PSW [^\n]+\n\Z")
        self.assertRegex((self.dir / "dump").read_text(), r"(?s)cpu 0 .*psw .*cpu 1 ")

    @full
    def test_quiesce_by_control_socket(self):
        g = self.linux("--control", self.dir / "control", append="quiet")
        g.wait_for(PROMPT)
        with Control(self.dir / "control") as control:
            self.assertTrue(control.ask("quiesce")["guest_listens"])
        g.wait(support.OK)
        self.assertEqual(g.stderr(), "")

    @full
    def test_poweroff(self):
        g = self.linux(append="quiet")
        g.wait_for(PROMPT)
        g.type("poweroff\n")
        g.wait(support.OK)
        self.assertEqual(g.stderr(), "")

    @full
    def test_halt(self):
        g = self.linux("-c", "2", append="quiet")
        g.wait_for(PROMPT)
        g.type("halt\n")
        g.wait(support.OK)

    @full
    def test_init_that_ends(self):
        g = self.linux(append="quiet rdinit=/bin/busybox")
        g.wait_for(r"Attempted to kill init")
        g.wait(support.WAIT)
        self.assertEqual(g.stderr().count("\n"), 1)

    @full
    def test_panic_that_reboots(self):
        g = self.linux(append="quiet")
        g.wait_for(PROMPT)
        g.type("echo reipl >/sys/firmware/shutdown_actions/on_panic; echo c >/proc/sysrq-trigger\n")
        g.wait_for(r"Kernel panic")
        g.wait_for(PROMPT)
        g.type("exit\n")
        g.wait(support.OK)

    @full
    def test_many_reboots(self):
        g = self.linux("--control", self.dir / "control", "-c", "4", "--disk",
                       self.file("disk", bytes(1 << 20)), "--net", "user", "--rng",
                       append="quiet")
        for _ in range(4):
            g.wait_for(PROMPT)
            self.assertEqual(g.shell("nproc; wc -c </dev/vda").split(), ["4", "1048576"])
            g.type("reboot\n")
            g.wait_for("'exit' powers off")
        g.wait_for(PROMPT)
        with Control(self.dir / "control") as control:
            self.assertEqual(control.ask("status")["reboots"], 4)
        g.type("poweroff\n")
        g.wait(support.OK)

    @full
    def test_sigterm_while_the_kernel_starts(self):
        g = self.linux("-c", "2")
        g.wait_for(r"Linux version")
        g.signal(signal.SIGTERM)
        time.sleep(0.1)  # two signals at once would be one
        g.signal(signal.SIGTERM)
        g.wait(support.ENDED)


class Idle(Case):
    """A guest that has nothing to do costs next to nothing, and its memory does not grow.

    Debian's s390x kernels are built with HZ_PERIODIC and HZ=250: each CPU has itself woken 250 times
    a second. These wakings are the guest's wish; what comes on top is ours. Without them: the
    bare-metal guest."""

    SECONDS = by_form(2, 10, 60)

    @staticmethod
    def host_seconds(process):
        text = pathlib.Path(f"/proc/{process.pid}/stat").read_text()
        user, system = text.rpartition(")")[2].split()[11:13]
        return (int(user) + int(system)) / 100

    @staticmethod
    def resident(process):
        return int(pathlib.Path(f"/proc/{process.pid}/statm").read_text().split()[1]) * 4096

    def measure(self, g, control):
        """Over SECONDS: share of a host core, exits, those that are the guest's own ticks."""
        first, at = control.ask("statistics")["statistics"], self.host_seconds(g.process)
        time.sleep(self.SECONDS)
        last, end = control.ask("statistics")["statistics"], self.host_seconds(g.process)
        exits = sum(last.get("intercept", {}).values()) - sum(first.get("intercept", {}).values())
        ticks = (last.get("interruption", {}).get("clock comparator", 0) -
                 first.get("interruption", {}).get("clock comparator", 0))
        return (end - at) / self.SECONDS, exits / self.SECONDS, ticks / self.SECONDS

    @full
    def test_linux(self):
        g = self.linux("-c", "2", "--control", self.dir / "control", "--net", "user", "--disk",
                       self.file("disk", bytes(1 << 20)), append="quiet")
        g.wait_for(PROMPT)
        with Control(self.dir / "control") as control:
            for _ in range(5):  # what a kernel still does after its start ends by itself
                _, exits, ticks = self.measure(g, control)
                if (exits - ticks) / 2 <= 20:
                    break
            self.assertLessEqual((exits - ticks) / 2, 20, "exits a second and CPU beside ticks")
            before = self.resident(g.process)
            self.measure(g, control)
            self.assertLessEqual(self.resident(g.process) - before, 1 << 20, "growth of memory")
            control.ask("quit")
        g.wait(support.ENDED)

    def test_bare_metal(self):
        """An enabled wait for ever, on two CPUs of which one is stopped."""
        wait = struct.pack(">QQ", 0x0302000180000000, 0)
        code = bytes.fromhex("b2b21100")  # LPSWE 100(1)
        path = self.file("image", support.image(code, [(0x100, wait)]))
        g = self.guest("--load", f"{path}@0", "--console", "none", "-c", "2", "--net", "user",
                       "--control", self.dir / "control")
        with Control(self.dir / "control") as control:
            control.wait_until_running()
            self.measure(g, control)
            share, exits, _ = self.measure(g, control)
            self.assertLessEqual(share, 0.005, "share of a host core")
            self.assertLessEqual(exits, 1, "exits a second")
            control.ask("quit")
        g.wait(support.ENDED)


if __name__ == "__main__":
    unittest.main(verbosity=2)
