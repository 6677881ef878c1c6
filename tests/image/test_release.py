#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Releases: signing gives the same bytes each time, from a file or a token, and anybody can compare with an own build.

Run: /usr/bin/python3 -m pytest tests/image/test_release.py (Debian: osslsigncode, sbsigntool, softhsm2,
libengine-pkcs11-openssl)
"""
import os
import shutil
import subprocess

import pytest

from building import IMAGES, ONLY_X64, built, copy_sources, make

pytestmark = pytest.mark.skipif(ONLY_X64[0], reason=ONLY_X64[1])
MODULE = "/usr/lib/softhsm/libsofthsm2.so"


@pytest.fixture(scope="module")
def tree(tmp_path_factory):
    return built(copy_sources(tmp_path_factory.mktemp("release") / "source"), "efi", "keys")


def release(tree, *arguments, when="1700000000", environment=None):
    """The images as signed, by name."""
    built(tree, "release", f"SOURCE_DATE_EPOCH={when}", *arguments, environment=environment)
    return {name: (tree / "out" / f"{name}.signed").read_bytes() for name in IMAGES}


FILES = ("DB_KEY=out/keys/db.key", "DB_CERT=out/keys/db.crt")


def test_signing_again_gives_the_same_bytes(tree):
    assert release(tree, *FILES) == release(tree, *FILES, environment={"TZ": "Asia/Tokyo", "LC_ALL": "C"})


def test_the_signature_is_accepted_and_has_the_time_it_was_given(tree):
    release(tree, *FILES)
    for name in IMAGES:
        check = subprocess.run(["sbverify", "--cert", tree / "out/keys/db.crt", tree / "out" / f"{name}.signed"], text=True,
                               stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        assert check.returncode == 0 and "warning" not in check.stdout.lower(), check.stdout
    assert release(tree, *FILES) != release(tree, *FILES, when="1700000001")


def test_a_release_is_compared_with_an_own_build(tree, tmp_path):
    release(tree, *FILES)
    for name in IMAGES:
        shutil.copy(tree / "out" / f"{name}.signed", tmp_path)
    built(tree, "verify-release", f"RELEASE={tmp_path}")
    other = bytearray((tmp_path / f"{IMAGES[1]}.signed").read_bytes())
    other[0x1000] ^= 1
    (tmp_path / f"{IMAGES[1]}.signed").write_bytes(other)
    run = make(tree, "verify-release", f"RELEASE={tmp_path}")
    assert run.returncode != 0 and "is not what this source builds" in run.stdout, run.stdout


def test_the_time_is_that_of_the_commit(tree, tmp_path):
    if not shutil.which("git"):
        pytest.skip("git is not installed")
    alone = {"GIT_CEILING_DIRECTORIES": str(tree.parent)}
    run = make(tree, "release", *FILES, environment=alone)
    assert run.returncode != 0 and "SOURCE_DATE_EPOCH" in run.stdout, f"outside a git tree it takes some time:\n{run.stdout}"
    copy = tmp_path / "committed"
    shutil.copytree(tree, copy, symlinks=True, copy_function=shutil.copy2)
    when = {name: "1700000000 +0900" for name in ("GIT_AUTHOR_DATE", "GIT_COMMITTER_DATE")}
    for command in (["init", "-q"], ["-c", "user.name=t", "-c", "user.email=t@localhost", "commit", "-q", "--allow-empty", "-m", "x"]):
        subprocess.run(["git", *command], cwd=copy, check=True, timeout=60, env={**os.environ, **when})
    built(copy, "release", *FILES)
    assert {name: (copy / "out" / f"{name}.signed").read_bytes() for name in IMAGES} == release(tree, *FILES)


def test_a_configuration_is_part_of_the_release(tree, tmp_path):
    fleet, source = tmp_path / "fleet.cfg", tmp_path / "source"
    fleet.write_text("auto-reset no\n")
    shutil.copytree(tree, source, symlinks=True, copy_function=shutil.copy2)
    for name, image in release(source, f"CONFIG={fleet}", *FILES).items():
        assert b"auto-reset no" in image
        (tmp_path / f"{name}.signed").write_bytes(image)
    before = {name: (tmp_path / f"{name}.signed").read_bytes() for name in IMAGES}
    built(source, "verify-release", f"RELEASE={tmp_path}", f"CONFIG={fleet}")
    run = make(source, "verify-release", f"RELEASE={tmp_path}", "CONFIG=")
    assert run.returncode != 0 and "CONFIG=" in run.stdout, run.stdout
    assert before == {name: (tmp_path / f"{name}.signed").read_bytes() for name in IMAGES}, "it changed what it looked at"


def test_a_key_in_a_token_gives_the_same_bytes(tree, tmp_path):
    if not os.path.exists(MODULE):
        pytest.skip("softhsm2 is not installed")
    (tmp_path / "tokens").mkdir()
    (tmp_path / "softhsm2.conf").write_text(f"directories.tokendir = {tmp_path}/tokens\n")
    environment = {"SOFTHSM2_CONF": str(tmp_path / "softhsm2.conf"), "PKCS11_MODULE": MODULE}
    key = tmp_path / "key.p8"
    for command in (["openssl", "pkcs8", "-topk8", "-nocrypt", "-in", tree / "out/keys/db.key", "-out", key],
                    ["softhsm2-util", "--init-token", "--free", "--label", "release", "--pin", "1234", "--so-pin", "1234"],
                    ["softhsm2-util", "--import", key, "--token", "release", "--label", "db", "--id", "01", "--pin", "1234"]):
        subprocess.run(command, check=True, env={**os.environ, **environment}, stdout=subprocess.DEVNULL, timeout=60)
    token = release(tree, "DB_KEY=pkcs11:token=release;object=db;type=private;pin-value=1234", FILES[1],
                    environment=environment)
    assert token == release(tree, *FILES)


def test_without_a_key_it_says_what_is_missing(tree):
    run = make(tree, "release")
    assert run.returncode != 0 and "DB_KEY" in run.stdout, run.stdout
