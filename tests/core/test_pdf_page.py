"""Pages of PDF files made narrow: columns stay columns, paragraphs flow."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from core.cells import cell_len
from core.pdf_page import fitted

PAGE = """
     Item                                              Pieces                        Price

     Rope, ten metres                                       2                        40.00
     Anchor                                                 1                       120.50
     Contents . . . . . . . . . . . . . . . . . . . . . . . . . . . . . . . . . . . . . 15
""".splitlines()
PROSE = """\
Please pay within thirty days to the account that stands on our paper,
and name the number of the invoice when you do. We thank you for it.
Yours.
  • Anchors are delivered on the first Tuesday of a month, as are
    ropes of more than ten metres.
  • Boats are not.""".splitlines()


def test_columns_stay_columns() -> None:
    assert list(fitted(PAGE, 50)) == [
        "",
        "Item                         Pieces          Price",
        "",
        "Rope, ten metres                2            40.00",
        "Anchor                          1           120.50",
        "Contents                                        15",
    ]
    assert list(fitted(PAGE, 100)) == [line[5:] for line in PAGE], "what fits stays, but for the margin"


def test_paragraphs_flow() -> None:
    assert list(fitted(PROSE, 40)) == [
        "Please pay within thirty days to the",
        "account that stands on our paper, and",
        "name the number of the invoice when you",
        "do. We thank you for it. Yours.",
        "  • Anchors are delivered on the first",
        "  Tuesday of a month, as are ropes of",
        "  more than ten metres.",
        "  • Boats are not.",
    ]


@given(st.lists(st.text("ab. 日•\u0301", max_size=60), max_size=8), st.integers(10, 40))
def test_nothing_is_too_wide_and_no_word_is_lost(lines: list[str], width: int) -> None:
    found = list(fitted(lines, width))
    assert all(cell_len(line) <= width for line in found)
    text = "".join(lines).replace(" ", "").replace(".", "")
    assert "".join(found).replace(" ", "").replace(".", "") == text
