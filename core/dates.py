"""Dates in mail headers, read however they are written (RFC 5322 §3.3 and what is found in old mail)."""

from __future__ import annotations

import re
from functools import lru_cache

LATEST = 253_402_300_799
"""The last second of the year 9999: dates are clamped to 0 … LATEST seconds since 1970."""

_MONTHS = {
    name: number
    for number, name in enumerate(("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"), 1)
} | {"fev": 2, "mai": 5, "okt": 10, "dez": 12}
_ZONES = {"ut": 0, "utc": 0, "gmt": 0, "z": 0, "est": -300, "edt": -240, "cst": -360, "cdt": -300, "mst": -420, "mdt": -360,
          "pst": -480, "pdt": -420, "bst": 60, "cet": 60, "cest": 120, "met": 60, "mest": 120, "west": 60, "eet": 120,
          "eest": 180, "msk": 180, "jst": 540, "ist": 330, "aest": 600, "aedt": 660}  # fmt: skip
_STANDARD = re.compile(
    r"\s*(?:[A-Z][a-z]{2}, +)?(\d\d?) ([A-Z][a-z]{2}) (\d{4}) (\d\d):(\d\d):([0-5]\d) ([+-])(\d\d)(\d\d)", re.ASCII
)
_USUAL = re.compile(
    r"\s*(?:[A-Za-z]{2,9}\.?,?\s*)?(\d{1,2})[\s-]+([A-Za-z]{3})[A-Za-z]{0,6}\.?,?[\s-]+(\d{4}|\d{2,3})[\s,]+"
    r"(\d{1,2})[:.](\d{1,2})(?:[:.](\d{1,2}))?(?:[.,]\d+)?\s*(?:([AaPp])\.?[Mm]\.?)?\s*([+-]\s?\d{1,2}:?\d{2}|[A-Za-z]{1,5})?"
)
_MONTH_FIRST = re.compile(
    r"\s*(?:[A-Za-z]{2,9}\.?,?\s+)?([A-Za-z]{3})[A-Za-z]{0,6}\.?\s+(\d{1,2}),?\s+(?:(\d{4})[\s,]+)?"
    r"(\d{1,2}):(\d{1,2})(?::(\d{1,2}))?\s*([AaPp](?=\.?[Mm]))?(?:\.?[Mm]\.?)?\s*([+-]\d{4}|[A-Za-z]{1,5})?\s*(\d{4})?"
)
_ISO = re.compile(
    r"\s*(\d{4})[-/.](\d{1,2})[-/.](\d{1,2})(?:[T\s]+(\d{1,2}):(\d{2})(?::(\d{2}))?(?:[.,]\d+)?)?"
    r"\s*([+-]\d{2}:?\d{2}|[A-Za-z]{1,5})?"
)


def parse_date(value: str) -> tuple[int, int] | None:
    """Seconds since 1970 (UTC, clamped to 0 … LATEST) and the writer's offset from UTC in minutes; None if it is no date.

    Never raises. Offsets beyond 15 hours count as 0; wrong week days are ignored, days beyond the month roll over.
    """
    if quick := _STANDARD.match(value):
        day, name, year, hour, minute, second, sign, ahead, past = quick.groups()
        number, start = _MONTHS.get(name.lower()), int(day)
        if number and 0 < start < 32 and hour < "24" and minute < "60" and ahead < "15" and past < "60":
            offset = int(ahead) * 60 + int(past)
            offset = -offset if sign == "-" else offset
            when = (_month_start(int(year), number) + start - 1) * 86_400 + int(hour) * 3600 + int(minute) * 60 + int(second)
            return min(max(when - offset * 60, 0), LATEST), offset
    return _parse_odd(value[:200])


def _parse_odd(value: str) -> tuple[int, int] | None:
    """As `parse_date` for what is not written as RFC 5322 asks."""
    if found := _USUAL.match(value):
        day, month_name, year, hour, minute, second, half, zone = found.groups()
        month = _MONTHS.get(month_name.lower(), 0)
    elif found := _ISO.match(value):
        year, month_digits, day, hour, minute, second, zone = found.groups()
        month, half = int(month_digits), None
    elif found := _MONTH_FIRST.match(value):
        month_name, day, year, hour, minute, second, half, zone, last = found.groups()
        year, month = year or last, _MONTHS.get(month_name.lower(), 0)
    else:
        return None
    if not year or not 1 <= month <= 12 or not 1 <= int(day) <= 31:
        return None
    hours = int(hour or 0)
    if half:
        hours = hours % 12 + (12 if half in "pP" else 0)
    minutes, seconds = int(minute or 0), int(second or 0)
    if hours > 24 or minutes > 59:
        return None
    offset = _offset(zone)
    days = days_since_1970(_full_year(year), month, int(day))
    when = ((days * 24 + hours) * 60 + minutes - offset) * 60 + min(seconds, 60)
    return min(max(when, 0), LATEST), offset


def received_date(value: str) -> int | None:
    """The seconds since 1970 that a Received field names after its last semicolon (RFC 5321 §4.4), else None."""
    found = parse_date(value.rpartition(";")[2])
    return found[0] if found else None


def days_since_1970(year: int, month: int, day: int) -> int:
    """Days from 1970-01-01 in the Gregorian calendar; a day past the month's end counts on into the next."""
    year -= month <= 2
    era, of_era = divmod(year, 400)
    of_year = (153 * ((month + 9) % 12) + 2) // 5 + day - 1
    return era * 146_097 + of_era * 365 + of_era // 4 - of_era // 100 + of_year - 719_468


@lru_cache(maxsize=4096)
def _month_start(year: int, month: int) -> int:
    return days_since_1970(year, month, 1)


def _full_year(digits: str) -> int:
    """RFC 5322 §4.3: two digits are 1950 … 2049, three count from 1900."""
    year = int(digits)
    if len(digits) >= 4:
        return year
    return year + 2000 if year < 50 and len(digits) == 2 else year + 1900


def _offset(zone: str | None) -> int:
    if not zone:
        return 0
    if zone[0] not in "+-":
        return _ZONES.get(zone.lower(), 0)
    digits = zone[1:].replace(":", "").strip()
    minutes = int(digits[:-2]) * 60 + int(digits[-2:])
    if minutes > 15 * 60:
        return 0
    return -minutes if zone[0] == "-" else minutes
