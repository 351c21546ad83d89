from __future__ import annotations

import pytest
from msgspec.structs import fields

from core.cells import cell_len
from tui.glyphs import ASCII, UNICODE, Glyphs, suiting_glyphs


@pytest.mark.parametrize(
    ("environ", "glyphs"),
    [
        ({"LANG": "pt_PT.UTF-8", "TERM": "xterm-256color"}, UNICODE),
        ({"LC_ALL": "C.utf8", "LANG": "C"}, UNICODE),
        ({"LANG": "C"}, ASCII),
        ({}, ASCII),
        ({"LC_ALL": "C", "LANG": "pt_PT.UTF-8"}, ASCII),
        ({"LANG": "pt_PT.UTF-8", "TERM": "linux"}, ASCII),
        ({"LANG": "pt_PT.UTF-8", "CORREIO_ASCII": "1"}, ASCII),
    ],
)
def test_the_signs_suit_the_terminal(environ: dict[str, str], glyphs: Glyphs) -> None:
    assert suiting_glyphs(environ) is glyphs


def test_a_setting_says_which_signs() -> None:
    assert suiting_glyphs({}, "unicode") is UNICODE
    assert suiting_glyphs({"LANG": "pt_PT.UTF-8"}, "ascii") is ASCII


@pytest.mark.parametrize("glyphs", [UNICODE, ASCII])
def test_every_sign_has_the_width_that_lists_count_on(glyphs: Glyphs) -> None:
    widths = {field.name: cell_len(getattr(glyphs, field.name)) for field in fields(glyphs) if field.name != "clip_cells"}
    assert widths.pop("clip") == glyphs.clip_cells
    assert {widths.pop(name) for name in ("more", "last", "beside")} == {2}
    assert widths.pop("encrypted") in (1, 2)
    assert widths.pop("ellipsis") in (1, 3)
    assert set(widths.values()) == {1}


def test_the_stand_ins_are_ascii() -> None:
    assert all(str(getattr(ASCII, field.name)).isascii() for field in fields(ASCII))
