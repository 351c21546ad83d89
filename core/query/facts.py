"""What a query is asked about: one message, and the accounts and folders that its names stand for."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from datetime import tzinfo

from core.query.tree import ROLES


@dataclass(frozen=True, slots=True)
class Place:
    """A folder, as far as queries need it."""

    id: int
    account: int
    path: str
    delimiter: str = "/"
    role: str = ""
    total: int = 0
    """Messages it shows; like `unread` it only helps to choose a quick way."""
    unread: int = 0


@dataclass(frozen=True, slots=True)
class Context:
    """Where and when a query is asked."""

    places: tuple[Place, ...] = ()
    accounts: dict[int, tuple[str, ...]] = field(default_factory=dict)
    """Row id of an account → its names: id, name, address."""
    now: int = field(default_factory=lambda: int(time.time()))
    zone: tzinfo | None = None
    """Where days begin; None for this machine's zone."""

    def folders_of_account(self, name: str) -> frozenset[int]:
        """The folders of the accounts with that name, id or address, in any case."""
        rows = self._accounts_named(name)
        return frozenset(place.id for place in self.places if place.account in rows)

    def knows_account(self, name: str) -> bool:
        """Whether an account has that name, id or address, in any case."""
        return bool(self._accounts_named(name))

    def _accounts_named(self, name: str) -> set[int]:
        wanted = name.strip().casefold()
        return {row for row, names in self.accounts.items() if wanted in {known.casefold() for known in names}}

    def folders_named(self, name: str, exact: bool) -> frozenset[int]:
        """The folders that `in:name` means: by role, path or account/path, else by the last part of the path.

        Their subfolders too unless `exact`; but what stands below an Inbox and has a role of its own is no part of it
        (servers that keep every folder below INBOX).
        """
        wanted = name.strip().strip("/").casefold()
        found = [place for place in self.places if wanted in self._names(place)]
        if not found:
            found = [place for place in self.places if wanted == _slashed(place).rpartition("/")[2]]
        ids = {place.id for place in found}
        if not exact:
            ids.update(place.id for place in self.places if any(_is_below(place, top) for top in found))
        return frozenset(ids)

    def _names(self, place: Place) -> set[str]:
        own = {_slashed(place)} | {name for name, role in ROLES.items() if role == place.role}
        prefixes = [known.casefold() for known in self.accounts.get(place.account, ())]
        return own | {f"{prefix}/{name}" for prefix in prefixes for name in own}


def _slashed(place: Place) -> str:
    path = place.path.replace(place.delimiter, "/") if place.delimiter else place.path
    return path.strip("/").casefold()


def _is_below(place: Place, top: Place) -> bool:
    if place.account != top.account or not top.delimiter or not place.path.startswith(top.path + top.delimiter):
        return False
    return top.role != "inbox" or place.role in ("", "inbox")


@dataclass(frozen=True, slots=True)
class Facts:
    """One message as queries see it. The texts need not be folded."""

    subject: str = ""
    sender: str = ""
    """Names and addresses of From."""
    recipients: str = ""
    """Of To."""
    copies: str = ""
    """Of Cc and Bcc, and the List-Id."""
    attachments: str = ""
    """File names."""
    body: str = ""
    message_id: str = ""
    received: int = 0
    size: int = 0
    marks: int = 0
    """`core.flags.Mark` bits."""
    flags: int = 0
    """`core.flags.Flag` bits of all placements that are shown, together."""
    tags: frozenset[str] = frozenset()
    folders: frozenset[int] = frozenset()
    """Where it is shown; a message that no folder shows is never found."""
    muted: bool = False
    """Whether its conversation is."""
    comment: str = ""
    """One's own note on it."""
