"""Mailboxes on Dovecot with all it can do, on a Dovecot that can nothing but IMAP4rev1, and on the demo server."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from subprocess import CalledProcessError

import pytest

from accounts.demo.imap_account import MailAccount
from accounts.demo.imap_server import ImapOptions, ImapServer
from accounts.demo.loop_thread import LoopThread
from core.settings.schema import Server
from core.store.database import Database
from tests.accounts.mail_place import Place, open_store
from tests.servers.dovecot import Dovecot
from tests.servers.dovecot_options import Options


@pytest.fixture
def db(tmp_path: Path) -> Iterator[Database]:
    """An empty store."""
    found = open_store(tmp_path)
    yield found
    found.close()


def place_on(dovecot: Dovecot) -> Place:
    """A fresh mailbox there."""
    mailbox = dovecot.user()
    settings = Server(
        kind="imap", host=dovecot.host, port=dovecot.ports.imaps, user=mailbox.user, trust=str(dovecot.authority.file)
    )
    context = dovecot.authority.client_context()

    def cut() -> None:
        with suppress(CalledProcessError):  # nobody was connected
            dovecot.kick(mailbox)

    return Place(settings, mailbox.user, mailbox.password, context, cut=cut)


@pytest.fixture(scope="session")
def bare_dovecot(make_dovecot: Callable[..., Dovecot]) -> Dovecot:
    """A server that offers no extension at all."""
    return make_dovecot(Options(capability="IMAP4rev1", special_use=False))


class Demo:
    """A demo server of this test, with its hooks."""

    def __init__(self, **words: object) -> None:
        options = ImapOptions(**words)  # type: ignore[arg-type]
        self.server = ImapServer(MailAccount(), options)
        self.loop = LoopThread(self.server)
        self.loop.start()
        settings = Server(kind="imap", host="127.0.0.1", port=self.server.port, security="none", user=options.user)
        self.place = Place(settings, options.user, options.password, cut=lambda: self.loop.call(self.server.cut_all))


@pytest.fixture
def make_demo() -> Iterator[Callable[..., Demo]]:
    """Start demo servers: `make_demo(capabilities=…)` with the words of ImapOptions."""
    running: list[Demo] = []

    def make(**options: object) -> Demo:
        running.append(Demo(**options))
        return running[-1]

    yield make
    for one in running:
        one.loop.stop()
