# SPDX-License-Identifier: Apache-2.0
"""Plays a life on a machine, compares every boot with what must come, and tells both."""

import re
import sys

from bootpilot_ovmf import nvram
from linux.lives import ENDS

TOOL_ROLE = {"statereset": "reset"}
BLESSING = ("systemd-bless-boot.service", "bootpilot-good.service")
TAIL_LINES = 40


class Play:
    """Counts what was as it must be (passed) and what was not (failed)."""

    def __init__(self, machine, out=sys.stdout):
        self.machine, self.out, self.passed, self.failed = machine, out, 0, 0
        self.seconds = self.processor_seconds = 0

    def life(self, chapters):
        """Stops at the first boot that took another way: what follows would be about another machine."""
        self._say("  wall  processor  boot  entry       does        entries afterwards")
        for number, chapter in enumerate(chapters, 1):
            self._say(f"\n{number}. {chapter.title}")
            for role, counter in re.findall(r"(\w+)(\+\d+(?:-\d+)?)", chapter.install):
                self.machine.install(role, counter)
            self.machine.good_options(chapter.good)
            for boot in chapter.boots:
                if not self._boot(boot):
                    return

    def _boot(self, expected):
        before = self.failed
        boot = self.machine.live(expected.commands, **{expected.role: expected.word})
        names = self.machine.names()
        self._row(boot, names)
        self._is("the entry that was started", boot.role, expected.role)
        self._is("the reason", boot.decision.get("reason"), expected.reason)
        self._is("the end of the power cycle", boot.ended, ENDS[expected.word])
        self._is("the entries afterwards", names, expected.names)
        on_its_way = self.failed == before
        if ENDS[expected.word] == "shutdown":
            self._reported(boot, expected)
        if self.failed > before:
            self._say("\n".join("      | " + line for line in boot.serial.split("\n")[-TAIL_LINES:]))
        return on_its_way

    def _row(self, boot, names):
        self.seconds += boot.seconds
        self.processor_seconds += boot.processor_seconds
        self._say(f"{boot.seconds:5.0f}s {boot.processor_seconds:8.0f}s  {self.machine.boots:4}  {boot.role or '-':<10}  "
                  f"{boot.word or '-':<10}  {' '.join(names)}")

    def _reported(self, boot, expected):
        """What the running system said of itself."""
        role = TOOL_ROLE.get(expected.role, expected.role)
        self._is("the ESP before and after", [boot.facts.get("esp-before"), boot.facts.get("esp")], ["ro", "ro"])
        self._is("the role that the tool sees", boot.facts.get("tool-role"), role)
        self._is("BOOTPILOT_ROLE in the journal", boot.facts.get("journal-role"), role)
        broken = ["bootpilot-test-behave.service"] if expected.word == "ails" else []
        self._is("units that failed", boot.facts.get("failed-units", "no report").split(), broken)
        self._is("the file that systemd-boot counted", boot.facts.get("counted", "").startswith("\\loader\\entries\\"), True)
        # an ailing system never gets to blessing; recovery and reset get there, and are left as they are
        blessed = expected.word == "works" and expected.role in ("active", "passive")
        note = self.machine.nvram().get("BootpilotNote", nvram.BOOTPILOT)
        self._is("the note to Bootpilot", note.text() if note else None, f"good {expected.role}.conf" if blessed else None)
        said = [boot.units.get(unit, {}).get("ActiveState") for unit in BLESSING]
        if expected.word == "ails":
            self._is("blessing", said, ["inactive", "inactive"])
        else:
            self._is("blessing", said, ["active" if blessed else "inactive", "active"])
        seed = boot.units.get("systemd-boot-random-seed.service", {})
        if seed.get("ActiveState") == "active":  # systemd 252 does not have this unit yet
            self._is("the random seed is there", self.machine.disk.exists(r"\loader\random-seed"), True)
        if expected.answer:
            self._is("what was typed is answered", expected.answer in boot.said.splitlines(), True)
        if expected.sentence:
            first = " ".join(boot.status.partition("Next boot:")[0].split())
            self._say(f"      {first}")
            self._is(f"status says `{expected.sentence}`", expected.sentence in first, True)

    def _is(self, what, found, wanted):
        if found == wanted:
            self.passed += 1
            return
        self.failed += 1
        self._say(f"      FAIL {what}: {found}, not {wanted}")

    def _say(self, text):
        print(text, file=self.out, flush=True)
