"""A mailbox on a server, seen from the other side: what a second mail program does to it and what it finds there."""

from __future__ import annotations

import contextlib
import hashlib
import ssl
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path

from imapclient import IMAPClient
from msgspec import structs

from accounts.imap.account import ImapAccount
from accounts.incoming import Progress
from core.secret import Secret
from core.settings.schema import Account, Server
from core.store import accounts, folders
from core.store.database import Database
from tests.empty_store import empty_store
from tests.servers.client import MailClient

_serial = count(1)
Mails = dict[int, tuple[str, frozenset[str]]]
"""UID → (SHA-256 of the bytes, flags and keywords in lower case)."""


def letter(subject: str = "", *, body: str = "Body.\r\n", extra: str = "", sender: str = "ana@farol.example") -> bytes:
    """A small mail of its own, its Message-ID never used before."""
    number = next(_serial)
    return (
        f"From: Ana <{sender}>\r\nTo: maria@correio.example\r\nSubject: {subject or f'letter {number}'}\r\n"
        f"Message-ID: <{number}.{hashlib.sha1(subject.encode()).hexdigest()[:8]}@farol.example>\r\n{extra}"
        f"Date: Tue, 14 Nov 2023 22:13:20 +0000\r\nMIME-Version: 1.0\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n{body}"
    ).encode()


@dataclass
class Place:
    """One user's mailbox on one server."""

    settings: Server
    user: str
    password: str
    context: ssl.SSLContext | None = None
    cut: Callable[[], None] = lambda: None
    """Cuts every connection of the user."""
    progress: list[Progress] = field(default_factory=list)

    at_last: Callable[[], None] = lambda: None
    """Makes the line to the server a good one, where it was not."""
    patience: float = 60.0
    """Seconds that a command may take over that line."""
    way: Server | None = None
    """The way that Correio takes, where it is another one than that of everybody else."""

    def reached_at(self, host: str, port: int) -> None:
        """Correio connects there, in the clear; other programs as before."""
        self.way = structs.replace(self.settings, host=host, port=port, security="none")

    @contextlib.contextmanager
    def client(self, folder: str | None = None) -> Iterator[IMAPClient]:
        """Another mail program, logged in."""
        client = MailClient(self.settings.host, self.settings.port, self.context)
        try:
            client.login(self.user, self.password)
            if folder is not None:
                client.select_folder(folder)
            yield client
        finally:
            with contextlib.suppress(OSError, IMAPClient.Error):
                client.logout()

    def put(self, raw: bytes, folder: str = "INBOX", flags: Iterable[str] = ()) -> int:
        """APPEND a mail; its UID."""
        with self.client() as client:
            if folder != "INBOX" and not client.folder_exists(folder):
                client.create_folder(folder)
            client.append(folder, raw, list(flags))
            client.select_folder(folder, readonly=True)
            return max(int(uid) for uid in client.search())

    def flag(self, uid: int, *names: str, on: bool = True, folder: str = "INBOX") -> None:
        """Set or clear flags."""
        with self.client(folder) as client:
            (client.add_flags if on else client.remove_flags)([uid], list(names))

    def delete(self, *uids: int, folder: str = "INBOX") -> None:
        """Delete for good."""
        with self.client(folder) as client:
            client.add_flags(list(uids), ["\\Deleted"])
            client.expunge()

    def mails(self, folder: str = "INBOX") -> Mails:
        """All there is in a folder."""
        with self.client() as client:
            return _mails(client, folder)

    def everything(self) -> dict[str, Mails]:
        """All there is in each folder that can be opened."""
        with self.client() as client:
            paths = [name for flags, _, name in client.list_folders() if b"\\Noselect" not in flags]
            return {path: _mails(client, path) for path in paths}

    def folders(self) -> list[str]:
        """The names of the folders that can be opened."""
        with self.client() as client:
            return [name for flags, _, name in client.list_folders() if b"\\Noselect" not in flags]

    def incoming(self, db: Database, *, keep: str = "all", **more: object) -> ImapAccount:
        """Correio's account for it."""
        server = self.way or self.settings
        settings = Account(id="0123abcd", name="test", email="maria@correio.example", keep=keep, incoming=server)
        row = accounts.row_of(db, settings.id)
        return ImapAccount(
            settings,
            lambda server: Secret(self.password),
            db,
            row,
            self.progress.append,
            **more,  # type: ignore[arg-type]
        )


def _mails(client: IMAPClient, folder: str) -> Mails:
    client.select_folder(folder, readonly=True)
    there = client.search()
    told = client.fetch(there, ["FLAGS", "BODY.PEEK[]"]) if there else {}
    return {
        uid: (
            hashlib.sha256(data[b"BODY[]"]).hexdigest(),
            frozenset(flag.decode().lower() for flag in data[b"FLAGS"] if flag.lower() != b"\\recent"),
        )
        for uid, data in told.items()
    }


def stored(db: Database, folder: str = "INBOX") -> Mails:
    """What the store shows of a folder, in the form of `Place.mails`; mails without UID are under negative numbers."""
    from core.flags import Flag, to_imap
    from core.store import bodies

    here = folders.by_path(db, 1, folder)
    assert here is not None, f"no folder {folder}"
    found: Mails = {}
    rows = db.read("SELECT id, uid, message, flags FROM placement WHERE folder = ? AND hidden = 0", (here.id,))
    for id, uid, message, flags in rows:
        raw = bodies.raw(db, message)
        tags = {row[0] for row in db.read("SELECT name FROM keyword WHERE placement = ? AND shown = 1", (id,))}
        names = {name.lower() for name in to_imap(Flag(flags))} | tags
        found[uid or -id] = (hashlib.sha256(raw).hexdigest() if raw is not None else "", frozenset(names))
    return found


def differences(db: Database, folder: str, there: Mails) -> str:
    """What differs between the store and a folder of the server; '' when nothing does.

    Own deleted mail that the server cannot expunge without taking others' along stays there, marked and out of sight.
    """
    here = stored(db, folder)
    rows = db.read("SELECT uid FROM placement WHERE hidden = 1 AND uid IS NOT NULL AND folder = ?", (folder_id(db, folder),))
    hidden = {row[0] for row in rows if "\\deleted" in there.get(row[0], ("", frozenset()))[1]}
    uids = (here.keys() | there.keys()) - hidden
    wrong = {uid: (here.get(uid), there.get(uid)) for uid in sorted(uids) if here.get(uid) != there.get(uid)}
    return f"{folder}: UID → (here, there) {wrong}" if wrong else ""


def folder_id(db: Database, path: str = "INBOX") -> int:
    """The row id of a folder."""
    found = folders.by_path(db, 1, path)
    assert found is not None, f"no folder {path}"
    return found.id


def message_at(db: Database, uid: int, folder: str = "INBOX") -> int:
    """The message under a UID."""
    return int(db.value("SELECT message FROM placement WHERE folder = ? AND uid = ?", (folder_id(db, folder), uid)))


def check_counts(db: Database) -> None:
    """The counts that triggers keep are those that counting gives."""
    for id, path, total, unread in db.read("SELECT id, path, total, unread FROM folder"):
        counted = db.one("SELECT count(*), coalesce(sum(flags & 1 = 0), 0) FROM placement WHERE folder = ? AND hidden = 0", (id,))
        assert counted == (total, unread), path


def open_store(folder: Path) -> Database:
    """A store in a folder of the test."""
    return empty_store(folder / "correio.db")
