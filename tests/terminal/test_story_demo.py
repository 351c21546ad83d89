"""The demo, lived through at a terminal: reading, answering, and the answer that comes back; archiving, searching,
writing with a file, the outbox. On a small and on a wide screen."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.terminal.terminal import Terminal

Run = Callable[..., Terminal]
SIZES = [(80, 24), (160, 48)]
TOP = "URGENT: printer"
"""How the newest mail of the demo begins."""
EMPTY = "Nothing waits"
"""What the outbox says; a mail waits in it for ten seconds only."""


@pytest.fixture(params=SIZES, ids=lambda size: f"{size[0]}x{size[1]}")
def demo(request: pytest.FixtureRequest, terminal: Run) -> Terminal:
    """The demo with its mail, on a terminal of the size."""
    columns, rows = request.param
    started = terminal("demo", columns=columns, rows=rows)
    return started.wait_for(TOP).wait_for("Chidi Eze").wait_for("Tide table for")


def test_read_answer_and_get_an_answer(demo: Terminal) -> None:
    demo.press("enter").wait_for("the printer has moved our slot forward")
    demo.press("r").wait_for("Re: URGENT").wait_for("maria.santos@work.example")
    demo.type("Yes, the review is done.").wait_for("Yes, the review is done.")
    demo.press("ctrl+x").wait_for("Ready to send?").press("y").wait_for(re.compile("goes out in 10"))
    demo.press("q", "g", "o").wait_for("Outbox").wait_for(re.compile(f"Re: URGENT|{EMPTY}")).press("y").wait_for(EMPTY)
    demo.press("q").wait_for("Chidi, me (3)", timeout=60)
    demo.press("g", "g", "enter").wait_for("3 messages")
    demo.press("K", "enter").wait_for("▾   Maria Santos").wait_for("Yes, the review is done.")
    demo.press("q").wait_for("↩")


def test_archive_and_take_it_back_search_and_come_back_and_leave(demo: Terminal) -> None:
    demo.press("a").wait_gone(TOP).wait_for("1 message archived")
    demo.press("c").wait_for("Go to folder").type("archive").press("enter").wait_for(TOP)
    demo.press("g", "i").wait_for("Farol CI").press("u").wait_for(TOP).wait_for("Moved back")
    demo.press("x", "x", "d").wait_for("in the trash").wait_gone(TOP)
    demo.press("u").wait_for(TOP)
    demo.type("/lighthouse").wait_for(re.compile(r"Search: lighthouse +[1-9]\d* found")).press("enter")
    demo.press("n", "N", "enter").wait_for("From").press("q").wait_for("Search: lighthouse")
    demo.press("escape").wait_gone("Search: lighthouse").wait_for(TOP)
    demo.type("\\from:ana").wait_gone(TOP).press("enter").wait_gone("Show only:")
    demo.wait_for(re.compile(r"Inbox · from:ana.*found"))
    demo.press("escape").wait_for(TOP)
    demo.press("g", "g", "enter").wait_for("the printer has moved").press("q")
    demo.press("q")
    assert demo.wait_exit() == 0


def test_write_with_a_file(demo: Terminal, correio_home: Path) -> None:
    note = correio_home.parent / "user" / "sea-note.txt"
    note.write_text("The tide is high.\n")
    demo.press("m").wait_for("New message").type("maria@correio.example").press("tab", "tab", "tab")
    demo.type("A note to myself").press("tab").type("With a file.").press("escape", "escape").wait_for("Ready to send?")
    demo.press("a").wait_for("Attach the file").type("sea").press("tab").wait_for("sea-note.txt").press("backspace", "enter")
    demo.wait_for(re.compile(r"sea-note\.txt\s+18 B")).press("y").wait_for("goes out")
    demo.press("g", "o").wait_for("Outbox").wait_for(re.compile(f"A note to myself|{EMPTY}")).press("y")
    demo.wait_for(EMPTY).press("q")
    demo.wait_for(lambda shown: any("A note to myself" in line for line in shown.lines), timeout=60)
    demo.press("g", "g", "enter").wait_for("With a file.").wait_for("sea-note.txt")
    demo.press("S").wait_for("Save into folder").press("enter").wait_for("Saved as")
    assert (note.parent / "sea-note (2).txt").read_text() == note.read_text()
