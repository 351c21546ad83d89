"""Contacts made, and added to without touching anything else."""

from __future__ import annotations

from pathlib import Path

import pytest

from core.business_card import read_cards
from core.contact_files import save
from core.contact_finds import Find
from core.contact_writing import Known, add_to, known_contacts, new_contact
from core.errors import NotFound
from tests.core.test_clean import is_safe

ANA = (
    "BEGIN:VCARD\nVERSION:4.0\nUID:1\nFN:Ana Sousa\nN:Sousa;Ana;;;\nEMAIL:ana@example.net\nTEL;VALUE=uri:tel:+32-475-12\n"
    "REV:2001\nX-ODD;A=B:kept\n as it is\nEND:VCARD\n"
)
PHONE = Find("phone", "+351 21 000 00 00", "Ana", "text")
MAIL = Find("mail", "ana@farol.example", "Ana", "from")


def test_a_new_contact_is_a_card_that_others_read(tmp_path: Path) -> None:
    made = new_contact(" João da Silva, Jr; \x1b\n", [MAIL, PHONE])
    assert made.name.startswith("João da Silva, Jr;") and is_safe(made.name)
    save(str(tmp_path), [made])
    (card,) = read_cards(made.data.decode())
    assert card.name == made.name and [line.text for line in card.lines] == ["ana@farol.example", "+351 21 000 00 00"]
    assert all(len(line) <= 75 for line in new_contact("ü" * 300, [PHONE]).data.split(b"\r\n"))
    (known,) = known_contacts(str(tmp_path))
    assert known.has(MAIL) and known.has(Find("phone", "00351 21-0000000", "", "text")) and known.name == made.name


def test_added_to_and_nothing_else_changed(tmp_path: Path) -> None:
    path = tmp_path / "anything.vcf"
    path.write_text(ANA)
    (known,) = known_contacts(str(tmp_path))
    assert (known.name, known.mails, known.phones) == ("Ana Sousa", ("ana@example.net",), ("+32-475-12",))
    assert add_to(str(tmp_path), known, PHONE) and add_to(str(tmp_path), known, MAIL)
    lines = path.read_text().splitlines()
    assert [line for line in lines if not line.startswith(("REV:", "TEL;TYPE", "EMAIL:ana@farol"))] == [
        line for line in ANA.splitlines() if not line.startswith("REV:")
    ]
    assert lines[-3:-1] == ["TEL;TYPE=voice:+351 21 000 00 00", "EMAIL:ana@farol.example"] and "REV:2001" not in lines
    assert not add_to(str(tmp_path), known, Find("mail", "ANA@Farol.Example", "", "text")), "it is there"
    assert path.read_text().splitlines() == lines


def test_files_with_several_cards_are_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "two.vcf"
    path.write_text(ANA + ANA)
    assert known_contacts(str(tmp_path)) == []
    with pytest.raises(NotFound, match="no-contact"):
        add_to(str(tmp_path), Known(str(path), "Ana", (), ()), PHONE)
    with pytest.raises(NotFound, match="no-contact"):
        add_to(str(tmp_path), Known("/etc/passwd", "Root", (), ()), PHONE)
    assert path.read_text() == ANA + ANA
