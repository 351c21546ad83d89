"""Fetching small pages and images over https, dialled like everything else."""

from __future__ import annotations

import contextlib
import http.client
import socket
from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING, NamedTuple, Protocol, runtime_checkable
from urllib.parse import urljoin, urlsplit

from msgspec import Struct

from accounts.deadline import Deadline, guarded
from accounts.dial import Endpoint, Resolver, ascii_host, dial, network_error
from core.errors import NetworkError, ProtocolError, ServerRefused

if TYPE_CHECKING:
    from accounts.proxies import Way

ACCEPT = "text/xml, */*"
LIMIT = 256 * 1024
FORM = {"Content-Type": "application/x-www-form-urlencoded"}
REDIRECTS = 3


@runtime_checkable
class Stream(Protocol):
    """A body that is read while it goes out; its length stands in the header."""

    def read(self, size: int = -1, /) -> bytes:
        """The next bytes, none at the end. What it raises passes through."""


Body = bytes | Stream
Ready = Callable[[socket.socket], None]
"""Hears of the connection before anything goes out over it."""


class Answer(Struct, frozen=True):
    """What a server answered."""

    status: int
    reason: str
    headers: Mapping[str, str]
    """Names in lower case; of fields that come several times one."""
    body: bytes
    server: str


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
    accept: str = ACCEPT, plain: bool = False, through: Way | None = None,
) -> Fetched:  # fmt: skip
    """As `get`, with its type and where it was found. `accept`: the types that are asked for; `plain`: http will do too.

    No cookie, no referrer, nothing that tells who asks.
    """
    for _ in range(REDIRECTS + 1):
        answer = _ask(_Place(url, resolver, trust, plain, through), deadline, limit, accept)
        if isinstance(answer, Fetched):
            return answer
        url = urljoin(url, answer)
    raise ProtocolError("too-many-redirects", server=urlsplit(url).hostname, answer=url)


def post(
    url: str, form: bytes, deadline: Deadline, *, resolver: Resolver | None = None, trust: str = "system",
    through: Way | None = None,
) -> None:  # fmt: skip
    """Send a form to an https address. No cookie, no referrer; what it answers beside its status is not read.

    Redirects are not followed. Raises as `get` does, ServerRefused `http-redirect` (`code`) for one.
    """
    with _asked("POST", _Place(url, resolver, trust, through=through), deadline, form, FORM) as (answer, endpoint):
        if 300 <= answer.status < 400:
            raise ServerRefused("http-redirect", server=endpoint.name, answer=answer.reason, code=answer.status)
        if not 200 <= answer.status < 300:
            raise ServerRefused("http-status", server=endpoint.name, answer=answer.reason, code=answer.status)


def request(
    method: str, url: str, deadline: Deadline, *, body: Body = b"", headers: Mapping[str, str] | None = None,
    resolver: Resolver | None = None, trust: str = "system", limit: int = LIMIT, through: Way | None = None,
    ready: Ready = lambda sock: None,
) -> Answer:  # fmt: skip
    """One request to an https address, whatever the server answers to it; redirects are not followed.

    `body`: bytes, or what they are read from (`headers` then has Content-Length).

    `ready` is given the socket when it is connected, before anything goes out; what it raises passes through.
    Raises as `get` does, but for `http-status`.
    """
    place = _Place(url, resolver, trust, through=through, ready=ready)
    with _asked(method, place, deadline, body, headers or {}) as (answer, endpoint):
        found = answer.read(limit + 1)
        if len(found) > limit:
            raise ProtocolError("page-too-long", server=endpoint.name, answer="")
        if answer.length:
            raise ProtocolError("bad-answer", server=endpoint.name, answer="cut off")
        told = {name.lower(): value for name, value in answer.getheaders()}
        return Answer(answer.status, answer.reason, told, found, endpoint.name)


class _Place(NamedTuple):
    """An address, and how one gets there."""

    url: str
    resolver: Resolver | None
    trust: str
    plain: bool = False
    """Whether http is spoken where the address says so."""
    through: Way | None = None
    ready: Ready = lambda sock: None


def _ask(place: _Place, deadline: Deadline, limit: int, accept: str) -> Fetched | str:
    """What stands there, or the address that the server sends us to."""
    with _asked("GET", place, deadline, None, {"Accept": accept}) as (answer, endpoint):
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
    return Fetched(place.url, answer.headers.get_content_type().lower(), body)


@contextlib.contextmanager
def _asked(
    method: str, place: _Place, deadline: Deadline, body: Body | None = None, more: Mapping[str, str] | None = None
) -> Iterator[tuple[http.client.HTTPResponse, Endpoint]]:
    """The answer to one request, its head read; what goes wrong inside becomes an error of ours."""
    endpoint, path = _parts(place)
    sock = dial(endpoint, deadline, place.resolver)
    connection = http.client.HTTPConnection(endpoint.host, endpoint.port)
    connection.sock = sock
    headers = {**_headers(endpoint), **(more or {})}
    try:
        place.ready(sock)
        with guarded(sock, deadline.left(endpoint.name), endpoint.name):
            try:
                connection.request(method, path, body=body, headers=headers)
            except (BrokenPipeError, ConnectionResetError):
                if not isinstance(body, Stream):
                    raise
                # A server that does not want so much says why before it has it all.
            # The answer keeps the line open by itself, and an error that is kept keeps the answer.
            with contextlib.closing(connection.getresponse()) as answer:
                yield answer, endpoint
    except OSError as error:
        raise network_error(endpoint.name, error) from error
    except http.client.HTTPException as error:
        raise ProtocolError("bad-answer", server=endpoint.name, answer=type(error).__name__) from error
    finally:
        connection.close()


def _headers(endpoint: Endpoint) -> dict[str, str]:
    host = endpoint.host if endpoint.port == (443 if endpoint.security == "tls" else 80) else endpoint.name
    return {"Host": host, "User-Agent": "Correio", "Accept": ACCEPT, "Connection": "close"}


def _parts(place: _Place) -> tuple[Endpoint, str]:
    url = place.url
    try:
        parts = urlsplit(url)
        plain = place.plain and parts.scheme == "http"
        host, port = ascii_host(parts.hostname or ""), parts.port or (80 if plain else 443)
    except ValueError as error:
        raise ProtocolError("bad-answer", server="", answer=url[:200]) from error
    if not (parts.scheme == "https" or plain) or not host:
        raise ProtocolError("not-https", server=host, answer=url[:200])
    path = parts.path or "/"
    target = f"{path}?{parts.query}" if parts.query else path
    if not target.isascii() or any(letter <= " " or letter == "\x7f" for letter in target):
        raise NetworkError("unknown-host", server=host, host=host, answer=url[:200])
    return Endpoint(host, port, "none" if plain else "tls", place.trust, through=place.through), target
