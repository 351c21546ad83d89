"""Dates as people read them, in local time and in the user's language."""

from __future__ import annotations

import time

from tui.translation import N_, _

_MONTHS = tuple(N_(name) for name in ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"))
_DAYS = tuple(N_(name) for name in ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"))
_DAY = 86_400


def list_date(seconds: int, now: float, pattern: str = "auto") -> str:
    """A date for a list: 10:42 today, yesterday, 12 Mar this year, 2024-03-12 before; or by a strftime pattern."""
    then = time.localtime(seconds)
    if pattern != "auto":
        return time.strftime(pattern, then)
    today = time.localtime(now)
    if (then.tm_year, then.tm_yday) == (today.tm_year, today.tm_yday):
        return clock_time(seconds)
    before = time.localtime(now - _DAY)
    if (then.tm_year, then.tm_yday) == (before.tm_year, before.tm_yday):
        return _("yesterday")
    if then.tm_year == today.tm_year and seconds < now:
        # Translators: a date in a list, such as "12 Mar"
        return _("{day} {month}").format(day=then.tm_mday, month=_(_MONTHS[then.tm_mon - 1]))
    return f"{then.tm_year}-{then.tm_mon:02}-{then.tm_mday:02}"


def clock_time(seconds: int) -> str:
    """The time of day, 10:42."""
    then = time.localtime(seconds)
    return f"{then.tm_hour:02}:{then.tm_min:02}"


def full_date(seconds: int, offset: int | None = None) -> str:
    """A date for the header of a message, local time; with the writer's own clock where it differs.

    `offset` is the writer's distance from UTC in minutes.
    """
    then = time.localtime(seconds)
    shown = _("{weekday} {day} {month} {year}, {hour:02}:{minute:02}").format(
        weekday=_(_DAYS[then.tm_wday]),
        day=then.tm_mday,
        month=_(_MONTHS[then.tm_mon - 1]),
        year=then.tm_year,
        hour=then.tm_hour,
        minute=then.tm_min,
    )
    if offset is None or offset * 60 == then.tm_gmtoff:
        return shown
    return _("{date} ({clock} where it was written)").format(date=shown, clock=clock_there(seconds, offset))


def clock_there(seconds: int, offset: int) -> str:
    """The time on the writer's clock, with its day where that is another one than here: `08:00 UTC+9`, `Tue 08:00 UTC+9`."""
    there = time.gmtime(seconds + offset * 60)
    hours, minutes = divmod(abs(offset), 60)
    zone = f"UTC{'-' if offset < 0 else '+'}{hours}{f':{minutes:02}' if minutes else ''}" if offset else "UTC"
    clock = f"{there.tm_hour:02}:{there.tm_min:02} {zone}"
    return clock if there.tm_yday == time.localtime(seconds).tm_yday else f"{_(_DAYS[there.tm_wday])} {clock}"


def clock_words(seconds: float | None = None) -> dict[str, str]:
    """What the placeholders of a template about the time stand for, now or then."""
    then = time.localtime(seconds)
    return {
        "date": _("{day} {month} {year}").format(day=then.tm_mday, month=_(_MONTHS[then.tm_mon - 1]), year=then.tm_year),
        "time": f"{then.tm_hour:02}:{then.tm_min:02}",
        "weekday": _(_DAYS[then.tm_wday]),
        "month": _(_MONTHS[then.tm_mon - 1]),
        "year": str(then.tm_year),
    }
