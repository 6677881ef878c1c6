# SPDX-License-Identifier: Apache-2.0
"""bootpilotctl configure: the configuration inside an image of Bootpilot."""
import shutil
import subprocess

import pytest

from test_tool import ROOT, done, image, run


@pytest.fixture
def product(tmp_path):
    """A copy of the driver image, with nothing configured."""
    found = sorted((ROOT / "out").glob("bootpilot-driver*.efi"))
    if not found:
        pytest.fail("the images are not built: make")
    copy = tmp_path / "bootpilot.efi"
    shutil.copyfile(found[0], copy)
    empty = tmp_path / "empty"
    empty.write_text("")
    done("configure", copy, empty)
    return copy


def test_put_and_show(product, tmp_path):
    config = tmp_path / "config"
    config.write_text("# fleet\nauto-reset witnessed\nreset-limit 2\n")
    before = product.read_bytes()
    done("configure", product, config)
    assert done("configure", product) == config.read_text()
    after = product.read_bytes()
    assert len(before) == len(after) and before != after
    (tmp_path / "empty").write_text("")
    done("configure", product, tmp_path / "empty")
    assert product.read_bytes() == before and done("configure", product) == ""


def test_the_file_grows_with_the_configuration(product, tmp_path):
    """A block of the file for each 512 bytes begun, and none more than firmware will read."""
    config, before = tmp_path / "config", product.read_bytes()
    for size, grown in ((1, 0), (512, 0), (513, 512), (4095, 7 * 512), (0, 0)):
        config.write_text(("#" * 99 + "\n") * (size // 100) + "#" * (size % 100))
        done("configure", product, config)
        assert len(product.read_bytes()) - len(before) == grown, size
        assert done("configure", product) == config.read_text()
    assert product.read_bytes() == before


def test_dry_run(product, tmp_path):
    (tmp_path / "config").write_text("reset-limit 2\n")
    before = product.read_bytes()
    done("configure", "--dry-run", product, tmp_path / "config")
    assert product.read_bytes() == before


@pytest.mark.parametrize("text, says", [
    ("reset-limt 2\n", "config:1: reset-limt 2: there is no such key."),
    ("console all\nauto-reset maybe\n", "config:2: auto-reset maybe: the value is not understood; give yes, witnessed or no."),
    ("#" * 5000, "longer than 4095 bytes"),
    ("console all\n\0", "holds a NUL"),
])
def test_nothing_wrong_gets_in(product, tmp_path, text, says):
    config = tmp_path / "config"
    config.write_text(text)
    before = product.read_bytes()
    assert says in done("configure", product, config, status=1)
    assert product.read_bytes() == before


def test_a_signed_image_is_left_alone(product, tmp_path):
    key, cert = tmp_path / "key", tmp_path / "cert"
    subprocess.run(["openssl", "req", "-new", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=test/",
                    "-keyout", key, "-out", cert], check=True, stderr=subprocess.DEVNULL)
    signed = tmp_path / "signed.efi"
    subprocess.run(["sbsign", "--key", key, "--cert", cert, "--output", signed, product], check=True, stderr=subprocess.DEVNULL)
    (tmp_path / "config").write_text("reset-limit 2\n")
    before = signed.read_bytes()
    assert "is signed" in done("configure", signed, tmp_path / "config", status=1)
    assert signed.read_bytes() == before and done("configure", signed) == ""


def test_other_files(tmp_path):
    other = tmp_path / "other.efi"
    other.write_bytes(image())
    assert "no section .bpcfg" in done("configure", other, status=1)
    other.write_text("no image at all")
    assert "is no EFI program" in done("configure", other, status=1)
    assert "No such file" in done("configure", tmp_path / "none", status=1)
    assert "needs an image" in run("configure").stderr
