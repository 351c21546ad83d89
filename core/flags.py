"""Flags and marks of a message as small integers, and their IMAP names (RFC 3501 §2.3.2, RFC 5788)."""

from __future__ import annotations

from collections.abc import Iterable
from enum import IntFlag


class Flag(IntFlag):
    """What a server keeps per placement. Anything else a server sends is a keyword (a tag)."""

    SEEN = 1
    ANSWERED = 2
    FLAGGED = 4
    DELETED = 8
    DRAFT = 16
    FORWARDED = 32
    JUNK = 64
    NOT_JUNK = 128
    MDN_SENT = 256


KEPT_AS_KEYWORDS = Flag.FORWARDED | Flag.JUNK | Flag.NOT_JUNK | Flag.MDN_SENT
"""Flags that are keywords for a server: lost where it keeps none, so ours stand."""


class Mark(IntFlag):
    """What the headers and parts of a message say, the same in every folder."""

    ATTACHMENT = 1
    SIGNED = 2
    ENCRYPTED = 4
    INVITATION = 8
    HIGH = 16
    LOW = 32
    LIST = 64
    HTML_ONLY = 128
    MUTED = 256
    """Its conversation is muted; in rows of lists only, the store keeps that by conversation."""
    COMMENT = 512
    """One has noted something on it; in rows of lists only, notes have a table of their own."""
    REPORT = 4096
    """It may tell what became of a mail that was sent: a delivery report, a bounce, a receipt."""
    UNDELIVERED = 8192
    """A mail that was sent and did not reach everybody, as reports say."""
    DELIVERED = 16384
    """A mail that was sent and has arrived, as a report says."""
    OPENED = 32768
    """A mail that was sent and was opened, as a receipt says."""


OUTCOMES = Mark.UNDELIVERED | Mark.DELIVERED | Mark.OPENED
"""Marks that come from reports about a message, and not from its own bytes."""


IMAP_NAMES: dict[Flag, str] = {
    Flag.SEEN: "\\Seen",
    Flag.ANSWERED: "\\Answered",
    Flag.FLAGGED: "\\Flagged",
    Flag.DELETED: "\\Deleted",
    Flag.DRAFT: "\\Draft",
    Flag.FORWARDED: "$Forwarded",
    Flag.JUNK: "$Junk",
    Flag.NOT_JUNK: "$NotJunk",
    Flag.MDN_SENT: "$MDNSent",
}
_BY_NAME = {name.lower(): flag for flag, name in IMAP_NAMES.items()}


def from_imap(names: Iterable[str]) -> tuple[Flag, frozenset[str]]:
    """Split IMAP flag names into `Flag` bits and keywords (lower case); `\\Recent` is dropped."""
    flags = Flag(0)
    keywords = set()
    for name in names:
        known = _BY_NAME.get(name.lower())
        if known is not None:
            flags |= known
        elif not name.startswith("\\"):
            keywords.add(name.lower())
    return flags, frozenset(keywords)


def to_imap(flags: Flag) -> list[str]:
    """IMAP names of the set bits, in a fixed order."""
    return [name for flag, name in IMAP_NAMES.items() if flag & flags]
