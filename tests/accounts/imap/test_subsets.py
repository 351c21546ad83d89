"""Dovecot with everything, with IMAP4rev1 alone, and with each of its extensions withheld: the same mail in the end."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from itertools import count

import pytest
from imapclient import IMAPClient

from core import operations
from core.arrival import keep_mail
from core.errors import NetworkError
from core.flags import Flag
from core.store import folders, journal
from core.store.database import Database
from tests.accounts.imap.conftest import place_on
from tests.accounts.mail_place import Mails, Place, check_counts, differences, folder_id, letter, message_at, stored
from tests.servers.dovecot import Dovecot
from tests.servers.narrow import NarrowProxy

NOTHING = frozenset(("IMAP4REV1",))
LACKING = {
    "CONDSTORE": ("CONDSTORE", "QRESYNC"),
    "QRESYNC": ("QRESYNC",),
    "UIDPLUS": ("UIDPLUS",),
    "MOVE": ("MOVE",),
    "IDLE": ("IDLE",),
    "LIST-EXTENDED": ("LIST-EXTENDED", "LIST-STATUS"),
    "LIST-STATUS": ("LIST-STATUS",),
    "SPECIAL-USE": ("SPECIAL-USE",),
    "ESEARCH": ("ESEARCH",),
    "LITERAL+": ("LITERAL+",),
    "BINARY": ("BINARY",),
    "NAMESPACE": ("NAMESPACE",),
    "ENABLE": ("ENABLE",),
    "UIDPLUS and MOVE": ("UIDPLUS", "MOVE"),
}
PATHS = ("INBOX", "Archive", "Sent", "Entwürfe & Co")

Narrow = Callable[..., tuple[NarrowProxy, Place]]


@pytest.fixture
def narrow(dovecot: Dovecot) -> Iterator[Narrow]:
    """A fresh mailbox on Dovecot, and the way to it that Correio takes: `narrow(without=…)` or `narrow(only=…)`."""
    running: list[NarrowProxy] = []

    def make(**choice: object) -> tuple[NarrowProxy, Place]:
        place = place_on(dovecot)
        proxy = NarrowProxy(dovecot.host, dovecot.ports.imap, **choice)  # type: ignore[arg-type]
        running.append(proxy)
        place.reached_at(proxy.host, proxy.port)
        return proxy, place

    yield make
    for proxy in running:
        proxy.close()


def fill(place: Place) -> None:
    """Another program's mail, in folders with easy and odd names."""
    flags = ([], ["\\Seen"], ["\\Flagged", "work"], ["\\Answered", "$Forwarded"], ["\\Deleted"])
    with place.client() as client:
        for path in PATHS:
            if not client.folder_exists(path):
                client.create_folder(path)
            for number in range(6):
                client.append(path, letter(body="ü" * number * 700 + "\r\n"), flags[number % 5])


def change(client: IMAPClient) -> None:
    """What another program does between two passes: mail comes and goes, flags and keywords change."""
    client.select_folder("INBOX")
    uids = client.search()
    client.add_flags(uids[:2], ["\\Seen", "later"])
    client.remove_flags(uids[1:3], ["\\Flagged", "work"])
    client.copy(uids[3:4], "Archive")
    client.append("INBOX", letter(), ["\\Flagged"])
    client.append("Archive", letter())
    client.select_folder("Entwürfe & Co")
    uids = client.search()
    client.add_flags(uids[2:4], ["\\Deleted"])
    client.expunge()
    if not client.folder_exists("Neu/Ämter"):
        client.create_folder("Neu/Ämter")
    client.append("Neu/Ämter", letter())


def operate(db: Database) -> None:
    """One operation of each kind, on mail of its own where they would get in each other's way."""
    inbox, archive = folder_id(db), folder_id(db, "Archive")
    uids = [row[0] for row in db.read("SELECT uid FROM placement WHERE folder = ? ORDER BY uid", (inbox,))]
    spots = [(inbox, message_at(db, uid)) for uid in uids]
    operations.set_flag(db, spots[:2], Flag.FLAGGED, True)
    operations.set_flag(db, spots[:1], Flag.SEEN, False)
    operations.set_tag(db, spots[1:3], "own", True)
    operations.copy(db, spots[:1], archive)
    operations.move(db, spots[2:4], archive)
    operations.expunge(db, spots[5:6])
    operations.create_folder(db, 1, "Eigene & fremde")
    own = folder_id(db, "Eigene & fremde")
    operations.move(db, spots[1:2], own)
    with db.write():
        message = keep_mail(db, 1, letter("written here"))
    operations.append(db, own, message, Flag.SEEN)


def shown(db: Database) -> dict[str, Mails]:
    """What the store shows of each folder that can be opened."""
    return {folder.path: stored(db, folder.path) for folder in folders.all_folders(db, 1) if folder.selectable}


def settled(place: Place, db: Database) -> None:
    """Passes until nothing waits; then both sides are compared."""
    clock = count(int(time.time()) + 1000, 1000)
    incoming = place.incoming(db, keep="all", clock=lambda: float(next(clock)))
    for _ in range(3):
        incoming.sync()
    incoming.close()
    assert journal.waiting(db) == 0
    everything = place.everything()
    for path, there in everything.items():
        assert differences(db, path, there) == ""
    assert {folder.path for folder in folders.all_folders(db, 1) if folder.total} <= set(everything)
    check_counts(db)


@pytest.mark.parametrize("lacking", ["", *LACKING, "everything"])
def test_the_same_in_the_end(lacking: str, narrow: Narrow, db: Database) -> None:
    proxy, place = narrow(only=NOTHING) if lacking == "everything" else narrow(without=LACKING.get(lacking, ()))
    fill(place)
    incoming = place.incoming(db, keep="all")
    incoming.sync()
    assert place.everything() == shown(db)
    with place.client() as client:
        change(client)
    result = incoming.sync()
    assert (result.new, result.removed) == (4, 3)
    assert place.everything() == shown(db)
    with place.client() as client:
        change(client)
    operate(db)
    incoming.sync()
    incoming.wait(0)
    incoming.close()
    settled(place, db)
    assert proxy.misused == []
    assert proxy.commands, "Correio went another way"


@pytest.mark.parametrize(("lacking", "command", "after"), [
    ("UIDPLUS and MOVE", 2, True), ("UIDPLUS and MOVE", 3, True), ("UIDPLUS and MOVE", 4, False), ("UIDPLUS and MOVE", 4, True),
    ("UIDPLUS", 1, True), ("MOVE", 3, True), ("MOVE", 4, True),
])  # fmt: skip
def test_a_move_that_is_cut(lacking: str, command: int, after: bool, narrow: Narrow, db: Database) -> None:
    """Each mail exists at least once at every moment, in the end exactly once; what others have marked stays."""
    proxy, place = narrow(without=LACKING[lacking])
    mails = [letter() for _ in range(3)]
    with place.client() as client:
        client.create_folder("Elsewhere")
        for raw in mails:
            client.append("INBOX", raw)
        client.append("INBOX", letter("of others"), ["\\Deleted"])
    incoming = place.incoming(db)
    incoming.sync()
    inbox, target = folder_id(db), folder_id(db, "Elsewhere")
    theirs = 4
    operations.move(db, [(inbox, message_at(db, uid)) for uid in (1, 2, 3)], target)
    proxy.cut_at(command, after=after)
    with suppress(NetworkError):
        incoming.replay()
    for _ in range(2):
        everything = place.everything()
        there = [digest for path in ("INBOX", "Elsewhere") for digest, _ in everything[path].values()]
        assert {hashlib.sha256(raw).hexdigest() for raw in mails} <= set(there)
        assert theirs in everything["INBOX"], "what others have marked was expunged"
        incoming.close()
        settled(place, db)
    assert len(place.mails("Elsewhere")) == 3
    assert proxy.cuts == 1
    assert proxy.misused == []
