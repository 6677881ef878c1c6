# SPDX-License-Identifier: Apache-2.0
"""The units have no more power than their work needs: what systemd thinks of each (its exposure level, 0 to 10, lower is better), and that
what the tool really does passes their filters."""
import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from test_live import Machine
from test_tool import TOOL

UNITS = Path(__file__).resolve().parents[2] / "tools" / "systemd"
# bootpilot-good.service remounts the ESP where everybody sees it: it keeps CAP_SYS_ADMIN and the mounts of the system.
EXPOSURE = {"bootpilot-announce.service": 1.5, "bootpilot-good.service": 4.0}
COMMANDS = {"bootpilot-announce.service": ["announce", "--root", "ROOT"], "bootpilot-good.service": ["good"]}


@pytest.fixture
def machine(tmp_path):
    (tmp_path / "root" / "run").mkdir(parents=True)
    return Machine(tmp_path)


def analyze(*arguments):
    if not shutil.which("systemd-analyze"):
        pytest.skip("systemd-analyze is not installed (package systemd)")
    return subprocess.run(["systemd-analyze", "--no-pager", *map(str, arguments)], stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                          encoding="utf-8", timeout=300).stdout


def test_every_unit_is_looked_at():
    assert {path.name for path in UNITS.glob("*.service")} == set(EXPOSURE) == set(COMMANDS)


@pytest.mark.parametrize("unit", EXPOSURE)
def test_exposure(tmp_path, unit):
    (tmp_path / unit).write_text((UNITS / unit).read_text().replace("@bindir@", "/usr/bin"))
    level = re.search(r"exposure level for \S+: ([\d.]+)", analyze("security", "--offline=true", tmp_path / unit))
    print(unit, level[1])
    assert float(level[1]) <= EXPOSURE[unit]


def filtered(unit):
    """The system calls that the unit permits."""
    groups, current = {}, None
    for line in analyze("syscall-filter").splitlines():
        if line.startswith("@"):
            current = groups.setdefault(line.strip(), set())
        elif current is not None and line.strip() and not line.strip().startswith("#"):
            current.add(line.strip())

    def members(name):
        return set().union(*map(members, groups[name])) if name in groups else {name}

    permitted = set()
    for line in re.findall(r"^SystemCallFilter=(.*)$", (UNITS / unit).read_text(), re.MULTILINE):
        named = set().union(*map(members, line.lstrip("~").split()))
        permitted = permitted - named if line.startswith("~") else permitted | named
    return permitted | members("@default")


@pytest.mark.parametrize("unit", COMMANDS)
def test_what_it_calls_is_permitted(machine, tmp_path, unit):
    (machine.esp.entries / "recovery+3.conf").rename(machine.esp.entries / "recovery+1-2.conf")
    log = tmp_path / "calls"
    command = [word.replace("ROOT", str(tmp_path / "root")) for word in COMMANDS[unit]]
    environment = {**os.environ, "EFIVARFS_PATH": f"{machine.variables.path}/", "SYSTEMD_ESP_PATH": str(machine.esp.path),
                   "STATE_DIRECTORY": str(machine.state)}
    result = subprocess.run(["strace", "-f", "-o", log, TOOL, *command], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, env=environment,
                            timeout=300)
    assert result.returncode == 0, result.stdout
    called = set(re.findall(r"^\d+ +(\w+)\(", log.read_text(errors="replace"), re.MULTILINE))
    # a read-only ESP is remounted by a child (tools/guard.c), which this one has no need of
    called |= {"mount", "clone", "setsid", "prctl", "pipe2", "wait4", "sync", "syncfs"} if unit == "bootpilot-good.service" else set()
    assert called and called - {"execve"} <= filtered(unit), called - filtered(unit)
