# SPDX-License-Identifier: Apache-2.0
"""How full the ESP is when power fails: it decides where the renamed entry's new name is written."""

import struct

from . import disk
from .machine import ENTRIES

ROLES = ("active", "passive", "recovery", "statereset")
SLOTS = disk.SECTOR // 32  # directory entries in a sector, which is a cluster here
NEW_NAME_SLOTS = 3  # active+2-1.conf: two parts of a long name and a short one
FILLER = r"\filler"


def few(machine, sorted_by_key=True):
    """One entry for each role: the old name and the new one lie in the same sector."""
    for turn, role in enumerate(ROLES):
        machine.entry(f"{role}+3.conf", sort_key=f"{turn + 1:04}" if sorted_by_key else None)


def eight(machine, sorted_by_key=True):
    """As many again without a role: the new name lies in another sector."""
    few(machine, sorted_by_key)
    for turn in range(len(ROLES)):
        machine.entry(f"maintenance_{turn + 1}.conf", sort_key="0009" if sorted_by_key else None)


def variants(machine):
    """Two entries for each role, as Kairos makes them of one more command line: active_extra stands in for active."""
    few(machine)
    for turn, role in enumerate(ROLES):
        machine.entry(f"{role}_extra+3.conf", sort_key=f"{turn + 1:04}")


def unsorted(machine):
    """As eight(), without sort-key and with `default`, as systems had them before 2026."""
    eight(machine, sorted_by_key=False)
    machine.loader_conf("timeout 0\ndefault active*\n")


def nearly_full(machine):
    """The directory is full to its last cluster, and one cluster is free: the new name just finds room."""
    _full(machine, 1)


def full(machine):
    """The directory is full to its last cluster, and no cluster is free: the new name finds no room."""
    _full(machine, 0)


def type2_few(machine):
    """The same with images in EFI\\Linux."""
    for turn, role in enumerate(ROLES):
        machine.uki(f"{role}+3.efi", id=f"{turn + 1:04}")


def type2_eight(machine):
    """The same with images in EFI\\Linux, the new name in another sector."""
    type2_few(machine)
    for turn in range(len(ROLES)):
        machine.uki(f"maintenance_{turn + 1}.efi", id="0009")


FILLS = {fill.__name__.replace("_", "-"): fill
         for fill in (few, eight, variants, unsorted, nearly_full, full, type2_few, type2_eight)}


def free_clusters(image):
    """The number of free clusters of the ESP in IMAGE, counted in its first FAT."""
    with open(image, "rb") as file:
        file.seek(disk.START[disk.ESP])
        boot = file.read(disk.SECTOR)
        sectors, per_cluster, reserved, fats = struct.unpack_from("<I", boot, 32)[0], boot[13], \
            struct.unpack_from("<H", boot, 14)[0], boot[16]
        fat_sectors, = struct.unpack_from("<I", boot, 36)
        clusters = (sectors - reserved - fats * fat_sectors) // per_cluster
        file.seek(disk.START[disk.ESP] + reserved * disk.SECTOR)
        fat = struct.unpack(f"<{clusters + 2}I", file.read(4 * (clusters + 2)))
    return sum(1 for cluster in fat[2:] if cluster & 0x0FFFFFFF == 0)


def _full(machine, clusters_left):
    eight(machine)
    number = 0
    while SLOTS - _slots(machine) % SLOTS >= NEW_NAME_SLOTS or _slots(machine) % SLOTS == 0:
        number += 1
        machine.disk.write(rf"{ENTRIES}\pad{number}.conf", b"title pad\nlinux /nothing.efi\n")
    machine.tell("works-unheard")  # its file must be there before the room is gone
    room = (free_clusters(machine.disk.path) - clusters_left) * disk.SECTOR
    machine.disk.write(FILLER, b"\xff" * room)
    left = free_clusters(machine.disk.path)
    if left != clusters_left:
        raise disk.DiskError(f"{machine.disk.path}: {left} free clusters, not {clusters_left}")


def _slots(machine):
    """Directory entries that the names in loader\\entries take: one short one each, and one for 13 letters."""
    names = machine.disk.names(ENTRIES)
    return 2 + sum(1 + -(-len(name) // 13) for name in names)
