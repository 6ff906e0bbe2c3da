# SPDX-License-Identifier: Apache-2.0
"""A debugger's side of gdb's remote serial protocol, as plain as possible, for tests."""
import pathlib
import re
import shutil
import socket
import subprocess
import time
import unittest

import support

# Registers by number, as the target description orders them.
PSWM, PSWA, R0, ACR0, FPC, F0, CR0 = 0, 1, 2, 18, 34, 35, 51
CKC, CPUTM, LAST_BREAK, PREFIX, REGISTERS = 67, 68, 69, 70, 71


def checksum(data):
    return b"%02x" % (sum(data) & 255)


def escape(data):
    return re.sub(rb"[$#}*]", lambda m: b"}" + bytes([m[0][0] ^ 0x20]), data)


def symbols(elf):
    """Addresses of an ELF file's symbols."""
    nm = support.CC.replace("gcc", "nm")
    if not shutil.which(nm):
        raise unittest.SkipTest(f"no {nm}")
    text = subprocess.run([nm, elf], stdout=subprocess.PIPE, check=True, text=True).stdout
    return {f[2]: int(f[0], 16) for f in (line.split() for line in text.splitlines()) if len(f) == 3}


class Client:
    """Commands have names that say what they do; answers are text, checked where that is usual."""

    def __init__(self, case, address):
        self.case, self.acks = case, True
        family = socket.AF_UNIX if isinstance(address, (str, pathlib.Path)) else socket.AF_INET
        end = time.monotonic() + support.LIMIT
        while True:
            self.socket = socket.socket(family)
            try:
                self.socket.connect(str(address) if family == socket.AF_UNIX else address)
                break
            except OSError:  # not there yet
                self.socket.close()
                if time.monotonic() > end:
                    raise
                time.sleep(0.02)
        if family == socket.AF_INET:
            self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.socket.settimeout(support.LIMIT)
        self.input = self.socket.makefile("rb")
        case.addCleanup(self.close)

    def close(self):
        self.input.close()
        self.socket.close()

    def raw(self, data):
        self.socket.sendall(data)

    def send(self, text):
        data = text if isinstance(text, bytes) else text.encode()
        self.raw(b"$" + data + b"#" + checksum(data))

    def receive(self):
        """The next packet's content."""
        byte = self.input.read(1)
        while byte == b"+":
            byte = self.input.read(1)
        self.case.assertEqual(byte, b"$")
        data = b""
        while (byte := self.input.read(1)) != b"#":
            self.case.assertTrue(byte, data)
            data += bytes([self.input.read(1)[0] ^ 0x20]) if byte == b"}" else byte
        self.case.assertEqual(len(self.input.read(2)), 2)
        if self.acks:
            self.raw(b"+")
        return data.decode("latin-1")

    def ask(self, text):
        self.send(text)
        return self.receive()

    def ok(self, text):
        self.case.assertEqual(self.ask(text), "OK", text)

    def start(self):
        """What every debugger does first."""
        answer = self.ask("qSupported:multiprocess+;swbreak+;hwbreak+;vContSupported+")
        self.case.assertIn("PacketSize=", answer)
        self.ok("QStartNoAckMode")
        self.acks = False
        return self

    # ---- registers and storage ----

    def register(self, number):
        return int(self.ask(f"p{number:x}"), 16)

    def set_register(self, number, value, size=8):
        self.ok(f"P{number:x}={value:0{2 * size}x}")

    @property
    def pc(self):
        return self.register(PSWA)

    def read(self, address, length):
        return bytes.fromhex(self.ask(f"m{address:x},{length:x}"))

    def number(self, address):
        return int.from_bytes(self.read(address, 8), "big")

    def write(self, address, data):
        self.ok(f"M{address:x},{len(data):x}:{data.hex()}")

    # ---- running ----

    def step(self):
        answer = self.ask("vCont;s")
        self.case.assertRegex(answer, "^T05thread:01;$")

    def go(self, reason=""):
        """Goes on; the stop reply has the reason."""
        answer = self.ask("vCont;c")
        self.case.assertIn(reason, answer)
        return answer

    def interrupt(self):
        self.raw(b"\x03")
        return self.receive()

    def monitor(self, command):
        return bytes.fromhex(self.ask("qRcmd," + command.encode().hex())).decode()
