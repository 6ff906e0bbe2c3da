#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""One command in a guest: streams, statuses, disks, network, the shell, and all that can go wrong.

Boots the real kernel about twenty times. SIE390_TEST_ENGINE=qemu runs it against the peer, which
shows whether a failure is the emulator's or the guest's. Needs what tools/fetch-guest fetched.
"""
import contextlib
import functools
import hashlib
import http.server
import os
import pathlib
import pty
import random
import re
import select
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
import unittest

TOP = pathlib.Path(__file__).resolve().parent.parent.parent
ENGINE = os.environ.get("SIE390_TEST_ENGINE", "sie390")
LIMIT = int(os.environ.get("SIE390_TEST_TIMEOUT", "300"))
RUN = [str(TOP / "tools/run-in-guest"), "--engine", ENGINE]
if ENGINE == "sie390" and "SIE390" in os.environ:
    RUN += ["--emulator", os.environ["SIE390"]]


def guest(*words, options=(), stdin=b"", **rest):
    """Runs words in a guest; stdout, stderr and returncode as subprocess.run gives them."""
    return subprocess.run([*RUN, "--timeout", str(LIMIT), *options, "--", *words],
                          input=stdin, capture_output=True, check=False, **rest)


def shell(script, **rest):
    return guest("/bin/sh", "-c", script, **rest)


class Case(unittest.TestCase):
    def expect(self, done, status, stdout=None, stderr=b""):
        self.assertEqual(done.returncode, status, done.stderr[-2000:])
        if stdout is not None:
            self.assertEqual(done.stdout, stdout)
        if stderr is not None:
            self.assertEqual(done.stderr, stderr)


class Statuses(Case):
    def test_success_is_silent(self):
        self.expect(guest("true"), 0, b"")

    def test_status_of_command(self):
        self.expect(shell("echo out; echo err >&2; exit 3"), 3, b"out\n", b"err\n")

    def test_killed_by_signal(self):
        self.expect(shell("kill -9 $$"), 137, b"")

    def test_no_such_command(self):
        done = guest("no-such-command")
        self.expect(done, 127, b"", None)
        self.assertRegex(done.stderr, rb"no-such-command: No such file")

    def test_not_executable(self):
        done = guest("/etc/passwd")
        self.expect(done, 126, b"", None)
        self.assertRegex(done.stderr, rb"/etc/passwd: Permission denied")

    def test_missing_directory(self):
        done = guest("true", options=["--cwd", "/nowhere"])
        self.expect(done, 126, b"", None)
        self.assertRegex(done.stderr, rb"/nowhere: No such file")

    def test_arguments_environment_directory(self):
        done = guest("/bin/sh", "-c", 'printf "%s|" "$@" "$A" "$PWD"', "x", "a b", "", "--", "c\n*",
                     options=["--env", "A=1 2", "--cwd", "/usr/bin"])
        self.expect(done, 0, b"a b||--|c\n*|1 2|/usr/bin|")

    def test_left_over_process_does_not_hold_the_end(self):
        self.expect(shell("sleep 100000 & exit 5"), 5)

    def test_cpus(self):
        self.expect(guest("nproc", options=["-c", "2"]), 0, b"2\n")


class Streams(Case):
    def test_binary_both_ways(self):
        data = random.Random(390).randbytes(5_000_000)
        done = guest("cat", stdin=data)
        self.expect(done, 0)
        self.assertEqual(hashlib.sha256(done.stdout).digest(), hashlib.sha256(data).digest())

    def test_end_of_file_reaches_command(self):
        self.expect(guest("wc", "-c", stdin=b"x" * 70000), 0, b"70000\n")

    def test_closed_stdin(self):
        self.expect(shell("cat; echo end", preexec_fn=lambda: os.close(0)), 0, b"end\n")

    def test_both_outputs_large(self):
        done = shell("cat | tee /dev/stderr", stdin=b"0123456789abcde\n" * 100_000)
        self.expect(done, 0, b"0123456789abcde\n" * 100_000, b"0123456789abcde\n" * 100_000)

    def test_command_reads_only_a_part(self):
        with subprocess.Popen(["yes"], stdout=subprocess.PIPE) as endless:
            done = subprocess.run([*RUN, "--timeout", str(LIMIT), "--", "head", "-n", "2"],
                                  stdin=endless.stdout, capture_output=True, check=False)
            endless.kill()
        self.expect(done, 0, b"y\ny\n")

    def test_host_reads_only_a_part(self):
        with subprocess.Popen([*RUN, "--timeout", str(LIMIT), "--", "yes"],
                              stdin=subprocess.DEVNULL, stdout=subprocess.PIPE) as runner:
            self.assertEqual(runner.stdout.read(4), b"y\ny\n")
            runner.stdout.close()
            self.assertEqual(runner.wait(), 128 + signal.SIGPIPE)

    def test_command_closes_its_outputs_early(self):
        self.expect(shell("echo a; exec >&- 2>&-; cat >/dev/null; exit 4", stdin=b"z" * 200000),
                    4, b"a\n")


class Failures(Case):
    def test_timeout(self):
        done = subprocess.run([*RUN, "--timeout", "0.5", "--", "true"], capture_output=True,
                              check=False)
        self.expect(done, 124, b"", None)
        self.assertIn(b"run-in-guest: no end after 0.5 seconds\n", done.stderr)

    def test_bad_options(self):
        for words, complaint in ((["--bogus", "--", "true"], b"unrecognized arguments: --bogus"),
                                 (["--"], b"no COMMAND after --"),
                                 (["ls"], b"unrecognized arguments: ls"),
                                 (["-c", "0", "--", "true"], b"cannot have 0 CPUs"),
                                 (["--disk", "/nowhere", "--", "true"], b"/nowhere: no such file"),
                                 (["--env", "A", "--", "true"], b"NAME=VALUE, not 'A'")):
            done = subprocess.run([*RUN, *words], capture_output=True, check=False)
            self.expect(done, 125, b"", None)
            self.assertEqual(done.stderr.count(b"\n"), 1)
            self.assertIn(complaint, done.stderr)

    def test_missing_emulator(self):
        done = guest("true", options=["--emulator", "/nowhere/emulator"])
        self.expect(done, 125, b"", b"run-in-guest: /nowhere/emulator: No such file or directory\n")

    def test_emulator_that_fails(self):
        done = guest("true", options=["--emulator", "/bin/false"])
        self.expect(done, 125, b"", None)
        self.assertIn(b"the emulator ended with status 1 before the command did", done.stderr)

    def test_kernel_panic_shows_the_console(self):
        done = guest("true", options=["--append", "rdinit=/etc/passwd init=/etc/passwd"])
        self.expect(done, 125, b"", None)
        self.assertRegex(done.stderr, rb"(?s)Kernel panic.* before the command did")

    def test_interrupt_reaches_command(self):
        with subprocess.Popen([*RUN, "--timeout", str(LIMIT), "--", "/bin/sh", "-c",
                               "trap 'echo caught; exit 9' INT; echo up; "
                               "while :; do sleep 1; done"],
                              stdin=subprocess.DEVNULL, stdout=subprocess.PIPE) as runner:
            self.assertEqual(runner.stdout.readline(), b"up\n")
            runner.send_signal(signal.SIGINT)
            self.assertEqual(runner.stdout.read(), b"caught\n")
            self.assertEqual(runner.wait(), 9)

    def test_second_interrupt_ends_the_emulator(self):
        with subprocess.Popen([*RUN, "--timeout", str(LIMIT), "--", "/bin/sh", "-c",
                               "trap '' INT; echo up; while :; do sleep 1; done"],
                              stdin=subprocess.DEVNULL, stdout=subprocess.PIPE) as runner:
            self.assertEqual(runner.stdout.readline(), b"up\n")
            runner.send_signal(signal.SIGINT)
            time.sleep(0.2)  # two signals at once would be one
            runner.send_signal(signal.SIGINT)
            self.assertEqual(runner.wait(), 128 + signal.SIGINT)

    def test_disk_that_is_not_one(self):
        with tempfile.NamedTemporaryFile() as file:
            file.truncate(1 << 20)
            done = guest("true", options=["--root", file.name])
        self.expect(done, 125, b"", None)
        self.assertIn(b"cannot mount /dev/vda", done.stderr)


class Disk(Case):
    def setUp(self):
        self.directory = tempfile.TemporaryDirectory()
        self.addCleanup(self.directory.cleanup)
        self.root = pathlib.Path(self.directory.name)
        (self.root / "tree/bin").mkdir(parents=True)
        (self.root / "tree/data").write_bytes(b"from the host\n")
        (self.root / "tree/bin/sh").write_bytes((TOP / "build/guest/busybox").read_bytes())
        (self.root / "tree/bin/sh").chmod(0o755)
        self.image = self.root / "disk"
        subprocess.run([TOP / "tools/make-disk", self.root / "tree", self.image, "32M"], check=True)

    def check_clean(self):
        done = subprocess.run(["/sbin/e2fsck", "-fn", self.image], capture_output=True, check=False)
        self.assertEqual(done.returncode, 0, done.stdout)

    def test_mount_and_write(self):
        done = shell("mount /dev/vda /mnt && cat /mnt/data && "
                     "head -c 9000000 /dev/urandom >/mnt/new && sha256sum </mnt/new",
                     options=["--disk", str(self.image)])
        self.expect(done, 0, None, None)
        lines = done.stdout.splitlines()
        self.assertEqual(lines[0], b"from the host")
        self.check_clean()  # the guest unmounted what the command had left mounted
        done = shell("mount -o ro /dev/vda /mnt && sha256sum </mnt/new",
                     options=["--disk", f"{self.image},readonly"])
        self.expect(done, 0, lines[1] + b"\n", None)

    def test_root(self):
        done = shell("read line </data; echo $line; echo /*; echo new >/file",
                     options=["--root", str(self.image)])
        self.expect(done, 0, b"from the host\n/bin /data /dev /lost+found /proc /run /sys /tmp\n")
        self.check_clean()
        done = shell("read line </file; echo $line; echo x >/file",
                     options=["--root", f"{self.image},readonly"])
        self.assertEqual(done.stdout, b"new\n")
        self.assertIn(b"Read-only file system", done.stderr)


class QuietHandler(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *_):
        pass


class Network(Case):
    def test_guest_fetches_a_file(self):
        with tempfile.TemporaryDirectory() as directory:
            data = random.Random(1).randbytes(3_000_000)
            (pathlib.Path(directory) / "file").write_bytes(data)
            handler = functools.partial(QuietHandler, directory=directory)
            with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
                threading.Thread(target=server.serve_forever, daemon=True).start()
                done = shell(f"wget -q -O - http://10.0.2.2:{server.server_port}/file | sha256sum",
                             options=["--net", "user"])
                server.shutdown()
        self.expect(done, 0, hashlib.sha256(data).hexdigest().encode() + b"  -\n", None)

    def test_forwarded_port(self):
        with socket.create_server(("127.0.0.1", 0)) as unused:
            port = unused.getsockname()[1]
        with subprocess.Popen([*RUN, "--timeout", str(LIMIT), "--net",
                               f"user,hostfwd=tcp:{port}-:8080", "--", "/bin/sh", "-c",
                               "echo up; echo hello | nc -l -p 8080"],
                              stdin=subprocess.DEVNULL, stdout=subprocess.PIPE) as runner:
            self.assertEqual(runner.stdout.readline(), b"up\n")
            got = b""
            while not got:  # nc may not listen yet: slirp then resets the connection
                with contextlib.suppress(OSError), \
                        socket.create_connection(("127.0.0.1", port)) as client:
                    client.sendall(b"hi\n")
                    client.shutdown(socket.SHUT_WR)
                    got = client.makefile("rb").read()
            self.assertEqual(got, b"hello\n")
            self.assertEqual(runner.stdout.read(), b"hi\n")
            self.assertEqual(runner.wait(), 0)


class Terminal(Case):
    """The shell on the console, on a pseudo-terminal as a person has it."""

    def setUp(self):
        self.child, self.terminal = pty.fork()
        if not self.child:
            os.environ["TERM"] = "vt100"
            os.execv(RUN[0], RUN)
        self.seen = ""
        self.addCleanup(self.end)

    def end(self):
        with contextlib.suppress(OSError):
            os.kill(self.child, signal.SIGKILL)
            os.waitpid(self.child, 0)
        os.close(self.terminal)

    def wait_for(self, pattern):
        end = time.monotonic() + LIMIT
        while not (match := re.search(pattern, self.seen)):
            ready, _, _ = select.select([self.terminal], [], [], end - time.monotonic())
            self.assertTrue(ready, f"{pattern} is not in {self.seen!r}")
            try:
                data = os.read(self.terminal, 4096)
            except OSError:
                self.fail(f"{pattern} is not in {self.seen!r}")
            self.seen += data.decode(errors="replace")
        self.seen = self.seen[match.end():]
        return match

    def type(self, text):
        os.write(self.terminal, text.encode())

    def wait_for_end(self):
        with contextlib.suppress(OSError):
            while os.read(self.terminal, 4096):
                pass
        self.assertEqual(os.waitstatus_to_exitcode(os.waitpid(self.child, 0)[1]), 0)

    def test_shell_with_job_control(self):
        self.wait_for(r"root@sie390:~# ")
        self.type("tty; echo $TERM $((6*7))\n")
        self.wait_for(r"/dev/\w+\r+\nvt100 42\r+\n")
        self.type("sleep 1000\n")
        time.sleep(0.5)  # so that sleep, not the shell, gets the key
        self.type("\x03")
        self.type("echo status $?\n")
        self.wait_for(r"status 130\r+\n")
        self.type("exit\n")
        self.wait_for_end()

    def test_poweroff(self):
        self.wait_for(r"# ")
        self.type("poweroff\n")
        self.wait_for_end()

    @unittest.skipUnless(ENGINE == "sie390", "SIGTERM means another thing to the peer")
    def test_quiesce(self):
        self.wait_for(r"# ")
        os.kill(self.child, signal.SIGTERM)
        self.wait_for_end()

    @unittest.skipUnless(ENGINE == "qemu", "types to the peer's monitor")
    def test_quiesce_by_monitor(self):
        self.wait_for(r"# ")
        self.type("\x01c")
        self.wait_for(r"\(qemu\) ")
        self.type("system_powerdown\n")
        self.wait_for_end()


if __name__ == "__main__":
    if not (TOP / "build/guest/initramfs.cpio").exists():
        sys.exit("run tools/fetch-guest and tools/make-initramfs first")
    unittest.main(verbosity=2)
