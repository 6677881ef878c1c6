# SPDX-License-Identifier: Apache-2.0
"""Power fails while a real Linux writes to the ESP: what bootpilotctl does there is taken down, cut at every write, and booted.

Linux runs as active. In the states that are booted its image is the test OS: the first sectors of the file are replaced, which no
command writes to. So a state is booted in seconds, and says who it is.
"""

import os
import shutil

from bootpilot_ovmf import cuts, espcuts
from bootpilot_ovmf.disk import DiskError
from bootpilot_ovmf.espview import EspView
from bootpilot_ovmf.images import os_release
from bootpilot_ovmf.journal import SECTOR, Journal, writes_read
from bootpilot_ovmf.power import Power
from linux.computer import Computer

ACTIVE = "/EFI/kairos/active.efi"
TORN_MOST = 4  # cuts of one long write: the page cache writes an image as one
TYPED = {"bless": "true", "re-arm": "bootpilotctl bad passive; bootpilotctl re-arm passive; bootpilotctl re-arm recovery",
         "install": "bootpilotctl install", "remove": "bootpilotctl remove"}
OPERATIONS = tuple(TYPED)


class Recorded:
    """MACHINE, in which Linux ran as active and OPERATION was typed. Its disk as it was before, with the test OS as active; the writes
    since power-on; the variables before and after."""

    def __init__(self, directory, loader, uki, operation):
        self.machine = Computer(directory, loader, "none" if operation == "install" else "net", uki)
        self.machine.install("active", "+2-1")
        for number, role in enumerate(("passive", "recovery", "statereset"), 2):
            self.machine.entry(f"{role}+1-2.conf", sort_key=f"000{number}")
        self.machine.tell(espcuts.BEHAVIOUR)
        self.machine.order(f"{TYPED[operation]}\nsync\n", active="works")
        self.before, self.flash_before = (os.path.join(directory, name) for name in ("before.img", "before.fd"))
        shutil.copyfile(self.machine.disk.path, self.before)
        shutil.copyfile(self.machine.flash, self.flash_before)
        journal = self.machine.power.journal = Journal(directory)
        boot = self.machine.power_cycle()
        self.machine.power.journal = None
        if boot.role != "active" or boot.facts.get("commands") != "0":
            raise DiskError(f"{directory}: {operation} did not work in {boot.role or 'nothing'}:\n{boot.said}")
        with open(self.before, "rb") as file:
            base = file.read()
        self.cuts = cuts.Cuts(base, writes_read(journal.disk), torn_most=TORN_MOST)
        self._replace_active()

    def _replace_active(self):
        """The test OS stands at the beginning of active's image in `before`."""
        testos = self.machine.images.build("ok", os_release("test", None))
        with open(self.before, "r+b") as file:
            at = file.read().find(self.machine.uki_bytes[:len(testos)])
            if at < 0 or at % SECTOR:
                raise DiskError(f"{self.before}: the beginning of {ACTIVE} is not in one piece")
            file.seek(at)
            file.write(testos)
        touched = range(at // SECTOR, (at + len(testos)) // SECTOR + 1)
        if any(number in touched for state in self.cuts.distinct for number in state.sectors):
            raise DiskError(f"{self.before}: {ACTIVE} was written to")


class Outcome:
    """What became of STATE: the ROLE that was started, whether fsck.vfat found it CLEAN, the role that bootpilotctl has FORESEEN, what
    is wrong."""

    def __init__(self, state):
        self.state, self.role, self.clean, self.foreseen, self.faults = state, None, False, None, []


def outcome(recorded, state, directory, flash):
    """Boots STATE in DIRECTORY with the variables FLASH. An OS of active or passive must start, and bootpilotctl must foresee it."""
    machine = recorded.machine.twin(directory, recorded.before, flash)
    machine.power = Power(machine.firmware, machine.flash, machine.disk.path)
    state.apply(machine.disk.path)
    found = Outcome(state)
    _look(machine, directory, found)
    result = machine.boot(espcuts.BEHAVIOUR)
    found.role = espcuts.role_of(result.entry)
    if found.role not in ("active", "passive"):
        found.faults.append(f"started {found.role or 'nothing'}")
    if result.ended != "shutdown":
        found.faults.append(f"the machine ended with {result.ended}")
    if found.foreseen not in (None, found.role):
        found.faults.append(f"bootpilotctl foresees {found.foreseen}, started was {found.role}")
    if not found.faults:
        shutil.rmtree(directory, ignore_errors=True)
    return found


def _look(machine, directory, found):
    """As bootpilotctl sees the ESP. A file that was being written may have a size and no clusters yet; mtools then copy nothing."""
    try:
        view = EspView(machine.disk, directory)
    except DiskError:
        return
    found.clean, found.foreseen = view.clean, view.plan()
