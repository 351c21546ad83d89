"""Where mail comes from: what every kind of account that collects mail can do (IMAP now, POP3 later).

An `Incoming` and its `Database` belong to one thread, which blocks in them; only `wake` and `cancel` may be called
from others. Everything it learns goes into the store, everything it tells the server comes from the journal.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol, runtime_checkable

from msgspec import Struct

from core.secret import Secret
from core.settings.schema import Server


class Progress(Struct, frozen=True):
    """How far a piece of work is."""

    account: int
    """The account's row id."""
    folder: int | None
    """The folder's row id, None where no one folder is meant."""
    done: int
    total: int
    """0 where it is not known."""
    what: str
    """`connect`, `replay`, `folders`, `headers`, `flags`, `bodies` (counted in mails), `fetch` (bytes)."""


class SyncResult(Struct, frozen=True):
    """What a pass brought."""

    new: int = 0
    changed: int = 0
    removed: int = 0
    bytes: int = 0
    """Bytes received over the line."""

    def __add__(self, other: SyncResult) -> SyncResult:
        return SyncResult(
            self.new + other.new, self.changed + other.changed, self.removed + other.removed, self.bytes + other.bytes
        )


Report = Callable[[Progress], None]
"""Called between two writes, never inside one: it may wait there to let another writer in."""
SecretFor = Callable[[Server], Secret]
"""Gives the password or token of a server; raises PasswordNeeded where nobody has typed it yet."""


@runtime_checkable
class Incoming(Protocol):
    """An account that mail is collected from.

    Every method may raise NetworkError, TLSError, AuthenticationError, PasswordNeeded, ProtocolError, ServerRefused or
    StoreError. After a NetworkError or ProtocolError the line is closed; the next call opens it again.
    """

    breathe: Callable[[], None]
    """Called within a pass where the connection is free for a moment: `fetch` and `replay` may be called there, so that
    what somebody is looking at overtakes the pass."""

    wanted: Callable[[], bool]
    """Whether somebody still wants what `fetch` brings. Asked between two pieces; when nobody does, `fetch` raises
    CorreioError `given-up`, and the line stays open."""

    helped: bool
    """Whether further connections may be opened: for whoever calls `wait` between passes. Bodies may come after `sync` has
    returned then."""

    @property
    def busy(self) -> bool:
        """Whether a pass is going on (so, within `breathe`)."""

    @property
    def behind(self) -> bool:
        """Whether bodies that the last passes wanted are still coming; the end of that ends a `wait`."""

    def open(self) -> None:
        """Connect and log in; nothing when that has been done."""

    def sync(self) -> SyncResult:
        """A full pass: the journal replayed, the folders listed, the Inbox and then the others brought up to date."""

    def sync_news(self) -> SyncResult:
        """A pass over what the last `wait` told of, or over everything."""

    def sync_folder(self, folder: int) -> SyncResult:
        """Bring one folder (row id) up to date."""

    def replay(self) -> int:
        """Carry out what the journal has waiting; how many operations were finished (done or refused)."""

    def wait(self, seconds: float) -> bool:
        """Wait for news in the Inbox, at most so long; True when there is some (then `sync`), False when the time is up
        or somebody called `wake`. Where the server cannot tell by itself, only the time and `wake` end it."""

    def fetch(self, message: int, section: str = "") -> None:
        """Bring into the store what a reader of this message needs; with `section` one part of it, with `*` the whole
        mail byte for byte. Nothing when it is there. NotFound when the server no longer has the message."""

    def search(self, folder: int, query: str) -> list[int]:
        """Messages (row ids) of a folder (row id) whose text is not in the store and which the server finds by a query.
        Conditions that the server cannot be asked are left out."""

    def wake(self) -> None:
        """End a running `wait`, or the next one at once. From any thread."""

    def cancel(self) -> None:
        """End whatever is running: it raises NetworkError `cancelled`. From any thread."""

    def close(self) -> None:
        """Log out and close the line; never raises."""


@runtime_checkable
class Sharing(Protocol):
    """An incoming account whose folders can be shared with other users (IMAP ACL, RFC 4314)."""

    def access(self, folder: int, who: str = "", letters: str | None = None) -> list[tuple[str, str]]:
        """Who may do what in a folder (row id), names with letters; before that one named person may be given exactly these
        letters (none: nothing). ServerRefused where the server or the folder does not allow it."""


@runtime_checkable
class Subscribing(Protocol):
    """An incoming account with folders that are subscribed or not (IMAP, RFC 3501 section 6.3.6)."""

    def subscriptions(self, path: str = "", subscribed: bool | None = None) -> list[tuple[str, bool]]:
        """Every folder of the server by its path, with whether it is subscribed; before that the one at `path` is, or no
        longer. NotFound, ServerRefused."""
