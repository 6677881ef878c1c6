# SPDX-License-Identifier: Apache-2.0
"""The root directory that every boot begins with: packages of Debian, unpacked, without what no boot needs.

No maintainer script runs. What those of base-passwd and systemd would have done lies in tree/.
"""

import contextlib
import fnmatch
import glob
import os
import subprocess
import tarfile
import tempfile

from bootpilot_ovmf import debian, paths
from bootpilot_ovmf.debian import Unavailable
from linux.cpio import Archive

PACKAGES = ["base-files", "coreutils", "dash", "grep", "kmod", "linux-image-cloud-amd64", "mount", "sed", "systemd",
            "systemd-boot", "systemd-boot-efi", "systemd-sysv", "udev", "util-linux"]
OTHERWISE = "trixie"  # where this machine is not Debian
LIMIT_S = 900
KERNEL, STUB = "boot/vmlinuz-*", "usr/lib/systemd/boot/efi/linuxx64.efi.stub"
MODULES = ["virtio_pci", "virtio_blk", "vfat", "nls_cp437", "nls_ascii", "nls_iso8859-1", "nls_utf8", "efivarfs"]
MERGED = ("bin", "sbin", "lib", "lib64")  # directories of /usr, whatever the packages say
# rules of udev: a partition gets its name, a device its module, systemd its unit; nobody waits for cameras
KEPT_RULES = ("50-udev-default", "60-block", "60-persistent-storage", "80-drivers", "99-systemd")
KEPT_GENERATORS = ("fstab", "bless-boot")

UNNEEDED = """
boot/* dev/* usr/share/* usr/lib/systemd/boot/* usr/lib/udev/hwdb.d/* usr/lib/klibc/*
usr/lib/x86_64-linux-gnu/gconv/* usr/lib/x86_64-linux-gnu/perl*/* usr/lib/x86_64-linux-gnu/libmvec* usr/lib/locale/*
usr/lib/x86_64-linux-gnu/*.a usr/lib/x86_64-linux-gnu/sudo/* usr/lib/firmware/* usr/lib/sysusers.d/* var/lib/dpkg/*
usr/lib/systemd/systemd-networkd* usr/lib/systemd/systemd-resolved usr/lib/systemd/user/* usr/lib/modprobe.d/* var/cache/*
usr/lib/apt/* usr/lib/dpkg/* usr/lib/initramfs-tools/* etc/init.d/* etc/rc?.d/* etc/cron* etc/apt/* etc/dpkg/*
usr/bin/*dpkg* usr/bin/apt* usr/bin/perl* usr/bin/systemd-analyze usr/bin/localedef usr/bin/tar usr/bin/cpio usr/bin/lsblk
usr/sbin/user* usr/sbin/group* usr/sbin/dmsetup usr/lib/x86_64-linux-gnu/security/*
""".split()


def suite():
    """The suite whose packages the tool's libraries come from: the one asked for, else this machine's own, if it is Debian."""
    asked = os.environ.get("BOOTPILOT_LINUX_SUITE")
    if asked:
        return asked
    with open("/etc/os-release", encoding="utf-8") as file:
        release = dict(line.rstrip().replace('"', "").split("=", 1) for line in file if "=" in line)
    return release["VERSION_CODENAME"] if release.get("ID") == "debian" else OTHERWISE


def libraries(program):
    """The packages of the libraries that PROGRAM is linked with."""
    listed = run(["ldd", program])
    found = set()
    for path in (word for word in listed.split() if word.startswith("/")):
        # a library of /usr/lib may be known as one of /lib, from before both became one directory
        for name in (path, os.path.realpath(path), path.removeprefix("/usr"), os.path.realpath(path).removeprefix("/usr")):
            owner = subprocess.run(["dpkg-query", "-S", name], capture_output=True, text=True, check=False).stdout
            if owner:
                found.add(owner.split(":")[0])
                break
    return sorted(found)


def make(packages, directory):
    """Writes base.cpio, kernel and stub into DIRECTORY."""
    with tempfile.TemporaryDirectory(prefix="bootpilot-linux-") as work, contextlib.ExitStack() as opened:
        members = _members(debian.fetch(suite(), packages, os.path.join(work, "apt"), needed=True), work, opened)

        def data(path):
            packed, member = members[path]
            while member.islnk():
                packed, member = members[_place(member.linkname)]
            return packed.extractfile(member).read()

        kernel = next(path for path in members if fnmatch.fnmatch(path, KERNEL))
        archive = Archive()
        for name in MERGED:
            archive.link(name, f"usr/{name}")
        for path in sorted(path for path in members if _wanted(path)):
            _copy(archive, path, members[path][1], data)
        modules = {path: data(path) for path, (_, member) in members.items() if path.startswith("usr/lib/modules/")
                   and not member.isdir() and not member.issym()}
        for path, content in _modules(modules, kernel.partition("-")[2], work).items():
            archive.file(path, content)
        for name, content in (("base.cpio", archive.bytes()), ("kernel", data(kernel)), ("stub", data(STUB))):
            with open(os.path.join(directory, name), "wb") as file:
                file.write(content)


def _members(files, work, opened):
    """Path -> (archive, member) of all that the packages in FILES bring. The archives stay open as long as OPENED."""
    members = {}
    for number, package in enumerate(files):
        tar = os.path.join(work, f"{number}.tar")
        debian.unpacked(package, tar)
        packed = opened.enter_context(tarfile.open(tar))
        members.update((_place(member.name), (packed, member)) for member in packed)
    return members


def _place(name):
    path = os.path.normpath(name).lstrip("./")
    return "usr/" + path if path.split("/")[0] in MERGED and "/" in path else path


def _wanted(path):
    if not path or path in MERGED or path.startswith("usr/lib/modules/"):
        return False
    if path.startswith("usr/lib/udev/rules.d/"):
        return os.path.basename(path).removesuffix(".rules") in KEPT_RULES
    if "/system-generators/" in path:
        return any(path.endswith(f"/systemd-{name}-generator") for name in KEPT_GENERATORS)
    return not any(fnmatch.fnmatch(path, pattern) for pattern in UNNEEDED)


def _copy(archive, path, member, data):
    if member.isdir():
        archive.directory(path, member.mode & 0o7777)
    elif member.issym():
        archive.link(path, member.linkname)
    elif member.isfile() or member.islnk():
        archive.file(path, data(path), member.mode & 0o7777)


def _modules(modules, version, work):
    """Those of MODULES and what they need, with an index for modprobe."""
    root = os.path.join(work, "root")
    _write(root, modules)
    run(["depmod", "-b", os.path.join(root, "usr"), version])
    top = f"usr/lib/modules/{version}/"
    needs = {}
    with open(os.path.join(root, top, "modules.dep"), encoding="ascii") as file:
        for line in file:
            path, _, others = line.partition(":")
            needs[path] = others.split()
    kept = {path for path in needs if os.path.basename(path).split(".")[0] in MODULES}
    kept |= {other for path in kept for other in needs[path]}
    smaller = {path: content for path, content in modules.items()
               if path.removeprefix(top) in kept or os.path.basename(path).startswith(("modules.order", "modules.builtin"))}
    root = os.path.join(work, "smaller")
    _write(root, smaller)
    run(["depmod", "-b", os.path.join(root, "usr"), version])
    for path in glob.glob(os.path.join(root, top, "modules.*")):
        with open(path, "rb") as file:
            smaller[top + os.path.basename(path)] = file.read()
    return smaller


def _write(root, files):
    for path, content in files.items():
        target = os.path.join(root, path)
        os.makedirs(os.path.dirname(target), exist_ok=True)
        with open(target, "wb") as file:
            file.write(content)


def run(command, environment=os.environ):
    """Runs COMMAND in the repository and returns its standard output."""
    try:
        done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False,
                              timeout=LIMIT_S, cwd=paths.REPOSITORY,
                              env=dict(environment, PATH=environment.get("PATH", "") + ":/usr/sbin:/sbin"))
    except FileNotFoundError:
        raise Unavailable(f"{command[0]} is missing: see ovmf-test/packages") from None
    except subprocess.TimeoutExpired:
        raise Unavailable(f"{command[0]} took more than {LIMIT_S} s") from None
    if done.returncode != 0:
        raise Unavailable(f"{command[0]}: {done.stderr.strip()[-600:] or 'failed'}")
    return done.stdout
