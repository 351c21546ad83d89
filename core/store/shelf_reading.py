"""The hits on one shelf after the other, each read in the way that is quickest where the shelf before had so many.

The newest hits are read from the end of a shelf until there are enough. Where there are few, that goes through the whole shelf,
and then two other ways give the same sooner. FTS5 goes through it from the beginning in three quarters of the time. And of words
in a row that are common and rare (`"review of contract"`) it need not follow the common ones: the rare ones near to each other
are mails so few that each can be looked at.
"""

from __future__ import annotations

import math
from operator import itemgetter
from typing import Any

from msgspec.structs import replace

from core.folding import EVERY
from core.query.condition import long_rows, match_expression
from core.query.sql import Branch
from core.query.statement import Scope, pays_lookups, statement
from core.store import relevance
from core.store.database import Database, json_numbers
from core.store.shelves import Shelf

SCARCE = 4
"""Hits on a shelf are few when they are less than this part of those that are wanted."""
LOOKED_AT = 6
"""Mails of a shelf that are looked at one by one, at most: each costs a quarter of what the whole shelf does."""
PATIENCE = 3
"""Shelves in a row that may have more than these before all others are asked for the whole."""
_COMMONER = math.log(2)
_Rows = list[tuple[Any, ...]]


class Reading:
    """Reads the rows of a branch from shelves that follow each other; `columns` and `lookups` as of `statement`."""

    def __init__(self, db: Database, branch: Branch, columns: str, *, lookups: bool) -> None:
        self._db = db
        self._branch = branch
        self._columns = columns
        self._lookups = lookups
        self._scarce = False
        """The shelf before had few hits."""
        self._wider: Branch | None = None
        """The branch with a `match` that finds more and is found sooner."""
        self._patience = PATIENCE
        """How many shelves may hold too much for `_wider`, one after the other."""
        self._widened = columns != "{id}" or branch.text is None
        """Whether there can be no other `_wider` than there is."""

    def rows(self, scope: Scope, shelf: Shelf | None) -> _Rows:
        """The rows of one shelf (None: of the store, without the index), newest first or oldest as `scope` says, at most
        `scope.limit`; in no order without one."""
        if shelf is None or scope.limit is None:
            return self._read(self._branch, scope, self._columns)
        if self._scarce:
            found = self._by_rare_words(scope, shelf)
            if found is None:
                found = self._read(self._branch, replace(scope, limit=None), self._columns)
            found = sorted(found, key=itemgetter(0), reverse=not scope.rising)[: scope.limit]
        else:
            found = self._read(self._branch, scope, self._columns)
        self._scarce = len(found) * SCARCE <= scope.limit and not self._cut(scope, shelf)
        return found

    def _cut(self, scope: Scope, shelf: Shelf) -> bool:
        """Whether only a part of the shelf was asked for, which says nothing of the next one."""
        ends, starts = (self._branch.end_id, scope.before), (self._branch.first_id, scope.after)
        return any(end is not None and end <= shelf.high for end in ends) or any(
            start is not None and start > shelf.low for start in starts
        )

    def _read(self, branch: Branch, scope: Scope, columns: str) -> _Rows:
        wanted = statement(branch, scope, columns, lookups=self._lookups)
        return self._db.read(wanted.sql, wanted.params)

    def _by_rare_words(self, scope: Scope, shelf: Shelf) -> _Rows | None:
        """All hits of a shelf; None where it has to be asked for the whole."""
        if not self._widened:
            self._widened = True
            if not (self._lookups and pays_lookups(self._branch, scope)):
                self._wider = self._widen(shelf)
        if self._wider is None:
            return None
        found = self._read(self._wider, replace(scope, limit=LOOKED_AT + 1, rising=True), self._columns)
        if len(found) > LOOKED_AT:
            # One conversation is enough for that: the next shelf may be as good as the others were.
            self._patience -= 1
            if not self._patience:
                self._wider = None
            return None
        self._patience = PATIENCE
        if not found:
            return []
        # Asked for the mails that are no hits, FTS5 has the answer at once; for the hits, it would look for the next one.
        no_hits = self._db.read(
            f"SELECT rowid FROM {shelf.name} WHERE {shelf.name} MATCH ? AND rowid IN (SELECT value FROM json_each(?))",
            (f'"{EVERY}" NOT ({self._branch.match})', json_numbers(id for (id,) in found)),
        )
        return [row for row in found if row not in set(no_hits)]

    def _widen(self, shelf: Shelf) -> Branch | None:
        """The branch with the two rarest words, near to each other, in place of three and more in a row; None where no word is
        much commoner than these."""
        text = self._branch.text
        assert text is not None
        wider = {row: near for row in long_rows(text) if (near := self._near(row, shelf))}
        return replace(self._branch, match=match_expression(text, wider)) if wider else None

    def _near(self, row: tuple[str, ...], shelf: Shelf) -> str:
        rarity = {word: relevance.rarity(self._db, f'"{word}"', shelf) for word in dict.fromkeys(row)}
        if len(rarity) < 3:
            return ""
        first, second, *others = sorted(rarity, key=lambda word: -rarity[word])
        if rarity[others[-1]] > rarity[second] - _COMMONER:
            return ""
        between = abs(row.index(first) - row.index(second)) - 1
        return f'NEAR("{first}" "{second}", {between})'
