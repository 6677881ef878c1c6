# SPDX-License-Identifier: Apache-2.0
"""The command line of ovmf-test/bench: plays the machines, prints the tables, writes out/bench.json and out/bench.svg."""

import argparse
import concurrent.futures
import hashlib
import json
import os
import shutil
import signal
import statistics
import sys
import time

from . import bench_page, bench_picture, bench_readme, bench_targets, clocked, guarded, loaders, paths, qemu
from .bench_work import works_of
from .disk import DiskError
from .loaders import ALIASES, SUITES

DESCRIPTION = """Measures in virtual time what Bootpilot adds to a boot: beside systemd-boot alone, beside a driver that knows the
answer, beside EFI Boot Guard, and with up to 1,000 entries. Also how long a machine whose active is broken takes until an OS
works. Fails where a target is missed. Everything is written to out/bench.json and drawn in out/bench.svg; figures that were left
out stay there as an earlier run of the same images has measured them."""
KEYS = ("loader", "system", "entries", "kind", "broken")
PARTS = ("boot", "growth", "broken")
RESULT = os.path.join(paths.OUT, "bench.json")
PICTURE = os.path.join(paths.OUT, "bench.svg")


def main():
    """Exit status: 0 all measured and every target met, 1 not so, 2 it could not begin."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # so that every QEMU is ended on the way out
    options = _options()
    if options.keep:
        with open(RESULT, encoding="utf-8") as file:
            bench_readme.keep(json.load(file))
        return 0
    begun = time.monotonic()
    try:
        known = {name: loaders.loader_get(name) for name in SUITES if name in options.version}
        guard = guarded.version_get()
    except (loaders.Unavailable, OSError) as error:
        print(f"ovmf-test/bench: {error}", file=sys.stderr)
        return 2
    works = [work for work in works_of(known, options) if not options.system or work.system in options.system]
    result = {"icount": clocked.ICOUNT, "guard": guard, "images": _images(), "rows": []}
    measured, failed = _play(works, options.jobs, result)
    rows = result["rows"]
    with open(PICTURE, "w", encoding="utf-8") as file:
        file.write(bench_picture.picture(result))
    print(bench_page.page(result), end="")
    missed = bench_targets.missed(rows)
    for line in missed:
        print(f"ovmf-test/bench: {line}", file=sys.stderr)
    print(f"{len(rows)} figures, {failed} could not be had, {len(missed)} targets missed; {time.monotonic() - begun:.0f} s")
    print(f"{measured} passed, {failed + len(missed)} failed")
    return 1 if failed or missed else 0


def _images():
    """What is measured, by name: the sum over each of Bootpilot's images."""
    return {os.path.basename(path): hashlib.sha256(paths.read(path, "run make")).hexdigest()
            for path in (paths.BOOTPILOT, paths.BOOTPILOT_DRIVER)}


def _with_earlier(rows, images):
    """ROWS, and what an earlier run has measured of the same IMAGES and this one has not: options may leave most of it out."""
    try:
        with open(RESULT, encoding="utf-8") as file:
            earlier = json.load(file)
    except (OSError, ValueError):
        return rows
    measured = [{key: row[key] for key in KEYS} for row in rows]
    every = rows + [row for row in earlier.get("rows", []) if earlier.get("images") == images
                    and {key: row.get(key) for key in KEYS} not in measured]
    return sorted(every, key=bench_page.place)


def _options():
    parser = argparse.ArgumentParser(description=DESCRIPTION)
    parser.add_argument("--version", action="append", choices=[*SUITES, *ALIASES], help="only this systemd-boot")
    parser.add_argument("--system", action="append", help="only this, as named in out/bench.json; os: no loader at all")
    parser.add_argument("--part", action="append", choices=PARTS, help="only this part")
    parser.add_argument("--repeats", type=int, default=3, help="boots for each figure of the first part (%(default)s)")
    parser.add_argument("--keep", action="store_true", help="measures nothing: out/bench.json becomes docs/bench.json, its "
                        "picture docs/bench.svg, its tables those of README.md")
    parser.add_argument("--jobs", type=int, default=2, help="machines at a time (%(default)s)")
    options = parser.parse_args()
    options.version = [ALIASES.get(version, version) for version in options.version or SUITES]
    options.part = options.part or PARTS
    return options


def _play(works, jobs, result):
    """Puts the rows of WORKS into RESULT, and that into its file each time, so that nothing is lost when it is interrupted.
    Returns how many there are, and how many could not be had."""
    rows, failed = [], 0
    result["rows"] = _with_earlier(rows, result["images"])
    with concurrent.futures.ThreadPoolExecutor(max(1, jobs)) as pool:
        running = {pool.submit(_measure, work): work for work in works}
        for future in _completed(pool, running):
            work = running[future]
            try:
                row = {**work.row(), **future.result()}
            except (DiskError, qemu.QemuError, OSError) as error:
                print(f"{work.said()}: {error}", file=sys.stderr)
                failed += 1
                continue
            if row["seconds"] is None and not work.broken:
                print(f"{work.said()}: no OS was started, it ended with {row['ended']}", file=sys.stderr)
                failed += 1
                continue
            rows.append(row)
            result["rows"] = _with_earlier(rows, result["images"])
            with open(RESULT, "w", encoding="utf-8") as file:
                json.dump(result, file, indent=1)
                file.write("\n")
            print(f"{work.said()}: {row['seconds']} s", file=sys.stderr, flush=True)
    return len(rows), failed


def _completed(pool, running):
    """Each of RUNNING when it is done. Interrupted, what was not begun never is."""
    try:
        yield from concurrent.futures.as_completed(running)
    finally:
        pool.shutdown(wait=False, cancel_futures=True)


def _measure(work):
    """The median of virtual seconds until an OS works, its spread, and the resets before."""
    machine = work.machine(os.path.join(paths.WORK, "bench", work.said().replace(" ", "-")))
    try:
        if work.broken:
            runs = [machine.run()]
        else:
            machine.settle()
            runs = [machine.run_settled() for _ in range(work.repeats)]
    finally:
        shutil.rmtree(machine.directory, ignore_errors=True)
    last, seconds = runs[-1], [run.seconds for run in runs]
    figures = {"seconds": None, "boots": len(runs), "spread": None, "resets": last.resets, "booted": None, "ended": last.ended}
    if None in seconds:
        return figures
    spread = round(max(seconds) - min(seconds), 4) if len(runs) > 1 else None
    return {**figures, "seconds": round(statistics.median(seconds), 4), "spread": spread, "booted": last.entry}
