"""Header text of any script: folded, at most 75 characters a word, and back again by two readers."""

from __future__ import annotations

from email.header import decode_header, make_header
from email.message import Message
from email.utils import collapse_rfc2231_value

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.encoded_word import one_line, parameter, phrase, unstructured
from core.header import read_headers
from tests.depth import examples

_TEXT = st.text(max_size=300) | st.text(alphabet='é字🎉 a\t"\\(=?_', max_size=300) | st.text(alphabet="ab  c", max_size=500)


def _read(value: str) -> str:
    return str(make_header(decode_header(value))) if "=?" in value else value


@settings(max_examples=examples(400), deadline=None)
@given(_TEXT)
def test_a_subject_comes_back(text: str) -> None:
    value = unstructured("Subject", text)
    lines = f"Subject: {value}".split("\r\n")
    assert value.isascii()
    assert all(line[0] == " " and line.strip() for line in lines[1:])
    assert max(map(len, lines)) <= (76 if "=?" in value else 998)
    assert all(len(word) <= 75 for line in lines for word in line.split() if word.startswith("=?utf-8?"))
    assert _read(value.replace("\r\n", "")) == one_line(text)


@settings(max_examples=examples(400), deadline=None)
@given(_TEXT)
def test_a_file_name_comes_back(text: str) -> None:
    value = "attachment" + parameter("filename", text)
    assert max(map(len, value.split("\r\n"))) <= 140
    mail = Message()
    mail["Content-Disposition"] = value.replace("\r\n", "")
    found = mail.get_param("filename", header="content-disposition")
    assert isinstance(found, str | tuple)
    # A plain value is unquoted by now; the standard library would do it a second time.
    assert (found if isinstance(found, str) else collapse_rfc2231_value(found)) == one_line(text)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("Ana Sousa", "Ana Sousa"),
        ("Sousa, Ana", '"Sousa, Ana"'),
        ('Ana "A" \\ S.', '"Ana \\"A\\" \\\\ S."'),
        ("João", "=?utf-8?q?Jo=C3=A3o?="),
        ("=?utf-8?q?x?=", "=?utf-8?b?PT91dGYtOD9xP3g/PQ==?="),
        ("", ""),
    ],
)
def test_names(name: str, value: str) -> None:
    assert phrase(name) == value


def test_long_plain_subjects_fold_at_single_blanks() -> None:
    text = "word " * 40 + "x  y"
    value = unstructured("Subject", text)
    assert "=?" not in value
    assert max(map(len, f"Subject: {value}".split("\r\n"))) <= 78
    assert read_headers(f"Subject: {value}\r\n\r\n".encode()).get("Subject") == text
