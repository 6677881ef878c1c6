# SPDX-License-Identifier: Apache-2.0
"""Switches the machine on: warm where that is possible and wanted, else cold."""

import os
import shutil
import stat

from . import qemu, warm

COLD = bool(os.environ.get("BOOTPILOT_COLD"))  # set: every power cycle begins at the reset vector
_no_warm_start = set()  # kinds of machines that have shown that they cannot


class Power:
    """A machine of the FIRMWARE given, with its flash file and its disk image."""

    def __init__(self, firmware, flash, disk):
        self.firmware, self.flash, self.disk = firmware, flash, disk
        self.journal = None  # set: takes down every write of the next power cycle
        self.tpm = None      # set: the machine has this Tpm

    def on(self, log, read_only=False, display=False, hurry=False):
        """The running Qemu, to be used with `with`."""
        arguments = qemu.machine_arguments(self.firmware, self.flash, self.disk, read_only, display, hurry, self.journal)
        if self.tpm is not None:  # its PCRs tell of the firmware's first phases too
            self.tpm.start()
            return qemu.Qemu([*arguments, *self.tpm.arguments()], log)
        # emulated time and pictures belong to other machines than the one whose state is kept; KVM needs no help
        if COLD or display or hurry or qemu.accelerator_find() != "tcg":
            return qemu.Qemu(arguments, log)
        try:
            state = self._state()
        except (warm.NotPossible, qemu.QemuError) as error:
            _no_warm_start.add(self.firmware.code)
            print(f"ovmf-test: starting cold from now on: {error}", flush=True)
        if self.firmware.code in _no_warm_start:
            return qemu.Qemu(arguments, log)
        warm.state_with_flash(state, self.flash, log + ".state")
        return WarmQemu([*arguments, *warm.incoming(log + ".state")], log)

    def _state(self):
        if self.firmware.code in _no_warm_start:
            raise warm.NotPossible("it did not work before")
        return warm.kept("state", self._kind(), lambda path: warm.state_make(self._start, path))

    def _kind(self):
        code = os.stat(self.firmware.code)
        return [*qemu.machine_arguments(self.firmware, "flash", "disk"), str(code.st_size), str(code.st_mtime)]

    def settled_variables(self, boot_once):
        """A flash file that has been through one boot. The first boot of a new one takes 1.5 s longer, in which the
        firmware writes its own settings. BOOT_ONCE() boots the machine with the variables that are in its flash file."""
        def make(path):
            self.fresh_variables(self.flash)
            boot_once()
            shutil.copyfile(self.flash, path + ".new")
            os.replace(path + ".new", path)
        return warm.kept("vars", self._kind(), make)

    def fresh_variables(self, flash):
        """The variables as the firmware's maker delivers them."""
        shutil.copyfile(self.firmware.variables, flash)
        os.chmod(flash, stat.S_IRUSR | stat.S_IWUSR)

    def _start(self, flash):
        self.fresh_variables(flash)
        return qemu.Qemu(qemu.machine_arguments(self.firmware, flash, self.disk, read_only=True), flash + ".serial")


class WarmQemu(qemu.Qemu):
    """A Qemu that continues from a kept state."""

    def __enter__(self):
        super().__enter__()
        warm.resume(self)
        os.unlink(self.serial_path + ".state")
        return self
