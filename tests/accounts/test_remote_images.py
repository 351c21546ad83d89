"""Remote images: asked for politely and without a trace of who asks, and only what is an image, small and public is taken."""

from __future__ import annotations

import socket
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler

import pytest

from accounts import public_addresses, remote_images
from accounts.dial import Addresses
from accounts.remote_images import Loaded, load_images
from core.picture_size import PictureSize
from tests.core.test_picture_size import GIF, png
from tests.servers.authority import Authority
from tests.servers.web import HOST, WebSink, says

ADDRESS = f"https://{HOST}/boat.png"
Answer = Callable[[WebSink, BaseHTTPRequestHandler], None]


@pytest.fixture
def reachable(monkeypatch: pytest.MonkeyPatch) -> None:
    """Loopback counts as the public network."""
    monkeypatch.setattr(public_addresses, "is_public", lambda address: True)


def image(data: bytes, **headers: str) -> Answer:
    """An answer with an image."""
    return says(200, data, **{"Content_Type": "image/png", **headers})


def by_path(answers: dict[str, Answer]) -> Answer:
    """Another answer for each path."""
    return lambda sink, line: answers[line.path](sink, line)


def load(web: WebSink, authority: Authority, *addresses: str, patience: float = 30.0, plain: bool = False) -> list[Loaded]:
    return load_images(addresses or (ADDRESS,), plain=plain, resolver=web.resolver, trust=str(authority.file), patience=patience)


def wrong(web: WebSink, authority: Authority, address: str = ADDRESS, patience: float = 30.0) -> str:
    with web:
        (loaded,) = load(web, authority, address, patience=patience)
    assert loaded.error is not None and loaded.data == b"" and loaded.size is None
    return loaded.error.id


@pytest.mark.usefixtures("reachable")
def test_the_request_tells_nothing_of_who_asks(authority: Authority) -> None:
    with WebSink(authority, image(png(6, 4), Set_Cookie="id=7")) as web:
        first, second = load(web, authority, f"{ADDRESS}?a=1#here", f"{ADDRESS}?a=2")
    assert (first.data, first.size, first.error) == (png(6, 4), PictureSize("image/png", 6, 4), None)
    assert second.data == png(6, 4)
    assert sorted(head for head, _headers, _body in web.requests) == [f"GET /boat.png?a={n} HTTP/1.1" for n in (1, 2)]
    for _head, headers, body in web.requests:
        assert set(headers) == {"Host", "User-Agent", "Accept", "Connection", "Accept-Encoding"}
        assert (headers["User-Agent"], headers["Host"], body) == ("Correio", HOST, b"")


@pytest.mark.usefixtures("reachable")
@pytest.mark.parametrize(
    ("answer", "id"),
    [
        (image(b"<svg xmlns='http://www.w3.org/2000/svg'/>", Content_Type="image/svg+xml"), "not-an-image"),
        (image(b"<html>", Content_Type="text/html"), "not-an-image"),
        (image(GIF, Content_Type="text/html"), "not-an-image"),
        (image(b""), "not-an-image"),
        (image(b"x" * 3_000_001), "page-too-long"),
        (says(404, GIF), "http-status"),
        (says(302, Location="http://lists.example.org/x"), "not-https"),
        (says(302, Location="file:///etc/passwd"), "not-https"),
        (says(302, Location=ADDRESS), "too-many-redirects"),
    ],
)
def test_what_is_not_taken(authority: Authority, answer: Answer, id: str) -> None:
    assert wrong(WebSink(authority, answer), authority) == id


@pytest.mark.usefixtures("reachable")
def test_an_endless_image_and_a_silent_server_are_given_up(authority: Authority) -> None:
    def endless(sink: WebSink, line: BaseHTTPRequestHandler) -> None:
        line.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Type: image/png\r\n\r\n")
        while not sink.ended.is_set():
            line.wfile.write(b"x" * 65536)  # until the other side hangs up

    def silent(sink: WebSink, line: BaseHTTPRequestHandler) -> None:
        sink.ended.wait(30)

    assert wrong(WebSink(authority, endless), authority) == "page-too-long"
    assert wrong(WebSink(authority, silent), authority, patience=0.5) == "connection-timeout"


@pytest.mark.usefixtures("reachable")
def test_one_that_fails_does_not_keep_the_others(authority: Authority) -> None:
    answers = by_path({"/a": image(GIF), "/b": says(500), "/c": image(png(2, 2))})
    with WebSink(authority, answers) as web:
        found = load(web, authority, *(f"https://{HOST}/{name}" for name in "abca"))
    assert [(one.address[-1], one.error.id if one.error else "", len(one.data) > 0) for one in found] == [
        ("a", "", True), ("b", "http-status", False), ("c", "", True),
    ]  # fmt: skip


@pytest.mark.usefixtures("reachable")
def test_http_is_https_unless_http_is_allowed(authority: Authority) -> None:
    with WebSink(authority, image(GIF)) as web:
        (loaded,) = load(web, authority, f"http://{HOST}/a")
        assert loaded.data == GIF
    with WebSink(authority, image(GIF)) as web:
        (loaded,) = load(web, authority, f"http://{HOST}/a", plain=True)
        assert loaded.error is not None and not web.requests  # this server speaks https only


@pytest.mark.usefixtures("reachable")
def test_there_is_an_end_to_their_number(authority: Authority, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(remote_images, "MOST", 2)
    with WebSink(authority, image(GIF)) as web:
        found = load(web, authority, *(f"https://{HOST}/{n}" for n in range(4)))
    assert [one.error.id if one.error else "" for one in found] == ["", "", "too-many-images", "too-many-images"]
    assert len(web.requests) == 2


PRIVATE = ("127.0.0.1", "10.0.0.7", "192.168.1.1", "169.254.169.254", "::1", "fd00::1", "::ffff:127.0.0.1")


@pytest.mark.parametrize("private", PRIVATE)
def test_machines_of_the_own_network_are_not_asked(authority: Authority, private: str) -> None:
    def resolver(host: str, port: int) -> Addresses:
        return [(socket.AF_INET6 if ":" in private else socket.AF_INET, (private, 9))]

    (loaded,) = load_images([ADDRESS], resolver=resolver)
    assert loaded.error is not None and loaded.error.id == "not-public"


def test_a_redirect_to_the_own_network_is_not_followed(authority: Authority, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(public_addresses, "is_public", lambda address: address == "127.0.0.1")
    with WebSink(authority, says(302, Location="https://router.example/admin?reboot")) as web:

        def resolver(host: str, port: int) -> Addresses:
            return web.resolver(host, port) if host == HOST else [(socket.AF_INET, ("192.168.1.1", 443))]

        (loaded,) = load_images([ADDRESS], resolver=resolver, trust=str(authority.file))
    assert loaded.error is not None and (loaded.error.id, loaded.error.values["server"]) == ("not-public", "router.example")


@pytest.mark.parametrize(
    "address", ["ftp://a.example/x.png", "file:///etc/passwd", "https://", "x", "https://[", "https://a.example:x/"]
)
def test_odd_addresses_are_not_asked(address: str) -> None:
    def resolver(host: str, port: int) -> Addresses:
        raise AssertionError(host)

    (loaded,) = load_images([address], resolver=resolver)
    assert loaded.error is not None
