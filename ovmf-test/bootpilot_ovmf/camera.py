# SPDX-License-Identifier: Apache-2.0
"""A photograph of the machine's screen, as a small PNG file."""

import os
import struct
import time
import zlib

from .qemu import QemuError

LIMIT_S = 240
MARGIN = 24  # pixels of dark frame around the text


class Camera:
    """To be used as Machine.boot(watch=): when the machine has ended, its last screen is taken before it is cleared."""

    display = True

    def __init__(self, path):
        self.path, self.done, self.problem = path, False, None

    def __call__(self, machine):
        if self.done:
            return False
        self.done = True
        try:
            self._take(machine)
        except (QemuError, OSError, ValueError) as error:
            self.problem = str(error)
        return False

    def _take(self, machine):
        # A machine that ends would take its screen along: let it stand still at its end instead.
        machine.command("set-action", shutdown="pause")
        end = time.monotonic() + LIMIT_S
        while machine.command("query-status")["running"]:
            if time.monotonic() > end:
                raise QemuError(f"the machine still ran after {LIMIT_S} s")
            time.sleep(0.1)
        raw = self.path + ".ppm"
        try:
            machine.command("screendump", filename=os.path.abspath(raw))
            with open(raw, "rb") as file:
                png = png_of(file.read())
        finally:
            if os.path.exists(raw):
                os.unlink(raw)
        with open(self.path, "wb") as file:
            file.write(png)


def png_of(ppm):
    """A PPM screen of few colours as an indexed PNG, cut to what is not background. Raises ValueError if it is empty."""
    magic, size, _, pixels = ppm.split(b"\n", 3)
    if magic != b"P6":
        raise ValueError("the screen is no PPM")
    width, height = map(int, size.split())
    rows = [pixels[y * width * 3:(y + 1) * width * 3] for y in range(height)]
    background = rows[-1][-3:]
    blank = background * width
    inked = [y for y, row in enumerate(rows) if row != blank]
    if not inked:
        raise ValueError("the screen is empty")
    rows = rows[inked[0]:inked[-1] + 1]
    left = min(_leading(row, background) for row in rows)
    right = max(width - _trailing(row, background) for row in rows)
    palette = {background: 0}
    across = right - left + 2 * MARGIN
    lines = [bytes(across)] * MARGIN
    for row in rows:
        points = (row[x * 3:x * 3 + 3] for x in range(left, right))
        lines.append(bytes(MARGIN) + bytes(palette.setdefault(p, len(palette)) for p in points) + bytes(MARGIN))
    lines += [bytes(across)] * MARGIN
    data = zlib.compress(b"".join(b"\0" + line for line in lines), 9)
    head = struct.pack(">IIBBBBB", across, len(lines), 8, 3, 0, 0, 0)
    return (b"\x89PNG\r\n\x1a\n" + _chunk(b"IHDR", head) + _chunk(b"PLTE", b"".join(palette))
            + _chunk(b"IDAT", data) + _chunk(b"IEND", b""))


def _leading(row, background):
    return next((x for x in range(len(row) // 3) if row[x * 3:x * 3 + 3] != background), len(row) // 3)


def _trailing(row, background):
    count = len(row) // 3
    return next((x for x in range(count) if row[(count - 1 - x) * 3:(count - x) * 3] != background), count)


def _chunk(kind, data):
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
