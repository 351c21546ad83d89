"""Mail that another program has marked as deleted; how lists are shown, and that it is kept."""

from __future__ import annotations

from pathlib import Path

import pytest
from msgspec.structs import replace

from core.flags import Flag
from core.store import comments, placements
from tests.tui.office import Clerk, Office, mail, work


@pytest.fixture
def office(tmp_path: Path) -> Office:
    """Four mails, the two in the middle marked."""
    made = Office(tmp_path)
    made.put(mail(1, "One"), mail(4, "Four"))
    made.put(mail(2, "Two"), mail(3, "Three"), flags=Flag.DELETED | Flag.SEEN)
    return made


def subjects(clerk: Clerk) -> list[str]:
    return [entry.row.subject for entry in clerk.main.list.window.entries]


def marked(office: Office) -> int:
    return len(placements.marked_deleted(office.db, [office.folder("Inbox").id]))


def test_the_mark_is_taken_back_and_comes_again_with_undo(office: Office) -> None:
    async def script(clerk: Clerk) -> None:
        assert clerk.text.count(" ✗ ") == 2
        await clerk.press("j", "z", "u")
        assert marked(office) == 1 and clerk.text.count(" ✗ ") == 1 and "no longer deleted" in clerk.footer
        await clerk.press("u")
        assert marked(office) == 2
        await clerk.press("g", "g", "z", "u")
        assert "nothing to change" in clerk.footer

    work(office.app(), script)


@pytest.mark.parametrize("conversation", [False, True])
def test_the_reader_says_it_too(office: Office, conversation: bool) -> None:
    office.put(mail(5, "Five", parent=4), mail(6, "Six", parent=5), flags=Flag.DELETED | Flag.SEEN)
    office.settings(lambda old: replace(old, ui=replace(old.ui, conversation=conversation)))

    async def script(clerk: Clerk) -> None:
        await clerk.press("enter", "J", *["enter"] * conversation)  # folded to a line there
        await clerk.until(lambda: "Marked as deleted by another program · zu takes the mark back · zp purges" in clerk.text)
        await clerk.press("z", "u")
        await clerk.until(lambda: "Marked as deleted" not in clerk.text)
        await clerk.press("u")
        await clerk.until(lambda: "Marked as deleted" in clerk.text)

    work(office.app(), script, (90, 24))


def test_purging_asks_and_takes_exactly_what_is_marked(office: Office) -> None:
    async def script(clerk: Clerk) -> None:
        await clerk.press("z", "p")
        await clerk.until(lambda: "Delete 2 messages for ever" in clerk.text)
        await clerk.press("n")
        await clerk.until(lambda: "for ever" not in clerk.text)
        assert len(subjects(clerk)) == 4
        await clerk.press("z", "p")
        await clerk.until(lambda: "for ever" in clerk.text)
        await clerk.press("y")
        await clerk.until(lambda: subjects(clerk) == ["Four", "One"])
        await clerk.press("u")
        await clerk.until(lambda: subjects(clerk) == ["Four", "Three", "Two", "One"])
        assert clerk.subject == "Two"
        await clerk.press("x", "z", "p")
        await clerk.until(lambda: "Delete 1 message" in clerk.text)
        await clerk.press("y")
        await clerk.until(lambda: subjects(clerk) == ["Four", "Three", "One"])
        await clerk.press("g", "g", "j", "z", "u", "z", "p")
        await clerk.until(lambda: "Nothing here is marked" in clerk.footer)

    work(office.app(), script)


def test_how_a_list_is_shown_is_kept(office: Office) -> None:
    async def first(clerk: Clerk) -> None:
        await clerk.press("X")
        assert subjects(clerk) == ["Four", "One"]
        await clerk.press("g", "t")
        assert not clerk.main.view.unread_only, "each folder has its own"
        await clerk.press("g", "i", "z", "l")
        assert clerk.main.view.unread_only and clerk.main.list.lines == 2

    async def second(clerk: Clerk) -> None:
        assert subjects(clerk) == ["Four", "One"] and "unread only" in clerk.text
        assert clerk.main.list.lines == 2
        await clerk.press("U", "U", "X", "z", "l")
        assert len(subjects(clerk)) == 4

    async def third(clerk: Clerk) -> None:
        assert len(subjects(clerk)) == 4 and clerk.main.list.lines == 1

    for script in (first, second, third):
        work(office.app(), script)


def test_an_empty_list_of_unread_mail_says_how_to_see_all(office: Office) -> None:
    async def script(clerk: Clerk) -> None:
        await clerk.press("j", "X")
        await clerk.press("U")
        await clerk.until(lambda: len(subjects(clerk)) == 1)
        await clerk.press("U")
        await clerk.until(lambda: "No unread messages here. X shows all." in clerk.text)

    work(office.app(), script)


def test_the_whole_date_on_a_key(office: Office) -> None:
    async def script(clerk: Clerk) -> None:
        await clerk.press("z", "d")
        assert "Came " in clerk.footer and "2019" in clerk.footer

    work(office.app(), script)


def test_a_note_is_marked_in_the_list(office: Office) -> None:
    async def script(clerk: Clerk) -> None:
        assert "❝" not in clerk.text
        await clerk.press("semicolon")
        await clerk.type("ask Rui\n")
        await clerk.until(lambda: "❝" in clerk.text)
        assert comments.of(office.db, clerk.main.list.current.message) == "ask Rui"

    work(office.app(), script)
