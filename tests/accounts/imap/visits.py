"""A visit to a server with a bad habit: what Correio says about it, and what is left when the server is honest again."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import count

from core import operations
from core.arrival import keep_mail
from core.clean import clean_line
from core.errors import CorreioError
from core.flags import Flag
from core.store import folders, journal
from core.store.database import Database
from tests.accounts.imap.conftest import Demo
from tests.accounts.mail_place import Place, check_counts, folder_id, letter, message_at, stored
from tests.servers.hostile import DRIP, GREETING, SILENCE, Habit, wear
from tui.sentences import sentence

LARGE = 300_000
"""Bytes of the mail whose structure is asked for when it is opened."""
SHORT = 0.4
"""Seconds for a command, where the server is going to keep silent."""


@dataclass
class Visit:
    """What came of it."""

    met: list[str] = field(default_factory=list)
    """The commands that the habit befell."""
    told: list[CorreioError] = field(default_factory=list)
    mails: list[bytes] = field(default_factory=list)
    """What must be there in the end, wherever."""


def visit(demo: Demo, db: Database, habit: Habit, *, started: bool) -> Visit:
    """Meet the habit on a first pass, or (`started`) on a later one with operations of every kind waiting."""
    found = Visit()
    _furnish(demo, found)
    waits = habit.then in (SILENCE, DRIP) or GREETING in habit.commands
    if started:
        honest = demo.place.incoming(db, keep="headers")
        honest.sync()
        honest.close()
        _operate(db, found)
        demo.place.put(letter())
    found.met = wear(demo.server, habit)
    incoming = demo.place.incoming(db, keep="headers", patience=SHORT if waits else 10.0)
    for deed in (incoming.sync, lambda: _open_large(db, incoming.fetch), lambda: incoming.wait(0.05), incoming.sync):
        try:
            deed()
        except CorreioError as error:
            found.told.append(error)
    incoming.close()
    wear(demo.server, None)
    _sentences(found, demo.place)
    return found


def afterwards(demo: Demo, db: Database, found: Visit, *, flags: bool = True) -> None:
    """An honest server again: at least two passes, until nothing waits; then everything is compared (`flags` too)."""
    clock = count(4_000_000_000, 1000)
    later = demo.place.incoming(db, clock=lambda: float(next(clock)))
    for number in range(5):
        later.sync()
        later.close()
        if number and not journal.waiting(db):
            break
    assert journal.waiting(db) == 0
    everything = demo.place.everything()
    for path, there in everything.items():
        here = stored(db, path)
        if not flags:
            there = {uid: (digest, frozenset()) for uid, (digest, _) in there.items()}
            here = {uid: (digest, frozenset()) for uid, (digest, _) in here.items()}
        hidden = {row[0] for row in db.read("SELECT uid FROM placement WHERE hidden = 1 AND folder = ?", (folder_id(db, path),))}
        assert here == {uid: mail for uid, mail in there.items() if uid not in hidden}, path
        assert all("\\deleted" in everything[path][uid][1] for uid in hidden)
    held = {digest for there in everything.values() for digest, _ in there.values()}
    missing = [raw[:200] for raw in found.mails if hashlib.sha256(raw).hexdigest() not in held]
    assert missing == [], "mail is lost"
    assert {folder.path for folder in folders.all_folders(db, 1) if folder.total} <= set(everything)
    check_counts(db)
    assert db.value("PRAGMA quick_check") == "ok"


def _furnish(demo: Demo, found: Visit) -> None:
    for number in range(4):
        raw = letter()
        demo.place.put(raw, flags=["\\Seen"] if number % 2 else ["work"])
        if number:
            found.mails.append(raw)
    found.mails.append(letter("large", body="lorem ipsum dolor\r\n" * (LARGE // 19)))
    demo.place.put(found.mails[-1])
    for path in ("Archive", "Lists"):
        found.mails.append(letter())
        demo.place.put(found.mails[-1], path)


def _operate(db: Database, found: Visit) -> None:
    """One change of each kind; the first mail is deleted for good."""
    inbox, archive, lists = folder_id(db), folder_id(db, "Archive"), folder_id(db, "Lists")
    uids = [row[0] for row in db.read("SELECT uid FROM placement WHERE folder = ? ORDER BY uid", (inbox,))]
    spots = [(inbox, message_at(db, uid)) for uid in uids]
    operations.set_flag(db, spots[1:3], Flag.FLAGGED, True)
    operations.set_tag(db, spots[2:4], "own", True)
    operations.copy(db, spots[3:4], lists)
    operations.move(db, spots[1:3], archive)
    operations.expunge(db, spots[:1])
    operations.create_folder(db, 1, "Neu")
    with db.write():
        message = keep_mail(db, 1, letter("written here"))
    operations.append(db, lists, message, Flag.SEEN)


def _open_large(db: Database, fetch: Callable[[int], None]) -> None:
    row = db.one("SELECT id FROM message WHERE size > 262144 AND size < 1000000 ORDER BY id LIMIT 1")
    if row is not None:
        fetch(row[0])


def _sentences(found: Visit, place: Place) -> None:
    """Each error is told in one clean sentence, in which no password stands."""
    import base64

    word = base64.b64encode(f"\0{place.user}\0{place.password}".encode()).decode()
    for error in found.told:
        said = sentence(error)
        assert said and said == clean_line(said)
        assert error.values.get("server", "").startswith("127.0.0.1:") or error.values.get("what"), repr(error)
        for text in (said, repr(error.values)):
            assert word not in text, "the password, said back by the server"
            assert place.password not in text.replace("demo's", ""), "the password, said back by the server"
