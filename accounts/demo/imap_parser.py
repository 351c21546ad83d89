"""The grammar of IMAP commands as a server needs it: tokens, number sets, dates, strings (RFC 3501 §9)."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from datetime import date, datetime, timedelta, timezone
from typing import TypeAlias


class BadCommand(Exception):
    """The client's command makes no sense: answered with BAD and this text."""


class Refused(Exception):
    """The command is understood and declined: answered with NO and this text, response code first."""


class Atom(bytes):
    """A word that stood bare on the wire; quoted strings and literals are plain bytes."""


Token: TypeAlias = "bytes | list[Token]"

MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_ENDS_ATOM = re.compile(rb'[ ()"\r\n]')
_SECTION = re.compile(rb"(?:BODY|BODY\.PEEK)\[", re.IGNORECASE)
_QUOTED = re.compile(rb'"((?:[^"\\]|\\.)*)"', re.DOTALL)
_PLAIN_STRING = re.compile(rb"[\x01-\x09\x0b\x0c\x0e-\x7f]{0,900}")


class _Walker:
    """Reads tokens out of the pieces of a command: text, literal, text, literal, … text."""

    def __init__(self, pieces: Sequence[bytes]) -> None:
        self.pieces = pieces
        self.index = 0
        self.at = 0

    def tokens(self, depth: int = 0) -> list[Token]:
        """The tokens up to the closing parenthesis of this level, or up to the end at level 0."""
        if depth > 50:
            raise BadCommand("Too many parentheses")
        found: list[Token] = []
        while True:
            text = self.pieces[self.index]
            if self.at >= len(text):
                if self.index + 1 >= len(self.pieces):
                    if depth:
                        raise BadCommand("Missing ')'")
                    return found
                found.append(bytes(self.pieces[self.index + 1]))
                self.index, self.at = self.index + 2, 0
                continue
            letter = text[self.at : self.at + 1]
            if letter == b" ":
                self.at += 1
            elif letter == b"(":
                self.at += 1
                found.append(self.tokens(depth + 1))
            elif letter == b")":
                if not depth:
                    raise BadCommand("Unexpected ')'")
                self.at += 1
                return found
            else:
                found.append(self._quoted(text) if letter == b'"' else self._atom(text))

    def _quoted(self, text: bytes) -> bytes:
        found = _QUOTED.match(text, self.at)
        if not found:
            raise BadCommand("Missing '\"'")
        self.at = found.end()
        return re.sub(rb"\\(.)", rb"\1", found[1], flags=re.DOTALL)

    def _atom(self, text: bytes) -> Atom:
        start = self.at
        if section := _SECTION.match(text, start):  # BODY[HEADER.FIELDS (TO)]<0.9> is one word
            closing = text.find(b"]", section.end())
            if closing < 0:
                raise BadCommand("Missing ']'")
            start = closing
        end = _ENDS_ATOM.search(text, start)
        if end and end.start() == start:
            raise BadCommand("Unexpected character")
        word = Atom(text[self.at : end.start() if end else len(text)])
        self.at += len(word)
        return word


def read_tokens(pieces: Sequence[bytes]) -> list[Token]:
    """The tokens of a command given as text, literal, text, … (odd count). Raises BadCommand."""
    return _Walker(pieces).tokens()


def word(token: Token) -> str:
    """A token as an upper-case keyword; raises BadCommand for a list."""
    return text(token).upper()


def text(token: Token) -> str:
    """A token as a string, bytes as latin-1 so that nothing is lost; raises BadCommand for a list."""
    if isinstance(token, list):
        raise BadCommand("Unexpected list")
    return token.decode("latin-1")


def octets(token: Token) -> bytes:
    """A token as bytes; raises BadCommand for a list."""
    if isinstance(token, list):
        raise BadCommand("Unexpected list")
    return bytes(token)


def words(token: Token) -> list[str]:
    """A parenthesised list of plain words; a single word counts as a list of one."""
    return [text(item) for item in token] if isinstance(token, list) else [text(token)]


def number(token: Token) -> int:
    """A token as a non-negative number; raises BadCommand."""
    return _digits(text(token), "Number expected")


def ranges(set_: str, top: int) -> list[tuple[int, int]]:
    """`1:3,7,*` as inclusive ranges; `*` is `top`, the largest number there is. Raises BadCommand."""
    found = []
    for piece in set_.split(","):
        ends = [_end(end, top) for end in piece.split(":")]
        if len(ends) > 2:
            raise BadCommand("Invalid message set")
        found.append((min(ends), max(ends)))
    return found


def _end(end: str, top: int) -> int:
    if end == "*":
        return top
    return _digits(end, "Invalid message set", least=1)


def _digits(digits: str, complaint: str, least: int = 0) -> int:
    """At most 19 digits: a 63-bit number, as MODSEQ is one."""
    if not re.fullmatch(r"[0-9]{1,19}", digits) or int(digits) < least:
        raise BadCommand(complaint)
    return int(digits)


def is_set(value: str) -> bool:
    """Whether a word looks like a set of message numbers."""
    return re.fullmatch(r"[0-9*:,]+", value) is not None


def compact(numbers: Iterable[int]) -> str:
    """Numbers as a set in the order given: 1, 2, 3, 9 → `1:3,9` (the order carries meaning in COPYUID)."""
    runs: list[list[int]] = []
    for value in numbers:
        if runs and value == runs[-1][1] + 1:
            runs[-1][1] = value
        else:
            runs.append([value, value])
    return ",".join(str(low) if low == high else f"{low}:{high}" for low, high in runs)


def read_date(value: str) -> date:
    """`1-Feb-2024` of SEARCH; raises BadCommand."""
    found = re.fullmatch(r"(\d{1,2})-([A-Za-z]{3})-(\d{4})", value)
    try:
        if found:
            return date(int(found[3]), MONTHS.index(found[2].title()) + 1, int(found[1]))
    except ValueError:
        pass  # the 31st of June and the month Foo are answered like any other nonsense
    raise BadCommand("Invalid date")


def read_date_time(value: str) -> datetime:
    """`" 1-Feb-2024 10:00:00 +0100"` of APPEND, with its offset; raises BadCommand."""
    found = re.fullmatch(r" ?(\d{1,2}-\w{3}-\d{4}) (\d\d):(\d\d):(\d\d) ([+-])(\d\d)(\d\d)", value)
    if not found:
        raise BadCommand("Invalid date-time")
    day = read_date(found[1])
    offset = timedelta(hours=int(found[6]), minutes=int(found[7])) * (-1 if found[5] == "-" else 1)
    try:
        return datetime(day.year, day.month, day.day, int(found[2]), int(found[3]), int(found[4]), tzinfo=timezone(offset))
    except ValueError:
        raise BadCommand("Invalid date-time") from None


def write_date_time(moment: datetime) -> str:
    """INTERNALDATE as FETCH shows it, with its quotes."""
    return f'"{moment.day:02d}-{MONTHS[moment.month - 1]}-{moment.year:04d} {moment:%H:%M:%S %z}"'


def string(value: bytes) -> bytes:
    """A quoted string where that is possible, else a literal."""
    if _PLAIN_STRING.fullmatch(value):
        return b'"' + value.replace(b"\\", b"\\\\").replace(b'"', b'\\"') + b'"'
    return literal(value)


def literal(value: bytes) -> bytes:
    """`{n}` CRLF and the bytes."""
    return b"{%d}\r\n%s" % (len(value), value)


def nstring(value: bytes | None) -> bytes:
    """A string, or NIL for None."""
    return b"NIL" if value is None else string(value)
