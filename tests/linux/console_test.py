#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The consoles of a Linux guest: line mode and ASCII, and what they can be connected to."""
import contextlib
import os
import pathlib
import re
import select
import signal
import socket
import sys
import time
import tty
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))
import support
from support import Case, full

PROMPT = r"~# "


class LineConsole(Case):
    def test_shell(self):
        g = self.linux("--line-console", append="quiet")
        g.wait_for(PROMPT)
        g.type("cat /sys/class/tty/console/active; echo $((6*7)) > /tmp/x; cat /tmp/x; tty\n")
        g.wait_for(r"ttyS0\s+42\s+/dev/console\s")
        g.type("seq 1 2000 | sed 's/^/line /'\n")
        g.wait_for(r"line 1\r?\n")
        g.wait_for(r"line 2000\r?\n")
        g.type("poweroff\n")
        g.wait(support.OK)

    @full
    def test_on_a_terminal(self):
        g = self.linux("--line-console", append="quiet", terminal=True)
        g.wait_for(PROMPT)
        g.type("echo $((6*7))\r")
        g.wait_for(r"\n42\r\n")
        g.type("exit\r")
        g.wait(support.OK)


class AsciiConsole(Case):
    @full
    def test_pty(self):
        g = self.linux("--console", "pty", append="quiet")
        end = time.monotonic() + support.LIMIT
        while not (name := re.search(r"/dev/pts/\d+", g.stderr() + g.seen)):
            self.assertLess(time.monotonic(), end, g.stderr())
            g.read_some(0.05)
        fd = os.open(name[0], os.O_RDWR | os.O_NOCTTY)
        self.addCleanup(os.close, fd)
        tty.setraw(fd)
        g.output = g.input = fd
        g.wait_for(PROMPT)
        self.assertEqual(g.shell("echo $((6*7)); tty").split(), ["42", "/dev/ttysclp0"])
        g.type("poweroff\r")
        g.wait(support.OK)

    @full
    def test_file(self):
        path = self.dir / "log"
        g = self.linux("--console", f"file:{path}", append="", stdin=False)
        end = time.monotonic() + support.LIMIT
        while b"~# " not in (path.read_bytes() if path.exists() else b""):
            self.assertIsNone(g.process.poll(), g.stderr())
            self.assertLess(time.monotonic(), end)
            time.sleep(0.2)
        g.signal(signal.SIGTERM)
        g.wait(support.OK)
        text = path.read_bytes()
        self.assertIn(b"Linux version", text)

    @full
    def test_unix_socket(self):
        path = self.dir / "socket"
        g = self.linux("--console", f"unix:{path}", append="quiet", stdin=False)
        end = time.monotonic() + support.LIMIT
        client = socket.socket(socket.AF_UNIX)
        self.addCleanup(client.close)
        while client.connect_ex(str(path)):
            self.assertLess(time.monotonic(), end)
            time.sleep(0.05)
        g.output = g.input = client.fileno()
        g.type("\n")
        g.wait_for(PROMPT)
        self.assertEqual(g.shell("echo $((6*7))").split()[-1], "42")
        g.type("exit\n")
        g.wait(support.OK)

    @full
    def test_output_that_nobody_reads_waits(self):
        """The guest is held back, nothing is lost, and the run can still be ended."""
        g = self.linux(append="quiet")
        g.wait_for(PROMPT)
        g.type("seq 1 200000 | sed s/^/x/; echo done\n")
        time.sleep(2)
        g.wait_for(r"\nx1\r?\n")
        text = ""
        while "\ndone" not in text:
            text += g.seen
            g.seen = ""
            self.assertTrue(g.read_some(60))
            text = text + g.seen
            g.seen = ""
        numbers = re.findall(r"x(\d+)\r?\n", text)
        self.assertEqual(numbers, [str(n) for n in range(2, 200001)])
        g.type("exit\n")
        g.wait(support.OK)

    @full
    def test_ctrl_a_in_a_shell(self):
        """Ctrl-A twice is one for the guest; H helps, the guest goes on; Q asks it to end."""
        g = self.linux(append="quiet", terminal=True)
        g.wait_for(PROMPT)
        g.type("\x01h")
        g.wait_for(r"Ctrl-A H ")
        g.type("stty -icanon; head -c 1 | od -t x1\r")
        g.wait_for(r"od -t x1\r")
        time.sleep(0.5)  # so that head, not the shell, gets the key
        g.type("\x01\x01")
        g.wait_for(r"0000000 01\r")
        g.type("\x01q")
        g.wait(support.OK)
        with contextlib.suppress(OSError):
            self.assertFalse(select.select([g.output], [], [], 0)[0])


if __name__ == "__main__":
    unittest.main(verbosity=2)
