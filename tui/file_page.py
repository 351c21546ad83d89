"""Files laid out for the reader: text, HTML, PDF, tables, cards, calendars."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

from msgspec.structs import replace

from core.attachment_text import can_read_pdf, read_pdf
from core.business_card import Card, CardLine, read_cards
from core.cells import wrap
from core.clean import clean_text
from core.file_kind import Kind
from core.message import text_of
from core.pdf_page import fitted
from core.rendered import Line, Page, Span
from core.table_text import read_table, table_lines
from core.text import render_text
from tui.files import File
from tui.translation import _

RenderHtml = Callable[[str, int, Mapping[str, str]], Page]
MOST_CHARACTERS = 1_000_000
MOST_LINES = 20_000
_LABEL = 16


class FilePage:
    """A file and its pages, one for each width; what takes long is done once. Not for the event loop.

    `text`: what it says, where somebody has read it already.
    """

    def __init__(self, file: File, data: bytes, kind: Kind, render_html: RenderHtml, text: str | None = None) -> None:
        self.file, self.data, self.kind = file, data, kind
        self.render_html = render_html
        self.notices: tuple[str, ...] = ()
        self._pages: dict[int, Page] = {}
        self.rest_words = ""
        """How to come by all of a file that is too long to be shown whole."""
        self._text = text
        self._cut = False

    def page(self, width: int) -> Page:
        """The file for a width in cells."""
        if width not in self._pages:
            from tui.opened import with_rest

            page = self._laid_out(width)
            if self._cut and not page.notices:
                page = replace(page, notices=("text-too-long",))
            self._pages[width] = with_rest(page, width, self.rest_words)
        return self._pages[width]

    def _laid_out(self, width: int) -> Page:
        text = self._source()
        if self.kind == "html":
            return self.render_html(text, width, {})
        if self.kind == "table":
            table = read_table(text, "\t" if self.file.type == "text/tab-separated-values" else "")
            if table.cut:
                self.notices = (_("This is the beginning of the table: open it with another program to see all of it."),)
            return _table(table_lines(table, width) if table.rows else [])
        if self.kind == "card":
            cards = read_cards(text)
            if cards:
                return Page(tuple(line for card in cards for line in _card(card, width)))
        if self.kind == "pdf":
            return Page(tuple(_pdf_lines(text, width)))
        return render_text(text, width, limit=MOST_LINES)

    def _source(self) -> str:
        if self._text is None:
            self._text = self._read()
        return self._text

    def _read(self) -> str:
        if self.kind == "pdf":
            found = read_pdf(self.data, layout=True)
            if not can_read_pdf():
                self.notices = (_("Install pdftotext (poppler-utils) to read PDF files here, or open it with another program."),)
            elif not found.text.strip() and found.whole:
                self.notices = (_("There is no text in this PDF: it may hold scanned pages. Another program can open it."),)
            elif not found.whole:
                words = _("This PDF cannot be read to its end: it is damaged, locked with a password, or very long.")
                self.notices = (words if found.text.strip() else _("This PDF cannot be read: it is damaged, or locked."),)
            return clean_text(found.text.removesuffix("\f").replace("\f", "\n\f"))
        text = text_of(self.data, self.file.as_part())
        if self.kind == "calendar" and (entries := _calendar_text(text)):
            return entries
        self._cut = len(text) > MOST_CHARACTERS
        return text[:MOST_CHARACTERS]


def _calendar_text(text: str) -> str:
    """What a calendar file says, read in a process of its own; '' where that does not do."""
    from core.calendar_reader import CalendarReader
    from tui.calendar_page import page_text

    reader = CalendarReader()
    try:
        calendar = reader.read(text.encode("utf-8", "replace"))
    finally:
        reader.close()
    return clean_text(page_text(calendar)) if calendar.entries else ""


def _pdf_lines(text: str, width: int) -> Iterable[Line]:
    """Lines as they stand on the pages, narrowed to the width; a rule between two pages."""
    pages = text.split("\u240c")  # a cleaned form feed
    for n, page in enumerate(pages):
        lines = page.strip("\n").split("\n") if page.strip() else []
        if n and lines:
            yield Line((Span("─" * width, "rule"),))
        for line in fitted(lines, width):
            yield Line((Span(line),) if line else ())


def _table(lines: list[str]) -> Page:
    return Page(tuple(Line((Span(line, "table bold" if n == 0 else "table"),)) for n, line in enumerate(lines)))


def _card(card: Card, width: int) -> Iterable[Line]:
    yield Line((Span(name, "heading"),)) if (name := card.name) else Line()
    for said in card.lines:
        label = _label(said)
        room = max(width - _LABEL - 2, 8)
        for n, piece in enumerate(wrap(said.text, room) if said.text else [_("(shown by other programs)")]):
            yield Line((Span(f"  {label if n == 0 else '':<{_LABEL}}", "dim"), Span(piece)))
    yield Line()


def _label(said: CardLine) -> str:
    words = {
        "organisation": _("Organisation"), "title": _("Position"), "mail": _("Mail"), "phone": _("Phone"),
        "address": _("Address"), "web": _("Web"), "birthday": _("Birthday"), "nickname": _("Nickname"),
        "note": _("Note"), "chat": _("Chat"), "picture": _("Picture"),
    }  # fmt: skip
    about = {"home": _("home"), "work": _("work"), "cell": _("mobile"), "fax": _("fax")}
    extra = next((about[word] for word in said.about.split(", ") if word in about), "")
    label = words.get(said.kind, said.kind)
    return (f"{label}, {extra}" if extra and len(label) + len(extra) < _LABEL - 2 else extra or label)[:_LABEL]
