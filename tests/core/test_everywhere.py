"""Contacts, lists and documents, found by the same queries as mail."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from core import everywhere
from core.contact_book import Person
from core.everywhere import fitting, things_of_book, things_of_folder
from core.query.facts import Context
from core.query.parse import parse

PEOPLE = [
    Person("Ana Sousa", emails=("ana@farol.example", "ana@home.example"), categories=("Choir",)),
    Person("José Farol", emails=("ze@x.example",), organisation="Farol Lda", nickname="Zé", uid="z", categories=("Choir",)),
    Person("Only a Number", phones=(("+32 475 12", "cell"),)),
    Person("The board", group=True, members=("z", "guest@y.example")),
]


@pytest.fixture
def documents(tmp_path: Path) -> Path:
    """A few files, some of which are not to be found."""
    top = tmp_path / "Documents"
    (top / "tax 2025").mkdir(parents=True)
    (top / ".hidden").mkdir()
    for number, name in enumerate(("Ana_budget.pdf", "tax 2025/receipt.pdf", ".hidden/secret.pdf", "\x1b[2Jred.txt")):
        (top / name).write_bytes(b"x" * 10**number)
        os.utime(top / name, (number * 86_400, number * 86_400))
    (top / "loop").symlink_to(top)
    return top


@pytest.mark.parametrize(
    ("query", "names"),
    [
        ("ana", ["Ana Sousa", "Choir", "Ana_budget.pdf"]), ("jose", ["José Farol", "Choir", "The board"]),
        ("farol", ["Ana Sousa", "José Farol", "Choir", "The board"]), ("from:ana", ["Ana Sousa"]),
        ("zé", ["José Farol", "Choir", "The board"]),
        ("tag:choir", ["Ana Sousa", "José Farol"]), ("475*", ["Only a Number"]), ("guest*", ["The board"]),
        ("tax", ["receipt.pdf"]), ("attachment:receipt larger:5", ["receipt.pdf"]), ("budget after:2020", []),
        ("ana -budget", ["Ana Sousa", "Choir"]), ("secret", []), ("is:unread", []), ("-ana", []), ("*", []),
    ],
)  # fmt: skip
def test_what_is_found(query: str, names: list[str], documents: Path) -> None:
    things = things_of_book(PEOPLE) + things_of_folder(documents)
    assert [one.title for one in fitting(things, parse(query), Context())] == names


def test_what_is_done_with_it(documents: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    things = {one.title: one for one in things_of_book(PEOPLE)}
    assert things["Ana Sousa"].value == ("ana@farol.example", "ana@home.example")
    assert things["The board"].value == ("José Farol <ze@x.example>", "guest@y.example")
    assert things["Only a Number"].detail == "+32 475 12"
    files = things_of_folder(documents)
    assert "\x1b" not in "".join(one.title + one.detail for one in files)
    assert all(Path(one.value[0]).is_file() for one in files) and len(files) == 3
    monkeypatch.setattr(everywhere, "MOST_FILES", 2)
    assert len(things_of_folder(documents)) == 2
    assert things_of_folder(documents / "nowhere") == []
