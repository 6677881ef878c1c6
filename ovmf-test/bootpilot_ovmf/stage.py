# SPDX-License-Identifier: Apache-2.0
"""Carries out on the test machine what a scenario's lines say: `given`, and what the started OS did (`when`)."""

import re

from . import berths, disk, nvram
from .images import identifier, os_release
from .machine import ENTRIES, TYPE2
from .scenario import fields

COUNTER = re.compile(r"\+\d+(-\d+)?(?=\.(conf|efi)$)", re.IGNORECASE)
IMAGE_LINE = re.compile(r"^(linux|uki|efi)\s+(\S+)", re.MULTILINE)

# what the test OS is told for a `when` line
BEHAVIOUR = {"fails": "fails", "works": "works", "works unheard": "works-unheard", "blessed": "works-unheard",
             "hangs": "hangs", "resets": "fails", "resets clean": "fails"}


class Stage:
    """A machine on which a scenario is played."""

    def __init__(self, machine):
        self.machine, self.config = machine, []

    def given(self, rest):
        """Carries out one `given` line."""
        word, _, rest = rest.partition(" ")
        getattr(self, "_given_" + word)(rest.strip())

    def when(self, rest, result):
        """What the OS of the boot RESULT left behind, apart from its note."""
        if rest == "works" and _agree(result):
            self.machine.bless(result.counted)
        elif rest == "blessed":
            self.machine.bless(result.counted)
        elif rest.startswith("resets"):
            self._reinstall(rest == "resets clean")

    def _given_entry(self, rest):
        (name,), words = fields(rest)
        keys = {key.replace("-", "_"): value for key, value in words.items()}
        on = keys.pop("on", disk.ESP)
        old = rf"{ENTRIES}\{name}"
        self.machine.disk.remove(old, on)
        self.machine.entry(name, on=on, **keys)

    def _given_uki(self, rest):
        (name,), words = fields(rest)
        self.machine.uki(name, **words)

    def _given_image(self, rest):
        path, state = rest.rsplit(None, 1)
        self.machine.image(path, state, self.machine.find(path) or disk.ESP)

    def _given_file(self, rest):
        path, _, text = rest.partition(" ")
        text = text.replace("\\n", "\n")
        if path.lower() == berths.LOADER_CONF:
            self.machine.loader_conf(text)
        else:
            self.machine.disk.write(path, (text + "\n").encode() if text else b"")

    def _given_remove(self, rest):
        on = self._found(rest)
        self.machine.disk.remove(rest, on)

    def _given_rename(self, rest):
        path, name = rest.rsplit(None, 1)
        self.machine.disk.rename(path, name, self._found(path))

    def configure(self, line):
        """LINE is added to Bootpilot's configuration."""
        self.config.append(line + "\n")
        self.machine.configure("".join(self.config))

    def _given_config(self, rest):
        self.configure(rest)

    def _given_variable(self, rest):
        name, _, value = rest.partition(" ")
        self._set_variable(name, nvram.LOADER, value)

    def _given_note(self, rest):
        self._set_variable("BootpilotNote", nvram.BOOTPILOT, rest)

    def _given_esp(self, rest):
        self.machine.read_only = rest == "read-only"

    def _given_nvram(self, rest):
        if rest != "lost":
            raise ValueError(f"given nvram {rest}: only `lost` is known")
        self.machine.nvram_reset()

    def _set_variable(self, name, vendor, value):
        store = self.machine.nvram()
        if value:
            store.set(name, vendor, nvram.utf16(value))
        else:
            store.delete(name, vendor)
        store.save()

    def _found(self, path):
        on = self.machine.find(path)
        if on is None:
            raise FileNotFoundError(f"{path} is not on the disk")
        return on

    def _reinstall(self, clean):
        """As Kairos resets: recovery is copied to active, with its counter."""
        for on in self.machine.disk.partitions:
            for directory in (ENTRIES, TYPE2):
                names = self.machine.disk.names(directory, on)
                for name in names:
                    if name.lower().startswith("active"):
                        self.machine.disk.remove(rf"{directory}\{name}", on)
                for name in names:
                    if name.lower().startswith("recovery"):
                        self._copy(directory, name, on, clean)

    def _copy(self, directory, name, on, clean):
        target = "active" + name[len("recovery"):]
        if clean:
            target = COUNTER.sub("+3", target)
        path = rf"{directory}\{target}"
        if directory == TYPE2:
            self.machine.image(path, "ok", on, os_release())
            return
        text = self.machine.disk.read(rf"{directory}\{name}", on).decode().replace("recovery", "active")
        image = IMAGE_LINE.search(text)
        if image and "active" in image.group(2):
            self.machine.image(image.group(2).replace("/", "\\"), "ok", on)
        self.machine.disk.write(path, text.encode(), self.machine.images.mtime(), on)


def _agree(result):
    """bootpilotctl good blesses only if the counted file is the entry that was started."""
    return bool(result.counted) and identifier(result.counted.rpartition("\\")[2]).lower() == (result.entry or "").lower()
