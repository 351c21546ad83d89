"""Mail for measuring: threads, names, sizes and dates as in real mailboxes, the same for the same seed.

Most mails are answers that quote; a fifth are newsletters in HTML, some carry attachments. They come in the order of
their dates, 16 KB on average, with no two bodies alike, and compress about as real mail does.
"""

from __future__ import annotations

import base64
import random
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from email.header import Header
from pathlib import Path

from tests.bench.vocabulary import FIRST, LAST, Vocabulary

UNTIL = 1_750_000_000
"""When the last mail comes: June 2025."""
_DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_HOSTS = ("example.org", "example.com", "mail.example.net", "lists.example.org", "office.example.com")
_ZONES = ((0, "+0000"), (3600, "+0100"), (7200, "+0200"), (-10800, "-0300"), (-18000, "-0500"), (32400, "+0900"))
_UTF8 = b"charset=utf-8\r\nContent-Transfer-Encoding: 8bit"
_PLAIN = b"Content-Type: text/plain; " + _UTF8
_HTML = b"Content-Type: text/html; " + _UTF8
_PDF = b'Content-Type: application/pdf; name="%s.pdf"\r\nContent-Transfer-Encoding: base64\r\n'
_PDF += b'Content-Disposition: attachment; filename="%s.pdf"'
_CELL = b'</td></tr>\r\n<tr><td style="font-family:Arial,sans-serif;font-size:14px;padding:0 24px 12px 24px">'
_PAGE = b'<html><body><table width="600" cellpadding="0" cellspacing="0">\r\n<tr><td>%s</td></tr></table></body></html>'


@dataclass(frozen=True, slots=True)
class Generated:
    """One mail with what a server would know of it."""

    raw: bytes
    received: int
    flags: tuple[str, ...]
    thread: int
    subject: str

    @property
    def placed(self) -> tuple[bytes, tuple[str, ...], int]:
        """(raw, flags, INTERNALDATE) for `Mailbox.fill`."""
        return self.raw, self.flags, self.received


@dataclass(slots=True)
class _Thread:
    number: int
    subject: str
    people: list[int]
    mailing_list: int
    ids: list[str] = field(default_factory=list)
    last: list[bytes] = field(default_factory=list)


class Correspondence:
    """An endless mailbox.

    Args:
        seed: another seed, another mailbox.
        count: how many mails the period is divided among.
        years: how long before `until` the first one came.
        me: the owner's address.
    """

    def __init__(
        self, seed: int = 1, *, count: int = 10_000, years: float = 5, until: int = UNTIL, me: str = "me@example.org"
    ) -> None:
        self._rng = random.Random(seed)
        self.count = count
        self.me = me
        self._start = until - int(years * 365.25 * 86400)
        self._step = (until - self._start) / max(1, count)
        self._unread_from = until - (until - self._start) * 0.05
        self._vocabulary = Vocabulary(seed)
        self._people = self._make_people(800)
        self._lists = [f"{name}.lists.example.org" for name in ("devel", "announce", "users", "cooking", "choir")]
        encoded = base64.b64encode(self._rng.randbytes(1_500_000))
        self._blob = b"".join(encoded[at : at + 76] + b"\r\n" for at in range(0, len(encoded), 76))
        self._folded = "\r\n\t ".join(encoded[at : at + 67].decode() for at in range(0, len(encoded), 67))
        self._threads: list[_Thread] = []
        self._busy: list[_Thread] = []
        self._begun = 0

    def mails(self, count: int | None = None) -> Iterator[Generated]:
        """The next `count` mails (by default all of them), oldest first."""
        rng = self._rng
        for number in range(self.count if count is None else count):
            received = self._start + int((number + rng.random()) * self._step)
            kind = rng.random()
            if kind < 0.20:
                yield self._newsletter(received)
            else:
                yield self._letter(received, attached=kind > 0.92)

    # ------------------------------------------------------------------ kinds of mail

    def _letter(self, received: int, attached: bool) -> Generated:
        rng = self._rng
        thread = self._choose_thread()
        author = thread.people[int(rng.random() * len(thread.people))]
        answer = bool(thread.ids)
        message_id = f"{rng.getrandbits(64):x}.{received}@{_HOSTS[author % len(_HOSTS)]}"
        subject = ("Re: " if answer else "") + thread.subject
        head = self._head(author, received, message_id, subject, thread.mailing_list)
        if answer:
            parent = len(thread.ids) - 1 - int(rng.random() ** 3 * len(thread.ids))
            head.append(f"In-Reply-To: <{thread.ids[parent]}>")
            head.append("References: " + "\r\n ".join(f"<{known}>" for known in _chain(thread, parent)))
        own = self._lines(3 + int(3 * rng.paretovariate(1.2)) % 150)
        quoted = [b"On an earlier day somebody wrote:", *thread.last, b""] if answer else []
        body = b"\r\n".join((*quoted, *own, b"", b"-- ", self._people[author][0].encode()))
        thread.ids.append(message_id)
        thread.last = [b"> " + line for line in (thread.last + own)[-80:]]
        raw = self._with_attachment(head, body) if attached else _joined(head, b"MIME-Version: 1.0\r\n" + _PLAIN, body)
        return Generated(raw, received, self._flags(received, answer), thread.number, subject)

    def _newsletter(self, received: int) -> Generated:
        rng = self._rng
        self._begun += 1
        author = int(rng.random() ** 2 * 40)
        subject = self._vocabulary.subject(rng)
        message_id = f"{rng.getrandbits(96):x}@news.{_HOSTS[author % len(_HOSTS)]}"
        head = self._head(author, received, message_id, subject, -1)
        head.append(f"List-Unsubscribe: <https://news.example.com/u/{rng.getrandbits(128):x}>")
        text = self._lines(40 + int(rng.random() * 160))
        edge = b"=_%x" % rng.getrandbits(80)
        body = b"\r\n".join(
            (b"--" + edge, _PLAIN, b"", *text, b"--" + edge, _HTML, b"", _PAGE % _CELL.join(text), b"--" + edge + b"--")
        )
        raw = _joined(head, b'MIME-Version: 1.0\r\nContent-Type: multipart/alternative; boundary="%s"' % edge, body)
        return Generated(raw, received, self._flags(received, False), self._begun, subject)

    def _with_attachment(self, head: list[str], body: bytes) -> bytes:
        rng = self._rng
        edge = b"----=_Part_%x" % rng.getrandbits(64)
        lines = 20 + int(rng.paretovariate(1.1) * 250) % 9_000
        begin = int(rng.random() * (len(self._blob) // 78 - lines)) * 78
        name = f"{rng.choice(('report', 'invoice', 'photo', 'figures', 'Relatório'))}-{int(rng.random() * 9999)}"
        file = name.encode() if name.isascii() else Header(name, "utf-8").encode().encode()
        content = self._blob[begin : begin + lines * 78]
        body = b"\r\n".join(
            (b"--" + edge, _PLAIN, b"", body, b"--" + edge, _PDF % (file, file), b"", content + b"--" + edge + b"--")
        )
        return _joined(head, b'MIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary="%s"' % edge, body)

    # ------------------------------------------------------------------ parts of a mail

    def _head(self, author: int, received: int, message_id: str, subject: str, mailing_list: int) -> list[str]:
        rng = self._rng
        _, shown, address = self._people[author]
        domain = address.partition("@")[2]
        offset, zone = _ZONES[author % len(_ZONES)]
        written = received - 2 - int(rng.random() * 40)
        begin = int(rng.random() * 20_000) * 71
        signature = self._folded[begin : begin + 5 * 71 + 40]
        head = [
            f"Return-Path: <{address}>",
            f"Received: from mx{author % 9}.{domain} (mx{author % 9}.{domain} [192.0.2.{author % 250}])\r\n"
            f"\tby mail.example.org (Postfix) with ESMTPS id {rng.getrandbits(48):012X}\r\n"
            f"\tfor <{self.me}>; {_date(received, 0, '+0000')}",
            f"Received: from [198.51.100.{author % 250}] by mx{author % 9}.{domain} with ESMTPSA\r\n"
            f"\tid {rng.getrandbits(64):x}; {_date(written + 1, 0, '+0000')}",
            f"Authentication-Results: mail.example.org; dkim=pass header.d={domain}; spf=pass smtp.mailfrom={address}",
            f"DKIM-Signature: v=1; a=rsa-sha256; c=relaxed/relaxed; d={domain}; s=s{author % 7};\r\n"
            f"\th=from:to:subject:date:message-id; bh={rng.getrandbits(256):x};\r\n\tb={signature}",
            f"Date: {_date(written, offset, zone)}",
            f"From: {shown} <{address}>",
            f"Message-ID: <{message_id}>",
            "Subject: " + (subject if subject.isascii() else Header(subject, "utf-8", 900).encode()),
        ]
        if mailing_list < 0:
            return [*head, f"To: {self.me}"]
        host = self._lists[mailing_list]
        post = host.replace(".", "@", 1)
        return [*head, f"To: {post}", f"List-Id: <{host}>", f"List-Post: <mailto:{post}>", "Precedence: list"]

    def _lines(self, count: int) -> list[bytes]:
        rng = self._rng
        lines = rng.choices(self._vocabulary.sentences, k=count)
        # One word that stands in no other mail, as real mail has: an order number, a hash, a name.
        lines[0] += b" Ref. %x." % rng.getrandbits(40)
        return lines

    def _choose_thread(self) -> _Thread:
        rng = self._rng
        chance = rng.random()
        if self._busy and chance < 0.2:
            # Everybody takes part in these for weeks.
            place = int(rng.random() * len(self._busy))
            if rng.random() < 0.02:
                self._busy[place] = self._threads[-1]
            return self._busy[place]
        if self._threads and chance < 0.68:
            # The younger a thread the likelier an answer.
            return self._threads[-1 - int(rng.random() ** 4 * len(self._threads))]
        self._begun += 1
        people = [int(rng.random() ** 2 * len(self._people)) for _ in range(2 + int(rng.paretovariate(1.2)) % 12)]
        mailing_list = int(rng.random() * len(self._lists)) if rng.random() < 0.4 else -1
        thread = _Thread(self._begun, self._vocabulary.subject(rng), people, mailing_list)
        self._threads.append(thread)
        if len(self._busy) < 6:
            self._busy.append(thread)
        if len(self._threads) > 400:
            del self._threads[int(rng.random() * 300)]
        return thread

    def _flags(self, received: int, answer: bool) -> tuple[str, ...]:
        chance = self._rng.random()
        if received > self._unread_from and chance < 0.6:
            return ()
        if chance > 0.98:
            return ("\\Seen", "\\Flagged")
        return ("\\Seen", "\\Answered") if answer and chance > 0.8 else ("\\Seen",)

    def _make_people(self, count: int) -> list[tuple[str, str, str]]:
        """(name, as it stands in From, address) of everybody."""
        people = []
        for number in range(count):
            name = f"{self._rng.choice(FIRST)} {self._rng.choice(LAST).replace('_', ' ')}"
            shown = name if name.replace(" ", "").isalpha() and name.isascii() else None
            if shown is None:
                shown = f'"{name}"' if name.isascii() else Header(name, "utf-8", 900).encode()
            people.append((name, shown, f"person{number}@{_HOSTS[number % len(_HOSTS)]}"))
        return people


def write_maildir(folder: Path, mails: Iterator[Generated]) -> int:
    """Write the mails as a Maildir; returns how many."""
    for name in ("cur", "new", "tmp"):
        (folder / name).mkdir(parents=True, exist_ok=True)
    letters = {"\\Seen": "S", "\\Answered": "R", "\\Flagged": "F"}
    number = 0
    for number, mail in enumerate(mails, 1):
        flags = "".join(sorted(letters[flag] for flag in mail.flags))
        (folder / "cur" / f"{mail.received}.M{number:08d}.bench:2,{flags}").write_bytes(mail.raw)
    return number


def write_mbox(path: Path, mails: Iterator[Generated]) -> int:
    """Write the mails as one mbox file (mboxrd, LF line ends); returns how many."""
    number = 0
    with path.open("wb", buffering=1 << 20) as file:
        for mail in mails:
            number += 1
            text = mail.raw.replace(b"\r\n", b"\n")
            if b"\nFrom " in text:
                text = text.replace(b"\nFrom ", b"\n>From ")
            stamp = time.strftime("%a %b %d %H:%M:%S %Y", time.gmtime(mail.received))
            file.write(b"From generator@example.org " + stamp.encode() + b"\n" + text + b"\n")
    return number


def _joined(head: list[str], content_type: bytes, body: bytes) -> bytes:
    return b"%s\r\n%s\r\n\r\n%s\r\n" % ("\r\n".join(head).encode(), content_type, body)


def _chain(thread: _Thread, parent: int) -> list[str]:
    """The references of an answer: the first mail, and some before the parent, as mail programs shorten them."""
    return [*([thread.ids[0]] if parent > 10 else []), *thread.ids[max(0, parent - 10) : parent + 1]]


def _date(seconds: int, offset: int, zone: str) -> str:
    year, month, day, hour, minute, second, weekday, *_ = time.gmtime(seconds + offset)
    return f"{_DAYS[weekday]}, {day:02d} {_MONTHS[month - 1]} {year} {hour:02d}:{minute:02d}:{second:02d} {zone}"
