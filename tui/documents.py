"""The folder for documents: of the settings, of the desktop (xdg-user-dirs), or ~/Documents."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from pathlib import Path

_LINE = re.compile(r'^\s*XDG_DOCUMENTS_DIR="((?:[^"\\]|\\.)*)"', re.MULTILINE)


def documents_folder(setting: str, environ: Mapping[str, str] = os.environ) -> Path:
    """Where documents go; the folder need not be there yet."""
    home = Path(environ.get("HOME") or "~").expanduser()
    if setting.strip():
        return _below_home(setting.strip(), home)
    config = Path(environ.get("XDG_CONFIG_HOME") or home / ".config") / "user-dirs.dirs"
    try:
        found = _LINE.search(config.read_text("utf-8", "replace")[:100_000])
    except OSError:
        found = None
    if found:
        folder = Path(re.sub(r"\\(.)", r"\1", found[1].replace("$HOME", str(home), 1)))
        # A desktop without such a folder says that it is the home itself.
        if folder.is_absolute() and folder != home:
            return folder
    return home / "Documents"


def _below_home(text: str, home: Path) -> Path:
    if text == "~" or text.startswith("~/"):
        return home / text[2:]
    return home / text  # an absolute path stays what it is
