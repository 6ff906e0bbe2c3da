# SPDX-License-Identifier: Apache-2.0
"""The machines that run a batch of cases: the peer (QEMU), and sie390.

Both start the same flat image at absolute 0 and end in a disabled wait; results are read from the
guest's storage.  The peer's storage is a shared file, so nothing has to be asked of it: it is told
to exit when the guest panics, which is what it calls a disabled wait.
"""

import mmap
import os
import re
import shutil
import struct
import subprocess
import tempfile

import image
import layout as L


NOWHERE = b"\xff" * 8      # at LC_INDEX before the first case


class PeerError(Exception):
    """The machine cannot be used at all."""


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
    faults = True        # known_faults.py is about it
    can_die = True       # no result means that it died, not that it does not know
    keys = True          # it looks at storage keys
    start, rate = 4, 2000    # seconds to wait for a batch: start + cases / rate

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
    keys = False

    def __init__(self, driver, cpu="max", program="qemu-system-s390x"):
        super().__init__(driver)
        self.cpu = cpu
        self.name = "qemu" if cpu == "max" else "qemu -cpu " + cpu
        self.program = program

    def _run(self, where, data, template, cases):
        memory = os.path.join(where, "memory")
        with open(memory, "wb") as f:
            f.truncate(L.MEMORY_SIZE)
            f.seek(L.LC_INDEX)
            f.write(NOWHERE)
            f.seek(L.TEMPLATE_BASE)
            f.write(template)
            f.seek(L.INPUT_BASE)
            f.write(data)
        command = [
            self.program, "-nodefaults", "-display", "none", "-no-reboot", "-m",
            "%dM" % (L.MEMORY_SIZE >> 20), "-accel", "tcg,thread=single", "-cpu", self.cpu, "-smp", "1",
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
            if m[L.LC_INDEX:L.LC_INDEX + 8] == NOWHERE:
                raise PeerError("%s did not start: %s" % (self.name, trouble))
            index, = struct.unpack_from(">Q", m, L.LC_INDEX)
            return self.outcome(m[L.INPUT_BASE:L.INPUT_BASE + L.HEADER_SIZE],
                                m[L.OUTPUT_BASE:L.OUTPUT_BASE + L.OUTPUT_SIZE], cases, trouble, index)


class Sie390(Peer):
    """Storage comes back as the text that --dump-on-wait writes."""

    name = "sie390"
    start = 90              # it does not hang; a machine that is busy is not a difference
    BYTES_A_CASE = 640      # a guess: when results take more, the batch is run once more
    LINE = re.compile(rb"^[0-9a-f]{16} ((?: [0-9a-f]{2,8})+)", re.M)

    def __init__(self, driver, program, options=()):
        super().__init__(driver)
        self.program = program
        self.options = list(options)

    def _run(self, where, data, template, cases):
        files = {L.TEMPLATE_BASE: template, L.INPUT_BASE: data}
        command = [self.program, "run", "-m", "%dM" % (L.MEMORY_SIZE >> 20), "--console", "none",
                   "--load", self.driver + "@0", "--psw", "180000000,%x" % entry(self.driver)]
        for address, content in files.items():
            path = os.path.join(where, "%x" % address)
            with open(path, "wb") as f:
                f.write(content)
            command += ["--load", "%s@0x%x" % (path, address)]
        size = min(L.OUTPUT_SIZE, 65536 + self.BYTES_A_CASE * cases)
        return self._attempt(where, command + self.options, cases, size)

    def _attempt(self, where, command, cases, size):
        dump = os.path.join(where, "dump")
        ranges = ((0, 0x1000), (L.INPUT_BASE, L.HEADER_SIZE), (L.OUTPUT_BASE, size))
        limit = self.start + cases / self.rate
        command = command + ["--dump-on-wait", ",".join(
            [dump] + ["%x-%x" % (a, a + n - 1) for a, n in ranges])]
        trouble = None
        try:
            done = subprocess.run(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                  stderr=subprocess.STDOUT, timeout=limit, check=False)
            if done.returncode != self.GUEST_WAIT:
                trouble = "exit status %d: %s" % (
                    done.returncode, done.stdout.decode(errors="replace").strip()[-300:])
        except subprocess.TimeoutExpired:
            trouble = "no end after %d s" % limit
        if not os.path.exists(dump):
            return Outcome({}, [], "%s: %s" % (self.name, trouble or "no dump"), None)
        with open(dump, "rb") as f:
            text = f.read()
        os.unlink(dump)
        low, header, output = (self._storage(text, a) for a, _ in ranges)
        end, = struct.unpack_from(">Q", header, L.HEADER_END)
        if trouble is None and L.OUTPUT_BASE + size < end <= L.OUTPUT_BASE + L.OUTPUT_SIZE:
            return self._attempt(where, command[:-2], cases, end - L.OUTPUT_BASE)
        if low[L.LC_INDEX:L.LC_INDEX + 8] == NOWHERE:
            raise PeerError("%s: the test guest did not begin: %s" % (self.name, trouble))
        index, = struct.unpack_from(">Q", low, L.LC_INDEX)
        return self.outcome(header, output, cases, trouble, index)

    GUEST_WAIT = 10

    def _storage(self, text, address):
        """The bytes of one dumped range."""
        start = text.index(b"\nstorage %016x-" % address)
        end = text.find(b"\nstorage ", start + 1)
        part = text[text.index(b"\n", start + 1):end if end >= 0 else len(text)]
        return bytes.fromhex(b"".join(self.LINE.findall(part)).decode("ascii"))


def entry(driver):
    """The address in the image's IPL PSW."""
    with open(driver, "rb") as f:
        return struct.unpack(">II", f.read(8))[1] & 0x7fffffff
