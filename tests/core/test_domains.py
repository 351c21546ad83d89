"""Domains: whose they are, what they look like, which alphabets they mix."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.domains import is_disguise, nearly_same, organisation, scripts, skeleton, spelled


@pytest.mark.parametrize(
    ("domain", "whose"),
    [
        ("example.org", "example.org"),
        ("a.b.Example.ORG.", "example.org"),
        ("mail.example.co.uk", "example.co.uk"),
        ("example.com.br", "example.com.br"),
        ("x.example.de", "example.de"),
        ("shop.example.com.de", "example.com.de"),
        ("co.uk", "co.uk"),
        ("www.ana.github.io", "ana.github.io"),
        ("mail.firm.onmicrosoft.com", "firm.onmicrosoft.com"),
        ("a.office.city.shinjuku.tokyo.jp", "city.shinjuku.tokyo.jp"),
        ("mail.example.co.jp", "example.co.jp"),
        ("www.school.k12.ca.us", "school.k12.ca.us"),
        ("www.example.ca.us", "example.ca.us"),
        ("mail.example.com.np", "example.com.np"),
        ("mail.me.it", "me.it"),
        ("a.example.gov.xk", "example.gov.xk"),
        ("a.b.freenet.de", "freenet.de"),
        ("localhost", "localhost"),
        ("192.0.2.7", "192.0.2.7"),
        ("", ""),
    ],
)
def test_whose_a_domain_is(domain: str, whose: str) -> None:
    assert organisation(domain) == whose


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("paypa1.example", "paypal.example"),
        ("paypaI.example", "paypal.example"),
        ("rnicrosoft.example", "microsoft.example"),
        ("g00gle.example", "google.example"),
        ("\u0440\u0430ypal.example", "paypal.example"),
        ("b\u00fccher.example", "bucher.example"),
        ("vvikipedia.example", "wikipedia.example"),
    ],
)
def test_what_looks_the_same(one: str, other: str) -> None:
    assert skeleton(one) == skeleton(other)


@pytest.mark.parametrize(
    ("one", "other", "near"),
    [
        ("example", "exampel", True),
        ("example", "exmple", True),
        ("example", "examplle", True),
        ("example", "exomple", True),
        ("example", "example", False),
        ("example", "exomples", False),
        ("abc", "cba", False),
    ],
)
def test_one_letter_apart(one: str, other: str, near: bool) -> None:
    assert nearly_same(one, other) is near and nearly_same(other, one) is near


def test_punycode_is_spelled_out() -> None:
    assert spelled("mail.xn--bcher-kva.example") == "mail.b\u00fccher.example"
    assert spelled("xn--.example") in ("xn--.example", ".example")
    assert spelled("xn--\u00fc.example") == "xn--\u00fc.example"


def test_whole_domains_in_other_letters_are_disguises() -> None:
    assert is_disguise("xn--80ak6aa92e.com") == "apple.com"
    assert is_disguise("xn--bcher-kva.example") == "", "a word in Latin letters with its accents"
    assert is_disguise("\u0434\u0436\u0443\u043a.example") == "", "letters that look like no Latin ones"
    assert is_disguise("example.org") == ""


def test_alphabets() -> None:
    assert scripts("p\u0430ypal") == ("cyrillic", "latin")
    assert scripts("\u03a9mega") == ("greek", "latin")
    assert scripts("\u65e5\u672c\u8a9e\u30c6\u30b9\u30c8abc") == ("latin",)
    assert scripts("12-3") == ()


@given(st.text(max_size=80))
def test_no_domain_raises(text: str) -> None:
    for domain in (text, f"xn--{text}", f"{text}.example"):
        assert isinstance(is_disguise(domain), str)
        assert isinstance(organisation(spelled(domain)), str)
        assert scripts(domain) == tuple(sorted(scripts(domain)))
