#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What Linux's own drivers make of the devices and of what the machine tells about itself."""
import json
import pathlib
import sys
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))
import support
from support import Case, full, run

UUID = "01234567-89ab-cdef-0123-456789abcdef"
PROMPT = r"~# "


def words(*options):
    return [f"--engine-arg={word}" for word in options]


@full
class Devices(Case):
    def in_guest(self, script, *options):
        support.needs_linux()
        done = support.in_guest("/bin/sh", "-c", script, options=options)
        self.assertEqual(done.returncode, 0, done.stderr[-3000:])
        return done.stdout.decode()

    def test_disk_rng_and_name(self):
        disk = self.file("disk", b"x" * (1 << 20))
        locked = self.file("locked", b"y" * 4096)
        out = self.in_guest("""
            for d in vda vdb; do  # Linux names them in the order in which it happens to find them
                case $(cat /sys/block/$d/serial) in ABC-123) a=$d ;; LOCKED) b=$d ;; esac
            done
            cat /sys/block/$a/ro /sys/block/$b/ro
            head -c 4 /dev/$a; echo
            blkdiscard -o 4096 -l 8192 /dev/$a && dd if=/dev/zero of=/dev/$b bs=512 count=1 2>/dev/null || echo refused
            cat /sys/class/misc/hw_random/rng_current
            head -c 64 /dev/hwrng | wc -c
            sed -n 's/^VM00 \\(Name\\|Control Program\\|UUID\\): *//p' /proc/sysinfo
            """, "--rng", *words("--disk", f"{disk},serial=ABC-123", "--disk", f"{locked},readonly,serial=LOCKED",
                                 "--name", "guest-39", "--uuid", UUID))
        lines = [line.strip() for line in out.splitlines()]
        self.assertEqual(lines[:7], ["0", "1", "xxxx", "refused", "virtio_rng.0", "64", "guest-39"])
        self.assertEqual(lines[7:], ["KVM/Linux", UUID])
        self.assertEqual(disk.read_bytes(), b"x" * 4096 + bytes(8192) + b"x" * ((1 << 20) - 12288))
        self.assertEqual(locked.read_bytes(), b"y" * 4096)

    def test_guest_tells_its_name(self):
        """Control-program identification, from the guest's own interface to the control socket."""
        g = self.linux("--control", self.dir / "control", append="quiet")
        g.wait_for(PROMPT)
        g.shell("cd /sys/firmware/cpi; echo TESTSYS >system_name; echo LINUX >system_type; echo 1 >set")
        done = run("ctl", self.dir / "control", "status")
        status = json.loads(done.stdout)
        self.assertEqual((status["system_name"], status["system_type"]), ("TESTSYS", "LINUX"))
        g.type("poweroff\n")
        g.wait(support.OK)


if __name__ == "__main__":
    unittest.main(verbosity=2)
