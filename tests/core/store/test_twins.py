"""Mail that crosses to an account on this machine: its bytes at once, its words mail by mail, so that others can write too."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

import pytest

from core import arrival, operations
from core.arrival import arrive_mail
from core.parcel import Parcel
from core.query.parse import parse
from core.store import bodies, doctor, folders, journal, search, twins
from core.store.database import Database
from core.store.tidying import tidy
from tests.core.store.mails import mail

MANY = 30
DEEP = 400


@pytest.fixture
def crossed(db: Database, remote: int, local: int) -> list[operations.Place]:
    """Mails of a server's account, their bodies here."""
    box = folders.ensure(db, remote, "INBOX", role="inbox").id
    with db.write():
        raws = [mail(f"mail {n}", id=f"{n}@x.example", body=f"zebra{n} in the body") for n in range(MANY)]
        return [(box, arrive_mail(db, box, remote, raw, uid=n + 1)) for n, raw in enumerate(raws)]


def words_found(db: Database, account: int) -> int:
    """How many of the mails are found by a word of their bodies."""
    theirs = {row[0] for row in db.read("SELECT id FROM message WHERE account = ?", (account,))}
    return sum(any(one in theirs for one in search.find(db, parse(f"zebra{n}"))) for n in range(MANY))


def target(db: Database, local: int) -> int:
    found = folders.by_role(db, local, "inbox")
    assert found is not None
    return found.id


@pytest.mark.parametrize("here", [True, False], ids=["bodies here", "bodies fetched first"])
def test_no_write_reads_more_than_one_mail(
    here: bool, db: Database, remote: int, local: int, crossed: list[operations.Place], monkeypatch: pytest.MonkeyPatch
) -> None:
    if not here:
        db.run("UPDATE message SET body = 0, indexed = 0 WHERE account = ?", (remote,))
    operations.copy(db, crossed, target(db, local)) if not here else None
    db.run("UPDATE message SET body = 2, indexed = 1 WHERE account = ?", (remote,))
    turns, mails = [], []
    original = arrival.arrive_bodies

    def counted(db: Database, some: Sequence[tuple[int, Parcel]]) -> None:
        mails.extend(some)
        original(db, some)

    def committed() -> None:
        turns.append(len(mails))
        mails.clear()

    monkeypatch.setattr(arrival, "arrive_bodies", counted)
    monkeypatch.setattr(twins, "A_WHILE", 60)
    db.after_commit = committed
    if here:
        operations.copy(db, crossed, target(db, local))
    else:
        (take,) = journal.pending(db, remote)
        journal.done(db, take)
    assert sum(turns) == MANY and max(turns) == 1
    assert words_found(db, local) == MANY
    assert [finding for finding in doctor.examine(db) if finding.count] == []


def test_a_process_killed_before_the_words_are_read_loses_nothing(
    db: Database, local: int, crossed: list[operations.Place], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(twins, "A_WHILE", 0)  # it does not come to that
    operations.copy(db, crossed, target(db, local))
    here = db.read("SELECT id FROM message WHERE account = ?", (local,))
    assert len(here) == MANY and all(b"zebra" in (bodies.raw(db, id) or b"") for (id,) in here)
    assert words_found(db, local) == 0
    tidy(db, 0)
    assert words_found(db, local) == MANY


def test_much_that_is_done_after_a_write_does_not_nest(db: Database) -> None:
    done: list[int] = []

    def later(db: Database, n: int) -> None:
        with db.write():
            done.append(n)

    with db.write():
        for n in range(DEEP):
            db.afterwards(partial(later, n=n))
    assert done == list(range(DEEP))
