"""vCards taken apart and saved one by one."""

from __future__ import annotations

from pathlib import Path

from hypothesis import given
from hypothesis import settings as trying
from hypothesis import strategies as st

from core.contact_files import MOST_CARDS, contacts_of, save
from tests.depth import examples

ANA = "BEGIN:VCARD\r\nVERSION:4.0\r\nFN:Ana\\, Sousa\r\nUID:urn:uuid:1\r\nEMAIL:ana@example.net\r\nNOTE:a\r\n b\r\nEND:VCARD\r\n"
JOAO = "BEGIN:VCARD\nVERSION:3.0\nN:Nunes;João;;;\nEND:VCARD\n"


def test_cards_of_a_file() -> None:
    first, second = contacts_of((ANA + JOAO).encode())
    assert (first.name, first.uid, first.data) == ("Ana, Sousa", "urn:uuid:1", ANA.encode())
    assert second.name == "Nunes João" and second.uid.endswith("@correio")
    assert f"VERSION:3.0\r\nUID:{second.uid}\r\n".encode() in second.data
    assert contacts_of(JOAO.encode())[0].uid == second.uid


def test_saved_once_and_never_over_another(tmp_path: Path) -> None:
    found = contacts_of((ANA + JOAO + ANA).encode())
    written, known = save(str(tmp_path), found)
    assert len(written) == 2 and known == [] and len(list(tmp_path.iterdir())) == 2
    written[0].write_bytes(ANA.replace("Sousa", "Silva").encode())
    again, known = save(str(tmp_path), found)
    assert again == [] and [one.name for one in known] == ["Ana, Sousa", "Nunes João"]
    assert b"Silva" in written[0].read_bytes()


def test_bounds() -> None:
    assert len(contacts_of(JOAO.encode() * 3_000)) == MOST_CARDS
    assert contacts_of(b"BEGIN:VCARD\n" * 100_000) == ()
    assert contacts_of(b"") == ()


@given(st.binary(max_size=300))
@trying(max_examples=examples(60))
def test_any_bytes(data: bytes) -> None:
    for one in contacts_of(b"BEGIN:VCARD\nFN:" + data + b"\nEND:VCARD\n"):
        assert not set(one.name) & set("\x1b\x9b\n") and one.uid
