"""Where links lead, and whether their text says so."""

from __future__ import annotations

import pytest
from hypothesis import given

from core.link_target import ascii_target, host_of, read_target, shown_elsewhere, unwrapped
from tests.core.test_clean import any_text, is_safe


@pytest.mark.parametrize(
    ("address", "host", "user", "number"),
    [
        ("https://a.example/x", "a.example", "", ""),
        ("https://Bank.Example@203.0.113.9/x", "203.0.113.9", "Bank.Example", "203.0.113.9"),
        ("https://bank.example:pw@evil.test:8080/x@y", "evil.test", "bank.example:pw", ""),
        ("https://bank.example\\@evil.test/", "bank.example", "", ""),
        ("http:\\\\evil.test\\x", "evil.test", "", ""),
        ("http:////evil.test", "evil.test", "", ""),
        ("http://3405803785/", "3405803785", "", "203.0.113.9"),
        ("http://0xcb007109/", "0xcb007109", "", "203.0.113.9"),
        ("http://0xcb.0.113.9/", "0xcb.0.113.9", "", "203.0.113.9"),
        ("http://0313.0.0161.011/", "0313.0.0161.011", "", "203.0.113.9"),
        ("http://203.0.28937/", "203.0.28937", "", "203.0.113.9"),
        ("http://[2001:db8::1]:80/", "[2001:db8::1]", "", "2001:db8::1"),
        ("http://%61.example/", "a.example", "", ""),
        ("http://a.example./", "a.example", "", ""),
        ("mailto:Me@A.example?subject=x@y", "a.example", "", ""),
        ("tel:+351", "", "", ""),
        ("http://1.2.3.4.5/", "1.2.3.4.5", "", ""),
        ("http://256.1.1.1/", "256.1.1.1", "", ""),
        ("https:", "", "", ""),
    ],
)
def test_an_address_is_taken_apart_as_browsers_do(address: str, host: str, user: str, number: str) -> None:
    target = read_target(address)
    assert (target.host, target.user, target.number) == (host, user, number)


def test_a_host_is_told_in_its_own_letters() -> None:
    assert host_of("https://xn--mnchen-3ya.example/") == "münchen.example"


@pytest.mark.parametrize(
    ("text", "address", "shown"),
    [
        ("https://bank.example/in", "https://evil.test/", "bank.example"),
        ("  http://WWW.Bank.example.  ", "https://evil.test/", "www.bank.example"),
        ("www.bank.example/in", "http://bank.example.evil.test/", "www.bank.example"),
        ("bank.example", "https://evil.test/bank.example", "bank.example"),
        ("„bank.de“", "https://evil.test/", "bank.de"),
        ("bank.co.uk", "https://evil.co.uk/", "bank.co.uk"),
        ("https://bank.example", "https://203.0.113.9/", "bank.example"),
        ("https://bank.example:443@evil.test/", "https://good.test/", "evil.test"),
        ("http://203.0.113.1/", "http://203.0.113.9/", "203.0.113.1"),
        ("https://bank.example for you", "https://evil.test/", "bank.example"),
        ("bücher.example", "https://xn--bcher-kva.test/", "bücher.example"),
        ("a@bank.example", "mailto:b@evil.test", "bank.example"),
        ("https://bank.example", "https://www.google.com/url?q=https://evil.test/", "bank.example"),
    ],
)
def test_texts_that_show_somebody_else(text: str, address: str, shown: str) -> None:
    assert shown_elsewhere(text, address) == shown


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("https://bank.example/in", "https://click.bank.example/r?x"),
        ("www.bank.co.uk", "https://mail.bank.co.uk/"),
        ("Bank.Example", "https://bank.example/"),
        ("bücher.example", "https://xn--bcher-kva.example/"),
        ("here", "https://evil.test/"),
        ("report.md", "https://files.test/1"),
        ("setup.py", "https://code.test/setup.py"),
        ("Node.js", "https://nodejs.test/"),
        ("ASP.NET", "https://learn.test/"),
        ("v1.2.3", "https://code.test/"),
        ("e.g. this", "https://a.test/"),
        ("me@bank.example", "https://bank.test/contact"),
        ("www.bank.example", "tel:123"),
        ("http://203.0.113.9/x", "http://3405803785/"),
        ("https://bank.example/x", "https://eur02.safelinks.protection.outlook.com/?url=https%3A%2F%2Fbank.example%2Fx&data=1"),
        ("www.bank.example", "https://urldefense.proofpoint.com/v2/url?u=https-3A__www.bank.example&d=DwMFAw"),
        ("https://bank.example/x", "https://urldefense.com/v3/__https://bank.example/x__;!!Abc$"),
        ("", "https://a.test/"),
    ],
)
def test_texts_that_show_nobody_else(text: str, address: str) -> None:
    assert shown_elsewhere(text, address) == ""


def test_a_wrapped_address_that_is_none_stays() -> None:
    for address in (
        "https://eur02.safelinks.protection.outlook.com/?url=javascript:x",
        "https://www.google.com/url?q=",
        "https://urldefense.com/v3/x",
        "https://evil.test/?url=https://bank.example",
        "http://[",
    ):
        assert unwrapped(address) == address


@pytest.mark.parametrize(
    ("address", "opened"),
    [
        ("https://a.example/x?y=1#z", "https://a.example/x?y=1#z"),
        ("https://bücher.example/ä b?ö=ü", "https://xn--bcher-kva.example/%C3%A4%20b?%C3%B6=%C3%BC"),
        ("https://ü@bücher.example:8443", "https://%C3%BC@xn--bcher-kva.example:8443"),
        ("https://a.example/%E2%80%AE%20ä", "https://a.example/%E2%80%AE%20%C3%A4"),
        ("mailto:zoë@a.example", "mailto:zo%C3%AB@a.example"),
    ],
)
def test_what_is_opened_is_ascii(address: str, opened: str) -> None:
    assert ascii_target(address) == opened


@given(any_text, any_text)
def test_any_text_and_address_is_borne(text: str, address: str) -> None:
    for target in (address, f"https://{address}", f"mailto:{address}"):
        assert is_safe(shown_elsewhere(text, target))
        assert is_safe(host_of(target))
        assert ascii_target(target).isascii()
        assert isinstance(unwrapped(target), str)
