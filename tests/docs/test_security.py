# SPDX-License-Identifier: Apache-2.0
"""SECURITY.md claims nothing that no test shows, and names no test that does not exist."""
import os
import re

import pytest

from test_hazards import ROOT, commands, functions, read, scenarios

PAGE = read("SECURITY.md")
COMMANDS = ("out/tests/model", "tests/fuzz/run", *commands())


def section(heading):
    return re.search(rf"^## {re.escape(heading)}$(.*?)(?=^## |\Z)", PAGE, re.MULTILINE | re.DOTALL).group(1)


def claims():
    """(claim, [what shows it]) of each row."""
    rows = [line.strip("|").split(" | ") for line in section("What Bootpilot adds").splitlines() if line.startswith("| ")]
    rows = [row for row in rows if row[0].strip() != "claim"]
    assert all(len(row) == 2 for row in rows), [row for row in rows if len(row) != 2]
    return [(row[0].strip(), [item.strip() for item in row[1].split(",")]) for row in rows]


def exists(item):
    if item.endswith(".txt"):
        return item in scenarios()
    if item in COMMANDS:
        return item.startswith("out/") or os.access(os.path.join(ROOT, item), os.X_OK)
    return item in functions()


@pytest.mark.parametrize("claim, shown", claims(), ids=lambda value: value[:40] if isinstance(value, str) else "")
def test_every_claim_is_shown_by_what_exists(claim, shown):
    assert claim and shown
    for item in shown:
        assert exists(item), f"{claim}: {item} does not exist"


def test_every_test_that_is_named_elsewhere_exists():
    for item in re.findall(r"`(test_\w+:\w+)`", PAGE):
        assert item in functions(), item


def test_each_chapter_is_there():
    for heading in ("What is protected", "Who might do harm", "What Bootpilot adds", "What it does not do", "What it relies on",
                    "Secure Boot, measured", "Measured boot", "Revoking a version", "Reporting"):
        assert section(heading).strip()


def test_the_generation_is_the_one_in_the_image():
    generation = re.search(r'"bootpilot,(\d+),', read("efi", "image.c"))[1]
    assert f"component `bootpilot` with generation {generation}." in PAGE


def test_links_lead_somewhere():
    for path in re.findall(r"\]\(([^)#:]+)\)", PAGE):
        assert os.path.exists(os.path.join(ROOT, path)), path


def test_exposure_is_what_the_tests_allow():
    limits = dict(re.findall(r'"bootpilot-(\w+)\.service": ([\d.]+)', read("tests", "tool", "test_units.py")))
    for unit, level in re.findall(r"([\d.]+) \((announce|good)", PAGE):
        assert float(unit) <= float(limits[level])
