"""Servers that keep filters: found, spoken to as the account is, and honest where there are none."""

from __future__ import annotations

import socket

import pytest
from msgspec.structs import replace

from accounts.deadline import Deadline
from accounts.dial import Addresses
from accounts.discovery.names import Service
from accounts.filters_offer import ask_filters
from accounts.probe import Check
from accounts.proxies import Way
from core.errors import NetworkError
from core.secret import Secret
from core.settings import Server
from core.settings.server import Proxy
from tests.servers.authority import Authority
from tests.servers.dovecot import Dovecot
from tests.servers.gateway import Gateway
from tests.servers.mailbox import Mailbox
from tests.servers.scripted import Deed, ScriptedServer, Step
from tui.sentences import check_label, check_sentence

WORD = Secret("canary-secret")


def nobody(check: Check) -> None:
    """Nobody listens to the steps."""


@pytest.fixture
def there(mailbox: Mailbox, authority: Authority) -> Server:
    """The account's own server."""
    return Server(kind="imap", host="localhost", user=mailbox.user, trust=str(authority.file))


def test_a_real_server_over_tls_and_through_a_proxy(dovecot: Dovecot, mailbox: Mailbox, there: Server) -> None:
    heard: list[Check] = []
    check = ask_filters(there, Secret(mailbox.password), heard.append, port=dovecot.ports.sieve, seconds=30.0)
    assert (check.state, check.values["method"]) == ("ok", "plain")
    assert "Pigeonhole" in check.values["product"]
    assert [one.state for one in heard] == ["running", "ok"]
    assert check_label(check) == "Sieve filters on localhost"
    assert f"offered on port {dovecot.ports.sieve}, Dovecot" in check_sentence(check)
    wrong = ask_filters(there, Secret("wrong"), nobody, port=dovecot.ports.sieve, seconds=30.0)
    assert (wrong.state, wrong.values["reason"], wrong.values["why"]["id"]) == ("absent", "filters-unusable", "login-refused")
    other = replace(there, trust="system")
    assert ask_filters(other, WORD, nobody, port=dovecot.ports.sieve).values["why"]["id"] == "certificate-untrusted"
    with Gateway({}) as proxy:
        way = Way(Proxy(name="gateway", kind="socks5", host=proxy.host, port=proxy.port), Secret(""))
        through = replace(there, proxy="gateway", through=way)
        assert ask_filters(through, Secret(mailbox.password), nobody, port=dovecot.ports.sieve, seconds=30.0).state == "ok"
        assert proxy.asked


GREETING = b'"IMPLEMENTATION" "x"\r\n"SASL" "PLAIN LOGIN"\r\n%sOK "ready"\r\n'


@pytest.mark.parametrize(
    ("script", "security", "id"),
    [
        ([Step(None, b"220 hello\r\n")], "tls", "not-sieve"),
        ([Step(None, b'BYE "too many"\r\n')], "tls", "greeting-refused"),
        ([Step(None, GREETING % b"")], "tls", "starttls-missing"),
        ([Step(None, GREETING % b'"STARTTLS"\r\n'), Step("^STARTTLS", b'NO "not now"\r\n')], "tls", "starttls-refused"),
        ([Step(None, GREETING % b"")], "none", "login-refused"),
        ([Step(None, b'"X"\r\n' * 3000)], "none", "too-many-lines"),
        ([Step(None, b'"X" {9999999}\r\n')], "tls", "line-too-long"),
        ([Step(None, GREETING % b""), Step("^AUTH", b'NO (TRYLATER) {5}\r\nlater\r\n')], "none", "login-unavailable"),
    ],
)  # fmt: skip
def test_odd_servers_and_no_password_in_clear(script: list[Step], security: str, id: str) -> None:
    last = Step("^AUTH", b'NO "who?"\r\n')
    with ScriptedServer([*script, last], otherwise=b"") as server:
        there = Server(kind="imap", host="localhost", user="me", security=security)
        check = ask_filters(there, WORD, nobody, port=server.port, seconds=20.0)
        assert check.values["why"]["id"] == id
        assert security == "none" or not any(b"AUTH" in line for line in server.lines)
        assert "unusable" not in check_sentence(check)
        assert "but not usable: " in check_sentence(check)


class Dns:
    """Answers for one domain."""

    def __init__(self, *services: Service) -> None:
        self.found, self.asked = list(services), list[str]()

    def services(self, name: str, deadline: Deadline) -> list[Service]:
        """The servers for filters."""
        self.asked.append(name)
        if not self.found:
            raise NetworkError("names-unanswered", server="DNS", host=name, answer="")
        return self.found

    def exchangers(self, domain: str, deadline: Deadline) -> list[str]:
        """Nobody."""
        return []


def here(host: str, port: int) -> Addresses:
    """Every name is this machine."""
    return [(socket.AF_INET, ("127.0.0.1", port))]


def test_the_domain_names_its_server(dovecot: Dovecot, mailbox: Mailbox, there: Server) -> None:
    at, away = dovecot.ports.sieve, replace(there, host="imap.example.net", trust="ignore")

    def ask(server: Server, names: Dns) -> Check:
        word = Secret(mailbox.password)
        return ask_filters(server, word, nobody, domain="Example.org", names=names, port=at, seconds=30.0, resolver=here)

    check = ask(away, named := Dns(Service("later.example.org", 1, 2), Service("sieve.example.org", at, 1)))
    assert named.asked == ["_sieve._tcp.example.org"]
    assert (check.server, check.values["method"]) == (f"sieve.example.org:{at}", "plain")
    # Only DNS says that this one belongs to the account: it is greeted, and sees no password.
    check = ask(away, Dns(Service("sieve.example.com", at)))
    assert check.state == "ok" and "method" not in check.values and "log-in not tried" in check_sentence(check)
    for none in (Dns(), Dns(Service("", 0))):
        assert ask(away, none).server == f"imap.example.net:{at}" and none.asked
    for other in (there, replace(away, proxy="gateway")):
        ask(other, named)
    assert len(named.asked) == 1, "a bridge on this machine, or behind a proxy: nobody else is asked"


def test_nobody_there() -> None:
    with ScriptedServer([Step(None, b"", Deed.CLOSE)]) as server:
        port = server.port
        there = Server(kind="imap", host="localhost", user="me")
        assert ask_filters(there, WORD, nobody, port=port, seconds=20.0).values["reason"] == "filters-none"
    check = ask_filters(there, WORD, nobody, port=port, seconds=20.0)
    assert (check.state, check.values["reason"]) == ("absent", "filters-none")
    assert check_sentence(check) == f"Sieve filters on localhost: not offered on port {port}"
