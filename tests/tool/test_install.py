# SPDX-License-Identifier: Apache-2.0
"""bootpilotctl install: each berth, what it leaves alone, and what it refuses."""
import os
import subprocess

import pytest

from machine_install import (APPLICATION, ARCH, COPY, DRIVER, FILES, OTHER_DISK, Bare, berths, load_option, shim_build)
from test_live import BOOTPILOT, GLOBAL, LASTING
from test_tool import TOOL, image

OURS, OURS_COPY = load_option("Bootpilot", berths.APPLICATION), load_option("Bootpilot", COPY)


@pytest.fixture(scope="session")
def shim(tmp_path_factory):
    return shim_build(tmp_path_factory.mktemp("shim"))


@pytest.fixture
def machine(tmp_path, shim):
    return Bare(tmp_path, shim)


# --- each berth: its files, its default, the boot order --------------------------------------------------------------

PINNED = "timeout 3\n#bootpilot: default active.conf\ndefault {}\n"
AS_BEFORE = "timeout 3\ndefault active.conf\n"
BERTHS = [
    (None, {"application", "driver"}, AS_BEFORE, [3, 1, 0, 2], "driver+net"),
    ("driver+net", {"application", "driver"}, AS_BEFORE, [3, 1, 0, 2], "driver+net"),
    ("driver", {"driver"}, AS_BEFORE, [3, 1, 2], "driver"),
    ("entry", {"application", "copy", "entry"}, PINNED.format("bootpilot-loader.conf"), [3, 1, 0, 2], "entry"),
    ("type2", {"type2", "copy"}, PINNED.format(f"bootpilot{ARCH}.efi"), [3, 1, 0, 2], "type2"),
    ("first", {"application"}, AS_BEFORE, [3, 0, 1, 2], "first"),
    ("net", {"application"}, AS_BEFORE, [3, 1, 0, 2], "net"),
]


def into(machine, berth):
    return machine.install(*(["--berth", berth] if berth else []))


@pytest.mark.parametrize("berth, files, conf, order, word", BERTHS)
def test_each_berth(machine, berth, files, conf, order, word):
    said = into(machine, berth)
    assert machine.files() == files and machine.conf() == conf and machine.order_now() == order
    started = OURS_COPY if "copy" in files else OURS
    assert machine.option_bytes(0) == (started if 0 in order else None)
    for name in files - {"entry"}:
        built = DRIVER if name == "driver" else APPLICATION
        assert (machine.esp.path / FILES[name]).read_bytes() == built.read_bytes()
    assert f"Bootpilot is installed as {word}" in said
    assert machine.json("status")["berth"] == word


@pytest.mark.parametrize("berth", [row[0] for row in BERTHS[1:]])
def test_each_berth_is_what_the_firmware_tests_boot(machine, berth):
    """The files, the entry and the options are those that ovmf-test boots in the berth of that name. Where Bootpilot is an entry, a net
    with a file of its own stands behind it (ovmf-test/SECURE-BOOT.md)."""
    into(machine, berth)
    wanted = berths.BERTHS[{"driver+net": "net"}.get(berth, berth)]
    if berth == "net":  # the tests' net has the driver too
        return
    there = {berths.APPLICATION: "application", berths.DRIVER: "driver", berths.TYPE2: "type2"}
    assert machine.files() - {"entry", "copy"} == {there[path] for path in wanted.images}
    for path, text in wanted.files.items():
        assert (machine.esp.path / path.replace("\\", "/").lstrip("/")).read_text() == text
    assert machine.conf().splitlines()[-1] == wanted.loader_conf("default active.conf\n").splitlines()[-1]
    ours = [machine.option_bytes(number) for number in machine.order_now() if number != 3]
    options = [load_option(*option) for option in wanted.options]
    assert ours == options[:1] + [OURS_COPY] * (berth in ("entry", "type2")) + options[1:]


@pytest.mark.parametrize("berth", [row[0] for row in BERTHS])
def test_a_second_run_changes_no_byte(machine, berth):
    into(machine, berth)
    before = machine.everything()
    assert "there was nothing to do" in into(machine, berth) and machine.everything() == before


@pytest.mark.parametrize("berth", [row[0] for row in BERTHS])
def test_a_rehearsal_changes_nothing(machine, berth):
    before = machine.everything()
    said = machine.install("--dry-run", *(["--berth", berth] if berth else []))
    assert machine.everything() == before and "would write" in said


@pytest.mark.parametrize("first", [row[0] for row in BERTHS[1:]])
@pytest.mark.parametrize("second, files, conf, order, word", BERTHS[1:])
def test_one_berth_after_another_leaves_that_one(machine, first, second, files, conf, order, word):
    into(machine, first)
    into(machine, second)
    assert machine.files() == files and machine.conf() == conf and machine.order_now() == order


# --- what is somebody else's ----------------------------------------------------------------------------------------

def test_other_options_keep_their_bytes(machine):
    before = {number: machine.option_bytes(number) for number in (1, 2, 3)}
    into(machine, None)
    assert {number: machine.option_bytes(number) for number in (1, 2, 3)} == before


def test_bootpilot_on_another_disk_is_not_ours(machine):
    foreign = load_option("Bootpilot", berths.APPLICATION, OTHER_DISK)
    machine.option(0, foreign)
    machine.order(3, 0, 1, 2)
    into(machine, None)
    assert machine.option_bytes(0) == foreign and machine.order_now() == [3, 0, 1, 4, 2]
    assert machine.option_bytes(4) == OURS


def test_an_option_of_ours_is_used_again(machine):
    machine.option(9, OURS.replace(b"\1\0\0\0", b"\0\0\0\0", 1))  # made before, and switched off
    into(machine, None)
    assert machine.option_bytes(9) == OURS and machine.option_bytes(0) is None and machine.order_now() == [3, 1, 9, 2]


def test_an_option_of_ours_for_an_older_layout_of_the_disk_is_updated(machine):
    machine.option(9, OURS.replace((2048).to_bytes(8, "little"), (4096).to_bytes(8, "little"), 1))
    machine.order(3, 1, 9, 2)
    into(machine, None)
    assert machine.option_bytes(9) == OURS and machine.order_now() == [3, 1, 9, 2]


def test_doubles_of_ours_are_removed(machine):
    machine.option(4, OURS)
    machine.option(5, OURS)
    machine.order(5, 3, 4, 1, 2)
    into(machine, None)
    assert machine.order_now() == [3, 1, 5, 2] and machine.option_bytes(4) is None


def test_numbers_that_the_order_mentions_are_not_taken(machine):
    machine.order(3, 1, 2, 0)  # Boot0000 is gone, the order still names it
    into(machine, None)
    assert machine.order_now() == [3, 1, 4, 2, 0] and machine.option_bytes(4) == OURS


def test_without_the_running_option_the_path_decides(machine):
    next(machine.variables.path.glob("BootCurrent-*")).unlink()
    into(machine, None)
    assert machine.order_now() == [3, 1, 0, 2]


def test_shim_in_front_is_known_by_what_started_this_system(machine):
    machine.option(1, load_option("debian", r"\EFI\debian\shimx64.efi"))
    into(machine, None)
    assert machine.order_now() == [3, 1, 0, 2]


def test_shim_starts_no_driver(machine):
    assert "[shim-in-front]" not in into(machine, None)
    machine.option(1, load_option("debian", r"\EFI\debian\shimx64.efi"))
    assert "[shim-in-front]" in into(machine, None)
    assert "[shim-in-front]" not in into(machine, "entry")


def test_started_by_our_own_option_it_stays_where_it_is(machine):
    into(machine, "first")
    machine.variables.set("BootCurrent", b"\0\0", GLOBAL)
    before = machine.everything()
    into(machine, "first")
    assert machine.everything() == before


def test_the_default_of_somebody_else_becomes_a_comment(machine):
    machine.loader_conf("# mine\r\ntimeout 5\r\npreferred x.conf\r\ndefault a\r\ndefault b")
    into(machine, "entry")
    assert (machine.esp.path / "loader/loader.conf").read_bytes() == (
        b"# mine\r\ntimeout 5\r\n#bootpilot: preferred x.conf\r\n#bootpilot: default a\r\n#bootpilot: default b\n"
        b"default bootpilot-loader.conf\n")


def test_there_is_no_loader_conf_yet(machine):
    (machine.esp.path / "loader" / "loader.conf").unlink()
    into(machine, "entry")
    assert machine.conf() == "default bootpilot-loader.conf\n"


def test_an_older_image_is_replaced(machine):
    path = machine.esp.path / FILES["driver"]
    path.parent.mkdir(parents=True)
    path.write_bytes(image())
    into(machine, "driver")
    assert path.read_bytes() == DRIVER.read_bytes() and [p.name for p in path.parent.iterdir()] == [path.name]


# --- the copy behind an entry ---------------------------------------------------------------------------------------

def another_build(machine, name, version=None):
    """An application that differs in a byte nobody looks at, or in its version too."""
    data, path = bytearray(APPLICATION.read_bytes()), machine.esp.path.parent / name
    data[78] ^= 1  # the text of the DOS stub
    if version:
        data = data.replace(b"VERSION_ID=0.1.0", b"VERSION_ID=" + version)
    path.write_bytes(data)
    return path


def copy_after(machine, path):
    machine.install("--berth", "entry", "--image", path)
    assert (machine.esp.path / FILES["application"]).read_bytes() == path.read_bytes()
    return (machine.esp.path / FILES["copy"]).read_bytes()


def test_the_copy_is_the_build_that_was_there_before(machine):
    into(machine, "entry")
    new = another_build(machine, "new.efi", b"0.2.0")
    assert copy_after(machine, new) == APPLICATION.read_bytes()
    machine.variables.set("BootpilotDecision", "role=active entry=active.conf reason=active-good version=0.1.0", BOOTPILOT)
    assert copy_after(machine, new) == APPLICATION.read_bytes()
    machine.variables.set("BootpilotDecision", "role=active entry=active.conf reason=active-good version=0.2.0", BOOTPILOT)
    assert copy_after(machine, new) == new.read_bytes()  # that one has run now


@pytest.mark.parametrize("damage", [lambda data: data[:-5000], lambda data: b"", lambda data: image()])
def test_a_copy_that_firmware_could_not_start_is_replaced(machine, damage):
    into(machine, "entry")
    path = machine.esp.path / FILES["copy"]
    path.write_bytes(damage(path.read_bytes()))
    new = another_build(machine, "new.efi", b"0.2.0")
    assert copy_after(machine, new) == new.read_bytes()


def test_a_copy_with_another_configuration_is_replaced(machine):
    new, file = another_build(machine, "new.efi"), machine.esp.path.parent / "conf"
    file.write_text("auto-reset no\n")
    into(machine, "entry")
    machine.done("configure", new, file)
    assert copy_after(machine, new) == new.read_bytes()


# --- what is refused: why, the id of the problem, does --force help? --------------------------------------------------

def fault(name, make):
    def arrange(machine):
        path = machine.esp.path.parent / name
        path.write_bytes(make(APPLICATION.read_bytes()))
        return ["--image", path]
    return arrange


def configured(machine):
    """The driver in place has a configuration, the new one has none."""
    path, file = machine.esp.path.parent / "configured.efi", machine.esp.path.parent / "no-reset"
    path.write_bytes(DRIVER.read_bytes())
    file.write_text("auto-reset no\n")
    machine.done("configure", path, file)
    machine.install("--driver-image", path, "--berth", "driver")


def other_machine(data):
    at = int.from_bytes(data[60:64], "little") + 4
    return data[:at] + (0xAA64 if ARCH == "x64" else 0x8664).to_bytes(2, "little") + data[at + 2:]


def gone(machine, name):
    next(machine.variables.path.glob(name + "-*")).unlink()


NOT_FORCED, FORCED = False, True
REFUSED = [
    ("an entry cannot be started", lambda m: (m.esp.path / "EFI/kairos/active.efi").write_bytes(b"MZ"), "role-unbootable", FORCED),
    ("systemd-boot alone would reset", lambda m: [m.put(f"{r}.conf", sort_key="") for r in
                                                 ("active", "passive", "recovery", "statereset")] and m.loader_conf("timeout 3\n"),
     "would-reset", FORCED),
    ("no entry has a role", lambda m: [m.gone(name) for name in m.names()], "no-roles", FORCED),
    ("systemd-boot is too old", lambda m: m.loader("251.4", 0x1ff), "old-loader", FORCED),
    ("no systemd-boot, no other option", lambda m: [gone(m, "LoaderInfo"), gone(m, "BootCurrent"), m.option(1, load_option("x", r"\x")),
                                                next(m.esp.path.glob("EFI/systemd/systemd-boot*")).unlink()],
     "no-loader", NOT_FORCED),
    ("no option starts systemd-boot", lambda m: [gone(m, "BootCurrent"), m.order(3, 2)], "no-neighbour", NOT_FORCED),
    ("the image is not there", lambda m: ["--image", m.esp.path / "nothing"], "image-unfit", NOT_FORCED),
    ("the image is cut short", fault("short.efi", lambda data: data[:-4096]), "image-unfit", NOT_FORCED),
    ("the image is for another processor", fault("other.efi", other_machine), "image-unfit", NOT_FORCED),
    ("the image is another product's", fault("foreign.efi", lambda data: image()), "image-unfit", NOT_FORCED),
    ("the driver is given as the application", lambda m: ["--image", DRIVER], "image-unfit", NOT_FORCED),
    ("the application is given as the driver", lambda m: ["--driver-image", APPLICATION], "image-unfit", NOT_FORCED),
    ("a configuration would be lost", configured, "config-lost", FORCED),
    ("a variable outranks the default", lambda m: [m.variables.set("LoaderEntryDefault", "active.conf", attributes=LASTING),
                                                   ["--berth", "entry"]][1], "default-outranked", FORCED),
    ("there is no efivarfs", lambda m: setattr(m.variables, "path", m.root / "nowhere"), "no-variables", NOT_FORCED),
]


@pytest.mark.parametrize("why, arrange, problem, forced", REFUSED, ids=[row[0] for row in REFUSED])
def test_refused(machine, why, arrange, problem, forced):
    more = arrange(machine)
    more = more if isinstance(more, list) and more and str(more[0]).startswith("--") else []
    before = machine.everything()
    said = machine.install(*more, status=1)
    assert f"[{problem}]" in said and "nothing was changed" in said and machine.everything() == before
    assert ("--force" in said.splitlines()[-1]) == forced
    machine.install(*more, "--force", status=0 if forced else 1)
    assert forced or machine.everything() == before


def test_a_directory_is_no_partition(machine):
    environment = {**machine.environment(), "SYSTEMD_RELAX_ESP_CHECKS": "0"}
    result = subprocess.run([TOOL, "install", "--image", APPLICATION, "--driver-image", DRIVER], stdout=subprocess.PIPE,
                            encoding="utf-8", timeout=60, env=environment)
    assert result.returncode == 1 and "[not-esp]" in result.stdout and machine.files() == set()


def test_files_alone_where_there_are_no_variables(machine):
    variables, machine.variables.path = machine.variables.path, machine.root / "nowhere"
    assert "[not-compared]" in machine.install("--no-variables")
    machine.variables.path = variables
    assert machine.files() == {"application", "driver"} and machine.order_now() == [3, 1, 2]


def test_a_copy_of_an_esp(machine):
    said = machine.install("--esp-path", machine.esp.path, status=1)
    assert "[no-variables]" in said and "was not started from that partition" in said
    machine.install("--esp-path", machine.esp.path, "--berth", "driver")
    assert machine.files() == {"driver"}


def test_success_must_be_reportable(machine, tmp_path):
    """Below --root the OS is known: nothing blesses there, and entries count."""
    root = tmp_path / "os"
    root.mkdir()
    machine.esp.path.rename(root / "efi")
    machine.esp.path, machine.esp.entries = root / "efi", root / "efi" / "loader" / "entries"
    machine.renamed("active.conf", "active+3.conf")
    arguments = ["--root", root, "--berth", "driver"]
    environment = {k: v for k, v in machine.environment().items() if k != "SYSTEMD_ESP_PATH"}

    def install(*more):
        result = subprocess.run([TOOL, "install", "--driver-image", DRIVER, *arguments, *more], stdout=subprocess.PIPE,
                                encoding="utf-8", timeout=60, env=environment)
        return result.returncode, result.stdout

    status, said = install("--force", "--dry-run")
    assert status == 0 and "[cannot-report]" in said and "[not-enabled]" in said
    machine.variables.path = tmp_path / "nowhere"
    status, said = install()
    assert status == 1 and "[cannot-report]" in said
    (root / "usr/lib/systemd").mkdir(parents=True)
    (root / "usr/lib/systemd/systemd-bless-boot").touch()
    status, said = install("--dry-run")
    assert status in (0, 1) and "[cannot-report]" not in said and "[not-enabled]" in said
    wants = root / "etc/systemd/system/multi-user.target.wants"
    wants.mkdir(parents=True)
    os.symlink("/usr/lib/systemd/system/bootpilot-good.service", wants / "bootpilot-good.service")
    status, said = install("--dry-run")
    assert "[not-enabled]" not in said and "[cannot-report]" not in said


@pytest.mark.parametrize("arguments, says", [
    (["--berth", "roof"], "driver+net, driver, entry, type2, first or net, not roof"), (["--berth"], "--berth needs an argument"),
    (["now"], "this is no option: now"),
])
def test_usage(machine, arguments, says):
    assert says in machine.done("install", *arguments, status=2)


def test_check_names_the_way(machine):
    assert machine.found()["not-installed"]["advice"] == "bootpilotctl install"
