# SPDX-License-Identifier: Apache-2.0
"""Writes ovmf-test/PCR.md, and the lines that ovmf-test/pcr prints, from what was measured."""

import itertools

from .comparison_page import package_version
from .pcrcases import CASES
from .tpm import PCRS

LINE = "{:4} {:8} {:31} " + "{:>5} " * len(PCRS) + "{:>7}"
LINE_HEAD = LINE.format("", "loader", "case", *PCRS, "secret")
LEGEND = """= equal to the boot without Bootpilot; +N, -N: so many events more or less; ~N: so many measure something else.
secret: sealed to PCR 7 and 11 before, it comes out (yes) or is refused (no)"""

HEAD = """<!-- SPDX-License-Identifier: Apache-2.0 -->
# PCR 0 to 15 with and without Bootpilot

Every cell was measured; the page is written by

    ./ovmf-test/pcr --all

which boots a machine with a TPM and Secure Boot without Bootpilot, installs it, boots again, and compares. It is written
anew, byte for byte the same, as long as nothing changes; what a cell must be is asserted by the command.

| | |
|---|---|
{surroundings}

**How the machine is set up.** All images are signed by one certificate, Bootpilot's too; the firmware trusts a second one as well. The OS
is a unified kernel image: Debian's systemd-stub of the same suite as systemd-boot around a test program, started by a `.conf` entry with
`options`, so that PCR 11 (by the stub) and 12 (by systemd-boot and the stub) are extended too. loader.conf has `default active*`, to which
entry and Type #2 add a line. Each boot is a cold start. The PCRs are read from the TPM itself when the machine stands still; the event log
is taken from the machine's memory, and believed only because its replay gives those very values.

**How to read a cell.** `=`: the same value. `+N`, `-N`: N events more, fewer. `~N`: N events are there as before but measure something else.

**The secret** was sealed by tpm2-tools to PCR 7 and 11 after the boot without Bootpilot, with the kind of object and policy that
systemd-cryptenroll uses. `yes`: after this boot the TPM gives it away; `no`: it refuses.

"""

MEANING = """## What it means

- **driver, driver + net**: nothing that disks are usually sealed to changes: 4, 5, 7, 11 and 12 stay, PCR 2 gets one event, the driver
  itself, so it changes with each new Bootpilot. The net's boot option shows in PCR 1, as any boot option does.
- **entry, Type #2**: PCR 7 and 11 stay. PCR 4 gets Bootpilot and systemd-boot a second time. Where systemd-boot measures loader.conf into
  PCR 5, that is other (`default` names Bootpilot now) and comes twice.
- **`handoff reset`**: no event more, whatever the berth: the OS starts in a power cycle of its own. What remains in PCR 5 is loader.conf
  itself, where systemd-boot measures it: with the variable LoaderEntryDefault in place of the line `default` every PCR is equal.
- **first**: PCR 4 gets Bootpilot, PCR 1 its boot option.
- **`measure yes`**: one event more in PCR 5, the constant text `bootpilot:role=ROLE`, the same in each boot of that role.
- **Another certificate** than systemd-boot's shows in PCR 7, and secrets sealed to it are refused: sign Bootpilot with the same one.
"""


def line(row):
    """One row on the terminal, and what is wrong with it."""
    cells = [row.case.name.replace("`", ""), *row.seen["cells"], _secret(row)]
    return "\n".join([LINE.format("FAIL" if row.faults() else "ok", row.loader.short(), *cells),
                      *(f"     {fault}" for fault in row.faults())])


def page(rows):
    """The text of the page for ROWS."""
    loaders = list(dict.fromkeys(row.loader for row in rows))
    facts = [("systemd-boot", ", ".join(loader.version for loader in loaders)), ("firmware", "OVMF, package ovmf " + package_version("ovmf")),
             ("TPM", "swtpm " + package_version("swtpm"))]
    text = HEAD.format(surroundings="\n".join(f"| {what} | {which} |" for what, which in facts))
    for loader in loaders:
        text += f"## systemd-boot {loader.version}\n\n"
        text += "| case | " + " | ".join(map(str, PCRS)) + " | secret |\n" + "|---" * (len(PCRS) + 2) + "|\n"
        text += "".join(f"| {' | '.join([row.case.name, *row.seen['cells'], _secret(row)])} |\n"
                        for row in rows if row.loader is loader)
        text += "\n"
    return text + _events(rows) + MEANING


def _secret(row):
    return "yes" if row.seen["unseals"] else "no"


def _events(rows):
    """Which events, for each case; what is the same for several versions is said once."""
    text = "## Which events\n\n"
    for case in CASES:
        told = {}
        for row in rows:
            if row.case is case:
                lines = tuple(f"PCR {pcr}: `{event}`" for pcr, events in row.seen["events"].items() for event in _counted(events))
                told.setdefault(lines, []).append(row.loader.short())
        for lines, versions in told.items():
            text += f"- **{case.name}**{' (' + ', '.join(versions) + ')' if len(told) > 1 else ''}: {'; '.join(lines) or 'none'}\n"
    return text + "\n"


def _counted(events):
    """EVENTS, each run of the same one once, with its number."""
    return [event + (f" x{count}" if count > 1 else "")
            for event, count in ((event, len(list(run))) for event, run in itertools.groupby(events))]
