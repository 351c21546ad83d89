"""Addresses that a mail named are looked for in the public network only: what a stranger writes must not reach one's own."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterator
from contextlib import contextmanager

from accounts.dial import Addresses, Resolver
from core.errors import CorreioError, NetworkError
from core.link_target import read_target

_OWN = frozenset({"localhost", "localdomain", "local", "internal", "intranet", "private", "corp", "lan", "home", "arpa"})
"""Top-level names of one's own network (RFC 6761, 6762 and its appendix G, 8375)."""
_TRANSLATED = ipaddress.IPv6Network("64:ff9b::/96")


class PublicAddresses:
    """A resolver that leaves out the addresses of private networks."""

    def __init__(self, resolver: Resolver) -> None:
        self._resolver = resolver
        self._hidden = ""
        """A host all of whose addresses were left out."""

    def __call__(self, host: str, port: int) -> Addresses:
        found = self._resolver(host, port)
        kept = [one for one in found if is_public(str(one[1][0]))]
        if found and not kept:
            self._hidden = host
        return kept

    @contextmanager
    def told(self) -> Iterator[None]:
        """What fails within because a host has no public address is NetworkError `not-public`."""
        try:
            yield
        except CorreioError as error:
            if self._hidden:
                raise NetworkError("not-public", server=self._hidden, answer="") from error
            raise


def is_public(address: str) -> bool:
    """Whether an IP address is one machine of the public network."""
    try:
        found = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return False
    if isinstance(found, ipaddress.IPv6Address):
        if found.is_site_local:
            return False
        # What a translator or a relay makes of it in the end (RFC 6052, 3056).
        inner = ipaddress.IPv4Address(int(found) & 0xFFFFFFFF) if found in _TRANSLATED else found.sixtofour
        if inner is not None and not is_public(str(inner)):
            return False
    return found.is_global and not found.is_multicast


def looks_public(host: str) -> bool:
    """Whether a host that a proxy will look up may be one of the public network: an address is, a name with a dot can be."""
    bare = host.strip("[]").rstrip(".").lower()
    # Also `127.1` and `0x7f.1`, which are addresses for whoever looks them up.
    number = read_target(f"https://{bare}/").number or bare
    last = bare.rpartition(".")[2]
    if ":" in bare or number != bare or last.isdigit() or last.startswith("0x"):
        return is_public(number)
    return "." in bare and last not in _OWN
