# SPDX-License-Identifier: Apache-2.0
"""The copies of entries that bootpilotctl good keeps, and that repair writes again."""
import pytest

from test_check import Healthy


@pytest.fixture
def machine(tmp_path):
    return Healthy(tmp_path)


def conf(machine, name):
    return (machine.esp.entries / name).read_bytes()


def copies(machine):
    return {path.name: path.read_bytes() for path in (machine.state / "entries").iterdir()}


def test_good_keeps_copies_without_counters(machine):
    machine.done("good")
    assert copies(machine) == {"active.conf": conf(machine, "active.conf"), "passive.conf": conf(machine, "passive.conf"),
                               "recovery.conf": conf(machine, "recovery+3.conf"),
                               "statereset.conf": conf(machine, "statereset+3.conf")}


def test_copies_follow_what_changes(machine):
    machine.done("good")
    machine.put("passive.conf", more="options new\n")
    machine.done("good")
    assert copies(machine)["passive.conf"] == conf(machine, "passive.conf")


def test_copies_that_are_right_are_not_written_again(machine):
    machine.done("good")
    before = {path.name: path.stat().st_mtime_ns for path in (machine.state / "entries").iterdir()}
    machine.done("good")
    assert {path.name: path.stat().st_mtime_ns for path in (machine.state / "entries").iterdir()} == before


@pytest.mark.parametrize("says, done", [
    ("an entry without image", lambda m: (m.esp.path / "EFI/kairos/passive.efi").unlink()),
    ("an entry that is empty", lambda m: (m.esp.entries / "passive.conf").write_text("")),
    ("twins", lambda m: m.put("passive+3.conf", more="options other\n")),
    ("nothing", lambda m: m.gone("passive.conf")),
])
def test_a_copy_is_not_replaced_by(machine, says, done):
    machine.done("good")
    kept = copies(machine)["passive.conf"]
    done(machine)
    machine.done("good")
    assert copies(machine)["passive.conf"] == kept, says


def test_copies_of_what_was_replaced_go(machine):
    machine.put("recovery_old+3.conf")
    machine.gone("recovery+3.conf")
    machine.done("good")
    machine.gone("recovery_old+3.conf")
    machine.put("recovery_new+3.conf")
    machine.done("good")
    assert "recovery_new.conf" in copies(machine) and "recovery_old.conf" not in copies(machine)
    assert machine.found() == {}


def test_good_keeps_nothing_when_it_rehearses(machine):
    machine.done("good", "--dry-run")
    assert not machine.state.exists()


def test_good_is_good_without_copies(machine):
    machine.state.write_text("no directory")
    result = machine.run("good")
    assert result.returncode == 0 and "no copies of the boot entries could be kept" in result.stderr


def test_root_has_copies_of_its_own(machine):
    entries = machine.root / "var" / "lib" / "bootpilot" / "entries"
    entries.mkdir(parents=True)
    data = conf(machine, "passive.conf")
    (entries / "passive.conf").write_bytes(data)
    machine.gone("passive.conf")
    machine.done("repair", "--root", machine.root)
    assert conf(machine, "passive+3.conf") == data


def test_a_copy_that_is_a_link_is_none(machine):
    machine.done("good")
    copy = machine.state / "entries" / "passive.conf"
    copy.rename(machine.root / "passive.conf")
    copy.symlink_to(machine.root / "passive.conf")
    machine.gone("passive.conf")
    assert "lost-entry" not in machine.found()
