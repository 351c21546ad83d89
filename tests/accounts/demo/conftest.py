"""A demo IMAP server per test, and ways to talk to it."""

from __future__ import annotations

import imaplib
from collections.abc import Callable, Iterator

import pytest
from imapclient import IMAPClient

from accounts.demo.imap_account import MailAccount
from accounts.demo.imap_server import ImapOptions, ImapServer
from accounts.demo.loop_thread import LoopThread
from tests.servers.client import MailClient

MAIL = b"From: Ana <ana@farol.example>\r\nTo: maria@correio.example\r\nSubject: %s\r\n\r\nOl\xc3\xa1.\r\n"


class Running:
    """A server on its thread, with clients that are logged out at the end."""

    def __init__(self, loop: LoopThread, server: ImapServer) -> None:
        self.loop = loop
        self.server = server
        self.clients: list[IMAPClient] = []

    def client(self, *, select: str = "") -> IMAPClient:
        """A logged-in IMAPClient."""
        client = MailClient("127.0.0.1", self.server.port)
        client.login("maria@correio.example", "demo")
        self.clients.append(client)
        if select:
            client.select_folder(select)
        return client

    def plain(self) -> imaplib.IMAP4:
        """A logged-in imaplib connection, for commands imapclient has no words for."""
        client = imaplib.IMAP4("127.0.0.1", self.server.port, timeout=60)
        client.login("maria@correio.example", "demo")
        return client

    def add(self, subject: str, flags: tuple[str, ...] = (), folder: str = "INBOX") -> int:
        """Deliver a small mail; its UID."""
        raw = MAIL % subject.encode()
        return self.loop.call(self.server.account.add, folder, raw, flags)[1].uid


@pytest.fixture
def start_imap() -> Iterator[Callable[..., Running]]:
    """Starts servers with given options; stops them at the end of the test."""
    running: list[Running] = []

    def start(**options: object) -> Running:
        server = ImapServer(MailAccount(), ImapOptions(**options))  # type: ignore[arg-type]
        loop = LoopThread(server)
        loop.start()
        running.append(Running(loop, server))
        return running[-1]

    yield start
    for each in running:
        for client in each.clients:
            client.shutdown()
        each.loop.stop()


@pytest.fixture
def imap(start_imap: Callable[..., Running]) -> Running:
    """A server with all it can do, and three mails."""
    running = start_imap()
    for subject in ("one", "two", "three"):
        running.add(subject)
    return running
