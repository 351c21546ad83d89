"""Every folder of the server, subscribed or not."""

from __future__ import annotations

import contextlib

import pytest

from accounts.incoming import Subscribing
from core.errors import NotFound
from core.store.database import Database
from tests.accounts.imap.conftest import place_on
from tests.servers.dovecot import Dovecot
from tests.tui.office import mail


def test_folders_are_subscribed_and_no_longer(dovecot: Dovecot, db: Database) -> None:
    place = place_on(dovecot)
    for name in ("Projects", "März"):
        place.put(mail(1, "A plan"), name)
    with contextlib.closing(place.incoming(db)) as incoming:
        incoming.sync()
        assert isinstance(incoming, Subscribing)
        before = dict(incoming.subscriptions())
        assert {"INBOX", "Projects", "März"} <= set(before)
        for wanted in (True, False, True):
            assert dict(incoming.subscriptions("März", wanted)) == {**before, "März": wanted}
        with pytest.raises(NotFound):
            incoming.subscriptions("Nowhere", True)
        incoming.sync()
