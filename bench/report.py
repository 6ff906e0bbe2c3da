# SPDX-License-Identifier: Apache-2.0
"""Medians, ratios, tables and aims of bench/run's figures.

A figure is {machine: [value of each run]}; machines are native, sie390 and qemu.  Ratios are made
run by run (the engines take turns), so that a load which comes and goes hits both sides alike.
"""
import statistics

# What the README shows.
HEADLINE = {"getppid": "system call", "pingpong": "process switch", "fault_4k": "page fault, 4 KiB",
            "fault_thp": "page fault, huge page", "strcmp_4096": "strcmp of 4 KiB",
            "nbody": "floating point (n-body)", "hash_64m": "random access, 64 MiB",
            "fork_exec": "fork and exec", "xz": "xz", "cc1": "gcc's cc1", "python": "python3",
            "sqlite": "sqlite3", "crc32": "integer loop (CRC-32)", "boot_1": "boot to a shell"}

UNITS = ((1e9, "s"), (1e6, "ms"), (1e3, "µs"), (1, "ns"))


def median(values):
    return statistics.median(values) if values else None


def duration(ns):
    if ns is None:
        return ""
    for size, name in UNITS:
        if ns >= size:
            return f"{ns / size:.3g} {name}"
    return f"{ns:.2g} ns"


def ratios(over, under):
    """Of two lists of runs: (median, smallest, largest), or None."""
    each = [a / b for a, b in zip(over, under) if b]
    return (median(each), min(each), max(each)) if each else None


def factor(ratio):
    if not ratio:
        return ""
    middle, low, high = ratio
    return f"{middle:.3g} ({low:.3g} – {high:.3g})"


class Results:
    """figures[group][name] = {"cpu": {machine: [ns]}, "wall": {machine: [ns]}}"""

    def __init__(self, data):
        self.data = data
        self.figures = data["figures"]

    def runs(self, name, machine, kind="cpu"):
        for group in self.figures.values():
            if name in group:
                return group[name][kind].get(machine, [])
        return []

    def faster(self, name, kind="cpu"):
        """How many times faster than the peer."""
        return ratios(self.runs(name, "qemu", kind), self.runs(name, "sie390", kind))

    def group_table(self, group):
        lines = ["| benchmark | native | sie390 | peer | times faster than the peer "
                 "| times native's time | M guest instr./s |", "|---|--:|--:|--:|--:|--:|--:|"]
        for name, kinds in self.figures[group].items():
            cpu = kinds["cpu"]
            ours = median(cpu.get("sie390", []))
            count = self.data.get("counts", {}).get(name)
            speed = f"{count / ours * 1e3:.0f}" if count and ours else ""
            slower = ratios(cpu.get("sie390", []), cpu.get("native", []))
            lines.append(f"| {name} | {duration(median(cpu.get('native', [])))} | {duration(ours)} "
                         f"| {duration(median(cpu.get('qemu', [])))} | {factor(self.faster(name))} "
                         f"| {f'{slower[0]:.3g}' if slower else ''} | {speed} |")
        return "\n".join(lines)

    def idle_table(self):
        lines = ["| guest | machine | % of a core | wake-ups/s | exits/s | guest's ticks/s |",
                 "|---|---|--:|--:|--:|--:|"]
        for name, machines in self.data.get("idle", {}).items():
            for machine, runs in machines.items():
                cells = [median([r[key] for r in runs if key in r]) for key in
                         ("wakeups", "exits", "ticks")]
                share = median([r["cpu"] for r in runs]) * 100
                text = " | ".join("" if v is None else f"{v:.1f}" for v in cells)
                lines.append(f"| {name} | {machine} | {share:.2f} | {text} |")
        return "\n".join(lines)

    # aims

    def aims(self):
        """(what, aim, measured as text, reached: True, False or None)"""
        rows = [self.integer_aim()]
        for name, aim in (("getppid", 8), ("fault_4k", 2), ("fault_thp", 10), ("hash_64m", 2),
                          ("strcmp_4096", 50), ("memcmp_4096", 50), ("memchr_4096", 50),
                          ("strlen_4096", 50)):
            ratio = self.faster(name)
            rows.append((f"{name}: times faster than the peer", f"≥ {aim}", factor(ratio),
                         ratio and ratio[0] >= aim))
        for name, aim in (("diag_44", 150), ("stpx", 150)):
            ns = median(self.runs(name, "sie390"))
            rows.append((f"{name}: ns from raising to re-entry", f"≤ {aim}",
                         f"{ns:.0f}" if ns else "", ns and ns <= aim))
        ratio = self.faster("illegal_operation")
        rows.append(("illegal operation: times faster than the peer", "≥ 10", factor(ratio),
                     ratio and ratio[0] >= 10))
        ratio = ratios(self.runs("rsa2048_4_threads", "native"), self.runs("rsa2048_4_threads", "sie390"))
        rows.append(("RSA-2048 by a card, 4 guest threads: times one host thread", "≥ 0.8", factor(ratio),
                     ratio and ratio[0] >= 0.8))
        rows.append(self.at_most("boot, 1 CPU: times the peer's", 6, ratios(
            self.runs("boot_1", "sie390"), self.runs("boot_1", "qemu"))))
        rows.append(self.at_most("boot, 8 CPUs: times 1 CPU", 1.3, ratios(
            self.runs("boot_8", "sie390"), self.runs("boot_1", "sie390"))))
        for kind in ("wall", "cpu"):
            pairs = ratios(self.runs("busy_one", "sie390", kind),
                           self.runs("busy_two", "sie390", kind))
            pairs = pairs and tuple(2 * v if kind == "wall" else 4 * v for v in pairs)
            rows.append((f"two busy CPUs: times one, by {kind} time", "≥ 1.9", factor(pairs),
                         pairs and pairs[0] >= 1.9))
        rows += self.idle_aims()
        return rows

    @staticmethod
    def at_most(what, aim, ratio):
        return what, f"≤ {aim}", factor(ratio), ratio and ratio[0] <= aim

    def integer_aim(self):
        speeds = {}
        for name in self.figures.get("integer", {}):
            ours, count = median(self.runs(name, "sie390")), self.data.get("counts", {}).get(name)
            if ours and count:
                speeds[name] = count / ours * 1e3
        if not speeds:
            return "integer code, M instructions/s", "≥ 200", "", None
        mean = statistics.geometric_mean(speeds.values())
        text = f"{mean:.0f} (" + ", ".join(f"{n} {v:.0f}" for n, v in speeds.items()) + ")"
        return "integer code, M instructions/s (geometric mean)", "≥ 200", text, mean >= 200

    def idle_aims(self):
        rows = []
        for name, machines in self.data.get("idle", {}).items():
            runs = machines.get("sie390", [])
            if not runs:
                continue
            cpus = int(name.split("_")[1])
            share = median([r["cpu"] for r in runs]) * 100
            exits = median([r["exits"] for r in runs]) / cpus
            ticks = median([r["ticks"] for r in runs]) / cpus
            rows.append((f"{name}: % of a core, exits/s a CPU", "≤ 0.5, ≤ 20",
                         f"{share:.2f}, {exits:.1f} ({ticks:.0f} ticks of the guest)",
                         share <= 0.5 and exits <= 20))
        return rows

    def aims_table(self):
        lines = ["| aim | wanted | measured | reached |", "|---|---|---|---|"]
        for what, wanted, measured, reached in self.aims():
            if measured:
                lines.append(f"| {what} | {wanted} | {measured} | {'yes' if reached else 'no'} |")
        return "\n".join(lines)

    def differences(self):
        """Benchmarks whose results differ between machines."""
        return [name for group in self.figures.values() for name, kinds in group.items()
                if len(set(kinds.get("check", {}).values())) > 1]

    def headline(self):
        """A line for each kind of work: for the README."""
        lines = [f"{self.data['date']}, {self.data['machine']}; {self.data['peer']}.", "",
                 "| work | times faster than the peer | times native's time |", "|---|--:|--:|"]
        for name, words in HEADLINE.items():
            faster = self.faster(name)
            slower = ratios(self.runs(name, "sie390"), self.runs(name, "native"))
            if faster:
                lines.append(f"| {words} | {faster[0]:.3g} | {f'{slower[0]:.3g}' if slower else ''} |")
        return "\n".join(lines) + "\n"

    def markdown(self):
        parts = [f"Measured {self.data['date']} on {self.data['machine']}; {self.data['peer']}; "
                 f"{self.data['runs']} runs: medians (smallest – largest of the runs' ratios). "
                 "CPU time of the emulator process a unit of work; native: of the program."]
        parts.append(self.aims_table())
        for group in self.figures:
            parts.append(f"### {group}\n\n{self.group_table(group)}")
        if self.data.get("idle"):
            parts.append("### idle\n\n" + self.idle_table())
        return "\n\n".join(parts) + "\n"
