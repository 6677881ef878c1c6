# SPDX-License-Identifier: Apache-2.0
"""Machines whose time is counted in instructions: every boot of the same disk takes the same time, on any host.

QEMU's -icount makes 32 ns of each instruction and jumps over sleep. The benchmark's OS (ovmf-test/bench-efi/os.c) reads the time
stamp counter, which then is the virtual time since power-on, first thing. A reset does not end QEMU here: the clock goes on,
so one run tells how long it takes until an OS works, and how many resets lie before it.

The disk answers in real time, which alone.py keeps out of the count. It is virtio-blk, without the thread that ioeventfd would put
between it and the machine: AHCI rounds every request up to the firmware's tick of 10 ms, this OVMF boots no SD card, and a
machine with NVMe cannot be kept for a warm start.
"""

import datetime
import os
import shutil

from . import alone, berths, disk, memory, paths, power, qemu, serial, warm
from .machine import ENTRIES, Machine

BENCH_OS = os.path.join(paths.OUT, "bench-os.efi")
FLOOR = os.path.join(paths.OUT, "bench-floor.efi")
ICOUNT = "shift=5,sleep=off"
POWER_ON = datetime.datetime(2026, 1, 1)
VIRTUAL_LIMIT_S = 600  # a machine without an OS by then is taken to have none; the slowest to find one needs 150
LIMIT_S = 300       # processor time for one run; a boot needs 3 to 10
LIMIT_WALL_S = 900
RESETS_MAX = 6      # a machine that was reset more often is taken to do so for ever: three tries are what an entry has
ROLES = ("active", "passive", "recovery", "statereset")
IMAGE = r"\EFI\test\{}.efi"

# What is started, beside the berths of Bootpilot: the OS itself by the firmware; systemd-boot alone; that with `default active*`,
# as Kairos sets it, where the others have what their berth needs; and with the floor driver.
OTHERS = {
    "os": berths.Berth({}, options=(("OS", IMAGE.format("active")),)),
    "none": berths.Berth({}),
    "pinned": berths.Berth({}, "active*"),
    "floor": berths.Berth({berths.DRIVER: FLOOR}),
}


def resets(events):
    """How many of QEMU's EVENTS are resets of the machine."""
    return sum(event["event"] == "RESET" for event in events)


def _virtual_seconds(machine):
    """Since power-on, by the clock that MACHINE itself has; 0 if it has just ended, which poll() will tell."""
    try:
        now = machine.command("qom-get", path="/machine", property="rtc-time")
    except qemu.QemuError:
        return 0
    fields = [now["tm_year"] + 1900, now["tm_mon"] + 1, *(now[f"tm_{field}"] for field in ("mday", "hour", "min", "sec"))]
    return (datetime.datetime(*fields) - POWER_ON).total_seconds()


class Run:
    """From power-on to the first OS that works. SECONDS of virtual time (None: none did), RESETS before it, the ENTRY."""

    def __init__(self, events, raw, ended):
        reports = serial.reports(serial.plain(raw))
        last = reports[-1] if reports and "clock" in reports[-1] and ended == "shutdown" else {}
        self.seconds = int(last["clock"]) / 1e9 if last else None
        self.resets = resets(events)
        self.entry, self.ended = last.get("entry") or last.get("options"), ended


class Clocked(Machine):
    """A machine with four entries, of which active is booted, whose images are the benchmark's OS."""

    hardware = ()  # further arguments of QEMU
    memory_mib = memory.MEMORY_MIB

    def __init__(self, directory, loader, system, broken=None):
        super().__init__(directory, loader, OTHERS.get(system, system))
        self.images.testos = paths.read(BENCH_OS, "run make bench-images")
        counted = "+3" if broken else ""
        for number, role in enumerate(ROLES, 1):
            is_broken = broken and role == "active"
            self.entry(f"{role}{counted}.conf", sort_key=f"000{number}",
                       options="crash" if is_broken and broken == "crash" else None,
                       state=broken if is_broken and broken != "crash" else "ok")
        if broken:  # what comes when nothing boots is the firmware's, as on any machine
            self.boot_options([option for option in self.berth.options if option != berths.OPTION_WITNESS])

    def crowd(self, name, count):
        """COUNT more entries, called NAME with their number in place of {}."""
        self.image(IMAGE.format("shared"))
        directory = os.path.join(self.directory, "many")
        os.makedirs(directory)
        for number in range(count):
            with open(os.path.join(directory, name.format(f"{number:04}")), "w", encoding="ascii") as file:
                file.write(f"title Many\nsort-key zz\nversion {number}\nlinux /EFI/test/shared.efi\n")
        names = [os.path.join(directory, name) for name in sorted(os.listdir(directory))]
        if names:
            disk.call(["mcopy", "-o", "-m", "-i", f"{self.disk.path}@@{disk.START[disk.ESP]}", *names,
                       "::" + ENTRIES.replace("\\", "/") + "/"])
        shutil.rmtree(directory)

    def settle(self):
        """Boots once, so that the firmware has written its boot options and Bootpilot its record, and keeps what is then on
        the disk and in the variables."""
        settled = self.run()
        for path in (self.disk.path, self.flash):
            shutil.copyfile(path, path + ".settled")
        return settled

    def run_settled(self):
        """One Run as the first after settle()."""
        for path in (self.disk.path, self.flash):
            shutil.copyfile(path + ".settled", path)
        return self.run()

    def run(self):
        """One Run of the machine, which keeps its disk and its variables. It begins where the firmware's first phases are
        over, with the clock that stood there: those are the same instructions on every machine."""
        self.boots += 1
        log = os.path.join(self.directory, f"run-{self.boots:02}.serial")
        warm.state_with_flash(self._state(), self.flash, log + ".state")
        arguments = [*self._arguments(self.flash), "-action", "reboot=reset", *warm.incoming(log + ".state")]
        with alone.processor() as usual, power.WarmQemu(arguments, log) as machine:
            alone.disk_first(machine, usual)
            patience, ended = qemu.Patience(LIMIT_S, LIMIT_WALL_S), None
            while ended is None:
                ended = machine.poll(0.1)
                if ended is None and resets(machine.events) > RESETS_MAX:
                    ended = "endless"
                if ended is None and _virtual_seconds(machine) > VIRTUAL_LIMIT_S:
                    ended = "nothing"
                if ended is None:
                    ended = patience.over(machine)
            return Run(machine.events, machine.serial(), ended)

    def _state(self):
        code = os.stat(self.firmware.code)
        kind = [word.replace(self.disk.path, "disk") for word in self._arguments("flash")]
        return warm.kept("clocked", [*kind, str(code.st_size), str(code.st_mtime)],
                         lambda path: warm.state_make(self._start, path))

    def _start(self, flash):
        # with the settled variables: by them the firmware lays out its memory
        shutil.copyfile(self.flash, flash)
        return qemu.Qemu(self._arguments(flash), flash + ".serial")

    def _arguments(self, flash):
        replaced = {qemu.HURRY[1]: ICOUNT, "base=utc": f"base={POWER_ON:%Y-%m-%d},clock=vm",
                    "virtio-blk-pci,drive=disk": "virtio-blk-pci,drive=disk,ioeventfd=off"}
        words = qemu.machine_arguments(self.firmware, flash, self.disk.path, hurry=True)
        words[words.index("-m") + 1] = str(self.memory_mib)
        return [*(replaced.get(word, word) for word in words), *self.hardware]


class Large(Clocked):
    """A Clocked whose four images have SIZE bytes each, as kernels with everything in them do."""

    SIZE = 300 * disk.MIB
    esp_size = 1300 * disk.MIB
    memory_mib = 1024  # the firmware reads the one that it starts as a whole

    def __init__(self, directory, loader, system):
        super().__init__(directory, loader, system)
        for role in ROLES:
            path = os.path.join(directory, "large.efi")
            with open(path, "wb") as file:
                file.write(self.images.build())
                file.truncate(self.SIZE)
            os.utime(path, (self.images.mtime(), self.images.mtime()))
            disk.call(["mcopy", "-o", "-m", "-i", f"{self.disk.path}@@{disk.START[disk.ESP]}", path,
                       "::" + IMAGE.format(role).replace("\\", "/")])
            os.unlink(path)
        disk.call(["fallocate", "--dig-holes", self.disk.path])

    def settle(self):
        return self.run()  # it is too large for copies

    def run_settled(self):
        return self.run()
