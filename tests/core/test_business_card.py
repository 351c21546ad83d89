"""vCards of all versions as people read them."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from core.business_card import MOST_CARDS, CardLine, read_cards
from tests.depth import examples

NEW = """BEGIN:VCARD\r
VERSION:4.0\r
FN:Ana Sousa\r
N:Sousa;Ana;Maria;Dr.;\r
ORG:Farol\\, Lda.;Sales\r
EMAIL;TYPE="work,home":ana@farol\r
 .example\r
item1.TEL;VALUE=uri;TYPE=cell:tel:+351-21-000\r
ADR;TYPE=work:;;Rua do Farol 1;Lisboa;;1000;Portugal\r
NOTE:first\\nsecond \x1b[31m\u202e\r
PHOTO:data:image/jpeg;base64,AAAA\r
X-UNKNOWN:x\r
END:VCARD\r
"""
OLD = """BEGIN:VCARD
VERSION:2.1
N;CHARSET=UTF-8;ENCODING=QUOTED-PRINTABLE:N=C3=BA=C3=B1ez;Jo=C3=
=A3o
TEL;HOME;VOICE:123
END:VCARD
"""


def test_a_card() -> None:
    (card,) = read_cards(NEW)
    assert card.name == "Ana Sousa"
    assert card.lines == (
        CardLine("organisation", "Farol, Lda., Sales"), CardLine("mail", "ana@farol.example", "work, home"),
        CardLine("phone", "+351-21-000", "cell"), CardLine("address", "Rua do Farol 1, Lisboa, 1000, Portugal", "work"),
        CardLine("note", "first second ␛[31m"), CardLine("picture", ""),
    )  # fmt: skip


def test_an_old_phones_card() -> None:
    (card,) = read_cards(OLD)
    assert (card.name, card.lines) == ("João Núñez", (CardLine("phone", "123", "home, voice"),))


def test_several_and_broken_ones() -> None:
    assert [card.name for card in read_cards(NEW + OLD)] == ["Ana Sousa", "João Núñez"]
    assert read_cards("no card") == () and read_cards("") == ()
    assert [card.name for card in read_cards("BEGIN:VCARD\nFN:Cut off\nTEL:1")] == ["Cut off"]
    assert len(read_cards("BEGIN:VCARD\nFN:x\nEND:VCARD\n" * 2000)) == MOST_CARDS


def test_a_picture_of_megabytes() -> None:
    text = "BEGIN:VCARD\nFN:x\nPHOTO:" + "A" * 60 + "\n" + (" " + "A" * 74 + "\n") * 50_000 + "END:VCARD\n"
    (card,) = read_cards(text)
    assert card.lines == (CardLine("picture", ""),)


@settings(deadline=None, max_examples=examples(100))
@given(st.text(st.sampled_from("BEGIN:VCARD\nFTL;=\\, x\x1b"), max_size=300))
def test_anything(text: str) -> None:
    for card in read_cards("BEGIN:VCARD\n" + text):
        assert "\x1b" not in card.name and "\x1b" not in "".join(line.text for line in card.lines)
