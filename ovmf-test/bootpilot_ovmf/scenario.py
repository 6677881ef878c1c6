# SPDX-License-Identifier: Apache-2.0
"""Reads scenario files. The language: tests/scenarios/README.md."""

import os
import shlex

JUDGES = ("policy", "fake", "ovmf")
VERSIONS = ("252", "254", "257", "262")
BERTHS = ("driver", "entry", "type2", "first", "net")
GIVEN = ("entry", "uki", "image", "file", "remove", "rename", "config", "variable", "note", "esp", "nvram")
WHEN = ("fails", "works", "blessed", "hangs", "resets")


class ScenarioError(Exception):
    """A line is not understood; the text says which and why."""


class Step:
    """One line: kind is `given`, `then`, `when` or `names`, rest what stands behind it."""

    def __init__(self, kind, rest, line):
        self.kind, self.rest, self.line = kind, rest, line

    def __str__(self):
        return f"line {self.line}: {self.kind} {self.rest}"


class Scenario:
    """The file PATH."""

    def __init__(self, path):
        self.path = path
        self.name = os.path.splitext(os.path.basename(path))[0]
        self.about, self.judges, self.secure_boot = "", JUDGES, False
        self.versions, self.berths, self.steps = None, ("driver",), []  # versions None: true for all
        with open(path, encoding="utf-8") as file:
            for number, line in enumerate(file, 1):
                line = line.strip()
                if line and not line.startswith("#"):
                    word, _, rest = line.partition(" ")
                    self._take(word, rest.strip(), number)
        if not any(step.kind == "then" for step in self.steps):
            raise ScenarioError(f"{path}: no `then` line, so nothing is judged")

    def needs_xbootldr(self):
        """True if any line puts something on XBOOTLDR: the partition is there from the start then."""
        return any(step.kind == "given" and "on=xbootldr" in step.rest.split() for step in self.steps)

    def awaits_reset(self):
        """True if Bootpilot will count down to an automatic reset."""
        return any(step.kind == "then" and "role=reset" in step.rest.split() for step in self.steps)

    def behaviour_after(self, index):
        """The `when` Step that says what the OS does in the boot STEPS[INDEX], or None."""
        for step in self.steps[index + 1:]:
            if step.kind == "then":
                return None
            if step.kind == "when":
                return step
        return None

    def is_last_boot(self, index):
        """True if no boot follows STEPS[INDEX]."""
        return not any(step.kind == "then" for step in self.steps[index + 1:])

    def _take(self, word, rest, line):
        if word == "about":
            self.about = rest
        elif word == "only":
            self.judges = self._choice(rest, JUDGES, line)
        elif word == "loader":
            self.versions = self._choice(rest, VERSIONS, line)
        elif word == "berth":
            self.berths = self._choice(rest, BERTHS, line)
        elif word == "secure-boot":
            self.secure_boot = rest == "on"
        elif word in ("given", "then", "names"):
            self._step(word, rest, line)
        elif word == "when" and rest.startswith("given "):
            self._step("given", rest[len("given "):].strip(), line)
        elif word == "when":
            self._step("when", rest, line)
        else:
            raise ScenarioError(f"{self.path}:{line}: the word {word} is not known; see tests/scenarios/README.md")

    def _step(self, kind, rest, line):
        known = {"given": GIVEN, "when": WHEN}.get(kind)
        first = rest.split(" ")[0]
        if known and first not in known:
            raise ScenarioError(f"{self.path}:{line}: {kind} {first} is not known; say one of {', '.join(known)}")
        self.steps.append(Step(kind, rest, line))

    def _choice(self, rest, known, line):
        chosen = tuple(rest.split())
        for word in chosen:
            if word not in known:
                raise ScenarioError(f"{self.path}:{line}: {word} is none of {', '.join(known)}")
        return chosen


def fields(text):
    """The words of TEXT in order: plain ones, and KEY=VALUE ones as a dict; values may be quoted."""
    plain, keyed = [], {}
    lexer = shlex.shlex(text, posix=True, punctuation_chars=False)
    lexer.whitespace_split, lexer.escape, lexer.commenters = True, "", ""  # a backslash is part of a path
    for word in lexer:
        key, equals, value = word.partition("=")
        if equals and not key.startswith("\\"):
            keyed[key] = value
        else:
            plain.append(word)
    return plain, keyed
