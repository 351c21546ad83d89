"""SEARCH: keys read into one predicate on a mail (RFC 3501 §6.4.4, RFC 4731, RFC 5032, RFC 7162)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from email.errors import MessageError
from email.header import decode_header, make_header
from email.utils import parsedate_to_datetime

from accounts.demo.imap_fetch import structure
from accounts.demo.imap_mailbox import StoredMail
from accounts.demo.imap_parser import BadCommand, Refused, Token, is_set, number, octets, read_date, text, word
from accounts.demo.imap_part import MimePart
from accounts.demo.imap_view import View

Test = Callable[[StoredMail], bool]

_FLAG_KEYS = {
    "ANSWERED": "\\Answered",
    "DELETED": "\\Deleted",
    "DRAFT": "\\Draft",
    "FLAGGED": "\\Flagged",
    "SEEN": "\\Seen",
}
_DAYS: dict[str, Callable[[date, date], bool]] = {
    "BEFORE": lambda day, wanted: day < wanted,
    "ON": lambda day, wanted: day == wanted,
    "SINCE": lambda day, wanted: day >= wanted,
}


class SearchKeys:
    """Reads the keys of one SEARCH. Raises BadCommand for what it cannot read."""

    def __init__(self, tokens: list[Token], view: View, charset: str = "UTF-8") -> None:
        self.tokens = tokens
        self.at = 0
        self.view = view
        self.charset = charset
        self.asks_modseq = False
        """Whether a MODSEQ key stood there: then the answer tells the highest MODSEQ found."""

    def all(self) -> Test:
        """One predicate for the keys from here to the end, joined by and."""
        tests = []
        while self.at < len(self.tokens):
            tests.append(self.key())
        if not tests:
            raise BadCommand("Search keys expected")
        return lambda mail: all(test(mail) for test in tests)

    def _next(self) -> Token:
        if self.at >= len(self.tokens):
            raise BadCommand("Search key is not complete")
        self.at += 1
        return self.tokens[self.at - 1]

    def _string(self) -> str:
        return octets(self._next()).decode(self.charset, "replace").casefold()

    def key(self) -> Test:
        """The predicate of the next key."""
        token = self._next()
        if isinstance(token, list):
            inner = SearchKeys(token, self.view, self.charset)
            test = inner.all()
            self.asks_modseq |= inner.asks_modseq
            return test
        name = word(token)
        if is_set(name):
            return self._in_set(name, by_uid=False)
        for reader in (self._flag_key, self._text_key, self._value_key, self._joined_key):
            found = reader(name)
            if found:
                return found
        raise BadCommand(f"Unknown search key {name[:30]}")

    def _in_set(self, set_: str, *, by_uid: bool) -> Test:
        chosen = {mail.uid for mail in self.view.pick(set_, by_uid, lenient=True)}
        return lambda mail: mail.uid in chosen

    def _flag_key(self, name: str) -> Test | None:
        recent = self.view.recent
        plain: dict[str, Test] = {
            "ALL": lambda mail: True,
            "RECENT": lambda mail: mail.uid in recent,
            "OLD": lambda mail: mail.uid not in recent,
            "NEW": lambda mail: mail.uid in recent and "\\Seen" not in mail.flags,
        }
        if name in plain:
            return plain[name]
        if flag := _FLAG_KEYS.get(name):
            return lambda mail: flag in mail.flags
        if flag := _FLAG_KEYS.get(name.removeprefix("UN")):
            return lambda mail: flag not in mail.flags
        if name in ("KEYWORD", "UNKEYWORD"):
            keyword = text(self._next())
            wanted = self.view.mailbox.keywords.get(keyword.lower(), keyword)
            return lambda mail: (wanted in mail.flags) == (name == "KEYWORD")
        return None

    def _text_key(self, name: str) -> Test | None:
        if name in ("BCC", "CC", "FROM", "SUBJECT", "TO", "HEADER"):
            header = name if name != "HEADER" else text(self._next())
            wanted = self._string()
            return lambda mail: _header_has(mail, header, wanted)
        if name == "BODY":
            wanted = self._string()
            return lambda mail: wanted in body_text(structure(mail))
        if name == "TEXT":
            wanted = self._string()
            return lambda mail: wanted in haystack(mail)
        return None

    def _value_key(self, name: str) -> Test | None:
        if name in ("LARGER", "SMALLER"):
            size = number(self._next())
            return lambda mail: len(mail.raw) > size if name == "LARGER" else len(mail.raw) < size
        if compare := _DAYS.get(name.removeprefix("SENT")):
            wanted = read_date(text(self._next()))
            find = _sent_day if name.startswith("SENT") else _received_day
            return lambda mail: compare(find(mail), wanted)
        if name in ("YOUNGER", "OLDER"):
            border = datetime.now(UTC) - timedelta(seconds=number(self._next()))
            return lambda mail: (mail.received >= border) == (name == "YOUNGER")
        if name == "MODSEQ":
            value = self._next()
            if not text(value).isdigit():  # an entry name and type may stand first; they say nothing here
                self._next()
                value = self._next()
            least = number(value)
            self.asks_modseq = True
            return lambda mail: mail.modseq >= least
        if name == "EMAILID":
            email_id = text(self._next())
            return lambda mail: mail.email_id == email_id
        return None

    def _joined_key(self, name: str) -> Test | None:
        if name == "UID":
            return self._in_set(text(self._next()), by_uid=True)
        if name == "NOT":
            inner = self.key()
            return lambda mail: not inner(mail)
        if name == "OR":
            one, other = self.key(), self.key()
            return lambda mail: one(mail) or other(mail)
        return None


def read_search(tokens: list[Token], view: View) -> tuple[Test, bool]:
    """The predicate of a SEARCH's tokens (after RETURN), and whether it asks for MODSEQ.

    Raises BadCommand, and Refused for a charset other than US-ASCII and UTF-8.
    """
    charset = "UTF-8"
    if len(tokens) > 1 and not isinstance(tokens[0], list) and word(tokens[0]) == "CHARSET":
        charset = word(tokens[1])
        if charset not in ("UTF-8", "US-ASCII"):
            raise Refused("[BADCHARSET (US-ASCII UTF-8)] Unknown charset")
        tokens = tokens[2:]
    keys = SearchKeys(tokens, view, charset)
    return keys.all(), keys.asks_modseq


def _received_day(mail: StoredMail) -> date:
    return mail.received.date()


def _sent_day(mail: StoredMail) -> date:
    try:
        return parsedate_to_datetime((structure(mail).value("Date") or b"").decode("latin-1")).date()
    except (ValueError, TypeError, IndexError):
        return date(1970, 1, 1)  # as Dovecot sees a mail without a date


def _decoded(value: bytes) -> str:
    shown = value.decode("utf-8", "replace")
    try:
        return str(make_header(decode_header(shown))).casefold()
    except (ValueError, LookupError, MessageError):  # a broken encoded word, an unknown charset
        return shown.casefold()


def _header_has(mail: StoredMail, name: str, wanted: str) -> bool:
    fields = structure(mail).fields
    return any(wanted in _decoded(value) for key, value in fields if key == name.lower())


def body_text(part: MimePart) -> str:
    """The text parts of a mail, decoded and casefolded."""
    return "\n".join(each.text() for each in part.walk() if each.maintype == "text").casefold()


def haystack(mail: StoredMail) -> str:
    """All a TEXT search looks through: every header field decoded, and the text parts. Kept with the mail."""
    if mail.haystack is None:
        part = structure(mail)
        headers = [f"{name}: {_decoded(value)}" for name, value in part.fields]
        mail.haystack = "\n".join([*headers, body_text(part)])
    return mail.haystack
