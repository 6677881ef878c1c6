# SPDX-License-Identifier: Apache-2.0
"""The test machine's disk: GPT, a FAT32 ESP and, if wanted, an XBOOTLDR partition, all in one sparse file.

Files are put in, taken out and renamed with mtools, so nothing is mounted and no root is needed. Paths are those of the
machine, \\loader\\entries\\active.conf; slashes, as entries have them, will do as well.
"""

import os
import re
import subprocess
import tempfile

MIB = 1024 * 1024
SECTOR = 512
PARTITION_SIZE = 40 * MIB  # FAT32 with one sector per cluster needs at least 33 MiB
LARGE = 512 * MIB          # from here on clusters of 4 KiB, as mkfs.vfat takes by itself

ESP, XBOOTLDR = "esp", "xbootldr"
START = {ESP: 1 * MIB, XBOOTLDR: 1 * MIB + PARTITION_SIZE}
TYPE = {ESP: "c12a7328-f81f-11d2-ba4b-00a0c93ec93b", XBOOTLDR: "bc13c2ff-59e6-4262-a352-b275fd6f7172"}
# The same disk again is the same machine to Bootpilot's record, so the identities never change.
DISK_GUID = "b0079170-0000-4000-8000-00000000d15c"
PARTITION_GUID = {ESP: "b0079170-0000-4000-8000-0000000000e5", XBOOTLDR: "b0079170-0000-4000-8000-0000000000b0"}
SERIAL = {ESP: "B0079170", XBOOTLDR: "B0079171"}

ENVIRONMENT = dict(os.environ, MTOOLS_SKIP_CHECK="1", MTOOLSRC="/dev/null", TZ="UTC", LC_ALL="C.UTF-8",
                   PATH=os.environ.get("PATH", "") + ":/usr/sbin:/sbin")


class DiskError(Exception):
    """A program that works on the disk failed; the text says which, on what, and why."""


def call(command, stdin=None):
    """Runs COMMAND and returns its standard output."""
    done = subprocess.run(command, input=stdin, env=ENVIRONMENT, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                          check=False, timeout=60)
    if done.returncode != 0:
        raise DiskError(f"{' '.join(command)}: {done.stderr.decode(errors='replace').strip() or 'failed'}")
    return done.stdout


class Disk:
    """The disk image PATH. Without XBOOTLDR its ESP may have another SIZE."""

    def __init__(self, path, xbootldr=False, size=PARTITION_SIZE):
        self.path, self.size = path, PARTITION_SIZE if xbootldr else size
        self.partitions = [ESP, XBOOTLDR] if xbootldr else [ESP]

    def create(self):
        """Makes an empty disk; an older one is replaced."""
        if os.path.exists(self.path):
            os.unlink(self.path)
        with open(self.path, "wb") as file:
            file.truncate(START[self.partitions[-1]] + self.size + 1 * MIB)
        table = f"label: gpt\nlabel-id: {DISK_GUID}\n"
        for name in self.partitions:
            table += (f"start={START[name] // SECTOR}, size={self.size // SECTOR}, type={TYPE[name]}, "
                      f"uuid={PARTITION_GUID[name]}, name={name}\n")
        call(["sfdisk", "--quiet", "--no-reread", "--no-tell-kernel", self.path], table.encode())
        for name in self.partitions:
            call(["mkfs.vfat", "-F", "32", "-s", "1" if self.size < LARGE else "8", "-i", SERIAL[name],
                  "--offset", str(START[name] // SECTOR), self.path, str(self.size // 1024)])

    def write(self, path, data, mtime=None, on=ESP):
        """Puts DATA (bytes) at PATH, making its directories; MTIME in seconds since 1970, UTC."""
        with tempfile.TemporaryDirectory(prefix="bootpilot-") as directory:
            source = os.path.join(directory, "file")
            with open(source, "wb") as file:
                file.write(data)
            if mtime is not None:
                os.utime(source, (mtime, mtime))
            self._make_directories(path, on)
            call(["mcopy", "-o", "-m", "-i", self._image(on), source, _unix(path)])

    def read(self, path, on=ESP):
        """The bytes of the file PATH."""
        return call(["mtype", "-i", self._image(on), _pattern(path)])

    def exists(self, path, on=ESP):
        """True if PATH exists."""
        directory, _, name = _plain(path).rpartition("\\")
        return name.lower() in (entry.lower() for entry in self.names("\\" + directory, on))

    def remove(self, path, on=ESP):
        """Removes the file or directory PATH if it exists."""
        if self.exists(path, on):
            call(["mdeltree", "-i", self._image(on), _pattern(path)])

    def rename(self, path, name, on=ESP):
        """Gives PATH another NAME in its directory. Size and modification time stay, as when a system renames."""
        target = _plain(path).rpartition("\\")[0] + "\\" + name
        if self.exists(target, on):
            raise DiskError(f"{path}: cannot be renamed, {target} exists already")
        # mren loses the case of short names (recovery.efi becomes RECOVERY.EFI), so the file is copied and removed
        with tempfile.TemporaryDirectory(prefix="bootpilot-") as directory:
            copy = os.path.join(directory, "file")
            call(["mcopy", "-m", "-i", self._image(on), _pattern(path), copy])
            call(["mcopy", "-m", "-i", self._image(on), copy, _unix(target)])
        call(["mdel", "-i", self._image(on), _pattern(path)])

    def names(self, directory, on=ESP):
        """The names in DIRECTORY, sorted; none if there is no such directory."""
        try:
            listing = call(["mdir", "-b", "-a", "-i", self._image(on), _unix(directory) + "/"])
        except DiskError:
            return []
        paths = (line.rstrip("/") for line in listing.decode(errors="replace").splitlines())
        found = (path.rpartition("/")[2] for path in paths if path.startswith("::"))
        return sorted(name for name in found if name not in (".", "..", ""))

    def _image(self, on):
        if on not in self.partitions:
            raise DiskError(f"{self.path}: has no {on} partition; make the disk with one")
        return f"{self.path}@@{START[on]}"

    def _make_directories(self, path, on):
        parts = _plain(path).split("\\")[:-1]
        for depth in range(1, len(parts) + 1):
            directory = "\\" + "\\".join(parts[:depth])
            if not self.exists(directory, on):
                call(["mmd", "-i", self._image(on), _unix(directory)])


def _plain(path):
    return path.replace("/", "\\").strip("\\")


def _unix(path):
    return "::/" + _plain(path).replace("\\", "/")


def _pattern(path):
    """A file that exists, as mtools look for it: a bracket in its name would begin a set."""
    return re.sub(r"[\[\]*]", "?", _unix(path))
