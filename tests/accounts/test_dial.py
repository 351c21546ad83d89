"""Dialling: addresses, trust, deadlines, and a name for everything that goes wrong."""

from __future__ import annotations

import contextlib
import os
import socket
import ssl
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from accounts.deadline import Deadline
from accounts.dial import (
    Addresses,
    Endpoint,
    ascii_host,
    dial,
    endpoint_of,
    is_address,
    network_error,
    resolve,
    upgrade,
)
from core.errors import NetworkError, TLSError
from core.settings import Server
from tests.servers.authority import Authority, Certificate
from tests.servers.scripted import Deed, ScriptedServer, Step

HELLO = Step(None, b"hello\r\n")
OTHER = "sha256:" + "0" * 64


@contextlib.contextmanager
def serving(certificate: Certificate) -> Iterator[ScriptedServer]:
    with ScriptedServer([HELLO], certificate=certificate, tls=True) as server:
        yield server


def to_loopback(host: str, port: int) -> Addresses:
    return [(socket.AF_INET, ("127.0.0.1", port))]


def test_tls_with_a_certificate_of_a_trusted_authority(authority: Authority) -> None:
    with serving(authority.certificate()) as server:
        endpoint = Endpoint("localhost", server.port, trust=str(authority.file))
        with dial(endpoint, 30.0) as sock:
            assert isinstance(sock, ssl.SSLSocket)
            assert sock.recv(5) == b"hello"
            assert sock.version() in ("TLSv1.2", "TLSv1.3")
            assert 0 < (sock.gettimeout() or 0) <= 30


def test_a_name_that_is_not_in_the_certificate(authority: Authority) -> None:
    certificate = authority.certificate("mail.example.org")
    with serving(certificate) as server:
        endpoint = Endpoint("imap.example.org", server.port, trust=str(authority.file))
        with pytest.raises(TLSError) as caught:
            dial(endpoint, 30.0, to_loopback)
    assert caught.value.id == "certificate-name"
    assert (caught.value.values["fingerprint"], caught.value.values["names"]) == (certificate.fingerprint, "mail.example.org")
    assert caught.value.values["server"] == f"imap.example.org:{server.port}"


def test_the_given_name_is_checked_whatever_the_resolver_says(authority: Authority) -> None:
    with serving(authority.certificate("imap.example.org")) as server:
        endpoint = Endpoint("imap.example.org", server.port, trust=str(authority.file))
        dial(endpoint, 30.0, to_loopback).close()


def test_an_address_is_checked_as_an_address(authority: Authority) -> None:
    with serving(authority.certificate("localhost")) as server, pytest.raises(TLSError) as caught:
        dial(Endpoint("127.0.0.1", server.port, trust=str(authority.file)), 30.0)
    assert caught.value.id == "certificate-name"


def test_an_authority_that_nobody_knows(authority: Authority) -> None:
    certificate = authority.certificate()
    with serving(certificate) as server, pytest.raises(TLSError) as caught:
        dial(Endpoint("localhost", server.port), 30.0)
    assert (caught.value.id, caught.value.values["fingerprint"]) == (
        "certificate-untrusted",
        certificate.fingerprint,
    )


def test_a_certificate_out_of_date(authority: Authority) -> None:
    with serving(authority.certificate(expired=True)) as server, pytest.raises(TLSError) as caught:
        dial(Endpoint("localhost", server.port, trust=str(authority.file)), 30.0)
    assert caught.value.id == "certificate-expired"


def test_a_pinned_certificate_counts_whatever_its_name_and_date(authority: Authority) -> None:
    certificate = authority.certificate("other.example.org", expired=True)
    pin = ":".join(certificate.fingerprint[at : at + 2].upper() for at in range(0, 64, 2))
    with serving(certificate) as server:
        dial(Endpoint("localhost", server.port, trust=f"sha256:{pin}"), 30.0).close()


def test_a_good_certificate_that_is_not_the_pinned_one(authority: Authority) -> None:
    certificate = authority.certificate()
    with serving(certificate) as server, pytest.raises(TLSError) as caught:
        dial(Endpoint("localhost", server.port, trust=OTHER), 30.0)
    assert (caught.value.id, caught.value.values["fingerprint"]) == (
        "certificate-pin-differs",
        certificate.fingerprint,
    )


def test_errors_ignored(authority: Authority) -> None:
    with serving(authority.certificate("other.example.org", expired=True)) as server:
        dial(Endpoint("localhost", server.port, trust="ignore"), 30.0).close()


@pytest.mark.parametrize("content", [None, "no certificate"])
def test_a_trust_file_that_cannot_be_used(tmp_path: Path, authority: Authority, content: str | None) -> None:
    file = tmp_path / "ca.pem"
    if content is not None:
        file.write_text(content)
    with serving(authority.certificate()) as server, pytest.raises(TLSError) as caught:
        dial(Endpoint("localhost", server.port, trust=str(file)), 30.0)
    assert (caught.value.id, caught.value.values["file"]) == ("trust-file-unreadable", str(file))


def test_a_changed_trust_file_is_read_again(tmp_path: Path, authority: Authority) -> None:
    (tmp_path / "other").mkdir()
    other = Authority(tmp_path / "other")
    with serving(authority.certificate()) as server:
        endpoint = Endpoint("localhost", server.port, trust=str(other.file))
        with pytest.raises(TLSError):
            dial(endpoint, 30.0)
        other.file.write_bytes(authority.file.read_bytes())
        # A coarse clock could give both versions the same time.
        os.utime(other.file, (1, 1))
        dial(endpoint, 30.0).close()


def test_an_old_tls_is_refused(authority: Authority) -> None:
    context = authority.certificate().context()
    context.maximum_version = ssl.TLSVersion.TLSv1_2
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]

        def serve() -> None:
            line, _ = listener.accept()
            with contextlib.suppress(OSError), context.wrap_socket(line, server_side=True):
                pass

        threading.Thread(target=serve, daemon=True).start()
        with pytest.raises(TLSError) as caught:
            dial(Endpoint("localhost", port, trust=str(authority.file), min_tls="1.3"), 30.0)
    assert caught.value.id == "tls-handshake"


def test_a_server_without_tls_where_tls_is_expected() -> None:
    with ScriptedServer([Step(None, b"* OK ready\r\n")]) as server, pytest.raises(TLSError) as caught:
        dial(Endpoint("localhost", server.port), 30.0)
    assert (caught.value.id, caught.value.values["reason"]) == ("tls-handshake", "WRONG_VERSION_NUMBER")


@pytest.mark.parametrize("deed", [Deed.CLOSE, Deed.RESET])
def test_a_server_that_hangs_up_during_the_handshake(deed: Deed) -> None:
    with ScriptedServer([Step(None, b"", deed)]) as server, pytest.raises(NetworkError) as caught:
        dial(Endpoint("localhost", server.port), 30.0)
    assert caught.value.id in ("tls-handshake", "connection-closed")


def test_a_server_that_never_answers_the_handshake() -> None:
    with ScriptedServer([Step(None, b"", Deed.HANG)]) as server, pytest.raises(NetworkError) as caught:
        dial(Endpoint("localhost", server.port), 0.2)
    assert caught.value.id == "connection-timeout"


def test_starttls_checks_as_tls_does(authority: Authority) -> None:
    script = [Step(None, b"hello\r\n"), Step("start", b"go\r\n", Deed.TLS), Step("again", b"safe\r\n")]
    with ScriptedServer(script, certificate=authority.certificate("mail.example.org")) as server:
        endpoint = Endpoint("mail.example.org", server.port, "starttls", str(authority.file))
        sock = dial(endpoint, 30.0, to_loopback)
        assert sock.recv(7) == b"hello\r\n"
        sock.sendall(b"start\r\n")
        assert sock.recv(4) == b"go\r\n"
        with upgrade(sock, endpoint) as safe:
            safe.sendall(b"again\r\n")
            assert safe.recv(6) == b"safe\r\n"
        wrong = Endpoint("imap.example.org", server.port, "starttls", str(authority.file))
        sock = dial(wrong, 30.0, to_loopback)
        assert sock.recv(7) == b"hello\r\n"
        sock.sendall(b"start\r\n")
        assert sock.recv(4) == b"go\r\n"
        with pytest.raises(TLSError) as caught:
            upgrade(sock, wrong, 30.0)
    assert caught.value.id == "certificate-name"
    assert sock.fileno() == -1


def test_nobody_listens() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    with pytest.raises(NetworkError) as caught:
        dial(Endpoint("127.0.0.1", port, "none"), 30.0)
    assert caught.value.id == "connection-refused"


def unknown(host: str, port: int) -> Addresses:
    raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")


def nothing(host: str, port: int) -> Addresses:
    return []


@pytest.mark.parametrize("resolver", [unknown, nothing])
def test_a_name_without_addresses(resolver: object) -> None:
    with pytest.raises(NetworkError) as caught:
        dial(Endpoint("nowhere.example.org", 993), 30.0, resolver)  # type: ignore[arg-type]
    assert (caught.value.id, caught.value.values["host"]) == ("unknown-host", "nowhere.example.org")


def test_a_resolver_that_hangs_does_not_hold_us() -> None:
    over = threading.Event()

    def hang(host: str, port: int) -> Addresses:
        over.wait(60)
        return []

    with pytest.raises(NetworkError) as caught:
        dial(Endpoint("slow.example.org", 993), 0.1, hang)
    over.set()
    assert caught.value.id == "names-unanswered"


def test_a_dead_first_address_does_not_keep_from_the_second() -> None:
    """A full backlog answers nothing, as a black hole does; the good address joins the race beside it."""
    with socket.socket() as hole, ScriptedServer([HELLO]) as server:
        hole.bind(("127.0.0.1", 0))
        hole.listen(0)
        stuck = [socket.socket() for _ in range(4)]
        for one in stuck:
            one.setblocking(False)
            one.connect_ex(hole.getsockname())

        def both(host: str, port: int) -> Addresses:
            return [(socket.AF_INET, hole.getsockname()), (socket.AF_INET, ("127.0.0.1", server.port))]

        with dial(Endpoint("x.example.org", 1, "none"), 30.0, both) as sock:
            assert sock.recv(5) == b"hello"
        for one in stuck:
            one.close()


def test_a_refused_address_makes_way_for_the_next_at_once() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        closed = listener.getsockname()
    with ScriptedServer([HELLO]) as server:

        def both(host: str, port: int) -> Addresses:
            return [(socket.AF_INET, closed), (socket.AF_INET, ("127.0.0.1", server.port))]

        with dial(Endpoint("x.example.org", 1, "none"), 30.0, both) as sock:
            assert sock.recv(5) == b"hello"


def test_families_take_turns() -> None:
    six, four = socket.AF_INET6, socket.AF_INET

    def many(host: str, port: int) -> Addresses:
        return [(six, 1), (six, 2), (six, 3), (four, 4), (four, 5)]

    found = resolve(Endpoint("x", 1), Deadline(30), many)
    assert [address for _, address in found] == [1, 4, 2, 5, 3]


@pytest.mark.parametrize(
    ("host", "wanted"),
    [
        ("imap.example.org.", "imap.example.org"),
        ("[::1]", "::1"),
        ("Bücher.example", "xn--bcher-kva.example"),
        ("例え.テスト", "xn--r8jz45g.xn--zckzah"),
    ],
)
def test_hosts_as_dns_wants_them(host: str, wanted: str) -> None:
    assert ascii_host(host) == wanted


def test_a_host_that_is_no_name() -> None:
    with pytest.raises(NetworkError) as caught:
        ascii_host("ü" * 80 + ".example")
    assert caught.value.id == "unknown-host"


def test_small_things() -> None:
    server = Server(kind="imap", host="::1", security="starttls", trust="ignore", min_tls="1.3")
    assert endpoint_of(server) == Endpoint("::1", 143, "starttls", "ignore", "1.3")
    assert endpoint_of(server).name == "[::1]:143"
    assert is_address("[::1]")
    assert is_address("127.0.0.1")
    assert not is_address("localhost")
    assert network_error("x:1", EOFError()).id == "connection-closed"
    assert network_error("x:1", TimeoutError()).id == "connection-timeout"
    assert network_error("x:1", ConnectionResetError(104, "reset")).id == "connection-closed"
