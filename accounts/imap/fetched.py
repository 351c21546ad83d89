"""FETCH answers (RFC 3501 §7.4.2, RFC 7162), read fast: one compiled scanner over the text between literals."""

from __future__ import annotations

import calendar
import re
from functools import lru_cache

from msgspec import Struct

from accounts.imap.tokens import LARGEST_UID, Token, number, parse
from accounts.imap.wire import Pieces, shown
from core.errors import ProtocolError
from core.flags import Flag, from_imap

_START = re.compile(rb"\* (\d+) FETCH \(", re.IGNORECASE)
_ITEM = re.compile(
    rb" *(?:UID (?P<uid>\d{1,10})(?=[ )])|FLAGS \((?P<flags>[^()\"]*)\)|RFC822\.SIZE (?P<size>\d{1,19})(?=[ )])"
    rb"|(?:X-GM-MSGID (?P<msgid>\d{1,20})(?=[ )])|EMAILID \((?P<emailid>[A-Za-z0-9_-]{1,255})\))"
    rb"|INTERNALDATE \"(?P<date>[^\"]{0,40})\"|MODSEQ \((?P<modseq>\d{1,20})\)"
    rb"|BODY\[(?P<section>[A-Z0-9.]*)\](?:<(?P<origin>\d+)>)?"
    rb" (?:(?P<literal>~?\{\d+\+?\}$)|\"(?P<quoted>(?:[^\"\\]|\\.)*)\"|(?P<nil>NIL)))",
    re.IGNORECASE,
)
_STRUCTURE = re.compile(rb"\* \d+ FETCH \((?:FLAGS \([^()]*\) )?UID (\d{1,10}) BODYSTRUCTURE ", re.IGNORECASE)
# What most servers answer to the commands of which there are many, in the order in which they were asked.
USUAL = re.compile(
    rb"\* (\d{1,10}) FETCH \(UID (\d{1,10})(?: FLAGS \(([^()\"]*)\) INTERNALDATE \"([^\"]{0,40})\" RFC822\.SIZE (\d{1,15}))?"
    rb" BODY\[(HEADER|)\](?:<0>)? \{(\d{1,10})\}\r\n"
)
"""For `accounts.imap.wire`."""
_DATE = re.compile(rb" ?(\d{1,2})-([A-Za-z]{3})-(\d{4}) (\d\d):(\d\d):(\d\d) ([+-])(\d\d)(\d\d)")
_MONTHS = {
    name: number
    for number, name in enumerate(
        (b"jan", b"feb", b"mar", b"apr", b"may", b"jun", b"jul", b"aug", b"sep", b"oct", b"nov", b"dec"), 1
    )
}


class Fetched(Struct):
    """What one FETCH answer said of a message; None or empty where it said nothing."""

    number: int
    """Sequence number."""
    uid: int = 0
    flags: tuple[Flag, frozenset[str]] | None = None
    size: int | None = None
    internal: int | None = None
    """INTERNALDATE, unix seconds."""
    modseq: int | None = None
    body: dict[str, bytes] = {}
    """Section (upper case, without its origin) → bytes."""
    remote_id: str = ""
    """The server's own id of the mail (EMAILID, X-GM-MSGID), '' where it has none."""
    structure: Token = None
    """BODYSTRUCTURE as nested lists."""


def usual_fetched(head: re.Match[bytes], literal: bytes) -> Fetched:
    """A FETCH answer whose line `USUAL` knows."""
    order, uid, flags, date, size, section, _ = head.groups()
    body = {"HEADER" if section else "": literal}
    if size is None:
        return Fetched(int(order), number(uid, LARGEST_UID) or 0, body=body)
    return Fetched(int(order), number(uid, LARGEST_UID) or 0, flags_of(flags), int(size), internal_date(date), body=body)


def read_fetched(pieces: Pieces, server: str) -> Fetched:
    """One FETCH answer. Raises ProtocolError `answer-senseless`."""
    start = _START.match(pieces[0])
    if start is None:
        raise ProtocolError("answer-senseless", server=server, answer=shown(pieces[0]))
    found = Fetched(int(start[1]))
    at = start.end()
    last = len(pieces) - 1
    for place in range(0, last + 1, 2):
        text = pieces[place]
        while at < len(text):
            item = _ITEM.match(text, at)
            if item is None:
                break
            at = item.end()
            if item["literal"]:
                if place == last:
                    raise ProtocolError("answer-senseless", server=server, answer=shown(text))
                found.body[item["section"].decode("ascii").upper()] = pieces[place + 1]
            else:
                _take(found, item)
        if at < len(text) and text[at:].strip() != b")":
            return _read_slowly(pieces, found.number, server)
        at = 0
    if not pieces[last].rstrip(b" ").endswith(b")"):
        raise ProtocolError("answer-senseless", server=server, answer=shown(pieces[last]))
    return found


def _take(found: Fetched, item: re.Match[bytes]) -> None:
    kind = item.lastgroup
    if kind == "uid":
        found.uid = _uid(item[kind])
    elif kind == "flags":
        found.flags = flags_of(item[kind])
    elif kind == "size":
        found.size = number(item[kind])
    elif kind == "date":
        found.internal = internal_date(item[kind])
    elif kind in ("msgid", "emailid"):
        found.remote_id = item[kind].decode("ascii")
    elif kind == "modseq":
        found.modseq = number(item[kind])
    else:
        section = item["section"].decode("ascii").upper()
        quoted = None if item["nil"] else re.sub(rb"\\(.)", rb"\1", item["quoted"])
        _take_body(found, section, item["origin"], quoted)


def _uid(word: bytes) -> int:
    return number(word, LARGEST_UID) or 0


def _read_slowly(pieces: Pieces, number: int, server: str) -> Fetched:
    """Answers with items in unusual spelling, or with BODYSTRUCTURE."""
    first = pieces[0]
    try:
        items = parse([first[first.index(b"(") :], *pieces[1:]], server)
    except ProtocolError:
        # A structure that makes no sense (a file's name with quotes in it) is as good as none: the mail can be fetched.
        told = _STRUCTURE.match(first)
        if told is None:
            raise
        return Fetched(number, uid=_uid(told[1]))
    inside = items[0] if items else None
    if not isinstance(inside, list):
        raise ProtocolError("answer-senseless", server=server, answer=shown(first))
    found = Fetched(number)
    for name, value in zip(inside[::2], inside[1::2], strict=False):
        if isinstance(name, bytes):
            _take_token(found, name.upper(), value)
    return found


def _take_token(found: Fetched, name: bytes, value: Token) -> None:
    if name == b"UID":
        found.uid = number(value, LARGEST_UID) or 0
    elif name == b"FLAGS" and isinstance(value, list):
        found.flags = flags_of(b" ".join(one for one in value if isinstance(one, bytes)))
    elif name == b"RFC822.SIZE":
        found.size = number(value)
    elif name == b"INTERNALDATE" and isinstance(value, bytes):
        found.internal = internal_date(value)
    elif name == b"MODSEQ" and isinstance(value, list) and value:
        found.modseq = number(value[0])
    elif name == b"X-GM-MSGID" and isinstance(value, bytes):
        found.remote_id = value[:255].decode("ascii", "replace")
    elif name == b"EMAILID" and isinstance(value, list) and value and isinstance(value[0], bytes):
        found.remote_id = value[0][:255].decode("ascii", "replace")
    elif name == b"BODYSTRUCTURE":
        found.structure = value
    elif name.startswith(b"BODY["):
        section, _, origin = name[5:].rpartition(b"]")
        data = value if isinstance(value, bytes) else None
        _take_body(found, section.decode("ascii", "replace"), origin.strip(b"<>"), data)


def _take_body(found: Fetched, section: str, origin: bytes | None, data: bytes | None) -> None:
    # Servers say NIL of a mail that is just going, or that they cannot read: no mail is empty, nor is its header.
    if data is None and section in ("", "HEADER") and not int(origin or 0):
        return
    found.body[section] = data or b""


@lru_cache(maxsize=4096)
def flags_of(names: bytes) -> tuple[Flag, frozenset[str]]:
    """Flag bits and keywords of the names in a FLAGS list."""
    return from_imap(names.decode("utf-8", "replace").split())


def internal_date(text: bytes) -> int | None:
    """INTERNALDATE as unix seconds; None for nonsense."""
    match = _DATE.match(text)
    if match is None:
        return None
    day, name, year, hour, minute, second, sign, ahead, past = match.groups()
    midnight = _midnight(year, name, day)
    if midnight is None:
        return None
    offset = int(ahead) * 3600 + int(past) * 60
    return midnight + int(hour) * 3600 + int(minute) * 60 + int(second) - (offset if sign == b"+" else -offset)


@lru_cache(maxsize=4096)
def _midnight(year: bytes, name: bytes, day: bytes) -> int | None:
    month = _MONTHS.get(name.lower())
    if month is None or not 1 <= int(day) <= 31 or int(year) < 1:
        return None
    return calendar.timegm((int(year), month, 1, 0, 0, 0)) + (int(day) - 1) * 86_400
