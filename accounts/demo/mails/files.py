"""Files for the sample mails, made on the spot: a PDF, pictures, a calendar entry, a contact, a table."""

from __future__ import annotations

import math
import struct
import zlib
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from functools import cache

from accounts.demo.mails.people import Person


def png(width: int, height: int, colour: Callable[[int, int], tuple[int, int, int]]) -> bytes:
    """A PNG of `colour(x, y)`, red, green, blue from 0 to 255."""
    rows = b"".join(b"\0" + bytes(value for x in range(width) for value in colour(x, y)) for y in range(height))
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    chunks = ((b"IHDR", header), (b"IDAT", zlib.compress(rows, 9)), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data)) for kind, data in chunks
    )


def _lighthouse(x: int, y: int) -> tuple[int, int, int]:
    """A striped tower on a rock before an evening sky, 96 x 72."""
    if y > 58 and abs(x - 48) < 14 + (y - 58) * 2:
        return (70, 62, 58)
    if y > 62:
        wave = int(18 * math.sin(x / 5 + y))
        return (20, 60 + wave, 110 + wave)
    half = 3 + (y - 20) // 12
    if y >= 20 and abs(x - 48) <= half:
        return (200, 40, 36) if (y // 8) % 2 else (240, 238, 230)
    if 14 <= y < 20 and abs(x - 48) <= 3:
        return (255, 240, 140)
    if y < 20 and abs(y - 17) <= abs(x - 48) // 7:
        return (250, 226, 150)
    return (60 + y * 3, 70 + y, 120 - y // 2)


@cache
def lighthouse() -> bytes:
    """A small picture of a lighthouse in the evening."""
    return png(96, 72, _lighthouse)


def pdf(lines: tuple[str, ...]) -> bytes:
    """A PDF of one page with lines of Latin-1 text, readable by any viewer (PDF 1.4, Helvetica)."""
    escaped = [line.replace("\\", "\\\\").replace("(", "\\(").replace(")", "\\)") for line in lines]
    page = "BT /F1 12 Tf 16 TL 60 780 Td " + " ".join(f"({line}) Tj T*" for line in escaped) + " ET"
    stream = page.encode("latin-1", "replace")
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R /Resources << /Font << /F1 5 0 R >> >> >>",
        b"<< /Length %d >>\nstream\n%s\nendstream" % (len(stream), stream),
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >>",
    ]
    out = bytearray(b"%PDF-1.4\n%\xe2\xe3\xcf\xd3\n")
    places = []
    for number, content in enumerate(objects, 1):
        places.append(len(out))
        out += b"%d 0 obj\n%s\nendobj\n" % (number, content)
    start = len(out)
    out += b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1)
    out += b"".join(b"%010d 00000 n \n" % place for place in places)
    out += b"trailer << /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n" % (len(objects) + 1, start)
    return bytes(out)


def calendar(
    *, uid: str, title: str, place: str, organizer: Person, attendees: Sequence[tuple[Person, str]], days: int, hour: int,
    minute: int = 0, method: str = "REQUEST",
) -> Callable[[datetime], bytes]:  # fmt: skip
    """An invitation (RFC 5546) for an hour, `days` after the mail or the Monday after, at `hour` UTC.

    `attendees`: who is invited, with their answers; `method` empty: an entry as a calendar keeps it.
    """

    def made(date: datetime) -> bytes:
        start = in_days(date, days, working=True).astimezone(UTC).replace(hour=hour, minute=minute, second=0)
        shape = "%Y%m%dT%H%M%SZ"
        lines = [
            "BEGIN:VCALENDAR",
            "VERSION:2.0",
            "PRODID:-//Correio demo//EN",
            *([f"METHOD:{method}"] if method else []),
            "BEGIN:VEVENT",
            f"UID:{uid}",
            f"DTSTAMP:{date.astimezone(UTC).strftime(shape)}",
            f"DTSTART:{start.strftime(shape)}",
            f"DTEND:{(start + timedelta(hours=1)).strftime(shape)}",
            f"SUMMARY:{title}",
            f"LOCATION:{place}",
            f"ORGANIZER;CN={organizer.name}:mailto:{organizer.address}",
            *[f"ATTENDEE;CN={who.name};PARTSTAT={answer};RSVP=TRUE:mailto:{who.address}" for who, answer in attendees],
            "SEQUENCE:0",
            "STATUS:CONFIRMED",
            "END:VEVENT",
            "END:VCALENDAR",
        ]
        return "".join(f"{line}\r\n" for line in lines).encode()

    return made


def vcard(name: str, family: str, given: str, email: str, phone: str, org: str) -> bytes:
    """A contact (vCard 3.0, RFC 2426)."""
    lines = ("BEGIN:VCARD", "VERSION:3.0", f"FN:{name}", f"N:{family};{given};;;", f"ORG:{org}")
    more = (f"EMAIL;TYPE=INTERNET:{email}", f"TEL;TYPE=CELL:{phone}", "END:VCARD")
    return "".join(f"{line}\r\n" for line in lines + more).encode()


def in_days(date: datetime, days: int, *, working: bool = False) -> datetime:
    """A date so many days later; with `working` a Saturday or Sunday becomes the Monday after."""
    then = date + timedelta(days=days)
    return then + timedelta(days=7 - then.weekday()) if working and then.weekday() > 4 else then


def tide_table(date: datetime) -> bytes:
    """Heights of the tide every hour of a week, as CSV."""
    rows = ["time,station,height_m"]
    start = date.astimezone(UTC).replace(hour=0, minute=0, second=0)
    for hour in range(7 * 24):
        when = start + timedelta(hours=hour)
        rows.append(f"{when:%Y-%m-%dT%H:%MZ},Leixões,{tide(when):.2f}")
    return ("\r\n".join(rows) + "\r\n").encode()


def tide(when: datetime) -> float:
    """The height of the tide in metres at Leixões, near enough."""
    return tide_at(when.timestamp() / 3600)


def tide_at(hours: float) -> float:
    """The same for hours since 1970: the constituents M2, S2 and O1 by amplitude, period and phase."""
    parts = ((1.05, 12.4206, 0.9), (0.37, 12.0, 1.7), (0.06, 25.8193, 0.3))
    return 2.0 + sum(height * math.cos(2 * math.pi * hours / period + phase) for height, period, phase in parts)
