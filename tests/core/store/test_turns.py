"""Writing in short turns: every item once, in order, in transactions that learn how much fits."""

from __future__ import annotations

import contextlib
from collections.abc import Sequence

import pytest

from core.store.database import Database
from core.store.turns import HEAVIEST, MOST, OLDEST, Gathered, Others, Turns


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


def test_while_nobody_looks_turns_are_longer(db: Database) -> None:
    def longest() -> int:
        sizes: list[int] = []
        Turns(db).write(range(5000), lambda some: sizes.append(len(some)))
        return max(sizes)

    looked_at = longest()
    db.watched = lambda: False
    assert longest() > looked_at


def test_who_has_written_lately_may_write_again(db: Database) -> None:
    others = Others(db)
    with db.write():
        db.run("INSERT INTO meta (name, value) VALUES ('mine', 1)")
    assert not others()
    with contextlib.closing(Database(db.path)) as second, second.write():
        second.run("INSERT INTO meta (name, value) VALUES ('theirs', 1)")
    assert others() and others()


class Clock:
    """Seconds that pass when the test says so."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


def test_small_batches_fill_a_turn_while_nobody_looks(db: Database) -> None:
    written: list[list[int]] = []
    turns, clock = Turns(db), Clock()
    gathered: Gathered[int] = Gathered(turns, lambda some: written.append(list(some)), lambda one: one, clock=clock)
    gathered.add([1, 2])
    assert written == [[1, 2]]  # somebody may look
    db.watched = lambda: False
    gathered.add([3])
    gathered.add([4])
    assert len(written) == 1
    gathered.add([5] * turns.at_leisure)
    assert written[1] == [3, 4] + [5] * turns.at_leisure
    gathered.add([6])
    clock.now += OLDEST
    gathered.add([7])
    assert written[2] == [6, 7]
    gathered.add([8])
    gathered.add([HEAVIEST])
    assert written[3] == [8, HEAVIEST]
    gathered.add([9])
    gathered.flush()
    gathered.flush()
    assert written[4:] == [[9]]
