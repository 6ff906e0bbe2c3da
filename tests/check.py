#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The suites of ./check: builds what each needs, runs them one after the other, sums up.

A suite is a command whose output ends with "N passed, N failed, N skipped" (the last such line
counts), or a function that says so itself. A suite that ends without that line and with a status
other than 0 counts as one failure.
"""

import argparse
import json
import os
import re
import subprocess
import sys
import time

TOP = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
SUMMARY = re.compile(r"(\d+) passed, (\d+) failed(?:, (\d+) skipped)?\s*$", re.M)
MESON_OK = re.compile(r"^Ok:\s+(\d+)", re.M)
MESON_BAD = re.compile(r"^(?:Fail|Timeout|Unexpected Pass):\s+(\d+)", re.M)
MESON_SKIP = re.compile(r"^Skipped:\s+(\d+)", re.M)


class Result:
    def __init__(self, passed=0, failed=0, skipped=0, text=""):
        self.passed, self.failed, self.skipped, self.text = passed, failed, skipped, text


def run(command, env=None, timeout=None):
    """Status and output of a command run at the top of the tree."""
    try:
        done = subprocess.run(command, cwd=TOP, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                              stdin=subprocess.DEVNULL, env={**os.environ, **(env or {})},
                              timeout=timeout, check=False)
        return done.returncode, done.stdout.decode(errors="replace")
    except subprocess.TimeoutExpired as e:
        return 124, (e.stdout or b"").decode(errors="replace") + "\n(no end after %d s)\n" % timeout


def counted(command, env=None, timeout=3000):
    """Runs a suite that prints its own summary."""
    status, text = run(command, env, timeout)
    found = SUMMARY.findall(text)
    if found:
        p, f, s = found[-1]
        r = Result(int(p), int(f), int(s or 0), text)
        if status not in (0, 77) and not r.failed:  # 77: the machine lacks what it needs
            r.failed = 1
        return r
    return Result(0 if status else 1, 1 if status else 0, 0, text)


def lacks_libraries(path):
    """Was it configured when a library that only tests want was not there (./try wants none)."""
    try:
        with open(os.path.join(TOP, path, "meson-info/intro-dependencies.json"),
                  encoding="utf-8") as f:
            found = {d["name"] for d in json.load(f)}
    except (OSError, ValueError):
        return True
    return not {"cmocka", "mpfr"} <= found


def build(name, *options, env=None):
    """A build directory below build/, configured once."""
    path = os.path.join("build", name)
    how = None
    if not os.path.exists(os.path.join(TOP, path, "build.ninja")):
        how = ["meson", "setup", path, *options]
    elif lacks_libraries(path):
        how = ["meson", "setup", "--reconfigure", path]
    if how:
        status, text = run(how, env)
        if status:
            return status, text
    return run(["ninja", "-C", path])


def built(name, *options, env=None):
    status, text = build(name, *options, env=env)
    warnings = text.count("warning:")
    if status or warnings:
        return Result(0, 1, 0, text)
    return Result(1, 0, 0, text)


def meson_tests(name, *suites, env=None):
    command = ["meson", "test", "-C", "build/" + name, "--print-errorlogs", "--no-rebuild"]
    for s in suites:
        command += ["--suite", s]
    run(["ninja", "-C", "build/" + name, "all"])
    status, text = run([c for c in command if c != "--no-rebuild"], env, timeout=1800)
    ok, bad, skip = MESON_OK.search(text), MESON_BAD.findall(text), MESON_SKIP.search(text)
    r = Result(int(ok.group(1)) if ok else 0, sum(map(int, bad)),
               int(skip.group(1)) if skip else 0, text)
    if not r.failed and (status or not r.passed):
        r.failed = 1
    return r


ASAN = ("-Db_sanitize=address,undefined", "-Db_lundef=false", "--buildtype=debugoptimized")
TSAN = ("-Db_sanitize=thread", "-Db_lundef=false", "--buildtype=debugoptimized")
SANITIZER_ENV = {"ASAN_OPTIONS": "detect_leaks=1:abort_on_error=0", "UBSAN_OPTIONS":
                 "print_stacktrace=1:halt_on_error=1", "TSAN_OPTIONS":
                 "halt_on_error=1 suppressions=" + os.path.join(TOP, "tests/tsan.supp")}


def guests(name="out", *more, env=None):
    return counted(["tests/run-guests", "--sie390", "build/%s/sie390" % name, *more], env)


def fetch_guest():
    for command in (["tools/fetch-guest"], ["tools/make-initramfs"]):
        status, text = run(command, timeout=1200)
        if status:
            return Result(0, 1, 0, text)
    return Result(1, 0, 0, text)


# name, in which forms (s short, f full, k soak), what it is, how it is run
SUITES = [
    ("build", "sfk", "builds without a warning (gcc, release)",
     lambda: built("out", "--buildtype=release")),
    ("lint", "sfk", "order of rooms, one gateway, headers, journeys, links, generated pages",
     lambda: counted(["tools/lint"])),
    ("rows", "s", "each rule of the intercept layer has a test",
     lambda: counted(["tools/coverage-of-rows"])),
    ("rows-broken", "fk", "each of these tests notices when its rule is broken",
     lambda: counted(["tools/coverage-of-rows", "--mutate"])),
    ("unit", "sfk", "unit tests", lambda: meson_tests("out", "unit")),
    ("guests", "sfk", "bare-metal guests", guests),
    ("library", "sfk", "the library as it is installed, its examples and header",
     lambda: counted(["tests/library/run"])),
    ("differential", "s", "random instructions against the peer",
     lambda: counted(["tests/differential/run"])),
    ("fetch", "sfk", "the kernel and busybox of Debian for Linux tests", fetch_guest),
    ("linux", "s", "Linux boots and works", lambda: counted(["tests/run-linux"])),
    ("clang", "f", "builds without a warning (clang)",
     lambda: built("clang", "--buildtype=release", env={"CC": "clang"})),
    ("oracle", "fk", "floating point against MPFR", lambda: meson_tests("out", "oracle")),
    ("differential-long", "fk", "random instructions against the peer, longer",
     lambda: counted(["tests/differential/run", "--cases", "120000"])),
    ("asan-build", "f", "builds with address and undefined-behaviour sanitizers",
     lambda: built("asan", *ASAN)),
    ("asan-unit", "f", "unit tests under them", lambda: meson_tests("asan", "unit")),
    ("asan-guests", "f", "bare-metal guests under them",
     lambda: guests("asan", "--timeout", "300", env=SANITIZER_ENV)),
    ("asan-linux", "f", "one Linux boot under them",
     lambda: counted(["tests/run-linux", "--sie390", "build/asan/sie390", "--one-boot"],
                     SANITIZER_ENV)),
    ("tsan-build", "f", "builds with the thread sanitizer", lambda: built("tsan", *TSAN)),
    ("tsan-library", "f", "unit tests of the library under it",
     lambda: meson_tests("tsan", "library", env=SANITIZER_ENV)),
    ("tsan-ap", "f", "unit tests of adjunct processors under it",
     lambda: meson_tests("tsan", "ap", env=SANITIZER_ENV)),
    ("tsan-guests", "f", "SMP guests under it",
     lambda: guests("tsan", "--timeout", "300", "--only", "smp", "--only", "sigp", "--only", "smc",
                    "--only", "calls", "--only", "stress", "--only", "guests/ap",
                    env=SANITIZER_ENV)),
    ("tsan-cli", "f", "statistics, events and crypto adapters of running guests under it",
     lambda: counted(["tests/run-linux", "--sie390", "build/tsan/sie390", "--only", "watch_test.",
                      "--only", "ap_test.Plugged", "--only", "ap_test.Resets"], SANITIZER_ENV)),
    ("fuzz", "f", "libFuzzer on what a guest, a file or a client may send, a minute each",
     lambda: counted(["tests/fuzz/run", "--seconds", "60", "--jobs", "2"])),
    ("fuzz-long", "k", "the same, ten minutes each",
     lambda: counted(["tests/fuzz/run", "--seconds", "600", "--jobs", "2"], timeout=None)),
    ("guests-soak", "k", "bare-metal guests, for longer",
     lambda: counted(["tests/run-guests", "--soak"], timeout=7200)),
    ("linux-full", "fk", "Linux: more boots, programs, 200 power cuts, network",
     lambda: counted(["tests/run-linux", "--full"])),
    ("linux-soak", "k", "Linux: 50 boots, 20 power cuts",
     lambda: counted(["tests/run-linux", "--soak"], timeout=None)),
]


def main():
    p = argparse.ArgumentParser(usage="./check [--full | --soak] [--only SUITE,…] [--list] [-v]")
    p.add_argument("--full", action="store_true")
    p.add_argument("--soak", action="store_true")
    p.add_argument("--only")
    p.add_argument("--list", action="store_true")
    p.add_argument("-v", "--verbose", action="store_true")
    args = p.parse_args()
    form = "k" if args.soak else "f" if args.full else "s"
    if args.list:
        for name, forms, title, _ in SUITES:
            print("%-18s %-8s %s" % (name, "".join(
                {"s": "short ", "f": "full ", "k": "soak"}[x] for x in forms), title))
        return 0
    wanted = args.only.split(",") if args.only else None
    unknown = set(wanted or []) - {s[0] for s in SUITES}
    if unknown:
        print("check: no such suite: %s (--list shows them)" % ", ".join(sorted(unknown)),
              file=sys.stderr)
        return 2
    total = Result()
    for name, forms, title, fn in SUITES:
        if wanted is not None and name not in wanted or wanted is None and form not in forms:
            continue
        begin = time.monotonic()
        print("%-18s %s …" % (name, title), flush=True)
        r = fn()
        if r.failed or args.verbose:
            print(r.text if args.verbose else "\n".join(r.text.splitlines()[-80:]))
        print("%-18s %d passed, %d failed, %d skipped  (%.0f s)" % (
            name, r.passed, r.failed, r.skipped, time.monotonic() - begin), flush=True)
        total.passed += r.passed
        total.failed += r.failed
        total.skipped += r.skipped
        if name in ("build",) and r.failed:
            break
    print("\n%d passed, %d failed, %d skipped" % (total.passed, total.failed, total.skipped))
    return 1 if total.failed else 0


if __name__ == "__main__":
    sys.exit(main())
