"""Quoted text, the line above it, and signatures (RFC 3676 §4.3, §4.5)."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta, timezone

from core.envelope import Envelope
from core.flowed import SIGNATURE, unflow
from core.message import Message, bodies, part_text
from core.part import Part

MOST_LINES = 20_000
"""Lines that are quoted; what follows is left out."""

_FIELD = re.compile(r"\{(date|name|address)\}")


def readable_text(message: Message) -> str:
    """The text of a mail as a person reads it: flowed paragraphs whole, HTML as text, lines separated by `\\n`."""
    texts = [text_of_part(message, part) for part in bodies(message.parts)]
    return "\n\n".join(text.strip("\n") for text in texts if text.strip())


def text_of_part(message: Message, part: Part) -> str:
    """One text part as `readable_text` has it."""
    text = part_text(message, part.section)
    if part.type == "text/html":
        # HTML is rare enough here, and its parser big enough, to be loaded when needed.
        from core.html import html_to_text

        return html_to_text(text)
    if part.params.get("format", "").lower() == "flowed":
        return unflow(text, delsp=part.params.get("delsp", "").lower() == "yes")
    return text


def quoted(text: str) -> str:
    """Each line one quote mark deeper, without the signature and without empty lines at either end."""
    lines = [line.rstrip() for line in without_signature(text).strip("\n").split("\n")[:MOST_LINES]]
    return "\n".join(f">{line}" if line.startswith(">") or not line else f"> {line}" for line in lines)


def attribution(envelope: Envelope, pattern: str) -> str:
    """The line above a quotation: `{date}`, `{name}` and `{address}` in the pattern are filled in."""
    writer = envelope.from_[0] if envelope.from_ else None
    values = {
        "date": written(envelope),
        "name": writer.shown if writer else "",
        "address": writer.addr if writer else "",
    }
    return _FIELD.sub(lambda found: values[found[1]], pattern).strip()


def written(envelope: Envelope) -> str:
    """When the mail was written, on the writer's clock: 2024-05-03 14:05; '' if it does not say."""
    if envelope.date is None:
        return ""
    try:
        zone = timezone(timedelta(minutes=envelope.date_offset))
        return datetime.fromtimestamp(envelope.date, UTC).astimezone(zone).strftime("%Y-%m-%d %H:%M")
    except (ValueError, OverflowError, OSError):
        return ""


def without_signature(text: str) -> str:
    """The text above the last line of two dashes and a blank, if what is below is no quotation."""
    head, mark, tail = f"\n{text}".rpartition(f"\n{SIGNATURE}\n")
    if not mark or re.search(r"^>", tail, re.MULTILINE):
        return text
    return head.removeprefix("\n")


def signed(body: str, signature: str) -> str:
    """The body with the signature below; as it is if there is no signature."""
    if not signature.strip():
        return body
    body = body.removesuffix("\n")
    return f"{body}\n\n{SIGNATURE}\n{signature.strip(chr(10))}\n"


def signed_anew(body: str, old: str, new: str) -> str:
    """The body with another signature in place of the old one, which must stand there unchanged."""
    tail = signed("", old)
    if old.strip() and body.endswith(tail):
        return signed(body[: -len(tail)] + "\n", new) if new.strip() else body[: -len(tail)] + "\n"
    return body
