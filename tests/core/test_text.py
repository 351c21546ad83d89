"""Plain text bodies on the screen: quotes, flowed paragraphs, signatures, links, patches."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.cells import cell_len
from core.clean import clean_text
from core.diffs import diff_styles
from core.hyperlinks import find_urls
from core.quotes import read_rows
from core.rendered import STYLES, Line, Page
from core.text import render_text
from tests.core.test_clean import any_text
from tests.depth import examples


def texts(page: Page) -> list[str]:
    """The lines without their styles."""
    return [line.text for line in page.lines]


def styles(line: Line) -> list[str]:
    """The style of each span of a line."""
    return [span.style for span in line.spans]


def test_lines_are_wrapped_at_the_width() -> None:
    assert texts(render_text("one two three four", 9)) == ["one two", "three", "four"]


def test_indentation_and_list_items_hang() -> None:
    assert texts(render_text("- one two three four", 14)) == ["- one two", "  three four"]
    assert texts(render_text("12. one two three four five", 16)) == ["12. one two", "    three four", "    five"]
    assert texts(render_text("  one two three", 11)) == ["  one two", "  three"]


def test_quotes_have_depth_and_fold_as_blocks() -> None:
    page = render_text("mine\n> theirs\n> > older\n\n> theirs again\nmine\n>next", 40)
    assert [(line.quote, line.block) for line in page.lines] == [(0, 0), (1, 1), (2, 1), (0, 1), (1, 1), (0, 0), (1, 2)]
    assert page.lines[2].text == "> > older"
    assert styles(page.lines[2]) == ["quote2", "quote2"]


def test_wrapped_quotes_repeat_their_signs() -> None:
    assert texts(render_text("> one two three", 10)) == ["> one two", "> three"]


def test_deep_quotes_leave_room_for_words() -> None:
    page = render_text(">" * 200 + " deep down", 40)
    assert page.lines[0].quote == 200
    assert page.lines[0].text.endswith("deep down")


def test_flowed_paragraphs_are_put_together() -> None:
    text = "one \ntwo \nthree\n\n> quoted \n> words\n>> deeper\n stuffed\n-- \nAna "
    page = render_text(text, 80, flowed=True)
    assert texts(page) == ["one two three", "", "> quoted words", "> > deeper", "stuffed", "-- ", "Ana"]
    assert page.lines[-1].signature


def test_delsp_drops_the_blank() -> None:
    assert texts(render_text("日本 \n語", 80, flowed=True, delsp=True)) == ["日本語"]


def test_a_change_of_depth_ends_a_flowed_paragraph() -> None:
    assert texts(render_text("> one \ntwo", 80, flowed=True)) == ["> one", "two"]


def test_the_signature_is_below_the_last_separator() -> None:
    page = render_text("-- \nnot yet\ntext\n-- \nAna\nSousa", 80)
    assert [line.signature for line in page.lines] == [False, False, False, True, True, True]
    assert styles(page.lines[-1]) == ["signature"]
    assert not any(line.signature for line in render_text("> -- \n> Ana", 80).lines)
    assert render_text("text\n--\nAna", 80).lines[-1].signature, "without the blank it counts near the end"


def test_what_is_forwarded_below_folds() -> None:
    page = render_text("see below\n\n-----Original Message-----\nFrom: Ana\n\nwords", 80)
    assert [(line.quote, line.block) for line in page.lines] == [(0, 0), (0, 0), (1, 1), (1, 1), (1, 1), (1, 1)]
    assert page.lines[3].text == "From: Ana", "no signs are put where none were"
    page = render_text("x\n________________________________\nFrom: Ana\nSent: today", 80)
    assert [line.quote for line in page.lines] == [0, 1, 1, 1]


def test_links_are_numbered_once_per_target() -> None:
    page = render_text("see http://a.example/x, and www.b.example or <http://a.example/x>.", 100)
    assert [(link.number, link.target) for link in page.links] == [(1, "http://a.example/x"), (2, "http://www.b.example")]
    assert page.lines[0].text == "see http://a.example/x[1], and www.b.example[2] or <http://a.example/x[1]>."
    assert [span.link for span in page.lines[0].spans if span.style == "link"] == [
        "http://a.example/x", "http://www.b.example", "http://a.example/x",
    ]  # fmt: skip


def test_a_link_that_is_broken_over_lines_leads_to_all_of_it() -> None:
    page = render_text("http://a.example/" + "x" * 40, 30)
    assert {span.link for line in page.lines for span in line.spans if span.style == "link"} == {"http://a.example/" + "x" * 40}


@pytest.mark.parametrize(
    ("text", "target"),
    [
        ("http://a.example/(x)", "http://a.example/(x)"),
        ("(http://a.example/x)", "http://a.example/x"),
        ("http://a.example/x...", "http://a.example/x"),
        ("mailto:ana@a.example?subject=x", "mailto:ana@a.example?subject=x"),
        ("WWW.a.example", "http://WWW.a.example"),
        ("«https://a.example/é»", "https://a.example/é"),
        ("見て：https://a.example/x。次", "https://a.example/x"),
        ("xhttp://a.example", ""),
        ("http://", ""),
        ("javascript:alert(1)", ""),
        ("www.", ""),
    ],
)
def test_finding_links(text: str, target: str) -> None:
    assert [found[2] for found in find_urls(text)] == ([target] if target else [])


PATCH = """Please apply.
---
diff --git a/x b/x
index 1234567..89abcde 100644
--- a/x
+++ b/x
@@ -1,3 +1,3 @@ def f
 same
-old
+new

text after
- a list
"""


def test_patches_have_colours() -> None:
    page = render_text(PATCH, 80)
    found = {line.text: line.spans[0].style for line in page.lines if line.spans}
    assert found["-old"] == "diffdel"
    assert found["+new"] == "diffadd"
    assert found["@@ -1,3 +1,3 @@ def f"] == found["--- a/x"] == found["diff --git a/x b/x"] == "diffhunk"
    assert found[" same"] == "code"
    assert found["Please apply."] == found["text after"] == found["- a list"] == ""


def test_quoted_patches_go_on_after_remarks() -> None:
    rows = read_rows("> @@ -1 +1 @@\n> -old\nWhy?\n> +new\n")
    assert diff_styles(rows) == ["diffhunk", "diffdel", "", "diffadd"]


def test_minus_and_plus_outside_patches_are_text() -> None:
    assert diff_styles(read_rows("- one\n+ two\n--- three\n")) == ["", "", ""]


def test_very_long_text_is_cut_with_a_notice() -> None:
    page = render_text("l\n" * 500, 80, limit=100)
    assert len(page.lines) == 100
    assert page.notices == ("text-too-long",)
    assert render_text("l\n" * 50, 80, limit=100).notices == ()


parts = st.sampled_from(
    [
        "> ",
        ">",
        "-- ",
        "\n",
        "\n",
        " ",
        "word ",
        "漢字",
        "http://a.example/x",
        "@@ -1 +1 @@",
        "\n+a",
        "\n-b",
        "--- ",
        "\t",
        "é\u0301",
    ]
)


@settings(deadline=None, max_examples=examples(200))
@given(st.lists(parts, max_size=40).map("".join) | any_text.map(clean_text), st.integers(20, 90), st.booleans(), st.booleans())
def test_any_text_fits_and_keeps_its_words(text: str, width: int, flowed: bool, delsp: bool) -> None:
    page = render_text(text, width, flowed=flowed, delsp=delsp)
    for line in page.lines:
        assert cell_len(line.text) <= width
        assert "\n" not in line.text
        assert set(" ".join(styles(line)).split()) <= set(STYLES)
    kept = "".join(span.text for line in page.lines for span in line.spans)
    assert all(kept.count(char) >= text.count(char) for char in "wr漢字")


@pytest.mark.parametrize(
    "text", [">" * 100_000, "> " * 50_000, "-- \n" * 20_000, "http://" * 20_000, "www." * 30_000, "a@" * 30_000, "x" * 1_000_000,
             "x " * 300_000, "--- \n" * 20_000, "@@ " * 50_000, "漢" * 100_000, "(" * 50_000 + "http://a.example/" + ")" * 50_000]
)  # fmt: skip
def test_hostile_text_is_laid_out(text: str) -> None:
    page = render_text(text, 80)
    assert page.lines
    assert all(cell_len(line.text) <= 80 for line in page.lines[:50])
