# SPDX-License-Identifier: Apache-2.0
"""Every write of one power cycle, in order: QEMU's filter blklogwrites takes them down, for the disk and for the flash.

Format: Linux, Documentation/admin-guide/device-mapper/log-writes.rst; as QEMU writes it, block/blklogwrites.c. A header of
one sector, then for each write a sector that describes it and the sectors written.
"""

import os
import struct
import threading

SECTOR = 512
MAGIC, VERSION = 0x6A736677736872, 1
HEADER = struct.Struct("<QQQI")  # magic, version, number of entries (not kept up to date), sector size
ENTRY = struct.Struct("<QQQQ")  # first sector, number of sectors, flags, length of data behind the description
FLUSH, DISCARD = 1, 4
WATCH_S = 0.002


class JournalError(Exception):
    """The log is not one, or holds what firmware is not known to do."""


class Journal:
    """The logs of a machine's disk and flash, in DIRECTORY. Set it as machine.power.journal."""

    def __init__(self, directory):
        self.disk = os.path.join(directory, "disk.writes")
        self.flash = os.path.join(directory, "flash.writes")
        for path in (self.disk, self.flash):
            with open(path, "wb"):  # QEMU wants an existing file
                pass

    def __enter__(self):
        """From here on it is watched which of the two is written first."""
        self._flash_size, self._over = None, threading.Event()
        self._watcher = threading.Thread(target=self._watch, daemon=True)
        self._watcher.start()
        return self

    def __exit__(self, *_):
        self._over.set()
        self._watcher.join()

    def flash_late(self):
        """How many writes to the flash came after the first one to the disk, as far as was seen."""
        if self._flash_size is None:
            return 0
        return sum(write.at >= self._flash_size for write in writes_read(self.flash))

    def _watch(self):
        while self._flash_size is None and not self._over.wait(WATCH_S):
            if os.path.getsize(self.disk):
                self._flash_size = os.path.getsize(self.flash)


class Write:
    """DATA (bytes) was written from the sector FIRST on. flushed: the device was told to flush before this write; AT: the
    offset in the log."""

    def __init__(self, first, data, flushed, at):
        self.first, self.data, self.flushed, self.at = first, data, flushed, at

    def sectors(self):
        """(number, 512 bytes) of each sector, in order."""
        return [(self.first + at // SECTOR, self.data[at:at + SECTOR]) for at in range(0, len(self.data), SECTOR)]


def writes_read(path):
    """The Writes in the log PATH, in order."""
    with open(path, "rb") as file:
        log = file.read()
    if len(log) < SECTOR:
        return []
    magic, version, _, size = HEADER.unpack_from(log)
    # QEMU writes the header at a flush and now and then; the flash knows no flush
    if (magic, version, size) not in ((MAGIC, VERSION, SECTOR), (0, 0, 0)):
        raise JournalError(f"{path}: no log of blklogwrites with sectors of {SECTOR} bytes")
    found, flushed, at = [], False, SECTOR
    while at + SECTOR <= len(log):
        first, count, flags, _ = ENTRY.unpack_from(log, at)
        at += SECTOR
        if flags & DISCARD:
            raise JournalError(f"{path}: firmware discarded sectors")
        flushed = flushed or bool(flags & FLUSH)
        data = log[at:at + count * SECTOR]
        if len(data) < count * SECTOR:  # power was really cut, while the log was written
            break
        if count:
            found.append(Write(first, data, flushed, at))
            flushed = False
        at += count * SECTOR
    return found
