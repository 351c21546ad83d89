"""The people in an address book (a vdir folder of vCards): addresses, numbers, categories, groups and lists."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path

from msgspec import Struct
from msgspec.structs import replace

from core.address import Address
from core.business_card import SPLIT, card_text, parted, plain_value, unfolded
from core.charset import decode
from core.clean import clean_line
from core.errors import NotFound, StoreError
from core.merge_table import Source

MOST = 50_000
LARGEST = 4 * 1024 * 1024


class Person(Struct, frozen=True):
    """One card."""

    name: str
    first: str = ""
    last: str = ""
    emails: tuple[str, ...] = ()
    """The preferred one first."""
    phones: tuple[tuple[str, str], ...] = ()
    """(number, what for: cell, fax, work …), the preferred one first."""
    categories: tuple[str, ...] = ()
    organisation: str = ""
    nickname: str = ""
    uid: str = ""
    group: bool = False
    """It is a list of others (KIND:group, X-ADDRESSBOOKSERVER-KIND:group)."""
    members: tuple[str, ...] = ()
    """Of a list: UIDs and addresses."""
    book: str = ""
    """The folder below the address book's that it stands in: one of several books, shared ones too."""


def read_book(folder: str) -> list[Person]:
    """Everybody in an address book, by name. Raises StoreError `vdir-missing`, `vdir-trouble`."""
    top = Path(folder).expanduser()
    if not folder or not top.is_dir():
        raise StoreError("vdir-missing", file=str(top) if folder else "", answer="")
    found: list[Person] = []
    try:
        for path in sorted(top.rglob("*.vcf"))[:MOST]:
            if not path.name.startswith(".") and path.is_file() and path.stat().st_size <= LARGEST:
                book = str(path.parent.relative_to(top)).removeprefix(".")
                found += [replace(one, book=clean_line(book)) for one in read_people(decode(path.read_bytes(), ""))]
    except OSError as error:
        raise StoreError("vdir-trouble", file=str(top), answer=error.strerror or str(error)) from error
    return sorted(found, key=lambda one: one.name.casefold())


def read_people(text: str) -> list[Person]:
    """The cards in a text. Never raises."""
    found: list[Person] = []
    fields: dict[str, list[tuple[list[str], str]]] | None = None
    for line in unfolded(text):
        head, colon, value = parted(line)
        words = head.upper().split(";")
        key = words[0].rpartition(".")[2]
        if not colon:
            continue
        if key == "BEGIN":
            fields = {}
        elif key == "END" and fields is not None:
            found.append(_person(fields))
            fields = None
        elif fields is not None:
            fields.setdefault(key, []).append((words, value))
    return found


def _person(fields: Mapping[str, list[tuple[list[str], str]]]) -> Person:
    def first(key: str) -> str:
        return next((card_text(key, words, value) for words, value in fields.get(key, ())), "")

    whole = next((card_text("N", words, value, keep=True) for words, value in fields.get("N", ())), "")
    family, given = [*map(plain_value, SPLIT.split(whole)), "", ""][:2]
    kinds = {first("KIND").lower(), first("X-ADDRESSBOOKSERVER-KIND").lower()}
    members = [value for key in ("MEMBER", "X-ADDRESSBOOKSERVER-MEMBER") for _, value in fields.get(key, ())]
    emails = tuple(dict.fromkeys(text for _, text in _preferred(fields.get("EMAIL", ()), "EMAIL") if "@" in text))
    named = [one for words, value in fields.get("CATEGORIES", ()) for one in card_text("CATEGORIES", words, value).split(",")]
    return Person(
        name=first("FN") or " ".join(part for part in (given, family) if part) or (emails[0] if emails else ""),
        first=given, last=family, emails=emails,
        phones=tuple((text.removeprefix("tel:"), use) for use, text in _preferred(fields.get("TEL", ()), "TEL")),
        categories=tuple(dict.fromkeys(one.strip() for one in named if one.strip())),
        organisation=first("ORG"), nickname=first("NICKNAME"), uid=first("UID"), group="group" in kinds,
        members=tuple(clean_line(one).removeprefix("urn:uuid:").removeprefix("mailto:") for one in members),
    )  # fmt: skip


def _preferred(values: Iterable[tuple[list[str], str]], key: str) -> list[tuple[str, str]]:
    """(what for, text), the preferred first: TYPE=PREF of vCard 3, PREF=1 of vCard 4."""
    found = []
    for words, value in values:
        said = " ".join(words[1:])
        rank = 1 if "PREF" in said.replace("PREF=", " ") else 100
        for word in words[1:]:
            if word.startswith("PREF=") and word[5:].isdigit():
                rank = int(word[5:])
        use = next((one.lower() for one in ("FAX", "CELL", "WORK", "HOME", "VOICE") if one in said), "")
        found.append((rank, use, card_text(key, words, value)))
    return [(use, text) for _, use, text in sorted(found, key=lambda one: one[0]) if text]


def groups(people: Iterable[Person]) -> dict[str, tuple[Person, ...]]:
    """Everybody of a category, and of a list, by its name."""
    people = list(people)
    by_uid = {one.uid: one for one in people if one.uid}
    found: dict[str, dict[Person, None]] = {}
    spelt: dict[str, str] = {}

    def put(name: str, person: Person) -> None:
        found.setdefault(spelt.setdefault(name.casefold(), name), {})[person] = None

    for one in people:
        for name in one.categories:
            if not one.group:
                put(name, one)
        if one.group and one.name:
            for member in one.members:
                known = by_uid.get(member) or (Person("", emails=(member,)) if "@" in member else None)
                if known is not None:
                    put(one.name, known)
    return {name: tuple(members) for name, members in sorted(found.items(), key=lambda pair: pair[0].casefold())}


def members(people: Iterable[Person], group: str = "") -> tuple[Person, ...]:
    """Everybody with an address, or those of one group (any case). Raises NotFound `no-contact-group`."""
    people = list(people)
    if not group:
        return tuple(one for one in people if one.emails and not one.group)
    for name, found in groups(people).items():
        if name.casefold() == group.casefold():
            return tuple(one for one in found if one.emails)
    raise NotFound("no-contact-group", what="group", name=group)


def addresses(people: Iterable[Person], *, every: bool = False) -> tuple[Address, ...]:
    """Their addresses, the main one of each or all."""
    return tuple(Address(one.name, addr) for one in people for addr in (one.emails if every else one.emails[:1]))


def as_source(people: Iterable[Person], name: str) -> Source:
    """People as a table for a mail merge; several addresses stand in one cell."""
    columns = ("name", "first_name", "last_name", "email", "organisation", "nickname", "phone")
    rows = tuple(
        (one.name, one.first, one.last, ", ".join(one.emails), one.organisation, one.nickname, one.phones[0][0] if one.phones
         else "")
        for one in people
    )  # fmt: skip
    return Source(name, columns, rows)
