# SPDX-License-Identifier: Apache-2.0
"""What a running OS can do with Bootpilot's record: the test OS ends the boot services and tries, and leaves its report in a
variable (ovmf-test/testos/runtime.c)."""

from . import berths, nvram
from .machine import Machine

TESTOS = "b0079170-0000-4000-8000-000000000505"
RECORDS = ("BootpilotRecord0", "BootpilotRecord1")
HIDDEN = nvram.NV | nvram.BS
THERE, ABSENT = "Bootpilot has one", "Bootpilot has none yet"

# What must come of each operation: where Bootpilot has made the variable, and where it does not exist.
OPERATIONS = {
    "reads": ("not found", "not found"),
    "lists": ("not found", "not found"),
    "writes without runtime access": ("write protected", "invalid parameter"),
    "appends": ("write protected", "success"),
    "deletes with attributes 0": ("write protected", "success"),
    "deletes": ("write protected", "not found"),
    "writes": ("write protected", "success"),
}
NEXT, THEN, LEFT = "the record at the next boot", "the record at the boot after that", "what is there then"
OURS = "Bootpilot's alone"
AFTER = {NEXT: ("valid", "refused"), THEN: ("valid", "valid"), LEFT: (OURS, OURS)}
CONTROL = "reads BootpilotDecision, which is for it"


class RecordPlay:
    """As a Play: a machine on which the OS is the attacker."""

    def __init__(self, loader, secure):
        self.secure = secure
        self.name, self.version = "record, Secure Boot " + ("on" if secure else "off"), loader.name
        self.cells = {}
        for row, wanted in {CONTROL: ("success", "not found"), **OPERATIONS, **AFTER}.items():
            for column, text in zip((THERE, ABSENT), wanted):
                self.cells["record", row, self._column(column)] = text, None

    def run(self, directory, loader, _, took):
        """Plays everything, whatever is asked for: it is a few boots."""
        machine = Machine(directory, loader, "driver", secure_boot=self.secure)
        for role in ("active", "passive", "recovery"):
            machine.entry(f"{role}+3.conf", sort_key=role)
        for _ in range(2):
            machine.boot("fails")
        self._probe(machine, THERE, took)
        self._after(machine, THERE, took)

        driver, store = machine.disk.read(berths.DRIVER), machine.nvram()
        store.set("TestosForgery", TESTOS, store.get(RECORDS[0], nvram.BOOTPILOT).data)
        for name in RECORDS:
            store.delete(name, nvram.BOOTPILOT)
        store.save()
        machine.disk.remove(berths.DRIVER)  # an OS that was there before Bootpilot
        self._probe(machine, ABSENT, took)
        machine.disk.write(berths.DRIVER, driver)
        self._after(machine, ABSENT, took)

    def _probe(self, machine, column, took):
        store = machine.nvram()
        store.delete("TestosSaw", TESTOS)
        store.save()
        result = machine.boot("probes")
        saw = machine.nvram().get("TestosSaw", TESTOS)
        if saw is None:
            raise ValueError(f"the test OS left no report; it ended with {result.ended}")
        statuses = dict(line.split("=") for line in saw.text().split("\n") if line)
        took(("record", CONTROL, self._column(column)), statuses["reads BootpilotDecision"])
        for operation in OPERATIONS:
            both = sorted({statuses[f"{operation} {name}"] for name in RECORDS})
            took(("record", operation, self._column(column)), ", ".join(both))

    def _after(self, machine, column, took):
        for row in (NEXT, THEN):
            took(("record", row, self._column(column)), machine.boot("fails").decision.get("record", "no decision"))
        found = [machine.nvram().get(name, nvram.BOOTPILOT) for name in RECORDS]
        odd = [f"{one.name} with attributes {one.attributes}" for one in found if one is not None and one.attributes != HIDDEN]
        took(("record", LEFT, self._column(column)), ", ".join(odd) or OURS)

    def _column(self, column):
        return f"{column}, Secure Boot {'on' if self.secure else 'off'}"
