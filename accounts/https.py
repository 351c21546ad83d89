"""Fetching small pages and images over https, dialled like everything else."""

from __future__ import annotations

import http.client
from collections.abc import Iterator
from contextlib import contextmanager
from typing import NamedTuple
from urllib.parse import urljoin, urlsplit

from msgspec import Struct

from accounts.deadline import Deadline, guarded
from accounts.dial import Endpoint, Resolver, ascii_host, dial, network_error
from core.errors import NetworkError, ProtocolError, ServerRefused

ACCEPT = "text/xml, */*"
LIMIT = 256 * 1024
REDIRECTS = 3


class Fetched(Struct, frozen=True):
    """What stands behind an address."""

    address: str
    """Where it was found after redirects."""
    type: str
    """What the server calls it, in lower case, without parameters."""
    data: bytes


def get(url: str, deadline: Deadline, *, resolver: Resolver | None = None, trust: str = "system", limit: int = LIMIT) -> bytes:
    """The body behind an https address, at most `limit` bytes.

    Follows three redirects, to https only. Raises NetworkError or TLSError as `dial` does, ServerRefused
    `http-status` (`code`), ProtocolError `not-https`, `page-too-long`, `too-many-redirects`, `bad-answer`.
    """
    return fetch(url, deadline, resolver=resolver, trust=trust, limit=limit).data


def fetch(
    url: str, deadline: Deadline, *, resolver: Resolver | None = None, trust: str = "system", limit: int = LIMIT,
    accept: str = ACCEPT, plain: bool = False,
) -> Fetched:  # fmt: skip
    """As `get`, with its type and where it was found. `accept`: the types that are asked for; `plain`: http will do too.

    No cookie, no referrer, nothing that tells who asks.
    """
    for _ in range(REDIRECTS + 1):
        answer = _ask(_Request(url, resolver, trust, accept, plain), deadline, limit)
        if isinstance(answer, Fetched):
            return answer
        url = urljoin(url, answer)
    raise ProtocolError("too-many-redirects", server=urlsplit(url).hostname, answer=url)


def post(
    url: str, form: bytes, deadline: Deadline, *, resolver: Resolver | None = None, trust: str = "system"
) -> None:
    """Send a form to an https address. No cookie, no referrer; what it answers beside its status is not read.

    Redirects are not followed. Raises as `get` does, ServerRefused `http-redirect` (`code`) for one.
    """
    with _asked(_Request(url, resolver, trust), deadline, form) as (answer, endpoint):
        if 300 <= answer.status < 400:
            raise ServerRefused("http-redirect", server=endpoint.name, answer=answer.reason, code=answer.status)
        if not 200 <= answer.status < 300:
            raise ServerRefused("http-status", server=endpoint.name, answer=answer.reason, code=answer.status)


class _Request(NamedTuple):
    url: str
    resolver: Resolver | None
    trust: str
    accept: str = ACCEPT
    plain: bool = False
    """Whether http is spoken where the address says so."""


def _ask(request: _Request, deadline: Deadline, limit: int) -> Fetched | str:
    """What stands there, or the address that the server sends us to."""
    with _asked(request, deadline) as (answer, endpoint):
        if 300 <= answer.status < 400 and (target := answer.getheader("Location")):
            return target
        if answer.status != 200:
            raise ServerRefused("http-status", server=endpoint.name, answer=answer.reason, code=answer.status)
        if (answer.length or 0) > limit:
            raise ProtocolError("page-too-long", server=endpoint.name, answer="")
        body = answer.read(limit + 1)
        if len(body) <= limit and answer.length:
            raise ProtocolError("bad-answer", server=endpoint.name, answer="cut off")
    if len(body) > limit:
        raise ProtocolError("page-too-long", server=endpoint.name, answer="")
    return Fetched(request.url, answer.headers.get_content_type().lower(), body)


@contextmanager
def _asked(
    request: _Request, deadline: Deadline, form: bytes | None = None
) -> Iterator[tuple[http.client.HTTPResponse, Endpoint]]:
    """The answer to one request, its head read; what goes wrong inside becomes an error of ours."""
    endpoint, path = _parts(request)
    sock = dial(endpoint, deadline, request.resolver)
    connection = http.client.HTTPConnection(endpoint.host, endpoint.port)
    connection.sock = sock
    headers = _headers(endpoint, request.accept)
    if form is not None:
        headers["Content-Type"] = "application/x-www-form-urlencoded"
    try:
        with guarded(sock, deadline.left(endpoint.name), endpoint.name):
            connection.request("GET" if form is None else "POST", path, body=form, headers=headers)
            yield connection.getresponse(), endpoint
    except OSError as error:
        raise network_error(endpoint.name, error) from error
    except http.client.HTTPException as error:
        raise ProtocolError("bad-answer", server=endpoint.name, answer=type(error).__name__) from error
    finally:
        connection.close()


def _headers(endpoint: Endpoint, accept: str) -> dict[str, str]:
    usual = endpoint.port == (443 if endpoint.security == "tls" else 80)
    return {"Host": endpoint.host if usual else endpoint.name, "User-Agent": "Correio", "Accept": accept, "Connection": "close"}


def _parts(request: _Request) -> tuple[Endpoint, str]:
    url = request.url
    try:
        parts = urlsplit(url)
        plain = request.plain and parts.scheme == "http"
        host, port = ascii_host(parts.hostname or ""), parts.port or (80 if plain else 443)
    except ValueError as error:
        raise ProtocolError("bad-answer", server="", answer=url[:200]) from error
    if not (parts.scheme == "https" or plain) or not host:
        raise ProtocolError("not-https", server=host, answer=url[:200])
    path = parts.path or "/"
    target = f"{path}?{parts.query}" if parts.query else path
    if not target.isascii() or any(letter <= " " or letter == "\x7f" for letter in target):
        raise NetworkError("unknown-host", server=host, host=host, answer=url[:200])
    return Endpoint(host, port, "none" if plain else "tls", request.trust), target
