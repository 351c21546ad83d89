"""Conditions on one message, in SQL and in the language of the full-text index."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import assert_never

from core.folding import EVERY
from core.query.meaning import (
    COLUMNS,
    All,
    Any,
    Flagged,
    Marked,
    Meaning,
    Muted,
    Named,
    Noted,
    Opposite,
    Placed,
    Received,
    Sized,
    Tagged,
    Text,
)
from core.query.union import union

Params = tuple[str | int, ...]

_SHOWN = "EXISTS (SELECT 1 FROM placement p WHERE p.message = {id} AND p.hidden = 0)"
_IN_FOLDER = "EXISTS (SELECT 1 FROM placement p WHERE p.message = {{id}} AND p.hidden = 0 AND {})"
# CROSS JOIN: from the message's few placements to their tags, never from all that bear the tag.
_TAG = (
    "EXISTS (SELECT 1 FROM placement p CROSS JOIN keyword k ON k.placement = p.id"
    " WHERE p.message = {{id}} AND p.hidden = 0 AND k.shown = 1 AND {})"
)


@dataclass(frozen=True, slots=True)
class Condition:
    """Something that holds for a message or does not; `{id}` stands for its id, `m` for its row of `message`."""

    sql: str
    params: Params = ()

    @property
    def needs_row(self) -> bool:
        """Whether the row of `message` must be at hand."""
        return "m." in self.sql and re.search(r"\bm\.", self.sql) is not None


SHOWN = Condition(_SHOWN)
"""Some folder shows the message: what no folder shows is never found."""


def boolean(part: Meaning, shelves: Sequence[str]) -> Condition:
    """One condition for any meaning."""
    if is_text(part):
        hits = union([f"SELECT rowid FROM {name} WHERE {name} MATCH ?" for name in shelves])
        return Condition(f"{{id}} IN ({hits})", (match_expression(part),) * len(shelves))
    match part:
        case All(parts) | Any(parts):
            inner = [boolean(some, shelves) for some in parts]
            joint, nothing = (" AND ", "1") if isinstance(part, All) else (" OR ", "0")
            sql = joint.join(test.sql for test in inner) or nothing
            return Condition(f"({sql})", tuple(value for test in inner for value in test.params))
        case Opposite(negated):
            test = boolean(negated, shelves)
            return Condition(f"NOT {test.sql}", test.params)
        case _:
            return _leaf(part)


def _leaf(part: Meaning) -> Condition:
    match part:
        case Placed(folders):
            return Condition(_IN_FOLDER.format(f"+p.folder IN ({listed(folders)})"))
        case Flagged(flag):
            return Condition(_IN_FOLDER.format(f"p.flags & {int(flag)}"))
        case Marked(mark):
            return Condition(f"m.marks & {int(mark)}")
        case Received(start, end):
            return _between("m.received", (">=", start), ("<", end))
        case Sized(above, below):
            return _between("m.size", (">", above), ("<", below))
        case Named(message_id):
            return Condition("(m.message_id = ? AND m.message_id <> '')", (message_id,))
        case Noted():
            condition, params = noted(part)
            return Condition(f"EXISTS (SELECT 1 FROM comment k WHERE k.message = {{id}} AND {condition})", params)
        case Muted():
            return Condition("EXISTS (SELECT 1 FROM muted u WHERE u.thread = m.thread)")
        case Tagged():
            condition, params = tag_name(part)
            return Condition(_TAG.format(condition), params)
        case Text() | All() | Any() | Opposite():
            raise TypeError(part)
    assert_never(part)


def _between(column: str, *bounds: tuple[str, int | None]) -> Condition:
    # The plus keeps SQLite from leaving the order of ids for an index on the column.
    known = [(sign, bound) for sign, bound in bounds if bound is not None]
    sql = " AND ".join(f"+{column} {sign} ?" for sign, _ in known) or "1"
    return Condition(f"({sql})", tuple(bound for _, bound in known))


def match_expression(part: Meaning, wider: Mapping[tuple[str, ...], str] = MappingProxyType({})) -> str:
    """An FTS5 expression for a part in which `is_text` holds. Words hold letters and digits only, and are quoted.

    `wider`: words in a row → an expression that finds them and more, to be asked for in their stead where that finds no less.
    """
    match part:
        case Text(columns, row, prefix):
            where = "" if columns == COLUMNS else "{" + " ".join(columns) + "} : "
            return where + wider[row] if row in wider and not prefix else f'{where}"{" ".join(row)}"{" *" * prefix}'
        case Any(parts):
            return "(" + " OR ".join(match_expression(inner, wider) for inner in parts) + ")"
        case Opposite(inner):
            return f'("{EVERY}" NOT {match_expression(inner)})'
        case All(parts):
            wanted = [match_expression(inner, wider) for inner in parts if not isinstance(inner, Opposite)]
            unwanted = [match_expression(inner.part) for inner in parts if isinstance(inner, Opposite)]
            found = "(" + (" AND ".join(wanted) or f'"{EVERY}"') + ")"
            return f"({found} NOT ({' OR '.join(unwanted)}))" if unwanted else found
    raise TypeError(part)


def phrases(part: Meaning) -> list[str]:
    """The single phrases of `match_expression`, as they follow each other there, and so as FTS5 numbers them."""
    match part:
        case Text():
            return [match_expression(part)]
        case Any(parts):
            return [phrase for inner in parts for phrase in phrases(inner)]
        case Opposite(inner):
            return [f'"{EVERY}"', *phrases(inner)]
        case All(parts):
            wanted = [phrase for inner in parts if not isinstance(inner, Opposite) for phrase in phrases(inner)]
            unwanted = [phrase for inner in parts if isinstance(inner, Opposite) for phrase in phrases(inner.part)]
            return (wanted or [f'"{EVERY}"']) + unwanted
    raise TypeError(part)


def long_rows(part: Meaning) -> list[tuple[str, ...]]:
    """The rows of three words or more that `match_expression` would ask for by a wider expression."""
    match part:
        case Text(_, row, False) if len(row) > 2:
            return [row]
        case Any(parts) | All(parts):
            return [row for inner in parts for row in long_rows(inner)]
        case _:
            return []


def in_a_row(part: Meaning) -> bool:
    """Whether a part in which `is_text` holds looks for several words in a row."""
    match part:
        case Text(_, words):
            return len(words) > 1
        case All(parts) | Any(parts):
            return any(in_a_row(inner) for inner in parts)
        case Opposite(inner):
            return in_a_row(inner)
        case _:
            return False


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


def has_prefix(part: Meaning) -> bool:
    """Whether a part in which `is_text` holds looks for a beginning."""
    match part:
        case Text(_, _, prefix):
            return prefix
        case All(parts) | Any(parts):
            return any(has_prefix(inner) for inner in parts)
        case Opposite(inner):
            return has_prefix(inner)
        case _:
            return False


def is_negative(part: Meaning) -> bool:
    """Whether a part in which `is_text` holds only says what must not be found."""
    match part:
        case Opposite(inner):
            return not is_negative(inner)
        case All(parts):
            return all(is_negative(inner) for inner in parts)
        case Any(parts):
            return any(is_negative(inner) for inner in parts)
        case _:
            return False


def tag_name(part: Tagged) -> tuple[str, Params]:
    """A condition on a row `k` of keyword, and its values."""
    if part.prefix:
        return "k.name >= ? AND k.name < ?", (part.name, part.name + "\U0010ffff")
    return "k.name = ?", (part.name,)


def noted(part: Noted) -> tuple[str, Params]:
    """A condition on a row `k` of comment, and its values. Words hold neither % nor _."""
    return "k.words LIKE ?", (f"% {' '.join(part.words)}{'' if part.prefix else ' '}%",)


def listed(ids: Iterable[int]) -> str:
    """Ids for an IN."""
    return ",".join(str(int(id)) for id in sorted(ids))
