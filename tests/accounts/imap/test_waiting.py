"""Waiting for news in the Inbox."""

from __future__ import annotations

import asyncio
import itertools
import socket
import sys
import threading
from collections.abc import Callable, Iterator

import pytest

from accounts.demo.imap_server import CAPABILITIES
from accounts.imap import idle
from accounts.imap.account import ImapAccount
from core.errors import NetworkError, ProtocolError
from core.store.database import Database
from tests.accounts.imap.conftest import Demo, place_on
from tests.accounts.mail_place import Place, letter, message_at, stored


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


class Turned:
    """Clocks that go on by a step each time somebody looks."""

    def __init__(self, step: float) -> None:
        self.step = step
        self.now = 1_000.0
        self.slept = 0.0
        self.idles: list[float] = []

    def steady(self) -> float:
        self.now += self.step
        return self.now

    def clocks(self) -> idle.Clocks:
        return idle.Clocks(self.steady, lambda: 1_700_000_000.0 + self.now + self.slept)


def test_idle_is_said_again_before_routers_forget_the_line(
    make_demo: Callable[..., Demo], db: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    demo = make_demo()
    turned = Turned(30.0)
    monkeypatch.setattr(idle, "TICK", 0.01)
    demo.server.on_command = lambda session, tag, name, args: turned.idles.append(turned.now) if name == "IDLE" else None
    incoming = demo.place.incoming(db, clocks=turned.clocks())
    incoming.sync()
    assert incoming.wait(2 * 3600.0) is False
    assert len(turned.idles) >= 2 * 3600 / (29 * 60)
    assert max(later - earlier for earlier, later in itertools.pairwise(turned.idles)) < 29 * 60
    incoming.close()


def test_after_a_sleep_the_line_is_tried_at_once(
    make_demo: Callable[..., Demo], db: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    demo = make_demo()
    turned = Turned(0.0)
    monkeypatch.setattr(idle, "TICK", 0.01)

    def on_command(session: object, tag: str, name: str, args: object) -> None:
        if name == "IDLE":
            turned.idles.append(turned.now)
            turned.slept += 3600.0 if len(turned.idles) < 3 else 0.0
            if len(turned.idles) == 3:
                incoming.wake()

    incoming = demo.place.incoming(db, clocks=turned.clocks())
    incoming.sync()
    demo.server.on_command = on_command
    assert incoming.wait(3600.0) is False
    assert len(turned.idles) == 3
    incoming.close()


def test_a_line_that_died_during_the_sleep_is_given_up_soon(
    make_demo: Callable[..., Demo], db: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    demo = make_demo()
    turned = Turned(0.0)
    monkeypatch.setattr(idle, "TICK", 0.01)
    monkeypatch.setattr(idle, "SUSPECT", 0.1)
    incoming = demo.place.incoming(db, clocks=turned.clocks())
    incoming.sync()

    async def silence(session: object) -> bytes:
        await session.send(b"+ idling\r\n")  # type: ignore[attr-defined]
        turned.slept += 3600.0
        await asyncio.Event().wait()
        return b""

    demo.server.on_command = lambda session, tag, name, args: silence(session) if name == "IDLE" else None
    with pytest.raises(NetworkError):
        incoming.wait(3600.0)
    incoming.close()


def test_after_a_sleep_a_poll_is_due(make_demo: Callable[..., Demo], db: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    demo = make_demo(capabilities=CAPABILITIES - {"IDLE"})
    turned = Turned(0.0)
    looks = iter(range(100))
    clocks = idle.Clocks(turned.steady, lambda: 1_700_000_000.0 + (3600.0 if next(looks) > 3 else 0.0))
    monkeypatch.setattr(idle, "TICK", 0.01)
    incoming = demo.place.incoming(db, clocks=clocks)
    incoming.sync()
    assert incoming.wait(3600.0) is True
    incoming.close()


def test_another_network_is_noticed() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener, socket.socket() as line:
        line.bind(("127.0.0.2" if sys.platform == "linux" else "127.0.0.1", 0))
        assert idle.moved(line)  # not connected: no way there
        line.connect(listener.getsockname())
        assert idle.moved(line) == (sys.platform == "linux")
    with socket.create_server(("127.0.0.1", 0)) as listener, socket.create_connection(listener.getsockname()) as line:
        assert not idle.moved(line)


def test_somebody_may_not_want_to_be_told(make_demo: Callable[..., Demo], db: Database) -> None:
    demo = make_demo()
    incoming = demo.place.incoming(db, push=False)
    incoming.sync()
    assert incoming.wait(0.01) is False
    assert "IDLE" not in [name for _, name in demo.server.heard]
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
    honest = demo.place.incoming(db)
    honest.sync()
    honest.close()
    incoming = demo.place.incoming(db, patience=1.0)

    async def answer(session: object) -> bytes:
        await session.send(b"+ idling\r\n" + said)  # type: ignore[attr-defined]
        await session.read_line()  # type: ignore[attr-defined]
        return b""

    demo.server.on_command = lambda session, tag, name, args: answer(session) if name == "IDLE" else None
    with pytest.raises((NetworkError, ProtocolError)):
        incoming.wait(60)
    incoming.close()


@pytest.mark.parametrize("said", [b"%s OK time is up\r\n", b"* NO [NOTIFICATIONOVERFLOW] %s\r\n"])
def test_a_server_that_tells_nothing_any_more_is_left(said: bytes, make_demo: Callable[..., Demo], db: Database) -> None:
    """It has ended IDLE by itself, or had too much to tell (RFC 5465 §5.8): listening on would be in vain."""
    demo = make_demo()
    incoming = demo.place.incoming(db)
    incoming.sync()

    async def answer(session: object, tag: str) -> bytes:
        await session.send(b"+ idling\r\n" + said % tag.encode())  # type: ignore[attr-defined]
        if await session.read_line() == b"DONE":  # type: ignore[attr-defined]
            incoming.wake()
        return b""

    demo.server.on_command = lambda session, tag, name, args: answer(session, tag) if name == "IDLE" else None
    with pytest.raises(NetworkError) as caught:
        incoming.wait(5)
    assert caught.value.id == "server-goodbye"
    demo.server.on_command = None
    incoming.sync()
    assert incoming.wait(0.01) is False
    incoming.close()


def test_mail_that_came_while_a_message_was_opened_is_news(make_demo: Callable[..., Demo], db: Database) -> None:
    demo = make_demo()
    uid = demo.place.put(letter())
    incoming = demo.place.incoming(db, keep="headers")
    incoming.sync()
    demo.place.put(letter())
    incoming.fetch(message_at(db, uid))
    assert incoming.wait(5) is True
    incoming.sync_news()
    assert len(stored(db)) == 2
    assert incoming.wait(0.01) is False
    incoming.close()


@pytest.mark.parametrize("words", [b"NO not in this folder", b"BAD not now"])
def test_a_server_that_will_not_idle_is_asked_now_and_then(words: bytes, make_demo: Callable[..., Demo], db: Database) -> None:
    """The line is as good as that to a server which cannot; it was given up at each wait."""
    demo = make_demo()
    demo.place.put(letter())
    incoming = demo.place.incoming(db)
    incoming.sync()
    demo.server.on_command = lambda session, tag, name, args: tag.encode() + b" " + words + b"\r\n" if name == "IDLE" else None
    assert incoming.wait(0.01) is False
    demo.place.put(letter())
    session = incoming._session
    demo.server.heard.clear()
    incoming.wait(0.01)
    incoming.sync()
    assert incoming._session is session, "it is the same line"
    assert "IDLE" not in {name for _, name in demo.server.heard}
    assert stored(db) == demo.place.mails()
    incoming.close()
