# SPDX-License-Identifier: Apache-2.0
"""Volatile variables, found in the memory of a machine that stands still: also when no OS was there to report them."""

import mmap
import os
import uuid

from . import nvram

MEMORY_MIB = 256
SAVE_LIMIT_S = 60


def volatile_text(machine, path, name, vendor=nvram.BOOTPILOT):
    """The text variable NAME in the memory of the halted MACHINE, or None. PATH is a file for the memory's contents."""
    contents_save(machine, path)
    try:
        with open(path, "rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as memory:
            return _find(memory, nvram.utf16(name), uuid.UUID(vendor).bytes_le)
    finally:
        os.unlink(path)


def contents_save(machine, path):
    """Writes the memory of the halted MACHINE to the file PATH."""
    machine.command("pmemsave", limit_s=SAVE_LIMIT_S, val=0, size=MEMORY_MIB << 20, filename=path)


def _find(memory, name, vendor):
    """The store holds every variable behind its header, old ones too: only one is valid."""
    at = memory.find(vendor + name)
    while at >= 0:
        header = at + len(vendor) - nvram.VARIABLE.size
        if header >= 0:
            start, state, *_, name_size, data_size, _ = nvram.VARIABLE.unpack_from(memory, header)
            if start == nvram.START_ID and state == nvram.ADDED and name_size == len(name):
                data = at + len(vendor) + name_size
                return memory[data:data + data_size].decode("utf-16-le", "replace").rstrip("\0")
        at = memory.find(vendor + name, at + 1)
    return None
