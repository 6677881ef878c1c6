# SPDX-License-Identifier: Apache-2.0
"""The command line of ovmf-test/contract: starts out/contract.efi (tests/contract) from a boot option, for two power cycles,
and counts what it says."""

import argparse
import os
import re
import shutil
import signal
import struct
import sys

from . import bootoption, disk, nvram, paths, qemu
from .power import Power

DESCRIPTION = """What efi/ relies on from firmware, asked of OVMF in QEMU. The same claims are asked of the fake firmware by
out/tests/test_contract (make contract)."""
IMAGE = os.path.join(paths.OUT, "contract.efi")
PROGRAM = r"\EFI\contract\contract.efi"
LAYOUT = os.path.join(paths.REPOSITORY, "tests", "contract", "disk.txt")
LIMIT_S = {False: 60, True: 240}  # processor time of one power cycle, without and with a full NVRAM
CLAIM = re.compile(rb"^(ok|FAIL) (.*)$", re.MULTILINE)
ENDS = ("reset", "shutdown")  # of the two power cycles
LETTERS = {"r": "+r", "h": "+h", "s": "+s"}
SUBSYSTEM_DRIVER, OTHER_MACHINE = 11, 0xAA64


def main():
    """Exit status: 0 every claim holds, 1 some do not, 2 it could not begin."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # so that QEMU is ended on the way out
    parser = argparse.ArgumentParser(description=DESCRIPTION)
    parser.add_argument("--all", action="store_true", help="say what holds as well")
    parser.add_argument("--full", action="store_true", help="fill NVRAM, too: minutes more, since every refusal makes OVMF rewrite its store")
    options = parser.parse_args()
    directory = os.path.join(paths.WORK, "contract")
    try:
        raw, ended = _play(directory, options.full)
    except (disk.DiskError, qemu.QemuError, OSError) as error:
        print(f"ovmf-test/contract: {error}", file=sys.stderr)
        return 2
    claims = [(word == b"ok", text.decode("utf-8", "replace").rstrip()) for word, text in CLAIM.findall(raw.replace(b"\r", b"\n"))]
    claims += [(end == wanted, f"ResetSystem: power cycle {number} ends with {end}")
               for number, (end, wanted) in enumerate(zip(ended, ENDS), 1)]
    for holds, text in claims:
        if options.all or not holds:
            print("ok" if holds else "FAIL", text)
    failed = sum(not holds for holds, _ in claims)
    if not failed:
        shutil.rmtree(directory, ignore_errors=True)
    print(f"{len(claims) - failed} passed, {failed} failed")
    return 1 if failed or len(ended) < len(ENDS) else 0


def _play(directory, full):
    """What came over the serial line in both power cycles, and how they ended."""
    image = paths.read(IMAGE, "run make contract")
    shutil.rmtree(directory, ignore_errors=True)
    os.makedirs(directory)
    esp = disk.Disk(os.path.join(directory, "disk.img"))
    esp.create()
    _lay_out(esp, image)
    if full:
        esp.write(r"\contract\full", b"")
    flash = os.path.join(directory, "vars.fd")
    power = Power(qemu.Firmware(), flash, esp.path)
    power.fresh_variables(flash)
    store = nvram.Nvram(flash)
    bootoption.install(store, [("contract", PROGRAM)])
    store.save()
    raw, ended = b"", []
    for number, wanted in enumerate(ENDS):
        part, end = _power_cycle(power, LIMIT_S[full], os.path.join(directory, f"cycle-{number}.serial"))
        raw, ended = raw + part, [*ended, end]
        if end != wanted:
            break
    return raw, ended


def _power_cycle(power, limit_s, log):
    ended, patience = None, qemu.Patience(limit_s)
    with power.on(log) as machine:
        while ended is None:
            ended = machine.poll(0.05) or patience.over(machine)
        if ended == "crash":
            raise qemu.QemuError(f"QEMU broke off: {machine.errors()}")
        return machine.serial(), ended


def _lay_out(esp, image):
    """Everything that disk.txt names, and IMAGE where the boot option looks for it."""
    with open(LAYOUT, encoding="utf-8") as file:
        lines = [line.split() for line in file if not line.startswith("#")]
    for kind, path, *words in lines:
        if kind == "file":
            size, time, *attributes = words
            esp.write(path, bytes((7 * n + 3) & 255 for n in range(int(size))), int(time))
            for letter in "".join(attributes):
                disk.call(["mattrib", LETTERS[letter], "-i", f"{esp.path}@@{disk.START[disk.ESP]}", "::" + path.replace("\\", "/")])
        else:
            esp.write(path, _variant(image, words[0]))
    esp.write(PROGRAM, image)


def _variant(image, kind):
    """IMAGE as disk.txt wants it."""
    changed = bytearray(image)
    header = struct.unpack_from("<I", image, 0x3C)[0]
    if kind == "driver":
        struct.pack_into("<H", changed, header + 24 + 68, SUBSYSTEM_DRIVER)
    elif kind == "other-machine":
        struct.pack_into("<H", changed, header + 4, OTHER_MACHINE)
    elif kind == "cut":
        del changed[len(changed) // 2:]
    return bytes(changed)
