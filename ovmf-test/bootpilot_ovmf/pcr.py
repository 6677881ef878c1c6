# SPDX-License-Identifier: Apache-2.0
"""The command line of ovmf-test/pcr: boots with and without Bootpilot on a machine with a TPM, and compares the PCRs."""

import argparse
import concurrent.futures
import hashlib
import json
import os
import shutil
import signal
import sys

from . import paths, pcrpage, qemu, seal, stub
from .disk import DiskError
from .eventlog import LogError
from .loaders import SUITES, Unavailable, loader_get
from .measured import MeasuredError, MeasuredMachine
from .pcrcases import CASES, SHORT, Row, compare
from .tpm import TpmError

DESCRIPTION = """Boots each systemd-boot on a machine with a TPM and Secure Boot, without Bootpilot and with it in each berth, and
compares PCR 0 to 15. A secret sealed to PCR 7 and 11 before must come out after. Without --all: what takes a minute."""

SHORT_VERSIONS = ("252", "newest")
PAGE = os.path.join(paths.REPOSITORY, "ovmf-test", "PCR.md")
KEPT = os.path.join(paths.OUT, "pcr")
EXPECTED = (DiskError, LogError, MeasuredError, TpmError, qemu.QemuError, OSError, ValueError)
# What the rows depend on, beside systemd-boot, its stub and the firmware.
PARTS = (paths.TESTOS, paths.BOOTPILOT, paths.BOOTPILOT_DRIVER,
         *(os.path.join(os.path.dirname(os.path.abspath(__file__)), name)
           for name in ("measured.py", "eventlog.py", "seal.py", "stub.py", "tpm.py")))


def main():
    """Exit status: 0 all passed, 1 something failed."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # so that QEMU and swtpm are ended on the way out
    options = _options()
    cases = CASES if options.all else [case for case in CASES if case.name in SHORT]
    print(pcrpage.LINE_HEAD, flush=True)
    with concurrent.futures.ThreadPoolExecutor(max(1, options.jobs)) as pool:
        try:
            loaders = [loader for loader in map(_loader, options.version) if loader is not None]
            wanted = [(loader, case) for loader in loaders for case in cases]
            found = {} if options.fresh else {pair: row for pair in wanted if (row := _read(*pair)) is not None}
            missing = [pair for pair in wanted if pair not in found and not options.kept]
            needed = list(dict.fromkeys(loader for loader, _ in missing))
            bases = dict(zip(needed, pool.map(_base, needed)))
            played = pool.map(lambda pair: bases[pair[0]] and _play(bases[pair[0]], *pair), missing)
            found.update(zip(missing, played))
        except BaseException:  # an interrupt: what has not begun shall not begin
            pool.shutdown(wait=False, cancel_futures=True)
            raise
    if options.all and len(loaders) == len(SUITES):
        with open(PAGE, "w", encoding="utf-8") as file:
            file.write(pcrpage.page(loaders, [row for row in found.values() if row is not None]))
    rows = [found[pair] for pair in wanted if pair in found]
    passed = sum(row is not None and not row.faults() for row in rows)
    print(pcrpage.LEGEND)
    print(f"{passed} passed, {len(rows) - passed} failed")
    return int(passed != len(rows))


def _options():
    parser = argparse.ArgumentParser(description=DESCRIPTION)
    parser.add_argument("--all", action="store_true", help="every version, berth and setting; writes ovmf-test/PCR.md")
    parser.add_argument("--version", nargs="+", choices=list(SUITES), help="only these")
    parser.add_argument("--fresh", action="store_true", help="measure again what was measured before of the same images")
    parser.add_argument("--kept", action="store_true", help="measure nothing: the page has a ? where nothing was measured yet")
    parser.add_argument("--jobs", type=int, default=min(2, os.cpu_count() or 1), help="machines at a time (%(default)s)")
    options = parser.parse_args()
    options.version = options.version or (list(SUITES) if options.all else list(SHORT_VERSIONS))
    return options


class Base:
    """A machine without Bootpilot, and the boot that the others are compared with, to whose PCRs the secret is sealed."""

    def __init__(self, loader):
        self.directory = os.path.join(paths.WORK, "pcr", loader.name)
        self.machine = MeasuredMachine(os.path.join(self.directory, "without"), loader)
        self.boot = self.machine.measured()
        seal.seal(self.machine.tpm)
        self.machine.tpm.stop()


def _loader(name):
    """The Loader NAME, its stub being there too; None, said aloud, if it cannot be had."""
    try:
        stub.stub_get(name)
        return loader_get(name)
    except Unavailable as error:
        print(f"skipped: systemd-boot {name}: {error}", flush=True)
        return None


def _base(loader):
    """The Base of LOADER, or None."""
    try:
        return Base(loader)
    except EXPECTED as error:
        print(f"FAIL {loader.short()}: {error}", flush=True)
        return None


def _play(base, loader, case):
    """The Row of CASE, printed and kept; None if it cannot be played."""
    place = os.path.join(base.directory, f"with-{CASES.index(case)}")
    copy = base.machine.copied(place)
    try:
        row = Row(case, loader, compare(base.boot, case.play(copy), seal.unseals(copy.tpm)))
    except EXPECTED as error:
        print(f"FAIL {loader.short()} {case.name}: {error}", flush=True)
        return None
    finally:
        copy.tpm.stop()
    print(pcrpage.line(row), flush=True)
    _write(row)
    if not row.faults():
        shutil.rmtree(place, ignore_errors=True)
    return row


def _key(loader):
    parts = (loader.path, stub.path_of(loader.name), qemu.Firmware(secure_boot=True).code, *PARTS)
    return hashlib.sha256(b"".join(hashlib.sha256(paths.read(part, "run make all testos")).digest() for part in parts)).hexdigest()


def _path(case, loader):
    return os.path.join(KEPT, f"{loader.name}-{CASES.index(case)}.json")


def _read(loader, case):
    """The Row that was kept, printed, or None."""
    try:
        with open(_path(case, loader), encoding="utf-8") as file:
            found = json.load(file)
    except FileNotFoundError:
        return None
    if (found["key"], found["case"]) != (_key(loader), case.name):
        return None
    row = Row(case, loader, found["seen"])
    print(pcrpage.line(row), flush=True)
    return row


def _write(row):
    os.makedirs(KEPT, exist_ok=True)
    with open(_path(row.case, row.loader), "w", encoding="utf-8") as file:
        json.dump({"key": _key(row.loader), "case": row.case.name, "seen": row.seen}, file)
