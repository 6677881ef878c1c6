# SPDX-License-Identifier: Apache-2.0
"""EFI Boot Guard on the same kind of machine: Debian's package, two configurations on partitions of their own, a watchdog.

What EFI Boot Guard boots is the configuration of the highest revision. One that an update has just installed gets one try: if it
has not confirmed itself by the next boot, the one before it is booted. So "active" is an installed update of revision 2,
"passive" the confirmed revision 1. A system that has confirmed itself once has no way back.
"""

import os
import subprocess

from . import berths, disk, loaders, paths
from .clocked import Clocked
from .debian import Unavailable

SUITE, PACKAGE = "bookworm", "efibootguard"
IMAGE = "usr/lib/x86_64-linux-gnu/efibootguard/efibootguardx64.efi"
SETTER = "usr/bin/bg_setenv"
WATCHDOG_S = 60
CONFIG_SIZE = 16 * disk.MIB
TYPE_DATA = "EBD0A0A2-B9E5-4433-87C0-68B6B72699C7"
OK, INSTALLED = 0, 1  # states of a configuration


def guard_get():
    """(image, path of bg_setenv), unpacked in out/loaders, never installed."""
    image, setter = (os.path.join(paths.LOADERS, name) for name in ("efibootguard.efi", "bg_setenv"))
    loaders.fetch_once(SUITE, PACKAGE, IMAGE, image)
    loaders.fetch_once(SUITE, PACKAGE, SETTER, setter)
    os.chmod(setter, 0o755)
    return paths.read(image, "run ovmf-test/bench again with a network"), setter


def version_get():
    """The package's version, as bg_setenv says it."""
    done = subprocess.run([guard_get()[1], "--version"], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                          timeout=20, check=False)
    words = done.stdout.split()
    if done.returncode != 0 or not words:
        raise Unavailable(f"bg_setenv of {PACKAGE} does not run here: {done.stdout.strip()}")
    return words[-1].lstrip("v")


class Guarded(Clocked):
    """The firmware starts EFI Boot Guard, that the OS. BROKEN as in Clocked: what the update brought; None: it was confirmed."""

    hardware = ("-device", "i6300esb")  # EFI Boot Guard starts nothing where it finds no watchdog

    def __init__(self, directory, loader, broken=None):
        super().__init__(directory, loader, "os", broken)
        self.guard, self.setter = guard_get()
        self.disk.write(berths.FALLBACK, self.guard)
        self.boot_options([("EFI Boot Guard", berths.FALLBACK)])
        self._partition()
        self._configure(1, "passive", 1, OK, "passive")
        self._configure(2, "active", 2, INSTALLED if broken else OK, "crash" if broken == "crash" else "active")

    def _start_of(self, number):
        return disk.START[disk.ESP] + self.disk.size + (number - 1) * CONFIG_SIZE

    def _partition(self):
        """Two partitions behind the ESP, which stays as it is."""
        with open(self.disk.path, "r+b") as file:
            file.truncate(self._start_of(3) + disk.MIB)
        table = f"label: gpt\nlabel-id: {disk.DISK_GUID}\n" + "".join(
            f"start={start // disk.SECTOR}, size={size // disk.SECTOR}, type={kind}{more}\n" for start, size, kind, more in (
                (disk.START[disk.ESP], self.disk.size, disk.TYPE[disk.ESP], f", uuid={disk.PARTITION_GUID[disk.ESP]}"),
                (self._start_of(1), CONFIG_SIZE, TYPE_DATA, ""), (self._start_of(2), CONFIG_SIZE, TYPE_DATA, "")))
        disk.call(["sfdisk", "--quiet", "--no-reread", "--no-tell-kernel", self.disk.path], table.encode())
        for number in (1, 2):
            disk.call(["mkfs.vfat", "-F", "16", "--offset", str(self._start_of(number) // disk.SECTOR), self.disk.path,
                       str(CONFIG_SIZE // 1024)])

    def _configure(self, number, role, revision, state, arguments):
        """Puts the configuration of ROLE on partition NUMBER. Its image is the one that systemd-boot's entries name."""
        name = os.path.join(self.directory, "BGENV.DAT")
        if os.path.exists(name):
            os.unlink(name)
        disk.call([self.setter, f"--filepath={name}", f"--revision={revision}", f"--ustate={state}", f"--kernel=EFI\\test\\{role}.efi",
                   f"--args={arguments}", f"--watchdog={WATCHDOG_S}"])
        disk.call(["mcopy", "-i", f"{self.disk.path}@@{self._start_of(number)}", name, "::/BGENV.DAT"])
