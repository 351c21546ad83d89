"""The source of a mail on the screen."""

from __future__ import annotations

from msgspec.structs import replace

from core.clean import clean_text
from core.rendered import Page
from core.text import render_text

MOST_SOURCE = 500_000
"""Bytes that are shown; what follows is left out, with the notice `text-too-long`."""


def render_source(raw: bytes, width: int) -> Page:
    """Lay out a mail as it came, its control characters made visible, at `width` cells. Never raises."""
    page = render_text(clean_text(raw[:MOST_SOURCE].decode("utf-8", "replace")), width, source=True)
    return replace(page, notices=("text-too-long",)) if len(raw) > MOST_SOURCE else page
