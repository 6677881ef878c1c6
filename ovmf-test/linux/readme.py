# SPDX-License-Identifier: Apache-2.0
"""What README tells people to type. A block of indented lines behind `<!-- typed by a test: NAME -->` is typed to the letter."""

import os
import re

from bootpilot_ovmf import paths

README = os.path.join(paths.REPOSITORY, "README.md")
SAYS = re.compile(r"^STATUS (\d+) (.*)$")


def typed(name):
    """The lines of the block called NAME."""
    text = paths.read(README, "it is part of the source").decode()
    block = re.search(rf"<!-- typed by a test: {re.escape(name)} -->\n+((?:    .*\n)+)", text)
    if not block:
        raise ValueError(f"{README}: no lines behind `<!-- typed by a test: {name} -->`")
    return [line.partition(" #")[0].strip() for line in block.group(1).splitlines()]


def script(lines):
    """LINES as a shell's input that tells the status of each."""
    return "".join(f"{line}\necho \"STATUS $? {line}\"\n" for line in lines)


def statuses(said):
    """Command -> exit status, from what a script() said."""
    found = (SAYS.match(line) for line in said.splitlines())
    return {match.group(2): int(match.group(1)) for match in found if match}
