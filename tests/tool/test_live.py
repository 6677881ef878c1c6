# SPDX-License-Identifier: Apache-2.0
"""bootpilotctl on the machine that it is about: variables in a directory that libefivar takes for efivarfs."""
import copy
import json
import os
import shutil
import struct
import subprocess

import pytest

from test_tool import TOOL, Esp

LOADER = "4a67b082-0a4c-41cf-b6c7-440b29bb8c4f"
BOOTPILOT = "6f0e3d1c-52b8-4a57-9d0b-3c8f7e41a2d9"
GLOBAL = "8be4df61-93ca-11d2-aa0d-00e098032b8c"
EXPORTED, LASTING = 6, 7  # BS RT, NV BS RT
DECISION = ("role=passive entry=passive.conf reason=active-exhausted pending=yes action=boot active=exhausted passive=good "
            "recovery=trying:3 reset=trying:3 record=valid resets=0 berth=driver version=0.1.0")
STATE = ("version=1 record=valid last=passive active=launches:3,stalled:1,left:0 passive=launches:0,stalled:0,left:uncounted "
         "recovery=launches:0,stalled:0,left:3 reset=launches:0,stalled:0,left:3 granted=3 resets=0 episode-launches=0 "
         "episode-tries=0 success-seen=yes heard=yes handoff=no laps=0")


class Variables:
    """A directory of EFI variables."""

    def __init__(self, path):
        self.path = path
        path.mkdir()

    def set(self, name, value, guid=LOADER, attributes=EXPORTED):
        data = value if isinstance(value, bytes) else (value + "\0").encode("utf-16le")
        (self.path / f"{name}-{guid}").write_bytes(struct.pack("<I", attributes) + data)

    def unset(self, name, guid=LOADER):
        (self.path / f"{name}-{guid}").unlink(missing_ok=True)

    def get(self, name, guid=LOADER):
        """Attributes and text, or None."""
        file = self.path / f"{name}-{guid}"
        if not file.exists():
            return None
        data = file.read_bytes()
        return struct.unpack("<I", data[:4])[0], data[4:].decode("utf-16le").split("\0")[0]


class Machine:
    """Booted by systemd-boot 257, passive because active used up its tries."""

    def __init__(self, path):
        self.esp = Esp(path / "esp")
        for name in ("active+0-3.conf", "passive.conf", "recovery+3.conf", "statereset+3.conf"):
            self.esp.entry(name)
        self.state = path / "state"
        self.variables = Variables(path / "efivars")
        self.variables.set("LoaderInfo", "systemd-boot 257.13-1")
        self.variables.set("LoaderFeatures", struct.pack("<Q", 0x7fff))
        self.variables.set("LoaderEntrySelected", "passive.conf")
        self.variables.set("BootpilotDecision", DECISION, BOOTPILOT)
        self.variables.set("BootpilotState", STATE, BOOTPILOT)

    def environment(self):
        return {**os.environ, "EFIVARFS_PATH": f"{self.variables.path}/", "SYSTEMD_ESP_PATH": str(self.esp.path),
                "STATE_DIRECTORY": str(self.state)}

    def run(self, *arguments):
        return subprocess.run([TOOL, *map(str, arguments)], stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                              encoding="utf-8", timeout=120, env=self.environment())

    def copy(self, path):
        """The same machine in another directory."""
        shutil.copytree(self.esp.path.parent, path)
        twin, twin.esp, twin.variables = copy.copy(self), copy.copy(self.esp), copy.copy(self.variables)
        twin.esp.path, twin.esp.entries = path / "esp", path / "esp" / "loader" / "entries"
        twin.variables.path, twin.state, twin.root = path / "efivars", path / "state", path / "root"
        return twin

    def done(self, *arguments, status=0):
        result = self.run(*arguments)
        assert result.returncode == status, result.stdout + result.stderr
        return result.stdout if status == 0 else result.stderr

    def json(self, *arguments):
        return json.loads(self.done(*arguments, "--json"))


@pytest.fixture
def machine(tmp_path):
    return Machine(tmp_path)


def test_status_says_what_runs_and_why(machine):
    lines = machine.done("status").splitlines()
    assert lines[0] == "This boot: passive (passive.conf), because active used up its tries."
    assert lines[1] == "Next boot: passive (passive.conf), because active used up its tries."
    assert "taken for one that behaves" not in "\n".join(lines)


def test_status_says_who_else_chose(machine):
    machine.variables.set("LoaderEntrySelected", "recovery.conf")
    first = " ".join(machine.done("status").splitlines()[:2])
    assert first.startswith("This boot: recovery.conf, chosen by somebody else: Bootpilot had named passive, because active used")


def test_status_gives_the_cause(machine):
    machine.variables.set("BootpilotDecision", "role=recovery entry=recovery.conf reason=last-resort cause=reset-off", BOOTPILOT)
    machine.variables.set("LoaderEntrySelected", "recovery.conf")
    text = " ".join(machine.done("status").split())
    assert "because every entry failed; this one could still start (automatic reset is switched off)." in text


def test_status_of_a_newer_bootpilot(machine):
    machine.variables.set("BootpilotDecision", "role=passive entry=passive.conf reason=moon-phase", BOOTPILOT)
    assert "because moon-phase." in machine.done("status").splitlines()[0]


@pytest.mark.parametrize("launches, stalled, tries", [(0, 0, 3), (1, 1, 2), (3, 3, 0)])
def test_the_record_counts(machine, launches, stalled, tries):
    told = STATE.replace("recovery=launches:0,stalled:0", f"recovery=launches:{launches},stalled:{stalled}")
    machine.variables.set("BootpilotState", told, BOOTPILOT)
    answer = machine.json("status")
    assert answer["record"] == "told" and answer["firmware"]["state"] == "live"
    assert answer["roles"][2]["tries"] == tries


def test_the_record_vetoes_a_reset(machine):
    for name in ("passive.conf", "recovery+3.conf"):
        (machine.esp.entries / name).unlink()
    machine.esp.entry("passive+0-3.conf").entry("recovery+0-3.conf")
    told = STATE.replace("last=passive", "last=none").replace("left:uncounted", "left:0")
    told = told.replace("recovery=launches:0,stalled:0,left:3", "recovery=launches:1,stalled:1,left:0")
    machine.variables.set("BootpilotState", told, BOOTPILOT)
    answer = machine.json("status")
    assert (answer["decision"]["reason"], answer["decision"]["cause"]) == ("last-resort", "uncorroborated")
    machine.variables.set("BootpilotState", told.replace("launches:1,stalled:1,left:0 reset", "launches:3,stalled:3,left:0 reset"), BOOTPILOT)
    assert machine.json("status")["decision"]["role"] == "reset"


def test_a_request_is_seen(machine):
    machine.variables.set("LoaderEntryOneShot", "recovery.conf", attributes=LASTING)
    answer = machine.json("status")
    assert answer["decision"]["reason"] == "requested"
    assert "the entry that was requested" in machine.done("status")


def test_a_note_that_waits_is_seen(machine):
    machine.variables.set("BootpilotNote", "re-arm recovery", BOOTPILOT, LASTING)
    assert machine.json("status")["firmware"]["note"] == "re-arm recovery"


def test_secure_boot_makes_the_file_mute(machine):
    directory = machine.esp.path / "EFI" / "bootpilot"
    directory.mkdir()
    (directory / "bootpilot.cfg").write_text("passive nothing\n")
    assert machine.json("status")["decision"]["role"] == "recovery"
    machine.variables.set("SecureBoot", b"\1", GLOBAL)
    assert machine.json("status")["decision"]["role"] == "passive"
    assert "Secure Boot is on" in machine.done("status")


@pytest.mark.parametrize("gone, says, state", [
    (("BootpilotDecision", "BootpilotState"), "without Bootpilot", "no-bootpilot"),
    (("BootpilotDecision", "BootpilotState", "LoaderInfo"), "not started by systemd-boot", "no-systemd-boot"),
])
def test_what_is_not_there_is_said(machine, gone, says, state):
    for name in gone:
        next(machine.variables.path.glob(name + "-*")).unlink()
    assert machine.json("status")["firmware"]["state"] == state
    assert says in " ".join(machine.done("status").split())


def test_a_copy_is_not_this_machine(machine):
    answer = machine.json("status", "--esp-path", machine.esp.path)
    assert answer["firmware"] == {"state": "elsewhere", "decision": None, "selected": None, "note": None}
    assert "not visible in a directory" in " ".join(machine.done("status", "--esp-path", machine.esp.path).split())


def test_no_efivarfs(machine, tmp_path):
    machine.variables.path = tmp_path / "nowhere"
    assert machine.json("status")["firmware"]["state"] == "no-variables"
    assert "EFI variables cannot be read" in " ".join(machine.done("status").split())
    assert "EFI variables cannot be read" in machine.done("role", status=1)


def test_nothing_is_mounted(tmp_path):
    environment = {k: v for k, v in os.environ.items() if not k.startswith("SYSTEMD_")}
    result = subprocess.run([TOOL, "status", "--root", tmp_path], stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                            encoding="utf-8", timeout=60, env=environment)
    assert result.returncode == 1 and f"no EFI system partition is mounted at {tmp_path}/efi" in result.stderr
    assert "--esp-path DIR" in result.stderr


def test_root_with_relaxed_checks(machine, tmp_path):
    root = tmp_path / "root"
    root.mkdir()
    machine.esp.path.rename(root / "efi")
    environment = {**os.environ, "SYSTEMD_RELAX_ESP_CHECKS": "1"}
    result = subprocess.run([TOOL, "status", "--json", "--root", root], stdout=subprocess.PIPE, encoding="utf-8", timeout=60,
                            env=environment)
    answer = json.loads(result.stdout)
    assert answer["esp"]["path"] == f"{root}/efi" and answer["firmware"]["state"] == "elsewhere"


# --- role -----------------------------------------------------------------------------------------------------------

@pytest.mark.parametrize("selected, role", [
    ("passive.conf", "passive"), ("passive+2-1.conf", "passive"), ("ACTIVE.CONF", "active"), ("recovery_x.conf", "recovery"),
    ("statereset+3.conf", "reset"), ("ubuntu.conf", "none"), ("bootpilot-loader.conf", "none"), ("active.efi", "active"),
])
def test_role(machine, selected, role):
    machine.variables.set("LoaderEntrySelected", selected)
    assert machine.done("role") == role + "\n"
    assert machine.json("role") == {"schema": 1, "command": "role", "role": role, "entry": selected}
    assert machine.run("role", "--is", role).returncode == 0
    assert machine.run("role", "--is", "none" if role != "none" else "active").returncode == 1
    assert machine.run("role", "--is", "active", "passive", "recovery", "reset", "none").returncode == 0


def test_role_of_a_configured_name(machine):
    machine.variables.set("BootpilotDecision", "role=active entry=os_1.efi reason=active-good", BOOTPILOT)
    machine.variables.set("LoaderEntrySelected", "os_1.efi")
    assert machine.done("role") == "active\n"


# --- announce -------------------------------------------------------------------------------------------------------

def announced(machine, tmp_path):
    root = tmp_path / "root"
    (root / "run").mkdir(parents=True, exist_ok=True)
    machine.done("announce", "--root", root)
    motd = root / "run" / "motd.d" / "50-bootpilot"
    return json.loads((root / "run" / "bootpilot" / "decision.json").read_text()), motd


def test_announce_a_fallback(machine, tmp_path):
    told, motd = announced(machine, tmp_path)
    assert told["role"] == "passive" and told["reason"] == "active-exhausted" and told["fallback"] is True
    assert told["why"] == "active used up its tries" and told["line"] == DECISION
    assert "This boot: passive (passive.conf), because active used up its tries." in motd.read_text()


def test_announce_nothing_to_look_at(machine, tmp_path):
    announced(machine, tmp_path)  # the login message of the boot before
    machine.variables.set("BootpilotDecision", "role=active entry=active.conf reason=active-good", BOOTPILOT)
    machine.variables.set("LoaderEntrySelected", "active.conf")
    told, motd = announced(machine, tmp_path)
    assert told["fallback"] is False and not motd.exists()


def test_announce_another_ones_choice(machine, tmp_path):
    machine.variables.set("LoaderEntrySelected", "recovery.conf")
    told, motd = announced(machine, tmp_path)
    assert told["fallback"] is True and "chosen by somebody else" in motd.read_text()


def test_announce_without_bootpilot(machine, tmp_path):
    next(machine.variables.path.glob("BootpilotDecision-*")).unlink()
    assert "Bootpilot said nothing at this boot" in machine.done("announce", "--root", tmp_path, status=1)
