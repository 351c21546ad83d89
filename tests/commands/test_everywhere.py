"""`correio search --everything`."""

from __future__ import annotations

from pathlib import Path

from tests.commands.house import House
from tests.tui.test_everywhere import furnish


def test_the_command_tells_the_kind_of_each_hit(house: House, tmp_path: Path) -> None:
    book, documents = furnish(tmp_path)
    house.run("config", "set", "contacts.folder", book)
    house.run("config", "set", "ui.documents", documents)
    found = house.json("search", "--everything", "ana")
    assert [(one["kind"], one["name"]) for one in found] == [
        ("contact", "Ana Sousa"), ("contact", "Rui Ana"), ("list", "Choir"), ("document", "Ana, budget.txt")
    ]  # fmt: skip
    assert found[0]["addresses"] == ["ana@example.net"] and Path(found[3]["path"]).read_text() == "forty-two\n"
    assert "contact Rui Ana rui@example.net" in house.run("search", "--everything", "ana").stdout
    assert house.json("search", "ana") == []
