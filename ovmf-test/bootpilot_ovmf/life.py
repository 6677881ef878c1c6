# SPDX-License-Identifier: Apache-2.0
"""Plays a scenario without judging it: what became of the machine, with Bootpilot or without."""

import collections
import re
import shutil

from .comparable import ROLE, Behaviour, exhausted, label
from .disk import DiskError
from .images import identifier
from .judge import BRIEF
from .machine import ENTRIES, Machine
from .stage import BEHAVIOUR, COUNTER, Stage

# Boots in a row that begin and end alike, after which what follows is known. systemd-boot remembers nothing but names and
# variables that are used up; Bootpilot's record counts up to eight.
SAME = {False: 2, True: 9}
MORE_BOOTS = 12  # behind those of the scenario
# Entries are found in the order that their sort-keys give; these are Kairos'.
SORT_KEY = {"active": "0001", "passive": "0002", "recovery": "0003", "statereset": "0004"}

# What one boot was: who was started or how it ended, what the OS did, Bootpilot's decision, the names before and after.
Signature = collections.namedtuple("Signature", "started end does decision before after")

# What firmware (EDK2) says of each boot option, and how its own setup is called there.
STARTS, SETUP = re.compile(r'^BdsDxe: starting \S+ "([^"]*)"', re.MULTILINE), "UiApp"

WORKS, FOR_EVER, STOPS, PARTED, LIMIT = "works", "for ever", "stops", "parted", "limit"


class FairStage(Stage):
    """Gives plain systemd-boot what it needs to prefer active to passive to recovery: without sort-keys it would begin
    with the last name in the alphabet, which is the reset. The machine with Bootpilot gets the same disk."""

    def _given_entry(self, rest):
        super()._given_entry(_with_order(rest, "sort-key"))

    def _given_uki(self, rest):
        super()._given_uki(_with_order(rest, "id"))  # images are sorted by the ID of their os-release

    def _given_remove(self, rest):
        if self.machine.find(rest) is not None:
            super()._given_remove(rest)

    def _copy(self, directory, name, on, clean):
        super()._copy(directory, name, on, clean)
        copies = [copy for copy in self.machine.disk.names(directory, on) if copy.lower().startswith("active")]
        for copy in copies if directory == ENTRIES else ():
            path = rf"{directory}\{copy}"
            text = self.machine.disk.read(path, on).decode()
            text = text.replace(f"sort-key {SORT_KEY['recovery']}", f"sort-key {SORT_KEY['active']}")
            self.machine.disk.write(path, text.encode(), self.machine.images.mtime(), on)


class Boot:
    """One power cycle. started: the label of the OS, or None. end: how it ended, where no OS was started."""

    def __init__(self, started, end, exhausted):
        self.started, self.end, self.exhausted = started, end, exhausted


class Life:
    """The boots of a machine and the end: WORKS (the last OS works and the scenario is over), FOR_EVER (the last boot
    repeats itself), STOPS, PARTED (the scenario changes a file that does not exist in this life), LIMIT."""

    def __init__(self, boots, end):
        self.boots, self.end = boots, end


def life_play(scenario, loader, berth, directory):
    """The Life of SCENARIO on a machine in DIRECTORY."""
    machine = Machine(directory, loader, berth, scenario.secure_boot, scenario.needs_xbootldr())
    return _Player(scenario, machine).play()


class _Player:
    def __init__(self, scenario, machine):
        self.scenario, self.machine = scenario, machine
        self.stage, self.behaviour = FairStage(machine), Behaviour(scenario)
        self.boots, self.signatures = [], []
        self.piloted = bool(machine.berth.images)
        if self.piloted and scenario.awaits_reset():
            self.stage.configure(BRIEF)

    def play(self):
        works = False
        for index, step in enumerate(self.scenario.steps):
            if step.kind == "given":
                try:
                    self.stage.given(step.rest)
                except (DiskError, FileNotFoundError):
                    if not self.boots:
                        raise
                    return Life(self.boots, PARTED)
                self.signatures = []
            elif step.kind == "then":
                works = self._boot()
                end = self._end(works)
                if end and (end == STOPS or not any(later.kind == "given" for later in self.scenario.steps[index:])):
                    return Life(self.boots, end)
        # Behind the last line of the scenario everything stays as it is, until an OS works or nothing new can come.
        for _ in range(MORE_BOOTS):
            end = WORKS if works else self._end(works)
            if end:
                return Life(self.boots, end)
            works = self._boot()
        return Life(self.boots, WORKS if works else self._end(works) or LIMIT)

    def _end(self, works):
        """How the life ends with the latest boot, or None: something else may come."""
        if self.boots[-1].started is None and self.boots[-1].end != "reset":
            return STOPS
        last = self.signatures[-SAME[self.piloted]:]
        if len(last) == SAME[self.piloted] and len(set(last)) == 1 and last[0].before == last[0].after:
            return WORKS if works else FOR_EVER
        return None

    def _boot(self):
        """One boot and what it leaves; True if its OS works."""
        number, names = len(self.boots), self.machine.names()
        result, does = self._power_cycle(number, names)
        started = label(result.entry) if result.entry else None
        if does:
            self.stage.when(does, result)
        self.boots.append(Boot(started, None if started else _end_of(result), _exhausted(result.entry, names)))
        self.signatures.append(Signature(started, self.boots[-1].end, does, result.line,
                                         _tries(names), _tries(self.machine.names())))
        return does is not None and does.startswith(("works", "blessed"))

    def _power_cycle(self, number, names):
        """The result of a boot, and what its OS did. The machine must be told before what its OS will do: where another
        OS was started than was expected, and that makes a difference, the boot is taken back and done again."""
        expected = self.behaviour.expected(number, names)
        kept = [(path, path + ".before") for path in (self.machine.disk.path, self.machine.flash)]
        for path, copy in kept:
            shutil.copyfile(path, copy)
        result = self.machine.boot(BEHAVIOUR[expected])
        does = self.behaviour.of(label(result.entry), number, names) if result.entry else None
        if does and BEHAVIOUR[does] != BEHAVIOUR[expected] and (self.piloted or "hangs" in (does, expected)):
            for path, copy in kept:
                shutil.copyfile(copy, path)
            self.machine.behaviour = None
            result = self.machine.boot(BEHAVIOUR[does])
        return result, does


def _with_order(rest, key):
    name = rest.split()[0]
    role = ROLE.match(COUNTER.sub("", name).rpartition(".")[0])
    return f"{rest} {key}={SORT_KEY[role.group(1).lower()]}" if role and f" {key}=" not in rest else rest


def _tries(names):
    """NAMES without the number of tries made by who has none left: +0-4 is as used up as +0-3."""
    return tuple(re.sub(r"\+0+-\d+(?=\.\w+$)", "+0", name) for name in names)


def _exhausted(entry, names):
    """True if the file that ENTRY was started from had no tries left, going by the NAMES before the boot."""
    twins = [name for name in names if entry and identifier(name).lower() == entry.lower()]
    return bool(twins) and all(map(exhausted, twins))


def _end_of(result):
    """Of a power cycle that started no OS."""
    if result.reports:
        return "firmware"  # the witness ran: systemd-boot had returned, and the firmware tried its next option
    if result.ended == "waits":
        return "firmware setup" if STARTS.findall(result.serial)[-1:] == [SETUP] else "menu"
    return result.ended
