"""Widths agree with what draws the screen, and nothing is wider than it should be."""

from __future__ import annotations

import sys

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.cells import breaks, cell_len, clusters, cut, fitting, pad, wrap
from core.rendered import Span
from core.wrapping import chop_spans, cut_spans, joined, wrap_spans

tricky = st.text(st.sampled_from("ab  cé漢字👩\u200d\ufe0f❤1\u0301한글、。-"), max_size=60)


def test_every_character_is_as_wide_as_it_is_drawn() -> None:
    drawn_len = pytest.importorskip("rich.cells").cell_len
    # Beyond the emoji whole planes are alike: every 97th will do.
    codes = (*range(0xA0, 0x20000), *range(0x20000, sys.maxunicode + 1, 97))
    wrong = [hex(code) for code in codes if cell_len(chr(code)) != drawn_len(chr(code))]
    assert not wrong


@settings(deadline=None)
@given(text=tricky)
def test_texts_are_as_wide_as_they_are_drawn(text: str) -> None:
    cells = pytest.importorskip("rich.cells")
    assert cell_len(text) == cells.cell_len(text)


@settings(deadline=None)
@given(text=tricky)
def test_clusters_are_the_whole_text(text: str) -> None:
    assert "".join(sign for sign, _ in clusters(text)) == text
    assert sum(width for _, width in clusters(text)) == cell_len(text)


@settings(deadline=None)
@given(text=tricky, width=st.integers(0, 40))
def test_cut_and_pad_keep_to_the_width(text: str, width: int) -> None:
    assert cell_len(cut(text, width)) <= width
    assert cell_len(pad(text, width)) == width
    assert cell_len(text[: fitting(text, width)]) <= width
    if 0 < cell_len(text) <= width:
        assert cut(text, width) == text


@settings(deadline=None)
@given(text=tricky, first=st.integers(2, 20), rest=st.integers(2, 20))
def test_lines_fit_and_lose_only_blanks(text: str, first: int, rest: int) -> None:
    at = 0
    for number, (start, end) in enumerate(breaks(text, first, rest)):
        assert not text[at:start].strip(" ")
        line = text[start:end]
        assert cell_len(line) <= (rest if number else first) or len(clusters(line)) == 1
        at = end
    assert not text[at:].strip(" ")


def test_wrapping_breaks_at_blanks_and_splits_long_words() -> None:
    assert wrap("one two three", 7) == ["one two", "three"]
    assert wrap("abcdefghij kl", 4) == ["abcd", "efgh", "ij", "kl"]
    assert wrap("", 10) == [""]
    assert wrap("    code stays", 20) == ["    code stays"]


def test_chinese_breaks_between_characters_but_not_before_a_full_stop() -> None:
    assert wrap("日本語の文章。", 12) == ["日本語の文", "章。"]


def test_cut_marks_what_is_missing() -> None:
    assert cut("subject", 4) == "sub…"
    assert cut("漢字漢字", 5) == "漢字…"
    assert cut("漢字漢字", 4) == "漢…"
    assert cut("abc", 0) == ""


spans = st.lists(
    st.builds(Span, tricky, st.sampled_from(["", "bold"]), st.sampled_from(["", "http://x"])), min_size=1, max_size=5
)


@settings(deadline=None)
@given(spans, st.integers(2, 20))
def test_wrapped_spans_keep_their_text_styles_and_links(pieces: list[Span], width: int) -> None:
    for wrapped in (wrap_spans(pieces, width, width), chop_spans(pieces, width, width)):
        text = "".join(span.text for line in wrapped for span in line)
        assert text.replace(" ", "") == "".join(span.text for span in pieces).replace(" ", "")
        looks = {(span.style, span.link) for line in wrapped for span in line}
        assert looks <= {(span.style, span.link) for span in pieces}


def test_spans_are_cut_where_asked() -> None:
    pieces = (Span("abc"), Span("def", "bold"))
    assert cut_spans(pieces, [(1, 4), (4, 6)]) == [(Span("bc"), Span("d", "bold")), (Span("ef", "bold"),)]


def test_neighbours_that_look_alike_are_joined() -> None:
    assert joined((Span("a"), Span(""), Span("b"), Span("c", "bold"))) == (Span("ab"), Span("c", "bold"))


def test_characters_without_width_do_not_make_it_slow() -> None:
    assert len(wrap(("\u1161" * 300 + "漢") * 3000, 80)) == 75
    assert wrap("\u1161" * 500_000, 80) == ["\u1161" * 500_000]
