# SPDX-License-Identifier: Apache-2.0
"""The manuals in tools/man know what the code knows, and nothing else: commands, options, configuration keys, reasons in words,
variables. They are rendered without a warning.

Debian: scdoc, man-db, groff-base
"""

import glob
import os
import re
import subprocess

import pytest

import usage
from test_readme import rules
from usage import read

PAGES = sorted(os.path.basename(path)[:-len(".scd")] for path in glob.glob(os.path.join(usage.ROOT, "tools", "man", "*.scd")))
LIMIT_S = 60


def plain(text):
    """Without what only scdoc reads; a line that was broken is one."""
    return re.sub(r"\\(.)", r"\1", re.sub(r"[*]|(?<!\w)_|_(?!\w)", "", " ".join(text.split())))


def page(name):
    return read("tools", "man", name + ".scd")


def section(name, heading):
    """What stands below HEADING of the page, up to the next heading of the same rank."""
    marks = heading.split(" ")[0]
    return re.search(rf"^{heading}$\n(.*?)(?=^#{{1,{len(marks)}}} |\Z)", page(name), re.MULTILINE | re.DOTALL).group(1)


def words(table):
    """The rows of a table of two columns: word -> sentence."""
    rows = re.findall(r"^\|  \*([a-z-]+)\*\n:  (.*(?:\n   .*)*)", table, re.MULTILINE)
    assert len({word for word, _ in rows}) == len(rows)
    return {word: plain(sentence) for word, sentence in rows}


def terms(text):
    """The words that a list explains: lines that are followed by an indented text."""
    return [plain(term) for line in re.findall(r"^(\S.*(?:\n\S.*)*)\n\t", text, re.MULTILINE) for term in re.split(r",\s+", line)]


def table_of_words(name):
    """The words and sentences of shared/report_words.c: {active-good: active is good}."""
    source = read("shared", "report_words.c")
    body = re.search(rf"\}} {name}\[\w*\] = \{{\n(.*?)\n\}};", source, re.DOTALL).group(1)
    return dict(re.findall(r"\"([^\"]+)\",\s*\"([^\"]+)\"", body))


# --- the tool -------------------------------------------------------------------------------------------------------

def test_every_command_has_its_chapter_and_no_other():
    assert re.findall(r"^## (.*)$", section("bootpilotctl.8", "# COMMANDS"), re.MULTILINE) == usage.commands()


def test_each_command_is_written_as_its_help_writes_it():
    for command in usage.commands():
        first = plain(section("bootpilotctl.8", f"## {command}").strip().split("\n\n")[0])
        assert first == f"bootpilotctl {command} [OPTION...] {usage.operands(command)}".strip()


def options_in_the_manual():
    """option -> (argument, the commands that have it)"""
    found = {}
    text = section("bootpilotctl.8", "# OPTIONS")
    for option, argument, about in re.findall(r"^\*(--[a-z-]+)\*(?: _([A-Z]+)_)?\n((?:\t.*\n)+)", text, re.MULTILINE):
        sentence = re.search(r"^\t(With(?:out)? .*)\Z", about, re.MULTILINE | re.DOTALL).group(1)
        found[option] = (argument or None, sentence)
    return found


def test_every_option_is_explained_with_its_commands_and_no_other():
    wanted = {}
    for command in usage.commands():
        for option, argument in usage.options(command).items():
            wanted.setdefault(option, (argument, []))[1].append(command)
    manual = options_in_the_manual()
    assert set(manual) == set(wanted) | set(usage.options())
    for option, (argument, commands) in wanted.items():
        assert manual[option][0] == argument, option
        if option == "--help":
            assert commands == usage.commands() and "every command" in manual[option][1]
        else:
            assert sorted(re.findall(r"\*([a-z-]+)\*", manual[option][1])) == sorted(commands), option


def test_the_berths_of_install():
    body = re.search(r"struct berth berths\[\] = \{(.*?)\n\};", read("tools", "berth.c"), re.DOTALL).group(1)
    about = re.search(r"\n\*--berth\*.*\n((?:\t.*\n)+?)\tWith ", section("bootpilotctl.8", "# OPTIONS")).group(1)
    listed = re.sub(r"\(.*?\)|, which is the default", "", plain(about)).replace("or ", "")
    assert re.findall(r"[a-z0-9+]+", listed) == re.findall(r"\{ \"([a-z0-9+]+)\"", body)


def test_nothing_that_looks_like_an_option_is_unknown():
    known = {option for command in usage.commands() for option in usage.options(command)} | set(usage.options())
    for name in PAGES:
        for line in page(name).splitlines():
            for _, rest in re.findall(r"\b(bootpilotctl|BOOTPILOT_GOOD)\b(.*)", line):
                mentioned = set(re.findall(r"(?<![\w-])--[a-z]+[a-z-]*", rest.split(" -- ")[0]))
                assert mentioned <= known, f"{name}: {line}"


def test_every_command_that_a_page_names_exists():
    for name in PAGES:
        for command in re.findall(r"(?:\*|^[$#] |/)bootpilotctl ([a-z-]+)", page(name), re.MULTILINE):
            assert command in usage.commands(), f"{name}: bootpilotctl {command}"


@pytest.mark.parametrize("command", [None, *usage.commands()])
def test_help_fits_and_is_whole(command):
    text = usage.tool(*filter(None, [command]), "--help")
    assert max(map(len, text.splitlines())) <= 80
    assert text.startswith(f"Usage: bootpilotctl {command or 'COMMAND'} [OPTION...]")
    assert "--help" in usage.options(command)
    assert not re.search(r"[ \t]$", text, re.MULTILINE)


def test_the_environment_is_that_of_the_sources():
    sources = "".join(read(os.path.relpath(path, usage.ROOT)) for path in glob.glob(os.path.join(usage.ROOT, "tools", "*.c")))
    read_by_us = set(re.findall(r"getenv\(\"(\w+)\"\)", sources)) | set(re.findall(r"\"(SYSTEMD_[A-Z_]+)\"", sources))
    assert set(terms(section("bootpilotctl.8", "# ENVIRONMENT"))) == read_by_us


def test_the_example_at_three_in_the_morning_is_what_status_prints(tmp_path):
    example = re.search(r"\$ bootpilotctl status\n(.*?)```", page("bootpilotctl.8"), re.DOTALL).group(1).splitlines()
    entries = tmp_path / "loader" / "entries"
    entries.mkdir(parents=True)
    (tmp_path / "EFI").mkdir()
    with open(os.path.join(usage.ROOT, "out", "bootpilotx64.efi"), "rb") as image:
        (tmp_path / "EFI" / "image.efi").write_bytes(image.read())
    for name in ("active+0-3", "passive", "recovery+3", "statereset+3"):
        (entries / f"{name}.conf").write_text("title Kairos\nlinux /EFI/image.efi\n")
    printed = usage.tool("status", "--esp-path", str(tmp_path)).splitlines()
    assert example[0] == example[1].replace("Next", "This") and example[1:] == printed[:len(example) - 1]


# --- the EFI program ------------------------------------------------------------------------------------------------

def test_the_decision_table_is_the_policy():
    rows = re.findall(r"^\|  (\d+)\n:  (.*)\n:  (.*)\n:  (.*)$", section("bootpilot.7", "# DECISION"), re.MULTILINE)
    wanted = rules()
    del wanted[[row[1:] for row in wanted].index(("ROLE_ACTIVE", ["last-resort"]))]  # passive and active share a row
    assert [int(row[0]) for row in rows] == list(range(1, len(wanted) + 1))
    for (number, _, action, reasons), (kind, role, names) in zip(rows, wanted):
        assert sorted(plain(reasons).split(", ")) == sorted(names), f"row {number}"
        assert ("hand back" in action) == (kind == "ACTION_HAND_BACK"), f"row {number}"
        if role != "ROLE_NONE" and names != ["last-resort"]:
            assert role[5:].lower() in action, f"row {number}"


def test_the_rows_are_those_of_the_readme():
    in_readme = [[re.sub("`", "", cell).strip() for cell in row.split("|")[1:4]]
                 for row in re.findall(r"^\| \d+ \|.*\|$", read("README.md"), re.MULTILINE)]
    rows = re.findall(r"^\|  (\d+)\n:  (.*)\n:  (.*)$", section("bootpilot.7", "# DECISION"), re.MULTILINE)
    assert [list(row[:2]) for row in rows] == [row[:2] for row in in_readme]


@pytest.mark.parametrize("heading, table", [("# REASONS", "reasons"), ("# CAUSES", "causes"), ("# REMARKS", "remarks"),
                                            ("## Faults", "faults")])
def test_words_and_sentences_are_those_of_the_report(heading, table):
    wanted = table_of_words(table)
    assert wanted and words(section("bootpilot.7", heading)) == wanted


def test_verdicts():
    body = re.search(r" verdicts\[\][^=]* = \{(.*?)\};", read("shared", "report_words.c"), re.DOTALL).group(1)
    assert set(words(section("bootpilot.7", "## Verdicts"))) == set(re.findall(r"\"([a-z]+)\"", body))


def test_berths():
    body = re.search(r" names\[\][^=]* = \{(.*?)\};", read("efi", "berth.c"), re.DOTALL).group(1)
    assert set(terms(section("bootpilot.7", "# BERTHS"))) == set(re.findall(r"\"([a-z]+)\"", body))


def test_variables():
    header = read("shared", "loader-vars.h")
    assert set(terms(section("bootpilot.7", "# VARIABLES"))) == set(re.findall(r"^#define \w+ +\"(\w+)\"", header, re.MULTILINE))


def test_the_keys_of_the_decision_line():
    told = re.search(r"\*BootpilotDecision\*\n((?:\t.*\n)+)", page("bootpilot.7")).group(1)
    named = set(re.findall(r"\*([a-z]+)\*", told))
    written = set(re.findall(r"write_(?:pair|number|flag|key)\(w, (?:TEXT\()?\"([a-z]+)\"",
                             read("shared", "report.c").split("void report_decision")[1].split("void report_state")[0]))
    written |= set(re.findall(r"\" ([a-z]+)=\"", read("efi", "store.c")))
    assert named == written


def test_the_screen_is_drawn_as_the_firmware_draws_it():
    drawn = re.search(r"```\n(.*?)```", section("bootpilot.7", "# SCREEN"), re.DOTALL).group(1)
    columns = {int(number) for number in re.findall(r"#define (?:ROLE|VERDICT)_COLUMNS +(\d+)u", read("shared", "report.c"))}
    assert columns == {10, 33}
    assert table_of_words("reasons")["active-exhausted"] in drawn
    for line in drawn.splitlines()[3:]:
        role, verdict, file = line[2:12], line[12:45], line[45:]
        assert line[:2] == "  " and role.strip() and verdict.strip() and re.fullmatch(r"\S+\.conf", file), line


# --- the configuration ----------------------------------------------------------------------------------------------

def expected(key, directory):
    """What may stand behind KEY, as `configure` tells whoever gave something else: "yes, witnessed or no". Empty: anything."""
    (directory / "conf").write_text(f"{key} %\n")
    done = subprocess.run([usage.TOOL, "configure", "--dry-run", os.path.join(usage.ROOT, "out", "bootpilotx64.efi"),
                           str(directory / "conf")], capture_output=True, encoding="utf-8", timeout=LIMIT_S, check=False)
    assert "no such key" not in done.stderr, done.stderr
    return done.stderr.partition("; give ")[2].strip().rstrip(".")


def test_every_key_with_its_values_and_its_default(tmp_path):
    keys = re.findall(r"^\t\[SET_\w+\] = \{ \.key = \"([a-z-]+)\"", read("shared", "config.c"), re.MULTILINE)
    text = section("bootpilot.conf.5", "# KEYS")
    assert keys and sorted(terms(text)) == sorted(keys)
    readme = dict(re.findall(r"^\| `([a-z-]+)` \| `([a-z0-9]+)`", read("README.md"), re.MULTILINE))
    limited = {key: expected(key, tmp_path) for key in keys}
    assert [key for key in keys if not limited[key]] == ["active", "passive", "recovery", "reset"]
    for key, said in limited.items():
        if not said:
            continue
        about = re.search(rf"^\*{key}\*\n((?:\t.*\n)+)", text, re.MULTILINE).group(1)
        values = re.findall(r"\d+", said) or re.findall(r"[a-z]+(?=,| or|$)", said)
        first = about.split("\n")[0]
        assert len(values) > 1 and all(re.search(rf"\b{value}\b", first) for value in values), f"{key}: {first}"
        assert f"Default: *{readme[key]}*." in about, key


def test_the_defaults_are_those_of_the_code(tmp_path):
    """Each value that the page calls a default is taken, and one beyond its range is not."""
    text = section("bootpilot.conf.5", "# KEYS")
    defaults = re.findall(r"^\*([a-z-]+)\*\n(?:\t.*\n)*?\tDefault: \*([a-z0-9]+)\*", text, re.MULTILINE)
    source = re.search(r"void config_set_defaults.*?\n\}", read("shared", "config.c"), re.DOTALL).group(0)
    assert len(defaults) == 8
    for key, value in defaults:
        name = key.replace("-", "_")
        set_to = re.search(rf"config->{name}(?:_s)? = (\w+);", source)
        if set_to is None:
            assert key == "measure" and value == "no"  # memset(): what is not set is no
        elif value.isdigit():
            assert set_to.group(1) == value, key
        else:
            assert set_to.group(1).lower().endswith("_" + value), key


def test_the_examples_are_understood(tmp_path):
    blocks = [block for block in re.findall(r"```\n(.*?)```", section("bootpilot.conf.5", "# EXAMPLES"), re.DOTALL)
              if not block.startswith("$")]
    assert len(blocks) == 2
    for block in blocks:
        (tmp_path / "conf").write_text(block)
        usage.tool("configure", "--dry-run", os.path.join(usage.ROOT, "out", "bootpilotx64.efi"), str(tmp_path / "conf"))


# --- the units ------------------------------------------------------------------------------------------------------

def test_every_unit_and_drop_in_is_named():
    text = page("bootpilot-good.service.8")
    units = glob.glob(os.path.join(usage.ROOT, "tools", "systemd", "*.service"))
    units += glob.glob(os.path.join(usage.ROOT, "tools", "systemd", "*", "*.conf"))
    assert units
    for path in units:
        assert os.path.relpath(path, os.path.join(usage.ROOT, "tools", "systemd")) in section("bootpilot-good.service.8", "# SYNOPSIS")
    for field in re.findall(r"\"(BOOTPILOT_[A-Z]+)=", read("tools", "announce.c")):
        assert f"*{field}=*" in text, field
    assert read("tools", "systemd", "bootpilot-good.service").count("$BOOTPILOT_GOOD") == 1


def test_manuals_that_units_name_exist():
    for path in glob.glob(os.path.join(usage.ROOT, "tools", "systemd", "*.service")):
        for name, number in re.findall(r"man:([\w.-]+)\((\d)\)", read(os.path.relpath(path, usage.ROOT))):
            assert f"{name}.{number}" in PAGES, f"{path}: {name}({number})"


def test_pages_that_refer_to_ours_refer_to_one_that_exists():
    for name in PAGES:
        for other, number in re.findall(r"\*(bootpilot[\w.-]*)\*\((\d)\)", page(name)):
            assert f"{other}.{number}" in PAGES, f"{name}: {other}({number})"


# --- the form -------------------------------------------------------------------------------------------------------

@pytest.mark.parametrize("name", PAGES)
def test_it_is_rendered_without_a_warning(name, tmp_path):
    roff = subprocess.run(["scdoc"], input=page(name), capture_output=True, encoding="utf-8", timeout=LIMIT_S, check=False)
    assert roff.returncode == 0, roff.stderr
    (tmp_path / name).write_text(roff.stdout, encoding="utf-8")
    shown = subprocess.run(["man", "--warnings", "-l", str(tmp_path / name)], capture_output=True, encoding="utf-8", check=False,
                           timeout=LIMIT_S, env={**os.environ, "LC_ALL": "C.UTF-8", "MANWIDTH": "80", "MAN_KEEP_FORMATTING": ""})
    assert shown.returncode == 0 and not shown.stderr, shown.stderr
    assert "SEE ALSO" in shown.stdout
    long = [line for line in re.sub(r".\x08|\x1b\[[0-9;]*m", "", shown.stdout).splitlines() if len(line) > 80]
    examples = [line for line in page(name).splitlines() if len(line) > 70]
    assert all(any(example.strip() in line for example in examples) for line in long), long
