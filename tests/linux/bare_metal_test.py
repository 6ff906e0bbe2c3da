#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""How a run ends and what the user's terminal and the control socket do, with guests of a few bytes."""
import contextlib
import json
import os
import pathlib
import signal
import struct
import sys
import termios
import time
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))
import support
from support import Case, Control, image, run

INVALID_PSW = struct.pack(">QQ", 0xffffffffffffffff, 0)
STOP_MYSELF = bytes.fromhex("ae030005")  # SIGP, order 5, to the CPU in register 3, which is 0


class Bare(Case):
    def load(self, content, *options, **rest):
        path = self.file("image", content)
        return run("run", "--load", f"{path}@0", "--console", "none", *options, **rest)

    def start(self, content, *options, **rest):
        path = self.file("image", content)
        return self.guest("--load", f"{path}@0", *options, **rest)


# DIAGNOSE 288: set, 15 seconds; then a loop.
WATCHDOG = bytes.fromhex("a7280000 a738000f a7480000 83240288") + support.SPIN


class Watchdog(Bare):
    def test_i22_watchdog_expires(self):
        """All actions at once: each takes the 15 seconds that are the least."""
        restart = struct.pack(">QQ", 0x0002000180000000, 0xd09)
        path = self.file("image", image(WATCHDOG, [(0x1a0, restart)]))
        runs = {action: self.guest("--load", f"{path}@0", "--watchdog-action", action, "-c",
                                   "2,standby=1", "--console", "none", "--control",
                                   self.dir / action)
                for action in ("restart", "poweroff", "nmi", "pause", "none")}
        runs["poweroff"].wait(support.OK)
        runs["nmi"].wait(support.WAIT)
        self.assertRegex(runs["nmi"].stderr(), "disabled wait, PSW [0-9a-f]+ 0*d09")
        for action, key, value in (("restart", "reboots", 1), ("pause", "state", "stopped"),
                                   ("none", "state", "running")):
            with Control(self.dir / action) as control:
                while control.ask("status")[key] != value:
                    time.sleep(0.05)
                control.ask("quit")
            runs[action].wait(support.ENDED)
        for action in ("restart", "poweroff", "nmi", "pause"):
            self.assertRegex(runs[action].stderr(), "watchdog has expired")


class Ends(Bare):
    def test_disabled_wait(self):
        done = self.load(support.DISABLED_WAIT)
        self.one_line(done, support.WAIT, "CPU 0 is in a disabled wait",
                      "PSW 0002000080000000 0000000000000bad")

    def test_dump_on_wait(self):
        self.load(support.DISABLED_WAIT, "--dump-on-wait", f"{self.dir}/dump,0-1f,ffffff0-1000001f",
                  "-m", "256M", "-c", "2")
        dump = (self.dir / "dump").read_text()
        self.assertRegex(dump, r"(?s)cpu 0 .*psw 0002000080000000 0000000000000bad.*\nr0 .*\nc0 ")
        self.assertIn("000a0000 80000bad", dump)
        self.assertIn("(storage ends at 0000000010000000)", dump)

    def test_dump_that_cannot_be_written(self):
        done = self.load(support.DISABLED_WAIT, "--dump-on-wait", "/nowhere/dump")
        self.assertEqual(done.returncode, support.WAIT)
        self.assertEqual(done.stderr.count("\n"), 2)
        self.assertIn("/nowhere/dump: No such file", done.stderr)

    def test_loop_of_program_interruptions_with_a_bad_psw(self):
        done = self.load(image(bytes(2), [(0x1d0, INVALID_PSW)]))
        self.one_line(done, support.LOOP, "loop of program interruptions", "code 0001",
                      "0000000000001002")

    def test_loop_of_program_interruptions_at_the_handler(self):
        new = struct.pack(">QQ", 0x0000000180000000, 0x1000)
        done = self.load(image(bytes(2), [(0x1d0, new)]))
        self.one_line(done, support.LOOP, "loop of program interruptions",
                      "PSW 0000000080000000 0000000000001002: ")

    def test_timeout(self):
        done = self.load(image(support.SPIN), "--timeout", "0.3")
        self.one_line(done, support.TIMEOUT, "--timeout", "0.3 seconds", "0000000000001000")

    def test_last_cpu_stops(self):
        done = self.load(image(STOP_MYSELF + support.SPIN), "-c", "3")
        self.assertEqual((done.returncode, done.stderr), (support.OK, ""))

    def test_sigterm_twice(self):
        g = self.start(image(support.SPIN), "--console", "none", "--control", self.dir / "c")
        with Control(self.dir / "c") as control:
            control.wait_until_running()
        g.signal(signal.SIGTERM)
        end = time.monotonic() + support.LIMIT
        while "does not listen" not in g.stderr() and time.monotonic() < end:
            time.sleep(0.02)
        self.assertIsNone(g.process.poll())
        g.signal(signal.SIGTERM)
        g.wait(support.ENDED)
        self.assertEqual(g.stderr().count("\n"), 1)
        self.assertFalse((self.dir / "c").exists())

    def test_sigquit_ends_at_once(self):
        g = self.start(image(support.SPIN), "--console", "none", "--control", self.dir / "c")
        with Control(self.dir / "c") as control:
            control.wait_until_running()
        g.signal(signal.SIGQUIT)
        g.wait(support.ENDED)

    def test_statistics_at_the_end(self):
        done = self.load(support.DISABLED_WAIT, "--stat")
        self.assertRegex(done.stderr, r"(?m)^ +1 +[\d.]+  machine: disabled wait$")


class Terminal(Bare):
    """stdio on a pseudo-terminal: raw while the guest runs, as it was afterwards."""

    def start_on_terminal(self, content=image(support.SPIN)):
        g = self.start(content, terminal=True)
        end = time.monotonic() + support.LIMIT
        while self.is_canonical(g) and g.process.poll() is None and time.monotonic() < end:
            time.sleep(0.01)
        return g

    @staticmethod
    def is_canonical(g):
        return bool(termios.tcgetattr(g.terminal)[3] & termios.ICANON)

    def check_restored(self, g):
        self.assertEqual(termios.tcgetattr(g.terminal), g.before)

    def test_ctrl_a_x(self):
        g = self.start_on_terminal()
        self.assertFalse(self.is_canonical(g))
        g.type("\x01x")
        g.wait(support.ENDED)
        self.check_restored(g)

    def test_ctrl_a_h(self):
        g = self.start_on_terminal()
        g.type("\x01h")
        g.wait_for(r"\r\nCtrl-A X .*\r\n(?s:.*)Ctrl-A H ")
        self.assertIsNone(g.process.poll())
        g.type("\x01X")
        g.wait(support.ENDED)
        self.check_restored(g)

    def test_guest_ends(self):
        g = self.start_on_terminal(support.DISABLED_WAIT)
        g.wait(support.WAIT)
        self.check_restored(g)
        self.assertRegex(g.seen, r"\Asie390: [^\n]*disabled wait[^\n]*\r\n\Z")

    def test_signals_that_end(self):
        for number, status in ((signal.SIGQUIT, support.ENDED), (signal.SIGSEGV, -signal.SIGSEGV),
                               (signal.SIGABRT, -signal.SIGABRT)):
            with self.subTest(number.name):
                g = self.start_on_terminal()
                g.signal(number)
                g.wait(status)
                self.check_restored(g)

    def test_stop_and_continue(self):
        g = self.start_on_terminal()
        g.signal(signal.SIGTSTP)
        self.assertTrue(os.WIFSTOPPED(os.waitpid(g.process.pid, os.WUNTRACED)[1]))
        self.check_restored(g)
        g.signal(signal.SIGCONT)
        end = time.monotonic() + support.LIMIT
        while self.is_canonical(g) and time.monotonic() < end:
            time.sleep(0.01)
        self.assertFalse(self.is_canonical(g))
        g.type("\x01x")
        g.wait(support.ENDED)
        self.check_restored(g)

    def test_bad_option_leaves_it_alone(self):
        g = self.guest("--bogus", terminal=True)
        g.wait(support.USAGE)
        self.check_restored(g)


class ControlSocket(Bare):
    def setUp(self):
        super().setUp()
        self.path = self.dir / "control"
        self.g = self.start(image(support.SPIN), "--console", "none", "--control", self.path,
                            "-m", "16M", "-c", "2", "--name", "guest one")
        with Control(self.path) as control:
            control.wait_until_running()

    def quit(self, control):
        self.assertTrue(control.ask("quit")["ok"])
        self.g.wait(support.ENDED)
        self.assertFalse(self.path.exists())
        self.assertNotIn("I/O loop", self.g.stderr())

    def test_commands(self):
        with Control(self.path) as control:
            answer = control.ask("status", id="a")
            self.assertEqual({k: answer[k] for k in ("ok", "id", "state", "name", "cpus", "memory")},
                             {"ok": True, "id": "a", "state": "running", "name": "guest one",
                              "cpus": 2, "memory": 16 << 20})
            for _ in range(20):
                self.assertEqual(control.ask("stop", id=1), {"ok": True, "state": "stopped", "id": 1})
                self.assertEqual(control.ask("status")["state"], "stopped")
                self.assertEqual(control.ask("stop")["state"], "stopped")
                self.assertEqual(control.ask("continue")["state"], "running")
            self.assertEqual(control.ask("continue")["state"], "running")
            self.assertFalse(control.ask("quiesce")["guest_listens"])
            numbers = control.ask("statistics")["statistics"]
            self.assertGreater(numbers["time"]["elapsed ms"], 0)
            self.quit(control)

    def test_stopped_guest_does_not_run(self):
        with Control(self.path) as control:
            control.ask("stop")
            first = control.ask("statistics")["statistics"].get("engine")
            time.sleep(0.2)
            self.assertEqual(control.ask("statistics")["statistics"].get("engine"), first)
            self.quit(control)

    def test_quit_while_stopped(self):
        with Control(self.path) as control:
            control.ask("stop")
            self.quit(control)

    def test_malformed_requests(self):
        with Control(self.path) as control:
            for line in (b"{\n", b"\n", b"[]\n", b"null\n", b'"status"\n', b'{"command": 5}\n',
                         b'{"command": "status", "command": "quit"}\n', b"\x00\xff\xfe\n",
                         b'{"command": "nonsense"}\n', b'{"Command": "quit"}\n',
                         b"[" * 3000 + b"\n"):
                answer = control.send(line)
                self.assertIs(answer["ok"], False, line)
                self.assertIsInstance(answer["error"], str)
            self.assertEqual(control.ask("status")["state"], "running")
            with Control(self.path) as other:
                self.assertIn("too long", other.send(b" " * 5000)["error"])
                with contextlib.suppress(ConnectionResetError):  # it did not read all of it
                    self.assertEqual(other.lines.read(), b"")
            self.quit(control)

    def test_many_clients(self):
        clients = [Control(self.path) for _ in range(16)]
        for number, client in enumerate(clients):
            self.assertEqual(client.ask("status", id=number)["id"], number)
        with Control(self.path) as one_too_many:
            self.assertEqual(one_too_many.lines.read(), b"")
        for client in clients[1:]:
            client.__exit__()
        for _ in range(100):
            with Control(self.path) as control:
                control.socket.sendall(b'{"command": "status"')  # leaves in the middle of a line
        with clients[0] as control:
            self.assertEqual(control.ask("status")["state"], "running")
            self.quit(control)

    def test_requests_in_one_piece(self):
        with Control(self.path) as control:
            control.socket.sendall(b'{"command": "stop"}\n{"command": "status"}\n'
                                   b'{"command": "continue"}\n{"command": "status"}\n')
            states = [json.loads(control.lines.readline())["state"] for _ in range(4)]
            self.assertEqual(states, ["stopped", "stopped", "running", "running"])
            self.quit(control)

    def test_client_that_does_not_read(self):
        with Control(self.path) as deaf, Control(self.path) as control:
            deaf.socket.settimeout(1)
            try:
                for _ in range(20000):
                    deaf.socket.sendall(b'{"command": "statistics"}\n')
            except (TimeoutError, BrokenPipeError, ConnectionResetError):
                pass
            self.assertEqual(control.ask("status")["state"], "running")
            self.quit(control)

    def test_ctl(self):
        done = run("ctl", self.path, "status")
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        self.assertEqual(json.loads(done.stdout)["state"], "running")
        for command in ("stop", "continue", "statistics", "quiesce"):
            self.assertEqual(run("ctl", self.path, command).returncode, 0)
        self.one_line(run("ctl", self.path, "explode"), support.USAGE, "unknown command")
        self.one_line(run("ctl", self.path), support.USAGE)
        self.assertEqual(run("ctl", self.path, "quit").returncode, 0)
        self.g.wait(support.ENDED)
        self.one_line(run("ctl", self.path, "status"), support.HOST, "No such file")

    def test_address_in_use_and_left_over(self):
        with Control(self.path) as control:
            done = self.load(support.DISABLED_WAIT, "--control", self.path)
            self.one_line(done, support.HOST, str(self.path), "in use")
            self.assertEqual(control.ask("status")["state"], "running")
        self.g.process.kill()
        self.g.process.wait()
        self.assertTrue(self.path.exists())
        self.one_line(run("ctl", self.path, "status"), support.HOST, "has ended")
        self.assertEqual(self.load(support.DISABLED_WAIT, "--control", self.path).returncode,
                         support.WAIT)
        self.assertFalse(self.path.exists())

    def test_file_in_the_way(self):
        path = self.file("precious", b"data")
        done = self.load(support.DISABLED_WAIT, "--control", path)
        self.one_line(done, support.HOST, "precious")
        self.assertEqual(path.read_bytes(), b"data")

    def test_socket_is_the_owners(self):
        self.assertEqual(self.path.stat().st_mode & 0o777, 0o600)


if __name__ == "__main__":
    unittest.main(verbosity=2)
