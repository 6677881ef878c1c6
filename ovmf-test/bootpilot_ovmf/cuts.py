# SPDX-License-Identifier: Apache-2.0
"""The states in which a power cut may leave a disk or a flash, made from the writes that were taken down.

Four kinds, of which most are alike, so they are told apart by their contents:
    prefix     the first writes are there, the others are not
    torn       of one write of several sectors only the first ones are there, or only the last ones, or, if it changes few,
               any of them
    reordered  of the writes between two flushes any may be there: a disk with a volatile cache
"""

import itertools

from .journal import SECTOR

FEW_SECTORS = 4  # changed sectors of one write, of which every choice is tried: 16
FEW_WRITES = 5  # writes between two flushes, of which every choice is tried: 32


class State:
    """SECTORS (number to bytes) differ from the state before the boot; NAME says of which cut it is the first example."""

    def __init__(self, name, sectors):
        self.name, self.sectors = name, sectors

    def apply(self, path):
        """Writes the difference into the image file PATH."""
        with open(path, "r+b") as file:
            for number, data in self.sectors.items():
                file.seek(number * SECTOR)
                file.write(data)


class Cuts:
    """All states of an image with the contents BASE when WRITES were made to it. tried: how many there are; distinct: a
    list of those that differ, in the order in which they are met."""

    def __init__(self, base, writes, reordered=False, torn_most=None):
        """TORN_MOST: of a long write only so many cuts, spread evenly (None: every one)."""
        self.base, self.tried, self.distinct, self._known = base, 0, [], set()
        self._torn_most = torn_most
        overlay = {}
        self._add("before the first write", overlay)
        for number, write in enumerate(writes, 1):
            self._torn(f"write {number} of {len(writes)}", overlay, write)
            overlay = self._with(overlay, write.sectors())
            self._add(f"after write {number} of {len(writes)}", overlay)
        if reordered:
            self._reordered(writes)

    def _torn(self, name, overlay, write):
        sectors = write.sectors()
        if len(sectors) == 1:
            return
        changed = [pair for pair in sectors if self._now(overlay, pair[0]) != pair[1]]
        step = 1 if self._torn_most is None else max(1, len(sectors) // self._torn_most)
        for cut in range(1, len(sectors), step):
            self._add(f"{name}, the first {cut} of {len(sectors)} sectors", self._with(overlay, sectors[:cut]))
            self._add(f"{name}, all but the first {cut} of {len(sectors)} sectors", self._with(overlay, sectors[cut:]))
        if 2 < len(changed) <= FEW_SECTORS:
            for chosen in _choices(changed):
                self._add(f"{name}, sectors {_numbers(chosen)} only", self._with(overlay, chosen))

    def _reordered(self, writes):
        overlay, epoch = {}, []
        for number, write in enumerate([*writes, None], 1):
            if write is None or write.flushed:
                if len(epoch) <= FEW_WRITES:
                    for chosen in _choices(epoch):
                        sectors = [pair for _, member in chosen for pair in member.sectors()]
                        self._add(f"writes {_numbers(chosen)} only", self._with(overlay, sectors))
                for _, member in epoch:
                    overlay = self._with(overlay, member.sectors())
                epoch = []
            epoch.append((number, write))

    def _now(self, overlay, number):
        return overlay.get(number) or self.base[number * SECTOR:(number + 1) * SECTOR]

    def _with(self, overlay, sectors):
        """OVERLAY after SECTORS were written; what is as it was before the boot is left out."""
        result = dict(overlay)
        for number, data in sectors:
            if self.base[number * SECTOR:(number + 1) * SECTOR] == data:
                result.pop(number, None)
            else:
                result[number] = data
        return result

    def _add(self, name, sectors):
        self.tried += 1
        key = frozenset(sectors.items())
        if key not in self._known:
            self._known.add(key)
            self.distinct.append(State(name, sectors))


def _choices(items):
    """Every choice of ITEMS, in order of their number."""
    return itertools.chain.from_iterable(itertools.combinations(items, size) for size in range(len(items) + 1))


def _numbers(pairs):
    return " ".join(str(number) for number, _ in pairs) or "none"
