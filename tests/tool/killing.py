# SPDX-License-Identifier: Apache-2.0
"""A command of bootpilotctl, killed when it enters each of the system calls that change something."""
import shutil
import subprocess

from test_tool import TOOL

WRITES = ["write", "fsync", "syncfs", "rename", "renameat", "renameat2", "unlink", "unlinkat", "mkdir", "mkdirat"]
KILLED = 137, -9
MOST = 1000  # of one call


def killed_at(machine, command, syscall, number):
    """Runs COMMAND; it is killed when it enters its NUMBER-th SYSCALL. True if it came so far."""
    result = subprocess.run(["strace", "-f", "-qq", "-o", "/dev/null", "-e", f"trace={syscall}", "-e",
                             f"inject={syscall}:signal=KILL:when={number}", TOOL, *map(str, command)], stdout=subprocess.DEVNULL,
                            stderr=subprocess.PIPE, encoding="utf-8", timeout=120, env=machine.environment())
    assert result.returncode in (*KILLED, 0, 1, 2), result.stderr
    assert "strace:" not in result.stderr, result.stderr
    return result.returncode in KILLED


def killed_everywhere(before, command, directory, boots, everything):
    """Kills COMMAND at each write, in a fresh copy of BEFORE each time: BOOTS(machine) must hold at once, and a second run must bring
    EVERYTHING(machine) to where an undisturbed one brings it. Returns the number of kills."""
    whole = before.copy(directory / "whole")
    assert whole.run(*command).returncode == 0
    kills = 0
    for syscall in WRITES:
        for number in range(1, MOST):
            again = before.copy(directory / "again")
            killed = killed_at(again, command, syscall, number)
            assert boots(again), (syscall, number)
            assert again.run(*command).returncode == 0, (syscall, number)
            assert everything(again) == everything(whole), (syscall, number)
            shutil.rmtree(directory / "again")
            if not killed:
                break
            kills += 1
    return kills
