# SPDX-License-Identifier: Apache-2.0
"""What a cut left on the ESP, as others than firmware see it: fsck.vfat, mtools, and bootpilotctl on a copy of the files."""

import hashlib
import json
import os
import re
import shutil
import subprocess

from . import disk, paths

LIMIT_S = 60
# What fsck.vfat prints without a finding, and the two findings that do no harm: room that nobody uses, and its sum.
TALK = re.compile(r"fsck\.fat |Leaving filesystem unchanged|  Auto-|  Using |.*: \d+ files, \d+/\d+ clusters$|$")
HARMLESS = re.compile(r"Reclaimed \d+ unused cluster|Free cluster summary wrong")
# The firmware's FAT driver takes a directory whose chain runs into a free cluster for empty.
CHAIN_BROKEN = "Contains a free cluster"
ENTRY_DIRECTORIES = ("/LOADER/ENTRIES", "/EFI/LINUX")


class EspView:
    """The ESP of DISK, read in DIRECTORY. clean: fsck found nothing; dirt: what it found beyond lost clusters;
    chain_broken: firmware will take a directory of entries for empty that is not."""

    def __init__(self, machine_disk, directory):
        self.tree = os.path.join(directory, "esp")
        self._fsck(machine_disk, os.path.join(directory, "esp.img"))
        self._copy(machine_disk)

    def _fsck(self, machine_disk, partition):
        with open(machine_disk.path, "rb") as source, open(partition, "wb") as target:
            source.seek(disk.START[disk.ESP])
            target.write(source.read(machine_disk.size))
        done = subprocess.run(["fsck.vfat", "-n", partition], env=disk.ENVIRONMENT, stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, text=True, errors="replace", timeout=LIMIT_S, check=False)
        os.unlink(partition)
        findings = [line for line in done.stdout.splitlines() if not TALK.match(line)]
        self.clean = done.returncode == 0
        self.dirt = [line.strip() for line in findings if not HARMLESS.match(line)]
        self.chain_broken = any(path in ENTRY_DIRECTORIES and finding.startswith(CHAIN_BROKEN)
                                for path, finding in zip(self.dirt, self.dirt[1:]))

    def _copy(self, machine_disk):
        """Every file, by mtools. A directory that cannot be read raises DiskError."""
        shutil.rmtree(self.tree, ignore_errors=True)
        os.mkdir(self.tree)
        image = f"{machine_disk.path}@@{disk.START[disk.ESP]}"
        disk.call(["mcopy", "-s", "-n", "-m", "-i", image, "::/", self.tree])

    def files(self):
        """Path to digest of every file."""
        found = {}
        for directory, _, names in os.walk(self.tree):
            for name in names:
                path = os.path.join(directory, name)
                with open(path, "rb") as file:
                    found[os.path.relpath(path, self.tree)] = hashlib.sha256(file.read()).hexdigest()
        return found

    def plan(self):
        """The role that bootpilotctl expects at the next boot, in words of BootpilotDecision; or why it cannot say."""
        done = subprocess.run([paths.TOOL, "plan", "--esp-path", self.tree, "--json"], stdout=subprocess.PIPE,
                              stderr=subprocess.PIPE, text=True, errors="replace", timeout=LIMIT_S, check=False)
        if done.returncode != 0:
            return f"exit status {done.returncode}: {done.stderr.strip()}"
        boots = json.loads(done.stdout)["boots"]
        return boots[0]["role"] if boots else "none"
