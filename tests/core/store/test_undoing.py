"""Undo of many messages: in short writes, and to the end, even when it is cut short."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from core import operations
from core.arrival import arrive_mail
from core.flags import Flag
from core.store import doctor, folders, journal, lists, messages
from core.store.database import Database
from tests.core.store.mails import mail

Places = list[tuple[int, int]]
MAILS = 9


class Cut(Exception):
    """The program ends here."""


@pytest.fixture
def box(db: Database, remote: int, monkeypatch: pytest.MonkeyPatch) -> tuple[Places, int]:
    """The mails of an Inbox, and an archive; two messages fit into a write."""
    monkeypatch.setattr(operations, "AT_ONCE", 2)
    inbox = folders.ensure(db, remote, "INBOX", role="inbox").id
    archive = folders.ensure(db, remote, "Archive", role="archive").id
    with db.write():
        ids = [arrive_mail(db, inbox, remote, mail(id=f"{n}@x"), uid=n) for n in range(1, MAILS + 1)]
    return [(inbox, id) for id in ids], archive


def heard(db: Database, remote: int) -> None:
    """The server has carried out what waits."""
    for operation in journal.pending(db, remote):
        assert journal.started(db, operation)
        journal.done(db, operation)


def shown(db: Database, folder: int) -> set[int]:
    return {row.message for row in lists.MessageList(db, [folder]).page(None, 100)}


def cut_after(db: Database, writes: int) -> None:
    """End the program after so many writes."""
    left = writes

    def committed() -> None:
        nonlocal left
        left -= 1
        if not left:
            raise Cut

    db.after_commit = committed


DO: dict[str, Callable[[Database, Places, int], int]] = {
    "move": lambda db, places, archive: operations.move(db, places, archive),
    "flag": lambda db, places, archive: operations.set_flag(db, places, Flag.FLAGGED, True),
    "tag": lambda db, places, archive: operations.set_tag(db, places, "work", True),
    "expunge": lambda db, places, archive: operations.expunge(db, places),
}


def as_it_was(db: Database, places: Places) -> bool:
    plain = all(not messages.flags_of(db, id) & Flag.FLAGGED and not messages.tags_of(db, id) for _, id in places)
    return plain and shown(db, places[0][0]) == {id for _, id in places}


@pytest.mark.parametrize("told", [False, True])
@pytest.mark.parametrize("kind", DO)
def test_it_goes_in_turns_and_on_after_a_kill(
    db: Database, remote: int, box: tuple[Places, int], kind: str, told: bool
) -> None:  # fmt: skip
    places, archive = box
    operations.set_flag(db, places[:1], Flag.SEEN, True)  # not to be taken back
    DO[kind](db, places, archive)
    if told:
        heard(db, remote)
    assert not as_it_was(db, places)
    cut_after(db, 2)
    with pytest.raises(Cut):
        operations.undo(db)
    db.after_commit = None
    assert not as_it_was(db, places), "all of it in two writes"
    undone = operations.undo(db)
    assert undone is not None and (undone.kind, undone.messages) == (kind, MAILS)
    assert as_it_was(db, places)
    assert messages.flags_of(db, places[0][1]) & Flag.SEEN
    assert all(finding.count == 0 for finding in doctor.examine(db))
    heard(db, remote)
    assert as_it_was(db, places)
    operations.undo(db)
    assert not messages.flags_of(db, places[0][1]) & Flag.SEEN
    assert operations.undo(db) is None


def test_what_came_later_is_taken_back_before_the_rest_of_it(db: Database, box: tuple[Places, int]) -> None:
    places, archive = box
    operations.move(db, places, archive)
    cut_after(db, 1)
    with pytest.raises(Cut):
        operations.undo(db)
    db.after_commit = None
    back = [place for place in places if place[1] in shown(db, place[0])]
    operations.set_flag(db, back, Flag.FLAGGED, True)
    undone = operations.undo(db)
    assert undone is not None and undone.kind == "flag"
    undone = operations.undo(db)
    assert undone is not None and undone.kind == "move"
    assert as_it_was(db, places)


def test_what_is_too_old_is_not_gone_on_with(db: Database, remote: int, box: tuple[Places, int]) -> None:
    places, archive = box
    operations.move(db, places, archive)
    heard(db, remote)
    cut_after(db, 1)
    with pytest.raises(Cut):
        operations.undo(db)
    db.after_commit = None
    heard(db, remote)
    journal.forget_old(db, 1 << 40)
    assert operations.undo(db) is None


@pytest.mark.parametrize("told", [False, True])
def test_each_of_two_identical_mails_comes_back(db: Database, remote: int, told: bool) -> None:
    inbox = folders.ensure(db, remote, "INBOX", role="inbox").id
    with db.write():
        one = arrive_mail(db, inbox, remote, mail(id="1@x"), uid=1, flags=Flag.FLAGGED)
        assert arrive_mail(db, inbox, remote, mail(id="1@x"), uid=2, flags=Flag.SEEN) == one
        other = arrive_mail(db, inbox, remote, mail(id="2@x"), uid=3)
    operations.expunge(db, [(inbox, one), (inbox, other)])
    if told:
        heard(db, remote)
    assert shown(db, inbox) == set()
    operations.undo(db)
    sql = "SELECT message, flags FROM placement WHERE folder = ? AND hidden = 0 ORDER BY message, flags"
    assert db.read(sql, (inbox,)) == [(one, Flag.SEEN), (one, Flag.FLAGGED), (other, 0)]
    assert [o.kind for o in journal.pending(db, remote)] == ["append"] * 3 * told
    for uid, operation in enumerate(journal.pending(db, remote), 4):
        assert journal.started(db, operation)
        journal.done(db, operation, {operation.messages[0]: uid})
    assert db.read("SELECT uid FROM placement ORDER BY uid") == ([(4,), (5,), (6,)] if told else [(1,), (2,), (3,)])
    assert all(finding.count == 0 for finding in doctor.examine(db))
