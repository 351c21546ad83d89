"""Mails that come whole at once: where all are kept and the line is quick; headers first else."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

import pytest
from msgspec.structs import replace

from accounts.demo import imap_fetch
from accounts.imap import account, wholes
from accounts.imap.fetched import Fetched
from accounts.imap.work import Batch, Work
from core import packers
from core.store import bodies, doctor
from core.store.database import Database
from core.store.folders import Folder
from core.store.turns import Turns
from tests.accounts.imap.conftest import Demo
from tests.accounts.mail_place import check_counts, letter, message_at, stored


class Fetches:
    """A demo server, and what it was asked to FETCH."""

    def __init__(self, demo: Demo) -> None:
        self.demo = demo
        self.asked: list[str] = []
        demo.server.on_command = self._on_command  # type: ignore[assignment]

    def _on_command(self, session: object, tag: str, name: str, args: list[object]) -> bytes | None:
        if name in ("FETCH", "UID FETCH"):
            self.asked.append(repr(args))
        return None

    def fill(self, raws: list[bytes]) -> None:
        """New mails in the Inbox."""
        self.demo.loop.call(lambda: [self.demo.server.account.add("INBOX", raw) for raw in raws] and None)

    def count(self, words: str) -> int:
        """How often something was asked for."""
        return sum(words in one for one in self.asked)


@pytest.fixture
def fetches(make_demo: Callable[..., Demo]) -> Fetches:
    return Fetches(make_demo())


def check(fetches: Fetches, db: Database, count: int) -> None:
    assert stored(db, "INBOX") == fetches.demo.place.mails("INBOX")
    assert db.value("SELECT count(*) FROM message WHERE body = 2") == count
    check_counts(db)
    assert all(finding.count == 0 for finding in doctor.examine(db, deep=True))


def test_a_first_pass_brings_each_mail_once(fetches: Fetches, db: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(packers, "MANY", 100)
    raws = [letter(body=f"words of number {n} " * 200) for n in range(500)]
    fetches.fill(raws)
    incoming = fetches.demo.place.incoming(db)
    result = incoming.sync()
    incoming.close()
    assert result.new == 500
    check(fetches, db, 500)
    # The headers of the newest 200 come before, for a first look.
    assert result.bytes < 1.2 * sum(map(len, raws)) + 300_000
    assert db.value("SELECT count(*) FROM block") > 10


def test_large_ones_come_as_headers_first(fetches: Fetches, db: Database) -> None:
    large = letter(body="a word and another\r\n" * 20_000)
    fetches.fill([letter(), large, *[letter() for _ in range(210)]])
    assert len(large) > wholes.MOST
    incoming = fetches.demo.place.incoming(db)
    incoming.sync()
    incoming.close()
    check(fetches, db, 212)
    assert bodies.raw(db, message_at(db, 2)) == large


def test_where_it_takes_too_long_headers_come_first(fetches: Fetches, db: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(account, "WHOLE_SECONDS", 0.0)
    fetches.fill([letter(body=f"words of number {n} ") for n in range(500)])
    incoming = fetches.demo.place.incoming(db)
    incoming.sync()
    incoming.close()
    check(fetches, db, 500)
    whole = [n for n, one in enumerate(fetches.asked) if f"0.{wholes.MOST}" in one]
    header = [n for n, one in enumerate(fetches.asked) if "HEADER" in one]
    assert whole and len(whole) <= 3, "as many as were in the line before it was known"
    assert max(header) > max(whole)


def test_where_sizes_are_estimates_headers_come_first(fetches: Fetches, db: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    right = imap_fetch._SIMPLE["RFC822.SIZE"]
    monkeypatch.setitem(imap_fetch._SIMPLE, "RFC822.SIZE", lambda mail, view: b"%d" % (int(right(mail, view)) + 10))
    monkeypatch.setattr(wholes, "_TRUSTED", 30)
    fetches.fill([letter(body=f"words of number {n} ") for n in range(500)])
    incoming = fetches.demo.place.incoming(db)
    incoming.sync()
    incoming.close()
    assert db.value("SELECT count(*) FROM message WHERE body = 2") == 500
    assert fetches.count(f"0.{wholes.MOST}") <= 4


def test_new_mail_comes_in_one_piece(fetches: Fetches, db: Database) -> None:
    incoming = fetches.demo.place.incoming(db)
    incoming.sync()
    fetches.asked.clear()
    fetches.fill([letter(body="new words") for _ in range(5)])
    assert incoming.sync().new == 5
    incoming.close()
    assert fetches.count("BODY.PEEK") + fetches.count("BODY") >= 1
    assert fetches.count("HEADER") == 0
    check(fetches, db, 5)


def test_an_answer_that_comes_twice_counts_once(fetches: Fetches, db: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(packers, "MANY", 100)
    fetches.fill([letter(body=f"words of number {n} " * 100) for n in range(400)])
    real = Work.stream
    before: list[Fetched] = []

    def again(self: Work, folder: Folder, sets: Iterable[Batch], items: str) -> Iterator[list[Fetched]]:
        for got in real(self, folder, sets, items):
            kept = [replace(one, body=dict(one.body)) for one in got]
            yield [*got, *before]
            before[:] = kept

    monkeypatch.setattr(Work, "stream", again)
    monkeypatch.setattr(Turns, "at_leisure", 10_000)
    incoming = fetches.demo.place.incoming(db)
    assert incoming.sync().new == 400
    incoming.close()
    check(fetches, db, 400)
