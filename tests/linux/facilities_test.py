#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Facilities under Linux: guarded storage by processes that share CPUs, a machine without storage keys."""
import pathlib
import subprocess
import sys
import tempfile
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))
import support

SOURCE = pathlib.Path(__file__).resolve().parent / "guarded_storage.c"
SCRIPT = "cat >/tmp/p && chmod +x /tmp/p && grep -c '^features.* gs' /proc/cpuinfo; /tmp/p"


def build():
    with tempfile.TemporaryDirectory() as folder:
        path = pathlib.Path(folder) / "program"
        try:
            subprocess.run([support.CC, "-static", "-O1", "-march=z196", "-Wall", "-Wextra", SOURCE,
                            "-o", path], check=True)
        except FileNotFoundError:
            raise unittest.SkipTest(f"no {support.CC}") from None
        return path.read_bytes()


class GuardedStorage(unittest.TestCase):
    def test_processes_share_cpus(self):
        support.needs_linux()
        done = support.in_guest("/bin/sh", "-c", SCRIPT, stdin=build(), options=["-c", "2"])
        self.assertEqual((done.returncode, done.stdout), (0, b"1\npassed, not enabled: 132\n"),
                         done.stderr[-2000:])


class StorageKeyRemoval(unittest.TestCase):
    def test_linux_runs_without_keys(self):
        support.needs_linux()
        done = support.in_guest("/bin/sh", "-c", "grep ^facilities /proc/cpuinfo; nproc", options=[
            "-c", "2", "--engine-arg=--cpu", "--engine-arg=max,skr=on"])
        self.assertEqual(done.returncode, 0, done.stderr[-2000:])
        first, cpus = done.stdout.decode().splitlines()
        offered = set(map(int, first.split(":")[1].split()))
        self.assertIn(169, offered)
        self.assertFalse(offered & {10, 14, 66, 140, 145, 149})
        self.assertEqual(cpus, "2")


if __name__ == "__main__":
    unittest.main()
