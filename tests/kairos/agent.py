# SPDX-License-Identifier: Apache-2.0
"""kairos-agent's file operations on an ESP, replayed by its own rules (its sources: pkg/uki/install.go, upgrade.go, reset.go, common.go,
pkg/utils/common.go; tests/fake/test_kairos.c does the same for the fake firmware), with the overlay's stages where the agent runs them."""
import os
import random
import re
import subprocess
import sys
from pathlib import Path

import yaml

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tool"))

from test_live import BOOTPILOT, Machine as LiveMachine, STATE  # noqa: E402, F401
from test_tool import TOOL, image  # noqa: E402

OVERLAY = Path(__file__).resolve().parents[2] / "tools" / "kairos" / "overlay"
CONFIG = OVERLAY / "system" / "oem" / "60_bootpilot.yaml"
ROLES = ("active", "passive", "recovery", "statereset")
SORT_KEYS = dict(zip(ROLES, ("0001", "0002", "0003", "0004")))
TITLES = dict(zip(ROLES, ("Kairos", "Kairos (fallback)", "Kairos recovery", "Kairos state reset (auto)")))
# AuroraBoot's loader.conf
LOADER_CONF = "timeout 5\nconsole-mode max\neditor no\nsecure-boot-enroll if-safe\n"


def config():
    return yaml.safe_load(CONFIG.read_text())


class Node(LiveMachine):
    """A node with Trusted Boot. Its key order in each .conf is random, as the agent's is."""

    def __init__(self, path, driver=b"MZ driver"):
        super().__init__(path)
        for file in self.esp.entries.iterdir():
            file.unlink()
        for file in (self.esp.path / "EFI" / "kairos").iterdir():
            file.unlink()
        self.random = random.Random(1)
        self.builds = 0
        self.images = path / "usr-lib-bootpilot"
        self.images.mkdir()
        for name in ("kairos-place", "kairos-twins"):
            (self.images / name).symlink_to(OVERLAY / "usr" / "lib" / "bootpilot" / name)
        for name in ("x64", "aa64"):
            (self.images / f"bootpilot-driver{name}.efi").write_bytes(driver)
        self.bin = path / "bin"
        self.bin.mkdir()
        (self.bin / "bootpilotctl").symlink_to(TOOL)
        self.said = ""
        self.variables.unset("BootpilotState", BOOTPILOT)  # no record: names alone speak
        self.booted("active.conf")

    # --- the firmware's side ---

    def booted(self, entry, role=None):
        """systemd-boot started ENTRY."""
        self.variables.set("LoaderEntrySelected", entry)
        role = role or {"statereset": "reset"}.get(entry.split(".")[0], entry.split(".")[0])
        self.variables.set("BootpilotDecision", f"role={role} entry={entry} reason=requested pending=no berth=driver", BOOTPILOT)

    def names(self):
        return sorted(path.name for path in self.esp.entries.iterdir())

    def counter(self, role, counter):
        """The entries of ROLE have COUNTER, for example +0-3, or none."""
        for file in self.esp.entries.glob(role + "*"):
            file.rename(file.with_name(re.sub(r"\+\d+(-\d+)?", "", file.stem) + counter + ".conf"))

    def next(self):
        decision = self.json("status")["decision"]
        return decision["role"], decision["reason"]

    def verdicts(self):
        return [role["verdict"] for role in self.json("status")["roles"]]

    # --- stages ---

    def shell(self, command):
        command = command.replace("/run/cos/efi", "/efi").replace("/usr/lib/bootpilot", str(self.images))
        command = re.sub(r"(?<![\w/])/efi\b", str(self.esp.path), command).replace("/usr/bin/bootpilotctl", "bootpilotctl")
        environment = {**os.environ, "EFIVARFS_PATH": f"{self.variables.path}/", "SYSTEMD_ESP_PATH": str(self.esp.path),
                       "STATE_DIRECTORY": str(self.state), "PATH": f"{self.bin}:{os.environ['PATH']}"}
        result = subprocess.run(["sh", "-c", command], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, encoding="utf-8",
                                timeout=60, env=environment)
        assert result.returncode == 0, f"{command}: {result.stdout}"
        self.said += result.stdout

    def stage(self, name):
        for step in config()["stages"].get(name, []):
            for command in step["commands"]:
                self.shell(command)

    # --- what the agent does to the files ---

    def conf(self, name, role, sort_key):
        self.builds += 1
        lines = [f"title {TITLES[role]}", f"sort-key {sort_key}", f"linux /EFI/kairos/{role}.efi", "profile 0"]
        self.random.shuffle(lines)
        (self.esp.entries / name).write_text("\n".join(lines) + "\n")

    def image(self, role, build=None):
        self.builds += 1
        text = image() + (build or f"build {self.builds}").encode()
        (self.esp.path / "EFI" / "kairos" / f"{role}.efi").write_bytes(text)

    def build_of(self, role):
        return (self.esp.path / "EFI" / "kairos" / f"{role}.efi").read_bytes()

    def remove_role(self, role):
        """Every file whose name begins with ROLE, anywhere."""
        for file in [path for path in self.esp.path.rglob("*") if path.is_file() and path.name.startswith(role)]:
            file.unlink()

    def copy_role(self, source, target):
        """Counters are part of the name, and are copied with it."""
        for file in list(self.esp.entries.glob(source + "*")):
            self.conf(file.name.replace(source, target, 1), target, SORT_KEYS[source])
        path = self.esp.path / "EFI" / "kairos"
        if (path / f"{source}.efi").exists():
            (path / f"{target}.efi").write_bytes((path / f"{source}.efi").read_bytes())

    def assess(self):
        """Sort keys and counters, for every .conf whose name does not contain loader.conf."""
        for file in sorted(self.esp.path.rglob("*.conf")):
            if "loader.conf" in file.name:
                continue
            role = next((role for role in ROLES if role in file.name), None)
            if role:
                self.conf(file.name, role, SORT_KEYS[role])
            if not re.search(r"\+\d+(-\d+)?$", file.stem):
                file.rename(file.with_name(file.stem + "+3.conf"))

    def finish(self):
        self.variables.set("LoaderEntryOneShot", "active.conf", attributes=7)
        (self.esp.path / "loader" / "loader.conf").write_text(LOADER_CONF)

    # --- what the agent does ---

    def install(self):
        for role in ROLES:
            self.image(role, "build 1")
            self.conf(f"{role}.conf", role, SORT_KEYS[role])
        self.assess()
        self.finish()
        self.stage("kairos-uki-install.after")

    def upgrade(self):
        self.stage("kairos-uki-upgrade.pre")
        self.remove_role("passive")
        self.copy_role("active", "passive")
        self.remove_role("active")
        self.image("active")
        self.conf("active.conf", "active", "norole-0")
        self.assess()
        self.finish()
        self.stage("kairos-uki-upgrade.after")

    def upgrade_recovery(self):
        """Returns before the stage at the end of other upgrades."""
        self.stage("kairos-uki-upgrade.pre")
        self.image("recovery")
        self.conf("recovery.conf", "recovery", "norole-0")

    def reset(self, cut=False):
        self.stage("kairos-uki-reset.pre")
        if cut:  # power fails while it formats
            return
        self.remove_role("active")
        self.copy_role("recovery", "active")
        self.assess()
        self.finish()
        self.stage("kairos-uki-reset.after")

    def bootentry(self, name):
        self.variables.set("LoaderEntryOneShot", f"{name}.conf", attributes=7)

    def boot(self):
        """The request is consumed."""
        self.variables.unset("LoaderEntryOneShot")
