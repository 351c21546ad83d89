"""Writing survives: kill -9, a lost line, a stopped machine, an editor of one's own that is cut off."""

from __future__ import annotations

import signal
from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest

from core.draft import Draft
from core.store import drafts
from tests.terminal.program import run_correio
from tests.terminal.terminal import Terminal
from tests.tui.office import Office, mail

Run = Callable[..., Terminal]
WORDS = "Words that took a while to find"


@pytest.fixture
def office(correio_home: Path) -> Office:
    made = Office(correio_home.parent)
    made.put(mail(1, "Lunch on Friday"))
    return made


def written(office: Office) -> list[Draft]:
    return [Draft.from_json(one.data) for one in drafts.all_drafts(office.db)]


def setting(home: Path, key: str, value: str) -> None:
    done = run_correio(["config", "set", key, value], home)
    assert done.returncode == 0, done.stderr


def begin(run: Run) -> Terminal:
    """A composer with an address half typed, a subject and a text."""
    shown = run().wait_for("Lunch on Friday").press("m").wait_for("New message")
    shown.type("half an address").press("tab", "tab", "tab").type("A subject").press("tab").type(WORDS)
    return shown.wait_for(WORDS)


def test_typing_costs_little_on_the_line(terminal: Run, office: Office) -> None:
    shown = begin(terminal)
    costs = []
    for letter in " and more of them now":
        before = shown.reset_bytes()
        shown.type(letter).wait_for(partial(_wrote_more_than, before))
        costs.append(len(shown.raw) - before)
    assert max(costs) <= 600, costs


def _wrote_more_than(before: int, shown: Terminal) -> bool:
    return len(shown.raw) > before


def find_again(run: Run) -> None:
    """The text is in Drafts, and can be gone on with."""
    again = run().wait_for("Lunch on Friday").press("g", "d").wait_for("A subject").press("enter")
    again.wait_for(WORDS).wait_for("half an address")
    again.press("ctrl+q")
    assert again.wait_exit() == 0


def test_kill_9_loses_nothing_that_was_saved(terminal: Run, office: Office) -> None:
    shown = begin(terminal)
    shown.wait_for(lambda _shown: any(one.body == WORDS for one in written(office)))
    shown.kill(signal.SIGKILL)
    assert shown.wait_exit() == -signal.SIGKILL
    find_again(terminal)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_a_signal_saves_at_once(terminal: Run, office: Office, number: signal.Signals) -> None:
    shown = begin(terminal)
    shown.kill(number)
    shown.wait_exit()
    assert [one.body for one in written(office)] == [WORDS]
    find_again(terminal)


def test_a_lost_line_saves_at_once(terminal: Run, office: Office) -> None:
    shown = begin(terminal)
    shown.hang_up()
    shown.wait_exit()
    assert [one.body for one in written(office)] == [WORDS]
    find_again(terminal)


def test_ctrl_q_keeps_what_is_written(terminal: Run, office: Office) -> None:
    shown = begin(terminal).press("ctrl+q")
    assert shown.wait_exit() == 0
    find_again(terminal)


def test_keys_that_come_all_at_once_go_where_they_belong(terminal: Run, office: Office) -> None:
    shown = terminal().wait_for("Lunch on Friday")
    shown.write(b"m" + b"ana@example.net\t\t\tSubject\tText with m, q and d\x18").wait_for("Ready to send?")
    shown.wait_for("Subject").wait_for("ana@example.net").wait_for("Text with m, q and d")
    shown.write(b"sanew\rPy").wait_for("Lunch on Friday")
    assert [(one.subject, one.body) for one in written(office)] == [("Subjectanew", "Text with m, q and d")]


def editor(home: Path, script: str) -> Path:
    file = home.parent / "user" / "editor"
    file.write_text(f"#!/bin/sh\n{script}\n")
    file.chmod(0o700)
    return file


def test_an_editor_of_ones_own(terminal: Run, office: Office, correio_home: Path) -> None:
    script = (
        'grep -q "^Subject:" "$1" || exit 3\n'
        'printf "From: me@example.org\\nTo: ana@example.net\\nSubject: Edited\\n\\nBy hand [/x]\\n" > "$1"'
    )
    setting(correio_home, "ui.editor", str(editor(correio_home, script)))
    shown = terminal().wait_for("Lunch on Friday").press("m")
    shown.wait_for("Ready to send?").wait_for("Edited").wait_for("By hand [/x]").wait_for("ana@example.net")
    shown.press("P").wait_for("Kept in Drafts.").wait_for("Lunch on Friday")
    assert not list((correio_home / "state").glob("editing-*"))


def test_an_editor_that_fails_leaves_the_built_in_one(terminal: Run, office: Office, correio_home: Path) -> None:
    setting(correio_home, "ui.editor", "/no/such/editor")
    shown = terminal().wait_for("Lunch on Friday").press("r").wait_for("editor gave up")
    shown.type("Typed here").wait_for("Typed here").press("ctrl+x").wait_for("Ready to send?")


def test_the_editor_of_the_environment_by_a_key(terminal: Run, office: Office, correio_home: Path) -> None:
    command = editor(correio_home, 'printf "\\nAdded by the editor\\n" >> "$1"')
    shown = terminal(env={"EDITOR": str(command)}).wait_for("Lunch on Friday").press("m").wait_for("New message")
    shown.type("ana@example.net").press("ctrl+g").wait_for("Ready to send?").wait_for("Added by the editor")
    shown.press("e").wait_for("New message").type("And on").wait_for("And on")


def test_what_an_editor_had_written_when_everything_was_killed(terminal: Run, office: Office, correio_home: Path) -> None:
    script = 'printf "To: ana@example.net\\nSubject: Cut off\\n\\nNearly lost\\n" > "$1"; echo at-work; sleep 1000'
    setting(correio_home, "ui.editor", str(editor(correio_home, script)))
    shown = terminal().wait_for("Lunch on Friday").press("m").wait_for("at-work")
    shown.kill(signal.SIGKILL)
    shown.close()
    setting(correio_home, "ui.editor", "")
    again = terminal().wait_for("1 unfinished message is in Drafts.")
    again.press("g", "d").wait_for("Cut off").press("enter").wait_for("Nearly lost")
