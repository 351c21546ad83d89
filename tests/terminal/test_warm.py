"""A command forked from a loaded process is like one that starts from nothing."""

from __future__ import annotations

import os
import signal
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.terminal.program import correio, environment, processes_of, run_correio
from tests.terminal.terminal import Terminal
from tests.terminal.warm import WarmStart

ADD = ("account", "add", "--kind", "local", "--email", "me@example.org", "--name", "loc")


@pytest.fixture
def warm(correio_home: Path) -> WarmStart:
    """What this run forks its commands from."""
    from tests.terminal import program

    if program._warm is None:
        pytest.skip("every command starts from nothing in this run")
    assert program._warm.fits(environment(correio_home))
    return program._warm


@pytest.mark.parametrize(
    "words",
    [["--version"], ["nonsense"], ["count", "*"], ["count", "("], ["folders", "--json"], ["config", "path"],
     ["config", "set", "ui.keymap", "none"], ["engine", "status"], ["import", "-", "--into", "Inbox"]],
    ids=" ".join,
)  # fmt: skip
def test_it_says_the_same(words: list[str], warm: WarmStart, correio_home: Path) -> None:
    env = environment(correio_home)
    assert warm.run(ADD, b"", 60, correio_home.parent, env).returncode == 0
    given = b"Subject: \xff\r\n\r\nOl\xc3\xa1\r\n"
    forked = warm.run(words, given, 60, correio_home.parent, env)
    anew = subprocess.run(correio(*words), input=given, capture_output=True, env=env, cwd=correio_home.parent, check=False)
    assert (forked.returncode, forked.stdout, forked.stderr) == (anew.returncode, anew.stdout, anew.stderr)


def test_an_environment_that_python_reads_at_its_start(warm: WarmStart, correio_home: Path) -> None:
    assert not warm.fits(environment(correio_home, LC_ALL="C"))
    assert not warm.fits(environment(correio_home, PYTHONPROFILEIMPORTTIME="1"))
    assert warm.fits(environment(correio_home, XDG_RUNTIME_DIR="/nowhere"))


def test_it_is_found_and_killed(warm: WarmStart, correio_home: Path) -> None:
    assert run_correio(ADD, correio_home).returncode == 0
    reads, writes = os.pipe()
    with os.fdopen(reads, "rb"):
        engine = warm.begin(["engine", "run"], [reads, writes, writes], "/", environment(correio_home), alone=False)
        os.close(writes)
        assert engine.poll() is None
        assert engine.pid in processes_of(correio_home)
        engine.send_signal(signal.SIGKILL)
        assert engine.wait(30) == -signal.SIGKILL == engine.poll()
    assert engine.pid not in processes_of(correio_home)


def test_one_that_does_not_end_is_killed(warm: WarmStart, correio_home: Path) -> None:
    assert run_correio(ADD, correio_home).returncode == 0
    with pytest.raises(subprocess.TimeoutExpired):
        run_correio(["engine", "run"], correio_home, timeout=0.2)


@pytest.mark.parametrize("cold", [True, False])
def test_a_screen(terminal: Callable[..., Terminal], cold: bool) -> None:
    shown = terminal(cold=cold).wait_for("Your mail address")
    shown.resize(100, 30).press("ctrl+q")
    assert shown.wait_exit() == 0
