"""Whether a mail server keeps filters (Sieve, by ManageSieve): asked where an account is tested, and never a failure."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from typing import Any

from accounts.deadline import Deadline
from accounts.dial import Endpoint, Resolver, ascii_host, endpoint_of, is_address
from accounts.discovery.names import DomainNames, Names, ordered
from accounts.discovery.srv import is_below
from accounts.probe import Check, open_talk
from accounts.sieve_talk import PORT, SieveTalk
from core.errors import CorreioError
from core.secret import Secret
from core.settings import Server, checks

SECONDS = 5.0
"""A firewall that drops the question is not waited for."""
_NOBODY = (
    *("connection-refused", "connection-timeout", "connection-closed", "network-unreachable", "unknown-host"),
    *("names-unanswered", "proxy-refused"),
)
"""Errors that say that nobody is there, and not that somebody is who cannot be used."""


def ask_filters(
    server: Server, secret: Secret | None, report: Callable[[Check], None],
    *, domain: str = "", names: Names | None = None, port: int = PORT, seconds: float = SECONDS, resolver: Resolver | None = None,
) -> Check:  # fmt: skip
    """Ask the server for filters of an IMAP account, the way that the account goes and as it is trusted; encrypted unless the
    account is not.

    `domain`: of the account's address; where its DNS names a server (_sieve._tcp, RFC 5804 §1.8) that one is asked, else the
    host of the account on `port`. One that belongs neither to the account nor to the domain is greeted, but sees no password:
    only DNS vouches for it (RFC 6186 §6).

    The check is `ok` (values: `product`, and `foreign` for such a server), or `absent` with a `reason`: filters-none,
    filters-unusable (`why`: the error as JSON). All have the `port`.
    """
    security = "none" if server.security == "none" else "starttls"
    deadline = Deadline(seconds)
    host, port = _where(server, domain, names or DomainNames(), port, deadline.sooner(seconds / 2))
    foreign = host != server.host and not is_below(host, ascii_host(domain).lower())
    if foreign:
        secret = None
    name = Endpoint(host, port).name
    values: dict[str, Any] = {"port": port}
    report(Check("sieve", "filters", "running", name, values=values))
    try:
        endpoint = replace(endpoint_of(server), host=host, port=port, security=security)
        talk = open_talk("sieve", endpoint, deadline, resolver)
        try:
            values["foreign"] = foreign
            values["product"] = talk.told("IMPLEMENTATION") if isinstance(talk, SieveTalk) else ""
            if server.auth and secret is not None:
                values["method"] = talk.log_in(server.user, secret, server.method)
            talk.close()
        finally:
            talk.line.close()
    except CorreioError as error:
        values["reason"] = "filters-none" if error.id in _NOBODY else "filters-unusable"
        values["why"] = error.as_json()
    check = Check("sieve", "filters", "absent" if "reason" in values else "ok", name, values=values)
    report(check)
    return check


def _where(server: Server, domain: str, names: Names, port: int, deadline: Deadline) -> tuple[str, int]:
    """Host and port to ask. A bridge on this machine stands for the domain's servers; and behind a proxy DNS is not asked from
    here: it would tell others what the proxy hides.
    """
    if not domain or server.proxy or server.host == "localhost" or is_address(server.host):
        return server.host, port
    with suppress(CorreioError):
        for one in ordered(names.services(f"_sieve._tcp.{ascii_host(domain).lower()}", deadline)):
            if one.host not in ("", ".") and checks.host(one.host) == "" and 0 < one.port < 65536:
                return one.host, one.port
    return server.host, port
