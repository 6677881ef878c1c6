# SPDX-License-Identifier: Apache-2.0
"""Draws what has happened: a lane for each role, a mark for each boot. The picture brings its own background, so it can
be read on a light and on a dark page."""

from xml.sax.saxutils import escape

LEFT, TOP, LANE, STEP, RADIUS = 134, 84, 46, 56, 13
RIGHT, BOTTOM = 24, 78
LABEL = {"reset": "automatic reset"}

# d of a path around (0, 0)
SIGNS = {"works": "M-5.5,.5 -1.8,4.5 5.5,-4.5", "crashes": "M-4.5,-4.5 4.5,4.5 M4.5,-4.5 -4.5,4.5",
         "reinstalls": "M4.2,-3.6 A5.6,5.6 0 1 0 5.6,0.6 M5.2,-7 V-2.8 H1"}
MEANING = {"works": "the OS works", "crashes": "it crashes", "reinstalls": "it reinstalls the machine"}

STYLE = """
svg{font-family:system-ui,-apple-system,"Segoe UI",Roboto,"Helvetica Neue",Arial,sans-serif;font-size:13px}
.card{fill:#fff;stroke:#d5dbe3}.band{fill:#f3f6fa}.ink{fill:#1c2633}.soft{fill:#5b6878}.lane{stroke:#d5dbe3}
.way{fill:none;stroke:#8b98a9;stroke-width:2}.title{font-size:17px;font-weight:650}.chapter{font-weight:600}
.small{font-size:11px}.mid{text-anchor:middle}.end{text-anchor:end}.halo{stroke:#f3f6fa;stroke-width:4;paint-order:stroke;stroke-linejoin:round}
.works{fill:#1f8a4c}.crashes{fill:#c93a3a}.reinstalls{fill:#6b4fc4}
.sign{fill:none;stroke:#fff;stroke-width:2.2;stroke-linecap:round;stroke-linejoin:round}
@media(prefers-color-scheme:dark){.card{fill:#151b24;stroke:#364152}.band{fill:#1c2430}.ink{fill:#e8edf4}.soft{fill:#a3b0c0}
.lane{stroke:#364152}.way{stroke:#77859a}.halo{stroke:#1c2430}.works{fill:#2f9e5d}.crashes{fill:#d85050}.reinstalls{fill:#8468dd}}
"""


def draw(events, chapters, roles, facts, seconds):
    """The SVG text. EVENTS as story.Event; CHAPTERS: titles; ROLES: lanes from the top; FACTS: what it was played on."""
    width = LEFT + STEP * len(events) + RIGHT
    height = TOP + LANE * len(roles) + BOTTOM
    points = [(LEFT + STEP * (i + 0.5), TOP + LANE * (roles.index(event.role) + 0.5)) for i, event in enumerate(events)]
    title = f"A whole life in {len(events)} boots"
    parts = [f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" height="{height}" '
             f'role="img" aria-labelledby="t d"><title id="t">{title}</title><desc id="d">{escape(_story(events))}</desc>',
             f"<style>{STYLE.strip()}</style>",
             f'<rect class="card" x=".5" y=".5" width="{width - 1}" height="{height - 1}" rx="10"/>',
             _text(24, 33, title, "ink title"),
             _text(width - 24, 33, ", ".join([*facts, f"{seconds:.0f} s"]), "soft small end")]
    parts += _bands(events, chapters, TOP + LANE * len(roles) + 28)
    parts += _lanes(roles, width)
    parts.append('<path class="way" d="M' + " ".join(f"{x:g},{y:g}" for x, y in points) + '"/>')
    parts += [_mark(event, x, y) for event, (x, y) in zip(events, points)]
    parts += [_text(x, TOP + LANE * len(roles) + 20, str(event.number), "soft small mid")
              for event, (x, _) in zip(events, points)]
    parts += _legend(height - 20, width)
    return "\n".join(parts) + "\n</svg>\n"


def _bands(events, chapters, bottom):
    """Behind the boots of each chapter a band with its title."""
    parts = []
    for number, name in enumerate(chapters, 1):
        own = [i for i, event in enumerate(events) if event.chapter == number]
        if own:
            x, across = LEFT + STEP * own[0] + 2, STEP * len(own) - 4
            parts.append(f'<rect class="band" x="{x}" y="52" width="{across}" height="{bottom - 52}" rx="6"/>')
            parts.append(_text(x + across / 2, 71, name, "ink chapter mid"))
    return parts


def _lanes(roles, width):
    parts = []
    for i, role in enumerate(roles):
        y = TOP + LANE * (i + 0.5)
        parts.append(f'<path class="lane" d="M{LEFT - 6},{y:g} H{width - RIGHT}"/>')
        parts.append(_text(LEFT - 14, y + 4.5, LABEL.get(role, role), "ink end"))
    return parts


def _mark(event, x, y):
    """One boot: its sign, and below it what the entry's name says afterwards."""
    after = event.counters[event.role]
    told = f"boot {event.number}: {event.role}, {event.because}; {MEANING.get(event.outcome, event.outcome)}"
    return (f'<g transform="translate({x:g},{y:g})"><title>{escape(told)}</title>'
            f'<circle class="{event.outcome}" r="{RADIUS}"/><path class="sign" d="{SIGNS.get(event.outcome, "")}"/>'
            f'{_text(0, 26, after, "ink small mid halo")}</g>')


def _legend(y, width):
    parts, x = [], 24
    for outcome, meaning in MEANING.items():
        parts.append(f'<g transform="translate({x + 9},{y - 4}) scale(.7)"><circle class="{outcome}" r="{RADIUS}"/>'
                     f'<path class="sign" d="{SIGNS[outcome]}"/></g>{_text(x + 24, y, meaning, "soft small")}')
        x += 40 + len(meaning) * 6
    parts.append(_text(width - 24, y, "+left-done: the counter in the entry's file name; good: none", "soft small end"))
    return parts


def _text(x, y, text, style):
    return f'<text class="{style}" x="{x:g}" y="{y:g}">{escape(text)}</text>'


def _story(events):
    return "; ".join(f"{event.role} {event.outcome}" for event in events)
