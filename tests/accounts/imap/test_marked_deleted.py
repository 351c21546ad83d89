"""Mail that another program has marked `\\Deleted`: unmarked, or purged with UID EXPUNGE of exactly that."""

from __future__ import annotations

from collections.abc import Callable

from core import operations
from core.flags import Flag
from core.store import placements
from core.store.database import Database
from tests.accounts.imap.conftest import Demo
from tests.accounts.mail_place import folder_id, letter, message_at


def test_unmarked_and_purged(make_demo: Callable[..., Demo], db: Database) -> None:
    demo = make_demo()
    marked = [demo.place.put(letter(f"Marked {n}"), flags=["\\Deleted"]) for n in range(3)]
    kept = demo.place.put(letter("Kept"))
    incoming = demo.place.incoming(db)
    incoming.sync()
    inbox = folder_id(db)
    found = placements.marked_deleted(db, [inbox])
    assert found == [(inbox, message_at(db, uid)) for uid in marked]
    operations.set_flag(db, found[:1], Flag.DELETED, False)
    operations.expunge(db, found[1:2])
    commands: list[bytes] = []
    demo.server.on_command = lambda session, tag, name, args: commands.append(b"%s %s" % (_raw(name), _raw(args)))
    incoming.replay()
    demo.server.on_command = None
    there = demo.place.mails()
    assert set(there) == {marked[0], marked[2], kept}
    assert any(b"EXPUNGE" in one and str(marked[1]).encode() in one for one in commands), commands
    assert placements.marked_deleted(db, [inbox]) == [(inbox, message_at(db, marked[2]))]


def _raw(word: object) -> bytes:
    return word if isinstance(word, bytes) else str(word).encode()
