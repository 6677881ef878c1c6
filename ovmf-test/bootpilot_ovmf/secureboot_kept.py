# SPDX-License-Identifier: Apache-2.0
"""What ovmf-test/secure-boot has measured, kept in out/secure-boot as long as everything it depends on is the same."""

import functools
import hashlib
import json
import os
import threading

from . import paths, qemu

DIRECTORY = os.path.join(paths.OUT, "secure-boot")
PLAYER = ("secureboot_plays.py", "secureboot_record.py", "tamper.py", "shim.py", "secureboot_strict.py")


class Kept:
    """cells: cell -> what came, of one PLAY with one LOADER. FRESH: as if nothing had been measured yet."""

    def __init__(self, play, loader, fresh=False):
        self.name = f"{play.name}-{loader.name}".replace(" ", "-").replace(",", "")
        self.path = os.path.join(DIRECTORY, self.name + ".json")
        self.key, self.cells, self.lock = _key(loader), {}, threading.Lock()
        if not fresh and os.path.exists(self.path):
            with open(self.path, encoding="utf-8") as file:
                kept = json.load(file)
            if kept["key"] == self.key:
                self.cells = {tuple(cell): came for cell, came in kept["cells"] if tuple(cell) in play.cells}

    def add(self, cell, came):
        """CAME was measured in CELL."""
        with self.lock:
            self.cells[cell] = came
            os.makedirs(DIRECTORY, exist_ok=True)
            with open(self.path + ".new", "w", encoding="utf-8") as file:
                json.dump({"key": self.key, "cells": [[list(cell), came] for cell, came in self.cells.items()]}, file)
            os.replace(self.path + ".new", self.path)


def _key(loader):
    parts = [loader.path, paths.TESTOS, paths.BOOTPILOT, paths.BOOTPILOT_DRIVER, qemu.Firmware(True).code]
    parts += [os.path.join(os.path.dirname(__file__), name) for name in PLAYER]
    return hashlib.sha256(b"".join(map(_digest, parts))).hexdigest()


@functools.cache
def _digest(path):
    return hashlib.sha256(paths.read(path, "run make all testos")).digest()
