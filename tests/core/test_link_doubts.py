"""What is said of a link before it is opened, and when the links of a page speak against its sender."""

from __future__ import annotations

import pytest
from hypothesis import given

from core.doubts import examine, lying_links
from core.envelope import read_envelope
from core.html import render_html
from core.link_doubts import examine_link
from core.rendered import Link
from tests.core.test_clean import any_text, is_safe
from tui.sentences import link_sentence


@pytest.mark.parametrize(
    ("text", "target", "sentences"),
    [
        ("here", "https://a.example/x", []),
        ("https://bank.example", "https://evil.test/", ["!Its text shows bank.example, but it leads to evil.test."]),
        (
            "here",
            "https://bank.example@203.0.113.9/in",
            [
                "!“bank.example” is no place, only a name in front of the @: it leads to 203.0.113.9.",
                "!It leads to a number, not to a name: 203.0.113.9.",
            ],
        ),
        ("here", "https://3405803785/", ["!It leads to a number, not to a name: 203.0.113.9."]),
        (
            "here",
            "https://xn--80ak6aa92e.test/login",
            ["!аррӏе.test is not apple.test: its letters only look like it.", "аррӏе.test is the same as xn--80ak6aa92e.test."],
        ),
        ("here", "https://bücher.example/", ["bücher.example is the same as xn--bcher-kva.example."]),
        (
            "here",
            "https://pаypal.example/",
            [
                "!“pаypal” mixes letters that look alike: Cyrillic, Latin.",
                "pаypal.example is the same as xn--pypal-4ve.example.",
            ],
        ),
        ("here", "https://a.example/%E2%80%AEcod.exe", ["!There are hidden characters in it: U+202E."]),
        ("here", "http://a.example/", ["The line to a.example is not encrypted: others can read and change what comes."]),
        ("here", "https://a.example:4711/", ["It asks for an unusual port: 4711."]),
        ("here", "https://www.google.com/url?q=https://a.example/", ["It goes through www.google.com to https://a.example/"]),
        ("here", "mailto:a@b.example", []),
        ("here", "tel:+351", []),
    ],
)
def test_what_is_said_of_a_link(text: str, target: str, sentences: list[str]) -> None:
    assert [f"{'!' if one.warning else ''}{link_sentence(one)}" for one in examine_link(Link(1, text, target))] == sentences


@given(any_text, any_text)
def test_anything_is_borne_and_every_sentence_is_safe(text: str, rest: str) -> None:
    for target in (f"https://{rest}", f"https://{rest}@203.0.113.9", f"http://a.example/{rest}", f"mailto:{rest}"):
        assert all(is_safe(link_sentence(one)) for one in examine_link(Link(1, text, target)))


def links(*pairs: tuple[str, str]) -> tuple[Link, ...]:
    """The links of a page with these texts and targets."""
    return render_html("".join(f'<p><a href="{target}">{text}</a>' for text, target in pairs), 70).links


LIE = ("www.bank.example", "https://evil.test/1")
CLICKS = tuple(("words", f"https://clicks.test/{n}") for n in range(5))


def test_a_lying_link_speaks_against_its_sender() -> None:
    assert [link.shows for link in lying_links(links(LIE), "")] == ["www.bank.example"]
    envelope = read_envelope(b"From: Bank <service@bank.example>\r\n\r\n")
    found = examine((), envelope, links=links(LIE)).findings
    assert [(one.id, one.values, one.warning) for one in found] == [
        ("links-lie", {"shown": "www.bank.example", "host": "evil.test"}, True)
    ]
    assert not examine((), envelope, links=links(("www.bank.example", "https://bank.example/"))).findings


def test_clicks_that_are_counted_do_not() -> None:
    lie = ("www.bank.example", "https://clicks.test/x")
    assert lying_links(links(lie, *CLICKS), "") == ()
    assert len(lying_links(links(lie, *CLICKS[:3]), "")) == 1
    assert len(lying_links(links(LIE, *CLICKS), "")) == 1


def test_nor_do_those_of_a_sender_who_is_vouched_for_and_shows_his_own_domain() -> None:
    assert lying_links(links(LIE), "mail.bank.example") == ()
    assert len(lying_links(links(LIE), "shop.example")) == 1
