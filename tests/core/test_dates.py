"""Dates as they are found in mail."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from email.utils import format_datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.dates import LATEST, days_since_1970, parse_date, received_date


@pytest.mark.parametrize(
    ("value", "when", "offset"),
    [
        ("Fri, 3 May 2019 20:36:30 -0700", "2019-05-04T03:36:30", -420),
        ("3 May 2019 20:36:30 +0000", "2019-05-03T20:36:30", 0),
        ("Fri, 03 May 19 20:36 GMT", "2019-05-03T20:36:00", 0),
        ("Fri, 3 May 2019 20:36:30 EST (comment)", "2019-05-04T01:36:30", -300),
        ("Fri,  3 May 2019 20.36.30 +0200", "2019-05-03T18:36:30", 120),
        ("Fri May  3 20:36:30 2019", "2019-05-03T20:36:30", 0),
        ("Fri May  3 20:36:30 +0100 2019", "2019-05-03T19:36:30", 60),
        ("May 3, 2019 8:36 PM", "2019-05-03T20:36:00", 0),
        ("2019-05-03T20:36:30+02:00", "2019-05-03T18:36:30", 120),
        ("2019-05-03", "2019-05-03T00:00:00", 0),
        ("Friday, 03-May-99 20:36:30 GMT", "1999-05-03T20:36:30", 0),
        ("3 May 2019 12:36:30 AM +0000", "2019-05-03T00:36:30", 0),
        ("Fri, 3 May 2019 20:36:30 +9900", "2019-05-03T20:36:30", 0),
        ("Fri, 3 May 2019 20:36:60 +0000", "2019-05-03T20:37:00", 0),
        ("1 Jan 1950 00:00:00 +0000", "1970-01-01T00:00:00", 0),
    ],
)
def test_reading(value: str, when: str, offset: int) -> None:
    found = parse_date(value)
    assert found is not None
    assert datetime.fromtimestamp(found[0], UTC).replace(tzinfo=None).isoformat() == when
    assert found[1] == offset


@pytest.mark.parametrize("value", ["", "yesterday", "Fri, 33 May 2019 20:36:30 +0000", "3 Foo 2019 20:36", "3 May 2019 77:99:00"])
def test_no_dates(value: str) -> None:
    assert parse_date(value) is None


def test_far_dates_are_clamped() -> None:
    assert parse_date("Fri, 3 May 9999 20:36:30 +0000") == (253_381_379_790, 0)
    assert parse_date("31 Dec 9999 23:59:60 -1200") == (LATEST, -720)


def test_received() -> None:
    assert received_date("from a by b; Fri, 3 May 2019 20:36:30 +0000") == 1556915790
    assert received_date("from a by b") is None


@settings(deadline=None)
@given(st.datetimes(datetime(1970, 1, 2), datetime(9999, 12, 30)), st.integers(-14 * 60, 14 * 60))
def test_the_standard_form_is_read_exactly(when: datetime, offset: int) -> None:
    when = when.replace(microsecond=0, tzinfo=timezone(timedelta(minutes=offset)))
    assert parse_date(format_datetime(when)) == (int(when.timestamp()), offset)


@settings(deadline=None)
@given(st.dates())
def test_days_are_counted_as_the_calendar_does(day: datetime) -> None:
    assert days_since_1970(day.year, day.month, day.day) == day.toordinal() - 719_163


@settings(deadline=None)
@given(st.text(st.sampled_from("0123456789 :,-+/TZMayPMonFri"), max_size=60) | st.text(max_size=60))
def test_anything_is_a_date_or_none(value: str) -> None:
    found = parse_date(value)
    assert found is None or 0 <= found[0] <= LATEST
