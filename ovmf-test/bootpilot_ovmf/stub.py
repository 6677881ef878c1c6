# SPDX-License-Identifier: Apache-2.0
"""Unified kernel images with Debian's systemd-stub, which start the test OS in place of Linux."""

import os

from . import loaders, paths
from .images import as_kernel, with_sections

MEMBER = "usr/lib/systemd/boot/efi/linuxx64.efi.stub"
KERNEL_RELEASE = "0-testos"


def stub_get(name):
    """systemd-stub of the suite that systemd-boot NAME (252, 254, 257, newest) is from, downloaded if it is not in out/loaders
    yet."""
    path = path_of(name)
    loaders.fetch_once(loaders.SUITES[loaders.ALIASES.get(name, name)], loaders.PACKAGE, MEMBER, path)
    return paths.read(path, "run the command again with a network")


def path_of(name):
    """Where that of systemd-boot NAME is kept."""
    return os.path.join(paths.LOADERS, f"systemd-stub-{loaders.ALIASES.get(name, name)}.efi")


def uki(stub, testos, osrel):
    """An image that measures its sections and starts TESTOS; OSREL is the text of its os-release."""
    return with_sections(stub, {".osrel": osrel.encode(), ".uname": KERNEL_RELEASE.encode(),
                                ".linux": as_kernel(testos)})
