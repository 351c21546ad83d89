"""Ctrl-Z and `fg`, as a shell with job control has it; and that nobody is left with a program that nothing brings back."""

from __future__ import annotations

import os
import re
import signal
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from accounts.engine.lock import EngineLock
from core.paths import find_home
from tests.terminal.program import ROOT, correio
from tests.terminal.terminal import Terminal
from tests.tui.office import Office, mail
from tui.terminal_memory import PEN_BACK

Run = Callable[..., Terminal]
SHELL = ["bash", "--norc", "--noprofile", "-i"]
PROMPT = {"PS1": "ready> ", "PS0": "", "HISTFILE": "/dev/null"}
CLEAR = r"printf '\033[2J\033[H'"
GIVEN_BACK = (
    PEN_BACK.encode(),
    b"\x1b[?2004l",
    b"\x1b[?7h",
    b"\x1b[?1000l",
    b"\x1b[?1003l",
    b"\x1b[?1006l",
    b"\x1b[?1004l",
    b"\x1b[<u",
    b"\x1b[?1049l",
    b"\x1b[?25h",
)
"""The pen, pasting, wrapping, mouse, focus, keyboard protocol, the other screen and the cursor."""
TAKEN = (b"\x1b[?1049h", b"\x1b[?1000h", b"\x1b[?2004h", b"\x1b[?25l")
STAYS = "No shell waits here"


@pytest.fixture
def home(correio_home: Path) -> Path:
    """A home with two mails; its engine ends with the test."""
    office = Office(correio_home.parent)
    office.put(mail(1, "First of them"), mail(2, "Second of them"))
    office.db.close()
    return correio_home


def at_shell(terminal: Run, line: str = "", **env: str) -> Terminal:
    """A shell in which Correio was started, with the list on the screen."""
    shell = terminal(command=SHELL, env={**PROMPT, **env}, columns=100, rows=30).wait_for("ready>")
    command = line or " ".join(correio())
    return whole(shell.type(f"{command}\n"))


def whole(terminal: Terminal) -> Terminal:
    """All of the first screen is there: the counts come last."""
    return terminal.wait_for("Second of them").wait_for("keys").wait_for("2 unread")


def stopped(shell: Terminal) -> Terminal:
    """Ctrl-Z was pressed: the shell has its terminal back, as it was. The emulator has one screen only: it is emptied."""
    before = len(shell.raw)
    shell.press("ctrl+z").wait_for(lambda screen: re.search(rb"Stopped.*ready>", screen.raw[before:], re.DOTALL) is not None)
    written = bytes(shell.raw[before:])
    assert [one for one in GIVEN_BACK if one not in written] == []
    return shell.type(f"{CLEAR}\n").wait_gone("keys")


@pytest.mark.parametrize("colours", [{}, {"NO_COLOR": "1"}], ids=["colours", "none"])
def test_the_shell_and_back(terminal: Run, home: Path, colours: dict[str, str]) -> None:
    shell = at_shell(terminal, **colours)
    shown = shell.lines
    engine = EngineLock(find_home({"CORREIO_HOME": str(home), "XDG_RUNTIME_DIR": str(home.parent / "run")}).lock).holder()
    stopped(shell).type("echo $((40+2)) here\n").wait_for("42 here")
    if engine is not None:
        state = Path(f"/proc/{engine}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()[0]
        assert state not in "Tt", "the engine was stopped too"
    before = len(shell.raw)
    shell.type("fg\n").wait_for(lambda screen: screen.lines == shown)
    assert all(sequence in shell.raw[before:] for sequence in TAKEN)
    shell.press("?").wait_for("Moving about").press("q").wait_gone("Moving about")
    stopped(shell).resize(80, 20).type("fg\n").wait_for(
        lambda screen: "keys" in screen.line(19) and "Second of them" in screen.text
    )
    shell.press("q").wait_for("ready>").type("echo ended $?\n").wait_for("ended 0")
    assert b"Traceback" not in shell.raw


def test_what_stands_around_it_stops_with_it(terminal: Run, home: Path) -> None:
    shell = at_shell(terminal, f'sh -c "{" ".join(correio())}; {CLEAR}; echo after it"')
    stopped(shell).type("fg\n").wait_for("Second of them")
    shell.press("q").wait_for("after it")


def test_the_background_waits_until_it_is_brought_back_or_ended(terminal: Run, home: Path) -> None:
    shell = stopped(at_shell(terminal))
    shell.type("bg; until jobs | grep -q Stopped; do :; done; echo again\n").wait_for(re.compile("^again", re.MULTILINE))
    assert "Second of them" not in shell.text
    shell.type("fg\n").wait_for("Second of them").wait_for("keys")
    stopped(shell).type("kill %1; wait %1; echo ended\n").wait_for(re.compile("^ended", re.MULTILINE))
    assert b"Traceback" not in shell.raw


def test_over_text_it_leads_nowhere(terminal: Run, home: Path) -> None:
    shell = at_shell(terminal)
    shell.type("/first").wait_for("Search: first").press("ctrl+z").type("s").wait_for("Search: firsts")
    shell.press("escape", "escape").wait_gone("Search:")
    stopped(shell)


def test_without_a_shell_it_stays(terminal: Run, home: Path) -> None:
    alone = terminal().wait_for("Second of them").wait_for("keys")
    alone.press("ctrl+z").wait_for(STAYS).press("j", "q")
    assert alone.wait_exit() == 0


@pytest.mark.parametrize(
    "command",
    [
        ["sh", "-c", f"{' '.join(correio())}; exit 7"],  # as `xterm -e`, with a shell that looks after nothing
        ["bash", "--norc", "--noprofile", "-ic", f"set +m; {' '.join(correio())}; exit 7"],
        ["bash", "-c", f"trap '' TSTP; {' '.join(correio())}; exit 7"],
    ],
    ids=["script", "job-control-off", "ignored"],
)
def test_a_shell_that_looks_after_nothing_is_none(terminal: Run, home: Path, command: list[str]) -> None:
    alone = terminal(command=command).wait_for("Second of them").wait_for("keys")
    alone.press("ctrl+z").wait_for(STAYS).press("j", "q")
    assert alone.wait_exit() == 7


def test_a_shell_without_job_control_below_another_is_none(terminal: Run, home: Path) -> None:
    shell = at_shell(terminal, f'bash --norc --noprofile -i -c "set +m; {" ".join(correio())}; {CLEAR}; echo left"')
    shell.press("ctrl+z").wait_for(STAYS)
    shell.press("j", "q").wait_for("left")


def test_going_on_at_the_very_end_is_no_trouble(terminal: Run, home: Path) -> None:
    words = (
        "import atexit, os, runpy, signal, sys; atexit.register(lambda: os.kill(os.getpid(), signal.SIGCONT));"
        f" sys.argv = ['correio']; runpy.run_path({str(ROOT / 'tui' / 'entry.py')!r}, run_name='__main__')"
    )
    running = terminal(command=[sys.executable, "-P", "-c", words]).wait_for("Second of them").wait_for("keys")
    running.press("q")
    assert running.wait_exit() == 0
    assert b"Traceback" not in running.raw, running.complaint("it complains")


def test_a_stop_without_warning_is_painted_over(terminal: Run, home: Path) -> None:
    running = whole(terminal(cold=True))
    shown, before = running.lines, running.reset_bytes()
    running.kill(signal.SIGSTOP)
    os.waitid(os.P_PID, running.process.pid, os.WSTOPPED | os.WNOWAIT)
    running.kill(signal.SIGCONT)
    running.wait_for(lambda screen: all(words in screen.raw[before:] for words in (b"Second of them", b"keys")))
    running.wait_for(lambda screen: screen.lines == shown)
    running.press("q")
    assert running.wait_exit() == 0
