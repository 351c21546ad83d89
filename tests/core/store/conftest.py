"""A store of its own for each test, and mails to put into it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from core.store import accounts
from core.store.database import Database
from tests.empty_store import empty_store


@pytest.fixture
def db(tmp_path: Path) -> Iterator[Database]:
    """An empty store."""
    database = empty_store(tmp_path / "state" / "correio.db")
    yield database
    database.close()


@pytest.fixture
def local(db: Database) -> int:
    """The row of an account without a server, with its system folders."""
    return accounts.row_of(db, "10ca1000", local=True)


@pytest.fixture
def remote(db: Database) -> int:
    """The row of an account whose changes wait for a server."""
    return accounts.row_of(db, "5e44e400")
