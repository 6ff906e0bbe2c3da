# SPDX-License-Identifier: Apache-2.0
"""What bench/run runs: builds the programs, starts a guest (or nothing: native), reads what the
programs say and the CPU time that the emulator used meanwhile.
"""
import contextlib
import json
import os
import pathlib
import re
import shutil
import socket
import statistics
import struct
import subprocess
import sys
import tempfile
import time

TOP = pathlib.Path(__file__).resolve().parent.parent
BUILD = TOP / "build/bench"
SOURCES = TOP / "bench/programs"
FLAGS = ["-O2", "-std=gnu11", "-Wall", "-Wextra", "-static", "-ffp-contract=off", "-fno-math-errno"]
COMPILERS = {"native": ["gcc"], "s390x": ["s390x-linux-gnu-gcc", "-march=z196"]}
PACKAGES = "bash,coreutils,cpp-12,gzip,openssl,python3-minimal,sqlite3,xz-utils"
MEMORY = "1G"


class Trouble(Exception):
    """A reason to end, worded for the user."""


def build_programs():
    """{"native": path, "s390x": path}"""
    BUILD.mkdir(parents=True, exist_ok=True)
    sources = sorted(SOURCES.glob("*.[ch]"))
    result = {}
    for machine, compiler in COMPILERS.items():
        if not shutil.which(compiler[0]):
            raise Trouble(f"{compiler[0]} is not there")
        out = result[machine] = BUILD / f"programs-{machine}"
        if not out.exists() or out.stat().st_mtime < max(s.stat().st_mtime for s in sources):
            files = [s for s in sources if s.suffix == ".c"]
            subprocess.run([*compiler, *FLAGS, "-o", out, *files], check=True)
    return result


def build_root(programs):
    """A disk image of Debian packages with the programs and their input in /bench."""
    rootfs = subprocess.run([TOP / "tools/fetch-guest", "-q", "--packages", PACKAGES], check=True,
                            stdout=subprocess.PIPE, text=True).stdout.strip()
    image, tree = BUILD / "root.img", BUILD / "root"
    inputs = [programs["s390x"], pathlib.Path(rootfs), *SOURCES.iterdir()]
    if image.exists() and image.stat().st_mtime > max(p.stat().st_mtime for p in inputs):
        return image
    shutil.rmtree(tree, ignore_errors=True)
    subprocess.run(["cp", "-a", "--reflink=auto", rootfs, tree], check=True)
    make_input(tree / "bench", programs)
    shutil.copy(programs["s390x"], tree / "bench/programs")
    subprocess.run([TOP / "tools/make-disk", "-f", tree, image, "1G"], check=True)
    shutil.rmtree(tree)
    return image


def make_input(folder, programs):
    """The same bytes for the guest and for native runs."""
    folder.mkdir(parents=True, exist_ok=True)
    with open(folder / "text", "wb") as out:
        subprocess.run([programs["native"], "--text", str(3 << 20)], stdout=out, check=True)
    with open(folder / "source.i", "wb") as out:
        subprocess.run([*COMPILERS["s390x"], "-E", "-P", SOURCES / "main.c"], stdout=out,
                       check=True)
    for name in ("script.py", "script.sql"):
        shutil.copy(SOURCES / name, folder / name)


class CpuClock:
    """CPU seconds of another process, all threads, to the nanosecond (Linux: clock of a pid)."""

    def __init__(self, pid):
        self.pid = pid

    def read(self):
        try:
            return time.clock_gettime(~self.pid << 3 | 2)
        except OSError:
            return 0.0


def child_of(pid, deadline=10):
    """The emulator that run-in-guest started."""
    end = time.monotonic() + deadline
    while time.monotonic() < end:
        with contextlib.suppress(OSError):
            for task in os.listdir(f"/proc/{pid}/task"):
                words = pathlib.Path(f"/proc/{pid}/task/{task}/children").read_text().split()
                if words:
                    return int(words[0])
        time.sleep(0.005)
    raise Trouble("the emulator did not start")


class Run:
    """Output of one run of the programs."""

    def __init__(self):
        self.results = {}  # name: {"ns": a unit, "cpu_ns": a unit, "check": text}
        self.first_output = None  # (wall seconds, CPU seconds) after the start


def read_output(stream, clock, run, started):
    cpu_begin = 0.0
    for line in stream:
        words = line.split()
        cpu = clock.read() if clock else None
        if run.first_output is None:
            run.first_output = (time.monotonic() - started, cpu)
        if words[:1] == ["begin"]:
            cpu_begin = cpu
        elif words[:1] == ["end"]:
            name, units, ns, own = words[1], int(words[2]), int(words[3]), int(words[4])
            used = (cpu - cpu_begin) * 1e9 if clock else own
            run.results[name] = {"ns": ns / units, "cpu_ns": used / units, "check": words[5]}
        elif words[:1] == ["check"]:
            run.results[words[1]]["check"] = words[2]


def run_guest(engine, command, *, stdin=None, cpus=1, root=None, extra=(), timeout=900):
    """Runs a command in a guest; returns a Run."""
    line = [TOP / "tools/run-in-guest", "--engine", engine, "-c", str(cpus), "-m", MEMORY,
            "--timeout", str(timeout), *(f"--engine-arg={word}" for word in extra)]
    if engine == "qemu":
        line += ["--engine-arg=-cpu", "--engine-arg=max"]
    if root:
        line += ["--root", f"{root}"]
    run = Run()
    with contextlib.ExitStack() as stack:
        source = stack.enter_context(open(stdin, "rb")) if stdin else subprocess.DEVNULL
        started = time.monotonic()
        process = stack.enter_context(subprocess.Popen(
            [*line, "--", *command], stdin=source, stdout=subprocess.PIPE, text=True))
        read_output(process.stdout, CpuClock(child_of(process.pid)), run, started)
        status = process.wait()
    if status:
        raise Trouble(f"{engine}: the guest's command ended with status {status}")
    return run


def run_native(command, cwd=None):
    run = Run()
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=cwd) as process:
        read_output(process.stdout, None, run, time.monotonic())
    if process.returncode:
        raise Trouble(f"{command[0]} ended with status {process.returncode}")
    return run


def run_programs(machine, programs, names, seconds, cpus=1, extra=()):
    """The C benchmarks, on an engine or native.  The executable comes over standard input."""
    words = ["--seconds", str(seconds), *names]
    if machine == "native":
        return run_native([programs["native"], *words])
    script = "cat >/tmp/programs && chmod +x /tmp/programs && exec /tmp/programs " + " ".join(words)
    return run_guest(machine, ["sh", "-c", script], stdin=programs["s390x"], cpus=cpus, extra=extra)


# The same compiler for the same target: the cross compiler's, and the guest's own.
CC1 = {"native": "/usr/lib/gcc-cross/s390x-linux-gnu/12/cc1",
       "s390x": "/usr/lib/gcc/s390x-linux-gnu/12/cc1"}

KEY = "0123456789abcdef" * 2


def real_programs(cc1):
    """(name, command), in /bench"""
    return [
        ("gzip", "gzip -nc text"),
        ("gunzip", "gzip -dc /tmp/text.gz"),
        ("xz", "xz -2 -T1 -c text"),
        ("unxz", "xz -dc /tmp/text.xz"),
        ("openssl_sha256", "openssl dgst -sha256 text text text text"),
        ("openssl_aes", f"openssl enc -aes-128-cbc -K {KEY} -iv {KEY} -in text"),
        ("openssl_prime", "openssl prime -hex " + "F" * 383 + "7"),
        ("python_start", "python3 -S -c pass"),
        ("python", "python3 -S script.py"),
        ("sqlite", "sqlite3 -init script.sql :memory: .exit"),
        ("cc1", f"{cc1} -quiet -O2 -march=z196 -fno-ident source.i -o -"),
    ]


def run_real_programs(machine, programs, root):
    kind = "native" if machine == "native" else "s390x"
    script = ["export OPENSSL_CONF=/dev/null PYTHONDONTWRITEBYTECODE=1", "set -e",
              "gzip -nc text >/tmp/text.gz", "xz -2 -T1 -c text >/tmp/text.xz"]
    script += [f"./programs --time {name} -- {command}"
               for name, command in real_programs(CC1[kind])]
    script.append("rm -f /tmp/text.gz /tmp/text.xz")
    if machine != "native":
        return run_guest(machine, ["bash", "-c", "cd /bench && " + "\n".join(script)], root=root)
    with tempfile.TemporaryDirectory() as folder:
        make_input(pathlib.Path(folder), programs)
        shutil.copy(programs["native"], folder)
        os.rename(f"{folder}/programs-native", f"{folder}/programs")
        return run_native(["bash", "-c", "\n".join(script)], cwd=folder)


def boot(engine, cpus):
    """Wall and CPU seconds from the start of the emulator to the first output of a shell."""
    run = run_guest(engine, ["sh", "-c", "echo begin"], cpus=cpus)
    return run.first_output


# ---- idle ----

def read_statistics(path):
    with socket.socket(socket.AF_UNIX) as s:
        s.connect(path)
        s.sendall(b'{"command": "statistics"}\n')
        return json.loads(s.makefile().readline())["statistics"]


def wakeups(pid):
    """Voluntary switches of all threads: each is a wake-up."""
    total = 0
    for task in os.listdir(f"/proc/{pid}/task"):
        for line in pathlib.Path(f"/proc/{pid}/task/{task}/status").read_text().splitlines():
            if line.startswith("voluntary_ctxt_switches"):
                total += int(line.split()[1])
    return total


def idle(engine, cpus, seconds, net=False):
    """CPU share, wake-ups and (sie390) exits a second of a guest whose shell waits for input."""
    with tempfile.TemporaryDirectory() as folder:
        control = f"{folder}/control"
        line = [TOP / "tools/run-in-guest", "--engine", engine, "-c", str(cpus), "-m", MEMORY]
        if engine == "sie390":
            line += ["--engine-arg=--control", f"--engine-arg={control}"]
        if net:
            line += ["--net", "user"]
        with subprocess.Popen([*line, "--", "sh", "-c", "echo ready; read line"],
                              stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
            pid = child_of(process.pid)
            process.stdout.readline()
            time.sleep(5)  # what the boot left to do
            before = observe(engine, pid, control)
            time.sleep(seconds)
            after = observe(engine, pid, control)
            process.stdin.write("\n")
            process.stdin.close()
            process.wait()
    return difference(before, after)


def difference(before, after):
    span = after["wall"] - before["wall"]
    return {key: (after[key] - before[key]) / span for key in after if key != "wall"}


def idle_bare(cpus, seconds):
    """The same of a guest without an operating system, whose first CPU waits for an interruption:
    Debian's s390x kernels are built with HZ_PERIODIC and wake each CPU 250 times a second."""
    with tempfile.TemporaryDirectory() as folder:
        control, image = f"{folder}/control", pathlib.Path(folder, "image")
        image.write_bytes(bytes(4096))
        wait = "0302000180000000,0"  # wait, enabled for I/O and external interruptions
        line = [TOP / "build/out/sie390", "run", "--load", f"{image}@0", "--psw", wait,
                "-c", str(cpus), "--control", control, "--console", "none"]
        with subprocess.Popen(line, stdin=subprocess.DEVNULL) as process:
            time.sleep(1)
            before = observe("sie390", process.pid, control)
            time.sleep(seconds)
            after = observe("sie390", process.pid, control)
            process.kill()
    return difference(before, after)


def observe(engine, pid, control):
    now = {"wall": time.monotonic(), "cpu": CpuClock(pid).read(), "wakeups": wakeups(pid)}
    if engine == "sie390":
        numbers = read_statistics(control)
        now["exits"] = sum(numbers.get("intercept", {}).values())
        now["ticks"] = numbers.get("interruption", {}).get("clock comparator", 0)
    return now


# ---- a guest without an operating system ----

INTERCEPTS = ["diag_44", "sigp_sense_running", "stsi_1_1_1", "stpx", "lctlg_cr0", "servc",
              "illegal_operation", "adapter_interruption"]
AP_INSTRUCTIONS = ["tapq", "aqic_on_and_off"]
ROUNDS = 15  # of programs/bare/measure.h
RESULTS, RESULTS_SIZE = 0x8000, 0x1000
BARE_FLAGS = ("-ffreestanding -nostdlib -static -fno-pic -O1 -std=gnu11 -Wall -Wextra "
              "-fno-stack-protector -Wno-array-bounds -Wl,--build-id=none").split()


def build_bare(name):
    lib, out = TOP / "tests/guests/lib", BUILD / f"{name}.elf"
    BUILD.mkdir(parents=True, exist_ok=True)
    subprocess.run([*COMPILERS["s390x"], *BARE_FLAGS, f"-I{lib}", "-T", lib / "guest.ld", "-o", out,
                    SOURCES / f"bare/{name}.c", *lib.glob("*.c"), *lib.glob("*.S")], check=True)
    return out


def storage_of_qemu(image, folder, _=()):
    memory = folder / "memory"
    with open(memory, "wb") as f:
        f.truncate(256 << 20)
    subprocess.run(
        ["qemu-system-s390x", "-nodefaults", "-display", "none", "-no-reboot", "-m", "256M",
         "-accel", "tcg", "-cpu", "max", "-M", "s390-ccw-virtio,memory-backend=m", "-object",
         f"memory-backend-file,id=m,share=on,size=256M,mem-path={memory}", "-action",
         "panic=shutdown", "-device", "virtio-rng-ccw", "-kernel", image], check=True, timeout=300)
    with open(memory, "rb") as f:
        f.seek(RESULTS)
        return f.read(RESULTS_SIZE)


def storage_of_sie390(image, folder, options=("--rng",)):
    """Exit status 10: a disabled wait, the way such a guest ends."""
    dump = folder / "dump"
    done = subprocess.run(
        [TOP / "build/out/sie390", "run", "--load", f"{image}@0", "-m", "256M", "--console", "none",
         *options, "--dump-on-wait", f"{dump},{RESULTS:x}-{RESULTS + RESULTS_SIZE - 1:x}"],
        stderr=subprocess.PIPE, timeout=300, check=False)
    if done.returncode != 10:
        raise Trouble("sie390: " + done.stderr.decode(errors="replace").strip())
    text = dump.read_bytes()
    part = text[text.index(b"\nstorage "):]
    lines = re.findall(rb"^[0-9a-f]{16} ((?: [0-9a-f]{2,8})+)", part, re.M)
    return bytes.fromhex(b"".join(lines).decode())


def run_bare(read, program, names, *options):
    """Nanoseconds of the guest's clock for one of each: the median of the rounds, less the loop."""
    image = build_bare(program)
    with tempfile.TemporaryDirectory() as folder:
        words = struct.unpack(f">{RESULTS_SIZE // 8}Q", read(image, pathlib.Path(folder), *options))
    if words[0] != len(names) + 1:
        raise Trouble(f"{program}: the guest measured {words[0]} of {len(names) + 1} things")
    figures = []
    for n in range(words[0]):
        times, *rounds = words[1 + n * (ROUNDS + 1):1 + (n + 1) * (ROUNDS + 1)]
        figures.append(statistics.median(rounds) / 4.096 / times)
    run = Run()
    for name, ns in zip(names, figures[1:]):
        run.results[name] = {"ns": ns - figures[0], "cpu_ns": ns - figures[0], "check": ""}
    return run


def run_intercepts(engine):
    return run_bare(storage_of_qemu if engine == "qemu" else storage_of_sie390, "intercepts", INTERCEPTS)


# ---- crypto cards ----

# (name, CPUs, threads, kernel parameters): RSA-2048 with CRT
RSA = [("rsa2048_1_thread", 1, 1, ""), ("rsa2048_4_threads", 2, 4, ""),
       ("rsa2048_4_threads_polling", 2, 4, "ap.useirq=0"), ("rsa2048_4_threads_4_cpus", 4, 4, "")]


def run_ap(machine, seconds):
    """Operations of Linux's zcrypt driver on an accelerator; native: one thread of libcrypto."""
    run = Run()
    if machine == "native":
        text = subprocess.run(["openssl", "speed", "-mr", "-seconds", str(max(1, round(seconds))), "rsa2048"],
                              check=True, text=True, stdout=subprocess.PIPE,
                              stderr=subprocess.DEVNULL).stdout
        rate = float(re.search(r"^\+F2:\d+:2048:([\d.e-]+)", text, re.M)[1])
        for name, *_ in RSA:
            run.results[name] = {"ns": 1e9 / rate, "cpu_ns": 1e9 / rate, "check": ""}
        return run
    run = run_bare(storage_of_sie390, "ap", AP_INSTRUCTIONS, ["--ap", "adapter=0"])
    sys.path.insert(0, str(TOP / "tests"))
    import ap_guest  # pylint: disable=import-outside-toplevel
    try:
        initrd, vectors = ap_guest.make_initrd(), ap_guest.make_vectors("crt:2048:16")
    except ap_guest.Missing as missing:
        raise Trouble(str(missing)) from None
    for name, cpus, threads, parameters in RSA:
        words = [TOP / "tools/run-in-guest", "-c", str(cpus), "--initrd", initrd, "--ap", "adapter=0",
                 "--append", parameters, "--", "sh", "-c", ap_guest.WAIT_FOR_CARDS +
                 f"cat /sys/bus/ap/ap_interrupts; ./zcrypt 0 {threads} {seconds}"]
        with open(vectors, "rb") as stdin:
            text = subprocess.run(words, check=True, text=True, stdin=stdin, stdout=subprocess.PIPE).stdout
        if text[0] != ("0" if parameters else "1"):
            raise Trouble(f"{name}: interruptions are not as they should be")
        done, spent = re.search(r"operations (\d+) wrong 0 given-up 0 again \d+ seconds ([\d.]+)", text).groups()
        ns = float(spent) * 1e9 / int(done)
        run.results[name] = {"ns": ns, "cpu_ns": ns, "check": ""}
    return run


def complain(text):
    print(f"bench: {text}", file=sys.stderr, flush=True)
