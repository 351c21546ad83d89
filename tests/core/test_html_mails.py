"""HTML mails as people get them, laid out at 72 and 120 columns: each kept as text, to be looked at.

CORREIO_UPDATE_SNAPSHOTS=1 keeps what is laid out now instead of comparing.
"""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from core.html import render_html

FOLDER = Path(__file__).with_name("html_mails")
MAILS = sorted(path.stem for path in FOLDER.glob("*.html"))
ATTACHED = {"4f2a9c11-77@harbour.example": "timetable.png"}


def laid_out(name: str, width: int) -> str:
    """The page as text, with its counts, links and the images that are not loaded below it."""
    page = render_html((FOLDER / f"{name}.html").read_text(), width, ATTACHED)
    lines = [line.text for line in page.lines]
    lines += ["", "=" * width, f"{page.images} remote images, {page.trackers} trackers, {page.hidden} hidden characters"]
    lines += [f"link {one.number}: {one.target}" + (f"   shows {one.shows}" if one.shows else "") for one in page.links]
    lines += [f"{'tracker' if one.tracker else 'image'}: {one.address}" for one in page.remote]
    return "\n".join(lines) + "\n"


@pytest.mark.parametrize("width", [72, 120])
@pytest.mark.parametrize("name", MAILS)
def test_a_mail_looks_as_it_did(name: str, width: int) -> None:
    kept = FOLDER / f"{name}-{width}.txt"
    shown = laid_out(name, width)
    if os.environ.get("CORREIO_UPDATE_SNAPSHOTS") == "1":
        kept.write_text(shown)
    assert shown == kept.read_text()


def test_there_are_mails_of_many_kinds() -> None:
    assert len(MAILS) >= 8
