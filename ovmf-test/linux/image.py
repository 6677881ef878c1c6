# SPDX-License-Identifier: Apache-2.0
"""The UKI: Debian's kernel and stub, the base, and over it what `make install` puts into a system, and what the tests need.
Made once for each content, below out/ovmf/linux.

One file serves every role, as in Kairos: what a role does is decided by the name of the entry that was started.
"""

import fcntl
import glob
import hashlib
import os
import re
import shutil
import struct
import subprocess
import tempfile

from bootpilot_ovmf import paths
from linux import base, readme
from linux.cpio import Archive

HERE = os.path.dirname(os.path.abspath(__file__))
TREE = os.path.join(HERE, "tree")
CACHE = os.path.join(paths.WORK, "linux")
SYSTEM = "etc/systemd/system"
UNSEEN = "usr/share/"  # manuals and completions: nobody reads or types here
PAGE = 4096
EMPTY_DIRECTORIES = ["dev", "efi", "proc", "root", "run", "sys", "tmp", "var/tmp", "var/log"]
# panic=1: a kernel that cannot go on resets the machine after a second. no_timer_check: on a busy host the emulated timer
# may not tick in the few milliseconds that the kernel watches it, and it would panic.
COMMAND_LINE = "console=ttyS0 panic=1 no_timer_check loglevel=3 mitigations=off audit=0 systemd.show_status=error rw"
OS_RELEASE = 'ID=bootpilot-test\nNAME="Bootpilot test"\nPRETTY_NAME="Bootpilot test: a real Linux"\nVERSION_ID=1\n'

# What a machine that only boots does not need.
MASKED = """
apt-daily.timer cryptsetup.target dev-hugepages.mount dev-mqueue.mount dpkg-db-backup.timer e2scrub_all.timer
fstrim.timer getty-static.service getty.target integritysetup.target kmod-static-nodes.service ldconfig.service
proc-sys-fs-binfmt_misc.automount remote-fs.target sys-fs-fuse-connections.mount sys-kernel-config.mount
sys-kernel-debug.mount sys-kernel-tracing.mount systemd-ask-password-console.path systemd-ask-password-wall.path
systemd-binfmt.service systemd-firstboot.service systemd-initctl.socket systemd-journal-flush.service
systemd-journald-audit.socket systemd-logind.service systemd-machine-id-commit.service
systemd-pcrphase-sysinit.service systemd-pcrphase.service systemd-random-seed.service systemd-remount-fs.service
systemd-repart.service systemd-tmpfiles-setup-dev.service
systemd-sysctl.service systemd-sysusers.service systemd-tmpfiles-clean.timer systemd-tmpfiles-setup.service
systemd-update-utmp-runlevel.service systemd-update-utmp.service systemd-user-sessions.service veritysetup.target
""".split()


def image_get():
    """The path of the UKI, made if it is not there yet."""
    if not os.path.exists(paths.TOOL):
        raise base.Unavailable(f"{paths.TOOL} does not exist: run make")
    packages = sorted({*base.PACKAGES, *base.libraries(paths.TOOL)})
    ground = _kept("base", [base.suite(), *packages, *(_content(os.path.join(HERE, name)) for name in ("base.py", "cpio.py"))],
                   lambda directory: base.make(packages, directory))
    with tempfile.TemporaryDirectory(prefix="bootpilot-linux-") as installed:
        _install(installed)
        files = {os.path.relpath(path, top): path for top in (installed, TREE) for path in _files(top)}
        files = {place: path for place, path in files.items() if not place.startswith(UNSEEN)}
        contents = [part for place, path in sorted(files.items()) for part in (place, _content(path))]
        directory = _kept("uki", [ground, *contents, _content(os.path.join(HERE, "image.py"))],
                          lambda made: _make(ground, files, made))
    return os.path.join(directory, "linux.efi")


def _install(directory):
    """Puts into DIRECTORY what README's commands put into a system."""
    flags = os.environ.get("MAKEFLAGS", "")
    out = os.path.relpath(paths.OUT, paths.REPOSITORY)  # as make was told it: by another name everything would be built again
    if "OUT=" not in flags and out != "out":
        flags += ("" if " -- " in flags else " --") + f" OUT={out}"
    for line in readme.typed("build"):
        base.run(["sh", "-c", line], dict(os.environ, MAKEFLAGS=flags, DESTDIR=directory))


def _kept(name, key, make):
    """The directory that MAKE filled for KEY, a list of texts and bytes; older ones called NAME are removed."""
    digest = hashlib.sha256()
    for part in key:
        data = part if isinstance(part, bytes) else part.encode()
        digest.update(b"%d " % len(data) + data)
    directory = os.path.join(CACHE, f"{name}-{digest.hexdigest()[:16]}")
    os.makedirs(CACHE, exist_ok=True)
    with open(os.path.join(CACHE, f"lock-{name}"), "w", encoding="ascii") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # two runs at once make it once
        if os.path.isdir(directory):
            return directory
        with tempfile.TemporaryDirectory(prefix=f"new-{name}-", dir=CACHE) as new:
            made = os.path.join(new, "made")
            os.mkdir(made)
            make(made)
            for old in glob.glob(os.path.join(CACHE, f"{name}-*")):
                shutil.rmtree(old, ignore_errors=True)
            os.replace(made, directory)
    return directory


def _files(top):
    return [os.path.join(directory, name) for directory, _, names in os.walk(top) for name in names]


def _content(path):
    """What a file is, for the key: its mode and bytes, or where it points."""
    if os.path.islink(path):
        return f"-> {os.readlink(path)}"
    with open(path, "rb") as file:
        return f"{os.stat(path).st_mode & 0o777:o} ".encode() + file.read()


def _make(ground, files, directory):
    with open(os.path.join(ground, "base.cpio"), "rb") as file:
        initrd = file.read() + _overlay(files).bytes()
    packed = subprocess.run(["zstd", "-q", "-6", "-T2", "-c"], input=initrd, stdout=subprocess.PIPE, check=True).stdout
    sections = [(".osrel", OS_RELEASE.encode()), (".cmdline", COMMAND_LINE.encode() + b"\0"),
                (".initrd", packed), (".linux", paths.read(os.path.join(ground, "kernel"), "it is part of the base"))]
    _uki(os.path.join(ground, "stub"), sections, os.path.join(directory, "linux.efi"))


def _overlay(files):
    """What is laid over the base: FILES, by their place."""
    archive = Archive()
    for path in EMPTY_DIRECTORIES:
        archive.directory(path)
    archive.link("init", "usr/lib/systemd/systemd")
    for place, path in sorted(files.items()):
        if os.path.islink(path):
            archive.link(place, os.readlink(path))
            continue
        data = paths.read(path, "it is part of the source")
        archive.file(place, data, 0o755 if os.stat(path).st_mode & 0o100 else 0o644)
        if place.endswith(".service"):
            _enable(archive, place, data.decode())
    for unit in MASKED:
        archive.link(f"{SYSTEM}/{unit}", "/dev/null")
    return archive


def _enable(archive, place, text):
    """As `systemctl enable` would do it."""
    unit = os.path.basename(place)
    for kind, directory in (("WantedBy", "wants"), ("RequiredBy", "requires")):
        for targets in re.findall(rf"^{kind}=(.*)", text, re.MULTILINE):
            for target in targets.split():
                archive.link(f"{SYSTEM}/{target}.{directory}/{unit}", f"/{place}")


def _uki(stub, sections, target):
    """The stub with further sections behind its own."""
    image = paths.read(stub, "it is part of the base")
    pe, = struct.unpack_from("<I", image, 0x3C)
    ground, = struct.unpack_from("<Q", image, pe + 24 + 24)  # ImageBase; objcopy counts from 0, the image from here
    end, = struct.unpack_from("<I", image, pe + 24 + 56)  # SizeOfImage
    with tempfile.TemporaryDirectory(prefix="bootpilot-") as directory:
        command = ["objcopy"]
        for name, data in sections:
            end = (end + PAGE - 1) // PAGE * PAGE
            path = os.path.join(directory, name)
            with open(path, "wb") as file:
                file.write(data)
            command += ["--add-section", f"{name}={path}", "--change-section-vma", f"{name}={ground + end:#x}"]
            end += len(data)
        subprocess.run([*command, stub, target], check=True)
