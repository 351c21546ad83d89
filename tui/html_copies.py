"""Copies of HTML for a browser: in a private folder, gone again when they have been looked at."""

from __future__ import annotations

import os
import secrets
import time
from contextlib import suppress
from pathlib import Path

KEPT = 3600
"""Seconds after which a copy that another run left behind is removed."""


class HtmlCopies:
    """The copies of one run. `clear` removes them all."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._made: list[Path] = []

    def write(self, page: str) -> Path:
        """Write a page to a file of its own, mode 0600. Raises OSError."""
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._tidy()
        path = self.folder / f"message-{secrets.token_hex(8)}.html"
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as file:
            self._made.append(path)
            file.write(page.encode("utf-8", "replace").decode("utf-8"))
        return path

    def clear(self) -> None:
        """Remove what was written."""
        for path in self._made:
            with suppress(OSError):
                path.unlink()
        self._made = []

    def _tidy(self) -> None:
        for path in self.folder.glob("message-*.html"):
            with suppress(OSError):
                if path not in self._made and path.stat().st_mtime < time.time() - KEPT:
                    path.unlink()
