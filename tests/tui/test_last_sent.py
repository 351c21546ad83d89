"""`u` after a mail was sent, when the seconds to take it back are over; and what was said, read again."""

from __future__ import annotations

from pathlib import Path

import pytest
from msgspec.structs import replace

from core.store import outbox
from tests.tui.office import Clerk, Office, mail, work
from tests.tui.test_outbox import taken
from tui.screens.compose import ComposeScreen
from tui.screens.told import Told


@pytest.fixture
def office(tmp_path: Path) -> Office:
    """Mails, and no seconds in which one that is sent could be taken back for sure."""
    made = Office(tmp_path)
    made.put(mail(1, "Lunch"), mail(2, "Dinner"), mail(3, "Supper"))
    made.settings(lambda old: replace(old, compose=replace(old.compose, undo_send_seconds=0)))
    return made


async def send(clerk: Clerk, office: Office) -> outbox.Outgoing:
    """Write a mail and send it; its row in the outbox."""
    await clerk.press("m")
    await clerk.type("ana@example.net")
    await clerk.press("tab", "tab", "tab")
    await clerk.type("Hello")
    await clerk.press("tab")
    await clerk.type("One line")
    await clerk.press("ctrl+x", "y")
    await clerk.until(lambda: outbox.rows(office.db) and clerk.main is clerk.app.screen)
    return outbox.rows(office.db)[0]


def test_what_has_gone_out_cannot_be_taken_back(office: Office) -> None:
    async def script(clerk: Clerk) -> None:
        await clerk.press("d")
        assert clerk.subject == "Dinner"
        row = await send(clerk, office)
        taken(office, row)
        await clerk.press("u")
        assert "The mail went out at " in clerk.footer and "cannot be taken back" in clerk.footer
        assert office.folder("Trash").total == 1, "what was done before stays for now"
        await clerk.press("u")
        assert "Moved back" in clerk.footer and office.folder("Trash").total == 0

    work(office.app(), script)


def test_what_is_on_its_way_cannot_either(office: Office) -> None:
    async def script(clerk: Clerk) -> None:
        row = await send(clerk, office)
        outbox.trying(office.db, row.id, "smtp.example.org")
        outbox.sending(office.db, row.id)
        await clerk.press("u")
        assert "on its way and cannot be taken back" in clerk.footer
        await clerk.press("u")
        assert "nothing to undo" in clerk.footer

    work(office.app(), script)


def test_what_still_waits_comes_back(office: Office) -> None:
    async def script(clerk: Clerk) -> None:
        await send(clerk, office)
        await clerk.press("u")
        await clerk.until(lambda: isinstance(clerk.app.screen, ComposeScreen))
        assert not outbox.rows(office.db)

    work(office.app(), script)


def test_what_was_done_since_is_meant(office: Office) -> None:
    async def script(clerk: Clerk) -> None:
        taken(office, await send(clerk, office))
        await clerk.press("d", "u")
        assert "Moved back" in clerk.footer
        await clerk.press("u")
        assert "nothing to undo" in clerk.footer

    work(office.app(), script)


def test_what_was_said_can_be_read_again(office: Office) -> None:
    async def script(clerk: Clerk) -> None:
        app = clerk.app
        app.notices.clear()
        await clerk.press("z", "!")
        assert "Nothing was said yet." in clerk.footer
        app.notices.clear()
        for number in range(60):
            app.say(f"Sentence {number}")
        app.say("Sentence [b]\x1b[2J", warning=True)
        app.say("Sentence [b]\x1b[2J", warning=True)
        assert len(app.notices) == 50
        await clerk.press("z", "!")
        assert isinstance(app.screen, Told)
        lines = app.screen.lines
        assert lines[0].endswith("! Sentence [b]\x1b[2J")
        assert lines[1].endswith("  Sentence 59") and lines[-1].endswith("Sentence 11")
        assert "Sentence 59" in clerk.text and "\x1b" not in clerk.text
        await clerk.press("escape")
        assert clerk.main is app.screen

    work(office.app(), script)
