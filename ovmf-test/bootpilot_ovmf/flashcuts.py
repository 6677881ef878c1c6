# SPDX-License-Identifier: Apache-2.0
"""Power fails while variables are written: the flash after each write, which is one byte, is booted again.

The recorded boot is the third, so that both slots of Bootpilot's record are in use and the older one is replaced. The
disk is as it was before, since the counter is moved afterwards. What must hold: active is started, nobody is taken for a
person who asked for it, nothing is reset, a record is still valid.
"""

import os
import re
import shutil

from . import fill
from .espcuts import BEHAVIOUR, Outcome, Recording, role_of
from .machine import Machine
from .nvram import VARIABLE

OWN_NAMES = [name.encode("utf-16-le") for name in ("BootpilotRecord", "LoaderEntryOneShot")]
BOOTS_BEFORE = 2
STRIDE = 4  # of the bytes in a field, and of the firmware's own fields, each fourth
# Rightly remarked: the launch is recorded and the counter did not move; the choice was written and not yet read.
REMARKS = {"counter-frozen", "one-shot-leftover"}
LEAD_IN = 2  # states before the first byte of a new variable: untouched, and the old one marked


def record(directory, loader, berth):
    """The Recording of a later boot, whose firmware has its own variables in order."""
    machine = Machine(directory, loader, berth)
    fill.few(machine)
    for _ in range(BOOTS_BEFORE):
        machine.boot(BEHAVIOUR)
    return Recording(machine)


def states(recording, thorough):
    """(all Cuts, the States that are booted): where a field begins, while Bootpilot's and systemd-boot's variables are
    written. If THOROUGH, more of them, and some of the firmware's own variables, which it writes at each boot."""
    cuts = recording.cuts(recording.flash_before, recording.journal.flash)
    steps = _steps(cuts)
    first = _first_own(cuts, steps, recording)
    edges = [i for i in range(1, len(steps)) if steps[i] != steps[i - 1] + 1]  # a field begins
    own = [i for i in edges if i >= first]
    if thorough:
        chosen = [i for i in edges if i < first][::STRIDE]
        chosen += sorted({*own, *(i - 1 for i in own), *range(first, len(steps), STRIDE)})
    else:
        chosen = own
    return cuts, [cuts.distinct[i] for i in chosen]


def outcome(recording, state, directory):
    """Boots STATE in DIRECTORY."""
    machine = recording.machine.twin(directory, recording.before, recording.flash_before)
    state.apply(machine.flash)
    found, result = Outcome(state), machine.boot(BEHAVIOUR)
    found.role = role_of(result.entry)
    decision = result.decision
    wanted = {"role": "active", "reason": "active-trying", "action": "boot", "record": "valid"}
    remarks = set(decision["remarks"].split(",")) if "remarks" in decision else set()
    if found.role != "active" or result.ended != "shutdown" or not remarks <= REMARKS or \
            any(decision.get(key) != value for key, value in wanted.items()):
        found.faults.append(f"started {found.role or 'nothing'}, ended with {result.ended}: {result.line or 'no decision'}")
    else:
        shutil.rmtree(directory, ignore_errors=True)
    return found


def _steps(cuts):
    """The address that each state changed last."""
    steps, before = [0], {}
    for state in cuts.distinct[1:]:
        number, data = next((number, data) for number, data in state.sectors.items() if before.get(number) is not data)
        old = before.get(number) or cuts.base[number * len(data):(number + 1) * len(data)]
        steps.append(number * len(data) + next(i for i in range(len(data)) if data[i] != old[i]))
        before = state.sectors
    return steps


def _first_own(cuts, steps, recording):
    """The first state in which a variable of Bootpilot or systemd-boot is touched."""
    with open(recording.machine.flash, "rb") as file:
        after = file.read()
    headers = [match.start() - VARIABLE.size for name in OWN_NAMES for match in re.finditer(re.escape(name), after)
               if cuts.base[match.start():match.end()] != name]
    return steps.index(min(headers)) - LEAD_IN
