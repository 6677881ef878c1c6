# SPDX-License-Identifier: Apache-2.0
"""Builds the images from copies of the sources, so that the working tree is neither needed nor touched."""

import os
import shutil
import subprocess
from pathlib import Path

import pefile

ROOT = Path(__file__).resolve().parents[2]
SUBSYSTEM = {"bootpilotx64.efi": 10, "bootpilot-driverx64.efi": 11}  # application, boot service driver
IMAGES = list(SUBSYSTEM)
ONLY_X64 = os.uname().machine != "x86_64", "only x86_64 images are built today"  # skip if, reason


def copy_sources(to):
    to.mkdir(parents=True)
    shutil.copy(ROOT / "Makefile", to)
    for room in ("build", "efi", "shared", "tools"):
        if (ROOT / room).is_dir():
            shutil.copytree(ROOT / room, to / room, symlinks=True, ignore=shutil.ignore_patterns("__pycache__"))
    return to


def make(where, *arguments, environment=None):
    clean = {k: v for k, v in os.environ.items() if not k.startswith(("MAKE", "CONFIG", "GNUEFI")) and k != "MFLAGS"}
    clean.update(environment or {})
    return subprocess.run(["make", "-j2", *arguments], cwd=where, env=clean, text=True, timeout=300,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT)


def built(where, *arguments, environment=None):
    run = make(where, *arguments, environment=environment)
    assert run.returncode == 0, f"make {' '.join(arguments)} failed:\n{run.stdout[-4000:]}"
    return where


def sections(path):
    """The contents of each section as they are in memory: what the file does not store is zero."""
    pe = pefile.PE(str(path))
    return {s.Name.rstrip(b"\0").decode(): pe.__data__[s.PointerToRawData:s.PointerToRawData + s.SizeOfRawData]
            [:s.Misc_VirtualSize].ljust(s.Misc_VirtualSize, b"\0") for s in pe.sections}
