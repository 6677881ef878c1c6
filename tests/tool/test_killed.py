# SPDX-License-Identifier: Apache-2.0
"""bootpilotctl repair and good, killed at every write: the machine boots, and a second run completes the work."""
import pytest

from killing import killed_everywhere
from test_check import Healthy
from test_live import BOOTPILOT, LASTING
from test_repair import everything


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
    (tmp_path / "before").mkdir()
    machine = Healthy(tmp_path / "before")
    arrange(machine)
    assert killed_everywhere(machine, [command], tmp_path, boots, everything) > 20
