# SPDX-License-Identifier: Apache-2.0
"""Where memory is never writable and executable at once: Debian 13's OVMF with EFI_MEMORY_ATTRIBUTE_PROTOCOL, and a shim that
was told to demand NX_COMPAT, which gives the pages of everything that is loaded the permissions of their sections.

Both are needed: this firmware by itself loads images without regard to their sections, and executes what lies on the stack.
Only the protocol is there, for who wants to be strict."""

from . import nvram, qemu
from .images import with_permissions, without_nx_compat
from .loaders import strict_firmware_get
from .shim import SHIM_LOCK, ShimMachine

BERTHS = ("entry", "type2", "first")  # shim's LoadImage lets no driver through
CODE, READ = 0x20, 0x40000000
REQUIRE_NX = b"\1"  # shim, mok.h: MOK_POLICY_REQUIRE_NX
AS_BUILT, NOT_COMPATIBLE, NOT_EXECUTABLE = "as built", "NX_COMPAT not set", "its code is not executable"
SPOILT = {
    AS_BUILT: lambda image: image,
    NOT_COMPATIBLE: without_nx_compat,
    NOT_EXECUTABLE: lambda image: with_permissions(image, b".text", CODE | READ),
}


class StrictFirmware(qemu.Firmware):
    def __init__(self, secure_boot=True):
        super().__init__(secure_boot)
        self.code = strict_firmware_get()


class StrictMachine(ShimMachine):
    firmware_kind = StrictFirmware

    def nvram_reset(self):
        super().nvram_reset()
        store = self.nvram()
        store.set("MokPolicy", SHIM_LOCK, REQUIRE_NX, nvram.NV | nvram.BS)
        store.save()
