# SPDX-License-Identifier: Apache-2.0
"""README's chapter on installing, typed into the system of a machine that has plain systemd-boot: installed, looked at, needed
in earnest, removed."""

import struct

from bootpilot_ovmf import berths, images, nvram
from linux import readme
from linux.play import Play, TAIL_LINES

FILES = (berths.DRIVER, berths.APPLICATION)
LOADER, BOOTPILOT, OTHER = "systemd-boot", "Bootpilot", "Witness"  # boot options by their names
ACTIVE = r"\EFI\kairos\active.efi"


class Installation(Play):
    """Plays on a MACHINE of berth `none`."""

    def life(self, number=1):
        self._say(f"\n{number}. README's chapter on installing, typed into a machine with plain systemd-boot.")
        for role in ("active", "passive", "recovery", "statereset"):
            self.machine.install(role, "+3")
        return self._installed() and self._looked_at() and self._needed() and self._removed()

    def _installed(self):
        boot = self._typed("install", "active", None)
        self._is("BootpilotDecision", boot.decision, {})
        self._is("the entries afterwards", self.machine.names(),
                 ["active.conf", "passive+3.conf", "recovery+3.conf", "statereset+3.conf"])
        self._there(True)
        return self._told(boot)

    def _looked_at(self):
        boot = self._typed("look", "active", "driver")
        self._is("status says why", "This boot: active (active.conf), because active is good." in boot.said, True)
        return self._told(boot)

    def _needed(self):
        """Firmware refuses active's image: systemd-boot gives up, and the net starts passive in the same power cycle."""
        self.machine.disk.write(ACTIVE, images.with_bad_relocations(self.machine.uki_bytes))
        boot = self._typed("remove", "passive", "net")
        self._is("the reason", boot.decision.get("reason"), "active-unbootable")
        self._there(False)
        return self._told(boot)

    def _removed(self):
        self.machine.disk.write(ACTIVE, self.machine.uki_bytes)
        boot = self._typed(None, "active", None)
        self._is("BootpilotDecision", boot.decision, {})
        return self._told(boot)

    def _typed(self, block, role, berth):
        """A boot in which ROLE must come up, started from BERTH, and README's BLOCK is typed."""
        self.before = self.failed
        lines = readme.typed(block) if block else []
        boot = self.machine.live(commands=readme.script(lines), **{role: "works"})
        self._row(boot, self.machine.names())
        self._is("the entry that was started", boot.role, role)
        self._is("the end of the power cycle", boot.ended, "shutdown")
        self._is("the berth", boot.decision.get("berth"), berth)
        self._is("the ESP before and after", [boot.facts.get("esp-before"), boot.facts.get("esp")], ["ro", "ro"])
        self._is("what was typed, and its exit status", readme.statuses(boot.said), {line: 0 for line in lines})
        self._is("units that failed", boot.facts.get("failed-units", "no report").split(), [])
        return boot

    def _there(self, wanted):
        """Bootpilot's files, and its boot option directly behind the one of systemd-boot; or neither."""
        disk = self.machine.disk
        self._is("Bootpilot's files", [path for path in FILES if disk.exists(path)], list(FILES) if wanted else [])
        self._is("the boot order", self._order()[:3 if wanted else 2],
                 [LOADER, BOOTPILOT, OTHER] if wanted else [LOADER, OTHER])
        self._is("boot options of Bootpilot", self._options().count(BOOTPILOT), int(wanted))

    def _order(self):
        store = self.machine.nvram()
        order = store.get("BootOrder", nvram.GLOBAL).data
        return [_description(store.get(f"Boot{number:04X}", nvram.GLOBAL).data)
                for number, in struct.iter_unpack("<H", order)]

    def _options(self):
        return [_description(variable.data) for variable in self.machine.nvram().variables
                if variable.vendor == nvram.GLOBAL and variable.name[:4] == "Boot" and len(variable.name) == 8
                and variable.name[4:].isalnum() and variable.name != "BootNext"]

    def _told(self, boot):
        """False if this boot was not as it must be: what follows would be about another machine."""
        if self.failed > self.before:
            self._say("\n".join("      > " + line for line in boot.said.split("\n")))
            self._say("\n".join("      | " + line for line in boot.serial.split("\n")[-TAIL_LINES:]))
        return self.failed == self.before


def _description(option):
    """The name in a Boot#### variable: UTF-16 behind attributes and the length of the path."""
    text = option[6:]
    end = next(at for at in range(0, len(text), 2) if text[at:at + 2] == b"\0\0")
    return text[:end].decode("utf-16-le")
