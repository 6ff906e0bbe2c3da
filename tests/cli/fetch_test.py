#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""tools/fetch-guest and what a mirror may do to it: one line, status 1, and nothing unsigned is used.

Mirrors are on this machine; nothing is fetched from elsewhere."""
import functools
import http.server
import os
import pathlib
import shutil
import subprocess
import sys
import threading
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))
import support
from support import Case

CODENAME = "sie390-test"
RELEASE = """Origin: Debian
Suite: stable
Codename: sie390-test
Date: Thu, 01 Jan 2026 00:00:00 UTC
Architectures: s390x
Components: main
SHA256:
 e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855 0 main/binary-s390x/Packages
"""


class Handler(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *_):
        pass


class Mirror(Case):
    def setUp(self):
        super().setUp()
        if not shutil.which("apt-get"):
            self.skipTest("no apt-get")
        if not list(pathlib.Path("/usr/share/keyrings").glob("debian-archive-keyring.*")):
            self.skipTest("no debian-archive-keyring")
        self.guest = support.TOP / "build/guest" / CODENAME
        self.addCleanup(shutil.rmtree, self.guest, ignore_errors=True)

    def fetch(self, mirror, *words):
        environment = {k: v for k, v in os.environ.items() if not k.lower().endswith("_proxy")}
        return subprocess.run([support.TOP / "tools/fetch-guest", "-q", "--codename", CODENAME, *words],
                              env={**environment, "SIE390_DEBIAN_MIRROR": mirror}, text=True,
                              stdin=subprocess.DEVNULL, capture_output=True, check=False, timeout=120)

    def expect(self, done, pattern):
        self.assertEqual((done.returncode, done.stdout), (1, ""), done.stderr)
        self.assertRegex(done.stderr, rf"\Afetch-guest: [^\n]*{pattern}[^\n]*\n\Z")
        self.assertFalse((self.guest / "kernel").exists())

    def serve(self, files):
        for name, text in files.items():
            path = self.dir / "mirror" / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)
        server = http.server.ThreadingHTTPServer(
            ("127.0.0.1", 0), functools.partial(Handler, directory=self.dir / "mirror"))
        self.addCleanup(server.server_close)
        self.addCleanup(server.shutdown)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        return f"http://127.0.0.1:{server.server_port}"

    def test_mirror_that_does_not_answer(self):
        done = self.fetch(f"http://127.0.0.1:{support.unused_port()}/debian")
        self.expect(done, r"Failed to fetch.*127\.0\.0\.1.*SIE390_DEBIAN_MIRROR=ADDRESS")

    def test_mirror_without_signature(self):
        at = f"dists/{CODENAME}"
        done = self.fetch(self.serve({f"{at}/Release": RELEASE, f"{at}/main/binary-s390x/Packages": ""}))
        self.expect(done, "(not signed|signature)")

    def test_mirror_with_a_forged_signature(self):
        signed = f"-----BEGIN PGP SIGNED MESSAGE-----\nHash: SHA256\n\n{RELEASE}-----BEGIN PGP SIGNATURE-----\n\n" \
                 "iHUEARYIAB0WIQQAAAAAAAAAAAAAAAAAAAAAAAAAAAUCZwAAAAAKCRAAAAAAAAAAAAAA\n-----END PGP SIGNATURE-----\n"
        at = f"dists/{CODENAME}"
        done = self.fetch(self.serve({f"{at}/InRelease": signed, f"{at}/main/binary-s390x/Packages": ""}))
        self.expect(done, "(not signed|signature|Clearsigned|GPG)")

    def test_bad_options(self):
        for words, complaint in ((["--bogus"], "--bogus"), (["--packages"], "--packages needs")):
            self.expect(self.fetch("http://127.0.0.1:9", *words), complaint)


if __name__ == "__main__":
    unittest.main(verbosity=2)
