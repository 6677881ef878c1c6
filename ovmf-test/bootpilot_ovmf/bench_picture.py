# SPDX-License-Identifier: Apache-2.0
"""Draws the benchmark: what each system takes from the firmware's hand-over to the OS, how that grows with the entries, and how
long a machine is without an OS when active crashes. The picture brings its own background, for light and dark pages."""

import math
from xml.sax.saxutils import escape

from . import bench_figures as figures
from .bench_page import KINDS, NAMES

WIDTH, ROW, LEFT, RIGHT = 860, 24, 190, 70
GROWTH_HEIGHT = 200
# Where a panel's bars begin, and the width that their scale has.
SCALE = WIDTH - LEFT - RIGHT
ORDER = ("none", "floor", "driver", "net", "first", "entry", "type2", "guard")
LINES = (("none", "foreign"), ("floor", "foreign"), ("driver", "foreign"), ("none", "role"), ("floor", "role"), ("driver", "role"))

STYLE = """
svg{font-family:system-ui,-apple-system,"Segoe UI",Roboto,"Helvetica Neue",Arial,sans-serif;font-size:13px}
.card{fill:#fff;stroke:#d5dbe3}.ink{fill:#1c2633}.soft{fill:#5b6878}.axis{stroke:#d5dbe3;fill:none}
.title{font-size:15px;font-weight:650}.small{font-size:11px}.mid{text-anchor:middle}.end{text-anchor:end}
.b-other{fill:#aab4c2}.b-own{fill:#2f6fd0}.b-guard{fill:#c98a2b}
.l-none{stroke:#7c8898}.l-floor{stroke:#c98a2b}.l-driver{stroke:#2f6fd0}.line{fill:none;stroke-width:2.2}.role{stroke-dasharray:6 4}
@media(prefers-color-scheme:dark){.card{fill:#151b24;stroke:#364152}.ink{fill:#e8edf4}.soft{fill:#a3b0c0}.axis{stroke:#364152}
.b-other{fill:#667486}.b-own{fill:#5b95ee}.b-guard{fill:#dba24a}.l-none{stroke:#95a3b5}.l-floor{stroke:#dba24a}.l-driver{stroke:#5b95ee}}
"""


def picture(result):
    """The SVG text of RESULT."""
    rows = result["rows"]
    newest = [row["loader"] for row in rows if row["loader"]][-1]
    parts, y = [], 40
    for panel in (_boots(rows, newest, result["guard"]), _growth(rows, newest), _broken(rows, newest)):
        drawn, height = panel
        if not height:
            continue  # not measured
        parts.append(f'<g transform="translate(0,{y})">' + "\n".join(drawn) + "</g>")
        y += height + 34
    title = f"What Bootpilot costs: virtual time, systemd-boot {newest}"
    return "\n".join([
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {y}" width="{WIDTH}" height="{y}" role="img" '
        f'aria-labelledby="t"><title id="t">{escape(title)}</title>', f"<style>{STYLE.strip()}</style>",
        f'<rect class="card" x=".5" y=".5" width="{WIDTH - 1}" height="{y - 1}" rx="10"/>', *parts]) + "\n</svg>\n"


def _boots(rows, newest, guard):
    """Bars: from the hand-over to the OS."""
    bars = []
    for system in ORDER:
        row = next((row for row in rows if row["system"] == system and row["loader"] in (newest, None)
                    and row["kind"] is None and not row["broken"]), None)
        seconds = None if row is None else figures.since_handover(rows, row)
        if seconds is not None:
            told = f"EFI Boot Guard {guard}" if system == "guard" else NAMES.get(system, system)
            bars.append((told, seconds, f"{seconds:.2f} s", system))
    return _bars(f"From the firmware's hand-over to the OS, four entries, systemd-boot {newest}", bars)


def _broken(rows, newest):
    """Bars: from power-on to a working OS."""
    bars = []
    for row in rows:
        if row["broken"] == "crash" and row["loader"] in (newest, None):
            number = f"{row['resets']} reset" + ("s" if row["resets"] != 1 else "")
            told = f"{row['seconds']:.0f} s, {number}" if row["seconds"] is not None else "never"
            bars.append((NAMES.get(row["system"], row["system"]), row["seconds"] or 0, told, row["system"]))
    return _bars("From power-on to an OS that works, where active crashes each time", bars)


def _bars(title, bars):
    if not bars:
        return [], 0
    most = max((value for _, value, _, _ in bars), default=0) or 1
    parts = [_text(24, 0, title, "ink title")]
    for number, (name, value, told, system) in enumerate(bars):
        y = 14 + number * ROW
        width = value / most * (SCALE - 60)
        kind = "guard" if system == "guard" else "other" if system in ("none", "floor", "pinned") else "own"
        parts += [_text(LEFT - 12, y + 15, name, "ink end"),
                  f'<rect class="b-{kind}" x="{LEFT}" y="{y + 3}" width="{max(width, 1):.1f}" height="{ROW - 8}" rx="3"/>',
                  _text(LEFT + width + 8, y + 15, told, "soft")]
    return parts, 14 + len(bars) * ROW


def _growth(rows, newest):
    """Lines over the number of entries, both axes logarithmic."""
    drawn = {}
    for system, kind in LINES:
        some = [row for row in rows if row["system"] == system and not row["broken"] and row["loader"] == newest
                and row["kind"] in (None, kind)]
        points = [(row["entries"], figures.since_handover(rows, row)) for row in some]
        drawn[system, kind] = sorted(point for point in points if point[1])
    values = [value for points in drawn.values() for _, value in points]
    if not values:
        return [], 0
    low, high = 10 ** math.floor(math.log10(min(values))), 10 ** math.ceil(math.log10(max(values)))

    def at(entries, seconds):
        return (LEFT + (math.log(entries) - math.log(4)) / (math.log(1000) - math.log(4)) * (SCALE - 200),
                20 + GROWTH_HEIGHT * (1 - math.log(seconds / low) / math.log(high / low)))

    parts = [_text(24, 0, "How that grows with the number of entries", "ink title")]
    for entries in (4, 16, 64, 256, 1000):
        x, bottom = at(entries, low)
        parts += [f'<path class="axis" d="M{x:.1f},20 V{bottom:.1f}"/>', _text(x, bottom + 16, f"{entries:,}", "soft small mid")]
    step = low
    while step <= high * 1.01:
        x, y = at(4, step)
        parts += [f'<path class="axis" d="M{x},{y:.1f} H{at(1000, step)[0]:.1f}"/>', _text(x - 8, y + 4, f"{step:g} s", "soft small end")]
        step *= 10
    return parts + _curves(drawn, at), GROWTH_HEIGHT + 40


def _curves(drawn, at):
    parts, labels = [], []
    for (system, kind), points in drawn.items():
        if not points:
            continue
        path = " ".join(f"{x:.1f},{y:.1f}" for x, y in (at(*point) for point in points))
        parts.append(f'<path class="line l-{system}{" role" if kind == "role" else ""}" d="M{path}"/>')
        labels.append((at(*points[-1])[1], at(*points[-1])[0], f"{NAMES.get(system, system)}, {KINDS[kind]}"))
    y = 0
    for wanted, x, label in sorted(labels):  # one below the other, as near to the line's end as there is room
        y = max(wanted + 4, y + 15)
        parts.append(_text(x + 8, y, label, "ink small"))
    return parts


def _text(x, y, text, style):
    return f'<text class="{style}" x="{x:g}" y="{y:g}">{escape(text)}</text>'
