# SPDX-License-Identifier: Apache-2.0
"""The test machine: a disk and variables that are kept from boot to boot, with systemd-boot and Bootpilot installed.

    machine = Machine("/tmp/m", loader_get("257"), "driver")
    machine.entry("active+3.conf")
    result = machine.boot("fails")
    result.entry, result.decision["role"], result.ended
"""

import copy
import os
import re
import shutil

from . import berths, bootoption, disk, memory, nvram, qemu, serial
from .images import Images, identifier, os_release
from .power import Power
from .signing import Signer

ENTRIES = r"\loader\entries"
TYPE2 = r"\EFI\Linux"
BEHAVIOUR_FILE = r"\testos"
POLL_S = 0.05
SAID = re.compile(rb"TESTOS (decision=|end=shutdown|end=reset)")  # an OS had the decision, or none, and the last word


class BootResult:
    """One power cycle. ended: reset, shutdown, waits (for a key), timeout, or stopped (the caller wanted no more)."""

    def __init__(self, raw, ended, seconds, decision=None):
        self.serial = serial.plain(raw)
        self.ended, self.seconds = ended, seconds
        self.reports = serial.reports(self.serial)
        started = [report for report in self.reports if report.get("image", "").lower() != berths.WITNESS.lower()]
        self.started = started[-1] if started else None      # facts of the test OS that systemd-boot started last
        self.facts = self.reports[-1] if self.reports else {}  # facts of whoever reported last, the witness included
        self.line = self.facts.get("decision") or decision or ""  # BootpilotDecision as it was last
        self.decision = serial.words(self.line)

    @property
    def entry(self):
        """The id (without counter) of the entry that was started, or None."""
        name = (self.started or {}).get("entry")
        return identifier(name) if name else None

    @property
    def counted(self):
        """LoaderBootCountPath as the started OS saw it, or None."""
        return (self.started or {}).get("counted")


class Machine:
    """Everything lives in DIRECTORY, which is emptied first."""

    esp_size = disk.PARTITION_SIZE
    firmware_kind = qemu.Firmware

    def __init__(self, directory, loader, berth="driver", secure_boot=False, xbootldr=False):
        shutil.rmtree(directory, ignore_errors=True)
        os.makedirs(directory)
        self.directory, self.loader, self.secure_boot = directory, loader, secure_boot
        self.berth = berths.berth_get(berth)
        self.firmware = self.firmware_kind(secure_boot)
        self.images = Images(Signer() if secure_boot else None)
        self.disk = disk.Disk(os.path.join(directory, "disk.img"), xbootldr, self.esp_size)
        self.flash = os.path.join(directory, "vars.fd")
        self.power = Power(self.firmware, self.flash, self.disk.path)
        self.config, self.read_only, self.boots, self.behaviour = "", False, 0, None
        self.loader_text = "timeout 0\n"
        self.disk.create()
        self._install()
        self.nvram_reset()

    def nvram_reset(self):
        """Every variable is gone but the firmware's own; the boot options are put back, without which nothing of ours
        would start."""
        shutil.copyfile(self.power.settled_variables(self._boot_witness), self.flash)
        self.boot_options(self.berth.options)

    def nvram(self):
        """The variables, to read or to change (then save()), while the machine is off."""
        return nvram.Nvram(self.flash)

    def move(self, berth):
        """Installs Bootpilot in BERTH, on a machine that has none yet."""
        self.berth = berths.berth_get(berth)
        self._install_berth()
        self.boot_options(self.berth.options)

    def configure(self, text):
        """TEXT becomes Bootpilot's configuration: as a file, or inside the image where files are not believed."""
        self.config = text
        if self.secure_boot:
            self._install_bootpilot()
        else:
            self.disk.write(berths.CONFIG, text.encode())

    def loader_conf(self, text):
        """TEXT becomes loader.conf, completed by what the berth needs."""
        self.loader_text = text
        self.disk.write(berths.LOADER_CONF, self.berth.loader_conf(text).encode())

    def entry(self, name, key="linux", image=None, state="ok", on=disk.ESP, **keys):
        """A Type #1 entry: the file NAME and its image; KEYS are further lines (version="1"). state="kept" leaves the
        image alone."""
        image = image or rf"\EFI\test\{identifier(name).rsplit('.', 1)[0]}.efi"
        lines = {"title": keys.pop("title", identifier(name).rsplit(".", 1)[0]), **keys}
        if key != "none":
            lines[key] = image.replace("\\", "/")
        if state != "kept":
            self.image(image, state, on)
        text = "".join(f"{word.replace('_', '-')} {value}\n" for word, value in lines.items() if value is not None)
        self.disk.write(rf"{ENTRIES}\{name}", text.encode(), self.images.mtime(), on)

    def uki(self, name, state="ok", on=disk.ESP, id="test", version=None, osrel="yes"):
        """A Type #2 entry: the image NAME with .osrel."""
        path = rf"{TYPE2}\{name}"
        self.image(path, state, on, None if osrel == "no" else os_release(id, version))

    def image(self, path, state="ok", on=disk.ESP, osrel=None):
        """An image at PATH in STATE: ok, missing, empty, truncated, not-pe, other-machine."""
        if state == "missing":
            self.disk.remove(path, on)
        else:
            self.disk.write(path, self.images.build(state, osrel), self.images.mtime(), on)

    def names(self):
        """The names of all entries, sorted, without Bootpilot's own."""
        found = [name for on in self.disk.partitions for directory in (ENTRIES, TYPE2)
                 for name in self.disk.names(directory, on)]
        return sorted(name for name in found if name.lower() not in berths.OWN_NAMES)

    def find(self, path):
        """The partition that PATH is on, or None."""
        return next((on for on in self.disk.partitions if self.disk.exists(path, on)), None)

    def bless(self, counted):
        """What systemd-bless-boot does with LoaderBootCountPath: True if the file lost its counter."""
        if not counted or self.read_only:
            return False
        directory, _, name = counted.rpartition("\\")
        good = identifier(name)
        on = self.find(counted)
        # a twin without counter means "already executed" to systemd (its issue 33504): the counted one stays
        if on is None or good == name or self.disk.exists(directory + "\\" + good, on):
            return False
        self.disk.rename(counted, good, on)
        return True

    def boot(self, behaviour="works", limit_s=qemu.BOOT_LIMIT_S, display=False, watch=None, look=None):
        """One power cycle, in which the test OS shows BEHAVIOUR. WATCH(qemu) is called many times a second; it may look
        at qemu.serial(), give commands, and return True to stop the machine. LOOK(qemu) is called once, when the machine
        stands still."""
        self.tell(behaviour)
        self.boots += 1
        log = os.path.join(self.directory, f"boot-{self.boots:02}.serial")
        ended, patience = None, qemu.Patience(limit_s)
        with self.power.on(log, self.read_only, display, hurry=behaviour == "hangs") as machine:
            while ended is None:
                ended = machine.poll(POLL_S)
                if ended is None and watch is not None and watch(machine):
                    ended = "stopped"
                if ended is None:
                    ended = patience.over(machine)
            seconds, raw, decision = machine.seconds(), machine.serial(), None
            if ended == "crash":
                raise qemu.QemuError(f"QEMU broke off: {machine.errors()}")
            if look is not None:
                look(machine)
            if self.berth.images and not SAID.search(raw):  # without Bootpilot there is none
                decision = memory.volatile_text(machine, log + ".memory", "BootpilotDecision")
            return BootResult(raw, ended, seconds, decision)

    def tell(self, behaviour):
        """The test OS reads what to do from a file, so that confs never change from boot to boot."""
        if behaviour != self.behaviour:
            self.disk.write(BEHAVIOUR_FILE, behaviour.encode() + b"\n")
            self.behaviour = behaviour

    def twin(self, directory, disk_image, flash):
        """The same machine in DIRECTORY, which is emptied first, with copies of the files DISK_IMAGE and FLASH."""
        shutil.rmtree(directory, ignore_errors=True)
        os.makedirs(directory)
        other = copy.copy(self)
        other.directory, other.boots = directory, 0
        other.disk = disk.Disk(os.path.join(directory, "disk.img"), len(self.disk.partitions) > 1, self.disk.size)
        other.flash = os.path.join(directory, "vars.fd")
        other.power = Power(self.firmware, other.flash, other.disk.path)
        shutil.copyfile(disk_image, other.disk.path)
        shutil.copyfile(flash, other.flash)
        return other

    def _boot_witness(self):
        self.boot_options([berths.OPTION_WITNESS])
        result = self.boot("works-unheard")
        self.boots = 0  # this one is nobody's business
        if result.ended != "shutdown":
            raise qemu.QemuError(f"the firmware does not start the test OS: it ended with {result.ended}\n{result.serial}")

    def boot_options(self, options):
        """OPTIONS, (description, path) or (description, path, load options), become the firmware's, in this order."""
        store = self.nvram()
        bootoption.install(store, options, self.disk.size)
        store.save()

    def _install(self):
        loader = self.images.foreign(self.loader.image)
        for path in (berths.SYSTEMD_BOOT, berths.FALLBACK):
            self.disk.write(path, loader)
        self.disk.write(berths.WITNESS, self.images.build())
        self._install_berth()

    def _install_berth(self):
        for path, text in self.berth.files.items():
            self.disk.write(path, text.encode())
        self.loader_conf(self.loader_text)
        self._install_bootpilot()

    def _install_bootpilot(self):
        for path, source in self.berth.images.items():
            self.disk.write(path, self.images.product(source, self.config))
