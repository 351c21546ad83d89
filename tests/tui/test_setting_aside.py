"""Keys that put messages aside: snooze, tags, spam, mute, offline; each shown at once and taken back."""

from __future__ import annotations

from pathlib import Path

import pytest

from core import snooze
from core.store import folders, messages, muted
from tests.tui.office import Clerk, Office, mail, work


@pytest.fixture
def office(tmp_path: Path) -> Office:
    """Three mails: Three, Two, One."""
    made = Office(tmp_path)
    made.put(mail(1, "One"), mail(2, "Two"), mail(3, "Three"))
    return made


def subjects(clerk: Clerk) -> list[str]:
    return [entry.row.subject for entry in clerk.main.list.window.entries]


def test_snoozed_until_a_time(office: Office) -> None:
    async def script(clerk: Clerk) -> None:
        await clerk.press("Z")
        await clerk.type("2h\n")
        assert subjects(clerk) == ["Two", "One"] and "1 message comes back" in clerk.footer
        await clerk.press("full_stop")
        assert subjects(clerk) == ["One"]
        await clerk.press("u")
        assert subjects(clerk) == ["Two", "One"]
        await clerk.press("g", "z")
        assert "Snoozed" in clerk.text and "Three" in clerk.text
        await clerk.press("enter")
        assert clerk.subject == "Three"
        await clerk.press("Z")
        await clerk.type("in a moon\n")
        assert "in a moon" in clerk.footer
        assert len(snooze.snoozed(office.db)) == 1

    work(office.app(), script)


def test_labels_of_thunderbird_bear_its_names(office: Office) -> None:
    async def script(clerk: Clerk) -> None:
        await clerk.press("l")
        await clerk.type("Imp")
        await clerk.press("tab", "enter")
        row = clerk.main.list.current
        assert messages.tags_of(office.db, row.message) == ("$label1",)
        await clerk.settle()
        assert " Important" in clerk.text, clerk.text
        await clerk.type("/tag:important\n")
        await clerk.settle()
        assert "1 found" in clerk.text, clerk.text
        await clerk.press("l")
        await clerk.type("-Important\n")
        assert messages.tags_of(office.db, row.message) == ()

    work(office.app(), script, (140, 30))


def test_tags_on_and_off(office: Office) -> None:
    async def script(clerk: Clerk) -> None:
        await clerk.press("l")
        await clerk.type("todo urgent\n")
        row = clerk.main.list.current
        assert messages.tags_of(office.db, row.message) == ("todo", "urgent")
        await clerk.press("l")
        await clerk.type("-urg")
        await clerk.press("tab", "enter")
        assert messages.tags_of(office.db, row.message) == ("todo",)
        await clerk.press("u")
        assert messages.tags_of(office.db, row.message) == ("todo", "urgent")
        await clerk.press("u")
        assert messages.tags_of(office.db, row.message) == ()

    work(office.app(), script)


def test_spam_and_back(office: Office) -> None:
    async def script(clerk: Clerk) -> None:
        await clerk.press("exclamation_mark")
        assert subjects(clerk) == ["Two", "One"] and "1 message moved to spam" in clerk.footer
        await clerk.press("u")
        assert "Moved back: 1 message" in clerk.footer, "its flag is changed too, and that is no second message"
        await clerk.press("exclamation_mark")
        clerk.main.open_folder(office.folder("Junk").id)
        await clerk.press("exclamation_mark")
        assert subjects(clerk) == [] and office.folder("Inbox").total == 3

    work(office.app(), script)


def test_the_trash_is_emptied_after_asking(office: Office) -> None:
    async def script(clerk: Clerk) -> None:
        await clerk.press("d", "d", "colon")
        await clerk.type("empty\n")
        assert "go there first" in clerk.footer
        await clerk.press("g", "t", "colon")
        await clerk.type("empty\n")
        assert "Delete 2 messages for ever?" in clerk.text
        await clerk.press("y")
        assert office.folder("Trash").total == 0 and "deleted for ever" in clerk.footer
        await clerk.press("u")
        assert office.folder("Trash").total == 2

    work(office.app(), script)


def test_mute_and_hear_again(office: Office) -> None:
    async def script(clerk: Clerk) -> None:
        thread = clerk.main.list.current.thread
        await clerk.press("ampersand")
        assert muted.is_muted(office.db, thread) and office.folder("Inbox").unread == 2
        assert "∅" in clerk.text
        await clerk.press("ampersand")
        assert not muted.is_muted(office.db, thread) and "heard again" in clerk.footer
        assert office.folder("Inbox").unread == 3 and "∅" not in clerk.text
        await clerk.press("u")
        assert muted.is_muted(office.db, thread) and "what was muted" in clerk.footer

    work(office.app(), script)


def test_offline_by_choice_is_seen_and_kept(office: Office) -> None:
    async def script(clerk: Clerk) -> None:
        await clerk.press("colon")
        await clerk.type("offline\n")
        assert clerk.app.desk.wiring.settings().sync.offline
        await clerk.press("colon")
        await clerk.type("offline\n")  # said twice it is meant twice
        assert clerk.app.desk.wiring.settings().sync.offline
        await clerk.press("colon")
        await clerk.type("online\n")
        assert not clerk.app.desk.wiring.settings().sync.offline and "Online." in clerk.footer

    work(office.app(), script)


def test_a_move_into_another_account(office: Office) -> None:
    from core.settings import Account
    from core.settings.file import add_account
    from core.store import accounts

    other = Account(name="other", kind="local")
    add_account(office.home.settings_file, other)
    row = accounts.row_of(office.db, other.id, local=True)

    async def script(clerk: Clerk) -> None:
        await clerk.press("colon")
        await clerk.type("move other/Archive\n")
        assert subjects(clerk) == ["Two", "One"]
        archive = folders.by_role(office.db, row, "archive")
        assert archive is not None and archive.total == 1
        await clerk.press("u")
        assert subjects(clerk) == ["Three", "Two", "One"] and "Moved back: 1 message" in clerk.footer

    work(office.app(), script)
