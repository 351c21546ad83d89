"""The engine's log does not grow without end."""

from __future__ import annotations

import contextlib
import logging
from pathlib import Path

from tui.commands.engine import log_into

SECRET = "hunter2-Saudade"


def test_the_engines_log_is_rotated_and_holds_no_secret(tmp_path: Path) -> None:
    with contextlib.closing(log_into(tmp_path, 10_000)) as handler:
        for number in range(230):
            words = f"line {number} {'- ' * 100} password={SECRET}"
            handler.emit(logging.LogRecord("accounts.x", logging.INFO, "", 0, words, (), None))
    files = {path.name: path for path in tmp_path.iterdir()}
    assert sorted(files) == ["engine.log", "engine.log.1", "engine.log.2", "engine.log.3"]
    assert all(path.stat().st_size <= 10_000 for path in files.values())
    assert "line 229 " in files["engine.log"].read_text() and "line 0 " not in files["engine.log.3"].read_text()
    assert SECRET not in "".join(path.read_text() for path in files.values())
