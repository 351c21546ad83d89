"""Twenty accounts at once on one server, one of them twice, and one whose server says nothing: all the others have their mail."""

from __future__ import annotations

import contextlib
import os
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from msgspec.structs import replace

from accounts.engine.engine import Means
from accounts.imap.account import ImapAccount
from accounts.incoming import Report
from core import operations
from core.flags import Flag
from core.secret import Secret
from core.settings import Account, Server, Settings
from core.store import accounts
from core.store.database import Database
from tests.accounts.engine.listener import Listener
from tests.accounts.engine.players import Outgoing, Stage
from tests.servers.dovecot import Dovecot
from tests.servers.mailbox import Mailbox
from tests.servers.scripted import Deed, ScriptedServer, Step

MANY = 20
MAILS = 3
SILENT = "5111111e"
THREADS = 8
"""At most, for each account: its worker, who listens for it, and what it needs for a moment."""


MEMORY = 8_000_000
"""Bytes at most, for each account."""


def resident() -> int:
    """Bytes of this process that are in memory; 0 where nobody tells."""
    told = Path("/proc/self/statm")
    return int(told.read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE") if told.exists() else 0


def raw(user: str, number: int) -> bytes:
    head = f"From: ana@example.org\nTo: {user}@correio.example\nSubject: {number} for {user}\nMessage-ID: <{number}@{user}>\n"
    return f"{head}Date: Tue, 14 Nov 2023 22:13:20 +0000\n\nHello {user}.\n".encode()


class Crowd(Stage):
    """An engine over real accounts; the password of each is told by its user's name."""

    passwords_of: dict[str, str]

    def means(self) -> Means:
        def incoming(account: Account, db: Database, row: int, report: Report) -> ImapAccount:
            return ImapAccount(account, lambda server: Secret(self.passwords_of[server.user]), db, row, report)

        return Means(
            load_settings=lambda: self.settings,
            incoming=incoming,
            outgoing=lambda account: Outgoing(),
            keep_password=lambda credential, password: None,
            forget_refused=lambda credential: None,
            version="1",
        )


@pytest.fixture
def silent() -> Iterator[ScriptedServer]:
    """A server that takes every connection and says nothing."""
    with ScriptedServer([Step(None, b"", Deed.HANG)]) as server:
        yield server


def account_of(number: int, box: Mailbox, port: int) -> Account:
    server = Server(id=f"{number:07x}a", kind="imap", host="localhost", port=port, security="none", user=box.user)
    return Account(id=f"{number:07x}b", name=f"{number} {box.user}", email=box.address, incoming=server, connections=2)


@contextlib.contextmanager
def running(stage: Crowd) -> Iterator[Listener]:
    with stage.engine(), contextlib.closing(Listener(stage.home)) as listener:
        yield listener


def test_twenty_accounts_one_of_them_twice_and_one_that_hangs(stage: Stage, dovecot: Dovecot, silent: ScriptedServer) -> None:
    boxes = [dovecot.user() for _ in range(MANY - 1)]
    for box in boxes:
        box.fill((raw(box.user, number), (), 1_700_000_000 + number) for number in range(MAILS))
    given = [account_of(number, box, dovecot.ports.imap) for number, box in enumerate((*boxes, boxes[0]))]
    hung = replace(given[1], id=SILENT, name="silent")
    assert hung.incoming is not None
    hung = replace(hung, incoming=replace(hung.incoming, id="5111111f", port=silent.port))
    crowd = Crowd(stage.home, Settings(accounts=(hung, *given)))
    crowd.passwords_of = {box.user: box.password for box in boxes}
    threads, memory = threading.active_count(), resident()
    with running(crowd) as screen, crowd.store() as db:
        silent.wait_for_connections(1)

        def all_here() -> bool:
            rows = db.read("SELECT account, count(*) FROM message GROUP BY account")
            return len(rows) == MANY and all(count == MAILS for _account, count in rows)

        screen.until(all_here, "somebody's mail does not come")
        assert threading.active_count() - threads <= THREADS * (MANY + 1)
        assert resident() - memory < MEMORY * (MANY + 1)
        told = {found.uid: found.checked for found in accounts.states(db)}
        assert told[SILENT] == 0 and len(told) == MANY + 1
        # The same mailbox twice: what is done by one account comes to the other from the server.
        first, second = (accounts.row_of(db, given[at].id) for at in (0, MANY - 1))
        of_one = "FROM placement p JOIN message m ON m.id = p.message WHERE m.account = ?"
        operations.set_flag(db, [db.read(f"SELECT p.folder, m.id {of_one}", (first,))[0]], Flag.FLAGGED, True)
        screen.ask("sync", accounts=[given[0].id])

        def heard() -> bool:
            screen.ask("sync", accounts=[given[MANY - 1].id])
            return bool(db.value(f"SELECT count(*) {of_one} AND p.flags & ?", (second, int(Flag.FLAGGED))))

        screen.until(heard, "the other account never hears of the flag")
        assert all_here()
