# SPDX-License-Identifier: Apache-2.0
"""What the benchmark must not exceed. Times the floor: from the firmware's hand-over to the OS (bench_figures.py)."""

from . import bench_figures

# entries, however many of them have a role -> times the floor, driver berth
DRIVER_MOST = {4: 1.3, 64: 1.6, 256: 2.0}


def missed(rows):
    """A line for every target that ROWS miss."""
    lines = []
    for row in rows:
        most = DRIVER_MOST.get(row["entries"])
        if row["broken"] or most is None or row["seconds"] is None:
            continue
        if row["system"] == "driver":
            lines += _driver(rows, row, most)
        if row["system"] == "entry":
            lines += _entry(rows, row, most)
    return lines


def name(row):
    """ROW in words: 257.13 driver, 64 entries (role)."""
    kind = f" ({row['kind']})" if row["kind"] else ""
    return f"{row['loader']} {row['system']}, {row['entries']} entries{kind}"


def _driver(rows, row, most):
    times = bench_figures.times_floor(rows, row)
    return [f"{name(row)}: {times:.2f} times the floor, more than {most}"] if times is not None and times > most else []


def _entry(rows, row, most):
    """At most one pass of systemd-boot beyond what a driver may take."""
    floor = bench_figures.since_handover(rows, bench_figures.find(rows, "floor", row))
    one = bench_figures.loader_pass(rows, row)
    own = bench_figures.since_handover(rows, row)
    if None in (floor, one, own) or own <= one + most * floor:
        return []
    return [f"{name(row)}: {own:.3f} s from the hand-over, more than {one + most * floor:.3f}: a pass and {most} times the floor"]
