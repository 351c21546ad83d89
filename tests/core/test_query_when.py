from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from core.query.when import byte_size, day_range

NOW = int(datetime(2026, 3, 31, 1, 30, tzinfo=UTC).timestamp())


@pytest.mark.parametrize(
    ("value", "first", "after"),
    [
        ("2026-03-12", "2026-03-12", "2026-03-13"),
        ("2024-2-29", "2024-02-29", "2024-03-01"),
        ("2026/12", "2026-12-01", "2027-01-01"),
        ("2026", "2026-01-01", "2027-01-01"),
        ("today", "2026-03-31", "2026-04-01"),
        ("Yesterday", "2026-03-30", "2026-03-31"),
        ("monday", "2026-03-30", "2026-03-31"),
        ("Tuesday", "2026-03-24", "2026-03-25"),
        ("wednesday", "2026-03-25", "2026-03-26"),
        ("3d", "2026-03-28", "2026-03-29"),
        ("2w", "2026-03-17", "2026-03-18"),
        ("1m", "2026-02-28", "2026-03-01"),
        ("13M", "2025-02-28", "2025-03-01"),
        ("1y", "2025-03-31", "2025-04-01"),
        ("99999y", "1000-01-01", "1000-01-02"),
        ("99999w", "1000-01-01", "1000-01-02"),
    ],
)
def test_days(value: str, first: str, after: str) -> None:
    days = [datetime.fromtimestamp(second, UTC).strftime("%04Y-%m-%d %H:%M:%S") for second in day_range(value, NOW, UTC)]
    assert days == [f"{first} 00:00:00", f"{after} 00:00:00"]


def test_days_begin_where_the_zone_says() -> None:
    zone = ZoneInfo("America/New_York")  # there it is still the evening before
    start, end = day_range("today", NOW, zone)
    assert datetime.fromtimestamp(start, zone).isoformat() == "2026-03-30T00:00:00-04:00"
    assert end - start == 86_400


def test_a_day_of_the_clock_change_is_shorter() -> None:
    start, end = day_range("2026-03-29", NOW, ZoneInfo("Europe/Lisbon"))
    assert end - start == 23 * 3600


@pytest.mark.parametrize("value", ["", "2026-02-30", "2026-13", "0999", "9999", "3x", "tomorrow", "12", "2026-03-12-1", "-1d"])
def test_what_is_no_day(value: str) -> None:
    with pytest.raises(ValueError):
        day_range(value, NOW, UTC)


@pytest.mark.parametrize(
    ("value", "size"), [("100", 100), ("10k", 10_240), ("5M", 5 << 20), ("1.5m", 3 << 19), ("2GB", 2 << 30), ("7b", 7)]
)
def test_sizes(value: str, size: int) -> None:
    assert byte_size(value) == size


@pytest.mark.parametrize("value", ["", "k", "1kk", "-5", "1,5M", "ten", "9" * 20])
def test_what_is_no_size(value: str) -> None:
    with pytest.raises(ValueError):
        byte_size(value)
