"""IMAP's lists, strings and atoms (RFC 3501 §9) as nested Python lists; without recursion, bounded."""

from __future__ import annotations

import re
from typing import Union

from accounts.imap.wire import Pieces, shown
from core.errors import ProtocolError

Token = Union[bytes, None, "list[Token]"]
"""A string or atom, NIL, or a list."""

LARGEST_UID = (1 << 32) - 1
LARGEST = (1 << 63) - 1
"""The largest number of any kind (RFC 7162 §3.1: mod-sequences have 63 bits), and what a row of the store can hold."""
MOST_TOKENS = 200_000
MOST_DEPTH = 2_000
"""Lists within lists; the readers of a structure have narrower limits of their own."""

_TOKEN = re.compile(
    rb"[ \t]*(?:(?P<open>\()|(?P<close>\))|\"(?P<quoted>(?:[^\"\\]|\\.)*)\"|(?P<literal>~?\{\d+\+?\})$"
    rb"|(?P<atom>(?i:BODY|BINARY)\[[^\]]*\](?:<\d+>)?|[^ \t()\"]+))",
    re.DOTALL,
)
_ESCAPED = re.compile(rb"\\(.)", re.DOTALL)


def parse(pieces: Pieces, server: str) -> list[Token]:
    """The tokens of a response (text, literal, text …). Raises ProtocolError `answer-senseless`."""
    top: list[Token] = []
    open_lists = [top]
    count = 0
    for place in range(0, len(pieces), 2):
        text, at = pieces[place].rstrip(b" \t"), 0
        while at < len(text):
            match = _TOKEN.match(text, at)
            count += 1
            if match is None or count > MOST_TOKENS or len(open_lists) > MOST_DEPTH:
                raise ProtocolError("answer-senseless", server=server, answer=shown(text[at:]))
            at = match.end()
            kind = match.lastgroup
            if kind == "open":
                inner: list[Token] = []
                open_lists[-1].append(inner)
                open_lists.append(inner)
            elif kind == "close":
                if len(open_lists) == 1:
                    raise ProtocolError("answer-senseless", server=server, answer=shown(text))
                open_lists.pop()
            elif kind == "literal":
                open_lists[-1].append(pieces[place + 1] if place + 1 < len(pieces) else b"")
            else:
                open_lists[-1].append(_value(match))
    if len(open_lists) > 1:
        raise ProtocolError("answer-senseless", server=server, answer=shown(pieces[0]))
    return top


def number(word: Token, most: int = LARGEST) -> int | None:
    """A number as a server writes it; None for anything else, also for one that is larger than it can be."""
    if not isinstance(word, bytes) or not word.isdigit() or len(word) > 19:
        return None
    return found if (found := int(word)) <= most else None


def _value(match: re.Match[bytes]) -> bytes | None:
    quoted = match["quoted"]
    if quoted is not None:
        return _ESCAPED.sub(rb"\1", quoted) if b"\\" in quoted else quoted
    atom = match["atom"]
    return None if atom.upper() == b"NIL" else atom


def responses(data: list[object]) -> list[Pieces]:
    """Split imaplib's flat list of untagged responses of one kind into single ones: tuples are followed by more."""
    found: list[Pieces] = []
    current: Pieces = []
    for item in data:
        if isinstance(item, tuple):
            current += [bytes(item[0]), bytes(item[1])]
        elif isinstance(item, bytes):
            found.append([*current, item])
            current = []
    return found
