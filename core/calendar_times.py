"""When the entries of calendars happen: series laid out, and what else is in a calendar folder then. For the worker only."""

from __future__ import annotations

import os
import re
import time
from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import icalendar
import recurring_ical_events

from core.calendar_pieces import pieces_of
from core.calendar_reading import BROKEN, components, value_of
from core.clean import clean_line
from core.invitation import LONGEST, Stretch

MOST_FILES = 20_000
LARGEST_FILE = 1024 * 1024
WINDOWS = (timedelta(hours=1), timedelta(days=2), timedelta(days=40), timedelta(days=400))
"""How far a series is laid out, in steps: one of every second must not be laid out for a year."""
_START = re.compile(rb"^DTSTART[^:\r\n]*:(\d{4})(\d\d)(\d\d)", re.MULTILINE)
_REPEATS = re.compile(rb"^(?:RRULE|RDATE)[:;]", re.MULTILINE)


def next_times(data: bytes, after: int, most: int, *, zones: bool = True) -> list[Stretch]:
    """The next times at which the events of a file happen, `after` (seconds since 1970) or later, at most `most`."""
    whole = _whole(data, zones=zones)
    if whole is None:
        return []
    starts = [stretch.start for one in whole.walk("VEVENT") if (stretch := _stretch(one)) is not None]
    after = max([after, *([min(starts)] if starts else [])])
    begin = datetime.fromtimestamp(after, UTC)
    query = recurring_ical_events.of(whole, skip_bad_series=True)
    found: list[Stretch] = []
    for window in WINDOWS:
        stretches = (_stretch(one) for one in query.between(begin, begin + window))
        found = sorted((one for one in stretches if one is not None and one.end >= after), key=_order)
        if len(found) >= most:
            break
    return found[:most]


def taken(folder: str, spans: Sequence[tuple[int, int]], besides: str, seconds: float) -> tuple[list[Stretch], bool]:
    """What takes time in a calendar folder during `spans` (seconds since 1970), and whether all of it was looked at.

    `besides`: the UID of the entry in question. Stops after `seconds`.
    """
    until = time.monotonic() + seconds
    first, last = min(start for start, _ in spans), max(end for _, end in spans)
    found: set[Stretch] = set()
    whole = True
    for path in _files(folder):
        if time.monotonic() > until:
            return sorted(found, key=_order), False
        try:
            data = path.read_bytes() if path.stat().st_size <= LARGEST_FILE else b""
        except OSError:
            data = b""
        whole = whole and bool(data)
        if _may_touch(data, first, last):
            found.update(_touching(data, first, last, spans, besides))
    return sorted(found, key=_order), whole


def taken_by(
    entries: Sequence[bytes], spans: Sequence[tuple[int, int]], besides: str, seconds: float
) -> tuple[list[Stretch], bool]:
    """As `taken`, of entries that somebody else has picked."""
    until = time.monotonic() + seconds
    first, last = min(start for start, _ in spans), max(end for _, end in spans)
    found: set[Stretch] = set()
    for data in entries:
        if time.monotonic() > until:
            return sorted(found, key=_order), False
        if len(data) <= LARGEST_FILE:
            found.update(_touching(data, first, last, spans, besides))
    return sorted(found, key=_order), all(len(data) <= LARGEST_FILE for data in entries)


def _order(one: Stretch) -> tuple[int, int, str]:
    return one.start, one.end, one.title


def _files(folder: str) -> Iterator[Path]:
    count = 0
    for entry in sorted(os.scandir(folder), key=lambda entry: entry.name):
        if entry.name.lower().endswith(".ics") and not entry.name.startswith(".") and entry.is_file():
            yield Path(entry.path)
            count += 1
            if count == MOST_FILES:
                return


def _may_touch(data: bytes, first: int, last: int) -> bool:
    """Whether it repeats, or begins in the days around: most files of a calendar are not even parsed."""
    if _REPEATS.search(data):
        return True
    near, far = (datetime.fromtimestamp(when, UTC).date() for when in (first, last))
    for year, month, day in _START.findall(data):
        try:
            begins = date(int(year), int(month), int(day))
        except ValueError:
            continue
        if near - timedelta(days=32) <= begins <= far + timedelta(days=2):
            return True
    return False


def _touching(data: bytes, first: int, last: int, spans: Sequence[tuple[int, int]], besides: str) -> Iterator[Stretch]:
    whole = _whole(data)
    if whole is None:
        return
    begin, end = (datetime.fromtimestamp(when, UTC) for when in (first, last))
    try:
        for one in recurring_ical_events.of(whole, skip_bad_series=True).between(begin, end):
            stretch = _stretch(one)
            if stretch is None or stretch.uid == besides or not _takes_time(one):
                continue
            if any(stretch.start < stop and start < stretch.end for start, stop in spans):
                yield stretch
    except BROKEN:
        return


def _whole(data: bytes, *, zones: bool = True) -> icalendar.Calendar | None:
    """A calendar of the events alone."""
    whole = icalendar.Calendar()
    for one in components(pieces_of(data), zones=zones):
        if one.name == "VEVENT" and getattr(value_of(one, "DTSTART"), "dt", None) is not None:
            whole.add_component(one)
    return whole if whole.subcomponents else None


def _takes_time(one: Any) -> bool:
    free = str(one.get("TRANSP", "")).upper() == "TRANSPARENT" or str(one.get("STATUS", "")).upper() == "CANCELLED"
    return not free


def _stretch(one: Any) -> Stretch | None:
    try:
        start = one["DTSTART"].dt
        end = one["DTEND"].dt if "DTEND" in one else start
        seconds = _seconds(start), _seconds(end)
    except BROKEN:
        return None
    title = clean_line(str(one.get("SUMMARY", ""))[: 2 * LONGEST])[:LONGEST]
    return Stretch(seconds[0], max(seconds), title, str(one.get("UID", ""))[:1000])


def _seconds(when: date) -> int:
    """Days begin and floating times are on this machine's own clock."""
    if isinstance(when, datetime):
        return int(when.timestamp())
    return int(datetime(when.year, when.month, when.day).timestamp())
