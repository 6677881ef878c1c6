# SPDX-License-Identifier: Apache-2.0
"""Boot#### options of the firmware, for files on the ESP of our disk. UEFI specification 3.1.3 and 10.3."""

import struct
import uuid

from . import disk, nvram

ACTIVE = 1
END = bytes.fromhex("7fff0400")


def load_option(description, path, size, options=b""):
    """The value of a Boot#### variable that starts the file PATH on the ESP of SIZE bytes with the load options OPTIONS."""
    device_path = _partition(size) + _file(path) + END
    return struct.pack("<IH", ACTIVE, len(device_path)) + nvram.utf16(description) + device_path + options


def install(store, options, size=disk.PARTITION_SIZE):
    """Makes OPTIONS, a list of (description, path) or (description, path, load options), the boot order of STORE; others are
    removed. SIZE: of the ESP."""
    for variable in list(store.variables):
        if variable.vendor == nvram.GLOBAL and variable.name.startswith("Boot"):
            store.delete(variable.name, nvram.GLOBAL)
    numbers = range(1, len(options) + 1)
    for number, (description, path, *extra) in zip(numbers, options):
        store.set(f"Boot{number:04X}", nvram.GLOBAL, load_option(description, path, size, *extra))
    store.set("BootOrder", nvram.GLOBAL, struct.pack(f"<{len(options)}H", *numbers))


def _partition(size):
    start, sectors = disk.START[disk.ESP] // disk.SECTOR, size // disk.SECTOR
    guid = uuid.UUID(disk.PARTITION_GUID[disk.ESP]).bytes_le
    return struct.pack("<BBHIQQ16sBB", 4, 1, 42, 1, start, sectors, guid, 2, 2)  # GPT, identified by its GUID


def _file(path):
    text = nvram.utf16(path)
    return struct.pack("<BBH", 4, 4, 4 + len(text)) + text
