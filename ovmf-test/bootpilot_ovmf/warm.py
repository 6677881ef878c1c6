# SPDX-License-Identifier: Apache-2.0
"""Warm starts: a power cycle that begins where the firmware's first phases are over.

Under emulation more than half of a boot passes before the firmware's driver phase (DXE), and always in the same way: it
unpacks itself and finds its memory. So that is done once. The machine's state at the first instruction of 64-bit code,
before the firmware has looked at its variables, is kept; a boot continues from there, with the flash contents of that
state replaced by the machine's own. From then on nothing differs from a cold start: drivers, variables, boot options,
systemd-boot. `ovmf-test/run --cold` does without.
"""

import fcntl
import hashlib
import os
import struct
import subprocess
import time

from . import paths

LIMIT_S = 60  # processor time for the first phases; they need 3
# QEMU's migration stream, "ram" section: a big-endian address with flags in its low bits, the block's name if it is
# another one than before, 4096 bytes. Source: qemu, migration/ram.c, save_page_header().
PAGE = 4096
PAGE_FULL, PAGE_CONTINUES = 0x08, 0x20
FLASH_BLOCK = b"\x0dsystem.flash1"


class NotPossible(Exception):
    """This QEMU or firmware does not do as expected; a cold start always works."""


def kept(name, key_parts, make):
    """The kept file NAME for the kind of machine that KEY_PARTS describe; MAKE(path) makes it if there is none yet."""
    directory = os.path.join(paths.WORK, "start")
    os.makedirs(directory, exist_ok=True)
    key = hashlib.sha256("\0".join([*key_parts, _qemu_version()]).encode()).hexdigest()[:16]
    path = os.path.join(directory, f"{key}.{name}")
    with open(path + ".lock", "w", encoding="ascii") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # two runs at once make it once
        if not os.path.exists(path):
            make(path)
    return path


def state_make(start, path):
    """Keeps the state of the machine that START(flash) gives, at the beginning of its driver phase, in the file PATH."""
    flash = path + ".vars"
    try:
        with start(flash) as machine:
            while "RIP=" not in _registers(machine):  # EIP until then
                if machine.processor_seconds() > LIMIT_S or machine.poll(0.001) is not None:
                    raise NotPossible("the firmware does not reach its 64-bit code")
            machine.command("stop")
            _save(machine, path + ".new")
        with open(path + ".new", "rb") as file:
            _flash_pages(file.read(), os.path.getsize(flash))
        os.replace(path + ".new", path)
    finally:
        for name in (flash, flash + ".serial", flash + ".serial.qemu", path + ".new", path + ".new.part"):
            if os.path.exists(name):
                os.unlink(name)


def state_with_flash(state, flash, target):
    """Writes the kept STATE to TARGET, with the contents of the file FLASH in place of its own."""
    with open(flash, "rb") as file:
        contents = file.read()
    with open(state, "rb") as file:
        stream = bytearray(file.read())
    for address, at in _flash_pages(stream, len(contents)):
        stream[at:at + PAGE] = contents[address:address + PAGE]
    with open(target, "wb") as file:
        file.write(stream)


def _registers(machine):
    return machine.command("human-monitor-command", **{"command-line": "info registers"})


def _save(machine, path):
    machine.command("migrate-set-parameters", **{"max-bandwidth": 1 << 40})
    part = path + ".part"  # QEMU says "completed" when the pipe has everything; the file is whole when it has its name
    machine.command("migrate", uri=f"exec:cat > {_quoted(part)} && mv {_quoted(part)} {_quoted(path)}")
    end = time.monotonic() + 60
    while time.monotonic() < end:
        status = machine.command("query-migrate").get("status")
        if status == "completed" and os.path.exists(path):
            return
        if status in ("failed", "cancelled"):
            break
        time.sleep(0.02)
    raise NotPossible("QEMU cannot save the machine's state")


def resume(machine):
    """Lets a machine run that was started with the arguments of incoming()."""
    end = time.monotonic() + 120
    while machine.command("query-status")["status"] == "inmigrate":
        if time.monotonic() > end:
            raise NotPossible("QEMU does not load the machine's state")
        time.sleep(0.01)
    machine.command("cont")


def incoming(path):
    """QEMU's arguments for a start from the state file PATH."""
    return ["-incoming", "exec:cat " + _quoted(path)]


def _flash_pages(stream, size):
    """(address in the flash, offset in STREAM) of every page of the variables' flash."""
    at, pages = stream.find(FLASH_BLOCK), {}
    while at >= 0 and len(pages) < size // PAGE:
        header, = struct.unpack_from(">Q", stream, at - 8)
        at += len(FLASH_BLOCK)
        flags = PAGE_FULL
        while header % PAGE == flags and header - flags < size:  # the list of blocks has other flags
            pages[header - flags] = at
            header, = struct.unpack_from(">Q", stream, at + PAGE)
            at, flags = at + PAGE + 8, PAGE_FULL | PAGE_CONTINUES
        at = stream.find(FLASH_BLOCK, at)
    if len(pages) != size // PAGE:
        raise NotPossible(f"QEMU's state has {len(pages)} pages of the flash, not {size // PAGE}")
    return list(pages.items())


def _qemu_version():
    return subprocess.run(["qemu-system-x86_64", "--version"], stdout=subprocess.PIPE, text=True, check=True).stdout


def _quoted(path):
    return "'" + path.replace("'", "'\\''") + "'"
