"""Whom one could put into an address book: the people, addresses and phone numbers that a message names."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from html import unescape
from typing import Literal
from urllib.parse import unquote

from msgspec import Struct

from core.address import Address
from core.clean import clean_line
from core.envelope import Envelope

MOST = 60
"""Things that are found in one message."""
LONGEST = 200_000
"""Characters of a text that are looked through, from its end where it is longer: signatures stand there."""
Kind = Literal["mail", "phone", "fax"]
Place = Literal["from", "sender", "reply-to", "to", "cc", "text"]

_MAIL = re.compile(r"(?<![\w.+/=-])[\w.+-]{1,64}@(?:[\w-]{1,63}\.){1,8}[a-z]{2,24}\b", re.IGNORECASE)
_LINK = re.compile(r"""href\s{0,9}=\s{0,9}["']?\s{0,9}(mailto|tel):([^"'>\s]{1,300})""", re.IGNORECASE)
_NUMBER = re.compile(r"(?<![\w.,/:@#=+-])(?:\+|\(\+?\d{1,4}\)|\(0\))? ?\d(?:[ \xa0./()-]{0,3}\d){5,15}(?![\w@=]|[.,:/-]\d)")
_LABEL = re.compile(
    r"(?:\b(?:tele?(?:fon[eo]?|phone|móvel|movel)?|téléphone|téléfono|phone|ph|mobile?|mobil|móvel|portable|cell(?:ular)?|handy|gsm|"
    r"(?P<fax>(?:tele)?fax)|t|m|p|(?P<f>f))\b|[☎✆📞📱☏]|(?P<sign>📠))[\s.:)(/\xa0-]{0,4}$",
    re.IGNORECASE,
)
_DATE = re.compile(r"(?:\d{4}[-/.]\d{1,2}[-/.]\d{1,2}|\d{1,2}[-/.]\d{1,2}[-/.](?:\d{4}|\d{2}))(?:[^\d.]|$)")
_NORTH_AMERICAN = re.compile(r"\(?[2-9]\d\d\)?[ .-]{1,2}[2-9]\d\d[ .-]\d{4}")


class Find(Struct, frozen=True):
    """An address or a phone number."""

    kind: Kind
    value: str
    """As it is shown and kept; clean."""
    name: str
    """Whose it is, as far as the message says; ''."""
    place: Place

    @property
    def key(self) -> str:
        """What tells it from others: the folded address, the digits of a number."""
        return same_as(self.value, mail=self.kind == "mail")


def same_as(value: str, *, mail: bool) -> str:
    """What two spellings of an address or a phone number have in common."""
    if mail:
        return value.strip().casefold()
    digits = re.sub(r"\(0\)|\D", "", value)
    return f"+{digits.removeprefix('00')}" if value.lstrip(" (").startswith(("+", "00")) else digits


def finds(envelope: Envelope, text: str, html: str = "", own: Iterable[str] = ()) -> tuple[Find, ...]:
    """What a message names, people of the header first; each once, one's own addresses (folded) not at all. Never raises."""
    found: dict[str, Find] = {}
    left_out = set(own)
    author = envelope.from_[0].shown if envelope.from_ else ""
    for one in (*_people(envelope), *_links(html, author), *_numbers(text, author), *_addresses(text)):
        known = found.get(one.key)
        if one.key in left_out or not one.value or (known is None and len(found) >= MOST):
            continue
        if known is None or (one.name and not known.name):
            found[one.key] = one
    return tuple(found.values())


def _people(envelope: Envelope) -> Iterator[Find]:
    places: tuple[tuple[Place, tuple[Address, ...]], ...] = (
        ("from", envelope.from_), ("sender", envelope.sender), ("reply-to", envelope.reply_to), ("to", envelope.to),
        ("cc", envelope.cc),
    )  # fmt: skip
    for place, people in places:
        for one in people:
            if one.domain:
                yield Find("mail", clean_line(one.addr), clean_line(one.name), place)


def _links(html: str, author: str) -> Iterator[Find]:
    for found in _LINK.finditer(html[:LONGEST]):
        value = clean_line(unquote(unescape(found[2])).partition("?")[0].partition(";")[0])
        if found[1].lower() == "mailto":
            if _MAIL.fullmatch(value):
                yield Find("mail", value, "", "text")
        elif 3 <= len(re.sub(r"\D", "", value)) <= 17 and re.fullmatch(r"[+\d ()./*#-]{3,30}", value):
            yield Find("phone", value, author, "text")


def _addresses(text: str) -> Iterator[Find]:
    for found in _MAIL.finditer(text[-LONGEST:]):
        yield Find("mail", found[0], "", "text")


def _numbers(text: str, author: str) -> Iterator[Find]:
    """Numbers that look like those of phones: with a country's prefix, with a word before them, or written as phones are."""
    text = text[-LONGEST:]
    for found in _NUMBER.finditer(text):
        value = " ".join(found[0].replace("\xa0", " ").split())
        digits = re.sub(r"\D", "", value)
        before = text[max(found.start() - 24, 0) : found.start()].rpartition("\n")[2]
        label = _LABEL.search(before)
        fax = label is not None and any(label[name] for name in ("fax", "f", "sign"))
        if _is_phone(value, digits, labelled=label is not None):
            yield Find("fax" if fax else "phone", value, author, "text")


def _is_phone(value: str, digits: str, *, labelled: bool) -> bool:
    if _DATE.match(value) or len(digits) > 15 or value.count("(") != value.count(")"):
        return False
    if labelled or value.startswith(("+", "(+")):
        return len(digits) >= 6
    if digits.startswith("00"):
        return len(digits) >= 9 and not value.isdigit()
    national = digits.startswith("0") and 9 <= len(digits) <= 12 and not value.isdigit()
    return (national and "." not in value.removeprefix("0")[:2]) or _NORTH_AMERICAN.fullmatch(value) is not None
