# SPDX-License-Identifier: Apache-2.0
"""ovmf-test/COMPARISON.md has a row for every scenario that plain systemd-boot can play, and for no other. What the rows say
is measured on firmware by ovmf-test/compare, which takes too long for here; `ovmf-test/compare --kept` writes the page at
once and leaves a question mark where nothing was measured yet."""

import collections
import os
import re
import sys

ROOT = os.path.abspath(os.path.join(os.path.dirname(__file__), "..", ".."))
sys.path.insert(0, os.path.join(ROOT, "ovmf-test"))
sys.dont_write_bytecode = True

from bootpilot_ovmf.comparable import Behaviour, comparable, comparable_all, label  # noqa: E402
from bootpilot_ovmf.scenario import Scenario  # noqa: E402


def page():
    with open(os.path.join(ROOT, "ovmf-test", "COMPARISON.md"), encoding="utf-8") as file:
        return file.read()


def rows():
    """name -> what the page says it is about."""
    found = re.findall(r"^\| \[([\w-]+)\]\(\.\./tests/scenarios/\1\.txt\): (.*?) \|", page(), re.MULTILINE)
    doubled = [name for name, count in collections.Counter(name for name, _ in found).items() if count > 1]
    assert not doubled, doubled
    return dict(found)


def plain(text):
    return text.replace("\\", "")


def written(tmp_path, *lines):
    path = tmp_path / "written.txt"
    path.write_text("\n".join(("about x", "given entry active+3.conf", *lines, "then role=active")) + "\n")
    return Scenario(str(path))


def test_the_page_has_a_row_for_each_scenario_that_can_be_compared_and_no_other():
    wanted, there = {scenario.name for scenario in comparable_all()}, set(rows())
    assert wanted, "no scenario at all"
    assert not wanted - there, f"run ovmf-test/compare: {sorted(wanted - there)} has no row"
    assert not there - wanted, f"run ovmf-test/compare: {sorted(there - wanted)} is no scenario of this kind any more"


def test_the_rows_say_what_the_scenarios_are_about():
    about = rows()
    for scenario in comparable_all():
        assert plain(about[scenario.name]) == plain(scenario.about), scenario.name


def test_the_count_is_that_of_the_rows():
    assert int(re.search(r"^(\d+) scenarios\.", page(), re.MULTILINE).group(1)) == len(rows())


def test_what_speaks_of_bootpilot_alone_is_not_compared(tmp_path):
    assert comparable(written(tmp_path))
    assert comparable(written(tmp_path, "given config watchdog 15", "given esp read-only"))
    for line in ("given config reset-limit 0", "given note forget", "given nvram lost", "only policy fake", "berth entry type2"):
        assert not comparable(written(tmp_path, line)), line


def test_an_os_does_what_the_scenario_says_of_it(tmp_path):
    scenario = written(tmp_path, "then role=active", "then role=passive", "when works", "then role=recovery")
    does = Behaviour(scenario)
    assert [does.of("active", boot, []) for boot in (0, 5)] == ["fails", "fails"]
    assert does.of("passive", 0, []) == "works"
    assert does.of("statereset", 0, ["statereset+1.conf"]) == "works"
    assert does.of("statereset", 0, ["statereset+0-1.conf"]) == "fails"


def test_entries_are_called_by_their_role():
    assert [label(name) for name in ("ACTIVE+2-1.CONF", "active_x-y.z+1.conf", "active.old.conf", "statereset.efi")] == [
        "active", "active", "active.old", "statereset"]
