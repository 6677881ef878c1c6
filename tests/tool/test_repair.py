# SPDX-License-Identifier: Apache-2.0
"""bootpilotctl repair: what check proposes and nothing else."""
import os
import shutil
import subprocess

import pytest

from test_check import FINE, Healthy, mounted
from test_live import BOOTPILOT, LASTING
from test_tool import TOOL, image


@pytest.fixture
def machine(tmp_path):
    return Healthy(tmp_path)


def everything(machine):
    """All that is on the ESP, in NVRAM and among the copies."""
    tops = machine.esp.path, machine.variables.path, machine.state
    return {str(path.relative_to(machine.esp.path.parent)): path.read_bytes() if path.is_file() else None
            for top in tops for path in top.rglob("*")}


def changes(before, after):
    return {name: after.get(name) for name in before.keys() | after.keys() if before.get(name) != after.get(name)}


ENTRIES = "esp/loader/entries/"


def conf(machine, name):
    return (machine.esp.entries / name).read_bytes()


def lose(machine, name):
    """NAME was kept when the system was good, and a power cut took it."""
    machine.done("good")
    data = conf(machine, name)
    machine.gone(name)
    return data


def loader_conf_becomes(old, new):
    def arrange(machine):
        machine.loader_conf(old)
        return {"esp/loader/loader.conf": new.encode()}
    return arrange


def variable_becomes(name, old, new):
    def arrange(machine):
        machine.variables.set(name, old, attributes=LASTING)
        file = next(machine.variables.path.glob(f"{name}-*"))
        before, text = file.read_bytes(), (new + "\0").encode("utf-16le")
        return {f"efivars/{file.name}": before[:4] + text + before[4 + len(text):]}  # a plain file keeps its end; efivarfs does not
    return arrange


def twin(name):
    def arrange(machine):
        machine.put(name)
        return {ENTRIES + name: None}
    return arrange


def torn(machine):
    machine.put("recovery+2-1.conf")
    return {ENTRIES + "recovery+3.conf": None}


def three(machine):
    machine.put("recovery+2-1.conf")
    machine.put("recovery+1-2.conf")
    return {ENTRIES + "recovery+3.conf": None, ENTRIES + "recovery+2-1.conf": None}


def uki_twin(machine):
    directory = machine.esp.path / "EFI" / "Linux"
    directory.mkdir()
    for name in ("passive.efi", "passive+3.efi"):
        (directory / name).write_bytes(osrel_image())
    return {"esp/EFI/Linux/passive+3.efi": None}


def uki_default(machine):
    """passive.efi beside passive.conf."""
    uki_twin(machine)
    directory = machine.esp.path / "EFI" / "Linux"
    (directory / "passive+3.efi").unlink()
    machine.loader_conf("default passive+3.efi\n")
    return {"esp/loader/loader.conf": b"default passive.efi\n"}


def osrel_image():
    """An image with a name of its own, as Type #2 entries need it."""
    plain = bytearray(image())
    at = plain.index(b".text\0\0\0")
    plain[at:at + 8] = b".osrel\0\0"
    text = b"ID=kairos\nNAME=Kairos\n"
    plain[512:512 + len(text)] = text
    return bytes(plain)


def temporary(machine):
    (machine.esp.entries / ".bootpilot.tmp").write_bytes(b"half")
    return {ENTRIES + ".bootpilot.tmp": None}


def lost(name, back):
    def arrange(machine):
        return {ENTRIES + back: lose(machine, name)}
    return arrange


ROWS = [
    ("what a write left goes", temporary),
    ("a lost good entry comes back on trial", lost("passive.conf", "passive+3.conf")),
    ("a lost counted entry comes back with all tries", lost("recovery+3.conf", "recovery+3.conf")),
    ("a lost reset entry comes back", lost("statereset+3.conf", "statereset+3.conf")),
    ("a counted twin of a good entry goes", twin("passive+2-1.conf")),
    ("a used-up twin of a good entry goes", twin("active+0-3.conf")),
    ("of a torn rename the beginning goes", torn),
    ("of three only the one that speaks stays", three),
    ("twins that are whole images", uki_twin),
    ("default loses its counter", loader_conf_becomes("default active+3.conf\n", "default active.conf\n")),
    ("default loses a counter that is there", loader_conf_becomes("default recovery+3.conf\n", "default recovery.conf\n")),
    ("default loses a glob for the counter", loader_conf_becomes("default active+*.conf\n", "default active.conf\n")),
    ("every other byte of loader.conf stays", loader_conf_becomes(
        "# default active+1.conf\r\ntimeout 5\r\n\tdefault\t \"active+2-1.conf\"  \r\n#\xe4\r\nconsole-mode max",
        "# default active+1.conf\r\ntimeout 5\r\n\tdefault\t \"active.conf\"  \r\n#\xe4\r\nconsole-mode max")),
    ("only the default that holds is touched", loader_conf_becomes(
        "default passive+3.conf\ndefault active+3.conf\n", "default passive+3.conf\ndefault active.conf\n")),
    ("default and preferred in one file", loader_conf_becomes(
        "default active+3.conf\npreferred passive+3.conf\n", "default active.conf\npreferred passive.conf\n")),
    ("a default for an image keeps its kind", uki_default),
    ("the variable loses its counter", variable_becomes("LoaderEntryDefault", "active+2-1.conf", "active.conf")),
]


@pytest.mark.parametrize("arrange", [row[1] for row in ROWS], ids=[row[0] for row in ROWS])
def test_repaired(machine, arrange):
    """Exactly that changes; a rehearsal changes nothing and says the same; a second run finds nothing to do."""
    expected = arrange(machine)
    before = everything(machine)
    rehearsal = machine.done("repair", "--dry-run")
    assert everything(machine) == before
    said = machine.done("repair")
    assert changes(before, everything(machine)) == expected
    lines = [line for line in said.splitlines() if line and not line.startswith("Nothing")]
    would = [line.removeprefix("would ") for line in rehearsal.splitlines() if line.startswith("would ")]
    assert set(would) <= set(lines) and would
    assert machine.found() == {}
    after = everything(machine)
    assert machine.done("repair") == "Nothing is left to repair.\n" and everything(machine) == after


def test_a_greedy_glob_becomes_one_name(machine):
    machine.put("activeBad.conf")
    machine.loader_conf("default active*\n")
    machine.done("repair")
    assert (machine.esp.path / "loader/loader.conf").read_text() == "default active.conf\n"


# --- left to a person -----------------------------------------------------------------------------------------------

def differs(machine):
    machine.put("passive+2-1.conf", more="options other\n")


def differs_counted(machine):
    machine.put("recovery+2-1.conf", more="options other\n")


def runs_now(machine):
    machine.put("passive+2-1.conf")
    machine.variables.set("LoaderEntrySelected", "passive.conf")
    machine.variables.set("LoaderBootCountPath", r"\loader\entries\passive+2-1.conf")
    machine.variables.set("BootpilotDecision", FINE.replace("active.conf", "passive.conf"), BOOTPILOT)


def broken_speaker(machine):
    """The image is gone: neither of the two is worth more than the other."""
    machine.put("recovery+2-1.conf")
    (machine.esp.path / "EFI/kairos/recovery.efi").unlink()


LEFT = [
    ("twins that differ", differs, "good-twin"),
    ("counted twins that differ", differs_counted, "torn-twin"),
    ("the twin that runs", runs_now, "good-twin"),
    ("twins of which none can be started", broken_speaker, "torn-twin"),
    ("a default that names nothing", lambda m: m.loader_conf("default norole+3.conf\n"), "default-counted"),
    ("a default that names the reset entry", lambda m: m.loader_conf("default statereset+3.conf\n"), "default-counted"),
    ("a glob for everything", lambda m: m.loader_conf("default *\n"), "default-greedy"),
    ("an entry whose image is gone", lambda m: (m.esp.path / "EFI/kairos/passive.efi").unlink(), "role-unbootable"),
]


@pytest.mark.parametrize("arrange, problem", [row[1:] for row in LEFT], ids=[row[0] for row in LEFT])
def test_left_to_a_person(machine, arrange, problem):
    arrange(machine)
    before = everything(machine)
    checked = machine.run("check")
    result = machine.run("repair")
    assert everything(machine) == before
    assert result.returncode == checked.returncode > 0 and f"[{problem}]" in result.stdout and not result.stderr
    assert "needs a person" in result.stdout and "to do" in result.stdout


def test_what_is_left_is_told_after_what_is_done(machine):
    machine.put("passive+2-1.conf")
    machine.renamed("statereset+3.conf", "statereset.conf")
    result = machine.run("repair")
    assert result.returncode == 1 and result.stdout.startswith("remove \\loader\\entries\\passive+2-1.conf\n")
    assert "[reset-uncounted]" in result.stdout and "[good-twin]" not in result.stdout


def test_the_last_one_is_never_removed(machine):
    """Twins are all there is, and none of the others could be booted."""
    for name in ("passive.conf", "recovery+3.conf"):
        machine.gone(name)
    machine.renamed("active.conf", "active+3.conf")
    machine.put("active+2-1.conf")
    machine.run("repair")
    assert machine.names() == ["active+2-1.conf", "statereset+3.conf"]


def test_a_disk_that_is_not_read_is_not_touched(machine):
    """A directory in the place of an entry's image path is no reason to remove or restore anything."""
    machine.done("good")
    machine.gone("passive.conf")
    (machine.esp.path / "EFI/kairos/passive.efi").write_bytes(b"no image")
    before = everything(machine)
    assert machine.run("repair").returncode == 1 and everything(machine) == before


def test_a_read_only_esp_is_read_only_again(machine):
    machine.put("passive+2-1.conf")
    said = mounted(machine, "ro", '"$2" repair; ls "$1/loader/entries"; findmnt -no OPTIONS "$1"').splitlines()
    assert said[0] == "remove \\loader\\entries\\passive+2-1.conf" and "passive+2-1.conf" not in said[1:]
    assert "passive.conf" in said and said[-1].startswith("ro")


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can become somebody who may not write")
def test_what_could_not_be_mended_is_listed(machine, tmp_path):
    machine.put("passive+2-1.conf")
    tool = shutil.copy(TOOL, tmp_path / "bootpilotctl")
    for directory in [tmp_path, *tmp_path.parents][:-1]:
        if directory.stat().st_uid == 0 and str(directory) != "/tmp":
            directory.chmod(0o755)
    result = subprocess.run([tool, "repair", "--esp-path", machine.esp.path], stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                            encoding="utf-8", user=65534, group=65534, extra_groups=[], timeout=60)
    assert result.returncode == 2 and "Try again as root" in result.stderr
    assert "[good-twin]" in result.stdout and "What is listed above is left." in result.stdout


def test_repair_takes_the_lock(machine):
    import fcntl
    machine.put("passive+2-1.conf")
    directory = os.open(machine.esp.path, os.O_RDONLY)
    try:
        fcntl.flock(directory, fcntl.LOCK_EX)
        process = subprocess.Popen([TOOL, "repair", "--esp-path", machine.esp.path], stdout=subprocess.DEVNULL)
        try:
            with pytest.raises(subprocess.TimeoutExpired):
                process.wait(0.5)
            assert "passive+2-1.conf" in machine.names()
            fcntl.flock(directory, fcntl.LOCK_UN)
            assert process.wait(10) == 0 and "passive+2-1.conf" not in machine.names()
        finally:
            process.kill()
    finally:
        os.close(directory)
