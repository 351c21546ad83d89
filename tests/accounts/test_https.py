"""Small pages come over verified https only, bounded in size, redirects and time."""

from __future__ import annotations

import socket
from collections.abc import Callable

import pytest

from accounts.deadline import Deadline
from accounts.dial import Addresses
from accounts.https import get
from core.errors import CorreioError, NetworkError, ServerRefused
from tests.servers.authority import Authority
from tests.servers.scripted import Deed, ScriptedServer, Step

Page = Callable[..., ScriptedServer]


def answer(status: str, body: bytes = b"", *headers: str) -> list[Step]:
    head = "\r\n".join([f"HTTP/1.1 {status}", f"Content-Length: {len(body)}", *headers, "", ""])
    return [Step("^$", head.encode() + body, Deed.CLOSE)]


def fetch(server: ScriptedServer, authority: Authority, url: str = "https://example.org/a?b=c", limit: int = 1000) -> bytes:
    def here(host: str, port: int) -> Addresses:
        assert port == 443
        return [(socket.AF_INET, ("127.0.0.1", server.port))]

    return get(url, Deadline(30), resolver=here, trust=str(authority.file), limit=limit)


@pytest.fixture
def web(authority: Authority) -> Callable[..., ScriptedServer]:
    def make(*scripts: list[Step]) -> ScriptedServer:
        certificate = authority.certificate("example.org", "www.example.org")
        # Lines of the request that are not the last one get no answer.
        return ScriptedServer(scripts[0], *scripts[1:], certificate=certificate, tls=True, otherwise=b"")

    return make


def test_a_page(web: Page, authority: Authority) -> None:
    with web(answer("200 OK", b"<xml/>")) as server:
        assert fetch(server, authority) == b"<xml/>"
        assert server.lines[0] == b"GET /a?b=c HTTP/1.1"
        assert b"Host: example.org" in server.lines


def test_a_redirect_is_followed(web: Page, authority: Authority) -> None:
    moved = answer("301 Moved", b"", "Location: https://www.example.org/there")
    with web(moved, answer("302 Found", b"", "Location: /x?y"), answer("200 OK", b"here")) as server:
        assert fetch(server, authority) == b"here"
        assert [line for line in server.lines if line.startswith(b"GET")] == [
            b"GET /a?b=c HTTP/1.1",
            b"GET /there HTTP/1.1",
            b"GET /x?y HTTP/1.1",
        ]


@pytest.mark.parametrize(
    ("target", "id"),
    [
        ("http://example.org/", "not-https"),
        ("ftp://example.org/", "not-https"),
        ("https://other.example/", "certificate-name"),
        ("https://example.org:x/", "bad-answer"),
        ("/a", "too-many-redirects"),
    ],
)
def test_redirects_that_are_not_followed(web: Page, authority: Authority, target: str, id: str) -> None:
    with web(answer("302 Found", b"", f"Location: {target}")) as server, pytest.raises(CorreioError) as caught:
        fetch(server, authority)
    assert caught.value.id == id


def test_pages_that_are_not_there_too_long_or_nonsense(web: Page, authority: Authority) -> None:
    with web(answer("404 Not Found")) as server, pytest.raises(ServerRefused) as refused:
        fetch(server, authority)
    assert (refused.value.id, refused.value.values["code"]) == ("http-status", 404)
    for script, id in (
        (answer("200 OK", b"x" * 1001), "page-too-long"),
        ([Step("^$", b"* OK imap\r\n", Deed.CLOSE)], "bad-answer"),
        ([Step("^$", b"HTTP/1.1 200 OK\r\n" + b"a: b\r\n" * 500 + b"\r\n", Deed.CLOSE)], "bad-answer"),
        ([Step("^$", b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nxx", Deed.CLOSE)], "bad-answer"),
        ([Step("^$", b"", Deed.RESET)], "connection-closed"),
    ):
        with web(script) as server, pytest.raises(CorreioError) as caught:
            fetch(server, authority)
        assert caught.value.id == id


def test_plain_http_and_unverified_https_are_never_asked(authority: Authority) -> None:
    with ScriptedServer([], certificate=authority.certificate("else.example.org"), tls=True) as server:
        with pytest.raises(CorreioError) as caught:
            fetch(server, authority, "http://example.org/")
        assert caught.value.id == "not-https"
        assert server.connections == 0
        with pytest.raises(CorreioError) as caught:
            fetch(server, authority)
        assert caught.value.id == "certificate-name"
        assert server.lines == []


def test_an_address_cannot_smuggle_a_header(authority: Authority) -> None:
    with ScriptedServer([]) as server, pytest.raises(CorreioError):
        fetch(server, authority, "https://example.org/a b")
    assert server.connections == 0


def test_a_page_that_drips_is_given_up(web: Page, authority: Authority) -> None:
    def here(host: str, port: int) -> Addresses:
        return [(socket.AF_INET, ("127.0.0.1", server.port))]

    script = [Step("^$", b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nx", Deed.HANG)]
    with web(script) as server, pytest.raises(NetworkError) as caught:
        get("https://example.org/", Deadline(0.5), resolver=here, trust=str(authority.file))
    assert caught.value.id == "connection-timeout"
