# SPDX-License-Identifier: Apache-2.0
"""An initramfs for guests that use crypto cards: lszcrypt of Debian's s390-tools, tests/linux/zcrypt.c
and operations whose results libcrypto has computed here. For tests and bench.
"""
import os
import pathlib
import subprocess

import support

SOURCES = support.TOP / "tests/linux"
SIZES = ["me:512", "me:1024", "crt:1024", "me:2048", "crt:2048", "crt:3072", "me:4096:2", "crt:4096"]

# The scan of the bus is asynchronous: until every queue has answered, ten seconds at most.
WAIT_FOR_CARDS = """
for i in $(seq 100); do
    grep -l 1 /sys/devices/ap/card*/online 2>/dev/null | wc -l | grep -q '[1-9]' && break
    sleep 0.1
done
sleep 0.5
"""


class Missing(Exception):
    """What this machine lacks, worded for the user."""


def compiled(command, source, *libraries):
    target = support.OUT / source.removesuffix(".c")
    target.parent.mkdir(parents=True, exist_ok=True)
    if not target.exists() or target.stat().st_mtime < (SOURCES / source).stat().st_mtime:
        new = f"{target}.{os.getpid()}"
        try:
            subprocess.run([*command, "-O2", "-Wall", "-Wextra", SOURCES / source, *libraries, "-o", new],
                           check=True)
        except FileNotFoundError:
            raise Missing(f"no {command[0]}") from None
        os.rename(new, target)
    return target


def make_vectors(*sizes):
    sizes = sizes or SIZES
    path = support.OUT / ("zcrypt-" + "-".join(s.replace(":", "_") for s in sizes) + ".vectors")
    if not path.exists():
        program = compiled([os.environ.get("CC", "cc")], "zcrypt_vectors.c", "-lcrypto")
        done = subprocess.run([program, *sizes], check=True, stdout=subprocess.PIPE)
        new = path.with_name(f"{path.name}.{os.getpid()}")
        new.write_bytes(done.stdout)
        new.replace(path)
    return path


def make_initrd():
    """An initramfs with the programs of these tests."""
    tools = support.TOP / "tools"
    fetched = subprocess.run([tools / "fetch-guest", "-q", "--packages", "s390-tools"], text=True,
                             stdout=subprocess.PIPE, stderr=subprocess.PIPE, check=False)
    if fetched.returncode:
        raise Missing(f"no s390-tools: {fetched.stderr.strip()}")
    root = pathlib.Path(fetched.stdout.strip())
    add = {
        "usr/bin/lszcrypt": root / "sbin/lszcrypt",
        "lib/ld64.so.1": root / "lib/ld64.so.1",
        "lib/s390x-linux-gnu/libc.so.6": root / "lib/s390x-linux-gnu/libc.so.6",
        "root/zcrypt": compiled([support.CC, "-static", "-march=z196", "-pthread"], "zcrypt.c"),
        "root/vectors": make_vectors(),
    }
    output = support.OUT / "ap-initramfs.cpio"
    subprocess.run([tools / "make-initramfs", "-q", "-o", output,
                    *[f"--add={name}={path.resolve()}" for name, path in add.items()]], check=True)
    return output
