"""vCards as people read them (RFC 2426, RFC 6350, and the 2.1 of phones): each a name with lines about it."""

from __future__ import annotations

import quopri
import re

from msgspec import Struct

from core.charset import decode
from core.clean import clean_line

MOST_CARDS = 500
MOST_LINES = 200
LONGEST = 1000
"""Characters of a value."""

KINDS = {
    "ORG": "organisation", "TITLE": "title", "ROLE": "title", "EMAIL": "mail", "TEL": "phone", "ADR": "address", "URL": "web",
    "BDAY": "birthday", "NICKNAME": "nickname", "NOTE": "note", "IMPP": "chat",
}  # fmt: skip
_STRUCTURED = ("N", "ADR", "ORG")
_PICTURES = ("PHOTO", "LOGO", "SOUND", "KEY")
_ESCAPE = re.compile(r"\\(.)", re.DOTALL)
SPLIT = re.compile(r"(?<!\\);")


class CardLine(Struct, frozen=True):
    """One thing that a card says."""

    kind: str
    """One of the values of `KINDS`, or `picture` (the text is empty)."""
    text: str
    about: str = ""
    """`home`, `work`, `cell` …"""


class Card(Struct, frozen=True):
    """A person or a firm."""

    name: str
    lines: tuple[CardLine, ...] = ()


def read_cards(text: str) -> tuple[Card, ...]:
    """The cards of a `.vcf`, at most `MOST_CARDS`; nothing for what is none. Never raises."""
    cards: list[Card] = []
    lines: list[CardLine] = []
    name, inside = "", False
    for line in unfolded(text):
        head, colon, value = parted(line)
        if not colon:
            continue
        words = head.upper().split(";")
        key = words[0].rpartition(".")[2]
        if key == "BEGIN" and value.strip().upper() == "VCARD":
            name, lines, inside = "", [], True
        elif key == "END" and inside and value.strip().upper() == "VCARD":
            cards.append(Card(name, tuple(lines)))
            inside = False
            if len(cards) >= MOST_CARDS:
                break
        elif inside and len(lines) < MOST_LINES:
            if key == "FN":
                name = card_text(key, words, value)
            elif key == "N" and not name:
                name = _name(card_text(key, words, value, keep=True))
            elif (said := _line(key, words, value)) is not None:
                lines.append(said)
    if inside and (name or lines):
        cards.append(Card(name, tuple(lines)))
    return tuple(cards)


def _line(key: str, words: list[str], value: str) -> CardLine | None:
    if key in _PICTURES:
        return CardLine("picture", "") if key in ("PHOTO", "LOGO") else None
    if key not in KINDS:
        return None
    text = card_text(key, words, value)
    if key == "TEL":
        text = text.removeprefix("tel:")
    kinds = [word.removeprefix("TYPE=").strip('"').lower() for word in words[1:]]
    named = [part for one in kinds for part in one.split(",") if part in ("home", "work", "cell", "fax", "voice", "main")]
    return CardLine(KINDS[key], text, ", ".join(dict.fromkeys(named))) if text else None


def unfolded(text: str) -> list[str]:
    """Content lines; those of quoted-printable end in `=` where they go on."""
    lines: list[str] = []
    quoted = False
    for line in text.replace("\r\n", "\n").replace("\r", "\n").split("\n"):
        if lines and quoted:
            lines[-1] = lines[-1][:-1] + line if len(lines[-1]) < 20_000 else lines[-1]
        elif lines and line[:1] in (" ", "\t"):
            # A picture is megabytes of such lines: only the beginning of a value is of interest.
            if len(lines[-1]) < 20_000:
                lines[-1] += line[1:]
            continue
        else:
            lines.append(line)
        quoted = lines[-1].endswith("=") and "QUOTED-PRINTABLE" in lines[-1][:200].upper()
    return lines


def parted(line: str) -> tuple[str, str, str]:
    """Name with parameters, colon, value; a colon in quotation marks is part of a parameter."""
    inside = False
    for n, char in enumerate(line[:2000]):
        if char == '"':
            inside = not inside
        elif char == ":" and not inside:
            return line[:n], ":", line[n + 1 :]
    return line, "", ""


def card_text(key: str, words: list[str], value: str, *, keep: bool = False) -> str:
    if any("QUOTED-PRINTABLE" in word for word in words[1:]):
        charset = next((word.partition("=")[2] for word in words if word.startswith("CHARSET=")), "utf-8")
        value = decode(quopri.decodestring(value.encode("utf-8", "replace")), charset)
    value = value[: LONGEST * 2]
    if key in _STRUCTURED and not keep:
        parts = [plain_value(part) for part in SPLIT.split(value)]
        return ", ".join(part for part in parts if part)[:LONGEST]
    return value if keep else plain_value(value)[:LONGEST]


def plain_value(value: str) -> str:
    return clean_line(_ESCAPE.sub(lambda found: "\n" if found[1] in "nN" else found[1], value))


def _name(value: str) -> str:
    """Given name, more names, family name out of the parts of N, with title and suffix around them."""
    parts = [*map(plain_value, SPLIT.split(value)), "", "", "", "", ""]
    family, given, more, before, after = parts[:5]
    return " ".join(part for part in (before, given, more, family, after) if part)[:LONGEST]
