#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Everything that can be wrong with options and files: one clear line that names the object, the
documented status, nothing damaged. And: help, list, explain, disasm, the man page."""
import os
import pathlib
import re
import socket
import struct
import subprocess
import sys
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))
import support
from support import Case, FILE, HOST, LOOP, USAGE, WAIT, run

# Options that are wrong by themselves: name, words, status, what the line says.
OPTIONS = [
    ("nothing to run", [], USAGE, "nothing to run.*--kernel"),
    ("unknown option", ["--bogus"], USAGE, "--bogus"),
    ("unknown option with a value", ["--bogus=1"], USAGE, "--bogus"),
    ("unknown short option", ["-z"], USAGE, "-z"),
    ("ambiguous option", ["--c", "1"], USAGE, "--c"),
    ("option without its argument", ["--kernel"], USAGE, "--kernel needs an argument"),
    ("short option without its argument", ["-m"], USAGE, "-m needs an argument"),
    ("word that is no option", ["vmlinuz"], USAGE, "vmlinuz.*--kernel"),
    ("memory 0", ["-m", "0"], USAGE, "-m 0:"),
    ("memory of a byte count", ["-m", "512"], USAGE, "512M"),
    ("memory not in MiB", ["-m", "1025K"], USAGE, "1025K.*multiple of 1M"),
    ("memory with a fraction", ["-m", "1.5G"], USAGE, "1.5G"),
    ("memory negative", ["-m", "-1"], USAGE, "-m -1"),
    ("memory absurd", ["-m", "17T"], USAGE, "17T.*16T"),
    ("memory beyond 64 bits", ["-m", "99999999999999999999G"], USAGE, "999G"),
    ("memory empty", ["-m", ""], USAGE, "-m"),
    ("memory no number", ["-m", "lots"], USAGE, "lots"),
    ("CPUs 0", ["-c", "0"], USAGE, "-c 0.*1 to 248"),
    ("CPUs 249", ["-c", "249"], USAGE, "-c 249.*1 to 248"),
    ("CPUs no number", ["-c", "two"], USAGE, "-c two"),
    ("debugger's port 0", ["--gdb", "0"], USAGE, "--gdb 0.*1 to 65535"),
    ("debugger's port too high", ["--gdb", "65536"], USAGE, "--gdb 65536"),
    ("debugger at another host", ["--gdb", "example.org:1"], USAGE, "--gdb example.org:1.*port"),
    ("debugger at no path", ["--gdb", "unix:"], USAGE, "--gdb unix:"),
    ("wait for no debugger", ["--load", "f", "--gdb-wait"], USAGE, "--gdb-wait.*no --gdb"),
    ("console and debugger on stdio", ["--load", "f", "--gdb", "stdio"], USAGE, "debugger.*stdio"),
    ("unknown engine", ["--engine", "warp"], USAGE, "--engine warp"),
    ("UUID", ["--uuid", "1234"], USAGE, "--uuid 1234"),
    ("empty name", ["--name", ""], USAGE, "--name"),
    ("long name", ["--name", "n" * 256], USAGE, "--name"),
    ("timeout 0", ["--timeout", "0"], USAGE, "--timeout 0"),
    ("timeout negative", ["--timeout", "-3"], USAGE, "--timeout -3"),
    ("timeout no number", ["--timeout", "soon"], USAGE, "--timeout soon"),
    ("timeout not a number", ["--timeout", "nan"], USAGE, "--timeout nan"),
    ("empty list of traces", ["--trace", ""], USAGE, "--trace: says nothing"),
    ("unknown trace", ["--trace", "icpt,smoke"], USAGE, "smoke"),
    ("PSW of one word", ["--psw", "0"], USAGE, "--psw 0"),
    ("PSW not hexadecimal", ["--psw", "zero,1000"], USAGE, "--psw zero"),
    ("PSW too long", ["--psw", "11111111111111111,0"], USAGE, "--psw 1"),
    ("PSW and restart", ["--load", "f@0", "--psw", "0,0", "--restart"], USAGE, "--psw and --restart"),
    ("two consoles", ["--console", "none", "--console", "stdio"], USAGE, "one console"),
    ("two consoles on stdio", ["--console", "stdio", "--port", "p=stdio"], USAGE, "stdio"),
    ("two ports on stdio", ["--port", "p=stdio", "--port", "q=stdio"], USAGE, "stdio"),
    ("port without a channel", ["--port", "p"], USAGE, "--port p"),
    ("port without a name", ["--port", "=pty"], USAGE, "--port =pty"),
    ("two ports of a name", ["--port", "p=pty", "--port", "p=pty"], USAGE, "two ports"),
    ("dump range", ["--dump-on-wait", "f,1000"], USAGE, "1000 is not a range"),
    ("dump range backwards", ["--dump-on-wait", "f,2000-1000"], USAGE, "2000-1000"),
    ("dump without a file", ["--dump-on-wait", ""], USAGE, "--dump-on-wait"),
    ("load address", ["--load", "file@here"], USAGE, "here.*is not an address"),
    ("too many disks", ["--disk", "f"] * 27, USAGE, "--disk: more than 26"),
]

# The same with a small guest that would run.
DEVICES = [
    ("unknown CPU model", ["--cpu", "z99"], USAGE, "z99.*known: .*z13"),
    ("unknown CPU feature", ["--cpu", "max,warp=on"], USAGE, "warp.*list facilities"),
    ("CPU feature neither on nor off", ["--cpu", "max,edat1=maybe"], USAGE, "edat1=maybe.*=on"),
    ("CPU feature that is not implemented", ["--cpu", "z13,vx=on"], USAGE, "vx.*not implemented"),
    ("disk missing", ["--disk", "/nowhere/disk"], FILE, "/nowhere/disk: No such file"),
    ("disk is a directory", ["--disk", "{dir}"], FILE, "{dir}"),
    ("disk is a character device", ["--disk", "/dev/null"], FILE, "/dev/null"),
    ("disk without a name", ["--disk", ""], USAGE, "--disk"),
    ("disk of another format", ["--disk", "{disk},format=qcow2"], USAGE, "qcow2.*raw"),
    ("unknown disk option", ["--disk", "{disk},fast"], USAGE, "fast"),
    ("disk option with a bad value", ["--disk", "{disk},readonly=perhaps"], USAGE, "perhaps"),
    ("long disk serial", ["--disk", "{disk},serial=123456789012345678901"], USAGE, "serial"),
    ("disk twice", ["--disk", "{disk}", "--disk", "{disk}"], HOST, "{disk}"),
    ("empty disk", ["--disk", "{empty}"], FILE, "{empty}"),
    ("disk of an odd size", ["--disk", "{odd}"], FILE, "{odd}.*512"),
    ("unknown network", ["--net", "carrier-pigeon"], USAGE, "carrier-pigeon"),
    ("network option", ["--net", "user,speed=9"], USAGE, "speed"),
    ("forwarded nothing", ["--net", "user,hostfwd="], USAGE, "hostfwd"),
    ("forwarded protocol", ["--net", "user,hostfwd=sctp:1-:2"], USAGE, "sctp"),
    ("forwarded port beyond 65535", ["--net", "user,hostfwd=tcp:99999-:80"], USAGE, "99999"),
    ("forwarded port 0 of the guest", ["--net", "user,hostfwd=tcp:8080-:0"], USAGE, "8080-:0"),
    ("forwarded by none", ["--net", "none,hostfwd=tcp:8080-:80"], USAGE, "none"),
    ("port in use", ["--net", "user,hostfwd=tcp:{port}-:80"], HOST, "{port}"),
    ("MAC address", ["--net", "user,mac=52:54:00"], USAGE, "52:54:00"),
    ("MAC address of a group", ["--net", "user,mac=53:54:00:12:34:56"], USAGE, "53:54"),
    ("tap with a long name", ["--net", "tap=a-very-long-interface-name"], (USAGE, HOST), "a-very-long"),
    ("tap without a name", ["--net", "tap="], (USAGE, HOST), "tap"),
    ("interface that is no tap", ["--net", "tap=lo"], (FILE, HOST), "tap=lo: .*; "),
    ("port on an unknown channel", ["--port", "p=teletype"], USAGE, "teletype: stdio, none, file:"),
    ("port on a file that cannot be made", ["--port", "p=file:/nowhere/log"], FILE, "/nowhere/log"),
    ("unknown console", ["--console", "teletype"], USAGE, "teletype"),
    ("console file that cannot be made", ["--console", "file:/nowhere/log"], FILE, "/nowhere/log"),
    ("console file that is a directory", ["--console", "file:{dir}"], FILE, "{dir}"),
    ("console at no socket", ["--console", "unix:"], FILE, "unix:: No such file"),
    ("console on a closed descriptor", ["--console", "fd:99"], (USAGE, FILE), "99"),
    ("console on no descriptor", ["--console", "fd:x"], (USAGE, FILE), "fd:x"),
    ("control socket nowhere", ["--control", "/nowhere/socket"], HOST, "/nowhere/socket"),
    ("control socket with a long name", ["--control", "/tmp/" + "s" * 120], HOST, "--control"),
    ("power cut without a number", ["--disk", "{disk},cut=1"], USAGE, "cut=1"),
]


def method_name(title):
    return "test_" + re.sub(r"\W+", "_", title).lower()


class Cases(Case):
    def setUp(self):
        super().setUp()
        self.guest_file = self.file("guest", support.DISABLED_WAIT)
        server = socket.create_server(("127.0.0.1", 0))
        self.addCleanup(server.close)
        self.names = {
            "dir": str(self.dir), "disk": str(self.file("disk", b"precious" * 1024)),
            "empty": str(self.file("empty")), "odd": str(self.file("odd", b"x" * 1000)),
            "port": str(server.getsockname()[1]),
        }
        self.before = self.contents()

    def contents(self):
        return {p.name: p.read_bytes() for p in self.dir.iterdir() if p.is_file()}

    def expect(self, done, status, *patterns):
        status = done.returncode if isinstance(status, tuple) and done.returncode in status else status
        self.one_line(done, status, *patterns)
        self.assertEqual(self.contents(), self.before, "files were changed")

    def fill(self, words):
        return [w.format(**self.names) if "{" in w else w for w in words]

    def check(self, words, status, pattern, console=("--console", "none")):
        done = run("run", *self.fill(words), *console, cwd=self.dir, timeout=60)
        self.expect(done, status, self.fill([pattern])[0])


class Options(Cases):
    pass


class Devices(Cases):
    pass


def add_cases():
    for title, words, status, pattern in OPTIONS:
        def option(self, words=words, status=status, pattern=pattern):
            self.check(words, status, pattern, ())
        setattr(Options, method_name(title), option)
    for title, words, status, pattern in DEVICES:
        def device(self, words=words, status=status, pattern=pattern):
            console = () if "--console" in words else ("--console", "none")
            self.check(["--load", f"{self.guest_file}@0", *words], status, pattern, console)
        setattr(Devices, method_name(title), device)


add_cases()


class Files(Cases):
    """Kernels, initial RAM disks, images."""

    def kernel(self, *words, status=FILE, pattern="."):
        self.before = self.contents()
        done = run("run", *words, "--console", "none", timeout=60)
        self.expect(done, status, pattern)

    def debian_kernel(self):
        support.needs_linux()
        return support.KERNEL.read_bytes()

    def test_kernel_missing(self):
        self.kernel("--kernel", "/nowhere/kernel", pattern="/nowhere/kernel: No such file")

    def test_kernel_is_a_directory(self):
        self.kernel("--kernel", self.dir, pattern=f"{self.dir}: Is a directory")

    def test_kernel_empty(self):
        self.kernel("--kernel", self.dir / "empty", pattern="empty: the file is empty")

    def test_kernel_truncated(self):
        data = self.debian_kernel()
        sizes = [100, 0x10007, 0x10480, 0x20000, 0x28000, 0x30000, 0x100000, len(data) // 10,
                 len(data) // 2, len(data) & ~0xfffff]
        sizes += [len(data) - n for n in (1, 2, 7, 31, 32, 33, 100, 4096, 5000)]
        for size in sizes:
            with self.subTest(size):
                path = self.file("truncated", data[:size])
                self.kernel("--kernel", path, pattern=f"{path}: .*truncated")

    def test_kernel_with_something_appended(self):
        data = self.debian_kernel()
        for name, more in (("signed", b"x" * 700 + b"~Module signature appended~\n"), ("padded", bytes(512))):
            with self.subTest(name):
                done = run("run", "--kernel", self.file(name, data + more), "--console", "none",
                           "--timeout", "0.2", timeout=60)
                self.assertEqual(done.returncode, 12, done.stderr)

    def test_kernel_of_another_architecture(self):
        x86 = bytearray(0x12000)
        x86[0x1fe:0x206] = b"\x55\xaa\xeb\x6aHdrS"
        self.kernel("--kernel", self.file("bzImage", x86), pattern="bzImage: .*x86")
        self.kernel("--kernel", "/bin/true", pattern="/bin/true: ELF file for another architecture")
        arm = bytearray(0x12000)
        arm[0x38:0x3c] = b"ARM\x64"
        self.kernel("--kernel", self.file("Image", arm), pattern="Image: .*arm64")

    def test_kernel_that_is_something_else(self):
        for name, head, word in (("k.gz", b"\x1f\x8b\x08", "gzip"), ("k.xz", b"\xfd7zXZ\0", "xz"),
                                 ("k.deb", b"!<arch>\n", "archive"), ("cpio", b"070701", "initramfs"),
                                 ("text", b"hello\n" * 99999, "S390EP")):
            with self.subTest(name):
                self.kernel("--kernel", self.file(name, head.ljust(0x12000, b"\0")),
                            pattern=f"{name}: .*{word}")

    def test_elf_that_is_wrong(self):
        good = pathlib.Path(support.build_guest("disk/writer.c")).read_bytes()
        elf = bytearray(good)
        elf[5] = 1
        elf[18:20] = b"\x16\0"
        self.kernel("--kernel", self.file("little", elf), pattern="little: ELF .*big-endian")
        elf = bytearray(good)
        elf[16:18] = b"\0\x03"
        self.kernel("--kernel", self.file("dynamic", elf), pattern="dynamic: ELF .*fixed addresses")
        self.kernel("--kernel", self.file("short", good[:5000]), pattern="short: ELF .*truncated")
        self.kernel("--kernel", self.file("header", good[:70]), pattern="header: .*(truncated|ends too early)")
        self.kernel("--load", self.file("good", good), "-m", "1M", status=WAIT)

    def test_elf_outside_memory(self):
        elf = bytearray(pathlib.Path(support.build_guest("disk/writer.c")).read_bytes())
        at = struct.unpack_from(">Q", elf, 32)[0]
        struct.pack_into(">Q", elf, at + 24, 0x40000000)
        self.kernel("--load", self.file("far", elf), "-m", "16M",
                    pattern="far: segment 0x40000000.*16 MiB")

    def test_initrd_too_large_for_memory(self):
        self.debian_kernel()
        path = self.dir / "initrd"
        with open(path, "wb") as file:
            file.truncate(600 << 20)
        self.kernel_size(path)

    def kernel_size(self, path):
        done = run("run", "--kernel", support.KERNEL, "--initrd", path, "-m", "512M", "--console",
                   "none")
        self.one_line(done, FILE, f"{path}: 600 MiB do not fit", "512 MiB", "at least -m 6..M")

    def test_initrd_missing(self):
        self.debian_kernel()
        self.kernel("--kernel", support.KERNEL, "--initrd", "/nowhere/initrd",
                    pattern="/nowhere/initrd: No such file")

    def test_initrd_without_a_linux_image(self):
        self.kernel("--load", f"{self.guest_file}@0", "--initrd", self.dir / "disk",
                    pattern="--initrd")

    def test_memory_too_small_for_the_kernel(self):
        self.debian_kernel()
        self.kernel("--kernel", support.KERNEL, "-m", "4M", pattern="kernel: .*4 MiB")

    def test_kernel_parameters_too_long(self):
        self.debian_kernel()
        self.kernel("--kernel", support.KERNEL, "--append", "x" * 70000, status=USAGE,
                    pattern="--append: 70000 characters")

    def test_load_missing(self):
        self.kernel("--load", "/nowhere/image@0", pattern="/nowhere/image: No such file")

    def test_load_outside_memory(self):
        self.kernel("--load", f"{self.guest_file}@0x100000", "-m", "1M",
                    pattern=f"{self.guest_file}: 8 bytes at 0x100000 .*1 MiB")
        self.kernel("--load", f"{self.guest_file}@0xfffffffffffffffc", "-m", "1M",
                    pattern=f"{self.guest_file}: 8 bytes at 0xfffffffffffffffc")

    def test_load_without_a_psw(self):
        path = self.file("nothing", bytes(16))
        self.kernel("--load", f"{path}@0", pattern=f"{path}: no IPL PSW.*--psw")

    def test_bad_psw(self):
        self.kernel("--load", f"{self.guest_file}@0", "--psw", "ffffffffffffffff,0", status=LOOP,
                    pattern="program interruptions")

    def test_ins_file(self):
        for name, text, pattern in (
                ("missing.ins", "nowhere 0x0\n", "nowhere: No such file"),
                ("word.ins", "guest\n", "word.ins:1: .*FILE ADDRESS"),
                ("number.ins", "* comment\n\nguest here\n", "number.ins:3: "),
                ("empty.ins", "* nothing\n", "empty.ins: names no file"),
                ("binary.ins", "a\0b", "binary.ins: not a text")):
            with self.subTest(name):
                self.kernel("--kernel", self.file(name, text.encode()), pattern=pattern)

    def test_unreadable_files(self):
        if os.getuid() == 0:
            self.skipTest("root reads everything")
        path = self.file("secret", support.DISABLED_WAIT)
        path.chmod(0)
        for words in (["--kernel", path], ["--load", f"{path}@0"],
                      ["--load", f"{self.guest_file}@0", "--disk", path]):
            done = run("run", *words, "--console", "none")
            self.one_line(done, FILE, f"{path}: Permission denied")

    def test_huge_memory(self):
        """Address space is reserved, not memory; a host that refuses says so."""
        done = run("run", "--load", f"{self.guest_file}@0", "-m", "16T", "--console", "none")
        self.assertIn(done.returncode, (WAIT, HOST))
        self.one_line(done, done.returncode, "disabled wait" if done.returncode == WAIT else "16T|memory|storage")


class Disks(Cases):
    def writer(self, *options):
        parameters = self.file("parameters", struct.pack(">4Q", 1, 0, 0, 0))
        return run("run", "--load", support.build_guest("disk/writer.c"), "--load",
                   f"{parameters}@0x8000", "-m", "2M", "--console", "none", "--diag8", *options)

    def test_read_only_disk_is_written(self):
        disk = self.file("safe", b"precious" * 1024)
        done = self.writer("--disk", f"{disk},readonly")
        self.assertEqual((done.returncode, done.stdout), (WAIT, "write: status 1\n"), done.stderr)
        self.assertEqual(disk.read_bytes(), b"precious" * 1024)
        self.assertEqual(self.writer("--disk", disk).stdout, "write: status 0\n")
        self.assertEqual(disk.read_bytes()[:512], bytes(512))

    def test_closed_standard_descriptors_are_not_reused(self):
        """Else what is printed might go to a disk that got the number."""
        parameters = self.file("parameters", struct.pack(">4Q", 1, 0, 0, 0))
        for closed in ((0,), (1,), (2,), (0, 1), (1, 2), (0, 1, 2)):
            for console in ("stdio", "none"):
                with self.subTest(closed=closed, console=console):
                    disk = self.file("safe", b"precious" * 1024)
                    done = subprocess.run(
                        [support.SIE390, "run", "--load", support.build_guest("disk/writer.c"), "--load",
                         f"{parameters}@0x8000", "-m", "2M", "--console", console, "--diag8", "--disk", disk],
                        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                        preexec_fn=lambda closed=closed: [os.close(fd) for fd in closed], check=False,
                        timeout=60)
                    self.assertEqual(done.returncode, WAIT, done.stderr)
                    self.assertEqual(disk.read_bytes(), bytes(512) + b"precious" * 960)
                    self.assertEqual(done.stdout, "" if 1 in closed else "write: status 0\n")
                    self.assertEqual(done.stderr.count("\n"), 0 if 2 in closed else 1)

    def test_disk_locked_by_another_run(self):
        disk = self.names["disk"]
        path = self.file("spin", support.image(support.SPIN))
        self.before = self.contents()
        one = self.guest("--load", f"{path}@0", "--console", "none", "--disk", disk, "--control",
                         self.dir / "control")
        with support.Control(self.dir / "control") as control:
            control.wait_until_running()
            for words in ((disk,), (f"{disk},readonly",)):
                done = run("run", "--load", f"{self.guest_file}@0", "--console", "none", "--disk",
                           *words)
                self.expect(done, HOST, f"{disk}: .*(use|lock)")
        one.process.kill()
        one.process.wait()
        done = run("run", "--load", f"{self.guest_file}@0", "--console", "none", "--disk", disk)
        self.assertEqual(done.returncode, WAIT, done.stderr)  # the lock went with the process

    def test_read_only_disk_is_shared(self):
        disk = f"{self.names['disk']},readonly"
        path = self.file("spin", support.image(support.SPIN))
        self.guest("--load", f"{path}@0", "--console", "none", "--disk", disk, "--control",
                   self.dir / "control")
        with support.Control(self.dir / "control") as control:
            control.wait_until_running()
            done = run("run", "--load", f"{self.guest_file}@0", "--console", "none", "--disk", disk)
            self.assertEqual(done.returncode, WAIT, done.stderr)

    def test_comma_in_a_name(self):
        disk = self.file("a,b", b"precious" * 1024)
        done = run("run", "--load", f"{self.guest_file}@0", "--console", "none", "--disk",
                   str(disk).replace(",", ",,") + ",readonly")
        self.assertEqual(done.returncode, WAIT, done.stderr)


class Commands(Case):
    NAMES = ("run", "ctl", "stat", "disasm", "explain", "list", "version")

    def good(self, *words, pattern):
        done = run(*words)
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        self.assertRegex(done.stdout, pattern)
        return done.stdout

    def test_help(self):
        """Of the program and of each command."""
        text = self.good("--help", pattern=r"\Ausage: sie390 ")
        for name in self.NAMES:
            self.assertRegex(text, rf"(?m)^  {name} ")
            for option in ("--help", "-h"):
                shown = self.good(name, option, pattern=rf"\Ausage: sie390 {name}")
                self.assertLessEqual(max(map(len, shown.splitlines())), 120, name)

    def test_no_command(self):
        done = run()
        self.assertEqual(done.returncode, USAGE)
        self.assertRegex(done.stdout + done.stderr, "usage: sie390 ")

    def test_unknown_command(self):
        self.one_line(run("walk"), USAGE, "'walk'")

    def test_version(self):
        version = self.good("version", pattern=r"\d+\.\d+\.\d+")
        self.assertEqual(self.good("--version", pattern="."), version)
        self.one_line(run("version", "extra"), USAGE, "extra|version")

    def test_list(self):
        self.good("list", "facilities", pattern="(?s)0.*131")
        self.good("list", "cpus", pattern="z13")
        self.assertGreater(self.good("list", "instructions", pattern="LPSWE").count("\n"), 300)
        self.one_line(run("list", "trumps"), USAGE, "trumps")
        self.one_line(run("list"), USAGE, "list")

    def test_explain(self):
        self.good("explain", "SSKE", pattern="(?i)set storage key extended")
        self.good("explain", "lpswe", pattern="(?i)load psw extended")
        self.one_line(run("explain", "FROBNICATE"), USAGE, "(?i)frobnicate")
        self.one_line(run("explain"), USAGE, "explain")

    def test_disasm(self):
        self.good("disasm", "b2b20100", pattern=r"(?i)lpswe\s+(256|0x100)")
        self.good("disasm", support.build_guest("disk/writer.c"), pattern="(?i)ssch")
        self.one_line(run("disasm", "/nowhere/file"), (FILE), "/nowhere/file")
        self.one_line(run("disasm", "a7840"), USAGE, "a7840: no file")
        self.one_line(run("disasm"), USAGE, "disasm")
        self.one_line(run("disasm", "--bogus"), USAGE, "--bogus")

    def test_output_that_cannot_be_written(self):
        if not os.path.exists("/dev/full"):
            self.skipTest("no /dev/full")
        with open("/dev/full", "w", encoding="utf-8") as full:
            done = subprocess.run([support.SIE390, "list", "instructions"], stdout=full,
                                  stderr=subprocess.PIPE, text=True, check=False)
        self.assertNotEqual(done.returncode, 0)
        self.assertRegex(done.stderr, r"\Asie390: [^\n]*No space left[^\n]*\n\Z")

    def options_of_help(self, name):
        text = run(name, "--help").stdout
        return set(re.findall(r"(?m)^  (?:-\w, )?(--[\w-]+)", text))

    def test_man_page_has_the_options(self):
        page = support.TOP / "docs/man/sie390.1"
        if not page.exists():
            self.skipTest("no docs/man/sie390.1")
        text = page.read_text().replace("\\-", "-")
        entries = set(re.findall(r"(?m)^\.(?:TP|BI|BR|B|IR)\b.*?(--[\w-]+)", text))
        for name in ("run", "stat", "disasm", "explain", "list"):
            for option in self.options_of_help(name):
                self.assertIn(option, text, f"sie390 {name}")
        known = set().union(*(self.options_of_help(n) for n in self.NAMES)) | {"--help", "--version"}
        self.assertEqual(entries - known, set(), "only in the man page")

    def test_man_page_has_the_statuses(self):
        page = support.TOP / "docs/man/sie390.1"
        if not page.exists():
            self.skipTest("no docs/man/sie390.1")
        shown = dict(re.findall(r"(?m)^  (\d+) +(.*)", run("run", "--help").stdout.split("exit status")[1]))
        self.assertEqual(list(shown), ["0", "1", "2", "3", "4", "10", "11", "12", "13"])
        section = page.read_text().split("EXIT STATUS")[1].split(".SH")[0].replace("\\-", "-")
        entries = dict(re.findall(r"(?s)\.TP\n\.B (\d+)\n(.*?)(?=\.TP|\Z)", section))
        self.assertEqual(list(entries), list(shown))
        for status, text in shown.items():
            missing = set(self.words(text)) - set(self.words(entries[status]))
            self.assertEqual(missing, set(), f"said of {status} by --help only")

    @staticmethod
    def words(text):
        return re.findall(r"[\w'=-]+", text.lower().replace("'", ""))


if __name__ == "__main__":
    unittest.main(verbosity=2)
