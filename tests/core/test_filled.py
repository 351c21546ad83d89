"""Paragraphs that were filled for a wider page: filled anew, word by word the same; all else stays as it is."""

from __future__ import annotations

import textwrap

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.text import render_text
from tests.depth import examples

PROSE = """\
The printer has moved our slot forward and needs the final PDF of chart 26304
*today at noon*, or we wait three weeks. Is your review done? A yes by mail is
enough, and I shall tell them myself.
"""


def shown(text: str, width: int) -> list[str]:
    return [line.text for line in render_text(text, width).lines]


def test_prose_is_filled_anew_where_it_does_not_fit() -> None:
    assert shown(PROSE, 78) == PROSE.splitlines()
    assert shown(PROSE, 40) == textwrap.wrap(PROSE.replace("\n", " "), 40)


def test_quotes_and_items_keep_their_signs() -> None:
    quoted = "".join(f"> {line}\n" for line in PROSE.splitlines())
    assert shown(quoted, 42) == [f"> {line}" for line in textwrap.wrap(PROSE.replace("\n", " "), 40)]
    item = "- " + PROSE.replace("\n", "\n  ").rstrip()
    assert shown(f"{item}\n- another\n", 60) == [
        *textwrap.wrap(PROSE.replace("\n", " "), 60, initial_indent="- ", subsequent_indent="  "), "- another"
    ]  # fmt: skip
    mixed = PROSE + quoted
    assert shown(mixed, 42)[-1].startswith("> ") and not any(line.startswith("> ") for line in shown(mixed, 42)[:5])


@pytest.mark.parametrize(
    "text",
    [
        "This sentence ends right at the end of its line, and so does what it has to say about this.\nThanks!\n",
        "A line that is wide enough to be broken at the end of a narrow page, but short of\nthe\nmargin by far.\n",
        "Suggested-by: Somebody with a long name <somebody@example.org> and a note behind it\nSigned-off-by: Another\n",
        "def filled(rows: list[Row], width: int) -> list[Row]:  # a line of code that is long\n    return rows\n",
        "name | what it is for and where it is found in the long list of everything we have\nrow  | more\n",
        "E> somebody else quotes with a letter and a sign, as was the custom in old mailboxes\nE> and goes on\n",
        "ftp.example.org:/a/path/that/is/wide/enough/to/be/broken/on/such/a/page\nftp.example.org:/another\n",
        "-- \nA signature with a line that is wide enough to be broken at the end of a narrow page,\nand another\n",
    ],
    ids=["a sentence's end", "a short line", "trailers", "code", "a table", "other quotes", "addresses", "a signature"],
)
def test_what_is_no_filled_prose_stays(text: str) -> None:
    starts = [line.split()[0][:20] for line in text.splitlines()]
    assert [start for line in shown(text, 50) if (start := line.split()[0][:20]) in starts] == starts


def test_a_patch_stays() -> None:
    patch = (
        "diff --git a/a b/a\n--- a/a\n+++ b/a\n@@ -1,2 +1,2 @@\n"
        " words that stand in a file of text and are as wide as such words are in such files\n"
        " and go on in its next line as they do\n+more of it that is as wide as such words are in a file of this kind\n"
    )
    lines = shown(patch, 40)
    assert any(line.startswith(" and go on") for line in lines)


@settings(max_examples=examples(150))
@given(
    words=st.lists(
        st.text(st.characters(codec="ascii", categories=("L", "N")), min_size=1, max_size=12), min_size=1, max_size=80
    ),
    margin=st.integers(50, 110),
    width=st.integers(20, 120),
)
def test_no_word_is_lost_or_moved(words: list[str], margin: int, width: int) -> None:
    text = textwrap.fill(" ".join(words), margin)
    lines = shown(text, width)
    assert " ".join(" ".join(lines).split()) == " ".join(words)
    if all(len(line) <= width for line in text.splitlines()):
        assert lines == text.splitlines()


def test_many_long_lines_cost_no_more_than_each_of_them() -> None:
    """Lines that are no paragraph are looked at once: a mail of 20,000 of them is shown as fast as ever."""
    from core import filled

    looks = 0
    judge = filled._is_filled

    def counted(lines: list[str]) -> bool:
        nonlocal looks
        looks += len(lines)
        return judge(lines)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(filled, "_is_filled", counted)
        render_text("a line of words that is as wide as that, and wider still, with an end.\nshort one\n" * 5_000, 40)
    assert looks <= 20_000
