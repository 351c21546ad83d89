"""Mail addresses: reading them from any header, however broken, and writing them (RFC 5322 §3.4)."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache

from msgspec import Struct

from core.clean import clean_line
from core.errors import UsageError
from core.words import decode_words

MOST = 20_000
"""Addresses read from one header; what follows is left out."""

# A mailbox as nearly all are written, and the comma after it. Bounded and possessive, so that it stays linear.
_USUAL = re.compile(
    r'\s*+(?:(?:"([^"\\<>]{0,300})"|([^"<>@,;:()\\\[\]]{0,300}?))\s*+<([^\s<>@,;:"()\\]{1,200}@[^\s<>@,;:"()\\]{1,300})>|'
    r'([^\s<>@,;:"()\\]{1,200}@[^\s<>@,;:"()\\]{1,300}))\s*+(?:,\s*|$)'
)
_TOKEN = re.compile(r'"(?:[^"\\]|\\.)*"|<[^<>]*>?|[,;:()]|\\.|[^"<>,;:()\\]+|["\\>]', re.DOTALL)
_ESCAPED = re.compile(r"\\(.)", re.DOTALL)
_ROUTE = re.compile(r"^@[^:]*:")
_ATEXT = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~ -]*")


class Address(Struct, frozen=True):
    """A mailbox: the name people read (may be empty) and `local@domain`. Both are one clean line."""

    name: str
    addr: str

    @property
    def shown(self) -> str:
        """The name, or the address where there is none."""
        return self.name or self.addr

    @property
    def domain(self) -> str:
        """What follows the last @, as written; '' for a local user."""
        return self.addr.rpartition("@")[2] if "@" in self.addr else ""

    @property
    def key(self) -> str:
        """What two spellings of one mailbox have in common."""
        return self.addr.casefold()


def parse_addresses(value: str) -> list[Address]:
    """The mailboxes in a header value (unfolded, encoded words not decoded), group members included.

    Tolerant: unquoted commas in names, comments, routes, missing brackets; never raises. Encoded words are
    decoded after the structure is read, so that none can bring in an address (RFC 2047 §6.2).
    """
    found: list[Address] = []
    at = 0
    while at < len(value) and (usual := _USUAL.match(value, at)):
        found.append(_mailbox(*usual.groups()))
        at = usual.end()
    if at < len(value) and len(found) < MOST and (rest := value[at:]).strip():
        found += _Reader(rest).read()
    return found[:MOST]


@lru_cache(maxsize=4096)
def _mailbox(quoted: str | None, plain: str | None, addr: str | None, bare: str | None) -> Address:
    return Address(_name(_without_apostrophes((plain if quoted is None else quoted) or "")), clean_line(addr or bare or ""))


def _name(text: str) -> str:
    return decode_words(text) if text else ""


class _Reader:
    """Walks over the tokens of one header value once."""

    def __init__(self, value: str) -> None:
        self.value = value
        self.found: list[Address] = []
        self.words: list[str] = []
        self.before: list[str] = []
        """The words in front of the address in brackets."""
        self.comment: list[str] = []
        self.angle: str | None = None
        self.pending = ""
        """Words without an address before a comma: perhaps `Doe, John <j@x>` without quotes."""

    def read(self) -> list[Address]:
        """All mailboxes, at most `MOST`."""
        depth = 0
        for found in _TOKEN.finditer(self.value):
            token = found[0]
            if token == "(":
                depth += 1
            elif token == ")":
                depth = max(depth - 1, 0)
            elif depth:
                self.comment.append(token)
            elif token in ",;":
                self.close(may_go_on=token == ",")
                if len(self.found) >= MOST:
                    return self.found
            elif token == ":":
                self.colon()
            elif token[0] == "<":
                self.bracket(token)
            else:
                self.words.append(token)
        self.close(may_go_on=False)
        return self.found

    def colon(self) -> None:
        """The end of a group's name, unless it stands in an address or after one."""
        if self.angle is None and not any("@" in word for word in self.words):
            self.words.clear()
            self.pending = ""
        else:
            self.words.append(":")

    def bracket(self, token: str) -> None:
        """An address in angle brackets."""
        inner = token.strip("<>").strip()
        if self.angle and inner:
            # A second address without a comma between: the first is complete, the words are for this one.
            words, self.words = self.words, []
            self.close(may_go_on=False)
            self.words = words
        if inner or self.angle is None:
            self.angle = _ROUTE.sub("", inner)
            self.before, self.words = self.words, []

    def close(self, *, may_go_on: bool) -> None:
        """Make an address of what was gathered since the last comma."""
        words, self.words = self.words, []
        before, self.before = self.before, []
        comment, self.comment = "".join(self.comment), []
        angle, self.angle = self.angle, None
        if angle is not None:
            name = _phrase(before) or _phrase(words)
            name = f"{self.pending}, {name}" if self.pending and name else name or self.pending
            self.add(name or comment, angle)
            return
        text = "".join(words).strip()
        if not text:
            return
        at = text.rfind("@")
        if at < 0:
            self.without_address(text, comment, may_go_on)
            return
        name, addr = _split_bare(text, at)
        self.add(name or comment, addr)

    def without_address(self, text: str, comment: str, may_go_on: bool) -> None:
        """Words without an @: the first half of a name with a comma, or local users."""
        joined = f"{self.pending}, {text}" if self.pending else text
        if may_go_on and len(joined) < 200:
            self.pending = joined
            return
        self.pending = ""
        for piece in joined.split(", "):
            if " " in piece or "=?" in piece or '"' in piece:
                self.add(_phrase(_TOKEN.findall(piece)), "")
            else:
                self.add(comment, piece)

    def add(self, name: str, addr: str) -> None:
        """One more mailbox."""
        if self.pending and not name.startswith(self.pending):
            pending, self.pending = self.pending, ""
            self.without_address(pending, "", may_go_on=False)
        self.pending = ""
        addr = "".join(clean_line(addr).split()) if '"' not in addr else clean_line(addr)
        if name or addr:
            self.found.append(Address(_name(name), addr))


def _split_bare(text: str, at: int) -> tuple[str, str]:
    """Name and address in `"a b" c@d`, `c@d a b` and the like, `at` being where the last @ stands."""
    if text[0] == '"' and text.find('"', 1) == at - 1:
        return "", text
    start = max(text.rfind(" ", 0, at), text.rfind('"', 0, at), text.rfind("\t", 0, at)) + 1
    end = next((place for place in range(at, len(text)) if text[place] in ' \t"'), len(text))
    return _phrase(_TOKEN.findall(f"{text[:start]} {text[end:]}")), text[start:end]


def _phrase(words: list[str]) -> str:
    """A display name, from its tokens, without its quotes; single quotes that belong to none are left out."""
    plain = [
        _ESCAPED.sub(r"\1", word[1:-1]) if len(word) > 1 and word[0] == word[-1] == '"' else word for word in words if word != '"'
    ]
    return _without_apostrophes(" ".join("".join(plain).split()))


def _without_apostrophes(name: str) -> str:
    return name[1:-1] if len(name) > 2 and name[0] == name[-1] == "'" else name


def format_address(address: Address) -> str:
    """`name <addr>` for a header: the name quoted where RFC 5322 asks for it; non-ASCII names are left to `core.compose`."""
    if not address.name:
        return address.addr
    name = clean_line(address.name)
    if not _ATEXT.fullmatch(name.replace("\u00a0", " ")) and not _plain_unicode(name):
        name = '"' + name.replace("\\", "\\\\").replace('"', '\\"') + '"'
    return f"{name} <{address.addr}>"


def _plain_unicode(name: str) -> bool:
    return not any(char in '()<>[]:;@\\,."' for char in name)


def format_addresses(addresses: Iterable[Address]) -> str:
    """The value of a header such as To."""
    return ", ".join(map(format_address, addresses))


def ascii_domain(domain: str) -> str:
    """A domain as it goes over the wire (IDNA 2008, RFC 5891); lower case.

    Raises `UsageError` (`bad-domain`, value `domain`) if it cannot be one.
    """
    if domain.isascii():
        return domain.lower()
    import idna

    try:
        return idna.encode(domain, uts46=True).decode("ascii")
    except idna.IDNAError as error:
        raise UsageError("bad-domain", domain=domain) from error
