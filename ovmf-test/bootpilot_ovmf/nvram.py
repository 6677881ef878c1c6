# SPDX-License-Identifier: Apache-2.0
"""The variables in OVMF's flash file, read and changed while the machine is off.

Format: EDK2, MdePkg/Include/Pi/PiFirmwareVolume.h and MdeModulePkg/Include/Guid/VariableFormat.h
(AUTHENTICATED_VARIABLE_HEADER). A write lays the whole store out anew, which is what the firmware's own
reclaim does.
"""

import struct
import uuid

AUTHENTICATED_STORE = uuid.UUID("aaf32c78-947b-439a-a180-2e144ec37792")
STORE_FORMATTED, STORE_HEALTHY = 0x5A, 0xFE

# One variable: StartId, State, -, Attributes, MonotonicCount, TimeStamp, PubKeyIndex, NameSize, DataSize, VendorGuid
VARIABLE = struct.Struct("<HBBIQ16sIII16s")
START_ID = 0x55AA
ADDED = 0x3F
IN_DELETED_TRANSITION = 0xFE  # cleared while a newer copy is being written: still valid until that is done

NV, BS, RT, TIME_BASED = 1, 2, 4, 0x20

GLOBAL = "8be4df61-93ca-11d2-aa0d-00e098032b8c"
LOADER = "4a67b082-0a4c-41cf-b6c7-440b29bb8c4f"
BOOTPILOT = "6f0e3d1c-52b8-4a57-9d0b-3c8f7e41a2d9"


def utf16(text):
    """TEXT as the loader and Bootpilot store it: UTF-16LE with NUL."""
    return (text + "\0").encode("utf-16-le")


class Variable:
    """One variable of the store."""

    def __init__(self, name, vendor, attributes, data, count=0, time=bytes(16), key=0):
        self.name, self.vendor, self.attributes, self.data = name, vendor, attributes, data
        self.count, self.time, self.key = count, time, key

    def text(self):
        """The value as text, without its NULs."""
        return self.data.decode("utf-16-le", "replace").rstrip("\0")

    def packed(self):
        name = utf16(self.name)
        head = VARIABLE.pack(START_ID, ADDED, 0, self.attributes, self.count, self.time, self.key,
                             len(name), len(self.data), uuid.UUID(self.vendor).bytes_le)
        whole = head + name + self.data
        return whole + b"\xff" * (-len(whole) % 4)


class Nvram:
    """The variable store in the flash file PATH. Changes are written by save()."""

    def __init__(self, path):
        self.path = path
        with open(path, "rb") as file:
            self.flash = bytearray(file.read())
        self.start, self.end = self._store_bounds()
        self.variables = self._parse()

    def get(self, name, vendor=LOADER):
        """The Variable called NAME, or None."""
        return next((v for v in self.variables if v.name == name and v.vendor == vendor), None)

    def set(self, name, vendor, data, attributes=NV | BS | RT):
        """Creates or replaces NAME; its attributes become ATTRIBUTES."""
        self.delete(name, vendor)
        self.variables.append(Variable(name, vendor, attributes, data))

    def delete(self, name, vendor=LOADER):
        """Removes NAME if it exists."""
        self.variables = [v for v in self.variables if not (v.name == name and v.vendor == vendor)]

    def save(self):
        """Writes the store back to the flash file."""
        body = b"".join(v.packed() for v in self.variables)
        room = self.end - self.start
        if len(body) > room:
            raise ValueError(f"{self.path}: {len(body)} bytes of variables do not fit into the store of {room} bytes; "
                             "delete some first")
        self.flash[self.start:self.end] = body + b"\xff" * (room - len(body))
        with open(self.path, "r+b") as file:
            file.write(self.flash)

    def _store_bounds(self):
        header_size = struct.unpack_from("<H", self.flash, 48)[0]
        if self.flash[40:44] != b"_FVH":
            raise ValueError(f"{self.path}: no firmware volume at its start; is this an OVMF_VARS file?")
        guid, size, formatted, state = struct.unpack_from("<16sIBB", self.flash, header_size)
        if uuid.UUID(bytes_le=guid) != AUTHENTICATED_STORE or (formatted, state) != (STORE_FORMATTED, STORE_HEALTHY):
            raise ValueError(f"{self.path}: no authenticated variable store; this OVMF is not known to this program")
        return header_size + 28, header_size + size

    def _parse(self):
        found, at = {}, self.start
        while at + VARIABLE.size <= self.end:
            start, state, _, attributes, count, time, key, name_size, data_size, vendor = \
                VARIABLE.unpack_from(self.flash, at)
            if start != START_ID:
                break
            name_at = at + VARIABLE.size
            data_at = name_at + name_size
            if state in (ADDED, ADDED & IN_DELETED_TRANSITION):
                name = self.flash[name_at:data_at].decode("utf-16-le").rstrip("\0")
                vendor_text = str(uuid.UUID(bytes_le=vendor))
                found.setdefault((name, vendor_text), []).append(
                    (state, Variable(name, vendor_text, attributes,
                                     bytes(self.flash[data_at:data_at + data_size]), count, time, key)))
            at = (data_at + data_size + 3) & ~3
        # of an old copy in transition and its finished successor the successor counts
        return [max(copies, key=lambda copy: copy[0])[1] for copies in found.values()]
