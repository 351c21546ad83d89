"""Encoded words (RFC 2047), well made and broken."""

from __future__ import annotations

import base64

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.words import decode_words
from tests.core.test_clean import any_text, is_safe


@pytest.mark.parametrize(
    ("raw", "text"),
    [
        ("plain subject", "plain subject"),
        ("=?utf-8?q?caf=C3=A9_au_lait?=", "café au lait"),
        ("=?UTF-8?B?Y2Fmw6k=?=", "café"),
        ("=?iso-8859-1?Q?a?= =?iso-8859-1?Q?b?=", "ab"),
        ("=?iso-8859-1?Q?a?=\r\n =?utf-8?Q?=C3=A9?=", "aé"),
        ("=?utf-8?q?=E6=BC?= =?utf-8?q?=A2?=", "漢"),
        ("Re: =?utf-8?q?x?= and more", "Re: x and more"),
        ("=?utf-8*en?q?tagged?=", "tagged"),
        ("=?utf-8?q?Really??=", "Really?"),
        ("=?utf-8?q?with blanks in it?=", "with blanks in it"),
        ("=?utf-8?B?Y2Fmw6k?=", "café"),
        ("=?unknown?q?caf=C3=A9?=", "café"),
        ("=?utf-8?x?what?=", "=?utf-8?x?what?="),
        ("=?utf-8?q?open", "=?utf-8?q?open"),
        ("=?iso-2022-jp?B?GyRCRnxLXBsoQg==?=", "日本"),
    ],
)
def test_decoding(raw: str, text: str) -> None:
    assert decode_words(raw) == text


def test_line_ends_and_escapes_inside_words_do_no_harm() -> None:
    assert decode_words("=?utf-8?q?a=0D=0ABcc:_evil@bad.org?=") == "a Bcc: evil@bad.org"
    assert "\x1b" not in decode_words("=?utf-8?q?=1B[2J?=")


@settings(deadline=None)
@given(st.text(st.characters(codec="utf-8"), max_size=60))
def test_what_is_encoded_comes_back_clean(text: str) -> None:
    word = f"=?utf-8?b?{base64.b64encode(text.encode()).decode()}?="
    assert decode_words(word) == decode_words("=?utf-8?q?" + "".join(f"={byte:02X}" for byte in text.encode()) + "?=")


@settings(deadline=None)
@given(any_text | st.text(st.sampled_from("=?uUtTfF-8qQbB_ \n="), max_size=120))
def test_anything_becomes_a_safe_line(raw: str) -> None:
    assert is_safe(decode_words(raw))


def test_a_hundred_thousand_beginnings_are_read() -> None:
    assert decode_words("=?x?q?" * 40_000).startswith("=?x?q?")
