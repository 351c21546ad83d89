"""What a calendar file tells (iCalendar, RFC 5545): invitations, answers to them, cancellations, plain events (iTIP, RFC 5546).

Plain values, read in a process of its own (`core.calendar_reader`). Every text is one clean line but for the description.
"""

from __future__ import annotations

from msgspec import Struct

REQUEST, REPLY, CANCEL, COUNTER, PUBLISH = "REQUEST", "REPLY", "CANCEL", "COUNTER", "PUBLISH"
ADD, REFRESH, DECLINECOUNTER = "ADD", "REFRESH", "DECLINECOUNTER"
METHODS = (REQUEST, REPLY, CANCEL, COUNTER, PUBLISH, ADD, REFRESH, DECLINECOUNTER)
ACCEPTED, DECLINED, TENTATIVE, WAITING = "ACCEPTED", "DECLINED", "TENTATIVE", "NEEDS-ACTION"
ANSWERS = (ACCEPTED, DECLINED, TENTATIVE)

MOST_BYTES = 2 * 1024 * 1024
"""Of a calendar file that are looked at."""
MOST_ENTRIES = 200
"""Entries of a file that are read; the others are counted."""
MOST_PEOPLE = 200
LONGEST = 500
"""Characters of a line of text."""
LONGEST_TEXT = 20_000


class Moment(Struct, frozen=True):
    """A day, or a time in some zone."""

    text: str
    """`2026-11-24`, or `2026-11-24T13:00` on the clock of the zone."""
    zone: str = ""
    """The zone's name as the file has it, `UTC`; '' for a time that is the same on every clock (floating)."""
    seconds: int | None = None
    """Since 1970; None for days, floating times and zones that nobody knows."""
    offset: int = 0
    """Minutes from UTC at that time, where `seconds` is known."""

    @property
    def is_day(self) -> bool:
        """Whether it is a whole day."""
        return "T" not in self.text


class Person(Struct, frozen=True):
    """Who organises, or is invited."""

    address: str
    """'' where the file names none that mail could reach."""
    name: str = ""
    answer: str = WAITING
    """ACCEPTED, DECLINED, TENTATIVE, DELEGATED or WAITING."""
    role: str = ""
    """`CHAIR`, `REQ-PARTICIPANT`, `OPT-PARTICIPANT`, `NON-PARTICIPANT`."""
    kind: str = ""
    """`INDIVIDUAL`, `GROUP`, `ROOM`, `RESOURCE`."""

    @property
    def shown(self) -> str:
        """The name, else the address."""
        return self.name or self.address


class Rule(Struct, frozen=True):
    """How something repeats (RRULE, RFC 5545 §3.3.10)."""

    every: str
    """`SECONDLY` … `YEARLY`; '' for a rule that cannot be read."""
    interval: int = 1
    count: int = 0
    until: Moment | None = None
    days: tuple[tuple[int, int], ...] = ()
    """(n, week day from Monday = 0): the n-th of its month or year, from its end below 0, 0 for every one."""
    month_days: tuple[int, ...] = ()
    months: tuple[int, ...] = ()
    positions: tuple[int, ...] = ()
    """BYSETPOS: which of the days found in each month, week or year."""
    odd: bool = False
    """Whether it says more than this (weeks, days of the year, hours, minutes, seconds)."""


class Entry(Struct, frozen=True):
    """One event, task or journal entry; of a series, the whole of it or one changed occurrence."""

    kind: str
    """`VEVENT`, `VTODO`, `VJOURNAL` …"""
    uid: str = ""
    """As it stands in the file; '' where it has none."""
    sequence: int = 0
    stamp: int = 0
    """DTSTAMP, seconds since 1970."""
    title: str = ""
    place: str = ""
    text: str = ""
    link: str = ""
    status: str = ""
    """`CONFIRMED`, `TENTATIVE`, `CANCELLED` …"""
    start: Moment | None = None
    end: Moment | None = None
    organizer: Person | None = None
    people: tuple[Person, ...] = ()
    more_people: int = 0
    """Those that are not listed."""
    rule: Rule | None = None
    more_rules: bool = False
    """Whether further rules or single dates add to the series."""
    left_out: int = 0
    """Occurrences that the series leaves out (EXDATE)."""
    occurrence: Moment | None = None
    """Which occurrence of a series this is (RECURRENCE-ID)."""
    comment: str = ""
    busy: bool = True
    """Whether it takes time (TRANSP, a cancelled one does not)."""

    def person(self, addresses: frozenset[str]) -> Person | None:
        """The first invited one with one of these (folded) addresses."""
        return next((one for one in self.people if one.address.casefold() in addresses), None)


class Calendar(Struct, frozen=True):
    """A calendar file as far as it was read."""

    method: str = ""
    """One of METHODS, or ''."""
    entries: tuple[Entry, ...] = ()
    total: int = 0
    """Entries in the file, also those that were not read."""
    notices: tuple[str, ...] = ()
    """`calendar-broken`, `calendar-slow`, `calendar-failed`, `calendar-cut`, `calendar-zones`: ids of sentences."""

    @property
    def main(self) -> Entry | None:
        """The entry that the file is about: the series rather than its changed occurrences, an event rather than a task."""
        ranked = sorted(self.entries, key=lambda one: (one.kind != "VEVENT", one.occurrence is not None))
        return ranked[0] if ranked else None


class Stretch(Struct, frozen=True):
    """Time that is taken: seconds since 1970, the end is not part of it."""

    start: int
    end: int
    title: str = ""
    uid: str = ""


class Answer(Struct, frozen=True):
    """What somebody who was invited says."""

    address: str
    """As the invitation names them."""
    says: str
    """ACCEPTED, DECLINED, TENTATIVE, or COUNTER: another time is proposed."""
    name: str = ""
    comment: str = ""
    now: int = 0
    """Seconds since 1970, for DTSTAMP."""
    start: int = 0
    """When it is proposed to begin, seconds since 1970."""
