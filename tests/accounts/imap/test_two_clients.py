"""Another program changes the mailbox at random while Correio works on it: in the end both show the same."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from accounts.demo.imap_server import CAPABILITIES
from core.store.database import Database
from tests.accounts.imap.conftest import Demo, place_on
from tests.accounts.imap.two_clients import work_together
from tests.servers.dovecot import Dovecot

SEED = 20_240_229


@pytest.mark.parametrize("seed", range(SEED, SEED + 3))
def test_with_dovecot(seed: int, dovecot: Dovecot, db: Database) -> None:
    work_together(place_on(dovecot), db, seed, 15)


@pytest.mark.parametrize("seed", range(SEED, SEED + 3))
def test_with_a_bare_dovecot(seed: int, bare_dovecot: Dovecot, db: Database) -> None:
    work_together(place_on(bare_dovecot), db, seed, 15)


@pytest.mark.parametrize("seed", range(SEED, SEED + 2))
@pytest.mark.parametrize("without", ["CONDSTORE", "QRESYNC", "UIDPLUS", "MOVE", "ESEARCH", "LIST-STATUS"])
def test_with_servers_that_lack_something(without: str, seed: int, make_demo: Callable[..., Demo], db: Database) -> None:
    gone = {without, "QRESYNC"} if without == "CONDSTORE" else {without}
    work_together(make_demo(capabilities=CAPABILITIES - gone).place, db, seed, 15)
