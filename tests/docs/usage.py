# SPDX-License-Identifier: Apache-2.0
"""The commands and options of bootpilotctl as its own help texts tell them: what manual and completions are held to."""

import functools
import os
import re
import subprocess

ROOT = os.path.abspath(os.path.join(os.path.dirname(__file__), "..", ".."))
TOOL = os.environ.get("BOOTPILOTCTL", os.path.join(ROOT, "out", "bootpilotctl"))
LIMIT_S = 60


def read(*path):
    with open(os.path.join(ROOT, *path), encoding="utf-8") as file:
        return file.read()


@functools.lru_cache(maxsize=None)
def tool(*arguments):
    return subprocess.run([TOOL, *arguments], capture_output=True, encoding="utf-8", check=True, timeout=LIMIT_S).stdout


def rows(text, heading):
    """What stands left in the list below HEADING: commands, or options with what stands for their arguments."""
    block = text.split(f"\n{heading}:\n", 1)[1].split("\n\n", 1)[0]
    return [re.match(r"  (\S+(?: \S+)?)(?:  |\s+$|$)", line).group(1) for line in block.splitlines()
            if line.startswith("  ") and line[2] != " "]


def commands():
    return rows(tool("--help"), "Commands")


def options(command=None):
    """{--esp-path: DIR, --json: None}"""
    given = [option.split(" ") for option in rows(tool(*filter(None, [command]), "--help"), "Options")]
    return {words[0]: words[1] if len(words) > 1 else None for words in given}


def operands(command):
    """What stands behind the options: "ROLE", "IMAGE [FILE]", or nothing."""
    first = tool(command, "--help").splitlines()[0]
    return first.removeprefix(f"Usage: bootpilotctl {command} [OPTION...]").strip()
