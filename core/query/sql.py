"""A query as SQL over the store (core/store/schema.sql), one row a message.

What it means is brought into the form *this and that, or those and that …*; each of these branches is answered from the
quickest side: the full-text index streams its hits newest first, a small folder or a rare tag gives its few messages.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import product
from typing import assert_never

from core.flags import Flag
from core.folding import EVERY
from core.query.facts import Context
from core.query.meaning import (
    COLUMNS,
    EVERY_MAIL,
    NO_MAIL,
    All,
    Any,
    Flagged,
    Marked,
    Meaning,
    Named,
    Opposite,
    Placed,
    Received,
    Sized,
    Tagged,
    Text,
    every,
    meaning,
    opposite,
    some,
)
from core.query.tree import Query

Params = tuple[str | int, ...]
MOST_BRANCHES = 12
SLACK = 4_000_000
"""Ids that messages may lie above minute x 256 of their receipt: more messages than that within a minute are not believed."""

_SHOWN = "EXISTS (SELECT 1 FROM placement p WHERE p.message = {id} AND p.hidden = 0)"
_IN_FOLDER = "EXISTS (SELECT 1 FROM placement p WHERE p.message = {{id}} AND p.hidden = 0 AND {})"
# CROSS JOIN: from the message's few placements to their tags, never from all that bear the tag.
_TAG = (
    "EXISTS (SELECT 1 FROM placement p CROSS JOIN keyword k ON k.placement = p.id"
    " WHERE p.message = {{id}} AND p.hidden = 0 AND k.shown = 1 AND {})"
)
# Threads that the running transaction has touched are settled at its end only.
_UNREAD = (
    "SELECT p.message FROM (SELECT folder, thread FROM folder_thread WHERE unread > 0"
    " UNION SELECT folder, thread FROM unsettled) t"
    " CROSS JOIN placement p ON p.folder = t.folder AND p.thread = t.thread WHERE p.hidden = 0 AND p.flags & 1 = 0"
)


@dataclass(frozen=True, slots=True)
class Test:
    """A condition on one message; `{id}` stands for its id, `m` for its row of `message`."""

    sql: str
    params: Params = ()

    @property
    def needs_row(self) -> bool:
        """Whether the row of `message` must be at hand."""
        return re.search(r"\bm\.", self.sql) is not None


SHOWN = Test(_SHOWN)
"""Some folder shows the message: what no folder shows is never found."""


@dataclass(frozen=True, slots=True)
class Members:
    """A condition of a branch seen as a list: all messages that hold it, and perhaps more."""

    sql: str
    """Their ids; only messages that some folder shows."""
    params: Params = ()
    size: int | None = None
    """About how many; None until `probe` has been asked."""
    probe: str = ""
    """One row for each, with the same values; the rows are counted up to a limit."""
    row: str = ""
    """The same as a condition on a row `c` of placement that is not hidden, with the same values; empty: there is none."""
    replaces: Test | None = None
    """The test that need not be made of a member of the list; None: every test is needed."""
    folders: frozenset[int] = frozenset()
    """The folders that the list is made of, if it is."""


@dataclass(frozen=True, slots=True)
class Branch:
    """Conditions that must all hold."""

    match: str | None
    """For the full-text index, or None."""
    prefix: bool
    """`match` looks for a beginning: then opening it is dear, and it is opened only once."""
    tests: tuple[Test, ...]
    members: tuple[Members, ...]
    first_id: int | None = None
    end_id: int | None = None
    """No id below the one or from the other on is found."""


def compile(
    query: Query, context: Context, folders: Iterable[int] | None = None, shelves: Sequence[str] = ("search",)
) -> tuple[Branch, ...]:
    """The branches of a query, in no order; none when it can find nothing.

    `folders`: look in these only (ids). `shelves`: the tables of the full-text index.
    """
    found = meaning(query, context)
    if folders is not None:
        found = every([found, Placed(frozenset(folders))])
    rows = _rows(_pushed(found))
    if len(rows) > MOST_BRANCHES:
        return (Branch(None, False, (boolean(found, shelves), SHOWN), ()),)
    return tuple(_branch(row, context) for row in rows)


def match_expression(part: Meaning) -> str:
    """An FTS5 expression for a part in which `is_text` holds. Words hold letters and digits only, and are quoted."""
    match part:
        case Text(columns, row, prefix):
            where = "" if columns == COLUMNS else "{" + " ".join(columns) + "} : "
            return f'{where}"{" ".join(row)}"{" *" * prefix}'
        case Any(parts):
            return "(" + " OR ".join(match_expression(inner) for inner in parts) + ")"
        case Opposite(inner):
            return f'("{EVERY}" NOT {match_expression(inner)})'
        case All(parts):
            wanted = [match_expression(inner) for inner in parts if not isinstance(inner, Opposite)]
            unwanted = [match_expression(inner.part) for inner in parts if isinstance(inner, Opposite)]
            found = "(" + (" AND ".join(wanted) or f'"{EVERY}"') + ")"
            return f"({found} NOT ({' OR '.join(unwanted)}))" if unwanted else found
    raise TypeError(part)


def is_text(part: Meaning) -> bool:
    """Whether the full-text index alone can answer this."""
    match part:
        case Text():
            return True
        case Any(parts) | All(parts):
            return bool(parts) and all(is_text(inner) for inner in parts)
        case Opposite(inner):
            return is_text(inner)
        case _:
            return False


def boolean(part: Meaning, shelves: Sequence[str]) -> Test:
    """One condition for any meaning."""
    if is_text(part):
        hits = " UNION ALL ".join(f"SELECT rowid FROM {name} WHERE {name} MATCH ?" for name in shelves)
        return Test(f"{{id}} IN ({hits})", (match_expression(part),) * len(shelves))
    match part:
        case All(parts) | Any(parts):
            inner = [boolean(some, shelves) for some in parts]
            joint, nothing = (" AND ", "1") if isinstance(part, All) else (" OR ", "0")
            sql = joint.join(test.sql for test in inner) or nothing
            return Test(f"({sql})", tuple(value for test in inner for value in test.params))
        case Opposite(negated):
            test = boolean(negated, shelves)
            return Test(f"NOT {test.sql}", test.params)
        case _:
            return _leaf(part)


def _leaf(part: Meaning) -> Test:
    match part:
        case Placed(folders):
            return Test(_IN_FOLDER.format(f"+p.folder IN ({_listed(folders)})"))
        case Flagged(flag):
            return Test(_IN_FOLDER.format(f"p.flags & {int(flag)}"))
        case Marked(mark):
            return Test(f"m.marks & {int(mark)}")
        case Received(start, end):
            return _between("m.received", (">=", start), ("<", end))
        case Sized(above, below):
            return _between("m.size", (">", above), ("<", below))
        case Named(message_id):
            return Test("(m.message_id = ? AND m.message_id <> '')", (message_id,))
        case Tagged():
            condition, params = _tag_name(part)
            return Test(_TAG.format(condition), params)
        case Text() | All() | Any() | Opposite():
            raise TypeError(part)
    assert_never(part)


def _between(column: str, *bounds: tuple[str, int | None]) -> Test:
    # The plus keeps SQLite from leaving the order of ids for an index on the column.
    known = [(sign, bound) for sign, bound in bounds if bound is not None]
    sql = " AND ".join(f"+{column} {sign} ?" for sign, _ in known) or "1"
    return Test(f"({sql})", tuple(bound for _, bound in known))


def _tag_name(part: Tagged) -> tuple[str, Params]:
    if part.prefix:
        return "k.name >= ? AND k.name < ?", (part.name, part.name + "\U0010ffff")
    return "k.name = ?", (part.name,)


def _listed(ids: Iterable[int]) -> str:
    return ",".join(str(int(id)) for id in sorted(ids))


def _pushed(part: Meaning) -> Meaning:
    """With every Opposite moved down to what is no All or Any, but for parts that the index answers whole."""
    if is_text(part):
        return part
    match part:
        case All(parts):
            return every(_pushed(inner) for inner in parts)
        case Any(parts):
            return some(_pushed(inner) for inner in parts)
        case Opposite(All(parts)):
            return some(_pushed(opposite(inner)) for inner in parts)
        case Opposite(Any(parts)):
            return every(_pushed(opposite(inner)) for inner in parts)
        case _:
            return part


def _rows(part: Meaning) -> list[tuple[Meaning, ...]]:
    """The disjunctive normal form: any of these rows of all of these; longer than MOST_BRANCHES, it is cut off."""
    if part == NO_MAIL:
        return []
    if part == EVERY_MAIL:
        return [()]
    if is_text(part):
        return [(part,)]
    match part:
        case Any(parts):
            texts = [inner for inner in parts if is_text(inner)]
            rest = [row for inner in parts if not is_text(inner) for row in _rows(inner)]
            return ([(some(texts),)] if texts else []) + rest
        case All(parts):
            found: list[tuple[Meaning, ...]] = [()]
            for inner in parts:
                more = _rows(inner)
                if len(found) * len(more) > MOST_BRANCHES:
                    return [()] * (MOST_BRANCHES + 1)
                found = [a + b for a, b in product(found, more)]
            return found
        case _:
            return [(part,)]


def _branch(row: Sequence[Meaning], context: Context) -> Branch:
    texts = [part for part in row if is_text(part)]
    others = [part for part in row if not is_text(part)]
    whole = every(texts) if texts else None
    starts = [first_id(part.start) for part in others if isinstance(part, Received) and part.start is not None]
    ends = [end_id(part.end) for part in others if isinstance(part, Received) and part.end is not None]
    tests = [boolean(part, ()) for part in others]
    if not any(isinstance(part, Placed) for part in others):
        tests.append(SHOWN)
    members = [some for part in others if (some := _members(part, context)) is not None]
    return Branch(
        match=match_expression(whole) if whole else None,
        prefix=whole is not None and _has_prefix(whole),
        tests=tuple(tests),
        members=tuple(members),
        first_id=max(starts, default=None),
        end_id=min(ends, default=None),
    )


def _has_prefix(part: Meaning) -> bool:
    match part:
        case Text(_, _, prefix):
            return prefix
        case All(parts) | Any(parts):
            return any(_has_prefix(inner) for inner in parts)
        case Opposite(inner):
            return _has_prefix(inner)
        case _:
            return False


def first_id(received: int) -> int:
    """No message received at this time or later has a lower id."""
    return received // 60 * 256


def end_id(received: int) -> int:
    """No message received before this time has this id or a higher one."""
    return (received // 60 + 1) * 256 + SLACK


def _members(part: Meaning, context: Context) -> Members | None:
    test = boolean(part, ())
    match part:
        case Placed(folders):
            listed = _listed(folders)
            size = sum(place.total for place in context.places if place.id in folders)
            sql = f"SELECT message FROM placement WHERE folder IN ({listed}) AND hidden = 0"
            return Members(sql, (), size, "", f"+c.folder IN ({listed})", test, folders)
        case Opposite(Flagged(Flag.SEEN)):
            size = sum(place.unread for place in context.places)
            # A second placement may be read: the test stays.
            return Members(_UNREAD, (), size, "", "c.flags & 1 = 0")
        case Flagged(flag) if flag != Flag.SEEN:
            # `flags & 62` is the condition of a partial index.
            sql = f"SELECT message FROM placement WHERE hidden = 0 AND flags & 62 AND flags & {int(flag)}"
            return Members(sql, (), None, sql, f"c.flags & {int(flag)}", test)
        case Tagged():
            name, params = _tag_name(part)
            sql = f"SELECT p.message FROM keyword k JOIN placement p ON p.id = k.placement WHERE {name} AND p.hidden = 0"
            row = f"EXISTS (SELECT 1 FROM keyword k WHERE k.placement = c.id AND k.shown = 1 AND {name})"
            return Members(f"{sql} AND k.shown = 1", params, None, f"SELECT 1 FROM keyword k WHERE {name}", row, test)
        case Named(message_id):
            sql = f"SELECT id AS message FROM message m WHERE {test.sql} AND {_SHOWN.format(id='m.id')}"
            return Members(sql, (message_id,), 1, "", "", test)
        case _:
            return None
