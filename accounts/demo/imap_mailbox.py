"""One mailbox in memory: mails with UIDs, flags and change numbers, and whoever watches them."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from accounts.demo.imap_part import MimePart

SYSTEM_FLAGS = ("\\Answered", "\\Flagged", "\\Deleted", "\\Seen", "\\Draft")
_CANONICAL = {flag.lower(): flag for flag in SYSTEM_FLAGS}


@dataclass(eq=False, slots=True)
class StoredMail:
    """A mail in a mailbox. A view may hold it longer than the mailbox does."""

    uid: int
    raw: bytes
    received: datetime
    """INTERNALDATE, aware."""
    flags: set[str]
    modseq: int
    email_id: str
    """EMAILID of RFC 8474: the same for all copies of one APPEND."""
    recent: bool = True
    """Not yet seen by any session (RFC 3501 \\Recent)."""
    parsed: MimePart | None = field(default=None, repr=False)
    haystack: str | None = field(default=None, repr=False)
    """The text that SEARCH TEXT looks through, once somebody asked."""


class Watcher(Protocol):
    """A session's view of a mailbox; called for each change, whoever makes it."""

    def appended(self, mail: StoredMail) -> None:
        """A mail has come."""

    def expunged(self, mail: StoredMail) -> None:
        """A mail is gone."""

    def changed(self, mail: StoredMail) -> None:
        """Flags of a mail are others now."""

    def deleted(self) -> None:
        """The mailbox itself is gone."""


class Mailbox:
    """Mails by rising UID. All calls belong on the server's event loop."""

    def __init__(self, name: str, uidvalidity: int, use: str = "") -> None:
        self.name = name
        """As on the wire: modified UTF-7."""
        self.uidvalidity = uidvalidity
        self.use = use
        """The special-use attribute (RFC 6154), `\\Sent` and so on, or ''."""
        self.id = f"F{uidvalidity}"
        """MAILBOXID of RFC 8474: stays when the mailbox is renamed."""
        self.uidnext = 1
        self.modseq = 1
        self.mails: dict[int, StoredMail] = {}
        self.keywords: dict[str, str] = {}
        """Keywords ever used here: lower case → as first written."""
        self.vanished: list[tuple[int, int]] = []
        """(modseq, uid) of what was expunged, oldest first (RFC 7162)."""
        self.watchers: set[Watcher] = set()

    def append(self, raw: bytes, flags: Iterable[str], received: datetime, email_id: str) -> StoredMail:
        """Add a mail under the next UID and tell the watchers."""
        self.modseq += 1
        mail = StoredMail(self.uidnext, raw, received, self.canonical(flags), self.modseq, email_id)
        self.uidnext += 1
        self.mails[mail.uid] = mail
        for watcher in list(self.watchers):
            watcher.appended(mail)
        return mail

    def set_flags(self, mail: StoredMail, flags: Iterable[str], by: Watcher | None = None) -> bool:
        """Replace the flags of a mail; True if that changed anything. `by` is not told of it."""
        wanted = self.canonical(flags)
        if wanted == mail.flags or mail.uid not in self.mails:
            return False
        self.modseq += 1
        mail.flags, mail.modseq = wanted, self.modseq
        for watcher in list(self.watchers):
            if watcher is not by:
                watcher.changed(mail)
        return True

    def expunge(self, mails: Iterable[StoredMail]) -> None:
        """Remove mails for good; those already gone are passed over."""
        for mail in mails:
            if self.mails.pop(mail.uid, None) is None:
                continue
            self.modseq += 1
            self.vanished.append((self.modseq, mail.uid))
            for watcher in list(self.watchers):
                watcher.expunged(mail)

    def canonical(self, flags: Iterable[str]) -> set[str]:
        """Flags in the spelling this mailbox uses; `\\Recent` and unknown system flags are dropped."""
        found = set()
        for flag in flags:
            if flag.startswith("\\"):
                known = _CANONICAL.get(flag.lower())
                if known:
                    found.add(known)
            elif flag:
                found.add(self.keywords.setdefault(flag.lower(), flag))
        return found

    def vanished_since(self, modseq: int, among: list[tuple[int, int]] | None = None) -> list[int]:
        """UIDs expunged after the mailbox stood at `modseq`, ascending, within ranges where those are given."""
        gone = sorted(uid for when, uid in self.vanished if when > modseq)
        return [uid for uid in gone if among is None or any(low <= uid <= high for low, high in among)]

    def status(self, item: str) -> str:
        """The value of one STATUS item (RFC 3501 §6.3.10); KeyError for an item that is not known."""
        counters: dict[str, Callable[[], int | str]] = {
            "MESSAGES": lambda: len(self.mails),
            "RECENT": lambda: sum(mail.recent for mail in self.mails.values()),
            "UIDNEXT": lambda: self.uidnext,
            "UIDVALIDITY": lambda: self.uidvalidity,
            "UNSEEN": lambda: sum("\\Seen" not in mail.flags for mail in self.mails.values()),
            "DELETED": lambda: sum("\\Deleted" in mail.flags for mail in self.mails.values()),
            "SIZE": lambda: sum(len(mail.raw) for mail in self.mails.values()),
            "HIGHESTMODSEQ": lambda: self.modseq,
            "MAILBOXID": lambda: f"({self.id})",
        }
        return str(counters[item]())
