"""Times as people write them: `2026-03-12T08:00`, `tomorrow 8:00`, `8:00`, `friday 14:30`, `2h`, `in 3 days`."""

from __future__ import annotations

import re
from datetime import datetime, timedelta

from core.errors import UsageError

_UNITS = {
    "minutes": ("m", "min", "mins", "minute", "minutes"),
    "hours": ("h", "hr", "hrs", "hour", "hours"),
    "days": ("d", "day", "days"),
    "weeks": ("w", "week", "weeks"),
}
_UNIT = {word: unit for unit, words in _UNITS.items() for word in words}
_SPAN = re.compile(r"(?:in\s+|\+\s*)?(\d{1,5})\s*([a-z]+)")
_CLOCK = re.compile(r"(?:(\S+)\s+)?(?:at\s+)?(\d{1,2})(?:[:.](\d{2}))?\s*(am|pm|h)?")
_DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
MORNING = 8
"""The hour that a day without one means."""


def read_time(text: str, now: datetime) -> int:
    """Unix seconds of what `text` says, in the time zone of `now`; a naive `now` is the time of this machine.

    Raises UsageError `not-a-time`, `time-is-past`.
    """
    try:
        when = _read(" ".join(text.lower().split()), now)
        seconds = None if when is None else int(when.timestamp())
    except (OverflowError, OSError):  # a year that no calendar or clock has
        seconds = None
    if seconds is None:
        raise UsageError("not-a-time", text=text)
    if seconds <= now.timestamp():
        raise UsageError("time-is-past", text=text)
    return seconds


def _read(text: str, now: datetime) -> datetime | None:
    span = _SPAN.fullmatch(text)
    if span and span[2] in _UNIT:
        # Counted in real seconds: two hours are two hours, also where the clocks change in between.
        return datetime.fromtimestamp(now.timestamp()).astimezone() + timedelta(**{_UNIT[span[2]]: int(span[1])})
    found = _iso(text)
    if found is None:
        return _on_clock(text, now)
    if found.tzinfo:
        return found
    found = found.replace(tzinfo=now.tzinfo)
    return found if ":" in text or "t" in text else found.replace(hour=MORNING)


def _iso(text: str) -> datetime | None:
    if not re.match(r"\d{4}-?\d\d-?\d\d", text):
        return None
    try:
        return datetime.fromisoformat(text.upper())
    except ValueError:
        return None


def _on_clock(text: str, now: datetime) -> datetime | None:
    named = _day(text, now)
    if named is not None:
        return named.replace(hour=MORNING, minute=0, second=0, microsecond=0)
    clock = _CLOCK.fullmatch(text)
    if clock is None:
        return None
    hour, minute = int(clock[2]), int(clock[3] or 0)
    if clock[4] in ("am", "pm"):
        if not 1 <= hour <= 12:
            return None
        hour = hour % 12 + 12 * (clock[4] == "pm")
    day = _day(clock[1], now) if clock[1] else now
    if day is None or hour > 23 or minute > 59:
        return None
    when = day.replace(hour=hour, minute=minute, second=0, microsecond=0)
    return when + timedelta(days=1) if not clock[1] and when <= now else when


def _day(word: str, now: datetime) -> datetime | None:
    if word in ("today", "tomorrow"):
        return now + timedelta(days=word == "tomorrow")
    found = [n for n, name in enumerate(_DAYS) if len(word) >= 3 and name.startswith(word)]
    if found:
        return now + timedelta(days=(found[0] - now.weekday() - 1) % 7 + 1)
    day = _iso(word)
    return None if day is None else day.replace(tzinfo=now.tzinfo)
