"""Further connections of an account: bodies beside what people look at, and folders that are listened to."""

from __future__ import annotations

import asyncio
import queue
import threading
from collections.abc import Callable, Iterator

import pytest
from msgspec.structs import replace

from accounts.imap.account import ImapAccount
from accounts.imap.folder_state import FolderState
from accounts.imap.watcher import Watcher
from core.store import folders
from core.store.database import Database
from tests.accounts.imap.conftest import Demo, place_on
from tests.accounts.mail_place import folder_id, letter, message_at, stored
from tests.servers.dovecot import Dovecot

IDLING = frozenset(("IMAP4rev1", "IDLE"))
Opened = Callable[..., ImapAccount]


@pytest.fixture
def opened(db: Database) -> Iterator[Opened]:
    """An account of a demo server that may have further connections."""
    made: list[ImapAccount] = []

    def make(demo: Demo, **more: object) -> ImapAccount:
        incoming = demo.place.incoming(db)
        incoming.settings = replace(incoming.settings, **more)  # type: ignore[arg-type]
        incoming.helped = True
        made.append(incoming)
        return incoming

    yield make
    for one in made:
        one.close()


def large(demo: Demo, count: int = 30) -> None:
    """Mails of 40 kB each, more than a pass fetches by the way."""
    body = "words to be carried\r\n" * 2000
    demo.loop.call(lambda: [demo.server.account.add("INBOX", letter(body=body)) for _ in range(count)])


def finish(incoming: ImapAccount) -> None:
    """Until all bodies are here."""
    while incoming.behind:
        if incoming.wait(60):
            incoming.sync_news()


def test_what_is_looked_at_does_not_wait_for_bodies(make_demo: Callable[..., Demo], opened: Opened, db: Database) -> None:
    demo = make_demo()
    large(demo)
    gate = demo.loop.call(asyncio.Event)
    held = threading.Event()

    async def hold() -> None:
        held.set()
        await gate.wait()

    def on_command(session: object, tag: str, name: str, args: object) -> object:
        return hold() if name == "UID FETCH" and session.number == 2 else None  # type: ignore[attr-defined]

    demo.server.on_command = on_command  # type: ignore[assignment]
    incoming = opened(demo)
    incoming.sync()
    assert incoming.behind
    assert held.wait(60)
    incoming.fetch(message_at(db, 3))
    assert db.value("SELECT count(*) FROM message WHERE body = 2") == 1
    demo.loop.call(gate.set)
    finish(incoming)
    assert stored(db) == demo.place.mails()


def test_mail_that_arrives_meanwhile_is_not_forgotten(make_demo: Callable[..., Demo], opened: Opened, db: Database) -> None:
    demo = make_demo()
    large(demo)
    incoming = opened(demo)
    incoming.sync()
    demo.place.put(letter())
    incoming.sync()
    finish(incoming)
    incoming.sync()
    finish(incoming)
    assert stored(db) == demo.place.mails()


def test_a_server_that_lets_only_one_in(make_demo: Callable[..., Demo], opened: Opened, db: Database) -> None:
    demo = make_demo()
    large(demo)
    numbers: list[int] = []

    def on_connect(session: object) -> bytes | None:
        numbers.append(session.number)  # type: ignore[attr-defined]
        return None if len(numbers) == 1 else b"* BYE [UNAVAILABLE] Too many connections\r\n"

    demo.server.on_connect = on_connect
    incoming = opened(demo)
    incoming.sync()
    assert incoming.wait(60) is True
    assert incoming.behind, "who asked for the pass waits for what this connection now brings"
    incoming.sync_news()
    assert not incoming.behind
    demo.server.on_connect = None
    assert stored(db) == demo.place.mails()
    assert len(numbers) == 2, "it is not asked again and again"


@pytest.mark.parametrize("watch", ["", "Lists"])
def test_one_connection_is_kept_to(watch: str, make_demo: Callable[..., Demo], opened: Opened, db: Database) -> None:
    demo = make_demo(capabilities=IDLING)
    large(demo)
    demo.place.put(letter(), "Lists")
    before = demo.loop.call(lambda: demo.server._count)
    incoming = opened(demo, connections=1, watch=watch)
    incoming.sync()
    incoming.wait(0.01)
    assert demo.loop.call(lambda: demo.server._count) == before + 1
    assert stored(db) == demo.place.mails()


@pytest.mark.parametrize("can", [IDLING, IDLING | {"NOTIFY"}], ids=["no NOTIFY", "NOTIFY, which it refuses"])
def test_news_of_a_watched_folder(can: frozenset[str], make_demo: Callable[..., Demo], opened: Opened, db: Database) -> None:
    demo = make_demo(capabilities=can)
    demo.place.put(letter(), "Lists")
    incoming = opened(demo, watch="Lists, Missing")
    incoming.sync()
    for _ in range(2):
        deliver = threading.Thread(target=demo.place.put, args=(letter(), "Lists"))
        deliver.start()
        while not incoming.wait(60):
            continue
        deliver.join()
        demo.server.heard.clear()
        incoming.sync_news()
        while len(stored(db, "Lists")) < len(demo.place.mails("Lists")):
            assert incoming.wait(60)
            incoming.sync_news()
        assert stored(db, "Lists") == demo.place.mails("Lists")
        assert "LIST" not in [name for _, name in demo.server.heard], "only that folder is visited"


def test_a_cut_watcher_comes_back(make_demo: Callable[..., Demo], opened: Opened, db: Database) -> None:
    demo = make_demo(capabilities=IDLING)
    demo.place.put(letter(), "Lists")
    incoming = opened(demo, watch="Lists")
    incoming.sync()
    incoming.wait(0.01)

    def cut() -> bool:
        listening = [one for one in demo.server.sessions if one.view and one.view.mailbox.name == "Lists"]
        for session in listening:
            session.cut()
        return bool(listening)

    while not demo.loop.call(cut):
        incoming.wait(0.01)
    demo.place.put(letter(), "Lists")
    while not incoming.wait(60):
        continue
    incoming.sync_news()
    assert stored(db, "Lists") == demo.place.mails("Lists")


def test_one_connection_hears_of_all_folders(dovecot: Dovecot, db: Database) -> None:
    """NOTIFY (RFC 5465), on a server that has it."""
    place = place_on(dovecot)
    place.put(letter(), "Lists")
    incoming = place.incoming(db)
    incoming.helped = True
    incoming.sync()
    if not incoming._ready().session.can("NOTIFY"):
        pytest.skip("this Dovecot has no NOTIFY")
    incoming.wait(0.05)
    deliver = threading.Thread(target=place.put, args=(letter(), "Lists"))
    deliver.start()
    assert incoming.wait(60) is True
    deliver.join()
    incoming.sync_news()
    assert stored(db, "Lists") == place.mails("Lists")
    assert folder_id(db, "Lists")
    incoming.close()


def test_an_end_in_the_middle_leaves_no_thread(make_demo: Callable[..., Demo], opened: Opened, db: Database) -> None:
    demo = make_demo(capabilities=IDLING)
    large(demo)
    demo.place.put(letter(), "Lists")
    incoming = opened(demo, watch="Lists")
    incoming.sync()
    incoming.wait(0.01)
    incoming.cancel()
    incoming.close()
    assert not [one.name for one in threading.enumerate() if one.name.startswith(("bodies-", "watch-"))]


def test_what_comes_right_after_news_is_news_too(make_demo: Callable[..., Demo], db: Database) -> None:
    """The account may have had its look before that came."""
    demo = make_demo(capabilities=IDLING)
    demo.place.put(letter(), "Lists")
    incoming = demo.place.incoming(db)
    incoming.sync()
    told: queue.SimpleQueue[int] = queue.SimpleQueue()
    left = iter(range(3))

    def tell(folder: int) -> None:
        if next(left, None) is not None:
            demo.loop.call(lambda: demo.server.account.add("Lists", letter()))
        told.put(folder)

    folder = folders.by_path(db, 1, "Lists")
    assert folder is not None
    never = FolderState(None, None, None, True)
    watcher = Watcher(folder, incoming._new_session, lambda session: session.open(incoming._secret), tell, never)
    assert [told.get(timeout=60) for _ in range(4)] == [folder.id] * 4
    watcher.cancel()
    watcher.join()
    incoming.close()
