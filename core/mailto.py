"""mailto: links (RFC 6068), of which only recipients, subject, text and the thread are believed."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import unquote

from core.address import Address, parse_addresses
from core.clean import clean_line, clean_text
from core.draft import Draft
from core.errors import UsageError

LONGEST = 200_000
"""Characters of a link that are read."""
MOST_RECIPIENTS = 500


@dataclass(frozen=True, slots=True)
class Mailto:
    """What a link asks for. Everything is clean text; nothing in it is done without the user."""

    to: tuple[Address, ...] = ()
    cc: tuple[Address, ...] = ()
    bcc: tuple[Address, ...] = ()
    subject: str = ""
    body: str = ""
    in_reply_to: str = ""
    ignored: tuple[str, ...] = ()
    """Names of what was asked for and not done: attach, from, other headers."""

    def draft(self) -> Draft:
        """A draft that begins with it."""
        references = (self.in_reply_to,) if self.in_reply_to else ()
        return Draft(
            to=self.to, cc=self.cc, bcc=self.bcc, subject=self.subject, body=self.body,
            in_reply_to=self.in_reply_to, references=references,
        )  # fmt: skip


def read_mailto(url: str) -> Mailto:
    """Read a mailto: link. Raises UsageError `not-mailto` (value `url`) if it is another kind of link."""
    scheme, colon, rest = url.strip().partition(":")
    if not colon or scheme.lower() != "mailto":
        raise UsageError("not-mailto", url=clean_line(url)[:200])
    path, _, query = rest[:LONGEST].partition("#")[0].partition("?")
    addresses: dict[str, list[Address]] = {"to": _addresses(path), "cc": [], "bcc": []}
    texts: dict[str, str] = {}
    ignored: list[str] = []
    for field in query.replace("&amp;", "&").split("&"):
        name, _, value = field.partition("=")
        name = unquote(name).lower()
        if name in addresses:
            addresses[name] += _addresses(value)
        elif name in ("subject", "body", "in-reply-to"):
            texts.setdefault(name, unquote(value, errors="replace"))
        elif name:
            ignored.append(clean_line(name)[:60])
    replied = texts.get("in-reply-to", "").strip().removeprefix("<").removesuffix(">")
    return Mailto(
        to=tuple(addresses["to"][:MOST_RECIPIENTS]),
        cc=tuple(addresses["cc"][:MOST_RECIPIENTS]),
        bcc=tuple(addresses["bcc"][:MOST_RECIPIENTS]),
        subject=clean_line(texts.get("subject", "")),
        body=clean_text(texts.get("body", "")),
        in_reply_to=replied if _is_id(replied) else "",
        ignored=tuple(ignored),
    )


def _addresses(value: str) -> list[Address]:
    """Addresses separated by commas; a comma inside one is written %2C, so decoding comes after splitting."""
    found = []
    for piece in value.split(","):
        # Of a piece that holds several once decoded, the first counts.
        found += [one for one in parse_addresses(clean_line(unquote(piece, errors="replace"))) if "@" in one.addr][:1]
    return found


def _is_id(text: str) -> bool:
    return 0 < len(text) <= 900 and text.isascii() and text.isprintable() and not set(' <>"') & set(text)
