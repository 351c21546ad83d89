"""Mail that another program marked `\\Deleted`, purged on real servers: never more than what was asked for."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from core import operations
from core.flags import Flag
from core.store import placements
from core.store.database import Database
from tests.accounts.imap.conftest import place_on
from tests.accounts.mail_place import Place, folder_id, letter, message_at
from tests.servers.dovecot import Dovecot
from tests.servers.dovecot_options import Options

DELETED = "\\Deleted"


def marked_by_others(place: Place) -> tuple[list[int], int]:
    """Another program marks three mails of four; their UIDs, and that of the one it does not mark."""
    uids = [place.put(letter(f"Marked {n}")) for n in range(3)]
    kept = place.put(letter("Kept"))
    with place.client("INBOX") as other:
        other.add_flags(uids, [DELETED])
    return uids, kept


def gone_and_there(place: Place, uids: list[int]) -> list[bool]:
    there = place.mails()
    return [uid in there for uid in uids]


def test_with_uidplus_exactly_that_mail_goes(dovecot: Dovecot, db: Database) -> None:
    place = place_on(dovecot)
    uids, kept = marked_by_others(place)
    incoming = place.incoming(db)
    incoming.sync()
    inbox = folder_id(db)
    shown = placements.marked_deleted(db, [inbox])
    assert [message for _, message in shown] == [message_at(db, uid) for uid in uids]
    operations.expunge(db, shown[1:2])
    incoming.replay()
    assert gone_and_there(place, [*uids, kept]) == [True, False, True, True]
    operations.set_flag(db, shown[:1], Flag.DELETED, False)
    operations.expunge(db, shown[2:])
    incoming.replay()
    assert gone_and_there(place, [*uids, kept]) == [True, False, False, True]
    assert DELETED.lower() not in place.mails()[uids[0]][1], "the mark was taken back there too"
    incoming.sync()
    assert placements.marked_deleted(db, [inbox]) == []


@pytest.mark.parametrize("capability", ["IMAP4rev1", "IMAP4rev1 MOVE CONDSTORE"])
def test_without_uidplus_others_marks_are_never_expunged(
    make_dovecot: Callable[..., Dovecot], db: Database, capability: str
) -> None:
    place = place_on(make_dovecot(Options(capability=capability, special_use=False)))
    uids, kept = marked_by_others(place)
    incoming = place.incoming(db)
    incoming.sync()
    inbox = folder_id(db)
    shown = placements.marked_deleted(db, [inbox])
    operations.expunge(db, shown[1:2])
    incoming.replay()
    assert gone_and_there(place, [*uids, kept]) == [True] * 4, "EXPUNGE would take what others have marked along"
    assert [message for _, message in placements.marked_deleted(db, [inbox])] == [message_at(db, uids[n]) for n in (0, 2)]
    incoming.sync()
    assert gone_and_there(place, [*uids, kept]) == [True] * 4
    with place.client("INBOX") as other:
        other.remove_flags([uids[0], uids[2]], [DELETED])
    incoming.sync()
    assert gone_and_there(place, [*uids, kept]) == [True, False, True, True], "nobody else's is marked now"
