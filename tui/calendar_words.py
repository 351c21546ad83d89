"""Days and times of calendars in words: on one's own clock, and on theirs where it shows something else."""

from __future__ import annotations

import time
from datetime import date, timedelta

from core.invitation import Entry, Moment, Stretch
from tui.recurrence import DAYS, MONTHS
from tui.translation import _


def when(entry: Entry) -> str:
    """When an entry happens: on one's own clock where its zone is known, else as it stands there."""
    start, end = entry.start, entry.end
    if start is None:
        return ""
    if start.is_day:
        return _days(date.fromisoformat(start.text), _last_day(start, end))
    if start.seconds is None:
        shown = _clock_span(start.text, end.text if end is not None else "")
        return _("{when} in {zone}").format(when=shown, zone=start.zone) if start.zone else shown
    return span(start.seconds, end.seconds if end is not None and end.seconds is not None else start.seconds)


def theirs(entry: Entry) -> str:
    """The same on the clock of the entry's own zone, where that is another one than here; else ''."""
    start, end = entry.start, entry.end
    if start is None or start.seconds is None or start.offset * 60 == time.localtime(start.seconds).tm_gmtoff:
        return ""
    last = end.text if end is not None and end.seconds is not None else ""
    same_day = start.text[:10] == time.strftime("%Y-%m-%d", time.localtime(start.seconds))
    whole = _clock_span(start.text, last)
    clock = whole if not same_day else _times(start.text[11:], last[11:] if last[:10] == start.text[:10] else "")
    return _("{clock} in {zone}").format(clock=clock, zone=start.zone)


def span(start: int, end: int) -> str:
    """From one time to another, seconds since 1970, on one's own clock."""
    first, last = (time.strftime("%Y-%m-%dT%H:%M", time.localtime(seconds)) for seconds in (start, end))
    return _clock_span(first, last if end > start else "")


def stretch(one: Stretch) -> str:
    """As `span`; whole days are named as days."""
    first, last = time.localtime(one.start), time.localtime(one.end)
    if first[3:5] == last[3:5] == (0, 0) and one.end > one.start:
        return _days(date(*first[:3]), date(*last[:3]) - timedelta(days=1))
    return span(one.start, one.end)


def moment(one: Moment) -> str:
    """A day or a time alone."""
    if one.is_day:
        return day(date.fromisoformat(one.text))
    return span(one.seconds, one.seconds) if one.seconds is not None else _clock_span(one.text, "")


def last_day(one: Moment) -> str:
    """The day on which a series ends."""
    if one.seconds is None:
        return day(date.fromisoformat(one.text[:10]))
    return day(date(*time.localtime(one.seconds)[:3]))


def day(one: date) -> str:
    """Tuesday 24 November 2026."""
    words = _("{weekday} {day} {month} {year}")
    return words.format(weekday=_(DAYS[one.weekday()]), day=one.day, month=_(MONTHS[one.month - 1]), year=one.year)


def _last_day(start: Moment, end: Moment | None) -> date:
    """The end of whole days is the day after (RFC 5545 §3.6.1)."""
    first = date.fromisoformat(start.text)
    if end is None or not end.is_day:
        return first
    return max(date.fromisoformat(end.text) - timedelta(days=1), first)


def _days(first: date, last: date) -> str:
    if first == last:
        return _("{day}, all day").format(day=day(first))
    return _("{first} – {last}").format(first=day(first), last=day(last))


def _clock_span(first: str, last: str) -> str:
    begins = day(date.fromisoformat(first[:10]))
    if not last or last[:10] == first[:10]:
        return _("{day}, {times}").format(day=begins, times=_times(first[11:], last[11:]))
    ends = day(date.fromisoformat(last[:10]))
    return _("{first}, {from_} – {last}, {to}").format(first=begins, from_=first[11:], last=ends, to=last[11:])


def _times(first: str, last: str) -> str:
    return _("{first} – {last}").format(first=first, last=last) if last and last != first else first
