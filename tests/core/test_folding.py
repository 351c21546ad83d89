from __future__ import annotations

import unicodedata

import apsw
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.folding import EVERY, find_terms, fold, is_sign, sought, words

# Letters whose folding is worth mixing: Latin with marks, Greek, Cyrillic, Arabic, Hebrew, Devanagari, Thai, CJK, emoji.
LETTERS = st.text(
    st.one_of(
        st.characters(max_codepoint=0x24F, exclude_categories=["Cs"]),
        st.sampled_from("ΐςΣйЁאָםكيّहिन्दीภาษาไทย日本語がｶﾞパ한국ᄒ​ﬁ½Ⅳ™²ªß🎉👍🏽❤️\u0301\u200d\u00ad’“”–…・ー々"),
    )
)


@pytest.mark.parametrize(
    ("text", "folded"),
    [
        ("Plain ASCII, Ünïcode", "plain ascii, unicode"),
        ("São Tomé", "sao tome"),
        ("Straße STRASSE", "strasse strasse"),
        ("łódź Łódź", "lodz lodz"),
        ("Ørsted ÆØÅ", "orsted aeoa"),
        ("İstanbul ISPARTA ılık", "istanbul isparta ilik"),
        ("Đorđe ðþ", "dorde dth"),
        ("ﬁne Ⅳ m²", "fine iv m2"),
        ("soft\u00adhyphen zero\u200bwidth", "softhyphen zerowidth"),
        ("Acme™", "acme "),
        ("Ελλάς ΕΛΛΑΣ", "ελλασ ελλασ"),
        ("Ёлка", "елка"),
        ("مُحَمَّد", "محمد"),
        ("don’t – “quoted”", 'don\'t - "quoted"'),
        (f"a{EVERY}b", "ab"),
        ("\udcff", ""),
    ],
)
def test_letters_are_spelt_plainly(text: str, folded: str) -> None:
    assert fold(text) == folded


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("日本語", ["日本", "本語", "語"]),
        ("日", ["日"]),
        ("PDFを開く", ["pdf", "を開", "開く", "く"]),
        ("ｶﾞイド", ["ガイ", "イド", "ド"]),
        ("がき", ["がき", "き"]),
        ("한국어", ["한국", "국어", "어"]),
        ("ภาษา", ["ภา", "าษ", "ษา", "า"]),
    ],
)
def test_scripts_without_blanks_become_pairs(text: str, found: list[str]) -> None:
    assert words(fold(text)) == found


def test_decomposed_hangul_and_kana_fold_as_the_composed() -> None:
    for text in ("한국어", "ガイド", "ぱ"):
        assert fold(unicodedata.normalize("NFD", text)) == fold(text)


def test_a_picture_is_a_word_whatever_its_skin() -> None:
    assert len(words(fold("🎉"))) == 1
    assert words(fold("ok👍🏽!")) == words(fold("ok 👍"))
    assert words(fold("👍")) != words(fold("👎"))


@given(LETTERS)
def test_the_index_cuts_where_words_cuts(text: str) -> None:
    tokenizer = apsw.Connection(":memory:").fts5_tokenizer("unicode61", ["remove_diacritics", "0"])
    folded = fold(text)
    tokens = tokenizer(folded.encode(), apsw.FTS5_TOKENIZE_DOCUMENT, None, include_offsets=False, include_colocated=False)
    assert list(tokens) == words(folded)


@given(st.text(st.characters(max_codepoint=0x52F, exclude_categories=["Cs"])))
def test_folding_twice_changes_nothing(text: str) -> None:
    assert fold(fold(text)) == fold(text)


@given(LETTERS)
def test_letters_fold_the_same_among_many_plain_ones(text: str) -> None:
    plain = "A Plain Letter. " * (1 + 8 * len(text))
    assert fold(plain + text) == plain.lower() + fold(text)


@given(LETTERS)
def test_case_and_composition_do_not_matter(text: str) -> None:
    assert fold(unicodedata.normalize("NFC", text)) == fold(unicodedata.normalize("NFD", text))
    assert words(fold(text.casefold())) == words(fold(text))


def test_a_query_does_not_ask_how_a_run_ends() -> None:
    assert sought("日本") == (("日本",), False)
    assert sought("日本", prefix=True) == (("日本",), False)
    assert sought("本") == (("本",), True)
    assert sought("PDFを") == (("pdf", "を"), True)
    assert sought("本日 日") == (("本日", "日", "日"), True)
    assert sought("Grüße", prefix=True) == (("grusse",), True)
    assert sought("--", prefix=True) == ((), False)
    assert sought("🎉", prefix=True) == (tuple(words(fold("🎉"))), False)


def test_signs() -> None:
    assert is_sign("日")
    assert not is_sign("ab") and not is_sign("a") and not is_sign("é")


@pytest.mark.parametrize(
    ("text", "terms", "marked"),
    [
        ("The Report of March", ["report"], ["Report"]),
        ("Reports, report", ["report*"], ["Report", "report"]),
        ("Über die Straßen von São Tomé", ["strass*", "sao tome"], ["Straß", "São Tomé"]),
        ("soft\u00adhyphen", ["softhyphen"], ["soft\u00adhyphen"]),
        ("これは日本語のテスト", ["日本 本語"], ["日本語"]),
        ("金 料金", ["金*"], ["金", "金"]),
        ("écrire e\u0301crire", ["ecr*"], ["écr", "e\u0301cr"]),
        ("done 🎉!", [fold("🎉").strip()], ["🎉"]),
        ("one two three", ["one two", "two three"], ["one two three"]),
        ("nothing here", ["some", "*", ""], []),
        ("", ["x"], []),
    ],
)
def test_terms_are_found_in_the_text_as_written(text: str, terms: list[str], marked: list[str]) -> None:
    assert [text[start:end] for start, end in find_terms(text, terms)] == marked


@given(LETTERS, LETTERS)
def test_what_a_query_finds_is_marked(before: str, text: str) -> None:
    row, prefix = sought(text)
    whole = f"{before} . {text} . x"
    if row:
        spans = find_terms(whole, [" ".join(row) + "*" * prefix])
        assert spans
        assert all(0 <= start < end <= len(whole) for start, end in spans)
        assert spans == sorted(spans)
