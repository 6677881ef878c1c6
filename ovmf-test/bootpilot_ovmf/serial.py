# SPDX-License-Identifier: Apache-2.0
"""What came over the serial line: the firmware's and Bootpilot's screens, and the facts that the test OS reports."""

import re

ESCAPES = re.compile(r"\x1b(\[[0-9;=?]*[A-Za-z]|[()][A-Z0-9])")
FACT = re.compile(r"^TESTOS ([a-z-]+)=(.*)$")
BEGIN = "TESTOS begin"


def plain(raw):
    """RAW (bytes) as text without the terminal's escape sequences; a cursor movement becomes a new line."""
    text = raw.decode("utf-8", "replace")
    text = re.sub(r"\x1b\[\d+;\d+H", "\n", text)
    text = ESCAPES.sub("", text).replace("\r", "\n")
    return "\n".join(line.rstrip() for line in text.split("\n") if line.strip())


def reports(text):
    """The reports of all test OSes started in this power cycle, in order: a dict of facts each."""
    found = []
    for line in text.split("\n"):
        line = line.strip()
        if line == BEGIN:
            found.append({})
        match = FACT.match(line)
        if match and found:
            found[-1][match.group(1)] = match.group(2).strip()
    return found


def words(line):
    """`role=passive entry=passive.conf` as a dict."""
    return dict(word.split("=", 1) for word in (line or "").split() if "=" in word)
