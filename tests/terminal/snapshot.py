"""Screens kept as text in tests/snapshots, one file each."""

from __future__ import annotations

import difflib
import os
import re
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.terminal.terminal import Terminal

FOLDER = Path(__file__).parents[1] / "snapshots"


def compare(name: str, terminal: Terminal, masks: Sequence[tuple[str, str]], timeout: float) -> None:
    """Wait until the masked screen equals the kept one; AssertionError with a diff otherwise.

    CORREIO_UPDATE_SNAPSHOTS=1 keeps the screen of now instead.
    """
    file = FOLDER / f"{name}.txt"
    if os.environ.get("CORREIO_UPDATE_SNAPSHOTS") == "1":
        terminal.wait_quiet(0.5, timeout)
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(masked(terminal, masks))
        return
    if not file.exists():
        raise AssertionError(f"no snapshot {name}: run with CORREIO_UPDATE_SNAPSHOTS=1\n{terminal.picture()}")
    kept = file.read_text()
    try:
        terminal.wait_for(lambda seen: masked(seen, masks) == kept, timeout)
    except AssertionError:
        raise AssertionError(f"the screen is not snapshot {name}:\n{_diff(kept, masked(terminal, masks))}") from None


def masked(terminal: Terminal, masks: Sequence[tuple[str, str]]) -> str:
    """The screen's text with every pattern replaced, ending in a newline."""
    text = terminal.text.rstrip("\n") + "\n"
    for pattern, replacement in masks:
        text = re.sub(pattern, replacement, text)
    return text


def _diff(kept: str, seen: str) -> str:
    lines = difflib.unified_diff(kept.splitlines(), seen.splitlines(), "kept", "on the screen", lineterm="", n=1)
    return "\n".join(lines)
