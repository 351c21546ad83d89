"""Calendar files for the tests."""

from __future__ import annotations

ZONE = """\
BEGIN:VTIMEZONE
TZID:{name}
BEGIN:STANDARD
DTSTART:16010101T030000
TZOFFSETFROM:+0200
TZOFFSETTO:+0100
RRULE:FREQ=YEARLY;BYDAY=-1SU;BYMONTH=10
END:STANDARD
BEGIN:DAYLIGHT
DTSTART:16010101T020000
TZOFFSETFROM:+0100
TZOFFSETTO:+0200
RRULE:FREQ=YEARLY;BYDAY=-1SU;BYMONTH=3
END:DAYLIGHT
END:VTIMEZONE
"""
ORGANIZER = "ORGANIZER;CN=Nora:mailto:nora@example.net"
ME = "ATTENDEE;CN=Me Myself;PARTSTAT=NEEDS-ACTION;RSVP=TRUE:mailto:me@example.org"
ANA = 'ATTENDEE;CN="Ana, S";PARTSTAT=ACCEPTED:MAILTO:ana@example.net'
TIMES = ("DTSTART:20300610T130000Z", "DTEND:20300610T140000Z")


def event(*lines: str, uid: str = "talk-1@example.net", title: str = "A talk", sequence: int = 0, stamp: str = "20300101T000000Z",
          times: tuple[str, ...] = TIMES, people: tuple[str, ...] = (ORGANIZER, ME, ANA)) -> str:  # fmt: skip
    """One VEVENT."""
    head = [f"UID:{uid}", f"DTSTAMP:{stamp}", f"SEQUENCE:{sequence}", f"SUMMARY:{title}"]
    return "\n".join(["BEGIN:VEVENT", *head, *times, *people, *lines, "END:VEVENT", ""])


def calendar(*parts: str, method: str = "REQUEST") -> bytes:
    """A file of these components."""
    head = ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//Test//EN", *([f"METHOD:{method}"] if method else []), ""]
    return ("\n".join(head) + "".join(parts) + "END:VCALENDAR\n").replace("\n", "\r\n").encode()
