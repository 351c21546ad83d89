"""Parameters of Content-Type and Content-Disposition."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.params import MOST, read_params
from tests.core.test_clean import any_text, is_safe


@pytest.mark.parametrize(
    ("value", "token", "params"),
    [
        ("text/plain", "text/plain", {}),
        ("Text/HTML; Charset=UTF-8", "text/html", {"charset": "UTF-8"}),
        ('text/plain; charset="us-ascii"; format=flowed', "text/plain", {"charset": "us-ascii", "format": "flowed"}),
        ('attachment; filename="a;b.txt"', "attachment", {"filename": "a;b.txt"}),
        ('attachment; filename="a \\"b\\".txt"', "attachment", {"filename": 'a "b".txt'}),
        ("attachment; filename*=utf-8''caf%C3%A9.txt", "attachment", {"filename": "café.txt"}),
        ("attachment; filename*0=one; filename*1=two.txt", "attachment", {"filename": "onetwo.txt"}),
        ("attachment; filename*0*=utf-8''caf%C3; filename*1*=%A9.txt", "attachment", {"filename": "café.txt"}),
        ("attachment; filename*1=b; filename*0=a", "attachment", {"filename": "ab"}),
        ('attachment; filename="=?utf-8?q?caf=C3=A9?="', "attachment", {"filename": "café"}),
        ("attachment; filename=\"plain.txt\"; filename*=utf-8''caf%C3%A9.txt", "attachment", {"filename": "café.txt"}),
        ('application/pdf name="a.pdf"', "application/pdf", {"name": "a.pdf"}),
        ("text/plain (a comment); charset=x", "text/plain", {"charset": "x"}),
        ("text/plain; a=1; a=2", "text/plain", {"a": "1"}),
        ('attachment; filename="open', "attachment", {"filename": "open"}),
        ("", "", {}),
    ],
)
def test_reading(value: str, token: str, params: dict[str, str]) -> None:
    assert read_params(value) == (token, params)


@settings(deadline=None)
@given(any_text | st.text(st.sampled_from("a;=\"'\\ *0%C3 ("), max_size=100))
def test_anything_is_read_and_clean(value: str) -> None:
    token, params = read_params(value)
    assert is_safe(token)
    assert all(is_safe(text) for text in params.values())


def test_the_number_is_limited() -> None:
    assert len(read_params("a/b" + "".join(f"; p{n}=1" for n in range(5000)))[1]) == MOST
