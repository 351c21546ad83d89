"""How something repeats, in words: "every second Tuesday, 10 times"."""

from __future__ import annotations

from core.invitation import Moment, Rule
from tui.translation import N_, _, ngettext

DAYS = tuple(
    N_(name) for name in ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
)  # fmt: skip
MONTHS = tuple(
    N_(name)
    for name in ("January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November",
                 "December")
)  # fmt: skip
_NTH = {
    1: N_("first"), 2: N_("second"), 3: N_("third"), 4: N_("fourth"), 5: N_("fifth"),
    -1: N_("last"), -2: N_("second to last"), -3: N_("third to last"),
}  # fmt: skip
_WORKDAYS, _WEEKEND = {0, 1, 2, 3, 4}, {5, 6}
MOST = 12
"""Days or months that are named; of more it is said that there are more."""


def in_words(rule: Rule, start: Moment | None, until: str = "") -> str:
    """The rule as a sentence without its full stop; `until`: the last day in words, where the rule names one."""
    if not rule.every:
        return _("by a rule that cannot be read")
    parts = [_every(rule)]
    when = _when(rule, start)
    if when:
        parts.append(when)
    words = " ".join(parts)
    if rule.odd:
        words = _("{words}, and by further rules").format(words=words)
    if rule.count:
        words = _("{words}, {times}").format(words=words, times=_times(rule.count))
    elif until:
        words = _("{words}, until {day}").format(words=words, day=until)
    return words


def _times(count: int) -> str:
    return ngettext("{n} time", "{n} times", count).format(n=f"{count:,}")


def _every(rule: Rule) -> str:
    n = rule.interval
    units = {
        "SECONDLY": ngettext("every second", "every {n} seconds", n),
        "MINUTELY": ngettext("every minute", "every {n} minutes", n),
        "HOURLY": ngettext("every hour", "every {n} hours", n),
        "DAILY": ngettext("every day", "every {n} days", n),
        "WEEKLY": ngettext("every week", "every {n} weeks", n),
        "MONTHLY": ngettext("every month", "every {n} months", n),
        "YEARLY": ngettext("every year", "every {n} years", n),
    }
    days = {day for _n, day in rule.days}
    if rule.every == "WEEKLY" and n == 1 and days == _WORKDAYS:
        return _("every working day (Monday to Friday)")
    return units[rule.every].format(n=f"{n:,}")


def _when(rule: Rule, start: Moment | None) -> str:
    """On which days of its weeks, months or years."""
    weekdays = {day for _n, day in rule.days}
    if rule.every == "WEEKLY" and rule.interval == 1 and weekdays == _WORKDAYS and not (rule.months or rule.positions):
        return ""
    found = []
    if rule.days:
        found.append(_on_days(rule))
    if rule.month_days:
        found.append(_on_dates(rule.month_days))
    elif not rule.days and rule.every in ("MONTHLY", "YEARLY") and start is not None:
        found.append(_as_at_start(rule, start))
    if not rule.days and rule.every == "WEEKLY" and (day := _weekday(start)) is not None:
        found.append(_("on {days}").format(days=_(DAYS[day])))
    if rule.months:
        found.append(_("in {months}").format(months=_joined([_(MONTHS[month - 1]) for month in rule.months])))
    return " ".join(one for one in found if one)


def _on_days(rule: Rule) -> str:
    weekdays = {day for _n, day in rule.days}
    plain = all(not n for n, _day in rule.days)
    named = _joined([_nth_day(n, day) for n, day in rule.days])
    if plain and rule.positions:
        kind = _kind_of_day(weekdays) or _joined([_(DAYS[day]) for day in sorted(weekdays)], last=_("{some} or {last}"))
        which = _joined([_nth(n) for n in rule.positions])
        return _("on the {which} {day}").format(which=which, day=kind)
    if plain:
        kind = {"weekend": _("on the weekend")}.get("weekend" if weekdays == _WEEKEND else "", "")
        return kind or _("on {days}").format(days=_joined([_(DAYS[day]) for day in dict.fromkeys(day for _n, day in rule.days)]))
    return _("on {days}").format(days=named)


def _kind_of_day(weekdays: set[int]) -> str:
    if weekdays == _WORKDAYS:
        return _("working day")
    if weekdays == _WEEKEND:
        return _("day of a weekend")
    return _("day") if len(weekdays) == 7 else ""


def _nth_day(n: int, day: int) -> str:
    if not n:
        return _("every {day}").format(day=_(DAYS[day]))
    return _("the {nth} {day}").format(nth=_nth(n), day=_(DAYS[day]))


def _nth(n: int) -> str:
    if n in _NTH:
        return _(_NTH[n])
    return _("{n}.").format(n=n) if n > 0 else _("{n}. from the end").format(n=-n)


def _on_dates(days: tuple[int, ...]) -> str:
    ahead = [str(day) for day in days if day > 0]
    found = [_("on day {days}").format(days=_joined(ahead))] if ahead else []
    back = [day for day in days if day < 0]
    if back == [-1]:
        found.append(_("on the last day"))
    elif back:
        found.append(_("on the {which} day").format(which=_joined([_nth(day) for day in back])))
    return _joined(found)


def _as_at_start(rule: Rule, start: Moment) -> str:
    """A rule that names no day means the day of the first time (RFC 5545 §3.3.10)."""
    _year, month, day = start.text[:10].split("-")
    if rule.every == "MONTHLY" or rule.months:
        return _("on day {days}").format(days=int(day))
    return _("on {day} {month}").format(day=int(day), month=_(MONTHS[int(month) - 1]))


def _weekday(start: Moment | None) -> int | None:
    from datetime import date

    return date.fromisoformat(start.text[:10]).weekday() if start is not None else None


def _joined(words: list[str], last: str = "") -> str:
    """a, b and c; of many the first ones, and how many more."""
    if len(words) > MOST:
        more = ngettext("{n} more", "{n} more", len(words) - MOST).format(n=len(words) - MOST)
        words = [*words[:MOST], more]
    if len(words) < 2:
        return "".join(words)
    return (last or _("{some} and {last}")).format(some=", ".join(words[:-1]), last=words[-1])
