# SPDX-License-Identifier: Apache-2.0
"""The example for node-problem-detector: its configuration has the fields that NPD knows and obeys NPD's own rules (the structures and
Validate() in pkg/custompluginmonitor/types), and the plugin answers by NPD's protocol (0 no problem, 1 problem, other unknown; at most
max_output_length bytes)."""
import json
import os
import re
import subprocess
from pathlib import Path

import pytest

from test_live import BOOTPILOT, DECISION, Machine

HERE = Path(__file__).resolve().parents[2] / "tools" / "node-problem-detector"
PLUGIN = HERE / "running-fallback"

FIELDS = {
    "": {"plugin", "pluginConfig", "source", "conditions", "rules", "metricsReporting"},
    "pluginConfig": {"invoke_interval", "timeout", "max_output_length", "concurrency", "enable_message_change_based_condition_update",
                     "skip_initial_status"},
    "conditions": {"type", "reason", "message"},
    "rules": {"type", "condition", "reason", "path", "args", "timeout", "invoke_interval"},
}


@pytest.fixture
def monitor():
    return json.loads((HERE / "bootpilot-monitor.json").read_text())


def seconds(text):
    return int(re.fullmatch(r"(\d+)s", text).group(1))


def test_every_field_is_known(monitor):
    assert set(monitor) <= FIELDS[""] and set(monitor["pluginConfig"]) <= FIELDS["pluginConfig"]
    for name in ("conditions", "rules"):
        for row in monitor[name]:
            assert set(row) <= FIELDS[name]


def test_it_is_valid(monitor):
    assert monitor["plugin"] == "custom" and monitor["source"]
    known = {condition["type"] for condition in monitor["conditions"]}
    for rule in monitor["rules"]:
        assert rule["type"] in ("permanent", "temporary") and (rule["type"] == "temporary" or rule["condition"] in known)
        assert seconds(rule["timeout"]) <= seconds(monitor["pluginConfig"]["timeout"]) < seconds(monitor["pluginConfig"]["invoke_interval"])
        assert Path(rule["path"]).name == PLUGIN.name and os.access(PLUGIN, os.X_OK)
    assert known == {"RunningFallback"}
    for condition in monitor["conditions"]:  # kubernetes: CamelCase, one word
        assert re.fullmatch(r"[A-Z][A-Za-z]+", condition["type"]) and re.fullmatch(r"[A-Z][A-Za-z]+", condition["reason"])


def plugin(tmp_path, machine, monitor):
    """Exit status and message, as NPD sees them: without this system's environment."""
    root = tmp_path / "root"
    (root / "run").mkdir(parents=True, exist_ok=True)
    machine.run("announce", "--root", root)
    result = subprocess.run([PLUGIN, root / "run" / "bootpilot" / "decision.json"], stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                            timeout=5, env={"PATH": "/usr/bin:/bin"})
    assert not result.stderr
    message = result.stdout.strip()
    assert 0 < len(message) <= monitor["pluginConfig"]["max_output_length"] and b"\n" not in message
    return result.returncode, message.decode()


@pytest.fixture
def machine(tmp_path):
    return Machine(tmp_path)


def test_passive_runs(machine, tmp_path, monitor):
    assert plugin(tmp_path, machine, monitor) == (1, "passive.conf runs: active used up its tries")


def test_active_runs(machine, tmp_path, monitor):
    machine.variables.set("BootpilotDecision", "role=active entry=active.conf reason=active-good", BOOTPILOT)
    machine.variables.set("LoaderEntrySelected", "active.conf")
    assert plugin(tmp_path, machine, monitor) == (0, "active.conf runs: active is good")


def test_nobody_decided(machine, tmp_path, monitor):
    machine.variables.unset("BootpilotDecision", BOOTPILOT)
    assert plugin(tmp_path, machine, monitor) == (2, "Bootpilot announced nothing at this boot")


@pytest.mark.parametrize("text", ["", "{}", "[1,", '{\n  "fallback": 7\n}\n', "\0\n\n"])
def test_what_is_not_understood_is_unknown(tmp_path, text):
    (tmp_path / "decision.json").write_text(text)
    result = subprocess.run([PLUGIN, tmp_path / "decision.json"], stdout=subprocess.PIPE, timeout=5)
    assert result.returncode == 2 and result.stdout.strip() == b"Bootpilot's announcement is not understood"


def test_long_names_and_reasons_are_cut(machine, tmp_path, monitor):
    name = "recovery_" + "x" * 100 + ".conf"
    machine.variables.set("BootpilotDecision", f"role=recovery entry={name} reason=last-resort cause=uncorroborated", BOOTPILOT)
    machine.variables.set("LoaderEntrySelected", name)
    status, message = plugin(tmp_path, machine, monitor)
    assert status == 1 and message.startswith("recovery_xxx") and len(message) == 80


def test_names_cannot_pretend(machine, tmp_path, monitor):
    """What stands in a name is not taken for the answer."""
    name = 'active",\n  "fallback": false,\n "x": "y.conf'
    machine.variables.set("BootpilotDecision", DECISION, BOOTPILOT)
    machine.variables.set("LoaderEntrySelected", name)
    assert plugin(tmp_path, machine, monitor)[0] == 1
