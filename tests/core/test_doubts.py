"""Who really wrote a mail: what is found, and what is not."""

from __future__ import annotations

import re
import string
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.acquaintances import Acquaintances, gather
from core.authentication import Results, parse
from core.doubts import Finding, Sender, examine
from core.envelope import envelope_of
from core.header import read_headers
from tests.depth import examples
from tui.sentences import sender_sentence
from tui.sentences.senders import SENTENCES

OWN = [("Maria Santos", "maria@correio.example")]
KNOWN = gather(
    [
        ("Ana Sousa", "ana@lighthouse.example", 3, 9),
        ("Rui Barros", "rui@paypal.example", 0, 7),
        ("News", "news2@bulletin2.example", 0, 30),
        ("Once Only", "once@rarely.example", 0, 1),
    ],
    OWN,
)


def look(headers: str, results: str = "", known: Acquaintances | None = KNOWN, standing: tuple[int, int] = (0, 1)) -> Sender:
    """The findings in a mail with these headers; `results`: what its own server says."""
    block = headers.strip().replace("\n", "\r\n").encode("utf-8", "surrogateescape")
    read = parse(f"mx.correio.example; {results}") if results else None
    found: tuple[Results, ...] = (read,) if read is not None else ()
    return examine(read_headers(block).fields, envelope_of(block), found, known, standing)


def warned(sender: Sender) -> list[str]:
    return [one.id for one in sender.findings if one.warning]


def only(sender: Sender) -> Finding:
    (found,) = sender.findings
    return found


USUAL = "From: Ana Sousa <ana@lighthouse.example>\nReturn-Path: <ana@lighthouse.example>"
PASS = "dmarc=pass header.from=lighthouse.example"
LIST = "List-Id: <devel.lists.example>"


def test_usual_mail_says_nothing() -> None:
    assert look(USUAL) == Sender()
    assert look(USUAL, "spf=none; dkim=none; dmarc=none") == Sender()


@pytest.mark.parametrize(
    "results",
    [
        PASS,
        "dmarc=none; dkim=pass header.d=mail.lighthouse.example",
        "dkim=fail header.d=other.example; dkim=pass header.i=@lighthouse.example",
        "spf=pass smtp.mailfrom=bounce@lighthouse.example",
    ],
)
def test_what_vouches_for_the_domain_in_from(results: str) -> None:
    assert look(USUAL, results) == Sender("lighthouse.example")


@pytest.mark.parametrize(
    ("results", "found"),
    [
        ("dmarc=fail header.from=lighthouse.example; spf=pass smtp.mailfrom=lighthouse.example", ["dmarc-failed"]),
        ("dkim=fail header.d=lighthouse.example", ["dkim-failed"]),
        ("spf=fail smtp.mailfrom=lighthouse.example", ["spf-failed"]),
        ("spf=fail smtp.mailfrom=lighthouse.example; dkim=pass header.d=esp.example", []),
        ("spf=softfail smtp.mailfrom=lighthouse.example", []),
        ("dmarc=pass header.from=evil.example", []),
        ("dkim=pass header.d=evil.example; spf=pass smtp.mailfrom=evil.example", []),
    ],
)
def test_what_does_not_vouch(results: str, found: list[str]) -> None:
    sender = look(USUAL, results)
    assert sender.vouched == "" and warned(sender) == found


def test_lists_break_signatures() -> None:
    mail = f"{USUAL}\n{LIST}"
    broken = "dmarc=fail header.from=lighthouse.example; dkim=fail header.d=lighthouse.example"
    assert look(mail, f"{broken}; spf=pass smtp.mailfrom=devel-bounces@lists.example") == Sender()
    assert warned(look(mail, broken)) == ["dmarc-failed"], "a List-Id that nobody vouches for excuses nothing"


CHAIN = """ARC-Seal: i=2; a=rsa-sha256; t=1; cv=pass; d={sealer}; s=arc; b=abc
ARC-Authentication-Results: i=2; mx.{sealer}; dmarc=fail header.from=lighthouse.example
ARC-Seal: i=1; a=rsa-sha256; t=1; cv=none; d=lists.example; s=arc; b=abc
ARC-Authentication-Results: i=1; mx.lists.example; dmarc={result} header.from=lighthouse.example
"""


@pytest.mark.parametrize(
    ("sealer", "result", "own_says", "found"),
    [
        ("google.com", "pass", "arc=pass", ["passed-on"]),
        ("relay.correio.example", "pass", "arc=pass", ["passed-on"]),
        ("evil.example", "pass", "arc=pass", ["dmarc-failed"]),
        ("google.com", "fail", "arc=pass", ["dmarc-failed"]),
        ("google.com", "pass", "arc=fail", ["dmarc-failed"]),
        ("google.com", "pass", "spf=none", ["dmarc-failed"]),
    ],
)
def test_who_passes_mail_on_breaks_signatures_too(sealer: str, result: str, own_says: str, found: list[str]) -> None:
    headers = CHAIN.format(sealer=sealer, result=result) + USUAL
    sender = look(headers, f"{own_says}; dmarc=fail header.from=lighthouse.example")
    assert [one.id for one in sender.findings] == found and sender.vouched == ""


def test_chains_with_gaps_say_nothing() -> None:
    gap = CHAIN.format(sealer="google.com", result="pass").replace("i=1; a=rsa", "i=3; a=rsa")
    assert warned(look(gap + USUAL, "arc=pass; dmarc=fail header.from=lighthouse.example")) == ["dmarc-failed"]


def test_two_authors_are_vouched_for_only_when_they_are_of_one_domain() -> None:
    assert look("From: ana@lighthouse.example, evil@evil.example", PASS).vouched == ""
    assert look("From: ana@lighthouse.example, b@lighthouse.example", PASS).vouched == "lighthouse.example"


def test_on_behalf() -> None:
    found = only(look(f"{USUAL}\nSender: Office <office@agency.example>"))
    assert found == Finding("on-behalf", {"sender": "office@agency.example", "author": "ana@lighthouse.example"}, warning=False)
    assert look(f"{USUAL}\nSender: ana@lighthouse.example") == Sender()
    assert look(f"{USUAL}\nSender: devel-bounces@lists.example\n{LIST}") == Sender()
    assert only(look(f"{USUAL}\nSender: bounce-7@mailer.example")).quiet


def test_answers_that_go_elsewhere() -> None:
    assert warned(look(f"{USUAL}\nReply-To: ana@freemail.example")) == ["reply-elsewhere"]
    assert look(f"{USUAL}\nReply-To: team@mail.lighthouse.example") == Sender()
    assert look(f"{USUAL}\nReply-To: maria@correio.example") == Sender(), "oneself"
    assert look(f"{USUAL}\nTo: chat@groups.example\nReply-To: chat@groups.example") == Sender(), "a list without List-Id"
    assert look(f"{USUAL}\n{LIST}\nReply-To: devel@lists.example") == Sender()
    assert warned(look(f"{USUAL}\n{LIST}\nReply-To: x@evil.example")) == ["reply-elsewhere"]
    munged = f"From: Ana via devel <devel@lists.example>\n{LIST}\nReply-To: ana@lighthouse.example"
    assert look(munged) == Sender(), "the author behind a list's address"


def test_sent_by_another_domain() -> None:
    mail = "From: ana@lighthouse.example\nReturn-Path: <x@mailer.example>"
    assert warned(look(mail, "spf=pass smtp.mailfrom=mailer.example")) == ["returns-elsewhere"]
    assert only(look(mail)).quiet, "where no server checks, half of all newsletters are so"
    assert look(mail, PASS) == Sender("lighthouse.example")
    assert look(f"{mail}\n{LIST}", "spf=pass smtp.mailfrom=mailer.example") == Sender()
    assert look("From: ana@lighthouse.example\nReturn-Path: <>", "spf=none") == Sender()


def test_known_names_under_other_addresses() -> None:
    mail = "From: Ana Sousa <ana.sousa@freemail.example>"
    assert only(look(mail)).values["known"] == "ana@lighthouse.example"
    assert warned(look('From: "SOUSA, Ana" <a@freemail.example>')) == ["name-known-elsewhere"]
    assert look(mail, standing=(1, 1)) == Sender(), "one has written there oneself"
    assert look(mail, standing=(0, 3)) == Sender(), "no longer new"
    assert look("From: Once Only <o@freemail.example>") == Sender(), "somebody who wrote once is not known"
    assert look("From: News <a@freemail.example>") == Sender(), "one word is no name"
    assert warned(look("From: Maria Santos <boss@freemail.example>")) == ["own-name"]


def test_addresses_that_stand_for_somebody_or_for_many_are_nobodys_home() -> None:
    stand_in = "ana-9f2cXa@public.gmane.org"
    bots = [(name, "notify@tracker.example", 0, 9) for name in ("Ana Sousa", "Rui Barros", "Eva Lima")]
    known = gather([*bots, ("Ana Sousa", stand_in, 0, 9), ("Rui Barros", "rui@home.example", 0, 5)], OWN)
    assert look("From: Ana Sousa <ana@lighthouse.example>", known=known) == Sender(), "only a tracker and a gateway know her"
    assert look(f"From: Rui Barros <{stand_in}>", known=known) == Sender(), "answers reach whom it stands for"
    assert warned(look("From: Rui Barros <rui@elsewhere.example>", known=known)) == ["name-known-elsewhere"]
    assert warned(look("From: Rui Barros <notify@tracker.example>", known=known)) == ["name-known-elsewhere"]


def test_addresses_in_names() -> None:
    assert warned(look('From: "service@bank.example" <x@evil.example>')) == ["name-shows-address"]
    assert look('From: "Service@mail.bank.example" <service@bank.example>') == Sender()


@pytest.mark.parametrize(
    "domain",
    [
        "paypa1.example", "paypaI.example", "payppal.example", "papyal.example", "pay-pal.example", "p\u00e4ypal.example",
        "m.paypai.example",
    ],
)  # fmt: skip
def test_domains_that_look_like_known_ones(domain: str) -> None:
    found = look(f"From: x@{domain}")
    assert "look-alike-domain" in warned(found)
    assert found.findings[0].values["known"] == "paypal.example"


@pytest.mark.parametrize(
    "domain",
    ["paypal.example", "mail.paypal.example", "bulletin3.example", "rarelyy.example", "other.example", "gmail.com"],
)
def test_domains_that_do_not(domain: str) -> None:
    assert look(f"From: x@{domain}") == Sender()


def test_domains_that_borrow_ones_own_name() -> None:
    assert warned(look("From: Support <x@correio-secure.invalid>")) == ["look-alike-of-yours"]
    assert look("From: Support <x@lighthouse-news.example>") == Sender(), "others may have such names"


def test_who_writes_often_does_not_become_the_original() -> None:
    known = gather([("", "x@paypal.example", 5, 20), ("", "y@paypa1.example", 0, 9)], OWN)
    assert warned(look("From: y@paypa1.example", known=known, standing=(0, 9))) == ["look-alike-domain"]
    assert look("From: x@paypal.example", known=known) == Sender()


def test_letters_of_other_alphabets() -> None:
    mixed = look("From: x@p\u0430ypal.example")
    assert warned(mixed) == ["mixed-letters", "look-alike-domain"]
    assert warned(look("From: P\u0430yPal <x@some.example>")) == ["mixed-letters"]
    assert look("From: \u0418\u0432\u0430\u043d Petrov <x@some.example>") == Sender(), "each word in its own letters"
    disguised = look("From: x@xn--80ak6aa92e.com")
    assert [one.id for one in disguised.findings] == ["disguised-domain", "spelled-domain"]
    honest = look("From: x@xn--bcher-kva.example")
    values = {"domain": "xn--bcher-kva.example", "spelled": "b\u00fccher.example"}
    assert only(honest) == Finding("spelled-domain", values, warning=False)


def test_hidden_characters() -> None:
    found = look("From: An\u200ba \u202eevil <x@some.example>").findings[0]
    assert found == Finding("hidden-characters", {"header": "From", "signs": "U+200B, U+202E"})
    assert warned(look("From: =?utf-8?q?Ana=E2=80=AE?= <x@some.example>")) == ["hidden-characters"]
    assert warned(look("From: x@so\u200dme.example"))[0] == "hidden-characters"
    assert look("From: \u200f\u05d0\u05d1\u05d2\u200f <x@some.example>") == Sender(), "marks as honest Hebrew names have them"
    assert look("From: Ana \U0001f469\u200d\U0001f680 <x@some.example>") == Sender(), "an emoji is one sign"


def test_every_finding_has_its_sentence() -> None:
    source = (Path(__file__).parents[2] / "core" / "doubts.py").read_text("utf-8")
    named = set(re.findall(r'(?:Finding\(|id = )"([a-z-]+)"', source)) | {"look-alike-domain"}
    assert named == SENTENCES.keys()
    for id, words in SENTENCES.items():
        names = [name for _, name, _, _ in string.Formatter().parse(words) if name]
        shown = sender_sentence(Finding(id, dict.fromkeys(names, "a\x1b[2J\u202eb")))
        assert shown.isprintable() and "{" not in shown


def test_mail_from_nobody() -> None:
    assert look("Subject: x") == look("From: undisclosed") == Sender()


HEADER = st.tuples(st.sampled_from(["From", "Sender", "Reply-To", "Return-Path", "List-Id"]), st.text(max_size=60))


@settings(max_examples=examples(200))
@given(st.lists(HEADER, max_size=6), st.text(max_size=60))
def test_no_mail_raises(fields: list[tuple[str, str]], results: str) -> None:
    text = "\n".join(f"{name}: {value.replace(chr(13), '').replace(chr(10), '')}" for name, value in fields)
    block = text.encode("utf-8", "surrogatepass")
    read = parse(f"mx.example; dkim=fail; spf=fail; {results}")
    sender = examine(read_headers(block).fields, envelope_of(block), (read,) if read else (), KNOWN)
    assert all(isinstance(value, str) for one in sender.findings for value in one.values.values())
