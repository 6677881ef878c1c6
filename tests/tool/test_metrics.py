# SPDX-License-Identifier: Apache-2.0
"""bootpilotctl metrics: read by a parser of the text format, and by promtool where it is installed."""
import re
import shutil
import subprocess

import pytest

from test_live import BOOTPILOT, Machine

SERIES = re.compile(r'^([a-z_]+)(?:\{((?:[a-z]+="(?:[^"\\\n]|\\["\\n])*",?)+)\})? (\d+)$')


@pytest.fixture
def machine(tmp_path):
    return Machine(tmp_path)


def metrics(machine):
    """{name: {labels: number}}; every series was announced by HELP and TYPE before, and stands there once."""
    series, announced = {}, set()
    for line in machine.done("metrics").splitlines():
        if line.startswith("# HELP "):
            continue
        if line.startswith("# TYPE "):
            _, _, name, kind = line.split()
            assert kind == "gauge" and name not in announced
            announced.add(name)
            continue
        name, labels, number = SERIES.match(line).groups()
        assert name in announced and labels not in series.setdefault(name, {}), line
        series[name][labels] = int(number)
    return series


def test_a_fallback(machine):
    found = metrics(machine)
    assert found["bootpilot_up"] == {None: 1} and found["bootpilot_fallback"] == {None: 1}
    assert found["bootpilot_boot_role"]['role="passive"'] == 1 and sum(found["bootpilot_boot_role"].values()) == 1
    assert found["bootpilot_boot_reason"]['reason="active-exhausted"'] == 1 and sum(found["bootpilot_boot_reason"].values()) == 1
    assert found["bootpilot_role_tries_left"] == {'role="active"': 0, 'role="recovery"': 3, 'role="reset"': 3}
    assert found["bootpilot_role_state"]['role="active",state="exhausted"'] == 1 and found["bootpilot_next_role"]['role="passive"'] == 1
    assert sum(found["bootpilot_role_state"].values()) == 4 and found["bootpilot_pending"] == {None: 1}
    assert found["bootpilot_boot_time_seconds"][None] > 1_600_000_000


def test_told_is_no_longer_pending(machine):
    machine.done("good")
    assert metrics(machine)["bootpilot_pending"] == {None: 0}


def test_resets_are_those_of_the_record(machine):
    told = machine.variables.get("BootpilotState", BOOTPILOT)[1]
    machine.variables.set("BootpilotState", told.replace("resets=0", "resets=2"), BOOTPILOT)
    assert metrics(machine)["bootpilot_resets"] == {None: 2}


def test_without_bootpilot(machine):
    next(machine.variables.path.glob("BootpilotDecision-*")).unlink()
    found = metrics(machine)
    assert found["bootpilot_up"] == {None: 0} and "bootpilot_fallback" not in found


def test_promtool(machine):
    promtool = shutil.which("promtool")
    if not promtool:
        pytest.skip("promtool is not installed (package prometheus)")
    result = subprocess.run([promtool, "check", "metrics"], input=machine.done("metrics"), stdout=subprocess.PIPE,
                            stderr=subprocess.STDOUT, encoding="utf-8", timeout=60)
    assert result.returncode == 0 and not result.stdout, result.stdout
