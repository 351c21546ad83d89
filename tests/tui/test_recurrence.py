"""How something repeats, in words."""

from __future__ import annotations

from datetime import date, datetime, timedelta

import pytest
from dateutil.rrule import rrulestr
from hypothesis import given
from hypothesis import settings as trying
from hypothesis import strategies as st

from core.calendar_reading import read
from core.invitation import Moment, Rule
from tests.core.calendars import calendar, event
from tests.depth import examples
from tui.calendar_words import last_day
from tui.recurrence import DAYS, MONTHS, in_words

START = Moment("2030-06-10T13:00", "UTC", 1_907_326_800, 0)
"""A Monday."""


def words(rule: str) -> str:
    entry = read(calendar(event(f"RRULE:{rule}"))).main
    assert entry is not None and entry.rule is not None
    until = last_day(entry.rule.until) if entry.rule.until is not None else ""
    return in_words(entry.rule, entry.start, until)


@pytest.mark.parametrize(
    ("rule", "said"),
    [
        ("FREQ=DAILY", "every day"),
        ("FREQ=DAILY;INTERVAL=3;COUNT=1", "every 3 days, 1 time"),
        ("FREQ=WEEKLY", "every week on Monday"),
        ("FREQ=WEEKLY;BYDAY=MO,TU,WE,TH,FR", "every working day (Monday to Friday)"),
        ("FREQ=WEEKLY;INTERVAL=2;BYDAY=TU,TH;COUNT=10", "every 2 weeks on Tuesday and Thursday, 10 times"),
        ("FREQ=WEEKLY;BYDAY=SA,SU", "every week on the weekend"),
        ("FREQ=MONTHLY", "every month on day 10"),
        ("FREQ=MONTHLY;BYDAY=2TU", "every month on the second Tuesday"),
        ("FREQ=MONTHLY;BYDAY=-1FR;UNTIL=20301231", "every month on the last Friday, until Tuesday 31 December 2030"),
        ("FREQ=MONTHLY;BYMONTHDAY=1,15,-1", "every month on day 1 and 15 and on the last day"),
        ("FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=-1", "every month on the last working day"),
        ("FREQ=YEARLY", "every year on 10 June"),
        ("FREQ=YEARLY;BYMONTH=3;BYDAY=-1SU", "every year on the last Sunday in March"),
        ("FREQ=YEARLY;BYMONTH=1,7", "every year on day 10 in January and July"),
        ("FREQ=YEARLY;BYWEEKNO=20", "every year on 10 June, and by further rules"),
        ("FREQ=HOURLY;INTERVAL=6", "every 6 hours"),
        ("FREQ=SECONDLY;COUNT=1000000", "every second, 1,000,000 times"),
    ],
)
def test_words(rule: str, said: str) -> None:
    assert words(rule) == said


_DAYS = st.lists(st.tuples(st.integers(-6, 6), st.integers(0, 6)), max_size=9).map(tuple)
_RULES = st.builds(
    Rule,
    every=st.sampled_from(["", "SECONDLY", "MINUTELY", "HOURLY", "DAILY", "WEEKLY", "MONTHLY", "YEARLY"]),
    interval=st.integers(1, 10**9),
    count=st.integers(0, 10**9),
    days=_DAYS,
    month_days=st.lists(st.integers(-40, 40), max_size=60).map(tuple),
    months=st.lists(st.integers(1, 12), max_size=20).map(tuple),
    positions=st.lists(st.integers(-400, 400), max_size=30).map(tuple),
    odd=st.booleans(),
)


@given(_RULES, st.sampled_from([None, START, Moment("2030-06-10")]))
@trying(max_examples=examples(200))
def test_every_rule_has_words(rule: Rule, start: Moment | None) -> None:
    said = in_words(rule, start)
    assert said == said.strip() and said and "{" not in said and "  " not in said and len(said) < 1200


@given(
    st.sampled_from(["DAILY", "WEEKLY", "MONTHLY", "YEARLY"]), st.integers(1, 4),
    st.lists(st.sampled_from(["MO", "TU", "WE", "TH", "FR", "SA", "SU"]), unique=True, max_size=3),
    st.lists(st.integers(1, 12), unique=True, max_size=2), st.dates(date(2020, 1, 1), date(2040, 1, 1)),
)  # fmt: skip
@trying(max_examples=examples(60))
def test_what_happens_is_what_was_said(every: str, interval: int, days: list[str], months: list[int], first: date) -> None:
    """The days on which it happens are named, and no other week day or month is."""
    text = f"FREQ={every};INTERVAL={interval}"
    text += f";BYDAY={','.join(days)}" if days else ""
    text += f";BYMONTH={','.join(map(str, months))}" if months else ""
    entry = read(calendar(event(f"RRULE:{text}", times=(f"DTSTART:{first:%Y%m%d}T100000",)))).main
    assert entry is not None and entry.rule is not None
    said = in_words(entry.rule, entry.start)
    begins = datetime(first.year, first.month, first.day, 10)
    times = rrulestr(text, dtstart=begins).between(begins, begins + timedelta(days=3000), inc=True)[:12]
    named = {day for day in DAYS if day in said} | ({*DAYS[5:]} if "weekend" in said else set())
    if named:
        assert {DAYS[one.weekday()] for one in times} <= named
    if months:
        assert {MONTHS[one.month - 1] for one in times} <= {month for month in MONTHS if month in said}
