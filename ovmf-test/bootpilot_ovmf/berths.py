# SPDX-License-Identifier: Apache-2.0
"""The ways in which Bootpilot is started (design: section 6), each as the files and boot options it needs."""

from . import paths

SYSTEMD_BOOT = r"\EFI\systemd\systemd-bootx64.efi"
FALLBACK = r"\EFI\BOOT\BOOTX64.EFI"
DRIVER = r"\EFI\systemd\drivers\bootpilotx64.efi"
APPLICATION = r"\EFI\bootpilot\bootpilotx64.efi"
TYPE2 = r"\EFI\Linux\bootpilotx64.efi"
ENTRY_CONF = r"\loader\entries\bootpilot-loader.conf"
CONFIG = r"\EFI\bootpilot\bootpilot.cfg"
LOADER_CONF = r"\loader\loader.conf"
# The last boot option: a test OS that says what is in the variables when everything else has returned to the firmware.
WITNESS = r"\EFI\testos\witness.efi"

OWN_NAMES = ("bootpilot-loader.conf", "bootpilotx64.efi")

OPTION_LOADER = ("systemd-boot", SYSTEMD_BOOT)
OPTION_BOOTPILOT = ("Bootpilot", APPLICATION)
OPTION_WITNESS = ("Witness", WITNESS)


class Berth:
    """What one berth consists of: Bootpilot's images by path, a line for loader.conf, further files, boot options."""

    def __init__(self, images, default="", files=None, options=(OPTION_LOADER,)):
        self.images, self.default, self.files = images, default, files or {}
        self.options = (*options, OPTION_WITNESS)

    def loader_conf(self, text="timeout 0\n"):
        """TEXT with the line this berth needs; the last `default` counts."""
        if text and not text.endswith("\n"):
            text += "\n"
        return text + (f"default {self.default}\n" if self.default else "")


BERTHS = {
    "none": Berth({}),  # plain systemd-boot, to compare with
    "driver": Berth({DRIVER: paths.BOOTPILOT_DRIVER}),
    "entry": Berth({APPLICATION: paths.BOOTPILOT}, "bootpilot-loader.conf",
                   {ENTRY_CONF: f"title Bootpilot\nefi {APPLICATION}\n".replace("\\", "/")}),
    "type2": Berth({TYPE2: paths.BOOTPILOT}, "bootpilotx64.efi"),
    "first": Berth({APPLICATION: paths.BOOTPILOT}, options=(OPTION_BOOTPILOT, OPTION_LOADER)),
    "net": Berth({DRIVER: paths.BOOTPILOT_DRIVER, APPLICATION: paths.BOOTPILOT},
                 options=(OPTION_LOADER, OPTION_BOOTPILOT)),
}


def berth_get(name):
    """The Berth called NAME; one that is made for the occasion is itself."""
    if isinstance(name, Berth):
        return name
    if name not in BERTHS:
        raise ValueError(f"there is no berth {name}: say one of {', '.join(BERTHS)}")
    return BERTHS[name]
