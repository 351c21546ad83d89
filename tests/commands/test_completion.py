"""Completion in the shells that are here, from scripts that shells without a set-up of their own take."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

from tui.commands.completion import script
from tui.commands.words import parser


def run(shell: str, lines: str, folder: Path) -> str:
    """What the shell writes, started without anybody's own settings."""
    program = shutil.which(shell)
    if program is None:
        pytest.skip(f"{shell} is not installed")
    bare = {"bash": ["--norc", "--noprofile"], "zsh": ["-f"], "fish": ["--no-config"]}[shell]
    file = folder / f"correio.{shell}"
    file.write_text(script(parser(), shell))
    done = subprocess.run(
        [program, *bare, "-c", f"source {file}\n{lines}"], cwd=folder, capture_output=True, text=True, timeout=60, check=False
    )
    assert not done.stderr, done.stderr
    return done.stdout


def test_bash(tmp_path: Path) -> None:
    asked = "COMP_WORDS=(correio account im); COMP_CWORD=2; _correio; echo ${COMPREPLY[@]}"
    assert run("bash", asked, tmp_path) == "import\n"


def test_zsh(tmp_path: Path) -> None:
    asked = "COMP_WORDS=(correio account im); COMP_CWORD=2; echo $+functions[compdef] $+functions[_correio]"
    assert run("zsh", asked, tmp_path) == "1 1\n"


def test_fish(tmp_path: Path) -> None:
    (tmp_path / "a file").touch()

    def completes(line: str) -> dict[str, str]:
        rows = run("fish", f"complete -C {line!r}", tmp_path).splitlines()
        return {word: words for word, _tab, words in (row.partition("\t") for row in rows)}

    assert completes("correio acc") == {"account": "add, list, show, test, remove accounts; import those of other programs"}
    assert set(completes("correio account ")) == {"add", "list", "show", "test", "remove", "import", "domain"}
    assert completes("correio account show ") == {}, "no second verb, and no file"
    assert completes("correio account add --in-security st") == {"starttls": ""}
    assert "a file" in "".join(completes("correio import ")).replace("\\", "")
    assert "a file" in "".join(completes("correio send --attach ")).replace("\\", "")


def test_fish_is_told_where_files_stand() -> None:
    lines = script(parser(), "fish").splitlines()
    assert lines[0] == "complete -c correio -f", "nowhere else"
    [attach] = [line for line in lines if "-l attach" in line and "from send" in line]
    assert attach.endswith(" -r -F")
    assert "complete -c correio -n __fish_use_subcommand -a sync -d '" in "\n".join(lines)
    [verbs] = [line for line in lines if "from account" in line and "-a 'add" in line]
    assert "and not __fish_seen_subcommand_from add" in verbs
    assert not [line for line in lines if line.replace("\\'", "").count("'") % 2], "what is said is quoted"
