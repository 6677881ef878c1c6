# SPDX-License-Identifier: Apache-2.0
"""The commands of bootpilotctl that change something: counters, notes, the lock, read-only mounts."""
import os
import signal
import subprocess
import time

import pytest

from test_live import BOOTPILOT, DECISION, LASTING, Machine
from test_tool import TOOL, image


@pytest.fixture
def machine(tmp_path):
    return Machine(tmp_path)


def names(machine):
    return sorted(path.name for path in machine.esp.entries.iterdir())


def booted(machine, role, name, pending="yes"):
    """ROLE's entry NAME was chosen, counted and started."""
    plain = name.removesuffix(".conf").split("+")[0] + ".conf"
    machine.variables.set("LoaderEntrySelected", plain)
    machine.variables.set("BootpilotDecision", f"role={role} entry={plain} reason=x pending={pending} berth=driver", BOOTPILOT)
    if "+" in name:
        machine.variables.set("LoaderBootCountPath", rf"\loader\entries\{name}")


def replace(machine, old, new):
    (machine.esp.entries / old).rename(machine.esp.entries / new)


# --- good -----------------------------------------------------------------------------------------------------------

def test_good_notes_blesses_and_rearms(machine):
    replace(machine, "passive.conf", "passive+2-1.conf")
    replace(machine, "recovery+3.conf", "recovery+0-3.conf")
    replace(machine, "statereset+3.conf", "statereset+1-2.conf")
    booted(machine, "passive", "passive+2-1.conf")
    said = machine.done("good")
    assert machine.variables.get("BootpilotNote", BOOTPILOT) == (LASTING, "good passive.conf")
    assert names(machine) == ["active+0-3.conf", "passive.conf", "recovery+3.conf", "statereset+3.conf"]
    assert said.splitlines() == ["tell Bootpilot: good passive.conf", "rename passive+2-1.conf to passive.conf",
                                 "rename recovery+0-3.conf to recovery+3.conf", "rename statereset+1-2.conf to statereset+3.conf"]


def test_good_twice_changes_nothing(machine):
    booted(machine, "passive", "passive.conf")
    machine.done("good")
    before = names(machine)
    assert machine.done("good") == "" and names(machine) == before


def test_good_tells_before_it_does(machine):
    replace(machine, "passive.conf", "passive+2-1.conf")
    booted(machine, "passive", "passive+2-1.conf")
    before = names(machine)
    lines = machine.done("good", "--dry-run").splitlines()
    assert lines == ["would tell Bootpilot: good passive.conf", "would rename passive+2-1.conf to passive.conf"]
    assert names(machine) == before and machine.variables.get("BootpilotNote", BOOTPILOT) is None


def test_good_counts_again(machine):
    replace(machine, "passive.conf", "passive+2-1.conf")
    booted(machine, "passive", "passive+2-1.conf")
    machine.done("good", "--re-arm")
    assert "passive+3.conf" in names(machine)


def test_good_counts_again_after_systemd_has_blessed(machine):
    booted(machine, "passive", "passive+2-1.conf")
    machine.done("good", "--re-arm")
    assert "passive+3.conf" in names(machine) and "passive.conf" not in names(machine)


def test_good_is_not_told_unasked(machine):
    booted(machine, "passive", "passive.conf", pending="no")
    machine.done("good")
    assert machine.variables.get("BootpilotNote", BOOTPILOT) is None


def test_good_never_blesses_what_failed_before(machine):
    """LoaderBootCountPath is left of an entry that did not start in this power cycle."""
    replace(machine, "active+0-3.conf", "active+2-1.conf")
    booted(machine, "passive", "passive.conf")
    machine.variables.set("LoaderBootCountPath", r"\loader\entries\active+2-1.conf")
    machine.done("good")
    assert "active+2-1.conf" in names(machine) and "passive.conf" in names(machine)


def test_good_says_nothing_for_another_entry(machine):
    booted(machine, "passive", "passive.conf")
    machine.variables.set("LoaderEntrySelected", "active.conf")  # a person chose it in the menu
    machine.done("good")
    assert machine.variables.get("BootpilotNote", BOOTPILOT) is None


@pytest.mark.parametrize("role, name", [("recovery", "recovery+2-1.conf"), ("reset", "statereset+2-1.conf")])
def test_good_is_not_for_recovery(machine, role, name):
    replace(machine, name.split("+")[0] + "+3.conf", name)
    booted(machine, role, name)
    before = names(machine)
    assert f"{role} does not bless itself" in machine.done("good")
    assert names(machine) == before and machine.variables.get("BootpilotNote", BOOTPILOT) is None


def test_good_beside_a_twin(machine):
    machine.esp.entry("passive+2-1.conf")
    booted(machine, "passive", "passive+2-1.conf")
    result = machine.run("good")
    assert result.returncode == 0 and "beside a file of the same name" in result.stderr and "passive+2-1.conf" in names(machine)


def test_good_of_a_uki(machine):
    directory = machine.esp.path / "EFI" / "Linux"
    directory.mkdir()
    (directory / "active+2-1.efi").write_bytes(image())
    booted(machine, "active", "active+2-1.conf")
    machine.variables.set("LoaderEntrySelected", "active.efi")
    machine.variables.set("LoaderBootCountPath", r"\EFI\Linux\active+2-1.efi")
    machine.done("good")
    assert [path.name for path in directory.iterdir()] == ["active.efi"]


def test_good_elsewhere(machine):
    assert "nothing is known of this boot" in machine.done("good", "--esp-path", machine.esp.path, status=1)


# --- bad, re-arm ----------------------------------------------------------------------------------------------------

@pytest.mark.parametrize("before, after", [("passive.conf", "passive+0-1.conf"), ("passive+3.conf", "passive+0-1.conf"),
                                           ("passive+1-2.conf", "passive+0-2.conf")])
def test_bad(machine, before, after):
    if before != "passive.conf":
        replace(machine, "passive.conf", before)
    machine.done("bad", "passive")
    assert after in names(machine) and before not in names(machine)
    assert machine.done("bad", "passive") == ""


def test_bad_is_the_running_role(machine):
    machine.done("bad")
    assert "passive+0-1.conf" in names(machine)


def test_bad_leaves_something_bootable(machine):
    replace(machine, "recovery+3.conf", "recovery+0-3.conf")
    before = names(machine)
    assert "nothing else could be booted then" in machine.done("bad", "passive", status=1)
    assert names(machine) == before


def test_rearm(machine):
    machine.done("re-arm", "active")
    assert "active+3.conf" in names(machine)
    assert machine.variables.get("BootpilotNote", BOOTPILOT) == (LASTING, "re-arm active")


def test_rearm_of_every_variant(machine):
    (machine.esp.entries / "recovery+3.conf").unlink()
    machine.esp.entry("recovery_a+0-3.conf").entry("recovery_b+1-4.conf")
    machine.done("re-arm", "recovery")
    assert {"recovery_a+3.conf", "recovery_b+5.conf"} <= set(names(machine))


def test_rearm_reset_is_not_told(machine):
    """A note leads only away from a reset."""
    machine.done("re-arm", "reset")
    assert machine.variables.get("BootpilotNote", BOOTPILOT) is None


@pytest.mark.parametrize("arguments, says", [
    (["re-arm"], "needs the name of one role"), (["re-arm", "none"], "no role has the name none"),
    (["re-arm", "active", "passive"], "this is no option: passive"), (["bad", "actve"], "no role has the name actve"),
    (["good", "now"], "this is no option: now"), (["with-esp"], "a command is missing"),
])
def test_usage(machine, arguments, says):
    assert says in machine.done(*arguments, status=2)


# --- with-esp -------------------------------------------------------------------------------------------------------

MOUNTED = """
set -e
mount -t tmpfs none "$1"; mkdir -p "$1/loader/entries"; mount -o remount,ro "$1"
cd /
"""
STATE = 'case ",$(findmnt -no OPTIONS "$1")," in *,ro,*) echo ro;; *) echo rw;; esac\n'


def in_namespace(machine, script):
    """SCRIPT with the ESP as a read-only mount of its own, $1, and the tool, $2. Needs root, or user namespaces."""
    command = ["unshare", *([] if os.geteuid() == 0 else ["-Ur"]), "-m", "bash", "-c", MOUNTED + script, "bash",
               str(machine.esp.path), str(TOOL)]
    result = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, encoding="utf-8", timeout=60)
    return result.stdout.split(), result


def test_with_esp_writes_and_locks_again(machine):
    said, result = in_namespace(machine, '"$2" with-esp --esp-path "$1" -- touch "$1/written"; ls "$1"; ' + STATE)
    assert said == ["loader", "written", "ro"], result.stderr


def test_with_esp_returns_the_status(machine):
    said, _ = in_namespace(machine, '"$2" with-esp --esp-path "$1" -- sh -c "exit 7" || echo $?; ' + STATE)
    assert said == ["7", "ro"]
    said, result = in_namespace(machine, '"$2" with-esp --esp-path "$1" -- /nowhere/at-all || echo $?; ' + STATE)
    assert said == ["127", "ro"] and "cannot be started" in result.stderr


@pytest.mark.parametrize("with_signal", ["TERM", "INT", "KILL"])
def test_with_esp_is_read_only_after_a_kill(machine, with_signal):
    script = '"$2" with-esp --esp-path "$1" -- sleep 50 & pid=$!; sleep 0.5; ' + STATE + f"kill -{with_signal} $pid; sleep 1.5; " + STATE
    said, result = in_namespace(machine, script)
    assert said == ["rw", "ro"], result.stderr


def test_with_esp_waits_its_turn(machine):
    script = ('"$2" with-esp --esp-path "$1" -- sh -c "sleep 1; echo first" & sleep 0.3; '
              '"$2" with-esp --esp-path "$1" -- echo second; wait; ' + STATE)
    assert in_namespace(machine, script)[0] == ["first", "second", "ro"]


def test_with_esp_leaves_a_writable_one_writable(machine):
    said, _ = in_namespace(machine, 'mount -o remount,rw "$1"; "$2" with-esp --esp-path "$1" -- true; ' + STATE)
    assert said == ["rw"]


def test_with_esp_passes_signals_on(machine):
    process = subprocess.Popen([TOOL, "with-esp", "--esp-path", machine.esp.path, "--", "sh", "-c",
                                "trap 'echo told; exit 9' TERM; echo ready; while :; do sleep 0.1; done"], stdout=subprocess.PIPE, encoding="utf-8")
    try:
        assert process.stdout.readline() == "ready\n"
        time.sleep(0.2)
        process.send_signal(signal.SIGTERM)
        assert process.wait(10) == 9 and process.stdout.read() == "told\n"
    finally:
        process.kill()
        process.stdout.close()


def child_of(pid):
    """The process of the tool that PID has started, waited for."""
    for _ in range(400):
        try:
            with open(f"/proc/{pid}/task/{pid}/children", encoding="ascii") as file:
                for found in file.read().split():
                    with open(f"/proc/{found}/cmdline", encoding="utf-8") as command:
                        if command.read().startswith(f"{TOOL}\0"):
                            return int(found)
        except FileNotFoundError:
            pass  # strace tries some things with processes that are soon gone
        time.sleep(0.05)
    raise AssertionError(f"process {pid} has not started the tool")


def test_a_signal_that_comes_before_the_command_runs_ends_it(machine):
    """The command is looked for in a directory that does not have it, which takes two seconds; the signal comes meanwhile."""
    process = subprocess.Popen(["strace", "-f", "-qq", "-o", "/dev/null", "-e", "trace=execve", "-e",
                                "inject=execve:delay_enter=2000000:when=1", TOOL, "with-esp", "--esp-path", machine.esp.path, "--",
                                "sleep", "60"], env={**os.environ, "PATH": f"/nowhere:{os.environ['PATH']}"})
    try:
        tool = child_of(process.pid)
        child_of(tool)
        os.kill(tool, signal.SIGTERM)
        assert process.wait(30) == 128 + signal.SIGTERM
    finally:
        process.kill()


def test_a_second_writer_is_told_what_it_waits_for(machine):
    """The lock is that of the directory: every writer takes the same one."""
    import fcntl
    directory = os.open(machine.esp.path, os.O_RDONLY)
    try:
        fcntl.flock(directory, fcntl.LOCK_EX)
        process = subprocess.Popen([TOOL, "re-arm", "active", "--esp-path", machine.esp.path], stdout=subprocess.PIPE)
        time.sleep(0.5)
        assert process.poll() is None and "active+0-3.conf" in names(machine)
        fcntl.flock(directory, fcntl.LOCK_UN)
        assert process.wait(10) == 0 and "active+3.conf" in names(machine)
        process.stdout.close()
    finally:
        os.close(directory)
