# SPDX-License-Identifier: Apache-2.0
"""bootpilotctl install with Secure Boot: an image that firmware would refuse is not put in place."""
import hashlib
import subprocess

import pytest

from machine_install import APPLICATION, DRIVER, FILES, SHA256, TBS_SHA256, X509, Bare, Key, signature_list
from test_install import shim  # noqa: F401


@pytest.fixture
def machine(tmp_path, shim):  # noqa: F811
    return Bare(tmp_path, shim)


class Signed:
    """Keys, and the driver signed with them."""

    def __init__(self, directory):
        self.ours, self.other = Key(directory, "ours"), Key(directory, "other")
        self.leaf = Key(directory, "leaf", self.ours)
        self.plain = DRIVER
        self.by_ours = self.ours.sign(DRIVER, directory / "ours.efi")
        self.by_other = self.other.sign(DRIVER, directory / "other.efi")
        self.by_leaf = self.leaf.sign(DRIVER, directory / "leaf.efi")
        self.by_both = self.ours.sign(self.by_other, directory / "both.efi")
        self.changed = directory / "changed.efi"
        data = bytearray(self.by_ours.read_bytes())
        data[len(DRIVER.read_bytes()) // 2] ^= 1
        self.changed.write_bytes(data)
        self.broken = directory / "broken.efi"
        data = bytearray(self.by_ours.read_bytes())
        at = int.from_bytes(data[60:64], "little") + 24 + 112 + 32
        table = int.from_bytes(data[at:at + 4], "little")
        data[table:table + 4] = (0xffffffff).to_bytes(4, "little")
        self.broken.write_bytes(data)

    def hash_of(self, image):
        """As another program computes it."""
        said = subprocess.run(["sbverify", "--list", image], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False)
        assert said.returncode in (0, 1)
        return authenticode(image.read_bytes())


def authenticode(data):
    """The hash that the specification describes, for an image whose sections follow each other without gaps."""
    pe = int.from_bytes(data[60:64], "little")
    checksum, security = pe + 24 + 64, pe + 24 + 112 + 32
    end = int.from_bytes(data[security:security + 4], "little") or len(data)
    return hashlib.sha256(data[:checksum] + data[checksum + 4:security] + data[security + 8:end]).digest()


@pytest.fixture(scope="module")
def signed(tmp_path_factory):
    return Signed(tmp_path_factory.mktemp("keys"))


def x509(*keys):
    return b"".join(signature_list(X509, key.der()) for key in keys)


def tbs(key):
    """dbx's form for a certificate: the hash of what its issuer signed, and a time."""
    der = key.der()
    assert der[0] == 0x30 and der[1] == 0x82 and der[4] == 0x30 and der[5] == 0x82
    length = int.from_bytes(der[6:8], "big") + 4
    return signature_list(TBS_SHA256, hashlib.sha256(der[4:4 + length]).digest() + bytes(16))


OK = None
ROWS = [
    ("signed with the key in db", "by_ours", lambda s: x509(s.ours), lambda s: b"", OK),
    ("the key in db comes behind others", "by_ours", lambda s: x509(s.other, s.ours), lambda s: b"", OK),
    ("signed with a key that the one in db certified", "by_leaf", lambda s: x509(s.ours), lambda s: b"", OK),
    ("db knows the key that signed, not the one that certified it", "by_leaf", lambda s: x509(s.leaf), lambda s: b"", OK),
    ("signed twice, the second in db", "by_both", lambda s: x509(s.ours), lambda s: b"", OK),
    ("unsigned, its hash in db", "plain", lambda s: signature_list(SHA256, bytes(32), authenticode(DRIVER.read_bytes())),
     lambda s: b"", OK),
    ("unsigned", "plain", lambda s: x509(s.ours), lambda s: b"", "it is not signed"),
    ("signed with another key", "by_other", lambda s: x509(s.ours), lambda s: b"", "who signed it: other"),
    ("db is empty", "by_ours", lambda s: b"", lambda s: b"", "who signed it: ours"),
    ("changed after it was signed", "changed", lambda s: x509(s.ours), lambda s: b"", "changed after it was signed"),
    ("its table of signatures is none", "broken", lambda s: x509(s.ours), lambda s: b"", "should be its signature is none"),
    ("its hash in dbx", "by_ours", lambda s: x509(s.ours), lambda s: signature_list(SHA256, s.hash_of(s.by_ours)), "dbx revokes it"),
    ("unsigned, its hash in both", "plain", lambda s: signature_list(SHA256, s.hash_of(DRIVER)),
     lambda s: signature_list(SHA256, s.hash_of(DRIVER)), "dbx revokes it"),
    ("the key in dbx", "by_ours", lambda s: x509(s.ours), lambda s: x509(s.ours), "dbx revokes it"),
    ("the certifying key in dbx", "by_leaf", lambda s: x509(s.leaf), lambda s: x509(s.ours), "dbx revokes it"),
    ("the hash of the key in dbx", "by_ours", lambda s: x509(s.ours), lambda s: tbs(s.ours), "dbx revokes it"),
    ("signed twice, one of the keys in dbx", "by_both", lambda s: x509(s.ours, s.other), lambda s: x509(s.other), OK),
    ("db is cut short", "by_ours", lambda s: x509(s.ours)[:-1], lambda s: b"", "db does not know"),
    ("db has a list with sizes that contradict each other", "by_ours", lambda s: X509 + b"\xff" * 12 + x509(s.ours), lambda s: b"",
     "db does not know"),
    ("another kind of list comes first", "by_ours", lambda s: signature_list(bytes(16), b"x" * 5) + x509(s.ours), lambda s: b"", OK),
]


@pytest.mark.parametrize("why, which, db, dbx, says", ROWS, ids=[row[0] for row in ROWS])
def test_what_firmware_would_do(machine, signed, why, which, db, dbx, says):
    machine.secure(db(signed), dbx(signed))
    before = machine.everything()
    image = getattr(signed, which)
    said = " ".join(machine.install("--berth", "driver", "--driver-image", image, status=1 if says else 0).split())
    if says:
        assert "[image-refused]" in said and says in said and machine.everything() == before
    else:
        assert machine.files() == {"driver"}


@pytest.mark.parametrize("which, says", [("plain", None), ("by_other", None), ("changed", "changed after"), ("broken", "is none")])
def test_without_secure_boot_only_damage_matters(machine, signed, which, says):
    said = machine.install("--berth", "driver", "--driver-image", getattr(signed, which), status=1 if says else 0)
    assert not says or says in " ".join(said.split())


def test_a_person_may_know_that_shim_vouches_for_it(machine, signed):
    machine.secure(x509(signed.ours))
    machine.install("--berth", "driver", "--driver-image", signed.by_other, "--force")
    assert machine.files() == {"driver"}


def test_an_entry_can_strand_where_a_key_is_revoked(machine, signed, tmp_path):
    image = signed.ours.sign(APPLICATION, tmp_path / "application.efi")
    machine.secure(x509(signed.ours))
    assert "[no-last-way]" in machine.install("--berth", "entry", "--image", image)
    assert "[no-last-way]" not in machine.install("--berth", "net", "--image", image)


def test_a_copy_that_db_does_not_know_any_more_is_replaced(machine, signed, tmp_path):
    old, new = (key.sign(APPLICATION, tmp_path / f"{name}.efi") for key, name in ((signed.ours, "old"), (signed.other, "new")))
    machine.install("--berth", "entry", "--image", old)
    machine.secure(x509(signed.other))
    machine.install("--berth", "entry", "--image", new)
    assert (machine.esp.path / FILES["copy"]).read_bytes() == new.read_bytes()


def test_every_image_of_the_berth_is_looked_at(machine, signed):
    machine.secure(x509(signed.ours))
    said = machine.install("--driver-image", signed.by_ours, status=1)  # the application is not signed
    assert said.count("[image-refused]") == 1 and "bootpilotx64.efi" in said or "bootpilotaa64.efi" in said


def test_damage_to_a_signature_never_ends_the_tool(machine, signed, tmp_path):
    """A byte of the table of certificates is another one: the image is refused, or firmware would not mind either (padding)."""
    whole, path, taken = signed.by_ours.read_bytes(), tmp_path / "damaged.efi", 0
    table = len(DRIVER.read_bytes())
    machine.secure(x509(signed.ours))
    for at in range(table, len(whole), 41):
        path.write_bytes(whole[:at] + bytes([whole[at] ^ 0x55]) + whole[at + 1:])
        result = machine.run("install", "--berth", "driver", "--driver-image", path, "--dry-run")
        assert result.returncode in (0, 1) and (result.returncode == 0 or "[image-" in result.stdout), at
        taken += result.returncode == 0
    assert taken < 8  # the certificate that is carried along may be damaged where nobody looks
