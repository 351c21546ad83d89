"""The SQL statement for one branch of a query, by the side that is quickest for its size."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from core.query.sql import Branch, Members, Params

SMALL = 20_000
"""Messages that are gathered from a folder or a tag before hits are looked up among them; above it each hit is tested."""


@dataclass(frozen=True, slots=True)
class Statement:
    """SQL with its values."""

    sql: str
    params: Params


@dataclass(frozen=True, slots=True)
class Scope:
    """What is known before a statement is made."""

    total: int
    """Messages in the store, about."""
    members: Members | None = None
    """The smallest of the branch's lists, its size known."""
    before: int | None = None
    """Ids below this one only: the last id of the page before."""
    limit: int | None = None
    """Newest rows wanted; None for all, in no order."""


def statement(branch: Branch, scope: Scope, columns: str = "{id}") -> Statement:
    """Rows of `columns` for the messages of a branch, newest (highest id) first.

    `columns` may use `{id}`; with a branch that has a `match` also FTS5's auxiliary functions on `search`, if the
    statement is not `by_lookup`.
    """
    if branch.match is None:
        return _from_rows(branch, scope, columns)
    if by_lookup(branch, scope):
        return _by_lookup(branch, scope, columns)
    return _from_index(branch, scope, columns)


def by_lookup(branch: Branch, scope: Scope) -> bool:
    """Whether each message of a tiny list is looked up in the index, instead of following the index's hits.

    A look-up costs as much as some 600 hits, and of the newest 50 hits in a list of n about 50 x total / n are looked at.
    """
    if branch.prefix or scope.members is None or scope.members.size is None:
        return False
    return scope.members.size**2 < 0.09 * scope.total


def _from_index(branch: Branch, scope: Scope, columns: str) -> Statement:
    id = "search.rowid"
    source = "search"
    if any(test.needs_row for test in branch.tests):
        source += f" CROSS JOIN message m ON m.id = {id}"
    where = ["search MATCH ?"]
    params: list[str | int] = [branch.match or ""]
    if scope.members is not None and (scope.members.size or 0) <= SMALL:
        # The plus keeps SQLite from asking the index once for every member.
        where.append(f"+{id} IN ({scope.members.sql})")
        params += scope.members.params
    return _finished(branch, scope, columns, id, source, where, params)


def _by_lookup(branch: Branch, scope: Scope, columns: str) -> Statement:
    assert scope.members is not None  # by_lookup has seen them
    source = f"(SELECT DISTINCT message AS id FROM ({scope.members.sql})) c CROSS JOIN message m ON m.id = c.id"
    where = ["EXISTS (SELECT 1 FROM search WHERE search MATCH ? AND search.rowid = m.id)"]
    return _finished(branch, scope, columns, "m.id", source, where, [*scope.members.params, branch.match or ""])


def _from_rows(branch: Branch, scope: Scope, columns: str) -> Statement:
    if scope.members is not None and (scope.members.size or 0) <= SMALL:
        source = f"(SELECT DISTINCT message AS id FROM ({scope.members.sql})) c CROSS JOIN message m ON m.id = c.id"
        return _finished(branch, scope, columns, "m.id", source, [], [*scope.members.params])
    return _finished(branch, scope, columns, "m.id", "message m", [], [])


def _finished(
    branch: Branch, scope: Scope, columns: str, id: str, source: str, where: Sequence[str], params: Sequence[str | int]
) -> Statement:
    conditions, values = list(where), list(params)
    for sign, bound in ((">=", branch.first_id), ("<", branch.end_id), ("<", scope.before)):
        if bound is not None:
            conditions.append(f"{id} {sign} ?")
            values.append(bound)
    for test in branch.tests:
        conditions.append(test.sql.format(id=id))
        values += test.params
    sql = f"SELECT {columns.format(id=id)} FROM {source} WHERE {' AND '.join(conditions)}"
    if scope.limit is not None:
        sql += f" ORDER BY {id} DESC LIMIT ?"
        values.append(scope.limit)
    return Statement(sql, tuple(values))
