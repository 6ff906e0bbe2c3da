#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""./try: what it says, how it ends, and that a second run finds nothing to do."""
import os
import shutil
import subprocess
import sys
import pathlib
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))
import support
from support import Case, full

TRY = support.TOP / "try"


class Try(Case):
    def start(self, *words, path=None, stdin=b"", **rest):
        environment = {**os.environ, **({"PATH": path} if path else {})}
        return subprocess.run([TRY, *words], env=environment, input=stdin, capture_output=True, check=False,
                              timeout=support.LIMIT, **rest)

    def stubs(self, **programs):
        """A search path on which these programs come first."""
        for name, text in programs.items():
            path = self.file(name.replace("_", "-"), f"#!/bin/sh\n{text}\n".encode())
            path.chmod(0o755)
        return f"{self.dir}:{os.environ['PATH']}"

    def needs_packages(self):
        if not shutil.which("dpkg-query"):
            self.skipTest("no Debian or Ubuntu")
        done = self.start("--no-install", "--bogus")
        if done.stderr.startswith(b"try: "):
            self.skipTest(done.stderr.decode().strip()[-200:])

    def test_help(self):
        for option in ("--help", "-h"):
            done = self.start(option, path="/usr/bin:/bin")
            self.assertEqual((done.returncode, done.stderr), (0, b""))
            self.assertTrue(done.stdout.startswith(b"usage: ./try "))
            for word in (b"--no-install", b"SIE390_DEBIAN_MIRROR", b"exit status", b"-- nproc"):
                self.assertIn(word, done.stdout)

    def test_packages_that_are_missing(self):
        path = self.stubs(dpkg_query="echo meson installed", dpkg="echo amd64",
                          apt_get=f"touch {self.dir}/asked")
        done = self.start("--no-install", "--", "true", path=path)
        self.assertEqual((done.returncode, done.stdout), (125, b""))
        self.assertRegex(done.stderr, rb"\Atry: not installed: [^\n]*gcc-s390x-linux-gnu[^\n]*\n\Z")
        self.assertNotIn(b" meson", done.stderr)
        self.assertFalse((self.dir / "asked").exists())

    def test_installation_that_fails(self):
        path = self.stubs(dpkg_query="exit 1", dpkg="echo amd64", id="echo 0",
                          apt_get=f'echo "$@" >>{self.dir}/asked; exit 100')
        done = self.start("--", "true", path=path)
        self.assertEqual((done.returncode, done.stdout), (125, b""))
        says, fails = done.stderr.decode().splitlines()
        self.assertRegex(says, r"\Atry: installing meson .*debian-archive-keyring")
        self.assertRegex(fails, r"\Atry: apt-get could not install meson ")
        self.assertRegex((self.dir / "asked").read_text(), r"(?s)update\n.*install -y .*meson")

    def test_another_machine(self):
        path = self.stubs(dpkg_query="exit 1", dpkg="echo arm64")
        done = self.start(path=path)
        self.assertEqual((done.returncode, done.stderr), (125, b"try: needs an x86-64 machine\n"))

    def test_bad_options(self):
        """Told before anything is built or fetched."""
        self.needs_packages()
        for words, complaint in ((["--bogus"], b"unrecognized arguments: --bogus"),
                                 (["uname"], b"unrecognized arguments: uname"),
                                 (["--disk", "/nowhere"], b"/nowhere: no such file"),
                                 (["--"], b"no COMMAND after --")):
            done = self.start("--no-install", *words)
            self.assertEqual((done.returncode, done.stdout, done.stderr.count(b"\n")), (125, b"", 1))
            self.assertIn(complaint, done.stderr)

    @full
    def test_command_of_a_second_run(self):
        """Nothing is installed, built or fetched any more: streams and status are the command's."""
        support.needs_linux()
        self.needs_packages()
        first = self.start("--no-install", "--", "true")
        self.assertEqual((first.returncode, first.stdout), (0, b""), first.stderr)
        path = self.stubs(apt_get="exit 1")
        done = self.start("--", "sh", "-c", "cat; echo err >&2; exit 7", path=path, stdin=b"\0\xff\n",
                          cwd=self.dir)
        self.assertEqual((done.returncode, done.stdout, done.stderr), (7, b"\0\xff\n", b"err\n"))


if __name__ == "__main__":
    unittest.main(verbosity=2)
