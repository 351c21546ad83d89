"""Times as people write them: `2026-03-12T08:00`, `tomorrow 8:00`, `8:00`, `friday 14:30`, `2h`, `in 3 days`."""

from __future__ import annotations

import re
from datetime import datetime, timedelta

from core.errors import UsageError

_UNITS = {"m": "minutes", "min": "minutes", "h": "hours", "d": "days", "w": "weeks"}
_SPAN = re.compile(r"(?:in\s+)?\+?(\d{1,5})\s*(m|min|h|d|w)[a-z]*", re.IGNORECASE)
_CLOCK = re.compile(r"(?:(\S+)\s+)?(\d{1,2})(?::(\d{2}))?\s*(am|pm|h)?", re.IGNORECASE)
_DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")


def read_time(text: str, now: datetime) -> int:
    """Unix seconds of what `text` says, in the time zone of `now`. Raises UsageError `not-a-time`, `time-is-past`."""
    when = _read(text.strip().lower(), now)
    if when is None:
        raise UsageError("not-a-time", text=text)
    if when <= now:
        raise UsageError("time-is-past", text=text)
    return int(when.timestamp())


def _read(text: str, now: datetime) -> datetime | None:
    if span := _SPAN.fullmatch(text):
        return now + timedelta(**{_UNITS[span[2].lower()]: int(span[1])})
    try:
        found = datetime.fromisoformat(text.upper())
    except ValueError:
        return _on_clock(text, now)
    return found.astimezone() if found.tzinfo else found.replace(tzinfo=now.tzinfo)


def _on_clock(text: str, now: datetime) -> datetime | None:
    named = _day(text, now)
    if named is not None:
        return named.replace(hour=8, minute=0, second=0, microsecond=0)
    clock = _CLOCK.fullmatch(text)
    if clock is None:
        return None
    hour, minute = int(clock[2]), int(clock[3] or 0)
    if clock[4] == "pm" and hour < 12:
        hour += 12
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
    try:
        return datetime.fromisoformat(word).replace(tzinfo=now.tzinfo)
    except ValueError:
        return None
