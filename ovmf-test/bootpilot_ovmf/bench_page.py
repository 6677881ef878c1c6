# SPDX-License-Identifier: Apache-2.0
"""Puts the benchmark's figures into tables."""

from . import bench_figures as figures

NAMES = {"os": "the OS alone", "none": "systemd-boot alone", "pinned": "with default active*", "floor": "floor driver",
         "net": "driver + net", "type2": "Type #2", "guard": "EFI Boot Guard"}
SAID = {"truncated": "half of active's image is missing", "unloadable": "firmware refuses active's image",
        "crash": "active crashes each time"}
ORDER = ("os", "none", "pinned", "floor", "driver", "net", "first", "entry", "type2", "guard")
KIND_ORDER = (None, "foreign", "role", "large")
BREAK_ORDER = (None, "truncated", "unloadable", "crash")
KINDS = {"foreign": "without a role", "role": "each with a role", "large": "images of 300 MB"}


def place(row):
    """Where ROW stands among others."""
    return (row["broken"] is not None, KIND_ORDER.index(row["kind"]), row["loader"] is None,
            [int(part) for part in (row["loader"] or "0").split(".")], BREAK_ORDER.index(row["broken"]), row["entries"],
            ORDER.index(row["system"]))


def page(result):
    """The text of all tables."""
    rows = result["rows"]
    boots = [row for row in rows if not row["broken"]]
    lines = ["Virtual seconds from power-on to the OS, and from the firmware's hand-over to the OS", ""]
    lines += _line("systemd-boot", "started", "power-on", "hand-over", "spread", "added", "x floor", "passes")
    for row in boots:
        if row["kind"] is None:
            lines += _boot(rows, row, row["loader"] or result["guard"])
    for kind, said in KINDS.items():
        lines += _section(rows, [row for row in boots if row["kind"] == kind], said)
    broken = [row for row in rows if row["broken"]]
    if broken:
        lines += ["", "From power-on to a working OS where active is broken", ""]
        lines += _line("systemd-boot", "started", "seconds", "resets", "what is wrong")
    for row in broken:
        seconds = f"{row['seconds']:.2f}" if row["seconds"] is not None else "no OS"
        lines += _line(row["loader"] or result["guard"], NAMES.get(row["system"], row["system"]), seconds,
                       row["resets"] if row["ended"] != "endless" else "no end", SAID[row["broken"]])
    return "\n".join(lines) + "\n"


def _section(rows, some, said):
    if not some:
        return []
    lines = ["", f"The same with more entries, {said}", "", *_line("entries", "started", "power-on", "hand-over", "spread",
                                                                   "added", "x floor", "passes")]
    for row in some:
        lines += _boot(rows, row, row["entries"])
    return lines


def _boot(rows, row, first):
    one, added = figures.loader_pass(rows, row), figures.added(rows, row)
    bare = row["system"] in ("os", "none")
    return _line(first, NAMES.get(row["system"], row["system"]), f"{row['seconds']:.3f}",
                 number(figures.since_handover(rows, row)), number(row["spread"]), "-" if bare else number(added),
                 "-" if bare else number(figures.times_floor(rows, row), 2),
                 "-" if bare or not one or added is None else f"{added / one:.2f}")


def number(value, digits=3):
    """VALUE, or a dash for None."""
    return "-" if value is None else f"{value:.{digits}f}"


def _line(*cells):
    widths = (13, 21, 10, 11, 8, 8, 9, 8)
    return ["".join(str(cell).ljust(width) for cell, width in zip(cells, widths)).rstrip()]
