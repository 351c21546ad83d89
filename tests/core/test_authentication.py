"""Authentication-Results: read strictly, and only one's own server's are believed."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.authentication import LONGEST, MOST_PROPERTIES, MOST_RESULTS, Field, Habit, believed, learn, parse
from core.header import unfold
from tests.depth import examples

GMAIL = """mx.google.com;
       dkim=pass header.i=@example.org header.s=sel1 header.b=abc+/d==;
       spf=pass (google.com: domain of ana@example.org designates 192.0.2.7 as permitted sender) smtp.mailfrom=ana@example.org;
       dmarc=pass (p=REJECT sp=REJECT dis=NONE) header.from=example.org"""
OUTLOOK = """spf=pass (sender IP is 192.0.2.25)
 smtp.mailfrom=example.org; dkim=pass (signature was verified)
 header.d=example.org;dmarc=pass action=none header.from=example.org;compauth=pass reason=100"""
OLD_OUTLOOK = """spf=none (sender IP is 192.0.2.25)
 smtp.mailfrom=example.org; lists.example.net; dkim=none (message not
 signed) header.d=none;lists.example.net; dmarc=bestguesspass action=none header.from=example.org;"""
FASTMAIL = """mx3.messagingengine.example;
    dkim=pass (2048-bit rsa key sha256) header.d=example.org
      header.i=@example.org header.b=Zz1/ header.a=rsa-sha256 header.s=s1 x-bits=2048;
    dmarc=pass policy.published-domain-policy=reject
      policy.applied-disposition=none policy.evaluated-disposition=none
      (p=reject,d=none,d.eval=none) policy.policy-from=p
      header.from=example.org;
    iprev=pass smtp.remote-ip=192.0.2.7 (mail.example.org);
    spf=pass smtp.mailfrom=ana@example.org smtp.helo=mail.example.org"""
RSPAMD = """mail.example.com;
	dkim=pass header.d=example.org header.s=k1 header.b="V+q/7 x";
	dmarc=fail reason="SPF not aligned (relaxed), DKIM not aligned; (strict)" header.from=example.net (policy=none);
	spf=softfail (mail.example.com: 192.0.2.7 is neither permitted nor denied) smtp.mailfrom=bounce@other.example"""

REAL = [
    (GMAIL, "mx.google.com", ["dkim pass", "spf pass", "dmarc pass"]),
    (OUTLOOK, "", ["spf pass", "dkim pass", "dmarc pass", "compauth pass"]),
    (OLD_OUTLOOK, "", ["spf none", "dkim none", "dmarc bestguesspass"]),
    (FASTMAIL, "mx3.messagingengine.example", ["dkim pass", "dmarc pass", "iprev pass", "spf pass"]),
    (RSPAMD, "mail.example.com", ["dkim pass", "dmarc fail", "spf softfail"]),
    ("mx.example.org 1; none", "mx.example.org", []),
    ("Mx.Example.ORG; DKIM/1 = Pass (c (nested) \\) comment) header.d = a.example", "mx.example.org", ["dkim pass"]),
]


@pytest.mark.parametrize(("value", "server", "found"), REAL, ids=["gmail", "outlook", "old", "fastmail", "rspamd", "none", "odd"])
def test_what_servers_write_is_read(value: str, server: str, found: list[str]) -> None:
    results = parse(unfold(value))
    assert results is not None
    assert results.server == server
    assert [f"{one.method} {one.result}" for one in results.results] == found


def test_properties_are_read_past_comments_and_quotes() -> None:
    results = parse(unfold(RSPAMD))
    assert results is not None
    dkim, dmarc, spf = results.results
    assert dkim.value("header.d") == "example.org" and dkim.value("header.b") == "V+q/7 x"
    assert dmarc.value("header.from") == "example.net"
    assert spf.value("smtp.helo", "smtp.mailfrom") == "bounce@other.example"


@pytest.mark.parametrize(
    "value",
    [
        "",
        ";;;",
        "mx.example.org; dkim=pass (never closed",
        'mx.example.org; dkim=pass reason="never closed',
        "mx.example.org) ; dkim=pass",
        "two words; dkim=pass",
        "mx.example.org; dkim=pass" + " " * LONGEST,
        "\\",
    ],
)
def test_what_is_none_is_not_read(value: str) -> None:
    assert parse(value) is None


def test_a_quoted_value_cannot_bring_in_a_result() -> None:
    results = parse('mx.example.org; spf=fail smtp.mailfrom="; dkim=pass header.d=bank.example"@evil.example (; dmarc=pass)')
    assert results is not None
    assert [one.method for one in results.results] == ["spf"]


@settings(max_examples=examples(400))
@given(st.text(alphabet=st.sampled_from('ab=;()"\\ \t.@-/1dkimspf\u202e\x00é'), max_size=300) | st.text(max_size=300))
def test_anything_is_read_or_refused(value: str) -> None:
    results = parse(value)
    if results is not None:
        assert len(results.results) <= MOST_RESULTS
        assert all(len(one.properties) <= MOST_PROPERTIES for one in results.results)
        assert all(text.isprintable() for one in results.results for _name, text in one.properties)


def test_a_long_one_is_bounded() -> None:
    many = parse("mx.example.org" + ";dkim=pass" * 500)
    assert many is not None and len(many.results) <= MOST_RESULTS
    wide = parse("mx.example.org; dkim=pass" + " a.b=c" * 500)
    assert wide is not None and len(wide.results[0].properties) == MOST_PROPERTIES


# ---------------------------------------------------------------------- whom to believe

RECEIVED = ("Received", "from mail.evil.example by mx.example.com; Mon, 1 Jun 2026 10:00:00 +0000")
INNER = ("Received", "by 2001:db8::1 with SMTP id x; Mon, 1 Jun 2026 10:00:00 +0000")
FORGED = ("Authentication-Results", "mx.example.com; dmarc=pass header.from=bank.example")
FROM = ("From", "bank@bank.example")


def own(result: str, server: str = "mx.example.com") -> Field:
    return ("Authentication-Results", f"{server}; dmarc={result} header.from=bank.example")


def above(result: str = "pass") -> list[Field]:
    """As Dovecot with rspamd or Fastmail write it: on top."""
    return [("Return-Path", "<a@b.example>"), own(result), RECEIVED, FROM]


def below(result: str = "pass") -> list[Field]:
    """As Gmail writes it: below the Received fields of the same delivery."""
    return [("Delivered-To", "me@example.com"), INNER, RECEIVED, ("Received-SPF", "pass"), own(result), FROM]


def said(fields: list[Field], habit: Habit | None, chosen: str = "") -> list[str]:
    return [result.result for one in believed(fields, habit, chosen) for result in one.results]


def test_a_server_is_known_by_what_it_always_writes() -> None:
    assert learn([above()] * 6) == Habit("example.com", 0, 1)
    assert learn([below()] * 6) == Habit("example.com", 2, 1)
    changing = [[own("pass", f"mx{n}.example.com"), RECEIVED, FROM] for n in range(6)]
    assert learn(changing) == Habit("example.com", 0, 1), "a farm of servers is one"
    assert learn([[own("pass"), own("none"), RECEIVED, FROM]] * 6) == Habit("example.com", 0, 2)


def test_who_forges_some_mails_teaches_nothing() -> None:
    plain = [RECEIVED, FROM]
    forged = [RECEIVED, FORGED, FROM]
    assert learn([plain] * 20 + [forged] * 15) is None
    assert learn([above()] * 3) is None, "three mails are no habit"
    assert learn([[own("pass"), FROM]] * 9) is None, "nothing that came over no network counts"
    assert learn([]) is None


def test_who_forges_some_mails_moves_nothing() -> None:
    forged = [INNER, RECEIVED, FORGED, FROM]
    assert learn([above()] * 10 + [forged] * 9) == Habit("example.com", 0, 1)
    assert learn([below()] * 10 + [[RECEIVED, *forged]] * 2) == Habit("example.com", 2, 1)


def test_a_server_on_top_is_believed_and_nobody_below_it() -> None:
    habit = learn([above()] * 9)
    assert said(above("fail"), habit) == ["fail"]
    assert said([own("fail"), RECEIVED, FORGED, FROM], habit) == ["fail"]
    assert said([RECEIVED, FORGED, FROM], habit) == [], "the server wrote nothing: what the sender wrote is none of its"
    assert said([own("pass", "mx.evil.example"), RECEIVED, FROM], habit) == []
    assert said(above(), None) == []


def test_below_received_fields_only_the_first_is_believed() -> None:
    habit = learn([below()] * 9)
    assert said(below("fail"), habit) == ["fail"]
    mail = below("fail")
    assert said([*mail[:-1], FORGED, FROM], habit) == ["fail"], "forged directly below"
    assert said([INNER, RECEIVED, RECEIVED, FORGED, FROM], habit) == [], "one relay further down than ever"


def test_a_broken_field_on_top_hides_nothing_below_it() -> None:
    habit = learn([above()] * 9)
    broken = ("Authentication-Results", 'mx.example.com; dmarc=fail reason="open')
    assert said([broken, FORGED, RECEIVED, FROM], habit) == []


def test_the_setting_chooses_or_forbids() -> None:
    assert said(below("fail"), None, "mx.example.com") == ["fail"]
    assert said(below("fail"), None, "Example.com") == ["fail"], "a domain stands for its servers"
    assert said(below(), None, "ample.com") == []
    assert said(below(), learn([below()] * 9), "other.example") == []
    assert said(above(), learn([above()] * 9), "none") == []


@settings(max_examples=examples(100))
@given(st.lists(st.tuples(st.sampled_from(["Received", "Authentication-Results", "X"]), st.text(max_size=60)), max_size=12))
def test_no_field_raises(fields: list[Field]) -> None:
    assert believed(fields, Habit("example.com", 1, 1)) == ()
    assert learn([fields] * 6) is None or any(name == "Authentication-Results" for name, _ in fields)
