# SPDX-License-Identifier: Apache-2.0
"""Images that Secure Boot must refuse, each for another reason, and the keys and lists that it takes."""

import fcntl
import hashlib
import os
import struct
import subprocess
import uuid

from . import nvram
from .signing import Signer

UNSIGNED, WRONG_KEY, TRUNCATED, FLIPPED, REVOKED = "unsigned", "wrong key", "cut short", "one bit flipped", "revoked by hash"
WAYS = (UNSIGNED, WRONG_KEY, TRUNCATED, FLIPPED, REVOKED)

# UEFI specification 32.4.1: EFI_SIGNATURE_LIST; the variable dbx stands under the guid of the image security database.
IMAGE_SECURITY = "d719b2cb-3d3a-4596-a3bc-dad00e67656f"
CERT_SHA256, CERT_X509 = "c1c41626-504c-4092-aca9-41f936934328", "a5c059a1-94e4-4aa7-87b5-ab155c2bf072"
OWNER = "b0079170-0000-4000-8000-000000005b00"
DBX_ATTRIBUTES = nvram.NV | nvram.BS | nvram.RT | nvram.TIME_BASED


class OwnSigner(Signer):
    """Signs with a throwaway key that no firmware trusts, called NAME."""

    def __init__(self, name):
        super().__init__()
        self.directory = os.path.join(self.directory, name)
        os.makedirs(self.directory, exist_ok=True)
        self.key, self.certificate = (os.path.join(self.directory, name + suffix) for suffix in (".key", ".crt"))
        with open(self.key + ".lock", "w", encoding="ascii") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)  # machines that are made at the same time have the same key
            if not os.path.exists(self.certificate):
                subprocess.run(["openssl", "req", "-new", "-x509", "-newkey", "rsa:2048", "-sha256", "-nodes", "-days", "3650",
                                "-subj", f"/CN=Bootpilot test {name}/", "-keyout", self.key, "-out", self.certificate],
                               check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, timeout=120)

    def certificate_der(self):
        """The certificate as firmware's lists hold it."""
        return subprocess.run(["openssl", "x509", "-in", self.certificate, "-outform", "DER"], check=True,
                              stdout=subprocess.PIPE, timeout=60).stdout


def tampered(image, way, signer):
    """(IMAGE, which has no signature, in such a state that firmware that trusts SIGNER refuses it; hashes to revoke)."""
    if way == UNSIGNED:
        return image, []
    if way == WRONG_KEY:
        return OwnSigner("stranger").sign(image), []
    signed = signer.sign(image)
    if way == TRUNCATED:
        return signed[:len(signed) // 2], []
    if way == FLIPPED:
        return with_flipped_bit(signed), []
    if way == REVOKED:
        return signed, [authenticode(signed)]
    raise ValueError(f"{way} is none of {', '.join(WAYS)}")


def revoke(machine, hashes):
    """The MACHINE's dbx becomes the SHA-256 HASHES; none: there is no dbx."""
    store = machine.nvram()
    store.delete("dbx", IMAGE_SECURITY)
    if hashes:
        store.set("dbx", IMAGE_SECURITY, signature_list(CERT_SHA256, hashes), DBX_ATTRIBUTES)
    store.save()


def signature_list(kind, entries):
    """An EFI_SIGNATURE_LIST of ENTRIES, all of one size."""
    size = 16 + len(entries[0])
    body = b"".join(uuid.UUID(OWNER).bytes_le + entry for entry in entries)
    return uuid.UUID(kind).bytes_le + struct.pack("<III", 28 + len(body), 0, size) + body


def with_flipped_bit(image):
    """IMAGE with another last bit in its first section: padding, so that nothing but the signature notices."""
    pe = struct.unpack_from("<I", image, 0x3C)[0]
    section = pe + 24 + struct.unpack_from("<H", image, pe + 20)[0]
    size, offset = struct.unpack_from("<II", image, section + 16)
    at = offset + size - 1
    return image[:at] + bytes([image[at] ^ 1]) + image[at + 1:]


def authenticode(image):
    """The SHA-256 that a signature covers: all but the checksum, the place where the signature is noted, and itself.
    Source: Windows Authenticode Portable Executable Signature Format, "Calculating the PE Image Hash"."""
    pe = struct.unpack_from("<I", image, 0x3C)[0]
    checksum, directory = pe + 24 + 64, pe + 24 + 112 + 4 * 8  # PE32+: the fifth data directory
    table, size = struct.unpack_from("<II", image, directory)
    end = table if size else len(image)
    covered = image[:checksum] + image[checksum + 4:directory] + image[directory + 8:end] + image[end + size:]
    return hashlib.sha256(covered).digest()
