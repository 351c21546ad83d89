"""Reports about mail that was sent: delivery reports (RFC 3464), receipts (RFC 8098), and bounces of older forms.

A report is believed no further than it can be shown: it says what it says of a mail it names, under the name of who sent it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from msgspec import Struct

from core.address import parse_addresses
from core.clean import clean_line
from core.header import Headers, read_headers
from core.message import Message, part_bytes, part_text, read_message
from core.store.sent_events import DELAYED, DELETED, DELIVERED, EXPANDED, FAILED, OPENED, RELAYED

LARGEST = 4 * 1024 * 1024
"""Bytes of a mail that is read as a report."""
MOST = 500
"""Recipients that one report may speak of."""

_ACTIONS = {"failed": FAILED, "delayed": DELAYED, "delivered": DELIVERED, "relayed": RELAYED, "expanded": EXPANDED}
_COPIES = ("message/rfc822", "message/global", "text/rfc822-headers", "message/rfc822-headers", "message/global-headers")
_STATUS = re.compile(r"\b([245]\.\d{1,3}\.\d{1,3})\b")
_REPLY = re.compile(r"(?:^|[\s:(#])([245]\d\d)[\s-]")
_MESSAGE_ID = re.compile(r"^[>\s]{0,8}Message-ID:\s{0,4}<([^<>\s]{1,900})>", re.IGNORECASE | re.MULTILINE)
_ADDRESS = re.compile(r"[^\s<>()\[\]:;,\"'|]{1,200}@[A-Za-z0-9.-]{1,200}[A-Za-z0-9]")
_COPY = re.compile(
    r"^(?:-{2,}\s*(?:below this line|this is a copy|original message|included is|the header|unsent message)"
    r"|received: |return-path: |original message)",
    re.IGNORECASE | re.MULTILINE,
)
"""Where the text of the machine ends and the copy of the mail begins."""
_LATE = re.compile(r"\bdelayed\b|warning|still being|will (?:be|keep) (?:retr|try)|not yet been delivered|no action is required",
                   re.IGNORECASE)  # fmt: skip


class Said(Struct, frozen=True):
    """What a report says of one recipient."""

    recipient: str
    """Folded; '' where none is named."""
    kind: str
    """Of `core.store.sent_events.KINDS`."""
    code: str = ""
    words: str = ""


class Report(Struct, frozen=True):
    """A report that was read."""

    about: tuple[str, ...]
    """Message-IDs it may be about, the surest first."""
    said: tuple[Said, ...]
    teller: str
    """The address it came from."""
    mentioned: tuple[str, ...] = ()
    """Of a bounce without form: every address in its text. Only those the mail went to mean something."""
    kind: str = FAILED
    """Of such a bounce: failed or delayed."""
    code: str = ""
    words: str = ""

    def about_people(self, known: Iterable[str]) -> tuple[Said, ...]:
        """What it says of a mail that went to these addresses (folded)."""
        if self.said:
            return self.said
        known = tuple(known)
        named = [one for one in self.mentioned if one in known] or (list(known) if len(known) == 1 else [])
        return tuple(Said(one, self.kind, self.code, self.words) for one in dict.fromkeys(named))


def read_report(raw: bytes) -> Report | None:
    """What a mail reports; None where it is no report. Never raises on what it holds."""
    message = read_message(raw[:LARGEST])
    teller = clean_line(message.envelope.from_[0].addr)[:254] if message.envelope.from_ else ""
    types = {part.type for part in message.parts}
    if "message/delivery-status" in types or "message/global-delivery-status" in types:
        return _delivery(message, teller)
    if "message/disposition-notification" in types or "message/global-disposition-notification" in types:
        return _receipt(message, teller)
    return _bounce(message, teller)


def _delivery(message: Message, teller: str) -> Report:
    said: list[Said] = []
    envelope = ""
    for part in message.parts:
        if part.type not in ("message/delivery-status", "message/global-delivery-status"):
            continue
        first, *people = _blocks(part_bytes(message, part.section)) or [Headers(())]
        envelope = envelope or _from_xtext(first.get("Original-Envelope-Id").strip())
        # Some have no part for the message as a whole.
        for block in [first, *people] if first.get("Action") else people:
            if (one := _of_person(block)) is not None and len(said) < MOST:
                said.append(one)
    named = tuple(dict.fromkeys((*_returned(message), *([envelope] if "@" in envelope else ()))))
    return Report(named, tuple(said), teller)


def _of_person(block: Headers) -> Said | None:
    kind = _ACTIONS.get(block.get("Action").strip().split(" ")[0].split("(")[0].lower())
    if kind is None:
        return None
    recipient = _person(block.get("Original-Recipient")) or _person(block.get("Final-Recipient"))
    diagnostic = clean_line(block.get("Diagnostic-Code").partition(";")[2] or block.get("Diagnostic-Code"))
    status = _STATUS.search(block.get("Status"))
    return Said(recipient, kind, status[1] if status else "", diagnostic[:500])


def _receipt(message: Message, teller: str) -> Report | None:
    for part in message.parts:
        if part.type not in ("message/disposition-notification", "message/global-disposition-notification"):
            continue
        [block, *_] = _blocks(part_bytes(message, part.section)) or [Headers(())]
        disposition = block.get("Disposition").partition(";")[2].split("/")[0].strip().lower()
        kind = {"displayed": OPENED, "deleted": DELETED}.get(disposition)
        if kind is None:
            return None  # processed, dispatched, denied, failed: of no use to a person
        asked = block.get("Original-Message-ID").strip().strip("<>")
        recipient = _person(block.get("Original-Recipient")) or _person(block.get("Final-Recipient"))
        about = (asked, message.envelope.in_reply_to, *_returned(message))
        return Report(tuple(dict.fromkeys(one for one in about if one)), (Said(recipient, kind),), teller)
    return None


def _bounce(message: Message, teller: str) -> Report | None:
    """qmail, Exim, old Exchange and others: the text says in its own words what the header of the copy is about."""
    text = "\n".join(part_text(message, part.section) for part in message.parts if part.type == "text/plain")[:200_000]
    returned = (*_returned(message), *_MESSAGE_ID.findall(text)[:5])
    copy = _COPY.search(text)
    own = text[: copy.start()] if copy else text[:20_000]
    failed = message.headers.get("X-Failed-Recipients")
    mentioned = [one.key for one in parse_addresses(failed)] if failed else [m.casefold() for m in _ADDRESS.findall(own)[:MOST]]
    if not returned and not failed:
        return None
    about = tuple(dict.fromkeys((*returned, message.envelope.in_reply_to, *message.envelope.references)))
    late = _LATE.search(f"{message.envelope.subject}\n{own[:4000]}")
    status, reply = _STATUS.search(own), _REPLY.search(own)
    code = status[1] if status else reply[1] if reply else ""
    return Report(
        tuple(one for one in about if one)[:20], (), teller, tuple(dict.fromkeys(mentioned)), DELAYED if late else FAILED, code,
        _reason(own),
    )  # fmt: skip


def _reason(text: str) -> str:
    """The line that tells why, as far as one can see that."""
    lines = [clean_line(line) for line in text.split("\n")]
    for line in lines:
        if _STATUS.search(line) or _REPLY.search(line):
            return line.strip()[:500]
    for n, line in enumerate(lines[:-1]):  # qmail, Exchange: an address with a colon or a date, and the reason below
        if "@" in line and (line.endswith(":") or " on " in line) and lines[n + 1]:
            return lines[n + 1].strip()[:500]
    return ""


def _returned(message: Message) -> Iterator[str]:
    """The Message-IDs in the copies that come along, whole or header only."""
    for part in message.parts:
        if part.type in _COPIES:
            block = part_bytes(message, part.section)[: 256 * 1024]
            found = read_headers(block.lstrip(b"\r\n")).get("Message-ID").strip()
            if found.startswith("<") and found.endswith(">"):
                yield clean_line(found[1:-1])[:900]


def _blocks(data: bytes) -> list[Headers]:
    """The groups of fields of a report (RFC 3464 §2.1)."""
    text = data[:LARGEST].replace(b"\r\n", b"\n").replace(b"\r", b"\n").strip(b"\n")
    return [read_headers(block.strip(b"\n") + b"\n\n") for block in re.split(rb"\n[ \t]*\n", text)[: MOST + 1] if block.strip()]


def _person(value: str) -> str:
    """The address in `rfc822; somebody@example.org`, folded; '' for other kinds of addresses."""
    kind, semicolon, rest = value.partition(";")
    if semicolon and kind.strip().lower() not in ("rfc822", "utf-8", "smtp"):
        return ""
    found = parse_addresses(clean_line(_from_xtext((rest if semicolon else value).strip())))
    return found[0].key[:254] if found else ""


def _from_xtext(value: str) -> str:
    """RFC 3461 §4: `+3D` is `=`. What is no such text stays as it is."""
    if not re.fullmatch(r"(?:[!-*,-<>-~]|\+[0-9A-F]{2}|[=@ ])*", value) or not re.search(r"\+[0-9A-F]{2}", value):
        return value
    return re.sub(r"\+([2-7][0-9A-F])", lambda hex: chr(int(hex[1], 16)), value)
