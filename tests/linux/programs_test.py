#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Real programs: Debian's s390x packages on a virtio disk, the same programs natively, same bytes.

One boot runs them all, several at a time on two CPUs; each test compares one program's output. The
disk is made from packages (tools/fetch-guest --packages, tools/make-disk) and inputs, which are the
same each time, and is read-only: what is written goes to memory and comes back as a tar file.
"""
import io
import os
import pathlib
import random
import re
import shutil
import subprocess
import sys
import tarfile
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))
import support
from support import Case, by_form

PACKAGES = "bash,coreutils,cpp-12,openssl,perl-base,python3-minimal,tar,xz-utils"
CROSS = os.environ.get("S390X_CC", "s390x-linux-gnu-gcc")
SCALE = by_form(1, 6, 20)  # of the inputs
CC1_OPTIONS = ["-quiet", "-fno-ident", "-fno-stack-protector", "-fno-pie", "-march=z196",
               "-mtune=z196", "-nostdinc"]

PYTHON = """
import sys, math, zlib, binascii, hashlib
data = open(sys.argv[1], "rb").read()
print(zlib.crc32(data), hashlib.sha256(data).hexdigest(), hashlib.sha3_256(data).hexdigest())
words = {}
for word in data.split():
    words[word] = words.get(word, 0) + 1
for word in sorted(words, key=lambda w: (-words[w], w))[:100]:
    print(word.decode(), words[word])
print(math.factorial(400 * %(scale)d), pow(3, 7 ** 5, 10 ** 120 + 7), (1 << 3000) // 12345678901234567891)
for i in range(1, 2000 * %(scale)d, 97):
    x = i * 0.731
    print(repr(x), repr(x ** 0.5), repr(x / 3), "%%.17g" %% (1 / x), "%%e" %% x, float.hex(x), round(x, 3),
          int(x * 1e6), divmod(-i * 12345678901, 977))
for size in (1000, len(data)):
    packed = zlib.compress(data[:size], 9)
    assert zlib.decompress(packed) == data[:size]
    print(len(packed), binascii.hexlify(packed[:32]))
def queens(n, row=0, columns=0, left=0, right=0):
    return n == row or sum(queens(n, row + 1, columns | b, (left | b) << 1, (right | b) >> 1)
                           for b in (1 << i for i in range(n)) if not b & (columns | left | right))
print(queens(6))
"""

PERL = r"""
use strict; my (%%n, $text);
{ local $/; open my $f, '<', $ARGV[0] or die; $text = <$f>; }
$n{lc $1}++ while $text =~ /\b([a-z]{2,})\b/gi;
printf "%%s %%d\n", $_, $n{$_} for (sort { $n{$b} <=> $n{$a} || $a cmp $b } keys %%n)[0 .. 99];
(my $t = $text) =~ s/(\w+) (\w+)/$2 $1/g;
print substr($t, 0, 3000), "\n", unpack("%%32C*", $t), "\n", scalar reverse(substr $t, 0, 500), "\n";
printf "%%.15g %%s %%e %%x\n", sqrt($_), $_ / 7, exp(-$_ / 50), $_ * 2654435761 for 1 .. 300 * %(scale)d;
print join(",", sort { $a <=> $b } map { ($_ * 7919) %% 10007 } 1 .. 2000 * %(scale)d), "\n";
print join(" ", unpack("N n C", pack("N n C", 0xdeadbeef, 0x1234, 0x56))), "\n";
"""


def c_source(choice):
    """A program that gives the compiler something to do: loops, floats, structs, switches."""
    parts = ["typedef struct { int a; long b; double c; char d[24]; } item;",
             "extern item table[64]; extern int other(int, const void *); extern double root(double);"]
    for f in range(6 * SCALE):
        k = [choice.randint(1, 9999) for _ in range(8)]
        cases = "".join(f"    case {choice.randint(0, 999) * 8 + i}: x += {choice.randint(1, 1 << 30)}; break;\n"
                        for i in range(8))
        parts.append(f"""
static unsigned long helper{f}(unsigned long x, int n)
{{
    unsigned long h = {k[0]}UL * x;
    for (int i = 0; i < n; i++) {{
        h = (h << {1 + k[1] % 62}) ^ (h >> {1 + k[2] % 62}) ^ (unsigned long)table[i & 63].a;
        if (h % {k[3] + 1} == {k[4]}) h += table[(h >> 8) & 63].b / {k[5]};
    }}
    return h;
}}
double function{f}(item *p, int n, float scale)
{{
    double sum = {k[6]}.{k[7]};
    long x = n;
    switch (n & 8191) {{
{cases}    default: x = other(n, p);
    }}
    for (int i = 0; i < n; i++) {{
        item *q = &p[(helper{f}((unsigned long)i, {k[1] % 40}) ^ (unsigned long)x) & 63];
        sum += q->c * scale + (double)q->a / {k[2]}.5 - root(sum * {k[3]}e-3);
        q->d[i % 24] = (char)(q->d[(i + 7) % 24] + x);
        table[i & 63] = *q;
    }}
    return sum > 1e{k[4] % 30} ? -sum : sum;
}}""")
    return "\n".join(parts) + "\n"


def text(choice, size):
    words = ["".join(choice.choices("abcdefghijklmnopqrstuvwxyz", k=choice.randint(1, 9)))
             for _ in range(700)]
    out = []
    while size > 0:
        line = " ".join(choice.choices(words, k=choice.randint(3, 14)))
        out.append(line)
        size -= len(line) + 1
    return "\n".join(out).encode() + b"\n"


# Name, its command. Each runs in a directory with the inputs; $OUT is where its output goes. CC1, PY: the
# programs that have another name on the host.
WORK = {
    "sha256sum": "sha256sum text random >$OUT",
    "xz": "xz -6 -T1 -c text >$OUT && xz -dc <$OUT | cmp - text",
    "xz-random": "xz -1 -T1 -c random >$OUT",
    "unxz": "xz -dc text.xz >$OUT",
    "cc1-O2": f"$CC1 {' '.join(CC1_OPTIONS)} -O2 program.c -o $OUT",
    "cc1-O0": f"$CC1 {' '.join(CC1_OPTIONS)} -O0 program.c -o $OUT",
    "python3": "PYTHONHASHSEED=0 $PY -I -S work.py text >$OUT",
    "perl": "PERL_HASH_SEED=0 perl work.pl text >$OUT",
    "openssl-aes": "openssl enc -aes-256-cbc -K $(printf %064d 39) -iv $(printf %032d 7) -in text -out $OUT",
    "openssl-digests": "for d in md5 sha1 sha512 sha3-256 blake2b512 sm3; do "
                       "openssl dgst -$d random; done >$OUT",
    "openssl-rsa": "openssl dgst -sha256 -sign rsa.pem -out $OUT text && "
                   "openssl dgst -sha256 -prverify rsa.pem -signature $OUT text >/dev/null",
    "openssl-ed25519": "openssl pkeyutl -sign -inkey ed25519.pem -rawin -in work.pl -out $OUT",
    "coreutils": "{ sort text | uniq -c | sort -k1nr -k2 | head -n 500; tr a-m A-M <text | tail -n 99; "
                 "cut -c3-30 text | wc; od -t x8 --endian=big random | head -n 99; factor $(seq 999999937 999999999); "
                 "seq 1.5 0.25 99; } >$OUT",
    "bash": "bash -c 'for ((i = 0, x = 1; i < 3000; i++)); do "
            "((x = x * 6364136223846793005 + i)); printf \"%x \" $x; done' >$OUT",
}

SCRIPT = """set -u
export LC_ALL=C CC1=%(cc1)s PY=%(python)s
mkdir -p %(out)s
cd %(inputs)s
%(lines)s
wait
"""


def script(cc1, python, inputs, out):
    groups = [[], []]  # two at a time
    for number, (name, command) in enumerate(WORK.items()):
        groups[number % 2].append(f"(OUT={out}/{name}; {command}) 2>{out}/{name}.errors")
    lines = "\n".join("{\n%s\n} &" % "\n".join(group) for group in groups)
    return SCRIPT % {"cc1": cc1, "python": python, "inputs": inputs, "out": out, "lines": lines}


def version_of(*command):
    done = subprocess.run(command, capture_output=True, check=False, text=True)
    found = re.search(r"\d+\.\d+(\.\d+)?", done.stdout)
    return found[0] if found else "none"


class Programs(Case):
    """setUpClass does the work; the tests compare."""

    @classmethod
    def setUpClass(cls):
        support.needs_linux()
        for tool in (CROSS, "xz", "openssl", "perl", "mke2fs"):
            if not shutil.which(tool, path=os.environ["PATH"] + ":/usr/sbin:/sbin"):
                raise unittest.SkipTest(f"no {tool} on the host")
        done = subprocess.run([support.TOP / "tools/fetch-guest", "-q", "--packages", PACKAGES],
                              capture_output=True, text=True, check=False)
        if done.returncode:
            raise unittest.SkipTest(f"packages for the guest: {done.stderr.strip()[-200:]}")
        cls.rootfs = pathlib.Path(done.stdout.strip())
        cls.directory = support.OUT / f"programs-{support.FORM}"
        shutil.rmtree(cls.directory, ignore_errors=True)
        cls.inputs = cls.directory / "tree/inputs"
        cls.make_inputs()
        cls.native = cls.run_natively()
        cls.guest = cls.run_in_guest()

    @classmethod
    def tearDownClass(cls):
        if hasattr(cls, "directory"):
            shutil.rmtree(cls.directory, ignore_errors=True)

    @classmethod
    def make_inputs(cls):
        choice = random.Random(390)
        cls.inputs.mkdir(parents=True)
        (cls.inputs / "text").write_bytes(text(choice, 120_000 * SCALE))
        (cls.inputs / "random").write_bytes(choice.randbytes(300_000 * SCALE))
        (cls.inputs / "program.c").write_text(c_source(choice))
        (cls.inputs / "work.py").write_text(PYTHON % {"scale": SCALE})
        (cls.inputs / "work.pl").write_text(PERL % {"scale": SCALE})
        for command in ("xz -k text", "openssl genrsa -out rsa.pem 2048",
                        "openssl genpkey -algorithm ed25519 -out ed25519.pem"):
            subprocess.run(command.split(), cwd=cls.inputs, check=True, capture_output=True)

    @classmethod
    def run_natively(cls):
        out = cls.directory / "native"
        cc1 = subprocess.run([CROSS, "-print-prog-name=cc1"], capture_output=True, check=True,
                             text=True).stdout.strip()
        subprocess.run(["bash", "-c", script(cc1, sys.executable, cls.inputs, out)], check=True)
        return {p.name: p.read_bytes() for p in out.iterdir()}

    @classmethod
    def run_in_guest(cls):
        image = cls.directory / "image"
        tree = cls.directory / "tree"
        subprocess.run(["cp", "-al", *cls.rootfs.iterdir(), tree], check=True)  # hard links
        subprocess.run([support.TOP / "tools/make-disk", tree, image, "400M"], check=True)
        before = image.stat()
        work = script("/usr/lib/gcc/s390x-linux-gnu/12/cc1", "/usr/bin/python3", "/inputs",
                      "/tmp/out")
        done = support.in_guest("bash", "-c", work + "tar -c -C /tmp/out .",
                                options=["-c", "2", "-m", "768M", "--root", f"{image},readonly"])
        cls.done = done
        assert image.stat().st_mtime_ns == before.st_mtime_ns
        with tarfile.open(fileobj=io.BytesIO(done.stdout or bytes(10240))) as archive:
            return {pathlib.Path(m.name).name: archive.extractfile(m).read() for m in archive
                    if m.isfile()}

    def same(self, *names):
        self.assertEqual(self.done.returncode, 0, self.done.stderr[-3000:])
        for name in names:
            native, guest = self.native[name], self.guest.get(name, b"")
            self.assertTrue(native, f"{name} gave nothing: {self.native[name + '.errors']}")
            at = next((i for i, (a, b) in enumerate(zip(native, guest)) if a != b),
                      min(len(native), len(guest)))
            self.assertTrue(native == guest, f"{name}: {len(guest)} bytes, {len(native)} natively; "
                            f"differ at {at}: {guest[at:at + 60]!r}, natively "
                            f"{native[at:at + 60]!r}; errors {self.guest.get(name + '.errors')}")

    def same_version(self, name, native, package):
        words = (self.rootfs.parent / self.rootfs.name.replace("rootfs", "packages")).read_text()
        guest = re.search(rf"(?m)^{package}=(?:\d+:)?(\d+\.\d+(?:\.\d+)?)", words)[1]
        if native != guest:
            self.skipTest(f"{name} is {native} on the host and {guest} in the guest")

    def test_sha256sum(self):
        self.same("sha256sum")

    def test_xz(self):
        self.same("unxz")
        self.same_version("xz", version_of("xz", "--version"), "xz-utils")
        self.same("xz", "xz-random")

    def test_cc1(self):
        self.same_version("gcc", version_of(CROSS, "-dumpfullversion"), "cpp-12")
        self.same("cc1-O2", "cc1-O0")

    def test_python3(self):
        self.same("python3")

    def test_perl(self):
        self.same("perl")

    def test_openssl(self):
        self.same("openssl-aes", "openssl-digests", "openssl-rsa", "openssl-ed25519")

    def test_coreutils(self):
        self.same("coreutils")

    def test_bash(self):
        self.same("bash")


if __name__ == "__main__":
    unittest.main(verbosity=2)
