"""What a query means, as a small tree. `core.query.parse` makes it from text and `core.query.show` writes it back."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

ROLES = {
    "inbox": "inbox", "drafts": "drafts", "draft": "drafts", "sent": "sent", "archive": "archive", "junk": "junk",
    "spam": "junk", "trash": "trash", "bin": "trash", "snoozed": "snoozed",
    "templates": "templates", "outbox": "outbox", "all": "all",
}  # fmt: skip
"""Names after `in:` that stand for the role of a folder."""


@dataclass(frozen=True, slots=True)
class Everything:
    """`*`: every mail."""


@dataclass(frozen=True, slots=True)
class Word:
    """A word anywhere in a mail; with `prefix` its beginning (`word*`). It may hold signs (`a.b@c`): then a phrase."""

    text: str
    prefix: bool = False


@dataclass(frozen=True, slots=True)
class Phrase:
    """`"words in a row"`; with `prefix` the last one is a beginning (`"words in a ro*"`)."""

    text: str
    prefix: bool = False


@dataclass(frozen=True, slots=True)
class Field:
    """`name:value`, as written: dates and sizes are worked out when the query is used, so that `today` stays today."""

    name: str
    value: str
    prefix: bool = False
    """The last word of the value is a beginning (`from:ana*`)."""
    exact: bool = False
    """`in:=folder`: without its subfolders."""


@dataclass(frozen=True, slots=True)
class And:
    """All of the parts."""

    parts: tuple[Query, ...]


@dataclass(frozen=True, slots=True)
class Or:
    """Any of the parts."""

    parts: tuple[Query, ...]


@dataclass(frozen=True, slots=True)
class Not:
    """Every mail but those of the part."""

    part: Query


Query = Everything | Word | Phrase | Field | And | Or | Not

TEXT_FIELDS = ("from", "to", "cc", "with", "subject", "body", "attachment")
"""Fields that look for words in a part of the mail."""
DATE_FIELDS = ("before", "after", "on")
SIZE_FIELDS = ("larger", "smaller")
STATES = ("unread", "read", "flagged", "answered", "forwarded", "draft", "deleted", "muted")
"""Values of `is:`."""
THINGS = ("attachment", "invitation")
"""Values of `has:`."""
FIELDS = (*TEXT_FIELDS, "tag", "in", "account", "is", "has", *SIZE_FIELDS, *DATE_FIELDS, "list", "comment", "id")
"""Every name that may stand before a colon, in the order in which help lists them."""


def all_of(parts: Iterable[Query]) -> Query:
    """The parts under one And; a single part stays itself. At least one part."""
    flat = [part for some in parts for part in (some.parts if isinstance(some, And) else (some,))]
    return flat[0] if len(flat) == 1 else And(tuple(flat))


def any_of(parts: Iterable[Query]) -> Query:
    """The parts under one Or; a single part stays itself. At least one part."""
    flat = [part for some in parts for part in (some.parts if isinstance(some, Or) else (some,))]
    return flat[0] if len(flat) == 1 else Or(tuple(flat))
