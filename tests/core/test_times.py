"""Times as people write them."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from datetime import datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.errors import UsageError
from tui.times import read_time

LISBON = ZoneInfo("Europe/Lisbon")
NOW = datetime(2026, 3, 12, 10, 30, tzinfo=LISBON)
"""A Thursday."""


def read(text: str, now: datetime = NOW) -> str:
    return datetime.fromtimestamp(read_time(text, now), LISBON).strftime("%a %Y-%m-%d %H:%M:%S %z")


@pytest.mark.parametrize(
    ("text", "when"),
    [
        ("2026-03-13T08:00", "Fri 2026-03-13 08:00:00 +0000"),
        ("2026-03-13 08:00", "Fri 2026-03-13 08:00:00 +0000"),
        ("2026-03-13T08:00:30", "Fri 2026-03-13 08:00:30 +0000"),
        ("2026-03-13 8:05", "Fri 2026-03-13 08:05:00 +0000"),
        ("2026-03-13T08:00Z", "Fri 2026-03-13 08:00:00 +0000"),
        ("2026-03-13T08:00+02:00", "Fri 2026-03-13 06:00:00 +0000"),
        ("2026-03-13t08:00-0500", "Fri 2026-03-13 13:00:00 +0000"),
        ("2026-03-13", "Fri 2026-03-13 08:00:00 +0000"),
        ("2026-07-01T08:00", "Wed 2026-07-01 08:00:00 +0100"),
        ("tomorrow", "Fri 2026-03-13 08:00:00 +0000"),
        ("tomorrow 8:00", "Fri 2026-03-13 08:00:00 +0000"),
        ("Tomorrow  14:30", "Fri 2026-03-13 14:30:00 +0000"),
        ("tomorrow at 9", "Fri 2026-03-13 09:00:00 +0000"),
        ("today 14:30", "Thu 2026-03-12 14:30:00 +0000"),
        ("14:30", "Thu 2026-03-12 14:30:00 +0000"),
        ("8:00", "Fri 2026-03-13 08:00:00 +0000"),
        ("10:30", "Fri 2026-03-13 10:30:00 +0000"),
        ("18h", "Fri 2026-03-13 04:30:00 +0000"),
        ("6pm", "Thu 2026-03-12 18:00:00 +0000"),
        ("12am", "Fri 2026-03-13 00:00:00 +0000"),
        ("12pm", "Thu 2026-03-12 12:00:00 +0000"),
        ("friday", "Fri 2026-03-13 08:00:00 +0000"),
        ("fri 14:30", "Fri 2026-03-13 14:30:00 +0000"),
        ("thursday", "Thu 2026-03-19 08:00:00 +0000"),
        ("wed 7.15", "Wed 2026-03-18 07:15:00 +0000"),
        ("2h", "Thu 2026-03-12 12:30:00 +0000"),
        ("+90m", "Thu 2026-03-12 12:00:00 +0000"),
        ("in 3 days", "Sun 2026-03-15 10:30:00 +0000"),
        ("1 week", "Thu 2026-03-19 10:30:00 +0000"),
        ("30 min", "Thu 2026-03-12 11:00:00 +0000"),
    ],
)
def test_what_people_write(text: str, when: str) -> None:
    assert read(text) == when


@pytest.mark.parametrize(
    ("text", "when"),
    [
        ("sunday 8:00", "Sun 2026-03-29 08:00:00 +0100"),
        ("tomorrow 8:00", "Sun 2026-03-29 08:00:00 +0100"),
        ("24h", "Sun 2026-03-29 11:30:00 +0100"),
        ("2 days", "Mon 2026-03-30 11:30:00 +0100"),
    ],
)
def test_when_the_clocks_change(text: str, when: str) -> None:
    """On Sunday, 29 March, at one o'clock: eight is eight, but two days are 48 hours."""
    assert read(text, datetime(2026, 3, 28, 10, 30, tzinfo=LISBON)) == when


@pytest.mark.parametrize(
    "text",
    ["", "soon", "3 months", "5 marchs", "25:00", "8:60", "13pm", "0am", "yesterday", "2026-13-01", "2026-02-30 8:00",
     "99999999", "-1h", "tomorrow 8:00 sharp", "m", "\x00", "99999w" * 3],
)  # fmt: skip
def test_what_is_no_time(text: str) -> None:
    with pytest.raises(UsageError) as caught:
        read(text)
    assert caught.value.id == "not-a-time"


@pytest.mark.parametrize("text", ["2026-03-12T10:30", "2026-03-12", "2020-01-01", "today", "today 8:00", "0m"])
def test_what_is_over(text: str) -> None:
    with pytest.raises(UsageError) as caught:
        read(text)
    assert caught.value.id == "time-is-past"


@given(st.text(max_size=40))
def test_anything_else_is_refused_politely(text: str) -> None:
    try:
        assert read_time(text, NOW) > NOW.timestamp()
    except UsageError as error:
        assert error.id in ("not-a-time", "time-is-past")


@pytest.fixture
def in_lisbon() -> Iterator[None]:
    before = os.environ.get("TZ")
    os.environ["TZ"] = "Europe/Lisbon"
    time.tzset()
    yield
    if before is None:
        del os.environ["TZ"]
    else:
        os.environ["TZ"] = before
    time.tzset()


def test_the_time_of_this_machine(in_lisbon: None) -> None:
    """Without a zone it is the machine's, with its change of clocks."""
    assert read("sunday 8:00", datetime(2026, 3, 28, 10, 30)) == "Sun 2026-03-29 08:00:00 +0100"
    assert read("2026-07-01T08:00", datetime(2026, 3, 28, 10, 30)) == "Wed 2026-07-01 08:00:00 +0100"
    assert read("24h", datetime(2026, 3, 28, 10, 30)) == "Sun 2026-03-29 11:30:00 +0100"
