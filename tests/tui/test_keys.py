from __future__ import annotations

from dataclasses import dataclass

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tui.keys import ImpossibleKey, key_of, parse_sequence, show_sequence


@dataclass
class Typed:
    key: str
    character: str | None


@pytest.mark.parametrize(
    ("text", "keys", "shown"),
    [
        ("a", ("a",), "a"),
        ("g i", ("g", "i"), "gi"),
        (", d", (",", "d"), ",d"),
        ("z M", ("z", "M"), "zM"),
        ("ctrl+d", ("ctrl+d",), "Ctrl-D"),
        ("escape escape", ("escape", "escape"), "Esc Esc"),
        ("shift+tab", ("shift+tab",), "Shift-Tab"),
        ("pagedown", ("pagedown",), "PgDn"),
        ("+", ("+",), "+"),
        ("ctrl+backslash", ("ctrl+backslash",), "Ctrl-BACKSLASH"),
        ("f5", ("f5",), "F5"),
        ("é", ("é",), "é"),
    ],
)
def test_sequences_are_read_and_shown(text: str, keys: tuple[str, ...], shown: str) -> None:
    assert parse_sequence(text) == keys
    assert show_sequence(keys) == shown


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "empty"),
        ("  ", "empty"),
        ("ctrl+i", "same-as"),
        ("ctrl+m", "same-as"),
        ("ctrl+[", "same-as"),
        ("ctrl+G", "unknown"),
        ("entr", "unknown"),
        ("hyper+a", "unknown"),
        ("ctrl+ctrl+a", "unknown"),
        ("shift+a", "unknown"),
        ("g \x1b", "unknown"),
        ("\u0301", "unknown"),
        ("ctrl+é", "unknown"),
        ("f25", "unknown"),
    ],
)
def test_impossible_keys_are_refused(text: str, reason: str) -> None:
    with pytest.raises(ImpossibleKey) as refused:
        parse_sequence(text)
    assert refused.value.reason == reason


@given(st.text(max_size=20))
def test_any_text_is_read_or_refused(text: str) -> None:
    try:
        keys = parse_sequence(text)
    except ImpossibleKey:
        return
    assert keys and all(key.isprintable() for key in keys)
    assert show_sequence(keys)


@pytest.mark.parametrize(
    ("key", "character", "name"),
    [
        ("question_mark", "?", "?"),
        ("g", "g", "g"),
        ("G", "G", "G"),
        ("space", " ", "space"),
        ("ctrl+d", "\x04", "ctrl+d"),
        ("enter", "\r", "enter"),
        ("alt+x", "x", "alt+x"),
        ("up", None, "up"),
        ("comma", ",", ","),
    ],
)
def test_typed_keys_have_one_name(key: str, character: str | None, name: str) -> None:
    assert key_of(Typed(key, character)) == name
