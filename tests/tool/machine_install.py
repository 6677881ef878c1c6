# SPDX-License-Identifier: Apache-2.0
"""A machine on which Bootpilot is installed: an ESP with systemd-boot, its boot options, Secure Boot's databases, keys to sign with."""
import os
import shutil
import struct
import subprocess
import sys
import uuid
from pathlib import Path

from test_check import Healthy
from test_live import GLOBAL, LASTING
from test_tool import MACHINE, ROOT, image

sys.path.append(str(ROOT / "ovmf-test"))
from bootpilot_ovmf import berths, bootoption, disk  # noqa: E402

ARCH = {0x8664: "x64", 0xAA64: "aa64"}[MACHINE]
APPLICATION, DRIVER = ROOT / "out" / f"bootpilot{ARCH}.efi", ROOT / "out" / f"bootpilot-driver{ARCH}.efi"
SECURITY = "d719b2cb-3d3a-4596-a3bc-dad00e67656f"
X509, SHA256, TBS_SHA256 = (uuid.UUID(text).bytes_le for text in (
    "a5c059a1-94e4-4aa7-87b5-ab155c2bf072", "c1c41626-504c-4092-aca9-41f936934328", "3bd2a492-96c0-4079-b420-fcf98ef103ed"))
OTHER_DISK = uuid.UUID("11111111-2222-3333-4444-555555555555")

COPY = rf"\EFI\bootpilot\bootpilot-net{ARCH}.efi"
FILES = {"application": f"EFI/bootpilot/bootpilot{ARCH}.efi", "copy": COPY.replace("\\", "/")[1:], "driver": f"EFI/systemd/drivers/bootpilot{ARCH}.efi",
         "type2": f"EFI/Linux/bootpilot{ARCH}.efi", "entry": "loader/entries/bootpilot-loader.conf"}


def shim_build(directory):
    """The library that makes a directory behave as efivarfs does."""
    path = directory / "efivarfs.so"
    subprocess.run([os.environ.get("CC", "cc"), "-shared", "-fPIC", "-O1", "-D_GNU_SOURCE", "-o", path,
                    ROOT / "tests" / "tool" / "efivarfs.c"], check=True, timeout=60)
    return path


def load_option(description, path, guid=None):
    data = bootoption.load_option(description, path, disk.PARTITION_SIZE)
    own = uuid.UUID(disk.PARTITION_GUID[disk.ESP]).bytes_le
    return data.replace(own, guid.bytes_le) if guid else data


def signature_list(kind, *signatures):
    """An EFI_SIGNATURE_LIST; all SIGNATURES have the same length."""
    size = 16 + len(signatures[0])
    return kind + struct.pack("<III", 28 + size * len(signatures), 0, size) + b"".join(bytes(16) + s for s in signatures)


def loader():
    """What is known of systemd-boot's own file: its mark."""
    data = image().replace(b".text\0\0\0", b".sdmagic", 1)
    mark = b"#### LoaderInfo: systemd-boot 257.13-1 ####"
    return data[:512] + mark.ljust(512, b"\0")


class Key:
    """A key to sign with, and its certificate."""

    def __init__(self, directory, name, issuer=None):
        self.key, self.crt = directory / f"{name}.key", directory / f"{name}.crt"
        common = ["-newkey", "rsa:2048", "-sha256", "-nodes", "-subj", f"/CN={name}/", "-keyout", self.key]
        if issuer:
            request = directory / f"{name}.csr"
            call("openssl", "req", "-new", *common, "-out", request)
            call("openssl", "x509", "-req", "-in", request, "-CA", issuer.crt, "-CAkey", issuer.key, "-set_serial", "7",
                 "-days", "30", "-out", self.crt)
        else:
            call("openssl", "req", "-new", "-x509", *common, "-days", "30", "-out", self.crt)

    def der(self):
        return subprocess.run(["openssl", "x509", "-in", self.crt, "-outform", "DER"], stdout=subprocess.PIPE, check=True).stdout

    def sign(self, image, to, *more):
        call("sbsign", "--key", self.key, "--cert", self.crt, *more, "--output", to, image)
        return to


def call(*command):
    done = subprocess.run(list(map(str, command)), stdout=subprocess.PIPE, stderr=subprocess.STDOUT, encoding="utf-8", timeout=60)
    assert done.returncode == 0, done.stdout


class Bare(Healthy):
    """Bootpilot is not there yet. systemd-boot's option is Boot0001 and started this system; others stand around it. No entry has a
    counter, so that it does not matter what the OS under the test reports."""

    def __init__(self, path, shim):
        super().__init__(path)
        self.shim = shim
        shutil.rmtree(self.esp.path / "EFI" / "systemd")
        (self.esp.path / "EFI" / "systemd").mkdir()
        (self.esp.path / "EFI" / "systemd" / f"systemd-boot{ARCH}.efi").write_bytes(loader())
        for role in ("recovery", "statereset"):
            self.renamed(f"{role}+3.conf", f"{role}.conf")
        self.loader_conf("timeout 3\ndefault active.conf\n")
        for name in ("BootpilotDecision", "BootpilotState"):
            next(self.variables.path.glob(name + "-*")).unlink()
        for number, option in {3: load_option("Windows", r"\EFI\Microsoft\Boot\bootmgfw.efi"),
                               1: load_option(*berths.OPTION_LOADER), 2: load_option(*berths.OPTION_WITNESS)}.items():
            self.option(number, option)
        self.order(3, 1, 2)
        self.variables.set("BootCurrent", struct.pack("<H", 1), GLOBAL)

    def environment(self):
        return {**super().environment(), "SYSTEMD_RELAX_ESP_CHECKS": "1", "LD_PRELOAD": str(self.shim)}

    def install(self, *arguments, status=0):
        """What it said, all of it. The images are the unsigned ones of this build."""
        images = [] if "--image" in arguments else ["--image", APPLICATION]
        images += [] if "--driver-image" in arguments else ["--driver-image", DRIVER]
        result = self.run("install", *images, *arguments)
        assert result.returncode == status, result.stdout + result.stderr
        return result.stdout + result.stderr

    def option(self, number, data):
        self.variables.set(f"Boot{number:04X}", data, GLOBAL, LASTING)

    def option_bytes(self, number):
        file = self.variables.path / f"Boot{number:04X}-{GLOBAL}"
        return file.read_bytes()[4:] if file.exists() and file.stat().st_size else None

    def order(self, *numbers):
        self.variables.set("BootOrder", struct.pack(f"<{len(numbers)}H", *numbers), GLOBAL, LASTING)

    def order_now(self):
        data = (self.variables.path / f"BootOrder-{GLOBAL}").read_bytes()[4:]
        return list(struct.unpack(f"<{len(data) // 2}H", data))

    def conf(self):
        return (self.esp.path / "loader" / "loader.conf").read_text()

    def files(self):
        """Which of Bootpilot's files are there."""
        return {name for name, path in FILES.items() if (self.esp.path / path).exists()}

    def secure(self, db=b"", dbx=b""):
        """Secure Boot is on, with these databases."""
        self.variables.set("SecureBoot", b"\1", GLOBAL)
        self.variables.set("db", db, SECURITY, 0x27)
        self.variables.set("dbx", dbx, SECURITY, 0x27)

    def everything(self):
        """All that is on the ESP and in NVRAM. As efivarfs has it, a variable without content is none."""
        return {str(path.relative_to(self.esp.path.parent)): path.read_bytes() if path.is_file() else None
                for top in (self.esp.path, self.variables.path) for path in Path(top).rglob("*")
                if not (top == self.variables.path and path.stat().st_size == 0)}
