# SPDX-License-Identifier: Apache-2.0
"""The third judge: plays a scenario on real firmware with the real systemd-boot, and compares."""

import os
import time

from . import serial
from .disk import DiskError
from .images import identifier
from .machine import Machine
from .qemu import QemuError
from .stage import BEHAVIOUR, Stage
from .typist import Typist

TAIL_LINES = 25
BRIEF = "reset-delay 1"  # ten seconds of countdown prove no more than one; a line of the scenario's own overrules it


class Mismatch(Exception):
    """What was expected and what came."""


class Verdict:
    """The outcome of one scenario with one systemd-boot in one berth. reason is None if it passed."""

    def __init__(self, scenario, loader, berth):
        self.scenario, self.loader, self.berth = scenario, loader, berth
        self.boots, self.seconds, self.reason, self.tail, self.directory = [], 0, None, "", ""

    def __str__(self):
        what = f"{self.loader.short():7} {self.berth:6} {self.scenario.name}"
        if self.reason is None:
            return f"ok   {what}  (boots: {' '.join(self.boots)}, {self.seconds:.0f} s)"
        tail = "\n".join("     | " + line for line in self.tail.split("\n")[-TAIL_LINES:])
        return f"FAIL {what}\n     {self.reason}\n     kept in {self.directory}\n{tail}"


def judge(scenario, loader, berth, directory, verbose=None):
    """Plays SCENARIO in DIRECTORY and returns the Verdict. VERBOSE(text) is told about each boot."""
    verdict = Verdict(scenario, loader, berth)
    verdict.directory = directory
    started = time.monotonic()
    try:
        machine = Machine(directory, loader, berth, scenario.secure_boot, scenario.needs_xbootldr())
        _play(scenario, machine, verdict, verbose)
    except (Mismatch, DiskError, QemuError, OSError, ValueError, TypeError) as error:
        verdict.reason = str(error)
    verdict.seconds = time.monotonic() - started
    return verdict


def _play(scenario, machine, verdict, verbose):
    stage, result = Stage(machine), None
    if scenario.awaits_reset():
        stage.configure(BRIEF)
    for index, step in enumerate(scenario.steps):
        if step.kind == "given":
            stage.given(step.rest)
        elif step.kind == "when":
            stage.when(step.rest, result)
        elif step.kind == "names":
            _compare_names(step, machine)
        else:
            result = _boot(scenario, index, machine)
            verdict.boots.append(_short(result))
            verdict.tail = result.serial
            if verbose:
                verbose(f"     {step}\n     {result.seconds:5.1f} s  boots {_short(result)}, then {result.ended}; "
                        f"{result.line or 'no decision'}; now {' '.join(machine.names())}")
            _compare(step, result)


def _boot(scenario, index, machine):
    when, keys = scenario.behaviour_after(index), serial.words(scenario.steps[index].rest).get("keys")
    watch = Typist(keys.split(",")) if keys else None
    if when is not None:
        return machine.boot(BEHAVIOUR[when.rest], watch=watch)
    # behind the last `then` nothing is looked at any more
    return machine.boot("works-unheard" if scenario.is_last_boot(index) else "fails", watch=watch)


def _compare(step, result):
    wanted = serial.words(step.rest)
    boots, _ = wanted.pop("boots", None), wanted.pop("keys", None)
    for key, value in wanted.items():
        actual = result.decision.get(key, "none" if key == "role" and result.decision else "")
        if actual != value:
            line = result.line or f"no decision was made; the machine ended with {result.ended}"
            raise Mismatch(f"{step}\n     expected {key}={value}, came {key}={actual or '(nothing)'}: {line}")
    boots = boots or result.decision.get("entry")
    if boots and not _is(boots, result.entry):
        raise Mismatch(f"{step}\n     {boots} should have been started, it was {result.entry or 'nothing'} "
                       f"(ended with {result.ended}); {result.line or 'no decision'}")
    if result.ended == "timeout":
        raise Mismatch(f"{step}\n     the machine did not come to an end")


def _compare_names(step, machine):
    wanted, actual = sorted(step.rest.split()), machine.names()
    if wanted != actual:
        raise Mismatch(f"{step}\n     the names are {' '.join(actual)}")


def _is(wanted, entry):
    """`active` is any of active.conf and active.efi; `none` is nothing at all."""
    if entry is None or wanted == "none":
        return entry is None and wanted == "none"
    wanted, entry = identifier(wanted).lower(), entry.lower()
    return entry == wanted or os.path.splitext(entry)[0] == wanted


def _short(result):
    return os.path.splitext(result.entry)[0] if result.entry else f"({result.ended})"
