# SPDX-License-Identifier: Apache-2.0
"""The test machine with a real Linux on it: what it is told, and what it says of a boot over the serial line."""

import os
import re

from bootpilot_ovmf import disk, qemu, serial
from bootpilot_ovmf.images import FIRST_BUILD
from bootpilot_ovmf.machine import ENTRIES, Machine
from bootpilot_ovmf.power import Power

ROLES = ("active", "passive", "recovery", "statereset")
TITLE = {"active": "Kairos", "passive": "Kairos (fallback)", "recovery": "Kairos recovery",
         "statereset": "Kairos state reset (auto)"}
UKI_KEY_SINCE = 258  # systemd-boot before it does not know the key `uki` and hides such an entry
MEMORY_MIB, PROCESSORS = 1024, 2
# Emulated by QEMU 7.2, cmpxchg16b spoils the flags, and a kernel 6.12 that uses it panics.
PROCESSOR = "max,cx16=off"
# A boot takes 20 to 40 s of processor time in software emulation; of a busy host it may wait for a long time.
PROCESSOR_LIMIT_S, WALL_LIMIT_S = 240, 900
HANGS_S = 5  # so long the machine stays on that will never do anything again
POLL_S = 0.1
FACT = re.compile(r"^LINUX ([a-z-]+)=(.*)$", re.MULTILINE)
UNIT = re.compile(r"^LINUX unit (\w+)=(.*)$", re.MULTILINE)
BEHAVES = re.compile(r"^LINUX behaves role=(\S*) word=(\S*)", re.MULTILINE)


class LinuxPower(Power):
    """Switches on a machine that is large enough, from the reset vector."""

    def on(self, log, read_only=False, display=False, hurry=False):
        arguments = qemu.machine_arguments(self.firmware, self.flash, self.disk, read_only, display, journal=self.journal)
        arguments[arguments.index("-m") + 1] = str(MEMORY_MIB)
        arguments[arguments.index("-cpu") + 1] = PROCESSOR
        return qemu.Qemu([*arguments, "-smp", str(PROCESSORS)], log)


class LinuxBoot:
    """One power cycle. ended: reset, shutdown, hangs, stopped or timeout. facts: what report said, empty without it."""

    def __init__(self, raw, ended, seconds, processor_seconds):
        self.serial, self.ended = serial.plain(raw), ended
        self.seconds, self.processor_seconds = seconds, processor_seconds
        self.facts = dict(FACT.findall(self.serial))
        self.decision = serial.words(self.facts.get("decision"))
        self.units = _units(UNIT.findall(self.serial))
        self.said = "\n".join(re.findall(r"^LINUX > (.*)$", self.serial, re.MULTILINE))
        self.status = "\n".join(re.findall(r"^LINUX \| (.*)$", self.serial, re.MULTILINE))
        self.journal = "\n".join(re.findall(r"^LINUX journal (.*)$", self.serial, re.MULTILINE))
        behaves = BEHAVES.search(self.serial)
        self.role, self.word = behaves.groups() if behaves else (None, None)


def _units(facts):
    """The state of each unit, out of FACTS as `systemctl show` prints them: Id, ActiveState and Result, in any order."""
    units, of_one = {}, {}
    for key, value in facts:
        if key in of_one:
            of_one = {}
        of_one[key] = value
        if "Id" in of_one:
            units[of_one["Id"]] = of_one
    return units


class Computer(Machine):
    """As Kairos installs it: an image and an entry for each role, the ESP read-only once Linux runs."""

    esp_size = 192 * disk.MIB  # four images, and a fifth while one is being replaced

    def __init__(self, directory, loader, berth, uki):
        super().__init__(directory, loader, berth)
        self.power = LinuxPower(self.firmware, self.flash, self.disk.path)
        with open(uki, "rb") as file:
            self.uki_bytes = file.read()
        self.builds = 0

    def install(self, role, counter="", image=True):
        """ROLE's entry with COUNTER, in place of what it has, and a new image (the same bytes, a later time)."""
        for name in self.disk.names(ENTRIES):
            if re.match(rf"{role}[+.]", name):
                self.disk.remove(rf"{ENTRIES}\{name}")
        key = "uki" if self.loader.series >= UKI_KEY_SINCE else "efi"
        text = (f"title {TITLE[role]}\nsort-key {ROLES.index(role) + 1:04}\n"
                f"{key} /EFI/kairos/{role}.efi\n")
        self.builds += 1
        time = FIRST_BUILD + self.builds * 60
        if image:
            self.disk.write(rf"\EFI\kairos\{role}.efi", self.uki_bytes, time)
        self.disk.write(rf"{ENTRIES}\{role}{counter}.conf", text.encode(), time)

    def good_options(self, options):
        """OPTIONS of `bootpilotctl good` in this machine's configuration."""
        self.disk.write(r"\bootpilot.default", f"BOOTPILOT_GOOD={options}\n".encode())

    def live(self, commands=None, **words):
        """One power cycle in which each role does what WORDS say of it; every other one works. COMMANDS (text) are typed
        into the system that comes up; `said` is what they print, fact `commands` the exit status."""
        self.order(commands, **words)
        return self.power_cycle()

    def order(self, commands=None, **words):
        """Puts COMMANDS and WORDS where the next power cycle finds them."""
        self.disk.remove(r"\commands")
        if commands is not None:
            self.disk.write(r"\commands", commands.encode())
        self.disk.write(r"\behaviour", "".join(f"{role} {word}\n" for role, word in words.items()).encode())

    def power_cycle(self):
        """One LinuxBoot, as ordered."""
        self.boots += 1
        log = os.path.join(self.directory, f"boot-{self.boots:02}.serial")
        with self.power.on(log) as machine:
            ended = _end(machine)
            if ended == "crash":
                raise qemu.QemuError(f"QEMU broke off: {machine.errors()}")
            return LinuxBoot(machine.serial(), ended, machine.seconds(), machine.processor_seconds())


def _end(machine):
    """Waits until MACHINE has ended, or shows that it never will."""
    hangs_since = None
    while True:
        ended = machine.poll(POLL_S)
        if ended:
            return ended
        if machine.processor_seconds() > PROCESSOR_LIMIT_S or machine.seconds() > WALL_LIMIT_S:
            return "timeout"
        if hangs_since is None and b"word=hangs" in machine.serial():
            hangs_since = machine.seconds()
        if hangs_since is not None and machine.seconds() - hangs_since > HANGS_S:
            return "hangs"
