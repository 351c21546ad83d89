"""Text from mail is safe for a terminal after `core.clean`, whatever it was."""

from __future__ import annotations

import unicodedata

from hypothesis import given, settings
from hypothesis import strategies as st

from core.clean import clean_line, clean_text, has_hidden_direction

any_text = st.text(st.characters(), max_size=200)
"""Every code point, lone surrogates too."""

DIRECTION = {chr(code) for code in (0x61C, 0x200E, 0x200F, *range(0x202A, 0x202F), *range(0x2066, 0x206A))}


def is_safe(text: str, allowed: str = "") -> bool:
    """Whether no character of `text` can act on a terminal, but for those `allowed`."""
    return not any(
        char not in allowed and (unicodedata.category(char) in ("Cc", "Cs", "Zl", "Zp") or char in DIRECTION) for char in text
    )


@settings(deadline=None)
@given(any_text)
def test_a_cleaned_line_is_safe_and_one_line(text: str) -> None:
    cleaned = clean_line(text)
    assert is_safe(cleaned)
    assert cleaned == cleaned.strip(" ")


@settings(deadline=None)
@given(any_text)
def test_cleaned_text_is_safe_but_for_line_ends_and_tabs(text: str) -> None:
    assert is_safe(clean_text(text), "\n\t")
    assert is_safe(clean_text(text, tab=8), "\n")


@settings(deadline=None)
@given(any_text)
def test_cleaning_twice_changes_nothing(text: str) -> None:
    assert clean_text(clean_text(text)) == clean_text(text)
    assert clean_line(clean_line(text)) == clean_line(text)


@given(st.text(st.characters(categories=["Lu", "Ll", "Nd", "Po"]), min_size=1, max_size=50))
def test_ordinary_text_stays_as_it_is(text: str) -> None:
    assert clean_text(text) == text
    assert clean_line(text) == text


def test_escape_sequences_become_visible() -> None:
    assert clean_line("a\x1b[2Jb\x07\x7f") == "a␛[2Jb␇␡"
    assert clean_text("a\x9b31m\x00") == "a\ufffd31m␀"


def test_line_ends_are_made_one_kind() -> None:
    assert clean_text("a\r\nb\rc\u2028d\u2029e") == "a\nb\nc\nd\ne"
    assert clean_line(" a\r\n\tb   c\u2028d ") == "a b c d"


def test_direction_and_invisible_characters_are_dropped() -> None:
    assert clean_line("invoice\u202efdp.exe") == "invoicefdp.exe"
    assert clean_line("a\u200bb\ufeffc\u00add\U000e0041") == "abcd"
    assert clean_line("👩\u200d💻") == "👩\u200d💻", "joined emoji stay whole"


def test_hidden_direction_is_told() -> None:
    assert has_hidden_direction("a\u202eb")
    assert has_hidden_direction("\u2066")
    assert not has_hidden_direction("שלום, plain")


def test_piled_marks_are_cut() -> None:
    assert clean_line("e" + "\u0301" * 50) == "e" + "\u0301" * 4


def test_tabs_are_widened_on_demand() -> None:
    assert clean_text("a\tb", tab=4) == "a   b"
    assert clean_text("a\tb") == "a\tb"
