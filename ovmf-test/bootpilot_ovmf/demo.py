# SPDX-License-Identifier: Apache-2.0
"""The command line of ovmf-test/demo: plays the story on a machine, tells it on the terminal, draws it."""

import argparse
import os
import shutil
import signal
import sys
import tempfile
import time

from . import timeline
from .berths import BERTHS
from .camera import Camera
from .disk import DiskError
from .loader_choice import DEFAULT, loader_choose
from .loaders import ALIASES, SUITES, Unavailable
from .machine import Machine
from .paths import OUT
from .qemu import QemuError, accelerator_find
from .story import GOOD, ROLES, STORY, Difference, Player
from .telling import Telling

DESCRIPTION = """Plays a whole life of a machine in QEMU: a good boot, an update that crashes, a worse one that breaks
everything, the automatic reset, and a good boot again. Every step is checked; the exit status is 0 if all came as it
must, 1 if something else happened, 2 if it could not begin. Writes out/demo/timeline.svg and out/demo/fallback.png."""

DIRECTORY = os.path.join(OUT, "demo")
TIMELINE, FALLBACK = (os.path.join(DIRECTORY, name) for name in ("timeline.svg", "fallback.png"))
CONFIGURATION = "reset-delay 2\nconsole all\n"
# Protecting its variables costs emulated firmware twice the time. The whole life must fit into five minutes.
SLOW_BOOT_S = 16
TAIL_LINES = 40


class TooSlow(Exception):
    """The first boot took so long that the whole story would take too long with Secure Boot."""


def main():
    """Exit status: see DESCRIPTION; 130 and 143 for an interrupt and a termination."""
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, lambda *_: sys.exit(143))  # so that everything is ended on the way out
    options = _options()
    telling = Telling()
    try:
        loader = loader_choose(options.version)
        os.makedirs(DIRECTORY, exist_ok=True)
        for picture in (TIMELINE, FALLBACK):  # those of an earlier life would be taken for this one's
            if os.path.exists(picture):
                os.unlink(picture)
        return _demo(options, loader, telling)
    except KeyboardInterrupt:
        telling.line("\nInterrupted.")
        return 130
    except (DiskError, QemuError, Unavailable, OSError, ValueError) as error:
        telling.clear()
        print(f"ovmf-test/demo: {error}", file=sys.stderr)
        return 2


def _options():
    parser = argparse.ArgumentParser(prog="ovmf-test/demo", description=DESCRIPTION)
    parser.add_argument("--berth", choices=[name for name in BERTHS if name != "none"], default="entry",
                        help="how Bootpilot is started (default: %(default)s, a boot entry of systemd-boot)")
    parser.add_argument("--version", choices=[*SUITES, *ALIASES],
                        help=f"which systemd-boot (default: {DEFAULT}, else what can be had)")
    parser.add_argument("--secure-boot", choices=["auto", "on", "off"], default="auto",
                        help="default: auto, on where this computer is fast enough for it")
    parser.add_argument("--keep", action="store_true", help="keep the machine's disk, variables and logs")
    return parser.parse_args()


def _demo(options, loader, telling):
    if options.secure_boot == "auto":
        try:
            return _live(options, loader, telling, True, SLOW_BOOT_S)
        except TooSlow:
            telling.line(f"A boot with Secure Boot takes more than {SLOW_BOOT_S} s here; once more without.")
    return _live(options, loader, telling, options.secure_boot == "on", None)


def _live(options, loader, telling, secure_boot, limit_s):
    """One life. With LIMIT_S, TooSlow if the first boot takes longer."""
    directory = tempfile.mkdtemp(prefix="machine-", dir=DIRECTORY)
    try:
        return _play(options, Machine(directory, loader, options.berth, secure_boot), telling, limit_s)
    finally:
        if options.keep and os.path.exists(os.path.join(directory, "disk.img")):
            telling.line(f"The machine is kept in {directory} (disk.img, vars.fd, a serial log for each boot).")
        else:
            shutil.rmtree(directory, ignore_errors=True)


def _play(options, machine, telling, limit_s):
    machine.configure(CONFIGURATION)
    facts = [f"systemd-boot {machine.loader.short()}", f"berth {options.berth}",
             f"Secure Boot {'on' if machine.secure_boot else 'off'}",
             "OVMF in QEMU" + (" with KVM" if accelerator_find() == "kvm" else ", emulated")]
    telling.opening(facts, CONFIGURATION)
    camera = Camera(FALLBACK)
    player = Player(machine, options.berth == "type2", telling.chapter, telling.start, telling.event)
    passives = [boot for chapter in STORY for boot in chapter.boots if boot.role == "passive"]

    def watch_of(boot, number):
        if number == 1 and limit_s:
            return lambda qemu: _hurry(qemu, limit_s)
        return camera if boot is passives[0] else None

    try:
        events = player.play(watch_of)
    except Difference as difference:
        tail = "\n".join("  | " + line for line in difference.tail.split("\n")[-TAIL_LINES:])
        telling.line(f"\nThis is not what must happen: {difference}\n{tail}")
        return 1
    return _end(events, facts, camera, telling, time.monotonic() - player.started)


def _hurry(machine, limit_s):
    if machine.seconds() > limit_s:
        raise TooSlow()


def _end(events, facts, camera, telling, seconds):
    last = events[-1]
    if (last.role, last.active, last.counters["active"]) != ("active", GOOD, GOOD):
        telling.line(f"\nThe life should end in active, good: it ended in {last.role}, {last.counters}.")
        return 1
    with open(TIMELINE, "w", encoding="utf-8") as file:
        file.write(timeline.draw(events, [chapter.title for chapter in STORY], ROLES, facts, seconds))
    telling.summary(events, seconds, float(os.environ.get("BOOTPILOT_DEMO_BUILD_S", 0)))
    telling.line(f"Pictures: {os.path.relpath(TIMELINE)}, " + (
        f"no photograph of the screen ({camera.problem})" if camera.problem else os.path.relpath(FALLBACK)))
    return 0


if __name__ == "__main__":
    sys.exit(main())
