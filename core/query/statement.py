"""The SQL statement for one branch of a query, by the side that is quickest for its size."""

from __future__ import annotations

from collections.abc import Sequence

from msgspec import Struct

from core.query.condition import SHOWN, Condition, Params
from core.query.sql import Branch, Members

SMALL = 4000
"""Messages that are gathered from a folder or a tag before hits are looked up among them; above it each hit is tested."""


class Statement(Struct, frozen=True):
    """SQL with its values."""

    sql: str
    params: Params


class Scope(Struct, frozen=True):
    """What is known before a statement is made."""

    total: int
    """Messages in the store, about."""
    members: Members | None = None
    """The smallest of the branch's lists, its size known."""
    ids: Sequence[int] | None = None
    """The messages of that list, ascending, once they have been gathered."""
    before: int | None = None
    """Ids below this one only: the last id of the page before."""
    after: int | None = None
    """Ids above this one only."""
    shelf: str = "search"
    """The table of the full-text index that is asked, for a branch with a `match`."""
    oldest: int = 0
    newest: int = 0
    """The lowest and the highest id on it."""
    limit: int | None = None
    """Newest rows wanted; None for all, in no order."""
    rising: bool = False
    """The oldest rows are wanted instead."""

    @property
    def gathered(self) -> Members | None:
        """The list, if it is so small that it is read first."""
        return self.members if self.members is not None and (self.members.size or 0) <= SMALL else None


def statement(branch: Branch, scope: Scope, columns: str = "{id}", *, lookups: bool = True) -> Statement:
    """Rows of `columns` for the messages of a branch, newest (highest id) first, or the oldest.

    `columns` may use `{id}`; without `lookups` and with a branch that has a `match` also FTS5's functions on `{shelf}`.
    """
    if branch.match is None:
        return _from_rows(branch, scope, columns)
    if lookups and pays_lookups(branch, scope):
        return _by_lookup(branch, scope, columns)
    return _from_index(branch, scope, columns)


def pays_lookups(branch: Branch, scope: Scope) -> bool:
    """Whether each message of a tiny list is looked up in the index, instead of following the index's hits.

    A look-up costs as much as some 600 hits, and of the newest 50 hits in a list of n about 50 x total / n are looked at.
    """
    if branch.prefix or scope.members is None or scope.members.size is None:
        return False
    return scope.members.size**2 < 0.09 * scope.total


def _from_index(branch: Branch, scope: Scope, columns: str) -> Statement:
    gathered = scope.gathered
    tests = _needed(branch, gathered)
    query = _Builder(f"{scope.shelf}.rowid", scope.shelf, tests)
    query.add(f"{scope.shelf} MATCH ?", branch.match or "")
    if gathered is not None:
        # The plus keeps SQLite from asking the index once for every member.
        query.add(f"+{query.id} IN ({gathered.sql})", *gathered.params)
    return query.finished(branch, scope, columns)


def _by_lookup(branch: Branch, scope: Scope, columns: str) -> Statement:
    query = _gathered(branch, scope)
    shelf = scope.shelf
    query.add("c.message BETWEEN ? AND ?", scope.oldest, scope.newest)
    query.add(f"EXISTS (SELECT 1 FROM {shelf} WHERE {shelf} MATCH ? AND {shelf}.rowid = c.message)", branch.match or "")
    return query.finished(branch, scope, columns)


def _from_rows(branch: Branch, scope: Scope, columns: str) -> Statement:
    if scope.gathered is not None and not scope.gathered.streams:
        return _gathered(branch, scope).finished(branch, scope, columns)
    # An index of placements by message, that covers what is asked of them, is read from its end.
    members = scope.members if scope.members is not None and scope.members.row else None
    query = _Builder("c.message", "placement c", _needed(branch, members, shown=True))
    query.add("c.hidden = 0")
    if members is not None:
        query.add(members.row, *members.params)
    return query.finished(branch, scope, "DISTINCT " + columns)


def _gathered(branch: Branch, scope: Scope) -> _Builder:
    members = scope.members
    assert members is not None  # the callers have seen it
    source = f"(SELECT DISTINCT message FROM ({members.sql})) c"
    return _Builder("c.message", source, _needed(branch, members), members.params)


def _needed(branch: Branch, members: Members | None, shown: bool = False) -> list[Condition]:
    """The tests still to be made of messages from a list; every list holds only messages that are shown."""
    spared = [SHOWN] if members is not None or shown else []
    if members is not None and members.replaces is not None:
        spared.append(members.replaces)
    return [test for test in branch.tests if test not in spared]


class _Builder:
    """Gathers the conditions of a statement; `id` is the column with the message's id."""

    def __init__(self, id: str, source: str, tests: Sequence[Condition], params: Params = ()) -> None:
        self.id = id
        self.source = source
        if any(test.needs_row for test in tests):
            self.source += f" CROSS JOIN message m ON m.id = {id}"
        self.tests = tests
        self.conditions: list[str] = []
        self.params: list[str | int] = [*params]

    def add(self, condition: str, *params: str | int) -> None:
        """One more condition."""
        self.conditions.append(condition)
        self.params += params

    def finished(self, branch: Branch, scope: Scope, columns: str) -> Statement:
        """The statement, with the branch's tests and the scope's bounds."""
        for sign, bound in ((">=", branch.first_id), ("<", branch.end_id), ("<", scope.before), (">", scope.after)):
            if bound is not None:
                self.add(f"{self.id} {sign} ?", bound)
        for test in self.tests:
            self.add(test.sql.format(id=self.id), *test.params)
        sql = f"SELECT {columns.format(id=self.id, shelf=scope.shelf)} FROM {self.source}"
        if self.conditions:
            sql += f" WHERE {' AND '.join(self.conditions)}"
        if scope.limit is not None:
            sql += f" ORDER BY {self.id} {'ASC' if scope.rising else 'DESC'} LIMIT ?"
            self.params.append(scope.limit)
        return Statement(sql, tuple(self.params))
