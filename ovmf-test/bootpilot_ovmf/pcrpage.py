# SPDX-License-Identifier: Apache-2.0
"""Writes ovmf-test/PCR.md, and the lines that ovmf-test/pcr prints, from what was measured."""

import itertools

from .comparison_page import NOT_MEASURED, package_version
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
`?`: not measured yet.

**The secret** was sealed by tpm2-tools to PCR 7 and 11 after the boot without Bootpilot, with the kind of object and policy that
systemd-cryptenroll uses. `yes`: after this boot the TPM gives it away; `no`: it refuses.

"""

# What rows mean, by the name of the case that shows it.
MEANING = {
    "driver": """**driver**: nothing that disks are usually sealed to changes. 4, 5, 7, 11 and 12 stay; PCR 2 gets one event, the driver
  itself, and so changes with each new Bootpilot.""",
    "driver + net": "**net**: its boot option shows in PCR 1, as any boot option does.",
    "entry": """**entry, Type #2**: PCR 7 and 11 stay. PCR 4 gets Bootpilot and systemd-boot a second time. Where systemd-boot measures
  loader.conf into PCR 5, that is another one (`default` names Bootpilot now) and comes twice.""",
    "first": "**first**: PCR 4 gets Bootpilot, PCR 1 its boot option.",
    "entry, `handoff reset`": """**`handoff reset`**: no event more, since the OS starts in a power cycle of its own. Where systemd-boot measures
  loader.conf, the line `default` that the entry needs still shows in PCR 5.""",
    "driver, `measure yes`": """**`measure yes`**: one event more in PCR 5, the constant text `bootpilot:role=ROLE`, the same in each boot of that
  role.""",
    "driver, another certificate": """**Another certificate** than systemd-boot's shows in PCR 7, and a secret sealed to that is refused: sign Bootpilot
  with the same one.""",
}


def line(row):
    """One row on the terminal, and what is wrong with it."""
    cells = [row.case.name.replace("`", ""), *row.seen["cells"], _secret(row)]
    return "\n".join([LINE.format("FAIL" if row.faults() else "ok", row.loader.short(), *cells),
                      *(f"     {fault}" for fault in row.faults())])


def page(loaders, rows):
    """The text of the page for LOADERS, from the ROWS that were measured."""
    facts = [("systemd-boot", ", ".join(loader.version for loader in loaders)),
             ("firmware", "OVMF, package ovmf " + package_version("ovmf")), ("TPM", "swtpm " + package_version("swtpm"))]
    text = HEAD.format(surroundings="\n".join(f"| {what} | {which} |" for what, which in facts))
    for loader in loaders:
        text += f"## systemd-boot {loader.version}\n\n"
        text += "| case | " + " | ".join(map(str, PCRS)) + " | secret |\n" + "|---" * (len(PCRS) + 2) + "|\n"
        measured = {row.case: [*row.seen["cells"], _secret(row)] for row in rows if row.loader is loader}
        unknown = [NOT_MEASURED] * (len(PCRS) + 1)
        text += "".join(f"| {' | '.join([case.name, *measured.get(case, unknown)])} |\n" for case in CASES) + "\n"
    shown = {row.case.name for row in rows}
    text += _events(sorted(rows, key=lambda row: row.loader.series)) + "## What it means\n\n"
    return text + "".join(f"- {meaning}\n" for name, meaning in MEANING.items() if name in shown)


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
            which = f" ({', '.join(versions)})" if len(told) > 1 else ""
            text += f"- **{case.name}**{which}: {'; '.join(lines) or 'none'}\n"
    return text + "\n"


def _counted(events):
    """EVENTS, each run of the same one once, with its number."""
    return [event + (f" x{count}" if count > 1 else "")
            for event, count in ((event, len(list(run))) for event, run in itertools.groupby(events))]
