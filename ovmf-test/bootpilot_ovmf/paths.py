# SPDX-License-Identifier: Apache-2.0
"""Where things are. Everything that is made goes below out/."""

import os

REPOSITORY = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
OUT = os.path.join(REPOSITORY, os.environ.get("OUT", "out"))
LOADERS = os.path.join(OUT, "loaders")
WORK = os.path.join(OUT, "ovmf")
SCENARIOS = os.path.join(REPOSITORY, "tests", "scenarios")

TESTOS = os.path.join(OUT, "testos.efi")
TOOL = os.path.join(OUT, "bootpilotctl")
BOOTPILOT = os.path.join(OUT, "bootpilotx64.efi")
BOOTPILOT_DRIVER = os.path.join(OUT, "bootpilot-driverx64.efi")

FIRMWARE = "/usr/share/OVMF"
SNAKEOIL = "/usr/share/ovmf"


def read(path, how):
    """The bytes of PATH; HOW says what makes it, for the error message."""
    try:
        with open(path, "rb") as file:
            return file.read()
    except FileNotFoundError:
        raise FileNotFoundError(f"{path} does not exist: {how}") from None
