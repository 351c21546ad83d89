"""CSV files as tables, whatever their delimiter and however wide."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from core.cells import cell_len
from core.table_text import MOST_COLUMNS, MOST_ROWS, read_table, table_lines
from tests.depth import examples


def test_columns_line_up_and_numbers_stand_right() -> None:
    table = read_table("name;amount\nAna;12,50\nJoão Nunes;1.000,00\n")
    assert table_lines(table, 40) == ["name        amount", "Ana            12,50", "João Nunes  1.000,00"]


def test_delimiters_and_quotes() -> None:
    assert read_table('a,b\n"x, y",2\n').rows == (("a", "b"), ("x, y", "2"))
    assert read_table("a\tb\n1\t2\n").rows == (("a", "b"), ("1", "2"))
    assert read_table("a|b\n1|2\n").rows == (("a", "b"), ("1", "2"))
    assert read_table("only one column\nand rows\n").rows == (("only one column",), ("and rows",))
    assert read_table('x,"two\nlines"\n').rows == (("x", "two lines"),)
    assert read_table("").rows == () and read_table("\n\n").rows == ()


def test_wide_columns_are_cut_where_they_must() -> None:
    lines = table_lines(read_table("a,b\n" + "x" * 100 + "," + "y" * 4 + "\n"), 40)
    assert lines[1] == "x" * 33 + "…  yyyy" and lines[0] == "a" + " " * 35 + "b"


def test_too_many_columns_become_lines_of_their_own() -> None:
    head, row = (",".join(f"{what}{n}" for n in range(30)) for what in ("column", "value"))
    lines = table_lines(read_table(f"{head}\n{row}\n"), 60)
    assert lines[0].split() == ["column0", "value0"] and len(lines) == 30


def test_bombs() -> None:
    wide = read_table(",".join("x" for _ in range(1_000_000)) + "\nanother,row\n")
    assert wide.columns == MOST_COLUMNS and wide.cut
    assert all(cell_len(line) <= 80 for line in table_lines(wide, 80))
    long = read_table("a,b\n" * 400_000)
    assert len(long.rows) == MOST_ROWS and long.cut
    assert read_table('"' + "x" * 2_000_000).cut
    assert read_table(('"' + "\n" * 5) * 50_000).cut


@settings(deadline=None, max_examples=examples(100))
@given(st.text(st.sampled_from('ab,;\t|"\n 1日\x1b\u202e'), max_size=200), st.integers(5, 60))
def test_anything_fits(text: str, width: int) -> None:
    for line in table_lines(read_table(text), width) if read_table(text).rows else ():
        assert cell_len(line) <= width and "\x1b" not in line and "\u202e" not in line
