"""Leaving a mailing list with one request (RFC 8058), when the user has said so."""

from __future__ import annotations

import ipaddress

from accounts.deadline import Deadline
from accounts.dial import Addresses, Resolver, system_addresses
from accounts.https import post
from core.errors import CorreioError, NetworkError

FORM = b"List-Unsubscribe=One-Click"
PATIENCE = 30.0
"""Seconds for everything together."""


def leave(uri: str, *, resolver: Resolver = system_addresses, trust: str = "system", patience: float = PATIENCE) -> None:
    """Send the request to an https address that a mail gave, with nothing in it that tells who asks.

    Hosts of the own network are not asked: a mail must not reach what strangers cannot. Raises NetworkError
    `not-public`, and as `accounts.https.post` does; ServerRefused `http-redirect` means that nobody knows.
    """
    hidden: list[str] = []

    def public(host: str, port: int) -> Addresses:
        found = resolver(host, port)
        kept = [one for one in found if is_public(str(one[1][0]))]
        if found and not kept:
            hidden.append(host)
        return kept

    try:
        post(uri, FORM, Deadline(patience), resolver=public, trust=trust)
    except CorreioError as error:
        if hidden:
            raise NetworkError("not-public", server=hidden[0], answer="") from error
        raise


def is_public(address: str) -> bool:
    """Whether an IP address is one of the public network."""
    try:
        return ipaddress.ip_address(address.partition("%")[0]).is_global
    except ValueError:
        return False
