"""BODYSTRUCTURE (RFC 3501 §7.4.2) as parts with the same section numbers that `core.structure` gives a whole mail."""

from __future__ import annotations

from collections.abc import Sequence

from msgspec import Struct

from accounts.imap.tokens import Token
from core.charset import decode
from core.clean import clean_line
from core.params import read_params
from core.part import Part
from core.structure import MOST_DEEP, MOST_PARTS

_LONGEST_NAME = 255


class _Around(Struct, frozen=True):
    """What a part stands in: its section, the prefix of its own parts' numbers, whether it is a multipart."""

    section: str
    prefix: str
    multipart: bool
    depth: int
    digest: bool = False


def parts_of(structure: Token) -> tuple[Part, ...]:
    """The parts in their order, multiparts included; as far as the structure makes sense. Never raises."""
    found: list[Part] = []
    # Depth first without recursion: (token, what it stands in, its place among its siblings).
    waiting: list[tuple[Token, _Around, int]] = [(structure, _Around("", "", False, 0), 1)]
    while waiting and len(found) < MOST_PARTS:
        token, around, place = waiting.pop()
        if not isinstance(token, list) or not token:
            continue
        if isinstance(token[0], list):
            part, inner, children = _multipart(token, around, place)
        else:
            part, inner, children = _single(token, around, place)
        found.append(part)
        if inner.depth <= MOST_DEEP:
            waiting += [(child, inner, number) for number, child in reversed(list(enumerate(children, 1)))]
    return tuple(found)


def _multipart(token: list[Token], around: _Around, place: int) -> tuple[Part, _Around, Sequence[Token]]:
    children: list[Token] = []
    while len(children) < len(token) and isinstance(token[len(children)], list):
        children.append(token[len(children)])
    rest = token[len(children) :]
    kind = f"multipart/{_word(_at(rest, 0)) or 'mixed'}"
    if around.multipart:
        section = f"{around.prefix}{place}"
        prefix = section + "."
    else:
        section, prefix = around.prefix + "TEXT", around.prefix
    params = _params(kind, _at(rest, 1))
    disposition, _ = _disposition(_at(rest, 2))
    part = Part(section, kind, params, "", "", disposition, "", "7bit", 0, (), around.section)
    return part, _Around(section, prefix, True, around.depth + 1, kind == "multipart/digest"), children


def _single(token: list[Token], around: _Around, place: int) -> tuple[Part, _Around, Sequence[Token]]:
    main, sub = _word(_at(token, 0)), _word(_at(token, 1))
    usual = "message/rfc822" if around.digest else "text/plain"
    kind = f"{main}/{sub}" if main and sub else usual
    section = f"{around.prefix}{place}"
    params = _params(kind, _at(token, 2))
    # text has its lines, message/rfc822 its envelope, structure and lines before the extension data (MD5 first).
    extra = 8 if main == "text" else 10 if kind == "message/rfc822" and isinstance(_at(token, 8), list) else 7
    disposition, more = _disposition(_at(token, extra + 1))
    size = _at(token, 6)
    part = Part(
        section=section,
        type=kind,
        params=params,
        # Servers say us-ascii where the mail says nothing.
        charset=params.get("charset", "").strip("\"' ").lower().replace("us-ascii", ""),
        name=(more.get("filename") or more.get("name") or params.get("name") or params.get("filename") or "")[:_LONGEST_NAME],
        disposition=disposition,
        content_id=clean_line(_text(_at(token, 3)).strip("<> \t")),
        encoding=clean_line(_text(_at(token, 5))).lower() or "7bit",
        size=int(size) if isinstance(size, bytes) and size.isdigit() and len(size) < 19 else 0,
        parent=around.section,
    )
    enclosed = [_at(token, 8)] if kind in ("message/rfc822", "message/global") else []
    return part, _Around(section, section + ".", False, around.depth + 1), enclosed


def _disposition(token: Token) -> tuple[str, dict[str, str]]:
    if not isinstance(token, list) or not token:
        return "", {}
    word = _word(token[0])
    return (word if word in ("", "inline") else "attachment"), _params("", _at(token, 1))


def _params(kind: str, token: Token) -> dict[str, str]:
    """Written as a header's value and read as one: continuations, charsets and encoded words as everywhere."""
    if not isinstance(token, list):
        return {}
    pairs = zip(token[::2], token[1::2], strict=False)
    written = [
        f"{_text(name).strip()}={_quoted(_text(value))}" for name, value in pairs if isinstance(name, bytes) and name.strip()
    ]
    return read_params("; ".join([kind, *written]))[1]


def _quoted(value: str) -> str:
    return '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"'


def _word(token: Token) -> str:
    return clean_line(_text(token)).strip().lower().replace("/", "")


def _text(token: Token) -> str:
    return decode(token, "") if isinstance(token, bytes) else ""


def _at(token: Sequence[Token], place: int) -> Token:
    return token[place] if place < len(token) else None
