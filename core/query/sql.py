"""A query as SQL over the store (core/store/schema.sql), one row a message.

What it means is brought into the form *this and that, or those and that …*; each of these branches is answered from the
quickest side: the full-text index streams its hits newest first, a small folder or a rare tag gives its few messages.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import product

from msgspec import Struct

from core.flags import Flag, Mark
from core.query.condition import (
    SHOWN,
    Condition,
    Params,
    boolean,
    has_prefix,
    in_a_row,
    is_negative,
    is_text,
    listed,
    match_expression,
    noted,
    phrases,
    tag_name,
)
from core.query.facts import Context
from core.query.meaning import (
    EVERY_MAIL,
    NO_MAIL,
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
    every,
    meaning,
    opposite,
    some,
)
from core.query.tree import Query

MOST_BRANCHES = 12
SLACK = 4_000_000
"""Ids that messages may lie above minute x 256 of their receipt: more messages than that within a minute are not believed."""


class Members(Struct, frozen=True):
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
    replaces: Condition | None = None
    """The test that need not be made of a member of the list; None: every test is needed."""
    folders: frozenset[int] = frozenset()
    """The folders that the list is made of, if it is."""
    streams: bool = False
    """An index gives the rows that hold `row` by themselves, the newest first."""


class Branch(Struct, frozen=True):
    """Conditions that must all hold."""

    match: str | None
    """For the full-text index, or None."""
    text: Meaning | None
    """What `match` says."""
    prefix: bool
    """`match` looks for a beginning: then opening it is dear, and it is opened only once."""
    whole_words: str | None
    """What of `match` must be found and holds no beginning: cheap to ask for first; None where there is no such part."""
    phrases: tuple[str, ...]
    """What a hit can have more or less of, in the order of `match`; without them every hit is as good as another."""
    in_a_row: bool
    """`match` looks for words in a row: however rare that is, each shelf takes its time."""
    tests: tuple[Condition, ...]
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
        return (Branch(None, None, False, None, (), False, (boolean(found, shelves), SHOWN), ()),)
    return tuple(_branch(row, context) for row in rows)


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
        text=whole,
        prefix=whole is not None and has_prefix(whole),
        whole_words=_whole_words(whole) if whole else None,
        phrases=tuple(phrases(whole)) if whole is not None and not is_negative(whole) else (),
        in_a_row=whole is not None and in_a_row(whole),
        tests=tuple(tests),
        members=tuple(members),
        first_id=max(starts, default=None),
        end_id=min(ends, default=None),
    )


def _whole_words(whole: Meaning) -> str | None:
    parts = whole.parts if isinstance(whole, All) else (whole,)
    known = [inner for part in parts if (inner := _without_beginning(part)) is not None]
    return match_expression(every(known)) if known and has_prefix(whole) else None


def _without_beginning(part: Meaning) -> Meaning | None:
    """What must be found where this part is, without words of which only the beginning is known."""
    if isinstance(part, Text) and part.prefix:
        return Text(part.columns, part.words[:-1], False) if part.words[1:] else None
    return None if has_prefix(part) or is_negative(part) else part


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
            ids = listed(folders)
            size = sum(place.total for place in context.places if place.id in folders)
            sql = f"SELECT message FROM placement WHERE folder IN ({ids}) AND hidden = 0"
            return Members(sql, (), size, "", f"+c.folder IN ({ids})", test, folders)
        case Opposite(Flagged(Flag.SEEN)):
            size = sum(place.unread for place in context.places)
            # A second placement may be read: the test stays.
            row = "~c.flags & 1 = 1"
            return Members(f"SELECT message FROM placement c WHERE hidden = 0 AND {row}", (), size, "", row, streams=True)
        case Flagged(Flag.SEEN):
            size = sum(place.total - place.unread for place in context.places)
            row = "~c.flags & 1 = 0"
            sql = f"SELECT message FROM placement c WHERE hidden = 0 AND {row}"
            return Members(sql, (), size, "", row, test, streams=True)
        case Flagged(flag):
            # `flags & 62` is the condition of a partial index.
            row = f"c.flags & 62 AND c.flags & {int(flag)}"
            sql = f"SELECT message FROM placement c WHERE hidden = 0 AND {row}"
            return Members(sql, (), None, sql, row, test, streams=True)
        case Tagged():
            name, params = tag_name(part)
            sql = f"SELECT p.message FROM keyword k JOIN placement p ON p.id = k.placement WHERE {name} AND p.hidden = 0"
            row = f"EXISTS (SELECT 1 FROM keyword k WHERE k.placement = c.id AND k.shown = 1 AND {name})"
            return Members(f"{sql} AND k.shown = 1", params, None, f"SELECT 1 FROM keyword k WHERE {name}", row, test)
        case Marked(Mark.INVITATION) | Sized():
            # Often rare, and each with an index: the plus keeps SQLite from reading all messages by id instead. The values
            # stand in the text, since a partial index wants to see them.
            sql = f"SELECT +id AS message FROM message m WHERE {_rare(part)}"
            return Members(f"{sql} AND {SHOWN.sql.format(id='m.id')}", (), None, sql, "", test)
        case Noted():
            condition, params = noted(part)
            sql = f"SELECT k.message FROM comment k WHERE {condition} AND {SHOWN.sql.format(id='k.message')}"
            return Members(sql, params, None, f"SELECT 1 FROM comment k WHERE {condition}", "", test)
        case Muted():
            found = "SELECT m.id AS message FROM muted u CROSS JOIN message m ON m.thread = u.thread"
            sql = f"{found} WHERE {SHOWN.sql.format(id='m.id')}"
            return Members(sql, (), None, sql, "", test)
        case Named(message_id):
            sql = f"SELECT id AS message FROM message m WHERE {test.sql} AND {SHOWN.sql.format(id='m.id')}"
            return Members(sql, (message_id,), 1, "", "", test)
        case _:
            return None


def _rare(part: Marked | Sized) -> str:
    if isinstance(part, Marked):
        return f"marks & {int(part.mark)}"
    return f"size > {part.above}" if part.below is None else f"size < {part.below}"
