"""What an address field can be filled from: mail addresses, phone numbers for gateways, and lists of people."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from msgspec import Struct

from core.address import Address
from core.clean import clean_line
from core.contact_book import Person, addresses, groups
from core.phone import phone_of

MAIL, PHONES, LISTS = "mail", "phones", "lists"
KINDS = (MAIL, PHONES, LISTS)


class Pick(Struct, frozen=True):
    """One line of the picker."""

    name: str
    """Who it is; '' for a list of everybody."""
    what: str
    """The address or the number; '' for a list."""
    people: tuple[Address, ...]
    """Whom it puts into the field."""
    book: str = ""
    """Which of several address books it is from; '' for past mail."""
    use: str = ""
    """What a number is for: cell, work, fax …"""


def picks(book: Iterable[Person], past: Iterable[Address], *, every: bool = False) -> dict[str, tuple[Pick, ...]]:
    """The lines of each kind: contacts by name, then those of past mail who are none; `every`: all addresses of a list's people.

    A person with several addresses or numbers has a line for each. Everybody together is the last of the lists.
    """
    people = list(book)
    mail: dict[str, Pick] = {}
    phones: dict[str, Pick] = {}
    for one in people:
        name = clean_line(one.name)
        for addr in () if one.group else one.emails:
            address = Address(one.name, addr)
            mail.setdefault(address.key, Pick(name, clean_line(addr), (address,), one.book))
        for number, use in () if one.group else one.phones:
            found = as_phone(one.name, number, use)
            if found is not None:
                phones.setdefault(found.key, Pick(name, clean_line(number), (found,), one.book, use))
    for address in past:
        mail.setdefault(address.key, Pick(clean_line(address.name), clean_line(address.addr), (address,)))
    lists = [Pick(clean_line(name), "", _each_once(addresses(some, every=every))) for name, some in groups(people).items()]
    lists.append(Pick("", "", _each_once(addresses((one for one in people if not one.group), every=every))))
    return {MAIL: tuple(mail.values()), PHONES: tuple(phones.values()), LISTS: tuple(one for one in lists if one.people)}


def as_phone(name: str, number: str, use: str) -> Address | None:
    """A number of a contact as a recipient: `+32475123456@SMS`, `…@fax` for a fax; None when it is no number."""
    digits = re.sub(r"\(0\)|[^0-9+]", "", number)
    plus = "+" if digits.startswith(("+", "00")) else ""
    bare = digits.removeprefix("00") if plus else digits
    address = Address(name, f"{plus}{bare.replace('+', '')}@{'fax' if use == 'fax' else 'SMS'}")
    return address if phone_of(address) is not None else None


def _each_once(people: Sequence[Address]) -> tuple[Address, ...]:
    return tuple({one.key: one for one in reversed(people)}.values())[::-1]
