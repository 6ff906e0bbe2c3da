# SPDX-License-Identifier: Apache-2.0
"""docs/soak.md: what soak runs found, a section for each test that writes one."""
import os
import platform
import re
import time

import support

FILE = support.TOP / "docs/soak.md"
HEAD = """<!-- SPDX-License-Identifier: Apache-2.0 -->
# Soak runs

Written by `./check --soak` (tests/run-linux --soak, tests/run-guests --soak); nobody edits it. Times are from
start to end of the process, boot and power-off included.
"""


def machine():
    with open("/proc/cpuinfo", encoding="utf-8") as file:
        model = re.search(r"model name\s*: (.*)", file.read())
    return f"{model[1].strip() if model else platform.machine()}, {os.cpu_count()} cores"


def write(title, seconds, note=""):
    """Replaces the section: how many went well, and how long they took."""
    ordered = sorted(seconds)
    row = (len(ordered), ordered[0], ordered[len(ordered) // 2], ordered[-1])
    section = (f"## {title}\n\n{time.strftime('%Y-%m-%d')}, {machine()}.{' ' + note if note else ''}"
               "\n\n| runs, all good | shortest (s) | median (s) | longest (s) |\n|---|---|---|---|\n"
               "| {} | {:.2f} | {:.2f} | {:.2f} |\n".format(*row))
    text = FILE.read_text() if FILE.exists() else HEAD
    others = [s for s in re.split(r"(?m)^(?=## )", text)[1:] if not s.startswith(f"## {title}\n")]
    sections = [s.rstrip() + "\n" for s in [*others, section]]
    FILE.write_text("\n".join([HEAD, *sorted(sections)]))
