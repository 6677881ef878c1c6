# SPDX-License-Identifier: Apache-2.0
"""A person in front of systemd-boot's menu."""

import re
import time

# The entry that leads to the firmware's setup is the menu's last line, so the menu is complete when it stands there.
MENU = re.compile(rb"Reboot Into Firmware Interface")
BETWEEN_S = 1.0  # the firmware's keyboard forgets keys that come faster than it looks


class Typist:
    """To be used as Machine.boot(watch=): presses KEYS, in QEMU's names, one after the other once the menu stands there."""

    def __init__(self, keys):
        self.left, self.next_at = list(keys), None

    def __call__(self, machine):
        if self.next_at is None and MENU.search(machine.serial()):
            self.next_at = time.monotonic() + BETWEEN_S
        if self.left and self.next_at is not None and time.monotonic() >= self.next_at:
            machine.command("human-monitor-command", **{"command-line": f"sendkey {self.left.pop(0)}"})
            self.next_at = time.monotonic() + BETWEEN_S
        return False
