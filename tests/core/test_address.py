"""Addresses are read however they are written, and none is brought in by an encoded word."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.address import Address, ascii_domain, format_address, format_addresses, parse_addresses
from core.errors import UsageError
from tests.core.test_clean import any_text, is_safe


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("ana@example.org", [("", "ana@example.org")]),
        ("Ana Sousa <ana@example.org>", [("Ana Sousa", "ana@example.org")]),
        ('"Sousa, Ana" <ana@example.org>', [("Sousa, Ana", "ana@example.org")]),
        ("Sousa, Ana <ana@example.org>", [("Sousa, Ana", "ana@example.org")]),
        ("ana@example.org (Ana Sousa)", [("Ana Sousa", "ana@example.org")]),
        ("=?utf-8?q?Ana_S=C3=B5usa?= <ana@example.org>", [("Ana Sõusa", "ana@example.org")]),
        ('"=?utf-8?b?QW5h?=" <ana@example.org>', [("Ana", "ana@example.org")]),
        ("a@x.org, b@y.org", [("", "a@x.org"), ("", "b@y.org")]),
        ("A <a@x.org>; B <b@y.org>", [("A", "a@x.org"), ("B", "b@y.org")]),
        ("Team: a@x.org, B <b@y.org>;, c@z.org", [("", "a@x.org"), ("B", "b@y.org"), ("", "c@z.org")]),
        ("undisclosed-recipients:;", []),
        ("<@relay.org,@other.org:a@x.org>", [("", "a@x.org")]),
        ('"a b"@x.org', [("", '"a b"@x.org')]),
        ("<a@x.org>", [("", "a@x.org")]),
        ("'Ana' <a@x.org>", [("Ana", "a@x.org")]),
        ("Ana a@x.org", [("Ana", "a@x.org")]),
        ("root", [("", "root")]),
        ("", []),
        (" ,, ;", []),
        ('"Ana \\"the\\" Sousa" <a@x.org>', [('Ana "the" Sousa', "a@x.org")]),
        ("A <a@x.org> B <b@y.org>", [("A", "a@x.org"), ("B", "b@y.org")]),
        ("<>", []),
        ("Ana <a@x.org", [("Ana", "a@x.org")]),
    ],
)
def test_reading(value: str, expected: list[tuple[str, str]]) -> None:
    assert [(each.name, each.addr) for each in parse_addresses(value)] == expected


def test_an_encoded_word_brings_in_no_address() -> None:
    found = parse_addresses("=?utf-8?q?x=3Cevil=40bad.org=3E=2C_?= <ana@example.org>")
    assert [each.addr for each in found] == ["ana@example.org"]
    assert found[0].name == "x<evil@bad.org>,"


def test_line_ends_in_a_value_bring_in_no_address() -> None:
    found = parse_addresses("ana@example.org\r\nBcc: evil@bad.org")
    assert all("\n" not in each.addr and "\r" not in each.addr for each in found)


def test_what_an_address_tells() -> None:
    address = Address("Ana", "Ana@Example.ORG")
    assert (address.shown, address.domain, address.key) == ("Ana", "Example.ORG", "ana@example.org")
    assert Address("", "root").domain == ""
    assert Address("", "a@b").shown == "a@b"


def test_writing_quotes_what_must_be_quoted() -> None:
    assert format_address(Address("", "a@x.org")) == "a@x.org"
    assert format_address(Address("Ana Sousa", "a@x.org")) == "Ana Sousa <a@x.org>"
    assert format_address(Address('Sousa, "Ana"', "a@x.org")) == '"Sousa, \\"Ana\\"" <a@x.org>'
    assert format_addresses([Address("", "a@x.org"), Address("B", "b@y.org")]) == "a@x.org, B <b@y.org>"


names = st.text(st.characters(codec="utf-8", categories=["L", "N", "P", "Zs"]), max_size=20).map(
    lambda text: " ".join(text.split())
)
locals_ = st.from_regex(r"[a-z0-9][a-z0-9.+_-]{0,10}", fullmatch=True)
domains = st.from_regex(r"[a-z0-9]{1,8}(\.[a-z]{2,5}){1,2}", fullmatch=True)
mailboxes = st.builds(lambda name, local, domain: (name, f"{local}@{domain}"), names, locals_, domains)


@settings(deadline=None)
@given(st.lists(mailboxes, max_size=5))
def test_what_is_written_is_read_again(boxes: list[tuple[str, str]]) -> None:
    addresses = [Address(name, addr) for name, addr in boxes]
    assert [each.addr for each in parse_addresses(format_addresses(addresses))] == [each.addr for each in addresses]


@settings(deadline=None)
@given(any_text | st.text(st.sampled_from('<>@,;:"()\\ab =?\n\t.'), max_size=80))
def test_anything_is_read_and_clean(value: str) -> None:
    for address in parse_addresses(value):
        assert is_safe(address.name)
        assert is_safe(address.addr)
        assert address.name or address.addr


def test_many_recipients_and_deep_comments_are_read() -> None:
    assert len(parse_addresses(", ".join(f"User {n} <u{n}@x.org>" for n in range(5000)))) == 5000
    assert parse_addresses("(" * 50_000 + "a@x.org" + ")" * 50_000) == []
    assert isinstance(parse_addresses("<" * 50_000), list)
    assert isinstance(parse_addresses('"' * 50_001), list)


def test_domains_for_the_wire() -> None:
    assert ascii_domain("Example.ORG") == "example.org"
    assert ascii_domain("bücher.example") == "xn--bcher-kva.example"
    with pytest.raises(UsageError) as raised:
        ascii_domain("a\u2603..example")
    assert raised.value.id == "bad-domain"
