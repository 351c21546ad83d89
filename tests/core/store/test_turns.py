"""Writing in short turns: every item once, in order, in transactions that learn how much fits."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from core.store.database import Database
from core.store.turns import MOST, Turns


def test_every_item_is_written_once_in_order(db: Database) -> None:
    runs: list[list[int]] = []
    Turns(db).write(range(5000), lambda some: runs.append(list(some)))
    assert [item for run in runs for item in run] == list(range(5000))
    assert max(map(len, runs)) <= MOST
    assert len(runs[-2]) > len(runs[0])  # nothing takes long, so more fits


def test_long_turns_become_shorter(db: Database) -> None:
    turns = Turns(db, seconds=0)
    sizes: list[int] = []
    turns.write(range(100), lambda some: sizes.append(len(some)))
    assert sizes[0] > sizes[-1] == 1


def test_what_fails_is_not_half_there(db: Database) -> None:
    def put(some: Sequence[int]) -> None:
        db.many("INSERT INTO meta (name, value) VALUES (?, 1)", [(f"turn {item}",) for item in some])
        if 20 in some:
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        Turns(db).write(range(100), put)
    assert db.value("SELECT count(*) FROM meta WHERE name GLOB 'turn *'") == 16
