"""Which addresses are one's own: those of the senders, with `+detail` (RFC 5233), their aliases and whole domains."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from core.address import Address, parse_addresses
from core.envelope import Envelope
from core.message import Message
from core.settings.sender import Identity

DELIVERED = ("Delivered-To", "X-Delivered-To", "X-Original-To", "Envelope-To", "X-Envelope-To")
"""Header fields in which servers note whom a mail was for."""

EXACT, DETAIL, ALIAS, DOMAIN = range(4)
"""How an address belongs to a sender, the surest first."""


def belongs(addr: str, identity: Identity) -> int | None:
    """How an address belongs to a sender: EXACT, DETAIL, ALIAS or DOMAIN; None when it does not."""
    addr = addr.casefold()
    own = identity.address.casefold()
    if addr == own:
        return EXACT
    plain = without_detail(addr)
    if plain == own:
        return DETAIL
    domain = False
    for one in aliases(identity):
        if one in (addr, plain):
            return ALIAS
        domain = domain or (one.startswith("*@") and addr.rpartition("@")[2] == one[2:] and "@" in addr)
    return DOMAIN if domain else None


def aliases(identity: Identity) -> tuple[str, ...]:
    """The other addresses of a sender, folded; `*@domain` for a whole domain."""
    if not identity.aliases:
        return ()
    return tuple(part.strip().casefold() for part in identity.aliases.split(",") if part.strip())


def is_own(addr: str, identities: Iterable[Identity]) -> bool:
    """Whether an address is one of the user's."""
    return any(belongs(addr, identity) is not None for identity in identities)


def without_detail(addr: str) -> str:
    """`local@domain` of `local+detail@domain`, folded."""
    local, at, domain = addr.casefold().rpartition("@")
    return f"{local.partition('+')[0]}{at}{domain}"


def find_sender(addresses: Iterable[str], identities: Sequence[Identity]) -> tuple[Identity, str] | None:
    """The sender that the surest of these addresses belongs to, and that address; among equals the first."""
    best: tuple[int, Identity, str] | None = None
    for addr in addresses:
        for identity in identities:
            how = belongs(addr, identity)
            if how is not None and (best is None or how < best[0]):
                best = (how, identity, addr)
    return best[1:] if best else None


def came_to(message: Message, identities: Sequence[Identity]) -> tuple[Identity, str] | None:
    """The sender that a mail came to, and the very address: by To, Cc and the delivery headers, or From for one's own."""
    envelope = message.envelope
    if is_from_me(envelope, identities):
        places = [_addrs(envelope.sender + envelope.from_)]
    else:
        delivered = [
            one.addr for name in DELIVERED for value in message.headers.all(name)[:20] for one in parse_addresses(value)[:20]
        ]
        places = [_addrs(envelope.to), _addrs(envelope.cc), delivered, _addrs(envelope.bcc), _addrs(envelope.from_)]
    for addresses in places:
        if found := find_sender(addresses, identities):
            return found
    return None


def is_from_me(envelope: Envelope, identities: Sequence[Identity]) -> bool:
    """Whether a mail is one's own and went to others."""
    from_me = any(is_own(one.addr, identities) for one in envelope.from_ + envelope.sender)
    return from_me and any(not is_own(one.addr, identities) for one in envelope.to)


def _addrs(addresses: Iterable[Address]) -> list[str]:
    return [one.addr for one in addresses if one.addr]
