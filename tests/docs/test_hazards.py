# SPDX-License-Identifier: Apache-2.0
"""tests/hazards.txt has no gap, and what it names exists. The fact pages are not part of the repository: where they are at
hand (a directory `facts` near this one), their rows are counted, too."""

import glob
import os
import re

import pytest

ROOT = os.path.join(os.path.dirname(__file__), "..", "..")
FACTS = [directory for pattern in ("../facts", "../*/facts") for directory in glob.glob(os.path.join(ROOT, pattern))]

IDENTIFIERS = ([f"field-{n}" for n in range(1, 20)]
               + [f"kairos-0.{n}" for n in range(1, 11)]
               + [f"kairos-1.{n}" for n in range(1, 6)]
               + [f"kairos-6.{n}" for n in range(1, 16)]
               + [f"P{n}" for n in range(1, 12)]
               + [f"N{n}" for n in range(1, 8)]
               + [f"M{n}" for n in range(1, 9)]
               + [f"S{n}" for n in range(1, 27)])

# Scenarios of the rules as such: they stand for no hazard of the list.
BASICS = """
    whole-life passive-works recovery-unbootable passive-unbootable image-empty image-not-pe image-other-machine
    image-truncated image-broken-counted no-image-key no-roles type2-roles type2-images generic generic-default generic-type2
    generic-uki-versions generic-foreign late-breakage hangs menu-choice menu-disabled menu-force menu-hidden menu-left menu-pressed
    menu-timeout saved-default note-forget
    note-of-another note-re-arm-reset nothing-bootable-poweroff nothing-bootable-firmware nvram-lost reset-missing
    reset-then-works reset-unbootable success-by-blessing
""".split()


def read(*path):
    with open(os.path.join(ROOT, *path), encoding="utf-8") as file:
        return file.read()


def hazards():
    """(identifier, words, coverage) of each line."""
    lines = [line for line in read("tests", "hazards.txt").splitlines() if line and not line.startswith("#")]
    rows = [[cell.strip() for cell in line.split("|")] for line in lines]
    assert all(len(row) == 3 and all(row) for row in rows), [row for row in rows if len(row) != 3 or not all(row)]
    return [(row[0], row[1], [item.strip() for item in row[2].split(",")]) for row in rows]


def scenarios():
    return {os.path.basename(path) for path in glob.glob(os.path.join(ROOT, "tests", "scenarios", "*.txt"))}


def functions():
    """test_file:function of every test, in C and in Python."""
    found = set()
    for path in glob.glob(os.path.join(ROOT, "tests", "*", "test_*.*")):
        name, suffix = os.path.splitext(os.path.basename(path))
        text = read(os.path.relpath(path, ROOT))
        pattern = r"cmocka_unit_test\w*\((\w+)" if suffix == ".c" else r"^def (test_\w+)"
        found |= {f"{name}:{function}" for function in re.findall(pattern, text, re.MULTILINE)}
    return found


def commands():
    """Those of the firmware tests, which assert what they print."""
    found = glob.glob(os.path.join(ROOT, "ovmf-test", "*")) + glob.glob(os.path.join(ROOT, "ovmf-test", "linux", "*"))
    return {os.path.relpath(path, ROOT) for path in found if os.path.isfile(path) and os.access(path, os.X_OK)}


def facts(page):
    for directory in FACTS:
        path = os.path.join(directory, page)
        if os.path.exists(path):
            with open(path, encoding="utf-8") as file:
                return file.read()
    pytest.skip("the fact pages are not here")


def section(text, number):
    """Of a page with headings "## 6. Title"; number 0: what stands before the first one."""
    if number == 0:
        return text.split("\n## ", 1)[0]
    return re.search(rf"^## {number}\. .*?(?=^## |\Z)", text, re.MULTILINE | re.DOTALL).group(0)


def test_every_identifier_has_its_line_and_no_other():
    assert [identifier for identifier, _, _ in hazards()] == IDENTIFIERS


def test_every_hazard_is_covered_by_what_exists():
    known_scenarios, known = scenarios(), functions() | commands()
    for identifier, _, coverage in hazards():
        for item in coverage:
            there = (item in known_scenarios if item.endswith(".txt")
                     else re.fullmatch(r"later: issue [4-9]", item) or item in known)
            assert there, f"{identifier}: {item} does not exist"


def test_every_scenario_stands_for_a_hazard_or_is_a_basic_one():
    named = {item for _, _, coverage in hazards() for item in coverage if item.endswith(".txt")}
    basics = {name + ".txt" for name in BASICS}
    assert basics <= scenarios(), basics - scenarios()
    assert not basics & named, basics & named
    assert scenarios() == named | basics, scenarios() - named - basics


def test_the_page_on_the_field_has_as_many_rows():
    rows = [line for line in facts("field-bugs.md").splitlines() if line.startswith("|")][2:]
    assert len(rows) == sum(name.startswith("field-") for name in IDENTIFIERS)


def test_the_page_on_kairos_has_as_many_facts():
    page = facts("kairos.md")
    assert len(re.findall(r"^\d+\. ?\[", section(page, 0), re.MULTILINE)) == sum(n.startswith("kairos-0.") for n in IDENTIFIERS)
    assert len(re.findall(r"^### 1\.\d", section(page, 1), re.MULTILINE)) == sum(n.startswith("kairos-1.") for n in IDENTIFIERS)
    fixtures = re.findall(r"(?:^|\. )(\d+) (?=\S)", section(page, 6).split("\n", 1)[1].replace("\n", " "))
    assert fixtures[-1] == "15" and "kairos-6.15" in IDENTIFIERS and "kairos-6.16" not in IDENTIFIERS


@pytest.mark.parametrize("letter", "PNMS")
def test_the_page_on_security_has_as_many_requirements(letter):
    numbers = {int(n) for n in re.findall(rf"^{letter}(\d+)\. ", facts("security.md"), re.MULTILINE)}
    assert numbers == {int(name[1:]) for name in IDENTIFIERS if re.fullmatch(letter + r"\d+", name)}
