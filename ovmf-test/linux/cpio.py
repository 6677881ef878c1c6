# SPDX-License-Identifier: Apache-2.0
"""Archives as the kernel unpacks them into its first root directory ("newc").

Format: Linux, Documentation/driver-api/early-userspace/buffer-format.rst
"""

import stat

MAGIC = b"070701"
TRAILER = "TRAILER!!!"


class Archive:
    """Files in the order in which they are added. Everything belongs to root and has no time, so that the same files make
    the same bytes."""

    def __init__(self):
        self.parts, self.inode, self.directories = [], 0, set()

    def directory(self, path, mode=0o755):
        """PATH and the directories above it; one that is there already is left as it is."""
        if path and path not in self.directories:
            self.directory(path.rpartition("/")[0])
            self.directories.add(path)
            self._add(path, stat.S_IFDIR | mode, b"")

    def file(self, path, data, mode=0o644):
        self.directory(path.rpartition("/")[0])
        self._add(path, stat.S_IFREG | mode, data)

    def link(self, path, target):
        """PATH becomes a symbolic link to TARGET."""
        self.directory(path.rpartition("/")[0])
        self._add(path, stat.S_IFLNK | 0o777, target.encode())

    def bytes(self):
        """The whole archive. Another one may follow it."""
        return b"".join([*self.parts, _record(TRAILER, 0, 0, b"")])

    def _add(self, path, mode, data):
        self.inode += 1
        self.parts.append(_record(path, mode, self.inode, data))


def _record(path, mode, inode, data):
    name = path.encode() + b"\0"
    # inode, mode, owner, group, links, time, size, device and its parts, size of the name, checksum
    fields = (inode, mode, 0, 0, 1, 0, len(data), 0, 0, 0, 0, len(name), 0)
    return _padded(MAGIC + b"".join(b"%08X" % field for field in fields) + name) + _padded(data)


def _padded(data):
    return data + bytes(-len(data) % 4)
