"""Whether one message is what a query looks for: for filters, and for mail that has just arrived."""

from __future__ import annotations

from typing import assert_never

from core.folding import fold, words
from core.query.facts import Context, Facts
from core.query.meaning import (
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
    meaning,
)
from core.query.tree import Query


def matches(query: Query, facts: Facts, context: Context) -> bool:
    """Whether the query finds this message, by the same rules as a search of the store."""
    return bool(facts.folders) and _holds(meaning(query, context), facts, {})


def _holds(part: Meaning, facts: Facts, seen: dict[str, list[str]]) -> bool:
    match part:
        case All(parts):
            return all(_holds(inner, facts, seen) for inner in parts)
        case Any(parts):
            return any(_holds(inner, facts, seen) for inner in parts)
        case Opposite(inner):
            return not _holds(inner, facts, seen)
        case Text(columns, _, _):
            return any(_has_row(part, _words_of(facts, column, seen)) for column in columns)
        case Noted(row, prefix):
            return _has_row(Text(("comment",), row, prefix), _words_of(facts, "comment", seen))
        case Placed(folders):
            return not folders.isdisjoint(facts.folders)
        case Flagged(flag):
            return bool(facts.flags & flag)
        case Marked(mark):
            return bool(facts.marks & mark)
        case Received(start, end):
            return (start is None or facts.received >= start) and (end is None or facts.received < end)
        case Sized(above, below):
            return (above is None or facts.size > above) and (below is None or facts.size < below)
        case Named(message_id):
            return message_id != "" and facts.message_id == message_id
        case Muted():
            return facts.muted
        case Tagged(name, prefix):
            return any(tag == name or (prefix and tag.startswith(name)) for tag in facts.tags)
    assert_never(part)


def _words_of(facts: Facts, column: str, seen: dict[str, list[str]]) -> list[str]:
    if column not in seen:
        seen[column] = words(fold(str(getattr(facts, column))))
    return seen[column]


def _has_row(text: Text, found: list[str]) -> bool:
    *firsts, last = text.words
    for at in range(len(found) - len(firsts)):
        word = found[at + len(firsts)]
        if (word == last or (text.prefix and word.startswith(last))) and found[at : at + len(firsts)] == firsts:
            return True
    return False
