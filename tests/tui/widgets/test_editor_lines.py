"""The editor's lines wrap as Textual's do, whatever is in them and however they are changed."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st
from textual.document._document import Document
from textual.document._wrapped_document import WrappedDocument

from tests.depth import examples
from tui.widgets.editor_lines import EditorLines, WrappedLines

TEXTS = st.lists(st.text(alphabet="ab -é日\t>🙂\n", max_size=40), max_size=6).map("\n".join)


def laid_out(one: WrappedDocument) -> tuple[object, ...]:
    return one._wrap_offsets, one._line_index_to_offsets, one._offset_to_line_info, one._tab_width_cache, one.height


@settings(max_examples=examples(100))
@given(TEXTS, TEXTS, st.sampled_from((0, 5, 8, 13, 40)), st.sampled_from((0, 7, 13, 60)), st.integers(0, 5), st.integers(0, 5))
def test_lines_wrap_as_textual_wraps_them(text: str, more: str, width: int, other: int, first: int, last: int) -> None:
    ours, theirs = EditorLines(text), Document(text)
    wrapped, plain = WrappedLines(ours), WrappedDocument(theirs)
    for one in (wrapped, plain):
        one.wrap(width)
    assert laid_out(wrapped) == laid_out(plain)
    start, end = (min(first, last, ours.line_count - 1), 0), (min(max(first, last), ours.line_count - 1), 0)
    for document, one in ((ours, wrapped), (theirs, plain)):
        done = document.replace_range(start, end, more)
        one.wrap_range(start, end, done.end_location)
    assert ours.text == theirs.text
    assert laid_out(wrapped) == laid_out(plain)
    for one in (wrapped, plain):
        one.wrap(other)
    assert laid_out(wrapped) == laid_out(plain)


def test_a_text_is_not_wrapped_twice_for_one_width() -> None:
    lines = WrappedLines(EditorLines("one two three\n" * 3))
    lines.wrap(6)
    before = lines._wrap_offsets
    lines.wrap(6)
    assert lines._wrap_offsets is before
    lines.wrap(7)
    assert lines._wrap_offsets is not before
