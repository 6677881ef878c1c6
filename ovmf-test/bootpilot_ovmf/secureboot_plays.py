# SPDX-License-Identifier: Apache-2.0
"""What is played with Secure Boot on, and what must come of it. A play is one machine; each of its cells is one situation on
that machine, from the same disk and the same variables, and one cell of the page."""

import shutil

from . import berths, nvram, paths
from . import secureboot_strict as strict
from .berths import OPTION_BOOTPILOT, OPTION_LOADER
from .machine import ENTRIES, TYPE2, Machine
from .qemu import QemuError
from .secureboot_record import RecordPlay
from .shim import DB, MOK, ShimMachine
from .tamper import FLIPPED, REVOKED, TRUNCATED, UNSIGNED, WAYS, revoke, tampered

PLACES = ("driver", "entry", "type2", "first", "net")
DRIVERS = ("driver", "net")  # shim's LoadImage gives memory of another kind, by which systemd-boot takes it for no driver
STRANDS = ("entry", "type2")  # systemd-boot gives up when its default entry is refused
NO_OS, ACTIVE, PASSIVE, RECOVERY = "no OS", "active", "passive", "recovery"
ALONE, PASSIVE_ALONE, RECOVERY_ALONE = (f"{role}, without Bootpilot" for role in (ACTIVE, PASSIVE, RECOVERY))
FAULT, PAGE_FAULT = "page fault", b"(#PF - Page-Fault)"  # what comes, and what firmware says before it stands still
LAPS = 6  # power cycles without an OS; more is an endless loop
RESETS_ITSELF = 258  # the first systemd-boot that does, where a counted image cannot be started

COPY = r"\EFI\bootpilot\bootpilot-netx64.efi"
OPTION_COPY, OPTION_RECOVERY = ("Bootpilot", COPY), ("Recovery", rf"{TYPE2}\recovery.efi")
ACTIVE_IMAGE = r"\EFI\test\active.efi"
WISH = "active recovery*"  # a configuration by which recovery would be started first


class Play:
    """MAKE(directory, loader) gives the Machine. CELLS: (table, row, column) -> (what must come, ARRANGE(machine)), which makes
    the situation."""

    def __init__(self, name, version, make, cells):
        self.name, self.version, self.make, self.cells = name, version, make, cells

    def run(self, directory, loader, wanted, took):
        """Plays the cells WANTED and gives each to TOOK(cell, what came)."""
        machine = self.make(directory, loader)
        machine.tell("works-unheard")
        kept = [(path, path + ".kept") for path in (machine.flash, machine.disk.path)]
        for path, copy in kept:
            shutil.copyfile(path, copy)
        for cell in wanted:
            for path, copy in kept:
                shutil.copyfile(copy, path)
            self.cells[cell][1](machine)
            took(cell, outcome(machine))


def outcome(machine):
    """Power cycles until an OS works or none can: `active`, `resets x1, passive`, `no OS`."""
    for lap in range(LAPS):
        result = machine.boot("works-unheard", watch=lambda qemu: PAGE_FAULT in qemu.serial())
        if result.ended == "reset" and not result.reports:
            continue
        if result.ended == "stopped":
            return FAULT
        if result.ended == "timeout":  # a crowded host, or a machine that hangs: in neither case an answer
            raise QemuError(f"the machine did not come to an end\n{result.serial}")
        image = (result.started or {}).get("image", "").rpartition("\\")[2]
        came = image.partition(".")[0] or NO_OS
        if came != NO_OS and not result.line:
            came += ", without Bootpilot"
        return (f"resets x{lap}, " if lap else "") + came
    return f"resets x{LAPS}, for ever"


def two_roles(machine):
    """active and passive, which plain systemd-boot would boot in this order; what came is the MACHINE."""
    machine.entry("active.conf", sort_key="0001")
    machine.entry("passive.conf", sort_key="0002")
    return machine


def spoil(machine, way, images):
    """Puts IMAGES, (path, bytes without signature), in their places, spoilt in the same WAY."""
    hashes = []
    for path, image in images:
        data, more = tampered(image, way, machine.images.signer)
        machine.disk.write(path, data, machine.images.mtime())
        hashes += more
    revoke(machine, hashes)


def own_images(machine):
    """Bootpilot's images of the MACHINE's berth, as they are before they are signed."""
    return [(path, paths.read(source, "run make")) for path, source in machine.berth.images.items()]


# --- Bootpilot's own image ------------------------------------------------------------------------------------------

def _own(berth, loader):
    cells = {}
    for way in WAYS:
        strands = berth in STRANDS and (berth, way) != ("type2", TRUNCATED)  # systemd-boot lists no image that it cannot read
        cells["own", way, berth] = (NO_OS if strands else ALONE,
                                    lambda machine, way=way: spoil(machine, way, own_images(machine)))
    return Play(f"own image, {berth}", loader.name, _signed(berth), cells)


def _signed(berth):
    return lambda directory, loader: two_roles(Machine(directory, loader, berth, secure_boot=True))


# --- What stands behind systemd-boot where Bootpilot is an entry ----------------------------------------------------

BEHIND = {
    "the entry's own file, as net": (OPTION_BOOTPILOT,),
    "another file, as net": (OPTION_COPY,),
    "another file, as net, and recovery's image": (OPTION_COPY, OPTION_RECOVERY),
}


def _behind(berth, loader):
    cells = {}
    for name, options in BEHIND.items():
        if berth == "type2" and OPTION_BOOTPILOT in options:
            options = (("Bootpilot", berths.TYPE2),)
        for way in (FLIPPED, REVOKED):
            wanted = (ACTIVE if OPTION_COPY in options and way == FLIPPED else
                      RECOVERY_ALONE if OPTION_RECOVERY in options else NO_OS)
            cells["behind", name, f"{berth}, {way}"] = wanted, _behind_arranged(options, way)

    def make(directory, loader):
        machine = two_roles(Machine(directory, loader, berth, secure_boot=True))
        machine.uki("recovery.efi", id="recovery")
        return machine

    return Play(f"behind systemd-boot, {berth}", loader.name, make, cells)


def _behind_arranged(options, way):
    def arrange(machine):
        images = own_images(machine)
        machine.boot_options((OPTION_LOADER, *options, berths.OPTION_WITNESS))
        machine.disk.write(COPY, machine.images.signer.sign(images[0][1]))
        spoil(machine, way, images)
    return arrange


# --- The OS's image -------------------------------------------------------------------------------------------------

OS_WAYS = tuple(way for way in WAYS if way != TRUNCATED)  # a file that is too short is seen before it is chosen


def _os(berth, loader):
    cells = {("os", f"{way}, good", berth): (NO_OS if berth == "driver" else PASSIVE, _os_arranged(way)) for way in OS_WAYS}
    wanted = "resets x1, passive" if loader.series >= RESETS_ITSELF else NO_OS if berth == "driver" else PASSIVE
    cells["os", f"{UNSIGNED}, one try left", berth] = wanted, _os_arranged(UNSIGNED, "active+1.conf")
    return Play(f"OS image, {berth}", loader.name, _signed(berth), cells)


def _os_arranged(way, name=None):
    def arrange(machine):
        if name:
            machine.disk.rename(rf"{ENTRIES}\active.conf", name)
        spoil(machine, way, [(ACTIVE_IMAGE, machine.images.testos)])
    return arrange


# --- Configuration from where anybody can write ---------------------------------------------------------------------

def _wishes(berth, loader, secure):
    state = "on" if secure else "off"
    cells = {("wishes", f"`bootpilot.cfg`, Secure Boot {state}", berth):
             (ACTIVE if secure else RECOVERY, lambda machine: machine.disk.write(berths.CONFIG, WISH.encode() + b"\n"))}
    if berth not in ("driver", "type2"):  # nobody can give those any load options
        cells["wishes", f"load options, Secure Boot {state}", berth] = (
            PASSIVE if berth == "net" else ACTIVE, lambda machine: _load_options(machine, berth))

    def make(directory, loader):
        machine = two_roles(Machine(directory, loader, berth, secure_boot=secure))
        machine.entry("recovery.conf", sort_key="0003")
        return machine

    return Play(f"configuration, {berth}, Secure Boot {state}", loader.name, make, cells)


def _load_options(machine, berth):
    if berth == "entry":
        machine.disk.write(berths.ENTRY_CONF, (machine.berth.files[berths.ENTRY_CONF] + f"options {WISH}\n").encode())
        return
    machine.boot_options([(*option, nvram.utf16(WISH)) if option == OPTION_BOOTPILOT else option
                          for option in machine.berth.options])
    if berth == "net":  # it decides only where an image cannot be started
        machine.image(ACTIVE_IMAGE, "unloadable")


# --- shim -----------------------------------------------------------------------------------------------------------

def _shim_db(berth, loader):
    return _shim(berth, DB, loader)


def _shim_mok(berth, loader):
    return _shim(berth, MOK, loader)


def _shim(berth, trust, loader):
    row = f"certificate in {trust}"
    cells = {
        ("shim", f"{row}; all in order, active exhausted", berth):
            (PASSIVE if berth not in DRIVERS else PASSIVE_ALONE,
             lambda machine: machine.disk.rename(rf"{ENTRIES}\active.conf", "active+0-3.conf")),
    }
    if trust == MOK:  # what shim alone vouches for, shim alone refuses
        cells["shim", f"{row}; active's image unsigned", berth] = (
            NO_OS if berth == "driver" else PASSIVE, lambda machine: machine.disk.write(ACTIVE_IMAGE, machine.images.testos))
        stops = berth in STRANDS or berth == "first"  # shim, started for it, says so and waits for a key
        cells["shim", f"{row}; Bootpilot's image unsigned", berth] = NO_OS if stops else ALONE, _shim_unsigned
    return Play(f"shim, {trust}, {berth}", loader.name,
                lambda directory, loader: two_roles(ShimMachine(directory, loader, berth, trust)), cells)


def _shim_unsigned(machine):
    for path, image in own_images(machine):
        machine.disk.write(path, image)


# --- Memory that is writable or executable, never both --------------------------------------------------------------

def _strict(berth, loader):
    wanted = {strict.AS_BUILT: ACTIVE, strict.NOT_COMPATIBLE: NO_OS if berth in STRANDS else ALONE, strict.NOT_EXECUTABLE: FAULT}
    cells = {("strict", what, berth): (wanted[what], _strict_arranged(spoilt)) for what, spoilt in strict.SPOILT.items()}
    return Play(f"strict memory, {berth}", loader.name,
                lambda directory, loader: two_roles(strict.StrictMachine(directory, loader, berth, DB)), cells)


def _strict_arranged(spoilt):
    def arrange(machine):
        for path, image in own_images(machine):
            machine.disk.write(path, machine.images.signer.sign(spoilt(image)), machine.images.mtime())
    return arrange


def plays_all(loaders):
    """Every Play on LOADERS, a dict of name -> Loader. A cross-section comes first: each cell with one systemd-boot, each of them
    in turn. Then what firmware refuses, with the others too; Type #2, which is an entry for that, and shim are played once."""
    known = list(loaders.values())
    plays = [RecordPlay(known[-1], secure) for secure in (True, False)]  # that has nothing to do with systemd-boot
    for at, berth in enumerate(PLACES):
        tables = [_own, _os, _shim_db, _shim_mok] + ([_behind] if berth in STRANDS else [])
        plays += [table(berth, known[(at + number) % len(known)]) for number, table in enumerate(tables)]
        plays += [_wishes(berth, known[at % len(known)], secure) for secure in (True, False)]
        plays += [_strict(berth, known[-1])] if berth in strict.BERTHS else []
    for turn in range(1, len(known)):
        for at, berth in enumerate(PLACES):
            if berth != "type2":
                plays += [table(berth, known[(turn + at + number) % len(known)]) for number, table in enumerate((_own, _os))]
    return plays
