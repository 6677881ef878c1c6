# SPDX-License-Identifier: Apache-2.0
"""The command line of ovmf-test/bench: plays the machines, prints the table, writes out/bench.json."""

import argparse
import concurrent.futures
import json
import os
import shutil
import signal
import statistics
import sys

from . import bench_page, clocked, loaders, paths, qemu
from .disk import DiskError
from .loaders import ALIASES, SUITES

DESCRIPTION = """Measures in virtual time what Bootpilot adds to a boot: beside systemd-boot alone, beside a driver that knows the
answer, and with up to 1,000 entries. Also how long a machine whose active is broken takes until an OS works. Everything
is written to out/bench.json."""
SYSTEMS = ("os", "none", "floor", "driver", "entry", "type2", "first", "net")
CROWDS = (16, 64, 256, 1000)  # entries, of which four have roles
CROWDED = ("none", "floor", "driver", "entry")
BREAKAGES = ("unloadable", "crash")
MENDERS = ("none", "driver", "entry", "type2", "first", "net")
RESULT = os.path.join(paths.OUT, "bench.json")


def main():
    """Exit status: 0 all measured, 1 something could not be, 2 it could not begin."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # so that every QEMU is ended on the way out
    options = _options()
    try:
        known = {name: loaders.loader_get(name) for name in SUITES if name in options.version}
    except (loaders.Unavailable, OSError) as error:
        print(f"ovmf-test/bench: {error}", file=sys.stderr)
        return 2
    tasks = [task for task in _tasks(list(known), options) if not options.system or task[1] in options.system]
    rows, failed = [], 0
    with concurrent.futures.ThreadPoolExecutor(max(1, options.jobs)) as pool:
        running = {pool.submit(_measure, known[version], *rest): (version, *rest) for version, *rest in tasks}
        for future in concurrent.futures.as_completed(running):
            version, system, broken, crowd, _ = running[future]
            try:
                row = {"loader": known[version].short(), "system": system, "broken": broken, "entries": crowd,
                       **future.result()}
            except (DiskError, qemu.QemuError, OSError) as error:
                print(f"{version} {system}: {error}", file=sys.stderr)
                failed += 1
                continue
            failed += row["seconds"] is None and broken is None
            rows.append(row)
            print(f"{row['loader']} {system} {broken or ''} {crowd}: {row['seconds']} s", file=sys.stderr, flush=True)
    rows.sort(key=lambda row: (row["loader"], row["broken"] or "", row["entries"], SYSTEMS.index(row["system"])))
    result = {"icount": clocked.ICOUNT, "rows": rows}
    with open(RESULT, "w", encoding="utf-8") as file:
        json.dump(result, file, indent=1)
        file.write("\n")
    print(bench_page.page(result), end="")
    return 1 if failed else 0


def _options():
    parser = argparse.ArgumentParser(description=DESCRIPTION)
    parser.add_argument("--version", action="append", choices=[*SUITES, *ALIASES], help="only this systemd-boot")
    parser.add_argument("--system", action="append", choices=SYSTEMS, help="only this; os: none, no loader at all")
    parser.add_argument("--part", action="append", choices=("boot", "growth", "broken"), help="only this part")
    parser.add_argument("--repeats", type=int, default=2, help="machines made anew for each figure of a boot (%(default)s)")
    parser.add_argument("--jobs", type=int, default=2, help="machines at a time (%(default)s)")
    options = parser.parse_args()
    options.version = [ALIASES.get(version, version) for version in options.version or SUITES]
    options.part = options.part or ["boot", "growth", "broken"]
    return options


def _tasks(versions, options):
    """(version, system, broken, entries, repeats) of every figure. Growth does not depend on the loader's version."""
    grown = versions[-1:]
    if "boot" in options.part:
        yield from ((version, system, None, 4, options.repeats) for version in versions for system in SYSTEMS)
    if "growth" in options.part:
        yield from ((version, system, None, crowd, 1) for version in grown for crowd in CROWDS for system in CROWDED)
    if "broken" in options.part:
        yield from ((version, system, broken, 4, 1) for version in versions for broken in BREAKAGES for system in MENDERS)


def _measure(loader, system, broken, entries, repeats):
    """The median of virtual seconds until an OS works, its spread, and the resets before."""
    runs = []
    for repeat in range(repeats):
        directory = os.path.join(paths.WORK, "bench", f"{loader.name}-{system}-{broken}-{entries}-{repeat}")
        machine = clocked.Clocked(directory, loader, system, broken)
        machine.crowd("os", entries - len(clocked.ROLES))
        runs.append(machine.run())
        shutil.rmtree(directory, ignore_errors=True)
    if any(run.seconds is None for run in runs):
        return {"seconds": None, "spread": None, "resets": runs[-1].resets, "entry": None, "ended": runs[-1].ended}
    seconds = [run.seconds for run in runs]
    return {"seconds": round(statistics.median(seconds), 4), "spread": round(max(seconds) - min(seconds), 4),
            "resets": runs[-1].resets, "entry": runs[-1].entry, "ended": runs[-1].ended}
