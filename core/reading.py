"""A stored message opened for reading: its parts, text, HTML and attachments, whole or fetched part by part."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from core.clean import clean_line
from core.envelope import Envelope, read_envelope
from core.errors import NotFound
from core.header import MOST_BYTES, Headers, header_block, read_headers
from core.message import ENCLOSED, Message, attachments, best_html, best_text, message_of, part_encoded, text_of
from core.part import Part
from core.rendered import Page
from core.store import bodies
from core.store.database import Database
from core.transfer import decode_transfer, is_damaged


@dataclass
class Body:
    """A message as far as it is in the store. Every method gives what is here; `has` tells what is."""

    db: Database
    id: int
    header: bytes
    raw: bytes | None

    @cached_property
    def envelope(self) -> Envelope:
        """What the header says."""
        return read_envelope(self.header)

    @cached_property
    def headers(self) -> Headers:
        """The fields of the header."""
        return read_headers(self.header)

    @cached_property
    def message(self) -> Message | None:
        """The whole mail taken apart, or None while only some parts are here."""
        return None if self.raw is None else message_of(self.raw, self.envelope, self.headers)

    @cached_property
    def parts(self) -> tuple[Part, ...]:
        """Every part, also those whose bytes are still on the server; empty while nothing is known."""
        return self.message.parts if self.message is not None else bodies.structure(self.db, self.id)

    @property
    def here(self) -> bool:
        """Whether there is something to read."""
        return bool(self.parts) and all(self.has(part) for part in (self.text_part, self.html_part) if part is not None)

    @cached_property
    def text_part(self) -> Part | None:
        """The plain text to show, if there is one."""
        return best_text(self.parts)

    @cached_property
    def html_part(self) -> Part | None:
        """The HTML to show, if there is some."""
        return best_html(self.parts)

    @cached_property
    def attachments(self) -> tuple[Part, ...]:
        """What goes with the text."""
        return attachments(self.parts)

    @cached_property
    def image_names(self) -> dict[str, str]:
        """What the images that come along are called, by Content-ID in lower case."""
        return {part.content_id.lower(): clean_line(part.name) for part in self.parts if part.content_id and part.name}

    def subject_of(self, part: Part) -> str:
        """The subject of a mail in this one, whose bytes are here; '' for other parts."""
        if part.type not in ENCLOSED:
            return ""
        return read_envelope(header_block(decode_transfer(self._encoded(part)[:MOST_BYTES], part.encoding))).subject

    def has(self, part: Part) -> bool:
        """Whether the bytes of a part are here."""
        return self.raw is not None or bodies.part(self.db, self.id, part.section) is not None

    def data(self, part: Part) -> bytes:
        """The decoded bytes of a part. NotFound `part-not-here` while they are on the server."""
        return decode_transfer(self._encoded(part), part.encoding)

    def is_damaged(self, part: Part) -> bool:
        """Whether the transfer encoding of a part is broken. NotFound `part-not-here`."""
        return is_damaged(self._encoded(part), part.encoding)

    def _encoded(self, part: Part) -> bytes:
        if self.message is not None:
            return part_encoded(self.message, part.section)
        found = bodies.part(self.db, self.id, part.section)
        if found is None:
            raise NotFound("part-not-here", what="part", name=part.section)
        return found

    def text(self, part: Part | None) -> str:
        """The cleaned text of a part; '' for no part. NotFound `part-not-here`."""
        return "" if part is None else text_of(self._encoded(part), part)

    def html(self) -> str:
        """The HTML source; '' where there is none."""
        return self.text(self.html_part)

    def page(self, width: int, *, prefer_html: bool = False) -> Page:
        """The body laid out for so many cells. HTML is rendered in this process: for commands, not for the screen."""
        from core.html import render_html
        from core.text import render_text

        part = self.text_part
        if part is None or (prefer_html and self.html_part is not None):
            if self.html_part is not None:
                return render_html(self.html(), width, self.image_names)
            return Page()
        flowed = part.params.get("format", "").lower() == "flowed"
        return render_text(self.text(part), width, flowed=flowed, delsp=part.params.get("delsp", "").lower() == "yes")


def open_body(db: Database, id: int) -> Body:
    """A message of the store. NotFound `no-message`."""
    raw = bodies.raw(db, id)
    header = bodies.header(db, id) if raw is None else header_block(raw)
    if header is None:
        raise NotFound("no-message", what="message", name=str(id))
    return Body(db, id, header, raw)
