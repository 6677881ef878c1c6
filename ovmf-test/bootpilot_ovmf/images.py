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
NX_COMPAT = 0x0100
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
    return with_sections(image, {".osrel": text.encode()})


def with_sections(image, contents):
    """IMAGE with the sections CONTENTS, name -> bytes, behind its others."""
    base, = struct.unpack_from("<Q", image, _pe(image) + 24 + 24)
    size_of_image, = struct.unpack_from("<I", image, _pe(image) + 24 + 56)
    address = base + _page_up(size_of_image)
    with tempfile.TemporaryDirectory(prefix="bootpilot-") as directory:
        before, after = (os.path.join(directory, name) for name in ("in.efi", "out.efi"))
        _write(before, image)
        command = ["objcopy"]
        for name, data in contents.items():
            path = os.path.join(directory, name.lstrip("."))
            _write(path, data)
            command += ["--add-section", f"{name}={path}", "--set-section-flags", f"{name}=alloc,load,readonly,data",
                        "--change-section-vma", f"{name}={address:#x}"]
            address += _page_up(len(data))
        subprocess.run([*command, before, after], check=True)
        return paths.read(after, "objcopy should have made it")


def as_kernel(image):
    """IMAGE as systemd-stub takes it for a Linux kernel: one of version 0 has no EFI entry for it. From 258 on it loads the
    kernel itself: base relocations are refused (gnu-efi's are empty, its start code relocates by itself), and so are
    sections with more bytes in the file than in memory."""
    optional = _pe(image) + 24
    image = _patched(image, optional + 44, struct.pack("<H", 1))  # MajorImageVersion
    image = _patched(image, optional + 112 + 5 * 8, bytes(8))     # PE32+: the sixth data directory
    for header in _section_headers(image):
        in_memory, _, in_file = struct.unpack_from("<III", image, header + 8)
        image = _patched(image, header + 8, struct.pack("<I", max(in_memory, in_file)))
    return image


def with_config(image, text):
    """IMAGE with TEXT as the contents of its section .bpcfg."""
    data = text.encode()
    for name, size, offset in _sections(image):
        if name == b".bpcfg":
            if len(data) >= size:
                raise ValueError(f"a configuration of {len(data)} bytes does not fit into .bpcfg of {size} bytes")
            return _patched(image, offset, data + bytes(size - len(data)))
    raise ValueError("the image has no section .bpcfg; is it Bootpilot's?")


def with_permissions(image, section, characteristics):
    """IMAGE whose SECTION (bytes) has other CHARACTERISTICS: its contents, and what may be done with them in memory."""
    for at in _section_headers(image):
        if image[at:at + 8].rstrip(b"\0") == section:
            return _patched(image, at + 36, struct.pack("<I", characteristics))
    raise ValueError(f"the image has no section {section.decode()}")


def without_nx_compat(image):
    """IMAGE that does not say that it keeps to its sections' permissions."""
    at = _pe(image) + 24 + 70
    characteristics, = struct.unpack_from("<H", image, at)
    return _patched(image, at, struct.pack("<H", characteristics & ~NX_COMPAT))


def identifier(name):
    """The id of the entry file NAME without counter: active+2-1.conf -> active.conf."""
    return re.sub(r"\+\d+(-\d+)?(?=\.(conf|efi)$)", "", name, flags=re.IGNORECASE)


def _page_up(size):
    return (size + PAGE - 1) // PAGE * PAGE


def _write(path, data):
    with open(path, "wb") as file:
        file.write(data)


def _pe(image):
    return struct.unpack_from("<I", image, 0x3C)[0]


def _section_headers(image):
    """Where in IMAGE the header of each section is."""
    pe = _pe(image)
    count, = struct.unpack_from("<H", image, pe + 6)
    optional_size, = struct.unpack_from("<H", image, pe + 20)
    return [pe + 24 + optional_size + i * 40 for i in range(count)]


def _sections(image):
    for at in _section_headers(image):
        size, offset = struct.unpack_from("<II", image, at + 16)
        yield image[at:at + 8].rstrip(b"\0"), size, offset


def _patched(image, at, data):
    return image[:at] + data + image[at + len(data):]
