# SPDX-License-Identifier: Apache-2.0
"""Which systemd-boot the demo uses: the one asked for, else whatever this machine can have."""

import glob
import os
import shutil
import subprocess
import tempfile

from . import paths
from .loaders import BINARY, PACKAGE, SUITES, Loader, Unavailable, loader_get

DEFAULT = "257"
OLDEST = 252  # the first that Bootpilot is made for
LIMIT_S = 180


def loader_choose(version):
    """The Loader for VERSION, which must be had; without VERSION the default, or the next best."""
    if version:
        return loader_get(version)
    reasons = []
    for name in dict.fromkeys((DEFAULT, *reversed(SUITES))):
        try:
            return loader_get(name)
        except Unavailable as error:
            reasons.append(f"{name}: {error}")
    try:
        return _own()
    except Unavailable as error:
        raise Unavailable("\n  ".join([f"no systemd-boot can be had: {error}", *reasons])) from None


def _own():
    """This distribution's own systemd-boot, e.g. on Ubuntu."""
    installed = "/" + BINARY
    path = installed if os.path.exists(installed) else _download()
    loader = Loader("own", path)
    if loader.series < OLDEST:
        raise Unavailable(f"this machine's systemd-boot is {loader.version}, Bootpilot needs {OLDEST} or newer")
    return loader


def _download():
    target = os.path.join(paths.LOADERS, "systemd-boot-own.efi")
    os.makedirs(paths.LOADERS, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=paths.LOADERS) as directory:
        _call(["apt-get", "-o", "APT::Sandbox::User=", "download", "-q", PACKAGE], directory)
        packages = glob.glob(os.path.join(directory, "*.deb"))
        if not packages:
            raise Unavailable(f"this machine's apt has no package {PACKAGE}")
        _call(["dpkg-deb", "-x", packages[0], directory], directory)
        binary = os.path.join(directory, BINARY)
        if not os.path.exists(binary):
            raise Unavailable(f"{os.path.basename(packages[0])} has no {BINARY}")
        shutil.copyfile(binary, target)
    return target


def _call(command, directory):
    try:
        done = subprocess.run(command, cwd=directory, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, text=True, check=False, timeout=LIMIT_S)
    except (OSError, subprocess.TimeoutExpired) as error:
        raise Unavailable(str(error)) from None
    if done.returncode != 0:
        raise Unavailable(done.stdout.strip().split("\n")[-1] or f"{command[0]} failed")
