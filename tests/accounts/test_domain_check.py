"""A mail domain looked at from outside, with a real name server."""

from __future__ import annotations

import base64

import pytest

from accounts.deadline import Deadline
from accounts.dial import Endpoint
from accounts.domain_check import AREAS, DnsRecords, Finding, World, check_domain
from core.errors import NetworkError, ServerRefused, TLSError, UsageError
from tests.servers.names import NameServer, Zone
from tui.sentences import domain_sentence
from tui.sentences.domains import FINDINGS

KEY = base64.b64encode(b"k" * 294).decode()
GOOD: Zone = {
    ("good.example", "MX"): ["10 mx.good.example.", "20 mx2.good.example."],
    ("mx.good.example", "A"): ["192.0.2.1"],
    ("mx2.good.example", "AAAA"): ["2001:db8::1"],
    ("good.example", "TXT"): ['"v=spf1 mx include:other.example -all"', '"something else"'],
    ("other.example", "TXT"): ['"v=spf1 ip4:192.0.2.0/24 ~all"'],
    ("mail._domainkey.good.example", "TXT"): [f'"v=DKIM1; k=rsa; p={KEY[:200]}" "{KEY[200:]}"'],
    ("_dmarc.good.example", "TXT"): ['"v=DMARC1; p=reject; rua=mailto:a@good.example"'],
    ("_imaps._tcp.good.example", "SRV"): ["0 1 993 imap.good.example."],
    ("_submissions._tcp.good.example", "SRV"): ["0 1 465 smtp.good.example."],
    ("_mta-sts.good.example", "TXT"): ['"v=STSv1; id=1"'],
}


def no_page(url: str, deadline: Deadline) -> bytes:
    raise ServerRefused("http-status", server="x", answer="", code=404)


def fine(kind: str, endpoint: Endpoint, deadline: Deadline) -> None:
    assert (kind, endpoint.port, endpoint.security) == ("smtp", 25, "starttls")


def look(domain: str, zone: Zone, *, reach: object = fine, selectors: tuple[str, ...] = ()) -> list[Finding]:
    """What is found, each with its sentence."""
    found: list[Finding] = []
    with NameServer(zone) as server:
        world = World(DnsRecords("127.0.0.1", server.port), no_page, reach)  # type: ignore[arg-type]
        check_domain(domain, world, found.append, selectors=selectors, seconds=60)
    assert [one.area for one in found] == sorted((one.area for one in found), key=AREAS.index)
    for one in found:
        words = domain_sentence(one)
        assert words and "{" not in words
    return found


def ids(found: list[Finding]) -> list[str]:
    return [one.id for one in found]


def test_a_domain_that_is_in_order() -> None:
    found = look("good.example", GOOD)
    assert ids(found) == ["mx", "spf", "dkim", "dmarc", "autoconfig-srv", "tls", "tls"]
    assert {one.level for one in found} == {"ok"}


def test_a_domain_with_nothing() -> None:
    found = look("empty.example", {("empty.example", "TXT"): ['"hello"']})
    assert ids(found) == ["mx-none", "spf-none", "dkim-unknown", "dmarc-none", "autoconfig-none", "mta-sts-none"]


@pytest.mark.parametrize(
    ("changes", "id", "level"),
    [
        ({("good.example", "MX"): ["0 ."]}, "mx-null", "note"),
        ({("good.example", "MX"): ["10 gone.example."]}, "mx-nowhere", "wrong"),
        ({("good.example", "MX"): ["10 mx.good.example."]}, "mx-single", "note"),
        ({("good.example", "TXT"): ['"v=spf1 -all"', '"v=spf1 mx -all"']}, "spf-several", "wrong"),
        ({("good.example", "TXT"): ['"v=spf1 +all"']}, "spf-everybody", "wrong"),
        ({("good.example", "TXT"): ['"v=spf1 mx ?all"']}, "spf-open", "warning"),
        ({("good.example", "TXT"): ['"v=spf1 ptr -all"']}, "spf-ptr", "warning"),
        ({("good.example", "TXT"): [f'"v=spf1 {" ".join(f"a:h{n}.example" for n in range(11))} -all"']}, "spf-lookups", "wrong"),
        ({("good.example", "TXT"): ['"v=spf1 include:good.example -all"']}, "spf", "ok"),
        ({("mail._domainkey.good.example", "TXT"): ['"v=DKIM1; p="']}, "dkim-revoked", "note"),
        ({("mail._domainkey.good.example", "TXT"): ['"v=DKIM1; p=abc"']}, "dkim-broken", "wrong"),
        ({("mail._domainkey.good.example", "TXT"): [f'"p={base64.b64encode(b"k" * 162).decode()}"']}, "dkim-short", "warning"),
        ({("mail._domainkey.good.example", "TXT"): [f'"k=ed25519; p={base64.b64encode(b"k" * 32).decode()}"']}, "dkim", "ok"),
        ({("_dmarc.good.example", "TXT"): ['"v=DMARC1; p=none"']}, "dmarc-watching", "note"),
        ({("_dmarc.good.example", "TXT"): ['"v=DMARC1; p=none"']}, "dmarc-unreported", "note"),
        ({("_dmarc.good.example", "TXT"): ['"v=DMARC1; p=block"']}, "dmarc-broken", "wrong"),
        ({("_dmarc.good.example", "TXT"): ['"v=DMARC1; p=none"', '"v=DMARC1; p=reject"']}, "dmarc-several", "wrong"),
        ({("_imaps._tcp.good.example", "SRV"): []}, "autoconfig-none", "note"),
    ],
)
def test_what_is_wrong_is_found(changes: Zone, id: str, level: str) -> None:
    found = look("good.example", {**GOOD, **changes})
    assert (id, level) in [(one.id, one.level) for one in found]


def test_a_selector_that_is_named() -> None:
    zone = {**GOOD, ("own._domainkey.good.example", "TXT"): [f'"p={KEY[:200]}" "{KEY[200:]}"']}
    found = [one for one in look("good.example", zone, selectors=("own", "lost")) if one.area == "dkim"]
    assert [(one.id, one.values["selector"]) for one in found] == [("dkim", "own"), ("dkim", "mail"), ("dkim-missing", "lost")]


def test_servers_that_do_not_encrypt_or_cannot_be_reached() -> None:
    def reach(kind: str, endpoint: Endpoint, deadline: Deadline) -> None:
        if endpoint.host == "mx.good.example":
            raise TLSError("certificate-expired", server=endpoint.name, answer="")
        raise NetworkError("connection-timeout", server=endpoint.name, answer="")

    found = [one for one in look("good.example", GOOD, reach=reach) if one.area == "tls"]
    assert [(one.id, one.level) for one in found] == [("tls-wrong", "warning"), ("tls-unreachable", "note")]


def test_names_that_cannot_be_asked_are_told() -> None:
    class Nobody:
        def ask(self, name: str, kind: str, deadline: Deadline) -> list[str]:
            raise NetworkError("names-unanswered", server="DNS", host=name, answer="")

    found: list[Finding] = []
    check_domain("good.example", World(Nobody(), no_page, fine), found.append)
    assert ids(found) == ["unanswered"] * len(AREAS)


@pytest.mark.parametrize("domain", ["", "nodot", "a b.example", "-x.example", "me@example.org"])
def test_what_is_no_domain(domain: str) -> None:
    with pytest.raises(UsageError, match="bad-domain"):
        check_domain(domain, World(DnsRecords(), no_page, fine), lambda finding: None)


def test_every_finding_has_a_sentence() -> None:
    assert all(words.endswith((".", "{error}", "{record}", "all", "none", "reject", "{records}", "{page}", "{domain}"))
               for words in FINDINGS.values())  # fmt: skip
