"""Thunderbird's numbered tags under their names."""

from __future__ import annotations

import pytest

from core.labels import LABELS, labels_of, read_tags


@pytest.mark.parametrize(
    ("text", "tags"),
    [
        ("todo urgent", {"todo": True, "urgent": True}),
        ("Important, -Work", {"$label1": True, "$label2": False}),
        ("To Do +Later", {"$label4": True, "$label5": True}),
        ("work Workshop -later", {"work": True, "Workshop": True, "later": False}),
        ("$label3 -", {"$label3": True}),
        ("", {}),
    ],
)
def test_names_as_they_are_shown_are_labels(text: str, tags: dict[str, bool]) -> None:
    assert read_tags(text) == tags


def test_names_are_found_however_they_are_written() -> None:
    assert [labels_of(name) for name in ("todo", "To-Do", "TO_DO", "important", "no", "")] == [
        *[("$label4",)] * 3, ("$label1",), (), ()
    ]  # fmt: skip
    assert labels_of("imp", prefix=True) == ("$label1",) and labels_of("", prefix=True) == labels_of("imp") == ()
    assert {label for name in LABELS.values() for label in labels_of(name)} == set(LABELS)
