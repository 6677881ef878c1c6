# SPDX-License-Identifier: Apache-2.0
"""bootpilotctl install and remove, killed at every write: the machine boots as before or as afterwards, and a second run completes it."""
import pytest

from killing import killed_everywhere
from machine_install import APPLICATION, DRIVER, FILES, Bare, berths, load_option
from test_install import OURS, OURS_COPY, into, shim  # noqa: F401

LOADER = load_option(*berths.OPTION_LOADER)


def whole(path):
    """An image of this build, or nothing."""
    return not path.exists() or path.read_bytes() in (APPLICATION.read_bytes(), DRIVER.read_bytes())


def boots(machine, before, after):
    """systemd-boot's own option is whole and in the order; what the order names of ours is there, and so is its file; the default is
    that of before or afterwards, and names an entry that is there."""
    order = machine.order_now()
    assert machine.option_bytes(1) == LOADER and [n for n in order if n in (1, 2, 3)] == [3, 1, 2]
    assert machine.option_bytes(2) == before.option_bytes(2) and machine.option_bytes(3) == before.option_bytes(3)
    for number in set(order) - {1, 2, 3}:
        started = {OURS: "application", OURS_COPY: "copy"}[machine.option_bytes(number)]
        assert (machine.esp.path / FILES[started]).exists()
    assert all(whole(machine.esp.path / FILES[name]) for name in ("application", "copy", "driver", "type2"))
    assert machine.conf() in (before.conf(), after.conf())
    default = machine.conf().splitlines()[-1].split()[1]
    where = {"bootpilot-loader.conf": ["entry", "application"], FILES["type2"].rsplit("/", 1)[1]: ["type2"]}.get(default, [])
    assert all((machine.esp.path / FILES[name]).exists() for name in where)
    return True


def files_alone(everything):
    return {name: data for name, data in everything.items() if data is not None}


# What is there before, and the command. The last ones go from one berth to another: something comes and something goes.
ROWS = [(None, ["install"]), (None, ["install", "--berth", "entry"]), ("driver+net", ["remove"]), ("type2", ["remove"]),
        ("entry", ["install", "--berth", "first"])]


@pytest.mark.parametrize("berth, command", ROWS, ids=[" ".join(["from", berth or "nothing:", *command]) for berth, command in ROWS])
def test_killed_at_every_write(tmp_path, shim, berth, command):  # noqa: F811
    if command[0] == "install":
        command = [*command, "--image", APPLICATION, "--driver-image", DRIVER]
    (tmp_path / "before").mkdir()
    before = Bare(tmp_path / "before", shim)
    if berth:
        into(before, berth)
    after = before.copy(tmp_path / "after")
    assert after.run(*command).returncode == 0
    assert killed_everywhere(before, command, tmp_path, lambda machine: boots(machine, before, after),
                             lambda machine: files_alone(machine.everything())) > 5
