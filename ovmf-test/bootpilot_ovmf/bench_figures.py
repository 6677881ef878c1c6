# SPDX-License-Identifier: Apache-2.0
"""What the benchmark's rows say about each other: what is added to systemd-boot, and times the floor.

The firmware needs more than 30 of 33 virtual seconds to unpack itself and to find its devices, with whatever loader. So the
time that counts begins with the hand-over: the moment at which the firmware would have started the OS itself, had it been the
only boot option (the system "os" of the same run).
"""


def find(rows, system, like, **other):
    """The row of SYSTEM that otherwise equals the row LIKE, but for OTHER; None if it was not measured."""
    wanted = {**{key: like[key] for key in ("loader", "entries", "kind", "broken")}, **other, "system": system}
    return next((row for row in rows if all(row[key] == value for key, value in wanted.items())), None)


def handover(rows, row):
    """The row of `os` that shows when the firmware of the machine of ROW hands over; entries and loader do not matter to it."""
    kind = "large" if row["kind"] == "large" else None
    return next((other for other in rows if other["system"] == "os" and other["kind"] == kind
                 and row["loader"] in (other["loader"], None)), None)


def since_handover(rows, row):
    """Seconds from the hand-over to the OS, or None."""
    plain = None if row is None else handover(rows, row)
    return None if plain is None or row["seconds"] is None else row["seconds"] - plain["seconds"]


def added(rows, row):
    """Seconds more than systemd-boot alone needs with the same entries."""
    none = find(rows, "none", row)
    return None if none is None or row["seconds"] is None else row["seconds"] - none["seconds"]


def times_floor(rows, row):
    """From the hand-over to the OS, as a multiple of what it takes with the floor driver and the same entries."""
    own, floor = since_handover(rows, row), since_handover(rows, find(rows, "floor", row))
    return None if own is None or not floor else own / floor


def loader_pass(rows, row):
    """Seconds of one pass of systemd-boot with these entries: with it, less with the OS as the only loader."""
    return since_handover(rows, find(rows, "none", row))
