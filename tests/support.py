# SPDX-License-Identifier: Apache-2.0
"""What the tests of tests/linux and tests/cli share: where things are, bare-metal images, guests
that are talked to over a console, and forms of a test run.

Environment: SIE390 names another executable; SIE390_TEST_FORM is short, full (default) or soak;
SIE390_TEST_TIMEOUT is what a test waits at most, in seconds. tests/run-linux sets the first two.
"""
import contextlib
import json
import os
import pathlib
import re
import select
import socket
import struct
import subprocess
import tempfile
import termios
import time
import unittest

TOP = pathlib.Path(__file__).resolve().parent.parent
SIE390 = os.environ.get("SIE390", str(TOP / "build/out/sie390"))
LIMIT = float(os.environ.get("SIE390_TEST_TIMEOUT", "300"))
FORM = os.environ.get("SIE390_TEST_FORM", "full")
KERNEL = TOP / "build/guest/kernel"
INITRD = TOP / "build/guest/initramfs.cpio"
RUN_IN_GUEST = [str(TOP / "tools/run-in-guest"), "--emulator", SIE390]
OUT = TOP / "build/tests/linux"
CC = os.environ.get("S390X_CC", "s390x-linux-gnu-gcc")
CFLAGS = ("-march=z196 -ffreestanding -nostdlib -static -no-pie -fno-pic -O1 -std=gnu11 -Wall -Wextra "
          "-Wno-array-bounds -fno-stack-protector -fno-asynchronous-unwind-tables "
          "-fno-delete-null-pointer-checks -Wl,--build-id=none -Wl,-z,noexecstack").split()

# Exit statuses of sie390, as `sie390 run --help` lists them.
OK, USAGE, FILE, HOST, INTERNAL = 0, 1, 2, 3, 4
WAIT, LOOP, TIMEOUT, ENDED = 10, 11, 12, 13


# ---- forms ----

def full(item):
    """Not in the short form: the loader of unittest passes over what is None."""
    return None if FORM == "short" else item


def soak(item):
    return item if FORM == "soak" else None


def by_form(short, in_full, in_soak):
    return {"short": short, "full": in_full, "soak": in_soak}[FORM]


def needs_linux():
    for path in (KERNEL, INITRD):
        if not path.exists():
            raise unittest.SkipTest(f"{path.name} is not there: tools/fetch-guest, "
                                    "tools/make-initramfs")


# ---- bare metal ----

# 31-bit short PSWs; the code of an image starts at 1000.
START = struct.pack(">II", 0x00080000, 0x80001000)
SPIN = bytes.fromhex("a7f40000")  # branches to itself
DISABLED_WAIT = struct.pack(">II", 0x000a0000, 0x80000bad)


def image(code, words=()):
    """A flat image for address 0. words: (address, bytes) to be put below the code."""
    data = bytearray(0x1000)
    data[:8] = START
    for address, value in words:
        data[address:address + len(value)] = value
    return bytes(data) + code


def build_guest(source):
    """Compiles a guest of tests/guests with its library; returns the ELF file."""
    lib = TOP / "tests/guests/lib"
    target = OUT / (source.replace("/", "-") + ".elf")
    inputs = [TOP / "tests/guests" / source, *sorted(lib.glob("*.[cS]"))]
    newest = max(p.stat().st_mtime for p in [*inputs, *lib.iterdir(), pathlib.Path(__file__)])
    if not target.exists() or target.stat().st_mtime < newest:
        OUT.mkdir(parents=True, exist_ok=True)
        new = f"{target}.{os.getpid()}"
        try:
            subprocess.run([CC, *CFLAGS, "-I", lib, "-T", lib / "guest.ld", *inputs, "-o", new],
                           check=True)
        except FileNotFoundError:
            raise unittest.SkipTest(f"no {CC}") from None
        os.rename(new, target)
    return str(target)


# ---- one run ----

def run(*words, timeout=None, **rest):
    """`sie390 WORD…` to its end; text in and out."""
    rest = {"stdin": subprocess.DEVNULL, **rest} if "input" not in rest else rest
    return subprocess.run([SIE390, *map(str, words)], stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE, timeout=timeout or LIMIT, check=False,
                          encoding="utf-8", errors="replace", **rest)


def in_guest(*words, options=(), stdin=b"", **rest):
    """tools/run-in-guest: one command in a Linux guest; bytes in and out."""
    return subprocess.run([*RUN_IN_GUEST, "--timeout", str(LIMIT), *map(str, options), "--", *words],
                          input=stdin, capture_output=True, check=False, **rest)


def unused_port():
    with socket.create_server(("127.0.0.1", 0)) as server:
        return server.getsockname()[1]


class Case(unittest.TestCase):
    """A test with a directory of its own."""

    def setUp(self):
        directory = tempfile.TemporaryDirectory(prefix="sie390-")
        self.addCleanup(directory.cleanup)
        self.dir = pathlib.Path(directory.name)

    def file(self, name, content=b""):
        path = self.dir / name
        path.write_bytes(content)
        return path

    def linux(self, *options, append="", **rest):
        """A Linux guest with a shell on its console."""
        needs_linux()
        return self.guest("--kernel", KERNEL, "--initrd", INITRD, "-m", "512M", "--append",
                          f"nokaslr cryptomgr.notests {append}", *options, **rest)

    def guest(self, *options, **rest):
        g = Guest(self, [SIE390, "run", *map(str, options)], **rest)
        self.addCleanup(g.close)
        return g

    def one_line(self, done, status, *patterns):
        """One line on standard error in which all patterns are, and the status."""
        what = f"status {done.returncode}: {done.stderr}"
        self.assertEqual(done.returncode, status, what)
        self.assertRegex(done.stderr, r"\Asie390: [^\n]{8,}\n\Z", what)
        for pattern in patterns:
            self.assertRegex(done.stderr, pattern)


class Guest:
    """A running emulator; its console is a pipe, or a pseudo-terminal as a person has it.

    With console= another descriptor is read and written (the far end of --console pty)."""

    def __init__(self, case, command, terminal=False, stdin=True, **rest):
        self.case, self.seen, self.closing = case, "", []
        self.errors = tempfile.TemporaryFile()
        if terminal:
            self.output, theirs = os.openpty()
            self.input = self.output
            self.terminal = theirs
            self.before = termios.tcgetattr(theirs)
            self.process = subprocess.Popen(
                command, stdin=theirs, stdout=theirs, stderr=theirs, start_new_session=True,
                **rest)
            self.closing += [self.output, theirs]
        else:
            self.process = subprocess.Popen(
                command, stdin=subprocess.PIPE if stdin else subprocess.DEVNULL,
                stdout=subprocess.PIPE, stderr=self.errors, **rest)
            self.output = self.process.stdout.fileno()
            self.input = self.process.stdin.fileno() if stdin else None

    def wait_for(self, pattern):
        """Until the console's output has the pattern; what is before it is gone afterwards."""
        end = time.monotonic() + LIMIT
        while not (match := re.search(pattern, self.seen)):
            ready, _, _ = select.select([self.output], [], [], max(0, end - time.monotonic()))
            data = b""
            with contextlib.suppress(OSError):  # EIO: the last one closed the terminal
                data = os.read(self.output, 65536) if ready else b""
            if not data:
                self.case.fail(f"{pattern} does not come: {self.seen[-3000:]!r}, {self.stderr()}")
            self.seen += data.decode(errors="replace")
        self.seen = self.seen[match.end():]
        return match

    def type(self, text):
        os.write(self.input, text.encode())

    def shell(self, command):
        """A command typed at the prompt; its output (that of the terminal's echo is before it)."""
        self.type(f"{command}; echo '<'end'>'\n")
        return self.wait_for(r"(?s)\n(.*?)<end>")[1].replace("\r", "")

    def signal(self, number):
        self.process.send_signal(number)

    def wait(self, status):
        """Until the process ends; what it put on the console meanwhile is read away."""
        end = time.monotonic() + LIMIT
        while self.process.poll() is None and time.monotonic() < end:
            self.read_some(0.05)
        while self.read_some(0):
            pass
        self.case.assertEqual(self.process.poll(), status, self.seen[-2000:] + self.stderr())

    def read_some(self, seconds):
        data = b""
        if select.select([self.output], [], [], seconds)[0]:
            with contextlib.suppress(OSError):
                data = os.read(self.output, 65536)
        self.seen += data.decode(errors="replace")
        return data

    def stderr(self):
        self.errors.seek(0)
        return self.errors.read().decode(errors="replace")

    def close(self):
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()
        for stream in (self.process.stdin, self.process.stdout, self.errors):
            with contextlib.suppress(OSError):
                if stream:
                    stream.close()
        for number in self.closing:
            os.close(number)
        self.closing = []


class Control:
    """A client of a control socket."""

    def __init__(self, path):
        self.socket = socket.socket(socket.AF_UNIX)
        end = time.monotonic() + LIMIT
        while True:
            try:
                self.socket.connect(str(path))
                break
            except OSError:  # not there yet
                if time.monotonic() > end:
                    raise
                time.sleep(0.02)
        self.socket.settimeout(LIMIT)
        self.lines = self.socket.makefile("rb")

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.lines.close()
        self.socket.close()

    def send(self, line):
        self.socket.sendall(line)
        return json.loads(self.lines.readline() or b"null")

    def ask(self, command, **more):
        return self.send(json.dumps({"command": command, **more}).encode() + b"\n")

    def wait_until_running(self):
        while self.ask("status")["state"] == "new":
            time.sleep(0.01)
