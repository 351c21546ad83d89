"""What servers say of how full a mailbox is, and of the largest mail they take."""

from __future__ import annotations

from pathlib import Path

import pytest

from core.store import notices, quota
from core.store.database import Database
from core.store.quota import Quota
from tests.empty_store import empty_store


@pytest.fixture
def db(tmp_path: Path) -> Database:
    """A store with nothing in it."""
    return empty_store(tmp_path / "correio.db")


def test_it_is_kept_and_told_once_when_it_gets_nearly_full(db: Database) -> None:
    assert quota.of(db, 1) is None and quota.told_at(db, 1) == 0
    for now, used in ((100, 50), (200, 89), (300, 90), (400, 95), (500, 40), (600, 120)):
        quota.put(db, 1, Quota(used, 100), now)
        assert quota.of(db, 1) == Quota(used, 100) and quota.told_at(db, 1) == now
    assert [error.values["percent"] for _id, error in notices.unseen(db)] == [90, 120]
    quota.put(db, 1, None, 700)
    assert quota.of(db, 1) is None


def test_the_largest_mail_is_kept_by_server(db: Database) -> None:
    quota.put_limit(db, "0000aaaa", 1000)
    quota.put_limit(db, "0000bbbb", None)
    assert (quota.limit_of(db, "0000aaaa"), quota.limit_of(db, "0000bbbb")) == (1000, None)
    quota.put_limit(db, "0000aaaa", None)
    assert quota.limit_of(db, "0000aaaa") is None


def test_a_mailbox_without_a_limit_is_never_full() -> None:
    assert (Quota(10, 0).percent, Quota(10, 0).is_nearly_full) == (0, False)
