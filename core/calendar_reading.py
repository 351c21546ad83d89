"""Calendar files made into plain values with the library icalendar. Only for `core.calendar_worker`: it may take for ever."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any

import icalendar

from core.calendar_pieces import Pieces, pieces_of
from core.clean import clean_line, clean_text
from core.invitation import LONGEST, LONGEST_TEXT, METHODS, MOST_PEOPLE, WAITING, Calendar, Entry, Moment, Person, Rule

BROKEN = (ValueError, KeyError, TypeError, AttributeError, IndexError, OverflowError, ArithmeticError, RecursionError, OSError)
"""What the libraries for calendars raise on what strangers write."""
KINDS = ("VEVENT", "VTODO", "VJOURNAL", "VFREEBUSY")
_FREQUENCIES = ("SECONDLY", "MINUTELY", "HOURLY", "DAILY", "WEEKLY", "MONTHLY", "YEARLY")
_DAYS = {name: number for number, name in enumerate(("MO", "TU", "WE", "TH", "FR", "SA", "SU"))}
_KNOWN = {"FREQ", "INTERVAL", "COUNT", "UNTIL", "BYDAY", "BYMONTHDAY", "BYMONTH", "BYSETPOS", "WKST"}

Component = icalendar.Component


def read(data: bytes, *, zones: bool = True) -> Calendar:
    """What a file tells; without its own time zones where they are what is wrong with it."""
    pieces = pieces_of(data)
    found = components(pieces, zones=zones)
    entries = tuple(entry for one in found if (entry := _entry(one)) is not None)
    if zones and pieces.zones and len(entries) < len(pieces.entries):
        without = read(data, zones=False)
        if len(without.entries) > len(entries):
            return without
    notices = ["calendar-cut"] if pieces.cut else []
    if len(entries) < len(pieces.entries) or not pieces.total:
        notices.append("calendar-broken")
    if not zones:
        notices.append("calendar-zones")
    method = pieces.method if pieces.method in METHODS else ""
    return Calendar(method, entries, pieces.total, tuple(notices))


def components(pieces: Pieces, *, zones: bool = True) -> list[Component]:
    """The entries as the library has them; those that it cannot read are left out."""
    try:
        whole = icalendar.Calendar.from_ical(pieces.assembled(zones=zones))
        return _entries_of(whole)
    except BROKEN:
        found = []
    for piece in pieces.entries:
        try:
            found += _entries_of(icalendar.Calendar.from_ical(pieces.assembled([piece], zones=zones)))
        except BROKEN:
            continue
    return found


def _entries_of(whole: Any) -> list[Component]:
    return [one for one in whole.subcomponents if one.name in KINDS]


def _entry(one: Component) -> Entry | None:
    try:
        start = moment(value_of(one, "DTSTART"))
        end = _end(one, start)
        people = [person for value in _all(one, "ATTENDEE")[:MOST_PEOPLE] if (person := _person(value)) is not None]
        rules = _all(one, "RRULE")
        organizer = value_of(one, "ORGANIZER")
        stamp = moment(value_of(one, "DTSTAMP"))
        return Entry(
            kind=one.name or "",
            uid=uid_of(one),
            sequence=sequence_of(one),
            stamp=stamp.seconds if stamp is not None and stamp.seconds is not None else 0,
            title=_line(one, "SUMMARY"),
            place=_line(one, "LOCATION"),
            text=clean_text(_text(one, "DESCRIPTION")[:LONGEST_TEXT]).strip(),
            link=_line(one, "URL") or _line(one, "CONFERENCE"),
            status=_word(one, "STATUS"),
            start=start,
            end=end,
            organizer=_person(organizer) if organizer is not None else None,
            people=tuple(people),
            more_people=max(len(_all(one, "ATTENDEE")) - len(people), 0),
            rule=_rule(rules[0]) if rules else None,
            more_rules=len(rules) > 1 or bool(_all(one, "RDATE")),
            left_out=sum(len(getattr(value, "dts", ())) for value in _all(one, "EXDATE")),
            occurrence=moment(value_of(one, "RECURRENCE-ID")),
            comment=clean_text("\n".join(str(value) for value in _all(one, "COMMENT"))[:LONGEST_TEXT]).strip(),
            busy=_word(one, "TRANSP") != "TRANSPARENT" and _word(one, "STATUS") != "CANCELLED",
        )
    except BROKEN:
        return None


# single properties ---------------------------------------------------------------


def _all(one: Component, name: str) -> list[Any]:
    """Every value of a property that the library could read."""
    found = one.get(name)
    values = found if isinstance(found, list) else [] if found is None else [found]
    return [value for value in values if type(value).__name__ != "vBroken"]


def value_of(one: Component, name: str) -> Any:
    """The first value of a property, or None."""
    return next(iter(_all(one, name)), None)


def _text(one: Component, name: str) -> str:
    value = value_of(one, name)
    return "" if value is None else str(value)


def _line(one: Component, name: str) -> str:
    return clean_line(_text(one, name)[: 2 * LONGEST])[:LONGEST]


def _word(one: Component, name: str) -> str:
    return clean_line(_text(one, name)[:100]).upper()


def uid_of(one: Component) -> str:
    """The UID, one line as it stands there."""
    return _text(one, "UID")[:1000]


def sequence_of(one: Component) -> int:
    """SEQUENCE, 0 where there is none."""
    try:
        return min(max(int(value_of(one, "SEQUENCE") or 0), 0), 2**31 - 1)
    except (ValueError, TypeError):
        return 0


def moment(value: Any) -> Moment | None:
    """A property of a day or time, or None."""
    when = getattr(value, "dt", None)
    if isinstance(when, datetime):
        return _time(when, str(value.params.get("TZID", "")) if hasattr(value, "params") else "")
    return Moment(when.isoformat()) if isinstance(when, date) else None


def _time(when: datetime, zone: str) -> Moment:
    text = when.strftime("%Y-%m-%dT%H:%M").rjust(16, "0")
    zone = clean_line(zone)[:100]
    if when.tzinfo is None or not 1900 <= when.year <= 9000:
        return Moment(text, zone)
    try:
        offset = when.utcoffset() or timedelta(0)
        seconds = int((when.replace(tzinfo=UTC) - offset).timestamp())
    except (OverflowError, ValueError):
        return Moment(text, zone)
    return Moment(text, zone or "UTC", seconds, int(offset.total_seconds() // 60))


def _end(one: Component, start: Moment | None) -> Moment | None:
    """DTEND or DUE, or DTSTART and DURATION together (RFC 5545 §3.6.1); an end before the beginning is none."""
    end = moment(value_of(one, "DTEND")) or moment(value_of(one, "DUE"))
    lasts = getattr(value_of(one, "DURATION"), "dt", None)
    value = value_of(one, "DTSTART")
    if end is None and start is not None and isinstance(lasts, timedelta):
        try:
            then = value.dt + lasts
        except (OverflowError, ValueError):
            return None
        end = _time(then, start.zone if start.zone != "UTC" else "") if isinstance(then, datetime) else Moment(then.isoformat())
    if end is None or start is None or end.is_day != start.is_day:
        return end if start is None else None
    both = (start.seconds, end.seconds)
    later = both[1] >= both[0] if both[0] is not None and both[1] is not None else end.text >= start.text
    return end if later else None


def _person(value: Any) -> Person | None:
    scheme, colon, address = str(value).strip().partition(":")
    address = clean_line(address if colon and scheme.lower() == "mailto" else "" if colon else scheme)[:LONGEST]
    params = getattr(value, "params", {})
    if not address or "@" not in address:
        address = clean_line(str(params.get("EMAIL", "")))[:LONGEST]
    name = clean_line(str(params.get("CN", "")))[:LONGEST]
    if not name and not address:
        return None
    answer, role, kind = (clean_line(str(params.get(key, "")))[:40].upper() for key in ("PARTSTAT", "ROLE", "CUTYPE"))
    return Person(address if "@" in address else "", name.strip("'\""), answer or WAITING, role, kind)


# rules ------------------------------------------------------------------------


def _rule(value: Any) -> Rule:
    parts = {str(name).upper(): list(values) if isinstance(values, list) else [values] for name, values in value.items()}
    every = str(parts.get("FREQ", [""])[0]).upper()
    if every not in _FREQUENCIES:
        return Rule("")
    until = parts.get("UNTIL", [None])[0]
    months = tuple(_numbers(parts.get("BYMONTH", ())))
    return Rule(
        every=every,
        interval=max(next(iter(_numbers(parts.get("INTERVAL", ()))), 1), 1),
        count=max(next(iter(_numbers(parts.get("COUNT", ()))), 0), 0),
        until=_until(until),
        days=tuple(day for name in parts.get("BYDAY", ()) if (day := _day(str(name))) is not None),
        month_days=tuple(_numbers(parts.get("BYMONTHDAY", ()))),
        months=tuple(month for month in months if 1 <= month <= 12),
        positions=tuple(_numbers(parts.get("BYSETPOS", ()))),
        odd=bool(set(parts) - _KNOWN) or any(not 1 <= month <= 12 for month in months),
    )


def _until(value: Any) -> Moment | None:
    if isinstance(value, datetime):
        return _time(value, "")
    return Moment(value.isoformat()) if isinstance(value, date) else None


def _numbers(values: Iterable[Any]) -> Sequence[int]:
    found = []
    for value in list(values)[:400]:
        try:
            found.append(int(str(value)))
        except ValueError:
            continue
    return found


def _day(name: str) -> tuple[int, int] | None:
    weekday = _DAYS.get(name[-2:].upper())
    try:
        return None if weekday is None else (int(name[:-2] or 0), weekday)
    except ValueError:
        return None
