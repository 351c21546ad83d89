"""Attachments taken out of mail on a server: same flags, tags and time of receipt; never lost, never twice."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import UTC, datetime
from itertools import count
from pathlib import Path

import pytest

from core import operations
from core.detaching import detach, without
from core.store import bodies, journal
from core.store.database import Database
from tests.accounts.imap.conftest import Demo, place_on
from tests.accounts.imap.test_kill import killed_at
from tests.accounts.imap.test_replay import with_file
from tests.accounts.mail_place import check_counts, differences, folder_id, message_at, open_store
from tests.depth import depth
from tests.servers.dovecot import Dovecot

NOTE = {"2": "Deleted: a file"}
RECEIVED = datetime(2020, 2, 29, 12, 30, 15, tzinfo=UTC)


@pytest.mark.server
@pytest.mark.parametrize("bare", [False, True])
def test_on_dovecot(bare: bool, request: pytest.FixtureRequest, db: Database) -> None:
    place = place_on(request.getfixturevalue("bare_dovecot" if bare else "dovecot"))
    raw, other = with_file(), with_file()
    with place.client() as client:
        client.append("INBOX", raw, [b"\\Seen", b"\\Flagged", b"todo"], RECEIVED)
        client.append("INBOX", other, [])
    incoming = place.incoming(db, keep="all")
    incoming.sync()
    message = message_at(db, 1)
    detach(db, folder_id(db), message, NOTE)
    incoming.replay()
    incoming.sync()
    assert journal.waiting(db) == 0 and differences(db, "INBOX", place.mails()) == ""
    with place.client("INBOX") as client:
        (uid,) = (uid for uid in client.search() if uid != 2)
        told = client.fetch([uid], ["FLAGS", "INTERNALDATE", "BODY.PEEK[]"])[uid]
    assert told[b"BODY[]"] == without(raw, NOTE)
    assert {b"\\Seen", b"\\Flagged", b"todo"} <= set(told[b"FLAGS"])
    assert told[b"INTERNALDATE"].astimezone(UTC).replace(tzinfo=UTC) == RECEIVED

    operations.undo(db)
    incoming.replay()
    incoming.sync()
    assert differences(db, "INBOX", place.mails()) == ""
    with place.client("INBOX") as client:
        assert sorted(data[b"BODY[]"] for data in client.fetch(client.search(), ["BODY.PEEK[]"]).values()) == sorted([raw, other])
    check_counts(db)


@pytest.mark.server
def test_a_part_is_fetched_alone_and_the_whole_before_it_is_changed(dovecot: Dovecot, db: Database) -> None:
    place = place_on(dovecot)
    big = with_file().replace(b"%PDF and more\r\n", b"%PDF " + b"x" * 70 * 100_000 + b"\r\n")
    place.put(big)
    incoming = place.incoming(db, keep="headers")
    incoming.sync()
    message = message_at(db, 1)
    incoming.fetch(message)
    assert bodies.raw(db, message) is None and bodies.part(db, message, "2") is None
    place.progress.clear()
    incoming.fetch(message, "2")
    steps = [(one.done, one.total) for one in place.progress if one.what == "fetch"]
    assert len(steps) > 20 and steps == sorted(steps), "progress is told piece by piece"
    assert bodies.raw(db, message) is None and len(bodies.part(db, message, "2") or b"") > 7_000_000
    incoming.fetch(message, "*")
    detach(db, folder_id(db), message, NOTE)
    incoming.replay()
    with place.client("INBOX") as client:
        (raw,) = (data[b"BODY[]"] for data in client.fetch(client.search(), ["BODY.PEEK[]"]).values())
    assert raw == without(big, NOTE)


def test_killed_at_every_step(make_demo: Callable[..., Demo], tmp_path: Path) -> None:
    """Whenever the process is killed: in the end the mail is there once, without its file."""
    demo = make_demo()
    for step in range(1, depth(6, 30)):
        raw = with_file()
        uid = demo.place.put(raw)
        db = open_store(tmp_path)
        clock = count(int(time.time()) + 1000, 1000)
        incoming = demo.place.incoming(db, keep="all", clock=lambda clock=clock: float(next(clock)))
        incoming.sync()
        detach(db, folder_id(db), message_at(db, uid), NOTE)
        incoming.close()
        db.close()
        killed_at(step, tmp_path / "correio.db", demo)
        db = open_store(tmp_path)
        incoming = demo.place.incoming(db, keep="all", clock=lambda clock=clock: float(next(clock)))
        for _ in range(3):
            incoming.sync()
            db.run("UPDATE operation SET not_before = 0")
        incoming.close()
        assert journal.waiting(db) == 0
        found = demo.loop.call(lambda: [mail.raw for mail in demo.server.account.boxes["INBOX"].mails.values()])
        assert found.count(without(raw, NOTE)) == 1 and raw not in found and len(found) == step
        assert differences(db, "INBOX", demo.place.mails()) == ""
        db.close()
