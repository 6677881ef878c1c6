# SPDX-License-Identifier: Apache-2.0
"""The command line of ovmf-test/install: bootpilotctl installs, real firmware boots what it made, with Secure Boot on.

Nothing of it is put in place by the test: the files, the entry, the boot options and their order are the tool's."""

import argparse
import os
import signal
import sys

from . import berths, loaders, paths, qemu
from .loaders import ALIASES, SUITES
from .machine import Machine
from .offline import Offline

ACTIVE_IMAGE = r"\EFI\test\active.efi"
ROLES = {"active": "0001", "passive": "0002", "recovery": "0003", "statereset": "0004"}


class Failed(Exception):
    """What came is not what must come."""


def must(holds, what):
    if not holds:
        raise Failed(what)


def machine_make(name, loader):
    """systemd-boot with the four roles, all good, and no Bootpilot. The OS's variables are the firmware's."""
    machine = Machine(os.path.join(paths.WORK, "install", name), loader, "none", secure_boot=True)
    for role, key in ROLES.items():
        machine.entry(f"{role}.conf", sort_key=key)
    return machine


def tool(machine, *arguments, signed=True, refused=None):
    """Runs bootpilotctl ARGUMENTS on MACHINE, with images that are SIGNED; REFUSED: the problem that it must name."""
    with Offline(machine) as off:
        images = []
        if arguments[0] == "install":
            for option, path in (("--image", paths.BOOTPILOT), ("--driver-image", paths.BOOTPILOT_DRIVER)):
                data = machine.images.product(path) if signed else paths.read(path, "run make")
                images += [option, off.image(os.path.basename(path), data)]
        status, said = off.tool(*arguments, *images)
    must(status == (1 if refused else 0), f"bootpilotctl {' '.join(arguments)} ends with {status}:\n{said}")
    must(not refused or f"[{refused}]" in said, f"it does not say {refused}:\n{said}")


def boots(machine, entry, berth):
    """ENTRY is started, and Bootpilot decided in BERTH; None: it was not asked."""
    result = machine.boot("works")
    must(result.entry == entry and result.decision.get("berth") == berth,
         f"{result.entry} was started in berth {result.decision.get('berth')}, not {entry} in {berth}:\n{result.serial[-2000:]}")


def play_recommended(machine):
    tool(machine, "install", signed=False, refused="image-refused")
    boots(machine, "active.conf", None)
    tool(machine, "install")
    boots(machine, "active.conf", "driver")
    machine.image(ACTIVE_IMAGE, "unloadable")
    boots(machine, "passive.conf", "net")
    machine.image(ACTIVE_IMAGE)
    tool(machine, "remove")
    boots(machine, "active.conf", None)


def play_first(machine):
    tool(machine, "install", "--berth", "first")
    boots(machine, "active.conf", "first")


def play_entry(machine, berth="entry", path=berths.APPLICATION):
    tool(machine, "install", "--berth", berth)
    boots(machine, "active.conf", "entry")
    data = bytearray(machine.disk.read(path))
    data[len(data) // 2] ^= 1
    machine.disk.write(path, bytes(data))
    boots(machine, "active.conf", "net")  # systemd-boot gave up: its default was refused, and the copy is another file
    tool(machine, "install", "--berth", berth)
    boots(machine, "active.conf", "entry")


def play_type2(machine):
    play_entry(machine, "type2", berths.TYPE2)


PLAYS = {"driver+net": play_recommended, "first": play_first, "entry": play_entry, "type2": play_type2}


def main():
    """Exit status: 0 everything is as it must be, 1 something is not, 2 it could not begin."""
    parser = argparse.ArgumentParser(description="Installs with bootpilotctl on the disk and the variables of a machine with "
                                     "Secure Boot, and boots what it made.")
    parser.add_argument("berth", nargs="*", help=f"{', '.join(PLAYS)}; all if none")
    parser.add_argument("--version", default="newest", choices=[*SUITES, *ALIASES], help="of systemd-boot (%(default)s)")
    options = parser.parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # so that QEMU is ended on the way out
    passed = failed = 0
    try:
        loader = loaders.loader_get(ALIASES.get(options.version, options.version))
        for name in options.berth or PLAYS:
            try:
                PLAYS[name](machine_make(name, loader))
                passed += 1
                print(f"ok   install --berth {name}, {loader.name}", flush=True)
            except Failed as error:
                failed += 1
                print(f"FAIL install --berth {name}, {loader.name}: {error}", flush=True)
    except (loaders.Unavailable, qemu.QemuError, OSError) as error:
        print(f"ovmf-test/install: {error}", file=sys.stderr)
        return 2
    print(f"{passed} passed, {failed} failed")
    return 1 if failed else 0
