"""What lists and threads need of a mail, read from its header block in one quick pass (RFC 5322 §3.6)."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache

from msgspec import Struct

from core.address import Address, parse_addresses
from core.clean import clean_line
from core.dates import parse_date, received_date
from core.flags import Mark
from core.header import folded_fields, header_block, unfold
from core.words import decode_words

MOST_REFERENCES = 100
"""Of longer chains the first and the newest 99 are kept."""

NO_MARK = Mark(0)
_WANTED = frozenset((
    "message-id", "in-reply-to", "references", "date", "from", "sender", "reply-to", "to", "cc", "bcc", "subject", "list-id",
    "list-post", "content-type", "x-priority", "importance", "priority", "x-msmail-priority",
))  # fmt: skip
_PLAIN_ID = re.compile(r"<([^<> ]+)>")
_ID = re.compile(r"<\s*([^<>]+?)\s*>")
_MAILTO = re.compile(r"mailto:([^<>?\s,]+)", re.IGNORECASE)
_LONGEST_ID = 998
_SHORT = 200
Addresses = tuple[Address, ...]


class Envelope(Struct, frozen=True):
    """The headers of a mail as Correio uses them. Every text is decoded and one clean line."""

    message_id: str = ""
    """Without its brackets; '' if there is none."""
    in_reply_to: str = ""
    references: tuple[str, ...] = ()
    """Oldest first, without brackets."""
    date: int | None = None
    """Seconds since 1970 (UTC); None if the Date field is missing or no date."""
    date_offset: int = 0
    """The writer's offset from UTC in minutes."""
    from_: Addresses = ()
    sender: Addresses = ()
    reply_to: Addresses = ()
    to: Addresses = ()
    cc: Addresses = ()
    bcc: Addresses = ()
    subject: str = ""
    list_id: str = ""
    """The id between the brackets of List-Id (RFC 2919), lower case."""
    list_post: str = ""
    """The address of List-Post (RFC 2369); '' where posting is not possible."""
    marks: Mark = NO_MARK
    """What headers tell: HIGH, LOW, LIST, and SIGNED, ENCRYPTED, INVITATION, HTML_ONLY by the outermost type."""
    received: int | None = None
    """Seconds since 1970 of the topmost Received field that has a date."""


def read_envelope(headers: bytes) -> Envelope:
    """Read a header block (or a whole mail). Never raises: what cannot be read is empty.

    Of fields that may stand once, the first counts; address fields that stand twice are joined.
    """
    return envelope_of(header_block(headers))


def envelope_of(block: bytes) -> Envelope:
    """`read_envelope` for what `header_block` has given."""
    return envelope_from(folded_fields(block))


def envelope_from(folded: Iterable[tuple[str, str]]) -> Envelope:
    """`read_envelope` for what `folded_fields` has given."""
    fields: dict[str, str] = {}
    received: int | None = None
    for name, value in folded:
        if name in _WANTED:
            if name not in fields:
                fields[name] = unfold(value)
            elif name in ("to", "cc", "bcc", "from"):
                fields[name] = f"{fields[name]}, {unfold(value)}"
        elif name == "received" and received is None:
            received = received_date(unfold(value))
    get = fields.get
    when = parse_date(get("date", ""))
    list_post = _MAILTO.search(get("list-post", ""))
    return Envelope(
        message_id=_one_id(get("message-id", "")),
        in_reply_to=_reply_id(get("in-reply-to", "")),
        references=read_references(get("references", "")),
        date=when[0] if when else None,
        date_offset=when[1] if when else 0,
        from_=_addresses(get("from")),
        sender=_addresses(get("sender")),
        reply_to=_addresses(get("reply-to")),
        to=_addresses(get("to")),
        cc=_addresses(get("cc")),
        bcc=_addresses(get("bcc")),
        subject=decode_words(get("subject", "")),
        list_id=_list_id(get("list-id", "")),
        list_post=clean_line(list_post[1]) if list_post else "",
        marks=_marks(fields),
        received=received,
    )


def read_references(value: str) -> tuple[str, ...]:
    """Message ids of a References value, oldest first, each once, at most `MOST_REFERENCES`."""
    if not value:
        return ()
    found = _PLAIN_ID.findall(value) if value.isascii() and value.isprintable() and len(value) < _LONGEST_ID else []
    if not found or len(found) != value.count("<"):
        found = [_tidy_id(each) for each in _ID.findall(value) or [word for word in value.split() if "@" in word]]
    ids = tuple(dict.fromkeys(found))
    return ids if len(ids) <= MOST_REFERENCES else (ids[0], *ids[1 - MOST_REFERENCES :])


def _tidy_id(text: str) -> str:
    if text.isascii() and text.isprintable() and " " not in text:
        return text[:_LONGEST_ID]
    return clean_line("".join(text.split()))[:_LONGEST_ID]


def _one_id(value: str) -> str:
    found = _ID.search(value)
    return _tidy_id(found[1] if found else value.strip("<> "))


def _reply_id(value: str) -> str:
    """The id in In-Reply-To; old mail has it after words and addresses, as in `Your message of … <id>`."""
    found = [each for each in _ID.findall(value) if "@" in each] or _ID.findall(value)
    if not found:
        return _tidy_id(value) if "@" in value and " " not in value.strip() else ""
    return _tidy_id(found[0] if value.lstrip().startswith("<") else found[-1])


def _addresses(value: str | None) -> Addresses:
    if not value:
        return ()
    # The same people write again and again, and to the same lists.
    return _known_addresses(value) if len(value) < _SHORT else tuple(parse_addresses(value))


@lru_cache(maxsize=1024)
def _known_addresses(value: str) -> Addresses:
    return tuple(parse_addresses(value))


def _list_id(value: str) -> str:
    if not value:
        return ""
    found = _ID.search(value)
    return clean_line(found[1] if found else value).lower()


def _marks(fields: dict[str, str]) -> Mark:
    marks = Mark.LIST if fields.get("list-id") or fields.get("list-post") else NO_MARK
    if not _PRIORITY.isdisjoint(fields):
        marks |= _priority(fields)
    if _may_report(fields):
        marks |= Mark.REPORT
    kind = fields.get("content-type", "")[:200].lower()
    if not kind or kind.startswith(("text/plain", "multipart/alternative", "multipart/mixed")):
        return marks
    if kind.startswith("multipart/signed") or "smime-type=signed-data" in kind.replace('"', ""):
        return marks | Mark.SIGNED
    if kind.startswith(("multipart/encrypted", "application/pkcs7-mime", "application/x-pkcs7-mime")):
        return marks | Mark.ENCRYPTED
    if kind.startswith("text/calendar"):
        return marks | Mark.INVITATION
    return marks | Mark.HTML_ONLY if kind.startswith("text/html") else marks


_MACHINE = re.compile(r"mailer-?daemon|post-?master|mail delivery|system administrator|microsoftexchange", re.IGNORECASE)


def _may_report(fields: dict[str, str]) -> bool:
    """Whether a mail may tell what became of another: by its type or, in older forms, by who sent it."""
    kind = fields.get("content-type", "")[:400].lower()
    if kind.startswith("multipart/report"):
        return True
    return _is_machine(fields.get("from", "")[:300])


@lru_cache(maxsize=1024)
def _is_machine(sender: str) -> bool:
    return _MACHINE.search(sender) is not None


_PRIORITY = frozenset(("x-priority", "importance", "priority", "x-msmail-priority"))


def _priority(fields: dict[str, str]) -> Mark:
    """HIGH or LOW by X-Priority (1, 2 / 4, 5), Importance, Priority (RFC 2156 §5.3.6) or X-MSMail-Priority."""
    number = fields.get("x-priority", "").strip()[:1]
    words = {fields.get(name, "").strip().lower() for name in ("importance", "priority", "x-msmail-priority")}
    if number in ("1", "2") or not words.isdisjoint(("high", "urgent")):
        return Mark.HIGH
    if number in ("4", "5") or not words.isdisjoint(("low", "non-urgent")):
        return Mark.LOW
    return NO_MARK
