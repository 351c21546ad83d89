"""Mail for paper: what a printout of one or many messages says, as text and as HTML; PDF is made by `core.printing_worker`.

Nothing is loaded from anywhere, and every text from a mail is escaped: a page cannot act.
"""

from __future__ import annotations

import html
from collections.abc import Sequence

from msgspec import Struct

from core.cells import wrap
from core.rendered import Page

MOST_MESSAGES = 500
MOST_LINES = 100_000
"""Lines of one printout."""
WIDTH = 80
"""Cells of a line of text on paper."""
_QUOTES = ("", "#2f6f4f", "#2f5f8f", "#6f4f8f", "#8f6f2f")


class PrintLine(Struct, frozen=True):
    """A line of the text."""

    text: str
    quote: int = 0
    heading: bool = False


class Printout(Struct, frozen=True):
    """One message."""

    title: str
    headers: tuple[tuple[str, str], ...]
    """Labels in the user's language with their values, clean lines."""
    lines: tuple[PrintLine, ...]
    left_out: int = 0
    """Lines beyond `MOST_LINES`."""


class Labels(Struct, frozen=True):
    """What the paper says in the user's language."""

    page: str
    """With {page} and {pages}."""
    missing: str
    """With {n}: the signs that no font has."""
    left_out: str
    """With {n}: lines that were left out."""


def printout(title: str, headers: Sequence[tuple[str, str]], page: Page, links: str, *, most: int = MOST_LINES) -> Printout:
    """A message from its laid-out text; the targets of its links follow under the heading `links`."""
    lines = [
        PrintLine(line.text.rstrip(), line.quote, any(span.style == "heading" for span in line.spans))
        for line in page.lines[:most]
    ]
    targets = [link for link in page.links if link.target and link.target != link.text]
    if targets:
        lines += [PrintLine(""), PrintLine(links, heading=True)]
        lines += [PrintLine(piece) for link in targets for piece in wrap(f"[{link.number}] {link.target}", WIDTH)]
    while lines and not lines[-1].text:
        lines.pop()
    return Printout(title, tuple(headers), tuple(lines[:most]), max(len(page.lines) - most, 0))


def as_text(printouts: Sequence[Printout], labels: Labels) -> bytes:
    """Plain text in UTF-8, a form feed between messages."""
    return "\f".join(_text_of(one, labels) for one in printouts).encode("utf-8", "replace")


def _text_of(one: Printout, labels: Labels) -> str:
    width = max((len(label) for label, _ in one.headers), default=0) + 2
    head = [*wrap(one.title, WIDTH), ""]
    for label, value in one.headers:
        pieces = wrap(value, WIDTH - width)
        head += [f"{label if not n else '':<{width}}{piece}" for n, piece in enumerate(pieces)]
    rest = [labels.left_out.format(n=one.left_out)] if one.left_out else []
    return "\n".join([*head, "-" * WIDTH, "", *(line.text for line in one.lines), *rest, ""])


def as_html(printouts: Sequence[Printout], labels: Labels, paper: str = "a4") -> bytes:
    """A page for a browser, whole in itself, each message on a sheet of its own; page numbers where the browser prints them."""
    title = html.escape(printouts[0].title if printouts else "")
    numbers = labels.page.format(page='" counter(page) "', pages='" counter(pages) "')
    style = _STYLE.replace("PAPER", "letter" if paper == "letter" else "A4").replace("NUMBERS", numbers)
    policy = "default-src 'none'; style-src 'unsafe-inline'"
    parts = [
        f'<!DOCTYPE html>\n<html><head><meta charset="utf-8"><meta http-equiv="Content-Security-Policy" content="{policy}">'
        f"<title>{title}</title><style>{style}</style></head><body>"
    ]
    parts += [_article(one, labels) for one in printouts]
    return ("\n".join(parts) + "\n</body></html>\n").encode("utf-8", "replace")


def _article(one: Printout, labels: Labels) -> str:
    rows = "".join(f"<tr><th>{html.escape(label)}</th><td>{html.escape(value)}</td></tr>" for label, value in one.headers)
    lines = "\n".join(map(_line, one.lines))
    rest = f"<p>{html.escape(labels.left_out.format(n=one.left_out))}</p>" if one.left_out else ""
    return f"<article><h1>{html.escape(one.title)}</h1><table>{rows}</table><pre>{lines}</pre>{rest}</article>"


def _line(line: PrintLine) -> str:
    text = html.escape(line.text)
    if line.heading:
        return f"<b>{text}</b>"
    return f'<span class="q{min(line.quote, 4)}">{text}</span>' if line.quote else text


_STYLE = (
    '@page{size:PAPER;margin:18mm 20mm;@bottom-center{content:"NUMBERS";font:9pt sans-serif;color:#555}}'
    "body{font:11pt sans-serif;color:#111;max-width:46em;margin:2em auto;padding:0 1em}"
    "article{break-after:page}article:last-of-type{break-after:auto}"
    "h1{font-size:14pt;margin:0 0 .5em}table{border-collapse:collapse;border-bottom:1px solid #888;width:100%;margin-bottom:1em}"
    "th{text-align:left;vertical-align:top;color:#555;font-weight:normal;padding:0 1em .2em 0;white-space:nowrap}"
    "td{padding:0 0 .2em;overflow-wrap:anywhere}pre{font:10pt monospace;white-space:pre-wrap;overflow-wrap:anywhere;margin:0}"
    + "".join(f".q{depth}{{color:{colour}}}" for depth, colour in enumerate(_QUOTES) if colour)
    + "@media print{body{margin:0;padding:0;max-width:none}}"
)
