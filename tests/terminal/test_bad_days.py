"""Bad days: tiny windows, poor terminals, broken files, a database that goes; a sentence each time, and nothing lost."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from msgspec.structs import replace

from tests.terminal.program import correio, environment, run_correio
from tests.terminal.terminal import Terminal
from tests.tui.office import Office, mail

Run = Callable[..., Terminal]


@pytest.fixture
def office(correio_home: Path) -> Office:
    made = Office(correio_home.parent)
    made.put(*(mail(number, f"Subject {number}") for number in range(1, 31)))
    return made


def test_a_window_of_20_by_5(terminal: Run, office: Office) -> None:
    shown = terminal(columns=20, rows=5).wait_for("Subj")
    shown.press("j", "enter").wait_for("Subject 29").press("tab").wait_for("▾ me").press("q").wait_for("Enter")
    shown.press("?").wait_for("Moving").press("q").press("m").wait_for("New message")
    shown.type("a@b.example").press("ctrl+x").wait_for("Ready").press("P").wait_for("Kept")
    shown.press("g", "o").wait_for("Outbox").press("q", ":").type("archive").press("enter")
    shown.wait_for("archived").press("q")
    assert shown.wait_exit() == 0


@pytest.mark.parametrize("size", [(1, 1), (3, 2), (10, 3)])
def test_windows_in_which_nothing_can_be_read(terminal: Run, office: Office, size: tuple[int, int]) -> None:
    shown = terminal(columns=80, rows=24).wait_for("Subject 30")
    shown.resize(*size).press("j", "enter", "j", "q", "m", "escape", "escape")
    shown.resize(80, 24).wait_for("Inbox 29 unread")
    shown.press("q")
    assert shown.wait_exit() == 0


def test_a_storm_of_sizes(terminal: Run, office: Office) -> None:
    shown = terminal(columns=170, rows=50).wait_for("Subject 30").press("j", "j", "enter").wait_for("text of mail 28")
    for columns, rows in [(80, 24), (20, 5), (200, 60), (99, 10), (100, 30), (159, 40), (160, 3), (81, 25)] * 4:
        shown.resize(columns, rows)
    shown.resize(120, 30).wait_for(lambda seen: seen.line(-1).strip() != "" and "text of mail 28" in seen.text)
    shown.press("q").wait_for("Subject 27").press("j").press("enter").wait_for("text of mail 27")


@pytest.mark.parametrize(
    "env",
    [
        {"NO_COLOR": "1"},
        {"TERM": "xterm", "COLORTERM": ""},
        {"TERM": "dumb", "COLORTERM": ""},
        {"TERM": "linux", "COLORTERM": ""},
        {"TERM": "vt100", "COLORTERM": "", "LANG": "C", "LC_ALL": "C"},
        {"CORREIO_PLAIN_DISPLAY": "1"},
        {"COLUMNS": "100", "LINES": "30"},
    ],
    ids=lambda env: ",".join(f"{name}={value}" for name, value in env.items()),
)
def test_poor_terminals(terminal: Run, office: Office, env: dict[str, str]) -> None:
    shown = terminal(env=env).wait_for("Subject 30").press("j", "enter").wait_for("text of mail 29")
    colours = {code for code in re.findall(rb"\x1b\[([0-9;]*)m", bytes(shown.raw)) if re.search(rb"(^|;)[34][0-9]", code)}
    assert not colours or (env.get("TERM") != "dumb" and "NO_COLOR" not in env)
    shown.press("q", "q")
    assert shown.wait_exit() == 0


def test_bytes_that_are_no_text(terminal: Run, office: Office) -> None:
    shown = terminal().wait_for("Subject 30")
    shown.write(b"\xff\xfe\xc3\x28\xf0\x9f").press("j", "enter").wait_for("text of mail 29")


def test_a_long_paste_of_text(terminal: Run, office: Office) -> None:
    shown = terminal().wait_for("Subject 30").press("m").wait_for("New message")
    shown.type("ana@example.net").press("tab", "tab", "tab", "tab")
    shown.paste("line [/x] of many\n" * 500 + "the last one").wait_for("the last one")
    shown.press("ctrl+x").wait_for("Ready to send?").press("G").wait_for("the last one")


def test_a_paste_into_the_list_is_no_storm_of_keys(terminal: Run, office: Office) -> None:
    shown = terminal().wait_for("Subject 30").paste("dddaaaq")
    shown.press("j", "enter").wait_for("text of mail 29")
    assert office.folder("Inbox").total == 30


def test_no_terminal(correio_home: Path) -> None:
    done = run_correio([], correio_home)
    assert done.returncode != 0 and "needs a terminal" in done.stderr and "Traceback" not in done.stderr


def test_a_broken_configuration_names_the_line(terminal: Run, office: Office) -> None:
    file = office.home.settings_file
    file.write_text(file.read_text() + "\n[ui]\ncolour = 'red'\n")
    shown = terminal(columns=150)
    assert shown.wait_exit() == 1
    line = len(file.read_text().splitlines())
    assert f"line {line}" in " ".join(shown.text.split()) and "Traceback" not in shown.text


def test_a_broken_key_map_names_the_line(terminal: Run, office: Office) -> None:
    maps = office.home.config / "keymaps"
    maps.mkdir()
    (maps / "mine.toml").write_text('title = "mine"\n[keys]\n"message.archive" = ["d"]\n')
    office.settings(lambda old: replace(old, ui=replace(old.ui, keymap="mine")))  # by hand: `config set` would look into it
    shown = terminal(columns=150)
    assert shown.wait_exit() == 1
    assert "mine.toml" in shown.text and "3" in shown.text and "Traceback" not in shown.text


def test_an_unreadable_database_says_what_to_do(terminal: Run, office: Office) -> None:
    office.db.close()
    office.home.database.write_bytes(b"This is no database. " * 1000)
    for rest in office.home.state.glob("correio.db-*"):
        rest.unlink()
    shown = terminal(columns=150)
    assert shown.wait_exit() == 1
    assert "doctor --repair" in "".join(shown.lines) and "Traceback" not in shown.text


def test_without_an_engine_everything_local_works(terminal: Run, office: Office, tmp_path: Path) -> None:
    blocked = tmp_path / "blocked"
    blocked.mkdir()
    socket = office.home.socket.name
    (blocked / socket).mkdir()
    shown = terminal(env={"XDG_RUNTIME_DIR": str(blocked)}).wait_for("Subject 30")
    shown.press("d").wait_for("in the trash").press("enter").wait_for("text of mail 29")


def test_two_screens_on_one_store(terminal: Run, office: Office) -> None:
    one, other = terminal().wait_for("Subject 30"), terminal().wait_for("Subject 30")
    one.press("d").wait_gone("Subject 30")
    other.wait_gone("Subject 30")
    other.press("u").wait_for("Subject 30")
    one.wait_for("Subject 30")


def test_the_engine_killed_is_started_again(terminal: Run, office: Office) -> None:
    from accounts.engine.lock import EngineLock

    def engine() -> int | None:
        return EngineLock(office.home.lock).holder()

    shown = terminal().wait_for("Subject 30").wait_for(lambda _seen: engine() is not None)
    first = engine()
    subprocess.run(["kill", "-9", str(first)], check=True)
    shown.wait_for(lambda _seen: engine() not in (None, first), timeout=60)
    shown.press("d").wait_for("in the trash")


def test_standard_output_gone_is_no_traceback(correio_home: Path, office: Office) -> None:
    command = [*correio("list"), "|", "head", "-1"]
    done = subprocess.run(
        ["sh", "-c", " ".join(command)], env=environment(correio_home), capture_output=True, text=True, timeout=60, check=False
    )
    assert "Traceback" not in done.stderr
