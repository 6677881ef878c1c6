# SPDX-License-Identifier: Apache-2.0
"""Machines whose time is counted in instructions: every boot of the same disk takes the same time, on any host.

QEMU's -icount makes 32 ns of each instruction and jumps over sleep. The benchmark's OS (ovmf-test/bench-efi/os.c) reads the time
stamp counter, which then is the virtual time since power-on, first thing. A reset does not end QEMU here: the clock goes on,
so one run tells how long it takes until an OS works, and how many resets lie before it.
"""

import os
import shutil

from . import berths, disk, paths, qemu, serial
from .machine import ENTRIES, Machine

BENCH_OS = os.path.join(paths.OUT, "bench-os.efi")
FLOOR = os.path.join(paths.OUT, "bench-floor.efi")
ICOUNT = "shift=5,sleep=off"
LIMIT_S = 300       # processor time for one run; a boot needs about 10
LIMIT_WALL_S = 900
RESETS_MAX = 6      # a machine that was reset more often is taken to do so for ever: three tries are what an entry has
ROLES = ("active", "passive", "recovery", "statereset")
IMAGE = r"\EFI\test\{}.efi"

# What is started, beside the berths of Bootpilot: the OS itself by the firmware, and systemd-boot with the floor driver.
OTHERS = {
    "os": berths.Berth({}, options=(("OS", IMAGE.format("active")),)),
    "floor": berths.Berth({berths.DRIVER: FLOOR}),
}


def resets(events):
    """How many of QEMU's EVENTS are resets of the machine."""
    return sum(event["event"] == "RESET" for event in events)


class Run:
    """From power-on to the first OS that works. SECONDS of virtual time (None: none did), RESETS before it, the ENTRY."""

    def __init__(self, events, raw, ended):
        reports = serial.reports(serial.plain(raw))
        last = reports[-1] if reports and "clock" in reports[-1] and ended == "shutdown" else {}
        self.seconds = int(last["clock"]) / 1e9 if last else None
        self.resets = resets(events)
        self.entry, self.ended = last.get("entry"), ended


class Clocked(Machine):
    """A machine with four entries, of which active is booted, whose images are the benchmark's OS."""

    def __init__(self, directory, loader, system, broken=None):
        if system in OTHERS:
            super().__init__(directory, loader, "none")
            self.berth = OTHERS[system]
            self._install_bootpilot()
            self.boot_options(self.berth.options)
        else:
            super().__init__(directory, loader, system)
        self.images.testos = paths.read(BENCH_OS, "run make bench-images")
        counted = "+3" if broken else ""
        for number, role in enumerate(ROLES, 1):
            self.entry(f"{role}{counted}.conf", sort_key=f"000{number}",
                       options="crash" if broken == "crash" and role == "active" else None,
                       state="truncated" if broken == "unloadable" and role == "active" else "ok")
        if not self.berth.images or system == "floor":
            self.loader_conf("timeout 0\ndefault active*\n")

    def crowd(self, prefix, count):
        """COUNT more entries, PREFIX0000.conf and so on."""
        self.image(IMAGE.format("shared"))
        directory = os.path.join(self.directory, "many")
        os.makedirs(directory)
        for number in range(count):
            with open(os.path.join(directory, f"{prefix}{number:04}.conf"), "w", encoding="ascii") as file:
                file.write(f"title Many\nsort-key zz\nversion {number}\nlinux /EFI/test/shared.efi\n")
        names = [os.path.join(directory, name) for name in sorted(os.listdir(directory))]
        if names:
            disk.call(["mcopy", "-o", "-m", "-i", f"{self.disk.path}@@{disk.START[disk.ESP]}", *names,
                       "::" + ENTRIES.replace("\\", "/") + "/"])
        shutil.rmtree(directory)

    def run(self):
        """One Run of the machine, which keeps its disk and its variables."""
        self.boots += 1
        log = os.path.join(self.directory, f"run-{self.boots:02}.serial")
        arguments = [{qemu.HURRY[1]: ICOUNT, "base=utc": "base=2026-01-01,clock=vm"}.get(word, word)
                     for word in qemu.machine_arguments(self.firmware, self.flash, self.disk.path, hurry=True)]
        with qemu.Qemu([*arguments, "-action", "reboot=reset"], log) as machine:
            patience, ended = qemu.Patience(LIMIT_S, LIMIT_WALL_S), None
            while ended is None:
                ended = machine.poll(0.1)
                if ended is None and resets(machine.events) > RESETS_MAX:
                    ended = "endless"
                if ended is None:
                    ended = patience.over(machine)
            return Run(machine.events, machine.serial(), ended)
