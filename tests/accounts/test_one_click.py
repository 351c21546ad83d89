"""One-click unsubscribing: one bare request over verified https, and nothing else, whatever the server does."""

from __future__ import annotations

from http.server import BaseHTTPRequestHandler

import pytest

from accounts import one_click, public_addresses
from core.errors import CorreioError, NetworkError, ServerRefused
from tests.servers.authority import Authority
from tests.servers.web import HOST, WebSink, says

URI = f"https://{HOST}/leave?u=42&l=tide"


@pytest.fixture
def reachable(monkeypatch: pytest.MonkeyPatch) -> None:
    """Loopback counts as the public network."""
    monkeypatch.setattr(public_addresses, "is_public", lambda address: True)


def leave(web: WebSink, authority: Authority, uri: str = URI, patience: float = 30.0) -> None:
    one_click.leave(uri, resolver=web.resolver, trust=str(authority.file), patience=patience)


def wrong(web: WebSink, authority: Authority, **more: float) -> CorreioError:
    with web, pytest.raises(CorreioError) as caught:
        leave(web, authority, **more)
    return caught.value


@pytest.mark.usefixtures("reachable")
def test_the_request(authority: Authority) -> None:
    with WebSink(authority, says(200, b"bye", Set_Cookie="id=7")) as web:
        leave(web, authority)
        leave(web, authority)
    head, headers, body = web.requests[1]
    assert head == "POST /leave?u=42&l=tide HTTP/1.1"
    assert body == b"List-Unsubscribe=One-Click"
    assert headers["Content-Type"] == "application/x-www-form-urlencoded"
    assert set(headers) == {"Host", "Content-Length", "Content-Type", "User-Agent", "Accept", "Connection", "Accept-Encoding"}


@pytest.mark.usefixtures("reachable")
@pytest.mark.parametrize("status", [202, 204])
def test_other_ways_of_saying_yes(authority: Authority, status: int) -> None:
    with WebSink(authority, says(status)) as web:
        leave(web, authority)


@pytest.mark.usefixtures("reachable")
@pytest.mark.parametrize("target", [f"http://{HOST}/done", f"https://{HOST}/done", "/done"])
@pytest.mark.parametrize("status", [302, 307])
def test_redirects_are_not_followed(authority: Authority, status: int, target: str) -> None:
    web = WebSink(authority, says(status, Location=target))
    error = wrong(web, authority)
    assert (type(error), error.id, error.values["code"]) == (ServerRefused, "http-redirect", status)
    assert len(web.requests) == 1


@pytest.mark.usefixtures("reachable")
@pytest.mark.parametrize("status", [500, 404, 403])
def test_a_refusal(authority: Authority, status: int) -> None:
    error = wrong(WebSink(authority, says(status)), authority)
    assert (error.id, error.values["code"]) == ("http-status", status)


@pytest.mark.usefixtures("reachable")
def test_a_server_that_says_nothing_is_given_up(authority: Authority) -> None:
    def silent(sink: WebSink, line: BaseHTTPRequestHandler) -> None:
        sink.ended.wait(30)

    error = wrong(WebSink(authority, silent), authority, patience=0.5)
    assert (type(error), error.id) == (NetworkError, "connection-timeout")


@pytest.mark.usefixtures("reachable")
def test_of_an_endless_answer_only_the_head_is_read(authority: Authority) -> None:
    def endless(sink: WebSink, line: BaseHTTPRequestHandler) -> None:
        says(200, b"", Content_Type="text/plain")(sink, line)
        while not sink.ended.is_set():
            line.wfile.write(b"x" * 65536)  # until the other side hangs up

    def endless_head(sink: WebSink, line: BaseHTTPRequestHandler) -> None:
        line.wfile.write(b"HTTP/1.1 200 OK\r\n")
        while not sink.ended.is_set():
            line.wfile.write(b"X-More: " + b"x" * 60_000 + b"\r\n")

    with WebSink(authority, endless) as web:
        leave(web, authority)
    assert wrong(WebSink(authority, endless_head), authority).id == "bad-answer"


@pytest.mark.usefixtures("reachable")
def test_a_certificate_for_somebody_else(authority: Authority) -> None:
    web = WebSink(authority, says(200), name="else.example.org")
    assert wrong(web, authority).id == "certificate-name"
    assert web.requests == []


@pytest.mark.usefixtures("reachable")
def test_a_certificate_that_nobody_vouches_for(authority: Authority) -> None:
    with WebSink(authority, says(200)) as web, pytest.raises(CorreioError) as caught:
        one_click.leave(URI, resolver=web.resolver)
    assert caught.value.id.startswith("certificate-")
    assert web.requests == []


def test_the_own_network_and_plain_http_are_never_asked(authority: Authority) -> None:
    with WebSink(authority, says(200)) as web:
        for uri, id in ((URI, "not-public"), ("https://127.0.0.1/x", "not-public"), (f"http://{HOST}/x", "not-https")):
            with pytest.raises(CorreioError) as caught:
                leave(web, authority, uri)
            assert caught.value.id == id
    assert web.requests == []


@pytest.mark.parametrize(
    ("address", "public"),
    [
        ("93.184.215.14", True), ("2606:2800:21f:cb07::1", True), ("127.0.0.1", False), ("10.1.2.3", False),
        ("192.168.1.1", False), ("169.254.169.254", False), ("::1", False), ("fe80::1%eth0", False), ("fd00::1", False),
        ("::ffff:127.0.0.1", False), ("nonsense", False),
    ],
)  # fmt: skip
def test_which_addresses_are_public(address: str, public: bool) -> None:
    assert public_addresses.is_public(address) is public
