"""Changing mail with keys: at once on the screen, the cursor on the next one, and taken back."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest
from textual import events

from core.flags import Flag
from tests.tui.office import Clerk, Office, mail, work


@pytest.fixture
def office(tmp_path: Path) -> Office:
    """Six mails in five lines: the newest first they are Six, Five, a thread of One and Four, Three, Two."""
    made = Office(tmp_path)
    made.put(mail(1, "One"), mail(2, "Two"), mail(3, "Three"), mail(4, "Re: One", parent=1), mail(5, "Five"), mail(6, "Six"))
    return made


def subjects(clerk: Clerk) -> list[str]:
    return [entry.row.subject for entry in clerk.main.list.window.entries]


def reader_text(clerk: Clerk) -> str:
    return "\n".join(one.line.text for one in clerk.main.reader.laid.shown)


def test_keys_in_a_burst_are_for_one_mail_each(office: Office) -> None:
    async def script(clerk: Clerk) -> None:
        await clerk.press("d", "d", "d")
        assert subjects(clerk) == ["Three", "Two"] and clerk.subject == "Three"
        assert office.folder("Trash").total == 4, "a conversation's line stands for all of it"
        assert "2 messages in the trash · u takes it back" in clerk.footer
        await clerk.press("u")
        assert "Moved back: 2 messages" in clerk.footer and clerk.subject == "Re: One"
        await clerk.press("u", "u")
        assert subjects(clerk) == ["Six", "Five", "Re: One", "Three", "Two"] and office.folder("Trash").total == 0
        await clerk.press("u")
        assert "nothing to undo" in clerk.footer

    work(office.app(), script)


def test_the_cursor_goes_to_the_next_and_at_the_end_to_the_last(office: Office) -> None:
    async def script(clerk: Clerk) -> None:
        await clerk.press("j", "a")
        assert clerk.subject == "Re: One"
        await clerk.press("G", "a")
        assert clerk.subject == "Three" and office.folder("Archive").total == 2

    work(office.app(), script)


def test_in_the_reader_the_next_message_opens(office: Office) -> None:
    async def script(clerk: Clerk) -> None:
        await clerk.press("enter", "a")
        assert clerk.main.pane == "reader" and "The text of mail 5." in reader_text(clerk)
        await clerk.press("a")
        assert "The text of mail 1." in reader_text(clerk), "the first unread message of the thread"
        await clerk.press("d")
        assert "The text of mail 4." in reader_text(clerk), "the next of the thread"
        assert office.folder("Trash").total == 1
        await clerk.press("d")
        assert "The text of mail 3." in reader_text(clerk)
        await clerk.press("d", "d")
        assert clerk.main.pane == "list" and subjects(clerk) == []
        assert "No messages here." in clerk.text

    work(office.app(), script)


def test_whole_threads(office: Office) -> None:
    async def script(clerk: Clerk) -> None:
        await clerk.press("T", "j", "j")
        assert clerk.subject == "Re: One"
        await clerk.press("comma", "a")
        assert subjects(clerk) == ["Six", "Five", "Three", "Two"] and office.folder("Archive").total == 2
        await clerk.press("full_stop")
        assert subjects(clerk) == ["Six", "Five", "Two"] and office.folder("Archive").total == 3

    work(office.app(), script)


def test_a_selection_by_hand_and_by_range(office: Office) -> None:
    async def script(clerk: Clerk) -> None:
        await clerk.press("x", "j", "x")
        assert "2 selected" in clerk.text
        await clerk.press("F")
        assert "3 messages flagged" in clerk.footer and "2 selected" in clerk.text, "to go on with them"
        await clerk.press("F")
        assert "Flag taken off 3 messages" in clerk.footer
        await clerk.press("a")
        assert subjects(clerk) == ["Five", "Three", "Two"] and clerk.subject == "Three"
        await clerk.press("g", "g", "V", "j", "V", "U")
        assert office.folder("Inbox").unread == 1
        await clerk.press("escape")
        assert "selected" not in clerk.text
        assert clerk.app.is_running

    work(office.app(), script)


def test_single_messages_of_an_unfolded_thread(office: Office) -> None:
    async def script(clerk: Clerk) -> None:
        await clerk.press("j", "j", "z", "a")
        assert subjects(clerk) == ["Six", "Five", "Re: One", "One", "Re: One", "Three", "Two"]
        await clerk.press("j", "a")
        assert office.folder("Archive").total == 1
        rows = [entry.row for entry in clerk.main.list.window.entries]
        assert [(row.subject, row.tags) for row in rows[2:5]] == [("Re: One", ()), ("One", ("Archive",)), ("Re: One", ())]

    work(office.app(), script)


def test_after_undo_in_an_unfolded_thread_the_cursor_is_on_what_came_back(office: Office) -> None:
    async def script(clerk: Clerk) -> None:
        await clerk.press("j", "j", "z", "a", "j", "j")
        one = clerk.main.list.current.message
        assert clerk.main.list.current.depth
        await clerk.press("d", "u")
        row = clerk.main.list.current
        assert row.message == one and row.depth, "the line of the thread would stand for all of it"
        await clerk.press("d")
        assert office.folder("Trash").total == 1
        await clerk.press("u")
        await clerk.press("k", "k", "d", "u")
        row = clerk.main.list.current
        assert row.total == 2 and not row.depth, "all of the thread has come back"

    work(office.app(), script)


def test_undo_that_comes_late_leaves_the_cursor_where_somebody_has_gone(office: Office) -> None:
    async def script(clerk: Clerk) -> None:
        await clerk.press("d")
        gate = threading.Event()
        clerk.app.desk.write(lambda db: gate.wait(60))
        await clerk.pilot.press("u", "j", "j")
        here = clerk.subject
        gate.set()
        await clerk.until(lambda: "Moved back" in clerk.footer)
        assert clerk.subject == here

    work(office.app(), script)


def test_select_by_query_shows_what_is_selected(office: Office) -> None:
    async def script(clerk: Clerk) -> None:
        await clerk.press("asterisk")
        await clerk.type("subject:one")
        await clerk.press("enter")
        assert subjects(clerk) == ["Re: One", "One"] and "2 selected" in clerk.text
        await clerk.press("a")
        assert subjects(clerk) == ["Six", "Five", "Three", "Two"], "the list that was, since nothing is left of the choice"
        await clerk.press("asterisk", "enter")
        assert "4 selected" in clerk.text
        await clerk.press("q")
        assert "selected" not in clerk.text

    work(office.app(), script)


def test_moving_and_copying_to_a_folder(office: Office) -> None:
    office.put(mail(9, "There"), folder="Projects/Lamp")

    async def script(clerk: Clerk) -> None:
        await clerk.press("s")
        await clerk.type("lamp")
        await clerk.press("enter")
        assert "1 message moved to Projects/Lamp" in clerk.footer and office.folder("Projects/Lamp").total == 2
        await clerk.press("full_stop")
        assert office.folder("Projects/Lamp").total == 3, "and again, without a question"
        await clerk.press("C")
        await clerk.type("lamp")
        await clerk.press("enter")
        assert office.folder("Projects/Lamp").total == 5 and office.folder("Inbox").total == 4
        await clerk.press("colon")
        await clerk.type("move Archive")
        await clerk.press("enter")
        assert office.folder("Archive").total == 2
        await clerk.press("s", "escape")
        assert office.folder("Inbox").total == 2

    work(office.app(), script)


def test_the_answer_may_be_typed_right_behind_the_key_that_asks(office: Office) -> None:
    """It must not reach the list as a key of its own."""

    async def script(clerk: Clerk) -> None:
        for key in ("D", "y"):
            clerk.app.post_message(events.Key(key, key))
        await clerk.until(lambda: office.folder("Inbox").total == 5)
        for key in ("D", "n", "D", "escape"):
            clerk.app.post_message(events.Key(key, key if len(key) == 1 else None))
        await clerk.settle()
        assert office.folder("Inbox").total == 5 and clerk.app.screen is clerk.main

    work(office.app(), script)


def test_deleting_for_ever_asks_and_comes_back(office: Office) -> None:
    async def script(clerk: Clerk) -> None:
        await clerk.press("D")
        assert "Delete 1 message for ever?" in clerk.text
        await clerk.press("n")
        assert office.folder("Inbox").total == 6
        await clerk.press("D")
        await clerk.until(lambda: "for ever?" in clerk.text)  # it has been counted
        await clerk.press("y")
        assert office.folder("Inbox").total == 5 and clerk.subject == "Five"
        await clerk.press("u")
        assert office.folder("Inbox").total == 6

    work(office.app(), script)


def test_in_the_trash_d_deletes_for_ever(office: Office) -> None:
    async def script(clerk: Clerk) -> None:
        await clerk.press("d", "g", "t")
        await clerk.until(lambda: clerk.subject == "Six")  # the list of the trash is there
        await clerk.press("d")
        await clerk.until(lambda: "for ever?" in clerk.text)
        await clerk.press("y")
        assert office.folder("Trash").total == 0
        await clerk.press("g", "i", "a", "a")
        await clerk.press("c", *"archive", "enter", "a")
        assert "archive already" in clerk.footer

    work(office.app(), script)


def test_read_and_unread(office: Office) -> None:
    async def script(clerk: Clerk) -> None:
        await clerk.press("U")
        assert office.folder("Inbox").unread == 5
        await clerk.press("U", "U")
        assert office.folder("Inbox").unread == 5, "two keys are two changes"
        await clerk.press("u")
        assert office.folder("Inbox").unread == 6
        await clerk.press("j", "j", "U")
        assert office.folder("Inbox").unread == 4

    work(office.app(), script)


def test_what_a_search_over_all_mail_found_stays_in_view(office: Office) -> None:
    async def script(clerk: Clerk) -> None:
        await clerk.type("/mail")
        await clerk.press("enter", "d", "d")
        assert clerk.main.list.window.total == 6 and clerk.subject == "Re: One"
        assert office.folder("Trash").total == 2

    work(office.app(), script)


def test_unread_only_goes_on_to_the_next_one(office: Office) -> None:
    async def script(clerk: Clerk) -> None:
        await clerk.press("X", "enter")
        await clerk.until(lambda: clerk.main.list.window.total == 4)
        await clerk.press("J")
        assert "The text of mail 5." in reader_text(clerk), "none is skipped although the first has left the list"

    work(office.app(), script)


def test_nothing_is_changed_where_nothing_is(tmp_path: Path) -> None:
    async def script(clerk: Clerk) -> None:
        await clerk.press("a", "d", "D", "s", "F", "U", "x", "V", "comma", "a", "full_stop", "r", "f", "v", "o", "enter")
        assert clerk.app.is_running and "No messages here." in clerk.text

    work(Office(tmp_path).app(), script)


def test_the_answered_sign_and_flags_stay_on_moved_mail(office: Office) -> None:
    office.put(mail(7, "Seven"), flags=Flag.ANSWERED | Flag.SEEN)

    async def script(clerk: Clerk) -> None:
        await clerk.press("a", "c", *"archive", "enter")
        assert clerk.main.list.current.flags & Flag.ANSWERED

    work(office.app(), script)


def test_a_new_folder_that_is_taken_back_is_called_a_folder(office: Office) -> None:
    async def script(clerk: Clerk) -> None:
        await clerk.press("tab", "N")
        await clerk.type("Plans")
        await clerk.press("enter")
        assert office.folder("Plans").path == "Plans"
        await clerk.press("u")
        assert "The new folder goes again" in clerk.footer and "message" not in clerk.footer

    work(office.app(), script)


def test_what_stands_alone_is_no_thread_to_split(office: Office) -> None:
    async def script(clerk: Clerk) -> None:
        await clerk.press("comma", "x")
        assert "There is no thread here to split" in clerk.footer
        await clerk.press("j", "j", "comma", "x")
        assert "Unfold the thread with za" in clerk.footer

    work(office.app(), script)
