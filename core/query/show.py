"""From the tree of a query back to its text."""

from __future__ import annotations

import re

from core.errors import QueryError
from core.query.parse import parse
from core.query.tree import And, Everything, Field, Not, Or, Phrase, Query, Word


def show(query: Query) -> str:
    """Text that `parse` reads as the same tree.

    A word that cannot stand alone (with blanks in it, or AND) is written as a phrase, which finds the same.
    """
    match query:
        case Everything():
            return "*"
        case Word(text, prefix):
            return _if_read_back(text + "*" * prefix, query) or _quote(text, prefix)
        case Phrase(text, prefix):
            return _quote(text, prefix)
        case Field(name, value, prefix, exact):
            head = f"{name}:{'=' * exact}"
            return _if_read_back(f"{head}{value}{'*' * prefix}", query) or head + _quote(value, prefix)
        case Not(part):
            return f"-{_grouped(part, And, Or, Not)}"
        case And(parts):
            return " ".join(_grouped(part, Or) for part in parts)
        case Or(parts):
            return " OR ".join(show(part) for part in parts)


def _grouped(part: Query, *kinds: type) -> str:
    return f"({show(part)})" if isinstance(part, kinds) else show(part)


def _quote(text: str, prefix: bool) -> str:
    escaped = re.sub(r'(["\\]|\*(?=\**\Z))', r"\\\1", text)
    return f'"{escaped}"{"*" * prefix}'


def _if_read_back(text: str, query: Query) -> str:
    """The text if it means the query without quotes, else empty."""
    if re.search(r"[\s()\"]", text):
        return ""
    try:
        return text if parse(text) == query else ""
    except QueryError:
        return ""
