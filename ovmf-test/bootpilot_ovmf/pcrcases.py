# SPDX-License-Identifier: Apache-2.0
"""Which boots with Bootpilot are compared with the one without it, and what of their PCRs must come out."""

import hashlib
import struct

from .disk import ESP
from .eventlog import EVENT_TAG, differences
from .machine import ENTRIES
from .tpm import PCRS

EQUAL = "="
TAG = 0x42504C54  # efi/measure.c: tells Bootpilot's tagged events from others
# From this version on systemd-boot measures loader.conf into PCR 5, each time that it starts.
LOADER_CONF_MEASURED = 255
RESET_BOOTS = 3  # handoff reset: one that leaves a record, one that chooses and resets, one that starts the OS


class Case:
    """NAME as the table has it; BERTH and CONFIG of Bootpilot; WANTED: PCR -> cell, of all others it is `=`. A cell is a
    text, or two: for systemd-boot that does not measure loader.conf, and that does. UNSEALS: the secret must come out.
    LABEL: of Bootpilot's own event. BOOTS are needed, of which the last one is compared."""

    def __init__(self, name, berth, config="", wanted=None, unseals=True, label=None, otherwise_signed=False, passive=False,
                 boots=1):
        self.name, self.berth, self.config, self.unseals, self.label = name, berth, config, unseals, label
        self.otherwise_signed, self.passive, self.boots = otherwise_signed, passive, boots
        self._wanted = wanted or {}

    def wanted(self, series):
        """The cells that a systemd-boot of this SERIES must give."""
        cells = {pcr: EQUAL for pcr in PCRS}
        for pcr, cell in self._wanted.items():
            cells[pcr] = cell if isinstance(cell, str) else cell[series >= LOADER_CONF_MEASURED]
        return cells

    def play(self, machine):
        """The Boot to compare, of a MACHINE without Bootpilot."""
        machine.move(self.berth)
        if self.config:
            machine.configure(self.config)
        if self.otherwise_signed:
            machine.sign_otherwise()
        if self.passive:
            machine.disk.remove(rf"{ENTRIES}\active.conf", ESP)
        if self.boots == RESET_BOOTS:
            machine.measured()  # a record of an earlier power cycle is needed
            machine.lap()
        return machine.measured("passive.conf" if self.passive else "active.conf")


class Row:
    """What came out of CASE with a systemd-boot LOADER. seen: cells (of all PCRs, in order), events (PCR -> what came, went
    and changed), odd (PCRs whose values and events do not tell the same), unseals, tag (Bootpilot's own event)."""

    def __init__(self, case, loader, seen):
        self.case, self.loader, self.seen = case, loader, seen

    def faults(self):
        """What is not as it must be."""
        wanted = self.case.wanted(self.loader.series)
        faults = [f"PCR {pcr} is {cell}, not {wanted[pcr]}" for pcr, cell in zip(PCRS, self.seen["cells"]) if cell != wanted[pcr]]
        faults += [f"PCR {pcr}: its values and its events do not tell the same" for pcr in self.seen["odd"]]
        if self.seen["unseals"] != self.case.unseals:
            faults.append("the secret is given away" if self.seen["unseals"] else "the secret is refused")
        tag = tagged_event(self.case.label) if self.case.label else None
        if self.seen["tag"] != tag:
            faults.append(f"the tagged event in PCR 5 is {self.seen['tag'] or 'missing'}, not {tag or 'none'}")
        return faults


def compare(base, boot, unseals):
    """What there is to be seen of BOOT, beside BASE without Bootpilot."""
    found = differences(base.events, boot.events, PCRS)
    cells = [found[pcr].short() for pcr in PCRS]
    # the log explains the values, so there are odd ones only if the comparison itself is wrong
    return {"cells": cells, "events": {str(pcr): found[pcr].lines() for pcr in PCRS if found[pcr]}, "unseals": unseals,
            "odd": [pcr for pcr, cell in zip(PCRS, cells) if (base.pcrs[pcr] == boot.pcrs[pcr]) != (cell == EQUAL)],
            "tag": next((f"{event.data.hex()} {event.digest.hex()}" for event in boot.of(5) if _is_ours(event)), None)}


def tagged_event(label):
    """Bootpilot's event, data and digest: TCG_PCClientTaggedEvent with its own tag. The same in each boot with this LABEL."""
    data = struct.pack("<II", TAG, len(label)) + label.encode()
    return f"{data.hex()} {hashlib.sha256(label.encode()).hexdigest()}"


def _is_ours(event):
    return event.kind == EVENT_TAG and struct.unpack_from("<I", event.data)[0] == TAG


# Bootpilot and systemd-boot again are started by systemd-boot; the firmware measures both.
TWO_STARTS = {4: "+2", 5: (EQUAL, "+1 ~1")}

CASES = [
    Case("driver", "driver", wanted={2: "+1"}),
    Case("driver + net", "net", wanted={1: "+1 ~1", 2: "+1"}),
    Case("entry", "entry", wanted=TWO_STARTS),
    Case("Type #2", "type2", wanted=TWO_STARTS),
    Case("first", "first", wanted={1: "+1 ~1", 4: "+1"}),
    Case("entry, `handoff reset`", "entry", "handoff reset\n", wanted={5: (EQUAL, "~1")}, boots=RESET_BOOTS),
    Case("driver, `measure yes`", "driver", "measure yes\n", wanted={2: "+1", 5: "+1"},
         label="bootpilot:role=active"),
    # another file is started: its event names it
    Case("driver, `measure yes`, passive", "driver", "measure yes\n", wanted={2: "+1", 4: "+1 -1", 5: "+1", 11: "~1"},
         unseals=False, passive=True, label="bootpilot:role=passive"),
    Case("driver, another certificate", "driver", wanted={2: "+1", 7: "+1"}, unseals=False, otherwise_signed=True),
    Case("entry, another certificate", "entry", wanted={**TWO_STARTS, 7: "+1"}, unseals=False, otherwise_signed=True),
]
SHORT = ("driver", "entry")
