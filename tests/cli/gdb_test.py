#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The debugger's connection with bare-metal guests: breakpoints, watchpoints, steps, registers,
storage, more CPUs, and what a broken or hostile debugger may send."""
import os
import pathlib
import random
import re
import shutil
import socket
import subprocess
import sys
import time
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))
import gdb_client
import support
from gdb_client import Client, escape, symbols
from support import Case, full

# The order in which tests/guests/debug/stepped.c is executed, from label to label.
PATH = ("d_start d_stidp d_stpx +4 d_ex d_call d_leaf d_after d_store d_next d_svc d_svc_new d_illegal "
        "d_pgm_new d_iske d_stctg d_lctlg d_same d_end").split()


GDB = shutil.which("gdb-multiarch")


class Debug(Case):
    """A guest that waits for the debugger before its first instruction."""

    def debug(self, source="debug/stepped.c", *options):
        elf = support.build_guest(source)
        self.at = symbols(elf)
        self.guest_run = self.guest("--load", elf, "--console", "none", "--diag8", "--gdb",
                                    f"unix:{self.dir / 'gdb'}", "--gdb-wait", *options)
        return Client(self, self.dir / "gdb").start()

    def ends_well(self, output=None):
        """The guest's own checks are right."""
        self.guest_run.wait(support.WAIT)
        self.assertRegex(self.guest_run.stderr(), "0000600d", self.guest_run.seen)
        self.assertNotIn("FAIL", self.guest_run.seen)
        self.assertIn("ok ", self.guest_run.seen)

    def finish(self, d):
        self.assertEqual(d.ask("vCont;c"), "W0a")
        self.ends_well()


class Stops(Debug):
    def test_first_instruction(self):
        d = self.debug()
        self.assertEqual(d.ask("?"), "T11thread:01;")
        self.assertEqual(d.pc, self.at["_start"])
        self.finish(d)

    def test_i04_step_over_every_kind_of_instruction(self):
        d = self.debug()
        d.ok(f"Z1,{self.at['d_start']:x},2")
        d.go("hwbreak")
        for n, name in enumerate(PATH):
            want = here + int(name) if name[0] == "+" else self.at[name]
            self.assertEqual(hex(d.pc), hex(want), (name, n))
            here = want
            d.step()
        d.ok(f"z1,{self.at['d_start']:x},2")
        self.finish(d)

    def test_i31_hardware_breakpoint(self):
        """The PSW stands at it, however it is reached, once in each round."""
        d = self.debug()
        for name in ("d_svc_new", "d_pgm_new", "d_leaf", "d_next", "d_iske"):
            address = self.at[name]
            d.ok(f"Z1,{address:x},4")
            d.set_register(gdb_client.PSWA, self.at["_start"])
            d.write(self.at["done"], bytes(8))
            for n in range(2):
                d.go("hwbreak")
                self.assertEqual((hex(d.pc), d.number(self.at["done"])), (hex(address), n), name)
            d.ok(f"z1,{address:x},4")
        d.write(self.at["done"], bytes(8))
        d.write(self.at["watched"], bytes(8))
        d.set_register(gdb_client.PSWA, self.at["_start"])
        self.finish(d)

    def test_software_breakpoint(self):
        d = self.debug()
        address = self.at["d_after"]
        before = d.read(address - 2, 8)
        d.ok(f"Z0,{address:x},2")
        self.assertEqual(d.read(address - 2, 8), before)
        for _ in range(2):
            d.go("swbreak")
            self.assertEqual(d.pc, address)
            d.ok(f"z0,{address:x},2")
            d.step()
            self.assertEqual(d.pc, self.at["d_store"])
            d.ok(f"Z0,{address:x},2")
        d.ok(f"z0,{address:x},2")
        self.assertEqual(d.read(address - 2, 8), before)
        self.finish(d)

    def test_breakpoint_at_the_target_of_execute(self):
        """Stops at the EXECUTE, each time; the target is executed once each time, as it was.  No reason
        is given: the debugger would look for a breakpoint at the EXECUTE."""
        for kind in "01":
            d = self.debug()
            d.ok(f"Z{kind},{self.at['d_target']:x},4")
            source, copy = self.at["area"], self.at["area"] + 64
            for n in range(3):
                self.assertEqual(d.go(), "T05thread:01;")
                self.assertEqual((hex(d.pc), d.number(self.at["done"])), (hex(self.at["d_ex"]), n))
                self.assertEqual(d.read(copy, 8), bytes([n] * 8))
                d.write(source, bytes([n + 1] * 8))
                if n == 1:
                    d.step()
                    self.assertEqual(hex(d.pc), hex(self.at["d_call"]))
            d.ok(f"z{kind},{self.at['d_target']:x},4")
            self.finish(d)

    def test_software_breakpoint_at_a_short_instruction(self):
        """The next instruction is not touched by it."""
        d = self.debug()
        d.ok(f"Z0,{self.at['d_svc']:x},2")
        d.ok(f"Z0,{self.at['d_illegal']:x},2")
        for name in ("d_svc", "d_illegal", "d_svc"):
            self.assertRegex(d.ask("vCont;c"), "^T05thread:01;(sw|hw)break:;")
            self.assertEqual(hex(d.pc), hex(self.at[name]))
        d.ok(f"z0,{self.at['d_svc']:x},2")
        d.ok(f"z0,{self.at['d_illegal']:x},2")
        self.finish(d)

    def test_write_under_a_software_breakpoint(self):
        d = self.debug()
        address = self.at["d_after"]
        d.ok(f"Z0,{address:x},2")
        d.write(address, bytes.fromhex("b9040033"))  # lgr %r3,%r3
        self.assertEqual(d.read(address, 4).hex(), "b9040033")
        d.go("swbreak")
        self.assertEqual(d.pc, address)
        d.ok(f"z0,{address:x},2")
        self.assertEqual(d.read(address, 4).hex(), "b9040033")
        self.finish(d)

    def test_own_diagnose_501(self):
        """One that the guest has itself: reported behind it."""
        d = self.debug()
        d.write(self.at["d_stidp"], bytes.fromhex("83000501"))
        self.assertEqual(d.go(), "T05thread:01;")
        self.assertEqual(d.pc, self.at["d_stpx"])
        d.write(self.at["d_stidp"], bytes.fromhex("b2024000"))
        self.finish(d)

    def test_watchpoint(self):
        """After the store that changes it; not after a store of the same, or beside it."""
        d = self.debug()
        watched = self.at["watched"]
        d.ok(f"Z2,{watched:x},8")
        for n in range(3):
            self.assertEqual(d.go("watch"), f"T05thread:01;watch:{watched:x};")
            self.assertEqual((hex(d.pc), d.number(watched)), (hex(self.at["d_next"]), n + 1))
        self.finish(d)

    def test_watchpoint_on_what_an_intercepted_instruction_stores(self):
        d = self.debug()
        d.ok(f"Z2,{self.at['area']:x},8")
        d.go("watch")
        self.assertEqual(hex(d.pc), hex(self.at["d_stpx"]))
        d.ok(f"z2,{self.at['area']:x},8")
        self.finish(d)

    def test_limits(self):
        d = self.debug()
        for n in range(50):
            d.ok(f"Z1,{0x100000 + 2 * n:x},2")
        self.assertEqual(d.ask("Z1,200000,2"), "E28")
        d.ok("z1,100000,2")
        self.assertEqual(d.ask("Z1,200001,2"), "E22")
        self.assertEqual(d.ask("Z2,2000,0"), "E22")
        self.assertEqual(d.ask("Z2,2000,65"), "E22")
        d.ok("Z2,2000,64")
        self.assertEqual(d.ask("Z2,3000,4"), "E28")
        d.ok("z2,2000,64")
        self.assertEqual(d.ask("Z2,ffffffff00000000,4"), "E14")
        self.assertEqual(d.ask("z1,200000,2"), "E22")
        for kind in "34":
            self.assertEqual(d.ask(f"Z{kind},2000,4"), "")
        self.finish(d)

    def test_interrupt(self):
        d = self.debug()
        d.write(self.at["d_store"], support.SPIN + b"\x07\x00")
        while d.pc != self.at["d_store"]:
            d.send("vCont;c")
            self.assertEqual(d.interrupt(), "T02thread:01;")
        d.write(self.at["d_store"], bytes.fromhex("eb015000007a"))
        d.set_register(gdb_client.PSWA, self.at["d_store"])
        self.finish(d)


class GuestPer(Debug):
    """The guest uses PER itself: per.c and per_events.c of tests/guests check each event and its
    details."""

    def test_i31_stepped_throughout(self):
        self.step_through("per.c")

    @full
    def test_i31_storage_events_stepped_throughout(self):
        self.step_through("per_events.c")

    def step_through(self, source):
        d = self.debug(source)
        steps = 0
        while (answer := d.ask("vCont;s")) == "T05thread:01;":
            steps += 1
        self.assertEqual(answer, "W0a")
        self.assertGreater(steps, 1000)
        self.ends_well()

    def test_i31_with_points_of_the_debugger(self):
        """Ranges are widened over everything; the guest sees only its own."""
        for source in ("per.c", "per_events.c"):
            d = self.debug(source)
            d.ok("Z1,10,2")
            d.ok("Z1,fffffffffff0,2")
            d.ok("Z2,f000,64")
            self.finish(d)

    def test_control_registers_are_the_guests(self):
        d = self.debug("per.c")
        d.ok(f"Z1,{self.at['a_start']:x},4")
        d.go("hwbreak")
        self.assertEqual(d.register(gdb_client.CR0 + 9), 0x40000000)
        self.assertEqual(d.register(gdb_client.CR0 + 10), self.at["a_load"])
        d.ok(f"z1,{self.at['a_start']:x},4")
        self.finish(d)


class State(Debug):
    def test_description_matches_the_registers(self):
        d = self.debug()
        xml, answer = "", "m"
        while answer[0] == "m":
            answer = d.ask(f"qXfer:features:read:target.xml:{len(xml):x},100")
            xml += answer[1:]
        names = re.findall(r'<reg name="(\w+)" bitsize="(\d+)"', xml)
        self.assertEqual(len(names), gdb_client.REGISTERS)
        self.assertEqual([n for n, _ in names[:3]], ["pswm", "pswa", "r0"])
        self.assertEqual(len(d.ask("g")), sum(int(size) // 4 for _, size in names))
        for feature in ("core", "acr", "fpr", "cr", "virt"):
            self.assertIn(f'"org.gnu.gdb.s390.{feature}"', xml)
        self.assertEqual(xml.count("<feature "), 5)  # what there is not is not described: vx, tdb, gs ...
        self.finish(d)

    def test_each_register_is_written_and_read(self):
        d = self.debug()
        before = d.ask("g")
        for number in [*range(gdb_client.R0, gdb_client.CR0), gdb_client.CKC, gdb_client.CPUTM,
                       gdb_client.LAST_BREAK]:
            small = gdb_client.ACR0 <= number <= gdb_client.FPC
            value = 0x00800000 if number == gdb_client.FPC else 0x11111111 * (number % 13 + 1)
            value |= 0 if small else number << 40
            d.set_register(number, value, 4 if small else 8)
            got = d.register(number)
            self.assertTrue(got == value or (number == gdb_client.CPUTM and got <= value), number)
        d.ok("G" + before)
        for n in range(gdb_client.R0, gdb_client.CR0):
            self.assertEqual(d.register(n), 0)
        self.assertEqual(d.ask("P2=1"), "E22")
        self.assertEqual(d.ask("p99"), "E22")
        self.assertEqual(d.ask("G00"), "E22")
        d.set_register(gdb_client.PREFIX, 1 << 40)  # not in storage: stays
        self.assertEqual(d.register(gdb_client.PREFIX), 0)
        self.finish(d)

    def test_storage(self):
        d = self.debug()
        d.write(0x1ff0, bytes(range(64)))  # across frames
        self.assertEqual(d.read(0x1ff0, 64), bytes(range(64)))
        data = b"$#}*\x03\x00\xff" * 9
        d.send(b"X3000,%x:" % len(data) + escape(data))
        self.assertEqual(d.receive(), "OK")
        self.assertEqual(d.read(0x3000, len(data)), data)
        size = 512 << 20
        self.assertEqual(d.ask(f"m{size:x},8"), "E14")
        self.assertEqual(d.ask(f"m{size - 4:x},8"), "00000000")
        self.assertEqual(d.ask(f"M{size:x},1:00"), "E14")
        self.assertEqual(d.ask("mffffffffffffff00,10"), "E14")
        self.finish(d)

    def test_monitor(self):
        d = self.debug()
        self.assertIn("monitor info", d.monitor("help"))
        self.assertRegex(d.monitor("info"), r"CPU 0 .*\nPSW .*supervisor state, real space.*64-bit mode\n"
                         r"  [0-9a-f]+: larl\s")
        self.assertIn("no CPU 7", d.monitor("info 7"))
        self.assertIn("no such command", d.monitor("frobnicate"))
        self.finish(d)


@unittest.skipUnless(GDB, "no gdb-multiarch")
class RealDebugger(Debug):
    """What gdb itself makes of the answers."""

    def gdb(self, *commands):
        elf = support.build_guest("debug/stepped.c")
        self.at = symbols(elf)
        self.guest_run = self.guest("--load", elf, "--console", "none", "--diag8", "--gdb",
                                    f"unix:{self.dir / 'gdb'}", "--gdb-wait")
        while not (self.dir / "gdb").exists():
            self.assertIsNone(self.guest_run.process.poll())
            time.sleep(0.02)
        words = [f"target remote {self.dir / 'gdb'}", *commands]
        done = subprocess.run([GDB, "-nx", "-batch", *[x for w in words for x in ("-ex", w)], elf],
                              stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, text=True, timeout=support.LIMIT, check=False)
        return done.stdout

    def test_break_at_the_target_of_execute(self):
        text = self.gdb("break *&d_target", "continue", "p/x $pswa", "continue", "p/x $pswa", "p (long)done",
                        "delete", "detach")
        at = self.at["d_ex"]
        self.assertEqual(text.count("SIGTRAP"), 2, text)
        self.assertEqual(re.findall(r"\$\d+ = (\w+)", text), [hex(at), hex(at), "1"], text)
        self.ends_well()

    def test_read_watchpoints_are_refused(self):
        """PER has no event for fetching operands: gdb says so, and the guest can go on."""
        watched = "*(long *)&watched"
        text = self.gdb(f"rwatch {watched}", "continue", "delete", f"awatch {watched}", "continue", "delete",
                        "detach")
        self.assertEqual(len(re.findall(r"Could not insert hardware watchpoint \d", text)), 2, text)
        self.ends_well()


class Cpus(Debug):
    def test_threads(self):
        d = self.debug("smp.c", "-c", "4")
        self.assertEqual(d.ask("qfThreadInfo"), "m1,2,3,4")
        self.assertEqual(d.ask("qsThreadInfo"), "l")
        d.ok("T4")
        self.assertEqual(d.ask("T5"), "E22")
        self.assertIn("stopped", bytes.fromhex(d.ask("qThreadExtraInfo,2")).decode())
        d.ok("Hg3")
        self.assertEqual(d.register(gdb_client.PSWA), 0)
        self.assertEqual(d.ask("Hg9"), "E22")
        d.ok("Hg1")
        self.finish(d)

    def test_one_cpu_steps_the_others_stay(self):
        """The stopped CPUs of a spinning guest are not let go by a step of one."""
        d = self.debug("smp.c", "-c", "4")
        for _ in range(50):
            self.assertEqual(d.ask("vCont;s:1"), "T05thread:01;")
        self.assertEqual(d.ask("vCont"), "E22")
        self.assertEqual(d.ask("vCont;t"), "E22")
        self.finish(d)

    def test_breakpoint_on_another_cpu(self):
        d = self.debug("smp.c", "-c", "4")
        d.ok(f"Z1,{self.at['cpu_entry']:x},6")
        answer = d.go("hwbreak")
        self.assertRegex(answer, "thread:0[234];")
        self.assertEqual(d.register(gdb_client.PSWA), self.at["cpu_entry"])
        d.ok(f"z1,{self.at['cpu_entry']:x},6")
        self.finish(d)


class Connection(Debug):
    def test_detach_leaves_the_guest_running(self):
        d = self.debug()
        d.ok(f"Z1,{self.at['d_start']:x},2")
        d.ok(f"Z0,{self.at['d_after']:x},2")
        d.ok("D")
        self.ends_well()

    def test_broken_connection_is_a_detach(self):
        """Also in the middle of a packet, and while the guest runs."""
        d = self.debug()
        d.ok(f"Z0,{self.at['d_after']:x},2")
        d.raw(b"$m1000,")
        d.close()
        self.ends_well()

    def test_broken_while_it_runs_and_a_second_debugger(self):
        d = self.debug()
        d.write(self.at["d_store"], support.SPIN + b"\x07\x00")
        d.ok("Z0,100000,2")
        d.send("vCont;c")
        d.close()
        d = Client(self, self.dir / "gdb").start()
        self.assertEqual(d.read(0x100000, 4), bytes(4))
        while d.pc != self.at["d_store"]:
            d.send("vCont;c")
            d.interrupt()
        d.write(self.at["d_store"], bytes.fromhex("eb015000007a"))
        self.finish(d)

    def test_control_socket_does_not_interfere(self):
        """'continue' is the debugger's as long as it is there; 'stop' is reported to it."""
        d = self.debug("debug/stepped.c", "--control", self.dir / "control")
        d.write(self.at["d_store"], support.SPIN + b"\x07\x00")
        with support.Control(self.dir / "control") as c:
            self.assertIn("debugger", c.ask("continue")["error"])
            d.send("vCont;c")
            while c.ask("status")["state"] != "running":
                pass
            self.assertEqual(c.ask("stop")["state"], "stopped")
            self.assertEqual(d.receive(), "T11thread:01;")
            self.assertFalse(c.ask("continue")["ok"])
            d.ok("D")
            self.assertTrue(c.ask("continue")["ok"])
            c.ask("quit")
        self.guest_run.wait(support.ENDED)

    def test_kill(self):
        d = self.debug()
        d.send("k")
        self.guest_run.wait(support.ENDED)

    def test_acknowledgements(self):
        """Until they are switched off: a wrong checksum is asked for again, '-' repeats."""
        elf = support.build_guest("debug/stepped.c")
        g = self.guest("--load", elf, "--console", "none", "--gdb", f"unix:{self.dir / 'gdb'}",
                       "--gdb-wait")
        d = Client(self, self.dir / "gdb")
        d.raw(b"$qC#00")
        self.assertEqual(d.input.read(1), b"-")
        d.send("qC")
        self.assertEqual(d.input.read(8), b"+$QC1#c5")
        d.raw(b"-")
        self.assertEqual(d.input.read(7), b"$QC1#c5")
        d.raw(b"+")
        d.send("k")
        g.wait(support.ENDED)

    def test_hostile_packets(self):
        d = self.debug()
        for bad in ("m", "m,", "m1", "m1,", "m1,zz", "mx,1", "m11112222333344445,1", "M1,2:0", "M1,2:zz12",
                    "M1,1", "X1,5:1", "p", "pz", "P1", "P1=", "Z0,1", "Z1,,", "G", "Hx1", "Hg",
                    "vCont;", "vCont;x", "vCont;s:99", "vCont;C", "qRcmd,1", "qRcmd,zz", "T", "T1x",
                    "Hg1x", "Hc1,", "Z1,2000,4x", "z1,2000,4;X1,2", "czz", "c1000x", "szz", "C05;zz", "C",
                    "C05;11112222333344445", "vCont;s:1:2", "vCont;c;", "P0=" + "0" * 17, "p-1",
                    "M1,ffffffffffffffff:00", "X1,8000000000000000:", "qThreadExtraInfo,1x",
                    "qThreadExtraInfo,", "qRcmd," + "41" * 300):
            self.assertEqual(d.ask(bad), "E22", bad)
        for bad in ("qXfer:features:read:other.xml:0,1", "qXfer:features:read:target.xml:0",
                    "qXfer:features:read:target.xml:"):
            self.assertEqual(d.ask(bad), "E00", bad)
        for unknown in ("", "q", "qBogus", "vMustReplyEmpty", "!", "\x7f", "Z3,0,1", "Z"):
            self.assertEqual(d.ask(unknown), "", unknown)
        self.assertEqual(d.ask("m0," + "f" * 16), d.ask("m0,2000"))
        self.assertEqual(d.ask("a" * 0x4001), "E22")
        d.raw(b"$" + b"a" * 0x9000)
        self.assertEqual(d.receive(), "E22")
        d.raw(b"#00garbage+-+\x03\x03")
        self.finish(d)

    def test_registers_that_no_guest_could_load(self):
        """The guest gets the exception that is due; the debugger's step ends."""
        d = self.debug()
        ones = (1 << 64) - 1
        for number, value in ((gdb_client.PSWM, ones), (gdb_client.PSWA, ones), (gdb_client.CR0 + 1, ones),
                              (gdb_client.CR0 + 9, ones), (gdb_client.CR0 + 11, ones)):
            d.set_register(number, value)
            for packet in ("g", "m0,8", "X0,1:a", "Z2,8,8", "Z0,8,4", "qRcmd," + b"info".hex()):
                d.ask(packet)
        self.assertRegex(d.ask("vCont;s"), "^(T05|W|X)")
        d.send("k")

    def test_interrupt_and_half_a_packet_while_it_stops(self):
        """However the stop and the interrupt meet: one stop reply, and the packet is answered."""
        d = self.debug()
        d.ok(f"Z1,{self.at['d_svc_new']:x},4")
        for _ in range(30):
            d.send("vCont;c")
            d.raw(b"\x03$q")
            self.assertRegex(d.receive(), "^T0[25]thread:01;")
            d.raw(b"C#b4")
            self.assertEqual(d.receive(), "QC1")
            d.write(self.at["done"], bytes(8))
        d.send("k")

    def test_random_packets(self):
        """Packets of a debugger with something wrong in them: each is answered, nothing breaks."""
        d = self.debug()
        chance = random.Random(501)
        good = ["g", "p33", "P3=0011223344556677", "m2000,40", "M2000,4:01020304", "X2000,3:abc",
                "Z0,10400,4", "z0,10400,4", "Z1,10402,2", "z1,10402,2", "Z2,2000,8", "z2,2000,8", "Hg1",
                "Hc-1", "T1", "qSupported:swbreak+", "qXfer:features:read:target.xml:0,80",
                "qThreadExtraInfo,1", "qRcmd,68656c70", "qfThreadInfo", "vCont?", "?", "qC"]
        for _ in range(3000):
            packet = bytearray(chance.choice(good).encode())
            for _ in range(chance.randrange(3)):
                at, how = chance.randrange(len(packet) + 1), chance.randrange(3)
                junk = chance.choice(b"0f,:;=-zZ\x7f\xff\x01")
                if how == 0:
                    packet.insert(at, junk)
                elif packet:
                    packet[at % len(packet):at % len(packet) + 1] = b"" if how == 1 else bytes([junk])
            if packet[:1] not in b"cCsSkD" and not packet.startswith((b"vCont;", b"vK", b"QS")):
                d.ask(bytes(packet))
        d.send("k")
        self.guest_run.wait(support.ENDED)

    def test_flood_while_the_guest_runs(self):
        d = self.debug()
        d.write(self.at["d_store"], support.SPIN + b"\x07\x00")
        d.send("vCont;c")
        with self.assertRaises(OSError):  # it is hung up on
            for _ in range(1000):
                d.raw(b"$" + b"a" * 0x9000)
        d = Client(self, self.dir / "gdb").start()
        d.send("k")
        self.guest_run.wait(support.ENDED)

    def test_tcp_is_loopback_only(self):
        port = support.unused_port()
        g = self.guest("--load", support.build_guest("debug/stepped.c"), "--console", "none", "--gdb",
                       port, "--gdb-wait")
        d = Client(self, ("127.0.0.1", port)).start()
        with open("/proc/net/tcp", encoding="ascii") as f:
            listening = [line.split()[1] for line in f if f":{port:04X} 00000000:0000" in line]
        self.assertEqual(listening, [f"0100007F:{port:04X}"])
        d.send("k")
        g.wait(support.ENDED)

    def test_stdio(self):
        ours, theirs = socket.socketpair()
        with ours, theirs:
            p = subprocess.Popen([support.SIE390, "run", "--load", support.build_guest("debug/stepped.c"),
                                  "--console", "none", "--gdb", "stdio"], stdin=theirs, stdout=theirs)
            self.addCleanup(p.kill)
            theirs.close()
            ours.settimeout(support.LIMIT)
            ours.sendall(b"$qC#b4")
            self.assertEqual(ours.recv(1, socket.MSG_WAITALL) + ours.recv(7, socket.MSG_WAITALL),
                             b"+$QC1#c5")
            ours.sendall(b"+$D#44")
            self.assertEqual(ours.recv(7, socket.MSG_WAITALL), b"+$OK#9a")
        self.assertEqual(p.wait(support.LIMIT), support.WAIT)

    def test_socket_is_removed(self):
        d = self.debug()
        self.assertEqual(os.stat(self.dir / "gdb").st_mode & 0o777, 0o600)
        self.finish(d)
        self.assertFalse((self.dir / "gdb").exists())


if __name__ == "__main__":
    unittest.main(verbosity=2)
