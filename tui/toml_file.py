"""Reading the TOML files that come with Correio or that a person wrote: key maps and themes."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path
from typing import Any

from core.errors import SettingsError

_LINE = re.compile(r"line (\d+)")


def read_toml(path: Path) -> tuple[str, dict[str, Any]]:
    """The text of a file and what it holds.

    Raises SettingsError `settings-syntax` with `file`, `line`, `key` (empty) and `answer`, what the parser said.
    """
    text = path.read_text(encoding="utf-8", errors="replace")
    try:
        return text, tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        found = _LINE.search(str(error))
        line = int(found[1]) if found else text.rstrip().count("\n") + 1
        values = {"file": str(path), "line": min(line, text.rstrip().count("\n") + 1), "key": "", "answer": str(error)}
        raise SettingsError("settings-syntax", **values) from error
