# SPDX-License-Identifier: Apache-2.0
"""Writes ovmf-test/COMPARISON.md from what was measured. Nothing in its tables or counts is typed in by hand."""

import itertools
import os
import re
import subprocess

from . import paths
from .life import FOR_EVER, LIMIT, PARTED, STOPS, WORKS
from .loaders import ALIASES, SUITES
from .scenario import VERSIONS

PLAIN, BOOTPILOT = "none", "net"
RESET = "statereset"
NEVER = 1 << 30
LONGEST = 40  # characters of a name
HAZARDS = os.path.join(paths.REPOSITORY, "tests", "hazards.txt")
REST = "The rules as such"

# Verdicts, the worst first. What each means is said on the page.
NO_OS, LOOP, WIPES, BAD = "no OS", "loop", "wipes", "bad entry"
NOT_MEASURED = "?"
VERDICTS = (NO_OS, LOOP, WIPES, BAD)

HEAD = """<!-- SPDX-License-Identifier: Apache-2.0 -->
# Plain systemd-boot and Bootpilot on the same disks

Every cell was measured; the page is written by

    ./ovmf-test/compare

which plays each scenario of `tests/scenarios/` that makes sense without Bootpilot: on the real systemd-boot, on the real firmware
(OVMF in QEMU), once without and once with Bootpilot. It is written anew, byte for byte the same, as long as nothing changes.

| | |
|---|---|
{surroundings}

**How the machines were set up.** Both have the same disk, the same variables and the same OS images. Bootpilot is installed as its README
recommends: the driver, and the net behind systemd-boot (berth `net`), on the newest systemd-boot that the row is about. In plain systemd-boot's
favour each entry of a role that says nothing of its order has a sort-key (active 0001, passive 0002, recovery 0003, reset 0004; an image in
EFI/Linux an ID that sorts so): without it systemd-boot would begin with the last name of the alphabet, which is the reset. The menu time-out
is 0 unless the scenario's loader.conf says otherwise. The last boot option of the firmware is a witness that tells when systemd-boot gave up.

**How to read a cell.** The OSes that were started, boot after boot: `active x3, passive` is three boots of active that fail and one
of passive that works, with which the life ends. `reset` is the entry statereset, which wipes. What an OS does (works, fails, hangs) is what
the scenario says of it. An OS of which it says nothing fails if its name says that its tries are used up, else it works. Images do not start
if the scenario says so (missing, cut short, for another processor, refused by the firmware).

- `(for ever)`: boots begin and end in the same state: the names of all entries, and with Bootpilot, whose record counts up to eight, nine
  times the same decision.
- `stops: firmware`: systemd-boot gave up and returned; what follows is the firmware's next option: network, shell, setup.
- `stops: menu`, `stops: firmware setup`: it waits there for a key that nobody presses.
- `resets itself`: the machine resets and no OS was started.
- `...`: the scenario goes on with a change to a file that this life does not have.
- `=`: as in the cell to the left. `-`: the scenario is not about this version. `?`: not measured yet.

**How to read the last two columns**, the first about plain systemd-boot (with the versions, unless it is all that were measured), the second about
Bootpilot. They are computed from the cells:

- **no OS**: the machine ends with nothing started, stopped or resetting for ever.
- **loop**: an OS that fails is started for ever.
- **wipes**: the reset entry is started where the other one of the two still finds another way: an OS that works, a later reset, a person.
- **bad entry**: an entry whose name says that its tries are used up is started, and in the other one of the two never.
- *other*: none of these, but not the same boots. *same*: the same boots.

"""


def page(scenarios, results):
    """The text of the page for SCENARIOS, from RESULTS as comparison.py keeps them."""
    rows = [_row(scenario, results) for scenario in scenarios]
    names = {row["name"] for row in rows}
    text = HEAD.format(surroundings="\n".join(f"| {what} | {which} |" for what, which in _surroundings(results)))
    text += _summary(rows, results)
    for title, members in _groups():
        chosen = [row for row in rows if row["name"] in members and row["name"] in names]
        names -= members
        if chosen:
            text += _table(title, chosen, results)
    left = [row for row in rows if row["name"] in names]
    return text + (_table(REST, left, results) if left else "")


def life_text(life):
    """A life in short form: `active x3, passive`."""
    if life["end"] == "error":
        return "not measured"
    boots = life["boots"]
    stop = boots[-1]["end"] if life["end"] == STOPS else None
    words = [_boot_text(boot) for boot in (boots[:-1] if stop else boots)]
    runs = [(word, len(list(run))) for word, run in itertools.groupby(words)]
    texts = [word + (f" x{count}" if count > 1 else "") for word, count in runs]
    if life["end"] == FOR_EVER:
        texts[-1] = runs[-1][0] + " (for ever)"
    elif stop:
        texts.append(f"stops: {stop}")
    elif life["end"] in (PARTED, LIMIT):
        texts.append("...")
    return ", ".join(texts)


def surroundings():
    """(what, which version) of what the machines are made of."""
    image = paths.read(paths.BOOTPILOT_DRIVER, "run make")
    version = re.search(rb"bootpilot,\d+,Bootpilot,bootpilot,([^,]+),", image)
    qemu = subprocess.run(["qemu-system-x86_64", "--version"], stdout=subprocess.PIPE, text=True, check=True).stdout
    return [("firmware", "OVMF, package ovmf " + package_version("ovmf")), ("emulator", qemu.split("\n")[0]),
            ("Bootpilot", f"{version.group(1).decode()}, berth net (driver and net)")]


def package_version(name):
    """The version of the Debian package NAME that is installed."""
    done = subprocess.run(["dpkg-query", "-W", "-f", "${Version}", name], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
                          text=True, check=False)
    return done.stdout.strip() or "of unknown version"


def _surroundings(results):
    return [("systemd-boot", ", ".join(results["versions"].values())), *map(tuple, results["surroundings"])]


def _row(scenario, results):
    """Cells and verdicts of one scenario; of what was not measured there is none."""
    lives = results["lives"].get(scenario.name, {})
    plain, piloted = lives.get(PLAIN, {}), list(lives.get(BOOTPILOT, {}).values())[-1:]
    named = [ALIASES.get(version, version) for version in scenario.versions or VERSIONS]
    texts = {version: life_text(plain[version]) if version in plain else NOT_MEASURED for version in named}
    verdicts = {}
    for version, life in plain.items():
        alike = any(life_text(other) == texts[version] for other in piloted)
        verdicts[version] = _verdict(life, piloted) or ("same" if alike else "other" if piloted else NOT_MEASURED)
    return {"name": scenario.name, "about": scenario.about, "texts": texts, "verdicts": verdicts,
            "bootpilot": life_text(piloted[0]) if piloted else NOT_MEASURED,
            "bootpilot_verdict": (_verdict(piloted[0], plain.values()) or "") if piloted else None}


def _verdict(life, others):
    """The worst that can be said of LIFE, or None. OTHERS are the lives on the other side."""
    boots = life["boots"]
    if life["end"] == STOPS or (life["end"] == FOR_EVER and boots[-1]["started"] is None):
        return NO_OS
    if life["end"] == FOR_EVER:
        return LOOP
    if any(_wipes_sooner(life, other) for other in others):
        return WIPES
    if _starts_exhausted(life) and not any(map(_starts_exhausted, others)):
        return BAD
    return None


def _wipes_sooner(life, other):
    """True if LIFE starts the reset where OTHER still finds another way: an OS that works, a later reset, a person."""
    return _first_reset(life) < _first_reset(other) and (
        _first_reset(other) < NEVER or other["end"] == WORKS or other["boots"][-1]["end"] == "menu")


def _first_reset(life):
    return next((number for number, boot in enumerate(life["boots"]) if boot["started"] == RESET), NEVER)


def _starts_exhausted(life):
    return any(boot["exhausted"] for boot in life["boots"])


def _boot_text(boot):
    if boot["started"] is None:
        return {"reset": "resets itself"}.get(boot["end"], boot["end"])
    name = "reset" if boot["started"] == RESET else boot["started"]
    return name if len(name) <= LONGEST else name[:LONGEST - 3] + "..."


def _groups():
    """(title, names of scenarios) of each part of tests/hazards.txt, in its order."""
    groups = []
    for line in paths.read(HAZARDS, "it is part of the repository").decode().splitlines():
        if line.startswith("# --- "):
            groups.append((line.removeprefix("# --- "), set()))
        elif groups:
            groups[-1][1].update(re.findall(r"([\w-]+)\.txt", line.rpartition("|")[2]))
    return groups


def _table(title, rows, results):
    versions = [version for version in SUITES if version in results["versions"]]
    short = [results["versions"][version].split("-")[0] for version in versions]
    text = f"## {title}\n\n| scenario | {' | '.join(short)} | Bootpilot | plain ends in | Bootpilot ends in |\n"
    text += "|---" * (len(versions) + 4) + "|\n"
    for row in rows:
        cells, before = [], None
        for version in versions:
            cell = row["texts"].get(version, "-")
            cells.append("=" if cell == before and cell not in ("-", NOT_MEASURED) else cell)
            before = cell
        name = f"[{row['name']}](../tests/scenarios/{row['name']}.txt)"
        marks = [_plain_marks(row, results), _bold(row["bootpilot_verdict"] or "")]
        text += "| " + " | ".join(_escaped(cell) for cell in
                                  [f"{name}: {row['about']}", *cells, row["bootpilot"], *marks]) + " |\n"
    return text + "\n"


def _plain_marks(row, results):
    marks = list(dict.fromkeys(row["verdicts"].values()))
    if len(marks) < 2:
        return _bold("".join(marks))
    return ", ".join(f"{_bold(mark)} ({', '.join(_series(results, v) for v, m in row['verdicts'].items() if m == mark)})"
                     for mark in marks)


def _series(results, version):
    return results["versions"][version].split(".")[0]


def _bold(mark):
    return f"**{mark}**" if mark in VERDICTS else mark


def _escaped(cell):
    return cell.replace("|", "\\|").replace("[a]", "\\[a\\]").replace("*", "\\*").replace("\\*\\*", "**")


def _summary(rows, results):
    versions = [version for version in SUITES if version in results["versions"]]
    columns = [(results["versions"][version].split("-")[0], [row["verdicts"].get(version) for row in rows]) for version in versions]
    columns.append(("the worst of them", [_worst(row["verdicts"].values()) for row in rows]))
    columns.append(("Bootpilot", [row["bootpilot_verdict"] for row in rows]))
    text = f"## The count\n\n{len(rows)} scenarios. How many of them end in\n\n"
    text += "| | " + " | ".join(name for name, _ in columns) + " |\n" + "|---" * (len(columns) + 1) + "|\n"
    for verdict in VERDICTS:
        text += f"| {verdict} | " + " | ".join(str(marks.count(verdict)) for _, marks in columns) + " |\n"
    text += "| none of these | " + " | ".join(str(sum(m is not None and m not in VERDICTS for m in marks))
                                              for _, marks in columns) + " |\n"
    text += "| measured | " + " | ".join(str(sum(m is not None for m in marks)) for _, marks in columns) + " |\n"
    return text + "\n"


def _worst(marks):
    return next((verdict for verdict in VERDICTS if verdict in marks), "" if marks else None)
