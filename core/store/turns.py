"""Writing much in short turns: others want to write too, and the screen must not wait for them."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from typing import TypeVar

from core.store.database import Database

SECONDS = 0.02
"""What a turn aims at, its commit included. Longer ones are cheaper a row (the index is flushed at each commit) and make
others wait longer: measured, a row of somebody else gets in within twice this time."""
MOST = 256
_FIRST = 16
_BUSY = 2.5

Item = TypeVar("Item")


class Turns:
    """Cuts what is to be written into transactions that last about as long as wished, learning how many items fit.

    Keep one for each kind of item and database.
    """

    def __init__(self, db: Database, seconds: float = SECONDS, *, reserve: bool | None = None) -> None:
        self._db = db
        self._seconds = seconds
        self._reserve = reserve
        self._fitting = _FIRST

    def write(
        self, items: Sequence[Item], put: Callable[[Sequence[Item]], object],
        together: Callable[[Item, Item], bool] = lambda one, other: False,
    ) -> None:  # fmt: skip
        """`put` runs of the items, each in a transaction of its own; neighbours that belong `together` in one."""
        place = 0
        while place < len(items):
            end = min(place + self._fitting, len(items))
            while end < len(items) and together(items[end - 1], items[end]):
                end += 1
            some = items[place:end]
            begin, worked = time.monotonic(), time.thread_time()
            with self._db.write(reserve=self._reserve):
                put(some)
            # By the clock they may last longer, on a machine that is busy with other things as well.
            self._learn(len(some), max(time.thread_time() - worked, (time.monotonic() - begin) / _BUSY))
            place += len(some)

    def _learn(self, count: int, seconds: float) -> None:
        """Half as many or twice as many at most: one slow commit says little."""
        fitting = int(count * self._seconds / max(seconds, 1e-6))
        if fitting < self._fitting or count == self._fitting:
            self._fitting = min(max(fitting, self._fitting // 2, 1), self._fitting * 2, MOST)
