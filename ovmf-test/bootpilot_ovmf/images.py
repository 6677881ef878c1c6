# SPDX-License-Identifier: Apache-2.0
"""EFI images as scenarios need them: builds of the test OS, broken ones, Type #2 ones, Bootpilot with a configuration."""

import os
import re
import struct
import subprocess
import tempfile

from . import paths

PAGE = 4096
MACHINE_AA64 = 0xAA64
FIRST_BUILD = 1_700_000_000  # seconds since 1970; each later build is a minute newer
BUILD_STEP = 60
BROKEN = ("empty", "truncated", "not-pe", "other-machine", "unloadable")


class Images:
    """Makes images for one machine. Every build of the test OS differs from all before it: in its PE time stamp, and in
    the modification time that mtime() gives."""

    def __init__(self, signer=None):
        self.signer = signer
        self.builds = 0
        self.testos = paths.read(paths.TESTOS, "run make testos")

    def mtime(self):
        """The modification time of the latest build."""
        return FIRST_BUILD + self.builds * BUILD_STEP

    def build(self, state="ok", osrel=None):
        """A new build of the test OS in STATE; with OSREL (text) it is a Type #2 image."""
        if state != "ok" and state not in BROKEN:
            raise ValueError(f"an image's state is ok, missing, {', '.join(BROKEN)}; not {state}")
        self.builds += 1
        if state == "empty":
            return b""
        if state == "not-pe":
            return b"This is no program.\n" * 64
        image = self.testos if osrel is None else with_osrel(self.testos, osrel)
        image = with_time(image, self.mtime())
        if state == "other-machine":
            return with_machine(image, MACHINE_AA64)
        if state == "unloadable":
            image = with_bad_relocations(image)
        if self.signer is not None:
            image = self.signer.sign(image)
        return image[:len(image) // 2] if state == "truncated" else image

    def product(self, path, config=""):
        """Bootpilot's image PATH; CONFIG (text) is put into it where no file can carry it, under Secure Boot."""
        image = paths.read(path, "run make")
        if self.signer is None:
            return image
        return self.signer.sign(with_config(image, config) if config else image)

    def foreign(self, image):
        """An image that is not ours, e.g. systemd-boot, as this machine's firmware accepts it."""
        return image if self.signer is None else self.signer.sign(image)


def os_release(identifier="test", version=None, name=None):
    """The text of .osrel: systemd-boot wants a name and an ID."""
    text = f'ID={identifier}\nNAME="{name or identifier}"\nPRETTY_NAME="{name or identifier} {version or ""}"\n'
    return text + (f"VERSION_ID={version}\n" if version else "")


def with_time(image, seconds):
    """IMAGE with another TimeDateStamp."""
    return _patched(image, _pe(image) + 8, struct.pack("<I", seconds))


def with_machine(image, machine):
    """IMAGE for another processor."""
    return _patched(image, _pe(image) + 4, struct.pack("<H", machine))


def with_bad_relocations(image):
    """IMAGE that no header shows to be broken, and that firmware refuses to load: a relocation block of no size."""
    for name, _, offset in _sections(image):
        if name == b".reloc":
            return _patched(image, offset + 4, struct.pack("<I", 0))
    raise ValueError("the image has no section .reloc to damage")


def with_osrel(image, text):
    """IMAGE with a section .osrel behind its others, as ukify would make it."""
    size_of_image = struct.unpack_from("<I", image, _pe(image) + 24 + 56)[0]
    address = (size_of_image + PAGE - 1) // PAGE * PAGE
    with tempfile.TemporaryDirectory(prefix="bootpilot-") as directory:
        names = [os.path.join(directory, name) for name in ("in.efi", "osrel", "out.efi")]
        for name, data in zip(names, (image, text.encode())):
            with open(name, "wb") as file:
                file.write(data)
        subprocess.run(["objcopy", "--add-section", f".osrel={names[1]}", "--set-section-flags",
                        ".osrel=alloc,load,readonly,data", "--change-section-vma", f".osrel={address:#x}",
                        names[0], names[2]], check=True)
        return paths.read(names[2], "objcopy should have made it")


def with_config(image, text):
    """IMAGE with TEXT as the contents of its section .bpcfg."""
    data = text.encode()
    for name, size, offset in _sections(image):
        if name == b".bpcfg":
            if len(data) >= size:
                raise ValueError(f"a configuration of {len(data)} bytes does not fit into .bpcfg of {size} bytes")
            return _patched(image, offset, data + bytes(size - len(data)))
    raise ValueError("the image has no section .bpcfg; is it Bootpilot's?")


def identifier(name):
    """The id of the entry file NAME without counter: active+2-1.conf -> active.conf."""
    return re.sub(r"\+\d+(-\d+)?(?=\.(conf|efi)$)", "", name, flags=re.IGNORECASE)


def _pe(image):
    return struct.unpack_from("<I", image, 0x3C)[0]


def _sections(image):
    pe = _pe(image)
    count, = struct.unpack_from("<H", image, pe + 6)
    optional_size, = struct.unpack_from("<H", image, pe + 20)
    for i in range(count):
        at = pe + 24 + optional_size + i * 40
        size, offset = struct.unpack_from("<II", image, at + 16)
        yield image[at:at + 8].rstrip(b"\0"), size, offset


def _patched(image, at, data):
    return image[:at] + data + image[at + len(data):]
