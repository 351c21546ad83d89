"""format=flowed: what goes out comes back, and reads well where it is not understood."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.flowed import flow, split_quote, tidy, unflow
from tests.depth import examples

_LINES = st.text(alphabet=" >abc-F\t字", max_size=200) | st.sampled_from(
    ["-- ", "> -- ", "From me", ">From me", " x", "--  " + "y" * 90, "> " + "word " * 40, "> > a", ">> a", "", ">"]
)


@settings(max_examples=examples(500), deadline=None)
@given(st.lists(_LINES, max_size=8), st.integers(20, 78))
def test_what_is_flowed_comes_back(lines: list[str], width: int) -> None:
    text = "\n".join(lines)
    assert unflow(flow(text, width)) == tidy(text)


@settings(max_examples=examples(200), deadline=None)
@given(st.lists(st.text(alphabet="abc", min_size=1, max_size=15), max_size=100), st.integers(0, 5))
def test_lines_are_short_enough_to_be_quoted(words: list[str], depth: int) -> None:
    line = ">" * depth + (" " if depth else "") + " ".join(words)
    assert max(map(len, flow(line).split("\n"))) <= 72


def test_a_paragraph_breaks_softly_and_a_signature_does_not() -> None:
    assert flow("aaa " * 30 + "\n-- \nAna", 40).split("\n") == [
        "aaa aaa aaa aaa aaa aaa aaa aaa aaa aaa ",
        "aaa aaa aaa aaa aaa aaa aaa aaa aaa aaa ",
        "aaa aaa aaa aaa aaa aaa aaa aaa aaa aaa",
        "-- ",
        "Ana",
    ]


@pytest.mark.parametrize(
    ("text", "wire"),
    [(" x", "  x"), ("From me", " From me"), ("a   ", "a"), ("> > a", ">> a"), (">", ">"), (">>a", ">> a"), ("--", "--")],
)
def test_one_line(text: str, wire: str) -> None:
    assert flow(text) == wire


def test_flowed_text_of_others() -> None:
    assert unflow(">> a \n>> b\n> c \nd \n-- \nsig") == ">> a b\n> c \nd \n-- \nsig"
    assert unflow("日 \n本", delsp=True) == "日本"


@pytest.mark.parametrize(
    ("line", "split"),
    [("> > a", (2, "a")), (">>> a", (3, "a")), ("a > b", (0, "a > b")), (">", (1, "")), (">  a", (1, " a"))],
)
def test_quote_marks(line: str, split: tuple[int, str]) -> None:
    assert split_quote(line) == split
