"""FETCH: the items a client asks for, and their values (RFC 3501 §6.4.5, RFC 7162, RFC 8474)."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

from accounts.demo.imap_mailbox import StoredMail
from accounts.demo.imap_parser import BadCommand, Token, literal, read_tokens, word, write_date_time
from accounts.demo.imap_part import MimePart, read_part
from accounts.demo.imap_structure import body_structure, envelope
from accounts.demo.imap_view import View

_MACROS = {
    "FAST": ("FLAGS", "INTERNALDATE", "RFC822.SIZE"),
    "ALL": ("FLAGS", "INTERNALDATE", "RFC822.SIZE", "ENVELOPE"),
    "FULL": ("FLAGS", "INTERNALDATE", "RFC822.SIZE", "ENVELOPE", "BODY"),
}
_SECTION = re.compile(r"BODY(\.PEEK)?\[(.*)\](?:<(\d+)\.(\d+)>)?", re.DOTALL)
_NUMBERS = re.compile(r"((?:[1-9]\d{0,8}(?:\.|\Z))*)(.*)", re.DOTALL)
_FIELD = re.compile(rb"[^\r\n]*(?:\r?\n[ \t][^\r\n]*)*\r?\n?")


@dataclass(frozen=True, slots=True)
class Section:
    """One `BODY[…]`: which bytes of a mail, and how the answer names them."""

    label: str
    marks_seen: bool
    numbers: tuple[int, ...] = ()
    kind: str = ""
    """'', HEADER, HEADER.FIELDS, HEADER.FIELDS.NOT, TEXT or MIME."""
    names: frozenset[str] = frozenset()
    """Field names in lower case for HEADER.FIELDS and its NOT."""
    start: int | None = None
    count: int = 0

    def value(self, mail: StoredMail) -> bytes:
        """The bytes, cut to the partial range; empty where the mail has no such part, as Dovecot answers."""
        whole = self._whole(mail)
        if self.start is None:
            return whole
        return whole[self.start : self.start + self.count]

    def _whole(self, mail: StoredMail) -> bytes:
        if not self.numbers and not self.kind:
            return mail.raw
        part = structure(mail).section(list(self.numbers))
        if part is None:
            return b""
        if self.kind in ("", "MIME"):
            return part.header if self.kind else part.body
        inner = part.message if self.numbers else part
        if inner is None:
            return b""
        if self.kind == "TEXT":
            return inner.body
        return inner.header if self.kind == "HEADER" else self._fields(inner.header)

    def _fields(self, header: bytes) -> bytes:
        wanted = self.kind == "HEADER.FIELDS"
        kept = []
        for found in _FIELD.findall(header):
            name, colon, _ = found.partition(b":")
            if colon and (name.strip().lower().decode("latin-1") in self.names) == wanted:
                kept.append(found)
        return b"".join(kept) + b"\r\n"


def structure(mail: StoredMail) -> MimePart:
    """The parts of a mail, read once."""
    if mail.parsed is None:
        mail.parsed = read_part(mail.raw)
    return mail.parsed


_SIMPLE: dict[str, Callable[[StoredMail, View], bytes]] = {
    "UID": lambda mail, _: b"%d" % mail.uid,
    "FLAGS": lambda mail, view: view.flags(mail).encode("latin-1"),
    "INTERNALDATE": lambda mail, _: write_date_time(mail.received).encode(),
    "RFC822.SIZE": lambda mail, _: b"%d" % len(mail.raw),
    "ENVELOPE": lambda mail, _: envelope(structure(mail)),
    "BODYSTRUCTURE": lambda mail, _: body_structure(structure(mail)),
    "BODY": lambda mail, _: body_structure(structure(mail), extended=False),
    "MODSEQ": lambda mail, _: b"(%d)" % mail.modseq,
    "EMAILID": lambda mail, _: b"(%s)" % mail.email_id.encode(),
    "THREADID": lambda mail, _: b"NIL",
}
_OLD_NAMES = {
    "RFC822": Section("RFC822", True),
    "RFC822.HEADER": Section("RFC822.HEADER", False, kind="HEADER"),
    "RFC822.TEXT": Section("RFC822.TEXT", True, kind="TEXT"),
}
Item = str | Section


def read_items(token: Token, *, modseq: bool, ids: bool) -> list[Item]:
    """The items of a FETCH, macros spelt out; raises BadCommand.

    `modseq`, `ids`: whether MODSEQ (CONDSTORE) and EMAILID, THREADID (OBJECTID) are offered.
    """
    offered = {"MODSEQ": modseq, "EMAILID": ids, "THREADID": ids}
    asked = token if isinstance(token, list) else [token]
    items: list[Item] = []
    for each in asked:
        name = word(each)
        if name in _MACROS and len(asked) == 1:
            items += _MACROS[name]
        elif name in _OLD_NAMES:
            items.append(_OLD_NAMES[name])
        elif name in _SIMPLE and offered.get(name, True):
            items.append(name)
        else:
            items.append(_section(name))
    if not items:
        raise BadCommand("No items")
    return items


def _section(name: str) -> Section:
    found = _SECTION.fullmatch(name)
    if not found:
        raise BadCommand(f"Unknown item {name[:40]}")
    numbers_text, rest = _split_numbers(found[2])
    numbers = tuple(int(digits) for digits in numbers_text.split(".") if digits)
    kind, _, fields = rest.partition(" ")
    names: frozenset[str] = frozenset()
    if kind in ("HEADER.FIELDS", "HEADER.FIELDS.NOT"):
        names = _names(fields)
    elif fields or kind not in ("", "HEADER", "TEXT", "MIME") or (kind == "MIME" and not numbers):
        raise BadCommand(f"Unknown section {name[:40]}")
    start = int(found[3]) if found[3] else None
    label = f"BODY[{found[2]}]" + (f"<{start}>" if start is not None else "")
    return Section(label, not found[1], numbers, kind, names, start, int(found[4] or 0))


def _split_numbers(section: str) -> tuple[str, str]:
    found = _NUMBERS.fullmatch(section)
    if not found or (found[1].endswith(".") and not found[2]):
        raise BadCommand("Unknown section")
    return found[1], found[2]


def _names(fields: str) -> frozenset[str]:
    tokens = read_tokens([fields.encode("latin-1")])
    if len(tokens) != 1 or not isinstance(tokens[0], list) or not tokens[0]:
        raise BadCommand("Field names expected")
    return frozenset(word(token).lower() for token in tokens[0])


def fetch_answer(mail: StoredMail, items: list[Item], view: View) -> bytes:
    """The untagged FETCH of one mail, without `* ` and CRLF."""
    fields = []
    for item in items:
        if isinstance(item, str):
            fields.append(item.encode() + b" " + _SIMPLE[item](mail, view))
        else:
            fields.append(item.label.encode("latin-1") + b" " + literal(item.value(mail)))
    return b"%d FETCH (%s)" % (view.number(mail), b" ".join(fields))
