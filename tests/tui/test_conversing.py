"""Reading a conversation on one page, over a real store: keys act on the message under the cursor."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from core.arrival import arrive_body, arrive_header, arrive_mail
from core.errors import NetworkError
from core.flags import Flag
from core.header import header_block
from core.store import folders, messages
from core.store.lists import Row
from core.store.thread_rows import thread_rows
from tests.tui.office import NOW, Clerk, Office, mail, work

RUI = "Rui <rui@example.net>"


@pytest.fixture
def office(tmp_path: Path) -> Office:
    """A thread of four, the last two unread, and a message alone above it."""
    made = Office(tmp_path)
    made.put(mail(1, "Alpha"), mail(2, "Re: Alpha", parent=1, sender=RUI, body="needle\n"), flags=Flag.SEEN)
    made.put(mail(3, "Re: Alpha", parent=2, body="Yes.\n"), mail(4, "Re: Alpha", parent=3, sender=RUI))
    made.put(mail(5, "Alone"))
    return made


def page(clerk: Clerk) -> str:
    return "\n".join(one.line.text for one in clerk.main.reader.laid.shown)


def opened(clerk: Clerk) -> list[bool]:
    return [one.opened for one in clerk.main.reader.laid.all]


def subject_of(office: Office, clerk: Clerk) -> str:
    return messages.get(office.db, clerk.main.reading.message).message_id.partition("@")[0]


def test_it_opens_at_the_first_unread_and_marks_what_is_looked_at(office: Office) -> None:
    office.settings(lambda old: replace(old, ui=replace(old.ui, mark_read_after=-1)))

    async def script(clerk: Clerk) -> None:
        await clerk.press("j", "enter")
        assert opened(clerk) == [False, False, True, True] and subject_of(office, clerk) == "3"
        await clerk.until(lambda: office.folder("Inbox").unread == 2)
        await clerk.press("right_square_bracket")
        assert subject_of(office, clerk) == "4"
        await clerk.until(lambda: office.folder("Inbox").unread == 1)
        await clerk.press("K", "K", "K", "left_square_bracket")
        assert "Alone" in page(clerk), "then that of the list"

    work(office.app(), script)


def test_a_message_that_was_answered_meanwhile_is_opened_at_the_new_mail(office: Office) -> None:
    async def script(clerk: Clerk) -> None:
        await clerk.press("enter", "q")
        office.put(mail(6, "Re: Alone", parent=5, sender=RUI), folder="Sent", flags=Flag.SEEN)
        office.put(mail(7, "Re: Alone", parent=6))
        await clerk.until(lambda: clerk.main.list.current.total == 3)
        await clerk.press("enter")
        assert subject_of(office, clerk) == "7" and opened(clerk) == [False, False, True]
        await clerk.press("K", "enter")
        assert "The text of mail 6." in page(clerk)

    work(office.app(), script)


def test_keys_act_on_the_message_under_the_cursor(office: Office) -> None:
    async def script(clerk: Clerk) -> None:
        await clerk.press("j", "enter", "K", "F")
        second = messages.by_message_id(office.db, "2@example.net")[0]
        await clerk.until(lambda: messages.flags_of(office.db, second) & Flag.FLAGGED)
        assert clerk.text.count("⚑") == 1, "its line says so"
        await clerk.press("d")
        await clerk.until(lambda: not [one for one in clerk.main.reader.laid.all if one.message == second])
        assert office.folder("Trash").total == 1 and subject_of(office, clerk) == "3"
        await clerk.press("r")
        assert "Yes." in clerk.text and "ana@example.net" in clerk.text

    work(office.app(), script)


def test_folded_messages_open_and_what_is_found_in_them(office: Office) -> None:
    async def script(clerk: Clerk) -> None:
        await clerk.press("j", "enter")
        assert "needle" not in page(clerk)
        await clerk.type("/needle\n")
        assert "1 hit" in clerk.footer and opened(clerk) == [False, True, True, True]
        assert subject_of(office, clerk) == "2"
        await clerk.press("escape", "K", "enter")
        assert opened(clerk) == [True] * 4 and "The text of mail 1." in page(clerk)
        await clerk.press("z", "m")
        assert opened(clerk) == [False] * 4
        await clerk.press("semicolon")
        await clerk.type("ask Ana\n")
        await clerk.press("enter")
        await clerk.until(lambda: "Comment: ask Ana" in page(clerk))

    work(office.app(), script)


def test_one_key_toggles_and_the_choice_is_kept(office: Office) -> None:
    async def first(clerk: Clerk) -> None:
        await clerk.press("j", "enter", "T")
        assert clerk.main.reader.conversation is None and "Message 3 of 4 in this thread" in page(clerk)
        await clerk.press("right_square_bracket")
        assert "Message 4 of 4" in page(clerk), "the next unread one of the thread"

    async def second(clerk: Clerk) -> None:
        await clerk.press("j", "enter")
        assert clerk.main.reader.conversation is None
        await clerk.press("K", "T")
        assert clerk.main.reader.conversation is not None and subject_of(office, clerk) == "3"

    async def third(clerk: Clerk) -> None:
        await clerk.press("enter")
        assert clerk.main.reader.conversation is None and "Alone" in page(clerk)
        await clerk.press("T")
        assert "a conversation of its own" in clerk.footer
        await clerk.press("J")
        assert clerk.main.reader.conversation is not None

    for script in (first, second, third):
        work(office.app(), script)


def test_a_message_that_is_found_is_read_alone_and_in_its_conversation(office: Office) -> None:
    async def script(clerk: Clerk) -> None:
        await clerk.type("/needle\n")
        await clerk.press("enter")
        assert clerk.main.reader.conversation is None and "needle" in page(clerk)
        await clerk.press("T")
        assert len(clerk.main.reader.laid.all) == 4 and subject_of(office, clerk) == "2"

    work(office.app(), script)


def test_new_mail_comes_onto_the_page_and_the_cursor_stays(office: Office) -> None:
    async def script(clerk: Clerk) -> None:
        await clerk.press("j", "enter", "K")
        office.put(mail(6, "Re: Alpha", parent=4, body="One more.\n"))
        await clerk.until(lambda: len(clerk.main.reader.laid.all) == 5)
        assert subject_of(office, clerk) == "2" and opened(clerk)[-1]
        await clerk.press("G")
        await clerk.until(lambda: "One more." in page(clerk))

    work(office.app(), script)


def test_what_is_not_here_is_fetched_when_it_is_unfolded(office: Office) -> None:
    raw = mail(6, "Re: Alpha", parent=4, body="From far away.\n")
    inbox = office.folder("Inbox").id
    with office.db.write():
        far = arrive_header(office.db, inbox, office.row, header_block(raw), len(raw), uid=None, flags=Flag.SEEN)

    async def script(clerk: Clerk) -> None:
        asked: list[tuple[int, Any]] = []

        def ask(do: str, done: Any, **words: Any) -> None:
            asked.append((words["message"], done))

        clerk.app.desk.ask = ask  # type: ignore[method-assign]
        await clerk.press("enter", "J", "J")
        assert not asked and not opened(clerk)[-1]
        await clerk.press("enter")
        assert [one for one, _done in asked] == [far] and "Fetching the message…" in page(clerk)
        with office.db.write():
            arrive_body(office.db, far, raw)
        asked[0][1](None, None)
        await clerk.until(lambda: "From far away." in page(clerk))
        assert len(asked) == 1

    work(office.app(), script)


@pytest.mark.parametrize("alone", [True, False])
def test_what_could_not_be_fetched_is_sent_for_when_the_line_is_back(office: Office, alone: bool) -> None:
    raw = mail(6, "Far" if alone else "Re: Alpha", parent=None if alone else 4, body="From far away.\n")
    inbox = office.folder("Inbox").id
    with office.db.write():
        far = arrive_header(office.db, inbox, office.row, header_block(raw), len(raw), uid=None, flags=Flag(0))

    def is_read() -> bool:
        return bool(office.db.value("SELECT flags & ? FROM placement WHERE message = ?", (int(Flag.SEEN), far)))

    async def script(clerk: Clerk) -> None:
        asked: list[Any] = []

        def ask(do: str, done: Any, **words: Any) -> None:
            asked.append(done)

        def state(words: str) -> None:
            clerk.app._heard({"event": "state", "account": "me", "state": words})

        clerk.app.desk.ask = ask  # type: ignore[method-assign]
        await clerk.press("g", "g", "enter")
        await clerk.until(lambda: len(asked) == 1)
        asked[0](None, NetworkError("connection-refused", server="imap.example.org:993", answer=""))
        await clerk.until(lambda: "takes no connections" in clerk.text)
        state("offline")
        assert len(asked) == 1, "there is no line yet"
        clerk.app.desk.writer.wait()
        assert not is_read(), "nobody has seen more of it than the list shows"
        state("")
        assert len(asked) == 2
        state("")
        assert len(asked) == 2, "it is on its way"
        with office.db.write():
            arrive_body(office.db, far, raw)
        asked[1](None, None)
        await clerk.until(lambda: "From far away." in clerk.text and "takes no connections" not in clerk.text)
        if alone:  # in a conversation the cursor is on another one
            await clerk.until(is_read)

    work(office.app(), script)


def test_where_one_was_is_kept_over_a_restart(tmp_path: Path) -> None:
    office = Office(tmp_path)
    office.put(mail(1, "Long", body="\n".join(f"line {n}" for n in range(200))))

    async def first(clerk: Clerk) -> None:
        await clerk.press("enter", "space", "space")
        tops.append(clerk.main.reader.render_line(0).text)
        await clerk.press("ctrl+q")

    async def second(clerk: Clerk) -> None:
        await clerk.press("enter")
        tops.append(clerk.main.reader.render_line(0).text)

    tops: list[str] = []
    work(office.app(), first)
    work(office.app(), second)
    assert tops[0] == tops[1] and "line 37" in tops[0]


def test_html_is_laid_out_beside_the_screen(office: Office) -> None:
    with office.db.write():  # it came long after it was written
        raw = mail(7, "Re: Alpha", parent=4, html="<p>A <b>bold</b> answer</p>")
        arrive_mail(office.db, office.folder("Inbox").id, office.row, raw, internal=NOW + 400 * 86_400)

    async def script(clerk: Clerk) -> None:
        await clerk.press("enter", "G")
        await clerk.until(lambda: "A bold answer" in page(clerk))
        assert page(clerk).count("Date ") == 1 and "Sat 8 Jun 2019" in page(clerk)

    work(office.app(), script)


def test_the_rows_of_a_conversation_are_read_with_two_statements(office: Office) -> None:
    asked: list[str] = []
    read = office.db.read
    thread = int(office.db.value("SELECT thread FROM message WHERE message_id = '1@example.net'"))
    office.db.read = lambda sql, *more: (asked.append(sql), read(sql, *more))[1]  # type: ignore[method-assign]
    rows: list[Row] = thread_rows(office.db, thread, office.folder("Inbox").id)
    assert len(rows) == 4 and [row.unread for row in rows] == [0, 0, 1, 1]
    assert sum("FROM message m" in one for one in asked) == 2
    assert [one.id for one in messages.in_thread(office.db, thread)] == [row.message for row in rows]
    assert folders.by_role(office.db, office.row, "trash") is not None
