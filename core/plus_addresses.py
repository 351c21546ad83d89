"""Plus-addresses (`name+shop@…`, RFC 5233): made for forms, and which are in use."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from msgspec import Struct

from core.address import parse_addresses
from core.errors import UsageError
from core.own_addresses import DELIVERED
from core.settings.sender import Identity
from core.store import bodies
from core.store.database import Database

MOST_MAILS = 20_000
"""The newest mails that are looked through for addresses in use."""

_DETAIL = re.compile(r"[a-z0-9][a-z0-9._-]{0,40}")


class PlusAddress(Struct, frozen=True):
    """One plus-address that mail came to."""

    address: str
    count: int
    latest: int
    """When the newest came, unix seconds."""
    sender: str
    """Who wrote that."""


def plus_address(identity: Identity, detail: str) -> str:
    """`name+detail@domain` for a sender. Raises UsageError `not-a-detail` for what no form would take."""
    wanted = re.sub(r"\s+", "-", detail.strip().lower())
    if not _DETAIL.fullmatch(wanted):
        raise UsageError("not-a-detail", text=detail)
    local, _, domain = identity.address.rpartition("@")
    return f"{local.partition('+')[0]}+{wanted}@{domain}"


def used(db: Database, identities: Sequence[Identity]) -> list[PlusAddress]:
    """The plus-addresses that mail came to, the most recent first, of the newest mails here."""
    owns = {_plain(one.address) for one in identities}
    # The index knows addresses; only mails with a plus somewhere in the recipients are opened.
    rows = db.read(
        "SELECT m.id, m.received, m.name, m.address FROM message m WHERE EXISTS (SELECT 1 FROM placement p"
        " JOIN folder f ON f.id = p.folder WHERE p.message = m.id AND p.hidden = 0 AND f.role NOT IN ('sent', 'drafts',"
        " 'templates')) ORDER BY m.id DESC LIMIT ?",
        (MOST_MAILS,),
    )
    found: dict[str, PlusAddress] = {}
    for id, received, name, address in rows:
        for one in _details(bodies.header(db, id) or b"", owns):
            before = found.get(one)
            if before is None:
                found[one] = PlusAddress(one, 1, received, name or address)
            else:
                found[one] = PlusAddress(one, before.count + 1, before.latest, before.sender)
    return list(found.values())


def _details(header: bytes, owns: Iterable[str]) -> set[str]:
    """One's own plus-addresses that a mail went to."""
    if b"+" not in header:
        return set()
    from core.header import read_headers

    headers = read_headers(header)
    values = [value for name in ("To", "Cc", *DELIVERED) for value in headers.all(name)[:20] if "+" in value]
    addresses = {one.key for value in values for one in parse_addresses(value)[:100] if "+" in one.addr}
    return {one for one in addresses if _plain(one) in owns}


def _plain(address: str) -> str:
    local, at, domain = address.casefold().rpartition("@")
    return f"{local.partition('+')[0]}{at}{domain}"
