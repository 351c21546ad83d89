"""Fetching a small page over https, dialled like everything else."""

from __future__ import annotations

import http.client
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from urllib.parse import urljoin, urlsplit

from msgspec import Struct

from accounts.deadline import Deadline, guarded
from accounts.dial import Endpoint, Resolver, ascii_host, dial, network_error
from core.errors import NetworkError, ProtocolError, ServerRefused

LIMIT = 256 * 1024
FORM = {"Content-Type": "application/x-www-form-urlencoded"}
REDIRECTS = 3


class Answer(Struct, frozen=True):
    """What a server answered."""

    status: int
    reason: str
    headers: Mapping[str, str]
    """Names in lower case; of fields that come several times one."""
    body: bytes
    server: str


def get(url: str, deadline: Deadline, *, resolver: Resolver | None = None, trust: str = "system", limit: int = LIMIT) -> bytes:
    """The body behind an https address, at most `limit` bytes.

    Follows three redirects, to https only. Raises NetworkError or TLSError as `dial` does, ServerRefused
    `http-status` (`code`), ProtocolError `not-https`, `page-too-long`, `too-many-redirects`, `bad-answer`.
    """
    for _ in range(REDIRECTS + 1):
        answer = _ask(url, deadline, resolver, trust, limit)
        if isinstance(answer, bytes):
            return answer
        url = urljoin(url, answer)
    raise ProtocolError("too-many-redirects", server=urlsplit(url).hostname, answer=url)


def post(
    url: str, form: bytes, deadline: Deadline, *, resolver: Resolver | None = None, trust: str = "system"
) -> None:
    """Send a form to an https address. No cookie, no referrer; what it answers beside its status is not read.

    Redirects are not followed. Raises as `get` does, ServerRefused `http-redirect` (`code`) for one.
    """
    with _asked("POST", url, deadline, resolver, trust, form, FORM) as (answer, endpoint):
        if 300 <= answer.status < 400:
            raise ServerRefused("http-redirect", server=endpoint.name, answer=answer.reason, code=answer.status)
        if not 200 <= answer.status < 300:
            raise ServerRefused("http-status", server=endpoint.name, answer=answer.reason, code=answer.status)


def request(
    method: str, url: str, deadline: Deadline, *, body: bytes = b"", headers: Mapping[str, str] | None = None,
    resolver: Resolver | None = None, trust: str = "system", limit: int = LIMIT,
) -> Answer:  # fmt: skip
    """One request to an https address, whatever the server answers to it; redirects are not followed.

    Raises as `get` does, but for `http-status`.
    """
    with _asked(method, url, deadline, resolver, trust, body, headers or {}) as (answer, endpoint):
        found = answer.read(limit + 1)
        if len(found) > limit:
            raise ProtocolError("page-too-long", server=endpoint.name, answer="")
        if answer.length:
            raise ProtocolError("bad-answer", server=endpoint.name, answer="cut off")
        told = {name.lower(): value for name, value in answer.getheaders()}
        return Answer(answer.status, answer.reason, told, found, endpoint.name)


def _ask(url: str, deadline: Deadline, resolver: Resolver | None, trust: str, limit: int) -> bytes | str:
    """The body, or the address that the server sends us to."""
    with _asked("GET", url, deadline, resolver, trust) as (answer, endpoint):
        if 300 <= answer.status < 400 and (target := answer.getheader("Location")):
            return target
        if answer.status != 200:
            raise ServerRefused("http-status", server=endpoint.name, answer=answer.reason, code=answer.status)
        body = answer.read(limit + 1)
        if len(body) <= limit and answer.length:
            raise ProtocolError("bad-answer", server=endpoint.name, answer="cut off")
    if len(body) > limit:
        raise ProtocolError("page-too-long", server=endpoint.name, answer="")
    return body


@contextmanager
def _asked(
    method: str, url: str, deadline: Deadline, resolver: Resolver | None, trust: str, body: bytes | None = None,
    more: Mapping[str, str] | None = None,
) -> Iterator[tuple[http.client.HTTPResponse, Endpoint]]:  # fmt: skip
    """The answer to one request, its head read; what goes wrong inside becomes an error of ours."""
    endpoint, path = _parts(url, trust)
    sock = dial(endpoint, deadline, resolver)
    connection = http.client.HTTPConnection(endpoint.host, endpoint.port)
    connection.sock = sock
    headers = {**_headers(endpoint), **(more or {})}
    try:
        with guarded(sock, deadline.left(endpoint.name), endpoint.name):
            connection.request(method, path, body=body, headers=headers)
            yield connection.getresponse(), endpoint
    except OSError as error:
        raise network_error(endpoint.name, error) from error
    except http.client.HTTPException as error:
        raise ProtocolError("bad-answer", server=endpoint.name, answer=type(error).__name__) from error
    finally:
        connection.close()


def _headers(endpoint: Endpoint) -> dict[str, str]:
    host = endpoint.host if endpoint.port == 443 else endpoint.name
    return {"Host": host, "User-Agent": "Correio", "Accept": "text/xml, */*", "Connection": "close"}


def _parts(url: str, trust: str) -> tuple[Endpoint, str]:
    try:
        parts = urlsplit(url)
        host, port = ascii_host(parts.hostname or ""), parts.port or 443
    except ValueError as error:
        raise ProtocolError("bad-answer", server="", answer=url[:200]) from error
    if parts.scheme != "https" or not host:
        raise ProtocolError("not-https", server=host, answer=url[:200])
    path = parts.path or "/"
    target = f"{path}?{parts.query}" if parts.query else path
    if not target.isascii() or any(letter <= " " or letter == "\x7f" for letter in target):
        raise NetworkError("unknown-host", server=host, host=host, answer=url[:200])
    return Endpoint(host, port, "tls", trust), target
