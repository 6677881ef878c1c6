# SPDX-License-Identifier: Apache-2.0
"""bootpilotctl repair and good, killed at every write: the machine boots, and a second run completes the work."""
import os
import shutil
import subprocess

import pytest

from test_check import Healthy
from test_live import BOOTPILOT, LASTING
from test_repair import everything
from test_tool import TOOL

WRITES = ["write", "fsync", "syncfs", "rename", "renameat", "renameat2", "unlink", "unlinkat", "mkdir", "mkdirat", "ftruncate"]
KILLED = 137, -9


def copy_of(machine, path):
    """The same machine in another directory."""
    twin = Healthy.__new__(Healthy)
    shutil.copytree(machine.esp.path.parent, path)
    twin.__dict__.update(machine.__dict__)
    twin.esp = type(machine.esp).__new__(type(machine.esp))
    twin.esp.path, twin.esp.entries = path / "esp", path / "esp" / "loader" / "entries"
    twin.variables = type(machine.variables).__new__(type(machine.variables))
    twin.variables.path, twin.state, twin.root = path / "efivars", path / "state", path / "root"
    return twin


def killed_at(machine, command, syscall, number):
    """Runs COMMAND; it is killed when it enters its NUMBER-th SYSCALL. True if it came so far."""
    environment = {**os.environ, "EFIVARFS_PATH": f"{machine.variables.path}/", "SYSTEMD_ESP_PATH": str(machine.esp.path),
                   "STATE_DIRECTORY": str(machine.state)}
    result = subprocess.run(["strace", "-f", "-qq", "-o", "/dev/null", "-e", f"trace={syscall}", "-e",
                             f"inject={syscall}:signal=KILL:when={number}", TOOL, command], stdout=subprocess.DEVNULL,
                            stderr=subprocess.PIPE, encoding="utf-8", timeout=60, env=environment)
    assert result.returncode in (*KILLED, 0, 1, 2), result.stderr
    assert "strace:" not in result.stderr, result.stderr
    return result.returncode in KILLED


def boots(machine):
    roles = {role["role"]: role["verdict"] for role in machine.json("status")["roles"]}
    return {"good", "trying"} & {roles["active"], roles["passive"]}


def everything_to_repair(machine):
    """Something for each remedy, active running."""
    machine.done("good")
    machine.gone("passive.conf")
    machine.put("active+2-1.conf")
    machine.put("recovery+2-1.conf")
    (machine.esp.entries / ".bootpilot.tmp").write_bytes(b"half")
    machine.loader_conf("timeout 5\ndefault active+3.conf\npreferred passive+3.conf\n")
    machine.variables.set("LoaderEntryDefault", "active+3.conf", attributes=LASTING)


def something_good(machine):
    """Passive runs for the first time, active is used up, nothing was kept yet."""
    machine.renamed("active.conf", "active+0-3.conf")
    machine.renamed("passive.conf", "passive+2-1.conf")
    machine.renamed("recovery+3.conf", "recovery+0-3.conf")
    machine.variables.set("LoaderEntrySelected", "passive.conf")
    machine.variables.set("LoaderBootCountPath", r"\loader\entries\passive+2-1.conf")
    machine.variables.set("BootpilotDecision", "role=passive entry=passive.conf reason=active-exhausted pending=yes berth=driver",
                          BOOTPILOT)


@pytest.mark.parametrize("command, arrange", [("repair", everything_to_repair), ("good", something_good)])
def test_killed_at_every_write(tmp_path, command, arrange):
    (tmp_path / "whole").mkdir()
    machine = Healthy(tmp_path / "whole")
    arrange(machine)
    whole = copy_of(machine, tmp_path / "done")
    assert whole.run(command).returncode == 0
    kills = 0
    for syscall in WRITES:
        for number in range(1, 1000):
            again = copy_of(machine, tmp_path / "again")
            killed = killed_at(again, command, syscall, number)
            assert boots(again), (syscall, number)
            assert again.run(command).returncode == 0, (syscall, number)
            assert everything(again) == everything(whole), (syscall, number)
            shutil.rmtree(tmp_path / "again")
            if not killed:
                break
            kills += 1
    print(kills, "kills")
    assert kills > 20
