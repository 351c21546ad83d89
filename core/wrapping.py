"""Runs of styled text broken into lines of the screen."""

from __future__ import annotations

from collections.abc import Sequence

from core.cells import breaks
from core.rendered import Span

Spans = tuple[Span, ...]


def wrap_spans(spans: Sequence[Span], first: int, rest: int) -> list[Spans]:
    """Break `spans`, which hold no line ends, into lines of at most `first`, then `rest` cells; at least one line."""
    if len(spans) == 1:
        only = spans[0]
        found = breaks(only.text, first, rest)
        if len(found) == 1 and found[0] == (0, len(only.text)):
            return [(only,)]
        return [(Span(only.text[start:end], only.style, only.link),) for start, end in found]
    text = "".join([span.text for span in spans])
    return cut_spans(spans, breaks(text, first, rest))


def chop_spans(spans: Sequence[Span], first: int, rest: int, *, at_blanks: bool = False) -> list[Spans]:
    """As `wrap_spans`, but every blank is kept and lines end where the room ends: for code.

    `at_blanks`: a line ends behind its last blank where that is in its second half.
    """
    from core.cells import clusters

    text = "".join([span.text for span in spans])
    if at_blanks and text.isascii():
        starts = _starts_at_blanks(text, first, rest)
    elif text.isascii():
        starts = [0, *range(first, len(text), max(rest, 1))]
    else:
        starts, room, used, at = [0], first, 0, 0
        for sign, width in clusters(text):
            if used + width > room and used:
                starts.append(at)
                room, used = rest, 0
            used += width
            at += len(sign)
    ends = [*starts[1:], len(text)]
    return cut_spans(spans, list(zip(starts, ends, strict=True)))


def _starts_at_blanks(text: str, first: int, rest: int) -> list[int]:
    starts, at, room = [0], 0, first
    while len(text) - at > room:
        blank = text.rfind(" ", at + room // 2, at + room)
        at = blank + 1 if blank >= 0 else at + room
        starts.append(at)
        room = max(rest, 1)
    return starts


def within_words(spans: Sequence[Span], pieces: Sequence[Spans]) -> list[bool]:
    """Of each of the pieces that `wrap_spans` or `chop_spans` made, whether it begins within a word of the one before."""
    if len(pieces) == 1:
        return [False]
    text = "".join([span.text for span in spans])
    found, at = [False], 0
    for piece in pieces[:-1]:
        at += sum([len(span.text) for span in piece])
        within = text[at : at + 1] not in (" ", "")
        found.append(within)
        while not within and text[at : at + 1] == " ":
            at += 1
    return found


def cut_spans(spans: Sequence[Span], ranges: Sequence[tuple[int, int]]) -> list[Spans]:
    """The pieces of `spans` that stand in rising `ranges` (start, end) of their joined text."""
    lines: list[Spans] = []
    index = at = 0
    for start, end in ranges:
        line = []
        while index < len(spans):
            span = spans[index]
            stop = at + len(span.text)
            if stop > start and at < end:
                text = span.text[max(start - at, 0) : end - at]
                line.append(span if len(text) == len(span.text) else Span(text, span.style, span.link))
            if stop > end:
                break
            index, at = index + 1, stop
        lines.append(tuple(line))
    return lines


def joined(spans: Sequence[Span]) -> Spans:
    """Neighbours that look alike put together, empty ones left out."""
    found: list[Span] = []
    for span in spans:
        if not span.text:
            continue
        if found and found[-1].style == span.style and found[-1].link == span.link:
            found[-1] = Span(found[-1].text + span.text, span.style, span.link)
        else:
            found.append(span)
    return tuple(found)
