#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Power cuts: what the guest had flushed is on the disk, whatever happened to the rest.

--disk FILE,cut=SEED:N puts src/devices/blk_cut.c between device and file: writes stay in memory until
a flush really syncs the file; the Nth write or flush brings the cut, a random part of what is in
memory reaches the file in random order, sector by sector, and the run ends.
"""
import pathlib
import random
import re
import shutil
import struct
import subprocess
import sys
import time
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))
import soak_record
import support
from support import Case, by_form, full, run

SECTOR = 512


class Writer:
    """The same sequence of operations as tests/guests/disk/writer.c: read that."""

    SLOTS, MAX_SECTORS, SECTORS, ROUNDS = 9, 16, 8192, 150

    def __init__(self, seed):
        self.state, self.op = seed, 1
        self.writes = []  # (operation, first sector, number of sectors)
        for _ in range(self.ROUNDS):
            self.one_round()

    def random(self, below):
        self.state = (self.state * 6364136223846793005 + 1442695040888963407) % (1 << 64)
        return (self.state >> 33) % below

    def write(self, slot):
        part = self.SECTORS // self.SLOTS
        count = 1 + self.random(self.MAX_SECTORS)
        self.writes.append((self.op, slot * part + self.random(part - count), count))
        self.op += 1

    def one_round(self):
        for slot in range(1 + self.random(self.SLOTS - 1)):
            self.write(slot)
        if self.random(2):
            return
        self.op += 1  # the flush
        if self.random(2):
            self.write(0)

    def judge(self, disk, flushed):
        """A list of what is wrong on the disk when operations below `flushed` were flushed."""
        allowed = {}
        for op, first, count in self.writes:
            for sector in range(first, first + count):
                if op < flushed:
                    allowed[sector] = {op}
                else:
                    allowed.setdefault(sector, {0}).add(op)
        wrong = []
        for sector in range(self.SECTORS):
            data = disk[sector * SECTOR:(sector + 1) * SECTOR]
            op, number = struct.unpack_from(">II", data)
            if data != data[:8] * 64 or op not in allowed.get(sector, {0}) or \
                    number != (sector if op else 0):
                wrong.append(f"sector {sector} has operation {op}, {allowed.get(sector)} may be")
        return wrong


class BareMetal(Case):
    def run_writer(self, disk, seed, mode=0, options=""):
        parameters = self.file("parameters", struct.pack(">4Q", mode, seed, Writer.ROUNDS,
                                                         Writer.SECTORS))
        return run("run", "--load", support.build_guest("disk/writer.c"), "--load",
                   f"{parameters}@0x8000", "-m", "2M", "--console", "none", "--diag8", "--disk",
                   f"{disk}{options}")

    def cut(self, seed, after):
        """One cut; what is wrong."""
        disk = self.file("disk", bytes(Writer.SECTORS * SECTOR))
        done = self.run_writer(disk, seed, options=f",cut={seed}:{after}")
        self.assertEqual(done.returncode, support.ENDED, done.stdout[-500:] + done.stderr)
        self.assertIn("sie390: the power was cut", done.stderr)
        self.assertNotIn("FAIL", done.stdout)
        flushed = re.findall(r"flushed (\d+)", done.stdout)
        return Writer(seed).judge(disk.read_bytes(), int(flushed[-1]) if flushed else 0), flushed

    def test_without_a_cut_all_is_there(self):
        disk = self.file("disk", bytes(Writer.SECTORS * SECTOR))
        done = self.run_writer(disk, 7)
        writer = Writer(7)
        self.assertIn(f"all done, {writer.op} operations\n", done.stdout, done.stderr)
        self.assertEqual(writer.judge(disk.read_bytes(), writer.op), [])

    def test_cuts(self):
        choice, with_flushes = random.Random(390), 0
        for seed in range(by_form(200, 200, 2000)):
            wrong, flushed = self.cut(seed, choice.randint(1, 500))
            with_flushes += bool(flushed)
            self.assertEqual(wrong[:5], [], f"seed {seed}")
        self.assertGreater(with_flushes, 100)

    def test_judge_sees_a_lost_flush(self):
        disk = self.file("disk", bytes(Writer.SECTORS * SECTOR))
        self.run_writer(disk, 7)
        writer = Writer(7)
        data = bytearray(disk.read_bytes())
        _, first, _ = writer.writes[-1]
        data[first * SECTOR:(first + 1) * SECTOR] = bytes(SECTOR)
        self.assertEqual(len(writer.judge(bytes(data), writer.op)), 1)
        self.assertEqual(writer.judge(bytes(data), 0), [])

    def test_a_disk_without_flushes_loses_data(self):
        """The cut really takes something away."""
        lost = 0
        for seed in range(10):
            disk = self.file("disk", bytes(Writer.SECTORS * SECTOR))
            self.run_writer(disk, seed, options=f",cut={seed}:200")
            writer = Writer(seed)
            done = [w for w in writer.writes if w[0] < 190]
            lost += bool(writer.judge(disk.read_bytes(), done[-1][0] + 1))
        self.assertGreater(lost, 0)


SCRIPT = """
mkdir -p /mnt/d
i=0
while :; do
    i=$((i + 1))
    yes "file $i" | head -c $((i * 7919 % 60000 + 1)) >/mnt/d/new || exit 1
    sync || exit 1
    mv /mnt/d/new /mnt/d/$i || exit 1
    [ $((i % 3)) != 0 ] || rm -f /mnt/junk
    head -c 30000 /dev/urandom >>/mnt/junk
    sync || exit 1
    echo flushed $i
    head -c 50000 /dev/urandom >/mnt/junk$((i % 5))
done
"""


@full
class Linux(Case):
    """ext4: e2fsck is the judge, and every file that was flushed is there."""

    def setUp(self):
        super().setUp()
        support.needs_linux()
        for tool in ("mke2fs", "e2fsck", "debugfs"):
            if not shutil.which(tool, path="/usr/sbin:/sbin:/usr/bin"):
                self.skipTest(f"no {tool}")

    @staticmethod
    def tool(*words):
        return subprocess.run(words, capture_output=True, check=False, stdin=subprocess.DEVNULL,
                              env={"PATH": "/usr/sbin:/sbin:/usr/bin:/bin"})

    def judge(self, disk, flushed):
        done = self.tool("e2fsck", "-p", disk)  # replays the journal, as a mount would
        self.assertIn(done.returncode, (0, 1), done.stdout)
        done = self.tool("e2fsck", "-f", "-n", disk)
        self.assertEqual(done.returncode, 0, done.stdout)
        target = self.dir / "files"
        shutil.rmtree(target, ignore_errors=True)
        target.mkdir()
        self.tool("debugfs", "-R", f"rdump /d {target}", str(disk))
        for number in range(1, flushed + 1):
            line = b"file %d\n" % number
            size = number * 7919 % 60000 + 1
            self.assertEqual((target / "d" / str(number)).read_bytes(),
                             (line * (size // len(line) + 1))[:size], f"file {number}")

    def test_cuts(self):
        choice, seconds, files = random.Random(391), [], 0
        for seed in range(by_form(0, 3, 20)):
            begin, disk = time.monotonic(), self.dir / f"disk{seed}"
            subprocess.run([support.TOP / "tools/make-disk", "", disk, "64M"], check=True)
            after = choice.randint(30, 600)
            done = support.in_guest(
                "/bin/sh", "-c", SCRIPT,
                options=["-c", "2", "--append", "sie390.mount=/dev/vda", "--engine-arg=--disk",
                         f"--engine-arg={disk},cut={seed}:{after}"])
            self.assertIn(b"sie390: the power was cut", done.stderr)
            flushed = re.findall(rb"flushed (\d+)\n", done.stdout)
            files += len(flushed)
            with self.subTest(seed=seed, after=after):
                self.judge(disk, int(flushed[-1]) if flushed else 0)
            seconds.append(time.monotonic() - begin)
            disk.unlink()
        self.assertGreater(files, 5)
        if support.FORM == "soak":
            soak_record.write("Power cuts of Linux with ext4", seconds,
                              f"{files} files were flushed; all were there, and e2fsck found "
                              "nothing.")


if __name__ == "__main__":
    unittest.main(verbosity=2)
