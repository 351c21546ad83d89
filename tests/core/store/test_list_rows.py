"""What a row of a list tells, and what it costs to have it."""

from __future__ import annotations

import pytest

from core.arrival import arrive_mail
from core.flags import Flag, Mark
from core.parcel import snippet
from core.store import comments, folders, messages, placements
from core.store.database import Database
from core.store.lists import MessageList, Row, ThreadList, rows_of
from tests.core.store.mails import mail

ANSWER = "Yes, on Friday.\r\n\r\nOn Monday, Ana wrote:\r\n> Shall we?\r\n-- \r\nRui\r\n"


@pytest.fixture
def inbox(db: Database, local: int) -> int:
    """A thread of three, one answer being one's own, and a message alone."""
    found = folders.ensure(db, local, "Inbox").id
    with db.write():
        mails = [
            ("Ana <a@x>", "Shall we?", ""),
            ("Me <me@example.org>", ANSWER, "1@x"),
            ("Rui <r@x>", "Good.", "1@x 2@x"),
            ("Zoe <z@x>", "", ""),
        ]
        for n, (sender, body, names) in enumerate(mails):
            raw = mail("Release" if n < 3 else "Alone", id=f"{n + 1}@x", sender=sender, body=body, references=names)
            arrive_mail(db, found, local, raw, internal=1_700_000_000 + n * 60)
    return found


def test_a_conversation_tells_its_people_and_the_newest_words(db: Database, inbox: int) -> None:
    alone, thread = ThreadList(db, [inbox], own={"me@example.org": "me"}).page(None, 10)
    assert (thread.people, thread.total, thread.snippet) == ("Ana, me, Rui", 3, "Good.")
    assert (alone.people, alone.total) == ("Zoe", 1)
    flat = MessageList(db, [inbox]).page(None, 10)
    assert [row.snippet for row in flat] == ["", "Good.", "Yes, on Friday.", "Shall we?"]


def test_who_has_no_name_leaves_no_gap_between_those_who_have(db: Database, local: int) -> None:
    found = folders.ensure(db, local, "Inbox").id
    with db.write():
        for n, sender in enumerate(("Ana <a@x>", "", "Rui <r@x>", "")):
            names = "1@x" if n else ""
            arrive_mail(db, found, local, mail(id=f"{n + 1}@x", sender=sender, references=names), internal=1_700_000_000 + n)
        for n, sender in enumerate(("", "", "Zoe Lima <z@x>", "")):
            about, names = ("Nobody", "n0@x" if n else "") if n < 2 else ("Zoe", "n2@x" if n > 2 else "")
            arrive_mail(db, found, local, mail(about, id=f"n{n}@x", sender=sender, references=names), internal=1_700_000_000)
    assert {row.people for row in ThreadList(db, [found]).page(None, 10)} == {"Ana, Rui", "", "Zoe Lima"}


def test_a_note_marks_the_message_and_its_conversation(db: Database, inbox: int) -> None:
    lists = ThreadList(db, [inbox]), MessageList(db, [inbox])

    def noted() -> list[list[bool]]:
        return [[bool(row.marks & Mark.COMMENT) for row in source.page(None, 10)] for source in lists]

    assert noted() == [[False, False], [False] * 4]
    first = messages.by_message_id(db, "1@x")[0]
    comments.put(db, first, "ask Rui")
    assert noted() == [[False, True], [False, False, False, True]]
    assert rows_of(db, [first])[0].marks & Mark.COMMENT
    comments.put(db, first, "")
    assert noted() == [[False, False], [False] * 4]


def test_marked_as_deleted_is_found_by_folder(db: Database, local: int, inbox: int) -> None:
    other = folders.ensure(db, local, "Other").id
    with db.write():
        gone = arrive_mail(db, other, local, mail(id="9@x"), flags=Flag.DELETED | Flag.SEEN, internal=1_700_000_900)
        arrive_mail(db, inbox, local, mail(id="8@x"), flags=Flag.ANSWERED, internal=1_700_000_900)
    assert placements.marked_deleted(db, [inbox]) == []
    assert placements.marked_deleted(db, [inbox, other]) == [(other, gone)]
    assert MessageList(db, [other]).page(None, 1)[0].flags & Flag.DELETED


def test_the_first_words_are_the_writer_s_own() -> None:
    assert snippet(ANSWER.replace("\r", "")) == "Yes, on Friday."
    assert snippet("On Monday, Ana wrote:\n> Shall we?\n\nYes.\n") == "Yes."
    assert snippet("> only what was quoted\n") == "> only what was quoted", "better than nothing"
    assert snippet("a > b\n\n  c\td ") == "a > b c d"
    assert len(snippet("word " * 10_000)) <= 160


def test_a_page_costs_the_same_in_a_large_folder(db: Database, local: int) -> None:
    """So many statements a row, whatever the size of the folder and wherever in it."""
    found = folders.ensure(db, local, "Inbox").id
    asked: list[str] = []
    with db.write():
        for n in range(300):
            arrive_mail(db, found, local, mail(f"Mail {n}", id=f"{n}@x"), internal=1_700_000_000 + n * 60)

    def costs(source: ThreadList | MessageList, after: Row | None) -> int:
        asked.clear()
        assert len(source.page(after.key if after else None, 64)) == 64
        return len(asked)

    read, value = db.read, db.value
    db.read = lambda sql, *more: (asked.append(sql), read(sql, *more))[1]  # type: ignore[method-assign]
    db.value = lambda sql, *more: (asked.append(sql), value(sql, *more))[1]  # type: ignore[method-assign]
    for source in (ThreadList(db, [found]), MessageList(db, [found])):
        rows = source.page(None, 200)
        assert costs(source, None) == costs(source, rows[-1]) <= 64 * 2 + 1
