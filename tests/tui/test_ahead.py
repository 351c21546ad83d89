"""What is made ready while the cursor rests: shown as ever, and not before somebody opens it."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from tests.tui.idle import nap
from tests.tui.office import Clerk, Office, mail, work
from tui.screens.main.ahead import MOST_AHEAD

LONG = "A long line of words. " * (MOST_AHEAD // 20)


@pytest.fixture
def office(tmp_path: Path) -> Office:
    """Three conversations: the newest of two messages, then a long mail, then a short one."""
    made = Office(tmp_path)
    made.put(mail(1, "Short"), mail(2, "Long", body=LONG), mail(3, "Two"), mail(4, "Re: Two", parent=3))
    return made


def reader_text(clerk: Clerk) -> str:
    return "\n".join(one.line.text for one in clerk.main.reader.laid.shown)


async def rest(clerk: Clerk) -> str:
    """Let the cursor rest until something was made ready; its text."""
    async with asyncio.timeout(60):
        while clerk.main.ahead is None:
            await nap()
    (page,) = clerk.main.ahead._pages.values()
    return "\n".join(line.text for line in page.lines)


@pytest.mark.parametrize("size", [(80, 24), (102, 30), (120, 30)])
def test_enter_shows_what_was_made_ready(office: Office, size: tuple[int, int]) -> None:
    async def script(clerk: Clerk) -> None:
        await clerk.press("j", "j")
        assert "The text of mail 1." in await rest(clerk)
        ahead = clerk.main.ahead
        assert office.folder("Inbox").unread == 4, "resting reads nothing"
        await clerk.press("enter")
        assert clerk.main.reading.opened is ahead and clerk.main.ahead is None
        assert len(ahead._pages) == 1, "it was laid out for the width that the reader has"
        assert "The text of mail 1." in reader_text(clerk)
        await clerk.until(lambda: office.folder("Inbox").unread == 3)

    work(office.app(), script, size)


def test_of_a_conversation_the_first_unread_message(office: Office) -> None:
    async def script(clerk: Clerk) -> None:
        await clerk.press("j", "k")
        assert "The text of mail 3." in await rest(clerk)
        ahead = clerk.main.ahead
        await clerk.press("enter")
        assert clerk.main.reading.opened is ahead
        assert "The text of mail 3." in reader_text(clerk) and "The text of mail 4." in reader_text(clerk)

    work(office.app(), script)


def test_what_would_take_its_time_is_left_until_it_is_opened(office: Office) -> None:
    async def script(clerk: Clerk) -> None:
        await clerk.press("j", "j")
        await rest(clerk)
        await clerk.press("k")
        assert clerk.main.ahead is None, "another row"
        clerk.main._make_ahead()
        assert clerk.subject == "Long" and clerk.main.ahead is None
        await clerk.press("enter")
        assert "A long line of words." in reader_text(clerk)

    work(office.app(), script)


def test_what_changed_in_the_store_is_made_ready_anew(office: Office) -> None:
    async def script(clerk: Clerk) -> None:
        await clerk.press("j", "j")
        await rest(clerk)
        before = clerk.main.ahead
        office.put(mail(9, "News"))
        clerk.app.store_changed()
        assert clerk.main.ahead is None
        await rest(clerk)
        assert clerk.main.ahead is not before
        await clerk.press("enter")
        assert "The text of mail 1." in reader_text(clerk)

    work(office.app(), script)


def test_in_another_width_it_is_made_ready_anew(office: Office) -> None:
    async def script(clerk: Clerk) -> None:
        await clerk.press("j", "j")
        await rest(clerk)
        await clerk.pilot.resize_terminal(70, 24)
        assert clerk.main.ahead is None
        assert "The text of mail 1." in await rest(clerk)
        ahead = clerk.main.ahead
        await clerk.press("enter")
        assert clerk.main.reading.opened is ahead and list(ahead._pages) == [("plain", 68)]

    work(office.app(), script)
