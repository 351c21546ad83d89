"""Phones among the recipients: `32475123456@SMS`, `+32475123456@fax`, and how long a text is as SMS (3GPP TS 23.038, 23.040)."""

from __future__ import annotations

import re

from msgspec import Struct

from core.address import Address

SMS, FAX = "sms", "fax"
LONGEST_SMS = 1530
"""Characters of the text of an SMS in the phone's alphabet: ten parts."""

_PHONE = re.compile(r"(\+?[0-9](?:[0-9 ().\-/]{0,28}[0-9]))@(sms|fax)", re.IGNORECASE)
_ALPHABET = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§"
    "¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
_TWICE = frozenset("^{}\\[~]|€\f")
"""Letters that take two places."""


class Phone(Struct, frozen=True):
    """One phone."""

    number: str
    """Digits only, as in 32475123456."""
    kind: str
    """SMS or FAX."""
    plus: bool = False
    """Whether it was written with a plus sign, and so with the country's code."""


class Length(Struct, frozen=True):
    """How long a text is as SMS."""

    letters: int
    parts: int
    unicode: bool
    """It has letters that the phone's own alphabet has not: a part then holds 70 instead of 160."""


def phone_of(address: Address) -> Phone | None:
    """The phone that an address means, None for a mail address."""
    found = _PHONE.fullmatch(address.addr.strip())
    if found is None:
        return None
    digits = re.sub(r"[^0-9]", "", found[1])
    return Phone(digits, found[2].lower(), found[1].startswith("+")) if 3 <= len(digits) <= 20 else None


def sms_length(text: str) -> Length:
    """Letters and parts of a text."""
    if all(letter in _ALPHABET or letter in _TWICE for letter in text):
        letters = sum(2 if letter in _TWICE else 1 for letter in text)
        return Length(letters, 1 if letters <= 160 else -(-letters // 153), False)
    letters = len(text.encode("utf-16-le", "replace")) // 2
    return Length(letters, 1 if letters <= 70 else -(-letters // 67), True)
