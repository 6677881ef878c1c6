# SPDX-License-Identifier: Apache-2.0
"""Puts the benchmark's figures into tables. Of boots it tells what is added to systemd-boot alone, and times the floor."""

NAMES = {"os": "the OS alone", "none": "systemd-boot alone", "floor": "floor driver", "net": "driver + net"}
SAID = {"unloadable": "active cannot be loaded", "crash": "active crashes"}


def page(result):
    """The text of all tables."""
    rows = result["rows"]
    boots = [row for row in rows if not row["broken"] and row["seconds"] is not None]
    lines = ["Virtual time from power-on to the start of the OS", ""]
    lines += _line("systemd-boot", "started", "entries", "seconds", "spread", "added", "floor x", "passes")
    for row in boots:
        lines += _line(row["loader"], NAMES.get(row["system"], row["system"]), row["entries"], f"{row['seconds']:.3f}",
                       f"{row['spread']:.3f}", _added(row, boots), _times_floor(row, boots), _passes(row, boots))
    broken = [row for row in rows if row["broken"]]
    if broken:
        lines += ["", "From power-on to a working OS where active is broken", ""]
        lines += _line("systemd-boot", "started", "", "seconds", "resets", "entry")
    for row in broken:
        seconds = f"{row['seconds']:.3f}" if row["seconds"] is not None else "never"
        lines += _line(row["loader"], NAMES.get(row["system"], row["system"]), "", seconds, row["resets"],
                       f"{row['entry'] or row['ended']} ({SAID[row['broken']]})")
    return "\n".join(lines) + "\n"


def _line(*cells):
    widths = (13, 19, 8, 9, 8, 8, 8, 8)
    return ["".join(str(cell).ljust(width) for cell, width in zip(cells, widths)).rstrip()]


def _peer(row, boots, system):
    return next((other["seconds"] for other in boots if other["system"] == system and other["loader"] == row["loader"]
                 and other["entries"] == row["entries"]), None)


def _added(row, boots):
    plain = _peer(row, boots, "none")
    return "-" if plain is None or row["system"] in ("os", "none") else f"{row['seconds'] - plain:.3f}"


def _times_floor(row, boots):
    floor = _peer(row, boots, "floor")
    return "-" if not floor or row["system"] in ("os", "none", "floor") else f"{row['seconds'] / floor:.3f}"


def _passes(row, boots):
    """What is added, in passes of systemd-boot: its time less that of the OS started by the firmware itself."""
    plain, alone = _peer(row, boots, "none"), _peer(row, boots, "os")
    if plain is None or alone is None or plain <= alone or row["system"] in ("os", "none"):
        return "-"
    return f"{(row['seconds'] - plain) / (plain - alone):.2f}"
