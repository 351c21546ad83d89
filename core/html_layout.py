"""Boxes of HTML laid out as lines of the screen."""

from __future__ import annotations

from msgspec import Struct
from msgspec.structs import replace

from core.html_box import Box
from core.html_table import table_lines
from core.rendered import Line, Span
from core.text import quote_prefix, quote_style
from core.wrapping import Spans, chop_spans, within_words, wrap_spans

MOST_LINES = 20_000
"""Lines of a page; what follows is left out."""

_RULE = 72
_MOST_BLANK_LINES = 2
_LEAST = 20
"""Cells that indentation leaves for text, at least."""


class _Place(Struct, frozen=True, eq=False):
    """Where lines go: what stands in front of each, and the cells that are left."""

    width: int
    lead: Spans = ()
    quote: int = 0
    block: int = 0
    signature: bool = False
    style: str = ""


class Layout:
    """Lays out one page; `lines` is the result."""

    def __init__(self, page: Box, width: int) -> None:
        self.lines: list[Line] = []
        self._width = width
        self._gap: _Place | None = None
        self._first: Spans | None = None
        """In front of the next line instead of its place's lead: the marker of a list item."""
        self._blocks = 0
        self._blank_lines = 0
        """Blank lines just above, where blanks count."""
        self._original = 0
        """The block of what stands below where an answered mail begins that is not marked as a quote."""
        self._lay_all(page, _Place(width))

    @property
    def full(self) -> bool:
        """Whether lines were left out."""
        return len(self.lines) >= MOST_LINES

    def _lay_all(self, box: Box, place: _Place) -> None:
        for each in box.boxes:
            if self.full:
                return
            self._lay(each, place)

    def _lay(self, box: Box, place: _Place) -> None:
        kind = box.kind
        if kind == "text":
            self._paragraph(box, place)
        elif kind == "gap":
            self._note_gap(place)
        elif kind == "rule":
            self._rule(place)
        elif kind == "original":
            self._begin_original(place)
        elif kind == "table":
            self._table(box, place)
        elif kind == "item":
            self._item(box, place)
        elif kind == "quote":
            self._quote(box, place)
        elif kind == "list" and place.quote == 0 and not place.lead:
            self._lay_all(box, self._indented(place, "  "))
        elif kind == "indent":
            self._lay_all(box, self._indented(place, "    "))
        elif kind == "signature":
            self._lay_all(box, replace(place, signature=True, style="signature"))
        else:
            self._lay_all(box, place)

    def _rule(self, place: _Place) -> None:
        self._emit((Span("─" * min(place.width, _RULE), "rule"),), place)

    def _begin_original(self, place: _Place) -> None:
        if place.quote or self._original or not self.lines:
            return
        if self.lines[-1].text.strip("─"):
            self._rule(place)
        self._blocks += 1
        self._original = self._blocks

    def _paragraph(self, box: Box, place: _Place) -> None:
        if box.inline is None:
            return
        lines = box.inline.lines
        if not any(span.text.strip() for line in lines for span in line):
            self._note_gap(place)
            return
        while lines and not any(span.text.strip() for span in lines[-1]):
            lines = lines[:-1]
        for line in lines:
            spans = [self._tinted(span, place) for span in line]
            if not any(span.text.strip() for span in spans) and not box.inline.verbatim:
                self._note_gap(place)
            elif box.inline.verbatim:
                self._verbatim(spans, place)
            else:
                self._emit_all(spans, wrap_spans(spans, place.width, place.width), place)
            if self.full:
                return

    def _verbatim(self, spans: list[Span], place: _Place) -> None:
        if any(span.text.strip() for span in spans):
            self._blank_lines = 0
        else:
            self._blank_lines += 1
            if self._blank_lines > _MOST_BLANK_LINES:
                return
        self._emit_all(spans, chop_spans(spans, place.width, place.width, at_blanks=True), place)

    def _emit_all(self, spans: list[Span], pieces: list[Spans], place: _Place) -> None:
        """The pieces that a line of text was broken into."""
        if len(pieces) == 1:
            self._emit(pieces[0], place)
            return
        for piece, within in zip(pieces, within_words(spans, pieces), strict=True):
            self._emit(piece, place, within=within)

    @staticmethod
    def _tinted(span: Span, place: _Place) -> Span:
        if not place.style:
            return span
        return Span(span.text, f"{place.style} {span.style}".rstrip(), span.link)

    def _indented(self, place: _Place, blanks: str) -> _Place:
        if place.width - len(blanks) < min(_LEAST, self._width // 2):
            return place
        return replace(place, width=place.width - len(blanks), lead=(*place.lead, Span(blanks)))

    def _item(self, box: Box, place: _Place) -> None:
        if self._first is not None:
            self._emit((), place)
        marker = f"{box.marker} "
        inner = self._indented(place, " " * len(marker))
        if inner is not place:
            self._first = (*place.lead, Span(marker))
        self._lay_all(box, inner)
        self._first = None

    def _quote(self, box: Box, place: _Place) -> None:
        if not place.quote:
            self._blocks += 1
        depth = place.quote + 1
        style = quote_style(depth)
        outside = place.lead[:-1] if place.quote and place.lead and place.lead[-1].style else place.lead
        sign = Span(quote_prefix(depth, self._width), style) if outside != place.lead else Span("> ", style)
        lead = (*outside, sign)
        width = self._width - sum(len(span.text) for span in lead)
        if width < min(_LEAST, self._width // 2):
            width, lead = place.width, place.lead
        inner = replace(place, lead=lead, width=width, quote=depth, block=place.block or self._blocks, style=style)
        self._lay_all(box, inner)

    def _table(self, box: Box, place: _Place) -> None:
        drawn = table_lines(box, place.width)
        if drawn is None:
            self._lay_all(box, place)
            return
        for each in box.boxes:
            if each.kind == "text":  # its caption
                self._paragraph(each, place)
        for spans in drawn:
            self._emit(tuple(self._tinted(span, place) for span in spans), place)

    def _note_gap(self, place: _Place) -> None:
        if self._gap is None or place.quote < self._gap.quote:
            self._gap = place

    def _emit(self, spans: Spans, place: _Place, *, within: bool = False) -> None:
        if self._gap is not None:
            gap, self._gap = self._gap, None
            if self.lines:
                self._empty(gap if gap.quote <= place.quote else place)
        first, self._first = self._first, None
        lead = place.lead if first is None else first
        skip = sum([len(span.text) for span in lead]) if within else -1
        self._append((*lead, *spans), place.quote, place.signature, place.block, skip)

    def _empty(self, place: _Place) -> None:
        last = self.lines[-1]
        depth = min(place.quote, last.quote - bool(self._original and last.block == self._original))
        if depth and last.text.strip("> »"):
            sign = Span(quote_prefix(depth, self._width).rstrip(), quote_style(depth))
            self._append((sign,), depth, place.signature, place.block)
        elif not depth and last.text.strip():
            self._append((), 0, place.signature, 0)

    def _append(self, spans: Spans, quote: int, signature: bool, block: int, within: int = -1) -> None:
        if self._original:
            quote, block = quote + 1, self._original
        self.lines.append(Line(spans, quote, signature, block, within))
