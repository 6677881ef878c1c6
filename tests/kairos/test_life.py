# SPDX-License-Identifier: Apache-2.0
"""A Kairos node's life with the overlay: the agent's operations in the order in which it does them, the overlay's commands run by the real
tool where the agent would run them, and after each of them the names that must be there."""
import json

import pytest

from agent import BOOTPILOT, ROLES, STATE, Node


# Bootpilot's record while the reset runs: recovery was launched as often as it was granted.
RESETTING = (STATE.replace("last=passive", "last=reset").replace("left:uncounted", "left:0").replace("resets=0", "resets=1")
             .replace("recovery=launches:0,stalled:0,left:3", "recovery=launches:3,stalled:1,left:0")
             .replace("reset=launches:0,stalled:0", "reset=launches:1,stalled:1").replace("episode-launches=0", "episode-launches=1"))


@pytest.fixture
def node(tmp_path):
    node = Node(tmp_path)
    node.install()
    node.boot()
    return node


def good(node, entry="active.conf"):
    """A boot that works: blessed, and bootpilot-good.service with what the overlay adds to it."""
    node.booted(entry)
    node.variables.set("LoaderBootCountPath", "\\loader\\entries\\" + next(
        name for name in node.names() if name.startswith(entry.split(".")[0] + "+")))
    node.shell("bootpilotctl good")
    node.shell("bootpilotctl with-esp -- /usr/lib/bootpilot/kairos-twins /efi")


def test_install(node):
    assert node.names() == [f"{role}+3.conf" for role in ROLES]
    assert node.next() == ("active", "active-trying")
    drivers = list((node.esp.path / "EFI" / "systemd" / "drivers").iterdir())
    assert len(drivers) == 1 and drivers[0].name in ("bootpilotx64.efi", "bootpilotaa64.efi")
    assert drivers[0].read_bytes() == b"MZ driver" and "installed" in node.said
    good(node)
    assert node.names() == ["active.conf", "passive+3.conf", "recovery+3.conf", "statereset+3.conf"]
    assert node.next() == ("active", "active-good")


def test_the_driver_is_renewed_once(node):
    node.said = ""
    node.shell("bootpilotctl with-esp -- /usr/lib/bootpilot/kairos-place /efi")
    assert node.said == ""
    for file in node.images.glob("bootpilot-driver*.efi"):
        file.with_name(file.name + ".signed").write_bytes(b"MZ signed")
    node.shell("bootpilotctl with-esp -- /usr/lib/bootpilot/kairos-place /efi")
    drivers = list((node.esp.path / "EFI" / "systemd" / "drivers").iterdir())
    assert [file.read_bytes() for file in drivers] == [b"MZ signed"]


def test_upgrade_that_works(node):
    good(node)
    before = node.build_of("active")
    node.upgrade()
    assert node.names() == [f"{role}+3.conf" for role in ROLES] and node.build_of("passive") == before
    assert node.next()[1] == "requested"
    node.boot()
    assert node.next() == ("active", "active-trying")
    good(node)
    assert node.next() == ("active", "active-good")


def test_upgrade_that_does_not_boot(node):
    good(node)
    node.upgrade()
    node.boot()
    node.counter("active", "+0-3")
    assert node.next() == ("passive", "active-exhausted")
    good(node, "passive.conf")
    assert node.names() == ["active+0-3.conf", "passive.conf", "recovery+3.conf", "statereset+3.conf"]


def test_upgrade_from_passive(node):
    """The agent copies the broken active over the good passive. The new active is tried; behind it there is recovery."""
    node.counter("active", "+0-3")
    good(node, "passive.conf")
    node.upgrade()
    assert node.names() == ["active+3.conf", "passive+0-3.conf", "recovery+3.conf", "statereset+3.conf"]
    node.boot()
    assert node.next() == ("active", "active-trying")


@pytest.mark.parametrize("counter", ["+3", "+2-1", "+0-3"])
def test_upgrade_of_recovery(node, counter):
    good(node)
    node.counter("recovery", counter)
    node.upgrade_recovery()
    assert node.names() == ["active.conf", "passive+3.conf", f"recovery{counter}.conf", "recovery.conf", "statereset+3.conf"]
    assert node.verdicts()[2] == "good"
    node.shell("bootpilotctl with-esp -- /usr/lib/bootpilot/kairos-twins /efi")  # bootpilot-good.service of the next boot
    assert node.names() == ["active.conf", "passive+3.conf", "recovery.conf", "statereset+3.conf"]
    assert "good-twin" not in [problem["id"] for problem in problems(node)]


@pytest.mark.parametrize("counter", ["+3", "+2-1", "+0-3"])
def test_upgrade_of_recovery_and_at_once_another_one(node, counter):
    """Counted anew by the next upgrade, recovery.conf would speak with the tries of the file that it replaced."""
    node.counter("recovery", counter)
    node.upgrade_recovery()
    node.upgrade()
    assert node.names() == [f"{role}+3.conf" for role in ROLES]


def test_a_recovery_that_is_not_whole_replaces_nothing(node):
    node.counter("recovery", "+2-1")
    node.upgrade_recovery()
    (node.esp.path / "EFI" / "kairos" / "recovery.efi").unlink()
    node.shell("bootpilotctl with-esp -- /usr/lib/bootpilot/kairos-twins /efi")
    assert "recovery+2-1.conf" in node.names() and "recovery.conf" in node.names()


def problems(node):
    return json.loads(node.run("check", "--json").stdout)["problems"]


def exhausted(node):
    for role in ("active", "passive", "recovery"):
        node.counter(role, "+0-3")


def test_reset(node):
    """Without the overlay active is born bad."""
    exhausted(node)
    assert node.next() == ("reset", "recovery-exhausted")
    node.counter("statereset", "+2-1")
    node.booted("statereset.conf")
    node.reset()
    assert node.names() == ["active+3.conf", "passive+0-3.conf", "recovery+3.conf", "statereset+2-1.conf"]
    assert node.build_of("active") == node.build_of("recovery")
    assert node.variables.get("BootpilotNote", BOOTPILOT) == (7, "re-arm active")
    node.boot()
    assert node.next() == ("active", "active-trying")
    good(node)
    assert node.names() == ["active.conf", "passive+3.conf", "recovery+3.conf", "statereset+3.conf"]


def test_reset_by_a_person_from_recovery(node):
    good(node)
    node.counter("recovery", "+2-1")
    node.booted("recovery.conf")
    node.reset()
    assert node.names() == ["active+3.conf", "passive+3.conf", "recovery+3.conf", "statereset+3.conf"]


def test_reset_without_the_overlay_is_born_bad(node, monkeypatch):
    monkeypatch.setattr(node, "stage", lambda name: None)
    exhausted(node)
    node.reset()
    assert "active+0-3.conf" in node.names()


def test_reset_that_is_cut_short_is_resumed(node):
    """Nothing has given recovery fresh tries yet, or the next boot would be recovery, which waits for a person."""
    exhausted(node)
    node.counter("statereset", "+2-1")
    node.variables.set("BootpilotState", RESETTING, BOOTPILOT)
    node.booted("statereset.conf")
    node.reset(cut=True)
    assert node.next() == ("reset", "recovery-exhausted")
    node.shell("bootpilotctl re-arm recovery")
    assert node.next()[0] == "recovery"


@pytest.mark.parametrize("name", ROLES)
def test_bootentry(node, name):
    good(node)
    before = node.names()
    node.bootentry(name)
    assert node.next() == ("none", "requested")  # Bootpilot leaves it
    node.boot()
    assert node.next() == ("active", "active-good") and node.names() == before


@pytest.mark.parametrize("entry", ["recovery.conf", "statereset.conf"])
def test_recovery_and_reset_do_not_bless_themselves(node, entry):
    before = node.names()
    node.booted(entry)
    node.shell("bootpilotctl good")
    assert node.names() == before and node.run("role", "--is", "active", "passive", "none").returncode == 1


# The rule of sdk/state/state.go: the name of the entry begins with the role. Sentinels: immucore/pkg/state.
@pytest.mark.parametrize("entry, kairos", [
    ("active.conf", "active"), ("passive.conf", "passive"), ("recovery.conf", "recovery"), ("statereset.conf", "reset"),
    ("active+2-1.conf", "active"), ("recovery_install-mode_stylus.registration.conf", "recovery"),
    ("statereset_install-mode_stylus.registration.conf", "reset"),
])
def test_the_role_is_the_one_that_kairos_sees(node, entry, kairos):
    node.booted(entry, role=kairos)
    assert node.done("role") == kairos + "\n"
