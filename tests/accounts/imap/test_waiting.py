"""Waiting for news in the Inbox."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator

import pytest

from accounts.demo.imap_server import CAPABILITIES
from accounts.imap import idle
from accounts.imap.account import ImapAccount
from core.errors import NetworkError, ProtocolError
from core.store.database import Database
from tests.accounts.imap.conftest import Demo, place_on
from tests.accounts.mail_place import Place, letter, stored


@pytest.fixture(params=["dovecot", "demo"])
def place(request: pytest.FixtureRequest) -> Place:
    if request.param == "dovecot":
        return place_on(request.getfixturevalue("dovecot"))
    found: Demo = request.getfixturevalue("make_demo")()
    return found.place


@pytest.fixture
def incoming(place: Place, db: Database) -> Iterator[ImapAccount]:
    place.put(letter())
    found = place.incoming(db)
    found.sync()
    yield found
    found.close()


def test_a_delivery_ends_the_wait(place: Place, incoming: ImapAccount, db: Database) -> None:
    deliver = threading.Thread(target=place.put, args=(letter(),))
    deliver.start()
    assert incoming.wait(60) is True
    deliver.join()
    incoming.sync()
    assert stored(db) == place.mails()
    assert len(stored(db)) == 2


def test_flags_and_deletions_end_the_wait(place: Place, incoming: ImapAccount, db: Database) -> None:
    for change in (lambda: place.flag(1, "\\Flagged"), lambda: place.delete(1)):
        doing = threading.Thread(target=change)
        doing.start()
        assert incoming.wait(60) is True
        doing.join()
        incoming.sync()
        incoming.sync()
    assert db.value("SELECT total FROM folder WHERE path = 'INBOX'") in (0, 1)


def test_what_happened_before_the_wait_is_news(place: Place, incoming: ImapAccount) -> None:
    place.put(letter())
    assert incoming.wait(60) is True


def test_nothing_happens(incoming: ImapAccount) -> None:
    assert incoming.wait(0.05) is False
    assert incoming.wait(0) is False


def test_a_wake_from_another_thread(incoming: ImapAccount) -> None:
    timer = threading.Timer(0.1, incoming.wake)
    timer.start()
    assert incoming.wait(60) is False
    timer.join()


def test_the_line_is_of_use_after_a_wait(place: Place, incoming: ImapAccount, db: Database) -> None:
    incoming.wait(0.05)
    place.put(letter())
    incoming.sync()
    incoming.wait(0.05)
    assert stored(db) == place.mails()


def test_idle_is_said_again_before_routers_forget_the_line(
    make_demo: Callable[..., Demo], db: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    demo = make_demo()
    incoming = demo.place.incoming(db)
    incoming.sync()
    monkeypatch.setattr(idle, "REARM", 0.05)
    thread = threading.Timer(0.4, incoming.wake)
    thread.start()
    assert incoming.wait(60) is False
    thread.join()
    assert [name for _, name in demo.server.heard].count("IDLE") >= 3
    incoming.close()


def test_without_idle_only_time_and_wake_end_a_wait(make_demo: Callable[..., Demo], db: Database) -> None:
    demo = make_demo(capabilities=CAPABILITIES - {"IDLE"})
    incoming = demo.place.incoming(db)
    incoming.sync()
    timer = threading.Timer(0.05, incoming.wake)
    timer.start()
    assert incoming.wait(60) is False
    assert incoming.wait(0.01) is False
    timer.join()
    incoming.close()


def test_a_line_that_drops_while_waiting(make_demo: Callable[..., Demo], db: Database) -> None:
    demo = make_demo()
    incoming = demo.place.incoming(db)
    incoming.sync()
    timer = threading.Timer(0.1, demo.place.cut)
    timer.start()
    with pytest.raises(NetworkError):
        incoming.wait(60)
    timer.join()
    assert incoming.wait(0.01) is False
    incoming.close()


@pytest.mark.parametrize("said", [b"* BYE\r\n", b"A" * 5_000_000, b"* 1 EXISTS", b"nonsense\r\n"])
def test_nonsense_while_waiting(said: bytes, make_demo: Callable[..., Demo], db: Database) -> None:
    demo = make_demo()
    incoming = demo.place.incoming(db, patience=1.0)
    incoming.sync()

    async def answer(session: object) -> bytes:
        await session.send(b"+ idling\r\n" + said)  # type: ignore[attr-defined]
        await session.read_line()  # type: ignore[attr-defined]
        return b""

    demo.server.on_command = lambda session, tag, name, args: answer(session) if name == "IDLE" else None
    with pytest.raises((NetworkError, ProtocolError)):
        incoming.wait(60)
    incoming.close()
