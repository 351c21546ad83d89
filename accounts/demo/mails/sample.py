"""A sample mail as its author wrote it, and the bytes that become of it at a given now."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone
from email.utils import format_datetime

from accounts.demo.mails.files import in_days
from accounts.demo.mails.parts import file_part, joined, text_part
from accounts.demo.mails.people import MARIA, OWN_ADDRESSES, Person
from core.encoded_word import phrase, unstructured
from core.mime import CRLF, Entity, field_line

_WHEN = re.compile(r"(?:(\d+)d (\d\d):(\d\d)|(\d+)([mh]))")
_DAY = re.compile(r"\[\[([+-]\d+)(w?) ([^\]]+)\]\]")


@dataclass(frozen=True, slots=True)
class Attachment:
    """A file in a mail; its bytes may depend on the date of the mail."""

    name: str
    type: str
    content: bytes | Callable[[datetime], bytes]
    content_id: str = ""
    """Not empty: a picture that the HTML shows by `cid:`."""


@dataclass(frozen=True, slots=True)
class Sample:
    """One sample mail.

    Subject, text and HTML may hold `[[+3 %A %d %B]]`: the date of the mail and so many days, by strftime.
    With `+3w` a Saturday or Sunday becomes Monday.
    """

    key: str
    """Names the mail; its Message-ID begins with it."""
    who: Person
    when: str
    """`3d 10:42`: three days ago by the sender's clock; `25m`, `3h`: so long ago."""
    subject: str
    text: str | Callable[[datetime], str]
    to: tuple[Person, ...] = (MARIA,)
    cc: tuple[Person, ...] = ()
    folder: str = "INBOX"
    answers: str = ""
    """Key of the mail this one answers."""
    flags: str = ""
    """seen, flagged, answered, draft, forwarded, junk, and keywords as they are."""
    html: str | Callable[[datetime], str] = ""
    attachments: tuple[Attachment, ...] = ()
    headers: tuple[tuple[str, str], ...] = ()
    flowed: bool = False
    charset: str = "utf-8"
    through: Person | None = None
    """The mailing list it came through."""
    verdict: str = "pass"
    """What Authentication-Results says; '' for no such line."""

    @property
    def message_id(self) -> str:
        """With angle brackets, the same on every run."""
        return f"<{self.key}.{self._digest[:10]}@{self.who.domain}>"

    @property
    def _digest(self) -> str:
        """Hexadecimal digits that are the same on every run, for what is random elsewhere."""
        return hashlib.sha256(self.key.encode()).hexdigest()

    @property
    def flag_names(self) -> list[str]:
        """The flags as IMAP names them."""
        system = {"seen": "\\Seen", "flagged": "\\Flagged", "answered": "\\Answered", "draft": "\\Draft"}
        keywords = {"forwarded": "$Forwarded", "junk": "$Junk"}
        return [system.get(flag) or keywords.get(flag) or flag for flag in self.flags.split()]

    def date(self, now: datetime) -> datetime:
        """When it was written, by the sender's clock; `now` is aware. Raises ValueError for a `when` that is none."""
        found = _WHEN.fullmatch(self.when)
        if not found:
            raise ValueError(f"{self.key}: {self.when!r} is no time")
        zone = timezone(timedelta(minutes=self.who.zone))
        now = now.astimezone(UTC).replace(microsecond=0)
        if found[4]:
            return (now - timedelta(minutes=int(found[4]) * (60 if found[5] == "h" else 1))).astimezone(zone)
        seconds = int(self._digest[:4], 16) % 60
        day = now - timedelta(days=int(found[1]))  # days are counted in UTC: answers stay after what they answer
        return day.replace(hour=int(found[2]), minute=int(found[3]), second=seconds, tzinfo=zone)

    def build(self, now: datetime, ancestors: tuple[str, ...] = ()) -> bytes:
        """The mail as bytes with CRLF. `ancestors`: Message-IDs for References, oldest first."""
        date = self.date(now)
        body = self._body(date)
        fields = [
            ("From", _addresses((self.who,))),
            ("To", _addresses(self.to)),
            ("Cc", _addresses(self.cc)),
            ("Subject", _subject(_dated(self.subject, date))),
            ("Date", format_datetime(date)),
            ("Message-ID", self.message_id),
            ("In-Reply-To", "".join(ancestors[-1:])),
            ("References", "\r\n ".join(ancestors)),
            *self.headers,
            ("MIME-Version", "1.0"),
            *body.fields,
        ]
        written = (field_line(name, value) for name, value in fields if value or name == "Subject")
        return self._trace(date).encode() + b"".join(written) + CRLF + body.body

    def _body(self, date: datetime) -> Entity:
        boundary = f"=_{self._digest[:16]}_"
        quoted = int(self._digest[0], 16) % 2 == 1
        shown, attached, pictures = [], [], []
        if text := _dated(self.text, date):
            flowed = "; format=flowed" if self.flowed else ""
            shown.append(text_part(text, "plain", self.charset, quoted=quoted, params=flowed))
        for each in self.attachments:
            content = each.content if isinstance(each.content, bytes) else each.content(date)
            if each.content_id:
                pictures.append(file_part(content, each.type, each.name, content_id=each.content_id))
            elif each.name:
                attached.append(file_part(content, each.type, each.name))
            else:
                shown.append(text_part(content.decode(), "calendar", "utf-8", quoted=False, params="; method=REQUEST"))
        if html := _dated(self.html, date):
            page = text_part(html, "html", "utf-8", quoted=quoted)
            shown.insert(1, joined("related", [page, *pictures], boundary + "r"))
        return joined("mixed", [joined("alternative", shown, boundary + "a"), *attached], boundary + "m")

    def _trace(self, date: datetime) -> str:
        """The lines that servers put on top at delivery; none on own mail."""
        if self.who.address in OWN_ADDRESSES and self.through is None:
            return ""
        arrived = format_datetime(date + timedelta(seconds=2))
        sent_by = self.through or self.who
        sender = f"{self.through.name}-bounces@{self.through.domain}" if self.through else self.who.address
        lines = [
            f"Return-Path: <{sender}>",
            "Delivered-To: maria@correio.example",
            f"Received: from mail.{sent_by.domain} (mail.{sent_by.domain} [192.0.2.{len(self.key) + 10}])",
            f"\tby mx.correio.example with ESMTPS id {self._digest[-10:].upper()}",
            f"\tfor <maria@correio.example>; {arrived}",
        ]
        if self.verdict:
            results = f"spf={self.verdict} smtp.mailfrom={sent_by.domain}; dkim={self.verdict} header.d={sent_by.domain}"
            lines += [
                f"Authentication-Results: mx.correio.example; {results};",
                f"\tdmarc={self.verdict} header.from={self.who.domain}",
            ]
        if self.through:
            lines += [
                f"List-Id: {self.through.name} <{self.through.name}.{self.through.domain}>",
                f"List-Post: <mailto:{self.through.address}>",
                f"List-Help: <mailto:{self.through.name}-request@{self.through.domain}?subject=help>",
                f"List-Unsubscribe: <mailto:{self.through.name}-leave@{self.through.domain}>",
                f"List-Archive: <https://{self.through.domain}/archive/{self.through.name}>",
                "Precedence: list",
            ]
        return "".join(f"{line}\r\n" for line in lines)


def _dated(text: str | Callable[[datetime], str], date: datetime) -> str:
    if callable(text):
        text = text(date)
    return _DAY.sub(lambda found: in_days(date, int(found[1]), working=bool(found[2])).strftime(found[3]), text)


def _subject(text: str) -> str:
    """A subject as a header value; control characters go on the wire as they are, as a rude sender sends them."""
    return text if text.isascii() and not text.isprintable() else unstructured("Subject", text)


def _addresses(people: tuple[Person, ...]) -> str:
    return ",\r\n ".join(f"{phrase(each.name, 6)} <{each.address}>" if each.name else each.address for each in people)
