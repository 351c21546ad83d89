"""An incoming and an outgoing server as tests want them, without a network: they do what they are told, and note what
was asked of them."""

from __future__ import annotations

import contextlib
import queue
import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from accounts.caldav import CalendarServer
from accounts.deadline import Deadline
from accounts.engine.engine import Engine, Means
from accounts.incoming import Report, SyncResult
from accounts.outgoing import Begin, Limits, SendResult, always
from core.errors import CorreioError, NetworkError
from core.paths import Home
from core.settings import Account, Identity, Server, Settings
from core.store import accounts, outbox
from core.store.database import Database

UID = "0123abcd"
PATIENCE = 60.0


class Incoming:
    """Each call is noted in `calls`; an error put into `errors` (call → errors) is raised instead, once each."""

    def __init__(self, db: Database | None = None) -> None:
        self.db = db
        self.breathe: Callable[[], None] = lambda: None
        self.wanted: Callable[[], bool] = lambda: True
        self.endless_fetch = False
        """A fetch ends only when nobody wants it."""
        self.busy = False
        self.helped = False
        self.behind = False
        self.calls: queue.SimpleQueue[str] = queue.SimpleQueue()
        self.errors: dict[str, list[BaseException]] = {}
        self.during_sync: Callable[[Incoming], None] = lambda incoming: None
        self.news = False
        self._bell = threading.Event()
        self.cancelled = False

    def expect(self, *names: str) -> None:
        """Wait for these calls, in this order; others in between are passed over."""
        for name in names:
            while self.calls.get(timeout=PATIENCE) != name:
                continue

    def _call(self, name: str) -> None:
        self.calls.put(name)
        if waiting := self.errors.get(name):
            raise waiting.pop(0)
        if self.cancelled:
            raise NetworkError("cancelled", server="x", answer="")

    def open(self) -> None:
        self._call("open")

    def sync(self) -> SyncResult:
        self.busy = True
        try:
            self._call("sync")
            self.during_sync(self)
        finally:
            self.busy = False
        return SyncResult(new=1)

    def sync_news(self) -> SyncResult:
        return self.sync()

    def sync_folder(self, folder: int) -> SyncResult:
        return self.sync()

    def replay(self) -> int:
        self._call("replay")
        if self.db is not None:
            with self.db.write():
                self.db.run("UPDATE operation SET state = 'done' WHERE state = 'queued'")
        return 1

    def wait(self, seconds: float) -> bool:
        self._call("wait")
        self._bell.wait(seconds)
        self._bell.clear()
        news, self.news = self.news, False
        return news

    def search(self, folder: int, query: str) -> list[int]:
        self._call(f"search {folder} {query}")
        return [1000 + folder]

    def fetch(self, message: int, section: str = "") -> None:
        self._call(f"fetch {message} {section}".strip())
        while self.endless_fetch and self.wanted():
            self._bell.wait(0.01)
        if self.endless_fetch:
            raise CorreioError("given-up")

    def wake(self) -> None:
        self._bell.set()

    def cancel(self) -> None:
        self.cancelled = True
        self._bell.set()

    def close(self) -> None:
        self.calls.put("close")


@dataclass
class Outgoing:
    """Answers each mail with the next of `answers`: a result, an error, or a function that gives one."""

    answers: list[SendResult | Exception | Callable[[], SendResult]] = field(default_factory=list)
    sent: list[tuple[bytes, str, tuple[str, ...]]] = field(default_factory=list)
    cancelled: threading.Event = field(default_factory=threading.Event)

    def send(
        self, wire: bytes, sender: str, recipients: Sequence[str], deadline: float | Deadline, begin: Begin = always
    ) -> SendResult:
        answer = self.answers.pop(0) if self.answers else accepted(*recipients)
        if isinstance(answer, CorreioError):
            raise answer  # before anything went out
        if not begin():
            raise NetworkError("sending-cancelled", server="x", answer="")
        self.sent.append((wire, sender, tuple(recipients)))
        if isinstance(answer, Exception):
            raise answer
        return answer() if callable(answer) else answer

    def test(self, deadline: float | Deadline) -> Limits:
        return Limits()

    def limits(self) -> Limits | None:
        return None

    def cancel(self) -> None:
        self.cancelled.set()


def accepted(*recipients: str) -> SendResult:
    """All is well."""
    return SendResult("sent", "mx:25", recipients, answer="ok", code=250)


def account(uid: str = UID, **more: object) -> Account:
    """An account with servers that nobody calls."""
    words: dict[str, object] = {
        "incoming": Server(id="00000001", kind="imap", host="imap.example.org", user="me", credential="work"),
        "outgoing": Server(id="00000002", kind="smtp", host="smtp.example.org", user="me", credential="work"),
    }
    return Account(id=uid, name=f"work-{uid}", **{"email": "me@example.org", **words, **more})  # type: ignore[arg-type]


def settings(*given: Account) -> Settings:
    """The accounts with an identity each."""
    found = given or (account(),)
    return Settings(accounts=found, identities=tuple(Identity(account=one.id, address=one.email) for one in found))


def queued(db: Database, *recipients: str, subject: str = "Hello", uid: str = UID, **more: object) -> int:
    """A small mail in the outbox; its row id."""
    row = accounts.row_of(db, uid)
    text = f"From: me@example.org\r\nTo: {', '.join(recipients)}\r\nSubject: {subject}\r\nMessage-ID: <{subject}@x>\r\n\r\nHi\r\n"
    words: dict[str, object] = {"not_before": 0, **more}
    return outbox.queue(
        db, account=row, message_id=f"{subject}@x", sender="me@example.org", recipients=recipients or ("bob@example.net",),
        subject=subject, shown="Bob", wire=text.encode(), copy=text.encode(), **words,  # type: ignore[arg-type]
    )  # fmt: skip


def home_in(folder: Path, runtime: Path) -> Home:
    """A home below a folder; `runtime` is short, for the socket."""
    return Home(folder / "config", folder / "state", folder / "cache", folder / "logs", runtime)


@dataclass
class Stage:
    """An engine of this process with these players."""

    home: Home
    settings: Settings
    incoming: dict[str, Incoming] = field(default_factory=dict)
    outgoing: Outgoing = field(default_factory=Outgoing)
    passwords: list[tuple[str, str]] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)
    calendar: Callable[[], CalendarServer] | None = None

    def player(self, uid: str = UID) -> Incoming:
        """The connection of an account, the same whenever it is opened again."""
        return self.incoming.setdefault(uid, Incoming())

    def means(self) -> Means:
        """What the engine is handed."""

        def incoming(account: Account, db: Database, row: int, report: Report) -> Incoming:
            player = self.player(account.id)
            player.db = db
            player.cancelled = False
            return player

        return Means(
            load_settings=lambda: self.settings,
            incoming=incoming,
            outgoing=lambda account: self.outgoing,
            keep_password=lambda credential, password: self.passwords.append((credential, password)),
            keep_passphrase=lambda passphrase: self.passwords.append(("", passphrase)),
            forget_refused=self.refused.append,
            version="1",
            calendar=self.calendar,
        )

    @contextlib.contextmanager
    def engine(self) -> Iterator[Engine]:
        """A running engine."""
        engine = Engine(self.home, self.means())
        ready = threading.Event()
        thread = threading.Thread(target=engine.run, args=(ready.set,), daemon=True)
        thread.start()
        try:
            assert ready.wait(PATIENCE), "the engine does not start"
            yield engine
        finally:
            engine.leave()
            thread.join(PATIENCE)
            assert not thread.is_alive(), "the engine does not end"

    def state(self) -> str:
        """How the account is doing, as the store has it."""
        with self.store() as db:
            return next((found.state for found in accounts.states(db) if found.uid == UID), "")

    @contextlib.contextmanager
    def store(self) -> Iterator[Database]:
        """A connection to the store."""
        self.home.make()
        with contextlib.closing(Database(self.home.database)) as db:
            yield db
