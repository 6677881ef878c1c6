# SPDX-License-Identifier: Apache-2.0
"""The TCG event log of a boot: found in the machine's memory, believed only where it explains the PCRs of its TPM.

Format: TCG PC Client Platform Firmware Profile, chapter 10 (crypto agile log), UEFI structures in its 10.4.
"""

import difflib
import hashlib
import mmap
import struct

HEADER = struct.Struct("<II20sI")       # the first event, in the old form: PCR, type, SHA-1, size
SIGNATURE = b"Spec ID Event03\0"
SHA256 = 0x000B
PCR_MAX = 23
EVENT_SIZE_MAX = 1 << 20
NO_ACTION, EVENT_TAG, IPL = 0x3, 0x6, 0xD
VARIABLES = (0x80000001, 0x80000002, 0x8000000C, 0x800000E0)
IMAGES = (0x80000003, 0x80000004, 0x80000005)
TEXTS = (0x5, 0x80000007)
TYPES = {
    0x1: "EV_POST_CODE", NO_ACTION: "EV_NO_ACTION", 0x4: "EV_SEPARATOR", 0x5: "EV_ACTION", EVENT_TAG: "EV_EVENT_TAG",
    0x7: "EV_S_CRTM_CONTENTS", 0x8: "EV_S_CRTM_VERSION", IPL: "EV_IPL",
    0x80000001: "EV_EFI_VARIABLE_DRIVER_CONFIG", 0x80000002: "EV_EFI_VARIABLE_BOOT",
    0x80000003: "EV_EFI_BOOT_SERVICES_APPLICATION", 0x80000004: "EV_EFI_BOOT_SERVICES_DRIVER",
    0x80000005: "EV_EFI_RUNTIME_SERVICES_DRIVER", 0x80000006: "EV_EFI_GPT_EVENT", 0x80000007: "EV_EFI_ACTION",
    0x80000008: "EV_EFI_PLATFORM_FIRMWARE_BLOB", 0x80000009: "EV_EFI_HANDOFF_TABLES",
    0x8000000A: "EV_EFI_PLATFORM_FIRMWARE_BLOB2", 0x8000000B: "EV_EFI_HANDOFF_TABLES2",
    0x8000000C: "EV_EFI_VARIABLE_BOOT2", 0x800000E0: "EV_EFI_VARIABLE_AUTHORITY",
}


class LogError(Exception):
    """There is no log that explains the PCRs; the text says what was found."""


class Event:
    """One event that extended a PCR."""

    def __init__(self, pcr, kind, digest, data):
        self.pcr, self.kind, self.digest, self.data = pcr, kind, digest, data

    def __str__(self):
        what = self._what()
        return TYPES.get(self.kind, f"event {self.kind:#x}") + (f" {what}" if what else "")

    def _what(self):
        """What was measured, as far as the event names it."""
        if self.kind in VARIABLES:
            length, = struct.unpack_from("<Q", self.data, 16)
            return self.data[32:32 + 2 * length].decode("utf-16-le", "replace")
        if self.kind in IMAGES:
            return _file_name(self.data[32:])
        if self.kind in TEXTS:
            return self.data.decode("ascii", "replace").rstrip("\0")
        if self.kind == EVENT_TAG:
            return _text(self.data[8:])
        if self.kind == IPL:
            return _text(self.data)
        return ""


def log_find(path, pcrs):
    """The events in the memory that the file PATH holds, those of the one log whose replay gives PCRS."""
    found = 0
    with open(path, "rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as memory:
        at = memory.find(SIGNATURE)
        while at >= 0:
            events = _parse(memory, at - HEADER.size)
            found += 1
            if events and replayed(events, pcrs) == pcrs:
                return events
            at = memory.find(SIGNATURE, at + 1)
    raise LogError(f"none of the {found} event logs in the machine's memory explains its PCRs")


def replayed(events, pcrs):
    """PCR -> the value that EVENTS give it, for the PCRS asked for."""
    values = {pcr: bytes(32) for pcr in pcrs}
    for event in events:
        if event.pcr in values:
            values[event.pcr] = hashlib.sha256(values[event.pcr] + event.digest).digest()
    return values


class Difference:
    """What happened to one PCR: events that came, that went, and that measured something else in the same place."""

    def __init__(self, before, after):
        self.came, self.went, self.changed = [], [], []
        keys = [[(event.kind, event.digest) for event in events] for events in (before, after)]
        for tag, i1, i2, j1, j2 in difflib.SequenceMatcher(None, *keys, autojunk=False).get_opcodes():
            if tag != "equal":
                self._take(before[i1:i2], after[j1:j2])

    def __bool__(self):
        return bool(self.came or self.went or self.changed)

    def _take(self, went, came):
        for event in went:
            twin = next((other for other in came if str(other) == str(event)), None)
            if twin is None:
                self.went.append(event)
            else:
                came.remove(twin)
                self.changed.append(twin)
        self.came += came

    def short(self):
        """`=`, or how many events came (+), went (-), or changed (~)."""
        parts = [f"{sign}{len(events)}" for sign, events in (("+", self.came), ("-", self.went), ("~", self.changed)) if events]
        return " ".join(parts) or "="

    def lines(self):
        """One line for each event, with its sign."""
        return [f"{sign} {event}" for sign, events in (("+", self.came), ("-", self.went), ("~", self.changed))
                for event in events]


def differences(before, after, pcrs):
    """PCR -> Difference."""
    return {pcr: Difference(*([event for event in events if event.pcr == pcr] for events in (before, after)))
            for pcr in pcrs}


def _parse(memory, at):
    """The events of the log at AT that extended a PCR, without the header; None if it is no log."""
    if at < 0 or len(memory) < at + HEADER.size + 28:
        return None
    pcr, kind, _, size = HEADER.unpack_from(memory, at)
    if pcr != 0 or kind != NO_ACTION or size > EVENT_SIZE_MAX:
        return None
    algorithms, = struct.unpack_from("<I", memory, at + HEADER.size + 24)
    if not 0 < algorithms <= 16:
        return None
    sizes = dict(struct.unpack_from("<HH", memory, at + HEADER.size + 28 + 4 * i) for i in range(algorithms))
    events, at = [], at + HEADER.size + size
    try:
        while True:
            event, at = _event(memory, at, sizes)
            if event is None:
                return events
            if event.kind != NO_ACTION:
                events.append(event)
    except (struct.error, KeyError):
        return events


def _event(memory, at, sizes):
    """The Event at AT and where the next one begins; (None, ...) behind the last."""
    pcr, kind, count = struct.unpack_from("<III", memory, at)
    if pcr > PCR_MAX or count != len(sizes):
        return None, at
    at, digest = at + 12, b""
    for _ in range(count):
        algorithm, = struct.unpack_from("<H", memory, at)
        if algorithm == SHA256:
            digest = memory[at + 2:at + 2 + sizes[algorithm]]
        at += 2 + sizes[algorithm]
    size, = struct.unpack_from("<I", memory, at)
    if size > EVENT_SIZE_MAX:
        return None, at
    return Event(pcr, kind, digest, memory[at + 4:at + 4 + size]), at + 4 + size


def _file_name(device_path):
    """The last file that DEVICE_PATH (bytes) names, without its directories."""
    name, at = "", 0
    while at + 4 <= len(device_path):
        kind, subtype, size = struct.unpack_from("<BBH", device_path, at)
        if size < 4 or kind == 0x7F:
            break
        if (kind, subtype) == (4, 4):
            name = _text(device_path[at + 4:at + size])
        at += size
    return name.rpartition("\\")[2]


def _text(data):
    """DATA as text: UTF-16 where every second byte is nought, as systemd writes it, else ASCII."""
    wide = len(data) >= 2 and not any(data[1::2])
    return data.decode("utf-16-le" if wide else "ascii", "replace").rstrip("\0")
