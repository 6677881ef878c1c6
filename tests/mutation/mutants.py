# SPDX-License-Identifier: Apache-2.0
"""Every small change to a C source that somebody could make by mistake, one at a time."""
import re

# What stands for what. The first that matches at a place is its operator.
SWAPS = [("<<", [">>"]), (">>", ["<<"]), ("<=", ["<"]), (">=", [">"]), ("==", ["!="]), ("!=", ["=="]), ("&&", ["||"]),
         ("||", ["&&"]), ("++", ["--"]), ("--", ["++"]), ("+=", ["-="]), ("-=", ["+="]), ("|=", ["&="]), ("->", []),
         ("<", ["<="]), (">", [">="]), ("+", ["-"]), ("-", ["+"]), ("&", ["|"]), ("|", ["&"])]
NUMBER = re.compile(r"\b(0[xX][0-9A-Fa-f]+|\d+)([uUlL]*)\b")
CONDITION = re.compile(r"\b(?:if|while) \(")
STATEMENT = re.compile(r"^\t+(?:[\w>.\[\]*()+ -]+ (?:[-+|&]?=) [^{]*|\*?\(?\*?[\w>.\[\]-]+\)?(?:\+\+|--)|\w+\(.*\)|return\b.*|break|continue);$")


class Mutant:
    def __init__(self, path, line, start, end, text, what):
        self.path, self.line, self.start, self.end, self.text, self.what = path, line, start, end, text, what

    def __str__(self):
        return f"{self.path}:{self.line}: {self.what}"

    def apply(self, source):
        return source[:self.start] + self.text + source[self.end:]


def blanked(source):
    """SOURCE with comments, texts, characters and lines of the preprocessor as blanks: every offset stays."""
    def blank(match):
        return re.sub(r"[^\n]", " ", match.group(0))
    pattern = r'/\*.*?\*/|//[^\n]*|"(?:\\.|[^"\\\n])*"|\'(?:\\.|[^\'\\\n])*\'|^[ \t]*#(?:\\\n|[^\n])*'
    return re.sub(pattern, blank, source, flags=re.DOTALL | re.MULTILINE)


def closing(code, at):
    """The place of the bracket that closes the one at AT."""
    depth = 0
    for place in range(at, len(code)):
        depth += {"(": 1, ")": -1}.get(code[place], 0)
        if depth == 0:
            return place
    raise ValueError("a bracket is not closed")


def is_binary(code, at, operator):
    """Not a sign, a pointer or an address: something that has a value stands before."""
    before = code[:at].rstrip()
    cast = re.search(r"\((?:const )?(?:struct |enum |unsigned |uint\d+_t|size_t|int|char|bool)[\w *]*\)$", before)
    return operator not in ("+", "-", "&", "*") or (bool(re.search(r"[\w)\]]$", before)) and not cast
                                                    and not re.search(r"\breturn$", before))


def operators(code):
    at = 0
    while at < len(code):
        for operator, others in SWAPS:
            if code.startswith(operator, at):
                if is_binary(code, at, operator):
                    for other in others:
                        yield at, at + len(operator), other, f"{operator} is {other}"
                at += len(operator) - 1
                break
        at += 1


def numbers(code):
    for match in NUMBER.finditer(code):
        value = int(match.group(1), 0)
        yield match.start(), match.end(), f"{value + 1}{match.group(2)}", f"{match.group(0)} is {value + 1}"


def conditions(code):
    for match in CONDITION.finditer(code):
        start = match.end() - 1
        end = closing(code, start) + 1
        yield start, end, None, "the condition is negated"


def statements(code):
    offset = 0
    for line in code.split("\n"):
        if STATEMENT.match(line):
            start = offset + len(line) - len(line.lstrip())
            yield start, offset + len(line), ";", f"without `{line.strip()}`"
        offset += len(line) + 1


def of(path, source):
    """All mutants of SOURCE, in the order of their places."""
    code, found = blanked(source), []
    body = code.find("\n{")  # before the first function stand declarations and tables
    for generator in (operators, numbers, conditions, statements):
        for start, end, text, what in generator(code):
            if generator is not numbers and generator is not operators and start < body:
                continue
            text = f"(!{source[start:end]})" if text is None else text
            found.append(Mutant(path, source.count("\n", 0, start) + 1, start, end, text, what))
    return sorted(found, key=lambda mutant: (mutant.start, mutant.end, mutant.text))
