"""From an address to its servers: every way, their order, their limits, and what is never believed."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable
from dataclasses import dataclass, field

import pytest

from accounts import https
from accounts.deadline import Deadline
from accounts.dial import Addresses, Endpoint
from accounts.discovery import STEPS, Found, Note, Outside, Step, discover, presets
from accounts.discovery.autoconfig import read_autoconfig
from accounts.discovery.names import Service, ordered
from accounts.discovery.presets import by_domain, by_exchanger, providers
from accounts.probe import open_talk
from core.errors import CorreioError, NetworkError, ProtocolError, ServerRefused, UsageError
from core.settings import Server, checks
from tests.servers.authority import Authority
from tests.servers.scripted import Deed, ScriptedServer
from tests.servers.scripted import Step as Turn
from tui.sentences import note_sentence

AUTOCONFIG = """<?xml version="1.0"?>
<clientConfig version="1.1">
  <emailProvider id="example.org">
    <domain>example.org</domain>
    <displayName>Example &amp; Sons</displayName>
    <incomingServer type="pop3"><hostname>pop.example.org</hostname><port>995</port>
      <socketType>SSL</socketType><username>%EMAILADDRESS%</username></incomingServer>
    <incomingServer type="imap"><hostname>plain.example.org</hostname><port>143</port>
      <socketType>plain</socketType><username>%EMAILADDRESS%</username></incomingServer>
    <incomingServer type="imap"><hostname>in.%EMAILDOMAIN%</hostname><port>993</port>
      <socketType>SSL</socketType><username>%EMAILLOCALPART%</username>
      <authentication>password-cleartext</authentication></incomingServer>
    <outgoingServer type="smtp"><hostname>out.example.org</hostname><port>587</port>
      <socketType>STARTTLS</socketType><username>%EMAILADDRESS%</username></outgoingServer>
    <documentation url="https://example.org/help"/>
  </emailProvider>
</clientConfig>
"""


@dataclass
class World:
    """A small outside: what is not in it does not exist."""

    srv: dict[str, list[Service]] = field(default_factory=dict)
    mx: dict[str, list[str]] = field(default_factory=dict)
    pages: dict[str, str] = field(default_factory=dict)
    servers: set[tuple[str, str, int, str]] = field(default_factory=set)
    misnamed: set[str] = field(default_factory=set)
    asked: list[str] = field(default_factory=list)
    hold: threading.Event | None = None
    """Where set, DNS and web answer only after it."""

    def services(self, name: str, deadline: Deadline) -> list[Service]:
        self._wait(deadline)
        return self.srv.get(name, [])

    def exchangers(self, domain: str, deadline: Deadline) -> list[str]:
        self._wait(deadline)
        return self.mx.get(domain, [])

    def fetch(self, url: str, deadline: Deadline) -> bytes:
        self.asked.append(url)
        self._wait(deadline)
        page = self.pages.get(url.partition("?")[0])
        if page is None:
            raise ServerRefused("http-status", server="x", answer="", code=404)
        return page.encode()

    def reach(self, kind: str, endpoint: Endpoint, deadline: Deadline) -> None:
        if (kind, endpoint.host, endpoint.port, endpoint.security) in self.servers:
            return
        id = "certificate-name" if endpoint.host in self.misnamed else "connection-refused"
        raise NetworkError(id, server=endpoint.name, answer="")

    def outside(self) -> Outside:
        return Outside(self, self.fetch, self.reach)

    def _wait(self, deadline: Deadline) -> None:
        if self.hold is not None and not self.hold.wait(deadline.left()):
            raise NetworkError("connection-timeout", server="x", answer="")


def ask(world: World, address: str = "me@example.org", seconds: float = 30, kind: str = "imap") -> tuple[Found, dict[str, Step]]:
    steps: list[Step] = []
    found = discover(address, steps.append, kind=kind, seconds=seconds, outside=world.outside())
    last = {step.name: step for step in steps}
    assert tuple(last) == STEPS
    assert not [step for step in last.values() if step.state == "running"]
    return found, last


def place(server: Server | None) -> tuple[str, int, str, str]:
    assert server is not None
    return server.host, server.port, server.security, server.user


# ---------------------------------------------------------------------- presets


def test_a_known_provider_needs_no_network() -> None:
    world = World()
    found, steps = ask(world, "Ana.Sousa@GMail.com")
    assert (found.source, found.provider, found.sent_copy, found.per_day) == ("presets", "Google", "provider", 500)
    assert place(found.incoming) == ("imap.gmail.com", 993, "tls", "Ana.Sousa@GMail.com")
    assert place(found.outgoing) == ("smtp.gmail.com", 465, "tls", "Ana.Sousa@GMail.com")
    assert [note.id for note in found.notes] == ["app-password"]
    assert found.notes[0].url.startswith("https://")
    assert steps["presets"].state == "ok"
    assert {step.state for name, step in steps.items() if name != "presets"} == {"skipped"}
    assert world.asked == []


def test_the_list_of_providers_is_sound() -> None:
    names = {"Google", "Microsoft Outlook", "Yahoo", "iCloud", "Fastmail", "SAPO", "ContactOffice", "Proton"}
    assert names <= {one.name for one in providers()}
    assert len(providers()) >= 25
    seen: set[str] = set()
    known = {"app-password", "oauth-only", "enable-imap", "bridge", "no-imap", "paid-only", "own-password"}
    for one in providers():
        assert not seen & set(one.domains), one.name
        seen |= set(one.domains)
        assert set(one.notes) <= known
        assert one.user in ("address", "local")
        assert one.sent_copy in ("server", "provider")
        assert one.help == "" or one.help.startswith("https://")
        found = one.found("me@example.org", "presets")
        assert found.complete("imap") != ("no-imap" in one.notes)
        for server in (found.incoming, found.pop3, found.outgoing):
            assert server is None or (checks.host(server.host) == "" and server.security in ("tls", "starttls"))


@pytest.mark.parametrize(
    ("domain", "name"),
    [
        ("hotmail.com", "Microsoft Outlook"),
        ("outlook.com.br", "Microsoft Outlook"),
        ("firm.onmicrosoft.com", "Microsoft 365"),
        ("posteo.eu", "Posteo"),
        ("sapo.pt", "SAPO"),
        ("outlook.mail.example.org", ""),
        ("nothotmail.com", ""),
        ("mail.gmail.com", ""),
        ("hotmail.", ""),
    ],
)
def test_providers_by_domain(domain: str, name: str) -> None:
    provider = by_domain(domain)
    assert (provider.name if provider else "") == name


def test_providers_by_exchanger() -> None:
    google = by_exchanger("ASPMX.L.google.com.")
    assert google is not None
    assert google.name == "Google"
    assert by_exchanger("notgoogle.com") is None
    assert presets.by_exchanger("mx.example.org") is None


def test_a_provider_without_imap_is_told_and_not_invented() -> None:
    found, _ = ask(World(), "me@tuta.com")
    assert (found.incoming, found.outgoing, [note.id for note in found.notes]) == (None, None, ["no-imap"])


# -------------------------------------------------------------------------- srv


def test_srv_records_with_tls_first() -> None:
    world = World(
        srv={
            "_imap._tcp.example.org": [Service("old.example.org", 143)],
            "_imaps._tcp.example.org": [Service("b.example.org", 993, 20), Service("a.example.org", 1993, 10)],
            "_submission._tcp.example.org": [Service("out.example.org", 587)],
            "_submissions._tcp.example.org": [Service(".", 0)],
        }
    )
    found, steps = ask(world)
    assert (found.source, found.notes, found.probed) == ("srv", (), False)
    assert place(found.incoming) == ("a.example.org", 1993, "tls", "me@example.org")
    assert place(found.outgoing) == ("out.example.org", 587, "starttls", "me@example.org")
    assert steps["srv"].values["hosts"] == ("a.example.org", "out.example.org")


def test_srv_to_another_domain_is_pointed_out() -> None:
    target = [Service("mail.elsewhere.net", 993)]
    world = World(srv={"_imaps._tcp.example.org": target, "_submissions._tcp.example.org": target})
    found, _ = ask(world)
    assert found.notes == (Note("other-domain", host="mail.elsewhere.net"),) * 2


def test_srv_weights_are_chances() -> None:
    heavy, light, last = Service("h", 1, 0, 1000), Service("l", 1, 0, 1), Service("x", 1, 9, 9999)
    firsts = [ordered([light, last, heavy]) for _ in range(200)]
    assert all(order[2] == last for order in firsts)
    assert 150 < sum(order[0] == heavy for order in firsts) <= 200


@pytest.mark.parametrize("bad", [Service("a b", 993), Service("", 993), Service("x.example.org", 0)])
def test_srv_nonsense_is_passed_over(bad: Service) -> None:
    world = World(srv={"_imaps._tcp.example.org": [bad]})
    assert ask(world)[0].source == "usual"


# ------------------------------------------------------------------- autoconfig

OWN = "https://autoconfig.example.org/mail/config-v1.1.xml"
WELL_KNOWN = "https://example.org/.well-known/autoconfig/mail/config-v1.1.xml"
ISPDB = "https://autoconfig.thunderbird.net/v1.1/"


@pytest.mark.parametrize(("page", "source"), [(OWN, "autoconfig"), (WELL_KNOWN, "autoconfig"), (ISPDB + "example.org", "ispdb")])
def test_autoconfig_pages(page: str, source: str) -> None:
    world = World(pages={page: AUTOCONFIG})
    found, steps = ask(world)
    assert (found.source, found.provider, found.user_form) == (source, "Example & Sons", "local")
    assert place(found.incoming) == ("in.example.org", 993, "tls", "me")
    assert place(found.outgoing) == ("out.example.org", 587, "starttls", "me@example.org")
    assert found.notes == (Note("instructions", "https://example.org/help"),)
    assert steps[source].state == "ok"


def test_the_public_data_base_learns_the_domain_only() -> None:
    world = World()
    ask(world, "secret+name@example.org")
    assert [url for url in world.asked if url.startswith(ISPDB)] == [ISPDB + "example.org"]
    assert f"{OWN}?emailaddress=secret%2Bname@example.org" in world.asked


def test_the_provider_behind_the_mail_exchanger() -> None:
    found, _ = ask(World(mx={"example.org": ["alt1.aspmx.l.google.com", "x.example.org"]}))
    assert (found.source, found.provider) == ("mx", "Google")
    assert place(found.incoming)[3] == "me@example.org"
    world = World(mx={"example.org": ["mx1.mail.provider.net"]}, pages={ISPDB + "provider.net": AUTOCONFIG})
    found, _ = ask(world)
    assert found.source == "mx"
    assert [url for url in world.asked if url.startswith(ISPDB)][-2:] == [
        ISPDB + "mail.provider.net",
        ISPDB + "provider.net",
    ]


ALONE = AUTOCONFIG.replace('type="pop3"', 'type="exchange"')
DTD = '<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]>'


@pytest.mark.parametrize(
    "page",
    [
        "",
        "hello",
        "<clientConfig/>",
        "<clientConfig><emailProvider/></clientConfig>",
        DTD + "<clientConfig>&b;</clientConfig>",
        '<!DOCTYPE x SYSTEM "file:///etc/passwd"><clientConfig/>',
        AUTOCONFIG.replace("SSL", "plain").replace("STARTTLS", "plain"),
        ALONE.replace("993", "99999999999999999999").replace("587", "-1"),
        ALONE.replace("in.%EMAILDOMAIN%", "a b").replace("out.example.org", "a\tb/c"),
        ALONE.replace("imap", "exchange").replace("smtp", "ews"),
        "<a>" * 100_000,
        "<clientConfig>" + "<x>" * 50_000 + "</x>" * 50_000 + "</clientConfig>",
    ],
)
def test_autoconfig_that_is_of_no_use_or_hostile(page: str) -> None:
    with pytest.raises(ProtocolError):
        read_autoconfig(page.encode(), "me@example.org", "autoconfig")
    assert ask(World(pages={OWN: page}))[0].source == "usual"


def test_a_hidden_document_type_is_seen_too() -> None:
    page = (DTD + "<clientConfig>&b;</clientConfig>").replace("1.0'", "1.0' encoding='utf-16'")
    with pytest.raises(ProtocolError) as caught:
        read_autoconfig(page.encode("utf-16"), "me@example.org", "autoconfig")
    assert caught.value.values["answer"] == "DOCTYPE"


def test_autoconfig_notes() -> None:
    only = AUTOCONFIG.replace("password-cleartext", "OAuth2")
    found = read_autoconfig(only.encode(), "me@example.org", "ispdb")
    assert [note.id for note in found.notes] == ["oauth-only", "instructions"]
    enable = AUTOCONFIG.replace("<documentation url", '<enable visiturl="https://example.org/on"/><documentation url')
    found = read_autoconfig(enable.encode(), "me@example.org", "ispdb")
    assert found.notes == (Note("enable-imap", "https://example.org/on"),)
    evil = AUTOCONFIG.replace("https://example.org/help", "javascript:alert(1)")
    assert read_autoconfig(evil.encode(), "me@example.org", "ispdb").notes == ()
    odd = AUTOCONFIG.replace("Example &amp; Sons", "a&#x202e;b\nc" + "d" * 300)
    assert read_autoconfig(odd.encode(), "me@example.org", "ispdb").provider == "abc" + "d" * 197


# ---------------------------------------------------------------------- guesses


def test_guesses_that_answer() -> None:
    world = World(
        servers={
            ("imap", "mail.example.org", 993, "tls"),
            ("imap", "example.org", 993, "tls"),
            ("imap", "imap.example.org", 143, "starttls"),
            ("smtp", "mail.example.org", 587, "starttls"),
        }
    )
    found, _ = ask(world)
    assert (found.source, found.probed) == ("guesses", True)
    assert place(found.incoming)[:3] == ("mail.example.org", 993, "tls")
    assert place(found.outgoing)[:3] == ("mail.example.org", 587, "starttls")


def test_a_server_with_another_name_is_told_and_not_proposed() -> None:
    world = World(servers={("imap", "imap.example.org", 993, "tls")}, misnamed={"mail.example.org"})
    found, _ = ask(world)
    assert found.source == "guesses"
    assert found.outgoing is None
    assert found.notes == (Note("certificate-name", host="mail.example.org"),)
    nothing, steps = ask(World(misnamed={"mail.example.org"}))
    assert nothing.source == "usual" and Note("certificate-name", host="mail.example.org") in nothing.notes
    assert steps["guesses"].values == {"error": "nothing-usable"}


def test_with_nothing_found_the_usual_names_are_proposed_as_what_they_are() -> None:
    found, steps = ask(World(), "me@Bücher.example")
    assert (found.source, found.probed, found.notes) == ("usual", False, (Note("not-found"),))
    assert place(found.incoming) == ("imap.xn--bcher-kva.example", 993, "tls", "me@Bücher.example")
    assert place(found.outgoing)[0] == "smtp.xn--bcher-kva.example"
    assert steps["srv"].values == {"error": "nothing-there"}


# --------------------------------------------------------------------- together


def test_the_more_trusted_way_wins_whoever_is_first() -> None:
    services = [Service("srv.example.org", 993)]
    world = World(
        srv={"_imaps._tcp.example.org": services, "_submissions._tcp.example.org": services},
        pages={OWN: AUTOCONFIG, ISPDB + "example.org": AUTOCONFIG},
        mx={"example.org": ["aspmx.l.google.com"]},
        servers={("imap", "imap.example.org", 993, "tls"), ("smtp", "smtp.example.org", 465, "tls")},
    )
    assert ask(world)[0].source == "srv"
    world.srv.clear()
    assert ask(world)[0].source == "autoconfig"
    del world.pages[OWN]
    assert ask(world)[0].source == "ispdb"
    world.pages.clear()
    assert ask(world)[0].source == "mx"
    world.mx.clear()
    assert ask(world)[0].source == "guesses"


def test_a_gap_is_filled_from_the_next_best_way_and_said() -> None:
    world = World(srv={"_imaps._tcp.example.org": [Service("srv.example.org", 993)]}, pages={OWN: AUTOCONFIG})
    found, _ = ask(world)
    assert (found.source, found.outgoing_source) == ("srv", "autoconfig")
    assert place(found.outgoing)[0] == "out.example.org"


def test_what_does_not_answer_is_left_behind_in_time() -> None:
    world = World(hold=threading.Event(), servers={("imap", "imap.example.org", 993, "tls")})
    found, steps = ask(world, seconds=0.5)
    assert found.source == "guesses"
    assert place(found.incoming)[0] == "imap.example.org"
    assert steps["guesses"].state == "ok"
    assert steps["srv"].state in ("failed", "skipped")
    assert world.hold is not None
    world.hold.set()


def test_a_machine_that_is_offline_says_so() -> None:
    class Offline(World):
        def services(self, name: str, deadline: Deadline) -> list[Service]:
            raise NetworkError("names-unanswered", server="DNS", host=name, answer="")

        def exchangers(self, domain: str, deadline: Deadline) -> list[str]:
            raise NetworkError("names-unanswered", server="DNS", host=domain, answer="")

        def fetch(self, url: str, deadline: Deadline) -> bytes:
            raise NetworkError("network-unreachable", server="x", answer="")

    found, _steps = ask(Offline())
    assert (found.source, [note.id for note in found.notes]) == ("usual", ["offline", "not-found"])


def test_a_way_that_breaks_is_told_and_does_not_stop_the_others() -> None:
    class Broken(World):
        def services(self, name: str, deadline: Deadline) -> list[Service]:
            raise NetworkError("unknown-host", server="DNS", host=name, answer="SERVFAIL")

    found, steps = ask(Broken(pages={OWN: AUTOCONFIG}))
    assert found.source == "autoconfig"
    assert steps["srv"].values["error"] == "unknown-host"


@pytest.mark.parametrize("address", ["", "me", "@example.org", "me@", "a b@example.org", "me@exa mple", "me@x\r\n.org"])
def test_what_is_no_address_is_said_at_once(address: str) -> None:
    with pytest.raises(UsageError) as caught:
        discover(address, lambda step: None, outside=World().outside())
    assert caught.value.id == "not-an-address"


# ------------------------------------------------------------ with real servers


@pytest.fixture
def here(authority: Authority) -> Callable[[dict[tuple[str, int], int]], Outside]:
    """An outside in which names and ports lead to loopback servers, dialled and verified for real."""

    def make(places: dict[tuple[str, int], int]) -> Outside:
        def resolver(host: str, port: int) -> Addresses:
            if (host, port) not in places:
                raise socket.gaierror(socket.EAI_NONAME, "unknown")
            return [(socket.AF_INET, ("127.0.0.1", places[host, port]))]

        trust = str(authority.file)

        def fetch(url: str, deadline: Deadline) -> bytes:
            return https.get(url, deadline, resolver=resolver, trust=trust)

        def reach(kind: str, endpoint: Endpoint, deadline: Deadline) -> None:
            there = Endpoint(endpoint.host, endpoint.port, endpoint.security, trust)
            open_talk(kind, there, deadline, resolver).close()

        return Outside(World(), fetch, reach)

    return make


def test_autoconfig_over_real_https(authority: Authority, here: Callable[..., Outside]) -> None:
    head = f"HTTP/1.1 200 OK\r\nContent-Length: {len(AUTOCONFIG)}\r\n\r\n"
    page = [Turn("^$", (head + AUTOCONFIG).encode(), Deed.CLOSE)]
    certificate = authority.certificate("autoconfig.example.org")
    with ScriptedServer(page, certificate=certificate, tls=True, otherwise=b"") as server:
        outside = here({("autoconfig.example.org", 443): server.port})
        found = discover("me@example.org", lambda step: None, seconds=30, outside=outside)
    assert (found.source, place(found.incoming)[0]) == ("autoconfig", "in.example.org")


def test_guesses_over_real_tls_believe_only_the_right_name(authority: Authority, here: Callable[..., Outside]) -> None:
    imap = [Turn(None, b"* OK [CAPABILITY IMAP4rev1] hi\r\n")]
    smtp = [
        Turn(None, b"220 hi\r\n"),
        Turn("EHLO", b"250-hi\r\n250 STARTTLS\r\n"),
        Turn("STARTTLS", b"220 go\r\n", Deed.TLS),
        Turn("EHLO", b"250 hi\r\n"),
    ]
    web = [Turn("^$", b"HTTP/1.1 200 OK\r\n\r\n", Deed.CLOSE)]
    good = authority.certificate("mail.example.org")
    with (
        ScriptedServer(imap, certificate=authority.certificate("other.example.org"), tls=True) as misnamed,
        ScriptedServer(imap, certificate=good, tls=True) as right,
        ScriptedServer(web, certificate=authority.certificate("example.org"), tls=True, otherwise=b"HTTP/1.1 400\r\n") as no_imap,
        ScriptedServer(smtp, certificate=good) as out,
    ):
        outside = here(
            {
                ("imap.example.org", 993): misnamed.port,
                ("mail.example.org", 993): right.port,
                ("example.org", 993): no_imap.port,
                ("mail.example.org", 587): out.port,
            }
        )
        found = discover("me@example.org", lambda step: None, seconds=10, outside=outside)
    assert place(found.incoming)[:3] == ("mail.example.org", 993, "tls")
    assert place(found.outgoing)[:3] == ("mail.example.org", 587, "starttls")
    assert found.notes == (Note("certificate-name", host="imap.example.org", names="other.example.org"),)
    assert "is for other.example.org" in note_sentence(found.notes[0])


def test_dns_that_is_not_there(monkeypatch: pytest.MonkeyPatch) -> None:
    """The real DNS client against a name server that refuses."""
    import dns.resolver

    from accounts.discovery.names import DomainNames

    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as silent:
        silent.bind(("127.0.0.1", 0))

        def nowhere() -> dns.resolver.Resolver:
            resolver = made(configure=False)
            resolver.nameservers = ["127.0.0.1"]
            resolver.port = silent.getsockname()[1]
            return resolver

        made = dns.resolver.Resolver
        monkeypatch.setattr(dns.resolver, "Resolver", nowhere)
        for look in (DomainNames().services, DomainNames().exchangers):
            with pytest.raises(CorreioError) as caught:
                look("example.org", Deadline(0.3))
            assert caught.value.id in ("connection-timeout", "unknown-host")
