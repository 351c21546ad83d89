from __future__ import annotations

import pytest
from textual.pilot import Pilot

from core.cells import cell_len
from tests.tui.pilot import HOSTILE, PartsApp, drive, lines_of
from tui.guide import KeyHint
from tui.widgets.status import FooterBar, HeaderBar

HINTS = (KeyHint("r", "reply"), KeyHint("a", "archive"), KeyHint("d", "trash"), KeyHint("?", "keys"))


def shown(bar: HeaderBar | FooterBar, width: int) -> str:
    """The line of a bar on a terminal of this width."""

    async def script(pilot: Pilot[None]) -> str:
        return lines_of(bar)[0]

    line = drive(PartsApp(bar), script, size=(width, 5))
    assert cell_len(line) == width
    return line


def header(**values: str) -> HeaderBar:
    bar = HeaderBar()
    for name, value in values.items():
        setattr(bar, name, value)
    return bar


def footer(**values: object) -> FooterBar:
    bar = FooterBar()
    for name, value in values.items():
        setattr(bar, name, value)
    return bar


def test_the_header_tells_where_one_is_and_what_happens() -> None:
    line = shown(header(account="me@example.org", folder="Inbox 12 new", progress="3,120 of 8,000"), 120)
    for words in ("Correio", "me@example.org", "Inbox 12 new", "⟳ 3,120 of 8,000"):
        assert words in line


def test_a_narrow_header_keeps_the_folder() -> None:
    line = shown(header(account="me@example.org", folder="Inbox 12 new", progress="3,120 of 8,000"), 40)
    assert "Inbox 12 new" in line and "me@example.org" not in line


def test_the_footer_shows_the_keys_that_fit_and_always_help() -> None:
    assert "r reply" in shown(footer(keys=HINTS, waiting="2 waiting"), 80)
    narrow = shown(footer(keys=HINTS), 18)
    assert "r reply" in narrow and "? keys" in narrow and "trash" not in narrow


def test_a_message_takes_the_place_of_the_keys() -> None:
    line = shown(footer(keys=HINTS, message="Moved to Archive.", waiting="offline since 10:40"), 80)
    assert "Moved to Archive." in line and "reply" not in line and "offline since 10:40" in line


def test_what_waits_is_told_whole_or_counted() -> None:
    three = "1 not sent · work: password needed · 3 mails waiting"
    assert "1 not sent · work: password needed +1 " in shown(footer(keys=HINTS, waiting=three), 80)
    assert three in shown(footer(keys=HINTS, waiting=three), 120)
    assert "1 not sent +2" in shown(footer(keys=HINTS, waiting=three), 40)


@pytest.mark.parametrize("text", HOSTILE, ids=range(len(HOSTILE)))
def test_hostile_text_is_only_text(text: str) -> None:
    bars = header(account=text, folder=text, note=text, progress=text), footer(message=text, waiting=text)

    async def script(pilot: Pilot[None]) -> None:
        for width in (1, 3, 10, 79, 200):
            await pilot.resize_terminal(width, 5)
            while any(bar.size.width != width for bar in bars):
                await pilot.pause()  # on a busy machine it has not got there
            for bar in bars:
                line = lines_of(bar)[0]
                assert cell_len(line) == width
                assert line.replace("\u200d", "").isprintable()

    drive(PartsApp(*bars), script, size=(80, 5))
