# SPDX-License-Identifier: Apache-2.0
"""The command line of ovmf-test/run: which scenario on which systemd-boot in which berth, two machines at a time."""

import argparse
import concurrent.futures
import glob
import os
import shutil
import signal
import sys
import zlib

from . import paths, power
from .berths import BERTHS
from .judge import judge
from .loaders import ALIASES, SUITES, Unavailable, loader_get
from .qemu import QemuError, accelerator_find
from .scenario import VERSIONS, Scenario, ScenarioError

DESCRIPTION = """Plays scenarios on OVMF with the real systemd-boot. Without --all and --version, a scenario is played in each
of its berths with one systemd-boot, another one in each berth."""


def main():
    """Exit status: 0 all passed, 1 something failed, 2 it could not begin."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # so that every QEMU is ended on the way out
    options = _options()
    power.COLD = power.COLD or options.cold
    try:
        scenarios, long = _scenarios(options)
        wanted = _matrix(scenarios, options)
        loaders, skipped = _loaders({version for _, version, _ in wanted})
        print(f"systemd-boot {', '.join(loader.version for loader in loaders.values()) or 'none'}; "
              f"QEMU with {accelerator_find()}", flush=True)
    except (ScenarioError, QemuError, OSError) as error:
        print(f"ovmf-test/run: {error}", file=sys.stderr)
        return 2
    tasks = [(scenario, loaders[version], berth) for scenario, version, berth in wanted if version in loaders]
    passed, failed = _play(tasks, options)
    if long:
        skipped.append(f"skipped: of more than {options.boots} boots, in OVMF: {' '.join(scenario.name for scenario in long)}")
    for line in skipped:
        print(line)
    print(f"{passed} passed, {failed} failed")
    return 1 if failed else 0


def _options():
    parser = argparse.ArgumentParser(description=DESCRIPTION)
    parser.add_argument("scenario", nargs="*", help="files or names; all of tests/scenarios if none")
    parser.add_argument("--version", action="append", choices=[*SUITES, *ALIASES], help="only this systemd-boot")
    parser.add_argument("--berth", action="append", choices=list(BERTHS), help="only this berth; `none`: no Bootpilot")
    parser.add_argument("--all", action="store_true", help="with every systemd-boot that a scenario is true for")
    parser.add_argument("--any-berth", action="store_true", help="--berth also where the scenario does not name it")
    parser.add_argument("--boots", type=int, help="only scenarios of so many boots at the most")
    parser.add_argument("--jobs", type=int, default=min(2, os.cpu_count() or 1), help="machines at a time (%(default)s)")
    parser.add_argument("--cold", action="store_true", help="every power cycle begins at the reset vector")
    parser.add_argument("--keep", action="store_true", help="keep disks and logs of what passed, too")
    parser.add_argument("-v", "--verbose", action="store_true", help="a line for each boot")
    return parser.parse_args()


def _scenarios(options):
    """Those that are to be played, and those that are left out for their length."""
    files = []
    for name in options.scenario or [paths.SCENARIOS]:
        if os.path.isdir(name):
            files += sorted(glob.glob(os.path.join(name, "*.txt")))
        elif os.path.exists(name):
            files.append(name)
        else:
            files.append(os.path.join(paths.SCENARIOS, name.removesuffix(".txt") + ".txt"))
    scenarios = [Scenario(file) for file in files]
    scenarios = [scenario for scenario in scenarios if "ovmf" in scenario.judges]
    long = [scenario for scenario in scenarios if options.boots and _boots(scenario) > options.boots]
    return [scenario for scenario in scenarios if scenario not in long], long


def _boots(scenario):
    return sum(step.kind == "then" for step in scenario.steps)


def _matrix(scenarios, options):
    """(scenario, version, berth) for everything that is to be played, the longest first."""
    wanted = []
    for scenario in scenarios:
        named = scenario.versions or VERSIONS
        for turn, berth in enumerate(_berths(scenario, options)):
            if options.version:
                asked = {_alias(version) for version in options.version}
                versions = [version for version in named if _alias(version) in asked]
            elif options.all:
                versions = named
            else:  # by the name, so that a new scenario changes nothing for the others
                versions = [named[(zlib.crc32(scenario.name.encode()) + turn) % len(named)]]
            wanted += [(scenario, _alias(version), berth) for version in versions]
    return sorted(wanted, key=lambda task: -_boots(task[0]))


def _berths(scenario, options):
    if not options.berth:
        return scenario.berths
    return [berth for berth in options.berth if options.any_berth or berth == "none" or berth in scenario.berths]


def _alias(version):
    return ALIASES.get(version, version)


def _loaders(versions):
    """What can be had of VERSIONS, and a line for each that cannot."""
    loaders, skipped = {}, []
    for version in SUITES:
        if version in versions:
            try:
                loaders[version] = loader_get(version)
            except Unavailable as error:
                skipped.append(f"skipped: systemd-boot {version}: {error}")
    return loaders, skipped


def _play(tasks, options):
    passed = failed = 0
    with concurrent.futures.ThreadPoolExecutor(max_workers=max(1, options.jobs)) as pool:
        running = [pool.submit(_play_one, task, options) for task in tasks]
        try:
            for future in concurrent.futures.as_completed(running):
                text, good = future.result()
                print(text, flush=True)
                passed, failed = passed + good, failed + (not good)
        except BaseException:  # an interrupt: what has not begun shall not begin
            pool.shutdown(wait=False, cancel_futures=True)
            raise
    return passed, failed


def _play_one(task, options):
    scenario, loader, berth = task
    directory = os.path.join(paths.WORK, scenario.name, f"{loader.name}-{berth}")
    lines = []
    verdict = judge(scenario, loader, berth, directory, lines.append if options.verbose else None)
    good = verdict.reason is None
    if good and not options.keep:
        shutil.rmtree(directory, ignore_errors=True)
    return "\n".join([*lines, str(verdict)]), good
