# SPDX-License-Identifier: Apache-2.0
"""The command line of ovmf-test/powercut: which boots are cut, and a line for each."""

import argparse
import concurrent.futures
import os
import shutil
import signal
import sys
import time

from . import espcuts, flashcuts, paths
from .disk import DiskError
from .fill import FILLS
from .journal import JournalError
from .loaders import Unavailable, loader_get
from .qemu import QemuError

DESCRIPTION = """Cuts power at every write of a boot, and boots again what is left. A case is a systemd-boot, a berth and how
full the ESP is; for comparison the same is done without Bootpilot. The case `nvram` cuts writes to the variables."""

NVRAM = "nvram"
DEFAULT = [("newest", "driver", "eight"), ("newest", "driver", NVRAM)]
ALL = [*((version, "driver", fill) for version in ("252", "257", "newest")
         for fill in ("few", "eight", "nearly-full", "full")),
       ("252", "entry", "eight"), ("newest", "entry", "eight"), ("newest", "entry", "full"),
       ("newest", "driver", "variants"), ("newest", "driver", "unsorted"),
       ("257", "driver", "type2-eight"), ("newest", "driver", "type2-few"), ("newest", "driver", "type2-eight"),
       ("newest", "driver", NVRAM)]
DIRT_LEN = 100
EXPECTED = (DiskError, JournalError, QemuError, OSError, ValueError)
ROW = "{:4} {:8} {:6} {:12} {:>7} {:>8} {:>6} {:>15} {:>20} {:>6} {:>6}"
HEAD = ROW.format("", "loader", "berth", "case", "states", "distinct", "clean", "with Bootpilot", "without", "lost", "s")
LEGEND = """states: cuts looked at; distinct: those that differ, each booted; clean: without a finding of fsck.vfat; with Bootpilot,
without: what started (a active, p passive, r recovery, s statereset, - nothing); lost: states without the counted entry"""


class Row:
    """A case and what came of it."""

    def __init__(self, loader, berth, name):
        self.loader, self.berth, self.name = loader, berth, name
        self.tried, self.outcomes, self.plain, self.faults, self.started = 0, [], [], [], time.monotonic()

    def __str__(self):
        clean = lost = "-"
        if self.name != NVRAM:
            clean = sum(found.clean for found in self.outcomes)
            lost = sum(found.lost() for found in self.outcomes)
        lines = [ROW.format("FAIL" if self.faults else "ok", self.loader.short(), self.berth, self.name, self.tried,
                            len(self.outcomes), clean, _roles(self.outcomes), _roles(self.plain) or "-", lost,
                            f"{time.monotonic() - self.started:.0f}")]
        lines += [f"       {count} x fsck.vfat: {text}" for text, count in self._dirt().items()]
        return "\n".join(lines + [f"     {fault}" for fault in self.faults])

    def _dirt(self):
        """What fsck.vfat finds, and in how many states."""
        counts = {}
        for found in self.outcomes:
            if found.dirt:
                text = "; ".join(found.dirt)[:DIRT_LEN] + (" (firmware sees no entries)" if found.unreadable else "")
                counts[text] = counts.get(text, 0) + 1
        return counts


def main():
    """Exit status: 0 all passed, 1 something failed, 2 it could not begin."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # so that every QEMU is ended on the way out
    options = _options()
    cases = options.case or (ALL if options.all else DEFAULT)
    print(HEAD, flush=True)
    passed = failed = 0
    with concurrent.futures.ThreadPoolExecutor(max(1, options.jobs)) as machines, \
            concurrent.futures.ThreadPoolExecutor(max(1, options.jobs)) as pool:
        running = [pool.submit(_case, case, options.all or bool(options.case), machines) for case in cases]
        try:
            for future in concurrent.futures.as_completed(running):
                text, good = future.result()
                print(text, flush=True)
                passed, failed = passed + (good is True), failed + (good is False)
        except BaseException:  # an interrupt: what has not begun shall not begin
            pool.shutdown(wait=False, cancel_futures=True)
            machines.shutdown(wait=False, cancel_futures=True)
            raise
    print(LEGEND)
    print(f"{passed} passed, {failed} failed")
    return 1 if failed else 0


def _options():
    parser = argparse.ArgumentParser(description=DESCRIPTION)
    parser.add_argument("case", nargs="*", type=_case_parse,
                        help=f"LOADER:BERTH:FILL, thoroughly; FILL is {', '.join(FILLS)} or {NVRAM}")
    parser.add_argument("--all", action="store_true", help="every case, thoroughly")
    parser.add_argument("--jobs", type=int, default=min(2, os.cpu_count() or 1), help="machines at a time (%(default)s)")
    return parser.parse_args()


def _case_parse(text):
    parts = tuple(text.split(":"))
    if len(parts) != 3 or parts[2] not in (*FILLS, NVRAM):
        raise argparse.ArgumentTypeError(f"{text}: say for example newest:driver:eight")
    return parts


def _case(case, thorough, machines):
    """The case's lines, and whether it passed; None if it could not be played."""
    version, berth, name = case
    directory = os.path.join(paths.WORK, "powercut", "-".join(case))
    try:
        row = Row(loader_get(version), berth, name)
        if name == NVRAM:
            _cut_flash(row, directory, thorough, machines)
        else:
            _cut_esp(row, directory, thorough, machines)
    except Unavailable as error:
        return f"skipped: systemd-boot {version}: {error}", None
    except EXPECTED as error:
        return f"FAIL {' '.join(case)}: {error}", False
    if not row.faults:
        shutil.rmtree(directory, ignore_errors=True)
    return str(row), not row.faults


def _cut_esp(row, directory, thorough, machines):
    """The states with Bootpilot, then those of the same boot without it."""
    for berth in (row.berth, "none"):
        recording = espcuts.record(os.path.join(directory, berth), row.loader, berth, row.name)
        guarded = berth != "none"
        # the order of writes is the firmware's, so reordering them with one systemd-boot is enough
        cuts = recording.cuts(recording.before, recording.journal.disk, thorough and row.loader.name == "newest")
        outcomes = _boot(cuts.distinct, machines, os.path.join(directory, f"{berth}-state"),
                         lambda state, place: espcuts.outcome(recording, state, place, guarded))
        if guarded:
            row.tried, row.outcomes = cuts.tried, outcomes
            if recording.journal.flash_late():
                row.faults.append("a variable was written after the counter was moved: the states do not exist")
            if len(outcomes) < 2:
                row.faults.append("the boot wrote nothing to the ESP: nothing was tried")
        else:
            row.plain = outcomes
        row.faults += [f"{found.state.name}: {fault} (kept in {directory})" for found in outcomes for fault in found.faults]
    unreadable = sum(found.unreadable for found in row.outcomes)
    if unreadable > sum(found.role is None for found in row.plain):
        row.faults.append(f"{unreadable} states have no entries for firmware, but systemd-boot alone starts one")


def _cut_flash(row, directory, thorough, machines):
    recording = flashcuts.record(os.path.join(directory, row.berth), row.loader, row.berth)
    cuts, states = flashcuts.states(recording, thorough)
    row.tried = len(cuts.distinct)
    row.outcomes = _boot(states, machines, os.path.join(directory, "state"),
                         lambda state, place: flashcuts.outcome(recording, state, place))
    row.faults += [f"{found.state.name}: {fault} (kept in {directory})" for found in row.outcomes for fault in found.faults]


def _boot(states, machines, place, outcome):
    """The Outcome of each of STATES, in order."""
    running = [machines.submit(outcome, state, f"{place}-{number}") for number, state in enumerate(states)]
    return [future.result() for future in running]


def _roles(outcomes):
    """a4 p1: active was started four times, passive once."""
    counts = {}
    for found in outcomes:
        letter = found.role[0] if found.role else "-"
        counts[letter] = counts.get(letter, 0) + 1
    return " ".join(f"{letter}{count}" for letter, count in sorted(counts.items(), key=lambda pair: "aprs-".find(pair[0])))
