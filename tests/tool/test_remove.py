# SPDX-License-Identifier: Apache-2.0
"""bootpilotctl remove: what install put there goes, and nothing else; what is left boots."""
import pytest

from machine_install import OTHER_DISK, Bare, berths, load_option
from test_install import BERTHS, OURS, gone, into, shim  # noqa: F401
from test_live import BOOTPILOT, LASTING

NAMES = [row[0] for row in BERTHS[1:]]


@pytest.fixture
def machine(tmp_path, shim):  # noqa: F811
    return Bare(tmp_path, shim)


def without_directories(everything):
    """Directories of ours stay: others may use them."""
    return {name: data for name, data in everything.items() if data is not None}


@pytest.mark.parametrize("berth", NAMES)
def test_everything_is_as_it_was_before(machine, berth):
    before = without_directories(machine.everything())
    into(machine, berth)
    said = machine.done("remove")
    assert without_directories(machine.everything()) == before
    assert "Bootpilot is removed." in said and "BootpilotRecord0" in said


@pytest.mark.parametrize("berth", NAMES)
def test_a_second_run_changes_nothing(machine, berth):
    into(machine, berth)
    machine.done("remove")
    before = machine.everything()
    assert machine.done("remove") == "Nothing of Bootpilot is there.\n" and machine.everything() == before


@pytest.mark.parametrize("berth", NAMES)
def test_a_rehearsal_changes_nothing(machine, berth):
    into(machine, berth)
    before = machine.everything()
    assert "would remove" in machine.done("remove", "--dry-run") and machine.everything() == before


def test_the_boot_order_is_never_empty(machine):
    """Ours is the only option: one that starts systemd-boot takes its place."""
    into(machine, "first")
    machine.order(0)
    machine.done("remove")
    assert machine.order_now() == [4] and machine.option_bytes(0) is None
    assert machine.option_bytes(4) == load_option(*berths.OPTION_LOADER)


def test_the_boot_order_is_never_empty_without_a_loader_to_start(machine):
    into(machine, "first")
    machine.order(0)
    next(machine.esp.path.glob("EFI/systemd/systemd-boot*")).unlink()
    before = machine.everything()
    assert "BootOrder would be empty" in machine.done("remove", status=1)
    assert machine.everything() == before


def test_what_is_to_come_next_is_not_what_was_removed(machine):
    into(machine, None)
    machine.variables.set("BootNext", b"\0\0", "8be4df61-93ca-11d2-aa0d-00e098032b8c", LASTING)
    machine.done("remove")
    assert not list(machine.variables.path.glob("BootNext-*"))


def test_bootpilot_on_another_disk_stays(machine):
    foreign = load_option("Bootpilot", berths.APPLICATION, OTHER_DISK)
    machine.option(0, foreign)
    machine.order(0, 3, 1, 2)
    into(machine, None)
    machine.done("remove")
    assert machine.option_bytes(0) == foreign and machine.order_now() == [0, 3, 1, 2]


def test_a_default_set_meanwhile_stays(machine):
    into(machine, "entry")
    machine.loader_conf(machine.conf().replace("bootpilot-loader.conf", "passive.conf"))
    machine.done("remove")
    assert machine.conf() == "timeout 3\ndefault passive.conf\n"


def test_variables_that_name_it_go_with_it(machine):
    machine.variables.set("LoaderEntryDefault", "bootpilot-loader.conf", attributes=LASTING)
    into(machine, "entry")
    machine.variables.set("BootpilotNote", "good active.conf", BOOTPILOT, LASTING)
    machine.done("remove")
    assert machine.variables.get("LoaderEntryDefault") is None and machine.variables.get("BootpilotNote", BOOTPILOT) is None


def test_refused_where_systemd_boot_would_then_reset(machine):
    """Without sort keys the reset entry comes first; only Bootpilot's own default keeps it from being booted."""
    into(machine, "entry")
    for role in ("active", "passive", "recovery", "statereset"):
        machine.put(f"{role}.conf", sort_key="")
    machine.loader_conf("timeout 3\ndefault bootpilot-loader.conf\n")
    before = machine.everything()
    result = machine.run("remove")
    assert result.returncode == 1 and "[would-reset]" in result.stdout and machine.everything() == before
    machine.done("remove", "--force")
    assert machine.files() == set()


def test_files_alone(machine):
    into(machine, None)
    machine.done("remove", "--no-variables")
    assert machine.files() == set() and machine.option_bytes(0) == OURS


def test_options_that_cannot_be_seen_are_spoken_of(machine):
    into(machine, None)
    machine.variables.path = machine.root / "nowhere"
    assert "boot options were not looked at" in " ".join(machine.done("remove").split())
    assert machine.files() == set()


def test_an_option_that_is_not_in_the_order_goes_too(machine):
    machine.option(9, OURS)
    machine.done("remove")
    assert machine.option_bytes(9) is None and machine.order_now() == [3, 1, 2]


def test_without_a_boot_order(machine):
    gone(machine, "BootOrder")
    machine.option(9, OURS)
    machine.done("remove")
    assert machine.option_bytes(9) is None
