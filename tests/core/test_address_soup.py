"""Addresses pasted from anywhere, and those of an address book."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.address import Address
from core.address_soup import addresses_in
from core.contact_names import complete, complete_groups, named_people
from tests.depth import examples


@pytest.mark.parametrize(
    ("text", "wanted", "left"),
    [
        ("a@b.org, c@d.org; e@f.org", ["a@b.org", "c@d.org", "e@f.org"], ""),
        ("a@b.org\r\nc@d.org\n\n", ["a@b.org", "c@d.org"], ""),
        ("Ana Sousa\tana@example.org\nRui\trui@example.net", ["ana@example.org Ana Sousa", "rui@example.net Rui"], ""),
        ('"Doe, John" <j@d.org>, Zoë <z@e.org>', ["j@d.org Doe, John", "z@e.org Zoë"], ""),
        ("To: Ana <ana@example.org>", ["ana@example.org Ana"], ""),
        ("mailto:ana@example.org?subject=x", ["ana@example.org"], ""),
        ("- ana@example.org\n- rui@example.net", ["ana@example.org", "rui@example.net"], ""),
        ("1. Ana ana@example.org", ["ana@example.org Ana"], ""),
        ("Ana [ana@example.org], (rui@example.net)", ["ana@example.org Ana", "rui@example.net"], ""),
        ("ana@example.org ANA@example.org", ["ana@example.org"], ""),
        ("zoë＠münchen.example", ["zoë@münchen.example"], ""),
        ("only words", [], "only words"),
        (
            'Doe, John <j@x.org>; "Roe, Jane" <r@x.org>; bob@y.org (Bob), <c@z.org> Dora d@w.org; broken@@foo;'
            "Müller, Ü <u@bü.org>",
            ["j@x.org Doe, John", "r@x.org Roe, Jane", "bob@y.org Bob", "c@z.org", "d@w.org Dora", "u@bü.org Müller, Ü"],
            "broken@@foo",
        ),
        ('"Roe, Jane" <r@x.org>, broken@@foo, Doe, John <j@x.org>', ["r@x.org Roe, Jane", "j@x.org Doe, John"], "broken@@foo"),
    ],
)
def test_soup(text: str, wanted: list[str], left: str) -> None:
    found, rest = addresses_in(text)
    assert [" ".join(part for part in (one.addr, one.name) if part) for one in found] == wanted
    assert rest == left


@settings(max_examples=examples(60), deadline=None)
@given(st.text(max_size=200))
def test_whatever_is_pasted(text: str) -> None:
    found, rest = addresses_in(text)
    for one in found:
        assert not set(one.name + one.addr) & set("\r\n\0\x1b")
    assert "\n" not in rest


def test_people_of_an_address_book(tmp_path: Path) -> None:
    (tmp_path / "1.vcf").write_text(
        "BEGIN:VCARD\r\nFN:Ana Sousa\r\nNICKNAME:Nina\r\nEMAIL;TYPE=work:ana@example.org\r\n"
        "item1.EMAIL:a.sousa@exa\r\n mple.net\r\nEND:VCARD"
    )
    (tmp_path / "2.vcf").write_text("BEGIN:VCARD\nFN:No Mail\nEND:VCARD\n")
    (tmp_path / "3.txt").write_text("BEGIN:VCARD\nFN:X\nEMAIL:x@y.z\nEND:VCARD\n")
    people = named_people(str(tmp_path))
    assert {one.address.name for one in people} == {"Ana Sousa"}
    assert [one.address.addr for one in people] == ["ana@example.org", "a.sousa@example.net"]
    assert len(complete(people, "sou")) == 2 and len(complete(people, "ni")) == 2 and len(complete(people, "an ex")) == 2
    assert complete(people, "ana@example.o") == [Address("Ana Sousa", "ana@example.org")]
    assert not complete(people, "usa") and not complete(people, " ")
    assert named_people(str(tmp_path / "nowhere")) == ()


def test_groups_of_an_address_book(tmp_path: Path) -> None:
    (tmp_path / "1.vcf").write_text("BEGIN:VCARD\nUID:a\nFN:Ana\nEMAIL:ana@x.org\nEMAIL:ana@y.org\nCATEGORIES:Choir\nEND:VCARD\n")
    (tmp_path / "2.vcf").write_text(
        "BEGIN:VCARD\nVERSION:4.0\nKIND:group\nFN:Zebra club\nMEMBER:urn:uuid:a\nMEMBER:mailto:extra@x.org\nEND:VCARD\n"
    )
    people = named_people(str(tmp_path))
    [club] = complete_groups(people, "clu")
    assert club.name == "Zebra club" and [one.addr for one in club.people] == ["ana@x.org", "extra@x.org"]
    assert [one.name for one in complete_groups(people, "cho")] == ["Choir"] and complete(people, "choir") == []
    assert complete_groups(people, "bra") == [] and complete_groups(people, "") == []
    assert len(complete_groups(named_people(str(tmp_path), every=True), "zeb")[0].people) == 3
