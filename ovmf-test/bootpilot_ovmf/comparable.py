# SPDX-License-Identifier: Apache-2.0
"""Which scenarios plain systemd-boot can play as well, and what is said of an OS in them."""

import glob
import os
import re

from . import paths
from .images import identifier
from .scenario import Scenario, fields

# Settings of Bootpilot that have a fixed counterpart in systemd-boot: it gives an OS five minutes, too.
SHARED_CONFIG = ("watchdog",)
# `role=` of a `then` line -> how the entry's name begins
NAME = {"active": "active", "passive": "passive", "recovery": "recovery", "reset": "statereset"}
ROLE = re.compile(rf"^({'|'.join(NAME.values())})(?=$|[-_])", re.IGNORECASE)


def comparable(scenario):
    """True if SCENARIO makes sense without Bootpilot: nothing in it speaks of its configuration, its notes or its record,
    it is no scenario of a berth other than the recommended one, and nobody presses keys."""
    if "ovmf" not in scenario.judges or not {"driver", "net"} & set(scenario.berths):
        return False
    if any(step.kind == "then" and " keys=" in step.rest for step in scenario.steps):
        return False
    return not any(step.kind == "given" and _is_bootpilots(step.rest) for step in scenario.steps)


def comparable_all(directory=paths.SCENARIOS):
    """All such scenarios, in the order of their names."""
    scenarios = [Scenario(path) for path in sorted(glob.glob(os.path.join(directory, "*.txt")))]
    return [scenario for scenario in scenarios if comparable(scenario)]


def _is_bootpilots(rest):
    word, _, rest = rest.partition(" ")
    if word == "config":
        return rest.split()[0] not in SHARED_CONFIG
    # forgetting all variables is a hazard to whom remembers something
    return word in ("note", "nvram") or (word == "variable" and rest.startswith("Bootpilot"))


def label(entry):
    """How an entry is called on the page: by its role if its name has one, else by its name without suffix."""
    stem = re.sub(r"\.(conf|efi)$", "", identifier(entry), flags=re.IGNORECASE)
    match = ROLE.match(stem)
    return match.group(1).lower() if match else stem


class Behaviour:
    """What each OS of SCENARIO does when it is started. The file says it of boots; here it is said of the OS, because plain
    systemd-boot may start another one. What holds is the latest boot of that OS up to now, else its next one. Of an OS of
    which the file says nothing: it fails if its name says that its tries are used up, else it works."""

    def __init__(self, scenario):
        self.said = []  # of each `then` line: (label or None, what the OS does or None)
        for index, step in enumerate(scenario.steps):
            if step.kind == "then":
                when = scenario.behaviour_after(index)
                last = scenario.is_last_boot(index)
                self.said.append((_started(step.rest), when.rest if when else None if last else "fails"))

    def of(self, name, boot, names):
        """Of the OS NAME (a label) in the boot number BOOT, from 0, where the entries' NAMES are these."""
        past = [does for who, does in self.said[:boot + 1] if who == name and does]
        future = [does for who, does in self.said[boot + 1:] if who == name and does]
        files = [file for file in names if label(file) == name]
        unsaid = "fails" if files and all(map(exhausted, files)) else "works"
        return (past[-1:] or future[:1] or [unsaid])[0]

    def expected(self, boot, names):
        """What the OS does that the file has in mind for the boot number BOOT."""
        name, does = self.said[min(boot, len(self.said) - 1)]
        return does or self.of(name, boot, names)


def exhausted(name):
    """True if the file NAME says that no tries are left."""
    return re.search(r"\+0+(-\d+)?\.\w+$", name) is not None


def _started(rest):
    _, words = fields(rest)
    entry = words.get("boots", words.get("entry"))
    if entry and entry != "none":
        return label(entry)
    return NAME.get(words.get("role"))
