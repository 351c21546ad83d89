"""A plain text body laid out for the screen."""

from __future__ import annotations

from functools import lru_cache

from core.cells import cell_len
from core.diffs import diff_styles
from core.filled import filled_anew
from core.hyperlinks import LinkList, find_urls
from core.quotes import Row, read_rows
from core.rendered import Line, Page, Span
from core.wrapping import Spans, chop_spans, within_words, wrap_spans

MOST_LINES = 20_000
"""Lines of a page; what follows is left out, with the notice `text-too-long`."""

_TAB = 8
_EMPTY = Line()


def render_text(text: str, width: int, *, flowed: bool = False, delsp: bool = False, limit: int = MOST_LINES) -> Page:
    """Lay out clean text (`core.clean.clean_text`) at `width` cells.

    Paragraphs of flowed text are put together (RFC 3676), and those that were filled for a wider page; quotes get a depth
    and fold as blocks, links get numbers, patches their colours. At most `limit` lines.
    """
    rows = read_rows(text, flowed=flowed, delsp=delsp, limit=limit)
    width, linked = max(width, 8), flowed or _maybe_link(text)
    rows, styles = filled_anew(rows, diff_styles(rows), width)
    links = LinkList()
    lines: list[Line] = []
    for row, style in zip(rows, styles, strict=True):
        if not row.text and not row.depth:
            lines.append(_EMPTY if not (row.block or row.signature) else Line((), 0, row.signature, row.block))
            continue
        lines += _lines(row, style, width, links, linked)
        if len(lines) >= limit:
            break
    cut_off = len(lines) >= limit or text.count("\n") >= limit
    return Page(tuple(lines[:limit]), links.links, notices=("text-too-long",) if cut_off else ())


def quote_prefix(depth: int, width: int) -> str:
    """The signs in front of a quoted line, never more than a third of the width."""
    most = max(width // 6, 1)
    return "> " * depth if depth <= most else "> " * (most - 1) + "» "


def quote_style(depth: int) -> str:
    """The style of a quote: four take turns."""
    return f"quote{(depth - 1) % 4 + 1}" if depth else ""


def _lines(row: Row, diff: str, width: int, links: LinkList, linked: bool) -> list[Line]:
    """The lines of a row; `linked`: whether there may be a link in it."""
    text = row.text.expandtabs(_TAB) if "\t" in row.text else row.text
    style = diff or ("signature" if row.signature else quote_style(row.depth))
    lead: Spans = ()
    if row.depth and row.marked:
        lead = (_lead(row.depth, width),)
        width -= len(lead[0].text)
    fits = (len(text) <= width and text.isascii()) or cell_len(text) <= width
    linked = linked and _maybe_link(text)
    if fits and (diff or not linked):
        return [Line((*lead, Span(text, style)) if text else lead, row.depth, row.signature, row.block)]
    indent = 0
    spans = _linked(text, style, links) if linked and not diff else [Span(text, style)]
    if diff:
        pieces = chop_spans(spans, width, width)
    else:
        indent = _hanging(text, width)
        pieces = wrap_spans(spans, width, width - indent)
    hang = (Span(" " * indent, style),) if indent else ()
    skip = indent + (len(lead[0].text) if lead else 0)
    return [
        Line((*lead, *(hang if at else ()), *piece), row.depth, row.signature, row.block, skip if within else -1)
        for at, (piece, within) in enumerate(zip(pieces, within_words(spans, pieces), strict=True))
    ]


@lru_cache(maxsize=256)
def _lead(depth: int, width: int) -> Span:
    return Span(quote_prefix(depth, width), quote_style(depth))


def _maybe_link(text: str) -> bool:
    return "://" in text or "ww." in text or "WW." in text or "ilto:" in text


def _hanging(text: str, width: int) -> int:
    """Cells by which continued lines are moved in: under the words of a list item, under an indented start."""
    start = text.lstrip(" ")
    indent = len(text) - len(start)
    head, blank, _ = start[:6].partition(" ")
    if blank and (head in ("-", "*", "+", "•", "o", "–") or (head[:-1].isdigit() and head[-1] in ".)" and head.isascii())):
        indent += len(head) + 1
    return indent if indent <= width // 3 else 0


def _linked(text: str, style: str, links: LinkList) -> list[Span]:
    """The text with its links as spans of their own, each followed by its number."""
    spans = []
    at = 0
    for start, end, target in find_urls(text):
        if start > at:
            spans.append(Span(text[at:start], style))
        spans.append(Span(text[start:end], f"{style} link".lstrip(), target))
        if number := links.number(text[start:end], target):
            spans.append(Span(f"[{number}]", "linknumber"))
        at = end
    if at < len(text):
        spans.append(Span(text[at:], style))
    return spans or [Span("", style)]
