"""What an editor of one's own leaves behind."""

from __future__ import annotations

import contextlib
from pathlib import Path

import pytest

from tui.own_editor import edit

BEFORE = "To: ana@example.net\nSubject: Lunch\n\nAt noon.\n"


@pytest.mark.parametrize(
    ("script", "after"),
    [
        ("true", BEFORE),
        ("echo And tea. >> $1", BEFORE + "And tea.\n"),
        ("echo And tea. >> $1; exit 3", BEFORE + "And tea.\n"),
        ("rm $1", BEFORE),
        ("exit 3", None),
        (": > $1", None),
        ("echo > $1; exit 3", None),
    ],
)
def test_what_counts(script: str, after: str | None, tmp_path: Path) -> None:
    """An emptied file once emptied the draft: recipients, quotation and all."""
    assert edit(["sh", "-c", script, "sh"], BEFORE, tmp_path, 1, contextlib.nullcontext()) == after
    assert not [*tmp_path.iterdir()], "nothing stays of it"
