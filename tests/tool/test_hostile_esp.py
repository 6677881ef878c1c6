# SPDX-License-Identifier: Apache-2.0
"""An ESP that somebody has prepared for a tool that runs as root: what is on it is read within bounds, never followed out of it, and never
reaches a terminal as it is. Commands that read answer, whatever there is; commands that write touch nothing outside of it."""
import json
import os
import re
import resource
import stat
import subprocess

import pytest

from test_live import BOOTPILOT, LASTING, Machine
from test_tool import TOOL, image

READING = (["status"], ["status", "--json"], ["plan"], ["plan", "--json"], ["check"], ["check", "--json"], ["metrics"])
WRITING = (["good"], ["good", "--re-arm"], ["repair"], ["re-arm", "active"], ["re-arm", "recovery"], ["bad", "passive"])
MEMORY = 256 << 20  # bytes of address space; what is on the ESP decides about none of it
SECONDS = 60  # of processor time
TERMINAL = re.compile(rb"[\x00-\x08\x0b-\x1f\x7f]|\xc2[\x80-\x9f]")  # a terminal would act on these; C1 as UTF-8


@pytest.fixture
def machine(tmp_path):
    return Machine(tmp_path)


def limits():
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS))


def commands(prepare, all_of_them):
    """Ten thousand names take time to be made and told apart: one command for all of a kind is enough."""
    return all_of_them[1:2] if prepare in (ten_thousand_entries, ten_thousand_active_entries) else all_of_them


def play(machine, command):
    """Bounded in memory and time; it ends by itself with one of its own exit statuses, and its answer is plain text."""
    environment = {**os.environ, "EFIVARFS_PATH": f"{machine.variables.path}/", "SYSTEMD_ESP_PATH": str(machine.esp.path),
                   "STATE_DIRECTORY": str(machine.state)}
    result = subprocess.run([TOOL, *command], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=300,
                            env=environment, preexec_fn=limits)
    assert result.returncode in (0, 1, 2), f"{command}: {result.returncode} {result.stderr[-400:]}"
    for output in (result.stdout, result.stderr):
        assert len(output) < 4 << 20
        assert not TERMINAL.search(output), f"{command}: {TERMINAL.search(output)} in {output[:400]}"
    if "--json" in command:
        assert result.returncode == 2 and not result.stdout or json.loads(result.stdout)
    return result


def picture(directory):
    """Every file below DIRECTORY: kind, mode, contents."""
    rows = {}
    for root, directories, files in os.walk(directory):
        for name in directories + files:
            path = os.path.join(root, name)
            info = os.lstat(path)
            body = open(path, "rb").read() if stat.S_ISREG(info.st_mode) else os.readlink(path) if stat.S_ISLNK(info.st_mode) else ""
            rows[os.path.relpath(path, directory)] = (info.st_mode, body)
    return rows


# --- What an attacker puts there: functions of the ESP, and whether the four entries are still to be seen -----------

def huge_files(esp, _outside):
    for path in (esp.entries / "active.conf", esp.path / "loader" / "loader.conf", esp.path / "EFI" / "bootpilot" / "bootpilot.cfg",
                 esp.path / "EFI" / "kairos" / "recovery.efi", esp.path / "EFI" / "systemd" / "systemd-bootx64.efi"):
        path.parent.mkdir(parents=True, exist_ok=True)
        with open(path, "wb") as file:
            file.write(image() if path.suffix == ".efi" else b"title x\n")
            file.truncate(64 << 30)


def ten_thousand_entries(esp, _outside):
    for i in range(10000):
        (esp.entries / f"x{i:05}.conf").write_bytes(b"linux /x.efi\n")


def ten_thousand_active_entries(esp, _outside):
    for i in range(10000):
        (esp.entries / f"active_{i:05}+3.conf").write_bytes(b"linux /EFI/kairos/active.efi\n")


def fifos(esp, _outside):
    for path in (esp.entries / "active.conf", esp.entries / "recovery.conf", esp.path / "loader" / "loader.conf",
                 esp.path / "EFI" / "kairos" / "passive.efi"):
        path.unlink(missing_ok=True)
        os.mkfifo(path)


def directories(esp, _outside):
    for path in (esp.entries / "active.conf", esp.path / "loader" / "loader.conf", esp.entries / "recovery+2-1.conf"):
        path.mkdir(parents=True)


def devices(esp, _outside):
    if os.getuid() != 0:
        pytest.skip("only root makes device nodes")
    for name, device in (("active.conf", (1, 5)), ("recovery.conf", (1, 8)), ("passive+3.conf", (5, 0))):  # zero, random, tty
        try:
            os.mknod(esp.entries / name, stat.S_IFCHR | 0o600, os.makedev(*device))
        except PermissionError:
            pytest.skip("device nodes cannot be made here")


def control_characters(esp, _outside):
    for i, name in enumerate((b"active\x1b]0;owned\x07.conf", b"active\x1b[2J.conf", b"recovery\r\n\x9b31m+3.conf", b"passive_\xc2\x9b31m.conf",
                              b"active_\xe2\x80\xae.conf", b"statereset_\xff\xfe.conf", b"passive_\x7f\x08.conf", b"x\ny.conf")):
        path = os.path.join(os.fsencode(esp.entries), name)
        with open(path, "wb") as file:
            file.write(b"title \x1b[31m%d\nlinux /EFI/kairos/\x1b]52;c;x\x07.efi\nversion \x1bc\nsort-key \x9b\n" % i)
    (esp.path / "loader" / "loader.conf").write_bytes(b"default \x1b[2J+3.conf\ntimeout \x07\n")


def words_of_a_shell(esp, _outside):
    for name in ("active$(touch owned).conf", "active;touch owned;.conf", "recovery`touch owned`+3.conf", "passive_%s%n%x.conf", "-rf.conf",
                 "active_|touch owned.conf"):
        (esp.entries / name).write_text("linux /EFI/kairos/active.efi\n")
    (esp.path / "loader" / "loader.conf").write_text("default $(touch owned)+3.conf\n")


def links_out_of_it(esp, outside):
    for path, target in ((esp.entries / "active.conf", outside / "secret"), (esp.entries / "recovery+3.conf", outside / "secret"),
                         (esp.path / "loader" / "loader.conf", outside / "secret"), (esp.path / "EFI" / "kairos" / "passive.efi", "/dev/zero"),
                         (esp.path / "EFI" / "Linux", outside), (esp.entries / ".bootpilot.tmp", outside / "secret"),
                         (esp.path / "loader" / ".bootpilot.tmp", outside / "secret")):
        if path.exists() or path.is_symlink():
            path.unlink()
        path.symlink_to(target)


def links_for_directories(esp, outside):
    (outside / "entries").mkdir()
    for path in list(esp.entries.iterdir()):
        path.rename(outside / "entries" / path.name)
    esp.entries.rmdir()
    esp.entries.symlink_to(outside / "entries")


def links_in_a_circle(esp, _outside):
    (esp.path / "EFI" / "kairos" / "circle").symlink_to("circle")
    (esp.entries / "active.conf").write_text("linux /EFI/kairos/circle/circle/active.efi\n")
    (esp.entries / "recovery.conf").write_text("linux /" + "../" * 2000 + "etc/passwd\n")


HOSTILE = (huge_files, ten_thousand_entries, ten_thousand_active_entries, fifos, directories, devices, control_characters, words_of_a_shell,
           links_out_of_it, links_for_directories, links_in_a_circle)


@pytest.mark.parametrize("prepare", HOSTILE, ids=lambda f: f.__name__)
def test_it_is_read_within_bounds(machine, tmp_path, prepare):
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "secret").write_text("title secret\nlinux /EFI/kairos/secret.efi\n")
    prepare(machine.esp, outside)
    for command in commands(prepare, READING):
        result = play(machine, command)
        assert b"secret" not in result.stdout
    assert not list(tmp_path.rglob("owned")) and not os.path.exists("owned")


@pytest.mark.parametrize("prepare", HOSTILE, ids=lambda f: f.__name__)
def test_nothing_outside_is_written(machine, tmp_path, prepare):
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "secret").write_text("secret")
    (outside / "active+2-1.efi").write_bytes(image())
    prepare(machine.esp, outside)
    machine.variables.set("LoaderBootCountPath", r"\EFI\Linux\..\..\..\outside\active+2-1.efi")
    before = picture(outside)
    for command in commands(prepare, WRITING):
        play(machine, command)
    assert picture(outside) == before
    assert not list(tmp_path.rglob("owned")) and not os.path.exists("owned")


# --- Variables are somebody else's text, too -------------------------------------------------------------------------

@pytest.mark.parametrize("name, guid", [("LoaderEntrySelected", None), ("LoaderInfo", None), ("LoaderEntryDefault", None),
                                        ("LoaderEntryOneShot", None), ("LoaderBootCountPath", None), ("BootpilotDecision", BOOTPILOT),
                                        ("BootpilotState", BOOTPILOT), ("BootpilotNote", BOOTPILOT)])
@pytest.mark.parametrize("value", ["\x1b]0;owned\x07\x1b[2J", "a" * 30000, "\u202e\u009b31m", b"", b"\0", b"\xff" * 777,
                                   "role=active entry=\x1b[2J.conf reason=\x1b[31m cause=\x07 pending=yes"])
def test_variables_are_shown_plainly(machine, name, guid, value):
    machine.variables.set(name, value, **({"guid": guid} if guid else {}), attributes=LASTING)
    for command in (["status"], ["status", "--json"], ["check"], ["metrics"], ["role"], ["good", "--dry-run"]):
        play(machine, command)


def test_no_shell_is_in_the_tool():
    """It starts one thing: what a person names behind `with-esp --`."""
    symbols = subprocess.run(["nm", "-D", "--undefined-only", TOOL], stdout=subprocess.PIPE, encoding="ascii", timeout=60).stdout
    started = set(re.findall(r"\b(system|popen|posix_spawnp?|exec[lv]p?e?|wordexp|dlopen)\b(?:@|$)", symbols, re.MULTILINE))
    assert started == {"execvp"}
