"""Whether a mail server keeps filters (Sieve, by ManageSieve): asked where an account is tested, and never a failure."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from accounts.deadline import Deadline
from accounts.dial import Endpoint, Resolver, endpoint_of
from accounts.probe import Check, open_talk
from accounts.sieve_talk import PORT, SieveTalk
from core.errors import CorreioError
from core.secret import Secret
from core.settings import Server

SECONDS = 5.0
"""A firewall that drops the question is not waited for."""
_NOBODY = (
    *("connection-refused", "connection-timeout", "connection-closed", "network-unreachable", "unknown-host"),
    *("names-unanswered", "proxy-refused"),
)
"""Errors that say that nobody is there, and not that somebody is who cannot be used."""


def ask_filters(
    server: Server, secret: Secret | None, report: Callable[[Check], None],
    *, port: int = PORT, seconds: float = SECONDS, resolver: Resolver | None = None,
) -> Check:  # fmt: skip
    """Ask the host of an IMAP account, the way that the account goes and as it is trusted; encrypted unless the account is not.

    The check is `ok` (values: `product`), or `absent` with a `reason`: filters-none, filters-unusable (`why`: the error as
    JSON). All have the `port`.
    """
    security = "none" if server.security == "none" else "starttls"
    name = Endpoint(server.host, port).name
    values: dict[str, Any] = {"port": port}
    report(Check("sieve", "filters", "running", name, values=values))
    try:
        endpoint = replace(endpoint_of(server), port=port, security=security)
        talk = open_talk("sieve", endpoint, Deadline(seconds), resolver)
        try:
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
