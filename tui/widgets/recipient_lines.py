"""The recipients of an address field as they are drawn: with addresses while there is room, then by name, never too many."""

from __future__ import annotations

from collections.abc import Sequence

from textual.content import Content, Span

from core.address import Address, format_address
from core.cells import cell_len
from core.clean import clean_line
from tui.translation import _

LONGEST_NAME = 30
ROOM = 20
"""Cells that are left for typing behind the recipients; with less the typing goes to a line of its own."""
LINES = 4
"""Of recipients at most: with more of them, those around the one that is chosen, the last ones while one types."""


def drawn(people: Sequence[Address], chosen: int | None, room: int, *, goes_on: bool) -> tuple[Content, bool]:
    """Recipients within so many cells, and whether they need lines of their own; `goes_on`: something stands behind them."""
    long = [clean_line(format_address(one)) for one in people]
    fits = sum(cell_len(one) + 2 for one in long) + ROOM <= room
    shown = long if fits else [clean_line(one.shown) for one in people]
    here = chosen if chosen is not None else max(len(shown) - 1, 0) if goes_on else 0
    begin, end = _in_sight([cell_len(one) + 2 for one in shown], here, room * LINES - LINES * LONGEST_NAME // 2)
    text, spans = f"{_left_out(begin)}, " if begin else "", []
    for number, one in enumerate(shown[begin:end], begin):
        start = len(text)
        text += one.replace(" ", "\xa0") if not fits else one
        if number == chosen:
            spans.append(Span(start, len(text), "reverse"))
        if number + 1 < len(shown) or goes_on:
            text += ", "
    if end < len(shown):
        text += _left_out(len(shown) - end) + (", " if goes_on else "")
    return Content(text, spans), not fits and sum(cell_len(one) + 2 for one in shown) + ROOM > room


def _in_sight(widths: Sequence[int], here: int, room: int) -> tuple[int, int]:
    """Of recipients so wide the first that is shown, and the one behind the last: those around `here` for whom there is room."""
    begin = end = here
    while begin > 0 or end < len(widths):
        behind = widths[end] if end < len(widths) else None
        before = widths[begin - 1] if begin > 0 else None
        forward = behind is not None and (before is None or end - here <= here - begin)
        room -= (behind if forward else before) or 0
        if room < 0:
            break
        begin, end = (begin, end + 1) if forward else (begin - 1, end)
    return begin, max(end, min(here + 1, len(widths)))


def _left_out(count: int) -> str:
    """How many recipients are not shown."""
    return _("({n} more)").format(n=f"{count:,}").replace(" ", "\xa0")
