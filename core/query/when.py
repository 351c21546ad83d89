"""Dates and sizes as queries write them: `2026-03-12`, `2026-03`, `yesterday`, `monday`, `2w`; `10k`, `5M`."""

from __future__ import annotations

import re
from datetime import date, datetime, timedelta, tzinfo

_CALENDAR = re.compile(r"(\d{4})(?:[-/.](\d{1,2})(?:[-/.](\d{1,2}))?)?")
_AGO = re.compile(r"(\d{1,5})([dwmy])", re.IGNORECASE)
_SIZE = re.compile(r"(\d{1,12}(?:\.\d{1,3})?)([kmg]?)b?", re.IGNORECASE)
_FACTORS = {"": 1, "k": 1024, "m": 1024**2, "g": 1024**3}
_WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
FIRST_YEAR, LAST_YEAR = 1000, 9998


def day_range(value: str, now: int, zone: tzinfo | None = None) -> tuple[int, int]:
    """Start and end (exclusive) of the day, month or year that `value` names, in seconds since 1970.

    `now` is in seconds; `zone` says where days begin, None for this machine's zone. `3d`, `2w`, `1m` and `1y` name the
    day that long before today, `monday` the last one before today. Raises ValueError for anything else, such as 2026-02-30.
    """
    first, after = _days(value.strip().lower(), datetime.fromtimestamp(now, zone).date())
    return _midnight(first, zone), _midnight(after, zone)


def byte_size(value: str) -> int:
    """Bytes: a number, with k, M or G for 1024, 1024² or 1024³. Raises ValueError for anything else."""
    found = _SIZE.fullmatch(value.strip())
    if not found:
        raise ValueError(value)
    return int(float(found[1]) * _FACTORS[found[2].lower()])


def _days(value: str, today: date) -> tuple[date, date]:
    if found := _CALENDAR.fullmatch(value):
        year, month, day = int(found[1]), int(found[2] or 1), int(found[3] or 1)
        if not FIRST_YEAR <= year <= LAST_YEAR:
            raise ValueError(value)
        first = date(year, month, day)
        if found[3]:
            return first, first + timedelta(days=1)
        return first, _months_later(first, 1 if found[2] else 12)
    if value in ("today", "yesterday"):
        first = today - timedelta(days=value == "yesterday")
    elif value in _WEEKDAYS:
        first = today - timedelta(days=(today.weekday() - _WEEKDAYS.index(value) - 1) % 7 + 1)
    elif found := _AGO.fullmatch(value):
        first = _ago(today, int(found[1]), found[2].lower())
    else:
        raise ValueError(value)
    return first, first + timedelta(days=1)


def _ago(today: date, number: int, unit: str) -> date:
    if unit in "dw":
        days = number * (7 if unit == "w" else 1)
        return date.fromordinal(max(today.toordinal() - days, date(FIRST_YEAR, 1, 1).toordinal()))
    return _months_later(today, -number * (12 if unit == "y" else 1))


def _months_later(day: date, months: int) -> date:
    """The same day of another month, or its last day where the month is shorter."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    if year < FIRST_YEAR:
        return date(FIRST_YEAR, 1, 1)
    first = date(year, month + 1, 1)
    last = (first + timedelta(days=31)).replace(day=1) - timedelta(days=1)
    return first.replace(day=min(day.day, last.day))


def _midnight(day: date, zone: tzinfo | None) -> int:
    return int(datetime(day.year, day.month, day.day, tzinfo=zone).timestamp())
