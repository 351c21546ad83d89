"""Images on a terminal of each kind, and off it again."""

from __future__ import annotations

import base64
import re
from collections.abc import Callable
from pathlib import Path

import pytest
from msgspec.structs import replace

from tests.pictures import stripes
from tests.terminal.terminal import Terminal
from tests.tui.office import Office, mail

pytest.importorskip("PIL", reason="Pillow is not installed")
Run = Callable[..., Terminal]
XTERM = {"TERM": "xterm-256color", "COLORTERM": "truecolor"}


@pytest.fixture
def office(correio_home: Path) -> Office:
    made = Office(correio_home.parent)
    made.put(mail(1, "Stripes", files=[("stripes.png", stripes(40, 40))]))
    return made


def view(run: Run, **env: str) -> Terminal:
    shown = run(env={**XTERM, **env}).wait_for("Stripes").press("v").wait_for("1 file")
    return shown.press("enter")


def test_kitty(terminal: Run, office: Office) -> None:
    """The terminal is asked, says what it is, and gets the image; nothing of its answer is taken for keys."""
    shown = view(terminal).wait_for(lambda seen: b"\x1b[16t\x1b[c" in seen.raw)
    shown.write(b"\x1b_Gi=31;OK\x1b\\\x1b[6;20;10t\x1b[?62;c")
    shown.wait_for(lambda seen: re.search(rb"\x1b_Ga=T,f=100[^;]*,c=4,r=2,m=0;([A-Za-z0-9+/=]+)\x1b\\", seen.raw))
    found = re.search(rb"\x1b_Ga=T[^;]*;([A-Za-z0-9+/=]+)", shown.raw)
    assert found is not None and base64.b64decode(found[1]).startswith(b"\x89PNG")
    shown.press("q").wait_for(lambda seen: b"\x1b_Ga=d,d=A" in seen.raw).wait_for("1 file")
    shown.press("enter").wait_for(lambda seen: seen.raw.count(b"\x1b_Ga=T") == 2)
    assert shown.raw.count(b"\x1b[16t") == 1, "asked once"


def test_sixel_is_written_over_when_it_goes(terminal: Run, office: Office) -> None:
    office.settings(lambda old: replace(old, ui=replace(old.ui, graphics="sixel")))
    shown = view(terminal).wait_for(lambda seen: b"\x1b[16t\x1b[c" in seen.raw)
    shown.write(b"\x1b[6;20;10t\x1b[?62;4c").wait_for(lambda seen: re.search(rb'\x1bP0;1q"1;1;40;40', seen.raw))
    shown.reset_bytes()
    shown.press("q").wait_for("1 file")
    shown.wait_for(lambda seen: seen.bytes_written() > 1000)


def test_blocks_within_tmux(terminal: Run, office: Office) -> None:
    shown = view(terminal, TMUX="/tmp/tmux,1,0", TERM="tmux-256color").wait_for("▀" * 40)
    assert b"\x1b[16t" not in shown.raw and b"\x1b_G" not in shown.raw


def test_shades_without_colour(terminal: Run, office: Office) -> None:
    shown = view(terminal, NO_COLOR="1", TERM="linux").wait_for("@" * 40)
    assert "▀" not in shown.text
