# SPDX-License-Identifier: Apache-2.0
"""The overlay is what it says: YAML with stages that Kairos has, units that systemd understands together with Kairos' own, scripts that a
shell understands, commands that bootpilotctl has; and nothing that the page describes is missing from it, or the other way round."""
import os
import re
import shlex
import shutil
import subprocess
from pathlib import Path

import pytest

from agent import OVERLAY, TOOL, config

ROOT = Path(__file__).resolve().parents[2]
PAGE = (ROOT / "tools" / "kairos" / "README.md").read_text()
UNITS = OVERLAY / "usr" / "lib" / "systemd" / "system"
HOST_UNITS = Path("/usr/lib/systemd/system") if Path("/usr/lib/systemd/system").is_dir() else Path("/lib/systemd/system")

# kairos.io, "Cloud init based", table of boot stages. System stages have .before and .after, too.
SYSTEM_STAGES = ("rootfs", "initramfs", "boot", "fs", "network", "reconcile")
ACTION_STAGES = {f"kairos-uki-{action}.{when}" for action in ("install", "upgrade", "reset") for when in ("pre", "after")} | {
    "kairos-install.pre", "kairos-install.after", "before-install", "after-install", "after-install-chroot", "before-reset",
    "after-reset", "after-reset-chroot", "before-upgrade", "after-upgrade", "after-upgrade-chroot"}
STAGES = ACTION_STAGES | {stage + suffix for stage in SYSTEM_STAGES for suffix in ("", ".before", ".after")}

# What Kairos writes at each boot (kairos-init, 08_efi_assessment.yaml, 09_systemd_services.yaml, 51_reset.yaml), as far as it matters here.
REMOUNTS = "[Service]\nExecStartPre=mount -o remount,rw /efi\n{more}ExecStartPost=mount -o remount,ro /efi\n"
KAIROS = {
    "systemd-bless-boot.service.d/override.conf": REMOUNTS.format(more="ExecStartPost=sed -i -E s/x/y/ /efi/loader/loader.conf\n"),
    "systemd-boot-random-seed.service.d/override.conf": REMOUNTS.format(more=""),
    "cos-setup-boot.service": "[Unit]\nBefore=getty.target\n[Service]\nType=oneshot\nRemainAfterExit=yes\n"
                              "ExecStart=/usr/bin/kairos-agent run-stage boot\n[Install]\nWantedBy=multi-user.target\n",
    "cos-setup-fs.service": "[Unit]\nDefaultDependencies=no\nAfter=local-fs.target\nWants=local-fs.target\nBefore=sysinit.target\n[Service]\n"
                            "Type=oneshot\nRemainAfterExit=yes\nExecStart=/usr/bin/kairos-agent run-stage fs\n[Install]\n"
                            "WantedBy=sysinit.target\n",
    "kairos-reset.service": "[Unit]\nAfter=sysinit.target\n[Service]\nType=oneshot\nRemainAfterExit=yes\n"
                            "ExecStart=/usr/bin/kairos-agent reset --unattended --reboot\n[Install]\nWantedBy=multi-user.target\n",
}
# Of the package systemd-boot, which this machine may not have.
SYSTEMD_BOOT = {
    "systemd-bless-boot.service": "[Unit]\nDefaultDependencies=no\nRequires=boot-complete.target\nAfter=local-fs.target boot-complete.target\n"
                                  "Conflicts=shutdown.target\nBefore=shutdown.target\n[Service]\nType=oneshot\nRemainAfterExit=yes\n"
                                  "ExecStart=/usr/lib/systemd/systemd-bless-boot good\n",
    "systemd-boot-random-seed.service": "[Unit]\nDefaultDependencies=no\nAfter=local-fs.target\nConflicts=shutdown.target\n"
                                        "Before=sysinit.target shutdown.target\n[Service]\nType=oneshot\nRemainAfterExit=yes\n"
                                        "ExecStart=bootctl --graceful random-seed\n",
}
PROGRAMS = [f"/usr/bin/{name}" for name in ("bootpilotctl", "kairos-agent", "mount", "sed", "systemctl", "bootctl")]


def files():
    return [path for path in OVERLAY.rglob("*") if path.is_file() and not path.is_symlink()]


def commands():
    """Every bootpilotctl command of the overlay and of the page, as words."""
    text = "\n".join(path.read_text() for path in files()) + "\n" + PAGE
    # in a code span or a line of code, up to what ends a command
    found = re.findall(r"(?:^|[\s`=/-])bootpilotctl ([a-z-]+(?:[ \t][^`\n|&;#'>]*)?)", text)
    return sorted({command.strip() for command in found})


# --- the cloud-config -----------------------------------------------------------------------------------------------

def test_every_stage_is_one_of_kairos():
    stages = config()["stages"]
    assert stages and set(stages) <= STAGES, set(stages) - STAGES


def test_every_step_has_a_name_and_commands():
    for steps in config()["stages"].values():
        for step in steps:
            assert set(step) <= {"name", "if", "commands"} and step["name"] and step["commands"]
            for text in [step.get("if", "true"), *step["commands"]]:
                assert subprocess.run(["sh", "-n", "-c", text], timeout=60).returncode == 0, text


# --- programs and paths ---------------------------------------------------------------------------------------------

@pytest.mark.parametrize("script", [path for path in files() if os.access(path, os.X_OK)], ids=lambda path: path.name)
def test_scripts_are_understood(script):
    assert script.read_text().startswith("#!/bin/sh\n")
    assert subprocess.run(["sh", "-n", script], timeout=60).returncode == 0
    if shutil.which("shellcheck"):
        result = subprocess.run(["shellcheck", script], stdout=subprocess.PIPE, encoding="utf-8", timeout=60)
        assert result.returncode == 0, result.stdout


def test_what_is_started_is_there():
    for path in files():
        for name in re.findall(r"(?<![\w.])/usr/lib/bootpilot/([\w./%-]+)", path.read_text()):
            name = name.rstrip(".,:/")
            target = OVERLAY / "usr" / "lib" / "bootpilot" / name.replace("%i", "mounts").replace("NAME", "mounts")
            assert target.exists() and (target.is_dir() or os.access(target, os.X_OK)), f"{path.name}: {name}"


def test_every_file_says_whose_it_is():
    for path in files():
        assert "SPDX-License-Identifier: Apache-2.0" in path.read_text(), path


@pytest.mark.parametrize("command", commands())
def test_every_command_is_a_real_one(command):
    words = shlex.split(command, comments=True)
    given = words[1:words.index("--")] if "--" in words else words[1:]
    result = subprocess.run([TOOL, words[0], "--help"], stdout=subprocess.PIPE, stderr=subprocess.PIPE, encoding="utf-8", timeout=60)
    assert result.returncode == 0, f"{command}: {result.stderr}"
    for word in given:
        if word.startswith("--"):
            assert re.search(rf"^  {re.escape(word.split('=')[0])}\b", result.stdout, re.MULTILINE), f"{command}: {word}"


def test_there_are_commands_to_look_at():
    assert {"with-esp", "re-arm", "role", "status"} <= {command.split()[0] for command in commands()}


# --- units ----------------------------------------------------------------------------------------------------------

@pytest.fixture(scope="module")
def image(tmp_path_factory):
    """A root with this machine's units, ours as `make install prefix=/usr` lays them, the overlay, and what Kairos adds."""
    root = tmp_path_factory.mktemp("image")
    units = root / "usr" / "lib" / "systemd" / "system"
    shutil.copytree(HOST_UNITS, units, symlinks=True, ignore=lambda _, names: [n for n in names if "bootpilot" in n or n.endswith(".d")])
    (root / "lib").symlink_to("usr/lib")
    for name, text in SYSTEMD_BOOT.items():
        if not (units / name).exists():
            (units / name).write_text(text)
    for source in (ROOT / "tools" / "systemd").rglob("*.*"):
        if source.is_file():
            target = units / source.relative_to(ROOT / "tools" / "systemd")
            target.parent.mkdir(exist_ok=True)
            target.write_text(source.read_text().replace("@bindir@", "/usr/bin"))
    for name, text in KAIROS.items():
        target = root / "etc" / "systemd" / "system" / name
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text)
    for program in PROGRAMS:
        target = root / program[1:]
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text("")
        target.chmod(0o755)
    shutil.copytree(OVERLAY, root, symlinks=True, dirs_exist_ok=True)
    return root


def own_units():
    return sorted({path.name for path in UNITS.glob("bootpilot-*.service")} | {"bootpilot-good.service"})


@pytest.mark.parametrize("unit", [*own_units(), "systemd-bless-boot.service", "systemd-boot-random-seed.service", "kairos-reset.service"])
def test_systemd_understands_it_beside_kairos_own(image, unit):
    if not shutil.which("systemd-analyze"):
        pytest.skip("systemd-analyze is not installed (package systemd)")
    name = unit.replace("@.", "@mounts.")
    result = subprocess.run(["systemd-analyze", f"--root={image}", "verify", "--man=no", "--recursive-errors=no", name], stdout=subprocess.PIPE,
                            stderr=subprocess.STDOUT, encoding="utf-8", timeout=120)
    assert result.returncode == 0 and not result.stdout.strip(), result.stdout


def test_verifying_can_fail(image):
    target = image / "usr" / "lib" / "systemd" / "system" / "bootpilot-wrong.service"
    target.write_text("[Service]\nExecStart=/usr/bin/not-there\n")
    result = subprocess.run(["systemd-analyze", f"--root={image}", "verify", "--man=no", "--recursive-errors=no", target.name],
                            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, encoding="utf-8", timeout=120)
    target.unlink()
    assert "not-there" in result.stdout


def merged(image, unit):
    """The lines of UNIT and its drop-ins, as systemd puts them together: drop-ins by file name, wherever they are; an empty assignment
    takes away what stands before it."""
    places = [image / "etc" / "systemd" / "system", image / "usr" / "lib" / "systemd" / "system"]
    dropins = sorted((path for place in places for path in (place / f"{unit}.d").glob("*.conf")), key=lambda path: path.name)
    values = {}
    for path in [image / "usr" / "lib" / "systemd" / "system" / unit, *dropins]:
        for line in path.read_text().splitlines():
            key, found, value = line.partition("=")
            if not found or line.startswith("#"):
                continue
            values.setdefault(key.strip(), [])
            if value.strip():
                values[key.strip()].append(value.strip())
            else:
                values[key.strip()] = []
    return values


def test_blessing_is_ours_and_kairos_remounts_are_gone(image):
    unit = merged(image, "systemd-bless-boot.service")
    assert unit["ExecStart"] == ["/usr/bin/bootpilotctl with-esp -- /usr/lib/systemd/systemd-bless-boot good"]
    assert unit["ExecStartPre"] == [] and unit["ExecStartPost"] == []
    assert {"!/run/cos/recovery_mode", "!/run/cos/autoreset_mode"} <= set(unit["ConditionPathExists"])
    seed = merged(image, "systemd-boot-random-seed.service")
    assert seed["ExecStartPre"] == [] and seed["ExecStartPost"] == [] and "with-esp" in seed["ExecStart"][0]


def test_reports_only_from_active_and_passive(image):
    unit = merged(image, "bootpilot-good.service")
    assert {"/run/cos/uki_boot_mode", "|/run/cos/active_mode", "|/run/cos/passive_mode"} <= set(unit["ConditionPathExists"])
    assert unit["StateDirectory"] == ["kairos/bootpilot"] and unit["Requires"] == ["boot-complete.target"]


def test_nothing_in_front_of_boot_complete_sees_the_network(image):
    """Of the overlay's units, those that are ordered before boot-complete.target have no network, and wait for none."""
    units = [path.name for path in UNITS.glob("*.service") if "boot-complete.target" in " ".join(merged(image, path.name).get("Before", []))]
    assert units == ["bootpilot-health@.service"]
    for unit in map(lambda name: merged(image, name), units):
        assert unit["PrivateNetwork"] == ["yes"]
        assert "network" not in " ".join(unit.get("After", []) + unit.get("Wants", []) + unit.get("Requires", []))
    for script in (OVERLAY / "usr" / "lib" / "bootpilot" / "health").iterdir():
        code = re.sub(r"^#.*", "", script.read_text(), flags=re.MULTILINE)
        assert not re.search(r"\b(curl|wget|ping|kubectl|nslookup|ip|ssh|https?:)\b", code), script


def test_what_is_enabled_exists(image):
    links = [path for path in OVERLAY.rglob("*") if path.is_symlink()]
    assert len(links) == 4
    for link in links:
        assert (image / link.relative_to(OVERLAY)).resolve().is_file(), link


# --- health checks, run ---------------------------------------------------------------------------------------------

def health(name, path=os.environ["PATH"], **environment):
    return subprocess.run([OVERLAY / "usr" / "lib" / "bootpilot" / "health" / name], stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                          encoding="utf-8", timeout=60, env={"PATH": path, **environment})


@pytest.mark.parametrize("volumes, status", [("LABEL=X:/proc", 0), ("LABEL=X:/proc LABEL=Y:/sys", 0), ("LABEL=X:/proc LABEL=Y:/nowhere", 1)])
def test_mounts(tmp_path, volumes, status):
    layout = tmp_path / "layout.env"
    layout.write_text(f'OVERLAY="tmpfs:25%"\nVOLUMES="{volumes}"\n')
    result = health("mounts", LAYOUT=str(layout))
    assert result.returncode == status and ("/nowhere is not mounted" in result.stdout) == bool(status)


@pytest.mark.parametrize("k3s, status", [(None, 0), ("exit 0", 0), ("exit 1", 1)])
def test_k3s(tmp_path, k3s, status):
    if k3s:
        (tmp_path / "k3s").write_text(f"#!/bin/sh\n{k3s}\n")
        (tmp_path / "k3s").chmod(0o755)
    assert health("k3s", f"{tmp_path}:/usr/bin:/bin").returncode == status


# --- the page -------------------------------------------------------------------------------------------------------

def test_the_page_names_every_file_and_no_other():
    real = {str(path.relative_to(OVERLAY)) for path in OVERLAY.rglob("*") if path.is_symlink() or path.is_file()}
    named = set(re.findall(r"^\| `((?:usr|system)/[^`]+)` \|", PAGE, re.MULTILINE))
    assert named == real, named ^ real


def test_the_page_names_every_stage():
    for stage in config()["stages"]:
        assert f"`{stage}`" in PAGE
    for stage in re.findall(r"`(kairos-uki-[a-z.-]+)`", PAGE):
        assert stage in STAGES
