"""Writing much in short turns: others want to write too, and the screen must not wait for them. Where nobody looks, turns are
longer: the search index writes out what it has gathered at each commit."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from typing import Generic, TypeVar

from core.store.database import Database

SECONDS = 0.02
"""What a turn aims at, its commit included. Longer ones are cheaper a row and make others wait longer: measured, a row of
somebody else gets in within twice this time."""
MOST = 256
LEISURE = 0.25
"""The same while nobody looks: a mail costs two thirds of what it costs in short turns."""
MOST_AT_LEISURE = 512
HEAVIEST = 2560 * 1024
"""Bytes that are gathered for a turn. Half as much costs a quarter more a mail: the search index writes the same words into
twice as many segments; more costs memory and gains little."""
OLDEST = 1.0
"""Seconds for which something is held back to be written with more: what comes slowly must not come twice after a kill."""
ALONE = 30.0
"""Seconds without a word from another connection after which nobody else is there."""
_FIRST = 16
_BUSY = 2.5

Item = TypeVar("Item")


class Others:
    """For `Database.watched` where no engine knows who is there: somebody who has written lately."""

    def __init__(self, db: Database) -> None:
        self._db = db
        self._version = db.version()
        self._until = 0.0

    def __call__(self) -> bool:
        """Whether another connection has written lately."""
        version, now = self._db.version(), time.monotonic()
        if version != self._version:
            self._version, self._until = version, now + ALONE
        return now < self._until


class _Length:
    """How many items fit into a turn, learned."""

    def __init__(self, seconds: float, most: int) -> None:
        self.seconds = seconds
        self.fitting = _FIRST
        self._most = most

    def learn(self, count: int, seconds: float) -> None:
        """Half as many or twice as many at most: one slow commit says little."""
        fitting = int(count * self.seconds / max(seconds, 1e-6))
        if fitting < self.fitting or count >= self.fitting:
            self.fitting = min(max(fitting, self.fitting // 2, 1), self.fitting * 2, self._most)


class Turns:
    """Cuts what is to be written into transactions that last about as long as wished, learning how many items fit.

    Keep one for each kind of item and database.
    """

    def __init__(self, db: Database, seconds: float = SECONDS, *, reserve: bool | None = None) -> None:
        self._db = db
        self._reserve = reserve
        self._short, self._long = _Length(seconds, MOST), _Length(max(seconds, LEISURE), MOST_AT_LEISURE)

    @property
    def at_leisure(self) -> int:
        """How many items are best written at once while nobody looks; 0: somebody does."""
        return 0 if self._db.watched() else self._long.fitting

    def write(
        self, items: Sequence[Item], put: Callable[[Sequence[Item]], object],
        together: Callable[[Item, Item], bool] = lambda one, other: False,
    ) -> None:  # fmt: skip
        """`put` runs of the items, each in a transaction of its own; neighbours that belong `together` in one."""
        place = 0
        while place < len(items):
            length = self._short if self._db.watched() else self._long
            end = min(place + length.fitting, len(items))
            while end < len(items) and together(items[end - 1], items[end]):
                end += 1
            some = items[place:end]
            begin, worked = time.monotonic(), time.thread_time()
            with self._db.write(reserve=self._reserve):
                put(some)
            # By the clock they may last longer, on a machine that is busy with other things as well.
            length.learn(len(some), max(time.thread_time() - worked, (time.monotonic() - begin) / _BUSY))
            place += len(some)


class Gathered(Generic[Item]):
    """What comes in small batches, held back while nobody looks until it fills a turn. `flush` at the end."""

    def __init__(
        self, turns: Turns, write: Callable[[Sequence[Item]], object], weight: Callable[[Item], int], *,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:  # fmt: skip
        """`write` sees to the turns; `weight`: bytes that an item keeps in memory."""
        self._turns = turns
        self._write = write
        self._weight = weight
        self._clock = clock
        self._items: list[Item] = []
        self._heavy = 0
        self._since = 0.0

    def add(self, items: Sequence[Item]) -> None:
        """Have them written, now or later."""
        if not self._items:
            self._since = self._clock()
        self._items += items
        self._heavy += sum(map(self._weight, items))
        enough = self._turns.at_leisure
        if len(self._items) >= enough or self._heavy >= HEAVIEST or self._clock() - self._since >= OLDEST:
            self.flush()

    def flush(self) -> None:
        """Write what there is."""
        items, self._items, self._heavy = self._items, [], 0
        if items:
            self._write(items)
