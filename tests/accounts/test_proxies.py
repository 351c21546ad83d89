"""Servers behind proxies of each kind, for each protocol: reached, and their certificates checked by their own names."""

from __future__ import annotations

import shlex
import socket
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from msgspec.structs import replace

from accounts import one_click
from accounts.caldav import CalendarServer
from accounts.deadline import Deadline
from accounts.dial import Endpoint, dial, endpoint_of
from accounts.elasticemail import ElasticEmailOutgoing
from accounts.oauth import OAuth
from accounts.probe import test_account as try_account
from accounts.proxies import Way
from accounts.remote_images import load_images
from accounts.sharing import WebDav
from accounts.smtp import SmtpOutgoing
from core.errors import CorreioError, NetworkError, TLSError
from core.paths import find_home
from core.secret import Secret
from core.settings.links import Links
from core.settings.schema import Calendar, Credential, Proxy, Server
from tests.accounts.imap.conftest import place_on
from tests.accounts.mail_place import letter, open_store, stored
from tests.accounts.outgoing_contract import FIRST, SECONDS, SENDER, WIRE
from tests.accounts.pop3.conftest import account_on, drop_on, kept, on_server
from tests.servers.authority import Authority
from tests.servers.dovecot import Dovecot
from tests.servers.gateway import Gateway
from tests.servers.providers import KEY, ProviderSink
from tests.servers.smtp import PASSWORD, USER, SmtpSink
from tests.servers.web import WebSink, says
from tui.sentences import sentence
from tui.wiring import Wiring

HIDDEN = "mail.hidden.example"
"""A name that only the proxy can look up."""
KINDS = ("socks5", "http", "command")
CAT = """
import socket, sys, threading, os
line = socket.create_connection(("127.0.0.1", int(sys.argv[2])))
assert sys.argv[1] in ("mail.hidden.example", "localhost"), sys.argv
def back():
    while data := line.recv(65536):
        os.write(1, data)
    os._exit(0)
threading.Thread(target=back, daemon=True).start()
while data := os.read(0, 65536):
    line.sendall(data)
"""
MakeWay = Callable[..., Way]


@pytest.fixture
def way(tmp_path: Path) -> Iterator[MakeWay]:
    """Makes ways of each kind; `made.gateway` is the proxy."""
    with ExitStack() as closing:

        def make(kind: str, user: str = "", password: str = "", real: str = "") -> Way:
            if kind == "command":
                script = tmp_path / "gateway.py"
                script.write_text(CAT)
                command = shlex.join([sys.executable, "-S", "-E", str(script)]) + " %h %p"
                return Way(Proxy(name="way", kind=kind, command=command), Secret(""))
            gateway = closing.enter_context(Gateway({HIDDEN: "127.0.0.1"}, user, real or password))
            make.gateway = gateway  # type: ignore[attr-defined]
            return Way(Proxy(name="way", kind=kind, host="localhost", port=gateway.port, user=user), Secret(password))

        yield make


def through(server: Server, way: Way) -> Server:
    return replace(server, host=HIDDEN, proxy="way", through=way)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("security", ["tls", "starttls"])
def test_smtp_and_the_name_of_its_certificate(
    kind: str, security: str, way: MakeWay, make_smtp: Callable[..., SmtpSink], authority: Authority
) -> None:
    sink = make_smtp(security, certificate=authority.certificate(HIDDEN))
    server = Server(kind="smtp", host="localhost", port=sink.port, security=security, trust=str(authority.file), user=USER)
    found = way(kind)
    assert SmtpOutgoing(through(server, found), Secret(PASSWORD)).send(WIRE, SENDER, [FIRST], SECONDS).state == "sent"
    wrong = make_smtp(security, certificate=authority.certificate("mail.other.example"))
    with pytest.raises(TLSError) as caught:
        SmtpOutgoing(through(replace(server, port=wrong.port), found), Secret(PASSWORD)).send(WIRE, SENDER, [FIRST], SECONDS)
    assert caught.value.id == "certificate-name"
    assert wrong.seen["AUTH"] == 0


@pytest.mark.parametrize("kind", KINDS)
def test_imap_and_pop3(kind: str, way: MakeWay, dovecot: Dovecot, tmp_path: Path) -> None:
    found = way(kind)
    place = place_on(dovecot)
    place.put(letter())
    place.way = replace(place.settings, proxy="way", through=found)
    db = open_store(tmp_path)
    incoming = place.incoming(db)
    assert incoming.sync().new == 1
    assert stored(db) == place.mails()
    incoming.close()
    db.close()
    drop = drop_on(dovecot)
    drop.put(letter())
    (tmp_path / "other").mkdir()
    db = open_store(tmp_path / "other")
    assert drop.pop3 is not None
    assert account_on(db, replace(drop.pop3, proxy="way", through=found), drop.password).sync().new == 1
    assert kept(db) == on_server(drop)
    with pytest.raises(CorreioError) as caught:
        account_on(db, replace(through(drop.pop3, found), trust=str(dovecot.authority.file)), drop.password).sync()
    assert caught.value.id == "certificate-name", "the certificate is for localhost"
    db.close()


@pytest.mark.parametrize("kind", KINDS)
def test_https(kind: str, way: MakeWay, authority: Authority) -> None:
    with ProviderSink(authority) as sink:
        server = Server(kind="elasticemail", host=sink.host, port=sink.port, trust=str(authority.file))
        right = ElasticEmailOutgoing(replace(server, proxy="way", through=way(kind)), Secret(KEY))
        assert right.send(WIRE, SENDER, [FIRST], SECONDS).state == "sent"
        with pytest.raises(TLSError) as caught:
            ElasticEmailOutgoing(through(server, way(kind)), Secret(KEY)).send(WIRE, SENDER, [FIRST], SECONDS)
        assert caught.value.id == "certificate-name"


@pytest.mark.parametrize("kind", ["socks5", "http"])
def test_a_proxy_with_a_password_and_remote_names(kind: str, way: MakeWay, make_smtp: Callable[..., SmtpSink]) -> None:
    sink = make_smtp("none")
    right = way(kind, "me", "canary-of-the-proxy")
    dial(Endpoint(HIDDEN, sink.port, "none", through=right), 30.0).close()
    assert way.gateway.asked == [(kind, HIDDEN, sink.port)]  # type: ignore[attr-defined]
    with pytest.raises(NetworkError) as caught:
        dial(Endpoint(HIDDEN, sink.port, "none", through=way(kind, "me", "canary-of-the-proxy", real="other")), 30.0)
    assert caught.value.id == "proxy-login-refused"
    assert "canary" not in str(caught.value) + repr(right)
    with pytest.raises(NetworkError) as caught:
        dial(Endpoint(HIDDEN, sink.port, "none", through=way(kind, "", "", real="")), 0.0)
    assert caught.value.id == "connection-timeout"


@pytest.mark.parametrize("kind", ["socks5", "http"])
def test_what_goes_wrong_on_the_way(kind: str, way: MakeWay, authority: Authority, make_smtp: Callable[..., SmtpSink]) -> None:
    with pytest.raises(NetworkError) as caught:
        dial(Endpoint("nowhere.example", 25, "none", through=way(kind)), 30.0)
    assert caught.value.id == "proxy-refused"
    senseless = make_smtp("none")
    with pytest.raises(NetworkError) as caught:
        wrong = Way(Proxy(name="way", kind=kind, host="localhost", port=senseless.port), Secret(""))
        dial(Endpoint(HIDDEN, 25, "none", through=wrong), 30.0)
    assert caught.value.id in ("proxy-senseless", "proxy-refused")
    gone = Way(Proxy(name="way", kind=kind, host="localhost", port=1), Secret(""))
    with pytest.raises(NetworkError) as caught:
        dial(Endpoint(HIDDEN, 25, "none", through=gone), 30.0)
    assert caught.value.id == "proxy-unreachable"


def test_a_proxy_that_says_nothing_is_named_not_the_server_behind_it() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        way = Way(Proxy(name="way", kind="socks5", host="localhost", port=silent.getsockname()[1]), Secret(""))
        with pytest.raises(NetworkError) as caught:
            dial(Endpoint(HIDDEN, 993, "tls", through=way), 0.5)
    assert caught.value.id == "proxy-silent" and caught.value.values["proxy"] == "way"
    assert sentence(caught.value).startswith(f"The proxy way on the way to {HIDDEN}:993 does not answer.")


@pytest.mark.parametrize(
    ("command", "id", "says"),
    [
        ("/nonexistent/ssh -W %h:%p x", "proxy-command-failed", "cannot be run: No such file or directory"),
        ("false %h", "proxy-command-ended", "ended with status 1 before mail.hidden.example:993 was reached."),
        ("sh -c 'echo warning >&2; echo Permission denied. >&2; exit 255'", "proxy-command-ended", "reached: Permission denied"),
        ("true", "tls-handshake", ""),
    ],
)
def test_a_command_that_fails_tells_why(command: str, id: str, says: str) -> None:
    found = Way(Proxy(name="way", kind="command", command=command), Secret(""))
    with pytest.raises(NetworkError) as caught:
        dial(Endpoint(HIDDEN, 993, "tls", through=found), Deadline(30.0))
    assert caught.value.id in (id, "connection-closed" if not says else id)
    assert says in sentence(caught.value)


def test_a_server_with_a_proxy_is_never_reached_directly() -> None:
    with pytest.raises(NetworkError) as caught:
        endpoint_of(Server(kind="smtp", host="localhost", port=25, proxy="way"))
    assert caught.value.id == "proxy-unknown"


def test_the_test_of_an_account_goes_the_same_way(way: MakeWay, make_smtp: Callable[..., SmtpSink], authority: Authority) -> None:
    sink = make_smtp("tls", certificate=authority.certificate(HIDDEN))
    server = Server(kind="smtp", host=HIDDEN, port=sink.port, trust=str(authority.file), user=USER)
    outcome = try_account(None, through(server, way("socks5")), Secret(PASSWORD), lambda check: None)
    assert outcome.ok, outcome.error


@pytest.mark.parametrize("kind", ["socks5", "http"])
def test_everything_on_the_web_goes_the_same_way(kind: str, way: MakeWay, authority: Authority, tmp_path: Path) -> None:
    found, trust = way(kind), str(authority.file)
    with WebSink(authority, says(200, b'{"device_code": "x", "verification_uri": "https://x.example"}'), HIDDEN) as web:
        port = web.resolver(HIDDEN, 0)[0][1][1]
        url = f"https://{HIDDEN}:{port}/"
        calendar = CalendarServer(Calendar(url=url, trust=trust), Secret(""), through=found)
        with pytest.raises(CorreioError):
            calendar.find("one@example.net")
        WebDav(Links(url=url, trust=trust), Secret(""), through=found).upload("a.txt", b"text", 1)
        credential = Credential(name="x", oauth="generic", client_id="x", device_url=url, trust=trust)
        OAuth(credential, through=found).begin_device()
        one_click.leave(url, trust=trust, through=found)
        (image,) = load_images([url], trust=trust, through=found)
        assert image.error is not None and image.error.id == "not-an-image"
        verbs = [head.split()[0] for head, _fields, _body in web.requests]
        assert verbs == ["REPORT", "HEAD", "DELETE", "PUT", "POST", "POST", "GET"]
        assert way.gateway.asked == [(kind, HIDDEN, port)] * len(verbs)  # type: ignore[attr-defined]
        for own in ("localhost", "127.0.0.1", "printer", "nas.local", "[::1]", "10.0.0.1", "127.1", "0x7f.1", "0177.0.0.1"):
            with pytest.raises(NetworkError, match="not-public"):
                one_click.leave(f"https://{own}:{port}/", through=found)
        (image,) = load_images([f"https://127.0.0.1:{port}/"], through=found)
        assert image.error is not None and image.error.id == "not-public" and len(web.requests) == len(verbs)


def test_settings_name_the_way_of_each(tmp_path: Path) -> None:
    home = find_home({"CORREIO_HOME": str(tmp_path), "XDG_RUNTIME_DIR": str(tmp_path)})
    home.make()
    home.settings_file.write_text(
        '[[proxy]]\nname = "office"\nhost = "127.0.0.1"\nport = 1\n[sync]\nproxy = "office"\n'
        '[calendar]\nurl = "https://dav.example.org/"\nproxy = "office"\n'
        '[links]\nurl = "https://dav.example.org/"\nproxy = "office"\n'
        '[[credential]]\nname = "c"\noauth = "google"\nclient_id = "x"\nproxy = "office"\n'
    )
    wiring = Wiring(home)
    credential = wiring.settings().credential("c")
    for one in (wiring.calendar(), wiring.sharer(), wiring.oauth(credential, Secret(""))):
        assert one._through.name == "office"  # type: ignore[union-attr]
    assert [one.error.id for one in wiring.load_images(["https://x.example/"], plain=False) if one.error] == ["proxy-unreachable"]
    home.settings_file.write_text(home.settings_file.read_text().replace('proxy = "office"', 'proxy = "gone"', 1))
    assert [one.error.id for one in wiring.load_images(["https://x.example/"], plain=False) if one.error] == ["no-proxy"]
