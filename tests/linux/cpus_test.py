#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What Linux makes of standby CPUs, of CPUs that come later, of topology and watchdog."""
import pathlib
import sys
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))
import support
from support import Case, Control, full

PROMPT = r"~# "
CPU = "/sys/devices/system/cpu"
MODULES = [support.TOP / "build/guest/modules/drivers/watchdog" / f"{name}.ko"
           for name in ("watchdog", "diag288_wdt")]


class Configuration(Case):
    """2 CPUs, 2 in standby, 4 reserved; 2 drawers of 2 books of 1 socket of 2 cores."""

    def setUp(self):
        super().setUp()
        self.g = self.linux("--control", self.dir / "control", "-c",
                            "2,standby=2,max=8,drawers=2,books=2", append="quiet")
        self.g.wait_for(PROMPT)
        self.g.shell("stty columns 400")
        self.control = Control(self.dir / "control")
        self.addCleanup(self.control.__exit__)

    def shell(self, command):
        """The output alone: without what was typed, which comes back in one line."""
        return self.g.shell(command).rpartition("'>'\n")[2]

    def read(self, *names):
        return self.shell("cat " + " ".join(f"{CPU}/{name}" for name in names)).split()

    def write(self, name, value):
        self.assertEqual(self.shell(f"echo {value} >{CPU}/{name} && echo done").strip(), "done")

    def until(self, condition):
        self.shell(f"until {condition}; do usleep 10000; done")

    def place(self, cpu):
        """Drawer, book and socket as Linux numbers them."""
        return self.read(*(f"cpu{cpu}/topology/{name}"
                           for name in ("drawer_id", "book_id", "physical_package_id")))

    def state(self, cpu):
        return self.control.ask("cpus")["cpus"][cpu]["state"]

    def test_standby_hotplug_and_topology(self):
        info = self.shell("cat /proc/sysinfo")
        for line in ("CPUs Total: +8", "CPUs Configured: +2", "CPUs Standby: +2",
                     "CPUs Reserved: +4", r"CPU Topology HW: +0 0 2 2 1 2\b"):
            self.assertRegex(info, line)
        self.assertEqual(self.read("possible", "present", "online"), ["0-7", "0-3", "0-1"])
        self.assertEqual(self.read("cpu1/configure", "cpu2/configure"), ["1", "0"])
        self.assertEqual(self.place(1), ["0", "0", "0"])
        self.from_standby()
        self.polarization()
        self.from_reserved()
        self.g.type("poweroff\n")
        self.g.wait(support.OK)

    def from_standby(self):
        self.write("cpu2/configure", 1)
        self.write("cpu2/online", 1)
        self.assertEqual(self.shell("nproc").strip(), "3")
        self.until(f"grep -q 1 {CPU}/cpu2/topology/book_id")
        self.assertEqual(self.place(2), ["0", "1", "0"])
        self.assertEqual(self.state(2), "operating")
        answer = self.control.ask("cpu", cpu=2, state="standby")
        self.assertRegex(answer["error"], "not stopped")
        self.write("cpu2/online", 0)
        self.write("cpu2/configure", 0)
        self.assertEqual(self.state(2), "standby")
        self.assertRegex(self.shell("cat /proc/sysinfo"), "CPUs Standby: +2")

    def polarization(self):
        self.assertEqual(self.read("dispatching", "cpu0/polarization"), ["0", "horizontal"])
        answer = self.control.ask("cpu", cpu=0, entitlement="high", dedicated=True)
        self.assertTrue(answer["ok"], answer)
        answer = self.control.ask("cpu", cpu=0, entitlement="low")
        self.assertRegex(answer["error"], "high entitlement")
        self.write("dispatching", 1)
        self.until(f"grep -q vertical {CPU}/cpu0/polarization")
        self.assertEqual(self.read("cpu0/polarization", "cpu1/polarization"),
                         ["vertical:high", "vertical:medium"])
        self.assertEqual(self.read("cpu0/dedicated", "cpu1/dedicated"), ["1", "0"])
        self.assertEqual(self.control.ask("cpus")["polarization"], "vertical")

    def from_reserved(self):
        """The next number that is free is Linux's name for the CPU at address 7."""
        answer = self.control.ask("cpu", cpu=7, state="configured")
        self.assertEqual(answer["cpu"]["state"], "stopped")
        self.until(f"[ -e {CPU}/cpu4/online ]")
        self.write("cpu4/online", 1)
        self.until(f"grep -q 1 {CPU}/cpu4/topology/drawer_id")
        self.assertEqual(self.read("cpu4/address"), ["7"])
        self.assertEqual(self.place(4), ["1", "1", "0"])
        self.assertEqual(self.state(7), "operating")
        self.assertEqual(self.shell("nproc").strip(), "3")
        self.assertEqual(self.control.ask("status")["cpus"], 3)


class Watchdog(Case):
    @full
    def test_watchdog_device(self):
        """Debian's driver; the process that feeds it is killed."""
        disks = []
        for path in MODULES:
            if not path.exists():
                raise unittest.SkipTest(f"no {path.name}: tools/fetch-guest")
            module = path.read_bytes()
            disks += ["--disk", self.file(path.name, module + bytes(-len(module) % 512))]
        g = self.linux(*disks, "--control", self.dir / "control", append="quiet")
        g.wait_for(PROMPT)
        g.shell("until [ -b /dev/vda -a -b /dev/vdb ]; do usleep 10000; done")
        # Which disk is first is chance: the one that needs the other is tried twice.
        said = g.shell("for d in vda vdb vda; do cat /dev/$d >/w.ko; insmod /w.ko; done; "
                       "dmesg | tail -4")
        identity = g.shell("cat /sys/class/watchdog/watchdog0/identity")
        self.assertIn("z Watchdog", identity, said)
        g.shell("watchdog -T 15 -t 5 /dev/watchdog; killall -9 watchdog")
        with Control(self.dir / "control") as control:
            self.assertEqual(control.ask("status")["reboots"], 0)
            g.wait_for(PROMPT)
            g.wait_for(PROMPT)  # of the guest that was loaded again
            self.assertEqual(control.ask("status")["reboots"], 1)
        self.assertRegex(g.stderr(), "watchdog has expired")
        g.type("poweroff\n")
        g.wait(support.OK)


if __name__ == "__main__":
    unittest.main()
