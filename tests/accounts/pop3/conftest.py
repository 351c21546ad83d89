"""Maildrops on Dovecot, and scripts of servers with bad habits."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from subprocess import CalledProcessError
from typing import Any

import pytest

from accounts.pop3.account import Pop3Account
from core.secret import Secret
from core.settings.schema import Account, Server
from core.store import accounts, bodies, folders
from core.store.database import Database
from tests.accounts.mail_place import Place, open_store
from tests.servers.dovecot import Dovecot


@pytest.fixture
def db(tmp_path: Path) -> Iterator[Database]:
    """An empty store."""
    found = open_store(tmp_path)
    yield found
    found.close()


@dataclass
class Drop(Place):
    """A mailbox on a server that Correio collects by POP3."""

    pop3: Server | None = None

    def incoming(self, db: Database, *, keep: str = "all", **more: Any) -> Pop3Account:  # type: ignore[override]
        """Correio's account for it; `more` are its settings."""
        assert self.pop3 is not None
        return account_on(db, self.pop3, self.password, progress=self.progress.append, **more)


def account_on(db: Database, server: Server, password: str = "secret", **more: Any) -> Pop3Account:
    """An account on this server; `more`: settings, and `patience`, `clock`, `progress`."""
    means = {name: more.pop(name) for name in ("patience", "clock") if name in more}
    report = more.pop("progress", lambda told: None)
    settings = Account(id="0123abcd", name="test", kind="pop3", email="maria@correio.example", incoming=server, **more)
    row = accounts.row_of(db, settings.id, local=True)
    return Pop3Account(settings, lambda server: Secret(password), db, row, report, **means)


def drop_on(dovecot: Dovecot, security: str = "tls") -> Drop:
    """A fresh mailbox there."""
    mailbox = dovecot.user()
    common: dict[str, Any] = {"host": dovecot.host, "user": mailbox.user, "trust": str(dovecot.authority.file)}
    port = dovecot.ports.pop3s if security == "tls" else dovecot.ports.pop3

    def cut() -> None:
        with suppress(CalledProcessError):  # nobody was connected
            dovecot.kick(mailbox)

    return Drop(
        Server(kind="imap", port=dovecot.ports.imaps, **common), mailbox.user, mailbox.password,
        dovecot.authority.client_context(), cut=cut, pop3=Server(kind="pop3", port=port, security=security, **common),
    )  # fmt: skip


def kept(db: Database, path: str = "Inbox") -> Counter[str]:
    """The SHA-256 of every mail that is shown in a folder."""
    folder = folders.by_path(db, 1, path)
    if folder is None:
        return Counter()
    rows = db.read("SELECT message FROM placement WHERE folder = ? AND hidden = 0", (folder.id,))
    return Counter(digest(bodies.raw(db, message) or b"") for (message,) in rows)


def digest(raw: bytes) -> str:
    """SHA-256."""
    return hashlib.sha256(raw).hexdigest()


def on_server(place: Place) -> Counter[str]:
    """The same of the Inbox on the server."""
    return Counter(hash for hash, _ in place.mails().values())
