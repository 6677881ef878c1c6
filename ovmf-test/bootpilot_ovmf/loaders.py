# SPDX-License-Identifier: Apache-2.0
"""The systemd-boot binaries that Bootpilot is tried on, from Debian's package systemd-boot-efi.

The package is fetched by apt with directories of its own, from the archive that this machine's apt already uses; the
machine's own package lists are not touched. BOOTPILOT_DEBIAN_ARCHIVE names another archive, e.g. on Ubuntu.
"""

import fcntl
import glob
import os
import re
import shutil
import subprocess

from . import paths

# name used by scenarios and on the command line -> suite
SUITES = {"252": "bookworm", "254": "bookworm-backports", "257": "trixie", "newest": "sid"}
NEWEST_AT_LEAST = 258
ALIASES = {"262": "newest", "sid": "newest"}  # scenarios say 262 and mean the newest

PACKAGE = "systemd-boot-efi"
BINARY = "usr/lib/systemd/boot/efi/systemd-bootx64.efi"
KEYRING = "/usr/share/keyrings/debian-archive-keyring.gpg"
MAGIC = re.compile(rb"#### LoaderInfo: systemd-boot ([^ ]+) ####")
TIMEOUT_S = 180


class Unavailable(Exception):
    """This systemd-boot cannot be had here; the text says why."""


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
    if not os.path.exists(path):
        os.makedirs(paths.LOADERS, exist_ok=True)
        with open(os.path.join(paths.LOADERS, "lock"), "w", encoding="ascii") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)  # who comes second finds it there
            if not os.path.exists(path):
                _fetch(SUITES[name], path)
    loader = Loader(name, path)
    if name == "newest" and loader.series < NEWEST_AT_LEAST:
        raise Unavailable(f"the newest systemd-boot in {SUITES[name]} is {loader.version}, older than {NEWEST_AT_LEAST}")
    return loader


def _fetch(suite, target):
    errors = []
    for archive in archives():
        try:
            _fetch_from(archive, suite, target)
            return
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


def _fetch_from(archive, suite, target):
    cache = os.path.join(paths.LOADERS, "apt", suite)
    shutil.rmtree(cache, ignore_errors=True)
    for directory in ("state/lists/partial", "cache/archives/partial", "package"):
        os.makedirs(os.path.join(cache, directory))
    options = _apt_options(cache, archive, suite)
    _call(["apt-get", *options, "update", "-q"], cache, suite)
    _call(["apt-get", *options, "download", "-q", f"{PACKAGE}:amd64"], cache, suite)
    packages = glob.glob(os.path.join(cache, f"{PACKAGE}_*.deb"))
    if not packages:
        raise Unavailable(f"suite {suite} has no package {PACKAGE}")
    _call(["dpkg-deb", "-x", packages[0], os.path.join(cache, "package")], cache, suite)
    binary = os.path.join(cache, "package", BINARY)
    if not os.path.exists(binary):
        raise Unavailable(f"{os.path.basename(packages[0])} has no {BINARY}")
    shutil.copy(binary, target + ".new")
    os.replace(target + ".new", target)
    shutil.rmtree(cache)


def _apt_options(cache, archive, suite):
    signed_by = f" signed-by={KEYRING}" if os.path.exists(KEYRING) else ""
    sources = os.path.join(cache, "sources.list")
    with open(sources, "w", encoding="ascii") as file:
        file.write(f"deb [arch=amd64{signed_by}] {archive} {suite} main\n")
    with open(os.path.join(cache, "status"), "w", encoding="ascii"):
        pass
    settings = {"Dir::State": f"{cache}/state", "Dir::State::status": f"{cache}/status", "Dir::Cache": f"{cache}/cache",
                "Dir::Etc::SourceList": sources, "Dir::Etc::SourceParts": "/dev/null",
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
