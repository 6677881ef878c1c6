# SPDX-License-Identifier: Apache-2.0
"""What the benchmark measures: one Work for each figure."""

from .clocked import ROLES, Clocked, Large
from .guarded import Guarded

GUARD = "guard"
SYSTEMS = ("os", "none", "floor", "driver", "net", "entry", "type2", "first")
# Entries beside the four roles, by name. Those of "role" are variants of active, so each is opened by Bootpilot too.
CROWDS = {"foreign": "os{}.conf", "role": "active_{}.conf"}
GROWN = (16, 64, 256, 1000)  # entries, of which four are the roles
CROWDED = ("none", "floor", "driver", "entry")
# How active is broken: half of its image is missing; nothing is seen in its headers, but firmware refuses it; it crashes.
BREAKAGES = ("truncated", "unloadable", "crash")
MENDERS = ("none", "pinned", "driver", "net", "entry", "type2", "first")
# 258 and newer act otherwise where an image cannot be started, so one of the older ones is looked at too.
MENDED = {"257": ("none", "driver"), "newest": MENDERS}


class Work:
    """A figure to be had: LOADER, the SYSTEM that starts the OS, ENTRIES of which all but four are of a KIND, how active is
    BROKEN, REPEATS."""

    def __init__(self, loader, system, entries=4, kind=None, broken=None, repeats=1):
        self.loader, self.system, self.entries, self.kind = loader, system, entries, kind
        self.broken, self.repeats = broken, repeats

    def row(self):
        """What is known of it beforehand."""
        return {"loader": None if self.system == GUARD else self.loader.short(), "system": self.system,
                "entries": self.entries, "kind": self.kind, "broken": self.broken}

    def said(self):
        """In a few words."""
        return " ".join(str(word) for word in (self.loader.name, self.system, self.entries, self.kind, self.broken)
                        if word is not None)

    def machine(self, directory):
        """A machine to measure it with."""
        if self.system == GUARD:
            return Guarded(directory, self.loader, self.broken)
        if self.kind == "large":
            return Large(directory, self.loader, self.system)
        machine = Clocked(directory, self.loader, self.system, self.broken)
        if self.kind in CROWDS:
            machine.crowd(CROWDS[self.kind], self.entries - len(ROLES))
        return machine


def works_of(known, options):
    """Every Work that OPTIONS ask for, of the loaders KNOWN by name. Growth does not depend on the loader's version."""
    works, names = [], list(known)
    one = known[names[-1]]
    if "boot" in options.part:
        works += [Work(known[name], system, repeats=options.repeats) for name in names for system in SYSTEMS]
        works.append(Work(one, GUARD, repeats=options.repeats))
    if "growth" in options.part:
        works += [Work(one, system, entries, kind) for entries in GROWN for kind in CROWDS for system in CROWDED]
        works += [Work(one, system, kind="large") for system in ("os", *CROWDED)]
    if "broken" in options.part:
        works += [Work(known[name], system, broken=broken) for name in names for broken in BREAKAGES
                  for system in MENDED.get(name, ())]
        works += [Work(one, GUARD, broken=broken) for broken in BREAKAGES]
    return works
