# SPDX-License-Identifier: Apache-2.0
"""Tells the demo's story on the terminal: a sentence before each chapter, a line for each boot, a summary."""

import os
import sys

from .story import GOOD, ROLES

GREEN, YELLOW, RED, MAGENTA, BOLD, DIM = "32", "33", "31", "35", "1", "2"
ROLE_COLOUR = {"active": GREEN, "passive": YELLOW, "recovery": MAGENTA, "reset": RED}
OUTCOME = {"works": ("\u2713", GREEN), "crashes": ("\u2717", RED), "reinstalls": ("\u21bb", MAGENTA)}
WIDTH, SAID = 9, 14  # of the columns: a role's counter, what happened


class Telling:
    """Colour only on a terminal and without NO_COLOR; signs beyond ASCII only where they can be shown."""

    def __init__(self, out=sys.stdout):
        self.out, self.terminal = out, out.isatty()
        self.colour = self.terminal and not os.environ.get("NO_COLOR")
        self.signs = "utf" in (out.encoding or "").lower()

    def line(self, text=""):
        """One line, whatever stood on the current one."""
        self.clear()
        self.out.write(text + "\n")
        self.out.flush()

    def clear(self):
        """Removes what start() has shown."""
        if self.terminal:
            self.out.write("\r\033[K")
            self.out.flush()

    def opening(self, facts, configuration):
        self.line(self._paint(BOLD, "Bootpilot plays a whole life: ") + ", ".join(facts))
        self.line(self._paint(DIM, "Configured for the demo: " + ", ".join(configuration.strip().split("\n"))
                              + "."))
        self.line(self._paint(DIM, "Counters are those in the file names after each boot: +left-done; good has none."))
        names = "".join(f"{role:<{WIDTH}}" for role in ROLES)
        self.line("\n" + self._paint(DIM, f"  time  boot  chosen    {'':<{SAID}}{names}because"))

    def chapter(self, number, chapter):
        self.line("\n" + self._paint(BOLD, f"{number}. {chapter.sentence}"))

    def start(self, number, at_s):
        """A boot begins; shown on a terminal only, until its line is complete."""
        if self.terminal:
            self.out.write(f"{clock(at_s):>6}  {number:4}  ...")
            self.out.flush()

    def event(self, event):
        role = self._paint(ROLE_COLOUR.get(event.role, BOLD), f"{event.role:<10}")
        counters = "".join(self._counter(event.counters[name]) for name in ROLES)
        sign, colour = OUTCOME.get(event.outcome, ("?", BOLD))
        outcome = f"{sign} {event.outcome}" if self.signs else event.outcome
        outcome = self._paint(colour, f"{outcome:<{SAID}}")
        self.line(f"{clock(event.at_s):>6}  {event.number:4}  {role}{outcome}{counters}{event.because}")

    def summary(self, events, seconds, build_s):
        """Counts from EVENTS, which all were as they must be."""
        falls, resets = fallbacks(events), sum(event.role == "reset" for event in events)
        count = {outcome: sum(event.outcome == outcome for event in events) for outcome in OUTCOME}
        last = events[-1]
        building = f", after {build_s:.0f} s for building" if build_s else ""
        self.line("\n" + self._paint(BOLD, "Every boot was as it must be."))
        self.line(f"{len(events)} boots in {seconds:.0f} s ({seconds / len(events):.1f} s each{building}): "
                  f"{count['works']} worked, {count['crashes']} crashed.")
        self.line(f"{falls} fallbacks, {resets} automatic reset{'s' * (resets != 1)}, and the OS ended in "
                  + self._paint(GREEN, f"{last.role}, {last.active}") + ".")

    def _counter(self, text):
        colour = GREEN if text == GOOD else RED if text.startswith("+0") else YELLOW
        return self._paint(colour, f"{text:<{WIDTH}}")

    def _paint(self, colour, text):
        return f"\033[{colour}m{text}\033[0m" if self.colour else text


def fallbacks(events):
    """How often a boot chose passive or recovery where the boot before had chosen something better."""
    ranks = [ROLES.index(event.role) for event in events if event.role in ROLES]
    return sum(before < after < ROLES.index("reset") for before, after in zip(ranks, ranks[1:]))


def clock(seconds):
    """0:07"""
    return f"{int(seconds) // 60}:{int(seconds) % 60:02}"
