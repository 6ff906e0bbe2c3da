#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Completion of the shell offers what --help lists: commands, options, and the words they take."""
import re
import shlex
import shutil
import subprocess
import sys
import pathlib
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))
import support
from support import Case, run

SCRIPT = support.TOP / "tools/completion/sie390.bash"
COMMANDS = ("run", "ctl", "stat", "disasm", "explain", "list", "version")


class Completion(Case):
    def setUp(self):
        super().setUp()
        if not shutil.which("bash"):
            self.skipTest("no bash")

    def offered(self, *words):
        """What a person gets for these words, of which the last one is unfinished."""
        array = " ".join(shlex.quote(str(w)) for w in (support.SIE390, *words))
        script = f"compopt() {{ :; }}; . {shlex.quote(str(SCRIPT))}; COMP_WORDS=({array}); " \
                 f"COMP_CWORD={len(words)}; _sie390; printf '%s\\n' \"${{COMPREPLY[@]}}\""
        done = subprocess.run(["bash", "-c", script], capture_output=True, text=True, check=False,
                              cwd=self.dir)
        self.assertEqual((done.returncode, done.stderr), (0, ""), words)
        return set(done.stdout.split())

    @staticmethod
    def help_of(name):
        return run(name, "--help").stdout

    def test_commands(self):
        self.assertEqual(self.offered(""), {*COMMANDS, "--help"})
        self.assertEqual(self.offered("dis"), {"disasm"})

    def test_options(self):
        for name in ("run", "stat", "disasm"):
            shown = set(re.findall(r"(?m)^  (?:-\w, )?(--[\w-]+)", self.help_of(name)))
            self.assertGreater(len(shown), 2)
            self.assertEqual(self.offered(name, "--"), shown, name)

    def test_words_of_options(self):
        """Of "none|user[,...]|tap=NAME": none, user, tap=."""
        checked = 0
        for option, argument in re.findall(r"(?m)^  (?:-\w, )?(--[\w-]+) (\S+)", self.help_of("run")):
            plain = re.sub(r"\[[^]]*\](\.\.\.)?", "", argument)
            words = set(re.findall(r"(?:^|\|)([a-z]+[=:]?)", plain))
            if words:
                self.assertLessEqual(words, self.offered("run", option, ""), option)
                checked += 1
        self.assertGreaterEqual(checked, 7)

    def test_words_behind_a_comma(self):
        text = self.help_of("run")
        for option, begun in (("--cpus", "2,"), ("--ap", "adapter=1,")):
            argument = re.search(rf"(?m)^  (?:-\w, )?{option} (\S+)", text)[1]
            names = set(re.findall(r"([a-z]+)=", argument))
            got = {w.removeprefix(begun).partition("=")[0] for w in self.offered("run", option, begun)}
            self.assertEqual(got, names, option)

    def test_traces(self):
        kinds = re.search(r"--trace LIST +lines on standard error for: ([\w, ]+)", self.help_of("run"))[1]
        self.assertEqual(self.offered("run", "--trace", ""), set(re.findall(r"\w+", kinds)) - {"or"})

    def test_models(self):
        models = {line.split()[0] for line in run("list", "cpus").stdout.splitlines()}
        self.assertEqual(self.offered("run", "--cpu", ""), models)

    def test_files(self):
        path = self.file("guest.elf")
        for words in (("run", "--kernel"), ("run", "--dump-on-wait"), ("disasm",), ("ctl",), ("stat",)):
            self.assertEqual(self.offered(*words, "gue"), {path.name}, words)

    def test_commands_of_the_control_socket(self):
        text = self.help_of("ctl")
        names = set(re.findall(r"(?m)^  ([a-z]+) +", text.partition("exit status")[0]))
        self.assertEqual(self.offered("ctl", "socket", ""), names)
        actions = re.search(r"(?s)\n  ap .*?\n  statistics", text)[0]
        self.assertEqual(self.offered("ctl", "socket", "ap", ""),
                         set(re.findall(r"(?:   |\n {14})([a-z-]+)(?= adapter=| N|\n)", actions)))

    def test_lists_and_instructions(self):
        self.assertEqual(self.offered("list", ""),
                         set(re.findall(r"(?m)^  (\w+)", self.help_of("list"))))
        self.assertEqual(self.offered("explain", "sck"), {"SCK", "SCKC", "SCKPF"})


if __name__ == "__main__":
    unittest.main(verbosity=2)
