#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Linux finds crypto adapters that come and go, by the channel report of each change, and takes one
out of the configuration itself."""
import json
import pathlib
import sys
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))
import support
from support import Case, OK, run

CARDS = "/sys/devices/ap/card"


@support.full
class Hotplug(Case):
    def ctl(self, *words):
        done = run("ctl", self.dir / "c", "ap", *words)
        self.assertEqual(done.returncode, OK, done.stderr)
        return json.loads(done.stdout)

    def until(self, condition):
        self.g.shell(f"until {condition}; do sleep 0.1; done")

    def test_p07_linux_sees_each_change(self):
        self.g = self.linux("--ap", "adapter=1,domains=0+2", "--control", self.dir / "c",
                            append="quiet")
        self.g.wait_for("~# ")
        self.g.shell("stty columns 400")
        self.g.shell("echo 120 > /sys/bus/ap/config_time")  # no look by itself before the end
        self.until(f"grep -q enabled {CARDS}01/01.0002/interrupt")
        self.ctl("plug", "adapter=5,type=ep11")
        self.until(f"grep -q enabled {CARDS}05/05.0002/interrupt")
        self.ctl("unplug", "adapter=1")
        self.until(f"! test -e {CARDS}01")
        self.ctl("domain-add", "9")
        self.until(f"grep -q enabled {CARDS}05/05.0009/interrupt")
        self.ctl("config", "adapter=5", "off")
        self.until(f"grep -q 0 {CARDS}05/config")
        self.g.shell(f"echo 1 > {CARDS}05/config")
        self.assertEqual(self.ctl()["adapters"],
                         [{"adapter": 5, "type": "ep11", "state": "operating"}])
        self.g.shell(f"echo 0 > {CARDS}05/config")
        self.assertEqual(self.ctl()["adapters"][0]["state"], "deconfigured")
        self.g.type("poweroff\n")
        self.g.wait(OK)


if __name__ == "__main__":
    unittest.main()
