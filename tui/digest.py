"""The mails of a digest in the reader, one below the other."""

from __future__ import annotations

from msgspec.structs import replace

from core.cells import wrap
from core.clean import clean_line
from core.digests import digest_mails
from core.header import header_block
from core.part import Part
from core.reading import Body
from core.rendered import PART, Line, Page, Span
from tui.dates import full_date
from tui.opened import Opened, people
from tui.translation import _, ngettext

MOST_HTML = 20
"""Of the mails of a digest so many are laid out though they are HTML: each may take its time."""
ROOM_FOR_NUMBERS = 2
"""Cells that are left free at the right: the links get higher numbers than those with which they are laid out."""


class Enclosed:
    """A mail of a digest. `key` lists the files of the whole, of which it is one; '' on paper."""

    def __init__(self, part: Part, opened: Opened | None, key: str, lays_out_html: bool) -> None:
        self.part, self.opened, self._key, self._html = part, opened, key, lays_out_html

    @property
    def is_html(self) -> bool:
        """Whether it is HTML that is laid out."""
        return self.opened is not None and self._html and self.opened.shown_form == "html"

    def page(self, width: int) -> Page:
        """Its subject, who wrote it and when, and its text."""
        opened = self.opened
        head = [Line((Span("─" * width, f"rule {PART}"),))]
        if opened is None:
            return Page((*head, *_dim(_("A message of this digest is still on the server. {key} lists it."), self._key, width)))
        envelope = opened.body.envelope
        when = full_date(envelope.date, envelope.date_offset) if envelope.date is not None else ""
        subject = clean_line(envelope.subject) or _("(no subject)")
        head += [Line((Span(piece, "heading"),)) for piece in wrap(subject, width)]
        head += _dim(" · ".join(one for one in (clean_line(people(envelope.from_)), when) if one), "", width)
        files = len(opened.body.attachments)
        if files and self._key:
            words = ngettext("{n} file in it: {key} leads there.", "{n} files in it: {key} leads there.", files)
            head += _dim(words.replace("{n}", str(files)), self._key, width)
        if opened.shown_form == "html" and not self._html:
            return Page((*head, Line(), *_dim(_("This message is HTML: {key} leads there."), self._key, width), Line()))
        page = opened.page(max(width - ROOM_FOR_NUMBERS, 8))
        return replace(page, lines=(*head, Line(), *page.lines, Line()))


def enclosed(whole: Opened) -> list[Enclosed]:
    """The mails of a digest, as far as they are here."""
    found: list[Enclosed] = []
    body, html = whole.body, 0
    for part in digest_mails(body.parts):
        opened = None
        if body.has(part):
            raw = body.data(part)
            opened = Opened(Body(body.db, 0, header_block(raw), raw), whole.render_html, unfolds=False)
            html += opened.shown_form == "html"
        found.append(Enclosed(part, opened, whole.files_key, html <= MOST_HTML or not whole.files_key))
    return found


def _dim(words: str, key: str, width: int) -> list[Line]:
    return [Line((Span(piece, "dim"),)) for piece in wrap(words.replace("{key}", key), width)]
