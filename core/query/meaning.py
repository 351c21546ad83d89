"""A query with its names, dates and words worked out: the one thing that SQL and the test of a message are made from."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import assert_never

from core.flags import Flag, Mark
from core.folding import is_sign, sought
from core.labels import labels_of
from core.query.facts import Context
from core.query.tree import DATE_FIELDS, SIZE_FIELDS, And, Everything, Field, Not, Or, Phrase, Query, Word
from core.query.when import byte_size, day_range

COLUMNS = ("subject", "sender", "recipients", "copies", "attachments", "body")
"""Of the search index, in order."""
SHORT_PREFIX = 3
"""A beginning of fewer letters is looked for in the columns of SHORT_COLUMNS only: the index has no list of beginnings. In
the others it is found as a whole word."""
SHORT_COLUMNS = ("subject", "sender", "recipients")

_FIELD_COLUMNS = {
    "from": ("sender",), "to": ("recipients",), "cc": ("copies",), "subject": ("subject",), "body": ("body",),
    "attachment": ("attachments",), "list": ("recipients", "copies"),
    "with": ("sender", "recipients", "copies"),
}  # fmt: skip
_STATES = {
    "flagged": Flag.FLAGGED, "answered": Flag.ANSWERED, "forwarded": Flag.FORWARDED, "draft": Flag.DRAFT,
    "deleted": Flag.DELETED, "read": Flag.SEEN,
}  # fmt: skip
_THINGS = {"attachment": Mark.ATTACHMENT, "invitation": Mark.INVITATION}


@dataclass(frozen=True, slots=True)
class Text:
    """Words in a row in one of the columns; the last one may be a beginning."""

    columns: tuple[str, ...]
    words: tuple[str, ...]
    prefix: bool


@dataclass(frozen=True, slots=True)
class Placed:
    """Shown in one of these folders."""

    folders: frozenset[int]


@dataclass(frozen=True, slots=True)
class Flagged:
    """Has this flag in some folder."""

    flag: Flag


@dataclass(frozen=True, slots=True)
class Marked:
    """Has this mark."""

    mark: Mark


@dataclass(frozen=True, slots=True)
class Received:
    """Received from `start` on and before `end` (seconds since 1970; None: open)."""

    start: int | None
    end: int | None


@dataclass(frozen=True, slots=True)
class Sized:
    """Has more than `above` and fewer than `below` bytes (None: open)."""

    above: int | None
    below: int | None


@dataclass(frozen=True, slots=True)
class Named:
    """Bears this Message-ID."""

    message_id: str


@dataclass(frozen=True, slots=True)
class Tagged:
    """Has this tag, or one that begins so."""

    name: str
    prefix: bool


@dataclass(frozen=True, slots=True)
class Noted:
    """Bears a comment with these words in a row; the last one may be a beginning."""

    words: tuple[str, ...]
    prefix: bool


@dataclass(frozen=True, slots=True)
class Muted:
    """Belongs to a conversation that is muted."""


@dataclass(frozen=True, slots=True)
class All:
    """All of the parts; of none: every mail."""

    parts: tuple[Meaning, ...]


@dataclass(frozen=True, slots=True)
class Any:
    """Any of the parts; of none: no mail."""

    parts: tuple[Meaning, ...]


@dataclass(frozen=True, slots=True)
class Opposite:
    """Every mail but those of the part."""

    part: Meaning


Meaning = Text | Placed | Flagged | Marked | Received | Sized | Named | Tagged | Noted | Muted | All | Any | Opposite
EVERY_MAIL = All(())
NO_MAIL = Any(())


def meaning(query: Query, context: Context) -> Meaning:
    """What the query means here and now. Words without a letter or digit (`&`) are passed over; alone they find nothing."""
    found = _meaning(query, context)
    return NO_MAIL if found is None else found


def _meaning(query: Query, context: Context) -> Meaning | None:
    match query:
        case Everything():
            return EVERY_MAIL
        case Word(text, prefix) | Phrase(text, prefix):
            return text_of(COLUMNS, text, prefix)
        case Field():
            return _field(query, context)
        case Not(part):
            inner = _meaning(part, context)
            return None if inner is None else opposite(inner)
        case And(parts):
            known = [inner for part in parts if (inner := _meaning(part, context)) is not None]
            return every(known) if known else None
        case Or(parts):
            known = [inner for part in parts if (inner := _meaning(part, context)) is not None]
            return some(known) if known else None
    assert_never(query)


def _field(field: Field, context: Context) -> Meaning | None:
    name, value = field.name, field.value
    if name in _FIELD_COLUMNS:
        text = text_of(_FIELD_COLUMNS[name], value, field.prefix)
        return every([Marked(Mark.LIST), text]) if name == "list" and text else text
    if name in DATE_FIELDS:
        start, end = day_range(value, context.now, context.zone)
        return Received(None if name == "before" else start, {"before": start, "after": None, "on": end}[name])
    if name in SIZE_FIELDS:
        size = byte_size(value)
        return Sized(size, None) if name == "larger" else Sized(None, size)
    if name in ("in", "account"):
        found = context.folders_named(value, field.exact) if name == "in" else context.folders_of_account(value)
        return Placed(found) if found else NO_MAIL
    if name == "is" and value == "muted":
        return Muted()
    if name == "is":
        return Opposite(Flagged(Flag.SEEN)) if value == "unread" else Flagged(_STATES[value])
    if name == "has":
        return Marked(_THINGS[value])
    if name == "comment":
        row, prefix = sought(value, field.prefix)
        return Noted(row, prefix) if row else None
    if name == "tag":
        labels = labels_of(value, prefix=field.prefix)
        return some((Tagged(value.lower(), field.prefix), *(Tagged(label, False) for label in labels)))
    return Named(value.strip().removeprefix("<").removesuffix(">"))


def text_of(columns: tuple[str, ...], text: str, prefix: bool) -> Meaning | None:
    """What to look for in the index; None for text without a letter or digit."""
    words, prefix = sought(text, prefix)
    if not words:
        return None
    if prefix and len(words[-1]) < SHORT_PREFIX and not is_sign(words[-1]):
        narrow = tuple(column for column in columns if column in SHORT_COLUMNS)
        begins, whole = Text(narrow, words, True), Text(columns, words, False)
        return begins if narrow == columns else some([begins, whole]) if narrow else whole
    return Text(columns, words, prefix)


def every(parts: Iterable[Meaning]) -> Meaning:
    """All of the parts, simplified."""
    flat = list(dict.fromkeys(p for part in parts for p in (part.parts if isinstance(part, All) else (part,))))
    if NO_MAIL in flat:
        return NO_MAIL
    return flat[0] if len(flat) == 1 else All(tuple(flat))


def some(parts: Iterable[Meaning]) -> Meaning:
    """Any of the parts, simplified; folders become one set."""
    flat = list(dict.fromkeys(p for part in parts for p in (part.parts if isinstance(part, Any) else (part,))))
    if EVERY_MAIL in flat:
        return EVERY_MAIL
    placed = [part for part in flat if isinstance(part, Placed)]
    if len(placed) > 1:
        flat = [part for part in flat if not isinstance(part, Placed)]
        flat.append(Placed(frozenset().union(*(part.folders for part in placed))))
    return flat[0] if len(flat) == 1 else Any(tuple(flat))


def opposite(part: Meaning) -> Meaning:
    """Every mail but those of the part, simplified."""
    if isinstance(part, Opposite):
        return part.part
    if part in (EVERY_MAIL, NO_MAIL):
        return NO_MAIL if part == EVERY_MAIL else EVERY_MAIL
    return Opposite(part)
