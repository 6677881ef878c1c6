# SPDX-License-Identifier: Apache-2.0
"""The secret of ovmf-test/pcr, on a TPM without a machine: it comes out as long as PCR 7 and 11 are what they were, whatever
becomes of the others that Bootpilot's berths extend, and not otherwise. So `secret: yes` in its table says something."""

import os
import sys

import pytest

ROOT = os.path.abspath(os.path.join(os.path.dirname(__file__), "..", ".."))
sys.path.insert(0, os.path.join(ROOT, "ovmf-test"))
sys.dont_write_bytecode = True

from bootpilot_ovmf import seal  # noqa: E402
from bootpilot_ovmf.tpm import BANK, Tpm  # noqa: E402


@pytest.fixture(name="tpm")
def sealed(tmp_path):
    tpm = Tpm(str(tmp_path))
    tpm.start(alone=True)
    seal.seal(tpm)
    tpm.start(alone=True)  # another power cycle: the TPM has forgotten what was not stored
    yield tpm
    tpm.stop()


def extend(tpm, pcr):
    tpm.tool("pcrextend", f"{pcr}:{BANK}={'5a' * 32}")


def test_others_do_not_matter(tpm):
    for pcr in (1, 2, 4, 5, 12):
        extend(tpm, pcr)
    assert seal.unseals(tpm)


@pytest.mark.parametrize("pcr", [7, 11])
def test_refused(tpm, pcr):
    extend(tpm, pcr)
    assert not seal.unseals(tpm)
