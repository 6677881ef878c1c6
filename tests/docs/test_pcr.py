# SPDX-License-Identifier: Apache-2.0
"""ovmf-test/PCR.md says what ovmf-test/pcr demands: for each systemd-boot a row for each case, with the cells that must come
out. That they do is measured on firmware, which takes too long for here; a row of question marks was not measured yet."""

import os
import re
import sys

import pytest

ROOT = os.path.abspath(os.path.join(os.path.dirname(__file__), "..", ".."))
sys.path.insert(0, os.path.join(ROOT, "ovmf-test"))
sys.dont_write_bytecode = True

from bootpilot_ovmf.loaders import SUITES  # noqa: E402
from bootpilot_ovmf.pcrcases import CASES  # noqa: E402
from bootpilot_ovmf.tpm import PCRS  # noqa: E402

UNKNOWN = ["?"] * (len(PCRS) + 1)  # not measured yet


def tables():
    """series of systemd-boot -> {name of the case: its cells}"""
    with open(os.path.join(ROOT, "ovmf-test", "PCR.md"), encoding="utf-8") as file:
        parts = re.split(r"^## systemd-boot (\d+)\..*\n", file.read(), flags=re.MULTILINE)
    found = {}
    for series, text in zip(parts[1::2], parts[2::2]):
        rows = [[cell.strip() for cell in line.strip("|\n").split("|")] for line in text.splitlines() if line.startswith("| ")]
        found[int(series)] = {name: cells for name, *cells in rows if name != "case"}
    return found


def test_versions():
    assert len(tables()) == len(SUITES)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_case(case):
    for series, rows in tables().items():
        wanted = case.wanted(series)
        assert rows[case.name] in ([*(wanted[pcr] for pcr in PCRS), "yes" if case.unseals else "no"], UNKNOWN), series


def test_no_other_case():
    names = {case.name for case in CASES}
    assert all(set(rows) == names for rows in tables().values())
