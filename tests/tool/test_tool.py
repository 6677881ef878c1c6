#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""bootpilotctl as its users meet it: exit statuses, texts, JSON, hostile directories, and every scenario.

Run: make tool && /usr/bin/python3 -m pytest tests/tool (Debian: python3-pytest)
"""
import json
import os
import re
import shutil
import struct
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
TOOL = Path(os.environ.get("BOOTPILOTCTL", ROOT / "out" / "bootpilotctl"))
SCENARIOS = sorted((ROOT / "tests" / "scenarios").glob("*.txt"))
MACHINE = {"x86_64": 0x8664, "aarch64": 0xAA64}[os.uname().machine]
ROLES = ("active", "passive", "recovery", "statereset")


def run(*arguments, tool=TOOL, **more):
    environment = {k: v for k, v in os.environ.items() if k != "NO_COLOR"}
    return subprocess.run([str(tool), *map(str, arguments)], stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                          encoding="utf-8", timeout=60, env=environment, **more)


def done(*arguments, status=0):
    result = run(*arguments)
    assert result.returncode == status, result.stdout + result.stderr
    return result.stdout if status == 0 else result.stderr


def image(machine=MACHINE):
    """The smallest PE32+ image with one section."""
    optional = struct.pack("<HBBIIIIIQIIHHHHHHIIIIHHQQQQII", 0x20b, 0, 0, 512, 0, 0, 0x1000, 0x1000, 0, 4096, 512,
                           0, 0, 0, 0, 0, 0, 0, 0x2000, 512, 0, 10, 0, 0, 0, 0, 0, 0, 16) + bytes(128)
    head = b"MZ" + bytes(58) + struct.pack("<I", 64) + b"PE\0\0"
    head += struct.pack("<HHIIIHH", machine, 1, 0, 0, 0, len(optional), 0x22) + optional
    head += struct.pack("<8sIIIIIIHHI", b".text", 512, 0x1000, 512, 512, 0, 0, 0, 0, 0x60000020)
    return head.ljust(512, b"\0") + bytes(512)


class Esp:
    def __init__(self, path):
        self.path = path
        self.entries = path / "loader" / "entries"
        self.entries.mkdir(parents=True)
        (path / "EFI" / "kairos").mkdir(parents=True)

    def entry(self, name, title="Kairos", key="linux"):
        role = re.split(r"[+.]", name)[0]
        (self.path / "EFI" / "kairos" / f"{role}.efi").write_bytes(image())
        (self.entries / name).write_text(f"title {title}\nsort-key 0001\n{key} /EFI/kairos/{role}.efi\n")
        return self


@pytest.fixture
def esp(tmp_path):
    return Esp(tmp_path / "esp")


@pytest.fixture
def fresh(esp):
    for role in ROLES:
        esp.entry(f"{role}+3.conf", title=f"Kairos {role}")
    return esp


def status(esp, *more):
    return json.loads(done("status", "--esp-path", esp.path, "--json", *more))


# --- the command line -----------------------------------------------------------------------------------------------

def test_version():
    assert re.fullmatch(r"bootpilotctl \d+\.\d+\.\d+\n", done("--version"))


@pytest.mark.parametrize("arguments", [["--help"], ["status", "--help"], ["plan", "--help"], ["role", "--help"]])
def test_help_fits(arguments):
    text = done(*arguments)
    assert text.startswith("Usage: bootpilotctl ")
    assert max(map(len, text.splitlines())) <= 80


@pytest.mark.parametrize("arguments, says", [
    (["sing"], "unknown command sing. Type `bootpilotctl --help`."),
    (["--sing"], "unknown option --sing. Type `bootpilotctl --help`."),
    (["status", "--sing"], "unknown option --sing. Type `bootpilotctl status --help`."),
    (["status", "--json=yes"], "no argument goes with --json=yes"),
    (["status", "--boot-path", "/"], "--boot-path DIR needs --esp-path DIR"),
    (["plan", "--boot-path", "/"], "--boot-path DIR needs --esp-path DIR"),
    (["role", "active"], "this goes only with --is: active"),
    (["role", "--is"], "needs at least one role"),
    (["role", "--is", "actve"], "no role has the name actve"),
    (["status", "--esp-path"], "--esp-path needs an argument"),
    (["status", "--esp-path", "/", "more"], "more"),
    (["status", "--esp-path", "/", "--from", "x"], "unknown option"),
    (["plan", "--esp-path", "/", "--loader", "250"], "252, 254, 257 or 262, not 250"),
    (["plan", "--esp-path", "/", "--succeed", "0"], "1 to 9999"),
    (["plan", "--esp-path", "/", "--fail", "-1"], "1 to 9999"),
    (["plan", "--esp-path", "/", "--from", "x"], "only --loader"),
])
def test_usage(arguments, says):
    text = done(*arguments, status=2)
    assert text.startswith("bootpilotctl: ") and says in text and "--help`" in text


def test_no_command():
    result = run()
    assert result.returncode == 2 and "Usage" in result.stdout


def test_missing_directory(tmp_path):
    text = done("status", "--esp-path", tmp_path / "none", status=1)
    assert f"{tmp_path}/none cannot be read: No such file or directory." in text and "/efi" in text


def test_missing_xbootldr(fresh, tmp_path):
    text = done("status", "--esp-path", fresh.path, "--boot-path", tmp_path / "none", status=1)
    assert f"{tmp_path}/none cannot be read" in text


def test_file_instead_of_directory(tmp_path):
    (tmp_path / "file").write_text("")
    assert "Not a directory" in done("plan", "--esp-path", tmp_path / "file", status=1)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can become somebody who may not read")
@pytest.mark.parametrize("closed", [".", "loader/entries", "EFI/kairos"])
def test_unreadable_directory(fresh, tmp_path, closed):
    tool = shutil.copy(TOOL, tmp_path / "bootpilotctl")
    for directory in [tmp_path, *tmp_path.parents][:-1]:
        if directory.stat().st_uid == 0 and directory != Path("/tmp"):
            directory.chmod(0o755)
    (fresh.path / closed).chmod(0)
    result = run("status", "--esp-path", fresh.path, tool=tool, user=65534, group=65534, extra_groups=[])
    assert result.returncode == 1
    if closed == ".":
        assert "Permission denied" in result.stderr and "root" in result.stderr
    else:
        assert "whatever systemd-boot chooses by itself" in result.stdout
        assert "could not be read (Permission denied)" in " ".join(result.stdout.split())


# --- status ---------------------------------------------------------------------------------------------------------

def test_status_text(fresh):
    lines = done("status", "--esp-path", fresh.path).splitlines()
    assert lines[0] == "Next boot: active (active+3.conf), because active has tries left."
    assert lines[2].split() == ["ROLE", "VERDICT", "FILE", "TITLE"]
    column = lines[2].index("FILE")
    assert [line[column:].split()[0] for line in lines[3:7]] == [f"{role}+3.conf" for role in ROLES]
    assert "what the firmware remembers is not visible in a directory: its attempt record" in " ".join(
        " ".join(lines).split())
    assert max(map(len, lines)) <= 80
    assert "\033" not in "\n".join(lines)


def test_status_writes_nothing(fresh):
    def state():
        return {p: (p.stat().st_mtime_ns, p.stat().st_size) for p in fresh.path.rglob("*")}
    before = state()
    done("status", "--esp-path", fresh.path)
    done("plan", "--esp-path", fresh.path)
    assert state() == before


def test_status_long_names(esp):
    name = "recovery_install-mode_stylus.registration-with-a-longer-name+3.conf"
    esp.entry("active.conf").entry(name, title="A title that is rather long as well, to see where it goes then")
    lines = done("status", "--esp-path", esp.path).splitlines()
    assert max(map(len, lines)) <= 80 and any(name in line for line in lines)


def test_status_schema(fresh):
    answer = status(fresh)
    assert answer["schema"] == 1 and answer["command"] == "status" and answer["record"] == "not-visible"
    assert answer["decision"] == {
        "action": "boot", "role": "active", "file": "active+3.conf", "reason": "active-trying", "cause": None,
        "why": "active has tries left", "line": answer["decision"]["line"]}
    assert answer["decision"]["line"].startswith("role=active entry=active.conf reason=active-trying")
    assert [r["role"] for r in answer["roles"]] == ["active", "passive", "recovery", "reset"]
    assert answer["roles"][3] == {
        "role": "reset", "verdict": "trying", "fault": None, "tries": 3, "file": "statereset+3.conf",
        "title": "Kairos statereset", "partition": "esp", "counter": {"left": 3, "done": 0}, "twins": 0}
    assert answer["remarks"] == [] and answer["loader"] == {"version": None, "like": 257}
    assert answer["esp"] == {"path": str(fresh.path), "boot-path": None, "unreadable": [], "unreadable-path": None,
                             "links": 0, "capped": False, "bootpilot": None, "read-only": False}


def test_schema_is_documented(fresh):
    document = (ROOT / "tools" / "json.md").read_text()
    plan = json.loads(done("plan", "--esp-path", fresh.path, "--json"))
    for answer in (status(fresh), plan):
        for key, value in answer.items():
            assert f"`{key}" in document
            for inner in value if isinstance(value, dict) else value[0] if isinstance(value, list) and value else ():
                assert f".{inner}`" in document or f"`{inner}`" in document, inner


def test_nothing_bootable(esp):
    esp.entry("active.conf")
    (esp.path / "EFI/kairos/active.efi").unlink()
    result = run("status", "--esp-path", esp.path)
    assert result.returncode == 1
    assert result.stdout.startswith("Next boot: none, systemd-boot's menu waits for a person")


def test_no_esp(tmp_path):
    text = done("status", "--esp-path", tmp_path)
    assert "whatever systemd-boot chooses" in text and "Is it the EFI system partition?" in text


def test_colour_only_on_a_terminal(fresh):
    def on_terminal(**environment):
        result = subprocess.run(["script", "-qec", f"{TOOL} status --esp-path {fresh.path}", "/dev/null"], text=True,
                                stdout=subprocess.PIPE, stdin=subprocess.DEVNULL, timeout=60,
                                env={"PATH": os.environ["PATH"], "TERM": "xterm", **environment})
        return result.stdout
    if not shutil.which("script"):
        pytest.skip("script(1) is not installed")
    assert "\033[1;32m" in on_terminal()
    assert "\033" not in on_terminal(NO_COLOR="1")


# --- hostile directories --------------------------------------------------------------------------------------------

def test_binary_conf(esp):
    esp.entry("active.conf").entry("passive.conf")
    (esp.entries / "active.conf").write_bytes(bytes(range(256)) * 60)
    assert status(esp)["decision"]["reason"] == "active-unbootable"


def test_huge_conf(esp):
    esp.entry("active.conf").entry("passive.conf")
    with open(esp.entries / "active.conf", "r+b") as file:
        file.truncate(1 << 32)
    assert status(esp)["roles"][0]["fault"] == "too-large"


def test_names_that_act_on_a_terminal(esp):
    esp.entry("active.conf", title="\033[2J\033]0;gotcha\a \u202e.conf")
    (esp.entries / os.fsdecode(b"recovery_\x1b[31m\xff.conf")).write_text("linux /none\n")
    for arguments in ([], ["--json"]):
        text = done("status", "--esp-path", esp.path, *arguments)
        assert not re.search("[\0-\x09\x0b-\x1f\x7f\u202e]", text)
    assert "%1b[2J" in text and "recovery_%1b[31m%ff.conf" in text


def test_symbolic_links(esp):
    esp.entry("active.conf").entry("passive.conf")
    target = esp.path / "EFI/kairos/passive.efi"
    (esp.path / "EFI/kairos/active.efi").unlink()
    (esp.path / "EFI/kairos/active.efi").symlink_to(target)
    (esp.entries / "recovery.conf").symlink_to("/etc/passwd")
    answer = status(esp)
    assert answer["roles"][0]["fault"] == "image-missing" and answer["roles"][2]["verdict"] == "missing"
    assert answer["esp"]["links"] == 2


def test_out_of_the_tree(esp, tmp_path):
    (tmp_path / "outside.efi").write_bytes(image())
    esp.entry("active.conf").entry("passive.conf")
    (esp.entries / "active.conf").write_text("linux /../outside.efi\n")
    assert status(esp)["roles"][0]["fault"] == "image-missing"


@pytest.mark.parametrize("name", ["active_{}+3.conf", "other-{}.conf"])
def test_a_thousand_entries(esp, name):
    for i in range(1000):
        (esp.entries / name.format(i)).write_text("linux /EFI/kairos/x.efi\n")
    esp.entry("passive.conf")
    assert status(esp)["decision"]["role"] == "passive"
    assert json.loads(done("plan", "--esp-path", esp.path, "--json"))["end"] == "repeats"


def test_more_entries_than_fit(esp):
    for i in range(1100):
        (esp.entries / f"x{i}.conf").write_text("")
    answer = status(esp)
    assert answer["esp"]["capped"] and "list-capped" in answer["remarks"]


def test_letter_case(tmp_path):
    esp = tmp_path / "esp"
    (esp / "LOADER/ENTRIES").mkdir(parents=True)
    (esp / "efi/Kairos").mkdir(parents=True)
    (esp / "LOADER/ENTRIES/ACTIVE.CONF").write_bytes(b"LINUX x\r\ntitle\tDOS  \r\nlinux \\EFI\\KAIROS\\a.efi \r\n")
    (esp / "efi/Kairos/A.EFI").write_bytes(image())
    answer = json.loads(done("status", "--esp-path", esp, "--json"))
    assert answer["decision"]["reason"] == "active-good" and answer["roles"][0]["title"] == "DOS"


# --- plan -----------------------------------------------------------------------------------------------------------

def plan(esp, *more):
    answer = json.loads(done("plan", "--esp-path", esp.path, "--json", *more))
    return [(b["first"], b["last"], b["role"], b["reason"]) for b in answer["boots"]], answer


def test_plan_text(fresh):
    text = done("plan", "--esp-path", fresh.path)
    lines = text.splitlines()
    assert lines[0] == "If every boot fails:"
    assert [line.split()[:4] for line in lines if re.match(r"\d", line)] == [
        ["1-3", "active", "3", "active+3.conf"], ["4-6", "passive", "3", "passive+3.conf"],
        ["7-9", "recovery", "3", "recovery+3.conf"], ["10-12", "reset", "3", "statereset+3.conf"],
        ["13...", "recovery", "0", "recovery+0-3.conf"]]
    assert "From here on: the same again." in lines
    assert max(map(len, lines)) <= 80


def test_plan_to_the_end(fresh):
    rows, answer = plan(fresh)
    assert rows[:4] == [(1, 3, "active", "active-trying"), (4, 6, "passive", "active-exhausted"),
                        (7, 9, "recovery", "passive-exhausted"), (10, 12, "reset", "recovery-exhausted")]
    assert rows[4][0] == 13 and rows[4][2:] == ("recovery", "last-resort") and len(rows) == 5
    assert answer["schema"] == 1 and answer["end"] == "repeats" and answer["again"] >= 13


def test_plan_what_if(fresh):
    rows, answer = plan(fresh, "--succeed", 2)
    assert [r[2:] for r in rows] == [("active", "active-trying")] * 2 + [("active", "active-good")]
    rows, answer = plan(fresh, "--fail", 1)
    assert answer["boots"][1]["works"] and rows[-1][3] == "active-good"
    rows, answer = plan(fresh, "--succeed", 10)
    assert rows[3][2] == "reset" and rows[4] == (11, 13, "active", "active-trying")
    assert answer["boots"][4]["remarks"] == ["tries-lent"]


def test_plan_of_a_frozen_counter(esp):
    esp.entry("active+3.conf", key="efi").entry("passive.conf")
    assert plan(esp, "--loader", 262)[0][0] == (1, 3, "active", "active-trying")
    rows, answer = plan(esp, "--loader", 252, "--read-only")
    assert len(rows) == 1 and answer["boots"][0]["remarks"] == ["counter-frozen"] and answer["read-only"]


def test_plan_of_large_counters(esp):
    for role in ROLES:
        esp.entry(f"{role}+2147483647.conf")
    rows, answer = plan(esp)
    assert rows[0][:2] == (1, 2147483647) and rows[2][:2] == (2 * 2147483647 + 1, 3 * 2147483647)
    assert max(map(len, done("plan", "--esp-path", esp.path).splitlines())) <= 80


# --- scenarios ------------------------------------------------------------------------------------------------------

def test_there_are_scenarios():
    assert len(SCENARIOS) >= 36


@pytest.mark.parametrize("path", SCENARIOS, ids=lambda p: p.stem)
def test_scenario(path):
    text = path.read_text()
    named = re.search(r"^loader +(.*)$", text, re.M)
    for loader in named[1].split() if named else ("252", "254", "257", "262"):
        result = run("plan", "--from", path, "--loader", loader)
        assert result.returncode == 0, result.stdout + result.stderr
        assert result.stdout.splitlines()[-1].split()[0] in ("ok", "skip")


def scenario(tmp_path, text):
    path = tmp_path / "case.txt"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


def test_scenario_output(tmp_path):
    path = scenario(tmp_path, "about x\ngiven entry active+1.conf\ngiven entry passive.conf\nthen role=active\n"
                              "then role=passive\nnames active+0-1.conf passive.conf\n")
    lines = done("plan", "--from", path).splitlines()
    assert lines[0].startswith("1  role=active entry=active.conf") and lines[1].startswith("2  role=passive ")
    assert lines[2] == f"ok   {path}"


@pytest.mark.parametrize("then", ["role=passive", "boots=passive", "reason=active-good pending=maybe", "nothing=there"])
def test_scenario_that_does_not_hold(tmp_path, then):
    path = scenario(tmp_path, f"about x\ngiven entry active.conf\nthen {then}\n")
    result = run("plan", "--from", path)
    assert result.returncode == 1
    assert f"FAIL {path} line 3, boot 1: expected " in result.stdout and "actual: " in result.stdout


def test_names_that_do_not_hold(tmp_path):
    path = scenario(tmp_path, "about x\ngiven entry active.conf\nthen role=active\nnames passive.conf\n")
    assert run("plan", "--from", path).returncode == 1


@pytest.mark.parametrize("text, line", [
    ("", 0), ("abort\n", 1), ("about x\ngiven elephant\n", 2), ("about x\n\nwhen given entry\n", 3),
    ("about x\ngiven entry a.conf state=tired\n", 2), ("about x\ngiven variable BootNext 1\n", 2),
    ("about x\nthen active\n", 2), ("about x\ngiven remove \\none\n", 2), (b"\0\xff\xfe" * 1000, 1),
])
def test_scenario_not_understood(tmp_path, text, line):
    path = scenario(tmp_path, text)
    result = run("plan", "--from", path)
    assert result.returncode == 2
    assert f"{path} line {line}: " in result.stderr


def test_scenario_missing(tmp_path):
    assert "cannot be read" in done("plan", "--from", tmp_path / "none.txt", status=2)


def test_scenario_of_others(tmp_path):
    path = scenario(tmp_path, "about x\nonly fake ovmf\ngiven variable LoaderBootCountPath x\nthen role=active\n")
    assert done("plan", "--from", path).startswith("skip ")
