# SPDX-License-Identifier: Apache-2.0
"""The command line of ovmf-test/compare: plays what can be compared, keeps what came of it, and writes the page."""

import argparse
import concurrent.futures
import hashlib
import json
import os
import shutil
import signal
import sys

from . import comparison_page, loaders, paths, qemu
from .comparable import comparable_all
from .disk import DiskError
from .life import life_play
from .loaders import ALIASES, SUITES
from .scenario import VERSIONS, ScenarioError

DESCRIPTION = """Plays scenarios with plain systemd-boot of every version and with Bootpilot, and writes COMPARISON.md. With names or
--version only those are played, and the page goes to standard output. What was measured before is kept in out/ and not
played again as long as its images, its scenario and the player are the same."""
PAGE = os.path.join(paths.REPOSITORY, "ovmf-test", "COMPARISON.md")
KEPT = os.path.join(paths.OUT, "comparison")  # what was measured, by all that it depends on
PLAIN, BOOTPILOT = "none", "net"  # berths; the second is the recommended one, driver and net


def main():
    """Exit status: 0 all measured, 1 something could not be, 2 it could not begin."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # so that every QEMU is ended on the way out
    options = _options()
    try:
        scenarios = [scenario for scenario in comparable_all() if not options.scenario or scenario.name in options.scenario]
        unknown = set(options.scenario) - {scenario.name for scenario in scenarios}
        if unknown:
            raise ScenarioError(f"{', '.join(sorted(unknown))}: no scenario that plain systemd-boot can play")
        results = _measure(scenarios, options)
    except (ScenarioError, loaders.Unavailable, qemu.QemuError, OSError) as error:
        print(f"ovmf-test/compare: {error}", file=sys.stderr)
        return 2
    return _write(scenarios, results, options)


def _options():
    parser = argparse.ArgumentParser(description=DESCRIPTION)
    parser.add_argument("scenario", nargs="*", help="names; every scenario that plain systemd-boot can play if none")
    parser.add_argument("--version", action="append", choices=[*SUITES, *ALIASES], help="only this systemd-boot")
    parser.add_argument("--jobs", type=int, default=3, help="machines at a time (%(default)s)")
    parser.add_argument("--kept", action="store_true", help="play nothing: a page of what was measured before")
    parser.add_argument("--fresh", action="store_true", help="play also what was measured before and has not changed")
    options = parser.parse_args()
    options.version = [ALIASES.get(version, version) for version in options.version or SUITES]
    options.scenario = [os.path.basename(name).removesuffix(".txt") for name in options.scenario]
    return options


def _measure(scenarios, options):
    """Everything that the page is made of: exact versions, and a life for each scenario, systemd-boot and berth."""
    known = {name: loaders.loader_get(name) for name in SUITES if name in options.version}
    tasks = []
    for scenario in scenarios:
        named = [ALIASES.get(version, version) for version in scenario.versions or VERSIONS]
        versions = [version for version in named if version in known]
        tasks += [(scenario, known[version], PLAIN) for version in versions]
        tasks += [(scenario, known[version], BOOTPILOT) for version in versions[-1:]]
    tasks.sort(key=lambda task: (-task[1].series, -sum(step.kind == "then" for step in task[0].steps)))
    lives = {}
    with concurrent.futures.ThreadPoolExecutor(max(1, options.jobs)) as pool:
        running = {pool.submit(_life, *task, options): task for task in tasks}
        try:
            for future in concurrent.futures.as_completed(running):
                scenario, loader, berth = running[future]
                life = future.result()
                if life is not None:
                    lives.setdefault(scenario.name, {}).setdefault(berth, {})[loader.name] = life
                    print(f"{scenario.name} {loader.short()} {berth}: {comparison_page.life_text(life)}",
                          file=sys.stderr, flush=True)
        except BaseException:  # an interrupt: what has not begun shall not begin
            pool.shutdown(wait=False, cancel_futures=True)
            raise
    return {"versions": {name: loader.version for name, loader in known.items()},
            "surroundings": comparison_page.surroundings(), "lives": lives}


def _life(scenario, loader, berth, options):
    """The life as the page wants it; played, unless that was done before with the same images, scenario and player. None
    if nothing shall be played."""
    parts = [scenario.path, loader.path, paths.TESTOS, qemu.Firmware().code]
    parts += [os.path.join(os.path.dirname(__file__), name) for name in ("comparable.py", "life.py")]
    parts += [paths.BOOTPILOT, paths.BOOTPILOT_DRIVER] if berth == BOOTPILOT else []
    key = hashlib.sha256(b"".join(hashlib.sha256(paths.read(part, "run make all testos")).digest() for part in parts)).hexdigest()
    path = os.path.join(KEPT, f"{scenario.name}-{loader.name}-{berth}.json")
    if not options.fresh and os.path.exists(path):
        with open(path, encoding="utf-8") as file:
            kept = json.load(file)
        if kept["key"] == key:
            return kept["life"]
    if options.kept:
        return None
    life = _play(scenario, loader, berth)
    if life["end"] != "error":
        os.makedirs(KEPT, exist_ok=True)
        with open(path, "w", encoding="utf-8") as file:
            json.dump({"key": key, "life": life}, file)
    return life


def _play(scenario, loader, berth):
    directory = os.path.join(paths.WORK, "compare", scenario.name, f"{loader.name}-{berth}")
    try:
        life = life_play(scenario, loader, berth, directory)
    except (DiskError, qemu.QemuError, OSError, ValueError, TypeError) as error:
        return {"boots": [], "end": "error", "error": str(error)}
    if any(boot.end == "timeout" for boot in life.boots):
        return {"boots": [], "end": "error", "error": f"a boot did not come to an end; kept in {directory}"}
    shutil.rmtree(directory, ignore_errors=True)
    return {"boots": [vars(boot) for boot in life.boots], "end": life.end}


def _write(scenarios, results, options):
    failed = [f"{name} {version} {berth}: {life['error']}" for name, by_berth in sorted(results["lives"].items())
              for berth, by_version in by_berth.items() for version, life in by_version.items() if life["end"] == "error"]
    print("\n".join(failed), file=sys.stderr, end="\n" if failed else "")
    whole = not options.scenario and options.version == list(SUITES)
    page = comparison_page.page(scenarios, results)
    if whole and not failed:
        with open(PAGE, "w", encoding="utf-8") as file:
            file.write(page)
    else:
        print(page)
    lives = sum(len(by_version) for by_berth in results["lives"].values() for by_version in by_berth.values())
    print(f"{lives - len(failed)} passed, {len(failed)} failed", file=sys.stderr)
    return 1 if failed else 0
