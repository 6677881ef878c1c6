# SPDX-License-Identifier: Apache-2.0
"""The command line of ovmf-test/secure-boot: plays, compares with what must come, and writes the page."""

import argparse
import concurrent.futures
import os
import shutil
import signal
import sys

from . import loaders, paths, qemu
from .disk import DiskError
from .loaders import ALIASES, SUITES
from .secureboot_kept import Kept
from .secureboot_page import page_write
from .secureboot_plays import plays_all
from .secureboot_short import in_short

DESCRIPTION = """Plays what Secure Boot refuses, with every systemd-boot and in every berth, asserts what must come of it and writes
SECURE-BOOT.md. With names, --version or --short only a part is played, and the page is left alone. What was measured before is
kept in out/ and not played again as long as the images and the player are the same."""


def main():
    """Exit status: 0 everything is as it must be, 1 something is not, 2 it could not begin."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # so that every QEMU is ended on the way out
    options = _options()
    try:
        known = {name: loaders.loader_get(name) for name in SUITES if name in options.version}
        plays = plays_all(known)
        results = {play: Kept(play, known[play.version], options.fresh) for play in plays}
        tally = _Tally(known, options.verbose)
        _play_all(plays, results, known, options, tally)
        if not (options.play or options.short or tally.failed) and options.version == list(SUITES):
            page_write(plays, results, known)
    except (loaders.Unavailable, qemu.QemuError, OSError) as error:
        print(f"ovmf-test/secure-boot: {error}", file=sys.stderr)
        return 2
    print(f"{tally.passed} passed, {tally.failed} failed")
    return 1 if tally.failed else 0


def _options():
    parser = argparse.ArgumentParser(description=DESCRIPTION)
    parser.add_argument("play", nargs="*", help="how the names of plays begin (`shim`, `own image, entry`); all if none")
    parser.add_argument("--version", action="append", choices=[*SUITES, *ALIASES], help="only this systemd-boot")
    parser.add_argument("--short", action="store_true", help="a few of the most telling cells, on the newest systemd-boot")
    parser.add_argument("--jobs", type=int, default=2, help="machines at a time (%(default)s)")
    parser.add_argument("--kept", action="store_true", help="play nothing: the page of what was measured before")
    parser.add_argument("--fresh", action="store_true", help="play also what was measured before and has not changed")
    parser.add_argument("-v", "--verbose", action="store_true", help="a line for each cell")
    options = parser.parse_args()
    options.fresh = options.fresh or options.short
    options.version = [ALIASES.get(version, version) for version in options.version or (["newest"] if options.short else SUITES)]
    return options


class _Tally:
    """Compares what came with what must come."""

    def __init__(self, known, verbose):
        self.known, self.verbose, self.passed, self.failed = known, verbose, 0, 0

    def add(self, play, cell, came):
        wanted = play.cells[cell][0]
        good = came == wanted
        self.passed, self.failed = self.passed + good, self.failed + (not good)
        if self.verbose or not good:
            print(f"{'ok  ' if good else 'FAIL'} {self.known[play.version].short():7} {'; '.join(cell)}: {came}"
                  + ("" if good else f"; it must be: {wanted}"), flush=True)


def _play_all(plays, results, known, options, tally):
    tasks = []
    for play in plays:
        if options.play and not any(play.name.startswith(name) for name in options.play):
            continue
        cells = [cell for cell in play.cells if not options.short or in_short(cell)]
        for cell in cells:
            if cell in results[play].cells:
                tally.add(play, cell, results[play].cells[cell])
        wanted = [cell for cell in cells if cell not in results[play].cells]
        if wanted and not options.kept:
            tasks.append((play, wanted))
    with concurrent.futures.ThreadPoolExecutor(max(1, options.jobs)) as pool:
        running = [pool.submit(_measure, *task, results, known, tally) for task in tasks]
        try:
            for future in concurrent.futures.as_completed(running):
                future.result()
        except BaseException:  # an interrupt: what has not begun shall not begin
            pool.shutdown(wait=False, cancel_futures=True)
            raise


def _measure(play, wanted, results, known, tally):
    kept, done = results[play], set()
    directory = os.path.join(paths.WORK, "secure-boot", f"{kept.name}-{id(wanted):x}")

    def took(cell, came):
        done.add(cell)
        kept.add(cell, came)
        tally.add(play, cell, came)

    try:
        play.run(directory, known[play.version], wanted, took)
    except (DiskError, qemu.QemuError, OSError, ValueError, RuntimeError) as error:
        for cell in wanted:
            if cell not in done:
                tally.add(play, cell, f"not played: {error}")
        return
    if all(kept.cells[cell] == play.cells[cell][0] for cell in wanted):
        shutil.rmtree(directory, ignore_errors=True)
