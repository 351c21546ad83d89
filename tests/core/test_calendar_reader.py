"""Calendar files as strangers send them: read in bounds, answered, kept."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import icalendar
import pytest
from hypothesis import given
from hypothesis import settings as trying
from hypothesis import strategies as st

from core.calendar_pieces import pieces_of
from core.calendar_reader import CalendarReader
from core.calendar_reading import read
from core.errors import CorreioError
from core.invitation import COUNTER, MOST_ENTRIES, Answer, Moment
from tests.core.calendars import ANA, ORGANIZER, TIMES, ZONE, calendar, event
from tests.depth import examples

NOW = int(datetime(2030, 6, 1, tzinfo=UTC).timestamp())
MINE = Answer("me@example.org", "ACCEPTED", "Me", "I come,\nsurely; yes", NOW)


@pytest.fixture(scope="module")
def reader() -> Iterator[CalendarReader]:
    made = CalendarReader(patience=60)
    yield made
    made.close()


def test_what_an_invitation_says() -> None:
    times = ("DTSTART;TZID=Zork:20300610T100000", "DURATION:PT90M")
    data = calendar(
        ZONE.format(name="Zork"),
        event("LOCATION:Room 1\\, east", "RRULE:FREQ=WEEKLY;BYDAY=MO,-1WE;COUNT=10", "EXDATE:20300617T080000Z", times=times),
    )
    found = read(data)
    entry = found.main
    assert (found.method, found.total, found.notices) == ("REQUEST", 1, ())
    assert entry is not None and entry.rule is not None and entry.organizer is not None
    assert (entry.uid, entry.title, entry.place) == ("talk-1@example.net", "A talk", "Room 1, east")
    start = int(datetime(2030, 6, 10, 8, tzinfo=UTC).timestamp())
    assert entry.start == Moment("2030-06-10T10:00", "Zork", start, 120)
    assert entry.end is not None and entry.end.seconds == start + 5400
    assert entry.organizer.shown == "Nora"
    assert [(one.name, one.address, one.answer) for one in entry.people] == [
        ("Me Myself", "me@example.org", "NEEDS-ACTION"), ("Ana, S", "ana@example.net", "ACCEPTED"),
    ]  # fmt: skip
    assert (entry.rule.every, entry.rule.days, entry.rule.count, entry.left_out) == ("WEEKLY", ((0, 0), (-1, 2)), 10, 1)


def test_days_and_floating_times() -> None:
    days = read(calendar(event(times=("DTSTART;VALUE=DATE:20300610", "DTEND;VALUE=DATE:20300612")))).main
    assert days is not None and days.start is not None and days.start.is_day and days.end == Moment("2030-06-12")
    floating = read(calendar(event(times=("DTSTART:20300610T100000", "DTEND:20300610T090000")))).main
    assert floating is not None and floating.start == Moment("2030-06-10T10:00") and floating.end is None
    unknown = read(calendar(event(times=("DTSTART;TZID=Nowhere/Land:20300610T100000",)))).main
    assert unknown is not None and unknown.start == Moment("2030-06-10T10:00", "Nowhere/Land")


@pytest.mark.parametrize(
    ("data", "notices"),
    [
        (b"", {"calendar-broken"}),
        (b"\0\xff" * 1000, {"calendar-broken"}),
        (calendar(event("DTSTART:garbage", "RRULE:FREQ=FOO", "SEQUENCE:x", times=())), set()),
        (calendar(event()).replace(b"END:VEVENT\r\n", b"").replace(b"END:VCALENDAR\r\n", b""), set()),
        (b"BEGIN:VCALENDAR\r\n" + b"BEGIN:VEVENT\r\n" * 50_000, set()),
        (calendar(ZONE.format(name="Z").replace("TZOFFSETTO:+0100", "TZOFFSETTO:+9900"),
                  event(times=("DTSTART;TZID=Z:20300610T100000",))), {"calendar-zones"}),
        (calendar(event() * 210), {"calendar-cut"}),
        (calendar(event("X-LONG:" + "a" * 100_000)), {"calendar-cut"}),
    ],
    ids=["empty", "bytes", "garbage", "not closed", "deep", "time zones", "many", "long"],
)  # fmt: skip
def test_nonsense_is_read_as_far_as_it_goes(data: bytes, notices: set[str]) -> None:
    assert set(read(data).notices) == notices


def test_bombs(reader: CalendarReader) -> None:
    many = calendar(*[event(uid=str(n)) for n in range(20_000)])
    found = reader.read(many)
    assert len(found.entries) <= MOST_ENTRIES and "calendar-cut" in found.notices
    crowd = reader.read(calendar(event(*[f"ATTENDEE:mailto:p{n}@example.net" for n in range(5_000)]))).main
    assert crowd is not None and len(crowd.people) == 200
    hurried = CalendarReader()
    for rule in ("FREQ=SECONDLY", "FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30"):
        data = calendar(event(f"RRULE:{rule}", times=("DTSTART:20000101T000000Z", "DTEND:20000101T000001Z")))
        assert reader.read(data).notices == ()
        assert not hurried.next_times(data, NOW, 10)
    hurried.close()
    assert reader.read(calendar(event())).main is not None


@given(st.binary(max_size=400), st.sampled_from([b"", b"BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\n"]))
@trying(max_examples=examples(150))
def test_bytes_are_read(data: bytes, head: bytes) -> None:
    found = read(head + data)
    assert all("\x1b" not in f"{one.title}{one.place}{one.uid and ''}{one.link}" for one in found.entries)


_HOSTILE = ["\x1b[31mred", "a\u202eb", "x\\n\\ny", "[/x][@click=app.quit]", "\x9b2J", "", "\U0001f600" * 300, "\\,\\;\\"]


@given(st.sampled_from(_HOSTILE), st.sampled_from(["SUMMARY", "LOCATION", "UID", "RRULE", "ORGANIZER", "DTSTART", "X-Y", "URL"]))
@trying(max_examples=examples(60))
def test_hostile_words(text: str, name: str) -> None:
    found = read(calendar(event(f"{name}:{text}")))
    for one in found.entries:
        shown = f"{one.title}{one.place}{one.link}{one.organizer}{one.people}"
        assert not set(shown) & set("\x1b\u202e\x9b")
        assert len(one.title) <= 500


def test_the_next_times(reader: CalendarReader) -> None:
    data = calendar(event("RRULE:FREQ=DAILY;COUNT=5", "EXDATE:20300611T130000Z"))
    times = reader.next_times(data, NOW, 3)
    assert times is not None
    assert [datetime.fromtimestamp(one.start, UTC).day for one in times] == [10, 12, 13]
    assert reader.next_times(calendar(event()), NOW + 86_400 * 365, 3) == []


def test_an_answer(reader: CalendarReader) -> None:
    times = ("DTSTART;TZID=Z:20300610T100000",)
    data = calendar(ZONE.format(name="Z"), event("RRULE:FREQ=DAILY", "DESCRIPTION:secret", times=times, sequence=3))
    whole = icalendar.Calendar.from_ical(reader.reply(data, "talk-1@example.net", MINE))
    assert whole["METHOD"] == "REPLY"
    [one] = whole.walk("VEVENT")
    assert (one["UID"], int(one["SEQUENCE"]), one["ORGANIZER"]) == ("talk-1@example.net", 3, "mailto:nora@example.net")
    assert one["ATTENDEE"] == "mailto:me@example.org"
    assert dict(one["ATTENDEE"].params) == {"CN": "Me Myself", "PARTSTAT": "ACCEPTED"}
    assert one["DTSTAMP"].dt == datetime.fromtimestamp(NOW, UTC) and one["COMMENT"] == "I come,\nsurely; yes"
    assert "DESCRIPTION" not in one and [zone["TZID"] for zone in whole.walk("VTIMEZONE")] == ["Z"]


def test_who_was_not_named_answers_all_the_same(reader: CalendarReader) -> None:
    whole = icalendar.Calendar.from_ical(reader.reply(calendar(event(people=(ORGANIZER,))), "talk-1@example.net", MINE))
    attendee = whole.walk("VEVENT")[0]["ATTENDEE"]
    assert (attendee, attendee.params["CN"], attendee.params["PARTSTAT"]) == ("mailto:me@example.org", "Me", "ACCEPTED")


def test_another_time(reader: CalendarReader) -> None:
    start = int(datetime(2030, 6, 12, 8, 30, tzinfo=UTC).timestamp())
    asked = Answer("me@example.org", COUNTER, "Me", "Earlier?", 1_900_000_000, start)
    for times, expected in (
        (TIMES, ["DTSTART:20300612T083000Z", "DTEND:20300612T093000Z"]),
        (("DTSTART:20300610T130000", "DURATION:PT2H"), ["DURATION:PT2H"]),
        (("DTSTART;VALUE=DATE:20300610", "DTEND;VALUE=DATE:20300612"), ["DTEND;VALUE=DATE:20300614"]),
    ):
        text = reader.reply(calendar(event(times=times)), "talk-1@example.net", asked).decode()
        lines = text.replace("\r\n ", "").splitlines()
        assert "METHOD:COUNTER" in lines and "COMMENT:Earlier?" in lines and set(expected) <= set(lines)
        assert [line for line in lines if line.startswith("ATTENDEE")] == [
            'ATTENDEE;CN="Me Myself";PARTSTAT=TENTATIVE:mailto:me@example.org'
        ]
    with pytest.raises(CorreioError):
        reader.reply(calendar(event("RRULE:FREQ=DAILY")), "talk-1@example.net", asked)


def test_nothing_to_answer(reader: CalendarReader) -> None:
    for data, uid in ((b"", "x"), (calendar(event()), "another")):
        with pytest.raises(CorreioError) as caught:
            reader.reply(data, uid, MINE)
        assert caught.value.id == "calendar-unreadable"


def keep(reader: CalendarReader, data: bytes, before: bytes = b"", answer: Answer | None = None) -> icalendar.Calendar:
    found = icalendar.Calendar.from_ical(reader.keep(data, "talk-1@example.net", before, answer))
    assert "METHOD" not in found  # RFC 4791 §4.1
    return found


def test_what_is_kept_has_the_answer_and_no_alarms_of_strangers(reader: CalendarReader) -> None:
    alarm = "BEGIN:VALARM\nACTION:AUDIO\nTRIGGER:-PT5M\nEND:VALARM"
    [one] = keep(reader, calendar(event(alarm)), b"", MINE).walk("VEVENT")
    assert {str(value): value.params["PARTSTAT"] for value in one["ATTENDEE"]} == {
        "mailto:me@example.org": "ACCEPTED", "MAILTO:ana@example.net": "ACCEPTED",
    }  # fmt: skip
    assert one.walk("VALARM") == []


def test_an_update_replaces_and_an_old_one_does_not(reader: CalendarReader) -> None:
    alarm = "BEGIN:VALARM\nACTION:DISPLAY\nDESCRIPTION:x\nTRIGGER:-PT5M\nEND:VALARM"
    before = calendar(event(alarm, sequence=2, title="Second"), method="")
    [newer] = keep(reader, calendar(event(sequence=3, title="Third")), before).walk("VEVENT")
    assert newer["SUMMARY"] == "Third" and len(newer.walk("VALARM")) == 1
    [older] = keep(reader, calendar(event(sequence=1, title="First")), before).walk("VEVENT")
    assert older["SUMMARY"] == "Second"


def test_one_changed_occurrence_stands_beside_its_series(reader: CalendarReader) -> None:
    before = calendar(event("RRULE:FREQ=DAILY;COUNT=5"), method="")
    changed = calendar(event("RECURRENCE-ID:20300612T130000Z", title="Later", times=("DTSTART:20300612T150000Z",)))
    both = keep(reader, changed, before).walk("VEVENT")
    assert [str(one["SUMMARY"]) for one in both] == ["A talk", "Later"]
    again = keep(reader, changed, b"".join([reader.keep(changed, "talk-1@example.net", before)])).walk("VEVENT")
    assert len(again) == 2


def test_a_cancellation(reader: CalendarReader) -> None:
    before = calendar(event("RRULE:FREQ=DAILY;COUNT=5"), method="")
    [gone] = keep(reader, calendar(event(sequence=1), method="CANCEL"), before).walk("VEVENT")
    assert (gone["STATUS"], int(gone["SEQUENCE"])) == ("CANCELLED", 1)
    one = calendar(event("RECURRENCE-ID:20300612T130000Z", sequence=1), method="CANCEL")
    assert ["STATUS" in each for each in keep(reader, one, before).walk("VEVENT")] == [False, True]
    with pytest.raises(CorreioError):
        keep(reader, calendar(event(), method="CANCEL"))


def test_an_answer_to_one_s_own_invitation(reader: CalendarReader) -> None:
    before = calendar(event(), method="")
    said = ANA.replace("ACCEPTED", "DECLINED")
    [one] = keep(reader, calendar(event(people=(ORGANIZER, said)), method="REPLY"), before).walk("VEVENT")
    assert {str(value): value.params["PARTSTAT"] for value in one["ATTENDEE"]} == {
        "mailto:me@example.org": "NEEDS-ACTION", "MAILTO:ana@example.net": "DECLINED",
    }  # fmt: skip


def test_what_takes_that_time(reader: CalendarReader, tmp_path: Path) -> None:
    start = int(datetime(2030, 6, 10, 13, tzinfo=UTC).timestamp())
    files = {
        "same": event(uid="talk-1@example.net"),
        "touches": event(uid="1", title="Touches", times=("DTSTART:20300610T133000Z", "DTEND:20300610T143000Z")),
        "after": event(uid="2", times=("DTSTART:20300610T140000Z", "DTEND:20300610T150000Z")),
        "free": event("TRANSP:TRANSPARENT", uid="3"), "gone": event("STATUS:CANCELLED", uid="4"),
        "daily": event("RRULE:FREQ=DAILY", uid="5", title="Daily", times=("DTSTART:20290101T125500Z", "DTEND:20290101T130500Z")),
        "broken": "BEGIN:VEVENT\nDTSTART:20300610TT\n",
    }  # fmt: skip
    for name, text in files.items():
        (tmp_path / f"{name}.ics").write_bytes(calendar(text, method=""))
    (tmp_path / "notes.txt").write_text("no calendar")
    found, whole = reader.taken(str(tmp_path), [(start, start + 3600)], "talk-1@example.net")
    assert ([one.title for one in found], whole) == (["Daily", "Touches"], True)
    assert reader.taken(str(tmp_path / "nowhere"), [(start, start + 1)], "") == ([], False)


def test_pieces_are_closed() -> None:
    found = pieces_of(b"BEGIN:VEVENT\nSUMMARY:x\nBEGIN:VALARM\nACTION:DISPLAY\n")
    assert found.entries == [b"BEGIN:VEVENT\r\nSUMMARY:x\r\nBEGIN:VALARM\r\nACTION:DISPLAY\r\nEND:VALARM\r\nEND:VEVENT\r\n"]


def test_durations_over_the_end_of_time_are_none() -> None:
    entry = read(calendar(event(times=("DTSTART:99991231T230000Z", "DURATION:P9999D")))).main
    assert entry is not None and entry.end is None
