# SPDX-License-Identifier: Apache-2.0
"""The machines that run a batch of cases: the peer (QEMU), and sie390.

Both start the same flat image at absolute 0 and end in a disabled wait; results are read from the
guest's storage.  The peer's storage is a shared file, so nothing has to be asked of it: it is told
to exit when the guest panics, which is what it calls a disabled wait.
"""

import mmap
import os
import shutil
import struct
import subprocess
import tempfile

import image
import layout as L


class Outcome:
    """What a machine made of a batch: results by case, and why it stopped before the end.

    `at`: the case at which it stopped, or None when it did all."""

    def __init__(self, results, stray, trouble=None, at=None):
        self.results = results
        self.stray = stray
        self.trouble = trouble
        self.at = at


def scratch():
    """A directory for files of megabytes that live for seconds."""
    where = "/dev/shm" if os.access("/dev/shm", os.W_OK) else None
    return tempfile.mkdtemp(prefix="differential-", dir=where)


class Peer:
    name = "?"
    start, rate = 10, 1000    # seconds to wait for a batch: start + cases / rate

    def __init__(self, driver):
        self.driver = driver
        self.plant = None    # for the self-test: changes a case before it is run

    def run(self, cases, template, deltas=64):
        if self.plant:
            cases = [self.plant(c) for c in cases]
        where = scratch()
        try:
            return self._run(where, image.pack_input(cases, deltas), template, len(cases))
        finally:
            shutil.rmtree(where)

    def outcome(self, header, output, cases, trouble, index):
        """From the guest's storage; `index`: the case at work."""
        done, = struct.unpack_from(">I", header, L.HEADER_DONE)
        end, = struct.unpack_from(">Q", header, L.HEADER_END)
        results, stray = image.split_results(output[:max(0, end - L.OUTPUT_BASE)])
        if trouble is None and done != cases:
            trouble = "the test guest stopped early"
        if trouble is None and len(results) != cases:
            trouble = "%d results of %d cases" % (len(results), cases)
        if trouble is None:
            return Outcome(results, stray)
        results = {k: v for k, v in results.items() if k < index}
        return Outcome(results, stray, "%s: %s" % (self.name, trouble), index)


class Qemu(Peer):
    def __init__(self, driver, cpu="max", program="qemu-system-s390x"):
        super().__init__(driver)
        self.cpu = cpu
        self.name = "qemu" if cpu == "max" else "qemu -cpu " + cpu
        self.program = program

    def _run(self, where, data, template, cases):
        memory = os.path.join(where, "memory")
        with open(memory, "wb") as f:
            f.truncate(L.MEMORY_SIZE)
            f.seek(L.TEMPLATE_BASE)
            f.write(template)
            f.seek(L.INPUT_BASE)
            f.write(data)
        command = [
            self.program, "-nodefaults", "-display", "none", "-no-reboot", "-m",
            "%dM" % (L.MEMORY_SIZE >> 20), "-accel", "tcg", "-cpu", self.cpu, "-smp", "1",
            "-M", "s390-ccw-virtio,memory-backend=m", "-object",
            "memory-backend-file,id=m,share=on,size=%d,mem-path=%s" % (L.MEMORY_SIZE, memory),
            "-action", "panic=shutdown", "-kernel", self.driver]
        trouble = None
        limit = self.start + cases / self.rate
        try:
            done = subprocess.run(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                  stderr=subprocess.STDOUT, timeout=limit, check=False)
            if done.returncode:
                trouble = "exit status %d: %s" % (
                    done.returncode, done.stdout.decode(errors="replace").strip()[-300:])
        except subprocess.TimeoutExpired:
            trouble = "no end after %d s" % limit
        with open(memory, "rb") as f, mmap.mmap(f.fileno(), 0, access=mmap.ACCESS_READ) as m:
            index, = struct.unpack_from(">Q", m, L.LC_INDEX)
            return self.outcome(m[L.INPUT_BASE:L.INPUT_BASE + L.HEADER_SIZE],
                                m[L.OUTPUT_BASE:L.OUTPUT_BASE + L.OUTPUT_SIZE], cases, trouble, index)
