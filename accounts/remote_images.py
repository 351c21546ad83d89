"""Loading the remote images of a mail, when the user has said so: bounded in number, size, type and time.

Over https (http only where that is allowed), with no cookie and no referrer, never from a machine of the own network.
"""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

from msgspec import Struct, structs

from accounts.deadline import Deadline
from accounts.dial import Resolver, system_addresses
from accounts.https import fetch
from accounts.public_addresses import PublicAddresses
from core.errors import CorreioError, ProtocolError
from core.link_target import ascii_target, read_target
from core.picture_size import PictureSize, picture_size

if TYPE_CHECKING:
    from accounts.proxies import Way

ACCEPT = "image/png, image/jpeg, image/gif, image/webp"
"""SVG is a program, and loads more: it is not asked for and not taken."""
MOST = 100
"""Images of one mail; the others are left out."""
MOST_BYTES = 3_000_000
"""Of one image."""
MOST_TOGETHER = 30_000_000
PATIENCE = 10.0
"""Seconds for one image."""
PATIENCE_TOGETHER = 30.0
_AT_ONCE = 4


class Loaded(Struct, frozen=True):
    """An image that was loaded, or why it was not."""

    address: str
    """As it stands in the mail."""
    data: bytes = b""
    size: PictureSize | None = None
    error: CorreioError | None = None


def load_images(
    addresses: Sequence[str], *, plain: bool = False, resolver: Resolver = system_addresses, trust: str = "system",
    patience: float = PATIENCE_TOGETHER, through: Way | None = None,
) -> list[Loaded]:  # fmt: skip
    """Load images, in the order of `addresses`; each has its data or an error.

    `plain`: speak http where an address says so; else https is tried in its place. Errors are those of
    `accounts.https.fetch`, NetworkError `not-public`, ProtocolError `not-an-image` and `too-many-images`. Never raises.
    """
    deadline = Deadline(patience)
    budget = [MOST_TOGETHER]
    way = structs.replace(through, for_strangers=True) if through is not None else None

    def one(address: str) -> Loaded:
        try:
            most = min(MOST_BYTES, budget[0])
            loaded = _load(address, deadline.sooner(PATIENCE), resolver, trust, plain=plain, most=most, through=way)
        except CorreioError as error:
            return Loaded(address, error=error)
        budget[0] = max(budget[0] - len(loaded.data), 0)
        return loaded

    chosen = list(dict.fromkeys(addresses))
    with ThreadPoolExecutor(_AT_ONCE, "remote image") as pool:
        found = list(pool.map(one, chosen[:MOST]))
    return found + [Loaded(one, error=ProtocolError("too-many-images", server=read_target(one).host)) for one in chosen[MOST:]]


def _load(
    address: str, deadline: Deadline, resolver: Resolver, trust: str, *, plain: bool, most: int, through: Way | None
) -> Loaded:
    public = PublicAddresses(resolver)
    url = ascii_target(address)
    if url[:5].lower() == "http:" and not plain:
        url = f"https:{url[5:]}"
    with public.told():
        # A proxy looks names up by itself; its own name is nobody's secret.
        names = public if through is None else None
        answer = fetch(url, deadline, resolver=names, trust=trust, limit=most, accept=ACCEPT, plain=plain, through=through)
    size = picture_size(answer.data)
    if size is None or not answer.type.startswith("image/"):
        raise ProtocolError("not-an-image", server=read_target(answer.address).host, answer=answer.type)
    return Loaded(address, answer.data, size)
