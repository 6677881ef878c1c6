# SPDX-License-Identifier: Apache-2.0
"""Writes ovmf-test/SECURE-BOOT.md from what was measured. Nothing in its tables is typed in by hand."""

import os

from . import paths
from .comparison_page import surroundings
from .loaders import shim_get

PAGE = os.path.join(paths.REPOSITORY, "ovmf-test", "SECURE-BOOT.md")
NOT_MEASURED = "?"
NAMELESS = ("wishes", "record", "strict")  # tables whose text says which systemd-boot it was

HEAD = """<!-- SPDX-License-Identifier: Apache-2.0 -->
# Bootpilot and Secure Boot

Every cell was measured, and is asserted, by

    ./ovmf-test/secure-boot

on the real systemd-boot and the real firmware (OVMF in QEMU, its variables guarded by system management mode, Debian's snakeoil key in db).
The page is written anew, byte for byte the same, as long as nothing changes.

| | |
|---|---|
{surroundings}

**The machine.** Two OSes, active and passive, in this order for plain systemd-boot, both good unless a row says otherwise; in berth `net`
the driver and the net. The last boot option of the firmware is a witness that tells when nothing else was left.

**A cell** is what was started in one power cycle. `no OS`: systemd-boot gave up and no boot option behind it had an OS: network, shell,
setup. `resets x1, passive`: one power cycle in which systemd-boot reset the machine by itself, then passive. A cell holds for every
systemd-boot above, or names those that it was measured with. The command plays what is refused with each of them (Type #2, which is an
entry for that, with one), the rest with one. `?`: not measured yet, `-`: there is no such thing. Measured: {measured} of {situations}
situations (a cell with one systemd-boot).
"""

# table -> title, what is said above it and below it
TABLES = {
    "own": ("Bootpilot's own image is refused", """
Rows: what is wrong with its files (in berth net with both of them).""", """
As a **driver**, **first** and **net** it is passed over, and the machine boots as plain systemd-boot does. As an **entry** or **Type #2** it is
systemd-boot's default, and systemd-boot tries no other entry when its default is refused: the next table says what must stand
behind it."""),
    "behind": ("What must stand behind systemd-boot's boot option where Bootpilot is an entry", """
Rows: boot options between systemd-boot's and the end. Columns: the berth, and what is wrong with the file that the entry names. *Another file*
is `\\EFI\\bootpilot\\bootpilot-netx64.efi`: the same build, whole. Revoked: so is that one, its hash is the same. *Recovery's image* is an image
in `\\EFI\\Linux` that firmware can start by itself.""", """
- **Another file as net** heals what an accident does: a file cut short by an update, a flipped bit, an image that was never signed or
  with another key. It must be a file of its own, and is replaced only when the new one has run.
- **Recovery's image as a boot option of its own** is the end that nothing about Bootpilot can take away, a revoked key included. It needs
  recovery to be a UKI in a file whose name stays.
- Where there is neither (Type #1 entries with kernel and initrd, and a certificate that may be revoked), the berth is **driver + net**.
- A counter on Bootpilot's entry is no way out: up to 257 systemd-boot returns to the firmware all the same, `default` names an
  exhausted entry for ever, and nobody takes the counter off in a healthy boot."""),
    "os": ("The OS's image is refused", """
Rows: what is wrong with active's image, and active's name: good, or one try left. (An image that is cut short is seen before it is chosen.)""", """
With **entry**, **type2**, **first** and **net** passive starts in the same power cycle. The driver alone cannot take over: that is what the
net is for. systemd-boot 258 and newer resets the machine by itself where the refused image was counted, until its tries are used up."""),
    "wishes": ("Configuration from where anybody can write", """
The wish is `active recovery*`, by which recovery would be started: in `\\EFI\\bootpilot\\bootpilot.cfg`, and in the load options (an `options` line
of the entry, or data in the boot option). In berth net the load options are those of the net, which decides because active cannot be loaded.
The systemd-boot does not matter here: each berth has another one.""", """
The file is obeyed only while Secure Boot is off; load options never. On the host `out/tests/test_options` shows that nothing ever reads them."""),
    "record": ("What a running OS can do with the record", """
The test OS ends the boot services and calls the runtime services itself, on `BootpilotRecord0` and `BootpilotRecord1`; what it writes is a valid
record's bytes. In the last two columns there is no record yet, and an OS that was there before Bootpilot makes one.""", """
Once Bootpilot has run, the record is out of the OS's reach. A variable of that name made before is refused, because of its attributes, and
replaced. As `refused` counts like none, it neither permits nor forbids anything."""),
    "strict": ("Where memory is writable or executable, never both", """
Debian 13's OVMF with EFI_MEMORY_ATTRIBUTE_PROTOCOL (`OVMF_CODE_4M.secboot.strictnx.fd` of its package ovmf) and shim {shim}, told by `MokPolicy`
to demand NX_COMPAT: it refuses what has no such mark, and gives the pages of all that it loads, Bootpilot among them, the permissions
of their sections. (This firmware by itself loads images without regard to that.) Rows: Bootpilot's image as it is built, and spoilt
in two ways; newest systemd-boot.""", """
As built it runs. Without the mark it is refused, and where its code may not be executed, the processor refuses: the permissions are
really kept. shim starts no driver (see there); on this firmware without shim the driver runs, which says less."""),
    "shim": ("shim as the first loader", """
shim {shim} from Debian, signed with the key in db, as `\\EFI\\systemd\\shimx64.efi`; systemd-boot beside it as `grubx64.efi`, the name that shim looks
for. Bootpilot's own boot options (first, net) start shim with the path of Bootpilot as load options. Rows: the certificate of systemd-boot,
Bootpilot and OS stands in db, or in `MokList`, where only shim looks (a person enrols it with MokManager).""", """
**Through shim the driver is not started**: systemd-boot asks whether an image's memory is a driver's, and the LoadImage of shim 16 gives it
another kind ("is not a driver, refusing"). The machine then boots as with plain systemd-boot, and of driver + net the net alone is left. So
through shim Bootpilot is an **entry** or **Type #2**. As **first** it works too, but where shim refuses the image that its boot option names, it
shows an error and waits for a key, which on an unattended machine nobody presses.

shim wants a section `.sbat` in what it loads itself: systemd-boot and Bootpilot have one. What systemd-boot and Bootpilot load is checked by shim,
too, without that demand: the test OS has none. The vendor certificate inside Debian's shim signs Debian's kernels; it plays no part for
Bootpilot, which is signed by the owner of the machine."""),
}


def page_write(plays, results, known):
    """Writes the page of RESULTS, Play -> Kept."""
    versions = ", ".join(loader.version for loader in known.values())
    _, shim = shim_get()
    rows = [("systemd-boot", versions)] + [row for row in surroundings() if row[0] != "Bootpilot"] + [("shim", shim)]
    text = HEAD.format(surroundings="\n".join(f"| {what} | {which} |" for what, which in rows),
                       measured=sum(len(results[play].cells) for play in plays), situations=sum(len(play.cells) for play in plays))
    for table, (title, above, below) in TABLES.items():
        text += f"\n## {title}\n{above.replace('{shim}', shim)}\n\n{_table(table, plays, results, known)}\n{below}\n"
    with open(PAGE, "w", encoding="utf-8") as file:
        file.write(text)


def _table(table, plays, results, known):
    rows, columns, cells = [], [], {}
    for play in plays:
        for cell in play.cells:
            if cell[0] != table:
                continue
            rows += [cell[1]] if cell[1] not in rows else []
            columns += [cell[2]] if cell[2] not in columns else []
            cells.setdefault(cell[1:], {})[play.version] = results[play].cells.get(cell)
    lines = ["| | " + " | ".join(columns) + " |", "|---" * (len(columns) + 1) + "|"]
    for row in rows:
        texts = [_cell(cells[row, column], known, table in NAMELESS) if (row, column) in cells else "-" for column in columns]
        lines.append(f"| {row} | " + " | ".join(texts) + " |")
    return "\n".join(lines)


def _cell(by_version, known, nameless):
    """What came, by version: one text where it is the same for all, or where it is NAMELESS, else each with its versions."""
    versions = {}
    for name in known:
        came = by_version.get(name)
        if came is not None:
            versions.setdefault(came, []).append(known[name].short())
    missing = any(came is None for came in by_version.values())
    if not versions:
        return NOT_MEASURED
    if len(versions) == 1 and not missing and (nameless or len(by_version) == len(known)):
        return next(iter(versions))
    return "; ".join(f"{', '.join(which)}: {came}" for came, which in versions.items())
