"""Mail merge: one message to many people, each by itself, its `{placeholders}` filled from a table.

What is typed in braces names a column, in any case, blanks and underscores alike: `{First name}` is `{first_name}`.
`{name|friend}` says `friend` where the cell is empty; `{{` and `}}` are braces. Addresses are filled piece by piece, so
that no cell can add a recipient, a header line or a command.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

from msgspec import Struct

from core.address import Address, parse_addresses
from core.clean import clean_line
from core.compose import wire_address
from core.draft import ComposeError, Draft
from core.merge_table import Source
from core.people_line import split_people

MAIN, ALL = "main", "all"
"""Whether somebody with several addresses gets the mail at the first of them, or at each."""

_HOLDER = re.compile(r"\{\{|\}\}|\{([^{}|\n]{1,60})(?:\|([^{}\n]{0,200}))?\}")
_ALIKE = re.compile(r"[\s_-]+")
_MAIL_NAMES = frozenset((
    "email", "mail", "emailaddress", "mailaddress", "address", "primaryemail", "adresse", "courriel", "correo", "emailadresse",
    "mailadresse", "correio", "recipient", "to",
))  # fmt: skip
_NAMES = frozenset(("name", "fullname", "displayname", "nom", "nome", "nombre"))


class Trouble(Struct, frozen=True):
    """Why a row cannot be sent: an id for a sentence, and what it is about."""

    id: str
    """merge-no-column, merge-empty-cell, merge-no-address, merge-bad-address, merge-twice."""
    what: str = ""


class Filled(Struct, frozen=True):
    """The message for one person."""

    row: int
    """From 0, in the table."""
    draft: Draft
    trouble: tuple[Trouble, ...] = ()
    """Empty: it can be sent."""


class Plan(Struct, frozen=True):
    """What is sent to whom."""

    draft: Draft
    """The message with its placeholders."""
    source: Source
    column: int
    """Where the address stands; -1: `to` says it all."""
    to: str = ""
    """Recipients with placeholders; '': the address in `column`, with the name if there is such a column."""
    which: str = MAIN

    @property
    def used(self) -> tuple[str, ...]:
        """The placeholders in use, as they are written, each once."""
        found: dict[str, None] = {}
        for text in (self.to, self.draft.subject, self.draft.body, *(one.name for one in self.draft.cc + self.draft.bcc)):
            found.update(dict.fromkeys(match[1].strip() for match in _HOLDER.finditer(text) if match[1]))
        return tuple(found)

    @property
    def unknown(self) -> tuple[str, ...]:
        """Placeholders that no column is named like: a mistake in the message, not in a row."""
        return tuple(one for one in self.used if _key(one) not in _columns(self.source))


def plan(draft: Draft, source: Source, *, column: int | None = None, which: str = MAIN) -> Plan:
    """How a draft is merged: what stands in its To field with braces counts, else the column that holds addresses."""
    typed = dict(draft.typed).get("to", "")
    to = ""
    if "{" in typed:
        shown = [f"{one.name} <{one.addr}>" if one.name else one.addr for one in draft.to]
        to = ", ".join([*shown, typed])
    rest = tuple(pair for pair in draft.typed if pair[0] != "to")
    found = address_column(source) if column is None else column
    return Plan(replace(draft, to=() if to else draft.to, typed=rest), source, found, to, which)


def address_column(source: Source) -> int:
    """The column that holds mail addresses, by its name, else by what stands in it; -1 where there is none."""
    for n, name in enumerate(source.columns):
        if _key(name) in _MAIL_NAMES and any("@" in row[n] for row in source.rows[:50]):
            return n
    counts = [sum("@" in row[n] for row in source.rows[:200]) for n in range(len(source.columns))]
    best = max(range(len(counts)), key=lambda n: counts[n], default=-1)
    return best if best >= 0 and counts[best] else -1


def fill_all(plan: Plan) -> Iterator[Filled]:
    """Every message, in the order of the table; an address that came before is `merge-twice`."""
    seen: set[str] = set()
    for row in range(len(plan.source.rows)):
        for one in fill(plan, row):
            people = one.draft.recipients
            known = {person.key for person in people} & seen
            if people and not one.trouble and known and len(known) == len({person.key for person in people}):
                one = Filled(one.row, one.draft, (Trouble("merge-twice", sorted(known)[0]),))
            if not one.trouble:
                seen.update(person.key for person in one.draft.to)
            yield one


def fill(plan: Plan, row: int) -> list[Filled]:
    """The messages for one row: several where somebody has several addresses and each is to get one."""
    values = dict(zip(_columns(plan.source), plan.source.rows[row], strict=True))
    trouble: dict[Trouble, None] = dict.fromkeys(Trouble("merge-no-column", name) for name in plan.unknown)
    subject = _filled(plan.draft.subject, values, trouble)
    body = _filled(plan.draft.body, values, trouble)
    cc, bcc = (tuple(_person(one, values, trouble) for one in people) for people in (plan.draft.cc, plan.draft.bcc))
    draft = replace(plan.draft, subject=clean_line(subject), body=body, cc=cc, bcc=bcc)
    return [
        Filled(row, replace(draft, to=to), tuple(trouble | dict.fromkeys(wrong))) for to, wrong in _recipients(plan, values, row)
    ]


def _recipients(plan: Plan, values: dict[str, str], row: int) -> Iterator[tuple[tuple[Address, ...], list[Trouble]]]:
    if plan.to:
        trouble: dict[Trouble, None] = {}
        people = tuple(_mailbox(one, values, trouble) for one in split_people(plan.to) if one.strip())
        yield people, [*trouble, *_doubts(people)]
        return
    if plan.column < 0:
        yield plan.draft.to, [] if plan.draft.to else [Trouble("merge-no-address")]
        return
    cell = plan.source.rows[row][plan.column]
    found = parse_addresses(cell)
    if not found:
        yield (), [Trouble("merge-no-address", clean_line(cell))]
        return
    name = next((values[key] for key in values if key in _NAMES), "")
    for one in found if plan.which == ALL else found[:1]:
        to = Address(one.name or clean_line(name), one.addr)
        # What had to be mended to be an address may be another one than was meant.
        yield (to,), _doubts((to,)) if one.addr in cell else [Trouble("merge-bad-address", clean_line(cell))]


def _mailbox(text: str, values: dict[str, str], trouble: dict[Trouble, None]) -> Address:
    """One recipient: what is filled in stays what it was meant as, a name or an address."""
    name, bracket, rest = text.strip().rpartition("<")
    addr = _filled((rest if bracket else text).strip().rstrip(">"), values, trouble)
    named = _filled(name.strip().strip('"'), values, trouble) if bracket else ""
    # A whole mailbox may stand in a cell: Ana <ana@example.org>.
    found = parse_addresses(addr)
    one = found[0] if len(found) == 1 else Address("", addr.strip())
    return Address(clean_line(named) or one.name, clean_line(one.addr))


def _person(one: Address, values: dict[str, str], trouble: dict[Trouble, None]) -> Address:
    return Address(clean_line(_filled(one.name, values, trouble)), clean_line(_filled(one.addr, values, trouble)))


def _doubts(people: Iterable[Address]) -> list[Trouble]:
    wrong = []
    for one in people:
        try:
            wire_address(one)
        except ComposeError:
            wrong.append(Trouble("merge-bad-address" if one.addr else "merge-no-address", clean_line(one.addr)))
    return wrong


def _filled(text: str, values: dict[str, str], trouble: dict[Trouble, None]) -> str:
    def put(match: re.Match[str]) -> str:
        if match[1] is None:
            return match[0][0]
        key = _key(match[1])
        value = values.get(key, "").strip()
        if not value and match[2] is not None:
            return match[2]
        if not value and key in values:
            trouble[Trouble("merge-empty-cell", clean_line(match[1].strip()))] = None
        return value

    return _HOLDER.sub(put, text)


def _columns(source: Source) -> dict[str, None]:
    return dict.fromkeys(_unique(source.columns))


def _unique(names: Sequence[str]) -> Iterator[str]:
    """The keys of the columns; a name that comes twice gets a number."""
    seen: dict[str, int] = {}
    for name in names:
        key = _key(name)
        seen[key] = seen.get(key, 0) + 1
        yield key if seen[key] == 1 else f"{key}{seen[key]}"


def _key(name: str) -> str:
    return _ALIKE.sub("", name.strip().casefold())
