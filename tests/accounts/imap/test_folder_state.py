"""What is known of a folder, found without looking at all of its mails."""

from __future__ import annotations

import random

import pytest

from accounts.imap import folder_state
from core.arrival import arrive_header
from core.flags import Flag
from core.store import accounts, folders
from core.store.database import Database

COUNT = 80


@pytest.mark.parametrize("seed", range(5))
def test_how_many_mails_have_a_lower_uid(db: Database, seed: int) -> None:
    """As by counting them, whatever waits for its UID or is hidden, in this folder and another one."""
    chance = random.Random(seed)
    account = accounts.row_of(db, "10ca1000")
    with db.write():
        two = [folders.ensure(db, account, name) for name in ("INBOX", "Other")]
        for n in range(COUNT):
            header = f"Subject: {n}\r\nMessage-ID: <{n}@x>\r\n\r\n".encode()
            uid = chance.choice((None, n + 1, n + 1))
            id = arrive_header(
                db, chance.choice(two).id, account, header, 100, uid=uid, flags=chance.choice((Flag(0), Flag.SEEN))
            )
            if chance.random() < 0.4:
                db.run("UPDATE placement SET hidden = 1 WHERE message = ?", (id,))
            if chance.random() < 0.1:
                db.run("DELETE FROM placement WHERE message = ?", (id,))
    for folder in two:
        for below in (0, 1, chance.randrange(COUNT), COUNT, COUNT + 1, 2**32 - 1):
            counted = db.value("SELECT count(*) FROM placement WHERE folder = ? AND uid < ?", (folder.id, below))
            assert folder_state.known_below(db, folder.id, below) == counted
    assert folder_state.known_below(db, 999, COUNT) == 0, "a folder that has gone"


def test_the_mails_themselves_are_not_gone_through(db: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[tuple[str, object]] = []
    value = db.value
    monkeypatch.setattr(db, "value", lambda sql, params=(): asked.append((sql, params)) or value(sql, params))
    account = accounts.row_of(db, "10ca1000")
    with db.write():
        folder = folders.ensure(db, account, "INBOX")
    asked.clear()
    folder_state.known_below(db, folder.id, 7)
    ((sql, params),) = asked
    plan = [str(row[3]) for row in db.read(f"EXPLAIN QUERY PLAN {sql}", params)]  # type: ignore[arg-type]
    uses = [line.partition("INDEX ")[2] for line in plan if "placement" in line]
    assert sorted(uses) == [
        "placement_hidden (folder=?)", "placement_uid (folder=? AND uid>?)", "placement_waiting (folder=?)"
    ]  # fmt: skip
