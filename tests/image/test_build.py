#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""The build: it is reproducible, signs without a warning, carries a configuration and refuses what firmware would not forgive.

Run: /usr/bin/python3 -m pytest tests/image/test_build.py (Debian: python3-pytest, python3-pefile, sbsigntool)
"""
import os
import re
import shutil
import subprocess

import pefile
import pytest

from building import IMAGES, ONLY_X64, ROOT, built, copy_sources, make, sections

pytestmark = pytest.mark.skipif(ONLY_X64[0], reason=ONLY_X64[1])


@pytest.fixture(scope="module")
def tree(tmp_path_factory):
    return built(copy_sources(tmp_path_factory.mktemp("build") / "source"), "efi", "WERROR=1")


@pytest.fixture
def spare(tree, tmp_path):
    """A built tree that a test may spoil."""
    shutil.copytree(tree, tmp_path / "spare", symlinks=True, copy_function=shutil.copy2)
    return tmp_path / "spare"


def test_signing_gives_no_warning(spare):
    built(spare, "keys")
    run = make(spare, "sign", "DB_KEY=out/keys/db.key", "DB_CERT=out/keys/db.crt")
    assert run.returncode == 0 and "warning" not in run.stdout.lower(), f"sbsign is not content:\n{run.stdout}"
    for name in IMAGES:
        signed = spare / "out" / f"{name}.signed"
        check = subprocess.run(["sbverify", "--cert", spare / "out/keys/db.crt", signed], text=True,
                               stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        assert check.returncode == 0 and "warning" not in check.stdout.lower(), f"sbverify: {check.stdout}"
        assert sections(signed) == sections(spare / "out" / name), f"signing changed the sections of {name}"
        assert pefile.PE(str(signed)).OPTIONAL_HEADER.DllCharacteristics & 0x0100, f"{signed.name} is without NX_COMPAT"


def test_sign_without_keys_says_what_is_missing(spare):
    run = make(spare, "sign")
    assert run.returncode != 0 and "DB_KEY" in run.stdout, f"no clear message:\n{run.stdout}"


def test_the_build_is_reproducible(tree, tmp_path):
    other = copy_sources(tmp_path / "elsewhere" / "in-a-longer-path" / "source")
    mask = os.umask(0o077)
    try:
        built(other, "efi", environment={"TZ": "Asia/Tokyo", "LC_ALL": "C", "CFLAGS": "-O0 -fstack-protector-strong",
                                         "LDFLAGS": "-Wl,-z,relro", "SOURCE_DATE_EPOCH": "1"})
    finally:
        os.umask(mask)
    for name in IMAGES:
        same = (tree / "out" / name).read_bytes() == (other / "out" / name).read_bytes()
        assert same, f"{name} differs when it is built in another directory and environment"


def test_config_arrives_in_both_images(spare, tmp_path):
    config = tmp_path / "fleet.cfg"
    config.write_bytes(b"active  fleet-a*\nreset-limit 2\n# \xc3\xa9\n")
    built(spare, "efi", f"CONFIG={config}")
    for name in IMAGES:
        found = sections(spare / "out" / name)[".bpcfg"]
        assert found == config.read_bytes().ljust(4096, b"\0"), f".bpcfg of {name} does not hold the file"
    built(spare, "efi")
    assert sections(spare / "out" / IMAGES[0])[".bpcfg"].startswith(b"active"), "a make without CONFIG= forgot it"
    built(spare, "efi", "CONFIG=")
    assert sections(spare / "out" / IMAGES[0])[".bpcfg"] == bytes(4096), "CONFIG= did not empty the configuration"


@pytest.mark.parametrize("content, word", [(b"a" * 4096, "4095"), (b"a\0b", "NUL"), (None, "cannot be read")])
def test_a_config_that_cannot_be_carried_is_refused(spare, tmp_path, content, word):
    config = tmp_path / "bad.cfg"
    if content is not None:
        config.write_bytes(content)
    run = make(spare, "efi", f"CONFIG={config}")
    assert run.returncode != 0 and word in run.stdout, f"no message with '{word}':\n{run.stdout}"


def test_the_largest_config_fits(spare, tmp_path):
    config = tmp_path / "large.cfg"
    config.write_bytes(b"#" * 4095)
    built(spare, "efi", f"CONFIG={config}")
    assert sections(spare / "out" / IMAGES[0])[".bpcfg"] == b"#" * 4095 + b"\0", "4095 bytes did not arrive whole"


# Sources that would build and then misbehave in firmware, and the word that the build must say. A section that is kept
# anyway stands for code that is reached.
KEPT = '__attribute__((used, section(".osrel"))) '
SPOILS = {
    "shared/ calls libc": (
        "shared/spoil.c", "int puts(const char *); int spoil(void); int spoil(void) { return puts(\"\"); }",
        "shared/ must not use puts"),
    "a function that nobody has": (
        "efi/spoil.c", f"int missing(void); {KEPT} int (*const spoiled)(void) = missing;", "missing"),
    "a symbol left for a dynamic linker": (
        "efi/spoil.c", "extern int absent __attribute__((weak)); int *spoil(void); int *spoil(void) { return &absent; }"
        f"{KEPT} int *(*const spoiled)(void) = spoil;", "spoil"),
    "an address in read-only memory": (
        "efi/spoil.c", '__asm__(".section .osrel,\\"a\\"\\n.quad efi_main\\n");', "read-only"),
    "a table of pointers": (
        "efi/spoil.c", f'static const char *const words[] = {{ "a", "b" }}; {KEPT} const unsigned long spoiled = 1;'
        ' const char *spoil(int i); const char *spoil(int i) { return words[i]; }'
        f' __attribute__((used, retain)) static const char *kept(volatile int *i) {{ return spoil(*i); }}', "words"),
    "a variable": (
        "efi/spoil.c", "__attribute__((used, retain)) static int spoiled;", ".data"),
    "a section that nobody listed": (
        "efi/spoil.c", '__attribute__((used, retain, section(".stray"))) static int spoiled = 1;', ".stray"),
    "a constructor": (
        "efi/spoil.c", "static volatile int ran; __attribute__((constructor)) static void spoil(void) { ran = 1; }",
        "constructor"),
}


@pytest.mark.parametrize("what", SPOILS)
def test_the_build_refuses(spare, what):
    path, source, word = SPOILS[what]
    (spare / path).write_text(source + "\n")
    run = make(spare, "efi")
    assert run.returncode != 0, f"the build accepted {what}"
    assert word in run.stdout, f"the message does not say '{word}':\n{run.stdout}"


def rules_that_write():
    """Each file of out/ that has a recipe: its name, what it needs, the recipe. As make itself understands the Makefile."""
    clean = {name: value for name, value in os.environ.items() if not name.startswith("MAKE")}
    base = subprocess.run(["make", "-rnp", "help"], cwd=ROOT, env=clean, text=True, timeout=60, stdout=subprocess.PIPE).stdout
    for rule in re.findall(r"^out/.*:(?!=).*\n(?:#.*\n)*(?:\t.*\n)+", base, re.MULTILINE):
        head, *rest = rule.splitlines()
        name, needs = head.split(":", 1)
        yield name, needs.replace("|", " ").split(), "\n".join(line for line in rest if line.startswith("\t"))


def test_no_rule_relies_on_a_directory_that_another_makes():
    """With two jobs the other one may come later: an archive was once written before the first object that lies beside it."""
    names = []
    for name, needs, recipe in rules_that_write():
        names.append(name)
        directory = os.path.dirname(name)
        made = "mkdir -p" in recipe or directory in needs or any(need.startswith(directory + "/") for need in needs)
        assert made, f"{name}: nothing that it needs makes {directory}/, and neither does its recipe:\n{recipe}"
    assert {"out/bootpilotctl", "out/obj/plain/tool.a", "out/obj/efi/%.o"} <= set(names), f"rules not found: {names}"
