"""Addresses and phone numbers found in messages."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import settings as trying
from hypothesis import strategies as st

from core.address import parse_addresses
from core.contact_finds import MOST, Find, finds, same_as
from core.envelope import Envelope
from tests.core.test_clean import is_safe
from tests.depth import examples


def envelope(from_: str = "Ana Sousa <ana@example.net>", to: str = "me@example.org", cc: str = "") -> Envelope:
    people = (tuple(parse_addresses(one)) for one in (from_, to, cc))
    author, recipients, copies = people
    return Envelope(from_=author, to=recipients, cc=copies)


def numbers(text: str) -> list[str]:
    return [one.value for one in finds(envelope(), text) if one.kind != "mail"]


def test_people_first_then_what_the_text_names() -> None:
    text = "Write to Rui <rui@harbour.example> or ANA@example.net.\n\n-- \nTel. +351 21 000 00 00\nFax: (02) 555 12 34\n"
    html = "<a href=\"mailto:info@farol.example?subject=x\">us</a> <a href='tel:%2B32-475-123456'>call</a>"
    found = finds(envelope(cc="Rui Barros <rui@harbour.example>"), text, html, {"me@example.org"})
    assert found == (
        Find("mail", "ana@example.net", "Ana Sousa", "from"), Find("mail", "rui@harbour.example", "Rui Barros", "cc"),
        Find("mail", "info@farol.example", "", "text"), Find("phone", "+32-475-123456", "Ana Sousa", "text"),
        Find("phone", "+351 21 000 00 00", "Ana Sousa", "text"), Find("fax", "(02) 555 12 34", "Ana Sousa", "text"),
    )  # fmt: skip


@pytest.mark.parametrize(
    "number",
    [
        "+32 475 12 34 56", "+32475123456", "+44 (0)20 7946 0958", "(+351) 912 345 678", "0475/12.34.56", "02 555 12 34",
        "030-1234567", "(555) 234-5678", "555-234-5678", "0032 475 12 34 56",
    ],
)  # fmt: skip
def test_numbers_that_look_like_phones(number: str) -> None:
    assert numbers(f"Call {number}, please.") == [number]


@pytest.mark.parametrize(
    "words",
    [
        "on 2019-06-09 at 10:00", "on 12.06.2019", "since 01/02/2024 12", "192.168.100.200", "EUR 1.234.567,00",
        "order 4711 0815", "0123456789", "version 3.11.2.100", "IBAN BE68 5390 0754 7034", "https://x.example/02-555-12-34",
        "a 12 345 678 b",
        "2024 2025 2026", "#02 555 12 34", "1,000,000 of 2,000,000", "id=0475-123456",
    ],
)  # fmt: skip
def test_what_is_no_phone_number(words: str) -> None:
    assert numbers(f"See {words} there.") == []


def test_a_word_before_makes_it_one() -> None:
    assert numbers("Telefon: 123 456\nM 912 345 678\n☎ 2345678\nGSM 475123456") == [
        "123 456", "912 345 678", "2345678", "475123456"
    ]  # fmt: skip
    assert [one.kind for one in finds(envelope(), "Fax +32 2 555 12 35 / F: 030 123 456 78")] == ["mail", "mail", "fax", "fax"]


def test_one_number_is_one_number() -> None:
    assert same_as("+44 (0)20 7946", mail=False) == same_as("0044 20-7946", mail=False) == "+44207946"
    assert numbers("+32 475 12 34 56 and 0032-475-123456") == ["+32 475 12 34 56"]
    assert len(finds(envelope(), " ".join(f"a{n}@x.example" for n in range(500)))) == MOST


@given(st.text(max_size=200), st.text("+0123456789 ()./-\n@a.:tel", max_size=200))
@trying(max_examples=examples(60))
def test_any_text(text: str, more: str) -> None:
    for one in finds(envelope(), text + more, f'<a href="tel:{more}"> <a href="mailto:{text}">'):
        assert is_safe(one.value) and one.value
