"""Addresses that a mail named are looked for in the public network only: what a stranger writes must not reach one's own."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterator
from contextlib import contextmanager

from accounts.dial import Addresses, Resolver
from core.errors import CorreioError, NetworkError

_OWN = frozenset({"localhost", "local", "internal", "lan", "home", "arpa"})
"""Top-level names of one's own network (RFC 6761, 6762, 8375)."""


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
    """Whether an IP address is one of the public network."""
    try:
        return ipaddress.ip_address(address.partition("%")[0]).is_global
    except ValueError:
        return False


def looks_public(host: str) -> bool:
    """Whether a host that a proxy will look up may be one of the public network: an address is, a name with a dot can be."""
    bare = host.strip("[]").rstrip(".").lower()
    try:
        return ipaddress.ip_address(bare.partition("%")[0]).is_global
    except ValueError:
        return "." in bare and bare.rpartition(".")[2] not in _OWN
