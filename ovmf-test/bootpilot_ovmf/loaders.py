# SPDX-License-Identifier: Apache-2.0
"""The systemd-boot binaries that Bootpilot is tried on, from Debian's package systemd-boot-efi.
BOOTPILOT_DEBIAN_ARCHIVE names another archive than this machine's, e.g. on Ubuntu.
"""

import fcntl
import os
import re
import shutil
import tarfile

from . import debian, paths
from .debian import Unavailable

# name used by scenarios and on the command line -> suite
SUITES = {"252": "bookworm", "254": "bookworm-backports", "257": "trixie", "newest": "sid"}
NEWEST_AT_LEAST = 258
ALIASES = {"262": "newest", "sid": "newest"}  # scenarios say 262 and mean the newest

PACKAGE = "systemd-boot-efi"
BINARY = "usr/lib/systemd/boot/efi/systemd-bootx64.efi"
MAGIC = re.compile(rb"#### LoaderInfo: systemd-boot ([^ ]+) ####")
SHIM_SUITE, SHIM_PACKAGE, SHIM_BINARY = "bookworm", "shim-unsigned", "usr/lib/shim/shimx64.efi"
STRICT_SUITE, STRICT_PACKAGE = "trixie", "ovmf"
STRICT_BINARY = "usr/share/OVMF/OVMF_CODE_4M.secboot.strictnx.fd"
SHIM_VERSION = re.compile(rb"UEFI SHIM\n\$Version: (\S+) \$")


class Loader:
    """One systemd-boot binary: the NAME it is asked for by, its exact VERSION, its file."""

    def __init__(self, name, path):
        self.name, self.path = name, path
        self.image = paths.read(path, "run ovmf-test/run again with a network")
        match = MAGIC.search(self.image)
        if match is None:
            raise Unavailable(f"{path} has no LoaderInfo magic: it is not a systemd-boot")
        self.version = match.group(1).decode()
        self.series = int(re.match(r"\d+", self.version).group())

    def short(self):
        """The version without Debian's revision: 257.13."""
        return self.version.split("-")[0]


def loader_get(name):
    """The Loader called NAME (252, 254, 257, newest), downloaded if it is not in out/loaders yet."""
    name = ALIASES.get(name, name)
    if name not in SUITES:
        raise Unavailable(f"systemd-boot {name} is not known here: say one of {', '.join(SUITES)}")
    path = os.path.join(paths.LOADERS, f"systemd-boot-{name}.efi")
    fetch_once(SUITES[name], PACKAGE, BINARY, path)
    loader = Loader(name, path)
    if name == "newest" and loader.series < NEWEST_AT_LEAST:
        raise Unavailable(f"the newest systemd-boot in {SUITES[name]} is {loader.version}, older than {NEWEST_AT_LEAST}")
    return loader


def shim_get():
    """(image, version) of Debian's shim, without a signature, downloaded if it is not in out/loaders yet."""
    path = os.path.join(paths.LOADERS, "shim.efi")
    fetch_once(SHIM_SUITE, SHIM_PACKAGE, SHIM_BINARY, path)
    image = paths.read(path, "run the command again with a network")
    match = SHIM_VERSION.search(image)
    if match is None:
        raise Unavailable(f"{path} does not say its version: it is not a shim")
    return image, match.group(1).decode()


def strict_firmware_get():
    """The path of the OVMF that lets programs set permissions of memory pages, downloaded if it is not in out/loaders yet."""
    path = os.path.join(paths.LOADERS, os.path.basename(STRICT_BINARY))
    fetch_once(STRICT_SUITE, STRICT_PACKAGE, STRICT_BINARY, path)
    return path


def bootctl_get():
    """The path of bootctl. Its package installs a boot loader, so it is unpacked in out/loaders, never installed."""
    installed, own = shutil.which("bootctl"), os.path.join(paths.LOADERS, "bootctl")
    if installed:
        return installed
    fetch_once(SUITES["252"], "systemd-boot", "usr/bin/bootctl", own)
    os.chmod(own, 0o755)
    return own


def fetch_once(suite, package, binary, target):
    """The file BINARY of PACKAGE in SUITE becomes the file TARGET, if that is not there yet; where BINARY is None, all that
    the package holds does, as a tar archive."""
    if os.path.exists(target):
        return
    os.makedirs(paths.LOADERS, exist_ok=True)
    with open(os.path.join(paths.LOADERS, "lock"), "w", encoding="ascii") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # who comes second finds it there
        if not os.path.exists(target):
            _fetch(suite, package, binary, target)


def _fetch(suite, package, binary, target):
    cache = os.path.join(paths.LOADERS, "apt", suite)
    file_name, = debian.fetch(suite, [f"{package}:amd64"], cache)
    tar = os.path.join(cache, "package.tar")
    debian.unpacked(file_name, tar)
    if binary is None:
        os.replace(tar, target)
    else:
        _extract(tar, binary, target, os.path.basename(file_name))
    shutil.rmtree(cache)


def _extract(tar, binary, target, package):
    with tarfile.open(tar) as packed:
        member = next((member for member in packed if os.path.normpath(member.name) == binary), None)
        if member is None:
            raise Unavailable(f"{package} has no {binary}")
        with open(target + ".new", "wb") as file:
            shutil.copyfileobj(packed.extractfile(member), file)
    os.replace(target + ".new", target)
