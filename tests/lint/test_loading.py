"""The commands and the engine load no screen, whatever they touch at run time."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest

from tests.terminal.program import correio, environment, run_correio

COMMANDS = (
    ["--version"],
    ["list"],
    ["sync"],
    ["folders"],
    ["search", "word"],
    ["count", "*"],
    ["outbox"],
    ["config", "path"],
    ["engine", "status"],
    ["doctor"],
)
IMPORTED = re.compile(r"^import time:\s+\d+ \|\s+\d+ \|\s+([\w.]+)$", re.M)


def packages(stderr: str) -> set[str]:
    """The top packages that -X importtime names."""
    return {name.split(".")[0] for name in IMPORTED.findall(stderr)}


@pytest.mark.parametrize("words", COMMANDS, ids=" ".join)
def test_a_command_loads_no_screen(words: list[str], correio_home: Path) -> None:
    done = run_correio(words, correio_home, env={"PYTHONPROFILEIMPORTTIME": "1"})
    assert "Traceback" not in done.stderr
    seen = packages(done.stderr)
    assert "tui" in seen
    assert not seen & {"textual", "rich"}


def test_the_engine_loads_no_screen(correio_home: Path) -> None:
    must_have_account(correio_home)
    engine = subprocess.Popen(
        correio("engine", "run"),
        env=environment(correio_home, PYTHONPROFILEIMPORTTIME="1"),
        cwd=correio_home.parent,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    # Each status command is an attempt to reach the engine; the first that does ends the wait.
    answers = (run_correio(["engine", "status"], correio_home).returncode for _ in range(100))
    assert 0 in answers
    assert run_correio(["engine", "stop"], correio_home).returncode == 0
    _, stderr = engine.communicate(timeout=60)
    seen = packages(stderr)
    assert "accounts" in seen
    assert not seen & {"textual", "rich"}


def must_have_account(home: Path) -> None:
    """A local account, so that there is something to look after."""
    command = ["account", "add", "--email", "me@example.org", "--kind", "local", "--no-test"]
    done = run_correio(command, home)
    assert done.returncode == 0, done.stderr
