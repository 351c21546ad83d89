"""What a search found as a list: in one order, whatever the mails' times are and whatever becomes of them."""

from __future__ import annotations

from core.arrival import arrive_mail
from core.query.parse import parse
from core.store import folders
from core.store.database import Database
from core.store.results import ResultList
from tests.core.store.mails import mail

MINUTE = 1_760_000_040
"""A minute begins."""


def test_keys_fall_from_row_to_row_where_mails_of_a_minute_did_not_arrive_in_turn(db: Database, remote: int) -> None:
    inbox = folders.ensure(db, remote, "Inbox").id
    with db.write():
        for n, second in enumerate((50, 5, 30, 20)):
            arrive_mail(db, inbox, remote, mail(id=f"{n}@example.org"), uid=n + 1, internal=MINUTE + second)
    rows = ResultList(db, parse("release")).page(None, 10)
    assert len(rows) == 4
    keys = [row.key for row in rows]
    assert keys == sorted(keys, reverse=True), "ranges of a selection are stretches of keys"
