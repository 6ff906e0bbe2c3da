#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""gdb-multiarch with a running Linux guest: it attaches, stops the kernel at breakpoints, steps, and
leaves; the guest goes on and powers off as if nothing had been."""
import pathlib
import re
import shutil
import subprocess
import sys
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))
import support
from support import Case

PROMPT = r"~# "
GDB = shutil.which("gdb-multiarch")


@unittest.skipUnless(GDB, "no gdb-multiarch")
class Kernel(Case):
    def gdb(self, *commands):
        """What it prints for commands that are given one after the other."""
        words = ["set architecture s390:64-bit", "set endian big", f"target remote {self.dir / 'gdb'}",
                 *commands]
        done = subprocess.run([GDB, "-nx", "-batch", *[x for w in words for x in ("-ex", w)]],
                              stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, text=True, timeout=support.LIMIT, check=False)
        self.assertEqual(done.returncode, 0, done.stdout)
        return done.stdout

    def boot(self, *options):
        """A shell, and in the background what calls sethostname() all the time: where the kernel's
        function for that is."""
        self.g = self.linux("--gdb", f"unix:{self.dir / 'gdb'}", *options, append="quiet")
        self.g.wait_for(PROMPT)
        text = self.g.shell("grep -w __s390x_sys_sethostname /proc/kallsyms")
        self.g.shell("while :; do hostname again; done & echo")
        return int(re.search(r"([0-9a-f]{16}) [tT] __s390x_sys_sethostname", text)[1], 16)

    def test_break_watch_step_detach(self):
        at = self.boot("-c", "2")
        text = self.gdb("info threads", f"break *{at:#x}", "continue", "stepi", "p/x $pswa", "p/x $pswm",
                        "continue", "set *(long long *)($r15 + 96) = 0x1234",
                        "watch *(long long *)($r15 + 96)", "continue", "p/x $pswa", "delete",
                        f"hbreak *{at:#x}", "continue", "monitor info", "delete", "detach")
        self.assertRegex(text, r"Thread 2 .CPU 1")
        self.assertEqual(len(re.findall(rf"Breakpoint [123], {at:#018x}", text)), 3, text)
        values = [int(x, 16) for x in re.findall(r"\$\d+ = (0x[0-9a-f]+)", text)]
        self.assertEqual(len(values), 3, text)
        self.assertIn(values[0] - at, (2, 4, 6))
        self.assertEqual(values[1] >> 56 & 7, 7, text)  # DAT, enabled for interruptions
        self.assertRegex(text, "Old value = 4660\nNew value = ")
        self.assertIn(values[2] - at, range(6, 40), text)  # where it saves registers
        self.assertRegex(text, rf"supervisor state, \w+ space.*\n  {at:x}: ")
        self.assertIn("detached", text)
        self.g.shell("kill %1; echo")
        self.assertEqual(self.g.shell("echo $((6*7))").split()[-1], "42")
        self.g.type("poweroff\n")
        self.g.wait(support.OK)


if __name__ == "__main__":
    unittest.main(verbosity=2)
