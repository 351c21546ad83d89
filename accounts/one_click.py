"""Leaving a mailing list with one request (RFC 8058), when the user has said so."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import structs

from accounts.deadline import Deadline
from accounts.dial import Resolver, system_addresses
from accounts.https import post
from accounts.public_addresses import PublicAddresses

if TYPE_CHECKING:
    from accounts.proxies import Way

FORM = b"List-Unsubscribe=One-Click"
PATIENCE = 30.0
"""Seconds for everything together."""


def leave(
    uri: str, *, resolver: Resolver = system_addresses, trust: str = "system", patience: float = PATIENCE,
    through: Way | None = None,
) -> None:  # fmt: skip
    """Send the request to an https address that a mail gave, with nothing in it that tells who asks.

    Hosts of the own network are not asked: a mail must not reach what strangers cannot. Raises NetworkError
    `not-public`, and as `accounts.https.post` does; ServerRefused `http-redirect` means that nobody knows.
    """
    if through is not None:
        post(uri, FORM, Deadline(patience), trust=trust, through=structs.replace(through, for_strangers=True))
        return
    public = PublicAddresses(resolver)
    with public.told():
        post(uri, FORM, Deadline(patience), resolver=public, trust=trust)
