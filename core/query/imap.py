"""A query as criteria of IMAP SEARCH (RFC 3501 §6.4.4), for mail that is not kept here."""

from __future__ import annotations

import re
import time
from datetime import UTC, datetime, tzinfo
from typing import assert_never

from core.errors import QueryError
from core.folding import words
from core.query.tree import And, Everything, Field, Not, Or, Phrase, Query, Word, all_of
from core.query.when import byte_size, day_range

Criteria = list["str | int | bytes | Criteria"]

_KEYS = {"from": "FROM", "to": "TO", "cc": "CC", "subject": "SUBJECT", "body": "BODY"}
_STATES: dict[str, list[str]] = {
    "unread": ["UNSEEN"], "read": ["SEEN"], "flagged": ["FLAGGED"], "answered": ["ANSWERED"], "draft": ["DRAFT"],
    "deleted": ["DELETED"], "forwarded": ["KEYWORD", "$Forwarded"],
}  # fmt: skip
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")
_SPECIAL = re.compile(r'[(){}%*"\\\[\]]+')
_ATOM = re.compile(r'[^\x00-\x20\x7f-\U0010ffff(){%*"\\\]]+')


def to_imap_search(query: Query, *, now: int | None = None, zone: tzinfo | None = None) -> Criteria | None:
    """Criteria for the server, or None for what IMAP cannot ask (folders, accounts, attachments, beginnings of tags).

    Words of the protocol are str, numbers int, text that comes from the query is bytes in UTF-8 (send it quoted or as a
    literal, with CHARSET UTF-8 where it is not ASCII; it holds none of `(){}%*"\\[]`), a list stands in brackets. Servers
    look for parts of words, so they find more than the index does. `now` in seconds and `zone` are for dates.
    Raises QueryError `query-control` for a text with a line break or another control character.
    """
    found = _criteria(query, int(time.time()) if now is None else now, zone)
    return ["NOT", "ALL"] if found == [] else found


def for_server(query: Query, *, now: int | None = None, zone: tzinfo | None = None) -> tuple[Criteria | None, Query]:
    """Criteria for as much of a query as IMAP can ask, None where that says nothing, and the rest of the query.

    What the criteria find and the rest finds too is what the query finds. Flags and tags are in the rest: what has been
    changed here may not have reached the server.
    """
    parts = query.parts if isinstance(query, And) else (query,)
    asked = [part for part in parts if not _is_state(part) and to_imap_search(part, now=now, zone=zone) is not None]
    rest = [part for part in parts if part not in asked]
    criteria = to_imap_search(all_of(asked), now=now, zone=zone) if any(_has_text(part) for part in asked) else None
    return criteria, all_of(rest) if rest else Everything()


def _is_state(query: Query) -> bool:
    """Whether it is about a flag or a tag, or about there being none."""
    inner = query.part if isinstance(query, Not) else query
    return isinstance(inner, Field) and inner.name in ("is", "tag")


def _has_text(query: Query) -> bool:
    """Whether it looks for words: all else of a mail is known here."""
    match query:
        case Word() | Phrase():
            return True
        case Field(name):
            return name == "body"
        case Not(part):
            return _has_text(part)
        case And(parts) | Or(parts):
            return any(_has_text(part) for part in parts)
        case _:
            return False


def _criteria(query: Query, now: int, zone: tzinfo | None) -> Criteria | None:
    """Empty for a text without a letter or digit, which is passed over."""
    match query:
        case Everything():
            return ["ALL"]
        case Word(text) | Phrase(text):
            return _text("TEXT", text)
        case Field():
            return _field(query, now, zone)
        case Not(part):
            inner = _criteria(part, now, zone)
            return ["NOT", inner] if inner else inner
        case And(parts):
            rows = [_criteria(part, now, zone) for part in parts]
            known = [row for row in rows if row is not None]
            return [item for row in known for item in row] if len(known) == len(rows) else None
        case Or(parts):
            rows = [row for part in parts if (row := _criteria(part, now, zone)) != []]
            return _alternatives(rows) if rows else []
    assert_never(query)


def _alternatives(rows: list[Criteria | None]) -> Criteria | None:
    """IMAP's OR takes two keys: half of the rows on either side, so that many do not nest too deep."""
    if len(rows) == 1:
        return rows[0]
    half = len(rows) // 2
    left, right = _alternatives(rows[:half]), _alternatives(rows[half:])
    return None if left is None or right is None else ["OR", left, right]


def _field(field: Field, now: int, zone: tzinfo | None) -> Criteria | None:
    name, value = field.name, field.value
    if name == "with":
        return _alternatives([_text(key, value) for key in ("FROM", "TO", "CC")]) if words(value) else []
    if name in _KEYS:
        return _text(_KEYS[name], value)
    if name in ("larger", "smaller"):
        return [name.upper(), byte_size(value)]
    if name in ("before", "after", "on"):
        return _dates(name, *day_range(value, now, zone), zone)
    if name == "is":
        return [*_STATES[value]] if value in _STATES else None
    if name == "tag":
        return ["KEYWORD", value] if not field.prefix and _ATOM.fullmatch(value) else None
    if name == "list":
        return _text("HEADER List-Id", value)
    if name == "id":
        return _text("HEADER Message-ID", value)
    return None


def _dates(name: str, start: int, end: int, zone: tzinfo | None) -> Criteria:
    if name == "before":
        return ["BEFORE", _day(start, zone)]
    since: Criteria = ["SINCE", _day(start, zone)]
    return since if name == "after" else [*since, "BEFORE", _day(end, zone)]


def _day(seconds: int, zone: tzinfo | None) -> str:
    day = datetime.fromtimestamp(seconds, UTC).astimezone(zone)
    return f"{day.day}-{_MONTHS[day.month - 1]}-{day.year:04}"


def _text(key: str, text: str) -> Criteria:
    if found := _CONTROL.search(text):
        raise QueryError("query-control", query=text, position=found.start())
    # What would need quoting is left out: the pieces are looked for one by one.
    pieces = [piece.strip() for piece in _SPECIAL.split(text)]
    criteria: Criteria = []
    for piece in pieces:
        if words(piece):
            criteria += [*key.split(" "), piece.encode("utf-8", "replace")]
    return criteria
