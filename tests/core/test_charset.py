"""Bytes become text by label, by UTF-8, by a guess; no label can break anything."""

from __future__ import annotations

import codecs

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.charset import codec_of, decode


@pytest.mark.parametrize(
    ("text", "codec", "label"),
    [
        ("Grüße, 5 €", "cp1252", "iso-8859-1"),
        ("“quoted”", "cp1252", "US-ASCII"),
        ("Привет, мир", "koi8_r", "KOI8-R"),
        ("Привет, мир", "cp1251", "windows-1251"),
        ("日本語のメール", "iso2022_jp", "ISO-2022-JP"),
        ("日本語のメール", "cp932", "Shift_JIS"),
        ("简体中文邮件", "gb18030", "gb2312"),
        ("繁體中文", "big5", "Big5"),
        ("한국어 메일", "cp949", "ks_c_5601-1987"),
        ("Türkçe ığüş", "cp1254", "iso-8859-9"),
        ("ไทย", "cp874", "tis-620"),
        ("Zażółć gęślą", "iso8859_2", "iso-8859-2"),
        ("hello", "utf-8", "utf-8"),
        ("naïve", "utf-8", "no-such-charset"),
    ],
)
def test_declared_charsets(text: str, codec: str, label: str) -> None:
    assert decode(text.encode(codec), label) == text


def test_without_a_label_utf8_is_tried_first() -> None:
    assert decode("größer — 漢字".encode()) == "größer — 漢字"


def test_without_a_label_japanese_escapes_are_known() -> None:
    assert decode("こんにちは".encode("iso2022_jp")) == "こんにちは"


def test_unlabelled_cyrillic_is_guessed() -> None:
    text = "Здравствуйте! Это обычное письмо на русском языке, в котором не указана кодировка. До встречи!"
    assert decode(text.encode("cp1251")) == text


def test_a_single_bad_byte_does_not_change_the_charset() -> None:
    assert decode("größer und schöner".encode() + b"\xff") == "größer und schöner\ufffd"


def test_codecs_that_are_no_charsets_are_not_used() -> None:
    for label in ("rot13", "hex", "zlib", "bz2", "idna", "punycode", "unicode_escape", "undefined", "base64", "uu", "quopri"):
        assert codec_of(label) == ""
        assert decode(b"uryyb \\u0041", label) == "uryyb \\u0041"


def test_every_codec_in_the_list_exists() -> None:
    from core.charset import _CODECS

    assert all(codecs.lookup(codec) for codec in _CODECS.values() if codec)


def test_a_byte_order_mark_is_no_text() -> None:
    assert decode(b"\xef\xbb\xbfhello", "utf-8") == "hello"


@settings(deadline=None)
@given(st.binary(max_size=300), st.sampled_from(["", "utf-8", "iso-2022-jp", "hz", "utf-7", "gb2312", "x", "utf-16", "euc-jp"]))
def test_any_bytes_with_any_label_become_text(data: bytes, label: str) -> None:
    assert isinstance(decode(data, label), str)


@given(st.text(max_size=100))
def test_any_label_is_harmless(label: str) -> None:
    assert decode(b"plain", label) == "plain" or codec_of(label).startswith("utf-")


@pytest.mark.parametrize(
    ("text", "codec"), [("Иван", "cp1251"), ("größer", "latin-1"), ("naïve señor", "latin-1"), ("日本語のメールです", "euc-jp")]
)
def test_short_texts_without_a_label_are_guessed(text: str, codec: str) -> None:
    assert decode(text.encode(codec)) == text
