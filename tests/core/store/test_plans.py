"""What a change costs does not grow with the store: no statement of daily work goes through all mails."""

from __future__ import annotations

import pytest

from core import mute, operations
from core.arrival import arrive_mail
from core.flags import Flag, Mark
from core.store import accounts, folders, journal, messages, sent_events
from core.store.database import Database
from tests.core.store.mails import mail
from tests.plans import Statements


def test_daily_work_goes_through_no_large_table(db: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    statements = Statements(monkeypatch)
    statements.watch(db)
    account = accounts.row_of(db, "0123abcd")
    with db.write():
        inbox, other = (folders.ensure(db, account, name) for name in ("INBOX", "Other"))
        first = arrive_mail(db, inbox.id, account, mail(id="1@x"), uid=1)
        answer = arrive_mail(db, inbox.id, account, mail("Re: Release on Friday?", id="2@x", references="1@x"), uid=2)
    operations.set_flag(db, [(inbox.id, first)], Flag.SEEN, True)
    operations.set_tag(db, [(inbox.id, first)], "later", True)
    operations.move(db, [(inbox.id, answer)], other.id)
    operations.copy(db, [(inbox.id, first)], other.id)
    mute.mute(db, [(inbox.id, first)])
    with db.write():
        arrive_mail(db, inbox.id, account, mail("Re: Release on Friday?", id="3@x", references="1@x"), uid=3)
    assert mute.quieten(db) == 1
    operations.undo(db)
    operations.expunge(db, [(inbox.id, first)])
    for operation in journal.ready(db, account):
        assert journal.started(db, operation)
        journal.done(db, operation, {})
    assert messages.by_message_id(db, "2@x") == [answer]
    sent_events._mark(db, "2@x", Mark(1 << 20))
    assert len(statements.seen) > 50
    assert statements.that_grow(db) == []
    statements.seen = {"UPDATE placement SET flags = flags | 1": ()}
    assert statements.that_grow(db), "that one would have been seen"
