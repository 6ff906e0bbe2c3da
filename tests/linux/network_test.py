#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The network of a Linux guest: to a server on the host's loopback, and from there into the guest."""
import contextlib
import fcntl
import hashlib
import http.server
import pathlib
import random
import socket
import struct
import subprocess
import sys
import threading
import time
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))
import support
from support import Case, by_form, full

TUNSETIFF, TUNSETPERSIST, TAP_NO_PI = 0x400454ca, 0x400454cb, 0x1002
SIOCSIFADDR, SIOCSIFFLAGS, UP = 0x8916, 0x8914, 0x41
MIB = 1 << 20
SIZE = by_form(100, 100, 1000) * MIB


class Handler(http.server.BaseHTTPRequestHandler):
    """Serves SIZE bytes that are the same each time."""

    piece = random.Random(390).randbytes(MIB)

    def do_GET(self):
        self.send_response(200)
        self.send_header("Content-Length", str(SIZE))
        self.end_headers()
        for number in range(SIZE // MIB):
            self.wfile.write(struct.pack(">Q", number) + self.piece[8:])

    def log_message(self, *_):
        pass

    @classmethod
    def md5(cls):
        digest = hashlib.md5()
        for number in range(SIZE // MIB):
            digest.update(struct.pack(">Q", number) + cls.piece[8:])
        return digest.hexdigest()


class UserNetwork(Case):
    def connect(self, port):
        """To the guest's server, which may not listen yet: slirp then ends the connection."""
        end = time.monotonic() + support.LIMIT
        while time.monotonic() < end:
            with contextlib.suppress(OSError):
                client = socket.create_connection(("127.0.0.1", port))
                client.settimeout(support.LIMIT)
                if client.recv(6) == b"hello\n":
                    return client
                client.close()
            time.sleep(0.05)
        self.fail("no answer from the guest's server")

    def test_both_directions(self):
        support.needs_linux()
        port = support.unused_port()
        with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
            threading.Thread(target=server.serve_forever, daemon=True).start()
            script = f"wget -q -O - http://10.0.2.2:{server.server_port}/file | md5sum; " \
                     "(echo hello; sleep 100000) | nc -l -p 8080 | md5sum"
            with subprocess.Popen(
                    [*support.RUN_IN_GUEST, "--timeout", str(support.LIMIT), "-c", "2", "--net",
                     f"user,hostfwd=tcp:{port}-:8080", "--", "/bin/sh", "-c", script],
                    stdin=subprocess.DEVNULL, stdout=subprocess.PIPE) as guest:
                self.assertEqual(guest.stdout.readline().decode(), f"{Handler.md5()}  -\n")
                with self.connect(port) as client:
                    client.sendall(Handler.piece * 8)
                    client.shutdown(socket.SHUT_WR)
                    self.assertEqual(guest.stdout.readline().decode(),
                                     f"{hashlib.md5(Handler.piece * 8).hexdigest()}  -\n")
                guest.terminate()
                guest.stdout.read()
            server.shutdown()


@full
class Tap(Case):
    """Needs the right to make a network interface; most machines and containers do not give it."""

    NAME = "sie390test"

    def make_tap(self):
        try:
            self.set_persistent(1)  # it stays when the descriptor is closed
        except OSError as error:
            self.skipTest(f"no tap interface can be made here: {error}")
        self.addCleanup(self.remove_tap)
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
            address = struct.pack("16sHH4s8x", self.NAME.encode(), socket.AF_INET, 0,
                                  socket.inet_aton("10.39.0.1"))
            try:
                fcntl.ioctl(s, SIOCSIFADDR, address)
                fcntl.ioctl(s, SIOCSIFFLAGS, struct.pack("16sH22x", self.NAME.encode(), UP))
            except OSError as error:
                self.skipTest(f"the tap interface cannot be set up: {error}")

    def set_persistent(self, value):
        with open("/dev/net/tun", "rb+", buffering=0) as tun:
            fcntl.ioctl(tun, TUNSETIFF, struct.pack("16sH22x", self.NAME.encode(), TAP_NO_PI))
            fcntl.ioctl(tun, TUNSETPERSIST, value)

    def remove_tap(self):
        with contextlib.suppress(OSError):
            self.set_persistent(0)

    def test_tap(self):
        support.needs_linux()
        self.make_tap()
        with socket.create_server(("10.39.0.1", 0)) as server:
            server.settimeout(support.LIMIT)
            port = server.getsockname()[1]
            threading.Thread(target=lambda: server.accept()[0].sendall(b"through the tap\n"),
                             daemon=True).start()
            done = support.in_guest(
                "/bin/sh", "-c", "ip addr add 10.39.0.2/24 dev eth0; ip link set eth0 up; "
                f"nc 10.39.0.1 {port}", options=["--net", f"tap={self.NAME}"])
        self.assertEqual((done.returncode, done.stdout), (0, b"through the tap\n"), done.stderr)


if __name__ == "__main__":
    unittest.main(verbosity=2)
