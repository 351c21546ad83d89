"""Searching and threads from a real terminal: keys, the prompt, the tree, and the way back."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.terminal.program import run_correio
from tests.terminal.terminal import Terminal
from tests.tui.office import Office, mail

Run = Callable[..., Terminal]


@pytest.fixture
def office(correio_home: Path) -> Office:
    made = Office(correio_home.parent)
    made.put(mail(1, "Alpha"), mail(2, "Bravo", body="a needle\n"), mail(3, "Re: Alpha", parent=1))
    made.put(mail(4, "Elsewhere", body="a needle too\n"), folder="Lists")
    return made


def test_search_scope_save_and_sort(office: Office, terminal: Run) -> None:
    shown = terminal().wait_for("▸ Alpha")
    shown.type("/needle").wait_for("2 found").press("ctrl+o").wait_for("Show only: ").wait_for("1 found")
    shown.press("ctrl+o").wait_for("2 found").press("enter")
    shown.press("o").wait_for("Sort by").type("relevance").press("enter").wait_for("Relevance, best first")
    shown.press("B").wait_for("Save the search as: needle").press("enter").wait_for("Saved in the folder tree")
    shown.press("escape").wait_for("▸ Alpha").press("g", "/").wait_for("2 found")
    shown.press("ctrl+q")
    assert shown.wait_exit() == 0
    again = terminal().wait_for("▸ Alpha").press("tab").wait_for("Searches")
    again.press("ctrl+q")
    assert again.wait_exit() == 0


def test_a_thread_is_split_by_keys_and_joined_by_a_command(office: Office, terminal: Run, correio_home: Path) -> None:
    shown = terminal().wait_for("▸ Alpha").press("z", "a").press("j", "j", ",", "x").wait_for("The thread is split")
    shown.press("ctrl+q")
    assert shown.wait_exit() == 0
    assert run_correio(["thread", "join", "subject:alpha"], correio_home).stdout == "The threads are changed.\n"
    assert run_correio(["thread", "join", "subject:alpha"], correio_home).stdout == "There was nothing to change.\n"
    assert office.db.value("SELECT count(DISTINCT thread) FROM message WHERE topic = 'alpha'") == 1
    assert '"undone": "thread"' in run_correio(["undo", "--json"], correio_home).stdout
    assert office.db.value("SELECT count(DISTINCT thread) FROM message WHERE topic = 'alpha'") == 2
