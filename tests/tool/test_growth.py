#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""What `status` and `plan` cost where the ESP has 1,000 entries: instructions, which are the same on a busy machine, time and memory.

`bootctl list` on the same directory is the measure beside them, where it can be had: its package installs a boot loader, so it is
fetched and unpacked, never installed.
"""
import os
import re
import resource
import subprocess
import sys
from pathlib import Path

import pytest

from test_tool import ROLES, TOOL, esp, image  # noqa: F401  (esp is a fixture)

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "ovmf-test"))
from bootpilot_ovmf import loaders  # noqa: E402

INSTRUCTIONS = {"status": 40e6, "plan": 120e6}  # measured: 17 and 87 million
RATIO = {"status": 1, "plan": 2}                # of bootctl's instructions; measured: 0.2 and 0.8
MEMORY_KIB = 16 * 1024
TIME_S = 0.05  # measured at 2.5 GHz: 7 and 16 ms
COUNT = 1000


def many(esp, names):
    (esp.path / "EFI" / "kairos" / "shared.efi").write_bytes(image())
    for number, name in enumerate(names):
        (esp.entries / name).write_text(f"title Many\nsort-key many\nversion {number}\nlinux /EFI/kairos/shared.efi\n")


@pytest.fixture
def crowd(esp):
    """An ESP with 1,000 entries, four of which hold the roles."""
    for role in ROLES:
        esp.entry(f"{role}+3.conf", title=f"Kairos {role}")
    many(esp, [f"os{number:04}.conf" for number in range(COUNT - len(ROLES))])
    return esp


def instructions(tmp_path, *command, **more):
    done = subprocess.run(["valgrind", "--tool=callgrind", f"--callgrind-out-file={tmp_path}/callgrind", *map(str, command)],
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, errors="replace", timeout=300,
                          check=False, **more)
    found = re.search(r"Collected\s*:\s*(\d+)", done.stderr)
    assert found, done.stderr[-2000:]
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-2000:]
    return int(found.group(1))


# Linux counts what a process was before exec() as its memory, so the one that waits must be small itself.
WAITER = """import os, sys
pid = os.posix_spawn(sys.argv[1], sys.argv[1:], os.environ, file_actions=[(os.POSIX_SPAWN_OPEN, 1, "/dev/null", os.O_WRONLY, 0)])
_, status, usage = os.wait4(pid, 0)
print(usage.ru_maxrss)
sys.exit(os.waitstatus_to_exitcode(status))"""


def memory_kib(*command):
    """The most memory that COMMAND has at one time."""
    return int(subprocess.run(["/usr/bin/python3", "-I", "-S", "-c", WAITER, *map(str, command)], stdout=subprocess.PIPE,
                              timeout=60, check=True).stdout)


def needs_valgrind():
    if not any(os.access(os.path.join(path, "valgrind"), os.X_OK) for path in os.environ["PATH"].split(":")):
        pytest.skip("valgrind is not installed: the package is valgrind")


@pytest.mark.parametrize("command", INSTRUCTIONS)
def test_instructions(crowd, tmp_path, command):
    needs_valgrind()
    count = instructions(tmp_path, TOOL, command, "--esp-path", crowd.path)
    print(f"{command}: {count / 1e6:.1f} million instructions")
    assert count < INSTRUCTIONS[command]


@pytest.mark.parametrize("command", INSTRUCTIONS)
def test_time(crowd, command):
    """Of the processor, at best: a busy machine can only be slower. On an idle one the clock says the same."""
    took = []
    for _ in range(9):
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        subprocess.run([TOOL, command, "--esp-path", crowd.path], stdout=subprocess.DEVNULL, check=True, timeout=60)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        took.append(after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime)
    print(f"{command}: {1000 * min(took):.1f} ms")
    assert min(took) < TIME_S


@pytest.mark.parametrize("command", INSTRUCTIONS)
def test_memory(crowd, command):
    assert memory_kib(TOOL, command, "--esp-path", crowd.path) < MEMORY_KIB


@pytest.mark.parametrize("name", ["active_{:04}+3.conf", "os{:04}+3.conf"])
def test_status_where_every_entry_counts(esp, tmp_path, name):
    """All are opened, and each is compared with each: 1,000 variants of one role, 1,000 versions of one system."""
    needs_valgrind()
    many(esp, [name.format(number) for number in range(COUNT)])
    assert instructions(tmp_path, TOOL, "status", "--esp-path", esp.path) < 200e6  # measured: 94 million
    assert memory_kib(TOOL, "status", "--esp-path", esp.path) < MEMORY_KIB


@pytest.mark.parametrize("name", ["active_{:04}+3.conf", "os{:04}+3.conf"])
def test_plan_where_every_entry_counts(esp, tmp_path, name):
    """Nearly 200 boots are played until the plan ends. What is not looked at again in each of them: texts that did not change,
    and the order of all entries where one is asked for."""
    needs_valgrind()
    many(esp, [name.format(number) for number in range(100)])
    assert instructions(tmp_path, TOOL, "plan", "--esp-path", esp.path) < 350e6  # measured: 287 million; with every text read anew 642
    shown = subprocess.run([TOOL, "plan", "--esp-path", esp.path], stdout=subprocess.PIPE, text=True, check=True, timeout=60)
    assert "And so on: this is as far as a plan goes." in shown.stdout
    assert "190-192" in shown.stdout


# --- beside bootctl -------------------------------------------------------------------------------------------------

def bootctl():
    try:
        return loaders.bootctl_get()
    except loaders.Unavailable as error:
        pytest.skip(f"bootctl: {error}")


def as_root_of_a_file_system(command):
    """bootctl wants the directory to be the root of a file system: one in memory, which only this command sees."""
    script = 'mount -t tmpfs none "$0" && cp -r "$1"/. "$0" && shift && exec "$@"'
    return ["unshare", "--mount", "sh", "-c", script, *command]


def test_beside_bootctl(crowd, tmp_path):
    needs_valgrind()
    program, mount = bootctl(), tmp_path / "mount"
    mount.mkdir()
    lists = [program, "list", f"--esp-path={mount}", "--no-pager"]
    alone = subprocess.run(as_root_of_a_file_system([str(mount), str(crowd.path), *map(str, lists)]), check=False,
                           env={**os.environ, "SYSTEMD_RELAX_ESP_CHECKS": "1"}, timeout=120, text=True,
                           stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    if alone.returncode != 0:
        pytest.skip(f"bootctl list does not run here: {alone.stdout.strip()[-200:]}")
    assert "os0500.conf" in alone.stdout
    theirs = bootctl_instructions(tmp_path, mount, crowd.path, lists)
    for command, most in RATIO.items():
        ours = instructions(tmp_path, TOOL, command, "--esp-path", crowd.path)
        print(f"{command}: {ours / theirs:.2f} times bootctl list ({ours / 1e6:.1f} and {theirs / 1e6:.1f} million)")
        assert ours < most * theirs


def bootctl_instructions(tmp_path, mount, source, lists):
    valgrind = ["valgrind", "--tool=callgrind", f"--callgrind-out-file={tmp_path}/callgrind"]
    done = subprocess.run(as_root_of_a_file_system([str(mount), str(source), *valgrind, *map(str, lists)]), check=True,
                          env={**os.environ, "SYSTEMD_RELAX_ESP_CHECKS": "1"}, timeout=300, text=True, errors="replace",
                          stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    return int(re.search(r"Collected\s*:\s*(\d+)", done.stderr).group(1))
