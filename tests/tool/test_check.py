# SPDX-License-Identifier: Apache-2.0
"""bootpilotctl check: each problem is found where it is, and nowhere else."""
import json
import os
import re
import shutil
import struct
import subprocess
from pathlib import Path

import pytest

from test_live import BOOTPILOT, LASTING, STATE, Machine
from test_tool import MACHINE, ROOT, TOOL, image

SORT_KEYS = {"active": "0001", "passive": "0002", "recovery": "0003", "statereset": "0004"}
FINE = ("role=active entry=active.conf reason=active-good pending=no action=boot active=good passive=good "
        "recovery=trying:3 reset=trying:3 record=valid resets=0 berth=driver version=0.1.0")
DRIVER = f"bootpilot{ {0x8664: 'x64', 0xAA64: 'aa64'}[MACHINE] }.efi"


class Healthy(Machine):
    """Active runs, everything is where it belongs, Bootpilot is the driver."""

    def __init__(self, path):
        super().__init__(path)
        for file in self.esp.entries.iterdir():
            file.unlink()
        for name in ("active.conf", "passive.conf", "recovery+3.conf", "statereset+3.conf"):
            self.put(name)
        drivers = self.esp.path / "EFI" / "systemd" / "drivers"
        drivers.mkdir(parents=True)
        (drivers / DRIVER).write_bytes(image())
        self.runs("active", "active.conf")
        self.variables.set("BootpilotDecision", FINE, BOOTPILOT)
        self.variables.set("BootpilotState", STATE.replace("last=passive", "last=active"), BOOTPILOT)
        self.root = path / "root"
        self.root.mkdir()

    def put(self, name, key="linux", sort_key=None, more=""):
        """An entry of a role by its name, with an image that could start."""
        role = re.split(r"[+._-]", name)[0]
        self.esp.entry(name, key=key)
        sort_key = SORT_KEYS.get(role, "0010") if sort_key is None else sort_key
        lines = ["title Kairos", f"sort-key {sort_key}" if sort_key else "# none", f"{key} /EFI/kairos/{role}.efi"]
        (self.esp.entries / name).write_text("\n".join(lines) + "\n" + more)

    def gone(self, name):
        (self.esp.entries / name).unlink()

    def renamed(self, old, new):
        (self.esp.entries / old).rename(self.esp.entries / new)

    def names(self):
        return sorted(path.name for path in self.esp.entries.iterdir())

    def loader_conf(self, text):
        (self.esp.path / "loader" / "loader.conf").write_bytes(text.encode())

    def loader(self, version, features):
        self.variables.set("LoaderInfo", f"systemd-boot {version}")
        self.variables.set("LoaderFeatures", struct.pack("<Q", features))

    def runs(self, role, entry):
        self.variables.set("LoaderEntrySelected", entry)

    def remarked(self, remark):
        self.variables.set("BootpilotDecision", f"{FINE} remarks=counter-frozen,{remark}", BOOTPILOT)

    def found(self, *arguments):
        """Ids of the problems, each with its file and value."""
        result = self.run("check", "--json", *arguments)
        answer = json.loads(result.stdout)
        problems = answer["problems"]
        errors = [p for p in problems if p["severity"] == "error"]
        assert answer["errors"] == len(errors) and answer["warnings"] == len(problems) - len(errors)
        assert result.returncode == (2 if errors else 1 if problems else 0), result.stdout + result.stderr
        return {p["id"]: p for p in problems}


@pytest.fixture
def machine(tmp_path):
    return Healthy(tmp_path)


def test_a_healthy_machine_has_no_problem(machine):
    assert machine.found() == {}
    assert machine.done("check") == "No problem was found.\n"


# --- one row each: what is done to a healthy machine, the problem, its file, a word of it ----------------------------

def damage(machine, name, data):
    (machine.esp.path / "EFI" / "kairos" / name).write_bytes(data)


def xbootldr(machine):
    shutil.copytree(machine.esp.path, machine.root / "boot")


ROWS = [
    ("there is no entry at all",
     lambda m: [m.gone(n) for n in m.names()], "no-roles", None, "has a role"),
    ("nothing has a role name",
     lambda m: [m.gone(n) for n in m.names()] + [m.put("auto-windows.conf")], "no-roles", None, "has a role"),
    ("active and passive are used up",
     lambda m: (m.renamed("active.conf", "active+0-3.conf"), m.renamed("passive.conf", "passive+0-3.conf")),
     "no-system", None, "the next boot is that of recovery"),
    ("passive is not there", lambda m: m.gone("passive.conf"), "role-missing", None, "the role passive"),
    ("the reset entry is not there", lambda m: m.gone("statereset+3.conf"), "role-missing", None, "the role reset"),
    ("passive's image is gone", lambda m: (m.esp.path / "EFI/kairos/passive.efi").unlink(),
     "role-unbootable", "passive.conf", "its image is missing"),
    ("recovery's image is half of one", lambda m: damage(m, "recovery.efi", image()[:300]),
     "role-unbootable", "recovery+3.conf", "truncated"),
    ("active's image is for another processor", lambda m: damage(m, "active.efi", image(0x14c)),
     "role-unbootable", "active.conf", "another processor"),
    ("passive's .conf has no image key", lambda m: (m.esp.entries / "passive.conf").write_text("title Kairos\n"),
     "role-unbootable", "passive.conf", "does not list it"),
    ("an old loader meets the key uki", lambda m: m.put("passive.conf", key="uki"), "uki-unknown", "passive.conf", "`uki`"),
    ("another name fits every glob for passive",
     lambda m: (m.renamed("passive.conf", "passive+3.conf"), m.put("passive.3cconf.conf"), m.put("passive+3cconf.conf")),
     "not-nameable", "passive+3.conf", "no one-shot"),
    ("a name with a bracket", lambda m: m.put("recovery_a[b].conf") or m.gone("recovery+3.conf"),
     "pattern-name", "recovery_a[b].conf", "pattern"),
    ("a name that leaves no room", lambda m: m.put("recovery_" + "x" * 237 + "+3.conf") or m.gone("recovery+3.conf"),
     "long-name", "recovery_" + "x" * 237 + "+3.conf", "no room"),
    ("passive used up its tries", lambda m: m.renamed("passive.conf", "passive+0-3.conf"),
     "exhausted", "passive+0-3.conf", "used up"),
    ("key efi with a counter on 262", lambda m: (m.loader("262.1", 0x3fffff), m.put("recovery+3.conf", key="efi")),
     "not-counted", "recovery+3.conf", "does not count"),
    ("the reset entry has no counter", lambda m: m.renamed("statereset+3.conf", "statereset.conf"),
     "reset-uncounted", "statereset.conf", "no counter"),
    ("a counted file beside the good one", lambda m: m.put("passive+2-1.conf"), "good-twin", "passive+2-1.conf", "passive.conf"),
    ("a rename was cut short", lambda m: m.put("recovery+2-1.conf"), "torn-twin", "recovery+3.conf", "recovery+2-1.conf"),
    ("two counted files", lambda m: m.put("recovery+1-2.conf"), "counted-twin", "recovery+3.conf", "recovery+1-2.conf"),
    ("default names a counter that is there",
     lambda m: m.loader_conf("default recovery+3.conf\n"), "default-counted", "`default` in loader.conf", "recovery+3.conf"),
    ("default names a counter that is gone",
     lambda m: m.loader_conf("default active+3.conf\n"), "default-counted", "`default` in loader.conf", "active+3.conf"),
    ("default is a glob for a counter",
     lambda m: m.loader_conf("default active+*\n"), "default-counted", "`default` in loader.conf", "active+*"),
    ("the variable names a counter",
     lambda m: m.variables.set("LoaderEntryDefault", "active+3.conf", attributes=LASTING), "default-counted",
     "LoaderEntryDefault", "active+3.conf"),
    ("default names nothing", lambda m: m.loader_conf("default norole.conf\n"), "default-nothing", "`default` in loader.conf",
     "no entry fulfils"),
    ("preferred names nothing", lambda m: m.loader_conf("preferred norole.conf\n"), "default-nothing",
     "`preferred` in loader.conf", "norole.conf"),
    ("the variable names nothing", lambda m: m.variables.set("LoaderEntryDefault", "cos.conf", attributes=LASTING),
     "default-nothing", "LoaderEntryDefault", "cos.conf"),
    ("default is a greedy glob", lambda m: (m.put("activeBad.conf"), m.loader_conf("default active*\n")),
     "default-greedy", "`default` in loader.conf", "active*"),
    ("default pins an exhausted entry",
     lambda m: (m.renamed("passive.conf", "passive+0-3.conf"), m.loader_conf("default passive+0-3.conf\n")),
     "default-exhausted", "`default` in loader.conf", "passive+0-3.conf"),
    ("the reset entry comes first", lambda m: m.put("statereset+3.conf", sort_key="0000"), "would-reset", "statereset+3.conf",
     "left alone"),
    ("there are no sort keys", lambda m: [m.put(n, sort_key="") for n in m.names()], "would-reset", "statereset+3.conf", "left alone"),
    ("default pins the reset entry", lambda m: m.loader_conf("default statereset*\n"), "would-reset", "statereset+3.conf", "left alone"),
    ("Bootpilot is not there, and did not run",
     lambda m: (shutil.rmtree(m.esp.path / "EFI/systemd"), [next(m.variables.path.glob("BootpilotDecision-*")).unlink()]),
     "not-installed", None, "Bootpilot is not on"),
    ("Bootpilot is there, and did not run", lambda m: next(m.variables.path.glob("BootpilotDecision-*")).unlink(),
     "not-run", f"\\EFI\\systemd\\drivers\\{DRIVER}", "started this system without it"),
    ("passive runs", lambda m: (m.variables.set("LoaderEntrySelected", "passive.conf"), m.variables.set(
        "BootpilotDecision", FINE.replace("role=active entry=active.conf reason=active-good",
                                          "role=passive entry=passive.conf reason=active-unbootable"), BOOTPILOT)),
     "fallen-back", "passive.conf", "active cannot be started"),
    ("passive runs, and nobody but systemd-boot chose it",
     lambda m: (m.variables.set("LoaderEntrySelected", "passive.conf"),
                next(m.variables.path.glob("BootpilotDecision-*")).unlink()),
     "fallen-back", "passive.conf", "without Bootpilot"),
    ("a person chose recovery", lambda m: m.variables.set("LoaderEntrySelected", "recovery.conf"), "other-choice",
     "recovery.conf", "had named active.conf"),
    ("a write was cut short", lambda m: (m.esp.entries / ".bootpilot.tmp").write_text("half"), "left-over",
     "\\loader\\entries\\.bootpilot.tmp", "cut short"),
    ("a write of loader.conf was cut short", lambda m: (m.esp.path / "loader/.bootpilot.tmp").write_text("half"), "left-over",
     "\\loader\\.bootpilot.tmp", "cut short"),
    ("an entry is a symbolic link",
     lambda m: (m.renamed("passive.conf", "../passive.text"), (m.esp.entries / "passive.conf").symlink_to("../passive.text")),
     "symbolic-link", "\\loader\\entries\\passive.conf", "symbolic link"),
    ("a line of the configuration is wrong",
     lambda m: ((m.esp.path / "EFI/bootpilot").mkdir(), (m.esp.path / "EFI/bootpilot/bootpilot.cfg").write_text("auto-rest no\n")),
     "config", None, "not understood"),
    *[(f"Bootpilot remarked {remark}", lambda m, remark=remark: m.remarked(remark), remark, None, word) for remark, word in (
        ("not-recorded", "did not take the attempt record"), ("record-refused", "damaged or forged"),
        ("record-foreign", "another disk"), ("note-refused", "dropped the note"), ("counter-frozen", "does not move"),
        ("list-capped", "more entries"), ("config", "not understood"), ("one-shot-leftover", "an old choice"),
        ("one-shot-ignored", "was not taken"), ("one-shot-volatile", "memory did"), ("one-shot-failed", "could be set"),
        ("tries-lent", "by the record"), ("request-refused", "requested"))],
]


@pytest.mark.parametrize("done, problem, file, word", [row[1:] for row in ROWS], ids=[row[0] for row in ROWS])
def test_found(machine, done, problem, file, word):
    done(machine)
    found = machine.found()
    assert problem in found, found
    assert found[problem]["file"] == file or file is None
    assert word.lower() in found[problem]["what"].lower()
    text = machine.run("check").stdout
    assert max(map(len, text.splitlines())) <= 80 or "xxxx" in text
    assert f"[{problem}]" in text


@pytest.mark.parametrize("says, done", [
    ("variants instead of the plain name", lambda m: m.put("recovery_install-mode_x+3.conf") or m.gone("recovery+3.conf")),
    ("default names the running entry", lambda m: m.loader_conf("default active.conf\n")),
    ("default is Bootpilot's own entry", lambda m: (m.put("bootpilot-loader.conf"), m.loader_conf("default bootpilot-loader.conf\n"))),
    ("default is what was booted last", lambda m: m.loader_conf("default @saved\n")),
    ("default is another system", lambda m: m.loader_conf("default auto-windows\n")),
    ("a glob for one entry, counted or not", lambda m: m.loader_conf("default active[.+]*\n")),
    ("a comment that looks like a default", lambda m: m.loader_conf("#default active+3.conf\n")),
    ("an entry of somebody else", lambda m: m.put("ubuntu.conf")),
    ("a broken variant beside the plain name", lambda m: (m.esp.entries / "active_x.conf").write_text("title x\n")),
])
def test_no_problem(machine, says, done):
    done(machine)
    assert machine.found() == {}, says


def test_more_entries_than_are_looked_at(machine):
    for number in range(1001):
        (machine.esp.entries / f"other{number}.conf").write_text("title x\n")
    machine.gone("passive.conf")
    found = machine.found()  # no word of what may stand behind; and a glob could fit what is not seen
    assert set(found) == {"list-capped", "not-nameable"} and found["not-nameable"]["file"] == "recovery+3.conf"


def test_versions_without_roles_are_fine(machine):
    for name in machine.names():
        machine.gone(name)
    for version in ("os_1.1", "os_1.2"):
        machine.esp.entry(f"{version}.conf")
        (machine.esp.entries / f"{version}.conf").write_text(
            f"title OS\nsort-key os\nversion {version[3:]}\nlinux /EFI/kairos/active.efi\n")
    machine.loader_conf("default os_*\n")
    machine.variables.set("LoaderEntrySelected", "os_1.2.conf")
    machine.variables.set("BootpilotDecision", FINE.replace("active.conf", "os_1.2.conf"), BOOTPILOT)
    assert machine.found() == {}


def test_no_reset_is_wanted(machine):
    (machine.esp.path / "EFI/bootpilot").mkdir()
    (machine.esp.path / "EFI/bootpilot/bootpilot.cfg").write_text("auto-reset no\n")
    machine.gone("statereset+3.conf")
    assert machine.found() == {}


def test_a_variable_outranks_the_file(machine):
    machine.loader_conf("default statereset*\n")
    machine.variables.set("LoaderEntryDefault", "active.conf", attributes=LASTING)
    assert machine.found() == {}


def test_what_cannot_be_read_is_never_missing(machine, tmp_path):
    if os.geteuid() != 0:
        pytest.skip("only root can become somebody who may not read")
    tool = shutil.copy(TOOL, tmp_path / "bootpilotctl")
    for directory in [tmp_path, *tmp_path.parents][:-1]:
        if directory.stat().st_uid == 0 and directory != Path("/tmp"):
            directory.chmod(0o755)
    linux = machine.esp.path / "EFI" / "Linux"
    linux.mkdir()
    machine.gone("passive.conf")
    for closed, name in (linux, "\\EFI\\Linux"), (machine.esp.entries, "\\loader\\entries"):
        closed.chmod(0)
        result = subprocess.run([tool, "check", "--esp-path", machine.esp.path], stdout=subprocess.PIPE, encoding="utf-8",
                                user=65534, group=65534, extra_groups=[], timeout=60)
        closed.chmod(0o755)
        assert result.returncode == 2 and "[unreadable]" in result.stdout
        assert f"{name} cannot be read: Permission denied" in " ".join(result.stdout.split())
        assert "[role-missing]" not in result.stdout and "[no-roles]" not in result.stdout


def test_twins_on_two_partitions(machine):
    xbootldr(machine)
    found = machine.found("--esp-path", machine.esp.path, "--boot-path", machine.root / "boot")
    assert "partition-twin" in found and not found["partition-twin"]["repairable"]


def test_a_lost_entry(machine):
    machine.done("good")
    machine.gone("passive.conf")
    found = machine.found()
    assert list(found) == ["lost-entry"] and found["lost-entry"]["file"] == "passive.conf" and found["lost-entry"]["repairable"]


def test_a_lost_entry_without_image_is_only_missing(machine):
    machine.done("good")
    machine.gone("passive.conf")
    (machine.esp.path / "EFI/kairos/passive.efi").unlink()
    assert list(machine.found()) == ["role-missing"]


def test_another_machines_esp_has_no_copies_here(machine):
    machine.done("good")
    machine.gone("passive.conf")
    assert "lost-entry" not in machine.found("--esp-path", machine.esp.path)


def test_elsewhere_says_what_was_not_checked(machine):
    text = machine.done("check", "--esp-path", machine.esp.path)
    assert text.startswith("note: ") and "not visible" in text and text.endswith("No problem was found.\n")


def test_no_esp(tmp_path):
    result = subprocess.run([TOOL, "check", "--esp-path", tmp_path / "none"], stderr=subprocess.PIPE, encoding="utf-8", timeout=60)
    assert result.returncode == 2 and "cannot be read" in result.stderr


def test_asking_writes_nothing(machine):
    def everything():
        return {path: (path.stat().st_mtime_ns, path.read_bytes() if path.is_file() else b"")
                for top in (machine.esp.path, machine.variables.path, machine.root) for path in top.rglob("*")}
    machine.put("passive+2-1.conf")
    machine.loader_conf("default active+3.conf\n")
    before = everything()
    machine.run("check")
    assert everything() == before and not machine.state.exists()


# --- mounts of their own --------------------------------------------------------------------------------------------

def mounted(machine, options, script):
    """A tmpfs with OPTIONS over a copy of the ESP, $1; the tool is $2, a root directory $3."""
    start = ('set -e; cp -a "$1" "$1.copy"; mount -t tmpfs -o size=8m none "$1"; cp -a "$1.copy/." "$1"; '
             f'mount -o remount,{options} "$1"; cd /; set +e; ')
    command = ["unshare", *([] if os.geteuid() == 0 else ["-Ur"]), "-m", "bash", "-c", start + script, "bash",
               str(machine.esp.path), str(TOOL), str(machine.root)]
    environment = {**os.environ, "EFIVARFS_PATH": f"{machine.variables.path}/", "SYSTEMD_ESP_PATH": str(machine.esp.path),
                   "STATE_DIRECTORY": str(machine.state)}
    result = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, encoding="utf-8", timeout=60, env=environment)
    assert not result.stderr, result.stderr
    return result.stdout


def test_full(machine):
    text = mounted(machine, "size=500k", '"$2" check')
    assert "[full]" in text and "KiB left" in text
    assert "[full]" not in mounted(machine, "size=4m", '"$2" check')


def test_no_room_for_a_name(machine):
    text = mounted(machine, "nr_inodes=$(find $1 | wc -l)", '"$2" check')
    assert "[full]" in text and "no room for another name" in " ".join(text.split())


@pytest.mark.parametrize("place", ["etc", "usr/lib"])
def test_a_read_only_esp_needs_a_way_to_bless(machine, place):
    assert "[cannot-bless]" in mounted(machine, "ro", '"$2" check --root "$3"')
    directory = machine.root / place / "systemd" / "system" / "systemd-bless-boot.service.d"
    directory.mkdir(parents=True)
    (directory / "other.conf").write_text("[Unit]\nAfter=local-fs.target\n")
    shutil.rmtree(f"{machine.esp.path}.copy")
    assert "[cannot-bless]" in mounted(machine, "ro", '"$2" check --root "$3"')
    (directory / "50-bootpilot.conf").write_text("[Service]\nExecStart=\nExecStart=bootpilotctl with-esp -- systemd-bless-boot good\n")
    shutil.rmtree(f"{machine.esp.path}.copy")
    assert "[cannot-bless]" not in mounted(machine, "ro", '"$2" check --root "$3"')


# --- the table and its documents ------------------------------------------------------------------------------------

def table():
    return re.findall(r'^\t\{ "([a-z-]+)", [EW],', (ROOT / "tools" / "problems.c").read_text(), re.MULTILINE)


def test_every_problem_has_a_test():
    tested = Path(__file__).read_text()
    assert len(table()) > 30 and [p for p in table() if f'"{p}"' not in tested and f"[{p}]" not in tested] == []


def test_every_remark_is_a_problem():
    """Twins are found where they lie; all else that firmware remarks has a line of its own."""
    words = (ROOT / "shared" / "report_words.c").read_text()
    remarks = re.findall(r'\{ REMARK_[A-Z_]+, "([a-z-]+)"', words)
    assert len(remarks) >= 14 and set(remarks) - set(table()) == {"twins"}


def test_every_problem_is_documented():
    schema = (ROOT / "tools" / "json.md").read_text()
    section = schema[schema.index("\n## check"):]
    section = section[:section.index("\n## ", 4)] if "\n## " in section[4:] else section
    assert [p for p in table() if f"`{p}`" not in section] == []


def test_every_member_is_documented(machine):
    machine.put("passive+2-1.conf")
    answer = json.loads(machine.run("check", "--json").stdout)
    schema = (ROOT / "tools" / "json.md").read_text()
    section = schema[schema.index("\n## check"):]
    assert [k for k in ("errors", "warnings", "problems") if f"`{k}`" not in section] == []
    assert [k for k in answer["problems"][0] if f"`problems[].{k}`" not in section and f"`{k}`" not in section] == []
    assert answer["schema"] == 1 and answer["command"] == "check" and {"esp", "loader", "firmware", "record"} <= set(answer)


@pytest.mark.parametrize("command", ["check", "repair"])
def test_help_fits(machine, command):
    assert max(map(len, machine.done(command, "--help").splitlines())) <= 80
