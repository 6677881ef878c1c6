# SPDX-License-Identifier: Apache-2.0
"""Packages of Debian, fetched and taken apart, never installed.

apt works in directories of its own, with the archive that this machine's apt already uses; the machine's own package
lists are not touched. BOOTPILOT_DEBIAN_ARCHIVE names another archive, e.g. on Ubuntu.
"""

import glob
import os
import shutil
import subprocess

KEYRING = "/usr/share/keyrings/debian-archive-keyring.gpg"
TIMEOUT_S = 300


class Unavailable(Exception):
    """The packages cannot be had here; the text says why."""


def fetch(suite, packages, directory, needed=False):
    """The paths of PACKAGES' files as they are in SUITE, below DIRECTORY, which is emptied first; with NEEDED also those
    of everything that they depend on, down to the C library."""
    errors = []
    for archive in archives():
        try:
            return _fetch_from(archive, suite, packages, directory, needed)
        except Unavailable as error:
            errors.append(str(error))
    raise Unavailable("; ".join(errors) or "this machine's apt knows no archive: set BOOTPILOT_DEBIAN_ARCHIVE to one")


def archives():
    """Archives to ask: the one named by the user, else those of this machine that hold Debian itself."""
    named = os.environ.get("BOOTPILOT_DEBIAN_ARCHIVE")
    if named:
        return [named]
    listed = subprocess.run(["apt-get", "indextargets", "--format", "$(SITE) $(ORIGIN) $(LABEL)"], check=False,
                            stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True).stdout
    rows = dict.fromkeys(tuple(line.split()) for line in listed.splitlines())
    debian = [row[0] for row in rows if row[1:] == ("Debian", "Debian")]
    return list(dict.fromkeys(debian or [row[0] for row in rows if row]))


def _fetch_from(archive, suite, packages, directory, needed):
    shutil.rmtree(directory, ignore_errors=True)
    for name in ("state/lists/partial", "cache/archives/partial"):
        os.makedirs(os.path.join(directory, name))
    settings = _settings(directory, archive, suite)
    _call(["apt-get", *settings, "update", "-q"], directory, suite)
    if needed:
        # nothing is installed in this apt's world, so that everything is downloaded
        _call(["apt-get", *settings, "install", "-q", "-y", "--download-only", "--no-install-recommends", *packages],
              directory, suite)
    else:
        _call(["apt-get", *settings, "download", "-q", *packages], os.path.join(directory, "cache/archives"), suite)
    found = sorted(glob.glob(os.path.join(directory, "cache/archives/*.deb")))
    for package in packages:
        if not any(os.path.basename(path).startswith(package.partition(":")[0] + "_") for path in found):
            raise Unavailable(f"suite {suite} has no package {package}")
    return found


def _settings(directory, archive, suite):
    signed_by = f" signed-by={KEYRING}" if os.path.exists(KEYRING) else ""
    sources = os.path.join(directory, "sources.list")
    with open(sources, "w", encoding="ascii") as file:
        file.write(f"deb [arch=amd64{signed_by}] {archive} {suite} main\n")
    with open(os.path.join(directory, "status"), "w", encoding="ascii"):
        pass
    settings = {"Dir::State": f"{directory}/state", "Dir::State::status": f"{directory}/status",
                "Dir::Cache": f"{directory}/cache", "Dir::Etc::SourceList": sources, "Dir::Etc::SourceParts": "/dev/null",
                "APT::Architecture": "amd64", "APT::Architectures": "amd64", "APT::Sandbox::User": "",
                "APT::Update::Post-Invoke": "", "APT::Update::Post-Invoke-Success": "",
                "Acquire::Languages": "none", "Acquire::Retries": "2", "Acquire::http::Timeout": "20"}
    return [word for key, value in settings.items() for word in ("-o", f"{key}={value}")]


def _call(command, directory, suite):
    try:
        done = subprocess.run(command, cwd=directory, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, text=True, check=False, timeout=TIMEOUT_S)
    except subprocess.TimeoutExpired:
        raise Unavailable(f"suite {suite}: {command[0]} took more than {TIMEOUT_S} s") from None
    if done.returncode != 0:
        lines = [line for line in done.stdout.splitlines() if line.startswith(("E:", "W:"))]
        raise Unavailable(f"suite {suite}: {' '.join(lines) or command[0] + ' failed'}")


def unpacked(package, path):
    """Writes what the file PACKAGE would put on a disk to PATH, as a tar archive."""
    with open(path, "wb") as file:
        if subprocess.run(["dpkg-deb", "--fsys-tarfile", package], stdout=file, check=False,
                          timeout=TIMEOUT_S).returncode != 0:
            raise Unavailable(f"{package}: dpkg-deb cannot read it")
