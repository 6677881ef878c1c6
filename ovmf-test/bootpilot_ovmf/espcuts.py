# SPDX-License-Identifier: Apache-2.0
"""Power fails while systemd-boot counts: every state of the ESP is looked at and booted again.

The flash is as the boot left it: Bootpilot and systemd-boot write their variables before the counter is moved, which is
checked. What must hold: the role whose name is still there is started, else the next one; nothing is reset; no other
file has changed; bootpilotctl foresees it.

One state is beyond any program that does not write to the ESP: while the directory itself grows, its chain of clusters may
end in a free one, and the firmware takes such a directory for empty. Then nothing is demanded but that plain systemd-boot
starts nothing either.
"""

import os
import shutil

from . import cuts
from .disk import DiskError
from .espview import EspView
from .fill import FILLS
from .images import identifier
from .journal import Journal, writes_read
from .machine import Machine

BEHAVIOUR = "works-unheard"  # the OS switches off and writes nothing


class Recording:
    """One boot of MACHINE, whose writes were taken down. before, flash_before: the images as they were, files
    those on the ESP; the machine's own are as they were after it."""

    def __init__(self, machine):
        self.machine = machine
        machine.tell(BEHAVIOUR)
        self.before, self.flash_before = (os.path.join(machine.directory, name) for name in ("before.img", "before.fd"))
        shutil.copyfile(machine.disk.path, self.before)
        shutil.copyfile(machine.flash, self.flash_before)
        self.files = EspView(machine.disk, machine.directory).files()
        self.journal = machine.power.journal = Journal(machine.directory)
        with self.journal:
            self.result = machine.boot(BEHAVIOUR)
        machine.power.journal = None

    def cuts(self, image, log, reordered=False):
        with open(image, "rb") as file:
            return cuts.Cuts(file.read(), writes_read(log), reordered)


class Outcome:
    """What became of one state. role: of the OS that started, or None; faults: what should not be; unreadable: firmware
    cannot read the directory of the entries."""

    def __init__(self, state):
        self.state, self.role, self.names = state, None, []
        self.clean, self.dirt, self.unreadable, self.faults = False, [], False, []

    def lost(self):
        """True if the entry that was counted has no name any more."""
        return not any(identifier(name).rsplit(".", 1)[0] == "active" for name in self.names)

    def expected(self):
        """The role that must start."""
        return "active" if any(role_of(identifier(name)) == "active" for name in self.names) else "passive"


def record(directory, loader, berth, fill):
    """The Recording of the first boot of a machine filled by FILL, a name of FILLS."""
    machine = Machine(directory, loader, berth)
    FILLS[fill](machine)
    recording = Recording(machine)
    if role_of(recording.result.entry) != "active":
        raise DiskError(f"{directory}: the undisturbed boot started {recording.result.entry or 'nothing'}, not active")
    return recording


def outcome(recording, state, directory, guarded):
    """Boots STATE in DIRECTORY. GUARDED: with Bootpilot, of which more is asked."""
    machine = recording.machine.twin(directory, recording.before, recording.machine.flash)
    state.apply(machine.disk.path)
    found = Outcome(state)
    files = _look(machine, found, guarded)
    result = machine.boot(BEHAVIOUR)
    found.role = role_of(result.entry)
    if guarded and not found.unreadable:
        _judge(found, result)
        found.faults += _changed(recording, files)
    if not found.faults:
        shutil.rmtree(directory, ignore_errors=True)
    return found


def role_of(entry):
    """active_extra.conf -> active; None stays None."""
    return entry and entry.rsplit(".", 1)[0].split("_")[0]


def _look(machine, found, guarded):
    """Reads the ESP before it is booted. Returns its files."""
    try:
        found.names = machine.names()
        view = EspView(machine.disk, machine.directory)
    except DiskError as error:
        found.faults.append(f"a directory cannot be read: {error}")
        return {}
    found.clean, found.dirt, found.unreadable = view.clean, view.dirt, view.chain_broken
    if guarded:
        expected, plan = found.expected(), view.plan()
        if plan != expected:
            found.faults.append(f"bootpilotctl foresees {plan}, not {expected}")
    return view.files()


def _judge(found, result):
    expected = found.expected()
    if found.role != expected:
        found.faults.append(f"started {found.role or 'nothing'}, not {expected}")
    if result.ended != "shutdown":
        found.faults.append(f"the machine ended with {result.ended}")
    if result.decision.get("role") != expected or result.decision.get("action") != "boot":
        found.faults.append(f"decided {result.line or 'nothing'}")


def _changed(recording, files):
    """Files that a cut must not have touched: all but the one that was renamed."""
    return [f"{path} is {'changed' if path in files else 'gone'}"
            for path, digest in recording.files.items() if files and not _renamed(path) and files.get(path) != digest]


def _renamed(path):
    return "+" in path and role_of(identifier(os.path.basename(path))) == "active" and "_" not in path
