# SPDX-License-Identifier: Apache-2.0
"""The README says what the code does: its decision table and its configuration keys are those of the sources."""

import os
import re

ROOT = os.path.join(os.path.dirname(__file__), "..", "..")


def read(*path):
    with open(os.path.join(ROOT, *path), encoding="utf-8") as file:
        return file.read()


def table(heading):
    """The rows of the first table behind HEADING, as lists of cells."""
    section = read("README.md").split(heading, 1)[1]
    text = "|" + section.split("\n\n|", 1)[1].split("\n\n", 1)[0]
    rows = re.findall(r"^\|(.*)\|$", text, re.MULTILINE)
    return [[cell.strip() for cell in row.split("|")] for row in rows if "---" not in row]


def names(text):
    return re.findall(r"`([a-z0-9-]+)`", text)


def reason_words():
    """REASON_ACTIVE_GOOD -> active-good, from the one table of words."""
    return dict(re.findall(r"\[(REASON_\w+)\] = \{ \"([a-z-]+)\"", read("shared", "report_words.c")))


def verdict_reasons(source):
    """Role that is judged -> the reasons that its verdicts give."""
    body = re.search(r"reason_of_verdict\[\]\[VERDICT_GOOD \+ 1\] = \{(.*?)\n\};", source, re.DOTALL).group(1)
    return {role: re.findall(r"= (REASON_\w+)", row)
            for role, row in re.findall(r"\[(ROLE_\w+)\] = \{(.*?)\n\t\}", body, re.DOTALL)}


def rules():
    """The rows of the policy: action, role, the reasons that it can give."""
    source = read("shared", "policy.c")
    words, by_verdict = reason_words(), verdict_reasons(source)
    body = re.search(r"static const struct rule rules\[\] = \{(.*?)\n\};", source, re.DOTALL).group(1)
    rows = re.findall(r"\{ (\w+), (ACTION_\w+), (ROLE_\w+), (REASON_\w+), (ROLE_\w+) \}", body)
    assert len(rows) == 11, "rows of the policy that this test does not understand"
    result = []
    for _, action, role, reason, judged in rows:
        reasons = [words[name] for name in by_verdict.get(judged, [reason])]
        if judged != "ROLE_NONE":  # a role that is chosen is bootable itself; one that is passed over is not
            chosen = role == judged
            reasons = [name for name in reasons if name.endswith(("-good", "-trying")) == chosen]
        result.append((action, role, reasons))
    return result


def test_the_decision_table_is_the_policy():
    wanted = rules()
    last_resort = [row for row in wanted if row[2] == ["last-resort"]]
    assert [row[1] for row in last_resort] == ["ROLE_RECOVERY", "ROLE_PASSIVE", "ROLE_ACTIVE"]
    wanted.remove(last_resort[2])  # rows 8 and 9 of the page: passive and active share one
    rows = table("## What it decides")[1:]
    assert len(rows) == len(wanted) == 10
    for cells, (action, role, reasons) in zip(rows, wanted):
        assert sorted(names(cells[3])) == sorted(reasons), f"row {cells[0]}: reasons"
        if role != "ROLE_NONE" and reasons != ["last-resort"]:
            assert role[5:].lower() in cells[2], f"row {cells[0]}: role"
        if action == "ACTION_HAND_BACK":
            assert "hand back" in cells[2], f"row {cells[0]}: action"


def test_every_key_of_the_configuration_is_documented_and_no_other():
    keys = re.findall(r"^\t\[SET_\w+\] = \{ \.key = \"([a-z-]+)\"", read("shared", "config.c"), re.MULTILINE)
    documented = [name for row in table("## Configure it")[1:] for name in names(row[0])]
    assert keys and sorted(documented) == sorted(keys)


def test_every_file_that_the_page_shows_is_there():
    for path in re.findall(r"!\[[^]]*\]\(([^)]+)\)", read("README.md")):
        assert os.path.getsize(os.path.join(ROOT, path)) > 0, path
