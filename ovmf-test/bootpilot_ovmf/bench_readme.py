# SPDX-License-Identifier: Apache-2.0
"""The benchmark's tables in README.md, made of the figures that are kept in docs/bench.json."""

import json
import os

from . import bench_figures as figures
from . import bench_page, bench_picture, paths

KEPT = os.path.join(paths.REPOSITORY, "docs", "bench.json")
DRAWN = os.path.join(paths.REPOSITORY, "docs", "bench.svg")
README = os.path.join(paths.REPOSITORY, "README.md")
BEGIN, END = "<!-- of docs/bench.json: begin -->\n", "<!-- of docs/bench.json: end -->\n"
SAID = {"os": "nothing: firmware starts the OS", "none": "systemd-boot alone",
        "floor": "floor: a driver that knows the answer and writes it",
        "pinned": "systemd-boot with `default active*`", "entry": "entry (systemd-boot runs twice)",
        "type2": "Type #2 (systemd-boot runs twice)"}
SHORT = {"foreign": "no role", "role": "a role each", "large": "300 MB each"}


def keep(result):
    """RESULT becomes what docs/ and README.md tell."""
    with open(KEPT, "w", encoding="utf-8") as file:
        json.dump(result, file, indent=1)
        file.write("\n")
    with open(DRAWN, "w", encoding="utf-8") as file:
        file.write(bench_picture.picture(result))
    with open(README, encoding="utf-8") as file:
        before, _, rest = file.read().partition(BEGIN)
    _, _, after = rest.partition(END)
    with open(README, "w", encoding="utf-8") as file:
        file.write(before + BEGIN + tables(result) + END + after)


def tables(result):
    """The text between BEGIN and END."""
    rows = result["rows"]
    return "\n".join([*_boots(rows, result["guard"]), "", *_spread(rows), "", *_growth(rows), "",
                      *_broken(rows, result["guard"])]) + "\n"


def _spread(rows):
    """How repeatable the first table is."""
    several = [row for row in rows if row["spread"] is not None]
    most = max((row["spread"] for row in several), default=0)
    same = sum(row["spread"] < 0.0005 for row in several)
    boots = "/".join(str(count) for count in sorted({row["boots"] for row in several}))
    return [f"Each is the median of {boots} boots: within half a millisecond of each other in {same} of {len(several)} machines, never "
            f"more than {1000 * most:.0f} ms apart."]


def _name(system, guard):
    return f"EFI Boot Guard {guard}" if system == "guard" else SAID.get(system, bench_page.NAMES.get(system, system))


def _loaders(rows):
    return list(dict.fromkeys(row["loader"] for row in rows if row["loader"]))


def _table(head, lines):
    return ["| " + " | ".join(head) + " |", "|---" * len(head) + "|", *("| " + " | ".join(line) + " |" for line in lines)]


def _boots(rows, guard):
    """Seconds from the hand-over, by loader; times the floor over all of them."""
    some = [row for row in rows if not row["broken"] and row["kind"] is None and row["entries"] == 4]
    loaders, lines = _loaders(some), []
    for system in bench_page.ORDER:
        own = {row["loader"]: row for row in some if row["system"] == system}
        if not own or system == "os":
            continue
        if None in own:
            lines.append([_name(system, guard), *([""] * (len(loaders) - 1)),
                          bench_page.number(figures.since_handover(rows, own[None]), 2), ""])
            continue
        times = [figures.times_floor(rows, row) for row in own.values() if system not in ("none", "floor")]
        lines.append([_name(system, guard),
                      *(bench_page.number(figures.since_handover(rows, own.get(loader)), 2) for loader in loaders),
                      f"{min(times):.2f} to {max(times):.2f}" if times and None not in times else ""])
    return _table(["seconds from the hand-over to the OS", *loaders, "times the floor"], lines)


def _growth(rows):
    """Seconds from the hand-over, by number of entries."""
    systems = ("none", "floor", "driver", "entry")
    some = [row for row in rows if not row["broken"] and row["kind"] is not None]
    lines = []
    for kind, entries in dict.fromkeys((row["kind"], row["entries"]) for row in some):
        own = {row["system"]: row for row in some if (row["kind"], row["entries"]) == (kind, entries)}
        seconds = [bench_page.number(figures.since_handover(rows, own.get(system)), 2) for system in systems]
        times = figures.times_floor(rows, own["driver"]) if "driver" in own else None
        lines.append([f"{entries:,}, {SHORT[kind]}", *seconds, bench_page.number(times, 2)])
    return _table(["entries", *(bench_page.NAMES.get(system, system) for system in systems), "driver, times the floor"], lines)


def _broken(rows, guard):
    """Resets and seconds from power-on until an OS works."""
    some = [row for row in rows if row["broken"]]
    if not some:
        return ["How long a machine whose active is broken takes is not kept here yet: `make bench OPTIONS='--part broken'`."]
    kinds = [kind for kind in bench_page.BREAK_ORDER if any(row["broken"] == kind for row in some)]
    lines = []
    for loader, system in dict.fromkeys((row["loader"], row["system"]) for row in some):
        own = {row["broken"]: row for row in some if (row["loader"], row["system"]) == (loader, system)}
        lines.append([_name(system, guard), loader or "", *(_until_an_os(own.get(kind)) for kind in kinds)])
    return _table(["active is broken", "systemd-boot", *(bench_page.SAID[kind] for kind in kinds)], lines)


def _until_an_os(row):
    if row is None:
        return "-"
    said = "no OS" if row["seconds"] is None else f"{row['seconds']:.0f} s"
    if row["ended"] == "endless":
        return f"{said}: resets without end"
    return said + (f", {row['resets']} reset{'s' if row['resets'] > 1 else ''}" if row["resets"] else "")
