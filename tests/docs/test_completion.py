# SPDX-License-Identifier: Apache-2.0
"""Real shells are asked what they would offer on a command line of bootpilotctl. What they must offer comes from its help.

Debian: bash, zsh, shellcheck
"""

import os
import pty
import select
import shutil
import subprocess
import time

import pytest

import usage

LIMIT_S = 120
ROLES = {"active", "passive", "recovery", "reset"}

# The functions that bash calls, with the words that readline would have split.
ASK_BASH = r"""
compopt() { :; }
source <("$TOOL" completion bash)
COMP_WORDS=("$@")
COMP_CWORD=$(($# - 1))
_bootpilotctl
((${#COMPREPLY[@]})) && printf '%s\n' "${COMPREPLY[@]}"
"""

# An interactive zsh on a terminal of its own, whose Tab key tells what would be listed.
ASK_ZSH = r"""
zmodload zsh/zpty
zpty shell zsh -f -i
zpty -w shell '
PROMPT= RPROMPT=; unsetopt zle_bracketed_paste beep; fpath=('$1' $fpath)
autoload -U compinit && compinit -u -C -d '$1'/dump
compadd() {
	local -a hits
	[[ ${@[1,(i)(-|--)]} == *-[OAD]* ]] && { builtin compadd "$@"; return }
	builtin compadd -A hits "$@"
	(($#hits)) && print -rl -- "offer="${^hits}
	builtin compadd "$@"
}
tell() { print ASKED; zle complete-word; print ANSWERED; zle kill-whole-line }
zle -N tell; bindkey "^I" tell; zstyle ":completion:*" list-colors ""; LISTMAX=9999
print READY$((1 + 1))'
zpty -r shell answer '*READY2*'
zpty -w -n shell "$2"$'\t'
zpty -r shell answer '*ANSWERED*'
print -r -- $answer
zpty -d shell
"""


def shell(command, directory, **environment):
    done = subprocess.run(command, capture_output=True, encoding="utf-8", timeout=LIMIT_S, cwd=directory, check=False,
                          env={**os.environ, "TOOL": usage.TOOL, "TERM": "dumb", **environment})
    return done.stdout, done.stderr


class Bash:
    def __init__(self, directory, _):
        self.directory = directory

    def offers(self, *words):
        out, _ = shell(["bash", "--norc", "-c", ASK_BASH, "bash", "bootpilotctl", *words], self.directory)
        return set(out.splitlines())


class Zsh:
    def __init__(self, directory, functions):
        self.directory, self.functions = directory, functions

    def offers(self, *words):
        line = " ".join(["bootpilotctl", *words])
        out, wrong = shell(["zsh", "-f", "-c", ASK_ZSH, "zsh", str(self.functions), line], self.directory)
        assert "ANSWERED" in out, out + wrong
        answer = out.split("ASKED", 1)[1]
        return {found.rstrip("\r").removeprefix("offer=").replace("\\ ", " ") for found in answer.split("\n")
                if found.startswith("offer=")}


@pytest.fixture(scope="module")
def functions(tmp_path_factory):
    """Where zsh finds ours; what it learns of all others it keeps there too."""
    directory = tmp_path_factory.mktemp("functions")
    (directory / "_bootpilotctl").write_text(usage.tool("completion", "zsh"))
    return directory


@pytest.fixture(params=[Bash, Zsh])
def asked(request, tmp_path, functions):
    work = tmp_path / "work"
    work.mkdir()
    assert shutil.which(request.param.__name__.lower()), f"{request.param.__name__.lower()} is missing: see tests/packages"
    return request.param(work, functions)


def test_commands(asked):
    offers = asked.offers("")
    assert set(usage.commands()) <= offers <= set(usage.commands()) | set(usage.options())
    assert asked.offers("re") == {name for name in usage.commands() if name.startswith("re")} != set()
    assert asked.offers("--") == set(usage.options())


def test_options_of_each_command(asked):
    for command in usage.commands():
        offers = asked.offers(command, "--")
        assert {offer.rstrip("=") for offer in offers} - {"--"} == set(usage.options(command)), command


@pytest.mark.parametrize("words", [("bad",), ("re-arm",), ("bad", "--dry-run")])
def test_roles(asked, words):
    assert asked.offers(*words, "") == ROLES
    assert asked.offers(*words, "re") == {"recovery", "reset"}
    assert not asked.offers(*words, "active", "p"), "it takes only one"


def test_several_roles(asked):
    assert asked.offers("role", "--is", "") == ROLES | {"none"}
    assert asked.offers("role", "--is", "active", "pas") == {"passive"}


def test_arguments_of_options(asked):
    assert asked.offers("plan", "--loader", "") == {"252", "254", "257", "262"}
    assert not asked.offers("plan", "--fail", ""), "a number is not known in advance"
    assert asked.offers("completion", "") == {"bash", "zsh"}
    assert asked.offers("install", "--berth", "driver") == {"driver", "driver+net"}


def test_paths(asked):
    (asked.directory / "a directory").mkdir()
    (asked.directory / "a file").write_text("")
    assert {offer.rstrip("/") for offer in asked.offers("status", "--esp-path", "a")} == {"a directory"}
    assert {offer.rstrip("/") for offer in asked.offers("plan", "--from", "a")} == {"a directory", "a file"}
    assert {offer.rstrip("/") for offer in asked.offers("configure", "--dry-run", "a")} == {"a directory", "a file"}


def test_the_command_behind_with_esp(asked):
    assert "bootctl" not in usage.commands()
    assert "true" in asked.offers("with-esp", "--", "tru")
    (asked.directory / "xfile").write_text("")
    assert asked.offers("with-esp", "--", "cat", "xf") == {"xfile"}


def test_nothing_is_offered_where_nothing_is_known(asked):
    assert not asked.offers("sing", "--")
    assert not asked.offers("sing", "")


def test_every_argument_in_the_help_is_known_to_the_completions():
    script = usage.tool("completion", "bash")
    for command in usage.commands():
        for option, argument in usage.options(command).items():
            assert not argument or f"{option}= " not in script and f"{option}='" not in script, f"{command} {option} {argument}"
        block = script.split(f"\n\t{command})\n", 1)[1].split(";;", 1)[0]
        assert ("operands=''" in block) == (usage.operands(command) == ""), f"{command} {usage.operands(command)}"


def test_readline_splits_words_at_equals_signs(tmp_path):
    """What it makes of --esp-path=DIR only a shell on a terminal can tell."""
    (tmp_path / "efi-partition").mkdir()
    (tmp_path / "rc").write_text(f"PS1=; source <({usage.TOOL} completion bash)\nbind 'set enable-bracketed-paste off'\n"
                                 f"bootpilotctl() {{ printf 'got=%s\\n' \"$@\"; }}; cd {tmp_path}; echo READY\n")
    terminal, other = pty.openpty()
    with subprocess.Popen(["bash", "--rcfile", str(tmp_path / "rc"), "-i"], stdin=other, stdout=other, stderr=other,
                          env={**os.environ, "TERM": "dumb"}, start_new_session=True) as process:
        os.close(other)
        try:
            wait_for(terminal, "READY")
            os.write(terminal, b"bootpilotctl status --esp-path=efi-p\t\n")
            wait_for(terminal, "got=--esp-path=efi-partition/")
            os.write(terminal, b"bootpilotctl re-a\tact\t\n")
            wait_for(terminal, "got=active")
        finally:
            process.kill()
    os.close(terminal)


def wait_for(terminal, text):
    seen, end = "", time.monotonic() + LIMIT_S
    while text not in seen:
        assert time.monotonic() < end and select.select([terminal], [], [], end - time.monotonic())[0], seen
        seen += os.read(terminal, 4096).decode(errors="replace")


def test_the_scripts_are_sound(tmp_path):
    (tmp_path / "bash").write_text(usage.tool("completion", "bash"))
    (tmp_path / "zsh").write_text(usage.tool("completion", "zsh"))
    for command in (["shellcheck", str(tmp_path / "bash")], ["zsh", "-n", str(tmp_path / "zsh")]):
        done = subprocess.run(command, capture_output=True, encoding="utf-8", timeout=LIMIT_S, check=False)
        assert done.returncode == 0 and not done.stdout + done.stderr, done.stdout + done.stderr
