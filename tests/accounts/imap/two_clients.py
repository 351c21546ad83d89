"""A mailbox with three hands in it: another program, Correio, and its user, all at random."""

from __future__ import annotations

import random
import time
from contextlib import suppress
from itertools import count

from imapclient import IMAPClient

from accounts.imap.account import ImapAccount
from core import operations
from core.errors import CorreioError
from core.flags import Flag
from core.store import folders, journal
from core.store.database import Database
from tests.accounts.mail_place import Place, check_counts, differences, letter

FOLDERS = ("INBOX", "Archive", "Lists")
FLAGS = ("\\Seen", "\\Flagged", "\\Answered", "work", "later", "$Forwarded")


class OtherProgram:
    """Somebody else at the same mailbox, who connects again after a cut."""

    def __init__(self, place: Place, rng: random.Random) -> None:
        self.place = place
        self.rng = rng
        self._client: IMAPClient | None = None

    def act(self) -> None:
        """One change."""
        try:
            self._act(self.client)
        except (OSError, IMAPClient.Error):
            self.close()

    @property
    def client(self) -> IMAPClient:
        if self._client is None:
            self._open = self.place.client()
            self._client = self._open.__enter__()
        return self._client

    def close(self) -> None:
        if self._client is not None:
            self._client = None
            self._open.__exit__(None, None, None)

    def _act(self, client: IMAPClient) -> None:
        rng = self.rng
        folder = rng.choice(FOLDERS)
        client.select_folder(folder)
        uids = client.search()
        deed = rng.choice(("put", "put", "flag", "flag", "unflag", "move", "copy", "delete"))
        some = rng.sample(uids, min(len(uids), rng.randint(1, 3)))
        if deed == "put":
            client.append(folder, letter(body="x" * rng.randint(0, 3000) + "\r\n"), rng.sample(FLAGS, rng.randint(0, 2)))
        elif not some:
            return
        elif deed in ("flag", "unflag"):
            (client.add_flags if deed == "flag" else client.remove_flags)(some, rng.sample(FLAGS, rng.randint(1, 3)))
        elif deed == "copy":
            client.copy(some, rng.choice(FOLDERS))
        else:
            if deed == "move":
                client.copy(some, rng.choice([name for name in FOLDERS if name != folder]))
            client.add_flags(some, ["\\Deleted"])
            client.expunge()


def user(db: Database, rng: random.Random) -> None:
    """One change by Correio's user, on what the screen shows."""
    ids = {folder.path: folder.id for folder in folders.all_folders(db, 1)}
    source = rng.choice(FOLDERS)
    shown = [row[0] for row in db.read("SELECT DISTINCT message FROM placement WHERE folder = ? AND hidden = 0", (ids[source],))]
    if not shown:
        return
    places = [(ids[source], message) for message in rng.sample(sorted(shown), min(len(shown), rng.randint(1, 3)))]
    target = ids[rng.choice([name for name in FOLDERS if name != source])]
    deed = rng.choice(("flag", "flag", "tag", "move", "copy", "expunge", "undo"))
    if deed == "flag":
        operations.set_flag(db, places, rng.choice((Flag.SEEN, Flag.FLAGGED, Flag.FORWARDED)), rng.random() < 0.6)
    elif deed == "tag":
        operations.set_tag(db, places, rng.choice(("work", "own")), rng.random() < 0.6)
    elif deed == "move":
        operations.move(db, places, target)
    elif deed == "copy":
        operations.copy(db, places, target)
    elif deed == "expunge":
        operations.expunge(db, places)
    else:
        operations.undo(db)


def first_pass(incoming: ImapAccount, db: Database) -> None:
    """Until all folders are known, over whatever line."""
    for _ in range(100):
        with suppress(CorreioError):
            incoming.sync()
        if {folder.path for folder in folders.all_folders(db, 1)} >= set(FOLDERS):
            return
    raise AssertionError("no pass over the folders ever succeeded")


def work_together(place: Place, db: Database, seed: int, turns: int) -> None:
    """Passes with a second program and the user in between, then without; AssertionError where the sides differ."""
    rng = random.Random(seed)
    for folder in FOLDERS:
        for _ in range(4):
            place.put(letter(), folder, rng.sample(FLAGS, rng.randint(0, 2)))
    incoming = place.incoming(db, keep="all", patience=place.patience)
    first_pass(incoming, db)
    other = OtherProgram(place, rng)

    def breathe() -> None:
        if rng.random() < 0.3:
            other.act()
        if rng.random() < 0.3:
            user(db, rng)
        incoming.replay()  # as the engine does

    incoming.breathe = breathe
    for _ in range(turns):
        for _ in range(rng.randint(0, 3)):
            other.act()
        for _ in range(rng.randint(0, 2)):
            user(db, rng)
        if rng.random() < 0.15:
            place.cut()
        with suppress(CorreioError):
            incoming.sync()
    other.close()
    place.at_last()
    incoming.breathe = lambda: None
    incoming.close()
    # Later, but not so much that everything is compared anew: every change must have been noticed by itself.
    clock = count(int(time.time()) + 1000, 1000)
    later = place.incoming(db, keep="all", clock=lambda: float(next(clock)))
    for _ in range(4):
        with suppress(CorreioError):
            later.sync()
        later.close()
        db.run("UPDATE operation SET not_before = 0")
    later.sync()
    later.sync()
    assert journal.waiting(db) == 0
    for folder in FOLDERS:
        assert differences(db, folder, place.mails(folder)) == ""
    check_counts(db)
    later.close()
