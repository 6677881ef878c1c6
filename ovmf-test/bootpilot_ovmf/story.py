# SPDX-License-Identifier: Apache-2.0
"""The life that the demo plays: what happens to the machine, and what must follow. Every boot is checked against it."""

import re
import time

from . import disk
from .images import identifier
from .machine import ENTRIES, TYPE2

ROLES = ("active", "passive", "recovery", "reset")
ID = {"active": "active", "passive": "passive", "recovery": "recovery", "reset": "statereset"}
FRESH = "+2"  # two tries, to keep the story short
GOOD, MISSING = "good", "-"

# What an OS does -> what the test OS is told, and how the power cycle must end
OUTCOMES = {"works": ("works", "shutdown"), "crashes": ("fails", "reset"), "reinstalls": ("fails", "reset")}

NAME = re.compile(r"^(\w+?)(\+\d+(?:-\d+)?)?\.(?:conf|efi)$", re.IGNORECASE)
BECAUSE = re.compile(r"^ *because +(.+)$", re.MULTILINE)


class Boot:
    """A boot that must come: the chosen ROLE and REASON, what its OS does, and the COUNTERS of all four afterwards."""

    def __init__(self, role, reason, outcome, counters):
        self.role, self.reason, self.outcome, self.counters = role, reason, outcome, counters


class Chapter:
    """TITLE (short) and SENTENCE; the entries of the roles NEW are replaced by new images; then BOOTS."""

    def __init__(self, title, sentence, new, boots):
        self.title, self.sentence, self.new, self.boots = title, sentence, new, boots


STORY = (
    Chapter("New", "A new machine: four entries, each with two tries. The first boot works.", ROLES, (
        Boot("active", "active-trying", "works", "good +2 +2 +2"),
    )),
    Chapter("A bad update", "An update installs a new active, and it crashes.", ("active",), (
        Boot("active", "active-trying", "crashes", "+1-1 +2 +2 +2"),
        Boot("active", "active-trying", "crashes", "+0-2 +2 +2 +2"),
        Boot("passive", "active-exhausted", "works", "+0-2 good +2 +2"),
    )),
    Chapter("A worse one", "The next update is worse: it replaces active, passive and recovery, and all three crash.",
            ("active", "passive", "recovery"), (
        Boot("active", "active-trying", "crashes", "+1-1 +2 +2 +2"),
        Boot("active", "active-trying", "crashes", "+0-2 +2 +2 +2"),
        Boot("passive", "active-exhausted", "crashes", "+0-2 +1-1 +2 +2"),
        Boot("passive", "active-exhausted", "crashes", "+0-2 +0-2 +2 +2"),
        Boot("recovery", "passive-exhausted", "crashes", "+0-2 +0-2 +1-1 +2"),
        Boot("recovery", "passive-exhausted", "crashes", "+0-2 +0-2 +0-2 +2"),
        Boot("reset", "recovery-exhausted", "reinstalls", "+2 +2 +2 +2"),
    )),
    Chapter("Healed", "The automatic reset has reinstalled the machine, and nobody had to come.", (), (
        Boot("active", "active-trying", "works", "good +2 +2 +2"),
        Boot("active", "active-good", "works", "good +2 +2 +2"),
    )),
)


class Difference(Exception):
    """Something else happened than must happen. tail: the last lines of the serial line."""

    def __init__(self, text, tail):
        super().__init__(text)
        self.tail = tail


class Event:
    """One boot that has happened, from the facts that the machine reported and the names on its disk."""

    def __init__(self, number, chapter, at_s, result):
        decision = result.decision
        self.number, self.chapter, self.at_s, self.seconds = number, chapter, at_s, result.seconds
        self.role, self.reason = decision.get("role", "none"), decision.get("reason", "")
        self.entry, self.ended, self.chosen = result.entry, result.ended, decision.get("entry")
        said = BECAUSE.findall(result.serial)
        self.because = said[-1] if said else self.reason
        self.active = decision.get("active", "")  # Bootpilot's verdict on active before the boot
        self.does = result.facts.get("does")
        self.loader = result.facts.get("loader", "")
        self.secure_boot = result.facts.get("secure-boot") == "1"
        self.outcome, self.counters = "", {}

    def differences(self, boot, machine):
        """What is not as in BOOT, or not as MACHINE was set up, in words."""
        does, ended = OUTCOMES[boot.outcome]
        rows = (("the loader", f"systemd-boot {machine.loader.version}", self.loader),
                ("Secure Boot", machine.secure_boot, self.secure_boot),
                ("the role", boot.role, self.role), ("the reason", boot.reason, self.reason),
                ("the chosen entry", ID[boot.role], _stem(self.chosen)),
                ("the started entry", ID[boot.role], _stem(self.entry)),
                ("what the OS did", does, self.does), ("the end of the power cycle", ended, self.ended),
                ("the counters", boot.counters, " ".join(self.counters[role] for role in ROLES)))
        return [f"{what} should be {wanted}, it is {actual}" for what, wanted, actual in rows if wanted != actual]


class Player:
    """Plays the story on MACHINE (TYPE2: with entries in EFI/Linux). ON_CHAPTER(number, chapter),
    ON_START(number, at_s) and ON_EVENT(event) are told."""

    def __init__(self, machine, type2, on_chapter, on_start, on_event):
        self.machine, self.events = machine, []
        self.on_chapter, self.on_start, self.on_event = on_chapter, on_start, on_event
        self.type2 = type2
        self.started = time.monotonic()

    def play(self, watch_of):
        """The whole life. WATCH_OF(boot, number) gives what looks at QEMU during this boot, or None."""
        for number, chapter in enumerate(STORY, 1):
            self.on_chapter(number, chapter)
            for role in chapter.new:
                self.renew(role)
            for boot in chapter.boots:
                self._boot(boot, number, watch_of(boot, len(self.events) + 1))
        return self.events

    def counters(self):
        """role -> what its file name says: +LEFT-DONE, good (no counter), or - (no file)."""
        found = dict.fromkeys(ROLES, MISSING)
        for name in self.machine.names():
            match = NAME.match(name)
            for role in ROLES:
                if match and match.group(1).lower() == ID[role]:
                    found[role] = match.group(2) or GOOD
        return found

    def renew(self, role):
        """A new image with fresh tries, as an update or a reinstallation writes it."""
        directory = TYPE2 if self.type2 else ENTRIES
        for name in self.machine.names():
            if _stem(identifier(name)) == ID[role]:
                self.machine.disk.remove(rf"{directory}\{name}", disk.ESP)
        if self.type2:
            self.machine.uki(f"{ID[role]}{FRESH}.efi")
        else:
            self.machine.entry(f"{ID[role]}{FRESH}.conf")

    def _boot(self, boot, chapter, watch):
        number, at_s = len(self.events) + 1, time.monotonic() - self.started
        self.on_start(number, at_s)
        result = self.machine.boot(OUTCOMES[boot.outcome][0], display=getattr(watch, "display", False), watch=watch)
        event = Event(number, chapter, at_s, result)
        if event.does == "works" and self._agree(result):
            self.machine.bless(result.counted)
        elif event.role == "reset" and event.ended == "reset" and boot.outcome == "reinstalls":
            for role in ROLES:
                self.renew(role)
            event.outcome = "reinstalls"
        event.counters = self.counters()
        event.outcome = event.outcome or {"works": "works", "fails": "crashes"}.get(event.does, event.ended)
        self.events.append(event)
        self.on_event(event)
        wrong = event.differences(boot, self.machine)
        if wrong:
            raise Difference(f"boot {number}: {'; '.join(wrong)}", result.serial)

    @staticmethod
    def _agree(result):
        """Blessing heals a counted file only if it is the entry that was started."""
        counted = (result.counted or "").rpartition("\\")[2]
        return bool(counted) and identifier(counted).lower() == (result.entry or "").lower()


def _stem(name):
    """active.conf -> active"""
    return (name or "none").rsplit(".", 1)[0].lower()
