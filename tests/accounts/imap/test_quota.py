"""How full a mailbox is, on a real server."""

from __future__ import annotations

import contextlib
from collections.abc import Callable

from accounts.imap import quota as asking
from core.store import quota
from core.store.database import Database
from tests.accounts.imap.conftest import place_on
from tests.servers.dovecot import Dovecot
from tests.servers.dovecot_options import Options
from tests.tui.office import mail


def test_the_server_is_asked_now_and_then(make_dovecot: Callable[..., Dovecot], db: Database) -> None:
    place = place_on(make_dovecot(Options(quota="100k")))
    clock = [1_600_000_000.0]
    with contextlib.closing(place.incoming(db, clock=lambda: clock[0])) as incoming:
        incoming.sync()
        found = quota.of(db, incoming.row)
        assert found is not None and (found.used, found.most, found.kind) == (0, 100 * 1024, "storage")
        place.put(mail(1, body="x" * 60 + "\n" + ("y" * 70 + "\n") * 1300))
        clock[0] += asking.PAUSE - 1
        incoming.sync()
        assert quota.of(db, incoming.row) == found
        clock[0] += 1
        incoming.sync()
        fuller = quota.of(db, incoming.row)
        assert fuller is not None and 90 <= fuller.percent <= 100 and fuller.is_nearly_full
