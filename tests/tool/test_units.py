# SPDX-License-Identifier: Apache-2.0
"""Units that may write on the ESP: systemd must give the guard, which makes it read-only again, the time it needs."""
import glob
import os
import re

import pytest

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
UNITS = [os.path.relpath(path, ROOT) for path in glob.glob(os.path.join(ROOT, "tools", "**", "*.service"), recursive=True)
         + glob.glob(os.path.join(ROOT, "tools", "**", "*.conf"), recursive=True) if os.path.isfile(path)]


@pytest.mark.parametrize("unit", sorted(UNITS))
def test_the_guard_is_not_killed_before_its_work_is_done(unit):
    """KillMode=mixed and process kill or forget what is left of a service as soon as its command has ended: see
    systemd.kill(5). SendSIGKILL= and a short TimeoutStopSec= would not leave it the ten seconds that it tries."""
    with open(os.path.join(ROOT, unit), encoding="utf-8") as file:
        text = file.read()
    if "ExecStart=" not in text:
        return
    settings = dict(re.findall(r"^(KillMode|TimeoutStopSec|KillSignal)=(.*)$", text, re.MULTILINE))
    assert settings.get("KillMode", "control-group") == "control-group"
    assert "KillSignal" not in settings and "TimeoutStopSec" not in settings


def test_there_are_units():
    assert len(UNITS) > 3
